"""How a meeting has gone so far, and what those here ask for next: questions about a session."""

from __future__ import annotations

from datetime import datetime

from bot.core.cards import PersonId
from bot.core.meeting.session import BOT, Session


def has_step(session: Session, at: int) -> bool:
    """Whether the plan has that step."""
    return 0 <= at < len(session.plan)


def visits(session: Session, step: int) -> int:
    """How often that step was entered."""
    return sum(move.step == step for move in session.log)


def left_at(session: Session, step: int) -> datetime | None:
    """When that step was last left, if it was entered and left."""
    left = None
    for move, following in zip(session.log, session.log[1:], strict=False):
        if move.step == step:
            left = following.at
    return left


def earlier(session: Session, step: int) -> frozenset[int]:
    """The steps that were entered before that one was for the first time."""
    entered = [move.step for move in session.log]
    return frozenset(entered[: entered.index(step)] if step in entered else ())


def presented(session: Session) -> tuple[PersonId, ...]:
    """Those whose round was begun, in order."""
    begun = {session.plan[move.step].round for move in session.log}
    return tuple(p for number, p in enumerate(session.presenters, 1) if number in begun)


def open_to_take_over(session: Session) -> bool:
    """Whether the process may change hands: offered, or its holder silent for too long."""
    offered = session.process.offered or "holder_silent" in session.clock.said
    return offered and session.process.holder != BOT


def wishing(session: Session, wish: str) -> int:
    """How many of those here have asked for that in this step."""
    return sum((p.person, wish) in session.process.wishes for p in session.here)


def wanted(session: Session, wish: str) -> bool:
    """Whether more than half of those here ask for that."""
    return 2 * wishing(session, wish) > len(session.here)
