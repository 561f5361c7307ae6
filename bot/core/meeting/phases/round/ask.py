"""Asking: what `clarify` and `explore` share. The next asker waits until the presenter is ready."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from bot.core.cards import (
    Block,
    Button,
    Card,
    Field,
    FieldKind,
    Form,
    PersonId,
    Quote,
    Style,
    Text,
    Tone,
    buttons,
)
from bot.core.command import InSession
from bot.core.decision import Deadline, Decision, Post, Refusal
from bot.core.meeting.commands import (
    AskQuestion,
    ClockSpeaks,
    EnoughQuestions,
    SettleQuestion,
    TakeBackQuestion,
)
from bot.core.meeting.phases.belongings import Said, under
from bot.core.meeting.phases.phase import Meant, Opened, Phase, Speaks
from bot.core.meeting.phases.round.questions import (
    IN_FLIGHT,
    OUTCOMES,
    PARKED,
    TAKEN_BACK,
    WAITING,
    Question,
    Questions,
    question_post,
)
from bot.core.meeting.phases.round.silent_presenter import LONG_WAIT, asks_what_to_do
from bot.core.meeting.phases.shown import UNREAD, Offer, Once, Silence
from bot.core.meeting.session import FORMER, Memory, Session
from bot.core.signals import Pressed, Signal, Submitted
from bot.core.wording import TITLE_LIMIT, ordinal, whole

QUESTION_FORM = Form(
    key="ask",
    title="Your question",
    fields=(
        Field(
            "question",
            "Question",
            FieldKind.TEXT,
            limit=TITLE_LIMIT,
            hint="One short open question, in the presenter's words.",
        ),
    ),
    submit="Ask",
)

ONE_WAITING = Refusal(
    "You already have a question waiting. Change it or take it back under More.", "one_waiting"
)
GONE = Refusal("That question isn't waiting any more. You can ask another.", "gone")
SETTLED = Refusal("That question is already settled. See the newest one.", "settled")


class Asking(Phase):
    """One question in flight, in an order that lets everybody ask."""

    speaks: ClassVar[Speaks] = Speaks.MEMBERS
    memory: ClassVar[type] = Questions
    forms: ClassVar[tuple[Form, ...]] = (QUESTION_FORM,)
    opens: ClassVar[tuple[str, ...]] = ("ask", "change_question")
    example: ClassVar[Memory | None] = Questions(
        (
            Question("dana", "What would be enough?", PARKED),
            Question("eve", "Who else sees it?", IN_FLIGHT),
            Question("farid", "What have you not said yet?"),
        ),
        long_wait=2,
    )

    def reopened(self, before: Questions) -> Questions:
        """There may be more to ask."""
        return replace(before, enough=False)

    def understand(self, session: Session, at: int, who: PersonId, signal: Signal) -> Meant:
        """A question handed in, changed, taken back or settled; enough."""
        match signal:
            case Submitted("ask", step=step, value=value):
                question = signal.get("question")
                return AskQuestion(who=who, step=step, question=question, replaces=whole(value))
            case Pressed(action, step=step, value=value) if action in OUTCOMES:
                number = whole(value) or 0
                return SettleQuestion(who=who, step=step, number=number, outcome=action)
            case Pressed("take_back", step=step, value=value):
                return TakeBackQuestion(who=who, step=step, number=whole(value) or 0)
            case Pressed("enough", step=step):
                return EnoughQuestions(who=who, step=step)
            case _:
                return None

    def form(self, session: Session, at: int, who: PersonId, action: str, value: str) -> Opened:
        """`Ask`, or `Change`: with one's waiting question filled in."""
        if action not in ("ask", "change_question"):
            return None
        if not self.may_speak(session, at, who):
            return self.out_of_turn(session, at)
        questions = session.memory(Questions, at)
        mine = questions.waiting_of(who)
        words = questions.all[mine - 1].words if mine is not None else ""
        fields = (replace(QUESTION_FORM.fields[0], value=words),)
        number = str(mine) if mine is not None else ""
        return replace(QUESTION_FORM, fields=fields, subject=session.id, step=at, value=number)

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision[Session] | Refusal:
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
                return self._long_wait(session, at)
            case _:
                return self.not_here()

    def _ask(
        self, session: Session, at: int, command: AskQuestion, now: datetime
    ) -> Decision[Session] | Refusal:
        questions = session.memory(Questions, at)
        mine = questions.waiting_of(command.who)
        if mine is not None and command.replaces == mine:
            changed = replace(questions.all[mine - 1], words=command.question)
            questions = questions.set(mine, changed)
        elif _asked_already(questions, command):
            return Decision(session)
        elif mine is not None:
            return ONE_WAITING
        else:
            asked = Question(command.who, command.question, asked_at=now)
            questions = replace(questions, all=(*questions.all, asked))
        if at != session.at:
            answer = (
                "The meeting has moved on. I'll pass your question to "
                f"{self._presenter(session, at)}."
            )
            return Decision(session.remember(questions, at), answer=answer)
        session = _brought(session, at, questions, now)
        return Decision(session, answer=self._place_in_queue(session, at, command.who))

    def go_on(self, session: Session, at: int, now: datetime) -> Session:
        """The question in flight begins to wait again, or the next one is brought."""
        questions = session.memory(Questions, at)
        number, question = questions.in_flight() or (0, None)
        if question is not None:
            questions = questions.set(number, replace(question, posted_at=now))
        return _brought(session, at, questions, now)

    def later(self, session: Session, at: int, by: timedelta) -> Session:
        """The question in flight has waited no longer than before."""
        questions = session.memory(Questions, at)
        number, question = questions.in_flight() or (0, None)
        if question is None or question.posted_at is None:
            return session
        moved = replace(question, posted_at=question.posted_at + by)
        return session.remember(questions.set(number, moved), at)

    def _place_in_queue(self, session: Session, at: int, who: PersonId) -> Card | None:
        questions = session.memory(Questions, at)
        ahead = questions.in_flight() is not None
        places = {q.asker: (n, i) for i, (n, q) in enumerate(questions.queue(), 1 + ahead)}
        if who not in places:
            return None
        number, place = places[who]
        ready = f"I'll post it when {self._presenter(session, at)} is ready."
        return Card(
            "Your question waits",
            (
                Text(f"You're {ordinal(place)}. {ready}"),
                *buttons(
                    Button("Change", "change_question", str(number)),
                    Button("Take it back", "take_back", str(number)),
                ),
            ),
            summary="Your question waits.",
            subject=session.id,
            step=at,
        )

    def _take_back(
        self, session: Session, at: int, command: TakeBackQuestion
    ) -> Decision[Session] | Refusal:
        questions = session.memory(Questions, at)
        mine = questions.number(command.number)
        if mine is None or mine.asker != command.who or mine.state not in (WAITING, TAKEN_BACK):
            return GONE
        back = questions.set(command.number, replace(mine, state=TAKEN_BACK, words=""))
        return Decision(session.remember(back, at), answer="I've taken your question back.")

    def _settle(
        self, session: Session, at: int, command: SettleQuestion, now: datetime
    ) -> Decision[Session] | Refusal:
        questions = session.memory(Questions, at)
        outcome = OUTCOMES.get(command.outcome, "")
        moving_on = command.outcome == "next_question" and session.holder == command.who
        if command.who != session.presenter_of(at) and not moving_on:
            return self._presenter_only(session, at)
        question = questions.number(command.number)
        if question is not None and question.state == outcome:
            return Decision(session)
        if question is None or question.state != IN_FLIGHT or not outcome:
            return SETTLED
        settled = questions.set(command.number, replace(question, state=outcome))
        return Decision(_brought(session, at, settled, now))

    def _long_wait(self, session: Session, at: int) -> Decision[Session]:
        """The card says who waits; the facilitator is asked what to do, once a question."""
        questions = session.memory(Questions, at)
        number, _ = questions.in_flight() or (0, None)
        waits = session.remember(replace(questions, long_wait=number), at)
        return Decision(waits, asks_what_to_do(session, at, number))

    def _presenter_only(self, session: Session, at: int) -> Refusal:
        return Refusal(
            f"Only {self._presenter(session, at)} can press that. You can ask a question "
            "or hold a silence.",
            "presenter_only",
        )

    def _presenter(self, session: Session, at: int) -> str:
        return session.name(session.presenter_of(at))

    def finished(self, session: Session, at: int) -> bool:
        """The presenter has enough."""
        return session.memory(Questions, at).enough

    def deadlines(self, session: Session, at: int) -> tuple[Deadline, ...]:
        """When the question in flight has been there for long."""
        questions = session.memory(Questions, at)
        number, question = questions.in_flight() or (0, None)
        if question is None or question.posted_at is None or session.clock.still is not None:
            return ()
        if questions.long_wait == number:
            return ()
        return (Deadline(question.posted_at + LONG_WAIT, "long_wait", str(number), at),)

    def once(self, session: Session, at: int) -> tuple[Once, ...]:
        """How questions go, beside what to ask."""
        how = f"Press Ask. {self._presenter(session, at)} may answer, pass or park."
        asked = Once(how, frozenset({"clarify", "explore"}), each_round=True)
        return (*super().once(session, at), asked, UNREAD)

    def over(self, session: Session, at: int) -> tuple[Block, ...]:
        """What becomes of the questions that were not reached."""
        if not session.memory(Questions, at).queue():
            return ()
        presenter = self._presenter(session, at)
        return (Text(f"Questions not reached go to {presenter} by DM.", Tone.QUIET),)

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """Ask, and the presenter's Enough."""
        return (Button("Ask", "ask", style=Style.PRIMARY), Button("Enough", "enough"))

    def offers(self, session: Session, at: int, who: PersonId) -> tuple[Offer, ...]:
        """To change or take back the question one has waiting."""
        mine = session.memory(Questions, at).waiting_of(who)
        if mine is None:
            return ()
        back = TakeBackQuestion(who=who, step=at, number=mine)
        return (
            (Button("Change my question", "change_question", str(mine)), back),
            (Button("Take back my question", "take_back", str(mine)), back),
        )

    def silent(self, session: Session, at: int) -> Silence:
        """The question in flight."""
        number, _ = session.memory(Questions, at).in_flight() or (0, None)
        return (
            number,
            f"A question has been waiting for {self._presenter(session, at)} for 3 minutes.",
        )

    def posts(self, session: Session, at: int) -> tuple[Post, ...]:
        """Each question that was brought to the presenter."""
        questions = session.memory(Questions, at)
        return tuple(
            question_post(session, at, questions, number)
            for number, question in enumerate(questions.all, 1)
            if question.state not in (WAITING, TAKEN_BACK) and question.words
        )

    def words_of(self, session: Session, at: int, who: PersonId) -> tuple[Said, ...]:
        """The questions they asked."""
        asked = session.memory(Questions, at).all
        return tuple(("question", q.words) for q in asked if q.asker == who)

    def keepsake(self, session: Session, at: int, who: PersonId) -> tuple[Block, ...]:
        """The presenter takes home what they were asked, and what was not reached."""
        mine = session.presenter_of(at) == who
        asked = session.memory(Questions, at).all if mine else ()
        return under(self.title, (_given(session, question) for question in asked))

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Questions:
        """Without these people and their questions; without all where the presenter goes."""
        questions = session.memory(Questions, at)
        everything = session.presenter_of(at) in people
        return replace(
            questions,
            all=tuple(
                Question(FORMER if q.asker in people else q.asker, "", TAKEN_BACK)
                if everything or q.asker in people
                else q
                for q in questions.all
            ),
        )

    def clear(self, session: Session, at: int, people: frozenset[PersonId]) -> Questions:
        """Without the words these people asked; without all where the presenter clears."""
        questions = session.memory(Questions, at)
        everything = session.presenter_of(at) in people
        kept = tuple(
            replace(q, words="") if everything or q.asker in people else q for q in questions.all
        )
        return replace(questions, all=kept)


def _given(session: Session, question: Question) -> Quote:
    note = {PARKED: ", parked", WAITING: ", not asked aloud"}.get(question.state, "")
    return Quote(question.words, f"{session.name(question.asker)}{note}")


def _brought(session: Session, at: int, questions: Questions, now: datetime) -> Session:
    """With the next question brought, unless the clock stands still."""
    still = session.clock.still is not None
    return session.remember(questions if still else questions.bring_next(now), at)


def _asked_already(questions: Questions, command: AskQuestion) -> bool:
    """Whether the same person has the same question waiting or in flight: a double click."""
    return any(
        q.asker == command.who and q.words == command.question and q.state in (WAITING, IN_FLIGHT)
        for q in questions.all
    )
