"""`als demo`: the page of the playground, and the story as plain text."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from bot.app.bot import Bot
from bot.app.exits import CannotStart
from bot.app.opening import (
    open_database,
)
from bot.core.meeting.formats import FORMATS
from bot.core.walltime import instant
from bot.runtime.clock import MovableClock, RunningClock, SystemClock
from bot.runtime.ports.outgoing import Outbound
from bot.runtime.process import logs
from bot.runtime.vault import new_master_key

if TYPE_CHECKING:
    from bot.adapters.playground.connect import Playground


def tell_story(format: str, seed: int, start: str, zone: str, data: Path | None) -> None:
    """Print the story of a set from its founding to its second meeting."""
    from bot.adapters.memory import MemoryPlatform
    from bot.app.plot import tell
    from bot.app.story import Story

    if format not in FORMATS:
        raise CannotStart(f"I know these formats: {', '.join(FORMATS)}.")
    begins = _wall(start)
    _zone(zone)
    logs.configure(level=logging.WARNING)
    with ExitStack() as stack:
        folder = _empty_folder(data, stack)
        # The set is founded eight days earlier, so that every prompt has its time to come.
        clock = MovableClock(instant(begins - timedelta(days=8), zone), seed)
        platform = MemoryPlatform()
        bot = rehearsal(folder, clock, {"demo": platform}, grace=0)
        stack.callback(bot.close)
        asyncio.run(tell(Story(bot.service, bot, platform, zone, print), begins, format))


def _wall(start: str) -> datetime:
    try:
        begins = datetime.fromisoformat(start)
    except ValueError:
        begins = None
    if begins is None or begins.tzinfo is not None:
        raise CannotStart("Give --start as a local date and time, like 2027-03-01T18:00.")
    return begins


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CannotStart("I do not know that time zone; give one like Europe/London.") from None


def _empty_folder(data: Path | None, stack: ExitStack) -> Path:
    if data is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="als-")))
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(data.iterdir()):
            raise CannotStart(f"{data} is not empty; give --data a new or empty folder.")
        (data / ".writable").touch()
        (data / ".writable").unlink()
    except OSError:
        raise CannotStart(f"I cannot write to {data}; give --data another folder.") from None
    return data


def show_page(port: int, browser: bool, data: Path | None) -> None:
    """Open the playground and keep it open until it is stopped by hand."""
    logs.configure(level=logging.WARNING)
    with ExitStack() as stack:
        folder = _empty_folder(data, stack)
        with suppress(KeyboardInterrupt):
            asyncio.run(_keep_page_open(folder, port, browser))


async def _keep_page_open(folder: Path, port: int, browser: bool) -> None:
    bot, page = await open_page(folder, RunningClock(SystemClock().now()), port)
    try:
        if page.note:
            typer.echo(page.note)
        typer.echo(f"Playground on {page.url}  (Ctrl-C stops it; nothing leaves this machine)")
        if browser:
            typer.launch(page.url)
        await asyncio.Event().wait()
    finally:
        await page.stop()
        await bot.stop()


async def open_page(folder: Path, clock: MovableClock, port: int = 0) -> tuple[Bot, Playground]:
    """A bot with the playground as its platform, started; stop the page first, then the bot."""
    from bot.adapters.discord.look import look as discord_look
    from bot.adapters.playground.connect import Playground
    from bot.adapters.slack.look import look as slack_look

    bot = rehearsal(folder, clock, {})
    looks = {"Slack": slack_look, "Discord": discord_look}
    page = Playground(bot.service, bot, bot.signer, looks=looks)
    bot.platforms["playground"] = page.outbound
    await bot.start()
    await page.start(port=port)
    return bot, page


def rehearsal(
    folder: Path, clock: MovableClock, platforms: Mapping[str, Outbound], *, grace: int = 120
) -> Bot:
    """A bot of its own in a folder, with a key of its own: for the playground and the script."""
    database = open_database(f"sqlite:///{folder / 'als.db'}", clock.now())
    return Bot(database, [new_master_key()], clock, platforms, grace=grace, threaded=False)
