"""Requests that are not what they seem: unsigned, old, changed, huge, deep, foreign, doubled."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.adapters.slack.harness import Machine, Running
from tests.standins.slack import Slack
from tests.standins.slack_deliver import http_body
from tests.standins.slack_world import APP

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
CANARY = "canary-word"


@pytest.fixture
def mode() -> str:
    return "http"


@pytest.fixture
async def door(machine: Machine, slack: Slack, caplog, capsys) -> AsyncIterator[Door]:
    async with machine.running() as running:
        yield Door(slack, running)
    said = caplog.text + capsys.readouterr().out
    assert CANARY not in said


class Door:
    """The bot's HTTP address, and what Slack would send there."""

    def __init__(self, slack: Slack, running: Running) -> None:
        self.slack, self.running = slack, running
        self.ana = slack.person("Ana")
        self.room = slack.channel("aurora", [self.ana])
        self.command = http_body(
            "slash_commands", self.ana._command(self.room, "/als", f"bid {CANARY}")
        )

    async def sends(self, body: bytes, headers: dict[str, str], kind: str = FORM) -> int:
        status, _ = await self.slack.delivery.post_raw(body, headers | {"Content-Type": kind})
        return status

    async def signs(self, body: bytes, kind: str = FORM, at: float | None = None) -> int:
        return await self.sends(body, self.slack.delivery.signed(body, at=at), kind)


async def test_no_signature(door: Door):
    assert await door.sends(door.command, {}) == 401


async def test_wrong_signature(door: Door):
    headers = door.slack.delivery.signed(door.command, secret="another")
    assert await door.sends(door.command, headers) == 401


async def test_seconds_old(door: Door):
    assert await door.signs(door.command, at=time.time() - 301) == 401
    assert await door.signs(door.command, at=time.time() - 200) == 200


async def test_seconds_ahead(door: Door):
    assert await door.signs(door.command, at=time.time() + 302) == 401


async def test_a_timestamp_that_is_no_number(door: Door):
    for stamp in ("soon", "", "1e9", "１７", "-1", "9" * 400):
        headers = door.slack.delivery.signed(door.command) | {"X-Slack-Request-Timestamp": stamp}
        assert await door.sends(door.command, headers) == 401, stamp


async def test_a_replay_in_the_window_changes_nothing(door: Door):
    ana = door.ana
    await ana.types("/als start", door.room)
    form = await ana.sees_form("Start a set")
    payload = ana.envelope("view_submission")
    form.fill({"Name": "Aurora"})
    payload["view"] = form.view.as_payload() | {"state": form._state()}
    body = http_body("interactive", payload)
    headers = door.slack.delivery.signed(body)
    assert [await door.sends(body, headers) for _ in range(3)] == [200, 200, 200]
    await door.running.settle()
    boards = [m for m in door.room.messages if "1 presenter" in str(m.blocks)]
    assert len(boards) == 1


async def test_a_replay_with_another_body(door: Door):
    headers = door.slack.delivery.signed(door.command)
    other = http_body("slash_commands", door.ana._command(door.room, "/als", "home"))
    assert await door.sends(other, headers) == 401


async def test_a_body_changed_by_one_byte(door: Door):
    headers = door.slack.delivery.signed(door.command)
    assert await door.sends(door.command[:-1] + b"x", headers) == 401


async def test_two_signature_headers(door: Door):
    signed = door.slack.delivery.signed(door.command)
    headers = [*signed.items(), ("X-Slack-Signature", "v0=00"), ("Content-Type", FORM)]
    async with (
        aiohttp.ClientSession() as session,
        session.post(door.slack.delivery.http_url, data=door.command, headers=headers) as told,
    ):
        assert told.status == 401


async def test_two_mebibytes(door: Door):
    assert await door.signs(b"text=" + b"x" * 2 * 1024 * 1024) == 413


