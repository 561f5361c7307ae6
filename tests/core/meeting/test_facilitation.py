"""Who holds the process: handing over, taking over, standing in, and coming back."""

from dataclasses import replace
from datetime import timedelta

from bot.core import notice_cards
from tests.core.reading import words_of
from tests.core.stage import Stage


def silent(minutes: float = 3) -> Stage:
    """Ana leads; the check-in's time has been up so long and she has not been heard of."""
    play = Stage.with_people()
    play.to_the_end(minutes=minutes)
    return play


def take_over(play: Stage, who: str) -> None:
    play.press(who, "Take over")
    play.press(who, "Facilitate this meeting")


# --- a silent facilitator -------------------------------------------------------------------------


def test_take_over_appears_three_minutes_after_the_time_is_up():
    play = silent(2.9)
    assert not play.sees("eve", "Take over")

    play.wait(minutes=0.1)

    assert play.sees("eve", "Take over")
    assert "Take over" in play.more("eve")


def test_any_press_of_the_facilitator_shows_that_they_are_there():
    play = Stage.with_people()
    play.to_the_end(minutes=1)
    play.more("ana")

    play.wait(minutes=2)
    assert not play.sees("eve", "Take over")

    play.wait(minutes=1)
    assert play.sees("eve", "Take over")


def test_taking_over_is_asked_twice_and_asks_the_holder_for_a_minute():
    play = silent()
    play.press("eve", "Take over")
    assert "Ana can take it back." in play.told("eve")
    assert play.holder == "ana"

    play.press("eve", "Facilitate this meeting")
    assert play.told("eve") == "I'm asking Ana. In a minute it's yours."
    assert "Eve can facilitate" in words_of(play.private("ana")[-1])
    assert play.holder == "ana"

    play.wait(seconds=60)
    assert play.holder == "eve"
    assert not play.sees("farid", "Take over")


def test_the_holder_answers_and_keeps_it():
    play = silent()
    take_over(play, "eve")
    claim = play.notices[-1]
    play.press("ana", "I'm still here")
    assert play.told("ana") == "You're facilitating."

    play.wait(seconds=60)

    assert play.holder == "ana"
    assert not play.sees("eve", "Take over")
    assert notice_cards.draw(play.room, claim) is None


def test_a_second_claim_waits_for_the_answer_to_the_first():
    play = silent()
    take_over(play, "eve")
    before = play.session

    play.press("farid", "Take over")
    play.press("farid", "Facilitate this meeting")

    assert "is already asking" in play.told("farid")
    assert play.session is before
    play.wait(seconds=60)
    assert play.holder == "eve"


def test_a_claim_of_somebody_who_leaves_falls():
    play = silent()
    take_over(play, "eve")
    play.more("eve")
    play.press("eve", "I have to go")

    play.wait(seconds=60)

    assert play.holder == "ana"


def test_a_claim_does_not_outlive_the_step():
    play = silent()
    take_over(play, "eve")
    play.press("ana", "Next phase")

    play.wait(seconds=60)

    assert play.holder == "ana"


def test_who_lost_it_takes_it_back():
    play = silent()
    take_over(play, "eve")
    play.wait(seconds=60)
    play.press("ana", "I'm still here")
    assert play.code == "moved"
    play.press("ana", "Next phase")
    assert play.code == "not_facilitator"

    play.more("ana")
    play.press("ana", "Take it back")

    assert play.holder == "ana"
    assert play.told("ana") == "You're facilitating again."
    assert "Take it back" not in play.more("ana")
    assert "Take it back" not in play.more("eve")


def test_nobody_takes_back_what_was_never_theirs():
    play = silent()
    take_over(play, "eve")
    play.wait(seconds=60)
    play.more("ana")
    take_it_back = play.button("ana", "Take it back")

    play.do("farid", take_it_back)

    assert play.code == "yours"


def test_taking_over_holds_for_this_meeting_only():
    play = silent()
    take_over(play, "eve")
    play.wait(seconds=60)
    play.meet_again()

    assert play.holder == "ana"


def test_nobody_takes_over_from_somebody_who_is_there():
    play = silent()
    button = play.button("eve", "Take over")
    fresh = Stage.with_people()

    fresh.do("eve", replace(button, subject=""))
    assert fresh.code == "not_offered"
    fresh.do("ana", replace(button, subject=""))
    assert fresh.code == "yours"
    together = Stage.with_people(facilitation="bot-held")
    together.do("eve", replace(button, subject=""))
    assert "Press Next phase to move on together" in together.sentence


def test_only_somebody_who_is_here_takes_over():
    play = silent()
    play.more("eve")
    play.press("eve", "I have to go")

    play.press("eve", "Take over")

    assert play.code == "not_here"


def test_a_forgotten_pause_may_be_taken_over_after_ten_minutes():
    play = Stage.with_people()
    play.type("ana", "pause")

    play.wait(minutes=10)
    assert play.sees("eve", "Take over")
    take_over(play, "eve")
    play.wait(seconds=60)
    play.more("eve")
    play.press("eve", "Resume")

    assert play.session.clock.still is None


# --- handing over ---------------------------------------------------------------------------------


def test_handing_over_lets_anyone_take_it_at_once():
    play = Stage.with_people()
    play.more("ana")
    hand_over = play.button("ana", "Hand over")
    play.do("eve", hand_over)
    assert play.code == "not_facilitator"

    play.do("ana", hand_over)
    assert play.told("ana") == "Anyone here can press Take over now."
    assert "Hand over" not in play.more("ana")
    take_over(play, "eve")

    assert play.holder == "eve"
    assert play.told("eve") == "You're facilitating now."


