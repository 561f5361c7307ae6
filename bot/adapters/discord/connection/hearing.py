"""Events as the gateway brings them: each has a name of its own, and none can end the connection."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import aiohttp
import discord
import structlog
from discord import shard
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

from bot.runtime.ports.incoming import News

log = structlog.get_logger()

_socket: ContextVar[DiscordWebSocket | None] = ContextVar("_socket", default=None)
_event: ContextVar[str] = ContextVar("_event", default="")

CONNECTION = (
    ReconnectWebSocket,
    discord.DiscordException,
    aiohttp.ClientError,
    OSError,
    asyncio.TimeoutError,
)
"""What is wrong with the connection, not with an event: the library knows what to do."""


def delivery() -> str:
    """The id of the event whose handling this is: its session and its number there; else empty."""
    return _event.get()


def news(*about: str) -> News:
    """Which telling this is; `about` sets apart what several things follow from. When, nobody says."""
    told = delivery()
    return News(":".join((told, *about)) if told else "")


class Socket(DiscordWebSocket):
    """The library's connection, which drops a frame that the library cannot take."""

    async def received_message(self, msg: Any, /) -> None:
        """One frame."""
        _socket.set(self)
        try:
            await super().received_message(msg)
        except CONNECTION:
            raise
        except zlib.error:
            # Everything after it would be unreadable too; a new connection resumes where we were.
            await self.close()
            raise ReconnectWebSocket(self.shard_id) from None
        except Exception as error:
            if self.session_id is None:
                # No session has begun, so there is nothing to go on with.
                raise
            log.warning("event_dropped", platform="discord", error=type(error).__name__)


def guard(client: discord.AutoShardedClient) -> None:
    """From now on what the library cannot parse is named by its kind and dropped."""
    # The library makes its connections by the name it has imported.
    setattr(shard, "DiscordWebSocket", Socket)  # noqa: B010
    parsers = client._connection.parsers
    for name, parse in tuple(parsers.items()):
        parsers[name] = _guarded(client, name, parse)


def _guarded(
    client: discord.AutoShardedClient, name: str, parse: Callable[[Any], Any]
) -> Callable[[Any], None]:
    def take(data: Any) -> None:
        socket = _socket.get()
        session = socket.session_id if socket is not None else None
        token = _event.set(f"{session}:{socket.sequence}" if socket and session else "")
        try:
            parse(data)
        except Exception as error:
            if name == "READY" and not client.is_ready():
                # Without it nothing else can be understood: the connection is begun anew.
                raise
            log.warning("event_dropped", platform="discord", kind=name, error=type(error).__name__)
        finally:
            _event.reset(token)

    return take
