"""What becomes of a set when its channel, or one of its people, changes outside the bot."""

from __future__ import annotations

import pytest

from bot.core import engine
from bot.core.decision import Decision
from bot.core.input import understanding
from bot.core.input.understanding import IGNORED
from bot.core.meeting.phases.choosing.ballot import Ballot
from bot.core.meeting.session import BOT
from bot.core.signals import (
    Caller,
    Change,
    PersonGone,
    PlaceChanged,
    Pressed,
    Reacted,
    Recounted,
)
from bot.core.wording import DIGITS, READY
from tests.core.reading import labels, words_of
from tests.core.stage import EIGHT, Stage


def happens(town: Stage, change: Change, place: str = "") -> Decision:
    """A change of the place, and what follows for it."""
    command = understanding.understand(town.room, Caller("clock"), PlaceChanged(change, place))
    decision = engine.decide(town.set, command, town.now)
    assert isinstance(decision, Decision)
    town.do("clock", PlaceChanged(change, place))
    return decision


@pytest.mark.parametrize(
    ("change", "title"),
    [
        (Change.ARCHIVED, "The channel of Aurora was archived"),
        (Change.GONE, "The channel of Aurora was deleted"),
        (Change.BOT_LEFT, "I'm no longer in the channel of Aurora"),
    ],
)
def test_a_place_that_cannot_be_used_rests_and_the_facilitator_is_told(
    town: Stage, change: Change, title: str
) -> None:
    town.found("ana", "ben")

    assert happens(town, change).rests == change
    assert happens(town, change).rests == change

    assert [c.title for c in town.private("ana")].count(title) == 1
    assert title not in [c.title for c in town.private("ben")]


@pytest.mark.parametrize(
    ("change", "over"),
    [
        (Change.OPENED, Change.ARCHIVED),
        (Change.BOT_JOINED, Change.BOT_LEFT),
        (Change.UNSHARED, Change.SHARED),
    ],
)
def test_it_goes_on_when_its_own_reason_is_over(town: Stage, change: Change, over: Change) -> None:
    town.found("ana", "ben")
    decision = happens(town, change)
    assert over in decision.wakes
    assert not decision.rests


def test_a_new_name_changes_nothing_and_a_new_id_is_followed(town: Stage) -> None:
    town.found("ana", "ben")
    before = town.set
    happens(town, Change.RENAMED)
    assert town.set == before
    happens(town, Change.MOVED, "#borealis")
    assert town.set.place == "#borealis"


def test_a_shared_place_rests_until_the_facilitator_says_so(town: Stage) -> None:
    town.found("ana", "ben")
    assert happens(town, Change.SHARED).rests == Change.SHARED
    card = town.private("ana")[-1]
    assert labels(card) == ["Use it anyway", "Not here"]
    assert "get no DMs" in words_of(card)

    assert town.press("ben", "Use it anyway", card).code == "not_facilitator"
    assert "post nothing there" in town.press("ana", "Not here", card).sentence
    assert town.press("ana", "Use it anyway", card).sentence == "I'll carry on there."


def test_where_no_set_lives_nothing_follows(town: Stage) -> None:
    for signal in (PlaceChanged(Change.ARCHIVED), PersonGone("ben", Change.LEFT)):
        assert understanding.understand(town.room, Caller("clock"), signal) is IGNORED


def test_who_leaves_the_channel_steps_out_and_stays_a_member(town: Stage) -> None:
    town.found("ana", "ben", "chidi", "dana")
    town.begin("ana", "ben", "chidi", "dana")

    town.do("clock", PersonGone("ben", Change.LEFT))

    assert not town.session.is_here("ben")
    assert town.set.agreed("ben")
    assert town.private("ana")[-1].title in (
        "Ben has left the channel of Aurora",
        "Someone had to go",
    )
    assert "Ben has left the channel of Aurora" in [c.title for c in town.private("ana")]


def test_who_was_not_there_has_nothing_to_step_out_of(town: Stage) -> None:
    town.found("ana", "ben", "chidi", "dana")
    town.do("clock", PersonGone("ben", Change.LEFT))
    town.do("clock", PersonGone("zoe", Change.LEFT))
    town.do("clock", PersonGone("ana", Change.LEFT))
    titles = [c.title for c in town.private("ana")]
    assert [t for t in titles if "left the channel" in t] == ["Ben has left the channel of Aurora"]


def test_a_deactivated_member_is_one_no_more(town: Stage) -> None:
    town.found("ana", "ben", "chidi")
    town.do("clock", PersonGone("ben", Change.DEACTIVATED))
    assert not town.set.agreed("ben")
    assert town.set.facilitator == "ana"
    assert "now its facilitator" in words_of(town.private("ana")[-1])


def test_what_a_deactivated_member_had_in_hand_goes_with_them_and_their_place_is_free() -> None:
    town = Stage().found(*EIGHT.split())
    town.press("ivo", "Put me on the waiting list", town.press("ivo", "Join").card)
    town.hand_in("ben", town.type("ben", "bid").form, title="An issue")
    town.plan("2027-04-12T18:00")
    town.press("ben", "Coming")

    town.do("clock", PersonGone("ben", Change.DEACTIVATED))

    assert town.set.drafts == ()
    assert town.set.planned()[0].rsvps == ()
    assert [c.title for c in town.private("ivo")][-1] == "There's room in Aurora"


def test_the_last_facilitator_goes_and_the_first_who_joined_takes_the_set_on(town: Stage) -> None:
    town.found("ana", "ben", "chidi")
    town.do("clock", PersonGone("ana", Change.DEACTIVATED))
    assert town.set.facilitator == "ben"
    assert town.private("ben")[-1].title == "Ana no longer has an account here"


def test_a_set_of_one_who_goes_has_nobody_to_tell(town: Stage) -> None:
    town.found("ana")
    town.do("clock", PersonGone("ana", Change.DEACTIVATED))
    assert not town.set.present_members
    assert town.set.facilitator != BOT
    assert [c.title for c in town.private("ana")] == ["Welcome to Aurora"]


def test_who_is_no_member_any_more_can_do_nothing_in_the_meeting(town: Stage) -> None:
    town.found("ana", "ben", "chidi", "dana")
    town.begin("ana", "ben", "chidi", "dana")
    town.do("clock", PersonGone("ben", Change.DEACTIVATED))
    slot = town.session.ballot_slot

    assert town.do("ben", Pressed("more", town.session.id)).code == "not_member"
    assert town.do("ben", Reacted(slot, READY)).refusal is IGNORED
    assert town.do("chidi", Pressed("more", town.session.id)).refusal is None


def test_their_votes_are_not_counted_again(town: Stage) -> None:
    town.found("ana", "ben", "chidi", "dana")
    town.begin("ana", "ben", "chidi", "dana")
    town.to("bids")
    for who in ("ana", "chidi"):
        town.offer(who, f"The issue of {who}")
    town.to("choose")
    town.do("clock", PersonGone("ben", Change.DEACTIVATED))
    votes = frozenset({("ben", DIGITS[0]), ("dana", DIGITS[1])})

    town.do("clock", Recounted(town.session.ballot_slot, votes))

    ballot = town.session.memory(Ballot)
    assert {vote[0] for vote in (*ballot.reactions, *ballot.unordered)} == {"dana"}
