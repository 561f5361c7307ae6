"""The installed command against the stand-in: a real process, killed and started again."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.standins.discord import Server, person, shown, until

pytestmark = pytest.mark.slow


@asynccontextmanager
async def running(server: Server, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    env = os.environ | {
        "DISCORD_TOKEN": server.token,
        "DISCORD_API_URL": server.api_url,
        "DISCORD_GATEWAY_URL": server.gateway_url,
        "ALS_DATA_DIR": str(folder),
    }
    log = (folder / "log").open("ab")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=env, stdout=log, stderr=log
    )
    log.close()
    try:
        await until(lambda: server.gateway.connected or None, "the bot", 20)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await server.gateway.drop(resumable=False)


async def test_a_process_killed_in_the_middle_goes_on_where_it_was(tmp_path: Path):
    server = Server()
    await server.start()
    try:
        guild = server.guild("Peers")
        place = server.channel(guild, "set")
        ana = person(server, "Ana", guild)
        async with running(server, tmp_path) as process:
            await until(lambda: server.commands or None, "the commands")
            await ana.types("/als start", place)
            form = await ana.sees_form("Start a set")
            process.kill()
            await process.wait()
        async with running(server, tmp_path) as process:
            await form.fill({"Name": "Aurora"}).submit()
            door = await ana.sees("A set meets here")
            await ana.presses("I'm here", door)
            process.kill()
            await process.wait()
        async with running(server, tmp_path) as process:
            await ana.presses("I agree")
            [room] = [t for t in guild.threads() if t.parent is place]
            await until(lambda: ana.can_see(room) or None, "the room")
            log = tmp_path / "log"
            await until(lambda: "connected as" in log.read_text() or None, "the word of it", 60)
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 15) == 0
        assert [m for m in place.messages if not m.ephemeral] == [door]
        assert "Aurora" not in shown(door)
        said = log.read_text()
        assert "Discord: connected as als, in 1 server." in said
        assert "Aurora" not in said
        assert server.token not in said
    finally:
        await server.stop()


async def test_a_refused_token_ends_the_command_with_one_sentence(tmp_path: Path):
    server = Server()
    await server.start()
    env = os.environ | {
        "DISCORD_TOKEN": "wrong",
        "DISCORD_API_URL": server.api_url,
        "DISCORD_GATEWAY_URL": server.gateway_url,
        "ALS_DATA_DIR": str(tmp_path),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=env, stderr=asyncio.subprocess.PIPE
    )
    _, told = await asyncio.wait_for(process.communicate(), 20)
    await server.stop()
    assert process.returncode == 2
    assert told.decode().splitlines()[-1].startswith("Discord doesn't accept the token")
