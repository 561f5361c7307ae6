"""A bot that is replaced by a fresh one after every single gesture goes on as if nothing had happened."""

from collections.abc import Callable
from datetime import datetime

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.app.plot import tell
from bot.app.story import Story
from bot.core.cards import Choice, Form
from bot.core.decision import Refusal
from bot.runtime.clock import MovableClock
from bot.runtime.ports.incoming import Answer, Incoming
from bot.runtime.ports.stage import Look
from tests.runtime.conftest import KEY, Open

START = datetime.fromisoformat("2027-03-01T18:00")
FOUNDED = datetime.fromisoformat("2027-02-21T18:00+00:00")


class Restarted:
    """A receiver and a stage behind which the bot is a new one each time it is spoken to."""

    def __init__(self, fresh: Callable[[], Bot]) -> None:
        self._fresh = fresh
        self.starts = 0

    @property
    def bot(self) -> Bot:
        self.starts += 1
        return self._fresh()

    async def receive(self, incoming: Incoming) -> Answer:
        return await self.bot.service.receive(incoming)

    async def form(self, incoming: Incoming) -> Form | Refusal | None:
        return await self.bot.service.form(incoming)

    async def homes(self, platform: str, person: str) -> tuple[str, ...]:
        return await self.bot.service.homes(platform, person)

    async def suggest(self, incoming: Incoming, option: str) -> tuple[Choice, ...]:
        return await self.bot.service.suggest(incoming, option)

    def now(self) -> datetime:
        return self.bot.now()

    def next_due(self) -> datetime | None:
        return self.bot.next_due()

    async def move_to(self, at: datetime) -> None:
        await self.bot.move_to(at)

    async def settle(self) -> None:
        await self.bot.settle()

    async def reset(self) -> None:
        await self.bot.reset()

    def look(self, installation: str, place: str) -> Look:
        return self.bot.look(installation, place)


async def told(fresh: Callable[[], Bot], platform: MemoryPlatform, format: str) -> list[str]:
    said: list[str] = []
    restarted = Restarted(fresh)
    story = Story(restarted, restarted, platform, "Europe/London", said.append)
    await tell(story, START, format)
    assert restarted.starts > 500
    return said


def made(platform: MemoryPlatform, open_: Open, *, once: bool) -> Callable[[], Bot]:
    """Makes the bot: the same one each time, or a fresh one that remembers nothing."""
    clock = MovableClock(FOUNDED, seed=1)
    database = open_()

    def fresh() -> Bot:
        return Bot(database, [KEY], clock, {"demo": platform}, grace=0, threaded=False)

    same = fresh()
    return (lambda: same) if once else fresh


@pytest.mark.slow
async def test_the_whole_story_is_the_same_with_a_restart_at_every_gesture(reopen, uninterrupted):
    platform = MemoryPlatform()

    said = await told(made(platform, reopen, once=False), platform, "90")

    assert said == uninterrupted


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What people read where nothing is restarted."""
    import asyncio

    from bot.runtime.store.database import Database
    from bot.runtime.store.upkeep.migrating import upgrade

    database = Database(f"sqlite:///{tmp_path_factory.mktemp('told') / 'als.db'}")
    upgrade(database, FOUNDED)
    platform = MemoryPlatform()
    try:
        return asyncio.run(told(made(platform, lambda: database, once=True), platform, "90"))
    finally:
        database.close()
