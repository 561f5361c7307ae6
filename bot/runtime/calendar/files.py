"""A set's meetings as an iCalendar file: when, never what about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from bot.core.learning_set.state import Meeting, MeetingStatus, SetState
from bot.core.meeting.formats import FORMATS
from bot.core.walltime import local
from bot.runtime.ports.incoming import File

MEDIA = "text/calendar"
KEPT = timedelta(days=1)
"""How long after its time a meeting is still told: a calendar may ask a little late."""

SAYS = {
    MeetingStatus.PLANNED: "CONFIRMED",
    MeetingStatus.LIVE: "CONFIRMED",
    MeetingStatus.CANCELLED: "CANCELLED",
}


def calendar_file(state: SetState, now: datetime) -> File:
    """The file for one person: what is to come, and what of it was cancelled."""
    return File("meetings.ics", MEDIA, calendar(state, now), "The meetings to come.")


def calendar(state: SetState, now: datetime) -> str:
    """The same text for the same meetings, no matter who asks: stable ids, numbered changes.

    A calendar that knows a meeting moves it when the number grows; it learns no name, no place and
    no issue.
    """
    made = Calendar()
    made.add("prodid", "-//als-bot//als-bot//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("calscale", "GREGORIAN")
    for meeting in sorted(state.meetings, key=lambda m: (m.wall, m.id)):
        if meeting.status in SAYS and state.starts_at(meeting) > now - KEPT:
            made.add_component(_event(state, meeting))
    if made.events:
        made.add_missing_timezones()
    return str(made.to_ical(), "utf-8")


def _event(state: SetState, meeting: Meeting) -> Event:
    zone, starts_at = ZoneInfo(state.zone), state.starts_at(meeting)
    length = timedelta(minutes=FORMATS[meeting.format].minutes)
    # Where clocks jump over the time that was said, the meeting starts as the jump ends.
    begins = local(starts_at, state.zone).replace(tzinfo=zone)
    ends = (starts_at + length).astimezone(zone)
    event = Event()
    event.add("uid", f"{meeting.id}@als-bot")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", (meeting.planned_at or starts_at).astimezone(UTC))
    event.add("dtstart", begins)
    event.add("dtend", ends)
    event.add("summary", "Meeting")
    event.add("status", SAYS[meeting.status])
    return event
