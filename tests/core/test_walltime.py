"""Local time and zones: gaps, repeated hours, quiet hours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
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
from tests.core.stage import wall


@pytest.mark.parametrize(
    ("zone", "local_time", "utc"),
    [
        ("Europe/London", "2027-01-12T18:00", "2027-01-12T18:00"),
        ("Europe/London", "2027-07-12T18:00", "2027-07-12T17:00"),
        ("Europe/London", "2027-03-28T01:30", "2027-03-28T01:00"),  # missing hour: its end
        ("Europe/London", "2027-10-31T01:30", "2027-10-31T00:30"),  # repeated hour: the first
        ("Australia/Lord_Howe", "2027-10-03T02:10", "2027-10-02T15:30"),  # half an hour missing
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00"),  # a whole day missing
        ("Africa/Cairo", "2027-04-30T00:00", "2027-04-29T22:00"),  # midnight missing
    ],
)
def test_a_local_time_is_one_instant(zone, local_time, utc):
    expected = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    assert instant(wall(local_time), zone) == expected


@given(
    st.datetimes(wall("1990-01-01T00:00"), wall("2060-01-01T00:00")),
    st.sampled_from(["Europe/London", "America/Santiago", "Asia/Kathmandu", "Pacific/Apia"]),
)
def test_an_instant_shows_the_local_time_it_came_from_or_the_end_of_a_gap(planned, zone):
    planned = planned.replace(microsecond=0)
    shown = local(instant(planned, zone), zone)

    assert shown == planned or timedelta(0) < shown - planned <= timedelta(days=1)


def test_six_weeks_later_is_the_same_hour_across_a_change_of_clocks():
    march, april = wall("2027-03-01T18:00"), wall("2027-04-12T18:00")

    assert days_later(march, 42) == april
    assert instant(april, "Europe/London") - instant(march, "Europe/London") == timedelta(
        days=42, hours=-1
    )


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Europe/London", True),
        ("Nowhere/Land", False),
        ("", False),
        ("../etc", False),
        ("Europe", False),
    ],
)
def test_a_zone_is_known_or_not(name, known):
    assert is_zone(name) is known


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("2027-04-12", True),
        ("2027-04-12T15:00", True),
        ("2027-04-12T15:00+02:00", False),
        ("soon", False),
    ],
)
def test_a_wall_time_has_no_zone_of_its_own(typed, known):
    assert is_wall(typed) is known


def test_a_date_takes_the_clock_time_of_the_meeting_unless_it_has_its_own():
    meeting = wall("2027-03-01T18:30")

    assert at_clock_time("2027-04-12", meeting) == wall("2027-04-12T18:30")
    assert at_clock_time("2027-04-12T09:15", meeting) == wall("2027-04-12T09:15")
    assert at_clock_time("", meeting) is None


@pytest.mark.parametrize(
    ("hour", "day_and_hour"), [(7, (1, 8)), (8, (1, 8)), (19, (1, 19)), (20, (2, 8)), (23, (2, 8))]
)
def test_quiet_hours_end_at_eight(hour, day_and_hour):
    at = datetime(2027, 3, 1, hour, 0, tzinfo=UTC)

    found = out_of_quiet(at, "UTC")

    assert (found.day, found.hour) == day_and_hour


def test_quiet_hours_are_the_readers():
    evening_in_london = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)

    assert out_of_quiet(evening_in_london, "Europe/London") == evening_in_london
    assert local(out_of_quiet(evening_in_london, "Asia/Tokyo"), "Asia/Tokyo").hour == 8


def test_dates_in_words():
    assert day_in_words(wall("2027-04-12T00:00")) == "Monday 12 April 2027"
    assert moment_in_words(wall("2027-04-12T09:05")) == "Monday 12 April 2027, 09:05"
