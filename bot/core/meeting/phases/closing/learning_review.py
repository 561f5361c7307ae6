"""Learning review: what did I learn, and how did we work together?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from bot.core.cards import Block, Button, Choice, Field, FieldKind, Form, PersonId, Quote, Style
from bot.core.command import InSession
from bot.core.decision import Decision, Refusal
from bot.core.meeting.commands import HaveSpoken, ShareLearning
from bot.core.meeting.phases.belongings import Said, of, under, without
from bot.core.meeting.phases.phase import Meant, Opened, Phase, Speaks
from bot.core.meeting.phases.turns import Turns, answered, everyone, still_to_come, turn_blocks
from bot.core.meeting.session import Memory, Participant, Session
from bot.core.signals import Pressed, Signal, Submitted
from bot.core.wording import TEXT_LIMIT, whole

PULSE = (
    Choice("", "I'd rather not say"),
    Choice("1", "1 · Hard going"),
    Choice("2", "2"),
    Choice("3", "3 · All right"),
    Choice("4", "4"),
    Choice("5", "5 · Very well"),
)

LEARNING_FORM = Form(
    key="learned",
    title="What I learned",
    fields=(
        Field("learning", "Learning", FieldKind.TEXT, required=False, limit=TEXT_LIMIT),
        Field(
            "pulse", "How did we work together?", FieldKind.CHOICE, required=False, choices=PULSE
        ),
    ),
    submit="Keep it",
    intro="Your learning comes to you alone. The number is counted without your name.",
)

FEWEST_PULSES = 4
"""A pulse of fewer answers is shown and kept by nobody (retention table)."""


@dataclass(frozen=True, slots=True)
class Learnings:
    """Each one's learning line for themselves, who has answered, and the pulses without names."""

    words: tuple[tuple[PersonId, str], ...] = ()
    turns: Turns = Turns()
    pulses: tuple[int, ...] = ()


class LearningReview(Phase):
    """In turn; learning lines are private to their owner."""

    key: ClassVar[str] = "learning_review"
    title: ClassVar[str] = "What we learned"
    purpose: ClassVar[str] = (
        "Each in turn: what do I take away for my own work? And how did we work: "
        "our questions, our silence, our time?"
    )
    speaks: ClassVar[Speaks] = Speaks.ALL
    memory: ClassVar[type] = Learnings
    forms: ClassVar[tuple[Form, ...]] = (LEARNING_FORM,)
    opens: ClassVar[tuple[str, ...]] = ("learned",)

    example: ClassVar[Memory | None] = Learnings(
        (("ana", "Silence helped me most."),), Turns(("ana", "ben"), ("ben",)), (4,)
    )

    def reopened(self, before: Learnings) -> Learnings:
        """Another round; what was kept stays, and nobody's number is counted twice."""
        return replace(before, turns=Turns())

    def understand(self, session: Session, at: int, who: PersonId, signal: Signal) -> Meant:
        """A learning line, or a pass."""
        match signal:
            case Submitted("learned", step=step):
                pulse, learning = whole(signal.get("pulse")), signal.get("learning")
                return ShareLearning(who=who, step=step, learning=learning, pulse=pulse)
            case Pressed("pass_learning", step=step):
                return HaveSpoken(who=who, step=step, passed=True)
            case _:
                return None

    def form(self, session: Session, at: int, who: PersonId, action: str, value: str) -> Opened:
        """`What I learned`, once each: a second one changes the words alone."""
        if action != "learned":
            return None
        learnings = session.memory(Learnings, at)
        said = dict(learnings.words).get(who)
        fields = LEARNING_FORM.fields
        if said is not None:
            fields = (replace(fields[0], value=said),)
        return replace(LEARNING_FORM, fields=fields, subject=session.id, step=at)

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision[Session] | Refusal:
        """Words kept for their owner; a pulse counted once and without a name."""
        learnings = session.memory(Learnings, at)
        said = dict(learnings.words)
        match command:
            case ShareLearning(who=who, learning=learning, pulse=pulse):
                pulses = learnings.pulses
                if who not in said and pulse is not None and 1 <= pulse <= 5:
                    pulses = tuple(sorted((*pulses, pulse)))
                words = tuple({**said, who: learning}.items())
                kept = Learnings(words, learnings.turns.take(who, passed=False), pulses)
                return Decision(session.remember(kept, at), answer="Kept for you.")
            case HaveSpoken(who=who):
                turns = learnings.turns.take(who, passed=who not in said)
                return Decision(session.remember(replace(learnings, turns=turns), at))
            case _:
                return self.not_here()

    def words_of(self, session: Session, at: int, who: PersonId) -> tuple[Said, ...]:
        """Their own learning line, or that they passed; a number has no name to it."""
        learnings = session.memory(Learnings, at)
        said = of(learnings.words, who) or learnings.turns.of(who)
        return tuple((self.title, words) for words in said)

    def keepsake(self, session: Session, at: int, who: PersonId) -> tuple[Block, ...]:
        """A learning line goes home with its owner."""
        return under("What you learned", map(Quote, of(session.memory(Learnings, at).words, who)))

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Learnings:
        """Without these people; nobody knows which number was whose."""
        learnings = session.memory(Learnings, at)
        words, turns = without(learnings.words, people), learnings.turns.without(people)
        return replace(learnings, words=words, turns=turns)

    def pulses(self, session: Session, at: int) -> tuple[int, ...]:
        """The numbers, in no order of anybody's."""
        return session.memory(Learnings, at).pulses

    def waiting(self, session: Session, at: int) -> tuple[Participant, ...]:
        """Who has neither shared nor passed."""
        return still_to_come(session, session.memory(Learnings, at).turns.done)

    def finished(self, session: Session, at: int) -> bool:
        """All here spoke or passed."""
        return everyone(session, session.memory(Learnings, at).turns.done)

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """Whose turn it is."""
        waiting = self.waiting(session, at)
        return (*turn_blocks(session, waiting), answered(session, waiting, "have answered"))

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """Learned, or pass."""
        return (
            Button("What I learned", "learned", style=Style.PRIMARY),
            Button("Pass", "pass_learning"),
        )


LEARNING_REVIEW = LearningReview()
