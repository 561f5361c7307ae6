"""Forgetting: whatever was said and done, nothing of the forgotten is left, and the others go on."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as Runs
from hypothesis import strategies as st

from bot.core import command as command_kinds
from bot.core import engine, exchange
from bot.core.decision import Refusal
from bot.core.learning_set.place import Room
from bot.core.meeting import commands as meeting_commands
from bot.core.meeting import posts
from bot.core.meeting.forgetting import without_in
from bot.core.meeting.formats import FORMATS, PHASES
from bot.core.meeting.phases.choosing.ballot import Ballot, Bids, bids_on_table, places, tally
from bot.core.meeting.session import CLOCK, Session
from bot.core.person import privacy
from tests.core.stage import SIX, Stage

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


GIVEN = (*command_kinds.Contribution.__subclasses__(), meeting_commands.CastVote)
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


def fits(play: Stage, kind: type[command_kinds.InSession], who: str) -> bool:
    """Whether the phase that runs takes that kind of thing from this person."""
    step = {f.name: _plain(f.name) for f in fields(kind)} | {"who": who}
    found = engine.decide(play.session, kind(**step), play.now)
    return not isinstance(found, Refusal) or found.code not in ("wrong_phase", "out_of_turn")


def _plain(name: str) -> Any:
    nothing = dict.fromkeys(("step", "due", "replaces", "pulse"))
    return {**nothing, "bid": 1, "number": 1, "urgency": 1}.get(name, "word")


def give(play: Stage, data: st.DataObject, heard: Heard) -> None:
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
    play.decide(kind(**{**given, "who": who}))
    taken = {word for word in given.values() if str(word).startswith("Canary")}
    if not play.code:
        heard.said.setdefault(who, set()).update(w for w in taken if w in repr(play.room))


def count(play: Stage, data: st.DataObject) -> None:
    """The platform tells which reactions it has, some of them never seen arriving."""
    voters = st.tuples(st.sampled_from(SIX.split()), st.integers(1, 5))
    votes = data.draw(st.frozensets(voters, max_size=4))
    play.decide(
        meeting_commands.CountVotes(who=CLOCK, votes=votes, complete=data.draw(st.booleans()))
    )


def report(play: Stage, data: st.DataObject, heard: Heard) -> None:
    """Somebody who owes a word says what happened."""
    for owed in play.session.owed[:1]:
        words = canary(owed.owner, data.draw(WORDS))
        play.decide(
            exchange.ReportHeard(who=owed.owner, action=owed.action, told=True, words=words)
        )
        if words in repr(play.session):
            heard.said.setdefault(owed.owner, set()).add(words)


def tidy_up(play: Stage) -> None:
    """One step on, by any means: the facilitator, all together, or the clock."""
    at, session = play.session.at, play.session
    for who in play.here if session.live else ():
        if play.session.live and play.session.at == at:
            play.decide(meeting_commands.Next(who=who, step=at))
    if play.session.live and play.session.at == at and session.log == play.session.log:
        play.wait(minutes=40)


def as_usual(play: Stage) -> None:
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
    play = Stage.with_people(SIX, format=data.draw(st.sampled_from(formats)), facilitation=how)
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


def promise_and_meet_again(play: Stage, data: st.DataObject, heard: Heard) -> None:
    """Some keep an action that they owe a word on in the second meeting."""
    for who in ("ben", "eve"):
        words = canary(who, data.draw(WORDS))
        play.decide(exchange.KeepAction(who=who, action=f"of-{words}", what=words, due=None))
        heard.said.setdefault(who, set()).add(words)
    play.meet_again()


def kept_by(room: Room, who: str) -> set[str]:
    """The words of this person that the set or the meeting remembers now."""
    found = re.findall(rf"Canary\d+Of{who.capitalize()}Xq", repr(room))
    return set(found)


def forgotten(room: Room, who: str, play: Stage) -> Room:
    """The room as the store keeps it once somebody is forgotten."""
    assert room.set is not None
    assert room.session is not None
    return Room(privacy.without(room.set, who), without_in(room.session, who, play.now), room.place)


def nothing_left(room: Room, who: str) -> None:
    """No id, no name and no word: not in the meeting, not in the set, on no card, in no slot."""
    assert room.session is not None
    shown = [repr(room.set), repr(room.session), repr(posts.posts(room.session))]
    shown += [repr(d) for d in engine.deadlines(room.session)]
    for reader in room.session.people:
        shown.append(
            repr(engine.decide(room.session, meeting_commands.ShowReport(who=reader.person), NEVER))
        )
        shown.append(
            repr(engine.decide(room.session, meeting_commands.ShowMore(who=reader.person), NEVER))
        )
    for text in shown:
        left = re.findall(rf"\b{who}\b|Of{who.capitalize()}Xq", text, re.IGNORECASE)
        assert not left, text


NEVER = Stage().now


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


def goes_on_to_its_end(play: Stage, who: str) -> None:
    """Those who are left play it to its end by themselves; nobody is asked for who is not there."""
    for _ in range(STEPS_ON):
        if not play.session.live:
            break
        if play.phase == "choose" and not bids_on_table(play.session, play.session.at).open():
            play.decide(meeting_commands.OfferIssue(who=play.here[-1], title="Another issue"))
        tidy_up(play)
    assert not play.session.live
    nothing_left(play.room, who)


def forget(play: Stage, who: str) -> Session:
    """Forget that person now."""
    play.room = forgotten(play.room, who, play)
    nothing_left(play.room, who)
    return play.session
