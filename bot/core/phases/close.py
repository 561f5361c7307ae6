"""Close: the next date, the confidence we promised, one word each, and what is deleted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from bot.core.cards import Block, Button, PersonId, Style, Text, Tone, Until
from bot.core.commands import ClearWords, Command, Next
from bot.core.phases.phase import Phase, Speaks
from bot.core.session import Memory, Refusal, Session
from bot.core.signals import Pressed, Signal
from bot.core.walltime import SIX_WEEKS, instant


@dataclass(frozen=True, slots=True)
class Farewell:
    """The close remembers nothing."""


class Close(Phase):
    """Ends when who holds the process closes the meeting."""

    key: ClassVar[str] = "close"
    title: ClassVar[str] = "Closing"
    purpose: ClassVar[str] = (
        "One word each, typed below. What was said here stays here; your own learning may travel."
    )
    speaks: ClassVar[Speaks] = Speaks.ALL
    memory: ClassVar[type] = Farewell

    def enter(self, session: Session, at: int, now: datetime) -> Memory:
        """Nothing to remember."""
        return Farewell()

    def leave(self, session: Session, at: int) -> Session:
        """The next meeting is proposed on the way out."""
        return replace(session, next_at=next_meeting(session))

    def understand(
        self, session: Session, at: int, who: PersonId, signal: Signal
    ) -> Command | Refusal | None:
        """Clearing words, and the end."""
        match signal:
            case Pressed("close_meeting", step=step):
                return Next(who=who, step=step)
            case Pressed("clear_words"):
                return ClearWords(who=who)
        return None

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """The next date, and what happens to the words."""
        return (
            Until("We meet again", next_meeting(session)),
            Text(
                "What I keep of this meeting's words comes to you privately and is then deleted. "
                "“Clear the words” deletes what I posted of yours; "
                "what people typed themselves remains.",
                Tone.QUIET,
            ),
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


def next_meeting(session: Session) -> datetime:
    """Six weeks on at the same local time, as an instant."""
    return instant(session.wall + SIX_WEEKS, session.zone)


CLOSE = Close()
