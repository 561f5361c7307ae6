"""The world around the bot: clocks that disagree, the hand that kills, and what may go wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

LATEST_LANDING = 40.0
"""Seconds after which a request that was sent has landed, if it ever does."""

USUAL_LAG = timedelta(seconds=5)
LONGEST_LAG = timedelta(seconds=60)
"""How long a message may stand before the history shows it: usually, and on a bad day."""

MOST_SKEW = timedelta(minutes=15)
"""How far the platform's clock and the bot's may lie apart."""

MOST_DRIFT = 0.002
"""Seconds the platform's clock gains or loses in each second."""


class Killed(BaseException):
    """The process is gone. Nothing that happens afterwards in it counts."""


class SimClock:
    """Wall time that can jump in both directions, steady time that cannot, chance from a seed."""

    def __init__(self, at: datetime, random: Random) -> None:
        self._at = at
        self._steady = 1000.0
        self._random = random

    def now(self) -> datetime:
        return self._at

    def steady(self) -> float:
        return self._steady

    def chance(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def pass_time(self, length: timedelta) -> None:
        self._at += length
        self._steady += length.total_seconds()

    def jump(self, length: timedelta) -> None:
        self._at += length


@dataclass(slots=True)
class Points:
    """Counts the points at which a process can be stopped, and says at which one it is."""

    at: int | None = None
    count: int = 0
    trace: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Hand:
    """The life of one process: it ends at the point that was chosen, and never comes back."""

    points: Points
    name: int = 0
    dead: bool = False
    last: str = ""
    """What the process was at when it was stopped."""

    def touch(self, what: str) -> None:
        """One more point; the process dies here if this is the one."""
        if self.dead:
            raise Killed
        points = self.points
        points.count += 1
        points.trace.append(f"{self.name} {what}")
        if points.count == points.at:
            self.dead = True
            self.last = what
            raise Killed


living: ContextVar[Hand | None] = ContextVar("living", default=None)
"""Whose life the code that runs belongs to; nobody's where the checker or a person looks."""


def touch(what: str) -> None:
    """A point in the life of the running process."""
    hand = living.get()
    if hand is not None:
        hand.touch(what)


FAULTS = ("lost request", "lost answer", "late landing", "429", "5xx before", "5xx after")
"""What may go wrong with each thing the bot asks of the platform."""

ALWAYS = (
    *FAULTS,
    "look-up failed",
    "reactions failed",
    "duplicated event",
    "reordered events",
    "missing event",
    "clock jumped ahead",
    "clock jumped back",
    "closed DM",
    "archived channel",
)
"""What goes wrong in every kind of run, and needs no switch."""

SWITCHED = {
    "in flight": ("press in flight", "form in flight", "reaction in flight"),
    "several processes": ("two processes", "three processes"),
    "late history": ("history late", "message not shown yet"),
    "short pages": ("history in pages", "history ended at its pages"),
    "late edit": ("edit landed late",),
    "skew": (
        "platform's clock ahead",
        "platform's clock behind",
        "platform's clock drifts",
        "look-up over a skew",
    ),
    "uncertain commit": ("commit lost, stored", "commit lost, not stored"),
    "restore": ("copy made", "copy put back", "sent since the copy"),
}
"""Each switch, and the counters that show that its trouble really happened in a run."""

KILLED = ("killed after the commit",)
"""What only a crash point shows."""

NOT_YET: dict[str, str] = {
    "several processes": "seldom a card keeps older words (seed 1, points 125 and 133); cause not found",
    "late history": "over weeks a message is seldom doubled all the same (whole, seed 1); cause not found",
    "late edit": "an edit that lands after a newer one leaves the older words standing",
}
"""Switches of troubles that the product does not bear yet, each with the reason: off by default.

Take a line out, and its trouble is on in every form of the simulation.
"""

TURNED_ON = tuple(switch for switch in SWITCHED if switch not in NOT_YET)
"""What may go wrong in a run unless somebody asks for something else."""


def troubles(switches: tuple[str, ...] = TURNED_ON) -> frozenset[str]:
    """The counters that must not be zero over many runs with these switches."""
    return frozenset([*ALWAYS, *(kind for switch in switches for kind in SWITCHED[switch])])


@dataclass(slots=True)
class World:
    """Time and trouble: how the clocks go, what is on its way, and a count of what went wrong."""

    clock: SimClock
    random: Random
    switches: frozenset[str] = frozenset()
    rate: float = 0.0
    skew: timedelta = timedelta(0)
    drift: float = 0.0
    on_their_way: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    unable: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    """When the bot could send to whom: (place, person, or nothing for all; from; to) by its clock."""

    jumped: timedelta = timedelta(0)
    began: float = 1000.0

    def on(self, switch: str) -> bool:
        """Whether that trouble may happen in this run."""
        return switch in self.switches

    def note(self, kind: str) -> None:
        """One more thing goes wrong."""
        self.kinds[kind] += 1

    def chance(self, rate: float) -> bool:
        """Whether it happens this time."""
        return self.random.random() < rate

    def platform_now(self) -> datetime:
        """What the platform's own clock says, to which the bot's jumps are nothing."""
        elapsed = self.clock.steady() - self.began
        return self.true_now() + self.skew + timedelta(seconds=elapsed * self.drift)

    def true_now(self) -> datetime:
        """The bot's clock without its jumps; where clocks go together, jumps and all."""
        if not self.on("skew"):
            return self.clock.now()
        return self.clock.now() - self.jumped

    def pass_time(self, length: timedelta) -> None:
        """Time passes; what was on its way lands at its own moment."""
        until = self.clock.steady() + length.total_seconds()
        for at, land in sorted(self.on_their_way, key=lambda item: item[0]):
            if at <= until:
                self.clock.pass_time(timedelta(seconds=max(at - self.clock.steady(), 0)))
                land()
        self.on_their_way = [item for item in self.on_their_way if item[0] > until]
        self.clock.pass_time(timedelta(seconds=max(until - self.clock.steady(), 0)))

    def later(self, seconds: float, land: Callable[[], None]) -> None:
        """It happens by itself after so long, whatever becomes of the bot."""
        self.on_their_way.append((self.clock.steady() + seconds, land))

    def jump(self, length: timedelta) -> None:
        """The bot's wall clock jumps; everything else takes as long as before."""
        if not length:
            return
        self.note("clock jumped ahead" if length > timedelta(0) else "clock jumped back")
        before = self.clock.now()
        self.clock.jump(length)
        self.jumped += length
        if length > timedelta(0):
            self.cannot_send("", before, self.clock.now())

    def cannot_send(self, to: str, since: datetime, until: datetime) -> None:
        """For the checker: in that time nothing could go there (`""`: nowhere)."""
        self.unable.append((to, since, until))
