"""Arriving: the door, the agreement, the quorum, and who begins."""

import pytest

from bot.core.wording import COMING
from tests.core.stage import EIGHT, SIX, Stage


def test_not_now_keeps_nothing():
    play = Stage.started("ana")
    play.press("ben", "I'm here")
    play.press("ben", "Not now")

    assert play.told("ben") == "No problem. You can join any time."
    assert play.set.member("ben") is None


def test_agreeing_twice_is_agreeing_once():
    play = Stage.started("ana")
    play.press("ben", "I'm here")
    again = play.button("ben", "I agree")
    play.press("ben", "I agree")
    before = play.set

    play.do("ben", again)

    assert play.set is before
    assert play.here == ("ben",)


def test_a_second_press_at_the_door_changes_nothing():
    play = Stage.started("ana")
    play.arrive("ben")
    before = play.session

    play.press("ben", "I'm here")

    assert play.session is before


def test_the_meeting_begins_by_itself_once_the_quorum_is_here():
    play = Stage.started("ana")
    for who in ("ana", "ben", "chidi"):
        play.arrive(who)
    assert play.phase == "arrive"
    assert "when 1 more is here" in play.text()

    play.arrive("dana")

    assert play.begun


def test_the_facilitator_may_begin_with_three():
    play = Stage.started("ana")
    for who in ("ana", "ben", "chidi"):
        play.arrive(who)

    play.press("ana", "Begin")

    assert play.begun


def test_nobody_begins_with_two():
    play = Stage.started("ana")
    play.arrive("ana")
    play.arrive("ben")

    play.press("ana", "Begin")

    assert play.code == "too_few"
    assert play.phase == "arrive"


def test_a_member_cannot_begin_where_somebody_holds_the_process():
    play = Stage.started("ana")
    for who in ("ana", "ben", "chidi"):
        play.arrive(who)

    play.press("ben", "Begin")

    assert play.code == "not_facilitator"
    assert "Ana facilitates" in play.sentence


def test_the_person_who_begins_is_here():
    play = Stage.at_second_door()
    for who in ("ben", "chidi", "dana"):
        play.arrive(who)

    play.press("ana", "Begin")

    assert "ana" in play.here


def test_anyone_here_may_begin_where_the_bot_holds_the_process():
    play = Stage.started("ana", facilitation="bot-held")
    for who in ("ana", "ben", "chidi"):
        play.arrive(who)

    play.press("dana", "Begin")
    assert play.code == "not_member"

    play.press("chidi", "Begin")
    assert play.begun


def test_somebody_who_is_not_here_cannot_begin_where_the_bot_holds_the_process():
    play = Stage.at_second_door(facilitation="bot-held")
    for who in ("ben", "chidi", "dana"):
        play.arrive(who)

    play.press("ana", "Begin")

    assert play.code == "not_here"


def test_the_door_opens_a_quarter_of_an_hour_before_and_nothing_begins_before_the_start():
    play = Stage.before_second()
    assert play.phase == "over"

    play.wait(minutes=1)
    assert play.phase == "arrive"
    assert play.public()[-1].title == "Aurora meets soon"
    for who in SIX.split():
        play.arrive(who)
    assert play.phase == "arrive"

    play.wait(minutes=15)
    assert play.begun
    assert play.session.log[-1].by == "clock"


def test_without_a_quorum_the_bot_asks_and_then_closes_as_not_held():
    play = Stage.at_second_door()
    for who in ("ana", "ben", "chidi"):
        play.arrive(who)

    play.wait(minutes=30)
    assert "Some of you are still missing" in play.text()
    assert play.phase == "arrive"

    play.wait(minutes=15)
    assert play.phase == "over"
    assert play.session.status == "not held"
    assert "this meeting didn't happen" in play.text()
    assert play.set.session == ""
    assert play.set.planned()[0].wall > play.session.wall
    assert play.notices[-1].card != "keepsake"


def test_with_the_bots_question_three_may_still_begin():
    play = Stage.at_second_door()
    for who in ("ana", "ben", "chidi"):
        play.arrive(who)
    play.wait(minutes=32)

    play.press("ana", "Begin")

    assert play.begun


def test_a_tick_is_arriving_and_taking_it_off_is_not():
    play = Stage.at_second_door()

    play.react("ben", COMING)
    assert "ben" in play.here

    play.react("ben", COMING, on=False)
    assert "ben" not in play.here

    play.react("chidi", COMING, slot=play.session.slot("board"))
    assert "chidi" in play.here


def test_a_tick_of_a_stranger_counts_for_nothing():
    play = Stage.started("ana")
    before = play.room

    play.react("zoe", COMING)

    assert play.room == before
    assert play.code == "ignored"


def test_a_tick_taken_off_once_the_meeting_runs_changes_nothing():
    play = Stage.with_people()
    before = play.session

    play.react("ben", COMING, on=False, slot=play.session.slot("board"))

    assert play.session is before


def test_a_late_comer_hears_where_we_are_and_comes_last():
    play = Stage.with_people("ana ben chidi dana")

    play.arrive("eve")

    assert play.here[-1] == "eve"
    assert "Welcome. We've begun" in play.told("eve")
    assert "Your turn comes last" in play.told("eve")


def test_a_late_comer_does_not_interrupt_the_story():
    play = Stage.at("present", "ana ben chidi dana eve")
    play.arrive("farid")

    assert "Ben has the floor. Please listen until they finish." in play.told("farid")

    play.press("ben", "More")
    play.go_on_to("clarify")
    play.arrive("gwen")
    assert "Ben presents. You may join in." in play.told("gwen")


def test_somebody_who_agrees_without_coming_is_expected():
    play = Stage.with_people()
    play.type("gwen", "set join")
    play.press("gwen", "I agree")

    assert play.set.agreed("gwen")
    assert "gwen" not in play.here
    assert play.session.who("gwen") is not None


@pytest.mark.parametrize(("names", "warned"), [(SIX, False), (f"{SIX} gwen", True), (EIGHT, True)])
def test_sixty_minutes_with_seven_or_eight_people_is_called_a_formality(names, warned):
    play = Stage.at_second_door(names, format="60")
    for who in names.split():
        play.arrive(who)

    assert ("A longer format gives more room" in play.text()) is warned
    assert play.sees("ana", "Offer an issue") is warned


def test_a_bid_written_on_arrival_waits_privately_for_the_bids():
    play = Stage.at_second_door(EIGHT, format="60")
    for who in EIGHT.split():
        play.arrive(who)

    play.fill("gwen", "Offer an issue", title="Where does my time go?")
    assert play.draft("gwen") == "Where does my time go?"
    assert "Where does my time go?" not in play.text()

    play.wait(minutes=15)
    play.everyone_speaks()
    assert play.phase == "bids"
    form = play.open("gwen", "Offer an issue")
    assert form.fields[0].value == "Where does my time go?"
