"""The clock of one step as a value: it runs, stands still, goes on, and knows what it has said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Still(StrEnum):
    """Why the phase clock stands still."""

    PAUSE = "pause"
    SILENCE = "silence"
    TIME_OUT = "time-out"


@dataclass(frozen=True, slots=True)
class Stand:
    """A clock that stands still: why, since when, and when it goes on by itself."""

    why: Still
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class StepClock:
    """The clock of the current step. Times are zone-aware UTC, lengths seconds.

    `stood` is how long it has stood still before; `said` is what it has spoken of in this step;
    `extended_at` is when it was last given more time, so that a double click gives it once.
    """

    began_at: datetime
    seconds: int
    extra: int = 0
    stands: Stand | None = None
    stood: timedelta = timedelta(0)
    said: frozenset[str] = frozenset()
    extended_at: datetime | None = None

    @property
    def still(self) -> Still | None:
        """Why it stands still, if it does."""
        return self.stands.why if self.stands is not None else None

    @property
    def ends_at(self) -> datetime:
        """When the step's time is over, if the clock runs from now on."""
        return self.began_at + self.stood + timedelta(seconds=self.seconds + self.extra)

    def stand(self, why: Still, now: datetime, until: datetime) -> StepClock:
        """The clock, standing still from `now`."""
        return replace(self, stands=Stand(why, now, until))

    def go_on(self, now: datetime) -> StepClock:
        """The clock, running again; the time it stood is not counted."""
        if self.stands is None:
            return self
        stood = self.stood + max(now - self.stands.since, timedelta(0))
        return replace(self, stands=None, stood=stood)

    def later(self, by: timedelta) -> StepClock:
        """The clock as if the last `by` had not been: what was left of everything is left still."""
        stands = self.stands
        if stands is not None:
            stands = replace(stands, since=stands.since + by, until=stands.until + by)
        return replace(self, began_at=self.began_at + by, stands=stands)

    def say(self, what: str) -> StepClock:
        """The clock, remembering that it has said `what`."""
        return replace(self, said=self.said | {what})

    def unsay(self, *what: str) -> StepClock:
        """The clock, free to say `what` again."""
        return replace(self, said=self.said - set(what))
