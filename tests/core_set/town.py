"""A place with a set, played by hand: people press what they see, and time moves when told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core import engine, notice_cards
from bot.core.cards import Button, Card, Form, People, Quote, Text
from bot.core.command import Command, ForPerson, InSession
from bot.core.decision import Deadline, Decision, Notice, Refusal, Where
from bot.core.input import forms_opened, understanding
from bot.core.learning_set.place import Room
from bot.core.learning_set.state import SetState
from bot.core.meeting import posts as meeting_posts
from bot.core.meeting.commands import OpenSession
from bot.core.meeting.session import Session
from bot.core.person.commands import AskHelp
from bot.core.signals import Caller, Pressed, Rang, Reached, Recounted, Signal, Submitted, Typed
from bot.core.walltime import instant

MONDAY = datetime(2027, 3, 1, 18, tzinfo=UTC)
"""When the stories begin: winter time in London, which ends before six weeks have passed."""

CAST = ("Ana", "Ben", "Chidi", "Dana", "Eve")
EIGHT = (*CAST, "Farid", "Grace", "Hana")
FAR_OFF = 10_000
"""More deadlines than any story can have."""


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
class Town:
    """One place, the set and the meeting in it, and all that was said there or in private."""

    room: Room = field(default_factory=lambda: Room(place="#aurora"))
    now: datetime = MONDAY
    said: list[tuple[Notice, Card]] = field(default_factory=list)
    zones: dict[str, str] = field(default_factory=dict)
    rung: set[tuple[datetime, str, str, int | None]] = field(default_factory=set)
    gestures: int = 0

    # --- what there is ---

    @property
    def set(self) -> SetState:
        """The set of the place."""
        assert self.room.set is not None
        return self.room.set

    @property
    def session(self) -> Session:
        """The running or last meeting."""
        assert self.room.session is not None
        return self.room.session

    @property
    def phase(self) -> str:
        """Where the meeting is."""
        return self.session.step.phase

    def change(self, **what: Any) -> None:
        """The set as if it had been otherwise."""
        self.room = replace(self.room, set=replace(self.set, **what))

    def private(self, who: str) -> list[Card]:
        """The direct messages one person has had, oldest first."""
        return [c for n, c in self.said if n.where is Where.DIRECT and n.to == who.casefold()]

    def public(self) -> list[Card]:
        """What was said in the place or its thread, oldest first."""
        return [c for n, c in self.said if n.where is not Where.DIRECT]

    # --- what people do ---

    def do(self, who: str, signal: Signal) -> Heard:
        """One signal, understood and decided with all that follows from it."""
        caller = Caller(who.casefold(), who, self.zones.get(who, ""))
        if hasattr(signal, "fresh") and not signal.fresh:
            self.gestures += 1
            signal = replace(signal, fresh=f"fresh{self.gestures}")
        command = understanding.understand(self.room, caller, signal)
        return Heard(refusal=command) if isinstance(command, Refusal) else self.decide(command)

    def decide(self, command: Command) -> Heard:
        """A command and all that follow from it: everything happens, or nothing."""
        if isinstance(command, AskHelp):
            return Heard([engine.help_for(self.room, command.who, (), self.now)])
        if isinstance(command, ForPerson):
            return Heard(["The shell does that."])
        room, waiting, heard = self.room, [command], Heard()
        recounts = []
        while waiting:
            state = _state(room, waiting[0])
            decision = engine.decide(state, waiting.pop(0), self.now)
            if isinstance(decision, Refusal):
                return Heard(refusal=decision)
            room = _after(room, decision)
            heard.told += [] if decision.answer is None else [decision.answer]
            heard.notices += decision.notices
            recounts += decision.recounts
            waiting = [*decision.then, *waiting]
        self.room = room
        self._deliver(heard.notices)
        for recount in recounts:
            self.do("clock", Recounted(recount.slot, frozenset()))
        return heard

    def _deliver(self, notices: list[Notice]) -> None:
        """A second notice for a slot is an edit of the first."""
        for notice in notices:
            card = notice_cards.draw(self.room, notice)
            if card is not None:
                self.said = [s for s in self.said if s[0].slot != notice.slot]
                self.said.append((notice, card))

    def opened(self, who: str, signal: Signal) -> Form | Refusal | None:
        """The form a press or a command opens for this person."""
        caller = Caller(who.casefold(), who, self.zones.get(who, ""))
        return forms_opened.form(self.room, caller, signal)

    def press(self, who: str, label: str, card: Card | None = None) -> Heard:
        """Press the button of that label on a card: opens its form, or does what it says."""
        return self.push(who, pressing(label, card or self.newest(label)))

    def push(self, who: str, signal: Pressed) -> Heard:
        """A press, with the form it opens; one that counts by itself has counted then."""
        opened = self.opened(who, signal)
        if isinstance(opened, Refusal):
            return Heard(refusal=opened)
        if opened is None or opened.counts:
            heard = self.do(who, signal)
            heard.told += [opened] if opened is not None and heard.refusal is None else []
            return heard
        return Heard([opened])

    def newest(self, label: str) -> Card:
        """The newest card with that button: in the meeting's place, else said."""
        posts = meeting_posts.posts(self.session) if self.room.live else ()
        cards = [*(c for _, c in self.said), *(p.card for p in posts)]
        return next(c for c in reversed(cards) if label in labels(c))

    def type(self, who: str, verb: str, **args: str) -> Heard:
        """A slash command: opens its form, or does what it says."""
        signal = Typed(verb, tuple(args.items()))
        opened = self.opened(who, signal)
        if isinstance(opened, Refusal):
            return Heard(refusal=opened)
        return self.do(who, signal) if opened is None else Heard([opened])

    def hand_in(self, who: str, form: Form, **words: str) -> Heard:
        """A form filled in, with what stands in it where nothing is given."""
        given = {f.key: words.get(f.key, f.value) for f in form.fields}
        fields = tuple(given.items())
        return self.do(who, Submitted(form.key, fields, form.subject, form.step, form.value))

    # --- time ---

    def wait(self, **length: float) -> list[str]:
        """Time passes; what came due in it, in order."""
        return self.until(self.now + timedelta(**length))

    def until(self, at: datetime) -> list[str]:
        """Time passes up to an instant, everything due happening at its own moment."""
        rang = []
        while len(rang) < FAR_OFF:
            due = self.next_due()
            if due is None or due.at > at:
                break
            self.now = max(self.now, due.at)
            self.rung.add(_key(due))
            self.do("clock", Rang(due.what, due.subject, due.step, due.at))
            rang.append(due.what)
        self.now = max(self.now, at)
        return rang

    def next_due(self) -> Deadline | None:
        """What comes next, of all that has not come yet."""
        coming = engine.deadlines(self.room.set) if self.room.set else ()
        if self.room.session:
            coming = (*coming, *engine.deadlines(self.room.session))
        waiting = [d for d in coming if _key(d) not in self.rung]
        return min(waiting, key=lambda d: d.at, default=None)

    def reach(self, who: str, *, ok: bool) -> Heard:
        """The platform says whether a direct message got through."""
        return self.do("clock", Reached(who.casefold(), ok))

    # --- whole scenes ---

    def found(self, *members: str, facilitation: str = "led", **words: str) -> Town:
        """A set founded by Ana, with these members agreed."""
        form = self.type("Ana", "set new").form
        given = {"name": "Aurora", "zone": "Europe/London", "facilitation": facilitation}
        heard = self.hand_in("Ana", form, **(given | words))
        assert heard.refusal is None, heard.refusal
        for who in members:
            self.join(who)
        return self

    def join(self, who: str) -> Heard:
        """Join, read, agree."""
        return self.press(who, "I agree", self.press(who, "Join").card)

    def plan(self, wall: str, who: str = "Ana") -> Heard:
        """The next meeting planned for a local time."""
        return self.hand_in(who, self.type(who, "schedule").form, when=wall)

    def keep(self, who: str, what: str, **words: str) -> Heard:
        """An action kept outside any round."""
        return self.hand_in(who, self.type(who, "action").form, what=what, **words)

    def begin(self, *here: str) -> None:
        """A meeting started by hand in which these people are here, at its check-in."""
        heard = self.type("Ana", "start")
        assert heard.refusal is None, heard.refusal
        for who in here:
            self.press(who, "I'm here")
        if self.phase == "arrive":
            self.press("Ana", "Begin")

    def to(self, phase: str) -> None:
        """On by the facilitator's `Next phase` until the meeting is in that part."""
        for _ in range(20):
            if self.phase == phase:
                return
            self.wait(seconds=5)
            self.push("Ana", Pressed("next", self.session.id, self.session.at))
        raise AssertionError(f"the meeting is in {self.phase}, not {phase}")

    def offer(self, who: str, title: str, **words: str) -> Heard:
        """An issue offered in the part for it."""
        return self.hand_in(who, self.press(who, "Offer an issue").form, title=title, **words)

    def act(self, what: str, who: str = "Ben", **words: str) -> Heard:
        """An action planned by the presenter in the part for it."""
        return self.hand_in(who, self.press(who, "Add an action").form, what=what, **words)

    def meet(self, *acts: tuple[str, str], presenter: str = "Ben") -> None:
        """A whole meeting of all members: one presents and leaves with (words, visibility)."""
        self.begin(*(m.name for m in self.set.present_members))
        self.to("bids")
        self.offer(presenter, "How do I say no?")
        self.to("action_plan")
        for what, visibility in acts:
            heard = self.act(what, presenter, visibility=visibility)
            assert heard.refusal is None, heard.refusal
        self.close()

    def close(self) -> None:
        """On to the end."""
        self.to("close")
        self.press("Ana", "Close the meeting")
        assert not self.session.live


