"""A set's meetings in the platform's own calendar: which stand there, and under which name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.cards import Entry
from bot.core.decision import Decision, Matter, Notice, Refusal, Where
from bot.core.learning_set.state import Meeting, MeetingStatus, SetState
from bot.core.meeting.formats import FORMATS
from bot.core.meeting.session import derive_id

_STANDING = (MeetingStatus.PLANNED, MeetingStatus.LIVE)


def settled(
    before: SetState, decision: Decision[SetState] | Refusal, now: datetime
) -> Decision[SetState] | Refusal:
    """The decision with an entry for each meeting that is to be in the calendar, for no other.

    One that comes back is another entry: the first may be on its way out.
    """
    if isinstance(decision, Refusal) or not isinstance(decision.state, SetState):
        return decision
    state = decision.state
    if state is before or not (state.listed or before.listed):
        return decision
    meetings = tuple(_with_entry(before, state, meeting, now) for meeting in state.meetings)
    return decision._replace(state=replace(state, meetings=meetings))


def _with_entry(before: SetState, state: SetState, meeting: Meeting, now: datetime) -> Meeting:
    if not _to_stand(state, meeting):
        return replace(meeting, entry="")
    known = before.meeting(meeting.id)
    kept = known.entry if known is not None else ""
    begun = meeting.status is MeetingStatus.LIVE
    fresh = "" if begun else derive_id(meeting.id, "entry", now.isoformat())
    return replace(meeting, entry=kept or fresh)


def _to_stand(state: SetState, meeting: Meeting) -> bool:
    rests = state.archived_at is not None or state.frozen_at is not None
    return state.listed and not rests and meeting.status in _STANDING


def entry_of(state: SetState, name: str) -> Entry | None:
    """The current calendar entry of that name; None where there is none any more."""
    return next((_entry(state, m) for m in _entered(state) if m.entry == name), None)


def _entry(state: SetState, meeting: Meeting) -> Entry:
    starts_at = state.starts_at(meeting)
    ends_at = starts_at + timedelta(minutes=FORMATS[meeting.format].minutes)
    members = tuple(m.person for m in state.present_members)
    return Entry(starts_at, ends_at, state.link, members)


def _entered(state: SetState) -> tuple[Meeting, ...]:
    return tuple(m for m in state.meetings if m.entry and _to_stand(state, m))


def entry_changes(before: SetState | None, after: SetState) -> tuple[Notice, ...]:
    """What is to be put into the calendar, or changed there."""
    old = _slots(before)
    return tuple(
        Notice(Matter.ENTRY, slot, "entry", meeting.entry, Where.PLACE, until=entry.starts_at)
        for slot, (meeting, entry) in _slots(after).items()
        if slot not in old or old[slot][1] != entry
    )


def entries_gone(before: SetState | None, after: SetState) -> tuple[str, ...]:
    """The slots of what is to be taken out of the calendar."""
    kept = _slots(after)
    return tuple(slot for slot in _slots(before) if slot not in kept)


def _slots(state: SetState | None) -> dict[str, tuple[Meeting, Entry]]:
    if state is None:
        return {}
    found = ((m, _entry(state, m)) for m in _entered(state))
    return {f"{state.id}:entry:{m.entry}": (m, entry) for m, entry in found}
