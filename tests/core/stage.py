"""A stage for meetings in words: people press the buttons they see, and time moves by hand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from bot.core import engine, notice_cards
from bot.core.cards import (
    Block,
    Button,
    Card,
    Fields,
    Form,
    Image,
    Option,
    Options,
    People,
    Quote,
    Text,
    Until,
)
from bot.core.command import InSession
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
    Reacted,
    Recounted,
    Signal,
    Submitted,
    Typed,
    WasAway,
)

EVENING = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)
SIX = "ana ben chidi dana eve farid"
EIGHT = f"{SIX} gwen hana"
LONDON = "Europe/London"


@dataclass
class Meeting:
    """A set in its place, played the way the shell plays it: by signals, one decision at a time."""

    now: datetime = EVENING
    room: Room = field(default_factory=lambda: Room(place="#aurora"))
    zones: dict[str, str] = field(default_factory=dict)
    answers: dict[str, list[Card | Form | str]] = field(default_factory=dict)
    mail: dict[str, list[Card]] = field(default_factory=dict)
    prompts: list[Card] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    reactions: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    refusal: Refusal | None = None
    platform_answers: bool = True
    gestures: int = 0
    rung: set[tuple[object, ...]] = field(default_factory=set)
    said: set[str] = field(default_factory=set)

    # --- beginning ------------------------------------------------------------------------------

    @classmethod
    def founded(cls, by: str = "ana", *, now: datetime = EVENING, **words: str) -> Meeting:
        """A set that was founded by `/als start` and has its first board."""
        play = cls(now=now)
        wanted = {"name": "Aurora", "format": "90", "zone": LONDON, "facilitation": "led"}
        play.type_form(by, "start", **{**wanted, **words})
        return play

    @classmethod
    def with_people(cls, names: str = SIX, *, now: datetime = EVENING, **words: str) -> Meeting:
        """A first meeting with these people, who have arrived and stand at the check-in."""
        play = cls.founded(names.split()[0], now=now, **words)
        for name in names.split():
            play.arrive(name)
        return play

    @classmethod
    def at(cls, phase: str, names: str = SIX, **words: str) -> Meeting:
        """A meeting that has come to that phase in the usual way; Ben presents, if one does."""
        return _played_to(phase, names, tuple(words.items())).copy()

    def copy(self) -> Meeting:
        """The same moment once more, to be played on by itself."""
        return replace(
            self,
            zones=dict(self.zones),
            answers={who: list(told) for who, told in self.answers.items()},
            mail={who: list(cards) for who, cards in self.mail.items()},
            prompts=list(self.prompts),
            notices=list(self.notices),
            reactions={slot: set(marks) for slot, marks in self.reactions.items()},
            gone=list(self.gone),
            rung=set(self.rung),
            said=set(self.said),
        )

    @classmethod
    def before_second(cls, names: str = SIX, **words: str) -> Meeting:
        """A set whose first meeting is over, a minute before the door of its second one opens."""
        play = cls.at("close", names, **words)
        play.close()
        play.wait_for_next()
        return play

    @classmethod
    def at_second_door(cls, names: str = SIX, **words: str) -> Meeting:
        """The second meeting of a set, whose door has just opened, a quarter of an hour before."""
        play = cls.before_second(names, **words)
        play.pass_time(minutes=1)
        return play

    def wait_for_next(self) -> None:
        """Time passes until a minute before the next door opens."""
        opens_at = self.set.starts_at(self.set.planned()[0]) - timedelta(minutes=15)
        self.pass_time(seconds=(opens_at - self.now).total_seconds() - 60)

    def meet_again(self) -> None:
        """From wherever this meeting is to the check-in of the next one, with the same people."""
        names = self.here
        self.go_on_to("close")
        self.close()
        self.wait_for_next()
        self.pass_time(minutes=1)
        for who in names:
            self.arrive(who)
        self.pass_time(minutes=15)

    def close(self) -> None:
        """As many press `Close the meeting` as it takes."""
        self.move_on("Close the meeting")

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
            usual.get(self.phase, lambda: self.move_on("Next phase"))()
        raise AssertionError(f"never came to {phase}, stuck in {self.phase}")

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
        self.pass_time(seconds=20)

    def nobody_adds(self) -> None:
        for who in self.here:
            if who != self.presenter and self.phase == "reflect":
                self.press(who, "Nothing to add")

    def everyone_passes(self) -> None:
        for who in self.here:
            if self.phase == "learning_review":
                self.press(who, "Pass")

    # --- gestures -------------------------------------------------------------------------------

    def press(self, who: str, label: str) -> None:
        """Press the newest button of that label that this person sees. It opens no form."""
        pressed = self.button(who, label)
        opened = forms_opened.form(self.room, self.caller(who), pressed)
        assert not isinstance(opened, Form) or opened.counts, f"{label} opens {opened}"
        if isinstance(opened, Refusal):
            self.refusal = opened
        else:
            self.bring(who, pressed)

    def open(self, who: str, label: str) -> Form:
        """Press a button that opens a form, and look at it."""
        opened = forms_opened.form(self.room, self.caller(who), self.button(who, label))
        assert isinstance(opened, Form), f"{label} opens {opened}"
        return opened

    def cannot_open(self, who: str, label: str) -> Refusal:
        """Press a button whose form is not for this person now."""
        opened = forms_opened.form(self.room, self.caller(who), self.button(who, label))
        assert isinstance(opened, Refusal), f"{label} opens {opened}"
        return opened

    def fill(self, who: str, label: str, **words: str) -> None:
        """Press a button that opens a form and hand it in with these words."""
        pressed = self.button(who, label)
        form = self.open(who, label)
        if form.counts:
            self.bring(who, pressed)
        self.hand_in(who, form, **words)

    def hand_in(self, who: str, form: Form, **words: str) -> None:
        """Hand in a form that was opened some time ago."""
        unknown = set(words) - {f.key for f in form.fields}
        assert not unknown, f"{form.title} has no {unknown}"
        given = {f.key: words.get(f.key, f.value) for f in form.fields}
        fields = tuple(given.items())
        self.bring(who, Submitted(form.key, fields, form.subject, form.step, form.value))

    def type(self, who: str, verb: str, **options: str) -> None:
        """A slash command that opens no form."""
        typed = Typed(verb, tuple(options.items()))
        opened = forms_opened.form(self.room, self.caller(who), typed)
        if isinstance(opened, Refusal):
            self.refusal = opened
        else:
            assert opened is None, f"/als {verb} opens {opened}"
            self.bring(who, typed)

    def open_by(self, who: str, signal: Signal) -> Form:
        """The form that a command or press opens."""
        form = forms_opened.form(self.room, self.caller(who), signal)
        assert isinstance(form, Form), f"{signal} opens {form}"
        return form

    def type_form(self, who: str, verb: str, **words: str) -> None:
        """A slash command that opens a form, handed in with these words."""
        self.hand_in(who, self.open_by(who, Typed(verb)), **words)

    def react(self, who: str, emoji: str, *, on: bool = True, slot: str = "") -> None:
        """A reaction on the current card (or another slot), put on or taken off."""
        where = slot or self.session.ballot_slot
        marks = self.reactions.setdefault(where, set())
        (marks.add if on else marks.discard)((who, emoji))
        self.bring(who, Reacted(where, emoji, on))

    def recount(self, votes: set[tuple[str, str]] | None = None, *, complete: bool = True) -> None:
        """The platform's word on the reactions of the current card."""
        slot = self.session.ballot_slot
        known = self.reactions.get(slot, set()) if votes is None else votes
        self.bring("clock", Recounted(slot, frozenset(known), complete))

    def bring(self, who: str, signal: Signal) -> None:
        """One signal down the road: understood, decided with all that follows, or refused."""
        self.gestures += 1
        if isinstance(signal, Pressed | Submitted | Typed | Rang):
            signal = replace(signal, fresh=signal.fresh or f"fresh-{self.gestures}")
        self.refusal = None
        command = understanding.understand(self.room, self.caller(who), signal)
        if isinstance(command, Refusal):
            self.refusal = command
        else:
            self.decide(command)

    def decide(self, command: Any) -> None:
        """A command and all that follow from it: everything happens, or nothing."""
        if isinstance(command, AskHelp):
            card = engine.help_for(self.room, command.who, (), self.now)
            self.answers.setdefault(command.who, []).append(card)
            return
        room, waiting = self.room, [command]
        decisions: list[Decision] = []
        for _ in range(20):
            if not waiting:
                break
            decision = engine.decide(_state(room, waiting[0]), waiting[0], self.now)
            if isinstance(decision, Refusal):
                self.refusal = decision
                return
            room = _after(room, decision)
            decisions.append(decision)
            waiting = [*decision.then, *waiting[1:]]
        assert not waiting, "a decision leads to ever more commands"
        before, self.room = self.room, room
        self._say(before, decisions, command.who)

    def _say(self, before: Room, decisions: list[Decision], who: str) -> None:
        if self.room.session is not None:
            same = before.session is not None and before.session.id == self.room.session.id
            self.gone += posts.gone(before.session if same else None, self.room.session)
        for decision in decisions:
            self.notices += decision.notices
            for notice in decision.notices:
                self._send(notice)
            if decision.answer is not None:
                self.answers.setdefault(who, []).append(decision.answer)
            if decision.recounts and self.platform_answers:
                self.recount()

    def _send(self, notice: Notice) -> None:
        """Said once in its slot, as the shell does; drawn from what is true now."""
        card = notice_cards.draw(self.room, notice)
        if notice.slot in self.said:
            return
        self.said.add(notice.slot)
        if card is not None and notice.where is Where.DIRECT:
            self.mail.setdefault(notice.to or "", []).append(card)
        elif card is not None:
            self.prompts.append(card)

    # --- time -----------------------------------------------------------------------------------

    def pass_time(self, *, minutes: float = 0, seconds: float = 0, days: float = 0) -> None:
        """Time goes by; every deadline on the way rings once, at its moment."""
        until = self.now + timedelta(minutes=minutes, seconds=seconds, days=days)
        while (due := self.next_deadline()) is not None and due.at <= until:
            self.now = max(self.now, due.at)
            self.ring(due)
        self.now = until

    def away(self, *, minutes: float = 0, days: float = 0) -> None:
        """The bot is gone for so long; back again, it is told since when, and rings what is due."""
        since = self.now
        self.now += timedelta(minutes=minutes, days=days)
        self.bring("clock", WasAway(since))
        self.pass_time()

    def ring(self, due: Deadline) -> None:
        """That deadline rings, perhaps not for the first time."""
        self.rung.add(_key(self.room, due))
        self.bring("clock", Rang(due.what, due.subject, due.step, due.at))

    def next_deadline(self) -> Deadline | None:
        """The next deadline that has not rung yet."""
        waiting = [d for d in self.deadlines() if _key(self.room, d) not in self.rung]
        return min(waiting, key=lambda d: d.at, default=None)

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
        assert self.room.session is not None
        return self.room.session

    @property
    def set(self) -> SetState:
        assert self.room.set is not None
        return self.room.set

    def member(self, who: str) -> Member:
        found = self.set.member(who)
        assert found is not None
        return found

    def draft(self, who: str) -> str:
        """The issue this person keeps for the next meeting, if any."""
        found = self.set.draft_of(who)
        return found.title if found is not None else ""

    @property
    def phase(self) -> str:
        return self.session.step.phase if self.session.live else "over"

    @property
    def code(self) -> str:
        """Why the last gesture was refused, in a word; empty where it was taken."""
        return self.refusal.code if self.refusal is not None else ""

    @property
    def sentence(self) -> str:
        """What the last gesture was answered with, where it was refused."""
        return self.refusal.sentence if self.refusal is not None else ""

    @property
    def field(self) -> str:
        """Which field of a form was refused."""
        return self.refusal.field if self.refusal is not None else ""

    @property
    def here(self) -> tuple[str, ...]:
        return tuple(p.person for p in self.session.here)

    @property
    def presenter(self) -> str:
        return self.session.presenter or ""

    @property
    def holder(self) -> str:
        return self.session.holder

    @property
    def visited(self) -> list[str]:
        """The phases that were entered, in order."""
        return [self.session.plan[move.step].phase for move in self.session.log]

    def caller(self, who: str) -> Caller:
        return Caller(who, who.capitalize(), self.zones.get(who, LONDON))

    def cards(self, who: str = "") -> list[Card]:
        """Every card this person can see: the last private answer, the place newest first, mail."""
        at = self.room.live.at if self.room.live is not None else None
        last = self.answers.get(who, [])[-1:]
        answers = [a for a in last if isinstance(a, Card) and a.step in (None, at)]
        place = [p.card for p in reversed(posts.posts(self.session))] if self.room.session else []
        return [*answers, *place, *reversed(self.mail.get(who, [])), *reversed(self.prompts)]

    def card(self, title: str, who: str = "") -> Card:
        """The newest card this person sees with that in its title."""
        found = [c for c in self.cards(who) if title in c.title]
        assert found, f"no {title!r} among {[c.title for c in self.cards(who)]}"
        return found[0]

    def shows(self, title: str, who: str = "") -> bool:
        """Whether this person sees a card with that in its title."""
        return any(title in card.title for card in self.cards(who))

    def form_told(self, who: str) -> Form:
        """The form this person was answered with."""
        answer = self.answers[who][-1]
        assert isinstance(answer, Form)
        return answer

    def next_due(self) -> Deadline:
        """The next deadline that has not rung yet; there is one."""
        due = self.next_deadline()
        assert due is not None
        return due

    def current(self) -> Card:
        """The current phase's card."""
        slot = self.session.ballot_slot
        return next(p.card for p in posts.posts(self.session) if p.notice.slot == slot)

    def sees(self, who: str, label: str) -> bool:
        """Whether this person sees a button of that label anywhere."""
        return any(b.label == label for card in self.cards(who) for b in card.buttons())

    def button(self, who: str, label: str) -> Pressed:
        """What pressing the newest button of that label is."""
        for card in self.cards(who):
            for button in card.buttons():
                if button.label == label:
                    return pressed(card, button)
        labels = [[b.label for b in c.buttons()] for c in self.cards(who)]
        raise AssertionError(f"{who} sees no [{label}], but {labels}")

    def told(self, who: str) -> str:
        """The last thing this person alone was told, as text."""
        answer = self.answers[who][-1]
        return answer if isinstance(answer, str) else words_of(answer)

    def more(self, who: str) -> frozenset[str]:
        """The labels under `More` for this person."""
        self.bring(who, Pressed("more", self.session.id, self.session.at))
        answer = self.answers[who][-1]
        assert isinstance(answer, Card)
        return frozenset(b.label for b in answer.buttons())

    def text(self, who: str = "") -> str:
        """Everything this person can read, as one text."""
        return "\n".join(words_of(card) for card in self.cards(who))


