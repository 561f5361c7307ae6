"""Coming into a set and going out of it; facilitators that follow; turns that are swapped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import notice_cards
from bot.core.cards import Text
from bot.core.decision import Matter, Notice, Where
from bot.core.learning_set.commands import WaitForPlace
from bot.core.learning_set.state import Member, next_holder
from bot.core.meeting.commands import LeaveMeeting
from bot.core.meeting.session import Presence
from bot.core.signals import Pressed
from tests.core.reading import labels, words_of
from tests.core.stage import CAST, EIGHT, Stage


def titles(town: Stage, who: str) -> list[str]:
    """What somebody was told privately, by its titles."""
    return [c.title for c in town.private(who)]


def leave(town: Stage, who: str, how: str = "Only the facilitator") -> None:
    """Leave, and say who is told."""
    town.press(who, how, town.type(who, "set leave").card)


# --- invitations ----------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["zoe", "@zoe"])
def test_who_is_invited_is_asked_privately_and_told_whom_to_ask_for_the_channel(
    led: Stage, typed: str
) -> None:
    heard = led.type("ana", "set people", add=typed)

    assert heard.sentence == "Invited by DM. They decide."
    (card,) = led.private("zoe")
    assert card.title == "Ana invites you to Aurora"
    assert "Ask Ana to add you" in words_of(card)
    assert led.set.member("zoe") is None
    agreement = led.press("zoe", "Join", card).card
    led.press("zoe", "I agree", agreement)
    assert led.set.agreed("zoe")


@pytest.mark.parametrize(
    ("typed", "code"), [("Zoe Smith", "unknown"), ("@", "unknown"), ("@ben", "in_set")]
)
def test_who_cannot_be_invited(led: Stage, typed: str, code: str) -> None:
    assert led.type("ana", "set people", add=typed).code == code


def test_a_full_set_invites_nobody() -> None:
    town = Stage().found(*EIGHT.split())

    assert town.type("ana", "set people", add="zoe").code == "full"


def test_only_the_facilitator_invites(led: Stage) -> None:
    assert led.type("ben", "set people", add="zoe").code == "not_facilitator"


def test_an_invitation_is_not_drawn_for_who_has_joined(led: Stage) -> None:
    notice = Notice(Matter.NOTICE, "slot", "invitation", led.set.id, Where.DIRECT, "ben")

    assert notice_cards.draw(led.room, notice) is None


def test_without_an_option_it_shows_who_is_in_the_set(led: Stage) -> None:
    assert led.type("ben", "set people", add=" ").card.title == "Who's in Aurora"


# --- a full set -----------------------------------------------------------------------------------


def test_the_person_who_waited_longest_hears_of_a_free_place() -> None:
    town = Stage().found(*EIGHT.split())
    for who in ("ivo", "jo"):
        town.press(who, "Put me on the waiting list", town.press(who, "Join").card)
        town.wait(minutes=1)
    assert [m.person for m in town.set.waiting] == ["ivo", "jo"]

    leave(town, "hana")

    assert titles(town, "ivo") == ["There's room in Aurora"]
    assert titles(town, "jo") == []
    town.press("ivo", "I agree", town.press("ivo", "Join", town.private("ivo")[-1]).card)
    assert town.set.agreed("ivo")
    assert [m.person for m in town.set.waiting] == ["jo"]
    notice = Notice(Matter.NOTICE, "slot", "place_free", town.set.id, Where.DIRECT, "jo")
    assert notice_cards.draw(town.room, notice) is None


def test_the_place_of_a_facilitator_who_leaves_is_free_too() -> None:
    town = Stage().found(*EIGHT.split())
    town.press("ivo", "Put me on the waiting list", town.press("ivo", "Join").card)

    leave(town, "ana")

    assert titles(town, "ivo") == ["There's room in Aurora"]


def test_asking_to_wait_twice_keeps_ones_place_in_the_row() -> None:
    town = Stage().found(*EIGHT.split())
    card = town.press("ivo", "Join").card
    town.press("ivo", "Put me on the waiting list", card)
    since = town.set.waiting

    town.wait(minutes=5)
    town.press("ivo", "Put me on the waiting list", card)

    assert town.set.waiting == since
    assert town.decide(WaitForPlace(who="ben", name="Ben")).code == "in_set"


def test_where_nobody_waits_nobody_is_told(led: Stage) -> None:
    leave(led, "eve")

    assert all("free" not in c.title for _, c in led.said)


# --- leaving --------------------------------------------------------------------------------------


def test_leaving_asks_no_reason_and_keeps_what_is_ones_own(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.hand_in("ben", led.type("ben", "bid").form, title="An issue")
    led.plan("2027-04-12T18:00")
    led.press("ben", "Coming")

    card = led.type("ben", "set leave").card
    assert labels(card) == ["Tell the set", "Only the facilitator"]
    assert "No one asks why" in words_of(card)
    heard = led.press("ben", "Only the facilitator", card)

    assert heard.sentence == ("You've left. You keep your actions. Thank you for your attention.")
    assert led.set.member("ben") is None
    assert [a.what for a in led.set.actions] == ["Talk to Mia"]
    assert (led.set.drafts, led.set.planned()[0].rsvps) == ((), ())
    assert titles(led, "ana")[-1] == "Ben has left Aurora"
    assert all("has left" not in c.title for c in led.public())
    assert led.type("ben", "set leave").code == "not_member"


def test_the_set_is_told_where_one_wants_that(led: Stage) -> None:
    leave(led, "ben", "Tell the set")

    assert led.public()[-1].title == "Ben has left Aurora"
    assert "Ben has left Aurora" not in titles(led, "ana")


def test_a_founder_who_has_not_agreed_may_leave_too(town: Stage) -> None:
    town.found("ben")

    leave(town, "ana")

    assert town.set.facilitator == "ben"


def test_a_facilitator_who_leaves_is_followed_by_who_is_here_longest(led: Stage) -> None:
    card = led.type("ana", "set leave").card
    assert "The longest-standing member then facilitates." in words_of(card)

    led.press("ana", "Only the facilitator", card)

    assert led.set.facilitator == "ben"
    assert "You now facilitate Aurora" in titles(led, "ben")
    assert led.plan("2027-04-12T18:00", "ben").refusal is None


def test_the_last_one_leaves_an_empty_set(town: Stage) -> None:
    town.found("ana")

    leave(town, "ana")

    assert town.set.present_members == ()
    assert town.set.facilitator == "ana"


def test_leaving_in_a_meeting_leaves_the_meeting(led: Stage) -> None:
    led.begin(*CAST)

    leave(led, "ben")

    assert led.session.who("ben").presence is Presence.GONE
    leave(led, "eve")
    assert {p.person for p in led.session.here} == {"ana", "chidi", "dana"}


def test_who_never_came_is_not_waited_for_any_more(led: Stage) -> None:
    led.type("ana", "start")
    assert led.session.who("ben") is not None

    leave(led, "ben")

    assert led.session.who("ben") is None
    before = led.session
    led.decide(LeaveMeeting(who="ben"))
    assert led.session is before


def test_coming_back_is_joining_again(led: Stage) -> None:
    leave(led, "ben")

    led.join("ben")

    assert led.set.agreed("ben")


# --- taking out and passing on --------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["ben", "Ben", "@ben", "BEN"])
def test_taking_somebody_out_is_asked_first(led: Stage, typed: str) -> None:
    card = led.type("ana", "set people", remove=typed).card
    assert card.title == "Remove Ben from Aurora?"
    assert led.set.agreed("ben")

    assert led.press("ana", "Remove them", card).sentence == ("They're no longer in the set.")

    assert led.set.member("ben") is None
    assert all("has left" not in c.title for _, c in led.said)


def test_who_is_not_known_is_not_taken_out(led: Stage) -> None:
    members = led.set.members
    twice = tuple(replace(m, name="Kim") if m.person in ("dana", "eve") else m for m in members)
    led.change(members=twice)

    for typed in ("Zoe", "Kim", "gone"):
        assert led.type("ana", "set people", remove=typed).code == "unknown"


def test_another_facilitator_is_told(led: Stage) -> None:
    heard = led.type("ana", "set people", facilitator="Ben")

    assert heard.sentence == "Ben now facilitates."
    assert led.set.facilitator == "ben"
    assert titles(led, "ben")[-1] == "You now facilitate Aurora"
    assert led.type("ana", "set people", facilitator="Ana").code == "not_facilitator"
    again = led.type("ben", "set people", facilitator="@ben")
    assert again.sentence == "Ben already facilitates."
    led.type("ben", "set people", facilitator="Eve")
    notice = Notice(Matter.NOTICE, "slot", "facilitates", led.set.id, Where.DIRECT, "ben")
    assert notice_cards.draw(led.room, notice) is None


@pytest.mark.parametrize("held", ["rotating", "bot-held"])
def test_nobody_makes_themselves_facilitator_nor_takes_others_out(held: str) -> None:
    town = Stage().found(facilitation=held)
    for who in CAST:
        town.join(who)

    for option in ("facilitator", "remove"):
        heard = town.type("eve", "set people", **{option: "Eve"})
        assert heard.code == "not_facilitator"
        assert "Ana facilitates this set" in heard.sentence
    assert town.set.facilitator == "ana"


def test_only_somebody_who_has_joined_can_facilitate(led: Stage) -> None:
    led.change(members=(*led.set.members, Member("zoe", "Zoe", led.now)))

    assert led.type("ana", "set people", facilitator="Zoe").code == "not_joined"
    card = led.type("ana", "set people", remove="Zoe").card
    assert card.title == "Remove Zoe from Aurora?"


# --- turns ----------------------------------------------------------------------------------------


@pytest.fixture
def turns() -> Stage:
    """A set whose members take turns; they joined a minute apart."""
    town = Stage().found(facilitation="rotating")
    for who in CAST:
        town.wait(minutes=1)
        town.join(who)
    return town


def said_next(town: Stage) -> str:
    """Who holds the process next, as the set's card says it."""
    card = town.said_as("set")[0]
    return next(b.text for b in card.blocks if isinstance(b, Text) and b.text.endswith("next."))


