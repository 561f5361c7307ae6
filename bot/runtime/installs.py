"""The keeper of tokens, as adapters for several workspaces know it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from bot.runtime.store import Store, Unit
from bot.runtime.store.tokens import keep_token, remove_token, statuses, token_of, welcome
from bot.runtime.writer import Job, Writer


class Installs:
    """Tokens by installation, sealed in the database. Every write goes through the one writer."""

    def __init__(self, store: Store, writer: Writer) -> None:
        """Reads the store, writes by the writer."""
        self._store = store
        self._writer = writer

    async def load(self, installation: str) -> str | None:
        """What was kept for an installation we are in."""
        with self._store.reading() as unit:
            return token_of(unit, installation)

    async def save(self, installation: str, token: str) -> None:
        """Keep or replace it; done when it is stored."""
        await self._do(lambda unit: keep_token(unit, installation, token))

    async def welcome(self, installation: str) -> None:
        """A token that the environment gave works."""
        await self._do(lambda unit: welcome(unit, installation))

    async def remove(self, installation: str) -> None:
        """Forget it, and stop sending, at once."""
        await self._do(lambda unit: remove_token(unit, installation))

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
            await self.remove(installation)

    async def _do(self, job: Callable[[Unit], None]) -> None:
        await self._writer.until_sure(lambda: Job(job))
