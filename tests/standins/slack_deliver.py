"""How events and interactions reach the bot: by socket or signed HTTP, with retries and faults."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import io
import json
import random
import time
import uuid
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web

from tests.standins import slack_world as w
from tests.standins.slack_world import World

PATIENCE = 3.0


class NotAnswered(Exception):
    """The bot did not acknowledge an interaction within three seconds (or not with a 200)."""


class Delivery:
    """Carries what happens to the bot. `http_url` set: signed HTTP; else the open sockets."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.http_url = ""
        self.secret = w.SECRET
        self.retry_after: tuple[float, ...] = (0.0, 0.3, 0.6)
        self.patience = PATIENCE
        self.copies = 1
        self.delay = 0.0
        self.held: list[dict[str, Any]] | None = None
        self.deaf = False
        self.sockets: list[web.WebSocketResponse] = []
        self.unacknowledged: list[str] = []
        self.delivered: list[dict[str, Any]] = []
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._session: aiohttp.ClientSession | None = None

    # --- sockets ---------------------------------------------------------------------------------

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """One Socket Mode connection."""
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        hello = {"type": "hello", "num_connections": len(self.sockets) + 1}
        await ws.send_json(hello | {"connection_info": {"app_id": w.APP}})
        self.sockets.append(ws)
        try:
            async for message in ws:
                if self.deaf:
                    continue
                if message.type is WSMsgType.PING:
                    await ws.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self.sockets.remove(ws)
        return ws

    def _acknowledged(self, data: str) -> None:
        with contextlib.suppress(ValueError):
            told = json.loads(data)
            waiting = self._waiting.pop(told.get("envelope_id", ""), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(told.get("payload") or {})

    async def close_sockets(self) -> None:
        """Cut every open socket without a word."""
        for ws in list(self.sockets):
            with contextlib.suppress(Exception):
                await ws.close(code=1001)

    async def connected(self, seconds: float = 5.0) -> None:
        """Wait until a socket is open."""
        async with asyncio.timeout(seconds):
            while not self.sockets or self.deaf:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    # --- one delivery ----------------------------------------------------------------------------

    async def _send(self, kind: str, payload: dict[str, Any], retry: tuple[int, str]) -> Any:
        if self.http_url:
            return await self._send_http(kind, payload, retry)
        return await self._send_socket(kind, payload, retry)

    async def _send_socket(self, kind: str, payload: dict[str, Any], retry: tuple[int, str]) -> Any:
        if not self.sockets:
            raise NotAnswered("no socket is open")
        envelope = str(uuid.uuid4())
        sent: dict[str, Any] = {"envelope_id": envelope, "payload": payload, "type": kind}
        sent["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            sent |= {"retry_attempt": retry[0], "retry_reason": retry[1]}
        waiting = asyncio.get_running_loop().create_future()
        self._waiting[envelope] = waiting
        try:
            await random.choice(self.sockets).send_json(sent)
            return await asyncio.wait_for(waiting, self.patience)
        except (TimeoutError, ConnectionError) as e:
            self._waiting.pop(envelope, None)
            raise NotAnswered("no acknowledgement over the socket") from e

    async def _send_http(self, kind: str, payload: dict[str, Any], retry: tuple[int, str]) -> Any:
        body = http_body(kind, payload)
        headers = self.signed(body) | {"Content-Type": _content_type(kind)}
        if retry[0]:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        try:
            async with asyncio.timeout(self.patience):
                status, text = await self.post_raw(body, headers)
        except (TimeoutError, aiohttp.ClientError) as e:
            raise NotAnswered("no answer over HTTP") from e
        if status != 200:
            raise NotAnswered(f"HTTP {status}")
        try:
            return json.loads(text) if text else {}
        except ValueError:
            return {"text": text}

    async def post_raw(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """Send a body as it is: status and text of the answer."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        async with self._session.post(
            self.http_url, data=io.BytesIO(body), headers=headers
        ) as answer:
            return answer.status, await answer.text()

    def signed(self, body: bytes, *, at: float | None = None, secret: str = "") -> dict[str, str]:
        """The headers Slack signs a body with. Signatures live by the real clock."""
        stamp = str(int(time.time() if at is None else at))
        key = (secret or self.secret).encode()
        base = b"v0:" + stamp.encode() + b":" + body
        signature = "v0=" + hmac.new(key, base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}

    # --- events ----------------------------------------------------------------------------------

    def emit(self, event: dict[str, Any]) -> None:
        """Tell the bot of an event it has subscribed to, retried until it is acknowledged."""
        kind = event["type"]
        if kind == "message":
            kind = f"message.{event.get('channel_type')}s".replace("ims", "im")
        if kind not in self.world.events:
            return
        envelope = event_envelope(self.world, event)
        if self.held is not None:
            self.held.append(envelope)
            return
        for _ in range(self.copies):
            self._start(self.deliver(envelope))

    async def deliver(self, envelope: dict[str, Any]) -> None:
        """One event with its retries: at once, then later and later."""
        await asyncio.sleep(self.delay)
        reason = ""
        for attempt, pause in enumerate((0.0, *self.retry_after)):
            await asyncio.sleep(pause)
            try:
                await self._send("events_api", envelope, (attempt, reason))
                self.delivered.append(envelope)
                return
            except NotAnswered as e:
                reason = "timeout" if "HTTP" not in str(e) else "http_error"
        self.unacknowledged.append(envelope["event_id"])

    def hold(self) -> None:
        """Keep events back until `release`."""
        self.held = []

    async def release(self, *, backwards: bool = False, copies: int = 1) -> None:
        """Deliver what was kept back, one after the other."""
        held, self.held = self.held or [], None
        for envelope in reversed(held) if backwards else held:
            for _ in range(copies):
                await self.deliver(envelope)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until every event has been acknowledged or given up."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def interact(self, kind: str, payload: dict[str, Any]) -> Any:
        """A command, press, submission or shortcut: three seconds, no retry."""
        return await self._send(kind, payload, (0, ""))

    async def close(self) -> None:
        """Stop delivering."""
        for task in list(self._tasks):
            task.cancel()
        await self.close_sockets()
        if self._session is not None:
            await self._session.close()


def event_envelope(world: World, event: dict[str, Any]) -> dict[str, Any]:
    """An event as Slack wraps it."""
    return {
        "token": "verification",
        "team_id": world.team,
        "context_team_id": world.team,
        "api_app_id": w.APP,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{world.number():010d}",
        "event_time": int(world.clock()),
        "authorizations": [
            {
                "team_id": world.team,
                "user_id": w.BOT,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-stand-in",
    }


def http_body(kind: str, payload: dict[str, Any]) -> bytes:
    """A delivery as Slack writes it into an HTTP request."""
    if kind == "events_api":
        return json.dumps(payload).encode()
    if kind == "slash_commands":
        return urlencode(payload).encode()
    return urlencode({"payload": json.dumps(payload)}).encode()


def _content_type(kind: str) -> str:
    return "application/json" if kind == "events_api" else "application/x-www-form-urlencoded"
