"""A set's meetings: opening and missing them, and what the set keeps of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.decision import Deciders, Decision, Matter, Notice, Recount, Refusal, Where, on
from bot.core.exchange import CloseSession
from bot.core.learning_set.commands import SetClockSpeaks, StartMeeting
from bot.core.learning_set.meetings.cards import INVITING
from bot.core.learning_set.rhythm import following
from bot.core.learning_set.state import NEAR, Draft, Meeting, MeetingStatus, SetState, next_holder
from bot.core.meeting.clock import StepClock
from bot.core.meeting.commands import OpenSession
from bot.core.meeting.formats import FORMATS
from bot.core.meeting.session import (
    BOT,
    CLOCK,
    Facilitation,
    Owed,
    Participant,
    Process,
    Session,
    derive_id,
)
from bot.core.walltime import instant, local

RESTS = Refusal(
    "This set is paused. Its facilitator can resume it on the card under /als home.", "rests"
)
RECOUNTED_BEFORE = timedelta(days=8)
"""How near a meeting has to be for its reactions to be asked for after an outage."""

START_USEFUL = timedelta(minutes=15)
"""How long after the start the word that a meeting begins expires."""


# --- before a meeting ---------------------------------------------------------------------------


def prompt(state: SetState, meeting: Meeting, which: str, until: datetime) -> Notice:
    """A word to the set about one of its meetings."""
    subject = f"{meeting.id}:{which}"
    slot = slot_about(state, meeting, which)
    return Notice(Matter.PROMPT, slot, "prompt", subject, Where.PLACE, until=until)


def slot_about(state: SetState, meeting: Meeting, which: str) -> str:
    """The slot of a message about a meeting: a new one each time the meeting is moved."""
    return f"{state.id}:{which}:{meeting.id}:{meeting.sequence}"


def invitations(state: SetState, now: datetime) -> tuple[Recount, ...]:
    """The cards that ask who comes to the next meeting, where it is near: reactions are replies."""
    near = [m for m in state.planned() if state.starts_at(m) - now <= RECOUNTED_BEFORE]
    return tuple(
        Recount(slot_about(state, m, which)) for m in near[:1] for which in sorted(INVITING)
    )


def _start(state: SetState, command: StartMeeting, now: datetime) -> Decision[SetState] | Refusal:
    """The planned meeting where one is near, else one made up on the spot."""
    if state.frozen_at is not None:
        return RESTS
    if state.session:
        return Refusal("A meeting is on. Press I'm here on its board.", "running")
    if command.format and command.format not in FORMATS:
        return Refusal(f"Choose one of these lengths: {', '.join(FORMATS)}.", "format")
    planned = next((m for m in state.planned() if abs(state.starts_at(m) - now) <= NEAR), None)
    wall = local(now, state.zone).replace(second=0, microsecond=0)
    meeting = planned or Meeting(derive_id(command.session, "meeting"), wall, state.format)
    meeting = replace(
        meeting,
        status=MeetingStatus.LIVE,
        session=command.session,
        format=command.format or meeting.format,
    )
    starts_at = max(state.starts_at(meeting), now) if planned else now
    session = _session(state, meeting, command, now, starts_at)
    state = replace(state.with_meeting(meeting), session=session.id)
    return Decision(state, then=(OpenSession(who=command.who, opening=session),))


def _session(
    state: SetState, meeting: Meeting, command: StartMeeting, now: datetime, starts_at: datetime
) -> Session:
    home = {
        Facilitation.LED: state.facilitator,
        Facilitation.ROTATING: next_holder(state),
        Facilitation.BOT_HELD: BOT,
    }[state.facilitation]
    people = tuple(
        Participant(m.person, m.name, m.last_presented_at or m.joined_at)
        for m in state.present_members
    )
    later = [m.wall for m in state.planned() if m.wall > meeting.wall]
    coming = min(later, default=None) or following(state.rhythm, meeting.wall, meeting.wall)
    return Session(
        id=command.session,
        set_id=state.id,
        title=state.name,
        meeting=meeting.id,
        seed=command.seed,
        format=meeting.format,
        zone=state.zone,
        wall=meeting.wall,
        starts_at=starts_at,
        opened_at=now,
        plan=FORMATS[meeting.format].steps(),
        clock=StepClock(now, 0),
        process=Process(state.facilitation, home, home),
        people=people,
        owed=_owed(state),
        next_at=instant(coming, state.zone) if coming is not None else None,
        quorum=state.quorum,
        grace=command.grace,
    )


def _owed(state: SetState) -> tuple[Owed, ...]:
    """Who owes a word, in a fair order: the longest promise first."""
    waiting = (a for a in state.actions if a.open and state.agreed(a.owner))
    ordered = sorted(waiting, key=lambda a: (a.made_at, a.owner, a.id))
    return tuple(Owed(a.id, a.owner) for a in ordered)


# --- after a meeting ----------------------------------------------------------------------------


def _close(state: SetState, command: CloseSession, now: datetime) -> Decision[SetState]:
    meeting = next((m for m in state.meetings if m.session == command.session), None)
    if meeting is None or state.session != command.session:
        return Decision(state)
    meeting = replace(
        meeting,
        status=MeetingStatus.HELD if command.held else MeetingStatus.NOT_HELD,
        attended=len(command.attended),
        pulse_sum=command.pulse[0],
        pulse_count=command.pulse[1],
    )
    state = without_missed(replace(state.with_meeting(meeting), session=""), now)
    if command.held:
        state = _with_turns(state, command, now)
        state = replace(state, drafts=_drafts_after(state, command))
    if state.planned():
        return Decision(state)
    return Decision(with_next(state, command.session, meeting.wall, now))


def _drafts_after(state: SetState, command: CloseSession) -> tuple[Draft, ...]:
    """Issues that were not taken stay with their owners; an older one only where its owner was
    not there to offer it.
    """
    absent = tuple(d for d in state.drafts if d.owner not in command.attended)
    return (*absent, *(Draft(*bid) for bid in command.bids))


def _with_turns(state: SetState, command: CloseSession, now: datetime) -> SetState:
    """Who presented and who held the process now wait longest from today."""
    for person in command.presented:
        member = state.member(person)
        if member is not None:
            state = state.with_member(replace(member, last_presented_at=now))
    holder = state.member(command.holder)
    if holder is not None:
        state = state.with_member(replace(holder, last_held_at=now, turn_at=None))
    return state


def with_next(state: SetState, seed: str, wall: datetime, now: datetime) -> SetState:
    """With the next meeting of the rhythm after the one at `wall`, if the set has a rhythm."""
    coming = following(state.rhythm, wall, max(wall, local(now, state.zone)))
    if coming is None:
        return state
    meeting = Meeting(derive_id(seed, "next"), coming, state.format, planned_at=now)
    return state.with_meeting(meeting)


def without_missed(state: SetState, now: datetime) -> SetState:
    """With every planned meeting that nobody opened in time noted as not held."""
    for meeting in state.planned():
        if state.starts_at(meeting) + NEAR < now:
            state = state.with_meeting(replace(meeting, status=MeetingStatus.NOT_HELD))
    return state


# --- what the clock does --------------------------------------------------------------------------


def meeting_now_due(
    state: SetState, command: SetClockSpeaks, now: datetime
) -> Decision[SetState] | Refusal:
    """Something before or at a meeting's start: its door opens, or the set is told."""
    meeting = next(m for m in state.meetings if m.id == command.subject)
    starts_at = state.starts_at(meeting)
    if command.what != "open":
        until = starts_at + START_USEFUL if command.what == "start" else starts_at
        return Decision(state, (prompt(state, meeting, command.what, until),))
    if state.session:
        # The set meets already; that is its meeting of the day.
        return Decision(state.with_meeting(replace(meeting, status=MeetingStatus.NOT_HELD)))
    if now > starts_at + NEAR:
        missed = without_missed(state, now)
        if missed.planned():
            return Decision(missed)
        return Decision(with_next(missed, meeting.id, meeting.wall, now))
    session = derive_id(meeting.id, "session")
    seed = int(derive_id(state.id, meeting.id, command.fresh)[:12], 16)
    opened = _start(state, StartMeeting(who=CLOCK, session=session, seed=seed), now)
    said = prompt(state, meeting, "open", starts_at)
    return opened.saying(said) if isinstance(opened, Decision) else opened


DECIDERS: Deciders[SetState] = {
    **on(StartMeeting, _start),
    **on(CloseSession, _close),
}
"""Who decides each command about a set's meetings."""
