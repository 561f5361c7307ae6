"""Check-in: everyone lands, says how they are, and may pass. Nothing of it is kept."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from bot.core.cards import Block, Button, PersonId, Style
from bot.core.command import InSession
from bot.core.decision import Decision, Refusal
from bot.core.meeting.commands import HaveSpoken
from bot.core.meeting.phases.belongings import Said
from bot.core.meeting.phases.phase import Meant, Phase, Speaks
from bot.core.meeting.phases.turns import Turns, answered, everyone, still_to_come, turn_blocks
from bot.core.meeting.session import Memory, Participant, Session
from bot.core.signals import Pressed, Signal


class CheckIn(Phase):
    """In turn, equal seconds, may pass; only "spoke" or "passed" is remembered."""

    key: ClassVar[str] = "check_in"
    title: ClassVar[str] = "Check-in"
    purpose: ClassVar[str] = (
        "One after the other: how are you, and what might get in the way today? "
        "Write it below as an ordinary message, then press Done. You may pass."
    )
    speaks: ClassVar[Speaks] = Speaks.ALL
    memory: ClassVar[type] = Turns
    example: ClassVar[Memory | None] = Turns(("ana", "ben"), ("ben",))

    def reopened(self, before: Memory) -> Turns:
        """Another round."""
        return Turns()

    def understand(self, session: Session, at: int, who: PersonId, signal: Signal) -> Meant:
        """`Done` and `Pass`."""
        match signal:
            case Pressed("spoken", step=step):
                return HaveSpoken(who=who, step=step)
            case Pressed("pass", step=step):
                return HaveSpoken(who=who, step=step, passed=True)
            case _:
                return None

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision[Session] | Refusal:
        """A turn taken."""
        if not isinstance(command, HaveSpoken):
            return self.not_here()
        turns = session.memory(Turns, at).take(command.who, passed=command.passed)
        return Decision(session.remember(turns, at))

    def words_of(self, session: Session, at: int, who: PersonId) -> tuple[Said, ...]:
        """Whether they spoke or passed."""
        return tuple((self.title, did) for did in session.memory(Turns, at).of(who))

    def keepsake(self, session: Session, at: int, who: PersonId) -> tuple[Block, ...]:
        """Nothing of a check-in is kept."""
        return ()

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Turns:
        """Without their turns."""
        return session.memory(Turns, at).without(people)

    def waiting(self, session: Session, at: int) -> tuple[Participant, ...]:
        """Who has not spoken yet."""
        return still_to_come(session, session.memory(Turns, at).done)

    def finished(self, session: Session, at: int) -> bool:
        """Everyone here spoke or passed."""
        return everyone(session, session.memory(Turns, at).done)

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """Whose turn it is."""
        waiting = self.waiting(session, at)
        return (*turn_blocks(session, waiting), answered(session, waiting, "have spoken"))

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """Done and Pass."""
        return (Button("Done", "spoken", style=Style.PRIMARY), Button("Pass", "pass"))


CHECK_IN = CheckIn()
