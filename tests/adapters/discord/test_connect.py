"""Coming and going: tokens, shards, lost sessions, removed servers, and what init tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.adapters.discord.connect import Address, DiscordPlatform, Life, Pace
from bot.adapters.discord.setup import check, lead
from bot.runtime.ports import CannotConnect
from tests.adapters.discord.line import Line, Listener, Speller
from tests.standins.discord import PERMISSIONS, Server, until

QUICK = Pace(0.0, 0.05, 0.05)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    started = Server()
    await started.start()
    yield started
    await started.stop()


def address(server: Server, token: str = "") -> Address:
    return Address(token or server.token, server.api_url, server.gateway_url)


async def test_the_start_says_as_whom_and_where(server: Server):
    server.guild("Peers")
    platform = DiscordPlatform(address(server), Listener(), Speller(), pace=QUICK)
    assert await platform.start() == "Discord: connected as als, in 1 server."
    await platform.stop()


async def test_a_refused_token_is_one_sentence(server: Server):
    platform = DiscordPlatform(address(server, "wrong"), Listener(), Speller(), pace=QUICK)
    with pytest.raises(CannotConnect, match="copy it again"):
        await platform.start()
    await platform.stop()
    with pytest.raises(CannotConnect, match="copy it again"):
        await check(address(server, "wrong"))


async def test_no_privileged_intent_is_asked_for(server: Server):
    platform = DiscordPlatform(address(server), Listener(), Speller(), pace=QUICK)
    await platform.start()
    [session] = server.gateway.sessions.values()
    assert session.intents == 1 << 0 | 1 << 10
    await platform.stop()


async def test_as_many_shards_as_discord_says_and_only_those_we_own(server: Server):
    server.gateway.shards = 3

    async def own(shard: int) -> bool:
        return shard != 1

    platform = DiscordPlatform(address(server), Listener(), Speller(), Life(own=own), pace=QUICK)
    await platform.start()
    await until(lambda: len(server.gateway.identified) == 2 or None, "both shards")
    assert server.gateway.identified == [(0, 3), (2, 3)]
    await platform.stop()


async def test_when_discord_is_away_the_bot_goes_on_trying(server: Server, line: Line):
    await line.server.stop()
    await asyncio.sleep(0.2)
    await line.server.start()
    await until(lambda: line.server.gateway.connected or None, "the bot again", 20)


async def test_an_ask_to_reconnect_is_followed(line: Line):
    await line.server.gateway.ask_to_reconnect()
    await until(lambda: line.server.gateway.resumed or None, "the session resumed", 20)
    assert line.listener.backs == 1


async def test_a_server_that_removed_the_bot_is_told(line: Line):
    await line.server.gateway.dispatch("GUILD_DELETE", {"id": str(line.guild.id)}, line.guild.id)
    await until(lambda: line.listener.gone or None, "the removal")
    assert line.listener.gone == [line.installation]


async def test_init_gives_the_link_and_names_what_is_missing_and_too_much(server: Server):
    guild = server.guild("Peers")
    role = next(r for r in guild.roles.values() if r.managed)
    role.permissions = PERMISSIONS["manage_guild"]
    guild.roles[guild.id].permissions &= ~PERMISSIONS["create_private_threads"]
    checked = await check(address(server))
    told = "\n".join(checked.advice())
    assert "In Peers it lacks: Create Private Threads." in told
    assert "In Peers it has without need: Manage Guild." in told
    assert f"client_id={server.application_id}" in checked.link
    assert "permissions=377957223488" in checked.link


async def test_init_writes_a_token_that_works_where_only_its_owner_reads(
    server: Server, tmp_path: Path
):
    env, told = tmp_path / ".env", list[str]()
    env.write_text("ALS_OPERATOR=Olga\nDISCORD_TOKEN=old\n")
    assert not await lead(told.append, lambda name: "wrong", env, address(server))
    assert "old" in env.read_text()
    assert await lead(told.append, lambda name: f" {server.token} ", env, address(server))
    assert env.read_text() == f"ALS_OPERATOR=Olga\nDISCORD_TOKEN={server.token}\n"
    assert env.stat().st_mode & 0o777 == 0o600
    assert not any(server.token in line for line in told)
    assert any("oauth2/authorize" in line for line in told)


async def test_no_connection_is_one_sentence():
    with pytest.raises(CannotConnect, match="look at the network"):
        await check(Address("t", "http://127.0.0.1:9/api/v10"))
