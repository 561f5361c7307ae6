"""A meeting while it runs: who is here, the plan, where we are, and what each step remembers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeAlias, TypeVar

from bot.core.cards import Card, Form, PersonId

BOT = "bot"
"""Who holds the process where no person does."""

CLOCK = "clock"
"""The actor of a transition that time brought about."""

FORM_GRACE = timedelta(seconds=60)
"""How long a form opened while its phase ran still counts (the forms rule of the method)."""

T = TypeVar("T")


class Facilitation(StrEnum):
    """Who holds the process of a set's meetings."""

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


class Still(StrEnum):
    """Why the phase clock stands still."""

    PAUSE = "pause"
    SILENCE = "silence"
    TIME_OUT = "time-out"


@dataclass(frozen=True, slots=True)
class Participant:
    """One agreed member in this meeting. `waiting_since` is when they last presented, else joined."""

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
class Clock:
    """The clock of the current step. Times are zone-aware UTC, lengths seconds."""

    began_at: datetime
    seconds: int
    extra: int = 0
    still: Still | None = None
    still_since: datetime | None = None
    still_until: datetime | None = None
    stood: timedelta = timedelta(0)
    said: frozenset[str] = frozenset()

    @property
    def ends_at(self) -> datetime:
        """When the step's time is over, if the clock runs from now on."""
        return self.began_at + self.stood + timedelta(seconds=self.seconds + self.extra)

    def stand(self, why: Still, now: datetime, until: datetime | None) -> Clock:
        """The clock, standing still from `now`."""
        return replace(self, still=why, still_since=now, still_until=until)

    def go_on(self, now: datetime) -> Clock:
        """The clock, running again; the time it stood is not counted."""
        if self.still_since is None:
            return self
        stood = self.stood + max(now - self.still_since, timedelta(0))
        return replace(self, still=None, still_since=None, still_until=None, stood=stood)

    def say(self, what: str) -> Clock:
        """The clock, remembering that it has said `what`."""
        return replace(self, said=self.said | {what})


