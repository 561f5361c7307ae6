"""The two settings of Discord tests: the adapter alone on the line, or a whole bot in a hall."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.discord.hall import Hall, meeting_hall
from tests.adapters.discord.line import Line, connected


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with connected() as opened:
        yield opened


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    async with meeting_hall(tmp_path) as opened:
        yield opened
