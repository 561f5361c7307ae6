"""Events that the library cannot take: each is named and dropped, and everything else goes on."""

from __future__ import annotations

import random
from typing import Any

from structlog.testing import capture_logs

from bot.core.signals import Typed
from tests.adapters.discord.line import Line
from tests.standins.discord import until

SECRET = "kanarienvogel"
ODD: tuple[Any, ...] = (None, [], {}, "", SECRET, 7, -1, 2**70, 1.5, True, [None], {"id": None})


def names(line: Line) -> list[str]:
    """Every event the library knows."""
    return sorted(line.client._connection.parsers)


def usual(line: Line) -> dict[str, Any]:
    """More fields than any one event has, each as it should be, of people and places there are."""
    user = line.ana.user.json()
    emoji = {"id": None, "name": "1️⃣"}
    return {
        "id": str(10**17 + 7), "guild_id": str(line.guild.id), "channel_id": str(line.place.id),
        "message_id": str(10**17 + 8), "user_id": str(line.ana.user.id), "user": user,
        "member": {"user": user, "roles": [], "joined_at": "2026-01-01T00:00:00+00:00"},
        "type": 2, "name": SECRET, "position": 0, "permission_overwrites": [], "nsfw": False,
        "parent_id": None, "emoji": emoji, "role": {"id": str(line.guild.id)}, "role_id": "1",
        "thread_metadata": {"archived": False}, "owner_id": str(line.ana.user.id),
        "author": user, "content": SECRET, "ids": ["1"], "members": [], "threads": [],
        "last_pin_timestamp": None, "status": "online", "token": SECRET, "data": {}, "version": 1,
        "application_id": "1", "session_id": SECRET, "emojis": [], "stickers": [], "roles": [],
        "entity_type": 2, "privacy_level": 2, "scheduled_start_time": "2026-01-01T00:00:00+00:00",
        "burst": False, "timestamp": 1, "code": SECRET, "topic": SECRET, "user_limit": 0,
    }  # fmt: skip


async def dispatch(line: Line, event: Any, data: Any, **frame: Any) -> None:
    """A frame as it is, whatever the intents say."""
    [session] = line.server.gateway.sessions.values()
    session.sequence += 1
    assert session.socket is not None, "the connection was lost"
    whole = {"op": 0, "t": event, "s": session.sequence, "d": data}
    await session.socket.send({**whole, **frame})


async def still_hears(line: Line) -> None:
    """The same session goes on, and a person is answered."""
    before = len(line.listener.came)
    await line.ana.types("/als status", line.place)
    await until(lambda: len(line.listener.came) > before or None, "the command")
    assert line.listener.came[-1].signal == Typed("status")
    assert line.server.gateway.identified == [(0, 1)]
    assert line.server.gateway.resumed == 0


async def test_a_voice_channel_without_a_bitrate(line: Line) -> None:
    """Given a voice channel the library cannot parse, then it is named by its kind, and that is all."""
    with capture_logs() as logs:
        channel = {"id": str(10**17 + 9), "guild_id": str(line.guild.id), "type": 2, "name": SECRET}
        await dispatch(
            line, "CHANNEL_CREATE", {**channel, "position": 1, "permission_overwrites": []}
        )
        await still_hears(line)
    assert {"kind": "CHANNEL_CREATE", "error": "KeyError"}.items() <= next(
        entry for entry in logs if entry["event"] == "event_dropped"
    ).items()
    assert SECRET not in str(logs)


async def test_every_event_there_is_with_anything_missing_or_odd(line: Line) -> None:
    """Given each event the library knows, empty, of another kind, lacking or with odd fields."""
    chance = random.Random(16)
    with capture_logs() as logs:
        for name in names(line):
            whole = usual(line)
            for data in ODD:
                await dispatch(line, name, data)
            for _ in range(12):
                kept = {k: v for k, v in whole.items() if chance.random() < 0.8}
                odd = {k: chance.choice(ODD) for k in kept if chance.random() < 0.2}
                await dispatch(line, name, kept | odd)
            await dispatch(line, name, whole)
        await still_hears(line)
    assert {entry.get("kind") for entry in logs if entry["event"] == "event_dropped"} > {
        "CHANNEL_CREATE", "GUILD_CREATE", "INTERACTION_CREATE", "MESSAGE_REACTION_ADD",
    }  # fmt: skip
    assert SECRET not in str(logs)


FRAMES: tuple[dict[str, Any], ...] = (
    {"t": "NOT_AN_EVENT"},
    {"t": ["CHANNEL_CREATE"]},
    {"t": {}},
    {"t": None},
    {"op": 99},
    {"op": "x"},
    {"op": 10},
    {"t": "RESUMED", "d": None},
)
TEXTS = ("", "{", "[]", "7", "null", '"x"', "[" * 500)


async def test_frames_that_are_no_events(line: Line) -> None:
    for frame in FRAMES:
        await dispatch(line, "TYPING_START", None, **frame)
    [session] = line.server.gateway.sessions.values()
    assert session.socket is not None
    for text in TEXTS:
        if session.socket.zip is None:
            await session.socket.ws.send_str(text)
        else:
            packer = session.socket.zip
            await session.socket.ws.send_bytes(packer.compress(text.encode()) + packer.flush(2))
    await still_hears(line)


async def test_a_stream_that_cannot_be_unpacked_is_begun_anew(line: Line) -> None:
    [session] = line.server.gateway.sessions.values()
    assert session.socket is not None
    await session.socket.ws.send_bytes(b"nonsense\x00\x00\xff\xff")
    await until(lambda: line.server.gateway.resumed or None, "the session resumed", 60)
    await line.ana.types("/als status", line.place)
