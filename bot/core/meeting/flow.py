"""Where a meeting goes: into a step, on to the next that has something to do, to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.cards import PersonId
from bot.core.decision import Decision, Refusal
from bot.core.exchange import CloseSession
from bot.core.meeting import course
from bot.core.meeting.clock import StepClock
from bot.core.meeting.formats import PHASES
from bot.core.meeting.phases.closing.learning_review import FEWEST_PULSES
from bot.core.meeting.remembered import remembered, with_memories
from bot.core.meeting.session import Presence, Session, Status, Transition
from bot.core.meeting.summaries import keepsake_notices, pulses_of


def open_at(session: Session, now: datetime) -> Session:
    """The session in its first step."""
    blank = replace(session, memories=(None,) * len(session.plan))
    return enter(blank, 0, session.process.home, now)


def leave(session: Session, by: PersonId, now: datetime) -> Decision[Session] | Refusal:
    """On to the next step, unless the phase has something to settle first."""
    onward = PHASES[session.step.phase].before_leaving(session, session.at, by, now)
    if isinstance(onward, str):
        return Decision(enter(session, session.steps(onward)[-1], by, now))
    return advance(session, by, now) if onward is None else onward


def advance(session: Session, by: PersonId, now: datetime) -> Decision[Session]:
    """The session in its next step that has something to do; over where none is left."""
    session = PHASES[session.step.phase].leave(session, session.at)
    for to in range(session.at + 1, len(session.plan)):
        if not PHASES[session.plan[to].phase].skip(session, to):
            return Decision(enter(session, to, by, now))
    return close(session, by, now)


def settle(decision: Decision[Session], by: PersonId, now: datetime) -> Decision[Session]:
    """The decision, moved on through every step in which all have had their say.

    While the clock stands still nothing moves by itself.
    """
    while True:
        session: Session = decision.state
        finished = PHASES[session.step.phase].finished
        if not session.live or session.clock.still or session.interrupted:
            return decision
        if not finished(session, session.at):
            return decision
        moved = advance(session, by, now)
        decision = decision._replace(
            state=moved.state,
            notices=(*decision.notices, *moved.notices),
            then=(*decision.then, *moved.then),
        )


def enter(session: Session, to: int, by: PersonId, now: datetime) -> Session:
    """The session in step `to`, with a fresh clock; what the step remembers is kept."""
    step, before = session.plan[to], session.step
    process = replace(session.process, wishes=frozenset(), claim=None)
    if step.round != before.round:
        process = replace(process, stand_in=None)
    clock = StepClock(now, _seconds(session, to, now))
    move = Transition(to, now, by, _newly_here(session) if to > 0 else ())
    lost = session.lost if session.at > 0 else timedelta(0)
    session = replace(
        session, at=to, clock=clock, process=process, log=(*session.log, move), lost=lost
    )
    return session.remember(PHASES[step.phase].enter(session, to, now), to)


def _newly_here(session: Session) -> tuple[PersonId, ...]:
    """Those here whom no card has named yet: everyone at the beginning, each late-comer once."""
    named = {person for move in session.log for person in move.follows}
    return tuple(p.person for p in session.here if p.person not in named)


def _seconds(session: Session, to: int, now: datetime) -> int:
    """The step's length; a late meeting takes up to half of it where the phase allows (1.4)."""
    planned = session.plan[to].seconds
    if not PHASES[session.plan[to].phase].shrinks:
        return planned
    begun = next((move.at for move in session.log if move.step > 0), now)
    planned_before = timedelta(seconds=sum(step.seconds for step in session.plan[1:to]))
    due = begun + planned_before + session.lost
    late = int((now - due).total_seconds())
    return max(planned - max(late, 0), planned // 2)


def close(session: Session, by: PersonId, now: datetime) -> Decision[Session]:
    """The meeting over: summaries to everyone who came, and what the set keeps."""
    held = session.at > 0
    came = tuple(p.person for p in session.people if p.presence is not Presence.EXPECTED)
    session = replace(
        session,
        status=Status.HELD if held else Status.NOT_HELD,
        closed_at=now,
        closed_by=by,
        clock=session.clock.go_on(now),
        process=replace(session.process, claim=None),
        keepsakes=came if held else (),
    )
    session = with_memories(session, lambda phase, at: phase.closed(session, at))
    return Decision(session, keepsake_notices(session), then=(_what_the_set_keeps(session, by),))


def _what_the_set_keeps(session: Session, by: PersonId) -> CloseSession:
    stays = (phase.issues_left(session, at) for phase, at in remembered(session))
    pulses = pulses_of(session)
    held = session.status is Status.HELD
    return CloseSession(
        who=by,
        session=session.id,
        held=held,
        attended=tuple(p.person for p in session.people if p.presence is not Presence.EXPECTED),
        presented=course.presented(session),
        holder=session.process.holder,
        bids=tuple(issue for issues in stays for issue in issues),
        pulse=(sum(pulses), len(pulses)) if len(pulses) >= FEWEST_PULSES else (0, 0),
    )
