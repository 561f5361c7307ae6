"""What is said at the way into a private thread, outside and inside it."""

from __future__ import annotations

from hashlib import sha256

from bot.adapters.discord.places import Door
from bot.core.cards import Button, Card, Style, Text, Tone, buttons

HERE = Button("I'm here", "here", style=Style.PRIMARY)

DOOR = Card(
    "A set meets here",
    (Text("It meets in a private thread of this channel."), *buttons(HERE)),
    summary="A set meets here.",
)
INSIDE = Card(
    "The set's own thread",
    (
        Text("Only those who come in can read this. Server admins may be able to."),
        Text("Please don't mention people from outside.", Tone.QUIET),
    ),
)


def door_key(door: Door) -> str:
    """A thread's own key: its id, spread so that both component ids differ."""
    return sha256(str(door.room).encode()).hexdigest()[:32]
