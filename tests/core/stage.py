"""A stage for sets and their meetings: people press the buttons they see, time moves by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from bot.core.cards import Card, Form
from bot.core.decision import Refusal
from bot.core.input import forms_opened
from bot.core.signals import Pressed, Reached, Reacted, Signal, Submitted, Typed
from tests.core.reading import pressing
from tests.core.road import EVENING, LONDON, Heard
from tests.core.seen import Seen

CAST = ("ana", "ben", "chidi", "dana", "eve")
SIX = f"{' '.join(CAST)} farid"
EIGHT = f"{SIX} gwen hana"


@dataclass
class Stage(Seen):
    """A place, the set and the meeting in it, played the way the shell plays it."""

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
        """On by the facilitator, whether people have finished or not, to that phase."""
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
        """The holder presses it; where the bot facilitates, as many as it takes."""
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
        """On from a part that nobody does anything in: by the facilitator, else by itself."""
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
        """A form filled in; fields that are not given keep their value."""
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

    def reach(self, who: str, *, ok: bool) -> Heard:
        """The platform says whether a direct message got through."""
        return self.do("clock", Reached(who, ok))


@cache
def _played_to(phase: str, names: str, words: tuple[tuple[str, str], ...]) -> Stage:
    """Played once for all stories that begin there."""
    play = Stage.just_begun(names, now=EVENING, **dict(words))
    play.go_on_to(phase)
    return play
