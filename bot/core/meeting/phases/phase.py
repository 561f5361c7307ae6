"""What every phase answers: who may speak, what it remembers, when it is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, TypeAlias

from bot.core.cards import Card, Form, PersonId
from bot.core.command import Command, InSession
from bot.core.decision import Deadline, Decision, Refusal
from bot.core.meeting.phases.sample import NOON, meeting_at
from bot.core.meeting.phases.shown import Shown
from bot.core.meeting.session import Memory, Participant, Session
from bot.core.signals import Signal


class Speaks(StrEnum):
    """The speaking rules (docs/method.md, Phases)."""

    ALL = "all"
    PRESENTER = "presenter"
    MEMBERS = "members"
    OWNERS = "owners"
    NOBODY = "nobody"


Meant: TypeAlias = Command | Refusal | None
"""What a signal means; None where it means nothing here."""

Opened: TypeAlias = Form | Refusal | None
"""What a press opens; None where it opens nothing here."""

Onward: TypeAlias = Decision[Session] | Refusal | str | None
"""What has to happen between a request to move on and the next step."""


class Phase(Shown):
    """One phase. Holds no state: everything it knows comes in as a session and a step index.

    What it shows stands in `Shown`, what it remembers of whom, and what becomes of that, in `Belongings`.
    """

    key: ClassVar[str]
    speaks: ClassVar[Speaks]
    forms: ClassVar[tuple[Form, ...]] = ()
    opens: ClassVar[tuple[str, ...]] = ()
    """The presses that open a form here."""

    shrinks: ClassVar[bool] = False
    """Whether a late meeting takes time from this phase first (docs/method.md, Time)."""

    stays: ClassVar[bool] = False
    """Whether its card stays where it is when an interrupted meeting goes on: reactions count on it."""

    says: ClassVar[tuple[str, ...]] = ()
    """What the invented people of the demo say in turn here, before they press its first button."""

    example: ClassVar[Memory | None] = None
    """What it may remember once people have taken part, for `examples`."""

    # --- its rule -------------------------------------------------------------------------------

    def enter(self, session: Session, at: int, now: datetime) -> Memory:
        """What the step remembers when it is entered; words of an earlier visit stay."""
        before = session.memories[at]
        return self.memory() if before is None else self.reopened(before)

    def reopened(self, before: Memory) -> Memory:
        """What a step remembers that is entered again: all may speak once more."""
        return before

    def skip(self, session: Session, at: int) -> bool:
        """Whether there is nothing to do here, so that the plan goes on without it."""
        number, presenter = session.plan[at].round, session.presenter_of(at)
        if number == 0:
            return False
        return presenter is None or number in session.stopped or session.has_left(presenter)

    def understand(self, session: Session, at: int, who: PersonId, signal: Signal) -> Meant:
        """What a signal means in this phase; None where it means nothing here."""
        return None

    def form(self, session: Session, at: int, who: PersonId, action: str, value: str) -> Opened:
        """The form that a button opens for this person; None where it opens none."""
        return None

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision[Session] | Refusal:
        """What follows from a command in step `at`: the current one, or one left a moment ago."""
        return self.not_here()

    def waiting(self, session: Session, at: int) -> tuple[Participant, ...]:
        """Those present who still have to have their say, in the order of turns."""
        return ()

    def finished(self, session: Session, at: int) -> bool:
        """Whether everybody has had their say, so that the meeting moves on by itself."""
        return False

    def before_leaving(self, session: Session, at: int, by: PersonId, now: datetime) -> Onward:
        """What has to happen before `by` (a person or the clock) reaches the next step.

        None: nothing, the meeting moves on. A string: the key of the phase to go to instead.
        """
        return None

    def settling(self, session: Session, at: int) -> bool:
        """Whether it waits for an answer from outside, so that the clock does not press."""
        return False

    def leave(self, session: Session, at: int) -> Session:
        """The session as this step leaves it behind."""
        return session

    def go_on(self, session: Session, at: int, now: datetime) -> Session:
        """The session as this step goes on after its clock has stood still."""
        return session

    def begin_anew(self, session: Session, at: int, now: datetime) -> Session:
        """The session as this step goes on after a long interruption: people need time to find in."""
        return self.go_on(session, at, now)

    def later(self, session: Session, at: int, by: timedelta) -> Session:
        """The session with every deadline of this phase's own that long later, after an outage."""
        return session

    def deadlines(self, session: Session, at: int) -> tuple[Deadline, ...]:
        """When the clock should speak for this phase, beside the end of its time."""
        return ()

    def examples(self) -> tuple[Card, ...]:
        """Cards as they come: at the start, in full swing, over, and what people handed in."""
        bare, full = meeting_at(self.key, full=False), meeting_at(self.key, full=True)
        bare = bare.remember(self.enter(bare, bare.at, NOON), bare.at)
        memory = self.example if self.example is not None else self.enter(full, full.at, NOON)
        full = full.remember(memory, full.at)
        words = (post.card for post in self.posts(full, full.at))
        return (
            self.card(bare, bare.at),
            self.card(full, full.at),
            self.card(full, full.at, over=True),
            *words,
        )

    # --- who may speak --------------------------------------------------------------------------

    def may_speak(self, session: Session, at: int, who: PersonId) -> bool:
        """Whether this person's role may hand something in here."""
        match self.speaks:
            case Speaks.ALL:
                return True
            case Speaks.PRESENTER:
                return who == session.presenter_of(at)
            case Speaks.MEMBERS:
                return who != session.presenter_of(at)
            case Speaks.OWNERS:
                return any(owed.owner == who for owed in session.owed)
            case _:
                return False

    def out_of_turn(self, session: Session, at: int) -> Refusal:
        """What somebody hears who may not speak here."""
        presenter = session.name(session.presenter_of(at))
        match self.speaks:
            case Speaks.PRESENTER:
                sentence = f"{presenter} has the floor. Please listen. Your turn comes."
            case Speaks.MEMBERS:
                sentence = "You're the presenter, so please listen. The others speak now."
            case _:
                sentence = (
                    f"“{self.title}” takes nothing in writing. Please wait for the next part."
                )
        return Refusal(sentence, "out_of_turn")

    def not_here(self) -> Refusal:
        """The answer to a request that belongs to another phase."""
        return Refusal(
            f"That doesn't belong to “{self.title}”. Press More to see what you can do.",
            "wrong_phase",
        )
