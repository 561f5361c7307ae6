"""Events and frames that cannot be taken: each is named and dropped, and everything else goes on."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.adapters.slack.install.manifest import as_text
from bot.runtime.clock import RunningClock
from tests.adapters.slack.harness import Machine, Running
from tests.standins.slack import Channel, NotAnswered, Person, Slack
from tests.standins.slack_deliver import event_envelope

SECRET = "kanarienvogel"
ODD: tuple[Any, ...] = (None, [], {}, "", SECRET, 7, -1, 2**70, 1.5, True, [None], {"id": None})
EVENTS = json.loads(as_text())["settings"]["event_subscriptions"]["bot_events"]


@pytest.fixture
def ana(slack: Slack) -> Person:
    return slack.person("Ana")


@pytest.fixture
def room(slack: Slack, ana: Person) -> Channel:
    return slack.channel("aurora", [ana])


def usual(room: Channel, ana: Person) -> dict[str, Any]:
    """More fields than any one event has, each as it should be."""
    return {
        "channel": room.id, "user": {"id": ana.id, "deleted": False}, "tab": "messages",
        "event_ts": "1700000000.000001", "item": {"type": "message", "channel": room.id, "ts": "1.1"},
        "reaction": "one", "tokens": {"bot": []}, "metadata": {"event_payload": {"key": SECRET}},
        "old_channel_id": "C1", "new_channel_id": "C2", "channel_id": room.id, "message_ts": "1.1",
        "text": SECRET, "channel_type": "im",
    }  # fmt: skip


async def sends(slack: Slack, envelope: dict[str, Any]) -> None:
    """Once; whether it is acknowledged or not."""
    with suppress(NotAnswered):
        await slack.delivery._send("events_api", envelope, (0, ""))


async def still_hears(running: Running, slack: Slack, ana: Person, room: Channel) -> None:
    await running.settle()
    await ana.types("/als home", room)
    await ana.sees("There's no set here yet", in_=room)
    assert running.adapter.line is None or running.adapter.line.rebuilt == 0


async def test_every_event_asked_for_with_anything_missing_or_odd(
    machine: Machine, slack: Slack, ana: Person, room: Channel
) -> None:
    """Given each event, lacking or with odd fields, then the bot goes on and no word is logged."""
    chance = random.Random(16)
    slack.delivery.patience = 0.5
    with capture_logs() as logs:
        async with machine.running() as running:
            whole = usual(room, ana)
            for kind in EVENTS:
                for odd in ODD:
                    await sends(slack, event_envelope(slack.world, {"type": kind, "channel": odd}))
                for _ in range(10):
                    kept = {k: v for k, v in whole.items() if chance.random() < 0.8}
                    odd_ones = {k: chance.choice(ODD) for k in kept if chance.random() < 0.3}
                    event = {"type": kind, **kept, **odd_ones}
                    await sends(slack, event_envelope(slack.world, event))
            slack.delivery.patience = 3.0
            await still_hears(running, slack, ana, room)
    assert SECRET not in str(logs)


PARTS = ("event", "event_id", "event_time", "team_id", "authorizations", "type")


async def test_envelopes_with_an_odd_part(
    machine: Machine, slack: Slack, ana: Person, room: Channel
) -> None:
    slack.delivery.patience = 0.5
    with capture_logs() as logs:
        async with machine.running() as running:
            for key, odd in product(PARTS, ODD):
                whole = event_envelope(slack.world, {"type": "group_archive", "channel": room.id})
                await sends(slack, whole | {key: odd})
            slack.delivery.patience = 3.0
            await still_hears(running, slack, ana, room)
    assert SECRET not in str(logs)


FRAMES = ("", "{", "[]", "7", "null", '"x"', '{"type": 7}', '{"payload": []}')


async def test_frames_that_are_no_envelopes(
    slack: Slack, tmp_path: Path, clock: RunningClock, ana: Person, room: Channel
) -> None:
    machine = Machine(slack, tmp_path, "socket", clock)
    async with machine.running() as running:
        for socket, text in product(slack.delivery.sockets, FRAMES):
            await socket.send_str(text)
        await still_hears(running, slack, ana, room)
