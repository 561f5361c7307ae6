"""How it went: each owner in turn, in their own words, seen by whom they say."""

import pytest

from bot.core.meeting.commands import HaveSpoken
from bot.core.meeting.phases.gathering.action_report import Reports
from bot.core.signals import Pressed
from tests.core.reading import words_of
from tests.core.stage import SIX, Stage


def second_meeting(*, private: bool = False, actions: int = 1) -> Stage:
    """The set meets again; Ben chose something to do the last time, and stands at the report."""
    play = Stage.at("action_plan", SIX)
    for n in range(actions):
        seen = "me" if private else "set"
        play.fill("ben", "Add an action", what=f"Talk to Mia {n}", visibility=seen)
    play.press("ben", "That's all")
    play.meet_again()
    play.everyone_speaks()
    return play


def test_it_opens_with_exactly_those_who_owe_a_word():
    play = second_meeting()

    assert play.phase == "action_report"
    assert "It is Ben's turn." in words_of(play.current())


def test_nobody_owes_a_word_and_the_part_is_left_out():
    assert "action_report" not in Stage.at("bids").visited


def test_the_words_of_an_action_do_not_stand_on_the_card():
    assert "Talk to Mia" not in words_of(second_meeting().current())


def test_the_outcome_is_saved_by_the_press_and_the_form_only_adds_words():
    play = second_meeting()

    play.press("ben", "Done")
    assert play.set.actions[0].outcome == "done"
    assert "All have been heard." in play.text()

    form = play.form_told("ben")
    play.wait(seconds=59)
    play.hand_in("ben", form, happened="It turned out otherwise.")
    assert play.phase == "bids"


def test_it_moves_on_a_minute_after_the_last_press_without_words():
    play = second_meeting()
    play.press("ben", "Done")

    play.wait(seconds=59)
    assert play.phase == "action_report"
    play.wait(seconds=1)
    assert play.phase == "bids"


def test_shared_words_stand_in_the_thread_as_the_owners():
    play = second_meeting()

    play.fill("ben", "Partly", happened="We talked.", learned="To ask earlier.", visibility="set")

    assert play.phase == "bids"
    assert "We talked." in play.text("eve")
    assert play.shows("How it went for Ben", "eve")
    assert play.shows("What Ben learned", "eve")
    assert "Thank you. It is kept." in play.told("ben")


def test_words_for_oneself_are_seen_by_nobody_else():
    play = second_meeting()

    play.fill("ben", "Partly", happened="We talked.", learned="To ask earlier.")

    assert "We talked." not in play.text("eve")
    assert play.set.actions[0].happened == "We talked."


def test_words_that_come_much_later_stay_out_of_the_thread():
    play = second_meeting()
    form = play.open("ben", "Partly")
    play.press("ben", "Partly")
    play.wait(seconds=60)
    assert play.phase == "bids"

    play.wait(seconds=61)
    play.hand_in("ben", form, happened="We talked.", visibility="set")

    assert play.code == ""
    assert "We talked." not in play.text("eve")
    assert play.set.actions[0].happened == "We talked."


def test_words_sent_within_a_minute_of_moving_on_still_count():
    play = second_meeting()
    form = play.open("ben", "Partly")
    play.press("ben", "Partly")
    play.wait(seconds=119)

    play.hand_in("ben", form, happened="We talked.", visibility="set")

    assert "We talked." in play.text("eve")


def test_words_can_be_handed_in_again():
    play = second_meeting(actions=2)
    play.press("ben", "Done")
    play.press("ben", "This one (1)")
    form = play.form_told("ben")
    play.hand_in("ben", form, happened="First words.", visibility="set")

    play.hand_in("ben", form, happened="Better words.", visibility="set")

    assert "First words." not in play.text("eve")
    assert "Better words." in play.text("eve")
    assert play.phase == "action_report"


