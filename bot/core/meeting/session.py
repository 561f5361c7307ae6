"""A meeting while it runs: who is here, the plan, where we are, and what each step remembers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeAlias, TypeVar

from bot.core.cards import PersonId
from bot.core.meeting.clock import StepClock
from bot.core.meeting.interruption.state import Interruption

BOT = "bot"
"""Who facilitates where no person does."""

CLOCK = "clock"
"""The actor of a transition that time brought about."""

FORMER, FORMER_NAME = "former member", "A former member"
"""Who stands where somebody stood who was forgotten; no platform makes an id with a space in it."""

FORM_GRACE = timedelta(seconds=60)
"""How long a form opened while its phase ran still counts (the forms rule of the method)."""

T = TypeVar("T")


class Facilitation(StrEnum):
    """Who facilitates a set's meetings."""

    LED = "led"
    ROTATING = "rotating"
    BOT_HELD = "bot-held"


class Status(StrEnum):
    """How a session stands."""

    LIVE = "live"
    HELD = "held"
    NOT_HELD = "not held"


class Presence(StrEnum):
    """Where a person is in this meeting."""

    EXPECTED = "expected"
    HERE = "here"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Participant:
    """A member in this meeting. `waiting_since` is when they last presented, else joined."""

    person: PersonId
    name: str
    waiting_since: datetime
    presence: Presence = Presence.EXPECTED


@dataclass(frozen=True, slots=True)
class Step:
    """One phase in the plan of a meeting. `round` is 0 outside the presenters' rounds."""

    phase: str
    seconds: int
    round: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody who asks to take the process over, and since when."""

    who: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Process:
    """Who moves the meeting on.

    `holder` is a person or `BOT`; `home` held it first and may take it back; `stand_in` holds it
    for one round. `offered` lets anyone take it over, a `claim` asks to. `last_press` is when the
    holder was last heard of after a time was up. `wishes` are (person, wish) pairs of this step:
    more than half decide.
    """

    facilitation: Facilitation
    home: PersonId
    holder: PersonId
    stand_in: PersonId | None = None
    offered: bool = False
    claim: Claim | None = None
    last_press: datetime | None = None
    wishes: frozenset[tuple[PersonId, str]] = frozenset()

    @property
    def current(self) -> PersonId:
        """Who facilitates now: a person, or `BOT`."""
        return self.stand_in or self.holder


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of step, with who made it and when (the method's first invariant).

    `follows` are those whom its card names for the first time.
    """

    step: int
    at: datetime
    by: PersonId
    follows: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class Owed:
    """An open action of one participant, as the meeting needs it: its words stay in the set."""

    action: str
    owner: PersonId


@dataclass(frozen=True, slots=True)
class Readers:
    """Who can read the place and is not in the set, and whether it was chosen to go on."""

    others: tuple[tuple[PersonId, str], ...] = ()
    accepted: bool = False


Memory: TypeAlias = Any
"""What one step remembers: a frozen dataclass that belongs to its phase."""


