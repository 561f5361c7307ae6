"""How a card looks in Discord: the very payload that would be sent, for the playground to draw."""

from __future__ import annotations

from bot.adapters.discord import render
from bot.core.cards import Button, Card


def look(card: Card) -> render.Json:
    """The message; each button's id is its place on the card, counted from 0 in reading order.

    `Show my words` has no place on the card; its id is its action.
    """
    order = card.buttons()

    def place(button: Button) -> str:
        return str(order.index(button)) if button in order else button.action

    return (render.call if render.notifies(card, direct=False) else render.board)(card, place)