def test_several_open_actions_ask_which_one():
    play = second_meeting(actions=2)

    play.press("ben", "Dropped")

    assert "Talk to Mia 0" in play.told("ben")
    assert "Talk to Mia 1" in play.told("ben")
    play.press("ben", "This one (2)")
    assert [a.outcome for a in play.set.actions] == ["open", "dropped"]


def test_who_owes_nothing_hears_so():
    play = second_meeting()

    play.press("eve", "Done")

    assert play.code == "no_action"


def test_a_word_given_before_the_part_counts_for_it_once():
    play = Stage.at("action_plan", SIX)
    play.fill("ben", "Add an action", what="Talk to Mia", visibility="set")
    play.press("ben", "That's all")
    play.meet_again()

    for _ in range(2):
        play.push("ben", Pressed("partly", play.set.id))
        assert play.session.owed == ()
    play.everyone_speaks()

    assert play.phase == "bids"


def test_an_action_deleted_before_the_part_owes_nothing():
    play = second_meeting()
    play.type("ben", "actions")
    play.press("ben", "Delete")
    play.press("ben", "Delete it for good")

    assert play.phase == "bids"


def test_a_double_click_says_the_same_once():
    play = second_meeting()
    play.press("ben", "Done")
    reports = play.session.memories[play.session.at]

    play.press("ben", "Done")

    assert play.code == ""
    assert play.session.memories[play.session.at] == reports


def test_an_owner_who_is_not_here_is_not_waited_for():
    play = second_meeting()
    play.more("ben")
    play.press("ben", "I have to go")

    assert play.phase == "bids"


@pytest.mark.parametrize(("late", "seconds"), [(3, 360), (30, 270)])
def test_a_late_meeting_takes_time_from_the_report_first(late, seconds):
    play = Stage.at("action_plan", SIX)
    play.fill("ben", "Add an action", what="Talk to Mia")
    play.press("ben", "That's all")
    play.meet_again()
    for who in ["ana", "ben", "chidi", "dana", "eve"]:
        play.press(who, "Done")
    play.type("ana", "extend", minutes="30")
    play.wait(minutes=7 + late)

    play.press("farid", "Done")

    assert play.session.clock.seconds == seconds
    assert "shorter than planned, to keep your end time" in play.text()


def test_cleared_words_leave_the_thread():
    play = second_meeting()
    play.fill("ben", "Partly", happened="We talked.", learned="A lot.", visibility="set")
    play.go_on_to("close")

    play.press("ben", "Clear the words")

    assert "We talked." not in play.text("eve")
    assert any("report" in slot for slot in play.gone)


def test_going_back_lets_owners_speak_once_more():
    play = second_meeting(actions=2)
    play.press("ben", "Partly")
    form = play.press("ben", "This one (1)").form
    play.hand_in("ben", form, happened="Half of it.", visibility="set")
    play.press("ana", "Next phase")
    play.more("ana")

    play.press("ana", "Back")

    assert play.phase == "action_report"
    assert "It is Ben's turn." in play.text()
    report = play.session.memory(Reports).all[0]
    assert (report.heard, report.words) == (False, "Half of it.")
    play.press("ben", "Changed")
    play.press("ben", "This one (1)")
    play.press("ben", "Changed")
    play.press("ben", "This one (2)")
    play.wait(seconds=60)
    assert play.phase == "bids"


def test_the_deadline_of_the_report_waits_while_the_clock_stands():
    play = second_meeting()
    play.press("ben", "Done")
    assert "all_heard" in [d.what for d in play.deadlines()]

    play.type("ana", "pause")

    assert "all_heard" not in [d.what for d in play.deadlines()]


def test_what_belongs_to_another_part_is_not_for_the_report():
    play = second_meeting()

    assert play.do("ana", Pressed("enough", play.session.id)).code == "wrong_phase"
    assert play.push("ana", Pressed("ask")).code == "wrong_phase"
    assert play.decide(HaveSpoken(who="ben")).code == "wrong_phase"
    assert play.decide(HaveSpoken(who="dana")).code == "out_of_turn"
