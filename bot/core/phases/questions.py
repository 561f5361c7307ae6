"""Questions one at a time: a queue, one in flight, settled by the presenter alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from bot.core.cards import (
    Block,
    Button,
    Card,
    Field,
    Form,
    Kind,
    PersonId,
    Quote,
    Style,
    Text,
    Tone,
    buttons,
)
from bot.core.commands import (
    AskQuestion,
    ClockSpeaks,
    Command,
    EnoughQuestions,
    InSession,
    SettleQuestion,
    TakeBackQuestion,
)
from bot.core.phases.phase import Phase, Speaks
from bot.core.session import (
    BOT,
    Deadline,
    Decision,
    Matter,
    Memory,
    Notice,
    Post,
    Refusal,
    Session,
)
from bot.core.signals import Pressed, Signal, Submitted
from bot.core.wording import TITLE_LIMIT, capital, count, ordinal

QUESTION_FORM = Form(
    key="ask",
    title="Your question",
    fields=(
        Field(
            "question",
            "Question",
            Kind.TEXT,
            limit=TITLE_LIMIT,
            hint="One open question, short, in the presenter's words.",
        ),
    ),
    submit="Ask",
)

LONG_WAIT = timedelta(minutes=3)
"""After this long a question's card says how many wait behind it."""

