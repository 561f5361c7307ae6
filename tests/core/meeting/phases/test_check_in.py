"""Check-in: one after the other, may pass, and nothing of it is kept."""

from bot.core.meeting.formats.plan import turn_seconds
from tests.core.stage import Stage


def test_everyone_speaks_or_passes_and_the_meeting_moves_on():
    play = Stage.with_people("ana ben chidi dana")
    assert "It's Ana's turn, then Ben's." in play.text()

    play.press("ana", "Done")
    play.press("ben", "Pass")
    assert "2 of 4 have spoken." in play.text()
    assert "It's Chidi's turn, then Dana's." in play.text()

    play.press("chidi", "Done")
    play.press("dana", "Done")
    assert play.phase == "bids"


def test_each_gets_the_same_time():
    play = Stage.with_people("ana ben chidi dana eve farid")

    each = turn_seconds(play.session.clock.seconds // 60, 6)
    assert f"About {each} seconds each." in play.text()


def test_a_pass_may_still_become_words():
    play = Stage.with_people()
    play.press("ana", "Pass")
    play.press("ana", "Done")

    assert "1 of 6 have spoken." in play.text()


def test_who_has_not_spoken_is_named_to_the_facilitator_alone():
    play = Stage.with_people()
    play.press("ben", "Done")

    play.press("ana", "More")
    assert "Still to come" in play.told("ana")
    assert "Ben" not in play.told("ana")

    play.press("ben", "More")
    assert "Still to come" not in play.told("ben")


def test_a_stranger_hears_where_the_door_is():
    play = Stage.with_people()

    play.press("zoe", "Done")

    assert play.code == "not_member"


def test_the_person_who_speaks_is_here():
    play = Stage.with_people("ana ben chidi dana eve")
    play.more("eve")
    play.press("eve", "I have to go")
    assert "eve" not in play.here

    play.press("eve", "Done")

    assert "eve" in play.here


def test_in_a_pause_the_card_says_that_all_have_spoken():
    play = Stage.with_people()
    play.type("ana", "pause")
    play.everyone_speaks()

    assert "6 of 6 have spoken." in play.text()
    assert "turn." not in play.text()
