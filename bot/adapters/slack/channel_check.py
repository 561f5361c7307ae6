"""Before a set is founded: is the bot in the channel, and who else can read there?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.connection.api import CannotKnow, ask
from bot.core.cards import Block, Button, Buttons, Card, Style, Text
from bot.runtime.ports.outgoing import NotSent, Refused

FOUNDING_FORM: Final = "start_set"
ANYWAY, NOT_HERE = "slack_anyway", "slack_not_here"
PATIENCE: Final = 1.2
"""Seconds the look may take: the form must open within three of the press."""

FINE: Final = "Nothing was started. Make a private channel for the set and type /als start there."
_AWAY: Final = frozenset({"channel_not_found", "not_in_channel"})


async def look(web: AsyncWebClient, place: str, verb: str) -> Card | None:
    """What the founder has to know or do first; None where the door is open."""
    if place.startswith("D"):
        return _elsewhere()
    try:
        async with asyncio.timeout(PATIENCE):
            told = await ask(web, "conversations.info", channel=place)
    except Refused as no:
        return _invite(verb) if no.code in _AWAY else None
    except (NotSent, CannotKnow, TimeoutError):
        # Whether we are in will show when the board is posted; a slow look stops nobody.
        return None
    return _judge(told.get("channel") or {}, verb)


def _judge(channel: Mapping[str, Any], verb: str) -> Card | None:
    if channel.get("is_mpim") or channel.get("is_im"):
        return _elsewhere()
    if channel.get("is_archived"):
        return Card("This channel is archived", (Text("Type /als start in one that is open."),))
    if channel.get("is_member") is False:
        return _invite(verb)
    warnings = []
    if channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"):
        warnings.append(
            "People of other companies are in this channel. They can take part by buttons, get no "
            "direct messages from me, and their company's rules apply to their copy."
        )
    elif channel.get("is_org_shared"):
        warnings.append("This channel is shared with other workspaces of your organisation.")
    if channel.get("is_private") is False:
        warnings.append("Everyone in the workspace can read this channel.")
    return _stop(warnings, verb) if warnings else None


def _invite(verb: str) -> Card:
    row = Buttons((Button("Try again", "try_again", verb, Style.PRIMARY),))
    text = Text("I am not in this channel yet. Type /invite @als, then press Try again.")
    return Card("One step first", (text, row), summary="One step first.")


def _stop(warnings: list[str], verb: str) -> Card:
    row = Buttons((Button("Use it anyway", ANYWAY, verb), Button("Not here", NOT_HERE)))
    better = Text("A private channel suits a set better.")
    said: tuple[Block, ...] = (*(Text(w) for w in warnings), better, row)
    return Card("Who can read here?", said, summary="Who can read here?")


def _elsewhere() -> Card:
    text = Text(
        "A set lives in a channel. Make a private one, invite me, and type /als start there."
    )
    return Card("Not in a direct message", (text,), summary="Not in a direct message.")