async def test_a_gzip_bomb(door: Door):
    bomb = gzip.compress(b"x" * 50 * 1024 * 1024)
    headers = door.slack.delivery.signed(bomb) | {"Content-Encoding": "gzip"}
    assert await door.sends(bomb, headers) == 415


async def test_invalid_json(door: Door):
    assert await door.signs(b'{"type": ', JSON) == 400
    assert await door.signs(b"payload=%7B") == 400
    assert await door.signs(b"\xff\xfe", JSON) == 401
    assert await door.signs(b"[1]", JSON) == 400


async def test_deep_json(door: Door):
    assert await door.signs(b"[" * 10_000 + b"]" * 10_000, JSON) == 400


async def test_another_app(door: Door):
    other = door.command.replace(APP.encode(), b"A0OTHER")
    assert other != door.command
    assert await door.signs(other) == 403


async def test_an_unsigned_url_verification(door: Door):
    body = json.dumps({"type": "url_verification", "challenge": "c", "token": "t"}).encode()
    assert await door.sends(body, {}, JSON) == 401
    assert await door.signs(body, JSON) == 200


async def test_a_form_with_a_key_twice(door: Door):
    assert await door.signs(door.command + b"&user_id=U0OTHER") == 400


def unended(sort: str) -> bytes:
    """A body whose strings have no end: read again from each quote it would take minutes."""
    return {
        "quotes": b'{"a": "' + b'\\"' * 500_000,
        "backslashes": b'"' * 3 + b"\\" * 1_000_000,
        "brackets": b'{"a": ' + b'"[{' * 300_000,
    }[sort]


@pytest.mark.parametrize("sort", ["quotes", "backslashes", "brackets"])
async def test_a_string_without_an_end_holds_nobody_up(door: Door, sort: str):
    body, before = unended(sort), time.process_time()

    assert await door.signs(body, JSON) == 400

    # Quadratic would be minutes; linear is a few hundredths of a second of our own time.
    assert time.process_time() - before < 5


def callback(event: object, **more: object) -> dict[str, object]:
    told = {"token": "t", "team_id": "T1", "api_app_id": APP, "type": "event_callback"}
    return {**told, "event_id": "Ev1", "event_time": 1, "event": event, **more}


REACTION = {
    "type": "reaction_added",
    "user": "U1",
    "reaction": "one",
    "item": {"type": "message", "channel": "C1", "ts": "1.2"},
    "event_ts": "1.2",
}
ODD: tuple[object, ...] = (None, [], [None], 7, 1e400, True, "x", {}, {"id": None}, {"id": []})


@pytest.mark.parametrize("event", [None, [], 7, True, "x"])
async def test_an_event_that_is_none_is_turned_away(door: Door, event: object):
    body = json.dumps(callback(event)).encode()

    assert await door.signs(body, JSON) == 400


async def test_odd_parts_of_an_event_never_break_us(door: Door):
    sent = [callback(REACTION | {name: odd}) for name in REACTION for odd in ODD]
    sent += [callback(REACTION, **{name: odd}) for name in ENVELOPE for odd in ODD]
    statuses = {await door.signs(json.dumps(each).encode(), JSON) for each in sent}

    assert statuses <= {200, 400, 403, 404}
    assert await door.signs(door.command) == 200


ENVELOPE = (
    "team_id",
    "type",
    "event_id",
    "authorizations",
    "enterprise_id",
    "is_ext_shared_channel",
)


async def test_odd_parts_of_a_press_never_break_us(door: Door):
    press = door.ana.envelope("block_actions") | {
        "actions": [{"type": "button", "action_id": "a", "block_id": "b", "value": "v"}],
        "channel": {"id": "C1", "name": "aurora"},
        "message": {"ts": "1.2"},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "C1"},
    }
    for name in press:
        for odd in ODD:
            status = await door.signs(http_body("interactive", press | {name: odd}))
            assert status in (200, 400, 403, 404), (name, odd)
    assert await door.signs(door.command) == 200
