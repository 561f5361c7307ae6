"""Buttons, reactions and the clock's signals: old, foreign, unknown, or pressed in time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import engine, notice_cards
from bot.core.cards import Card
from bot.core.decision import Matter, Notice, Refusal
from bot.core.exchange import MeetNext
from bot.core.input import understanding
from bot.core.input.pressed import _GENERAL, _TO_SET
from bot.core.learning_set.commands import ReachedPerson
from bot.core.meeting.commands import Arrive, Extend, Next, Pause, TakeBackWish
from bot.core.meeting.session import CLOCK, Claim
from bot.core.refusals import NOT_MEMBER
from bot.core.signals import Caller, Pressed, Rang, Reached, Reacted, Recounted, Signal
from tests.core.reading import labels, words_of
from tests.core.stage import CAST, Stage

BEN = Caller("ben", "Ben")


@pytest.fixture
def running(together: Stage) -> Stage:
    """A meeting whose process the bot holds, at its check-in."""
    together.begin(*CAST)
    return together


def meant(town: Stage, signal: Signal, who: Caller = BEN) -> object:
    """What a signal means here."""
    return understanding.understand(town.room, who, signal)


# --- buttons --------------------------------------------------------------------------------------


def test_buttons_of_a_meeting_that_is_over_say_so(led: Stage) -> None:
    led.meet()
    old = Pressed("next", "another meeting", 3)

    assert led.do("ana", old).sentence == (
        "That meeting is over. Type /als home to see what's next."
    )
    led.type("ana", "start")
    assert led.do("ana", old).code == "old"


def test_a_button_of_the_last_meeting_reaches_its_remains(led: Stage) -> None:
    led.meet()

    assert led.do("ben", Pressed("my_report", led.session.id)).refusal is None
    assert led.do("ben", Pressed("next", led.session.id)).code == "over"
    assert led.do("ben", Pressed("answered", led.session.id)).code == "no_meeting"


def test_an_unknown_button_says_where_we_are(running: Stage) -> None:
    heard = running.do("ben", Pressed("dance", running.session.id))

    assert heard.sentence == "You're in “Check-in” now. Press More to see what you can do."


def test_a_button_of_a_step_that_is_not_in_the_plan_counts_for_the_current_one(
    running: Stage,
) -> None:
    heard = running.do("ben", Pressed("spoken", running.session.id, 99))

    assert heard.code in ("", "just_moved", "wrong_phase")
    assert running.phase == "check_in"


def test_a_button_of_a_foreign_place_finds_no_meeting(town: Stage) -> None:
    assert town.do("ana", Pressed("next", "s")).code == "old"
    assert town.do("ana", Pressed("join")).sentence.startswith("There's no set here yet")
    assert town.do("ana", Pressed("here")).code == "no_set"


@pytest.mark.parametrize("action", sorted({*_GENERAL, *_TO_SET, "here", "begin", "try_again"}))
@pytest.mark.parametrize("value", ["", "gone", "99999999999999"])
def test_no_button_raises_for_any_role_in_any_place(action: str, value: str) -> None:
    led = Stage().found(*CAST)
    led.begin("ana", "ben", "chidi")
    over = Stage().found(*CAST)
    over.meet()
    for town in (Stage(), Stage().found(*CAST), led, over):
        for who in ("ana", "ben", "zoe"):
            before = town.room
            heard = town.push(who, Pressed(action, value=value))
            assert heard.refusal is None or heard.sentence.endswith((".", "?"))
            if heard.refusal is not None:
                assert town.room == before


def test_pause_says_what_it_means_by_its_value(running: Stage) -> None:
    sid = running.session.id

    assert meant(running, Pressed("pause", sid, value="on")) == Pause(who="ben", on=True)
    assert meant(running, Pressed("pause", sid, value="off")) == Pause(who="ben", on=False)
    assert meant(running, Pressed("pause", sid)) == Pause(who="ben")
    assert meant(running, Pressed("extend", sid, 1, "x")) == Extend(who="ben", step=1, minutes=2)


def test_begin_on_the_board_is_a_next(together: Stage) -> None:
    together.type("ana", "start")

    assert meant(together, Pressed("begin")) == Next(who="ben", step=0)


# --- reactions ------------------------------------------------------------------------------------


def test_reactions_count_on_the_board_and_the_current_card(running: Stage) -> None:
    board, card = running.session.slot("board"), running.session.ballot_slot
    at = running.session.at

    assert meant(running, Reacted(card, "⏭")) == Next(who="ben", step=at)
    assert meant(running, Reacted(card, "⏭️", on=False)) == TakeBackWish(
        who="ben", step=at, wish="next"
    )
    assert meant(running, Reacted(card, "⏳")) == Extend(who="ben", step=at, mark=True)
    assert meant(running, Reacted(card, "⏳", on=False)) == TakeBackWish(
        who="ben", step=at, wish="longer"
    )
    assert meant(running, Reacted(board, "⏭️")) == understanding.IGNORED
    assert meant(running, Reacted(card, "🎉")) == understanding.IGNORED
    assert meant(running, Reacted("elsewhere", "⏭️")) == understanding.IGNORED
    assert meant(running, Reacted(card, "⏭️"), Caller("zoe")) == understanding.IGNORED


def test_numbers_are_votes(led: Stage) -> None:
    led.begin(*CAST)
    led.to("bids")
    led.offer("dana", "How do I say no?")
    led.offer("eve", "Whose project is this?")
    led.to("choose")
    card = led.session.ballot_slot

    led.do("ben", Reacted(card, "2\u20e3"))

    assert led.session.memories[led.session.at].reactions == (("ben", 2),)
    recount = Recounted(card, frozenset({("ben", "1️⃣")}))
    led.do("clock", recount)
    assert led.session.memories[led.session.at].reactions == ()
    assert meant(led, replace(recount, slot="elsewhere"), Caller("clock")) == understanding.IGNORED


# --- the clock and the platform -------------------------------------------------------------------


def test_signals_of_nobody_in_particular(running: Stage, town: Stage) -> None:
    recount = Recounted("slot", frozenset())

    assert meant(running, recount) == understanding.IGNORED
    assert meant(town, recount) == understanding.IGNORED
    assert meant(town, Rang("move_on", step=1)) == understanding.IGNORED
    assert meant(town, Rang("open", "m")) == understanding.IGNORED
    assert meant(town, Reached("ben", True)) == ReachedPerson(who=CLOCK, person="ben", ok=True)
    assert town.do("clock", Reached("ben", True)).code == "no_set"
    assert running.do("clock", Rang("move_on", "", 1)).code == "stale"


def test_a_command_to_a_meeting_where_there_is_none(town: Stage) -> None:
    refusal = engine.decide(None, Next(who="ana"), town.now)

    assert isinstance(refusal, Refusal)
    assert refusal.code == "no_meeting"


def test_a_meeting_that_is_over_takes_the_words_that_follow_and_no_more(led: Stage) -> None:
    led.meet()
    before = led.session

    for command in (Arrive(who="ben"), MeetNext(who="ana", at=led.now)):
        led.decide(command)

    assert led.session is before


# --- rights ---------------------------------------------------------------------------------------


# --- cards that are drawn when they are sent ------------------------------------------------------


def notice(card: str, subject: str = "", slot: str = "slot") -> Notice:
    """A notice of that card."""
    return Notice(Matter.NOTICE, slot, card, subject)


def test_words_of_a_meeting_need_a_meeting(led: Stage) -> None:
    for card in ("time_up", "stepped_out", "claim", "two_minutes", "silent"):
        assert notice_cards.draw(led.room, notice(card)) is None


def test_words_about_time_are_drawn_while_they_are_true(led: Stage) -> None:
    led.begin(*CAST)
    led.to("bids")
    assert notice_cards.draw(led.room, notice("time_up")) is None
    assert notice_cards.draw(led.room, notice("two_minutes")) is None
    assert notice_cards.draw(led.room, notice("claim")) is None
    assert notice_cards.draw(led.room, notice("silent")) is None

    led.to_the_end(minutes=-2)
    two = notice_cards.draw(led.room, notice("two_minutes"))
    assert two is not None
    assert two.title == "2 minutes left for “Offering issues”"
    led.to_the_end()
    up = notice_cards.draw(led.room, notice("time_up"))
    assert up is not None
    assert labels(up) == ["Next phase", "+2 minutes"]
    assert up.loud


def test_a_claim_asks_its_holder(led: Stage) -> None:
    led.begin(*CAST)
    process = replace(led.session.process, claim=Claim("ben", led.now))
    led.room = replace(led.room, session=replace(led.session, process=process))

    card = notice_cards.draw(led.room, notice("claim"))

    assert card is not None
    assert "Ben can facilitate" in words_of(card)
    assert labels(card) == ["I'm still here"]


def test_who_leaves_quietly_is_not_named(led: Stage) -> None:
    led.begin(*CAST)

    card = notice_cards.draw(led.room, notice("stepped_out"))

    assert card is not None
    assert card.title == "Someone had to go"
    assert "Ben" not in words_of(card)


def test_a_silent_presenter_is_asked_about_while_the_question_stands(led: Stage) -> None:
    led.begin(*CAST)
    led.to("bids")
    led.offer("ben", "How do I say no?")
    led.to("explore")
    led.hand_in("eve", led.press("eve", "Ask").form, question="What would be enough?")
    at = led.session.at
    slot = led.session.slot(f"silent:{at}:1")

    card = notice_cards.draw(led.room, notice("silent", slot=slot))

    assert isinstance(card, Card)
    assert labels(card) == ["Wait", "Next phase", "Back"]
    assert "A question has been waiting for Ben" in words_of(card)
    led.press("ben", "Answered")
    assert notice_cards.draw(led.room, notice("silent", slot=slot)) is None


def test_cards_of_a_set_need_a_set_and_a_name(led: Stage, town: Stage) -> None:
    for card in ("set", "joined", "welcome", "follow_up", "reminder", "prompt"):
        assert notice_cards.draw(town.room, notice(card, "x:y")) is None
    assert notice_cards.draw(led.room, notice("retired")) is None
    assert notice_cards.draw(led.room, notice("joined", "zoe")) is None
    assert notice_cards.draw(led.room, notice("joined", "ben")) is not None


def test_a_person_who_left_the_set_does_nothing_more_in_its_meeting(led: Stage) -> None:
    led.begin(*CAST)
    led.to("bids")
    led.leave("ben")

    assert led.opened("ben", Pressed("offer")) == NOT_MEMBER
    assert led.do("ben", Pressed("nothing_today")).refusal == NOT_MEMBER
    assert led.type("ben", "status").refusal == NOT_MEMBER
    assert led.do("ben", Pressed("clear_words")).refusal is None, "their own words are theirs"
    assert "agree" in {b.action for b in led.do("ben", Pressed("here")).card.buttons()}
    assert led.do("dana", Pressed("nothing_today")).refusal is None
