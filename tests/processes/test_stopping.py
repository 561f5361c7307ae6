"""`als run` ends when it is asked to, from any state, and says which platform it cannot reach."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.processes.town import ALS, HANGS, KEY, Town
from tests.standins import slack_world
from tests.standins.discord import Server

pytestmark = pytest.mark.slow

ENDS = 60.0
"""Seconds within which it has to end by itself, however busy the machine is. It used to take minutes."""

NOBODY = "127.0.0.1:9"
"""A port that nobody listens on."""


@dataclass
class Silence:
    """An address that takes every connection and never says a word."""

    where: str = ""
    came: int = 0
    _open: list[asyncio.StreamWriter] = field(default_factory=list)

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.append(writer)
        self.came += 1
        await reader.read()

    def close(self) -> None:
        for writer in self._open:
            writer.close()


@asynccontextmanager
async def silence() -> AsyncIterator[Silence]:
    made = Silence()
    server = await asyncio.start_server(made.hear, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    made.where = f"{host}:{port}"
    try:
        yield made
    finally:
        made.close()
        server.close()


def slack_at(where: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": slack_world.BOT_TOKEN,
        "SLACK_APP_TOKEN": slack_world.APP_TOKEN,
        "SLACK_API_URL": f"http://{where}/api/",
    }


def discord_at(where: str) -> dict[str, str]:
    return {
        "DISCORD_TOKEN": "token-of-the-stand-in",
        "DISCORD_API_URL": f"http://{where}/api/v10",
        "DISCORD_GATEWAY_URL": f"ws://{where}/gateway/",
    }


@dataclass
class Running:
    """The installed command, and what it has said to its operator."""

    process: Process
    log: Path

    def said(self) -> str:
        return self.log.read_text()

    async def until(self, so: Callable[[], object], what: str) -> None:
        end = time.monotonic() + HANGS
        while not so():
            assert self.process.returncode is None, f"it ended before {what}: {self.said()}"
            assert time.monotonic() < end, f"never saw {what}: {self.said()}"
            await asyncio.sleep(0.05)

    async def says(self, words: str) -> None:
        await self.until(lambda: words in self.said(), words)

    async def ends(self) -> int:
        """Its exit code, once it has ended by itself."""
        try:
            return await asyncio.wait_for(self.process.wait(), ENDS)
        except TimeoutError:
            pytest.fail(f"it went on and on: {self.said()}")


def deaf_to_ctrl_c() -> None:
    """As a shell starts what ends in &."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@asynccontextmanager
