"""Founding a set, reading its agreement, coming in: early, late, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.cards import Card, Fields
from bot.core.decision import Where
from bot.core.exchange import CloseSession
from bot.core.input import understanding
from bot.core.learning_set.commands import Agree, CreateSet
from bot.core.learning_set.state import Direct, Member
from bot.core.meeting.session import Facilitation
from bot.core.signals import Caller, Pressed, Reacted, Typed
from bot.core.wording import AGREEMENT, WHAT_THE_BOT_SEES
from tests.core_set.town import CAST, MONDAY, Town, labels, pressing, words


def test_founding_asks_four_things_and_shows_the_set(town: Town) -> None:
    form = town.type("Ana", "set new").form
    assert [f.label for f in form.fields] == [
        "Name",
        "How long?",
        "Time zone",
        "Who facilitates?",
    ]

    heard = town.hand_in("Ana", form, name="Aurora", format="120", facilitation="The bot")

    assert "Press Join on its card" in heard.sentence
    assert (town.set.name, town.set.format) == ("Aurora", "120")
    assert town.set.facilitation is Facilitation.BOT_HELD
    assert town.set.created_at == MONDAY
    card = town.newest("Join")
    assert card.title == "The set Aurora"
    assert "Members: " in words(card)
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
    town = Town().found(facilitation=facilitation)

    rows = next(b.rows for b in town.newest("Join").blocks if isinstance(b, Fields))

    assert dict(rows)["Facilitation"] == held
    assert dict(rows)["Size"] == "4 to 8 people"


def test_starting_where_no_set_is_founds_one_and_opens_its_first_meeting(town: Town) -> None:
    form = town.type("Ana", "start", format="60").form
    assert {f.key: f.value for f in form.fields}["format"] == "60"

    town.hand_in("Ana", form, name="Aurora")

    assert town.phase == "arrive"
    assert town.session.format == "60"
    assert town.set.session == town.session.id
    assert not town.set.carded
    assert town.said == []  # The board is enough.


def test_an_unknown_length_does_not_get_into_the_form(town: Town) -> None:
    form = town.type("Ana", "start", format="45").form

    assert {f.key: f.value for f in form.fields}["format"] == "90"


def test_the_first_start_takes_people_through_the_agreement_to_their_place(town: Town) -> None:
    town.hand_in("Ana", town.type("Ana", "start").form, name="Aurora")

    agreement = town.press("Ben", "I'm here").card
    assert agreement.title == "Ground rules of Aurora"
    assert AGREEMENT[0] in words(agreement)
    assert WHAT_THE_BOT_SEES in words(agreement)
    assert not town.session.is_here("ben")

    heard = town.press("Ben", "I agree", agreement)

    assert heard.told[0] == "You're in Aurora, and here in its meeting."
    assert town.session.is_here("ben")
    assert town.set.agreed("ben")
    assert [c.title for c in town.private("Ben")] == ["Welcome to Aurora"]
    joined = next(n for n, c in town.said if c.title == "Ben has joined Aurora")
    assert joined.where is Where.THREAD


def test_joining_between_meetings_edits_the_set_card_and_says_one_line(led: Town) -> None:
    cards = [c for c in led.public() if c.title == "The set Aurora"]

    assert len(cards) == 1
    assert "Members: Ana, Ben, Chidi, Dana, Eve" in words(cards[0])
    assert [c.title for c in led.public() if "joined" in c.title] == [
        f"{who} has joined Aurora" for who in CAST
    ]


def test_the_welcome_names_quiet_hours_and_that_replies_are_not_read(led: Town) -> None:
    welcome = led.private("Dana")[0]

    assert "20:00 to 08:00" in words(welcome)
    assert "I can't read replies" in words(welcome)
    assert "Dana" not in welcome.summary


def test_not_now_keeps_nothing(town: Town) -> None:
    town.found()
    agreement = town.press("Ben", "Join").card
    before = town.set

    heard = town.press("Ben", "Not now", agreement)

    assert heard.sentence == "No problem. You can join any time."
    assert town.set is before


def test_agreeing_twice_joins_once(led: Town) -> None:
    before = led.set

    heard = led.do("Ben", Pressed("agree"))

    assert (heard.told, led.set) == ([], before)


def test_who_has_agreed_is_not_shown_the_agreement_again(led: Town) -> None:
    assert led.press("Ben", "Join").code == "agreed"
    assert led.type("Ben", "set join").code == "agreed"


def test_agreeing_again_from_an_old_card_arrives_where_a_meeting_is_on(led: Town) -> None:
    led.type("Ana", "start")

    led.do("Ben", Pressed("agree", value="arriving"))

    assert led.session.is_here("ben")


def test_joining_without_arriving_makes_one_expected_in_the_running_meeting(led: Town) -> None:
    led.type("Ana", "start")

    led.join("Farid")

    assert led.session.who("farid") is not None
    assert not led.session.is_here("farid")


def test_a_full_set_lets_nobody_else_in_and_offers_its_waiting_list() -> None:
    town = Town().found(*CAST, "Farid", "Grace", "Hana")

    for heard in (town.press("Ivo", "Join"), town.do("Ivo", Pressed("agree"))):
        assert heard.card.title == "Aurora is full"
        assert labels(heard.card) == ["Put me on the waiting list"]
    assert not town.set.agreed("ivo")


def test_the_last_place_goes_to_whoever_agrees_first() -> None:
    town = Town().found(*CAST, "Farid", "Grace")
    agreement = town.press("Ivo", "Join").card
    town.join("Hana")

    assert town.press("Ivo", "I agree", agreement).card.title == "Aurora is full"


def test_the_founders_place_is_kept_until_they_have_agreed() -> None:
    town = Town().found(*CAST, "Farid", "Grace", "Hana")
    ana = next(m for m in town.set.members if m.person == "ana")
    town.change(
        members=tuple(replace(m, agreed_at=None) if m is ana else m for m in town.set.members)
    )

    assert town.press("Ivo", "Join").card.title == "Aurora is full"
    town.join("Ana")

    assert town.set.agreed("ana")


def test_the_place_of_a_founder_who_has_left_is_free() -> None:
    town = Town().found(*CAST, "Farid", "Grace", "Hana")
    town.change(
        members=tuple(
            replace(m, left_at=town.now) if m.person == "ana" else m for m in town.set.members
        )
    )

    town.join("Ivo")

    assert town.set.agreed("ivo")


def test_a_second_set_is_not_founded_in_the_same_place(led: Town) -> None:
    form = Town().type("Ben", "set new").form

    assert led.type("Ben", "set new").code == "set_exists"
    assert led.hand_in("Ben", form, name="Borealis").code == "set_exists"
    assert led.do("Ben", Typed("set new")).code == "set_exists"
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


def test_the_name_of_a_person_is_cleaned_and_never_empty(town: Town) -> None:
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
    assert {m.habits.zone for m in town.set.present_members} == {""}


def test_a_persons_own_zone_is_kept_where_it_is_one(town: Town) -> None:
    town.zones["Ben"] = "Asia/Kolkata"
    town.found("Ben")

    member = town.set.member("ben")

    assert member is not None
    assert member.habits.zone == "Asia/Kolkata"


# --- whether direct messages arrive ---------------------------------------------------------------


def test_a_closed_door_for_messages_is_remembered_and_said_at_home(led: Town) -> None:
    led.reach("Ben", ok=False)
    home = led.type("Ben", "home").card
    assert "I can't send you DMs" in words(home)
    before = led.set

    led.reach("Ben", ok=False)
    assert led.set is before

    led.reach("Ben", ok=True)
    member = led.set.member("ben")
    assert member is not None
    assert member.direct is Direct.OPEN
    assert "I can't send you DMs" not in words(led.type("Ben", "home").card)


def test_a_word_on_somebody_who_is_not_in_the_set_changes_nothing(led: Town) -> None:
    before = led.set

    led.reach("Zoe", ok=False)

    assert led.set is before


# --- late-comers ----------------------------------------------------------------------------------


def test_a_late_comer_reads_where_we_are_and_comes_last(led: Town) -> None:
    led.begin("Ana", "Ben", "Chidi", "Dana")
    assert led.phase == "check_in"

    card = led.press("Eve", "I'm here").card

    assert card.title == "Welcome. We've begun"
    assert "Your turn comes last" in words(card)
    assert led.session.here[-1].name == "Eve"


def test_a_stranger_may_come_late_through_the_agreement(led: Town) -> None:
    led.begin("Ana", "Ben", "Chidi", "Dana")

    agreement = led.press("Zoe", "I'm here").card
    heard = led.press("Zoe", "I agree", agreement)

    assert heard.card.title == "Welcome. We've begun"
    assert led.session.is_here("zoe")


def test_here_means_nothing_where_no_meeting_is_on(led: Town) -> None:
    assert led.do("Ben", Pressed("here")).code == "no_meeting"
    assert led.do("Ben", Reacted("slot", "✅")).code == "ignored"


# --- nobody leaves without being remembered fairly ------------------------------------------------


def test_somebody_who_left_is_a_former_member_everywhere(led: Town) -> None:
    ben = next(m for m in led.set.members if m.person == "ben")
    led.change(
        members=tuple(replace(m, left_at=led.now) if m is ben else m for m in led.set.members)
    )

    assert led.set.member("ben") is None
    assert led.set.name_of("ben") == "Ben"
    assert led.set.name_of("nobody") == "A former member"
    assert led.type("Ben", "home").code == "not_member"
    assert led.type("Ben", "help").card.title == "Ground rules of Aurora"


def test_a_former_member_may_join_again(led: Town) -> None:
    members = led.set.members
    led.change(members=tuple(replace(m, left_at=led.now) for m in members if m.person == "ben"))

    led.join("Ben")

    assert led.set.agreed("ben")
    assert len([m for m in led.set.members if m.person == "ben"]) == 1


def test_who_comes_back_waits_since_they_last_presented(led: Town) -> None:
    last = led.now - timedelta(days=90)
    ben = next(m for m in led.set.members if m.person == "ben")
    gone = replace(ben, last_presented_at=last, last_held_at=last, left_at=led.now)
    led.change(members=tuple(gone if m is ben else m for m in led.set.members))

    led.join("Ben")

    back = led.set.member("ben")
    assert back is not None
    assert (back.last_presented_at, back.last_held_at) == (last, last)
    assert back.joined_at == ben.joined_at
    led.begin("Ana", "Ben", "Chidi", "Dana")
    here = led.session.who("ben")
    assert here is not None
    assert here.waiting_since == last


def test_the_close_of_a_meeting_this_set_does_not_know_changes_nothing(led: Town) -> None:
    before = led.set

    led.decide(CloseSession(who="ana", session="another", held=True, presented=("zoe",)))

    assert led.set is before


def test_a_member_without_agreement_is_not_in_the_set(led: Town) -> None:
    led.change(members=(*led.set.members, Member("zoe", "Zoe", led.now)))

    assert not led.set.agreed("zoe")
    assert led.type("Zoe", "actions").code == "not_member"
    heard = led.type("Zoe", "help")
    assert isinstance(heard.card, Card)
    assert labels(heard.card) == ["I agree", "Not now"]
    assert led.do("Zoe", pressing("I agree", heard.card)).refusal is None
    assert led.set.agreed("zoe")
