"""Where a meeting goes: into a step, on to the next that has something to do, to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.cards import PersonId
from bot.core.commands import CloseSession
from bot.core.formats import PHASES
from bot.core.phases.bids import Bids
from bot.core.phases.learning_review import FEWEST_PULSES, Learnings
from bot.core.session import (
    Clock,
    Decision,
    Matter,
    Notice,
    Presence,
    Refusal,
    Session,
    Status,
    Transition,
    Where,
)
from bot.core.walltime import local


def open_at(session: Session, now: datetime) -> Session:
    """The session in its first step."""
    blank = replace(session, memories=(None,) * len(session.plan))
    return enter(blank, 0, session.process.home, now)


def advance(session: Session, by: PersonId, now: datetime) -> Decision:
    """The session in its next step that has something to do; over where none is left."""
    session = PHASES[session.step.phase].leave(session, session.at)
    following = (n for n in range(session.at + 1, len(session.plan)))
    to = next((n for n in following if not PHASES[session.plan[n].phase].skip(session, n)), None)
    if to is None:
        return close(session, by, now)
    return Decision(enter(session, to, by, now))


def settle(decision: Decision, by: PersonId, now: datetime) -> Decision:
    """The decision, moved on through every step in which all have had their say."""
    while True:
        session: Session = decision.state
        if not session.live or not PHASES[session.step.phase].finished(session, session.at):
            return decision
        moved = advance(session, by, now)
        decision = replace(
            moved,
            notices=(*decision.notices, *moved.notices),
            answer=decision.answer,
            then=(*decision.then, *moved.then),
            recounts=(*decision.recounts, *moved.recounts),
        )


def enter(session: Session, to: int, by: PersonId, now: datetime) -> Session:
    """The session in step `to`, with a fresh clock; what the step remembers is kept."""
    step, before = session.plan[to], session.step
    process = replace(
        session.process, ready=frozenset(), longer=frozenset(), claim=None, claimed_at=None
    )
    if step.round != before.round:
        process = replace(process, stand_in=None)
    clock = Clock(now, _seconds(session, to, now))
    session = replace(
        session, at=to, clock=clock, process=process, log=(*session.log, Transition(to, now, by))
    )
    return session.remember(PHASES[step.phase].enter(session, to, now), to)


def _seconds(session: Session, to: int, now: datetime) -> int:
    """The step's length; a late meeting takes up to half of it where the phase allows (1.4)."""
    planned = session.plan[to].seconds
    begun = next((move.at for move in session.log if move.step > 0), now)
    if not PHASES[session.plan[to].phase].shrinks:
        return planned
    due = begun + timedelta(seconds=sum(step.seconds for step in session.plan[1:to]))
    late = int((now - due).total_seconds())
    return max(planned - max(late, 0), planned // 2)


def close(session: Session, by: PersonId, now: datetime) -> Decision:
    """The meeting over: keepsakes to everyone, and what the set keeps."""
    held = session.at > 0
    here = tuple(p.person for p in session.here)
    status = Status.HELD if held else Status.NOT_HELD
    next_at = session.next_at or (
        PHASES["close"].leave(session, session.at).next_at if held else None
    )
    process = replace(session.process, claim=None, claimed_at=None)
    session = replace(
        session,
        status=status,
        closed_at=now,
        next_at=next_at,
        process=process,
        keepsakes=here if held else (),
    )
    return Decision(session, _keepsakes(session), then=(_what_the_set_keeps(session, by),))


def _keepsakes(session: Session) -> tuple[Notice, ...]:
    return tuple(
        Notice(
            Matter.KEEPSAKE,
            session.slot(f"keepsake:{person}"),
            "keepsake",
            session.id,
            Where.DIRECT,
            person,
        )
        for person in session.keepsakes
    )


def _what_the_set_keeps(session: Session, by: PersonId) -> CloseSession:
    rounds_held = tuple(
        person
        for number, person in enumerate(session.presenters, 1)
        if any(move.step in _steps_of(session, number) for move in session.log)
    )
    unchosen = tuple(
        (bid.owner, bid.title, bid.why, bid.urgency)
        for memory in session.memories
        if isinstance(memory, Bids)
        for _, bid in memory.open()
        if bid.owner not in rounds_held
    )
    pulses = next((m.pulses for m in session.memories if isinstance(m, Learnings)), ())
    return CloseSession(
        who=by,
        session=session.id,
        held=session.status is Status.HELD,
        attended=tuple(p.person for p in session.people if p.presence is not Presence.EXPECTED),
        presented=rounds_held,
        holder=session.process.holder,
        next_local=local(session.next_at, session.zone).replace(second=0, microsecond=0)
        if session.next_at
        else None,
        bids=unchosen,
        pulse=(sum(pulses), len(pulses)) if len(pulses) >= FEWEST_PULSES else (0, 0),
    )


def _steps_of(session: Session, number: int) -> tuple[int, ...]:
    return tuple(n for n, step in enumerate(session.plan) if step.round == number)


def leave(session: Session, by: PersonId, now: datetime) -> Decision | Refusal:
    """On to the next step, unless the phase has something to settle first."""
    onward = PHASES[session.step.phase].before_leaving(session, session.at, by, now)
    if isinstance(onward, str):
        return Decision(enter(session, session.steps(onward)[-1], by, now))
    return advance(session, by, now) if onward is None else onward
