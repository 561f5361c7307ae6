"""Reflect: members say what they noticed, felt or wondered, as "I"; the presenter listens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from bot.core.cards import Block, Button, Card, Field, FieldKind, Form, PersonId, Quote, Style
from bot.core.command import InSession
from bot.core.decision import Decision, Matter, Notice, Post, Refusal
from bot.core.meeting.commands import HaveSpoken
from bot.core.meeting.commands import Reflect as HandIn
from bot.core.meeting.phases.belongings import Said, of, under, without
from bot.core.meeting.phases.phase import Meant, Opened, Phase, Speaks
from bot.core.meeting.phases.turns import Turns, answered, everyone, still_to_come
from bot.core.meeting.session import Memory, Participant, Session
from bot.core.signals import Pressed, Signal, Submitted
from bot.core.wording import TEXT_LIMIT

REFLECTION_FORM = Form(
    key="reflect",
    title="What stayed with you?",
    fields=(
        Field(
            "reflection",
            "Reflection",
            FieldKind.TEXT,
            limit=TEXT_LIMIT,
            hint="What stayed with me… · I noticed that when… · I found myself feeling…",
        ),
    ),
    submit="Share it",
)


@dataclass(frozen=True, slots=True)
class Reflections:
    """What was said, by whom, and who had nothing to add."""

    words: tuple[tuple[PersonId, str], ...] = ()
    turns: Turns = Turns()


class Reflecting(Phase):
    """Members to one another; the presenter may answer in a sentence afterwards."""

    key: ClassVar[str] = "reflect"
    title: ClassVar[str] = "Reflecting"
    purpose: ClassVar[str] = (
        "Say to each other what you noticed, felt or wondered, as “I”. "
        "No praise, no verdict, no plan. The presenter listens."
    )
    speaks: ClassVar[Speaks] = Speaks.MEMBERS
    memory: ClassVar[type] = Reflections
    forms: ClassVar[tuple[Form, ...]] = (REFLECTION_FORM,)
    opens: ClassVar[tuple[str, ...]] = ("reflect",)
    example: ClassVar[Memory | None] = Reflections(
        (("eve", "I noticed how your voice slowed down."),), Turns(("eve", "dana"), ("dana",))
    )

    def reopened(self, before: Reflections) -> Reflections:
        """Another round; what was said stays."""
        return replace(before, turns=Turns())

    def understand(self, session: Session, at: int, who: PersonId, signal: Signal) -> Meant:
        """A reflection, or nothing to add."""
        match signal:
            case Submitted("reflect", step=step):
                return HandIn(who=who, step=step, reflection=signal.get("reflection"))
            case Pressed("nothing_to_add", step=step):
                return HaveSpoken(who=who, step=step, passed=True)
            case _:
                return None

    def form(self, session: Session, at: int, who: PersonId, action: str, value: str) -> Opened:
        """`Reflect`, filled with what one has said already."""
        if action != "reflect":
            return None
        if not self.may_speak(session, at, who):
            return self.out_of_turn(session, at)
        said = dict(session.memory(Reflections, at).words).get(who, "")
        fields = (replace(REFLECTION_FORM.fields[0], value=said),)
        return replace(REFLECTION_FORM, fields=fields, subject=session.id, step=at)

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision[Session] | Refusal:
        """One reflection each; handing in again changes one's words."""
        reflections = session.memory(Reflections, at)
        said = dict(reflections.words)
        match command:
            case HandIn(who=who, reflection=words):
                kept = Reflections(
                    tuple({**said, who: words}.items()), reflections.turns.take(who, passed=False)
                )
                return Decision(session.remember(kept, at))
            case HaveSpoken(who=who):
                turns = reflections.turns.take(who, passed=who not in said)
                return Decision(session.remember(replace(reflections, turns=turns), at))
            case _:
                return self.not_here()

    def waiting(self, session: Session, at: int) -> tuple[Participant, ...]:
        """Who has neither reflected nor passed; the presenter is not asked."""
        done = session.memory(Reflections, at).turns.done
        return still_to_come(session, done, but=session.presenter_of(at))

    def finished(self, session: Session, at: int) -> bool:
        """All but the presenter spoke or passed."""
        done = session.memory(Reflections, at).turns.done
        return everyone(session, done, but=session.presenter_of(at))

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """How many have spoken."""
        waiting, presenter = self.waiting(session, at), session.presenter_of(at)
        return (answered(session, waiting, "have answered", but=presenter),)

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """Reflect, or nothing to add."""
        return (
            Button("Reflect", "reflect", style=Style.PRIMARY),
            Button("Nothing to add", "nothing_to_add"),
        )

    def posts(self, session: Session, at: int) -> tuple[Post, ...]:
        """Each reflection, posted as it is handed in."""
        return tuple(
            Post(
                Notice(Matter.WORDS, session.slot(f"reflection:{at}:{who}"), "post", session.id),
                Card(
                    f"{session.name(who)} reflects",
                    (Quote(said),),
                    summary="A reflection has been shared.",
                    subject=session.id,
                    step=at,
                ),
            )
            for who, said in session.memory(Reflections, at).words
            if said
        )

    def words_of(self, session: Session, at: int, who: PersonId) -> tuple[Said, ...]:
        """Their own reflection, or that they had nothing to add."""
        reflections = session.memory(Reflections, at)
        said = of(reflections.words, who) or reflections.turns.of(who)
        return tuple((self.title, words) for words in said)

    def keepsake(self, session: Session, at: int, who: PersonId) -> tuple[Block, ...]:
        """The presenter takes home what was reflected in their round."""
        given = session.memory(Reflections, at).words if session.presenter_of(at) == who else ()
        return under(self.title, (Quote(said, session.name(person)) for person, said in given))

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Reflections:
        """Without these people; without a word where the presenter goes, whose round it was."""
        reflections = session.memory(Reflections, at)
        everything = session.presenter_of(at) in people
        words = () if everything else without(reflections.words, people)
        return Reflections(words, reflections.turns.without(people))

    def clear(self, session: Session, at: int, people: frozenset[PersonId]) -> Reflections:
        """Without the words of these people; of all where the presenter clears."""
        reflections = session.memory(Reflections, at)
        everything = session.presenter_of(at) in people
        words = tuple(
            (p, "" if everything or p in people else said) for p, said in reflections.words
        )
        return replace(reflections, words=words)


REFLECT = Reflecting()
