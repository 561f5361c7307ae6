"""What the rest of the bot wants to know about the connection to Discord and the servers there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from bot.core.signals import PersonGone, PlaceChanged
from bot.runtime.ports.incoming import News
from bot.runtime.ports.platform import Standing


async def _nothing(*_: object) -> None:
    """Nobody wants to know."""


async def _ours(shard: str) -> bool:
    """This process is alone, so every shard is its own."""
    return True


async def _still() -> bool:
    """And remains so."""
    return True


Asks = Callable[[str], Awaitable[Standing]]
"""Says whether the bot is in a server."""


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What the rest of the bot wants to know about the connection, and who owns which shard.

    `back`: a session was lost and nothing is replayed, so whatever is open is to be counted again.
    `present`: which servers of a shard the bot is in, and how to tell those of that shard. `joined`,
    `removed`: the bot was let into a server, or taken off it, as Discord tells; `confirm` is what goes
    on asking, of those it is said to have been taken off, whether that is so. `place`, `person`:
    something happened to a channel, or somebody is no longer in the server. `own`: whether this
    process has a shard, by its name, from now on, where several share a database; `still`: whether it
    has all of them.
    """

    back: Callable[[], Awaitable[object]] = _nothing
    present: Callable[[str, Collection[str], Callable[[str], bool]], Awaitable[object]] = _nothing
    joined: Callable[[str, News], Awaitable[object]] = _nothing
    removed: Callable[[str, News], Awaitable[object]] = _nothing
    confirm: Callable[[str, Asks], Awaitable[object]] = _nothing
    place: Callable[[str, str, PlaceChanged, News], Awaitable[object]] = _nothing
    person: Callable[[str, PersonGone], Awaitable[object]] = _nothing
    own: Callable[[str], Awaitable[bool]] = _ours
    still: Callable[[], Awaitable[bool]] = _still
