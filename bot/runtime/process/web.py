"""The one HTTP server of a process: whatever has to be reachable from outside, on one port."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

LARGEST_BODY: Final = 1024 * 1024

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one caller may hold on to, so that many slow ones do not make us deaf.

    A connection that sends no whole head of a request within `head` seconds is closed, and one
    whose request is not answered within `whole` seconds gets a 408. Of `open` connections in all, and
    `from_one` from one address, the one that has waited longest makes room for the next; a proxy
    on this machine speaks for many, so its address has no limit of its own.
    """

    head: float = 15.0
    whole: float = 15.0
    open: int = 400
    from_one: int = 100


CLOSE_WITHIN = 0.5
"""Seconds for requests under way when the process ends; callers are answered within two anyway."""


class Web:
    """Serves the routes it is given, from `start` until `stop`."""

    def __init__(self, host: str, port: int, limits: Limits | None = None) -> None:
        """Port 0 takes any that is free; `address` says which."""
        self._where = (host, port)
        self._limits = limits or Limits()
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None
        self._doors = _Connections(self._limits)

    async def start(self, routes: Iterable[web.AbstractRouteDef]) -> None:
        """Open the port. Raises OSError where it is taken."""
        served = web.Application(client_max_size=LARGEST_BODY, middlewares=[self._in_time])
        served.add_routes(list(routes))
        runner = web.AppRunner(
            served,
            access_log=None,
            shutdown_timeout=CLOSE_WITHIN,
            keepalive_timeout=self._limits.head,
            lingering_time=1.0,
        )
        await runner.setup()
        self._runner, factory = runner, runner.server
        assert factory is not None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(factory(), self._doors), *self._where, reuse_address=True
        )

    @web.middleware
    async def _in_time(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The answer, unless the request's body dawdles; its connection is in use meanwhile."""
        self._doors.in_use.add(request.protocol)
        try:
            async with asyncio.timeout(self._limits.whole):
                return await handler(request)
        except TimeoutError:
            log.info("request_too_slow")
            return web.Response(status=408, headers={"Connection": "close"})
        finally:
            self._doors.in_use.discard(request.protocol)

    @property
    def address(self) -> str:
        """Where it is reached on this machine; empty while it is closed."""
        if self._server is None or not self._server.sockets:
            return ""
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    async def stop(self) -> None:
        """Close the port; requests under way are answered first."""
        if self._server is not None:
            self._server.close()
        if self._runner is not None:
            await self._runner.cleanup()


class _Connections:
    """Who is connected, in the order they came."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.in_use = set[asyncio.BaseProtocol]()
        """The handlers of connections whose request is being answered."""
        self._open: dict[_Connection, str] = {}
        self._from = Counter[str]()

    def admit(self, new: _Connection, address: str) -> bool:
        """Let it in, where need be in the place of the one that has waited longest."""
        limit = self.limits.open if address in _HERE else self.limits.from_one
        if self._from[address] >= limit and not self._makes_room(address):
            return False
        if len(self._open) >= self.limits.open and not self._makes_room(""):
            return False
        self._open[new] = address
        self._from[address] += 1
        return True

    def _makes_room(self, address: str) -> bool:
        """Close the oldest that asks for nothing just now, of that address if one is given."""
        for connection, known in self._open.items():
            if connection.inner not in self.in_use and address in ("", known):
                log.info("connection_closed", why="too_many")
                connection.abort()
                self.gone(connection)
                return True
        return False

    def gone(self, connection: _Connection) -> None:
        """It is closed; a second time changes nothing."""
        address = self._open.pop(connection, None)
        if address is not None:
            self._from[address] -= 1
            if not self._from[address]:
                del self._from[address]


_HERE = frozenset({"127.0.0.1", "::1"})


class _Connection(asyncio.Protocol):
    """One connection: counted, then handed to aiohttp."""

    def __init__(self, inner: asyncio.Protocol, doors: _Connections) -> None:
        self.inner = inner
        self._doors = doors
        self._transport: asyncio.BaseTransport | None = None
        self._let_in = False

    def abort(self) -> None:
        """Close it at once."""
        if isinstance(self._transport, asyncio.Transport):
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        peer = transport.get_extra_info("peername") or ("",)
        self._let_in = self._doors.admit(self, str(peer[0]))
        if self._let_in:
            self.inner.connection_made(transport)
        else:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._doors.gone(self)
        if self._let_in:
            self.inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._let_in:
            self.inner.data_received(data)

    def eof_received(self) -> bool | None:
        return self.inner.eof_received() if self._let_in else None

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()
