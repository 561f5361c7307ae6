"""Cards and forms as the page gets them: plain values, text only, never HTML."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias, assert_never

from bot.core.cards import (
    Block,
    Button,
    Buttons,
    Card,
    Field,
    Fields,
    Form,
    Image,
    Options,
    People,
    Quote,
    Text,
    Until,
)
from bot.core.wording import AWAY, COMING, DIGITS, LONGER, READY, plain_emoji, shorten, tidy

Json: TypeAlias = dict[str, Any]
Seal: TypeAlias = Callable[[Card, Button], str]

LONGEST_TITLE = 300
"""Code points of a title or a label; what is longer is cut with an ellipsis."""

LONGEST_TEXT = 12_000
"""Code points of a paragraph, a quotation or a field's value; likewise."""

MOST_BLOCKS = 80
"""Blocks of one card; more are left out, and a last line says so."""

MOST_BUTTONS = 25
"""Buttons of one row; more make a second row."""

REACTIONS = {
    COMING: "Here",
    AWAY: "Can't come",
    READY: "Ready to move on",
    LONGER: "More time",
    **{digit: f"Vote for {number}" for number, digit in enumerate(DIGITS, 1)},
}
"""What each reaction says in words."""

LEFT_OUT = "Some of this is too long to show."


def render(card: Card, seal: Seal) -> Json:
    """The card for the page. `seal` gives each button the id its press comes back with."""
    blocks = [drawn for block in card.blocks for drawn in _blocks(block, card, seal)]
    if len(blocks) > MOST_BLOCKS:
        blocks = [*blocks[: MOST_BLOCKS - 1], {"kind": "text", "tone": "quiet", "text": LEFT_OUT}]
    return {"title": line(card.title), "blocks": blocks}


def render_form(form: Form, token: str) -> Json:
    """The form for the page; `token` is what its answer comes back with."""
    return {
        "token": token,
        "title": line(form.title),
        "intro": words(form.intro),
        "submit": line(form.submit),
        "fields": [_field(field) for field in form.fields],
    }


def reaction_in_words(emoji: str) -> str:
    """What a reaction means; the emoji itself where it means nothing to the bot."""
    return REACTIONS.get(plain_emoji(emoji), line(emoji))


def words(text: str) -> str:
    """Text with its line breaks, without hidden characters, no longer than the page shows."""
    return shorten(tidy(text), LONGEST_TEXT)


def line(text: str) -> str:
    """Text in one line, likewise."""
    return shorten(tidy(text, one_line=True), LONGEST_TITLE)


def instant(at: datetime | None) -> str | None:
    """An instant as the page reads it: ISO, in UTC or with its offset."""
    return None if at is None else at.isoformat()


def _blocks(block: Block, card: Card, seal: Seal) -> tuple[Json, ...]:
    """One block; two where it is longer than the page allows."""
    if isinstance(block, Buttons) and len(block.buttons) > MOST_BUTTONS:
        rest = Buttons(block.buttons[MOST_BUTTONS:])
        first = Buttons(block.buttons[:MOST_BUTTONS])
        return (_block(first, card, seal), *_blocks(rest, card, seal))
    return (_block(block, card, seal),)


def _block(block: Block, card: Card, seal: Seal) -> Json:
    match block:
        case Text(text=text, tone=tone):
            return {"kind": "text", "tone": str(tone), "text": words(text)}
        case Fields(rows=rows):
            return {"kind": "fields", "rows": [[line(name), words(value)] for name, value in rows]}
        case People(label=label, names=names):
            return {"kind": "people", "label": line(label), "names": [line(n) for n in names]}
        case Quote(words=said, by=by):
            return {"kind": "quote", "words": words(said), "by": line(by)}
        case Until(label=label, at=at, countdown=countdown):
            return {
                "kind": "until",
                "label": line(label),
                "at": instant(at),
                "countdown": countdown,
            }
        case Buttons(buttons=row):
            return {"kind": "buttons", "buttons": [_button(button, card, seal) for button in row]}
        case Options(options=options):
            return {
                "kind": "options",
                "options": [
                    {"emoji": o.emoji, "label": line(o.label), "detail": words(o.detail)}
                    for o in options
                ],
            }
        case Image(alt=alt):
            # The page asks nobody for anything, so a picture is shown by its words alone.
            return {"kind": "image", "alt": words(alt)}
        case _:
            assert_never(block)


def _button(button: Button, card: Card, seal: Seal) -> Json:
    return {
        "label": line(button.label),
        "id": seal(card, button),
        "style": str(button.style),
    }


def _field(field: Field) -> Json:
    return {
        "key": field.key,
        "label": line(field.label),
        "kind": str(field.kind),
        "required": field.required,
        "limit": field.limit,
        "hint": words(field.hint),
        "value": words(field.value),
        "choices": [{"value": c.value, "label": line(c.label)} for c in field.choices],
    }
