"""Founding a set, reading its agreement, coming in: early, late, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import notice_cards
from bot.core.cards import Card, Fields
from bot.core.decision import Where
from bot.core.exchange import CloseSession
from bot.core.input import understanding
from bot.core.learning_set.cards import undelivered_card
from bot.core.learning_set.commands import Agree, CreateSet, NotNow, ReachedPerson
from bot.core.learning_set.state import Direct, Member
from bot.core.meeting.session import Facilitation
from bot.core.signals import Caller, Pressed, Reacted, Typed
from bot.core.wording import AGREEMENT, WHAT_THE_BOT_SEES
from tests.core.reading import labels, pressing, words_of
from tests.core.road import EVENING
from tests.core.stage import CAST, Stage


def test_founding_asks_four_things_and_shows_the_set(town: Stage) -> None:
    form = town.type("ana", "set new").form
    assert [f.label for f in form.fields] == [
        "Name",
        "How long?",
        "Time zone",
        "Who facilitates?",
    ]

    heard = town.hand_in("ana", form, name="Aurora", format="120", facilitation="The bot")

    assert "Press Join on its card" in heard.sentence
    assert (town.set.name, town.set.format) == ("Aurora", "120")
    assert town.set.facilitation is Facilitation.BOT_HELD
    assert town.set.created_at == EVENING
    card = town.newest("Join")
    assert card.title == "The set Aurora"
    assert labels(card) == ["Join", "Change", "Ground rules", "Pause", "Archive"]
    assert "Members: " in words_of(card)
    assert town.room.session is None


@pytest.mark.parametrize(
    ("facilitation", "held"),
    [
        ("led", "Ana facilitates"),
        ("rotating", "Members take turns"),
        ("bot-held", "The bot facilitates"),
    ],
)
def test_the_set_card_says_who_holds_the_process(facilitation: str, held: str) -> None:
    town = Stage().found(facilitation=facilitation)

    rows = next(b.rows for b in town.newest("Join").blocks if isinstance(b, Fields))

    assert dict(rows)["Facilitation"] == held
    assert dict(rows)["Size"] == "4 to 8 people"


def test_starting_where_no_set_is_founds_one_and_opens_its_first_meeting(town: Stage) -> None:
    form = town.type("ana", "start", format="60").form
    assert {f.key: f.value for f in form.fields}["format"] == "60"

    town.hand_in("ana", form, name="Aurora")

    assert town.phase == "arrive"
    assert town.session.format == "60"
    assert town.set.session == town.session.id
    assert not town.set.carded
    assert town.said == []  # The board is enough.


def test_an_unknown_length_does_not_get_into_the_form(town: Stage) -> None:
    form = town.type("ana", "start", format="45").form

    assert {f.key: f.value for f in form.fields}["format"] == "90"


def test_the_first_start_takes_people_through_the_agreement_to_their_place(town: Stage) -> None:
    town.hand_in("ana", town.type("ana", "start").form, name="Aurora")

    agreement = town.press("ben", "I'm here").card
    assert agreement.title == "Ground rules of Aurora"
    assert AGREEMENT[0] in words_of(agreement)
    assert WHAT_THE_BOT_SEES in words_of(agreement)
    assert not town.session.is_here("ben")

    heard = town.press("ben", "I agree", agreement)

    assert heard.told[0] == "You're in Aurora, and here in its meeting."
    assert town.session.is_here("ben")
    assert town.set.agreed("ben")
    assert [c.title for c in town.private("ben")] == ["Welcome to Aurora"]
    joined = next(n for n, _ in town.said if n.card == "joined" and n.subject == "ben")
    assert joined.where is Where.THREAD


def test_joining_between_meetings_edits_the_set_card_and_says_one_line(led: Stage) -> None:
    cards = led.said_as("set")

    assert len(cards) == 1
    assert "Members: Ana, Ben, Chidi, Dana, Eve" in words_of(cards[0])
    assert [c.title for c in led.public() if "joined" in c.title] == [
        f"{who.capitalize()} has joined Aurora" for who in CAST
    ]


def test_the_welcome_names_quiet_hours_and_that_replies_are_not_read(led: Stage) -> None:
    welcome = led.private("dana")[0]

    assert "20:00 to 08:00" in words_of(welcome)
    assert "I can't read replies" in words_of(welcome)
    assert "Dana" not in welcome.summary


def test_who_has_agreed_is_not_shown_the_agreement_again(led: Stage) -> None:
    assert led.press("ben", "Join").code == "agreed"
    assert led.type("ben", "set join").code == "agreed"


def test_agreeing_again_from_an_old_card_arrives_where_a_meeting_is_on(led: Stage) -> None:
    led.type("ana", "start")

    led.do("ben", Pressed("agree", value="arriving"))

    assert led.session.is_here("ben")


def test_a_full_set_lets_nobody_else_in_and_offers_its_waiting_list() -> None:
    town = Stage().found(*CAST, "farid", "gwen", "hana")

    for heard in (town.press("ivo", "Join"), town.do("ivo", Pressed("agree"))):
        assert heard.card.title == "Aurora is full"
        assert labels(heard.card) == ["Put me on the waiting list"]
    assert not town.set.agreed("ivo")


def test_the_last_place_goes_to_the_person_who_agrees_first() -> None:
    town = Stage().found(*CAST, "farid", "gwen")
    agreement = town.press("ivo", "Join").card
    town.join("hana")

    assert town.press("ivo", "I agree", agreement).card.title == "Aurora is full"


def test_the_founders_place_is_kept_until_they_have_agreed() -> None:
    town = Stage().found(*CAST, "farid", "gwen", "hana")
    town.change_member("ana", agreed_at=None)

    assert town.press("ivo", "Join").card.title == "Aurora is full"
    town.join("ana")

    assert town.set.agreed("ana")


def test_the_place_of_a_founder_who_has_left_is_free() -> None:
    town = Stage().found(*CAST, "farid", "gwen", "hana")
    town.leave("ana")

    town.join("ivo")

    assert town.set.agreed("ivo")


def test_a_second_set_is_not_founded_in_the_same_place(led: Stage) -> None:
    form = Stage().type("ben", "set new").form

    assert led.type("ben", "set new").code == "set_exists"
    assert led.hand_in("ben", form, name="Borealis").code == "set_exists"
    assert led.do("ben", Typed("set new")).code == "set_exists"
    second = CreateSet(
        who="ben",
        id="second",
        place="#aurora",
        name="Borealis",
        who_name="Ben",
        zone="UTC",
        format="90",
        facilitation="led",
    )
    assert led.decide(second).code == "set_exists"
    assert led.set.name == "Aurora"


def test_the_name_of_a_person_is_cleaned_and_never_empty(town: Stage) -> None:
    town.found()

    for n, name in enumerate(("\u202eEvil\u202c", "\u200b", "x" * 100)):
        person = f"p{n}"
        signal = Pressed("agree")
        command = understanding.understand(town.room, Caller(person, name, "Nowhere/Land"), signal)
        assert isinstance(command, Agree)
        town.decide(command)

    names = [m.name for m in town.set.present_members]
    assert names[:2] == ["Evil", "Someone"]
    assert len(names[2]) == 40
    assert {m.preferences.zone for m in town.set.present_members} == {""}


def test_a_persons_own_zone_is_kept_where_it_is_one(town: Stage) -> None:
    town.zones["ben"] = "Asia/Kolkata"
    town.found("ben")

    member = town.set.member("ben")

    assert member is not None
    assert member.preferences.zone == "Asia/Kolkata"


# --- whether direct messages arrive ---------------------------------------------------------------


def test_a_closed_door_for_messages_is_remembered_and_said_at_home(led: Stage) -> None:
    led.reach("ben", ok=False)
    home = led.type("ben", "home").card
    assert "I can't send you DMs" in words_of(home)
    before = led.set

    led.reach("ben", ok=False)
    assert led.set is before

    led.reach("ben", ok=True)
    member = led.set.member("ben")
    assert member is not None
    assert member.direct is Direct.OPEN
    assert "I can't send you DMs" not in words_of(led.type("ben", "home").card)


def test_a_word_on_somebody_who_is_not_in_the_set_changes_nothing(led: Stage) -> None:
    before = led.set

    led.reach("zoe", ok=False)

    assert led.set is before


# --- late-comers ----------------------------------------------------------------------------------


def test_a_stranger_may_come_late_through_the_agreement(led: Stage) -> None:
    led.begin("ana", "ben", "chidi", "dana")

    agreement = led.press("zoe", "I'm here").card
    heard = led.press("zoe", "I agree", agreement)

    assert heard.card.title == "Welcome. We've begun"
    assert led.session.is_here("zoe")


def test_here_means_nothing_where_no_meeting_is_on(led: Stage) -> None:
    assert led.do("ben", Pressed("here")).code == "no_meeting"
    assert led.do("ben", Reacted("slot", "✅")).code == "ignored"


# --- nobody leaves without being remembered fairly ------------------------------------------------


def test_somebody_who_left_is_a_former_member_everywhere(led: Stage) -> None:
    led.leave("ben")

    assert led.set.member("ben") is None
    assert led.set.name_of("ben") == "Ben"
    assert led.set.name_of("nobody") == "A former member"
    assert led.type("ben", "home").code == "not_member"
    assert led.type("ben", "help").card.title == "Ground rules of Aurora"


def test_a_former_member_may_join_again(led: Stage) -> None:
    members = led.set.members
    led.change(members=tuple(replace(m, left_at=led.now) for m in members if m.person == "ben"))

    led.join("ben")

    assert led.set.agreed("ben")
    assert len([m for m in led.set.members if m.person == "ben"]) == 1


def test_who_comes_back_waits_since_they_last_presented(led: Stage) -> None:
    last = led.now - timedelta(days=90)
    ben = next(m for m in led.set.members if m.person == "ben")
    gone = replace(ben, last_presented_at=last, last_held_at=last, left_at=led.now)
    led.change(members=tuple(gone if m is ben else m for m in led.set.members))

    led.join("ben")

    back = led.set.member("ben")
    assert back is not None
    assert (back.last_presented_at, back.last_held_at) == (last, last)
    assert back.joined_at == ben.joined_at
    led.begin("ana", "ben", "chidi", "dana")
    here = led.session.who("ben")
    assert here is not None
    assert here.waiting_since == last


def test_the_close_of_a_meeting_this_set_does_not_know_changes_nothing(led: Stage) -> None:
    before = led.set

    led.decide(CloseSession(who="ana", session="another", held=True, presented=("zoe",)))

    assert led.set is before


def test_a_member_without_agreement_is_not_in_the_set(led: Stage) -> None:
    led.change(members=(*led.set.members, Member("zoe", "Zoe", led.now)))

    assert not led.set.agreed("zoe")
    assert led.type("zoe", "actions").code == "not_member"
    heard = led.type("zoe", "help")
    assert isinstance(heard.card, Card)
    assert labels(heard.card) == ["I agree", "Not now"]
    assert led.do("zoe", pressing("I agree", heard.card)).refusal is None
    assert led.set.agreed("zoe")


def test_the_line_about_joining_is_of_no_use_for_somebody_who_left_again(led: Stage) -> None:
    notice = next(n for n, _ in led.said if n.card == "joined" and n.subject == "eve")

    led.leave("eve")

    assert notice_cards.draw(led.room, notice) is None


def test_nobody_but_the_platform_says_whether_messages_get_through(led: Stage) -> None:
    assert led.decide(ReachedPerson(who="eve", person="eve", ok=True)).code == "not_member"


def test_nothing_can_be_asked_of_a_set_that_is_not_there(led: Stage) -> None:
    form = led.type("ana", "schedule").form
    nowhere = Stage()

    assert nowhere.decide(NotNow(who="ana")).code == "no_set"
    assert nowhere.hand_in("ana", form, when="2027-03-02T18:00").code == "no_set"


@pytest.mark.parametrize(
    ("missed", "closed", "held", "words"),
    [
        (1, 0, 0, ["1 message for Aurora came too late to send."]),
        (12, 0, 0, ["12 messages for Aurora came too late"]),
        (0, 2, 0, ["2 messages couldn't be delivered: DMs from me are closed."]),
        (0, 0, 3, ["I can't post in the channel of Aurora. Please invite me again."]),
        (1, 3, 0, ["1 message for Aurora came too late", "3 messages couldn't be delivered"]),
    ],
)
def test_the_facilitator_hears_how_much_did_not_arrive_and_never_what(
    led: Stage, missed: int, closed: int, held: int, words: list[str]
) -> None:
    said = words_of(undelivered_card(led.set, missed, closed, held))

    assert all(word in said for word in words)
    assert ("too late" in said, "are closed" in said) == (missed > 0, closed > 0)
    assert "I posted none of it in the channel." in said
