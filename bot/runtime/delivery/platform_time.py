"""What time it is on a platform, learned from its own answers: our clock may be wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Protocol, runtime_checkable

import aiohttp
import structlog

LONGEST_TRIP = 10.0
"""Seconds after which an answer says too little about the present."""

AGREES = 5.0
"""Seconds by which two answers may differ and still tell of the same clock."""

ODD = timedelta(days=1).total_seconds()
"""A header this far from what we know is not believed by itself, nor allowed for."""

WARN_FROM = 30.0
"""Seconds between our clock and a platform's from which an operator is told."""

WIDE = timedelta(days=1)
"""How much earlier a post may have been made where only our own clock says when."""

DRIFT = 0.002
"""Seconds by which two clocks may part in each second; four times what network time can correct."""

EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)

log = structlog.get_logger()


@runtime_checkable
class TellsTime(Protocol):
    """A platform's outbound half that knows what time it is there."""

    def time(self) -> datetime | None:
        """The platform's present time, never later than it is there; None where nothing is known."""
        ...


class PlatformClock:
    """The platform's clock, read off its answers and carried on by the event loop's steady clock.

    One odd answer (a cache, a proxy) changes nothing; two that agree with each other do.
    """

    def __init__(self, steady: Callable[[], float] | None = None) -> None:
        """Knows nothing yet. `steady` are seconds that only grow, by default the event loop's."""
        self._steady = steady
        self._offset: float | None = None
        self._doubt: float | None = None
        self._heard_at = 0.0

    def now(self) -> datetime | None:
        """The present instant there, from any thread; in doubt, and by what it drifts, the earlier."""
        if self._offset is None or self._steady is None:
            return None
        offset, steady = self._offset, self._steady()
        if self._doubt is not None and abs(self._doubt - offset) < ODD:
            offset = min(self._doubt, offset)
        drifted = (steady - self._heard_at) * DRIFT
        return datetime.fromtimestamp(offset + steady - drifted, UTC)

    def heard(self, told: datetime, asked: float, answered: float) -> None:
        """An answer was made at `told` (whole seconds), between two readings of the loop's clock."""
        self._steady = self._steady or asyncio.get_running_loop().time
        if told < EARLIEST or not 0 <= answered - asked <= LONGEST_TRIP:
            return
        offset = told.timestamp() - answered
        known, self._heard_at = self._offset, answered
        if known is None or _agree(offset, known) or _agree(offset, self._doubt):
            self._offset, self._doubt = offset, None
        else:
            self._doubt = offset

    def listen(self, config: aiohttp.TraceConfig) -> aiohttp.TraceConfig:
        """Have every answer of a client session tell the time."""
        config.on_request_start.append(self._asked)
        config.on_request_end.append(self._answered)
        return config

    async def _asked(self, session: object, context: SimpleNamespace, params: object) -> None:
        context.asked_at = asyncio.get_running_loop().time()

    async def _answered(
        self, session: object, context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        headers, status = params.response.headers, params.response.status
        told = _instant(headers.get("Date", ""))
        cached = headers.get("Age", "0").strip() != "0"
        if told is not None and not cached and status < 500:
            self.heard(told, context.asked_at, asyncio.get_running_loop().time())


def _agree(one: float, other: float | None) -> bool:
    return other is not None and abs(one - other) <= AGREES


def _instant(header: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(header)
    except ValueError:
        return None
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told


class Skews:
    """How far our clock is from each platform's; says so where it is far."""

    def __init__(self) -> None:
        """Nothing is known of any platform."""
        self._told: dict[str, float] = {}
        self._last: dict[str, float] = {}

    def note(self, platform: str, ours: datetime, theirs: datetime) -> None:
        """Log the difference the first time and when it has changed much; warn where it is large.

        Two readings must agree: after a long rest, the first allows for all that may have drifted.
        """
        ahead = (ours - theirs).total_seconds()
        last, known = self._last.get(platform), self._told.get(platform)
        self._last[platform] = ahead
        if not _agree(ahead, last) or (known is not None and abs(ahead - known) < WARN_FROM):
            return
        self._told[platform] = ahead
        if abs(ahead) >= WARN_FROM:
            log.warning("clock_differs", platform=platform, seconds_ahead=round(ahead))
        else:
            log.info("clock_agrees", platform=platform, seconds_ahead=round(ahead))
