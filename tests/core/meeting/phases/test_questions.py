"""Questions: one at a time, in an order that lets everybody ask, settled by the presenter."""

from datetime import timedelta

import pytest

from bot.core import notice_cards
from bot.core.meeting.commands import SettleQuestion
from bot.core.meeting.phases.round.questions import PARKED, Questions
from tests.core.reading import labels, words_of
from tests.core.stage import SIX, Stage


def asking(phase: str = "explore", **words: str) -> Stage:
    return Stage.at(phase, **words)


def ask(play: Stage, who: str, question: str) -> None:
    play.fill(who, "Ask", question=question)


@pytest.mark.parametrize("phase", ["clarify", "explore"])
def test_the_first_question_is_posted_at_once(phase):
    play = asking(phase)

    ask(play, "eve", "What matters most?")

    card = play.card("Eve asks", "farid")
    assert "What matters most?" in words_of(card)
    assert labels(card) == ["Answered", "Pass", "Park", "Next question"]
    assert "eve" not in play.answers or "waits" not in play.told("eve")


def test_the_next_one_waits_until_the_presenter_is_ready():
    play = asking()
    ask(play, "eve", "First?")

    ask(play, "farid", "Second?")

    assert "You are second; I post it when Ben is ready." in play.told("farid")
    assert "Second?" not in play.text("dana")
    play.press("ben", "Answered")
    assert "Second?" in play.text("dana")


def test_who_has_not_asked_yet_goes_first_then_arrival():
    play = asking()
    ask(play, "eve", "One?")
    ask(play, "farid", "Two?")
    play.press("ben", "Answered")
    ask(play, "eve", "Three?")
    ask(play, "dana", "Four?")
    assert "You are second" in play.told("dana")

    play.press("ben", "Pass")
    assert play.card("Dana asks").buttons()
    play.press("ben", "Answered")
    assert "Three?" in words_of(play.card("Eve asks"))


def test_there_are_never_two_open_questions():
    play = asking()
    for who in ("ana", "chidi", "dana", "eve"):
        ask(play, who, f"{who}?")

    open_ones = [c for c in play.cards() if "asks" in c.title and c.buttons()]

    assert len(open_ones) == 1


def test_the_presenter_does_not_ask_themselves():
    play = asking()

    refusal = play.cannot_open("ben", "Ask")

    assert refusal.sentence == "You present, so here you listen; the others have the word for now."


@pytest.mark.parametrize("label", ["Answered", "Pass", "Park"])
def test_the_presenter_alone_settles_a_question(label):
    play = asking()
    ask(play, "eve", "First?")

    play.press("farid", label)
    assert play.code == "presenter_only"
    assert "Ben's" in play.sentence

    play.press("ben", label)
    assert play.card("Eve asks").buttons() == ()


def test_the_facilitator_may_bring_the_next_question():
    play = asking()
    ask(play, "eve", "First?")
    ask(play, "farid", "Second?")

    play.press("ana", "Next question")

    assert "Second?" in play.text()


def test_where_the_bot_holds_the_process_only_the_presenter_goes_on():
    play = asking(facilitation="bot-held")
    ask(play, "eve", "First?")

    assert not play.sees("ana", "Next question")


def test_a_parked_question_is_the_presenters_to_keep():
    play = asking()
    ask(play, "eve", "First?")

    play.press("ben", "Park")

    assert "Parked: the presenter keeps it for later." in play.text()
    assert play.session.memory(Questions).all[0].state == PARKED


def test_a_double_click_settles_once_and_an_old_button_says_so():
    play = asking()
    ask(play, "eve", "First?")
    park, answered = play.button("ben", "Park"), play.button("ben", "Answered")
    play.do("ben", park)
    before = play.session

    play.do("ben", park)
    assert play.code == ""
    assert play.session is before

    play.do("ben", answered)
    assert play.code == "settled"


@pytest.mark.parametrize(("number", "outcome"), [(9, "park"), (0, "park"), (1, "nonsense")])
def test_nonsense_settles_nothing(number, outcome):
    play = asking()
    ask(play, "eve", "First?")

    play.decide(SettleQuestion(who="ben", number=number, outcome=outcome))

    assert play.code == "settled"


def test_a_waiting_question_can_be_changed():
    play = asking()
    ask(play, "eve", "First?")
    ask(play, "farid", "Second?")

    form = play.open("farid", "Change")
    assert form.fields[0].value == "Second?"
    play.hand_in("farid", form, question="Better?")

    assert "You are second" in play.told("farid")
    play.press("ben", "Answered")
    assert "Better?" in play.text()


def test_asking_again_opens_the_waiting_one():
    play = asking()
    ask(play, "eve", "First?")
    ask(play, "farid", "Second?")

    assert play.open("farid", "Ask").fields[0].value == "Second?"


def test_one_question_waits_for_each():
    play = asking()
    ask(play, "eve", "First?")
    empty = play.open("farid", "Ask")
    play.hand_in("farid", empty, question="Second?")

    play.hand_in("farid", empty, question="Third?")

    assert play.code == "one_waiting"


def test_the_same_question_sent_twice_is_one():
    play = asking()
    form = play.open("eve", "Ask")
    play.hand_in("eve", form, question="First?")
    before = play.session

    play.hand_in("eve", form, question="First?")

    assert play.code == ""
    assert play.session is before


def test_a_waiting_question_can_be_taken_back():
    play = asking()
    ask(play, "eve", "First?")
    ask(play, "farid", "Second?")
    taken_back = play.button("farid", "Take it back")

    play.do("farid", taken_back)
    assert play.told("farid") == "Your question is taken back."
    play.do("farid", taken_back)
    assert play.code == ""

    play.press("ben", "Answered")
    assert "Second?" not in play.text("dana")
    assert "farid" not in [q.asker for _, q in play.session.memory(Questions).queue()]


