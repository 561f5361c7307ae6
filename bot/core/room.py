"""What is going on in a place: its set and its meeting, as far as a signal needs to know."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.formats import PHASES
from bot.core.learning_set import SetState
from bot.core.session import Refusal, Session

OUTCOMES = frozenset({"done", "partly", "changed", "dropped", "going"})
"""The buttons that say what became of an action."""

NOT_MEMBER = Refusal("Press I'm here on the set's board first; it takes a moment.", "not_member")
NO_SET = Refusal("There is no set here yet; type /als start to found one.", "no_set")


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


def step_of(session: Session, step: int | None) -> int:
    """The step a signal speaks of: the one it names, if the plan has it, else the current one."""
    return step if step is not None and step < len(session.plan) else session.at


def not_here(room: Room) -> Refusal:
    """What somebody hears whose wish fits nothing that goes on here."""
    if room.live is None:
        return Refusal(
            "No meeting is on just now; /als home says when the next one is.", "no_meeting"
        )
    title = PHASES[room.live.step.phase].title
    return Refusal(f"We are in “{title}” now; press More to see what you can do.", "wrong_phase")
