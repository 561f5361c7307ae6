"""Cards and forms as Block Kit: one renderer for messages, private answers, modals and Home."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeAlias, assert_never

from bot.adapters.slack.markup import bold, escape, fitted, pieces, plain, quoted
from bot.core.cards import (
    Block,
    Button,
    Buttons,
    Card,
    Field,
    FieldKind,
    Fields,
    Form,
    Image,
    Options,
    People,
    Quote,
    Style,
    Text,
    Tone,
    Until,
)

# Slack's limits, as its client library and its documentation give them.
MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
SECTION: Final = 3000
HEADER: Final = 150
CONTEXT: Final = 2000
FIELDS: Final = 10
FIELD: Final = 2000
BUTTONS: Final = 25
BUTTON: Final = 75
ACTION_ID: Final = 255
VIEW_TITLE: Final = 24
SUMMARY: Final = 300
IMAGE_URL: Final = 3000
ALT: Final = 2000
LABEL: Final = 2000
HINT: Final = 2000
RADIOS: Final = 10
SELECT: Final = 100
OPTION: Final = 75
VALUE: Final = 150
INITIAL: Final = 3000
PLAIN: Final = 1000

TOTAL: Final = 9_500
"""Slack refuses messages of about 13,200 characters although each block is legal; ours stay well
below 10,000, so that a line the outbox adds still fits."""

LEAST_KEPT: Final = (1000, 200, 50, 10)
"""What is left of each text, the longest first, where a message has too much in all."""

NEUTRAL: Final = "Your set has something for you."
"""What a lock screen shows where a card has no summary."""

AGAIN: Final = "(sent again: the first copy may have got lost)"

Payload: TypeAlias = dict[str, Any]
Seal: TypeAlias = Callable[[Button], str]


def message(
    card: Card, seal: Seal, *, again: bool = False, late_since: datetime | None = None
) -> Payload:
    """A card as a message: blocks, and a neutral text for lock screens and screen readers."""
    extra: list[Block] = [Text(AGAIN, Tone.QUIET)] if again else []
    if late_since is not None:
        extra.append(Until("This was due", late_since))
    shown = replace(card, blocks=(*card.blocks, *extra)) if extra else card
    return {
        "text": fitted(card.summary.strip() or NEUTRAL, SUMMARY),
        "blocks": blocks(shown, seal),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def plainly(card: Card) -> Payload:
    """A card that Slack refused in its full form: its words alone, short, and where to go on."""
    said = [b.text for b in card.blocks if isinstance(b, Text)]
    text = fitted("\n".join([card.title, *said]), PLAIN)
    shown = [_section(text), _context("Type /als home in the channel to go on.")]
    neutral = fitted(card.summary.strip() or NEUTRAL, SUMMARY)
    return {"text": neutral, "blocks": shown, "unfurl_links": False, "unfurl_media": False}


def words(sentence: str) -> Payload:
    """One sentence to one person, as a message."""
    return {"text": fitted(sentence, SECTION), "blocks": [_section(fitted(sentence, SECTION))]}


def blocks(card: Card, seal: Seal, *, most: int = MESSAGE_BLOCKS) -> list[Payload]:
    """A card's blocks, within every count and length Slack has."""
    drawn = list(_title(card))
    drawn += [part for block in card.blocks for part in _drawn(block, seal)]
    for people, line in ((card.calls, _section), (card.follows, _context)):
        named = [f"<@{p}>" for p in people if re.fullmatch(r"[UW][A-Z0-9]{2,20}", p)]
        if named:
            drawn.insert(1 if card.title else 0, line(" ".join(named)))
    if not drawn:
        drawn = [_section(escape(NEUTRAL))]
    return within(distinct(drawn), most)


def _title(card: Card) -> Iterator[Payload]:
    if plain(card.title):
        title = {"type": "plain_text", "text": fitted(card.title, HEADER), "emoji": False}
        yield {"type": "header", "text": title}


