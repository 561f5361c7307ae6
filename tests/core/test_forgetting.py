"""Forgetting: whatever was said and done, nothing of the forgotten is left, and the others go on."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as Runs
from hypothesis import strategies as st

from bot.core import commands as c
from bot.core import engine, privacy
from bot.core.cards import PersonId
from bot.core.forgetting import without_in
from bot.core.formats import FORMATS, PHASES
from bot.core.phases.ballot import Ballot, Bids, bids_on_table, places, tally
from bot.core.phases.belongings import holds_people
from bot.core.phases.phase import Phase, Speaks
from bot.core.phases.sample import meeting_at
from bot.core.room import Room
from bot.core.session import BOT, CLOCK, FORMER, Decision, Presence, Refusal, Session
from tests.core.stage import EIGHT, SIX, Meeting

# --- whatever is said, by whomever ----------------------------------------------------------------

WORDS = st.integers(1, 99)
STEPS_ON = 60
"""More moves than any format has steps."""


def canary(who: str, number: int) -> str:
    """Words that stand nowhere else, and say whose they are."""
    return f"Canary{number}Of{who.capitalize()}Xq"


@dataclass
class Heard:
    """What the bot took from whom."""

    said: dict[str, set[str]]

    def of(self, who: str) -> set[str]:
        return self.said.get(who, set())


GIVEN = (*c.Contribution.__subclasses__(), c.CastVote)
"""Everything that a person can give to a phase: what a new phase takes is among them."""

FILLED: dict[str, st.SearchStrategy[Any]] = {
    "step": st.none(),
    "bid": st.integers(1, 5),
    "number": st.integers(1, 4),
    "on": st.sampled_from((True, True, False)),
    "by_button": st.booleans(),
    "passed": st.booleans(),
    "none": st.booleans(),
    "replaces": st.sampled_from((None, None, 1, 2)),
    "urgency": st.integers(1, 3),
    "pulse": st.sampled_from((None, 3, 5)),
    "due": st.none(),
    "visibility": st.sampled_from(("set", "me")),
    "outcome": st.sampled_from(("answered", "park", "pass_question")),
    "action": st.uuids().map(str),
}
"""How the fields of what is given are filled; all others take words."""


def fits(play: Meeting, kind: type[c.InSession], who: str) -> bool:
    """Whether the phase that runs takes that kind of thing from this person."""
    step = {f.name: _plain(f.name) for f in fields(kind)} | {"who": who}
    found = engine.decide(play.session, kind(**step), play.now)
    return not isinstance(found, Refusal) or found.code not in ("wrong_phase", "out_of_turn")


def _plain(name: str) -> Any:
    nothing = dict.fromkeys(("step", "due", "replaces", "pulse"))
    return {**nothing, "bid": 1, "number": 1, "urgency": 1}.get(name, "word")


def give(play: Meeting, data: st.DataObject, heard: Heard) -> None:
    """Somebody gives something that the phase takes; if it was taken, it is heard."""
    if not play.session.live:
        return
    who = data.draw(st.sampled_from([p.person for p in play.session.people]))
    kinds = [kind for kind in GIVEN if fits(play, kind, who)]
    if not kinds:
        return
    kind = data.draw(st.sampled_from(kinds))
    words = WORDS.map(lambda number: canary(who, number))
    given = {f.name: data.draw(FILLED.get(f.name, words)) for f in fields(kind)}
    play.refusal = None
    play.decide(kind(**{**given, "who": who}))
    taken = {word for word in given.values() if str(word).startswith("Canary")}
    if not play.code:
        heard.said.setdefault(who, set()).update(w for w in taken if w in repr(play.room))


def count(play: Meeting, data: st.DataObject) -> None:
    """The platform tells which reactions it has, some of them never seen arriving."""
    voters = st.tuples(st.sampled_from(SIX.split()), st.integers(1, 5))
    votes = data.draw(st.frozensets(voters, max_size=4))
    play.decide(c.CountVotes(who=CLOCK, votes=votes, complete=data.draw(st.booleans())))


def report(play: Meeting, data: st.DataObject, heard: Heard) -> None:
    """Somebody who owes a word says what happened."""
    for owed in play.session.owed[:1]:
        words = canary(owed.owner, data.draw(WORDS))
        play.decide(c.ReportHeard(who=owed.owner, action=owed.action, told=True, words=words))
        if words in repr(play.session):
            heard.said.setdefault(owed.owner, set()).add(words)


def tidy_up(play: Meeting) -> None:
    """One step on, however: by whoever holds it, by all together, or by the clock."""
    at, session = play.session.at, play.session
    for who in play.here if session.live else ():
        if play.session.live and play.session.at == at:
            play.refusal = None
            play.decide(c.Next(who=who, step=at))
    if play.session.live and play.session.at == at and session.log == play.session.log:
        play.pass_time(minutes=40)


def as_usual(play: Meeting) -> None:
    """One step on, with issues offered and voted on where that is the step."""
    if play.phase == "bids" and not play.session.memory(Bids).offers:
        play.usual_bids()
    elif play.phase == "choose":
        play.vote({who: "2️⃣" if who == "ben" else "1️⃣" for who in play.here})
    else:
        tidy_up(play)


@pytest.mark.parametrize("phase", [key for key in PHASES if key != "arrive"])
@settings(
    max_examples=40,
    phases=(Runs.explicit, Runs.reuse, Runs.generate),  # a story this long shrinks for minutes
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_whatever_was_said_nothing_of_the_forgotten_is_left_and_the_meeting_goes_on(phase, data):
    """Given a meeting full of words, when one is forgotten, then nothing of them is anywhere."""
    formats = [f.key for f in FORMATS.values() if phase in (s.phase for s in f.steps())]
    how = data.draw(st.sampled_from(("led", "rotating", "bot-held")))
    play = Meeting.with_people(SIX, format=data.draw(st.sampled_from(formats)), facilitation=how)
    heard = Heard({})
    if phase == "action_report" or data.draw(st.integers(1, 4)) == 1:
        promise_and_meet_again(play, data, heard)
    while play.session.live and play.phase not in (phase, "close"):
        for _ in range(data.draw(st.integers(0, 2))):
            give(play, data, heard)
        as_usual(play)
    for _ in range(data.draw(st.integers(1, 12))):
        give(play, data, heard)
        if play.phase == "action_report":
            report(play, data, heard)
        if play.phase == "choose":
            count(play, data)
    if data.draw(st.booleans()):
        tidy_up(play)
    who = data.draw(st.sampled_from(SIX.split()))

    own = " ".join(words for _, words in privacy.mine(play.room, who).words)
    before = play.room
    play.room = forgotten(play.room, who, play)

    for words in kept_by(before, who) & heard.of(who):
        assert words in own, "what was theirs is in what they take along"
    assert not re.findall(rf"Of(?!{who.capitalize()})\w+Xq", own), "and nobody else's words are"
    nothing_left(play.room, who)
    tally_is_that_of_the_others(before.session, play.session, who)
    goes_on_to_its_end(play, who)


def promise_and_meet_again(play: Meeting, data: st.DataObject, heard: Heard) -> None:
    """Some keep an action that they owe a word on in the second meeting."""
    for who in ("ben", "eve"):
        words = canary(who, data.draw(WORDS))
        play.decide(c.KeepAction(who=who, action=f"of-{words}", what=words, due=None))
        heard.said.setdefault(who, set()).add(words)
    play.meet_again()


def kept_by(room: Room, who: str) -> set[str]:
    """The words of this person that the set or the meeting remembers now."""
    found = re.findall(rf"Canary\d+Of{who.capitalize()}Xq", repr(room))
    return set(found)


def forgotten(room: Room, who: str, play: Meeting) -> Room:
    """The room as the store keeps it once somebody is forgotten."""
    assert room.set is not None
    assert room.session is not None
    return Room(privacy.without(room.set, who), without_in(room.session, who, play.now), room.place)


def nothing_left(room: Room, who: str) -> None:
    """No id, no name and no word: not in the meeting, not in the set, on no card, in no slot."""
    assert room.session is not None
    shown = [repr(room.set), repr(room.session), repr(engine.posts(room.session))]
    shown += [repr(d) for d in engine.deadlines(room.session)]
    for reader in room.session.people:
        shown.append(repr(engine.decide(room.session, c.ShowReport(who=reader.person), NEVER)))
        shown.append(repr(engine.decide(room.session, c.ShowMore(who=reader.person), NEVER)))
    for text in shown:
        left = re.findall(rf"\b{who}\b|Of{who.capitalize()}Xq", text, re.IGNORECASE)
        assert not left, text


NEVER = Meeting().now


def tally_is_that_of_the_others(before: Session | None, after: Session, who: str) -> None:
    """The vote counts as if they had not voted nor offered an issue: nobody else's vote is lost."""
    assert before is not None
    ballot = before.memories[before.at]
    if not before.live or not isinstance(ballot, Ballot) or after.at != before.at:
        return
    known = after.memory(Ballot)
    for voter in (p.person for p in after.here):
        assert known.voted(voter) == ballot.voted(voter)
    bids = bids_on_table(before, before.at)
    left = Bids(tuple(replace(b, withdrawn=b.withdrawn or b.owner == who) for b in bids.offers))
    theirs = replace(before, people=tuple(p for p in before.people if p.person != who))
    expected = tally(theirs, ballot, left, places(theirs))
    found = tally(after, known, bids_on_table(after, after.at), places(after))
    assert found.chosen == expected.chosen
    assert found.decided_by == expected.decided_by