@dataclass(frozen=True, slots=True)
class Process:
    """Who moves the meeting on.

    `holder` is a person or `BOT`; `home` is who held it first and may take it back. `stand_in` holds
    it for one round. `claim` is somebody asking to take over since `claimed_at`. `ready` and `longer`
    are who has pressed Next or asked for more time in this step, where pressing is a vote.
    """

    facilitation: Facilitation
    home: PersonId
    holder: PersonId
    stand_in: PersonId | None = None
    offered: bool = False
    claim: PersonId | None = None
    claimed_at: datetime | None = None
    last_press: datetime | None = None
    ready: frozenset[PersonId] = frozenset()
    longer: frozenset[PersonId] = frozenset()

    @property
    def current(self) -> PersonId:
        """Who holds the process now: a person, or `BOT`."""
        return self.stand_in or self.holder


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of step, with who made it and when (the method's first invariant)."""

    step: int
    at: datetime
    by: PersonId


@dataclass(frozen=True, slots=True)
class Owed:
    """An open action of one participant, as the meeting needs it: its words stay in the set."""

    action: str
    owner: PersonId


Memory: TypeAlias = Any
"""What one step remembers: a frozen dataclass that belongs to its phase."""


@dataclass(frozen=True, slots=True)
class Session:
    """A meeting, all of it. Changed only by `replace`; `version` is the store's.

    `wall` is the meeting's planned local time in `zone`, `starts_at` the instant it starts at.
    `plan` is the steps in order, `at` the index of the current one (`len(plan)` when it is over),
    `memories` what each step remembers, in the plan's order. `seed` is chance as data.
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
    clock: Clock
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
    next_at: datetime | None = None
    quorum: int = 4
    grace: int = 120
    cleared: frozenset[PersonId] = frozenset()
    keepsakes: tuple[PersonId, ...] = ()
    version: int = 0

    @property
    def live(self) -> bool:
        """Whether the meeting still runs."""
        return self.status is Status.LIVE

    @property
    def step(self) -> Step:
        """The current step; the last one when the meeting is over."""
        return self.plan[min(self.at, len(self.plan) - 1)]

    @property
    def here(self) -> tuple[Participant, ...]:
        """Those present, in the order they are known."""
        return tuple(p for p in self.people if p.presence is Presence.HERE)

    @property
    def presenter(self) -> PersonId | None:
        """Whose round this is, if it is a round."""
        return self.presenter_of(self.at)

    def presenter_of(self, at: int) -> PersonId | None:
        """Whose round step `at` belongs to, if it is a round that was given to somebody."""
        number = self.plan[at].round if at < len(self.plan) else 0
        return self.presenters[number - 1] if 0 < number <= len(self.presenters) else None

    @property
    def holder(self) -> PersonId:
        """Who holds the process now: a person, or `BOT`."""
        return self.process.current

    def who(self, person: PersonId) -> Participant | None:
        """The participant of that id, if they have accepted the agreement."""
        return next((p for p in self.people if p.person == person), None)

    def is_here(self, person: PersonId) -> bool:
        """Whether that person is present."""
        found = self.who(person)
        return found is not None and found.presence is Presence.HERE

    def name(self, person: PersonId) -> str:
        """How people call them."""
        found = self.who(person)
        if found is not None:
            return found.name
        return "The bot" if person == BOT else "Somebody"

    def memory(self, kind: type[T], at: int | None = None) -> T:
        """What step `at` (by default the current one) remembers, as its phase's own type."""
        found = self.memories[self.at if at is None else at]
        if not isinstance(found, kind):
            raise TypeError(f"step {at} remembers {type(found).__name__}, not {kind.__name__}")
        return found

    def remember(self, memory: Memory, at: int) -> Session:
        """The session with step `at` remembering this."""
        memories = self.memories[:at] + (memory,) + self.memories[at + 1 :]
        return replace(self, memories=memories)

    def steps(self, phase: str) -> tuple[int, ...]:
        """The indexes of that phase's steps in the plan."""
        return tuple(n for n, step in enumerate(self.plan) if step.phase == phase)

    def with_person(self, person: Participant) -> Session:
        """The session with that participant added or changed."""
        if self.who(person.person) is None:
            return replace(self, people=(*self.people, person))
        people = tuple(person if p.person == person.person else p for p in self.people)
        return replace(self, people=people)

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

    def visits(self, step: int) -> int:
        """How often that step was entered."""
        return sum(move.step == step for move in self.log)

    def left_at(self, step: int) -> datetime | None:
        """When that step was last left, if it was entered and left."""
        after = False
        left = None
        for move in self.log:
            if after:
                left, after = move.at, False
            if move.step == step:
                left, after = None, True
        return left


class Where(StrEnum):
    """Where a notice goes."""

    PLACE = "place"
    THREAD = "thread"
    DIRECT = "direct"


class Matter(StrEnum):
    """What kind of message a notice is: decides its promise and how long it is of use."""

    BOARD = "board"
    PHASE = "phase"
    WORDS = "words"
    RESULT = "result"
    PROMPT = "prompt"
    FOLLOW_UP = "follow_up"
    REMINDER = "reminder"
    WELCOME = "welcome"
    KEEPSAKE = "keepsake"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to say: which card, about what, to whom, in which slot.

    The card is drawn when it is sent, from what is true then. A second notice for a slot that was
    posted is an edit of it. `until` is when it stops being of use (zone-aware UTC).
    """

    matter: Matter
    slot: str
    card: str
    subject: str = ""
    where: Where = Where.THREAD
    to: PersonId | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """Something that should stand in the place now, and what it looks like."""

    notice: Notice
    card: Card


@dataclass(frozen=True, slots=True)
class Refusal:
    """One kind sentence to one person: what is possible instead. Nothing has changed.

    `words` are handed back to their author where a form was refused; `field` names the form field
    it is about, if one.
    """

    sentence: str
    code: str = "not_now"
    field: str = ""


@dataclass(frozen=True, slots=True)
class Recount:
    """A question to the platform: who reacted to this slot? Answered by `signals.Recounted`."""

    slot: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the clock should speak, and what about. Derived from a state, never kept."""

    at: datetime
    what: str
    subject: str = ""
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a command: the new state, and what to say.

    `answer` is for the caller alone. `then` are commands to the other kind of state, decided in the
    same transaction: if one is refused, nothing of the whole has happened.
    """

    state: Any
    notices: tuple[Notice, ...] = ()
    answer: Card | Form | str | None = None
    then: tuple[Any, ...] = field(default=())
    recounts: tuple[Recount, ...] = ()

    def saying(self, *notices: Notice) -> Decision:
        """The same decision, with more to say."""
        return replace(self, notices=(*self.notices, *notices))


def derive_id(*parts: str) -> str:
    """An id that follows from others: the same parts, the same id."""
    return sha256("\x1f".join(parts).encode()).hexdigest()[:20]


def in_words(names: Iterable[str]) -> str:
    """`Ana`, `Ana and Ben`, `Ana, Ben and Chidi`."""
    known = tuple(names)
    if len(known) < 2:
        return "".join(known)
    return f"{', '.join(known[:-1])} and {known[-1]}"
