"""After trouble: messages that come late in one, and how many never came."""

from __future__ import annotations

from bot.core.cards import Button, Card, Text, buttons
from bot.core.set_cards import catch_up_card, undelivered_card
from tests.core_set.town import Town, button, labels, quotes, words


def test_what_could_not_go_out_comes_as_one_and_its_buttons_still_work(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")
    led.wait(days=43)
    _, *cards = led.private("Ben")

    late = catch_up_card(tuple(cards))

    assert late.title == "While I was away"
    assert quotes(late) == ["Talk to Mia"] * 4
    assert all(b.subject == led.set.id for b in late.buttons())
    assert led.press("Ben", "Yes", late).refusal is None
    assert "Talk" not in late.summary


def test_a_button_that_names_its_subject_keeps_it() -> None:
    own = Card("One", (Text("x"), *buttons(Button("A", "a", subject="mine"))), subject="card")

    late = catch_up_card((own,))

    assert button("A", late).subject == "mine"
    assert labels(late) == ["A"]


def test_the_facilitator_hears_how_many_and_never_what(led: Town) -> None:
    both = words(undelivered_card(led.set, 1, 3))
    assert "One message of Aurora came too late to be of use." in both
    assert "Three messages could not be delivered, since private messages are closed." in both
    assert "Nothing of it was posted in the channel." in both

    assert "too late" not in words(undelivered_card(led.set, 0, 1))
    assert "closed" not in words(undelivered_card(led.set, 12, 0))
    assert "12 messages" in words(undelivered_card(led.set, 12, 0))
