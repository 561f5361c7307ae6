"""Cards and forms as plain text: for the script, for golden transcripts, for reading in tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from textwrap import wrap
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.core.cards import (
    Block,
    Buttons,
    Card,
    Choice,
    Field,
    FieldKind,
    Fields,
    Form,
    Image,
    Options,
    People,
    PersonId,
    Quote,
    Text,
    Tone,
    Until,
)
from bot.core.wording import shorten, tidy

WIDTH = 96
"""Columns of a line; only a longer single word goes beyond it."""

LONGEST_LINE = 300
"""Code points of a title, a label or a name; what is longer is cut with an ellipsis."""

LONGEST_TEXT = 12_000
"""Code points of a paragraph or a quotation; what is longer is cut with an ellipsis."""

EMPTY = "____"
"""Shown for a question that nothing is filled in for."""

MARKS = {Tone.STRONG: "! ", Tone.PLAIN: "", Tone.QUIET: "· "}
"""How a line begins that is said louder or, as small print, more quietly than the others."""

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def render(card: Card, zone: str, names: Mapping[PersonId, str]) -> str:
    """The card as text, times in `zone` (UTC where it is unknown); `names` are for its calls.

    Holds no control, bidirectional or zero-width character whatever people have typed.
    """
    lines = [*_wrapped(_line(card.title)), *_calls(card, names)]
    for block in card.blocks:
        lines.extend(_block(block, zone))
    return "\n".join(lines)


def render_form(form: Form) -> str:
    """The form as text: its questions, what they offer, and what is filled in already."""
    lines = [*_wrapped(_line(form.title)), *_wrapped(_words(form.intro))]
    for field in form.fields:
        lines.extend(_field(field))
    return "\n".join([*lines, f"[{_line(form.submit)}]"])


def moment(at: datetime, zone: str) -> str:
    """An instant as wall time: `Mon 12 Apr 2027 18:24`."""
    wall = at.astimezone(_zone(zone))
    return f"{DAYS[wall.weekday()]} {wall.day} {MONTHS[wall.month - 1]} {wall.year} {wall:%H:%M}"


def _block(block: Block, zone: str) -> Iterator[str]:
    match block:
        case Text(text=words, tone=tone):
            yield from _wrapped(_words(words), MARKS[tone])
        case Fields(rows=rows):
            for name, value in rows:
                yield from _wrapped(f"{_line(name)}: {_words(value)}", later="  ")
        case People(label=label, names=names):
            who = ", ".join(_line(name) for name in names) or "no one yet"
            yield from _wrapped(f"{_line(label)}: {who}", later="  ")
        case Quote(words=words, by=by):
            said = f"{_line(by)}: “{_words(words)}”" if by else f"“{_words(words)}”"
            yield from _wrapped(said, "> ")
        case Until(label=label, at=at):
            yield from _wrapped(f"{_line(label)}: {moment(at, zone)}", later="  ")
        case Buttons(buttons=row):
            yield from _row(f"[{_line(button.label)}]" for button in row)
        case Options(options=options):
            for option in options:
                detail = f" ({_words(option.detail)})" if option.detail else ""
                yield from _wrapped(
                    f"{_emoji(option.emoji)} {_line(option.label)}{detail}", later="   "
                )
        case Image(alt=alt):
            yield from _wrapped(f"(picture: {_words(alt)})")
        case _:
            assert_never(block)


def _calls(card: Card, names: Mapping[PersonId, str]) -> tuple[str, ...]:
    """The people a card notifies, by name; somebody whose name is unknown is left out."""
    called = [f"@{_line(names[person])}" for person in card.calls if person in names]
    return _wrapped(" ".join(called))


def _field(field: Field) -> Iterator[str]:
    needed = "" if field.required else " (optional)"
    label = f"{_line(field.label)}{needed}"
    match field.kind:
        case FieldKind.CHOICE:
            yield from _wrapped(label)
            yield from _row((_choice(c, field.value) for c in field.choices), "  ")
        case FieldKind.LINE | FieldKind.TEXT | FieldKind.DATE | FieldKind.MOMENT | FieldKind.ZONE:
            yield from _wrapped(f"{label}: {_words(field.value) or EMPTY}", later="  ")
        case _:
            assert_never(field.kind)
    yield from _wrapped(_words(field.hint), "  ")


def _choice(choice: Choice, chosen: str) -> str:
    return f"({'x' if choice.value == chosen else ' '}) {_line(choice.label)}"


def _row(items: Iterable[str], first: str = "") -> tuple[str, ...]:
    """Things side by side, none of them broken over two lines."""
    whole = " ".join(item.replace(" ", "\xa0") for item in items)
    return tuple(line.replace("\xa0", " ") for line in _wrapped(whole, first))


def _wrapped(words: str, first: str = "", later: str | None = None) -> tuple[str, ...]:
    """Lines of at most `WIDTH`; none where there are no words."""
    lines: list[str] = []
    for paragraph in words.split("\n"):
        ahead = first if later is None or not lines else later
        lines.extend(
            wrap(
                paragraph,
                WIDTH,
                initial_indent=ahead,
                subsequent_indent=first if later is None else later,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
    return tuple(lines)


def _words(words: str) -> str:
    return shorten(tidy(words), LONGEST_TEXT)


def _line(words: str) -> str:
    return shorten(tidy(words, one_line=True), LONGEST_LINE)


def _emoji(emoji: str) -> str:
    """Digits as plain digits: a keycap is a digit with marks that many terminals cannot draw."""
    return emoji[:1] if emoji[:1].isdecimal() else _line(emoji)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
