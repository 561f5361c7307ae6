"""Coming and going: tokens, shards, lost sessions, removed servers, and what init tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from bot.adapters.discord import connect
from bot.adapters.discord.connect import DiscordPlatform, Endpoints
from bot.adapters.discord.connection.lifecycle import Callbacks
from bot.adapters.discord.connection.sessions import USUAL, RateLimits, Sessions
from bot.adapters.discord.setup import check, lead
from bot.core.cards import Button, Card, Text, buttons
from bot.runtime.clock import SystemClock
from bot.runtime.ports.platform import CannotConnect
from bot.runtime.process.keeping import Keeper
from tests.adapters.discord.line import Line, Listener, Speller
from tests.standins.discord import PERMISSIONS, PRIVATE_THREAD, Server, until

CARD = Card("Choosing", (Text("Which one?"), *buttons(Button("More", "more"))), "Your set meets.")
QUICK = RateLimits(0.0, 0.05, 0.05)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    started = Server()
    await started.start()
    yield started
    await started.stop()


def address(server: Server, token: str = "") -> Endpoints:
    return Endpoints(token or server.token, server.api_url, server.gateway_url)


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

    async def own(shard: str) -> bool:
        return not shard.endswith(":1")

    platform = DiscordPlatform(
        address(server), Listener(), Speller(), Callbacks(own=own), pace=QUICK
    )
    await platform.start()
    await until(lambda: len(server.gateway.identified) == 2 or None, "both shards")
    assert server.gateway.identified == [(0, 3), (2, 3)]
    await platform.stop()


async def test_a_process_without_a_shard_sends_and_takes_over_once_one_is_free(
    line: Line, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connect, "START_WITHIN", 0.5)
    server, free = line.server, asyncio.Event()

    async def own(shard: str) -> bool:
        return free.is_set()

    life = Callbacks(own=own)
    pace = RateLimits(0.0, 0.05, 0.05, 0.05, 0.05)
    platform = DiscordPlatform(address(server), Listener(), Speller(), life, pace=pace)
    assert "another process has the connection" in await platform.start()
    assert len(server.gateway.identified) == 1
    [board] = [await platform.outbound.post(line.out(CARD, place=line.open))]
    assert server.channels[int(board.split("/")[0])].type == PRIVATE_THREAD, "read as a wide one"
    assert await platform.outbound.post(line.out(CARD, key="9" * 32))
    free.set()
    await until(lambda: len(server.gateway.identified) == 2 or None, "the other process")
    await platform.stop()


async def test_who_was_cut_off_from_the_database_stops_what_it_owns(server: Server):
    ours = [True]

    async def still() -> bool:
        return ours[0]

    pace = RateLimits(0.0, 0.05, 0.05, 0.05, 0.05)
    platform = DiscordPlatform(
        address(server), Listener(), Speller(), Callbacks(still=still), pace=pace
    )
    keeper = Keeper([platform], SystemClock(), list[str]().append)
    keeper.start()
    await until(lambda: server.gateway.identified or None, "the shard")
    ours[0] = False
    client = platform.client
    await until(lambda: (client is not None and client.is_closed()) or None, "the end")
    ours[0] = True
    await until(lambda: len(server.gateway.identified) == 2 or None, "the shard taken again", 60)
    await keeper.stop()


@pytest.mark.parametrize("left", [0, 890])
async def test_crash_loops_do_not_use_up_the_sessions_of_a_day(server: Server, left: int):
    server.gateway.starts_left = left
    pace = RateLimits(0.0, 0.05, 0.05, 600.0)
    platform = DiscordPlatform(address(server), Listener(), Speller(), pace=pace)
    starting = asyncio.ensure_future(platform.start())
    await until(lambda: any(a.path == "/gateway/bot" for a in server.asked) or None, "the ask")
    await asyncio.sleep(0.3)
    assert server.gateway.identified == []
    starting.cancel()
    await platform.stop()


def test_a_shard_begins_at_most_once_a_minute_after_a_failure_and_a_hundred_times_a_day():
    sessions, now, begun = Sessions(USUAL), 0.0, []
    while now < 86_400:
        begun.append(now)
        sessions.begin(0, now)
        now += sessions.wait(0, now)
    assert all(b - a >= 60 for a, b in pairwise(begun))
    assert 10 < len(begun) <= 100


def test_a_session_that_went_well_is_followed_after_the_usual_five_seconds():
    sessions = Sessions(USUAL)
    sessions.begin(0, 0.0)
    sessions.well(0)
    assert sessions.wait(0, 30.0) == 30.0, "one that ended within a minute is a failure"
    assert sessions.wait(0, 3600.0) == 5.0
    assert sessions.wait(1, 3600.0) == 0.0


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
        await check(Endpoints("t", "http://127.0.0.1:9/api/v10"))
