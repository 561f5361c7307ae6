"""Discord's REST through discord.py, every outcome told apart: done, refused, not sent, unsure."""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import ContextVar
from dataclasses import dataclass
from json import dumps
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
from discord.http import Route

from bot.core.signals import Change
from bot.runtime.ports.incoming import File
from bot.runtime.ports.outgoing import NotSent, Refused, Trouble

TIMEOUT = 9.0
"""Seconds for one call in all; the outbox allows ten."""

DIRECT_PAUSE = 3600.0
"""Seconds without opening direct messages once Discord says that we open them too fast."""

INVALID_WINDOW = 600.0
MOST_INVALID = 5_000
"""Half of the 401, 403 and 429 answers in ten minutes for which Discord bans an address."""

MOST_REFUSED_IN_GUILD = 5
GUILD_PAUSE = 600.0

TROUBLES: dict[int, Trouble] = {
    **dict.fromkeys((130000, 20016, 20028, 20029, 40062, 30046, 40003), Trouble.WAIT),
    **dict.fromkeys((50035, 50006), Trouble.FORM),
    **dict.fromkeys((10003, 50001, 50013, 160005, 50083, 30033, 160006), Trouble.DESTINATION),
    **dict.fromkeys((50007, 50278, 10007, 10013), Trouble.PERSON),
    **dict.fromkeys((10004, 40001), Trouble.INSTALLATION),
    **dict.fromkeys((10008, 10014, 30010, 50005), Trouble.GONE),
}
"""What follows from Discord's own codes."""

CHANGES: dict[int, Change] = {
    **dict.fromkeys((160005, 50083), Change.ARCHIVED),
    **dict.fromkeys((50001, 50013), Change.BOT_LEFT),
}
"""What must have happened to a channel that is refused with this code."""

BY_STATUS = {401: Trouble.INSTALLATION, 403: Trouble.DESTINATION, 404: Trouble.GONE}


@dataclass
class Flight:
    """How far one call has come: whether it may have reached Discord."""

    left: bool = False
    limited: bool = False
    retry_after: float | None = None


_flight: ContextVar[Flight | None] = ContextVar("flight", default=None)


def trace() -> aiohttp.TraceConfig:
    """The hook that marks when a request leaves, and when it was turned away at the door."""
    config = aiohttp.TraceConfig()
    config.on_request_headers_sent.append(_left)
    config.on_request_end.append(_ended)
    return config


async def _left(session: object, context: SimpleNamespace, params: object) -> None:
    flight = _flight.get()
    if flight is not None:
        flight.left, flight.limited = True, False


async def _ended(
    session: object, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
) -> None:
    flight = _flight.get()
    if flight is not None and params.response.status == 429:
        flight.left, flight.limited = False, True
        flight.retry_after = _seconds(params.response.headers.get("Retry-After"))


def _seconds(given: str | None) -> float | None:
    try:
        return None if given is None else max(float(given), 0.0)
    except ValueError:
        return None


class Breaker:
    """Stops before Discord bans us: a server that refuses five times rests, and so do we all."""

    def __init__(self) -> None:
        self._invalid: deque[float] = deque()
        self._refused: dict[str, deque[float]] = {}
        self._rests: dict[str, float] = {}
        self.unauthorised = False

    def check(self, guild: str) -> None:
        """Raises `Refused` where a call had better not be made now."""
        now = _now()
        if self.unauthorised:
            raise Refused(Trouble.INSTALLATION, "401")
        if len(_recent(self._invalid, now)) >= MOST_INVALID:
            raise Refused(Trouble.WAIT, "too_many_refusals", INVALID_WINDOW)
        rests = self._rests.get(guild, 0.0) - now
        if rests > 0:
            raise Refused(Trouble.WAIT, "server_rests", rests)

    def note(self, guild: str, status: int, *, permission: bool) -> None:
        """Remember an answer that counts against us."""
        now = _now()
        if status in (401, 403, 429):
            self._invalid.append(now)
        self.unauthorised = self.unauthorised or status == 401
        if permission and guild:
            recent = _recent(self._refused.setdefault(guild, deque()), now)
            recent.append(now)
            if len(recent) >= MOST_REFUSED_IN_GUILD:
                self._rests[guild] = now + GUILD_PAUSE
                recent.clear()

    def forgive(self, guild: str) -> None:
        """Somebody has changed something there: try again."""
        self._rests.pop(guild, None)
        self._refused.pop(guild, None)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _recent(times: deque[float], now: float) -> deque[float]:
    while times and now - times[0] > INVALID_WINDOW:
        times.popleft()
    return times


class Api:
    """Calls by method and path. Raises `Refused`, `NotSent`, or anything else where unsure."""

    def __init__(self, client: discord.Client) -> None:
        """The client must be logged in before the first call."""
        self._client = client
        self.breaker = Breaker()

    async def call(
        self,
        method: str,
        path: str,
        *,
        guild: str = "",
        json: Any = None,
        params: dict[str, Any] | None = None,
        file: File | None = None,
        **ids: Any,
    ) -> Any:
        """One call within `TIMEOUT` seconds; waits for rate limits as the library does.

        A `file` goes with the JSON, as its attachment 0.
        """
        self.breaker.check(guild)
        more: dict[str, Any] = {} if json is None else {"json": json}
        if file is not None:
            more = {"form": _multipart(json, file)}
        if params is not None:
            more["params"] = params
        flight = Flight()
        token = _flight.set(flight)
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._asked(flight, Route(method, path, **ids), more)
        except discord.RateLimited as error:
            raise Refused(Trouble.WAIT, "429", error.retry_after) from None
        except discord.HTTPException as error:
            raise self._refusal(error, guild) from None
        except Exception as error:
            raise _fate(flight, error) from None
        finally:
            _flight.reset(token)

    async def _asked(self, flight: Flight, route: Route, more: dict[str, Any]) -> Any:
        try:
            return await self._client.http.request(route, **more)
        except (aiohttp.ClientError, OSError):
            if flight.left or flight.limited:
                raise
            # It never left: most likely an idle connection that Discord had closed meanwhile.
            return await self._client.http.request(route, **more)

    def _refusal(self, error: discord.HTTPException, guild: str) -> Exception:
        """What the answer says for certain; a 5xx says nothing."""
        self.breaker.note(guild, error.status, permission=error.code in (50001, 50013))
        if error.status >= 500 or error.status < 400:
            return Unsure(f"http_{error.status}")
        if error.status == 429:
            wait = _seconds(error.response.headers.get("Retry-After"))
            return Refused(Trouble.WAIT, "429", wait)
        trouble = TROUBLES.get(error.code) or BY_STATUS.get(error.status, Trouble.FORM)
        wait = DIRECT_PAUSE if error.code == 40003 else None
        change = CHANGES.get(error.code)
        return Refused(trouble, str(error.code or error.status), wait, change=change)


def _multipart(body: Any, file: File) -> list[dict[str, Any]]:
    return [
        {"name": "payload_json", "value": dumps(body), "content_type": "application/json"},
        {
            "name": "files[0]",
            "value": file.text.encode(),
            "filename": file.name,
            "content_type": file.media,
        },
    ]


class Unsure(Exception):
    """The request left, and nobody can say what became of it. Holds no words of anybody."""


def _fate(flight: Flight, error: Exception) -> Exception:
    """What an error that is no answer means: it never left, it was turned away, or who knows."""
    if flight.limited:
        return Refused(Trouble.WAIT, "429", flight.retry_after)
    if not flight.left:
        return NotSent(type(error).__name__)
    return Unsure(type(error).__name__)
