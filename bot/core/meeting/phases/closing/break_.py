"""Break: a step without a speaking rule between two rounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.core.cards import Button, PersonId, Style
from bot.core.meeting.commands import Next
from bot.core.meeting.phases.phase import Meant, Phase, Speaks
from bot.core.meeting.session import Session
from bot.core.signals import Pressed, Signal


@dataclass(frozen=True, slots=True)
class Rest:
    """A break remembers nothing."""


class Break(Phase):
    """Nothing is asked of anybody."""

    key: ClassVar[str] = "break"
    title: ClassVar[str] = "Break"
    purpose: ClassVar[str] = "Stand up, look outside, have a drink."
    speaks: ClassVar[Speaks] = Speaks.NOBODY
    memory: ClassVar[type] = Rest
    shows_next: ClassVar[bool] = False

    def skip(self, session: Session, at: int) -> bool:
        """No break where no further round comes."""
        return all(
            not step.round or super(Break, self).skip(session, n)
            for n, step in enumerate(session.plan[at:], at)
        )

    def understand(self, session: Session, at: int, who: PersonId, signal: Signal) -> Meant:
        """Back from the break is moving on."""
        match signal:
            case Pressed("back_from_break", step=step):
                return Next(who=who, step=step)
            case _:
                return None

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """The way back."""
        return (Button("Back from the break", "back_from_break", style=Style.PRIMARY),)


BREAK = Break()
