"""Local time plus a zone: gaps, folds, skipped days, half-hour shifts, quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.walltime import (
    at_clock_time,
    day_in_words,
    days_later,
    instant,
    is_wall,
    is_zone,
    local,
    moment_in_words,
    out_of_quiet,
)

ZONES = (
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/St_Johns",
    "Africa/Casablanca",
    "UTC",
)

EARLY, LATE = datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2037-01-01")


def utc(typed: str) -> datetime:
    """An instant as people write it."""
    return datetime.fromisoformat(typed).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "zone", "expected"),
    [
        ("2027-01-15 18:00", "Europe/London", "2027-01-15 18:00"),
        ("2027-07-15 18:00", "Europe/London", "2027-07-15 17:00"),
        # Clocks jump from 01:00 to 02:00: a time between them is the first instant after it.
        ("2027-03-28 01:30", "Europe/London", "2027-03-28 01:00"),
        ("2027-03-28 01:00", "Europe/London", "2027-03-28 01:00"),
        ("2027-03-28 02:00", "Europe/London", "2027-03-28 01:00"),
        ("2027-03-28 00:59", "Europe/London", "2027-03-28 00:59"),
        # Half past one comes twice in October: the first is meant.
        ("2027-10-31 01:30", "Europe/London", "2027-10-31 00:30"),
        # Lord Howe moves by half an hour.
        ("2027-10-03 02:15", "Australia/Lord_Howe", "2027-10-02 15:30"),
        ("2027-04-04 01:45", "Australia/Lord_Howe", "2027-04-03 14:45"),
        # Samoa had no 30 December 2011.
        ("2011-12-30 12:00", "Pacific/Apia", "2011-12-30 10:00"),
        # Chatham and Kolkata keep odd quarters and halves.
        ("2027-01-01 00:00", "Pacific/Chatham", "2026-12-31 10:15"),
        ("2027-01-01 00:00", "Asia/Kolkata", "2026-12-31 18:30"),
        # Cairo springs forward at midnight: the day begins at one.
        ("2027-04-30 00:30", "Africa/Cairo", "2027-04-29 22:00"),
    ],
)
def test_local_time_becomes_an_instant(wall: str, zone: str, expected: str) -> None:
    assert instant(datetime.fromisoformat(wall), zone) == utc(expected)


def test_six_weeks_keep_the_local_time_over_both_changes() -> None:
    for begun in ("2027-03-01 18:00", "2027-10-04 18:00"):
        wall = datetime.fromisoformat(begun)
        later = days_later(wall, 42)
        assert local(instant(later, "Europe/London"), "Europe/London").hour == 18
        shift = instant(later, "Europe/London") - instant(wall, "Europe/London")
        assert abs(shift - timedelta(days=42)) == timedelta(hours=1)


@given(
    st.datetimes(EARLY, LATE).map(lambda d: d.replace(microsecond=0)),
    st.sampled_from(ZONES),
)
@settings(max_examples=200, deadline=None)
def test_an_instant_is_the_time_meant_or_the_first_one_after_a_gap(
    wall: datetime, zone: str
) -> None:
    shown = local(instant(wall, zone), zone)

    assert shown >= wall
    if shown != wall:
        before = instant(wall, zone) - timedelta(seconds=1)
        assert local(before, zone) < wall


@given(
    st.datetimes(EARLY, LATE, timezones=st.just(UTC)),
    st.sampled_from(ZONES),
)
@settings(max_examples=200, deadline=None)
def test_quiet_hours_are_left_at_eight_and_never_early(at: datetime, zone: str) -> None:
    moved = out_of_quiet(at, zone)

    assert at <= moved <= at + timedelta(hours=14)
    assert time(8) <= local(moved, zone).time() < time(20)
    assert out_of_quiet(moved, zone) == moved


@pytest.mark.parametrize(
    ("wall", "moved"),
    [
        ("2027-03-01 07:59", "2027-03-01 08:00"),
        ("2027-03-01 08:00", "2027-03-01 08:00"),
        ("2027-03-01 19:59", "2027-03-01 19:59"),
        ("2027-03-01 20:00", "2027-03-02 08:00"),
        ("2027-03-27 23:30", "2027-03-28 08:00"),
        ("2027-03-01 00:00", "2027-03-01 08:00"),
    ],
)
def test_the_edges_of_quiet_hours(wall: str, moved: str) -> None:
    at = instant(datetime.fromisoformat(wall), "Europe/London")

    assert out_of_quiet(at, "Europe/London") == instant(
        datetime.fromisoformat(moved), "Europe/London"
    )


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Nowhere",
        "Europe/Londn",
        "../UTC",
        "/etc/passwd",
        "a\x00b",
        "Europe",
        "x" * 5000,
        "\ud800",
    ],
)
def test_what_is_no_zone(zone: str) -> None:
    assert not is_zone(zone)


def test_what_is_a_zone() -> None:
    assert all(is_zone(zone) for zone in ZONES)


@pytest.mark.parametrize(
    ("typed", "is_one"),
    [
        ("2027-04-12", True),
        ("2027-04-12T18:00", True),
        ("2027-04-12T18:00Z", False),
        ("2027-04-12T18:00+01:00", False),
        ("2027-02-29", False),
        ("next Friday", False),
        ("", False),
    ],
)
def test_what_is_a_local_date(typed: str, is_one: bool) -> None:
    assert is_wall(typed) is is_one


def test_a_date_takes_the_clock_time_of_the_meetings_and_a_time_stays() -> None:
    usual = datetime.fromisoformat("2027-03-01 18:30")

    assert at_clock_time("2027-04-12", usual) == datetime.fromisoformat("2027-04-12 18:30")
    assert at_clock_time("2027-04-12T09:15", usual) == datetime.fromisoformat("2027-04-12 09:15")
    assert at_clock_time("", usual) is None


def test_dates_as_people_say_them() -> None:
    wall = datetime.fromisoformat("2027-04-12 18:05")

    assert day_in_words(wall) == day_in_words(wall.date()) == "Monday 12 April 2027"
    assert moment_in_words(wall) == "Monday 12 April 2027, 18:05"