def goes_on_to_its_end(play: Meeting, who: str) -> None:
    """Those who are left play it to its end by themselves; nobody is asked for who is not there."""
    for _ in range(STEPS_ON):
        if not play.session.live:
            break
        if play.phase == "choose" and not bids_on_table(play.session, play.session.at).open():
            play.decide(c.OfferIssue(who=play.here[-1], title="Another issue"))
        tidy_up(play)
    assert not play.session.live
    nothing_left(play.room, who)


# --- in the middle of something -------------------------------------------------------------------


def forget(play: Meeting, who: str) -> Session:
    """Forget that person now."""
    play.room = forgotten(play.room, who, play)
    nothing_left(play.room, who)
    return play.session


@pytest.mark.parametrize("phase", ["present", "clarify", "explore", "reflect", "action_plan"])
def test_the_presenter_is_forgotten_and_their_round_is_over(phase):
    play = Meeting.at(phase, format="120")

    session = forget(play, "ben")

    assert play.phase == "break" or session.step.round == 2 or play.phase == "learning_review"
    assert session.presenters[0] == FORMER
    assert FORMER in session.log[-1].by


def test_a_presenter_of_a_later_round_is_forgotten_and_that_round_is_left_out():
    play = Meeting.at("present", format="120")
    later = play.session.presenters[1]

    forget(play, later)
    play.go_on_to("learning_review")

    assert 2 not in {play.session.plan[move.step].round for move in play.session.log}


