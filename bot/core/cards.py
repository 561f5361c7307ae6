"""What can be shown and asked: cards, forms and their closed unions of blocks and fields."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from bot.core.permissions import Right

PersonId: TypeAlias = str
"""A person as their platform names them, unique within one installation."""


class Tone(StrEnum):
    """How loudly a text speaks; every platform has a look for each."""

    PLAIN = "plain"
    QUIET = "quiet"
    STRONG = "strong"


class Style(StrEnum):
    """What pressing a button means: the usual thing, the next thing, or the end of something."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. May hold people's words: renderers escape all of it."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Fields:
    """Short named values, drawn as a table or a list."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class People:
    """Some people by name, never pinged (see `Card.calls` for that)."""

    label: str
    people: tuple[PersonId, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A person's own words, as they handed them in."""

    words: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Until:
    """A moment, drawn in the reader's own zone; `countdown` adds how long that is from now."""

    label: str
    at: datetime
    countdown: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """One press. `subject` defaults to the card's; whether it is stale shows by the card's step."""

    label: str
    action: str
    value: str = ""
    style: Style = Style.PLAIN
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Buttons:
    """A row of buttons; platforms wrap it where it is too long."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a ballot: the reaction that stands for it, and what it says."""

    emoji: str
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What can be voted for by reaction."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by its address; `alt` says in words what it shows."""

    url: str
    alt: str


Block: TypeAlias = Text | Fields | People | Quote | Until | Buttons | Options | Image


@dataclass(frozen=True, slots=True)
class Card:
    """One message: a title, blocks in order, and a summary safe for a lock screen.

    `summary` never holds people's words. `calls` are the people to notify by name, `follows` those to
    be named where only who is named follows a thread. `reactions` are seeded by the bot. `subject` is
    the row the buttons speak of, `step` the step they belong to. `for_others` says that it carries
    words for the set alone: it is posted instead where others can read as well, or where we cannot
    know whether they can.
    """

    title: str
    blocks: tuple[Block, ...] = ()
    summary: str = ""
    subject: str = ""
    step: int | None = None
    calls: tuple[PersonId, ...] = ()
    reactions: tuple[str, ...] = ()
    loud: bool = False
    follows: tuple[PersonId, ...] = ()
    for_others: Card | None = None

    def buttons(self) -> tuple[Button, ...]:
        """Every button on the card, in reading order."""
        return tuple(
            b for block in self.blocks if isinstance(block, Buttons) for b in block.buttons
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting in the platform's own calendar: when and where, and who alone may know of it."""

    starts_at: datetime
    ends_at: datetime
    where: str
    members: tuple[PersonId, ...]


class FieldKind(StrEnum):
    """What a form field takes."""

    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    MOMENT = "moment"
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers a field offers."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form. `limit` counts code points after cleaning (NFC, stripped).

    `calendar` says that it is asked only where the platform has a calendar of its own.
    """

    key: str
    label: str
    kind: FieldKind = FieldKind.LINE
    required: bool = True
    limit: int = 300
    hint: str = ""
    value: str = ""
    choices: tuple[Choice, ...] = ()
    calendar: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """Up to five questions asked at once. `subject`, `step` and `value` travel with the answer.

    `counts` says that the press which opens it does something by itself; the form only adds words.
    `needs` is who may fill it in: its row in the table of permissions.
    """

    key: str
    title: str
    fields: tuple[Field, ...]
    submit: str = "Send"
    intro: str = ""
    subject: str = ""
    step: int | None = None
    value: str = ""
    counts: bool = False
    needs: Right = Right.TAKE_PART


def text(*lines: str, tone: Tone = Tone.PLAIN) -> Text:
    """One paragraph of the non-empty lines, a sentence each."""
    return Text(" ".join(line for line in lines if line), tone)


def buttons(*row: Button | None) -> tuple[Buttons, ...]:
    """A row of the buttons that apply now; nothing where none does."""
    kept = tuple(b for b in row if b is not None)
    return (Buttons(kept),) if kept else ()


def people(label: str, named: Iterable[tuple[PersonId, str]]) -> People:
    """A `People` block from (id, name) pairs."""
    pairs = tuple(named)
    return People(label, tuple(p for p, _ in pairs), tuple(n for _, n in pairs))
