"""The Discord stand-in itself, met by a bare discord.py client over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
import yarl
from discord import app_commands

from tests.standins.discord import PRIVATE_THREAD, Channel, Guild, Person, Server, person, until

INTENTS = discord.Intents(guilds=True, guild_messages=True, guild_reactions=True)


class Bare(discord.Client):
    """The library with nothing of ours in it."""

    def __init__(self) -> None:
        super().__init__(intents=INTENTS, max_ratelimit_timeout=30.0, guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        self.seen: list[Any] = []

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        self.seen.append(event)

    async def on_message(self, message: discord.Message) -> None:
        self.seen.append(message)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        return


class Meeting:
    """A server with one channel, Ana, and a connected client."""

    def __init__(self, server: Server, guild: Guild, place: Channel, ana: Person) -> None:
        self.server, self.guild, self.place, self.ana = server, guild, place, ana
        self.bare = Bare()

    async def channel(self) -> discord.TextChannel:
        found = self.bare.get_channel(self.place.id)
        assert isinstance(found, discord.TextChannel)
        return found


@asynccontextmanager
async def running(meeting: Meeting) -> AsyncIterator[Meeting]:
    task = asyncio.create_task(meeting.bare.start(meeting.server.token))
    try:
        await asyncio.wait_for(_ready(meeting.bare), 10)
        yield meeting
    finally:
        await meeting.bare.close()
        await asyncio.gather(task, return_exceptions=True)


async def _ready(bare: Bare) -> None:
    await until(lambda: bare.is_ready() or None, "ready")


@pytest.fixture
async def meeting(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Meeting]:
    server = Server()
    await server.start()
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
    gateway = yarl.URL(server.gateway_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    guild = server.guild("Peers")
    place = server.channel(guild, "set")
    ready = Meeting(server, guild, place, person(server, "Ana", guild))
    try:
        async with running(ready):
            yield ready
    finally:
        await server.stop()


async def test_a_message_goes_out_and_what_people_write_comes_back_empty(meeting: Meeting):
    channel = await meeting.channel()
    sent = await channel.send("Hello **all**")
    await meeting.ana.sees("Hello all")
    await meeting.ana.says("a secret", meeting.place)
    await until(lambda: len(meeting.bare.seen) >= 2 or None, "both messages")
    assert [m.content for m in meeting.bare.seen] == ["Hello **all**", ""]
    assert (await channel.fetch_message(sent.id)).content == "Hello **all**"


async def test_a_repeated_nonce_returns_the_first_message(meeting: Meeting):
    body = {"content": "once", "nonce": "n1", "enforce_nonce": True}
    route = discord.http.Route(
        "POST", "/channels/{channel_id}/messages", channel_id=meeting.place.id
    )
    first = await meeting.bare.http.request(route, json=body)
    again = await meeting.bare.http.request(route, json=body)
    assert first["id"] == again["id"]
    assert len(meeting.place.messages) == 1


async def test_reactions_count_normal_and_burst_and_each_once(meeting: Meeting):
    channel = await meeting.channel()
    sent = await channel.send("Vote")
    await sent.add_reaction("1️⃣")
    [message] = meeting.place.messages
    await meeting.ana.reacts("1️⃣", message, burst=True)
    await meeting.ana.reacts("1️⃣", message)
    await until(lambda: len(meeting.bare.seen) == 3 or None, "the reactions")
    assert meeting.bare.seen[-1].burst
    [reaction] = (await channel.fetch_message(sent.id)).reactions
    assert (reaction.count, reaction.burst_count) == (2, 1)


async def test_resume_replays_and_a_new_session_does_not(meeting: Meeting):
    channel = await meeting.channel()
    await channel.send("Vote")
    [message] = meeting.place.messages
    await until(lambda: meeting.bare.seen or None, "the message")
    meeting.bare.seen.clear()
    await meeting.server.gateway.drop(resumable=True)
    await meeting.ana.reacts("1️⃣", message)
    await until(lambda: meeting.bare.seen or None, "the reaction, replayed")
    assert meeting.server.gateway.resumed == 1
    meeting.bare.seen.clear()
    await meeting.server.gateway.drop(resumable=False)
    await meeting.ana.reacts("2️⃣", message)
    await until(lambda: len(meeting.server.gateway.identified) == 2 or None, "a new session", 20)
    assert meeting.bare.seen == []


async def test_an_answer_is_given_once_and_within_three_seconds(meeting: Meeting):
    said: list[int] = []

    @meeting.bare.tree.command(name="hello", description="Greets.")
    async def hello(interaction: discord.Interaction) -> None:
        callback = discord.http.Route(
            "POST", f"/interactions/{interaction.id}/{interaction.token}/callback"
        )
        follow = discord.http.Route(
            "POST", f"/webhooks/{interaction.application_id}/{interaction.token}"
        )
        for route, body in (
            (follow, {"content": "too early"}),
            (callback, {"type": 5, "data": {"flags": 64}}),
            (callback, {"type": 4, "data": {"content": "twice"}}),
            (follow, {"content": "filled"}),
        ):
            try:
                await meeting.bare.http.request(route, json=body, params={"with_response": 1})
            except discord.HTTPException as error:
                said.append(error.code)

    await meeting.bare.tree.sync()
    await meeting.ana.types("/hello", meeting.place)
    seen = await meeting.ana.sees("filled")
    assert said == [10015, 40060]
    assert seen.ephemeral
    assert person(meeting.server, "Ben", meeting.guild).sees_now("filled") is None


async def test_limits_of_a_form_and_of_components(meeting: Meeting):
    channel = await meeting.channel()
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay("x" * 3999))
    await channel.send(view=view)
    with pytest.raises(discord.HTTPException, match="50035"):
        await channel.send("x" * 2001)
    with pytest.raises(discord.HTTPException, match="50006"):
        await channel.send(" ")
    wide = {"flags": 1 << 15, "content": "no", "components": [{"type": 10, "content": "a"}]}
    route = discord.http.Route(
        "POST", "/channels/{channel_id}/messages", channel_id=meeting.place.id
    )
    with pytest.raises(discord.HTTPException, match="LEGACY"):
        await meeting.bare.http.request(route, json=wide)


async def test_closed_direct_messages_and_private_threads(meeting: Meeting):
    meeting.ana.user.dms_closed = True
    user = await meeting.bare.fetch_channel(meeting.place.id)
    opened = await meeting.bare.http.start_private_message(meeting.ana.user.id)
    route = discord.http.Route("POST", f"/channels/{opened['id']}/messages")
    with pytest.raises(discord.Forbidden, match="50007"):
        await meeting.bare.http.request(route, json={"content": "hi"})
    assert isinstance(user, discord.TextChannel)
    thread = await user.create_thread(name="ours", type=discord.ChannelType.private_thread)
    inner = meeting.server.channels[thread.id]
    assert inner.type == PRIVATE_THREAD
    assert not meeting.ana.can_see(inner)
    allowed = discord.AllowedMentions(users=True)
    await thread.send(f"<@{meeting.ana.user.id}>", allowed_mentions=allowed)
    assert meeting.ana.can_see(inner), "a mention in an invitable private thread adds the person"


async def test_faults_reach_the_library(meeting: Meeting):
    channel = await meeting.channel()
    meeting.server.faults.add("POST", "/messages$", "lost")
    with pytest.raises(Exception, match=r"(?i)disconnect|reset"):
        await channel.send("lost on the way back")
    assert len(meeting.place.messages) == 1
    meeting.server.faults.add("POST", "/messages$", "429", seconds=0.05)
    await channel.send("after a pause")
    meeting.server.faults.add("POST", "/messages$", "429", headers={})
    with pytest.raises(discord.HTTPException, match="429"):
        await channel.send("banned")