@dataclass(frozen=True)
class Session:
    """A meeting, all of it. Changed only by `replace` and `remember`; `version` is the store's.

    `wall` is the meeting's planned local time in `zone`, `starts_at` the instant it starts at.
    `plan` is the steps in order, `at` the index of the current one, `memories` what each step
    remembers, in the plan's order. `log` is every change of step; the end is `closed_at` and
    `closed_by`. `seed` is chance as data. `lost` is what outages have taken of the arriving, and
    then of the meeting; `back_at` is when the last of them was over.
    """

    id: str
    set_id: str
    title: str
    meeting: str
    seed: int
    format: str
    zone: str
    wall: datetime
    starts_at: datetime
    opened_at: datetime
    plan: tuple[Step, ...]
    clock: StepClock
    process: Process
    people: tuple[Participant, ...]
    at: int = 0
    memories: tuple[Memory | None, ...] = ()
    presenters: tuple[PersonId, ...] = ()
    log: tuple[Transition, ...] = ()
    owed: tuple[Owed, ...] = ()
    stopped: frozenset[int] = frozenset()
    status: Status = Status.LIVE
    closed_at: datetime | None = None
    closed_by: PersonId = ""
    next_at: datetime | None = None
    quorum: int = 4
    grace: int = 120
    cleared: frozenset[PersonId] = frozenset()
    keepsakes: tuple[PersonId, ...] = ()
    readers: Readers = Readers()
    lost: timedelta = timedelta(0)
    back_at: datetime | None = None
    interruptions: tuple[Interruption, ...] = ()
    version: int = 0

    # --- the plan -----------------------------------------------------------------------------

    @property
    def live(self) -> bool:
        """Whether the meeting still runs."""
        return self.status is Status.LIVE

    @property
    def interrupted(self) -> Interruption | None:
        """The interruption that somebody has to answer before the meeting goes on, if there is one."""
        last = self.interruptions[-1] if self.interruptions else None
        return last if last is not None and self.live and last.went_on_at is None else None

    @property
    def step(self) -> Step:
        """The current step; the last one that ran when the meeting is over."""
        return self.plan[self.at]

    def steps(self, phase: str) -> tuple[int, ...]:
        """The indexes of that phase's steps in the plan."""
        return tuple(n for n, step in enumerate(self.plan) if step.phase == phase)

    def memory(self, kind: type[T], at: int | None = None) -> T:
        """What step `at` (by default the current one) remembers, as its phase's own type."""
        at = self.at if at is None else at
        found = self.memories[at]
        if not isinstance(found, kind):
            raise TypeError(f"step {at} remembers {type(found).__name__}, not {kind.__name__}")
        return found

    def remember(self, memory: Memory, at: int) -> Session:
        """The session with step `at` remembering this; the same one where it does already."""
        return self if self.memories[at] == memory else self.with_memory(memory, at)

    def with_memory(self, memory: Memory, at: int) -> Session:
        """The session with step `at` remembering this, whatever it remembered."""
        memories = list(self.memories)
        memories[at] = memory
        return changed(self, memories=tuple(memories))

    # --- the people ---------------------------------------------------------------------------

    @property
    def here(self) -> tuple[Participant, ...]:
        """Those present, in the order of turns."""
        here = Presence.HERE
        return tuple([p for p in self.people if p.presence is here])

    @property
    def presenter(self) -> PersonId | None:
        """Whose round this is, if it is a round."""
        return self.presenter_of(self.at)

    def presenter_of(self, at: int) -> PersonId | None:
        """Whose round step `at` belongs to, if it is a round that was given to somebody."""
        number = self.plan[at].round
        return self.presenters[number - 1] if 0 < number <= len(self.presenters) else None

    def who(self, person: PersonId) -> Participant | None:
        """The participant of that id, if they have accepted the agreement."""
        for participant in self.people:
            if participant.person == person:
                return participant
        return None

    def is_here(self, person: PersonId) -> bool:
        """Whether that person is present."""
        found = self.who(person)
        return found is not None and found.presence is Presence.HERE

    def has_left(self, person: PersonId) -> bool:
        """Whether that person was here and had to go; who was forgotten is gone for good."""
        found = self.who(person)
        return person == FORMER or (found is not None and found.presence is Presence.GONE)

    def name(self, person: PersonId | None) -> str:
        """How people call them."""
        found = self.who(person) if person else None
        if found is not None:
            return found.name
        return {BOT: "The bot", FORMER: FORMER_NAME}.get(person or "", "Someone")

    def with_person(self, person: Participant) -> Session:
        """The session with that participant added or changed."""
        if self.who(person.person) is None:
            return replace(self, people=(*self.people, person))
        people = tuple(person if p.person == person.person else p for p in self.people)
        return replace(self, people=people)

    def with_arrival(self, who: PersonId) -> Session:
        """The session with that participant here; at the first time as the last in turns."""
        known = self.who(who)
        if known is None or known.presence is Presence.HERE:
            return self
        here = replace(known, presence=Presence.HERE)
        if known.presence is Presence.GONE:
            return self.with_person(here)
        return replace(self, people=(*(p for p in self.people if p.person != who), here))

    # --- the process --------------------------------------------------------------------------

    @property
    def holder(self) -> PersonId:
        """Who facilitates now: a person, or `BOT`."""
        return self.process.current

    # --- the slots ----------------------------------------------------------------------------

    def slot(self, name: str) -> str:
        """The full name of one of this meeting's slots."""
        return f"{self.id}:{name}"

    def visit_slot(self, visit: int) -> str:
        """The slot of the card that opened with the `visit`-th change of step."""
        return self.slot(f"step:{visit}")

    @property
    def ballot_slot(self) -> str:
        """The slot of the current step's card, where reactions count."""
        return self.visit_slot(len(self.log) - 1)


def changed(value: T, **fields: Any) -> T:
    """What `replace` does, to a frozen dataclass without slots: at once, not field by field.

    It is for the values that every vote changes: with `replace` a process carries half as many votes.
    """
    other = object.__new__(type(value))
    object.__setattr__(other, "__dict__", value.__dict__ | fields)
    return other


def derive_id(*parts: str) -> str:
    """An id that follows from others: the same parts, the same id."""
    return sha256("\x1f".join(parts).encode()).hexdigest()[:20]


def in_words(names: Iterable[str]) -> str:
    """`Ana`, `Ana and Ben`, `Ana, Ben and Chidi`."""
    known = tuple(names)
    if len(known) < 2:
        return "".join(known)
    return f"{', '.join(known[:-1])} and {known[-1]}"