async def als_run(
    folder: Path, *settings: dict[str, str], job: bool = False
) -> AsyncIterator[Running]:
    """`als run` with these settings; whatever happens, it ends with the block."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "ALS_DATA_DIR": str(folder),
        "ALS_ENCRYPTION_KEYS": KEY,
    }
    for more in settings:
        environment |= more
    log = folder / "log.txt"
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            str(ALS), "run", env=environment, cwd=folder, stdout=out, stderr=out,
            preexec_fn=deaf_to_ctrl_c if job else None,
        )  # fmt: skip
    try:
        yield Running(process, log)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.mark.parametrize("how", SIGNALS)
async def test_a_slack_that_refuses_is_named_and_holds_nothing_up(
    tmp_path: Path, how: signal.Signals
) -> None:
    """Given no Slack, then a sentence says so and what comes next, and a signal ends it."""
    async with als_run(tmp_path, slack_at(NOBODY), job=True) as bot:
        await bot.says("Slack isn't connected: its address refuses me, or there's no network.")
        assert "I'll try again in" in bot.said()
        bot.process.send_signal(how)
        assert await bot.ends() == 0
        assert bot.said().count("Slack isn't connected") == 1, "repeated sparingly"
        assert "Traceback" not in bot.said()


@pytest.mark.parametrize("how", SIGNALS)
async def test_in_the_middle_of_connecting_to_a_slack_that_says_nothing(
    tmp_path: Path, how: signal.Signals
) -> None:
    async with silence() as nobody, als_run(tmp_path, slack_at(nobody.where), job=True) as bot:
        await bot.until(lambda: nobody.came, "a connection")
        bot.process.send_signal(how)
        assert await bot.ends() == 0
        assert "Traceback" not in bot.said()


@pytest.mark.parametrize("how", SIGNALS)
async def test_a_discord_that_refuses_is_named_too(tmp_path: Path, how: signal.Signals) -> None:
    async with als_run(tmp_path, discord_at(NOBODY)) as bot:
        await bot.says("Discord isn't connected: its address refuses me, or there's no network.")
        bot.process.send_signal(how)
        assert await bot.ends() == 0


async def test_in_the_middle_of_connecting_to_two_that_say_nothing(tmp_path: Path) -> None:
    """Given a Slack and a Discord that take connections and never answer, then a signal ends it."""
    async with (
        silence() as slack,
        silence() as discord,
        als_run(tmp_path, slack_at(slack.where), discord_at(discord.where)) as bot,
    ):
        await bot.until(lambda: slack.came and discord.came, "both connections")
        await bot.says("Slack isn't connected: it takes the connection but doesn't answer.")
        bot.process.terminate()
        assert await bot.ends() == 0


async def test_one_that_is_away_does_not_keep_the_other_waiting(tmp_path: Path) -> None:
    """Given no Slack, then Discord is connected all the same, before and after the sentence."""
    server = Server()
    await server.start()
    server.guild("Peers")
    where = f"127.0.0.1:{server.port}"
    try:
        async with als_run(tmp_path, slack_at(NOBODY), discord_at(where)) as bot:
            await bot.says("Discord: connected as als, in 1 server.")
            await bot.says("Slack isn't connected")
            assert server.gateway.connected
            bot.process.terminate()
            assert await bot.ends() == 0
    finally:
        await server.stop()


async def test_a_second_and_a_third_signal_change_nothing(tmp_path: Path) -> None:
    async with als_run(tmp_path, slack_at(NOBODY)) as bot:
        await bot.says("Slack isn't connected")
        for how in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            bot.process.send_signal(how)
        assert await bot.ends() == 0
        assert "Traceback" not in bot.said()


async def test_while_somebody_is_on_the_way_to_add_it_to_slack(tmp_path: Path) -> None:
    """Given a Slack that never answers when a code is traded in, then a signal ends it all the same."""
    import aiohttp

    async with silence() as nobody:
        port = free_port()
        door = {
            "SLACK_CLIENT_ID": "1.2",
            "SLACK_CLIENT_SECRET": "s",
            "SLACK_SIGNING_SECRET": slack_world.SECRET,
            "SLACK_API_URL": f"http://{nobody.where}/api/",
            "ALS_HTTP_PORT": str(port),
            "ALS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        async with als_run(tmp_path, door) as bot, aiohttp.ClientSession() as browser:
            await bot.says("Slack: waiting for signed requests")
            at = f"http://127.0.0.1:{port}/slack"
            async with browser.get(f"{at}/install") as page:
                state = (
                    (await page.text()).partition("state=")[2].partition("&")[0].partition('"')[0]
                )
                cookie = page.headers["Set-Cookie"].split(";")[0]
            back = f"{at}/oauth_redirect?code=c&state={state}"
            asked = asyncio.ensure_future(browser.get(back, headers={"Cookie": cookie}))
            await bot.until(lambda: nobody.came, "the code")
            bot.process.terminate()
            assert await bot.ends() == 0
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)


async def test_while_somebody_else_holds_the_database(tmp_path: Path) -> None:
    """Given a database that lets nobody write, then a signal ends it, and the next start is a usual one."""
    async with Town() as town:
        bot = town.bot(tmp_path)
        await bot.start()
        assert await town.does("ana", "#room", HANGS, type="home")
        held = sqlite3.connect(tmp_path / "als.db", isolation_level=None)
        held.execute("BEGIN IMMEDIATE")
        await town.act("ana", "#room", form="start_set", value="new", fields={"name": "Aurora"})
        await asyncio.wait_for(bot.stop(), ENDS)
        held.execute("ROLLBACK")
        held.close()
        await bot.start()
        assert await town.does("ana", "#room", HANGS, type="home")
        await bot.stop()


BUSY = """
import sqlite3
from bot.runtime.process.stopping import Stopping

with Stopping(within=0.2):
    print("busy", flush=True)
    sqlite3.connect(":memory:").execute(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    ).fetchall()
"""
"""As in a long migration: the main thread is in the database and hears nothing."""


@pytest.mark.parametrize("how", SIGNALS)
async def test_while_the_main_thread_is_deep_in_the_database(
    tmp_path: Path, how: signal.Signals
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", BUSY, stdout=PIPE, stderr=PIPE, preexec_fn=deaf_to_ctrl_c,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"busy\n"
    process.send_signal(how)
    _, said = await asyncio.wait_for(process.communicate(), ENDS)
    assert process.returncode == 1
    assert b"At the next start I look up" in said


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
