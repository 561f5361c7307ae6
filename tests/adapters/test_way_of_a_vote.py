"""A vote's way, from the platform's event to the committed row, passes few files."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import FrameType

import pytest

from bot.app.bot import Bot
from bot.core import engine
from bot.core.signals import Reacted
from bot.runtime.writer import Writer
from tests.adapters.test_same_meeting import STAGES, meet_up_to_the_vote

BOT = Path(__file__).resolve().parents[2] / "bot"

MOST = {"slack": 46, "discord": 45, "playground": 45}
"""Files one has to open to follow a vote. Only ever make it less.

22 were wanted. What decides is 14 files; what takes in, stores and watches over the disk is 25, each
below 400 lines and one idea that other ways need too.
"""


class Way:
    """The files of the bot in which a function began to run for one vote, until it was committed.

    What runs in the event loop belongs to the vote where its task, or the one that began it, has
    the vote in hand; what runs in the writer's thread, where it is in the vote's transaction.
    """

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.committed = False
        self._task: ContextVar[set[str] | None] = ContextVar("task", default=None)
        self._mine: list[set[str]] = []
        self._batch: set[str] = set()
        self._voted = False

    def follow(self, frame: FrameType, event: str, argument: object) -> None:
        """What Python calls with each function that begins."""
        code = frame.f_code
        if event != "call" or self.committed or not code.co_filename.startswith(f"{BOT}/"):
            return
        if code is Writer._run.__code__:
            self._batch, self._voted = set(), False
        here = self._here()
        here.add(Path(code.co_filename).relative_to(BOT).as_posix())
        if code is engine.understand.__code__:
            self._voted = self._voted or isinstance(frame.f_locals["signal"], Reacted)
        if isinstance(getattr(frame.f_locals.get("incoming"), "signal", None), Reacted):
            self._mine.append(here)
        if code is Writer._committed.__code__ and self._voted:
            self.files = set.union(self._batch, *self._mine)
            self.committed = True

    def _here(self) -> set[str]:
        if threading.current_thread() is not threading.main_thread():
            return self._batch
        here = self._task.get()
        if here is None:
            self._task.set(here := set())
        return here


@contextmanager
def followed(bot: Bot) -> Iterator[Way]:
    """Follow this thread and the writer's."""
    way = Way()
    bot.writer.do(lambda unit: sys.setprofile(way.follow)).result()
    sys.setprofile(way.follow)
    try:
        yield way
    finally:
        sys.setprofile(None)
        bot.writer.do(lambda unit: sys.setprofile(None)).result()


@pytest.mark.parametrize("platform", STAGES)
async def test_the_way_of_a_vote_passes_few_files(platform: str, tmp_path: Path):
    ways = []
    async with STAGES[platform](tmp_path) as stage:
        await meet_up_to_the_vote(stage)
        # Not her own: those change nothing.
        for number in (2, 3):
            await stage.passes(1)
            with followed(stage.bot) as way:
                await stage.votes("Ana", number)
                async with asyncio.timeout(10):
                    while not way.committed:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
            ways.append(way.files)
    # What happened to run beside one of them, in the same transaction, belongs to none.
    passed = sorted(set.intersection(*ways))
    assert len(passed) <= MOST[platform], "\n".join(passed)
