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
from tests.core_set.town import EIGHT, Town, labels, words


def happens(town: Town, change: Change, place: str = "") -> Decision:
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
    town: Town, change: Change, title: str
) -> None:
    town.found("Ana", "Ben")

    assert happens(town, change).rests == change
    assert happens(town, change).rests == change

    assert [c.title for c in town.private("Ana")].count(title) == 1
    assert title not in [c.title for c in town.private("Ben")]


@pytest.mark.parametrize(
    ("change", "over"),
    [
        (Change.OPENED, Change.ARCHIVED),
        (Change.BOT_JOINED, Change.BOT_LEFT),
        (Change.UNSHARED, Change.SHARED),
    ],
)
def test_it_goes_on_when_its_own_reason_is_over(town: Town, change: Change, over: Change) -> None:
    town.found("Ana", "Ben")
    decision = happens(town, change)
    assert over in decision.wakes
    assert not decision.rests


def test_a_new_name_changes_nothing_and_a_new_id_is_followed(town: Town) -> None:
    town.found("Ana", "Ben")
    before = town.set
    happens(town, Change.RENAMED)
    assert town.set == before
    happens(town, Change.MOVED, "#borealis")
    assert town.set.place == "#borealis"


def test_a_shared_place_rests_until_the_facilitator_says_so(town: Town) -> None:
    town.found("Ana", "Ben")
    assert happens(town, Change.SHARED).rests == Change.SHARED
    card = town.private("Ana")[-1]
    assert labels(card) == ["Use it anyway", "Not here"]
    assert "get no DMs" in words(card)

    assert town.press("Ben", "Use it anyway", card).code == "not_facilitator"
    assert "post nothing there" in town.press("Ana", "Not here", card).sentence
    assert town.press("Ana", "Use it anyway", card).sentence == "I'll carry on there."


def test_where_no_set_lives_nothing_follows(town: Town) -> None:
    for signal in (PlaceChanged(Change.ARCHIVED), PersonGone("ben", Change.LEFT)):
        assert understanding.understand(town.room, Caller("clock"), signal) is IGNORED


def test_who_leaves_the_channel_steps_out_and_stays_a_member(town: Town) -> None:
    town.found("Ana", "Ben", "Chidi", "Dana")
    town.begin("Ana", "Ben", "Chidi", "Dana")

    town.do("clock", PersonGone("ben", Change.LEFT))

    assert not town.session.is_here("ben")
    assert town.set.agreed("ben")
    assert town.private("Ana")[-1].title in (
        "Ben has left the channel of Aurora",
        "Someone had to go",
    )
    assert "Ben has left the channel of Aurora" in [c.title for c in town.private("Ana")]


def test_who_was_not_there_has_nothing_to_step_out_of(town: Town) -> None:
    town.found("Ana", "Ben", "Chidi", "Dana")
    town.do("clock", PersonGone("ben", Change.LEFT))
    town.do("clock", PersonGone("zoe", Change.LEFT))
    town.do("clock", PersonGone("ana", Change.LEFT))
    titles = [c.title for c in town.private("Ana")]
    assert [t for t in titles if "left the channel" in t] == ["Ben has left the channel of Aurora"]


def test_a_deactivated_member_is_one_no_more(town: Town) -> None:
    town.found("Ana", "Ben", "Chidi")
    town.do("clock", PersonGone("ben", Change.DEACTIVATED))
    assert not town.set.agreed("ben")
    assert town.set.facilitator == "ana"
    assert "now its facilitator" in words(town.private("Ana")[-1])


def test_what_a_deactivated_member_had_in_hand_goes_with_them_and_their_place_is_free() -> None:
    town = Town().found(*EIGHT)
    town.press("Ivo", "Put me on the waiting list", town.press("Ivo", "Join").card)
    town.hand_in(EIGHT[1], town.type(EIGHT[1], "bid").form, title="An issue")
    town.plan("2027-04-12T18:00")
    town.press(EIGHT[1], "Coming")

    town.do("clock", PersonGone(EIGHT[1].casefold(), Change.DEACTIVATED))

    assert town.set.drafts == ()
    assert town.set.planned()[0].rsvps == ()
    assert [c.title for c in town.private("Ivo")][-1] == "There's room in Aurora"


def test_the_last_facilitator_goes_and_the_first_who_joined_takes_the_set_on(town: Town) -> None:
    town.found("Ana", "Ben", "Chidi")
    town.do("clock", PersonGone("ana", Change.DEACTIVATED))
    assert town.set.facilitator == "ben"
    assert town.private("Ben")[-1].title == "Ana no longer has an account here"


def test_a_set_of_one_who_goes_has_nobody_to_tell(town: Town) -> None:
    town.found("Ana")
    town.do("clock", PersonGone("ana", Change.DEACTIVATED))
    assert not town.set.present_members
    assert town.set.facilitator != BOT
    assert [c.title for c in town.private("Ana")] == ["Welcome to Aurora"]


def test_who_is_no_member_any_more_can_do_nothing_in_the_meeting(town: Town) -> None:
    town.found("Ana", "Ben", "Chidi", "Dana")
    town.begin("Ana", "Ben", "Chidi", "Dana")
    town.do("clock", PersonGone("ben", Change.DEACTIVATED))
    slot = town.session.ballot_slot

    assert town.do("Ben", Pressed("more", town.session.id)).code == "not_member"
    assert town.do("Ben", Reacted(slot, READY)).refusal is IGNORED
    assert town.do("Chidi", Pressed("more", town.session.id)).refusal is None


def test_their_votes_are_not_counted_again(town: Town) -> None:
    town.found("Ana", "Ben", "Chidi", "Dana")
    town.begin("Ana", "Ben", "Chidi", "Dana")
    town.to("bids")
    for who in ("Ana", "Chidi"):
        town.offer(who, f"The issue of {who}")
    town.to("choose")
    town.do("clock", PersonGone("ben", Change.DEACTIVATED))
    votes = frozenset({("ben", DIGITS[0]), ("dana", DIGITS[1])})

    town.do("clock", Recounted(town.session.ballot_slot, votes))

    ballot = town.session.memory(Ballot)
    assert {vote[0] for vote in (*ballot.reactions, *ballot.unordered)} == {"dana"}
