"""After trouble: how many messages never came, said without a word of them."""

from __future__ import annotations

from bot.core.learning_set.cards import undelivered_card
from tests.core_set.town import Town, words


def test_the_facilitator_hears_how_many_and_never_what(led: Town) -> None:
    both = words(undelivered_card(led.set, 1, 3))
    assert "1 message for Aurora came too late to send." in both
    assert "3 messages couldn't be delivered: DMs from me are closed." in both
    assert "I posted none of it in the channel." in both

    assert "too late" not in words(undelivered_card(led.set, 0, 1))
    assert "closed" not in words(undelivered_card(led.set, 12, 0))
    assert "12 messages" in words(undelivered_card(led.set, 12, 0))
