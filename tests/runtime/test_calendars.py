"""The calendar file: stable ids, numbered changes, zones of its own, and nothing but “Meeting”."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from icalendar import Calendar, Event

from bot.core.learning_set.state import Meeting, MeetingStatus
from bot.core.signals import Pressed, Submitted, Typed
from bot.runtime.calendar.files import calendar
from tests.runtime.people import found, gesture, the_set

WHEN = "2027-04-12T18:00"
PLAN = (("when", WHEN), ("where", "https://secret.example/room"))


async def fetched(bot, who: str = "Ben") -> Calendar:
    """The file a member gets, as their calendar reads it."""
    answer = await bot.service.receive(gesture(who, Typed("calendar")))
    (file,) = answer.files
    assert (file.name, file.media) == ("meetings.ics", "text/calendar")
    return Calendar.from_ical(file.text)


def begins(event: Event) -> datetime:
    """When it starts, with the offset of its zone."""
    assert isinstance(event.start, datetime)
    return event.start


async def plan(bot, when: str = WHEN) -> None:
    """The next meeting planned, or moved."""
    fields = dict(PLAN) | {"when": when}
    await bot.service.receive(gesture("Ana", Submitted("schedule", tuple(fields.items()))))


@pytest.fixture
async def planned(bot):
    """A set with a meeting to come."""
    await found(bot.service, "Ana", "Ben")
    await plan(bot)
    return bot


async def test_a_meeting_is_told_with_its_zone_and_nothing_it_is_about(planned):
    read = await fetched(planned)

    (event,) = read.events
    assert str(event["summary"]) == "Meeting"
    assert begins(event).isoformat() == "2027-04-12T18:00:00+01:00"
    assert event.end - event.start == timedelta(minutes=90)
    assert [str(z["tzid"]) for z in read.timezones] == ["Europe/London"]
    text = read.to_ical().decode()
    for private in ("secret", "Aurora", "Ana", "Ben"):
        assert private not in text


async def test_a_moved_meeting_keeps_its_id_and_its_number_grows(planned):
    (before,) = (await fetched(planned)).events

    await plan(planned, "2027-04-13T19:00")

    (after,) = (await fetched(planned)).events
    assert after["uid"] == before["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after.start.day == 13


async def test_a_cancelled_meeting_is_told_as_such(planned):
    sure = (await planned.service.receive(gesture("Ana", Typed("cancel")))).told[0].buttons()[0]
    await planned.service.receive(gesture("Ana", Pressed(sure.action, value=sure.value)))

    first, following = (await fetched(planned)).events

    assert (str(first["status"]), first["sequence"]) == ("CANCELLED", 1)
    assert (str(following["status"]), following["sequence"]) == ("CONFIRMED", 0)


async def test_the_same_meetings_make_the_same_text(planned):
    state = the_set(planned)

    assert calendar(state, planned.clock.now()) == calendar(state, planned.clock.now())


async def test_without_a_date_there_is_no_file(bot):
    await found(bot.service, "Ana", "Ben")

    answer = await bot.service.receive(gesture("Ben", Typed("calendar")))

    assert answer.files == ()
    assert "No meeting is planned." in str(answer.told)


async def test_the_button_brings_it_too_and_strangers_get_nothing(planned):
    pressed = await planned.service.receive(gesture("Ben", Pressed("calendar")))
    assert len(pressed.files) == 1

    refused = await planned.service.receive(gesture("Zoe", Typed("calendar")))
    assert refused.refusal.code == "not_member"
    assert refused.files == ()


async def test_meetings_that_are_over_are_left_out(planned):
    state = the_set(planned)
    held = Meeting("h", datetime(2027, 4, 12, 18), "90", MeetingStatus.HELD)  # noqa: DTZ001

    assert "BEGIN:VEVENT" not in calendar(replace(state, meetings=(held,)), planned.clock.now())
    later = state.starts_at(state.planned()[0]) + timedelta(days=2)
    assert "BEGIN:VEVENT" not in calendar(state, later)


@pytest.mark.parametrize(
    ("zone", "wall", "start"),
    [
        ("Europe/London", "2027-03-28T01:30", "2027-03-28T02:00"),
        ("Africa/Cairo", "2027-04-30T00:00", "2027-04-30T01:00"),
        ("Australia/Lord_Howe", "2027-10-03T02:10", "2027-10-03T02:30"),
        ("Asia/Kathmandu", "2027-10-03T02:10", "2027-10-03T02:10"),
    ],
)
async def test_a_time_that_clocks_jump_over_begins_as_the_jump_ends(planned, zone, wall, start):
    meeting = replace(the_set(planned).planned()[0], wall=datetime.fromisoformat(wall))
    state = replace(the_set(planned), zone=zone, meetings=(meeting,))

    (event,) = Calendar.from_ical(calendar(state, planned.clock.now())).events

    assert begins(event).replace(tzinfo=None) == datetime.fromisoformat(start)
    assert event.end - event.start == timedelta(minutes=90)
