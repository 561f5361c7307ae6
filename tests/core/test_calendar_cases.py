"""Forty zones and ten kinds of days: a local time is the instant a clock on the wall would say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from bot.core.learning_set.rhythm import following
from bot.core.walltime import days_later, instant, local

ZONES = [
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Moscow",
    "Europe/Istanbul",
    "Atlantic/Azores",
    "America/Scoresbysund",
    "America/Nuuk",
    "America/St_Johns",
    "America/Halifax",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Havana",
    "America/Bogota",
    "America/Sao_Paulo",
    "America/Santiago",
    "America/Asuncion",
    "Pacific/Honolulu",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Easter",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Australia/Brisbane",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Lagos",
]

MINUTE = timedelta(minutes=1)
YEAR = datetime(2027, 1, 1, tzinfo=UTC)


@cache
def changes(zone: str) -> tuple[tuple[datetime, timedelta], ...]:
    """The instants in 2027 at which clocks are changed there, and by how much."""
    tz, found = ZoneInfo(zone), []
    for hour in range(366 * 24):
        before, after = YEAR + timedelta(hours=hour), YEAR + timedelta(hours=hour + 1)
        by = offset(after, tz) - offset(before, tz)
        if by:
            found.append((_exactly(before, after, tz), by))
    return tuple(found)


def offset(at: datetime, tz: ZoneInfo) -> timedelta:
    """How far local time is from UTC then."""
    return at.astimezone(tz).utcoffset() or timedelta(0)


def _exactly(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    at = before
    while offset(at, tz) == offset(before, tz) and at < after:
        at += MINUTE
    return at


def change(zone: str, *, forward: bool) -> tuple[datetime, timedelta]:
    """Local time at which clocks go forward (or back) there, and by how much; else any noon."""
    for at, by in changes(zone):
        if (by > timedelta(0)) is forward:
            return local(at - MINUTE, zone) + MINUTE, by
    return datetime.fromisoformat("2027-05-05T12:00"), timedelta(0)


def days(zone: str) -> dict[str, datetime]:
    """Ten kinds of days, as local times there."""
    gap, missing = change(zone, forward=True)
    fold, repeated = change(zone, forward=False)
    day = "2027-{}".format
    return {
        "in the missing hour": gap + missing / 2,
        "as the missing hour begins": gap,
        "as the missing hour ends": gap + missing,
        "in the repeated hour": fold + repeated / 2,
        "before the repeated hour": fold + repeated - MINUTE,
        "midnight of a change": datetime.combine(gap.date(), datetime.min.time()),
        "leap day": datetime.fromisoformat("2028-02-29T18:00"),
        "year end": datetime.fromisoformat(day("12-31T23:59")),
        "month end": datetime.fromisoformat(day("01-31T18:30")),
        "midsummer": datetime.fromisoformat(day("06-24T09:15")),
    }


def as_the_clock_on_the_wall_says(wall: datetime, zone: str) -> datetime:
    """The first minute at which clocks there show that time or, where they jump over it, a later."""
    at = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    while local(at, zone) < wall:
        at += MINUTE
    return at


CASES = [(zone, kind) for zone in ZONES for kind in days("UTC")]


def test_there_are_enough_cases() -> None:
    assert len(set(ZONES)) == 40
    assert len(CASES) == 400
    assert sum(bool(changes(zone)) for zone in ZONES) >= 25


@pytest.mark.parametrize(("zone", "kind"), CASES)
def test_a_local_time_is_what_the_clock_on_the_wall_says(zone: str, kind: str) -> None:
    wall = days(zone)[kind]

    assert instant(wall, zone) == as_the_clock_on_the_wall_says(wall, zone)


@pytest.mark.parametrize("zone", ZONES)
def test_every_six_weeks_is_the_same_hour_all_year(zone: str) -> None:
    first = datetime.fromisoformat("2027-01-04T18:00")

    for wall in _walls(first):
        assert local(instant(wall, zone), zone) == wall
        assert wall.hour == 18
        assert wall.weekday() == 0


def _walls(first: datetime) -> Iterator[datetime]:
    wall = first
    for number in range(9):
        assert wall == days_later(first, 42 * number)
        yield wall
        found = following("FREQ=WEEKLY;INTERVAL=6", first, wall)
        assert found is not None
        wall = found


@pytest.mark.parametrize(
    ("zone", "wall", "utc"),
    [
        ("Pacific/Apia", "2011-12-30T18:00", "2011-12-30T10:00"),  # a day that never was
        ("Pacific/Kwajalein", "1993-08-21T12:00", "1993-08-21T12:00"),  # another one
        ("Asia/Pyongyang", "2018-05-04T23:45", "2018-05-04T15:00"),  # half an hour at midnight
        ("America/Caracas", "2016-05-01T02:45", "2016-05-01T07:00"),
    ],
)
def test_days_and_half_hours_that_never_were(zone: str, wall: str, utc: str) -> None:
    expected = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    assert instant(datetime.fromisoformat(wall), zone) == expected
