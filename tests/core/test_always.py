"""What always holds, whatever people do, in whatever order, however late and however often."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.core import command as command_kinds
from bot.core import engine, exchange
from bot.core.cards import Card, Form
from bot.core.decision import Decision, Refusal
from bot.core.input import forms_opened, understanding
from bot.core.learning_set import commands as set_commands
from bot.core.meeting import commands as meeting_commands
from bot.core.meeting import course
from bot.core.meeting import posts as meeting_posts
from bot.core.meeting.formats import FORMATS, PHASES
from bot.core.meeting.session import FORM_GRACE, Session
from bot.core.preferences import Preferences
from bot.core.signals import Change, Pressed, Rang, Reacted, Submitted, Typed, WasAway
from bot.core.verbs import VERBS
from bot.core.wording import COMING, DIGITS, LONGER, READY
from tests.core.reading import pressed, size_of, wall
from tests.core.stage import EIGHT, Stage
from tests.core.test_cards import brief

PEOPLE = (*EIGHT.split(), "zoe")
AFTER_THE_VOTE = ("present", "clarify", "explore", "reflect", "action_plan", "break")

people = st.sampled_from(PEOPLE)
emoji = st.sampled_from((*DIGITS[:4], COMING, READY, LONGER, "🎉"))
words = st.sampled_from(
    ("A word.", "x" * 300, "y" * 2001, "", " ", "\u202e\u200b", "<!channel>", "2")
)
dates = st.sampled_from(("", "2027-04-01", "2020-01-01", "2999-01-01", "soon", "2027-03-28T01:30"))
steps = st.one_of(st.none(), st.integers(-3, 40))
numbers = st.one_of(st.integers(-2, 12), st.sampled_from((10**9, -(10**9))))
walls = st.sampled_from((None, wall("2027-05-01T18:00"), wall("0001-01-02T00:00")))

BEGINNINGS = ("arrive", "bids", "choose", "present", "explore", "reflect", "action_plan", "close")

FILLED: dict[str, st.SearchStrategy[Any]] = {
    "who": people,
    "step": steps,
    "to": st.sampled_from(("", "close", "choose", "reflect", "bids", "nowhere")),
    "minutes": numbers,
    "seconds": numbers,
    "bid": numbers,
    "number": numbers,
    "replaces": st.one_of(st.none(), numbers),
    "part": numbers,
    "urgency": numbers,
    "pulse": st.one_of(st.none(), numbers),
    "sure": st.booleans(),
    "on": st.sampled_from((None, True, False)),
    "mark": st.booleans(),
    "by_button": st.booleans(),
    "passed": st.booleans(),
    "none": st.booleans(),
    "wish": st.sampled_from(("next", "longer", "nonsense")),
    "outcome": st.sampled_from(("park", "answered", "next_question", "done", "partly", "?")),
    "visibility": st.sampled_from(("set", "me", "everyone")),
    "how": st.sampled_from(("stop", "snooze", "meant", "?")),
    "due": walls,
    "preferences": st.sampled_from(
        (None, Preferences(), Preferences("Europe/Paris", direct_off=True))
    ),
    "change": st.sampled_from(Change),
    "others": st.sampled_from(((), (("zoe", "Zoe"),))),
}
"""How the fields of commands are filled with sense and nonsense; others take words."""

INTERNAL = {
    meeting_commands.OpenSession,
    exchange.CloseSession,
    meeting_commands.Arrive,
    exchange.ReportHeard,
    exchange.MeetNext,
    set_commands.CreateSet,
}
"""Commands that only follow from others, and the one that founds a set."""

CLOCKS = {
    meeting_commands.ClockSpeaks,
    set_commands.SetClockSpeaks,
    meeting_commands.CountVotes,
    set_commands.ReachedPerson,
    meeting_commands.NoteOutage,
}
KINDS = {
    command_kinds.Command,
    command_kinds.InSession,
    command_kinds.Contribution,
    command_kinds.ToSet,
    command_kinds.ForPerson,
}
COMMANDS = {
    kind
    for kind in vars(meeting_commands).values()
    if isinstance(kind, type) and issubclass(kind, command_kinds.Command)
}
BY_PEOPLE = sorted(COMMANDS - KINDS - INTERNAL - CLOCKS, key=lambda command: command.__name__)


@st.composite
def any_command(draw: st.DrawFn) -> command_kinds.Command:
    """Any command a person can give, with sense and nonsense in it."""
    kind = draw(st.sampled_from(BY_PEOPLE))
    filled = {
        field.name: draw(FILLED[field.name] if field.name in FILLED else _by_type(str(field.type)))
        for field in fields(kind)
    }
    return kind(**filled)


def _by_type(declared: str) -> st.SearchStrategy[Any]:
    if declared == "bool":
        return st.booleans()
    if declared == "int":
        return numbers
    if declared == "datetime":
        return walls.filter(lambda found: found is not None)
    return words


class AMeeting(RuleBasedStateMachine):
    """A set, its meetings, nine people (one of them a stranger), and a clock."""

    play: Stage
    shown: dict[str, Card]
    old: list[Pressed]
    forms: list[Form]
    counted: list[tuple[str, Reacted]]

    @initialize(
        key=st.sampled_from(tuple(FORMATS)),
        facilitation=st.sampled_from(("led", "rotating", "bot-held")),
        here=st.integers(0, 8),
        begun=st.sampled_from(BEGINNINGS),
        answers=st.booleans(),
    )
    def founded(self, key: str, facilitation: str, here: int, begun: str, answers: bool) -> None:
        """A meeting at its door, or well under way."""
        if begun == "arrive" or here < 4:
            self.play = Stage.started("ana", format=key, facilitation=facilitation)
            for who in PEOPLE[:here]:
                self.play.arrive(who)
        else:
            names = " ".join(PEOPLE[:here])
            self.play = Stage.at(begun, names, format=key, facilitation=facilitation)
        self.play.platform_answers = answers
        self.shown, self.old, self.forms, self.counted = {}, [], [], []
        self._look(None)

    # --- what happens ---------------------------------------------------------------------------

    @rule(data=st.data(), who=people)
    def somebody_presses_what_they_see(self, data: st.DataObject, who: str) -> None:
        signals = [pressed(card, b) for card in self.play.cards(who) for b in card.buttons()]
        if signals:
            self._press(who, data.draw(st.sampled_from(signals)))

    @rule(data=st.data(), who=people)
    @precondition(lambda self: self.old)
    def somebody_presses_an_old_button(self, data: st.DataObject, who: str) -> None:
        self._press(who, data.draw(st.sampled_from(self.old)))

    @rule(data=st.data(), who=people, said=st.lists(words, min_size=5, max_size=5), date=dates)
    @precondition(lambda self: self.forms)
    def somebody_hands_in_a_form(
        self, data: st.DataObject, who: str, said: list[str], date: str
    ) -> None:
        form = data.draw(st.sampled_from(self.forms))
        typed = zip(form.fields, said, strict=False)
        fields = tuple((f.key, date if f.key == "due" else _typed(f.key, w)) for f, w in typed)
        self._bring(who, Submitted(form.key, fields, form.subject, form.step, form.value))

    @rule(who=people, mark=emoji, on=st.booleans(), board=st.booleans())
    def somebody_reacts(self, who: str, mark: str, on: bool, board: bool) -> None:
        slot = self.play.session.slot("board") if board else self.play.session.ballot_slot
        marks = self.play.reactions.setdefault(slot, set())
        (marks.add if on else marks.discard)((who, mark))
        signal = Reacted(slot, mark, on)
        self._bring(who, signal)
        self._comes_again(who, signal)
        self.counted = [(w, s) for w, s in self.counted if (w, s.emoji) != (who, mark)]
        if on and not self.play.code and mark in (*DIGITS, LONGER):
            self.counted.append((who, signal))

    @rule(data=st.data())
    @precondition(lambda self: self.counted)
    def a_mark_that_has_counted_is_delivered_late(self, data: st.DataObject) -> None:
        self._comes_again(*data.draw(st.sampled_from(self.counted)))

    @rule(who=people, verb=st.sampled_from(VERBS), option=words)
    def somebody_types(self, who: str, verb: Any, option: str) -> None:
        options = tuple((o.name, option) for o in verb.options)
        self._press(who, Typed(verb.name, options))

    @rule(who=people, action=words, value=words, step=steps)
    def somebody_sends_nonsense(self, who: str, action: str, value: str, step: int | None) -> None:
        self._bring(who, Pressed(action, "", step, value))

    @rule(command=any_command())
    def somebody_wants_something(self, command: command_kinds.Command) -> None:
        self._decide(command)

    @rule()
    def those_who_may_move_on(self) -> None:
        at = self.play.session.at
        for who in self.play.here:
            if self.play.room.live is not None and self.play.session.at == at:
                self._decide(meeting_commands.Next(who=who, step=at))

    @rule()
    @precondition(lambda self: self.play.phase == "bids")
    def some_offer_an_issue(self) -> None:
        for who in self.play.here[:4]:
            self._decide(meeting_commands.OfferIssue(who=who, title=f"The issue of {who}"))

    @rule(complete=st.booleans())
    def the_platform_counts(self, complete: bool) -> None:
        before = self.play.session
        self.play.recount(complete=complete)
        self._look(before)

    @rule(seconds=st.sampled_from((0, 1, 20, 60, 300, 1800)))
    def time_goes_by(self, seconds: int) -> None:
        until = self.play.now + timedelta(seconds=seconds)
        while (due := self.play.next_deadline()) is not None and due.at <= until:
            self.play.now = max(self.play.now, due.at)
            before = self.play.session
            self.play.ring(due)
            assert due.step is None or due not in engine.deadlines(self.play.session), due
            self._look(before)
            self._comes_again("clock", Rang(due.what, due.subject, due.step, due.at))
        self.play.now = until

    @rule(minutes=st.sampled_from((10, 60, 60 * 24 * 50)))
    def the_machine_sleeps(self, minutes: int) -> None:
        """Deadlines ring late, one after the other."""
        self.play.now += timedelta(minutes=minutes)
        self.time_goes_by(0)

    @rule(minutes=st.sampled_from((2, 59, 61, 60 * 24 * 50)))
    def the_bot_is_away(self, minutes: int) -> None:
        """Back again, it is told since when before anything rings."""
        gone = WasAway(self.play.now)
        self.play.now += timedelta(minutes=minutes)
        self._bring("clock", gone)
        self._comes_again("clock", gone)
        self.time_goes_by(0)

    # --- how it is done, and what is held against it ----------------------------------------------

    def _press(self, who: str, signal: Pressed | Typed) -> None:
        opened = forms_opened.form(self.play.room, self.play.caller(who), signal)
        if isinstance(opened, Form):
            self.forms.append(opened)
        if isinstance(opened, Refusal):
            assert brief(opened.sentence), opened
        elif opened is None or opened.counts:
            self._bring(who, signal)

    def _bring(self, who: str, signal: Any) -> None:
        command = understanding.understand(self.play.room, self.play.caller(who), signal)
        if isinstance(command, Refusal):
            assert not command.sentence or brief(command.sentence), command
        else:
            self._decide(command)

    def _decide(self, command: command_kinds.Command) -> None:
        before = self.play.room
        self.play.decide(command)
        if self.play.code:
            assert self.play.room is before, "a refused command has changed something"
            assert not self.play.sentence or brief(self.play.sentence), self.play.refusal
            return
        if isinstance(command, command_kinds.Contribution) and before.session is not None:
            assert _might_speak(before.session, command, self.play.now)
        if before.set is not None:
            self._only_owners_touch_actions(before.set.actions, command.who)
        self._look(before.session)

    def _only_owners_touch_actions(self, before: tuple[Any, ...], who: str) -> None:
        touched = {a.owner for a in set(before) ^ set(self.play.set.actions)}
        assert touched <= {who}

    def _comes_again(self, who: str, signal: Any) -> None:
        """The same event once more: nothing changes."""
        room = self.play.room
        command = understanding.understand(room, self.play.caller(who), signal)
        if not isinstance(command, Refusal):
            state = room.session if isinstance(command, command_kinds.InSession) else room.set
            found = engine.decide(state, command, self.play.now)
            assert isinstance(found, Refusal) or found.state == state, (signal, command)

    def _look(self, before: Session | None) -> None:
        """The place as its readers have it, kept up by changes and deletions alone."""
        after = self.play.session
        if before is not None and before.id != after.id:
            before = None
        if before is None:
            self.shown = {}
        for slot in meeting_posts.gone(before, after):
            self.shown.pop(slot, None)
        for post in meeting_posts.changes(before, after):
            self.shown[post.notice.slot] = post.card
            self.old += [pressed(post.card, b) for b in post.card.buttons()]

    # --- what always holds ------------------------------------------------------------------------

    @invariant()
    def there_is_one_current_step_and_every_change_has_who_and_when(self) -> None:
        session = self.play.session
        assert session.log[-1].step == session.at
        assert all(move.by for move in session.log)
        assert [m.at for m in session.log] == sorted(m.at for m in session.log)
        assert session.live or (session.closed_at is not None and session.closed_by)

    @invariant()
    def nothing_is_explored_without_a_presenter(self) -> None:
        if self.play.phase in AFTER_THE_VOTE[:-1]:
            assert self.play.session.presenter is not None
        if self.play.phase in (*AFTER_THE_VOTE, "learning_review"):
            assert self.play.session.presenters

    @invariant()
    def a_meeting_that_runs_will_be_spoken_to(self) -> None:
        session = self.play.room.live
        if session is not None:
            due = engine.deadlines(session)
            assert due
            keys = [(d.what, d.subject, d.step, d.at) for d in due]
            assert len(keys) == len(set(keys))

    @invariant()
    def what_stands_there_is_what_was_sent(self) -> None:
        posts = meeting_posts.posts(self.play.session)
        slots = [post.notice.slot for post in posts]
        assert len(slots) == len(set(slots))
        assert {p.notice.slot: p.card for p in posts}.items() <= self.shown.items()

    @invariant()
    def every_card_fits_and_every_button_means_something(self) -> None:
        cards = [post.card for post in meeting_posts.posts(self.play.session)]
        for who in PEOPLE[:2]:
            cards += [a for a in self.play.answers.get(who, [])[-1:] if isinstance(a, Card)]
        for card in cards:
            assert size_of(card) <= 4000
            assert len(card.buttons()) <= 25
        for card in cards[: len(meeting_posts.posts(self.play.session))]:
            for button in card.buttons():
                assert self._is_understood(pressed(card, button)), button

    def _is_understood(self, signal: Pressed) -> bool:
        caller = self.play.caller(self.play.presenter or "ana")
        if forms_opened.form(self.play.room, caller, signal) is not None:
            return True
        meant = understanding.understand(self.play.room, caller, signal)
        return not isinstance(meant, Refusal) or meant.code not in ("wrong_phase", "old")

    @invariant()
    def a_pause_takes_no_time_away(self) -> None:
        clock = self.play.session.clock
        length = timedelta(seconds=clock.seconds + clock.extra)
        assert clock.ends_at - clock.began_at - clock.stood == length
        assert clock.stood >= timedelta(0)


def _typed(key: str, word: str) -> str:
    return {"urgency": "3", "pulse": "4", "visibility": "set", "zone": "UTC"}.get(key, word)


def _might_speak(before: Session, command: command_kinds.Contribution, now: datetime) -> bool:
    """Whether that was the author's to hand in: in the current step, or one left a minute ago."""
    at = before.at if command.step is None else command.step
    left = course.left_at(before, at)
    in_time = at == before.at or (left is not None and now - left <= FORM_GRACE)
    known = before.who(command.who) is not None
    return in_time and known and PHASES[before.plan[at].phase].may_speak(before, at, command.who)


def test_a_decision_never_changes_what_it_was_given():
    """Frozen all the way down: states, commands and cards are hashable values."""
    play = Stage.at("explore")
    before = replace(play.session)
    found = engine.decide(
        play.session, meeting_commands.Next(who="ana", step=play.session.at), play.now
    )

    assert isinstance(found, Decision)
    assert play.session == before


TestAMeeting = AMeeting.TestCase
