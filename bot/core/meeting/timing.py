"""What the clock does to a meeting, and when it should speak next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.decision import Deadline, Decision, Matter, Notice, Refusal, Where
from bot.core.meeting.clock import Stand
from bot.core.meeting.commands import ClockSpeaks
from bot.core.meeting.facilitation import CLAIM_TAKES, STAND_IN_AFTER, held_by
from bot.core.meeting.flow import close, leave
from bot.core.meeting.formats import PHASES
from bot.core.meeting.interruption import rules as interrupting
from bot.core.meeting.phases.frame import waits_for_holder, waits_until
from bot.core.meeting.phases.gathering.arrive import ASK_AFTER, GIVEN_UP
from bot.core.meeting.session import BOT, CLOCK, Facilitation, Session

TWO_MINUTES = timedelta(minutes=2)
LONG_ENOUGH_TO_WARN = 360
"""Seconds a step must have for a warning two minutes before its end."""

SILENT_AFTER = timedelta(minutes=3)
"""How long after its end a holder may be silent before others may take over."""

STOOD_LONG = timedelta(minutes=10)
"""How long the clock may stand still before others may take over."""

TURN_LOST_AFTER = timedelta(minutes=5)
"""How long after the start a turn-holder may be missing (others: until the quorum is asked for)."""

STALE = Refusal("", "stale")


def clock_speaks(
    session: Session, command: ClockSpeaks, now: datetime
) -> Decision[Session] | Refusal:
    """What follows when a deadline of the meeting has come; nothing where it no longer applies."""
    rang = (command.what, command.subject, command.step)
    if not any((d.what, d.subject, d.step) == rang and d.at <= now for d in deadlines(session)):
        return STALE
    match command.what:
        case "two_minutes":
            notice = _word(session, session.clock.ends_at)
            return Decision(_having_said(session, command), (notice,))
        case "time_up":
            said = _having_said(session, command)
            return Decision(said, (_ask_holder(session),) if waits_for_holder(session) else ())
        case "holder_silent":
            return Decision(_having_said(session, command))
        case "holder_missing":
            return Decision(replace(session, process=replace(session.process, offered=True)))
        case "move_on":
            return leave(session, CLOCK, now)
        case "go_on":
            return Decision(gone_on(session, now))
        case "stand_in":
            return Decision(replace(session, process=replace(session.process, stand_in=BOT)))
        case "claim_over":
            return Decision(held_by(session, command.subject))
        case "unanswered":
            return close(session, CLOCK, now)
        case "give_up":
            return close(session.remember(GIVEN_UP, session.at), CLOCK, now)
        case _:
            return PHASES[session.step.phase].decide(session, session.at, command, now)


def _having_said(session: Session, command: ClockSpeaks) -> Session:
    return replace(session, clock=session.clock.say(command.what))


def _word(session: Session, until: datetime) -> Notice:
    slot = session.slot(f"two_minutes:{len(session.log)}")
    return Notice(Matter.PHASE, slot, "two_minutes", session.id, until=until)


def _ask_holder(session: Session) -> Notice:
    until = session.clock.ends_at + timedelta(seconds=session.clock.seconds)
    slot = session.slot(f"time_up:{len(session.log)}:{session.clock.extra}")
    return Notice(Matter.NOTICE, slot, "time_up", session.id, Where.DIRECT, session.holder, until)


def gone_on(session: Session, now: datetime) -> Session:
    """The session with its clock running again, and its phase going on."""
    session = replace(session, clock=session.clock.go_on(now).unsay("holder_silent"))
    return PHASES[session.step.phase].go_on(session, session.at, now)


# --- when it should speak -----------------------------------------------------------------------


def deadlines(session: Session) -> tuple[Deadline, ...]:
    """Every moment at which the clock should speak, if nothing else happens first."""
    if not session.live:
        return ()
    if session.interrupted is not None:
        return tuple(interrupting.deadlines(session, session.interrupted))
    return (
        *PHASES[session.step.phase].deadlines(session, session.at),
        *_of_process(session),
        *(_of_stand(session, session.clock.stands) if session.clock.stands else _of_step(session)),
    )


def _of_process(session: Session) -> Iterator[Deadline]:
    at, process = session.at, session.process
    if process.claim is not None:
        yield Deadline(process.claim.at + CLAIM_TAKES, "claim_over", process.claim.who, at)
    if session.step.round and process.current == session.presenter:
        yield Deadline(session.clock.began_at + STAND_IN_AFTER, "stand_in", step=at)
    missing = process.holder != BOT and not session.is_here(process.holder)
    if missing and not process.offered:
        rotating = process.facilitation is Facilitation.ROTATING
        after = TURN_LOST_AFTER if rotating else ASK_AFTER
        yield Deadline(session.starts_at + session.lost + after, "holder_missing", step=at)


def _of_stand(session: Session, stands: Stand) -> Iterator[Deadline]:
    yield Deadline(stands.until, "go_on", step=session.at)
    if session.holder != BOT and "holder_silent" not in session.clock.said:
        since = max(stands.since, session.process.last_press or stands.since)
        yield Deadline(since + STOOD_LONG, "holder_silent", "still", session.at)


def _of_step(session: Session) -> Iterator[Deadline]:
    clock, at = session.clock, session.at
    if not clock.seconds:
        return
    extra, ends = str(clock.extra), clock.ends_at
    if "time_up" not in clock.said:
        yield Deadline(ends, "time_up", extra, at)
        if clock.seconds >= LONG_ENOUGH_TO_WARN and "two_minutes" not in clock.said:
            yield Deadline(ends - TWO_MINUTES, "two_minutes", extra, at)
        return
    if PHASES[session.step.phase].settling(session, at):
        return
    waits = waits_for_holder(session)
    yield Deadline(waits_until(session), "move_on", extra, at)
    if waits and "holder_silent" not in clock.said:
        since = max(ends, session.process.last_press or ends)
        yield Deadline(since + SILENT_AFTER, "holder_silent", extra, at)
