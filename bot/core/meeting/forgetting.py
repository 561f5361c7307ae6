"""Forgetting a person in a meeting: no id, name, word or act of theirs; the others go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.cards import PersonId
from bot.core.decision import Decision
from bot.core.meeting.flow import advance, settle
from bot.core.meeting.formats import PHASES
from bot.core.meeting.remembered import with_memories
from bot.core.meeting.session import (
    BOT,
    FORMER,
    FORMER_NAME,
    Participant,
    Presence,
    Process,
    Session,
    Transition,
)


def without_in(session: Session, who: PersonId, now: datetime) -> Session:
    """The meeting without this person; where they were, a former member is.

    What each step held of them its phase has forgotten. A meeting that runs goes on: a round of
    theirs ends, the next question comes, and together the others hold what they held.
    """
    forgotten = _without_id(_without_words(session, who), who)
    if forgotten == session or not session.live:
        return forgotten
    return _gone_on(forgotten, session.presenter == who, now)


def _without_words(session: Session, who: PersonId) -> Session:
    people = frozenset({who})
    return with_memories(session, lambda phase, at: phase.forget(session, at, people))


def _without_id(session: Session, who: PersonId) -> Session:
    others = [r for r in session.readers.others if r[0] != who]
    return replace(
        session,
        people=tuple(p for known in session.people for p in _people(known, who, session)),
        process=_process(session.process, who),
        presenters=tuple(FORMER if p == who else p for p in session.presenters),
        log=tuple(_move(move, who) for move in session.log),
        owed=tuple(o for o in session.owed if o.owner != who),
        closed_by=FORMER if session.closed_by == who else session.closed_by,
        cleared=session.cleared - {who},
        keepsakes=tuple(p for p in session.keepsakes if p != who),
        readers=replace(session.readers, others=tuple(others)),
    )


def _people(known: Participant, who: PersonId, session: Session) -> tuple[Participant, ...]:
    """Who came is counted still, as somebody who has gone; who never came is not waited for."""
    if known.person != who:
        return (known,)
    if known.presence is Presence.EXPECTED:
        return ()
    return (Participant(FORMER, FORMER_NAME, session.opened_at, Presence.GONE),)


def _process(process: Process, who: PersonId) -> Process:
    """Nobody is made to lead: where they held it, all hold it together."""
    claim = process.claim
    held = process.holder == who
    return replace(
        process,
        home=BOT if process.home == who else process.home,
        holder=BOT if held else process.holder,
        stand_in=BOT if process.stand_in == who else process.stand_in,
        offered=process.offered and not held,
        claim=None if held or (claim is not None and claim.who == who) else claim,
        wishes=frozenset(wish for wish in process.wishes if wish[0] != who),
    )


def _move(move: Transition, who: PersonId) -> Transition:
    by = FORMER if move.by == who else move.by
    return replace(move, by=by, follows=tuple(p for p in move.follows if p != who))


def _gone_on(session: Session, presented: bool, now: datetime) -> Session:
    """The meeting as it goes on; closing it is left to those who are there, and to the clock."""
    if presented:
        stopped = replace(session, stopped=session.stopped | {session.step.round})
        moved = advance(stopped, FORMER, now)
    else:
        moved = Decision(session)
    if session.clock.still is None:
        current: Session = moved.state
        phase = PHASES[current.step.phase]
        moved = settle(moved._replace(state=phase.go_on(current, current.at, now)), FORMER, now)
    return moved.state if moved.state.live else session
