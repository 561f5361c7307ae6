"""A stage for sets and their meetings: people press the buttons they see, time moves by hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from bot.core import engine, notice_cards
from bot.core.cards import Card, Form
from bot.core.command import Command, ForPerson, InSession
from bot.core.decision import Deadline, Decision, Notice, Refusal, Where
from bot.core.input import forms_opened, understanding
from bot.core.learning_set.place import Room
from bot.core.learning_set.state import Member, SetState
from bot.core.meeting import posts
from bot.core.meeting.commands import OpenSession
from bot.core.meeting.session import Session
from bot.core.person.commands import AskHelp
from bot.core.signals import (
    Caller,
    Pressed,
    Rang,
    Reached,
    Reacted,
    Recounted,
    Signal,
    Submitted,
    Typed,
    WasAway,
)
from tests.core.reading import labels, pressing, words_of

EVENING = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)
"""When the stories begin: a Monday in winter time, which ends before six weeks have passed."""

CAST = ("ana", "ben", "chidi", "dana", "eve")
SIX = f"{' '.join(CAST)} farid"
EIGHT = f"{SIX} gwen hana"
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
class Stage:
    """A place, the set and the meeting in it, played the way the shell plays it."""

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

    # --- a set --------------------------------------------------------------------------------

    def found(self, *members: str, facilitation: str = "led", **words: str) -> Stage:
        """A set that Ana founded without a meeting, with these members agreed."""
        given = {"name": "Aurora", "zone": LONDON, "facilitation": facilitation}
        heard = self.type_form("ana", "set new", **(given | words))
        assert heard.refusal is None, heard.refusal
        for who in members:
            self.join(who)
        return self

    def join(self, who: str) -> Heard:
        """Join, read, agree."""
        return self.press(who, "I agree", self.press(who, "Join").card)

    def plan(self, wall: str, who: str = "ana", **words: str) -> Heard:
        """The next meeting planned for a local time."""
        return self.type_form(who, "schedule", when=wall, **words)

    def keep(self, who: str, what: str, **words: str) -> Heard:
        """An action kept outside any round."""
        return self.type_form(who, "action", what=what, **words)

    def change(self, **what: Any) -> None:
        """The set as if it had been otherwise."""
        self.room = replace(self.room, set=replace(self.set, **what))

    def change_member(self, who: str, **what: Any) -> None:
        """One member as if they had been otherwise: gone, for one, by `left_at`."""
        self.room = replace(self.room, set=self.set.with_member(replace(self.member(who), **what)))

    def leave(self, who: str) -> None:
        """Somebody is a member no more, as if they had left just now."""
        self.change_member(who, left_at=self.now)

    # --- a meeting ----------------------------------------------------------------------------

    @classmethod
    def started(cls, by: str = "ana", *, now: datetime = EVENING, **words: str) -> Stage:
        """A set that was founded by `/als start` and has its first board."""
        play = cls(now=now)
        wanted = {"name": "Aurora", "format": "90", "zone": LONDON, "facilitation": "led"}
        play.type_form(by, "start", **{**wanted, **words})
        return play

    @classmethod
    def just_begun(cls, names: str = SIX, *, now: datetime = EVENING, **words: str) -> Stage:
        """A first meeting with these people, who have arrived; in its first part, if enough."""
        play = cls.started(names.split()[0], now=now, **words)
        for name in names.split():
            play.arrive(name)
        return play

    @classmethod
    def with_people(cls, names: str = SIX, *, now: datetime = EVENING, **words: str) -> Stage:
        """A first meeting with these people, who have arrived and stand at the check-in."""
        play = cls.just_begun(names, now=now, **words)
        play.to_check_in()
        return play

    @classmethod
    def at(cls, phase: str, names: str = SIX, **words: str) -> Stage:
        """A meeting that has come to that phase in the usual way; Ben presents, if one does."""
        return _played_to(phase, names, tuple(words.items())).copy()

    @classmethod
    def over(cls, names: str = SIX, **words: str) -> Stage:
        """A set whose first meeting is over."""
        play = cls.at("close", names, **words)
        play.close()
        return play

    @classmethod
    def before_second(cls, names: str = SIX, **words: str) -> Stage:
        """A set whose first meeting is over, a minute before the door of its second one opens."""
        play = cls.over(names, **words)
        play.wait_for_next()
        return play

    @classmethod
    def at_second_door(cls, names: str = SIX, **words: str) -> Stage:
        """The second meeting of a set, whose door has just opened, a quarter of an hour before."""
        play = cls.before_second(names, **words)
        play.wait(minutes=1)
        return play

    def copy(self) -> Stage:
        """The same moment once more, to be played on by itself."""
        return replace(
            self,
            zones=dict(self.zones),
            answers={who: list(told) for who, told in self.answers.items()},
            posted=dict(self.posted),
            notices=list(self.notices),
            reactions={slot: set(marks) for slot, marks in self.reactions.items()},
            gone=list(self.gone),
            rung=set(self.rung),
        )

    def begin(self, *here: str) -> None:
        """A meeting started by hand in which these people are here, at its check-in."""
        heard = self.type("ana", "start")
        assert heard.refusal is None, heard.refusal
        for who in here:
            self.press(who, "I'm here")
        if self.phase == "arrive":
            self.press("ana", "Begin")
        self.to_check_in()

    def to_check_in(self) -> None:
        """On from the door, whatever the format has before the check-in."""
        if self.phase not in ("arrive", "check_in"):
            self.go_on_to("check_in")

    def meet(self, *acts: tuple[str, str], presenter: str = "ben") -> None:
        """A whole meeting of all members: one presents and leaves with (words, visibility)."""
        self.begin(*(m.person for m in self.set.present_members))
        self.to("bids")
        self.offer(presenter, "How do I say no?")
        self.to("action_plan")
        for what, visibility in acts:
            heard = self.act(what, presenter, visibility=visibility)
            assert heard.refusal is None, heard.refusal
        self.to("close")
        self.close()
        assert not self.session.live

    def wait_for_next(self) -> None:
        """Time passes until a minute before the next door opens."""
        opens_at = self.set.starts_at(self.set.planned()[0]) - timedelta(minutes=15)
        self.until(opens_at - timedelta(minutes=1))

    def meet_again(self) -> None:
        """From wherever this meeting is to the check-in of the next one, with the same people."""
        names = self.here
        self.go_on_to("close")
        self.close()
        self.wait_for_next()
        self.wait(minutes=1)
        for who in names:
            self.arrive(who)
        self.wait(minutes=15)
        self.to_check_in()

    def close(self) -> None:
        """As many press `Close the meeting` as it takes."""
        self.move_on("Close the meeting")

    def to(self, phase: str) -> None:
        """On by who holds the process, whether people have finished or not, to that phase."""
        for _ in range(30):
            if self.phase == phase:
                return
            self.wait(seconds=5)
            before = self.session.at
            for who in self.here:
                if self.session.at == before and self.holder in ("bot", who):
                    self.push(who, Pressed("next", self.session.id, self.session.at))
        raise AssertionError(f"never came to {phase}, stuck in {self.phase}")

    def offer(self, who: str, title: str, **words: str) -> Heard:
        """An issue offered in the part for it."""
        return self.fill(who, "Offer an issue", title=title, **words)

    def act(self, what: str, who: str = "ben", **words: str) -> Heard:
        """An action planned by the presenter in the part for it."""
        return self.fill(who, "Add an action", what=what, **words)

    def move_on(self, label: str) -> None:
        """The holder presses it; where the bot holds the process, as many as it takes."""
        before = self.phase
        for who in self.here:
            if self.phase == before and self.holder in ("bot", who):
                self.press(who, label)

    def go_on_to(self, phase: str) -> None:
        """Everyone does the usual until the meeting is at that phase."""
        usual = {
            "check_in": self.everyone_speaks,
            "bids": self.usual_bids,
            "choose": lambda: self.vote({w: "2️⃣" if w == "ben" else "1️⃣" for w in self.here}),
            "present": lambda: self.fill(self.presenter, "I've finished", question=""),
            "clarify": lambda: self.press(self.presenter, "Enough"),
            "explore": lambda: self.press(self.presenter, "Enough"),
            "reflect": self.nobody_adds,
            "action_plan": lambda: self.press(self.presenter, "No action"),
            "break": lambda: self.move_on("Back from the break"),
            "learning_review": self.everyone_passes,
        }
        for _ in range(40):
            if self.phase == phase:
                return
            usual.get(self.phase, self._past_another)()
        raise AssertionError(f"never came to {phase}, stuck in {self.phase}")

    def _past_another(self) -> None:
        """On from a part that nobody does anything in: by who holds the process, else by itself."""
        at = self.session.at
        self.move_on("Next phase")
        if self.session.at == at:
            self.wait(minutes=2)

    def arrive(self, who: str) -> None:
        """`I'm here`, with the agreement where it is the first time."""
        self.press(who, "I'm here")
        if self.sees(who, "I agree"):
            self.press(who, "I agree")

    def everyone_speaks(self) -> None:
        for who in self.here:
            if self.phase == "check_in":
                self.press(who, "Done")

    def usual_bids(self) -> None:
        """One issue more than there are rounds, Ben's first."""
        rounds = max(step.round for step in self.session.plan)
        owners = [who for who in ("ben", "eve", "dana", "chidi") if who in self.here]
        self.bid(**{who: f"The issue of {who}" for who in owners[: rounds + 1]})

    def bid(self, **issues: str) -> None:
        """These people offer an issue, the others nothing."""
        for who, title in issues.items():
            self.fill(who, "Offer an issue", title=title)
        for who in self.here:
            if who not in issues and self.phase == "bids":
                self.press(who, "Nothing today")

    def vote(self, votes: dict[str, str]) -> None:
        """These reactions, then the last call."""
        for who, emoji in votes.items():
            self.react(who, emoji)
        self.wait(seconds=20)

    def nobody_adds(self) -> None:
        for who in self.here:
            if who != self.presenter and self.phase == "reflect":
                self.press(who, "Nothing to add")

    def everyone_passes(self) -> None:
        for who in self.here:
            if self.phase == "learning_review":
                self.press(who, "Pass")

    # --- gestures -------------------------------------------------------------------------------

    def press(self, who: str, label: str, card: Card | None = None) -> Heard:
        """Press that button, on the newest card this person sees it on or on this one."""
        return self.push(who, self.button(who, label) if card is None else pressing(label, card))

    def push(self, who: str, signal: Pressed | Typed) -> Heard:
        """A press or command: opens its form, or counts; some do both."""
        opened = self.opened(who, signal)
        if isinstance(opened, Refusal):
            self.heard = Heard(refusal=opened)
        elif opened is not None and not opened.counts:
            self.heard = Heard([opened])
        else:
            self.do(who, signal)
        return self.heard

    def opened(self, who: str, signal: Signal) -> Form | Refusal | None:
        """The form a press or a command opens for this person."""
        return forms_opened.form(self.room, self.caller(who), signal)

    def open(self, who: str, label: str) -> Form:
        """Press a button that opens a form, and look at it."""
        return self.open_by(who, self.button(who, label))

    def cannot_open(self, who: str, label: str) -> Refusal:
        """Press a button whose form is not for this person now."""
        opened = self.opened(who, self.button(who, label))
        assert isinstance(opened, Refusal), f"{label} opens {opened}"
        return opened

    def open_by(self, who: str, signal: Signal) -> Form:
        """The form that a command or press opens."""
        form = self.opened(who, signal)
        assert isinstance(form, Form), f"{signal} opens {form}"
        return form

    def fill(self, who: str, label: str, **words: str) -> Heard:
        """Press a button that opens a form and hand it in with these words."""
        signal = self.button(who, label)
        form = self.open_by(who, signal)
        if form.counts:
            self.do(who, signal)
        return self.hand_in(who, form, **words)

    def hand_in(self, who: str, form: Form, **words: str) -> Heard:
        """A form filled in, with what stands in it where nothing is given."""
        unknown = set(words) - {f.key for f in form.fields}
        assert not unknown, f"{form.title} has no {unknown}"
        fields = tuple((f.key, words.get(f.key, f.value)) for f in form.fields)
        return self.do(who, Submitted(form.key, fields, form.subject, form.step, form.value))

    def type(self, who: str, verb: str, **options: str) -> Heard:
        """A slash command: opens its form, or does what it says."""
        return self.push(who, Typed(verb, tuple(options.items())))

    def type_form(self, who: str, verb: str, **words: str) -> Heard:
        """A slash command that opens a form, handed in with these words."""
        return self.hand_in(who, self.open_by(who, Typed(verb)), **words)

    def react(self, who: str, emoji: str, *, on: bool = True, slot: str = "") -> Heard:
        """A reaction on the current card (or another slot), put on or taken off."""
        return self.do(who, Reacted(slot or self.session.ballot_slot, emoji, on))

    def recount(
        self, votes: set[tuple[str, str]] | None = None, *, complete: bool = True, slot: str = ""
    ) -> Heard:
        """The platform's word on the reactions of the current card (or another slot)."""
        slot = slot or self.session.ballot_slot
        known = self.reactions.get(slot, set()) if votes is None else votes
        return self.do("clock", Recounted(slot, frozenset(known), complete))

    def reach(self, who: str, *, ok: bool) -> Heard:
        """The platform says whether a direct message got through."""
        return self.do("clock", Reached(who, ok))

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
        room, waiting = self.room, [command]
        decisions: list[Decision] = []
        for _ in range(20):
            if not waiting:
                break
            decision = engine.decide(_state(room, waiting[0]), waiting[0], self.now)
            if isinstance(decision, Refusal):
                return Heard(refusal=decision)
            room = _after(room, decision)
            decisions.append(decision)
            waiting = [*decision.then, *waiting[1:]]
        assert not waiting, "a decision leads to ever more commands"
        before, self.room = self.room, room
        told = [d.answer for d in decisions if d.answer is not None]
        heard = Heard(told, None, [n for d in decisions for n in d.notices])
        self._answer(command.who, heard)
        self._say(before, heard.notices)
        for recount in (r for d in decisions for r in d.recounts if self.platform_answers):
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

    # --- looking --------------------------------------------------------------------------------

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

    @property
    def said(self) -> list[tuple[Notice, Card]]:
        """All that was said in the place or in private, oldest first."""
        return list(self.posted.values())

    def private(self, who: str) -> list[Card]:
        """The direct messages one person has had, oldest first."""
        return [c for n, c in self.posted.values() if n.where is Where.DIRECT and n.to == who]

    def public(self) -> list[Card]:
        """What was said in the place or its thread, oldest first."""
        return [c for n, c in self.posted.values() if n.where is not Where.DIRECT]

    def cards(self, who: str = "") -> list[Card]:
        """Every card this person can see: the last private answer, the place newest first, mail."""
        at = self.room.live.at if self.room.live is not None else None
        last = self.answers.get(who, [])[-1:]
        answers = [a for a in last if isinstance(a, Card) and a.step in (None, at)]
        place = [p.card for p in reversed(posts.posts(self.session))] if self.room.session else []
        return [*answers, *place, *reversed(self.private(who)), *reversed(self.public())]

    def card(self, title: str, who: str = "") -> Card:
        """The newest card this person sees with that in its title."""
        found = [c for c in self.cards(who) if title in c.title]
        assert found, f"no {title!r} among {[c.title for c in self.cards(who)]}"
        return found[0]

    def shows(self, title: str, who: str = "") -> bool:
        """Whether this person sees a card with that in its title."""
        return any(title in card.title for card in self.cards(who))

    def newest(self, label: str, who: str = "") -> Card:
        """The newest card this person sees with that button."""
        found = [c for c in self.cards(who) if label in labels(c)]
        assert found, f"{who} sees no [{label}], but {[labels(c) for c in self.cards(who)]}"
        return found[0]

    def current(self) -> Card:
        """The current phase's card."""
        slot = self.session.ballot_slot
        return next(p.card for p in posts.posts(self.session) if p.notice.slot == slot)

    def sees(self, who: str, label: str) -> bool:
        """Whether this person sees a button of that label anywhere."""
        return any(label in labels(card) for card in self.cards(who))

    def button(self, who: str, label: str) -> Pressed:
        """What pressing the newest button of that label is."""
        return pressing(label, self.newest(label, who))

    def told(self, who: str) -> str:
        """The last thing this person alone was told, as text."""
        answer = self.answers[who][-1]
        return answer if isinstance(answer, str) else words_of(answer)

    def form_told(self, who: str) -> Form:
        """The form this person was answered with."""
        answer = self.answers[who][-1]
        assert isinstance(answer, Form)
        return answer

    def more(self, who: str) -> frozenset[str]:
        """The labels under `More` for this person."""
        return frozenset(
            labels(self.do(who, Pressed("more", self.session.id, self.session.at)).card)
        )

    def text(self, who: str = "") -> str:
        """Everything this person can read, as one text."""
        return "\n".join(words_of(card) for card in self.cards(who))


@cache
def _played_to(phase: str, names: str, words: tuple[tuple[str, str], ...]) -> Stage:
    """Played once for all stories that begin there."""
    play = Stage.just_begun(names, now=EVENING, **dict(words))
    play.go_on_to(phase)
    return play


def _state(room: Room, command: Command) -> Session | SetState | None:
    if isinstance(command, OpenSession):
        return None
    return room.session if isinstance(command, InSession) else room.set


def _after(room: Room, decision: Decision) -> Room:
    if isinstance(decision.state, SetState):
        return replace(room, set=decision.state)
    return replace(room, session=decision.state) if decision.state is not None else room


def _key(room: Room, due: Deadline) -> tuple[object, ...]:
    session = room.session.id if room.session is not None and due.step is not None else ""
    return (session, due.what, due.subject, due.step, due.at)
