"""Trouble on request: slow, reset, refused by code, and done although the reply was lost."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Fault:
    """What goes wrong: `kind` is reset, lost, slow, html, cut, 429 or another status."""

    method: str
    path: str
    kind: str
    times: int = 1
    seconds: float = 0.0
    code: int = 0
    headers: dict[str, str] = field(default_factory=lambda: {"Via": "1.1 stand-in"})
    hits: int = 0

    def meets(self, request: web.Request) -> bool:
        path = request.path.removeprefix("/api/v10")
        return (
            self.hits < self.times
            and request.method == self.method
            and re.search(self.path, path) is not None
        )


class Faults:
    """The troubles to come, each used up by the requests it meets."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, method: str, path: str, kind: str, **more: Any) -> Fault:
        """From now on, `times` requests that match meet this trouble."""
        fault = Fault(method, path, kind, **more)
        self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        self.waiting.clear()

    async def run(self, request: web.Request, work: Handler) -> web.StreamResponse:
        """The request with whatever trouble waits for it."""
        fault = next((f for f in self.waiting if f.meets(request)), None)
        if fault is None:
            return await work(request)
        fault.hits += 1
        return await self._meet(fault, request, work)

    async def _meet(self, fault: Fault, request: web.Request, work: Handler) -> web.StreamResponse:
        match fault.kind:
            case "slow":
                await asyncio.sleep(fault.seconds)
                return await work(request)
            case "reset":
                return self._cut_off(request)
            case "lost":
                await work(request)
                return self._cut_off(request)
            case "html":
                return web.Response(text="<html>oops</html>", content_type="text/html")
            case "cut":
                return await _half(request, await work(request))
            case "429":
                return _limited(fault)
            case _:
                return _status(fault)

    def _cut_off(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)


def _status(fault: Fault) -> web.Response:
    body = {"code": fault.code, "message": "fault"}
    return web.json_response(body, status=int(fault.kind), headers=fault.headers)


def _limited(fault: Fault) -> web.Response:
    if "Via" not in fault.headers:
        return web.Response(text="error code: 1015", status=429, headers=fault.headers)
    body = {"message": "You are being rate limited.", "retry_after": fault.seconds, "global": False}
    headers = fault.headers | {"Retry-After": str(fault.seconds)}
    return web.json_response(body, status=429, headers=headers)


async def _half(request: web.Request, whole: web.StreamResponse) -> web.StreamResponse:
    body = (
        whole.body if isinstance(whole, web.Response) and isinstance(whole.body, bytes) else b"{}"
    )
    cut = web.StreamResponse(status=200, headers={"Content-Type": "application/json"})
    cut.content_length = len(body) + 50
    await cut.prepare(request)
    await cut.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.abort()
    return cut
