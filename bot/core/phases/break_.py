"""Break: a step without a speaking rule between two rounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.core.cards import Button, PersonId, Style
from bot.core.commands import Command, Next
from bot.core.phases.phase import Phase, Speaks
from bot.core.session import Memory, Refusal, Session
from bot.core.signals import Pressed, Signal


@dataclass(frozen=True, slots=True)
class Rest:
    """A break remembers nothing."""


class Break(Phase):
    """Nothing is asked of anybody."""

    key: ClassVar[str] = "break"
    title: ClassVar[str] = "Break"
    purpose: ClassVar[str] = "Stand up, look out of a window, drink something. We go on together."
    speaks: ClassVar[Speaks] = Speaks.NOBODY
    memory: ClassVar[type] = Rest

    def enter(self, session: Session, at: int, now: datetime) -> Memory:
        """Nothing to remember."""
        return Rest()

    def skip(self, session: Session, at: int) -> bool:
        """No break where no further round comes."""
        later = {step.round for step in session.plan[at:] if step.round} - session.stopped
        return not any(number <= len(session.presenters) for number in later)

    def understand(
        self, session: Session, at: int, who: PersonId, signal: Signal
    ) -> Command | Refusal | None:
        """Back from the break is moving on."""
        match signal:
            case Pressed("back_from_break", step=step):
                return Next(who=who, step=step)
        return None

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """The way back."""
        return (Button("Back from the break", "back_from_break", style=Style.PRIMARY),)


BREAK = Break()
