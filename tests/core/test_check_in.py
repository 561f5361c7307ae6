"""Check-in: one after the other, may pass, and nothing of it is kept."""

from tests.core.stage import Meeting


def test_everyone_speaks_or_passes_and_the_meeting_moves_on():
    play = Meeting.with_people("ana ben chidi dana")
    assert "It's Ana's turn, then Ben's." in play.text()

    play.press("ana", "Done")
    play.press("ben", "Pass")
    assert "2 of 4 have spoken." in play.text()
    assert "It's Chidi's turn, then Dana's." in play.text()

    play.press("chidi", "Done")
    play.press("dana", "Done")
    assert play.phase == "bids"


def test_each_gets_the_same_time():
    assert "About 70 seconds each." in Meeting.with_people("ana ben chidi dana eve farid").text()


def test_a_double_click_is_one_turn():
    play = Meeting.with_people()
    play.press("ana", "Done")
    before = play.session

    play.press("ana", "Done")

    assert play.session is before


def test_a_pass_may_still_become_words():
    play = Meeting.with_people()
    play.press("ana", "Pass")
    play.press("ana", "Done")

    assert "1 of 6 have spoken." in play.text()


def test_who_has_not_spoken_is_named_to_the_facilitator_alone():
    play = Meeting.with_people()
    play.press("ben", "Done")

    play.press("ana", "More")
    assert "Still to come" in play.told("ana")
    assert "Ben" not in play.told("ana")

    play.press("ben", "More")
    assert "Still to come" not in play.told("ben")


def test_a_stranger_hears_where_the_door_is():
    play = Meeting.with_people()

    play.press("zoe", "Done")

    assert play.code == "not_member"


def test_whoever_speaks_is_here():
    play = Meeting.with_people("ana ben chidi dana eve")
    play.more("eve")
    play.press("eve", "I have to go")
    assert "eve" not in play.here

    play.press("eve", "Done")

    assert "eve" in play.here


def test_in_a_pause_the_card_says_that_all_have_spoken():
    play = Meeting.with_people()
    play.type("ana", "pause")
    play.everyone_speaks()

    assert "6 of 6 have spoken." in play.text()
    assert "turn." not in play.text()
