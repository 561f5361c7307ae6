"""What bad input gets: one sentence that says what is possible instead, to one person; no change."""

from collections.abc import Callable

import pytest

from bot.core.meeting.commands import Next, PlanAction
from bot.core.signals import Pressed, Submitted
from bot.core.wording import DIGITS
from tests.core.stage import Stage
from tests.core.test_cards import one_sentence


def refused(play: Stage, do: Callable[[], object]) -> str:
    """Do it; the code of the refusal, after which everything stands and nobody else was told."""
    room, told, said = play.room, dict(play.answers), list(play.said)
    notices = list(play.notices)
    do()
    assert play.code
    assert one_sentence(play.sentence)
    assert play.room is room
    assert (play.answers, play.said, play.notices) == (told, said, notices)
    return play.code


def at_the_vote() -> Stage:
    """Ben's issue is the first on the ballot of three."""
    play = Stage.at("bids")
    play.bid(ben="Say no?", dana="Stop?", eve="Whose?")
    return play


@pytest.mark.parametrize(
    ("phase", "who", "key"),
    [
        ("present", "eve", "key_question"),
        ("clarify", "ben", "ask"),
        ("explore", "ben", "ask"),
        ("reflect", "ben", "reflect"),
    ],
)
def test_speaking_out_of_turn(phase: str, who: str, key: str) -> None:
    play = Stage.at(phase)
    words = Submitted(key, (("question", "Why?"), ("reflection", "I")), "", play.session.at)

    assert refused(play, lambda: play.do(who, words)) == "out_of_turn"


def test_a_vote_for_oneself() -> None:
    play = at_the_vote()

    assert refused(play, lambda: play.react("ben", DIGITS[0])) == "own_issue"


def test_a_vote_for_a_withdrawn_bid() -> None:
    play = at_the_vote()
    play.press("ben", "Withdraw my issue")

    assert refused(play, lambda: play.react("ana", DIGITS[0])) == "not_open"


def test_a_vote_after_the_close() -> None:
    play = at_the_vote()
    mine = play.session.at
    play.react("ana", DIGITS[0])
    play.press("ana", "Close the vote")
    late = Pressed("vote", play.session.id, mine, "1")

    assert refused(play, lambda: play.do("dana", late)) == "closed"


def test_a_vote_by_somebody_who_is_not_in_the_set() -> None:
    play = at_the_vote()
    vote = Pressed("vote", play.session.id, play.session.at, "1")

    assert refused(play, lambda: play.do("zoe", vote)) == "not_member"


def test_an_action_by_someone_else_than_the_presenter() -> None:
    play = Stage.at("action_plan")
    plan = PlanAction(who="eve", step=play.session.at, action="x", what="Do it for Ben")

    assert refused(play, lambda: play.decide(plan)) == "out_of_turn"


@pytest.mark.parametrize(
    ("due", "code"),
    [
        ("2020-01-01", "past"),
        ("2027-02-01", "past"),
        ("2027-03-01", "past"),
        ("yesterday", "unreadable"),
        ("soon", "unreadable"),
        ("2027-02-30", "unreadable"),
        ("2127-03-01", "far"),
    ],
)
def test_a_date_in_the_past_unreadable_or_in_a_hundred_years(due: str, code: str) -> None:
    play = Stage.at("action_plan")

    def plan() -> None:
        play.fill("ben", "Add an action", what="Talk to Mia", due=due)

    assert refused(play, plan) == code
    assert play.field == "due"


@pytest.mark.parametrize("words", ["", "   ", "\n\t ", "\u200b\u200d\ufeff", "\u2800\u3164"])
def test_an_empty_blank_or_invisible_text(words: str) -> None:
    play = Stage.at("explore")

    assert refused(play, lambda: play.fill("eve", "Ask", question=words)) == "empty"


def test_ten_thousand_characters() -> None:
    play = Stage.at("reflect")

    code = refused(play, lambda: play.fill("eve", "Reflect", reflection="x" * 10_000))

    assert code == "too_long"
    assert "10000" in play.sentence


def test_control_and_bidirectional_characters_are_stripped() -> None:
    play = Stage.at("explore")

    play.fill("eve", "Ask", question="What\x00 \u202ematters\u202c\x1b most?")

    assert not play.code
    assert "What matters most?" in play.text()


def test_a_stale_button() -> None:
    play = Stage.at("explore")
    enough = play.button("ben", "Enough")
    play.do("ben", enough)
    assert play.phase == "reflect"

    assert refused(play, lambda: play.do("ben", enough)) == "just_moved"


def test_a_double_click_is_one_press() -> None:
    play = Stage.at("check_in")
    done = play.button("ana", "Done")
    play.do("ana", done)
    once = play.session

    play.do("ana", done)

    assert play.session is once


def test_a_form_sent_after_its_phase_counts_for_a_minute_and_not_longer() -> None:
    play = Stage.at("explore")
    form = play.open("eve", "Ask")
    later = play.open("dana", "Ask")
    play.press("ben", "Enough")
    play.wait(seconds=60)
    play.hand_in("eve", form, question="In time?")
    assert play.told("eve") == "We have moved on; your question goes to Ben."

    play.wait(seconds=1)

    assert refused(play, lambda: play.hand_in("dana", later, question="Late?")) == "just_moved"


def test_two_people_pressing_next_at_once_are_one_step() -> None:
    play = Stage.at("check_in", facilitation="bot-held")
    at = play.session.at
    for who in play.here[:3]:
        play.decide(Next(who=who, step=at))
    play.decide(Next(who=play.here[3], step=at))
    moved = play.session.at
    assert moved > at

    assert refused(play, lambda: play.decide(Next(who=play.here[4], step=at))) == "just_moved"
    assert play.session.at == moved
