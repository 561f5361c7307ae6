"""A real browser on a real page over a real bot, whose clock stands until it is moved."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from bot.adapters.playground.connect import Playground
from bot.app.demo import open_page
from bot.runtime.clock import MovableClock
from tests.browser.visitor import Visitor

START = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
)


def chromium() -> str:
    """Where Chromium is: `ALS_CHROMIUM`, else where Debian puts it."""
    return os.environ.get("ALS_CHROMIUM", "/usr/bin/chromium")


@pytest.fixture
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    """The page as `als demo` opens it."""
    bot, page = await open_page(tmp_path, MovableClock(START))
    yield page
    await page.stop()
    await bot.stop()


Enter = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def enter(playground: Playground) -> AsyncIterator[Enter]:
    """Opens the page for a visitor; options are Playwright's for a new browser context."""
    if not Path(chromium()).exists():
        pytest.skip(f"no Chromium at {chromium()}: install it, or say where by ALS_CHROMIUM")
    visitors: list[Visitor] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=list(ARGUMENTS), timeout=60_000
        )

        async def open_tab(**options: Any) -> Visitor:
            context = await browser.new_context(**{"reduced_motion": "reduce", **options})
            visitor = Visitor(await context.new_page())
            visitor.watch()
            await visitor.page.goto(playground.url)
            visitors.append(visitor)
            return visitor

        yield open_tab
        await browser.close()
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []
    own = playground.url.partition("?")[0]
    asked = {url for visitor in visitors for url in visitor.requests}
    assert {
        url for url in asked if not url.startswith((own, own.replace("http", "ws", 1)))
    } == set()