def test_nobody_takes_back_what_is_not_theirs_or_not_waiting():
    play = asking()
    ask(play, "eve", "First?")
    ask(play, "farid", "Second?")
    taken_back = play.button("farid", "Take it back")

    play.do("dana", taken_back)
    assert play.code == "gone"

    play.press("ben", "Answered")
    play.do("farid", taken_back)
    assert play.code == "gone"


def test_more_offers_what_can_be_done_with_a_waiting_question():
    play = asking()
    ask(play, "eve", "First?")
    ask(play, "farid", "Second?")

    assert {"Change my question", "Take back my question"} <= play.more("farid")
    assert play.open("farid", "Change my question").fields[0].value == "Second?"
    assert "Take back my question" not in play.more("eve")


def test_the_presenter_has_enough():
    play = asking("clarify")

    play.press("eve", "Enough")
    assert play.code == "presenter_only"

    play.press("ben", "Enough")
    assert play.phase == "explore"


def test_questions_that_still_waited_go_to_the_presenter_privately():
    play = asking("explore")
    ask(play, "eve", "First?")
    ask(play, "farid", "Second?")
    play.press("ben", "Enough")

    assert "Questions that still waited go to Ben privately." in play.text("dana")
    assert "Second?" not in play.text("dana")
    assert play.card("Eve asks").buttons() == ()
    play.go_on_to("close")
    play.close()
    assert "“Second?” Farid, not asked aloud" in play.text("ben")
    assert "Second?" not in play.text("dana")


def test_a_question_that_comes_a_moment_late_is_not_asked_aloud():
    play = asking("clarify")
    form = play.open("eve", "Ask")
    play.press("ben", "Enough")

    play.hand_in("eve", form, question="How many?")

    assert play.told("eve") == "We have moved on; your question goes to Ben."
    assert "How many?" not in play.text("dana")


def test_going_back_lets_people_ask_on():
    play = asking("explore")
    play.more("ana")
    play.press("ana", "Back")
    assert play.phase == "clarify"

    ask(play, "eve", "How many?")

    assert play.phase == "clarify"
    assert "How many?" in play.text()


def test_cleared_questions_are_deleted_each_persons_own_and_for_the_presenter_all():
    play = asking("explore")
    ask(play, "eve", "From Eve?")
    play.press("ben", "Answered")
    ask(play, "farid", "From Farid?")
    play.press("ben", "Park")

    play.go_on_to("close")
    play.press("eve", "Clear the words")
    assert "From Eve?" not in play.text("dana")
    assert "From Farid?" in play.text("dana")

    play.press("ben", "Clear the words")
    assert "From Farid?" not in play.text("dana")
    assert len([slot for slot in play.gone if "question" in slot]) == 2


# --- silence ------------------------------------------------------------------------------------


def test_after_three_minutes_the_card_says_how_many_wait():
    play = asking()
    ask(play, "eve", "First?")
    ask(play, "farid", "Second?")
    ask(play, "dana", "Third?")

    play.wait(minutes=3)

    assert "Two questions are waiting." in words_of(play.card("Eve asks"))


def test_the_facilitator_is_asked_what_to_do_once_for_each_question():
    play = asking()
    ask(play, "eve", "First?")
    play.wait(minutes=3)

    card = play.private("ana")[-1]
    assert "A question has waited for Ben for three minutes. The round is not lost." in words_of(
        card
    )
    assert labels(card) == ["Wait", "Next phase", "Back"]
    play.wait(minutes=10)
    assert play.private("ana")[-1] is card

    play.press("ben", "Answered")
    ask(play, "farid", "Second?")
    play.wait(minutes=3)
    assert play.private("ana")[-1] is not card


def test_waiting_is_an_answer_too():
    play = asking()
    ask(play, "eve", "First?")
    play.wait(minutes=3)

    play.press("ana", "Wait")

    assert play.told("ana") == "We wait. Pause under More stops the clock meanwhile."
    assert play.phase == "explore"


def test_only_who_holds_the_process_says_that_we_wait():
    play = asking()
    ask(play, "eve", "First?")
    play.wait(minutes=3)
    wait = play.button("ana", "Wait")

    play.do("eve", wait)

    assert play.code == "not_facilitator"


def test_nobody_is_asked_where_the_bot_holds_the_process():
    play = asking(facilitation="bot-held")
    ask(play, "eve", "First?")
    mail = [play.private(who) for who in SIX.split()]

    play.wait(minutes=3)

    assert [play.private(who) for who in SIX.split()] == mail


def test_the_question_about_silence_is_of_no_use_once_it_is_answered():
    play = asking()
    ask(play, "eve", "First?")
    play.wait(minutes=3)
    notice = play.notices[-1]
    assert notice.card == "silent"
    play.press("ben", "Answered")

    assert notice_cards.draw(play.room, notice) is None


def test_a_pause_is_no_silence_of_the_presenter():
    play = asking()
    ask(play, "eve", "First?")
    play.wait(minutes=2)
    play.more("ana")
    play.press("ana", "Pause")
    ask(play, "farid", "Second?")
    play.wait(minutes=5)
    play.more("ana")
    play.press("ana", "Resume")

    assert play.rings_at("long_wait") == play.now + timedelta(minutes=3)


def test_no_question_is_brought_while_the_clock_stands_still():
    play = asking()
    play.more("eve")
    play.press("eve", "Hold a silence")
    ask(play, "farid", "Second?")
    assert "You are first" in play.told("farid")
    assert "Second?" not in play.text("dana")

    play.wait(minutes=1)

    assert "Second?" in play.text("dana")