@pytest.mark.parametrize("facilitation", ["led", "rotating"])
@pytest.mark.parametrize("phase", ["check_in", "bids", "choose", "explore", "reflect", "close"])
def test_who_leads_is_forgotten_and_all_hold_it_together(phase, facilitation):
    play = Meeting.at(phase, facilitation=facilitation)
    leads = play.holder

    session = forget(play, leads)

    assert session.process.current == BOT
    assert not session.open_to_take_over
    goes_on_to_its_end(play, leads)


def test_who_stands_in_or_asks_to_take_over_is_forgotten():
    play = Meeting.at("explore")
    process = replace(
        play.session.process,
        stand_in="eve",
        wishes=frozenset({("eve", "next"), ("dana", "next")}),
    )
    play.decide(c.HandOver(who="ana"))
    offered = replace(process, offered=True)
    play.room = replace(play.room, session=replace(play.session, process=offered))

    found = forget(play, "eve").process

    assert found.stand_in == BOT
    assert found.offered
    assert found.wishes == {("dana", "next")}


def test_who_asks_for_the_process_is_forgotten_and_nobody_is_asked_any_more():
    play = Meeting.at("explore")
    play.pass_time(minutes=60)
    claimed = replace(play.session, clock=play.session.clock.say("holder_silent"))
    play.room = replace(play.room, session=claimed)
    play.decide(c.TakeOver(who="eve", sure=True))
    assert play.session.process.claim is not None

    assert forget(play, "eve").process.claim is None


