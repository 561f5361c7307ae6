"""Waiting for another thread: everybody is told, however they arrive; one call does for a crowd."""

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

import pytest

from bot.runtime.process.wakeup import Wakeup

SOON, NEVER = 0.01, 60


def _finish(futures: list[Future[int]]) -> None:
    for number, future in enumerate(futures):
        future.set_result(number)


def test_nobody_in_a_crowd_is_left_standing():
    futures: list[Future[int]] = [Future() for _ in range(2000)]

    async def crowd() -> list[bool]:
        wakeup = Wakeup(asyncio.get_running_loop())
        waiting = [asyncio.ensure_future(wakeup.finishes(f, NEVER)) for f in futures]
        await asyncio.sleep(0)
        working = threading.Thread(target=lambda: _finish(futures))
        working.start()
        told = await asyncio.wait_for(asyncio.gather(*waiting), NEVER)
        working.join()
        return told

    assert asyncio.run(crowd()) == [True] * len(futures)


def test_those_who_are_done_together_wake_the_loop_once(monkeypatch: pytest.MonkeyPatch):
    async def calls() -> int:
        loop, called = asyncio.get_running_loop(), []
        wakeup = Wakeup(loop)
        futures: list[Future[int]] = [Future() for _ in range(64)]
        waiting = [asyncio.ensure_future(wakeup.finishes(f, NEVER)) for f in futures]
        await asyncio.sleep(0)
        real = loop.call_soon_threadsafe

        def call(*work: Any) -> Any:
            called.append(work)
            return real(*work)

        monkeypatch.setattr(loop, "call_soon_threadsafe", call)
        # Given that the loop does not get to run before the thread is through with them all
        working = threading.Thread(target=lambda: _finish(futures))
        working.start()
        working.join()
        await asyncio.gather(*waiting)
        return len(called)

    assert asyncio.run(calls()) == 1


def test_what_takes_too_long_goes_on_and_can_be_waited_for_again():
    async def late() -> tuple[bool, bool, bool]:
        wakeup = Wakeup(asyncio.get_running_loop())
        future: Future[int] = Future()
        first = await wakeup.finishes(future, SOON)
        cancelled = future.cancelled()
        future.set_result(1)
        return first, cancelled, await wakeup.finishes(future, SOON)

    assert asyncio.run(late()) == (False, False, True)


def test_who_does_not_wait_any_longer_is_not_in_the_way():
    async def gone() -> bool:
        wakeup = Wakeup(asyncio.get_running_loop())
        one: Future[int] = Future()
        other: Future[int] = Future()
        leaves = asyncio.ensure_future(wakeup.finishes(one, NEVER))
        stays = asyncio.ensure_future(wakeup.finishes(other, NEVER))
        await asyncio.sleep(0)
        leaves.cancel()
        one.set_result(1)
        other.set_result(1)
        return await stays

    assert asyncio.run(gone())
