"""Moving a meeting on, back, to a part by name, and to its end, where a person leads it."""

from dataclasses import replace

import pytest

from bot.core.meeting.session import Transition
from tests.core.stage import Stage


def test_next_moves_on_by_one_and_notes_who_and_when():
    play = Stage.with_people()

    play.press("ana", "Next phase")

    assert play.phase == "bids"
    assert replace(play.session.log[-1], follows=()) == Transition(
        play.step("bids"), play.now, "ana"
    )


def test_two_people_pressing_next_at_once_move_one_step():
    play = Stage.with_people()
    at_once = play.button("ana", "Next phase")
    play.do("ana", at_once)

    play.do("ana", at_once)

    assert play.phase == "bids"
    assert play.sentence == (
        "You've just moved to “Offering issues”. Press More to see what you can do."
    )


def test_next_by_command_within_three_seconds_of_a_step_is_held_back():
    play = Stage.with_people()
    play.wait(seconds=3)
    play.type("ana", "next")
    assert play.phase == "bids"

    play.wait(seconds=2.9)
    play.type("ana", "next")
    assert play.phase == "bids"
    assert play.code == "just_moved"

    play.wait(seconds=0.1)
    play.type("ana", "next")
    assert play.phase == "choose"


@pytest.mark.parametrize("label", ["Next phase", "End", "+2 minutes"])
def test_a_member_hears_who_holds_the_process(label):
    play = Stage.with_people()
    play.more("ana")
    button = play.button("ana", label)

    play.do("ben", button)

    assert play.sentence == (
        "Ana facilitates. Under More you can hold a silence or call a time-out."
    )


# --- to a part by name ----------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["reflect", "Reflect", " REFLECT "])
def test_a_part_can_be_gone_to_by_name(typed):
    play = Stage.at("clarify")
    play.wait(seconds=3)

    play.type("ana", "next", to=typed)

    assert play.phase == "reflect"


def test_a_part_behind_can_be_gone_to_as_well():
    play = Stage.at("reflect")
    play.wait(seconds=3)

    play.type("ana", "next", to="learning review")
    assert play.phase == "learning_review"
    play.wait(seconds=3)
    play.type("ana", "next", to="explore")
    assert play.phase == "explore"


def test_an_unknown_part_is_answered_with_those_there_are():
    play = Stage.with_people()
    play.wait(seconds=3)

    play.type("ana", "next", to="lunch")

    assert play.sentence.startswith("I can go to one of these: ")
    assert play.sentence.endswith("bids, choose, close.")


@pytest.mark.parametrize("to", ["explore", "reflect", "action_plan", "learning_review"])
def test_nothing_after_the_vote_can_be_entered_without_a_presenter(to):
    play = Stage.at("choose")
    play.wait(seconds=3)

    play.type("ana", "next", to=to)

    assert play.code == "no_issue"
    assert play.phase == "choose"


def test_the_close_can_be_gone_to_from_anywhere():
    play = Stage.at("choose")
    play.wait(seconds=3)

    play.type("ana", "next", to="close")

    assert play.phase == "close"


def test_nobody_goes_back_to_the_arriving():
    play = Stage.with_people()
    play.wait(seconds=3)

    play.type("ana", "next", to="arrive")

    assert play.code == "unknown_phase"


def test_a_part_is_not_gone_to_before_three_are_here():
    play = Stage.started("ana")
    play.arrive("ana")

    play.type("ana", "next", to="bids")

    assert play.code == "too_few"


def test_a_part_that_has_nothing_to_do_is_not_gone_to():
    play = Stage.at("explore")
    play.wait(seconds=3)

    play.type("ana", "next", to="action_report")

    assert play.code == "unknown_phase"


# --- back -----------------------------------------------------------------------------------------


def test_back_goes_to_the_step_before():
    play = Stage.at("explore")
    play.more("ana")
    play.press("ana", "Back")
    assert play.phase == "clarify"

    play.more("ana")
    play.press("ana", "Back")
    assert play.phase == "present"


def test_there_is_nothing_behind_the_beginning():
    play = Stage.just_begun()
    assert "Back" not in play.more("ana")
    back = Stage.at("explore")
    back.more("ana")
    button = back.button("ana", "Back")

    play.do("ana", replace(button, subject="", step=play.session.at))

    assert play.code == "first"


def test_back_never_enters_a_round_that_its_presenter_has_stopped():
    play = Stage.at("explore")
    play.more("ben")
    play.press("ben", "Stop my round")
    play.press("ben", "Stop my round")
    assert play.phase == "learning_review"
    play.more("ana")

    play.press("ana", "Back")

    assert play.phase == "check_in"


# --- stopping, leaving, ending --------------------------------------------------------------------


def test_the_presenter_stops_their_round_and_nobody_asks_why():
    play = Stage.at("explore")
    play.more("ben")
    play.press("ben", "Stop my round")
    assert "No one asks why" in play.told("ben")
    assert play.phase == "explore"

    play.press("ben", "Stop my round")

    assert play.phase == "learning_review"
    assert play.session.log[-1].by == "ben"


