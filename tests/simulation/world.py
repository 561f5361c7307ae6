"""The world around the bot: a clock that can jump, a platform that fails, and the hand that kills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from bot.adapters.memory import BOT, MemoryPlatform, Message
from bot.runtime.ports import (
    Absent,
    Destination,
    Found,
    LookedUp,
    Outgoing,
    Reactions,
    Refused,
    Trouble,
    Unknown,
)

LATEST_LANDING = 40.0
"""Seconds after which a request that was sent has landed, if it ever does."""

HISTORY_LAG = timedelta(seconds=5)
"""How long a message may stand before a look-up sees it."""


class Killed(BaseException):
    """The process is gone. Nothing that happens afterwards in it counts."""


class Broken(Exception):
    """The platform's answer is lost, or never came."""


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
class Hand:
    """Counts the points at which the process can be stopped, and stops it at one of them."""

    at: int | None = None
    points: int = 0
    dead: bool = False
    trace: list[str] = field(default_factory=list)

    def touch(self, what: str) -> None:
        """One more point; the process dies here if this is the one."""
        if self.dead:
            raise Killed
        self.points += 1
        self.trace.append(what)
        if self.points == self.at:
            self.dead = True
            raise Killed

    def revive(self) -> None:
        """A new process starts."""
        self.dead = False
        self.at = None


@dataclass(slots=True)
class Landing:
    """A message that stood on the platform at some time."""

    at: datetime
    installation: str
    message: Message


FAULTS = ("lost request", "lost answer", "late landing", "429", "5xx before", "5xx after")
"""What may go wrong with each thing the bot asks of the platform."""

TROUBLES = (
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
"""Everything that goes wrong in the simulation; a test counts that each does."""


@dataclass(slots=True)
class FaultyPlatform(MemoryPlatform):
    """The memory platform, failing as the seed says. `landed` is all that ever stood there."""

    clock: SimClock = None  # type: ignore[assignment]
    random: Random = field(default_factory=Random)
    hand: Hand = field(default_factory=Hand)
    rate: float = 0.0
    landed: list[Landing] = field(default_factory=list)
    on_their_way: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)
    seen_at: dict[str, datetime] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    places_closed: bool = False
    """Whether the channel was ever archived."""

    @property
    def faults(self) -> int:
        """How much has gone wrong so far."""
        return self.kinds.total()

    def note(self, kind: str) -> None:
        """One more thing goes wrong."""
        self.kinds[kind] += 1

    def archive(self, place: str) -> None:
        """The channel takes nothing any more."""
        self.archived.add(place)
        self.places_closed = True

    async def post(self, out: Outgoing) -> str:
        """A post, with everything that can go wrong before and after it lands."""
        self.hand.touch("post")
        self._turn_away(out.destination)
        refs: list[str] = []
        self._with_fault(lambda: refs.append(self._land(out)))
        self.hand.touch("posted")
        return refs[0]

    async def edit(self, out: Outgoing) -> None:
        """An edit, likewise."""
        self.hand.touch("edit")
        self._turn_away(self._known(out.ref).destination)
        self._with_fault(lambda: self._edit(out))
        self.hand.touch("edited")

    async def delete(self, out: Outgoing) -> None:
        """A deletion, likewise."""
        self.hand.touch("delete")
        self._with_fault(lambda: self._delete(out))

    async def react(self, out: Outgoing) -> None:
        """The bot's own marks, likewise."""
        self.hand.touch("react")
        self._with_fault(lambda: self._react(out))

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        """An honest look-up that may fail, and that sees a new message a little late."""
        self.hand.touch("look up")
        if self.random.random() < self.rate / 2:
            self.note("look-up failed")
            if self.random.random() < 0.5:
                raise Broken("look-up")
            return Unknown()
        found = next((m for m in self.messages.values() if m.key == out.key), None)
        if found is None or self.seen_at[found.ref] + HISTORY_LAG > self.clock.now():
            return Absent()
        return Found(found.ref)

    async def reactions(self, installation: str, ref: str) -> Reactions:
        """Who reacted; may fail."""
        self.hand.touch("reactions")
        if self.random.random() < self.rate / 2:
            self.note("reactions failed")
            raise Broken("reactions")
        known = self._known(ref)
        return Reactions(frozenset((p, e) for p, e in known.reactions if p != BOT))

    def _turn_away(self, destination: Destination) -> None:
        try:
            self._refuse(destination)
        except Refused as refused:
            person = refused.trouble is Trouble.PERSON
            self.note("closed DM" if person else "archived channel")
            raise

    def pass_time(self, length: timedelta) -> None:
        """Time passes; what was on its way lands at its own moment."""
        until = self.clock.now() + length
        for at, land in sorted(self.on_their_way, key=lambda item: item[0]):
            if at <= until:
                land()
        self.on_their_way = [item for item in self.on_their_way if item[0] > until]
        self.clock.pass_time(length)

    def jump(self, length: timedelta) -> None:
        """The wall clock jumps; what is on its way takes as long as before."""
        if length:
            self.note("clock jumped ahead" if length > timedelta(0) else "clock jumped back")
        self.clock.jump(length)
        self.on_their_way = [(at + length, land) for at, land in self.on_their_way]
        self.seen_at = {ref: at + length for ref, at in self.seen_at.items()}

    def _with_fault(self, act: Callable[[], None]) -> None:
        fault = self._fault()
        if fault in ("429", "lost request", "5xx before"):
            if fault == "429":
                raise Refused(Trouble.WAIT, "ratelimited", self.random.uniform(1, 30))
            raise Broken(fault)
        if fault == "late landing":
            wait = timedelta(seconds=self.random.uniform(0.5, LATEST_LANDING))
            self.on_their_way.append((self.clock.now() + wait, act))
            raise TimeoutError
        act()
        if fault in ("lost answer", "5xx after"):
            raise Broken(fault)

    def _fault(self) -> str:
        if self.random.random() >= self.rate:
            return ""
        kind = self.random.choice(FAULTS)
        self.note(kind)
        return kind

    def _land(self, out: Outgoing) -> str:
        assert out.card is not None
        self.count += 1
        ref = f"m{self.count}"
        message = Message(ref, out.key, out.destination, out.card, (), out.again, out.late_since)
        self.messages[ref] = message
        self.seen_at[ref] = self.clock.now()
        self.landed.append(Landing(self.clock.now(), out.installation, message))
        return ref

    def _edit(self, out: Outgoing) -> None:
        known = self._known(out.ref)
        assert out.card is not None
        self.messages[out.ref] = replace(known, card=out.card)

    def _delete(self, out: Outgoing) -> None:
        self.messages.pop(out.ref, None)

    def _react(self, out: Outgoing) -> None:
        known = self._known(out.ref)
        marks = tuple((BOT, e) for e in out.reactions if (BOT, e) not in known.reactions)
        self.messages[out.ref] = replace(known, reactions=(*known.reactions, *marks))