def test_a_holder_who_leaves_hands_over():
    play = Stage.with_people()
    play.more("ana")
    play.press("ana", "I have to go")
    assert play.notices[-1].card != "stepped_out"

    take_over(play, "eve")

    assert play.holder == "eve"
    play.press("ana", "I'm here")
    assert "Take it back" in play.more("ana")


def test_a_holder_who_comes_back_before_anyone_took_it_still_holds_it():
    play = Stage.with_people()
    play.more("ana")
    play.press("ana", "I have to go")
    play.press("ana", "I'm here")

    play.press("ana", "Next phase")

    assert play.phase == "bids"


# --- a turn-holder who does not come --------------------------------------------------------------


def test_a_turn_holder_missing_five_minutes_after_the_start_loses_the_turn_for_the_day():
    play = Stage.at_second_door(facilitation="rotating")
    turn = play.holder
    assert turn == "ben"
    for who in ("ana", "chidi", "dana"):
        play.arrive(who)
    play.wait(minutes=19.9)
    assert not play.sees("ana", "Take over")

    play.wait(minutes=0.1)
    take_over(play, "chidi")
    assert play.holder == "chidi"

    play.arrive("ben")
    assert "Take it back" not in play.more("ben")


def test_a_turn_holder_who_comes_in_time_keeps_the_turn():
    play = Stage.at_second_door(facilitation="rotating")
    for who in ("ana", "chidi", "dana"):
        play.arrive(who)
    play.wait(minutes=20)
    assert play.sees("ana", "Take over")

    play.arrive("ben")

    assert play.holder == "ben"
    assert not play.sees("ana", "Take over")


def test_a_turn_is_lost_in_a_meeting_that_has_begun_as_well():
    play = Stage.at_second_door(facilitation="rotating")
    for who in ("ana", "chidi", "dana", "eve"):
        play.arrive(who)
    play.wait(minutes=15)
    assert play.begun
    assert not play.sees("ana", "Take over")

    play.wait(minutes=5)

    assert play.sees("ana", "Take over")


def test_a_missing_facilitator_may_be_stood_in_for_when_the_quorum_is_asked_for():
    play = Stage.at_second_door()
    for who in ("ben", "chidi", "dana"):
        play.arrive(who)
    play.wait(minutes=29.9)
    assert not play.sees("ben", "Take over")

    play.wait(minutes=0.1)
    take_over(play, "ben")
    play.press("ben", "Begin")

    assert play.begun
    play.arrive("ana")
    assert "Take it back" in play.more("ana")


def test_the_turn_goes_round():
    play = Stage.with_people("ana ben chidi dana", facilitation="rotating")
    holders = [play.holder]
    for _ in range(4):
        play.meet_again()
        holders.append(play.holder)

    assert holders == ["ana", "ben", "chidi", "dana", "ana"]


# --- standing in for a presenter ------------------------------------------------------------------


def presenting_facilitator() -> Stage:
    """Ben leads, and is the one who presents."""
    return Stage.at("present", "ben ana chidi dana eve farid")


def test_while_the_holder_presents_somebody_else_may_hold_it():
    play = presenting_facilitator()
    assert (play.holder, play.presenter) == ("ben", "ben")

    play.press("eve", "I'll hold it")

    assert play.told("eve") == "You're facilitating this round."
    assert play.holder == "eve"
    assert not play.sees("farid", "I'll hold it")
    play.press("eve", "Next phase")
    assert play.phase == "clarify"


def test_after_a_minute_the_bot_holds_it_for_the_round():
    play = presenting_facilitator()

    play.wait(seconds=60)
    assert play.holder == "bot"
    play.go_on_to("learning_review")

    assert play.holder == "ben"


def test_somebody_may_still_stand_in_for_the_bot():
    play = presenting_facilitator()
    play.wait(seconds=60)

    play.press("eve", "I'll hold it")

    assert play.holder == "eve"


def test_standing_in_is_for_one_and_for_the_others():
    play = presenting_facilitator()
    hold = play.button("eve", "I'll hold it")
    play.do("ben", hold)
    assert play.code == "presenting"

    play.do("eve", hold)
    before = play.session
    play.do("eve", hold)
    assert play.session is before
    play.do("farid", hold)
    assert play.sentence == "Eve is already facilitating."


def test_who_is_not_here_does_not_stand_in():
    play = presenting_facilitator()
    play.more("eve")
    play.press("eve", "I have to go")

    play.press("eve", "I'll hold it")

    assert play.code == "not_here"


def test_nobody_needs_to_stand_in_where_the_holder_does_not_present():
    hold = presenting_facilitator().button("eve", "I'll hold it")
    play = Stage.at("present", "ana ben chidi dana")

    play.do("chidi", replace(hold, subject=""))

    assert play.code == "later"


def test_a_stand_in_who_leaves_leaves_it_to_the_bot():
    play = presenting_facilitator()
    play.press("eve", "I'll hold it")
    play.more("eve")
    play.press("eve", "I have to go")

    assert play.holder == "bot"


def test_who_is_stood_in_for_may_still_move_the_meeting():
    play = presenting_facilitator()
    play.wait(seconds=60)

    play.press("ben", "Next phase")

    assert play.phase == "clarify"


def test_while_the_bot_stands_in_the_clock_moves_on_after_its_grace():
    play = presenting_facilitator()

    play.wait(minutes=10)

    assert play.phase == "clarify"
    assert play.session.log[-1].at - play.session.log[-2].at == timedelta(minutes=10)
