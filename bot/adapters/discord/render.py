"""Cards and forms as Discord's payloads: silent Components V2, or neutral words that notify."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias, assert_never

from bot.adapters.discord.keys import mark
from bot.adapters.discord.markup import fitted, level, moment, plain_label, prefixed
from bot.core.cards import (
    Block,
    Button,
    Buttons,
    Card,
    Fields,
    Image,
    Options,
    People,
    Quote,
    Style,
    Text,
    Tone,
    Until,
)
from bot.runtime.ports.incoming import File

Json: TypeAlias = dict[str, Any]
Seal: TypeAlias = Callable[[Button], str]

MOST_COMPONENTS = 40
MOST_DISPLAYED = 4000
MOST_CONTENT = 2000
MOST_BUTTONS_IN_ROW = 5
MOST_ROWS = 5
LONGEST_TITLE = 256
LONGEST_BUTTON = 80
LONGEST_ALT = 1024
LONGEST_URL = 512

COMPONENTS_V2 = 1 << 15
SILENT = 1 << 12
EPHEMERAL = 1 << 6
NO_PINGS: Json = {"parse": []}

ROW, BUTTON, DISPLAY, GALLERY, FILE, CONTAINER = 1, 2, 10, 12, 13, 17
STYLES = {Style.PLAIN: 2, Style.PRIMARY: 1, Style.DANGER: 4}

SHOW_WORDS = Button("Show my words", "show_words")
"""Behind it is everything a lock screen must not show."""

MORE_THAN_FITS = "-# There is more than fits here."


@dataclass(frozen=True, slots=True)
class _Words:
    """Text on its way into a display: `draw` gives it in at most so many characters."""

    length: int
    draw: Callable[[int], str]


_Part: TypeAlias = _Words | Json


def board(card: Card, seal: Seal, key: str = "", note: str = "") -> Json:
    """A silent Components V2 message: everything the card holds, drawn."""
    parts = [_titled(card.title), *(p for block in card.blocks for p in _parts(block, seal))]
    if note:
        parts.insert(1, _Words(len(note) + 3, lambda limit: f"-# {note}"))
    inner = _fitting(parts)
    whole: Json = {"type": CONTAINER, "components": inner}
    mark(whole, key)
    return {
        "components": [whole],
        "flags": COMPONENTS_V2 | SILENT,
        "allowed_mentions": NO_PINGS,
    }


def call(card: Card, seal: Seal, key: str = "", note: str = "") -> Json:
    """A plain message that notifies: neutral words, and buttons; a lock screen shows no content."""
    called = list(dict.fromkeys(p for p in card.calls if p.isdecimal()))
    lines = [" ".join(f"<@{p}>" for p in called), card.summary or "There is something for you."]
    numbered = _numbered(card)
    lines += [f"{u.label}: {moment(u.at, countdown=u.countdown)}" for u in _untils(numbered)]
    rows = _rows_of_call(numbered, seal)
    mark(rows[0], key)
    content = "\n".join(line for line in (*lines, note) if line)
    return {
        "content": content[:MOST_CONTENT],
        "components": rows,
        "allowed_mentions": {"parse": [], "users": called} if called else NO_PINGS,
    }


def notifies(card: Card, *, direct: bool) -> bool:
    """Whether a card should reach a lock screen: then its words may not."""
    return direct or card.loud or bool(card.calls)


def said(words: str) -> Json:
    """One sentence of the bot's own, for one person."""
    display = {"type": DISPLAY, "content": fitted(words, MOST_DISPLAYED) or "…"}
    return {"components": [display], "flags": COMPONENTS_V2, "allowed_mentions": NO_PINGS}


def handed(file: File, *, direct: bool = False) -> Json:
    """A file with the sentence that says what it is; directly, one that notifies."""
    attached = [{"id": "0", "filename": file.name}]
    if direct:
        words = fitted(file.words, MOST_CONTENT)
        return {"content": words, "attachments": attached, "allowed_mentions": NO_PINGS}
    shown = {"type": FILE, "file": {"url": f"attachment://{file.name}"}}
    message = said(file.words)
    return {**message, "components": [*message["components"], shown], "attachments": attached}


