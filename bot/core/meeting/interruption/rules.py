"""What becomes of a meeting when nobody could be heard for a while: it gets its time, or it asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import command as command_kinds
from bot.core import exchange
from bot.core.cards import PersonId
from bot.core.decision import Deadline, Deciders, Decision, Recount, Refusal, on
from bot.core.exchange import OPENS_BEFORE
from bot.core.meeting import commands as meeting_commands
from bot.core.meeting.facilitation import CLAIM_TAKES, may_not_move, with_process
from bot.core.meeting.flow import advance, close
from bot.core.meeting.formats import FORMATS, PHASES
from bot.core.meeting.interruption.cards import interruption_card, offered, waits_for
from bot.core.meeting.interruption.state import Interruption
from bot.core.meeting.session import BOT, Session, Transition

NOTICED = timedelta(minutes=1)
"""A shorter absence is no outage: a restart takes seconds, and nobody is the worse for it."""

LEAST_LEFT = timedelta(minutes=2)
"""What a part has at least when its meeting goes on, and what the last minutes of one can bear."""

ANSWERED_WITHIN = timedelta(days=1)
"""Unanswered for so long, an interrupted meeting closes by itself."""

HOLDER_SILENT = timedelta(minutes=10)
"""How long an interrupted meeting waits for the facilitator before others may take over."""

BEFORE_THE_NEXT = OPENS_BEFORE + timedelta(minutes=1)
"""An interrupted meeting is closed before people can arrive at the next one."""


def note_outage(
    session: Session, command: meeting_commands.NoteOutage, now: datetime
) -> Decision[Session]:
    """Nobody could be heard since then. Told a second time, only what came after it counts.

    What the meeting can bear is given back; otherwise it waits until somebody says how it goes on.
    Time before the planned start is nobody's.
    """
    told = max(command.since, session.back_at or session.opened_at, session.log[-1].at)
    if now - told < NOTICED:
        return Decision(session)
    since = told if session.at > 0 else max(told, session.starts_at)
    if session.interrupted is not None:
        return Decision(_waiting_longer(session, session.interrupted, now - told, now))
    if since >= now:
        return Decision(session)
    if now - since <= bears(session, since):
        return Decision(replace(_given_back(session, now - since), back_at=now))
    return Decision(_interrupted(session, since, now))


def bears(session: Session, since: datetime) -> timedelta:
    """How long an interruption from then on may be for the meeting to go on by itself.

    This is the one place that decides it: a format whose meetings last for days says how long.
    """
    longest = FORMATS[session.format].longest_interruption
    return min(longest, max(_left(session, since), LEAST_LEFT))


def _left(session: Session, since: datetime) -> timedelta:
    """What the meeting had left then of its planned time: of this part, and all parts to come."""
    clock = session.clock
    stood_still_at = clock.stands.since if clock.stands is not None else since
    of_this = max(clock.ends_at - min(since, stood_still_at), timedelta(0))
    return of_this + timedelta(seconds=sum(step.seconds for step in session.plan[session.at + 1 :]))


def _given_back(session: Session, by: timedelta) -> Session:
    """The session with every deadline of the running step that much later, as if it had not been."""
    process = session.process
    claim, press = process.claim, process.last_press
    process = replace(
        process,
        claim=replace(claim, at=claim.at + by) if claim is not None else None,
        last_press=press + by if press is not None else None,
    )
    clock = session.clock.later(by)
    session = replace(session, clock=clock, process=process, lost=session.lost + by)
    return PHASES[session.step.phase].later(session, session.at, by)


def _interrupted(session: Session, since: datetime, now: datetime) -> Session:
    found = Interruption(since, now, now + ANSWERED_WITHIN)
    process = replace(session.process, wishes=frozenset(), claim=None)
    return replace(
        session,
        back_at=now,
        process=process,
        clock=session.clock.unsay("holder_silent"),
        interruptions=(*session.interruptions, found),
    )


def _waiting_longer(session: Session, found: Interruption, by: timedelta, now: datetime) -> Session:
    """Away once more while it waited: the day to answer is a day on which one can."""
    longer = replace(found, closes_at=found.closes_at + by)
    return replace(session, back_at=now, interruptions=(*session.interruptions[:-1], longer))


# --- while it waits for an answer ---------------------------------------------------------------


def deadlines(session: Session, found: Interruption) -> Iterator[Deadline]:
    """When the clock should speak meanwhile: nothing of the meeting's own time."""
    process, at = session.process, session.at
    yield Deadline(closes_at(session, found), "unanswered", step=at)
    if process.claim is not None:
        yield Deadline(process.claim.at + CLAIM_TAKES, "claim_over", process.claim.who, at)
    if session.holder != BOT and "holder_silent" not in session.clock.said:
        since = max(found.noticed_at, process.last_press or found.noticed_at)
        yield Deadline(since + HOLDER_SILENT, "holder_silent", "interrupted", at)


