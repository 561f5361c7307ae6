"""Present: one voice tells the issue, uninterrupted, and ends with what it would like from us."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from bot.core.cards import Block, Button, Field, FieldKind, Form, PersonId, Quote, Style, Text
from bot.core.command import InSession
from bot.core.decision import Decision, Refusal
from bot.core.meeting.commands import FinishTelling
from bot.core.meeting.phases.belongings import Said, under
from bot.core.meeting.phases.phase import Meant, Opened, Phase, Speaks
from bot.core.meeting.session import Memory, Session
from bot.core.signals import Signal, Submitted
from bot.core.wording import TITLE_LIMIT

KEY_QUESTION_FORM = Form(
    key="key_question",
    title="What would you like from us?",
    fields=(
        Field(
            "question",
            "Key question",
            FieldKind.TEXT,
            required=False,
            limit=TITLE_LIMIT,
            hint="The question you would like to be clearer about. You may leave it empty.",
        ),
    ),
    submit="I've finished",
)


@dataclass(frozen=True, slots=True)
class Telling:
    """Whether the presenter has finished, and their key question."""

    finished: bool = False
    key_question: str = ""


class Present(Phase):
    """The presenter only; nobody asks yet."""

    key: ClassVar[str] = "present"
    title: ClassVar[str] = "Telling the story"
    purpose: ClassVar[str] = (
        "The presenter tells it by typing ordinary messages below, uninterrupted. "
        "The bot does not read them. Everyone else listens."
    )
    speaks: ClassVar[Speaks] = Speaks.PRESENTER
    memory: ClassVar[type] = Telling
    forms: ClassVar[tuple[Form, ...]] = (KEY_QUESTION_FORM,)
    opens: ClassVar[tuple[str, ...]] = ("finish_telling",)
    example: ClassVar[Memory | None] = Telling(key_question="What keeps me from saying no?")

    def reopened(self, before: Telling) -> Telling:
        """There is more to tell; the key question stays until there is another."""
        return replace(before, finished=False)

    def understand(self, session: Session, at: int, who: PersonId, signal: Signal) -> Meant:
        """The end of the story."""
        match signal:
            case Submitted("key_question", step=step):
                question = signal.get("question")
                return FinishTelling(who=who, step=step, key_question=question)
            case _:
                return None

    def form(self, session: Session, at: int, who: PersonId, action: str, value: str) -> Opened:
        """`I've finished` asks for the key question."""
        if action != "finish_telling":
            return None
        if not self.may_speak(session, at, who):
            return self.out_of_turn(session, at)
        field = replace(KEY_QUESTION_FORM.fields[0], value=session.memory(Telling, at).key_question)
        return replace(KEY_QUESTION_FORM, fields=(field,), subject=session.id, step=at)

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision[Session] | Refusal:
        """The story is told."""
        if not isinstance(command, FinishTelling):
            return self.not_here()
        return Decision(session.remember(Telling(True, command.key_question), at))

    def finished(self, session: Session, at: int) -> bool:
        """The presenter says so."""
        return session.memory(Telling, at).finished

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """Whose story it is."""
        return (Text(f"{session.name(session.presenter_of(at))} has the word."),)

    def over(self, session: Session, at: int) -> tuple[Block, ...]:
        """The key question stays visible for the round."""
        question = session.memory(Telling, at).key_question
        presenter = session.name(session.presenter_of(at))
        return (Text(f"What {presenter} would like from you:"), Quote(question)) if question else ()

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """The presenter's own end."""
        return (Button("I've finished", "finish_telling", style=Style.PRIMARY),)

    def words_of(self, session: Session, at: int, who: PersonId) -> tuple[Said, ...]:
        """The presenter's key question."""
        mine = session.presenter_of(at) == who
        return (("key question", session.memory(Telling, at).key_question),) if mine else ()

    def keepsake(self, session: Session, at: int, who: PersonId) -> tuple[Block, ...]:
        """The presenter's key question."""
        words = (words for _, words in self.words_of(session, at, who))
        return under(self.title, (Quote(question, "your key question") for question in words))

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Telling:
        """Without the presenter's key question."""
        return self.clear(session, at, people)

    def clear(self, session: Session, at: int, people: frozenset[PersonId]) -> Telling:
        """Without the presenter's key question."""
        telling = session.memory(Telling, at)
        gone = session.presenter_of(at) in people
        return replace(telling, key_question="") if gone else telling


PRESENT = Present()
