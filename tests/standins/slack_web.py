"""The Web API of the Slack stand-in: methods, scopes, errors, limits and faults."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.standins import slack_world as w
from tests.standins.slack_methods import METHODS, oauth
from tests.standins.slack_world import SlackSays, World

Emit = Callable[[dict[str, Any]], None]


@dataclass
class Fault:
    """Something to go wrong with the next calls of a method.

    Kinds: reset (nothing done, connection cut), lost (done, but no answer), slow, 429, 500 (nothing
    done), 500_done, html, cut, error:<code>, fatal_done (done, and `fatal_error`).
    """

    kind: str
    times: int = 1
    seconds: float = 0.0
    retry_after: str | None = "1"


@dataclass
class Call:
    """One call the bot made, as it came in."""

    method: str
    args: dict[str, Any]
    ok: bool = False
    error: str = ""


@dataclass
class WebApi:
    """Answers `POST /api/<method>` as Slack does: HTTP 200 and `ok`, true or false."""

    world: World
    emit: Emit
    socket_url: Callable[[], str]
    calls: list[Call] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request, with whatever fault waits for it."""
        method = request.match_info["method"]
        fault = self.fault(method)
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind == "reset":
            return _cut(request)
        args = await _arguments(request)
        call = Call(method, args)
        self.calls.append(call)
        if (fault and fault.kind in ("429", "500", "html", "cut")) or _early(fault):
            call.error = fault.kind if fault else ""
            return _broken(fault)
        told = self._do(call, _token(request, args))
        if fault and fault.kind == "lost":
            return _cut(request)
        if fault and fault.kind == "500_done":
            return web.Response(status=500, text="oops")
        if fault and fault.kind == "fatal_done":
            told = {"ok": False, "error": "fatal_error"}
        if told.get("error") == "ratelimited":
            return web.json_response(told, status=429, headers={"Retry-After": "1"})
        headers = {"X-OAuth-Scopes": ",".join(sorted(self.world.scopes))}
        return web.json_response(told, headers=headers)

    def fault(self, method: str) -> Fault | None:
        """The fault that waits for a call of this method, spent."""
        for name in (method, "*"):
            waiting = self.faults.get(name, [])
            if waiting:
                waiting[0].times -= 1
                return waiting.pop(0) if waiting[0].times <= 0 else waiting[0]
        return None

    def _do(self, call: Call, token: str) -> dict[str, Any]:
        try:
            told = self._checked(call, token)
        except SlackSays as no:
            call.error = no.error
            return {"ok": False, "error": no.error, **no.more}
        except (KeyError, TypeError, ValueError):
            call.error = "invalid_arguments"
            return {"ok": False, "error": "invalid_arguments"}
        call.ok = True
        return {"ok": True, **told}

    def _checked(self, call: Call, token: str) -> dict[str, Any]:
        if call.method == "api.test":
            return {}
        if call.method == "oauth.v2.access":
            return oauth(self, call.args)
        if call.method == "apps.connections.open":
            if token != w.APP_TOKEN:
                raise SlackSays("not_allowed_token_type" if token else "not_authed")
            return {"url": self.socket_url()}
        if call.method not in METHODS:
            raise SlackSays("unknown_method")
        if not token:
            raise SlackSays("not_authed")
        if token not in self.world.tokens:
            raise SlackSays("invalid_auth")
        if self.world.clock() >= self.world.token_ends.get(token, float("inf")):
            raise SlackSays("token_expired")
        if self.world.token_error:
            raise SlackSays(self.world.token_error)
        do, scope = METHODS[call.method]
        if scope and not self._has(scope, call.args):
            raise SlackSays("missing_scope", needed=scope, provided=",".join(self.world.scopes))
        return do(self, call.args)

    def _has(self, scope: str, args: dict[str, Any]) -> bool:
        if not scope.startswith("*:"):
            return scope in self.world.scopes
        channel = self.world.channels.get(args.get("channel", ""))
        kind = (
            "im"
            if channel and channel.im
            else "groups"
            if channel and channel.private
            else "channels"
        )
        if scope == "*:read" and kind == "im":
            return bool({"im:read", "im:history"} & self.world.scopes)
        return kind + scope[1:] in self.world.scopes


def _early(fault: Fault | None) -> bool:
    return fault is not None and fault.kind.startswith("error:")


def _broken(fault: Fault) -> web.StreamResponse:
    if fault.kind == "429":
        headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
    if fault.kind == "500":
        return web.Response(status=500, text="oops")
    if fault.kind == "html":
        return web.Response(text="<html>We are down</html>", content_type="text/html")
    if fault.kind == "cut":
        return web.Response(text='{"ok": true, "channel": "C', content_type="application/json")
    return web.json_response({"ok": False, "error": fault.kind.partition(":")[2]})


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    raise asyncio.CancelledError


async def _arguments(request: web.Request) -> dict[str, Any]:
    args: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        args |= await request.json()
    elif request.body_exists:
        args |= {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
    for name in ("blocks", "view", "metadata", "files"):
        if isinstance(args.get(name), str):
            args[name] = json.loads(args[name])
    return args


def _token(request: web.Request, args: dict[str, Any]) -> str:
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bearer or str(args.get("token", ""))
