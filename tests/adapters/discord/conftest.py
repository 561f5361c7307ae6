"""The settings of Discord tests: the adapter alone on the line, or a whole bot in a hall.

A hall that stands for a whole module is set up once; its tests leave it as they found it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.adapters.discord.hall import NAMES, Hall, meeting_hall
from tests.adapters.discord.line import Line, connected
from tests.adapters.discord.play import ask_questions, found, meet_up_to_the_vote
from tests.standins.discord import Message


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with connected() as opened:
        yield opened


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    async with meeting_hall(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    """A set that has come in and begun its check-in."""
    async with meeting_hall(tmp_path_factory.mktemp("hall")) as opened:
        await found(opened, await opened.private())
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def offering(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    """A set that is asked for issues."""
    async with meeting_hall(tmp_path_factory.mktemp("hall")) as opened:
        await found(opened, await opened.private())
        for name in NAMES:
            await opened[name].sees("[Pass]")
            await opened[name].presses("Done")
        await opened["Ana"].sees("[Offer an issue]")
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def voting(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Hall, Message]]:
    """A set that votes, and its ballot."""
    async with meeting_hall(tmp_path_factory.mktemp("hall")) as opened:
        await found(opened, await opened.private())
        yield opened, await meet_up_to_the_vote(opened)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asking(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hall]:
    """A set whose presenter, Ben, is asked questions."""
    async with meeting_hall(tmp_path_factory.mktemp("hall")) as opened:
        await found(opened, await opened.private())
        await ask_questions(opened, await meet_up_to_the_vote(opened))
        yield opened