def edit_of(message: Json) -> Json:
    """The same message as an edit: a Components V2 one has no content beside it."""
    flags = message.get("flags", 0) & COMPONENTS_V2
    return {**message, "flags": flags, "content": message.get("content")}


def pages(card: Card) -> tuple[Card, ...]:
    """The card, split where it holds more components than one message takes."""
    done: list[Card] = []
    kept: list[Block] = []
    for block in card.blocks:
        if kept and 3 + sum(_weight(b) for b in (*kept, block)) > MOST_COMPONENTS:
            done.append(replace(card, blocks=tuple(kept)))
            kept = []
        kept.append(block)
    return (*done, replace(card, blocks=tuple(kept)))


# --- blocks ------------------------------------------------------------------------------------


def _parts(block: Block, seal: Seal) -> Iterator[_Part]:
    match block:
        case Text(text=words, tone=tone):
            yield _toned(words, tone)
        case Fields(rows=rows):
            yield from (_words(value, f"**{fitted(name, 80)}**: ") for name, value in rows)
        case People(label=label, names=names):
            yield _words(", ".join(names) or "nobody yet", f"{fitted(label, 80)}: ")
        case Quote(words=words, by=by):
            yield _quoted(words, by)
        case Until(label=label, at=at, countdown=countdown):
            yield _moment(label, at, countdown=countdown)
        case Buttons(buttons=buttons):
            yield from _rows(buttons, seal)
        case Options(options=options):
            for option in options:
                yield _words(option.label, f"{option.emoji} ")
                if option.detail:
                    yield _words(option.detail, "-# ")
        case Image(url=url, alt=alt):
            yield _picture(url, alt)
        case _:
            assert_never(block)


def _words(words: str, before: str = "", after: str = "") -> _Words:
    around = len(before) + len(after)

    def draw(limit: int) -> str:
        drawn = fitted(words, max(limit - around, 1))
        if before.strip() in ("-#", ">"):
            return prefixed(" ".join(drawn.split("\n")) if before == "-# " else drawn, before)
        return f"{before}{drawn}{after}"

    breaks = words.count("\n") * 2 if before == "> " else 0
    return _Words(len(fitted(words, MOST_DISPLAYED)) + around + breaks, draw)


def _titled(title: str) -> _Words:
    one_line = " ".join(title.split()) or "…"
    return _Words(
        len(fitted(one_line, LONGEST_TITLE)) + 3,
        lambda limit: f"## {fitted(one_line, min(LONGEST_TITLE, max(limit - 3, 1)))}",
    )


def _toned(words: str, tone: Tone) -> _Words:
    match tone:
        case Tone.QUIET:
            return _words(words, "-# ")
        case Tone.STRONG:
            return _words(words.strip(), "**", "**")
        case Tone.PLAIN:
            return _words(words)
        case _:
            assert_never(tone)


def _quoted(words: str, by: str) -> _Words:
    who = f"\n-# {fitted(by, 80)}" if by else ""
    inner = _words(words, "> ")

    def draw(limit: int) -> str:
        room = max(limit - len(who), 1)
        drawn = inner.draw(room)
        while len(drawn) > room and room > 8:
            drawn = inner.draw(room := room - (len(drawn) - room) - 2)
        return drawn + who

    return _Words(inner.length + len(who), draw)


def _moment(label: str, at: datetime, *, countdown: bool) -> _Words:
    drawn = f"{fitted(label, 80)}: {moment(at, countdown=countdown)}"
    return _Words(len(drawn), lambda limit: drawn)


def _picture(url: str, alt: str) -> _Part:
    if not url.startswith(("https://", "http://")) or len(url) > LONGEST_URL:
        return _words(alt or "A picture", "-# ")
    item: Json = {"media": {"url": url}}
    if alt:
        item["description"] = plain_label(alt, LONGEST_ALT)
    return {"type": GALLERY, "items": [item]}