def _drawn(block: Block, seal: Seal) -> Iterator[Payload]:
    match block:
        case Text(text=said, tone=tone):
            yield from _paragraph(said, tone)
        case Fields(rows=rows):
            yield from _table(rows)
        case People(label=label, names=names):
            named = ", ".join(plain(n) for n in names) or "nobody yet"
            yield from map(_section, pieces(f"{label}: {named}", SECTION))
        case Quote(words=handed_in, by=by):
            yield from (_section(quoted(part)) for part in pieces(handed_in, SECTION // 2))
            if plain(by):
                yield _context(fitted(by, CONTEXT))
        case Until(label=label, at=at):
            yield _section(f"{fitted(label, FIELD)}: {moment(at)}")
        case Buttons(buttons=row):
            yield from _rows(row, seal)
        case Options(options=options):
            for option in options:
                line = f"{fitted(option.emoji, OPTION)}  {fitted(option.label, FIELD)}"
                yield _section(line)
                if plain(option.detail):
                    yield _context(fitted(option.detail, CONTEXT))
        case Image(url=url, alt=alt):
            yield _image(url, alt)
        case _:
            assert_never(block)


def _paragraph(said: str, tone: Tone) -> Iterator[Payload]:
    match tone:
        case Tone.PLAIN:
            yield from map(_section, pieces(said, SECTION))
        case Tone.QUIET:
            yield from map(_context, pieces(said, CONTEXT))
        case Tone.STRONG:
            yield from (_section(bold(part)) for part in pieces(said, SECTION // 2))
        case _:
            assert_never(tone)


def _table(rows: Sequence[tuple[str, str]]) -> Iterator[Payload]:
    cells = [
        {
            "type": "mrkdwn",
            "text": f"{bold(fitted(name, FIELD // 4))}\n{fitted(value, FIELD // 2) or '–'}",
            "verbatim": True,
        }
        for name, value in rows
    ]
    for first in range(0, len(cells), FIELDS):
        yield {"type": "section", "fields": cells[first : first + FIELDS]}


def _rows(row: Sequence[Button], seal: Seal) -> Iterator[Payload]:
    drawn = [_button(button, seal) for button in row if plain(button.label)]
    for first in range(0, len(drawn), BUTTONS):
        yield {"type": "actions", "elements": drawn[first : first + BUTTONS]}


def _button(button: Button, seal: Seal) -> Payload:
    label = {"type": "plain_text", "text": fitted(button.label, BUTTON), "emoji": True}
    drawn: Payload = {"type": "button", "text": label, "action_id": seal(button)}
    if button.style is not Style.PLAIN:
        drawn["style"] = button.style.value
    return drawn


def _image(url: str, alt: str) -> Payload:
    if len(url) > IMAGE_URL or not re.match(r"https?://\S+$", url):
        return _section(fitted(alt, SECTION) or "–")
    return {"type": "image", "image_url": url, "alt_text": fitted(alt, ALT) or "A picture"}


def moment(at: datetime) -> str:
    """A moment in the reader's own zone, with words for clients that cannot draw it."""
    shown = "{date_short_pretty} at {time}"
    return f"<!date^{int(at.timestamp())}^{shown}|{at:%d %b %Y %H:%M} {at.tzname() or 'UTC'}>"


def _section(mrkdwn: str) -> Payload:
    # verbatim: Slack makes no links, channels or mentions out of what people typed.
    return {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}}


def _context(mrkdwn: str) -> Payload:
    element = {"type": "mrkdwn", "text": mrkdwn, "verbatim": True}
    return {"type": "context", "elements": [element]}


# --- keeping within Slack's counts ---------------------------------------------------------------


def distinct(drawn: list[Payload]) -> list[Payload]:
    """The blocks with every button id used once: a second one gets a tail that `press` drops."""
    seen: dict[str, int] = {}
    for block in drawn:
        for element in block["elements"] if block["type"] == "actions" else ():
            sealed = press(element["action_id"])
            seen[sealed] = seen.get(sealed, 0) + 1
            tail = f"#{seen[sealed]}" if seen[sealed] > 1 else ""
            element["action_id"] = sealed + tail
    return drawn


def press(action_id: str) -> str:
    """The sealed id behind a button's id."""
    return re.sub(r"#\d+$", "", action_id)


def within(drawn: list[Payload], most: int) -> list[Payload]:
    """The blocks, never more than `most` and never more text than Slack takes in one message.

    Buttons stay: what has to go is the last of the text before them.
    """
    while len(drawn) > most:
        spare = [n for n, b in enumerate(drawn) if b["type"] in ("section", "context", "image")]
        drawn.pop(spare[-1] if spare else -1)
    texts = [t for block in drawn for t in _texts(block)]
    total = sum(len(t["text"]) for t in texts) + sum(map(_labels, drawn))
    for least in LEAST_KEPT:
        for text in sorted(texts, key=lambda t: -len(t["text"])):
            if total > TOTAL and len(text["text"]) > least:
                cut = _cut(text["text"], max(least, len(text["text"]) - (total - TOTAL)))
                total -= len(text["text"]) - len(cut)
                text["text"] = cut
    return drawn


def _cut(mrkdwn: str, keep: int) -> str:
    """A written text made shorter, never inside an escape or a date."""
    if len(mrkdwn) <= keep or mrkdwn.startswith("<@") or "<!date" in mrkdwn:
        return mrkdwn
    short = re.sub(r"&[a-z]{0,3}$", "", mrkdwn[: keep - 2]).rstrip("\u200d\ufe0f ")
    return short + ("*" if short.startswith("*") and short.count("*") % 2 else "") + "…"


def _labels(block: Payload) -> int:
    buttons = block["elements"] if block["type"] == "actions" else ()
    return sum(len(b["text"]["text"]) for b in buttons)


def _texts(block: Payload) -> Iterable[Payload]:
    if isinstance(block.get("text"), dict):
        yield block["text"]
    yield from block.get("fields", ())
    if block["type"] == "context":
        yield from block["elements"]


# --- forms, private pages, Home ------------------------------------------------------------------


def modal(form: Form, private_metadata: str, *, note: str = "") -> Payload:
    """A form as a modal view. `note` is what is said about it before its first question."""
    parts = [p for t in (note, form.intro) if plain(t) for p in pieces(t, SECTION)]
    if len(plain(form.title)) > VIEW_TITLE:
        parts.insert(0, bold(fitted(form.title, SECTION // 2)))
    return {
        "type": "modal",
        "callback_id": f"form:{form.key}"[:ACTION_ID],
        "private_metadata": private_metadata,
        "title": _plain(form.title, VIEW_TITLE),
        "submit": _plain(form.submit, VIEW_TITLE),
        "close": _plain("Cancel", VIEW_TITLE),
        "blocks": [*map(_section, parts), *map(_question, form.fields)],
    }


def page(title: str, told: Sequence[Payload], private_metadata: str = "") -> Payload:
    """Blocks as a modal to read, where there is no message to answer to."""
    return {
        "type": "modal",
        "callback_id": "page",
        "private_metadata": private_metadata,
        "title": _plain(title, VIEW_TITLE),
        "close": _plain("Close", VIEW_TITLE),
        "blocks": list(told),
    }


def home(cards: Sequence[tuple[Card, Seal]]) -> Payload:
    """The Home tab: cards one under the other."""
    drawn: list[Payload] = []
    for card, seal in cards:
        drawn += [{"type": "divider"}] if drawn else []
        drawn += blocks(card, seal)
    return {"type": "home", "blocks": within(distinct(drawn), VIEW_BLOCKS)}


def _question(field: Field) -> Payload:
    asked: Payload = {
        "type": "input",
        "block_id": field.key,
        "optional": not field.required,
        "label": _plain(field.label, LABEL),
        "element": _element(field),
    }
    if plain(field.hint):
        asked["hint"] = _plain(field.hint, HINT)
    return asked


def _element(field: Field) -> Payload:
    match field.kind:
        case FieldKind.CHOICE if field.choices:
            return _choices(field)
        case (
            FieldKind.TEXT
            | FieldKind.LINE
            | FieldKind.DATE
            | FieldKind.MOMENT
            | FieldKind.ZONE
            | FieldKind.CHOICE
        ):
            # No max_length: Slack counts otherwise than we do, and our refusal keeps the words.
            drawn: Payload = {"type": "plain_text_input", "action_id": "answer"}
            drawn["multiline"] = field.kind is FieldKind.TEXT
            if plain(field.value):
                drawn["initial_value"] = plain(field.value)[:INITIAL]
            return drawn
        case _:
            assert_never(field.kind)


def _choices(field: Field) -> Payload:
    offered = [
        {"text": _plain(c.label, OPTION), "value": c.value[:VALUE]} for c in field.choices[:SELECT]
    ]
    kind = "radio_buttons" if len(offered) <= RADIOS else "static_select"
    drawn: Payload = {"type": kind, "action_id": "answer", "options": offered}
    chosen = next((o for o in offered if o["value"] == field.value[:VALUE]), None)
    if chosen is not None:
        drawn["initial_option"] = chosen
    return drawn


def _plain(said: str, most: int) -> Payload:
    return {"type": "plain_text", "text": fitted(said, most) or "–", "emoji": False}
