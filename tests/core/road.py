"""The road of a signal as the shell walks it: understood, decided with all that follows, said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core import engine, notice_cards
from bot.core.cards import Card, Form
from bot.core.command import Command, ForPerson
from bot.core.decision import Deadline, Notice, Refusal
from bot.core.input import understanding
from bot.core.learning_set.place import Room
from bot.core.learning_set.state import Member, SetState
from bot.core.meeting import posts
from bot.core.meeting.session import Session
from bot.core.person.commands import AskHelp
from bot.core.signals import (
    Caller,
    Pressed,
    Rang,
    Reacted,
    Recounted,
    Signal,
    Submitted,
    Typed,
    WasAway,
)

EVENING = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)
"""When the stories begin: a Monday in winter time, which ends before six weeks have passed."""

LONDON = "Europe/London"


@dataclass
class Heard:
    """What one signal led to: sentences, cards and forms for the caller alone."""

    told: list[Any] = field(default_factory=list)
    refusal: Refusal | None = None
    notices: list[Notice] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """The one sentence the person reads."""
        assert self.refusal is None or not self.told
        return self.refusal.sentence if self.refusal else str(self.told[-1])

    @property
    def code(self) -> str:
        """Why it was refused; empty where it was not."""
        return self.refusal.code if self.refusal else ""

    @property
    def field(self) -> str:
        """Which field of a form was refused."""
        return self.refusal.field if self.refusal else ""

    @property
    def card(self) -> Card:
        """The card that the person alone sees."""
        assert self.refusal is None, self.refusal
        return next(t for t in reversed(self.told) if isinstance(t, Card))

    @property
    def form(self) -> Form:
        """The form that was opened for the person."""
        assert self.refusal is None, self.refusal
        return next(t for t in reversed(self.told) if isinstance(t, Form))


@dataclass
class Road:
    """A place with the set and the meeting in it, its clock, and all that was said there."""

    now: datetime = EVENING
    room: Room = field(default_factory=lambda: Room(place="#aurora"))
    zones: dict[str, str] = field(default_factory=dict)
    answers: dict[str, list[Card | Form | str]] = field(default_factory=dict)
    posted: dict[str, tuple[Notice, Card]] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    reactions: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)
    platform_answers: bool = True
    gestures: int = 0
    rung: set[tuple[object, ...]] = field(default_factory=set)

    # --- signals --------------------------------------------------------------------------------

    def do(self, who: str, signal: Signal) -> Heard:
        """One signal down the road: understood, decided with all that follows, or refused."""
        self.gestures += 1
        if isinstance(signal, Pressed | Submitted | Typed | Rang):
            signal = replace(signal, fresh=signal.fresh or f"fresh-{self.gestures}")
        if isinstance(signal, Reacted):
            marks = self.reactions.setdefault(signal.slot, set())
            (marks.add if signal.on else marks.discard)((who, signal.emoji))
        command = understanding.understand(self.room, self.caller(who), signal)
        if isinstance(command, Refusal):
            self.heard = Heard(refusal=command)
            return self.heard
        return self.decide(command)

    def recount(
        self, votes: set[tuple[str, str]] | None = None, *, complete: bool = True, slot: str = ""
    ) -> Heard:
        """The platform's word on the reactions of the current card (or another slot)."""
        slot = slot or self.session.ballot_slot
        known = self.reactions.get(slot, set()) if votes is None else votes
        return self.do("clock", Recounted(slot, frozenset(known), complete))

    def decide(self, command: Command) -> Heard:
        """A command and all that follow from it: everything happens, or nothing."""
        self.heard = heard = self._decided(command)
        return heard

    def _decided(self, command: Command) -> Heard:
        if isinstance(command, AskHelp):
            return self._answer(
                command.who, Heard([engine.help_for(self.room, command.who, (), self.now)])
            )
        if isinstance(command, ForPerson):
            return Heard(["The shell does that."])
        followed = engine.follow(self.room, command, self.now)
        if isinstance(followed, Refusal):
            return Heard(refusal=followed)
        before, self.room = self.room, followed.room
        heard = Heard(list(followed.answers), None, list(followed.notices))
        self._answer(command.who, heard)
        self._say(before, heard.notices)
        for recount in followed.recounts if self.platform_answers else ():
            self.recount(slot=recount.slot)
        return heard

    def _answer(self, who: str, heard: Heard) -> Heard:
        self.answers.setdefault(who, []).extend(heard.told)
        return heard

    def _say(self, before: Room, notices: list[Notice]) -> None:
        if self.room.session is not None:
            same = before.session is not None and before.session.id == self.room.session.id
            self.gone += posts.gone(before.session if same else None, self.room.session)
        for notice in notices:
            self.notices.append(notice)
            card = notice_cards.draw(self.room, notice)
            if card is not None:  # What has been said in that slot is edited where it stands.
                self.posted[notice.slot] = (notice, card)

    # --- time -----------------------------------------------------------------------------------

    def wait(self, **length: float) -> list[str]:
        """Time goes by; every deadline on the way rings once, at its moment."""
        return self.until(self.now + timedelta(**length))

    def until(self, at: datetime) -> list[str]:
        """Time passes up to an instant; what came due in it, in order."""
        rang = []
        while (due := self.next_deadline()) is not None and due.at <= at:
            self.now = max(self.now, due.at)
            self.ring(due)
            rang.append(due.what)
        self.now = max(self.now, at)
        return rang

    def to_the_end(self, *, minutes: float = 0) -> list[str]:
        """Time passes to so many minutes after the end of this part (or before it, if below 0)."""
        return self.until(self.session.clock.ends_at + timedelta(minutes=minutes))

    def away(self, *, minutes: float = 0, days: float = 0) -> None:
        """The bot is gone for so long; back again, it is told since when, and rings what is due."""
        since = self.now
        self.now += timedelta(minutes=minutes, days=days)
        self.do("clock", WasAway(since))
        self.wait()

    def ring(self, due: Deadline) -> Heard:
        """That deadline rings, perhaps not for the first time."""
        self.rung.add(_key(self.room, due))
        return self.do("clock", Rang(due.what, due.subject, due.step, due.at))

    def next_deadline(self) -> Deadline | None:
        """The next deadline that has not rung yet."""
        waiting = [d for d in self.deadlines() if _key(self.room, d) not in self.rung]
        return min(waiting, key=lambda d: d.at, default=None)

    def next_due(self) -> Deadline:
        """The next deadline that has not rung yet; there is one."""
        due = self.next_deadline()
        assert due is not None
        return due

    def deadlines(self) -> tuple[Deadline, ...]:
        """Every deadline of the meeting and of the set."""
        states = [s for s in (self.room.live, self.room.set) if s is not None]
        return tuple(d for state in states for d in engine.deadlines(state))

    def rings_at(self, what: str) -> datetime:
        """When the deadline of that name rings."""
        return next(d.at for d in self.deadlines() if d.what == what)

    # --- what there is --------------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The running or last meeting."""
        assert self.room.session is not None
        return self.room.session

    @property
    def set(self) -> SetState:
        """The set of the place."""
        assert self.room.set is not None
        return self.room.set

    def member(self, who: str) -> Member:
        """One who is or was a member."""
        return next(m for m in self.set.members if m.person == who)

    def draft(self, who: str) -> str:
        """The issue this person keeps for the next meeting, if any."""
        found = self.set.draft_of(who)
        return found.title if found is not None else ""

    @property
    def phase(self) -> str:
        """Where the meeting is."""
        return self.session.step.phase if self.session.live else "over"

    @property
    def begun(self) -> bool:
        """Whether the meeting is in a part behind the door, whichever the format begins with."""
        return self.phase not in ("arrive", "over")

    def step(self, phase: str) -> int:
        """Where in the plan that phase comes first."""
        return self.session.steps(phase)[0]

    @property
    def refusal(self) -> Refusal | None:
        """Why the last gesture was refused."""
        return self.heard.refusal

    @property
    def code(self) -> str:
        """The same in a word; empty where it was taken."""
        return self.heard.code

    @property
    def sentence(self) -> str:
        """What the last gesture was answered with, where it was refused."""
        return self.refusal.sentence if self.refusal is not None else ""

    @property
    def field(self) -> str:
        """Which field of a form was refused."""
        return self.heard.field

    @property
    def here(self) -> tuple[str, ...]:
        """Who is in the meeting."""
        return tuple(p.person for p in self.session.here)

    @property
    def presenter(self) -> str:
        """Who presents in this round, if anybody."""
        return self.session.presenter or ""

    @property
    def holder(self) -> str:
        """Who holds the process."""
        return self.session.holder

    @property
    def visited(self) -> list[str]:
        """The phases that were entered, in order."""
        return [self.session.plan[move.step].phase for move in self.session.log]

    def caller(self, who: str) -> Caller:
        """Somebody as their platform names them."""
        return Caller(who, who.capitalize(), self.zones.get(who, LONDON))


def _key(room: Room, due: Deadline) -> tuple[object, ...]:
    session = room.session.id if room.session is not None and due.step is not None else ""
    return (session, due.what, due.subject, due.step, due.at)