WAITING, IN_FLIGHT, TAKEN_BACK = "waiting", "in flight", "taken back"
OUTCOMES = {
    "answered": "answered",
    "pass_question": "passed",
    "park": "parked",
    "next_question": "answered",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what became of it: waiting, in flight, answered, passed, parked, taken back."""

    asker: PersonId
    words: str
    state: str = WAITING
    asked_at: datetime | None = None
    posted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Questions:
    """All questions of this step, in the order they came; a question's number is its place, from 1."""

    all: tuple[Question, ...] = ()
    enough: bool = False
    long_wait: int = 0

    def in_flight(self) -> tuple[int, Question] | None:
        """The one question the presenter is with, and its number."""
        return next(((n, q) for n, q in enumerate(self.all, 1) if q.state == IN_FLIGHT), None)

    def queue(self) -> tuple[tuple[int, Question], ...]:
        """The waiting ones: who has not asked yet goes first, then arrival."""
        asked = {q.asker for q in self.all if q.state not in (WAITING, TAKEN_BACK)}
        waiting = ((n, q) for n, q in enumerate(self.all, 1) if q.state == WAITING)
        return tuple(sorted(waiting, key=lambda item: (item[1].asker in asked, item[0])))

    def set(self, number: int, question: Question) -> Questions:
        """With that question changed."""
        before, after = self.all[: number - 1], self.all[number:]
        return replace(self, all=(*before, question, *after))

    def bring_next(self, now: datetime) -> Questions:
        """With the next waiting question in flight, if none is."""
        queue = self.queue()
        if self.in_flight() is not None or not queue:
            return self
        number, question = queue[0]
        return self.set(number, replace(question, state=IN_FLIGHT, posted_at=now))


class Ask(Phase):
    """What `clarify` and `explore` share. The next asker waits until the presenter is ready."""

    speaks: ClassVar[Speaks] = Speaks.MEMBERS
    memory: ClassVar[type] = Questions
    forms: ClassVar[tuple[Form, ...]] = (QUESTION_FORM,)

    def understand(
        self, session: Session, at: int, who: PersonId, signal: Signal
    ) -> Command | Refusal | None:
        """A question handed in, changed, taken back or settled; enough."""
        match signal:
            case Submitted("ask", step=step, value=value):
                number = int(value) if value.isdecimal() else None
                question = signal.get("question")
                return AskQuestion(who=who, step=step, question=question, replaces=number)
            case Pressed(action, step=step, value=value) if (
                action in OUTCOMES and value.isdecimal()
            ):
                return SettleQuestion(who=who, step=step, number=int(value), outcome=action)
            case Pressed("take_back", step=step, value=value) if value.isdecimal():
                return TakeBackQuestion(who=who, step=step, number=int(value))
            case Pressed("enough", step=step):
                return EnoughQuestions(who=who, step=step)
        return None

    def form(
        self, session: Session, at: int, who: PersonId, action: str, value: str
    ) -> Form | Refusal | None:
        """`Ask`, or `Change` with one's waiting question filled in."""
        if action not in ("ask", "change_question"):
            return None
        if not self.may_speak(session, at, who):
            return self.out_of_turn(session, at)
        words = ""
        if action == "change_question":
            words = next(
                (q.words for n, q in session.memory(Questions, at).queue() if str(n) == value), ""
            )
        fields = (replace(QUESTION_FORM.fields[0], value=words),)
        return replace(
            QUESTION_FORM, fields=fields, subject=session.id, step=at, value=value if words else ""
        )

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision | Refusal:
        """The queue moves on."""
        match command:
            case AskQuestion():
                return self._ask(session, at, command, now)
            case TakeBackQuestion():
                return self._take_back(session, at, command)
            case SettleQuestion():
                return self._settle(session, at, command, now)
            case EnoughQuestions():
                if command.who != session.presenter_of(at):
                    return self._presenter_only(session, at)
                enough = replace(session.memory(Questions, at), enough=True)
                return Decision(session.remember(enough, at))
            case ClockSpeaks(what="long_wait"):
                questions = session.memory(Questions, at)
                number = (questions.in_flight() or (0, None))[0]
                return Decision(session.remember(replace(questions, long_wait=number), at))
        return self.not_here(session, command)

    def _ask(
        self, session: Session, at: int, command: AskQuestion, now: datetime
    ) -> Decision | Refusal:
        questions = session.memory(Questions, at)
        mine = next((n for n, q in questions.queue() if q.asker == command.who), None)
        if mine is not None and command.replaces != mine:
            return Refusal(
                "You have a question waiting; change it or take it back under More.", "one_waiting"
            )
        if mine is not None:
            questions = questions.set(
                mine, replace(questions.all[mine - 1], words=command.question)
            )
        else:
            asked = Question(command.who, command.question, asked_at=now)
            questions = replace(questions, all=(*questions.all, asked))
        questions = questions.bring_next(now)
        return Decision(
            session.remember(questions, at),
            answer=self._waiting(session, at, questions, command.who),
        )

    def _waiting(
        self, session: Session, at: int, questions: Questions, who: PersonId
    ) -> Card | None:
        queue = questions.queue()
        place = next((i for i, (_, q) in enumerate(queue, 2) if q.asker == who), None)
        if place is None:
            return None
        number = queue[place - 2][0]
        presenter = session.name(session.presenter_of(at) or "")
        return Card(
            "Your question waits",
            (
                Text(f"You are {ordinal(place)}; I post it when {presenter} is ready."),
                *buttons(
                    Button("Change", "change_question", str(number)),
                    Button("Take it back", "take_back", str(number)),
                ),
            ),
            subject=session.id,
            step=at,
        )

    def _take_back(
        self, session: Session, at: int, command: TakeBackQuestion
    ) -> Decision | Refusal:
        questions = session.memory(Questions, at)
        mine = dict(questions.queue()).get(command.number)
        if mine is None or mine.asker != command.who:
            return Refusal("That question is not waiting any more; you can ask another.", "gone")
        back = questions.set(command.number, replace(mine, state=TAKEN_BACK, words=""))
        return Decision(session.remember(back, at), answer="Your question is taken back.")

    def _settle(
        self, session: Session, at: int, command: SettleQuestion, now: datetime
    ) -> Decision | Refusal:
        questions = session.memory(Questions, at)
        flying = questions.in_flight()
        moving_on = command.outcome == "next_question" and session.holder in (command.who, BOT)
        if command.who != session.presenter_of(at) and not moving_on:
            return self._presenter_only(session, at)
        if flying is None or flying[0] != command.number:
            return Refusal("That question is settled already; look at the newest one.", "settled")
        settled = replace(flying[1], state=OUTCOMES[command.outcome])
        return Decision(
            session.remember(questions.set(command.number, settled).bring_next(now), at)
        )

    def _presenter_only(self, session: Session, at: int) -> Refusal:
        presenter = session.name(session.presenter_of(at) or "")
        return Refusal(
            f"That button is {presenter}'s; you can ask a question or hold a silence.",
            "presenter_only",
        )

    def finished(self, session: Session, at: int) -> bool:
        """The presenter has enough."""
        return session.memory(Questions, at).enough

    def deadlines(self, session: Session, at: int) -> tuple[Deadline, ...]:
        """When the question in flight has been there for long."""
        questions = session.memory(Questions, at)
        flying = questions.in_flight()
        if flying is None or flying[1].posted_at is None or questions.long_wait == flying[0]:
            return ()
        return (Deadline(flying[1].posted_at + LONG_WAIT, "long_wait", str(flying[0]), at),)

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """How questions go, and who listens."""
        presenter = session.name(session.presenter_of(at) or "")
        return (
            Text(
                "Questions go through Ask; what you type here is not kept for the presenter.",
                Tone.QUIET,
            ),
            Text(
                f"{presenter} answers by typing an ordinary message below, which the bot does not "
                "read, or keeps silent, or parks the question.",
                Tone.QUIET,
            ),
        )

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """Ask, and the presenter's Enough."""
        return (Button("Ask", "ask", style=Style.PRIMARY), Button("Enough", "enough"))

    def posts(self, session: Session, at: int) -> tuple[Post, ...]:
        """Each question that was brought to the presenter."""
        questions = session.memory(Questions, at)
        return tuple(
            _question_post(session, at, questions, number, question)
            for number, question in enumerate(questions.all, 1)
            if question.state not in (WAITING, TAKEN_BACK) and question.words
        )

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Memory:
        """Without the questions these people asked; all of them where the presenter clears."""
        questions = session.memory(Questions, at)
        everything = session.presenter_of(at) in people
        kept = tuple(
            replace(q, words="") if everything or q.asker in people else q for q in questions.all
        )
        return replace(questions, all=kept)


def _question_post(
    session: Session, at: int, questions: Questions, number: int, question: Question
) -> Post:
    slot = session.slot(f"question:{at}:{number}")
    notice = Notice(Matter.WORDS, slot, "post", session.id)
    blocks: tuple[Block, ...] = (Quote(question.words),)
    running = at == session.at and session.live
    if question.state == IN_FLIGHT and running:
        if questions.long_wait == number:
            waiting = capital(count(len(questions.queue()), "question is", "questions are"))
            blocks += (Text(f"{waiting} waiting.", Tone.QUIET),)
        blocks += buttons(
            Button("Answered", "answered", str(number), Style.PRIMARY),
            Button("Pass", "pass_question", str(number)),
            Button("Park", "park", str(number)),
            Button("Next question", "next_question", str(number)),
        )
    elif question.state == "parked":
        blocks += (Text("Parked: the presenter keeps it for later.", Tone.QUIET),)
    card = Card(
        f"{session.name(question.asker)} asks",
        blocks,
        summary="A question has been asked.",
        subject=session.id,
        step=at,
    )
    return Post(notice, card)
