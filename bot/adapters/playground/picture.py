"""What the page shows of a message and of what goes on behind the scenes, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

import structlog

from bot.adapters.playground.clock import in_words, part
from bot.adapters.playground.outbound import BOT, Message
from bot.adapters.playground.render import (
    Json,
    Seal,
    instant,
    line,
    reaction_in_words,
    render,
    words,
)
from bot.core.cards import Card, PersonId
from bot.runtime.ports.stage import Look

LookOf: TypeAlias = Callable[[Card], object]
"""A platform's renderer: the payload it would send for a card."""

Names: TypeAlias = Mapping[PersonId, str]

log = structlog.get_logger()


def drawn(message: Message, names: Names, seal: Seal, look: LookOf | None = None) -> Json:
    """A message as its readers see it; `payload` is what another platform would make of it."""
    bot, card = message.author == BOT, message.card
    return {
        "id": message.ref,
        "from": "ALS bot" if bot else names.get(message.author, message.author),
        "bot": bot,
        "at": instant(message.at),
        "meant": instant(message.meant_for),
        "thread": bool(message.parent),
        "only": names.get(message.reader, "") if message.private else "",
        "words": words(message.words),
        "card": None if card is None else render(card, seal),
        "payload": None if card is None or look is None else _payload(card, look),
        "calls": [line(names[p]) for p in (card.calls if card else ()) if p in names],
        "reactions": _reactions(message, names),
        "file": None if message.file is None else line(message.file.name),
    }


def _payload(card: Card, look: LookOf) -> object:
    """What a platform's renderer makes of a card; nothing where it fails, so that the page stands."""
    try:
        return look(card)
    except Exception as error:
        log.error("look_failed", error=type(error).__name__)
        return None


def _reactions(message: Message, names: Names) -> list[Json]:
    known = dict.fromkeys((*message.seeded, *message.reactions))
    return [
        {
            "emoji": emoji,
            "says": reaction_in_words(emoji),
            "who": [[who, names.get(who, who)] for who in message.reactions.get(emoji, [])],
        }
        for emoji in known
        if emoji in message.seeded or message.reactions.get(emoji)
    ]


def inspected(look: Look, now: datetime, names: Names) -> Json:
    """The inspector's facts: states and reasons, never anybody's words."""
    return {
        "set": line(look.set_name),
        "phase": line(part(look)),
        "step": look.step,
        "steps": [line(step) for step in look.steps],
        "ends": instant(look.ends_at),
        "meeting": instant(look.next_meeting),
        "presenter": line(look.presenter) if look.phase else "",
        "due": [
            {"at": instant(due.at), "what": in_words(due.what)} for due in look.due if due.at >= now
        ],
        "outbox": [
            {
                "kind": line(row.kind),
                "op": line(row.op),
                "state": line(row.state),
                "to": names.get(row.to, line(row.to)),
                "due": instant(row.due_at),
                "why": line(row.why),
            }
            for row in look.outbox
        ],
    }
