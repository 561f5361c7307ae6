"""The More panel: exactly what would be accepted, for exactly this person."""

import pytest

from bot.core.cards import Button, Card, Form
from bot.core.decision import Refusal
from bot.core.input import forms_opened, understanding
from tests.core.reading import pressed
from tests.core.stage import Stage

PHASES = (
    "check_in",
    "bids",
    "choose",
    "present",
    "clarify",
    "explore",
    "reflect",
    "action_plan",
    "break",
    "learning_review",
    "close",
)
ALWAYS = {"Save an action for me", "I need help"}
HOLDING = {"Next phase", "+2 minutes", "Pause", "Hand over", "End"}
TAKING_PART = {"Hold a silence", "Time-out", "I have to go"}


@pytest.mark.parametrize("facilitation", ["led", "rotating", "bot-held"])
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("who", ["ana", "ben", "eve"])
def test_everything_more_offers_is_taken(phase, who, facilitation):
    play = Stage.at(phase, format="120", facilitation=facilitation)
    play.wait(minutes=1)
    play.more(who)
    panel = play.answers[who][-1]
    assert isinstance(panel, Card)

    for button in panel.buttons():
        assert _taken(play, who, panel, button), button.label


def _taken(play: Stage, who: str, panel: Card, button: Button) -> bool:
    signal = pressed(panel, button)
    opened = forms_opened.form(play.room, play.caller(who), signal)
    if opened is not None:
        return isinstance(opened, Form)
    command = understanding.understand(play.room, play.caller(who), signal)
    if isinstance(command, Refusal):
        return False
    before = play.room
    play.decide(command)
    taken = play.code == ""
    play.room = before
    return taken


def test_the_facilitator_has_their_panel():
    assert Stage.at("explore").more("ana") == HOLDING | TAKING_PART | ALWAYS | {"Back"}


def test_a_member_has_theirs():
    assert Stage.at("explore").more("eve") == TAKING_PART | ALWAYS


def test_a_presenter_may_stop():
    assert Stage.at("explore").more("ben") == TAKING_PART | ALWAYS | {"Stop my round"}


def test_on_arrival_there_is_little_to_offer():
    play = Stage.started("ana")
    for who in ("ana", "ben", "chidi"):
        play.arrive(who)

    assert play.more("ana") == {"Begin", "Hand over", "End", "I have to go"} | ALWAYS
    assert play.more("ben") == {"I have to go"} | ALWAYS


def test_who_is_not_here_is_shown_the_door():
    play = Stage.at("explore")
    play.more("eve")
    play.press("eve", "I have to go")

    assert play.more("eve") == {"I'm here"} | ALWAYS


def test_in_a_pause_the_facilitator_may_go_on():
    play = Stage.at("explore")
    play.type("ana", "pause")

    panel = play.more("ana")

    assert "Resume" in panel
    assert "Pause" not in panel
    assert "Hold a silence" not in panel
    assert "Resume" not in play.more("eve")


def test_where_the_bot_holds_the_process_all_have_the_same():
    play = Stage.at("explore", facilitation="bot-held")

    expected = {"Next phase", "+2 minutes", "Back", "End"} | TAKING_PART | ALWAYS
    assert play.more("eve") == play.more("ana") == expected
    assert play.more("ben") == expected | {"Stop my round"}


def test_what_one_has_asked_for_already_is_not_offered_again():
    play = Stage.at("explore", facilitation="bot-held")
    play.press("eve", "Next phase")

    assert "Next phase" not in play.more("eve")
    assert "Next phase" in play.more("ana")


def test_a_stranger_has_no_panel():
    play = Stage.at("explore")

    play.press("zoe", "More")

    assert play.code == "not_member"
