"""Close: the next date, the confidence we promised, one word each, and what is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.core.cards import Block, Button, PersonId, Style, Text, Tone, Until
from bot.core.meeting.commands import Next
from bot.core.meeting.phases.phase import Meant, Phase, Speaks
from bot.core.meeting.session import Session
from bot.core.signals import Pressed, Signal


@dataclass(frozen=True, slots=True)
class Farewell:
    """The close remembers nothing."""


class Close(Phase):
    """Ends when the facilitator closes the meeting."""

    key: ClassVar[str] = "close"
    title: ClassVar[str] = "Closing"
    purpose: ClassVar[str] = "One word each. What's said here stays here."
    speaks: ClassVar[Speaks] = Speaks.ALL
    memory: ClassVar[type] = Farewell
    shows_next: ClassVar[bool] = False

    def understand(self, session: Session, at: int, who: PersonId, signal: Signal) -> Meant:
        """The end; clearing one's words means the same everywhere."""
        match signal:
            case Pressed("close_meeting", step=step):
                return Next(who=who, step=step)
            case _:
                return None

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """The next date, and what happens to the words."""
        return (
            *((Until("We meet again", session.next_at),) if session.next_at else ()),
            Text("I DM you your notes and delete my copy a day later."),
            Text("“Clear the words” deletes my posts of yours. What you typed stays.", Tone.QUIET),
        )

    def over(self, session: Session, at: int) -> tuple[Block, ...]:
        """Thanks."""
        return (Text("Thank you for your attention to each other."),)

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """Clear, close."""
        return (
            Button("Clear the words", "clear_words"),
            Button("Close the meeting", "close_meeting", style=Style.PRIMARY),
        )


CLOSE = Close()
