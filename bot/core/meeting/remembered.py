"""The steps of a meeting that remember something, each with the phase that knows what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from bot.core.meeting.formats import PHASES
from bot.core.meeting.phases.phase import Phase
from bot.core.meeting.session import Memory, Session


def remembered(session: Session) -> Iterator[tuple[Phase, int]]:
    """Every step that remembers something, in the plan's order, and its phase."""
    for at, (step, memory) in enumerate(zip(session.plan, session.memories, strict=True)):
        if memory is not None:
            yield PHASES[step.phase], at


def with_memories(session: Session, of: Callable[[Phase, int], Memory]) -> Session:
    """The session with each step that remembers something remembering this instead."""
    memories = list(session.memories)
    for phase, at in remembered(session):
        memories[at] = of(phase, at)
    return replace(session, memories=tuple(memories))