@cache
def _played_to(phase: str, names: str, words: tuple[tuple[str, str], ...]) -> Meeting:
    """Played once for all stories that begin there."""
    play = Meeting.with_people(names, now=EVENING, **dict(words))
    play.go_on_to(phase)
    return play


def wall(local: str) -> datetime:
    """A local time, which knows no zone: `2027-04-12T18:00`."""
    return datetime.fromisoformat(local)


def pressed(card: Card, button: Button) -> Pressed:
    """The signal of pressing a button on a card."""
    subject = card.subject if button.subject is None else button.subject
    return Pressed(button.action, subject, card.step, button.value)


def words_of(shown: Card | Form) -> str:
    """All the words of a card or a form, without its buttons."""
    if isinstance(shown, Form):
        return " ".join((shown.title, shown.intro, *(f.label for f in shown.fields)))
    return "\n".join((shown.title, *(words for block in shown.blocks for words in _words(block))))


def size_of(card: Card) -> int:
    """How many characters a card has, its buttons included."""
    return len(words_of(card)) + sum(len(b.label) for b in card.buttons())


def _words(block: Block) -> tuple[str, ...]:
    match block:
        case Text(text=text):
            return (text,)
        case Fields(rows=rows):
            return tuple(word for row in rows for word in row)
        case People(label=label, names=names):
            return (label, *names)
        case Quote(words=words, by=by):
            return (words, by)
        case Until(label=label):
            return (label,)
        case Options(options=options):
            return tuple(word for o in options for word in _of_option(o))
        case Image(alt=alt):
            return (alt,)
        case _:
            return ()


def _of_option(option: Option) -> tuple[str, ...]:
    return (option.emoji, option.label, option.detail)


def _state(room: Room, command: Any) -> Session | SetState | None:
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
