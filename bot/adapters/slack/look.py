"""How a card looks in Slack: the very payload that would be sent, for the playground to draw."""

from __future__ import annotations

from bot.adapters.slack import render
from bot.core.cards import Button, Card


def look(card: Card) -> render.Payload:
    """The message; each button's id is its place on the card, counted from 0 in reading order."""
    order = card.buttons()

    def place(button: Button) -> str:
        return str(order.index(button))

    return render.message(card, place)
