"""Who reads a place right now: asked before words for the set alone are sent there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from bot.core.cards import Card
from bot.runtime.delivery.compose import Ready
from bot.runtime.ports.outgoing import SeesReaders

PATIENCE = 5.0
"""Seconds the platform may take to answer; afterwards nothing is quoted."""

log = structlog.get_logger()


async def drawn(draw: Callable[[], Awaitable[Ready | None]], outbound: object) -> Ready | None:
    """What is to be sent, as those who can read its place may see it.

    A card that carries words for the set alone (`Card.for_others`) keeps them only where the
    platform says that every reader is in the set; where it cannot say, they stay away. The card is
    drawn again after asking, since words may have been taken back meanwhile.
    """
    ready = await draw()
    if ready is None or _without_words(ready) is None:
        return ready
    sure = await _read_only_by_the_set(ready, outbound)
    again = await draw()
    if again is None:
        return None
    instead = _without_words(again)
    if instead is None or (sure and ready.members <= again.members):
        return again
    return replace(again, card=instead)


def _without_words(ready: Ready) -> Card | None:
    """What others may see instead; None where it is for one person, or where all may see it."""
    return ready.card.for_others if ready.card is not None and not ready.row.person else None


async def _read_only_by_the_set(ready: Ready, outbound: object) -> bool:
    if not isinstance(outbound, SeesReaders):
        return False
    try:
        async with asyncio.timeout(PATIENCE):
            return await outbound.read_only_by(ready.row.installation, ready.place, ready.members)
    except Exception as error:
        log.warning("readers_unknown", error=type(error).__name__)
        return False
