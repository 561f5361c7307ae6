"""What the clock does to a meeting, and when it should speak next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.commands import ClockSpeaks
from bot.core.formats import PHASES
from bot.core.holding import CLAIM_TAKES, STAND_IN_AFTER, held_by
from bot.core.moving import close, leave
from bot.core.phases.arrive import Gathering
from bot.core.session import (
    BOT,
    CLOCK,
    Clock,
    Deadline,
    Decision,
    Facilitation,
    Matter,
    Notice,
    Process,
    Refusal,
    Session,
    Where,
)

TWO_MINUTES = timedelta(minutes=2)
LONG_ENOUGH_TO_WARN = 360
"""Seconds a step must have for the two-minute word to be of use."""

SILENT_AFTER = timedelta(minutes=3)


def clock_speaks(session: Session, command: ClockSpeaks, now: datetime) -> Decision | Refusal:
    """What follows when a deadline of the meeting has come."""
    said = replace(session, clock=session.clock.say(command.what))
    match command.what:
        case "two_minutes":
            return Decision(said, (_word(session, "two_minutes", session.clock.ends_at),))
        case "time_up":
            until = session.clock.ends_at + timedelta(seconds=session.clock.seconds)
            asks = _waits_for_a_person(session)
            return Decision(said, (_ask_holder(session, until),) if asks else ())
        case "holder_silent":
            return Decision(said)
        case "move_on":
            return leave(session, CLOCK, now)
        case "go_on":
            return Decision(replace(session, clock=session.clock.go_on(now)))
        case "stand_in":
            return Decision(replace(session, process=replace(session.process, stand_in=BOT)))
        case "claim_over":
            return Decision(held_by(session, session.process.claim or BOT))
    decision = PHASES[session.step.phase].decide(session, session.at, command, now)
    if isinstance(decision, Decision) and _given_up(decision.state):
        return close(decision.state, CLOCK, now)
    return decision


def _given_up(session: Session) -> bool:
    memory = session.memories[session.at]
    return isinstance(memory, Gathering) and memory.not_held


def _word(session: Session, card: str, until: datetime) -> Notice:
    slot = session.slot(f"{card}:{len(session.log)}")
    return Notice(Matter.PHASE, slot, card, session.id, until=until)


def _ask_holder(session: Session, until: datetime) -> Notice:
    slot = session.slot(f"time_up:{len(session.log)}:{session.clock.extra}")
    return Notice(Matter.NOTICE, slot, "time_up", session.id, Where.DIRECT, session.holder, until)


def _waits_for_a_person(session: Session) -> bool:
    return session.process.facilitation is Facilitation.LED and session.holder != BOT


def deadlines(session: Session) -> tuple[Deadline, ...]:
    """Every moment at which the clock should speak, if nothing else happens first."""
    if not session.live:
        return ()
    at, process = session.at, session.process
    due = list(PHASES[session.step.phase].deadlines(session, at))
    if process.claimed_at is not None:
        due.append(Deadline(process.claimed_at + CLAIM_TAKES, "claim_over", step=at))
    if session.step.round and process.current == session.presenter:
        due.append(Deadline(session.clock.began_at + STAND_IN_AFTER, "stand_in", step=at))
    if session.clock.still is not None:
        if session.clock.still_until is not None:
            due.append(Deadline(session.clock.still_until, "go_on", step=at))
        return tuple(due)
    return (*due, *_clock_deadlines(session, session.clock, process))


def _clock_deadlines(session: Session, clock: Clock, process: Process) -> tuple[Deadline, ...]:
    if not session.step.seconds:
        return ()
    at, ends = session.at, clock.ends_at
    due: list[Deadline] = []
    if "time_up" not in clock.said:
        due.append(Deadline(ends, "time_up", str(clock.extra), at))
        if clock.seconds >= LONG_ENOUGH_TO_WARN and "two_minutes" not in clock.said:
            due.append(Deadline(ends - TWO_MINUTES, "two_minutes", str(clock.extra), at))
        return tuple(due)
    led = _waits_for_a_person(session)
    wait = clock.seconds if led else session.grace
    due.append(Deadline(ends + timedelta(seconds=wait), "move_on", str(clock.extra), at))
    pressed = process.last_press is not None and process.last_press > ends
    if led and not pressed and "holder_silent" not in clock.said:
        due.append(Deadline(ends + SILENT_AFTER, "holder_silent", str(clock.extra), at))
    return tuple(due)
