"""The keeper of tokens and of where we are installed, as adapters know it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

import structlog

from bot.runtime.ports.incoming import NO_NEWS, News
from bot.runtime.ports.platform import Standing
from bot.runtime.process.keeping import Pauses
from bot.runtime.store.store import Store
from bot.runtime.store.tokens import (
    assured,
    doubt,
    doubted,
    keep_token,
    remove,
    statuses,
    token_of,
    welcome,
)
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.writer import Job, Writer

T = TypeVar("T")

FIRST_ASK, LONGEST_REST = 5.0, 3600.0
"""Seconds between two questions whether we were removed: doubled from the one to the other."""

LOOK_EVERY = 3600.0
"""Seconds between two looks for removals that another process has heard of and not confirmed."""

log = structlog.get_logger()


class Installs:
    """Tokens by installation, sealed in the database. Every write goes through the one writer.

    A removal that is told of is only doubted at first. `confirm` asks the platform, and what it
    does not say for certain changes nothing: the token stays, and the question is asked again.
    """

    def __init__(self, store: Store, writer: Writer) -> None:
        """Reads the store, writes by the writer."""
        self._store = store
        self._writer = writer
        self._doubts = asyncio.Event()
        self.sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def load(self, installation: str) -> str | None:
        """What was kept for an installation we are in."""
        with self._store.reading() as unit:
            return token_of(unit, installation)

    async def save(self, installation: str, token: str) -> None:
        """Keep or replace it; done when it is stored."""
        await self._do(lambda unit: keep_token(unit, installation, token))

    async def welcome(self, installation: str, news: News = NO_NEWS) -> None:
        """We are in it: a token that the environment gave works, or a platform says so."""
        await self._writer.once(installation, news, lambda unit: welcome(unit, installation))

    async def removed(self, installation: str, news: News = NO_NEWS) -> bool:
        """A platform says that we were removed; whether that has to be confirmed.

        One that was seen before, or is older than our being there, is nothing.
        """

        def job(unit: Unit) -> bool:
            return doubt(unit, installation, news.at or unit.now)

        found = await self._writer.once(installation, news, job)
        if found:
            log.info("removal_doubted", installation=installation)
            self._doubts.set()
        return bool(found)

    async def present(
        self, platform: str, here: Collection[str], ours: Callable[[str], bool]
    ) -> None:
        """What a platform says it has us in, of those it would tell us of: what has changed meanwhile."""
        with self._store.reading() as unit:
            known = statuses(unit, f"{platform}:")
        back = [i for i, status in known.items() if status != "active" and i in here]
        gone = [
            i for i, status in known.items() if status != "removed" and ours(i) and i not in here
        ]
        for installation in back:
            await self.welcome(installation)
        for installation in gone:
            await self.removed(installation)

    async def confirm(
        self,
        platform: str,
        ask: Callable[[str], Awaitable[Standing]],
        gone: Callable[[str], object] = lambda installation: None,
    ) -> None:
        """From now on ask `ask` about every doubted installation until it is known; never returns.

        `gone` is told of each that is removed, once that is stored.
        """
        pauses = Pauses(self._store.chance, FIRST_ASK, LONGEST_REST)
        while True:
            self._doubts.clear()
            if await self._all_known(platform, ask, gone):
                pauses.begin_again()
                await self._wait(LOOK_EVERY)
            else:
                await self._wait(pauses.next())

    async def _wait(self, seconds: float) -> None:
        waits = [asyncio.ensure_future(w) for w in (self._doubts.wait(), self.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _all_known(
        self,
        platform: str,
        ask: Callable[[str], Awaitable[Standing]],
        gone: Callable[[str], object],
    ) -> bool:
        try:
            with self._store.reading() as unit:
                found = doubted(unit, f"{platform}:")
        except Exception as error:
            log.warning("removals_unknown", platform=platform, error=type(error).__name__)
            return False
        known = [await self._is_known(installation, ask, gone) for installation in found]
        return all(known)

    async def _is_known(
        self,
        installation: str,
        ask: Callable[[str], Awaitable[Standing]],
        gone: Callable[[str], object],
    ) -> bool:
        """Whether it need not be asked again; what goes wrong with one keeps no other waiting."""
        try:
            return await self._known(installation, ask, gone)
        except Exception as error:
            log.warning("removal_unknown", installation=installation, error=type(error).__name__)
            return False

    async def _known(
        self,
        installation: str,
        ask: Callable[[str], Awaitable[Standing]],
        gone: Callable[[str], object],
    ) -> bool:
        standing = await ask(installation)
        if standing.stands is None:
            log.info("removal_not_confirmed", installation=installation)
            return False
        if standing.stands:
            await self._do(lambda unit: assured(unit, installation))
            log.info("removal_denied", installation=installation)
            return True
        if not await self._do(lambda unit: remove(unit, installation, standing.token)):
            return False
        log.info("installation_removed", installation=installation)
        gone(installation)
        return True

    async def _do(self, job: Callable[[Unit], T]) -> T:
        done: T = await self._writer.until_sure(lambda: Job(job))
        return done