def test_nobody_else_stops_a_round():
    play = Stage.at("explore")
    play.more("ben")
    stop = play.button("ben", "Stop my round")

    play.do("eve", stop)

    assert play.code == "not_yours"
    assert "Stop my round" not in play.more("eve")


def test_a_stopped_round_leaves_the_next_one_to_come():
    play = Stage.at("explore", format="120")
    play.more("ben")
    play.press("ben", "Stop my round")
    play.press("ben", "Stop my round")

    assert play.phase == "break"
    play.press("ana", "Back from the break")
    assert (play.phase, play.presenter) == ("present", "eve")


def test_after_the_last_round_there_is_no_break():
    play = Stage.at("break", format="120")
    play.more("eve")
    play.press("eve", "I have to go")
    play.press("ana", "Back from the break")

    assert play.phase == "learning_review"


def test_a_member_leaves_quietly_and_the_facilitator_alone_is_told():
    play = Stage.at("explore")
    play.more("eve")

    play.press("eve", "I have to go")

    assert play.told("eve") == "Take care. You can come back any time."
    assert "eve" not in play.here
    assert play.private("ana")[-1].title == "Someone had to go"
    assert "Eve" not in play.private("ana")[-1].title
    leave = play.notices[-1]
    assert leave.to == "ana"


def test_who_has_left_comes_back_to_their_place():
    play = Stage.with_people()
    play.more("ben")
    play.press("ben", "I have to go")
    play.press("ben", "I'm here")

    assert play.here.index("ben") == 1


def test_who_is_not_here_cannot_leave():
    play = Stage.with_people()
    play.more("ben")
    go = play.button("ben", "I have to go")
    play.do("ben", go)

    play.do("ben", go)

    assert play.code == "not_here"
    assert "I'm here" in play.more("ben")


def test_a_presenter_who_has_to_go_ends_their_round():
    play = Stage.at("clarify")
    play.more("ben")
    play.press("ben", "I have to go")

    assert play.phase == "learning_review"


def test_the_round_of_somebody_who_has_left_before_it_is_left_out():
    play = Stage.at("present", format="120")
    play.more("eve")
    play.press("eve", "I have to go")
    play.go_on_to("learning_review")

    assert "break" not in play.visited


def test_ending_asks_first_and_says_how_many_it_concerns():
    play = Stage.at("explore")
    play.type("ana", "end")
    assert play.phase == "explore"

    play.press("ana", "End the meeting for 6 people")

    assert play.phase == "over"
    assert play.session.status == "held"
    assert play.session.closed_by == "ana"


def test_ending_before_the_beginning_is_not_held():
    play = Stage.started("ana")
    play.arrive("ana")
    play.type("ana", "end")
    play.press("ana", "End the meeting for 1 person")

    assert play.session.status == "not held"


def test_a_second_press_on_the_end_is_over():
    play = Stage.at("explore")
    play.type("ana", "end")
    end = play.button("ana", "End the meeting for 6 people")
    play.do("ana", end)
    before = play.session

    play.do("ana", end)

    assert play.code == "over"
    assert play.session is before


def test_the_status_says_where_we_are_and_who_is_next():
    play = Stage.at("clarify")

    play.type("eve", "status")

    assert (
        f"Clarifying questions ({play.session.at} of {len(play.session.plan) - 1})."
        in play.told("eve")
    )
    assert "Ana facilitates. Ben presents. Next: Open questions." in play.told("eve")


def test_the_last_part_has_nothing_after_it():
    play = Stage.at("close", facilitation="bot-held")

    play.type("eve", "status")

    assert "The bot facilitates." in play.told("eve")
    assert "Then:" not in play.told("eve")


def test_a_person_who_needs_help_hears_a_quiet_word():
    play = Stage.at("clarify")
    play.more("eve")
    play.press("eve", "I need help")

    assert "I'm not a crisis service and nobody monitors me." in play.told("eve")
    assert play.sees("eve", "Hold a silence")


def test_the_board_says_where_we_are_from_the_door_to_the_close():
    play = Stage.started("ana")
    assert play.card("Aurora").loud
    play = Stage.at("clarify")
    assert "Ben presents." in play.text()
    play.go_on_to("close")
    play.close()
    assert "The meeting is over." in play.text()


def test_back_in_the_break_there_is_nothing_to_remember():
    play = Stage.at("break", format="120")
    play.press("ana", "Back from the break")
    play.more("ana")

    play.press("ana", "Back")

    assert play.phase == "break"


def test_a_deadline_of_a_meeting_that_is_over_means_nothing():
    play = Stage.at("close")
    due = play.next_due()
    play.close()

    play.ring(due)
    assert play.code == "ignored"
    Stage().ring(replace(due, step=None))
