"""Questions one at a time as values: a queue, one in flight, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.cards import Block, Button, Card, PersonId, Quote, Style, Text, Tone, buttons
from bot.core.decision import Matter, Notice, Post
from bot.core.meeting.session import BOT, Session
from bot.core.wording import capital, count

WAITING, IN_FLIGHT, TAKEN_BACK, PARKED = "waiting", "in flight", "taken back", "parked"
OUTCOMES = {
    "answered": "answered",
    "pass_question": "passed",
    "park": PARKED,
    "next_question": "answered",
}
"""What the buttons on a question make of it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what became of it."""

    asker: PersonId
    words: str
    state: str = WAITING
    asked_at: datetime | None = None
    posted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Questions:
    """All questions of this step, in the order they came; a question's number is its place, from 1.

    `long_wait` is the number of the question that was in flight for long when the clock spoke.
    """

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

    def number(self, number: int) -> Question | None:
        """The question of that number."""
        return self.all[number - 1] if 1 <= number <= len(self.all) else None

    def waiting_of(self, who: PersonId) -> int | None:
        """The number of the question this person has waiting."""
        return next((n for n, q in self.queue() if q.asker == who), None)

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


def question_post(session: Session, at: int, questions: Questions, number: int) -> Post:
    """A question as it is in the thread, with the presenter's buttons while it is in flight."""
    question = questions.all[number - 1]
    card = Card(
        f"{session.name(question.asker)} asks",
        (Quote(question.words), *_below(session, at, questions, number, question)),
        summary="A question has been asked.",
        subject=session.id,
        step=at,
    )
    slot = session.slot(f"question:{at}:{number}")
    return Post(Notice(Matter.WORDS, slot, "post", session.id), card)


def _below(
    session: Session, at: int, questions: Questions, number: int, question: Question
) -> tuple[Block, ...]:
    if question.state == PARKED:
        return (Text("Parked. The presenter keeps it for later.", Tone.QUIET),)
    if question.state != IN_FLIGHT or at != session.at or not session.live:
        return ()
    person_moves_on = session.holder not in (BOT, session.presenter_of(at))
    row = buttons(
        Button("Answered", "answered", str(number), Style.PRIMARY),
        Button("Pass", "pass_question", str(number)),
        Button("Park", "park", str(number)),
        Button("Next question", "next_question", str(number)) if person_moves_on else None,
    )
    waiting = len(questions.queue())
    if questions.long_wait != number or not waiting:
        return row
    how_many = capital(count(waiting, "question is", "questions are"))
    return (Text(f"{how_many} waiting.", Tone.QUIET), *row)
