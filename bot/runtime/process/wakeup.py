"""Waiting in the loop for what a thread does: one waking for all that it has done by then."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import Any


class Wakeup:
    """For one event loop. A commit answers a crowd; waking the loop for each one costs more than it.

    (`asyncio.wrap_future` writes to the loop's own socket for every future.)
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """`loop` is where `finishes` is awaited."""
        self.loop = loop
        self._finished: deque[asyncio.Future[bool]] = deque()
        self._called = False

    async def finishes(self, future: Future[Any], seconds: float | None = None) -> bool:
        """Whether the thread's future is done within that time; it is never cancelled here."""
        waiter: asyncio.Future[bool] = self.loop.create_future()
        future.add_done_callback(lambda _: self._finish(waiter))
        if seconds is None:
            return await waiter
        late = self.loop.call_later(seconds, _tell, waiter, False)
        try:
            return await waiter
        finally:
            late.cancel()

    def _finish(self, waiter: asyncio.Future[bool]) -> None:
        # In the thread. In line first, then a look whether the loop has been called: it marks the
        # call as answered before it takes the line, so nobody is left standing.
        self._finished.append(waiter)
        if not self._called and not self.loop.is_closed():
            self._called = True
            self.loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        self._called = False
        while self._finished:
            _tell(self._finished.popleft(), True)


def _tell(waiter: asyncio.Future[bool], done: bool) -> None:
    if not waiter.done():
        waiter.set_result(done)