def _key(due: Deadline) -> tuple[datetime, str, str, int | None]:
    return due.at, due.what, due.subject, due.step


def _state(room: Room, command: Command) -> Session | SetState | None:
    if isinstance(command, OpenSession):
        return None
    return room.session if isinstance(command, InSession) else room.set


def _after(room: Room, decision: Decision) -> Room:
    if isinstance(decision.state, SetState):
        return replace(room, set=decision.state)
    return replace(room, session=decision.state)


# --- reading cards ------------------------------------------------------------------------------


def labels(card: Card) -> list[str]:
    """The buttons of a card by their words."""
    return [b.label for b in card.buttons()]


def button(label: str, card: Card) -> Button:
    """The button of that label."""
    return next(b for b in card.buttons() if b.label == label)


def pressing(label: str, card: Card) -> Pressed:
    """What pressing that button is."""
    found = button(label, card)
    subject = card.subject if found.subject is None else found.subject
    return Pressed(found.action, subject, card.step, found.value)


def words(card: Card) -> str:
    """Everything a card says, without its buttons."""
    lines = [card.title]
    for block in card.blocks:
        match block:
            case Text(text=text):
                lines.append(text)
            case Quote(words=quoted, by=by):
                lines.append(f"“{quoted}” {by}".strip())
            case People(label=label, names=names):
                lines.append(f"{label}: {', '.join(names)}")
            case _:
                lines.append(getattr(block, "label", ""))
    return "\n".join(lines)


def quotes(card: Card) -> list[str]:
    """People's own words on a card."""
    return [b.words for b in card.blocks if isinstance(b, Quote)]


def at(wall: str, zone: str = "Europe/London") -> datetime:
    """The instant of a local time written like `2027-04-12 18:00`."""
    return instant(datetime.fromisoformat(wall), zone)
