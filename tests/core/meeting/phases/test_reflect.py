"""Reflecting: members to one another, in the first person; the presenter listens."""

from tests.core.stage import Stage


def test_each_reflection_is_posted_as_it_comes():
    play = Stage.at("reflect")

    play.fill("eve", "Reflect", reflection="I noticed how your voice slowed.")

    assert "I noticed how your voice slowed." in play.text("ben")
    assert "1 of 5 have answered." in play.text()


def test_all_but_the_presenter_have_answered_and_the_meeting_moves_on():
    play = Stage.at("reflect")
    play.fill("eve", "Reflect", reflection="I noticed.")
    for who in ("ana", "chidi", "dana", "farid"):
        play.press(who, "Nothing to add")

    assert play.phase == "action_plan"


def test_the_presenter_listens():
    play = Stage.at("reflect")

    assert play.cannot_open("ben", "Reflect").code == "out_of_turn"
    play.press("ben", "Nothing to add")
    assert play.code == "out_of_turn"


def test_words_can_be_changed_in_their_place():
    play = Stage.at("reflect")
    play.fill("eve", "Reflect", reflection="First.")
    play.fill("farid", "Reflect", reflection="Mine.")
    form = play.open("eve", "Reflect")
    assert form.fields[0].value == "First."

    play.hand_in("eve", form, reflection="Second.")

    assert "First." not in play.text()
    assert "2 of 5 have answered." in play.text()


def test_nothing_to_add_after_a_reflection_changes_nothing():
    play = Stage.at("reflect")
    play.fill("eve", "Reflect", reflection="First.")
    before = play.session

    play.press("eve", "Nothing to add")

    assert play.session is before


def test_a_reflection_within_a_minute_of_moving_on_is_taken_and_a_later_one_is_not():
    play = Stage.at("reflect")
    eve, dana = play.open("eve", "Reflect"), play.open("dana", "Reflect")
    play.press("ana", "Next phase")

    play.wait(seconds=60)
    play.hand_in("eve", eve, reflection="Just in time.")
    assert "Just in time." in play.text("ben")

    play.wait(seconds=1)
    play.hand_in("dana", dana, reflection="Too late.")
    assert play.code == "just_moved"
    assert "Too late." not in play.text("ben")


def test_going_back_asks_everyone_again_and_keeps_what_was_said():
    play = Stage.at("reflect")
    play.fill("eve", "Reflect", reflection="First.")
    play.press("ana", "Next phase")
    play.more("ana")
    play.press("ana", "Back")

    assert "0 of 5 have answered." in play.text()
    assert "First." in play.text()


def test_clearing_deletes_ones_own_and_for_the_presenter_all():
    play = Stage.at("reflect")
    play.fill("eve", "Reflect", reflection="From Eve.")
    play.fill("farid", "Reflect", reflection="From Farid.")
    play.go_on_to("close")

    play.press("eve", "Clear the words")
    assert "From Eve." not in play.text("dana")
    assert "From Farid." in play.text("dana")

    play.press("ben", "Clear the words")
    assert "From Farid." not in play.text("dana")


def test_with_nobody_left_but_the_presenter_the_clock_decides():
    play = Stage.at("reflect", "ana ben chidi dana", facilitation="rotating")
    for who in ("ana", "chidi", "dana"):
        play.more(who)
        play.press(who, "I have to go")
    assert play.phase == "reflect"

    play.wait(minutes=9)

    assert play.phase == "action_plan"