def test_the_asker_of_the_question_in_flight_is_forgotten_and_the_next_one_comes():
    play = Meeting.at("explore")
    play.fill("eve", "Ask", question=canary("eve", 1))
    play.fill("dana", "Ask", question=canary("dana", 1))
    play.fill("farid", "Ask", question=canary("farid", 1))

    forget(play, "eve")

    assert canary("dana", 1) in play.text("ben")
    assert canary("farid", 1) not in play.text("ben")
    play.press("ben", "Answered")
    assert canary("farid", 1) in play.text("ben")


def test_in_a_pause_the_next_question_waits_until_it_goes_on():
    play = Meeting.at("explore")
    play.fill("eve", "Ask", question=canary("eve", 1))
    play.fill("dana", "Ask", question=canary("dana", 1))
    play.decide(c.Pause(who="ana", on=True))

    forget(play, "eve")
    assert canary("dana", 1) not in play.text("ben")
    play.decide(c.Pause(who="ana", on=False))

    assert canary("dana", 1) in play.text("ben")


def test_somebody_in_the_queue_is_forgotten_and_the_numbers_of_the_others_stay():
    play = Meeting.at("explore")
    for who in ("dana", "eve", "farid"):
        play.fill(who, "Ask", question=canary(who, 1))

    forget(play, "eve")
    play.press("ben", "Answered")

    assert canary("farid", 1) in play.text("ben")
    assert play.session.memories[play.session.at].number(3).asker == "farid"


def test_the_last_one_waited_for_is_forgotten_and_the_meeting_moves_on():
    play = Meeting.at("check_in")
    for who in SIX.split()[:-1]:
        play.press(who, "Done")
    assert play.phase == "check_in"

    forget(play, SIX.split()[-1])

    assert play.phase == "bids"


def test_an_issue_on_the_ballot_goes_and_the_numbers_of_the_others_stay():
    play = Meeting.at("choose")
    play.react("ana", "1️⃣")
    play.react("dana", "2️⃣")
    (first, second, *_) = play.session.memory(Bids, play.session.steps("bids")[0]).offers
    gone = first.owner

    forget(play, gone)

    bids = bids_on_table(play.session, play.session.steps("choose")[0])
    assert not bids.offers[0].stands
    assert bids.offers[1] == second
    goes_on_to_its_end(play, gone)


def test_a_tie_is_still_broken_by_the_longest_wait():
    play = Meeting.at("bids", EIGHT)
    play.bid(ben="Of ben", eve="Of eve", dana="Of dana")
    session = play.session
    waits = {"ben": 0, "eve": 9, "dana": 3}
    people = tuple(
        replace(p, waiting_since=p.waiting_since - timedelta(days=waits.get(p.person, 0)))
        for p in session.people
    )
    play.room = replace(play.room, session=replace(session, people=people))
    numbers = {b.owner: n for n, b in enumerate(session.memory(Bids, session.at - 1).offers, 1)}
    for voter, owner in (("ana", "ben"), ("chidi", "dana"), ("farid", "eve")):
        play.decide(c.CastVote(who=voter, bid=numbers[owner]))

    forget(play, "eve")
    bids = bids_on_table(play.session, play.session.at)
    found = tally(play.session, play.session.memory(Ballot), bids, 1)

    assert found.chosen == (numbers["dana"],)
    assert found.decided_by == "wait"


def test_two_are_forgotten_and_the_rest_goes_on():
    play = Meeting.at("reflect")
    for who in ("dana", "eve"):
        play.fill(who, "Reflect", reflection=canary(who, 1))

    forget(play, "dana")
    session = forget(play, "eve")

    assert sum(p.person == FORMER for p in session.people) == 2
    assert "have answered" in play.text("ana")
    goes_on_to_its_end(play, "eve")


def test_who_never_came_and_who_only_reads_along_leave_nothing_either():
    play = Meeting.at("check_in")
    play.decide(c.NameReaders(who=CLOCK, others=(("zoe", "Zoe"),)))
    play.decide(c.Arrive(who="hana", name="Hana", expected=True))
    assert play.session.who("hana").presence is Presence.EXPECTED

    forget(play, "hana")
    session = forget(play, "zoe")

    assert session.who(FORMER) is None
    assert session.has_left(FORMER)


def test_forgetting_somebody_unknown_changes_nothing():
    play = Meeting.at("explore")
    play.fill("eve", "Ask", question="Who else?")

    assert without_in(play.session, "zoe", play.now + timedelta(minutes=1)) == play.session


