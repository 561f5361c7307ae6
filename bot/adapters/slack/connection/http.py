"""Signed HTTP on the shared server: every request is checked before anything reads its words."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

LARGEST_BODY: Final = 1024 * 1024
DEEPEST_BODY: Final = 100
MOST_FIELDS: Final = 200
_TOKENS = re.compile(r'[\[\]{}]|"(?:[^"\\]++|\\.|\\\Z)*+"?', re.DOTALL)
"""Brackets and whole strings. Possessive, so that a string without an end is read once and not anew
from each of its quotes: half a megabyte of those would stop the loop for minutes."""

STAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"

log = structlog.get_logger()


class SignedHttp:
    """Slack's requests: signed, fresh, whole, and for this app."""

    def __init__(self, app: AsyncApp, secret: str, app_id: Callable[[], Awaitable[str]]) -> None:
        """`app_id` says which app we are; empty where nobody knows yet."""
        self._app = app
        self._verifier = SignatureVerifier(secret)
        self._app_id = app_id

    async def take(self, request: web.Request) -> web.StreamResponse:
        """One request from Slack."""
        try:
            body = await _read(request)
            self._verify(request, body)
            sent = _parse(request.content_type, body)
            _shaped(sent)
            await self._for_us(sent)
        except _Turned as turned:
            log.info("slack_request_refused", why=turned.why)
            return web.Response(status=turned.status)
        text = body.decode()
        asked = AsyncBoltRequest(body=text, headers=dict(request.headers))
        try:
            answered = await self._app.async_dispatch(asked)
        except Exception as error:
            # Bolt reads more of a request than we look at; ours never raise for what was sent.
            log.warning("slack_request_unread", error=type(error).__name__)
            return web.Response(status=400)
        return await to_aiohttp_response(answered)

    def _verify(self, request: web.Request, body: bytes) -> None:
        stamps, signatures = (
            request.headers.getall(STAMP, []),
            request.headers.getall(SIGNATURE, []),
        )
        if len(stamps) != 1 or len(signatures) != 1:
            raise _Turned(401, "not_signed_once")
        try:
            known = re.fullmatch(r"[0-9]{1,12}", stamps[0]) is not None
            valid = known and self._verifier.is_valid(body, stamps[0], signatures[0])
        except ValueError:
            valid = False
        if not valid:
            raise _Turned(401, "signature")

    async def _for_us(self, sent: dict[str, Any]) -> None:
        named, own = sent.get("api_app_id"), await self._app_id()
        if isinstance(named, str) and named and own and named != own:
            raise _Turned(403, "other_app")


class _Turned(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


async def _read(request: web.Request) -> bytes:
    if request.headers.get("Content-Encoding"):
        # Slack packs nothing; what is packed may unpack to anything.
        raise _Turned(415, "encoded")
    whole = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        whole += chunk
        if len(whole) > LARGEST_BODY:
            raise _Turned(413, "too_large")
    return bytes(whole)


def _parse(content_type: str, body: bytes) -> dict[str, Any]:
    try:
        text = body.decode()
        if content_type == "application/json":
            return _object(_loads(text))
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
        sent = dict(pairs)
        if len(sent) != len(pairs):
            raise _Turned(400, "twice_the_same_key")
        return _object(_loads(sent["payload"])) if "payload" in sent else sent
    except ValueError:
        raise _Turned(400, "not_readable") from None


def _loads(text: str) -> object:
    """The JSON, unless it is nested deeper than anything Slack sends.

    That is found before parsing: a parser that runs out of stack can leave the interpreter unwell.
    """
    depth = 0
    for token in _TOKENS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > DEEPEST_BODY:
            raise _Turned(400, "too_deep")
    return json.loads(text, parse_constant=_no_number)


def _no_number(constant: str) -> float:
    """`NaN` and `Infinity` are no JSON."""
    raise ValueError(constant)


def _object(sent: object) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise _Turned(400, "not_an_object")
    return sent


_IDS: Final = ("team_id", "enterprise_id", "user_id", "channel_id", "event_id", "trigger_id")
_OBJECTS: Final = (
    "authorization", "bot_profile", "channel", "container", "enterprise", "item", "message",
    "team", "user", "view",
)  # fmt: skip
_LISTS: Final = ("actions", "authorizations", "response_urls")


def _shaped(sent: dict[str, Any]) -> None:
    """Turns away what no request of Slack looks like, before anybody reads its parts."""
    event = sent.get("event")
    if sent.get("type") == "event_callback" and not isinstance(event, dict):
        raise _Turned(400, "no_event")
    if sent.get("type") == "block_actions" and not sent.get("actions"):
        raise _Turned(400, "no_action")
    for told in (sent, event if isinstance(event, dict) else {}):
        texts = all(isinstance(told.get(name), str | None) for name in _IDS)
        objects = all(isinstance(told.get(name), dict | str | None) for name in _OBJECTS)
        if not (texts and objects and all(_are_objects(told.get(name)) for name in _LISTS)):
            raise _Turned(400, "misshapen")


def _are_objects(parts: object) -> bool:
    """Whether it is a list of objects, or not there."""
    if parts is None:
        return True
    return isinstance(parts, list) and all(isinstance(part, dict) for part in parts)
