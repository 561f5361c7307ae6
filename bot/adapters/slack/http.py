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
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")
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
            await self._for_us(sent)
        except _Turned as turned:
            log.info("slack_request_refused", why=turned.why)
            return web.Response(status=turned.status)
        text = body.decode()
        asked = AsyncBoltRequest(body=text, headers=dict(request.headers))
        return await to_aiohttp_response(await self._app.async_dispatch(asked))

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
        pairs = parse_qsl(text, keep_blank_values=True)
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
    for bracket in _BRACKETS.finditer(_STRINGS.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST_BODY:
            raise _Turned(400, "too_deep")
    return json.loads(text)


def _object(sent: object) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise _Turned(400, "not_an_object")
    return sent
