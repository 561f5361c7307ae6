"""What is going on in a place: its set and its meeting, as far as a signal needs to know."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.decision import Refusal
from bot.core.learning_set.state import SetState
from bot.core.meeting import course
from bot.core.meeting.formats import PHASES
from bot.core.meeting.phases.phase import Phase
from bot.core.meeting.session import Session
from bot.core.refusals import NO_MEETING, NO_SET

OUTCOMES = frozenset({"done", "partly", "changed", "dropped", "going"})
"""The buttons that say what became of an action."""


@dataclass(frozen=True, slots=True)
class Room:
    """What is going on in a place: its set, if there is one, and its running or last meeting."""

    set: SetState | None = None
    session: Session | None = None
    place: str = ""

    @property
    def live(self) -> Session | None:
        """The meeting that runs now, if one does."""
        return self.session if self.session is not None and self.session.live else None

    def has_left(self, person: str) -> bool:
        """Whether that person was in the set and is not any more."""
        if self.set is None or self.set.member(person) is not None:
            return False
        return any(m.person == person for m in self.set.members)


def phase_of(session: Session, at: int) -> Phase:
    """The phase of that step."""
    return PHASES[session.plan[at].phase]


def step_of(session: Session, step: int | None) -> int:
    """The step a signal speaks of: the one it names, if the plan has it, else the current one."""
    return step if step is not None and course.has_step(session, step) else session.at


def not_here(room: Room) -> Refusal:
    """The answer to a request that fits nothing that goes on here."""
    if room.live is None:
        return NO_MEETING if room.set is not None else NO_SET
    title = phase_of(room.live, room.live.at).title
    return Refusal(f"You're in “{title}” now. Press More to see what you can do.", "wrong_phase")
