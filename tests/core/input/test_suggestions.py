"""What an option could be while it is being typed: one's own words only, and nothing changes."""

from __future__ import annotations

import pytest

from bot.core.input import suggestions, understanding
from bot.core.signals import Caller, Typed
from tests.core.stage import CAST, Stage


def offered(town: Stage, who: str, verb: str, option: str, typed: str = "") -> list[str]:
    """The labels somebody is shown."""
    caller = Caller(who.casefold(), who)
    choices = suggestions.suggest(town.room, caller, Typed(verb, ((option, typed),)), option)
    return [choice.label for choice in choices]


def test_the_parts_of_a_running_meeting(led: Stage) -> None:
    led.begin(*CAST)
    led.to("bids")

    titles = offered(led, "ana", "next", "to")

    assert titles[titles.index("Check-in") :][:2] == ["Check-in", "Choosing the issue"]
    assert not {"Arriving", "Offering issues"} & set(titles), "neither the door nor where we are"
    assert offered(led, "ana", "next", "to", "choos") == ["Choosing the issue"]
    assert offered(led, "ana", "next", "to", "choose") == ["Choosing the issue"], "by its key too"
    assert offered(led, "zoe", "next", "to") == [], "a stranger learns nothing of it"


def test_every_part_that_is_suggested_can_be_gone_to(led: Stage) -> None:
    led.begin(*CAST)
    led.to("bids")
    led.offer("dana", "How do I say no?")

    for choice in suggestions.suggest(led.room, Caller("ana", "Ana"), Typed("next"), "to"):
        assert understanding.understand(
            led.room, Caller("ana"), Typed("next", (("to", choice.value),))
        )


def test_ones_own_open_actions_and_nobody_elses(led: Stage) -> None:
    led.keep("ben", "Talk to Mia", visibility="set")
    led.keep("ben", "Write the report")
    led.keep("ana", "Ask the funder", visibility="set")

    assert offered(led, "ben", "done", "action") == ["Talk to Mia", "Write the report"]
    assert offered(led, "ben", "done", "action", "mia") == ["Talk to Mia"]
    assert offered(led, "ana", "done", "action") == ["Ask the funder"]
    assert offered(led, "zoe", "done", "action") == []


def test_a_chosen_action_is_asked_about(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.keep("ben", "Write the report")
    [choice] = suggestions.suggest(
        led.room, Caller("ben"), Typed("done", (("action", "mia"),)), "action"
    )

    card = led.type("ben", "done", action=choice.value).card

    assert card.title == "How did it go?"


@pytest.mark.parametrize(
    ("verb", "option"), [("next", "to"), ("done", "action"), ("schedule", "when"), ("x", "y")]
)
def test_where_there_is_nothing_to_offer(town: Stage, verb: str, option: str) -> None:
    assert offered(town, "ana", verb, option) == []
