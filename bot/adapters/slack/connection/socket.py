"""The Socket Mode connection, and the watchdog that notices when it has gone deaf."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.connection.api import quiet

PING_EVERY: Final = 5.0
LOOK_EVERY: Final = 2.0
DEAF_AFTER: Final = 28.0
"""Seconds without a word from Slack, its answers to our pings included, until we call it deaf."""

CONNECT_WITHIN: Final = 25.0
CLOSE_WITHIN: Final = 5.0
MOST_FAILURES: Final = 6
"""Rebuilds that fail in a row before the line is given up, so that everything is begun anew."""

DEAF: Final = "Slack has not been heard for half a minute; I am connecting again."
WELL: Final = "Slack: connected again by Socket Mode."

log = structlog.get_logger()


class Line:
    """One connection that is alive, or being rebuilt."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        web: AsyncWebClient,
        connected: Callable[[], Awaitable[None]],
        deaf_after: float = DEAF_AFTER,
        tell: Callable[[str, bool], None] = lambda sentence, well: None,
    ) -> None:
        """`connected` is told after each new connection: what was missed has to be asked for.

        `tell` takes a sentence for the operator, and whether all is well.
        """
        self._tell = tell
        self._app = app
        self._app_token = app_token
        self._web = web
        self._connected = connected
        self._deaf_after = deaf_after
        self._handler: AsyncSocketModeHandler | None = None
        self._watch: asyncio.Task[None] | None = None
        self._session: object = None
        self._pong: float | None = None
        self._heard = 0.0
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Whoever waits for it may have gone.
        self.failed.add_done_callback(lambda done: done.cancelled() or done.exception())
        self.rebuilt = 0

    async def open(self) -> None:
        """Connect, and keep it so until `close`. Raises what the library raises where it cannot."""
        try:
            await self._connect()
        except BaseException:
            await self.close()
            raise
        self._watch = asyncio.get_running_loop().create_task(self._keep_alive())

    @property
    def up(self) -> bool:
        """Whether Slack was heard lately."""
        return self._handler is not None and self._silence() < self._deaf_after

    async def close(self) -> None:
        """Hang up."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        await self._drop(self._handler)
        self._handler = None

    async def _connect(self) -> None:
        handler = AsyncSocketModeHandler(
            self._app, self._app_token, quiet, self._web, ping_interval=PING_EVERY
        )
        handler.client.on_message_listeners.append(self._hear)
        self._handler, self._pong = handler, None
        self._heard = asyncio.get_running_loop().time()
        async with asyncio.timeout(CONNECT_WITHIN):
            await handler.connect_async()  # type: ignore[no-untyped-call]
        self._session = handler.client.current_session
        self._heard = asyncio.get_running_loop().time()
        log.info("slack_connected")
        await self._connected()

    async def _hear(self, _: object) -> None:
        self._heard = asyncio.get_running_loop().time()

    def _silence(self) -> float:
        """Seconds since Slack was last heard: a message, or an answer to one of our pings."""
        now = asyncio.get_running_loop().time()
        client = self._handler.client if self._handler else None
        pong = client.last_ping_pong_time if client else None
        # From nothing to something is the library's own mark, not an answer.
        if pong is not None and self._pong is not None and pong != self._pong:
            self._heard = now
        self._pong = pong
        return now - self._heard

    async def _keep_alive(self) -> None:
        failures = 0
        while failures < MOST_FAILURES:
            await asyncio.sleep(min(LOOK_EVERY, self._deaf_after / 4))
            if self._silence() < self._deaf_after:
                await self._notice_new_session()
                continue
            log.warning("slack_deaf", count=failures)
            self._tell(DEAF, False)
            failures = 0 if await self._rebuild() else failures + 1
        if not self.failed.done():
            self.failed.set_exception(ConnectionError("slack cannot be reached"))

    async def _notice_new_session(self) -> None:
        """The library reconnects by itself too; what was missed has to be asked for then."""
        session = self._handler.client.current_session if self._handler else None
        if session is not None and session is not self._session and not session.closed:
            self._session = session
            await self._connected()

    async def _rebuild(self) -> bool:
        old = self._handler
        try:
            await self._connect()
        except Exception as error:
            log.warning("slack_not_connected", error=type(error).__name__)
            return False
        else:
            self.rebuilt += 1
            self._tell(WELL, True)
            return True
        finally:
            await self._drop(old)

    async def _drop(self, handler: AsyncSocketModeHandler | None) -> None:
        if handler is None:
            return
        with contextlib.suppress(Exception):
            async with asyncio.timeout(CLOSE_WITHIN):
                await handler.close_async()  # type: ignore[no-untyped-call]