def closes_at(session: Session, found: Interruption) -> datetime:
    """When it closes by itself: in time for the next meeting, where that is nearer."""
    door = session.next_at - BEFORE_THE_NEXT if session.next_at is not None else None
    if door is None or session.next_at is None or session.next_at <= found.noticed_at:
        return found.closes_at
    return min(found.closes_at, max(door, found.noticed_at))


_TAKEN = (
    meeting_commands.GoOn,
    meeting_commands.CloseInterrupted,
    meeting_commands.ShowInterruption,
    meeting_commands.NoteOutage,
    meeting_commands.ClockSpeaks,
    meeting_commands.CountVotes,
    meeting_commands.EndMeeting,
    meeting_commands.Arrive,
    meeting_commands.TakeBackArrival,
    meeting_commands.StepOut,
    meeting_commands.LeaveMeeting,
    meeting_commands.HandOver,
    meeting_commands.TakeOver,
    meeting_commands.StillHere,
    meeting_commands.TakeBack,
    meeting_commands.TakeBackWish,
    meeting_commands.NameReaders,
    meeting_commands.AcceptReaders,
    exchange.MeetNext,
    exchange.ReportHeard,
    meeting_commands.ClearWords,
)
"""What an interrupted meeting takes; everything else waits until it goes on."""


def held_up(
    session: Session, command: command_kinds.InSession, now: datetime
) -> Decision[Session] | Refusal | None:
    """The answer to a request that has to wait for another answer; None where it need not wait.

    Words are handed back by a refusal; any other press shows what can be done about it.
    """
    if session.interrupted is None or isinstance(command, _TAKEN):
        return None
    if isinstance(command, command_kinds.Contribution | meeting_commands.CastVote):
        return waits_for(session)
    return show(session, meeting_commands.ShowInterruption(who=command.who), now)


def show(
    session: Session, command: meeting_commands.ShowInterruption, now: datetime
) -> Decision[Session] | Refusal:
    """When it was interrupted, with the buttons for those who may press them."""
    if session.interrupted is None:
        return GOES_ON
    may = may_not_move(session, command.who) is None
    card = interruption_card(session, session.interrupted, closes_at(session, session.interrupted))
    return Decision(session, answer=offered(card, decides=may))


# --- the answer -----------------------------------------------------------------------------------

GOES_ON = Refusal("The meeting has already gone on. Press More to see what you can do.", "goes_on")


def go_on(
    session: Session, command: meeting_commands.GoOn, now: datetime
) -> Decision[Session] | Refusal:
    """On where it was: by the facilitator; where the bot does, by anyone here, as to begin."""
    found = session.interrupted
    if found is None:
        return GOES_ON
    refusal = may_not_move(session, command.who)
    if refusal is not None:
        return refusal
    return _going_on(session.with_arrival(command.who), found, command.who, now)


def _going_on(
    session: Session, found: Interruption, who: PersonId, now: datetime
) -> Decision[Session]:
    over = replace(found, went_on_at=now)
    phase, at = PHASES[session.step.phase], session.at
    clock = session.clock.go_on(found.since).unsay("holder_silent")
    process = replace(session.process, wishes=frozenset(), claim=None, last_press=None)
    session = replace(
        session,
        back_at=now,
        clock=clock,
        process=process,
        interruptions=(*session.interruptions[:-1], over),
    )
    session = phase.begin_anew(_given_back(session, now - found.since), at, now)
    session = _with_least(session, now)
    if not phase.stays:
        session = replace(session, log=(*session.log, Transition(at, now, who)))
    if session.presenter is not None and session.has_left(session.presenter):
        return advance(replace(session, stopped=session.stopped | {session.step.round}), who, now)
    return Decision(session, recounts=(Recount(session.ballot_slot),) if phase.stays else ())


def _with_least(session: Session, now: datetime) -> Session:
    """With at least two minutes for this part, or all of a part that is shorter."""
    clock = session.clock
    least = min(LEAST_LEFT, timedelta(seconds=clock.seconds))
    missing = least - (clock.ends_at - now)
    if not clock.seconds or missing <= timedelta(0):
        return session
    extra = clock.extra - int(-missing.total_seconds() // 1)
    return replace(session, clock=replace(clock, extra=extra).unsay("time_up", "two_minutes"))


def close_it(
    session: Session, command: meeting_commands.CloseInterrupted, now: datetime
) -> Decision[Session] | Refusal:
    """Closed where it was: by the facilitator, or more than half of those here."""
    if session.interrupted is None:
        return GOES_ON
    return with_process(session, command.who, "end", lambda s: close(s, command.who, now))


DECIDERS: Deciders[Session] = {
    **on(meeting_commands.NoteOutage, note_outage),
    **on(meeting_commands.GoOn, go_on),
    **on(meeting_commands.CloseInterrupted, close_it),
    **on(meeting_commands.ShowInterruption, show),
}
"""Who decides each command about an interruption."""
