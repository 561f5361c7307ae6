"""An instruction stands on the first card it applies to, and again before somebody who comes late."""

from bot.core.meeting.phases.frame import HOW_TO_MOVE
from bot.core.meeting.session import BOT
from tests.core.person.test_forgetting import forget
from tests.core.reading import words_of
from tests.core.stage import Stage

UNREAD = "I can't read what you type here."


def test_how_to_move_on_together_stands_on_the_first_card_alone():
    play = Stage.just_begun(facilitation="bot-held")
    assert HOW_TO_MOVE.text in words_of(play.current())

    play.go_on_to("bids")

    assert HOW_TO_MOVE.text not in words_of(play.current())


def test_a_late_comer_hears_how_to_move_on_what_to_do_and_that_it_is_not_read():
    play = Stage.at("check_in", "ana ben chidi dana eve", facilitation="bot-held")

    play.arrive("farid")

    told = play.told("farid")
    assert HOW_TO_MOVE.text in told
    assert UNREAD in told
    assert "How are you" in told


def test_who_comes_late_to_a_led_meeting_hears_nothing_of_moving_on():
    play = Stage.at("clarify", "ana ben chidi dana eve")

    play.arrive("farid")

    assert HOW_TO_MOVE.text not in play.told("farid")
    assert "Press Ask. Ben may answer, pass or park." in play.told("farid")


def test_where_the_bot_stands_in_for_a_round_it_is_said_once_in_that_round():
    play = Stage.at("present", "ben ana chidi dana eve farid")
    assert HOW_TO_MOVE.text not in words_of(play.current())

    play.wait(seconds=60)

    assert play.holder == BOT
    assert HOW_TO_MOVE.text in words_of(play.current())

    play.go_on_to("clarify")

    assert HOW_TO_MOVE.text not in words_of(play.current())


def test_where_the_one_who_led_is_forgotten_it_is_said_from_then_on():
    play = Stage.at("check_in")
    assert HOW_TO_MOVE.text not in words_of(play.current())

    forget(play, "ana")

    assert play.holder == BOT
    assert HOW_TO_MOVE.text in words_of(play.current())


def test_that_nothing_is_read_is_said_once_and_what_is_asked_on_each_first_card():
    play = Stage.at("check_in")
    assert UNREAD in words_of(play.current())

    play.go_on_to("clarify")

    assert UNREAD not in words_of(play.current())
    assert "Ask for the facts you need" in words_of(play.current())
    assert "Press Ask. Ben may answer, pass or park." in words_of(play.current())

    play.go_on_to("explore")

    assert "Press Ask." not in words_of(play.current())


def test_in_a_later_round_the_rules_are_known_and_the_presenter_is_still_free():
    play = Stage.at("break", format="120")

    play.press("ana", "Back from the break")
    play.go_on_to("clarify")

    assert "Ask for the facts you need" not in words_of(play.current())
    assert f"{play.presenter.capitalize()} may answer, pass or park." in words_of(play.current())
