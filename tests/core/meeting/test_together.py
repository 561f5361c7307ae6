"""Where the bot facilitates: more than half of those here decide, by button or reaction."""

import pytest

from bot.core.meeting.commands import Extend
from bot.core.wording import LONGER, READY
from tests.core.stage import Stage


def together(phase: str = "check_in") -> Stage:
    return Stage.at(phase, facilitation="bot-held")


def test_the_card_says_what_the_marks_mean():
    play = Stage.just_begun(facilitation="bot-held")

    assert play.current().reactions == (READY, LONGER)
    assert "to move on" in play.text()
    assert Stage.at("check_in").current().reactions == ()


def test_more_than_half_move_on():
    play = together()
    for who in ("ana", "ben", "chidi"):
        play.press(who, "Next phase")
    assert play.phase == "check_in"
    assert "3 of 6 are ready to move on." in play.text()

    play.press("dana", "Next phase")

    assert play.phase == "bids"
    assert "ready to move on." not in play.text().split("Offering issues")[1].split("says that")[0]


def test_a_request_counts_once():
    play = together()
    play.press("ana", "Next phase")
    before = play.session

    play.press("ana", "Next phase")

    assert play.session is before


def test_a_mark_is_the_same_as_the_button_and_can_be_taken_off():
    play = together()
    play.react("ana", READY)
    play.react("ben", READY)
    play.press("chidi", "Next phase")
    assert "3 of 6 are ready to move on." in play.text()

    play.react("ana", READY, on=False)
    play.press("dana", "Next phase")
    assert "3 of 6 are ready to move on." in play.text()
    assert play.phase == "check_in"

    play.react("eve", READY)
    assert play.phase == "bids"


def test_taking_off_a_mark_that_was_not_there_changes_nothing():
    play = together()
    before = play.session

    play.react("ana", READY, on=False)

    assert play.session is before


def test_more_time_needs_more_than_half():
    play = together()
    ends = play.session.clock.ends_at
    for who in ("ana", "ben", "chidi"):
        play.react(who, LONGER)
    assert play.session.clock.ends_at == ends
    assert "3 of 6 would like more time." in play.text()
    play.react("chidi", LONGER, on=False)
    play.react("eve", LONGER)
    assert play.session.clock.ends_at == ends

    play.type("dana", "extend")

    assert (play.session.clock.ends_at - ends).total_seconds() == 120
    assert "would like more time." not in play.text().replace("you would like more time.", "")


def test_asking_for_the_end_is_not_asking_to_move_on():
    play = together()
    for who in ("ana", "ben", "chidi"):
        play.press(who, "Next phase")

    play.type("dana", "end")
    play.press("dana", "End the meeting for 6 people")
    assert play.phase == "check_in"
    assert "1 of 6 would like to end the meeting." in play.text()

    for who in ("ana", "ben", "chidi"):
        play.type(who, "end")
        play.press(who, "End the meeting for 6 people")
    assert play.phase == "over"
    assert play.session.closed_by == "chidi"


def test_together_we_may_go_back_and_to_a_part_by_name():
    play = together("clarify")
    for who in ("ana", "ben", "chidi"):
        play.more(who)
        play.press(who, "Back")
    assert "3 of 6 would like to go back." in play.text()
    play.more("dana")
    play.press("dana", "Back")
    assert play.phase == "present"

    play.wait(seconds=3)
    for who in ("ana", "ben", "chidi", "dana"):
        assert play.phase == "present"
        play.type(who, "next", to="reflect")
    assert play.phase == "reflect"


def test_one_alone_does_not_end_a_meeting_that_has_not_begun():
    play = Stage.started("ana", facilitation="bot-held")
    for who in ("ana", "ben", "chidi"):
        play.arrive(who)
    play.type("ana", "end")
    play.press("ana", "End the meeting for 3 people")

    assert play.phase == "arrive"


def test_closing_the_vote_takes_more_than_half():
    play = together("choose")
    for who in ("ana", "ben", "chidi"):
        play.press(who, "Close the vote")
    assert play.phase == "choose"

    play.press("dana", "Close the vote")

    assert play.phase == "present"


def test_a_presenters_own_button_ends_their_part():
    play = together("present")
    play.fill("ben", "I've finished")
    play.press("ben", "Enough")

    assert play.phase == "explore"


