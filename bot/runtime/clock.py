"""The one place that reads the time and draws chance."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What time it is, zone-aware UTC, and where chance comes from."""

    def now(self) -> datetime:
        """The present instant."""
        ...

    def steady(self) -> float:
        """Seconds that only ever grow, whatever is done to the wall clock."""
        ...

    def chance(self) -> str:
        """128 fresh random bits, in hex."""
        ...


class SystemClock:
    """The machine's own clock and chance."""

    def now(self) -> datetime:
        """The present instant, to the microsecond."""
        return datetime.now(UTC)

    def steady(self) -> float:
        """The machine's monotonic clock."""
        return time.monotonic()

    def chance(self) -> str:
        """128 bits from the operating system."""
        return secrets.token_hex(16)


class MovableClock:
    """A clock that stands still until it is moved: for the playground, the script and tests.

    With a `seed` its chance is a sequence that repeats; without one it is the system's.
    """

    def __init__(self, at: datetime, seed: int | None = None) -> None:
        """Stands at `at`, zone-aware."""
        self._at = at.astimezone(UTC)
        self._chance = _Sequence(seed) if seed is not None else None

    def now(self) -> datetime:
        """Where the clock stands."""
        return self._at

    def steady(self) -> float:
        """Seconds since the epoch, which a clock that never goes back may take."""
        return self.now().timestamp()

    def chance(self) -> str:
        """The next 128 bits."""
        return self._chance.next() if self._chance else secrets.token_hex(16)

    def move_to(self, at: datetime) -> None:
        """Move on to `at`; a clock here never goes back."""
        self._at = max(self._at, at.astimezone(UTC))

    def move_by(self, length: timedelta) -> None:
        """Move on by a length of time."""
        self.move_to(self._at + length)


class RunningClock(MovableClock):
    """A movable clock that also runs by itself, as the playground's does."""

    def __init__(self, at: datetime) -> None:
        """Starts at `at` and runs from there."""
        super().__init__(at)
        self._started = datetime.now(UTC)

    def now(self) -> datetime:
        """Where it was put, plus what has passed since."""
        return self._at + (datetime.now(UTC) - self._started)

    def move_to(self, at: datetime) -> None:
        """Move on to `at` and run from there."""
        if at > self.now():
            self._at = at.astimezone(UTC)
            self._started = datetime.now(UTC)


class _Sequence:
    """Chance that repeats: SplitMix64, twice for 128 bits. Never for secrets."""

    def __init__(self, seed: int) -> None:
        self._state = seed & 0xFFFFFFFFFFFFFFFF

    def next(self) -> str:
        return f"{self._word():016x}{self._word():016x}"

    def _word(self) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        return z ^ (z >> 31)