def test_a_meeting_that_would_be_over_is_closed_by_those_who_are_there():
    play = Meeting.at("action_plan")
    at, session = play.session.at, play.session
    last = replace(session, plan=session.plan[: at + 1], memories=session.memories[: at + 1])

    found = without_in(last, "ben", play.now)

    assert found.live
    assert "ben" not in repr(found.people)
    assert isinstance(engine.decide(found, c.EndMeeting(who="ana", sure=True), play.now), Decision)


def test_a_meeting_that_is_over_stays_as_it_was_for_the_others():
    play = Meeting.at("learning_review")
    for who in ("ana", "eve"):
        play.fill(who, "What I learned", learning=canary(who, 1))
    play.go_on_to("close")
    play.close()

    session = forget(play, "eve")

    assert session.closed_at is not None
    told = engine.decide(session, c.ShowReport(who="ana"), play.now)
    assert not isinstance(told, Refusal)
    assert canary("ana", 1) in repr(told.answer)
    assert session.presented == ("ben",)


# --- a phase says what is whose -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weights:
    """Who carries what, deep down."""

    all: tuple[tuple[PersonId, int], ...] = ()
    nested: tuple[frozenset[int] | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    """Nobody's."""

    count: int = 0
    long: timedelta | None = None
    few: tuple[bool, ...] = ()


def a_phase(memory: type, **said: Any) -> type[Phase]:
    """A phase as somebody might write it."""
    words = {"key": "own", "title": "Own", "purpose": "To be.", "speaks": Speaks.ALL}
    return type("Own", (Phase,), {**words, "memory": memory, **said})


def test_a_phase_that_remembers_people_cannot_be_defined_without_saying_what_is_whose():
    with pytest.raises(TypeError, match="Own remembers people or their words in Weights") as found:
        a_phase(Weights)

    for name in ("words_of", "keepsake", "forget", "CONTRIBUTING.md"):
        assert name in str(found.value)
    with pytest.raises(TypeError, match=r"Please write forget \(its memory without some people"):
        a_phase(Weights, words_of=None, keepsake=None)


def test_one_that_posts_words_says_as_well_what_stands_when_they_are_cleared():
    answers = dict.fromkeys(("words_of", "keepsake", "forget"))

    assert a_phase(Weights, **answers)
    with pytest.raises(TypeError, match="clear"):
        a_phase(Weights, **answers, posts=None)
    assert a_phase(Weights, **answers, posts=None, clear=None)


def test_one_that_builds_on_another_has_its_answers():
    first = a_phase(Weights, **dict.fromkeys(("words_of", "keepsake", "forget")))

    assert type("Second", (first,), {"memory": Weights})


def test_a_memory_of_nobody_needs_no_answer():
    phase = a_phase(Steps)()
    session = meeting_at("own", full=True)
    session = session.remember(Steps(3), session.at)

    assert not holds_people(Steps)
    assert phase.words_of(session, session.at, "ben") == ()
    assert phase.keepsake(session, session.at, "ben") == ()
    assert phase.forget(session, session.at, frozenset({"ben"})) == Steps(3)
    assert phase.clear(session, session.at, frozenset({"ben"})) == Steps(3)
    assert phase.closed(session, session.at) == Steps(3)


@pytest.mark.parametrize("kind", [str, Any, dict[int, Any], list[str], tuple[int, str], Weights])
def test_what_might_hold_a_person_is_taken_to_hold_one(kind):
    assert holds_people(kind)


@pytest.mark.parametrize("key", PHASES)
def test_every_phase_of_every_format_forgets_whoever_stands_in_its_example(key):
    """Given the phase's own example in full swing, when all are forgotten, none is left in it."""
    session = meeting_at(key, full=True)
    phase = PHASES[key]
    memory = phase.example if phase.example is not None else phase.enter(session, session.at, NEVER)
    session = session.remember(memory, session.at)
    all_of_them = frozenset(p.person for p in session.people)

    for who in all_of_them:
        own = phase.words_of(session, session.at, who)
        assert all(isinstance(what, str) and isinstance(said, str) for what, said in own)
    left = phase.forget(session, session.at, all_of_them)

    assert not re.findall("|".join(rf"'{who}'" for who in all_of_them), repr(left))
