"""How often a session with Discord may begin: a thousand a day, and far fewer after failures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Seconds: between sessions that begin as they should, after one that failed, after very many,
    for servers to arrive at the start, and between two looks at who owns a shard.
    """

    identify: float = 5.0
    after_failure: float = 60.0
    servers: float = 2.0
    worn: float = 960.0
    shard: float = 30.0


USUAL = RateLimits()
"""Crash loops must not use up the thousand sessions of a day, at whose end Discord resets the token."""

MANY_IN_A_DAY = 100
"""As many as a bot that fails all day begins, with a pause that doubles from a minute to `worn`."""


class Sessions:
    """When sessions were begun, and how long the next one of a shard has to wait."""

    def __init__(self, pace: RateLimits) -> None:
        """Nothing has begun."""
        self._pace = pace
        self._begun: dict[int | None, float] = {}
        self._failures: dict[int | None, int] = {}
        self._well: set[int | None] = set()

    def wait(self, shard: int | None, now: float) -> float:
        """Seconds before the shard's next session may begin."""
        if shard not in self._begun:
            return 0.0
        since, least = now - self._begun[shard], self._pace.after_failure
        # One that came to nothing, or ended within a minute, is a failure.
        if shard in self._well and since >= least:
            self._failures[shard] = 0
            return self._pace.identify
        pause: float = least * 2.0 ** min(self._failures.get(shard, 0), 10)
        return max(min(pause, self._pace.worn) - since, 0.0)

    def begin(self, shard: int | None, now: float) -> None:
        """One begins now."""
        if shard in self._begun:
            self._failures[shard] = self._failures.get(shard, 0) + 1
        self._begun[shard] = now
        self._well.discard(shard)

    def well(self, shard: int | None) -> None:
        """It has come to something."""
        self._well.add(shard)