def test_the_set_card_says_whose_turn_it_is_and_who_skips_is_last(turns: Stage) -> None:
    assert said_next(turns) == "Ana facilitates next."

    heard = turns.press("ana", "Skip my turn")

    assert heard.sentence == "You're now last in turn. Ben is next."
    assert said_next(turns) == "Ben facilitates next."
    turns.wait(minutes=1)
    for who in ("ben", "chidi", "dana", "eve"):
        turns.press(who, "Skip my turn")
        turns.wait(minutes=1)
    assert next_holder(turns.set) == "ana"


def test_two_swap_turns_and_the_other_is_told(turns: Stage) -> None:
    card = turns.press("ana", "Swap").card
    assert labels(card) == ["Ben", "Chidi", "Dana", "Eve"]

    heard = turns.press("ana", "Chidi", card)

    assert heard.sentence == "You've swapped turns with Chidi."
    assert next_holder(turns.set) == "chidi"
    told = turns.private("chidi")[-1]
    assert told.title == "Ana has swapped turns with you"
    turns.press("chidi", "Skip my turn", told)
    assert next_holder(turns.set) == "ben"


def test_holding_the_process_puts_one_last_again(turns: Stage) -> None:
    turns.press("ana", "Chidi", turns.press("ana", "Swap").card)

    turns.wait(days=1)
    turns.type("ana", "start")
    assert turns.session.holder == "chidi"
    turns.change(
        members=tuple(
            replace(m, last_held_at=turns.now - timedelta(days=m.person == "ben"), turn_at=None)
            for m in turns.set.members
        )
    )
    assert next_holder(turns.set) == "ben"


def test_a_set_that_is_led_takes_no_turns(led: Stage) -> None:
    for action in ("skip_turn", "swap"):
        assert led.do("ben", Pressed(action)).code == "no_turns"
    card = led.said_as("set")[0]
    assert "Swap" not in labels(card)


def test_one_can_only_swap_with_somebody_in_the_set(turns: Stage) -> None:
    for value in ("zoe", "gone"):
        assert turns.do("ben", Pressed("swap_with", value=value)).code == "unknown"


def test_alone_there_is_nobody_to_swap_with() -> None:
    town = Stage().found("ana", facilitation="rotating")

    assert "no one to swap with" in words_of(town.press("ana", "Swap").card)


def test_an_empty_set_has_no_turn_to_show(town: Stage) -> None:
    town.found(facilitation="rotating")

    assert "Skip my turn" not in labels(town.said_as("set")[0])
