"""The one HTTP server of a process: whatever has to be reachable from outside, on one port."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

CLOSE_WITHIN = 0.5
"""Seconds for requests under way when the process ends; whoever asked is answered within two anyway."""


class Web:
    """Serves the routes it is given, from `start` until `stop`."""

    def __init__(self, host: str, port: int) -> None:
        """Port 0 takes any that is free; `address` says which."""
        self._where = (host, port)
        self._runner: web.AppRunner | None = None

    async def start(self, routes: Iterable[web.AbstractRouteDef]) -> None:
        """Open the port. Raises OSError where it is taken."""
        served = web.Application(client_max_size=1024**2)
        served.add_routes(list(routes))
        self._runner = web.AppRunner(served, access_log=None, shutdown_timeout=CLOSE_WITHIN)
        await self._runner.setup()
        await web.TCPSite(self._runner, *self._where).start()

    @property
    def address(self) -> str:
        """Where it is reached on this machine; empty while it is closed."""
        if self._runner is None or not self._runner.addresses:
            return ""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def stop(self) -> None:
        """Close the port; requests under way are answered first."""
        if self._runner is not None:
            await self._runner.cleanup()