def _rows(buttons: tuple[Button, ...], seal: Seal) -> list[Json]:
    drawn: dict[str, Json] = {}
    for button in buttons:
        sealed = seal(button)
        label = plain_label(button.label, LONGEST_BUTTON)
        style = STYLES[button.style]
        drawn.setdefault(
            sealed, {"type": BUTTON, "style": style, "label": label, "custom_id": sealed}
        )
    every = list(drawn.values())
    cut = range(0, len(every), MOST_BUTTONS_IN_ROW)
    return [{"type": ROW, "components": every[n : n + MOST_BUTTONS_IN_ROW]} for n in cut]


# --- making it fit -------------------------------------------------------------------------------


def _fitting(parts: list[_Part]) -> list[Json]:
    """The parts as components: within both limits, words merged, no button twice."""
    once = list(_without_repeats(parts))
    kept, over = _within_components(once)
    words = [p for p in kept if isinstance(p, _Words)]
    budget = MOST_DISPLAYED - len(words) - len(MORE_THAN_FITS) - 1
    cap = level([w.length for w in words], budget)
    inner: list[Json] = []
    for part in kept:
        _add(inner, part.draw(cap) if isinstance(part, _Words) else part)
    if over:
        _add(inner, MORE_THAN_FITS)
    return inner


def _add(inner: list[Json], part: str | Json) -> None:
    if not isinstance(part, str):
        inner.append(part)
    elif inner and inner[-1]["type"] == DISPLAY:
        inner[-1]["content"] += f"\n{part}"
    elif part:
        inner.append({"type": DISPLAY, "content": part})


def _without_repeats(parts: list[_Part]) -> Iterator[_Part]:
    seen: set[str] = set()
    for part in parts:
        if isinstance(part, _Words) or part["type"] != ROW:
            yield part
            continue
        fresh = [b for b in part["components"] if b["custom_id"] not in seen]
        seen.update(b["custom_id"] for b in fresh)
        if fresh:
            yield {**part, "components": fresh}


def _within_components(parts: list[_Part]) -> tuple[list[_Part], bool]:
    """As many parts as one message takes, with room for the container and a last line."""
    kept: list[_Part] = []
    used, last_was_words = 2, False
    for part in parts:
        words = isinstance(part, _Words)
        used += 0 if words and last_was_words else _count(part)
        if used > MOST_COMPONENTS:
            return kept, True
        kept.append(part)
        last_was_words = words
    return kept, False


def _count(part: _Part) -> int:
    return 1 if isinstance(part, _Words) else 1 + len(part.get("components", ()))


def _weight(block: Block) -> int:
    if not isinstance(block, Buttons):
        return 1
    number = len(block.buttons)
    return number + -(-number // MOST_BUTTONS_IN_ROW)


def _untils(card: Card) -> Iterator[Until]:
    return (block for block in card.blocks if isinstance(block, Until))


def _numbered(card: Card) -> Card:
    """The card whose rows can be told apart without the words beside them: by number, where several
    rows have the same buttons; the moment before such a row gets its number too.
    """
    every = card.buttons()
    if len({b.label for b in every}) == len(every):
        return card
    blocks: list[Block] = []
    number, begins = 0, 0
    for block in card.blocks:
        if isinstance(block, Buttons):
            number += 1
            row = tuple(replace(b, label=f"{number}. {b.label}") for b in block.buttons)
            before = (_with_number(one, number) for one in blocks[begins:])
            blocks = [*blocks[:begins], *before, Buttons(row)]
            begins = len(blocks)
        else:
            blocks.append(block)
    return replace(card, blocks=tuple(blocks))


def _with_number(block: Block, number: int) -> Block:
    if not isinstance(block, Until):
        return block
    return replace(block, label=f"{number}. {block.label}")


def _rows_of_call(card: Card, seal: Seal) -> list[Json]:
    """The way to the words, and a row for each of the card's; closer where those are too many, and
    none where all of them together are.
    """
    show = _rows((SHOW_WORDS,), seal)
    blocks = [b.buttons for b in card.blocks if isinstance(b, Buttons)]
    apart = [*show, *(row for buttons in blocks for row in _rows(buttons, seal))]
    if 1 < len(apart) <= MOST_ROWS and len(blocks) > 1:
        return apart
    together = _rows((SHOW_WORDS, *card.buttons()), seal)
    return together if len(together) <= MOST_ROWS else show