def test_wishes_are_of_one_step():
    play = together()
    for who in ("ana", "ben", "chidi"):
        play.press(who, "Next phase")
    play.everyone_speaks()

    assert play.phase == "bids"
    play.press("dana", "Next phase")
    assert play.phase == "bids"


def test_somebody_who_leaves_may_leave_a_majority_behind():
    play = together()
    for who in ("ana", "ben", "chidi"):
        play.press(who, "Next phase")

    play.more("farid")
    play.press("farid", "I have to go")

    assert play.phase == "bids"


def test_a_majority_does_not_move_on_from_an_empty_table():
    play = Stage.at("bids", facilitation="bot-held")
    play.bid()
    for who in ("ana", "ben", "chidi"):
        play.press(who, "Next phase")
    assert play.code == ""

    play.more("farid")
    play.press("farid", "I have to go")

    assert play.phase == "choose"
    assert "farid" not in play.here


def test_the_request_of_somebody_who_left_does_not_count():
    play = together()
    for who in ("ana", "ben", "chidi"):
        play.press(who, "Next phase")
    play.more("ana")
    play.press("ana", "I have to go")

    play.press("dana", "Next phase")

    assert play.phase == "bids"
    play = together()
    play.press("ana", "Next phase")
    play.more("ana")
    play.press("ana", "I have to go")
    assert "ready to move on." not in play.text().replace("you are ready to move on,", "")


def test_who_is_not_here_makes_no_request():
    play = together()
    play.more("ana")
    play.press("ana", "I have to go")

    play.press("ana", "Next phase")

    assert play.code == "not_here"


@pytest.mark.parametrize("emoji", [READY, LONGER])
def test_a_members_mark_means_nothing_where_a_person_holds_the_process(emoji):
    play = Stage.with_people()
    before = play.session

    play.react("eve", emoji)
    assert play.session is before

    play.react("ana", emoji)
    assert play.session is not before


def test_the_holders_mark_is_a_press():
    play = Stage.with_people()

    play.react("ana", READY)

    assert play.phase == "bids"


def test_the_break_ends_together():
    play = Stage.at("break", format="120", facilitation="bot-held")
    for who in ("ana", "ben", "chidi"):
        play.press(who, "Back from the break")
    assert play.phase == "break"

    play.press("dana", "Back from the break")

    assert (play.phase, play.presenter) == ("present", "eve")


def test_a_meeting_everybody_has_left_still_comes_to_its_end():
    play = together()
    for who in list(play.here):
        play.more(who)
        play.press(who, "I have to go")
    assert play.phase != "over"

    play.wait(minutes=180)

    assert play.phase == "over"


@pytest.mark.parametrize("facilitation", ["led", "rotating", "bot-held"])
def test_a_meeting_in_which_nobody_ever_presses_anything_comes_to_its_end(facilitation):
    play = Stage.with_people(facilitation=facilitation)

    play.wait(days=1)

    assert play.phase == "over"
    assert play.session.presenters == ()


def test_a_mark_for_more_time_counts_once_however_often_it_is_delivered():
    play = Stage.with_people()
    play.react("ana", LONGER)
    given = play.session.clock.extra
    assert given == 120

    play.wait(minutes=1)
    play.react("ana", LONGER)
    assert play.session.clock.extra == given

    play.react("ana", LONGER, on=False)
    play.react("ana", LONGER)
    assert play.session.clock.extra == given + 120


def test_marks_that_were_granted_together_are_not_counted_again():
    play = together()
    for who in ("ana", "ben", "chidi", "dana"):
        play.react(who, LONGER)
    play.wait(minutes=1)
    before = play.session

    for who in ("ana", "ben", "chidi"):
        play.react(who, LONGER)
    assert play.session is before

    for who in ("ana", "ben", "chidi", "dana"):
        play.type(who, "extend")
    assert play.session.clock.extra == 240


def test_the_mark_of_somebody_who_may_not_ask_for_more_time_is_not_remembered():
    play = Stage.with_people()
    before = play.session

    play.decide(Extend(who="ben", step=play.session.at, mark=True))

    assert play.code == "not_facilitator"
    assert play.session is before
