"""What the Slack figures share: servers as processes, signed requests."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.standins.slack_world import APP, BOT, SECRET, TEAM

HERE = Path(__file__).parent
_numbers = itertools.count(1)


@dataclass
class Server:
    """One of the servers, on a core of its own where the machine has two."""

    kind: str
    seats: bool = False
    told: dict[str, Any] = field(default_factory=dict)
    process: Any = None

    def __enter__(self) -> Server:
        pin = ["taskset", "-c", "0"] if platform.system() == "Linux" else []
        command = [*pin, sys.executable, str(HERE / "slack_server.py"), self.kind]
        self.process = subprocess.Popen(
            command + (["seats"] if self.seats else []),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=HERE.parent,
            env=_environment(),
        )
        self.told = self._line()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=20)

    def votes(self) -> int:
        """How many votes the server has stored."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self._line()["votes"])

    def longest_block(self) -> float:
        """Milliseconds for which the server's loop did nothing but one thing, at the longest."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self._line()["blocked_ms"])

    def _line(self) -> dict[str, Any]:
        for line in self.process.stdout:
            if line.startswith("{"):
                told: dict[str, Any] = json.loads(line)
                return told
        raise RuntimeError("the server said nothing")


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(HERE.parent), "PYTHONWARNINGS": "ignore"}


def signed(body: bytes, content_type: str) -> tuple[bytes, dict[str, str]]:
    """A request as Slack signs it, built before the clock runs."""
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    return body, {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
    }


def command(text: str, room: str, member: str) -> tuple[bytes, dict[str, str]]:
    """A slash command."""
    number = next(_numbers)
    sent = {
        "team_id": TEAM,
        "channel_id": room,
        "channel_name": "privategroup",
        "user_id": member,
        "user_name": "ana",
        "command": "/als",
        "text": text,
        "api_app_id": APP,
        "response_url": "http://127.0.0.1:9/none",
        "trigger_id": f"{time.time_ns()}.{number}",
    }
    return signed(urlencode(sent).encode(), "application/x-www-form-urlencoded")


def reaction(who: str, room: str, ts: str, on: bool) -> tuple[bytes, dict[str, str]]:
    """A reaction as an event."""
    number = next(_numbers)
    event = {
        "type": "reaction_added" if on else "reaction_removed",
        "user": who,
        "item": {"type": "message", "channel": room, "ts": ts},
        "reaction": "one",
        "item_user": BOT,
        "event_ts": f"1.{number:06d}",
    }
    sent = {
        "team_id": TEAM,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{time.time_ns()}{number}",
        "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
    }
    return signed(json.dumps(sent).encode(), "application/json")
