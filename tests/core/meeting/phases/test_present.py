"""Telling the story: one voice, uninterrupted, until it says that it has finished."""

from tests.core.reading import words_of
from tests.core.stage import Stage


def test_the_presenter_alone_has_the_word():
    play = Stage.at("present")

    assert play.presenter == "ben"
    assert "Ben has the word." in play.text()
    refusal = play.cannot_open("eve", "I've finished")
    assert refusal.sentence == "Only Ben speaks in this part; please listen, your turn comes."


def test_the_end_may_leave_a_key_question_that_stays_visible():
    play = Stage.at("present")

    play.fill("ben", "I've finished", question="What keeps me from saying no?")

    assert play.phase == "clarify"
    assert "What Ben would like from you:\n“What keeps me from saying no?”" in play.text()


def test_the_end_may_leave_nothing():
    play = Stage.at("present")
    play.fill("ben", "I've finished")

    assert play.phase == "clarify"
    assert "would like from you" not in play.text()


def test_going_back_to_the_story_keeps_the_question_and_waits_for_the_presenter():
    play = Stage.at("present")
    play.fill("ben", "I've finished", question="What keeps me?")
    play.more("ana")
    play.press("ana", "Back")
    assert play.phase == "present"

    form = play.open("ben", "I've finished")
    assert form.fields[0].value == "What keeps me?"

    play.hand_in("ben", form)
    assert play.phase == "clarify"
    assert "What keeps me?" in play.text()


def test_a_question_that_comes_a_moment_late_still_stands_over_the_round():
    play = Stage.at("present")
    form = play.open("ben", "I've finished")
    play.press("ana", "Next phase")

    play.hand_in("ben", form, question="What keeps me?")

    assert play.phase == "clarify"
    assert "What keeps me?" in play.text()


def test_where_there_are_several_rounds_the_card_says_whose_it_is():
    play = Stage.at("present", format="120")

    assert play.current().title == "Telling the story · Ben"


def test_clearing_takes_the_key_question_off_the_card():
    play = Stage.at("present")
    play.fill("ben", "I've finished", question="What keeps me?")
    play.go_on_to("close")
    play.press("ben", "Clear the words")

    assert "What keeps me?" not in play.text("eve")
    assert "How do I say no" not in play.text("eve")


def test_something_of_another_part_is_refused_kindly():
    play = Stage.at("present")
    ask = Stage.at("clarify").open("eve", "Ask")

    play.hand_in("eve", ask, question="Why?")
    assert play.code == "just_moved"

    play.type("eve", "ask")
    assert play.sentence == (
        "We are in “Telling the story” now; press More to see what you can do."
    )
    assert words_of(play.current()).startswith("Telling the story")
