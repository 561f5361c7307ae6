"""What the cast does in a part that the story has no script for: its own lines, its first button."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING

from bot.adapters.playground.peers import FOR_ALL
from bot.core.cards import Button, Card, Field
from bot.core.meeting.formats import PHASES

if TYPE_CHECKING:
    from bot.app.story import Story

ANYTHING = "I would like to stay with this for a moment."
"""What is written where a part asks for words and brings none."""


async def play(story: Story, who: Iterable[str]) -> None:
    """Each in turn says a line, if the part brings some, and presses its first button, until it is over."""
    look = story.look()
    phase = PHASES[look.phase]
    people = tuple(who)
    each = story.share(len(people))
    for person, line in zip(people, cycle(phase.says or ("",)), strict=False):
        await story.wait(each)
        if story.look().step != look.step:
            return
        if line:
            story.speak(person, line)
        card = story.newest(lambda card: card.step == look.step and bool(card.buttons()))
        button = first_button(card)
        if button is None:
            continue
        if button.action in phase.opens:
            await story.write(person, button.label, card, partial(_written, line))
        else:
            await story.press(person, button.label, card)


def first_button(card: Card) -> Button | None:
    """The first button that is the part's own."""
    return next((b for b in card.buttons() if b.label not in FOR_ALL), None)


def _written(line: str, field: Field) -> str:
    """What somebody writes there: the first choice, or the line."""
    return field.choices[0].value if field.choices else line or ANYTHING
