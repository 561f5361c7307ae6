"""What the shell and the adapters promise each other: incoming signals, answers, outgoing messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeAlias, runtime_checkable

from bot.core.cards import Button, Card, Choice, Entry, Form
from bot.core.decision import Refusal
from bot.core.signals import Caller, Change, Pressed, Signal


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing somebody did, as an adapter received it.

    `delivery` is the platform's id of this delivery, empty where it has none:
    a repeat of one that was seen changes nothing and gets the same answer. `installation` comes from
    the authenticated envelope, never from text, buttons or forms. `place` is the channel (or thread
    that is a set's place). `message` is the reference of the message a reaction stands on, in the
    form `Outbound.post` returned it. `direct` says that it came by direct message.
    """

    delivery: str
    installation: str
    place: str
    who: Caller
    signal: Signal
    message: str = ""
    direct: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """Which telling of the platform's this is, of something that happened outside the bot.

    `delivery` is its id, empty where it has none: one that was seen changes nothing. `at` is when it
    happened by the platform's own clock, None where it does not say: then it is now.
    """

    delivery: str = ""
    at: datetime | None = None


NO_NEWS = News()
"""Found out by ourselves, just now."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a platform says when it is asked whether we are still there; None where it does not say.

    `token` is what was asked with, as the store gave it; empty where it is none of the store's.
    """

    stands: bool | None
    token: str = ""


Told: TypeAlias = Card | Form | str


@dataclass(frozen=True, slots=True)
class File:
    """A file for the caller alone, with one sentence that says what it is.

    It comes with the answer where the platform can do that, else by direct message; `direct` asks
    for the direct message wherever they pressed. Files are never promised and never repeated.
    """

    name: str
    media: str
    text: str
    words: str
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller alone is told, in order, once everything is stored.

    `refusal` is set where nothing has changed, or where its sentence says that it is still being
    saved or that nobody can be sure; `reference` is the short code to quote to an operator
    where something went wrong on our side. `changed` says that something visible in the place
    changes, so that no further word is needed. `files` come after what is told. `thread` is the
    message whose thread a running meeting speaks in, once something stands there: what is told of a
    command or a form belongs there too, where the platform can do that.
    """

    told: tuple[Told, ...] = ()
    refusal: Refusal | None = None
    changed: bool = False
    reference: str = ""
    files: tuple[File, ...] = ()
    thread: str = ""


class Receiver(Protocol):
    """What adapters bring their signals to (the service)."""

    async def receive(self, incoming: Incoming) -> Answer:
        """Take one signal; answers after the commit, never raises for what a person did."""
        ...

    async def form(self, incoming: Incoming) -> Form | Refusal | None:
        """The form that a press or command opens, from one read-only query; None where none."""
        ...


class Guide(Receiver, Protocol):
    """A receiver that also says what could be done: for platforms on which one is helped to type."""

    async def homes(self, platform: str, person: str) -> tuple[str, ...]:
        """The installations of a platform in which this person is in a set: for direct messages."""
        ...

    async def suggest(self, incoming: Incoming, option: str) -> tuple[Choice, ...]:
        """What an option of a half-typed command could be, from one read-only query."""
        ...


class Signer(Protocol):
    """Button ids that survive restarts and cannot be forged."""

    def seal(self, installation: str, card: Card, button: Button) -> str:
        """The id of a button on a card: at most 100 ASCII characters."""
        ...

    def open(self, installation: str, sealed: str) -> Pressed | None:
        """The press an id stands for; None where it was not made by us for this installation."""
        ...


class Op(StrEnum):
    """What is done to the platform."""

    POST = "post"
    EDIT = "edit"
    DELETE = "delete"
    REACT = "react"
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message goes. `place` is a channel; `parent` the message whose thread it belongs to;
    `person` the reader of a direct message (then `place` is empty). `calendar` says that it is no
    message but an entry in the platform's own calendar.
    """

    place: str = ""
    parent: str = ""
    person: str = ""
    calendar: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send, edit or delete. `key` is 128 random bits in hex that travel with a post.

    `ref` is the message an edit or delete is about, as `post` returned it. `names` are the people a
    card may mention, by id. `again` says that an earlier copy may have got lost, `plain` that the
    platform refused the card's form, so that a short plain version is wanted. `leave_by` is the
    instant of the event loop's clock after which it must not leave any more (`check_lease`). An
    `entry` is for the platform's own calendar.
    """

    op: Op
    installation: str
    destination: Destination
    key: str
    card: Card | None = None
    ref: str = ""
    reactions: tuple[str, ...] = ()
    again: bool = False
    plain: bool = False
    late_since: datetime | None = None
    silent: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    leave_by: float | None = None
    entry: Entry | None = None

    def check_lease(self) -> None:
        """To be called right before the request leaves: whoever slept too long must not send."""
        if self.leave_by is not None and asyncio.get_running_loop().time() > self.leave_by:
            raise NotSent("lease_over")


class Trouble(StrEnum):
    """Why the platform certainly did not do it, and what follows (the table of `docs/delivery.md`)."""

    WAIT = "wait"
    FORM = "fix the form"
    DESTINATION = "destination"
    PERSON = "person"
    INSTALLATION = "installation"
    GONE = "gone"


class Refused(Exception):
    """The platform said no for certain: nothing was sent. `code` is its own word for why.

    `change` is what must have happened to the destination, where the code tells: once the core
    hears that it is over, what waits goes on.
    """

    def __init__(
        self,
        trouble: Trouble,
        code: str,
        retry_after: float | None = None,
        *,
        change: Change | None = None,
    ) -> None:
        """`retry_after` is seconds, where the platform says."""
        super().__init__(code)
        self.trouble = trouble
        self.code = code
        self.retry_after = retry_after
        self.change = change


class NotSent(Exception):
    """The request certainly never left this machine: it may be sent again at once."""


@dataclass(frozen=True, slots=True)
class Found:
    """A look-up found the message: this is its reference."""

    ref: str


@dataclass(frozen=True, slots=True)
class Absent:
    """A look-up did not find the message. `sure` is False where a history may still show it later."""

    sure: bool = True


@dataclass(frozen=True, slots=True)
class Unknown:
    """A look-up could not be made or cannot be trusted."""


LookedUp: TypeAlias = Found | Absent | Unknown


@dataclass(frozen=True, slots=True)
class Reactions:
    """Who reacted with what: (person, emoji) pairs, and whether the platform listed them all."""

    votes: frozenset[tuple[str, str]]
    complete: bool = True


class Outbound(Protocol):
    """What every platform can do for the outbox. Any other exception than those below is `unsure`."""

    async def post(self, out: Outgoing) -> str:
        """Send once, without retries; the message's reference. Raises `Refused` or `NotSent`."""
        ...

    async def edit(self, out: Outgoing) -> None:
        """Change a known message. Doing it twice does no harm. Raises `Refused` or `NotSent`."""
        ...

    async def delete(self, out: Outgoing) -> None:
        """Delete a known message; one that is gone already is fine. Raises as `edit`."""
        ...

    async def react(self, out: Outgoing) -> None:
        """Put the bot's own reactions on a known message; those there already are fine."""
        ...

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        """Whether a post whose fate is unsure got through, by its key.

        `since` is the earliest it can have been made, by the platform's own clock. `Absent` means
        that everything from then until now was seen.
        """
        ...

    async def reactions(self, installation: str, ref: str) -> Reactions:
        """Who reacted to a message, as the platform knows it now. Raises where it cannot be asked."""
        ...


@runtime_checkable
class KnowsReaders(Protocol):
    """A platform that can name who reads along in a place."""

    async def readers(
        self, installation: str, place: str, known: Collection[str]
    ) -> tuple[tuple[str, str], ...]:
        """(id, name) of every person who can read there, those known and bots left out.

        Raises where it cannot be asked.
        """
        ...


@runtime_checkable
class SeesReaders(Protocol):
    """A platform that can say whether a place is read by certain people alone."""

    async def read_only_by(self, installation: str, place: str, members: Collection[str]) -> bool:
        """Whether certainly nobody but these people can read there now; False where it is not known.

        Bots count as nobody, and so do those whom a platform lets read everywhere and does not name
        (administrators). Raises where it cannot be asked.
        """
        ...


@runtime_checkable
class KeepsCalendar(Protocol):
    """A platform with a calendar of its own: post, edit, delete and look up take entries too."""

    async def cannot_list(self, installation: str, where: str, members: Collection[str]) -> str:
        """Why meetings held there cannot be listed, in one sentence; nothing where they can be.

        `where` is what the set has written; those in `members` alone may learn of its meetings.
        """
        ...


class CannotConnect(Exception):
    """The platform will not have us, and trying again does not help; one sentence says what would."""


class CannotReach(Exception):
    """The platform is not there just now; a few plain words say what failed, without a full stop."""

    def __init__(self, words: str, retry_after: float = 0.0) -> None:
        """`retry_after` is seconds, where the platform says."""
        super().__init__(words)
        self.retry_after = retry_after


class Platform(Protocol):
    """A chat platform this process is connected to: what the app starts and stops."""

    @property
    def name(self) -> str:
        """Its short name, with which its installations begin: `slack` of `slack:T1`."""
        ...

    @property
    def outbound(self) -> Outbound:
        """Its half that sends."""
        ...

    tell: Callable[[str, bool], None]
    """Set before `start`: takes a sentence for the operator on what happens to the connection, and
    whether it is well again.
    """

    async def start(self) -> str:
        """Connect. Gives one line for the operator: how, and as whom.

        Raises `CannotReach` where trying again may help, `CannotConnect` where it does not. After
        `hang_up` it may be called again.
        """
        ...

    async def ended(self) -> None:
        """Wait until the connection is over for a reason it cannot mend by itself; raises as `start`."""
        ...

    async def hang_up(self) -> None:
        """Disconnect; signals under way are answered first."""
        ...

    async def stop(self) -> None:
        """Disconnect for good, and give back everything."""
        ...


@runtime_checkable
class Served(Protocol):
    """A platform that comes to us by HTTP."""

    def routes(self) -> Iterable[Any]:
        """What the one HTTP server of the process has to serve for it, perhaps nothing."""
        ...


class Stage(Protocol):
    """What the playground may ask of the bot it shows: the clock, and a look behind the scenes."""

    def now(self) -> datetime:
        """What the bot's clock says, zone-aware UTC."""
        ...

    def next_due(self) -> datetime | None:
        """When something is due next."""
        ...

    async def move_to(self, at: datetime) -> None:
        """Move the clock on, from due row to due row, skipping none."""
        ...

    async def settle(self) -> None:
        """Send everything that is due now."""
        ...

    async def reset(self) -> None:
        """Forget everything and begin again; the messages on the page are cleared by the page."""
        ...

    def look(self, installation: str, place: str) -> Look:
        """What is going on in that place."""
        ...


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline to come, as the inspector shows it."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the outbox, as the inspector shows it: never its words."""

    kind: str
    op: str
    state: str
    to: str
    due_at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What goes on in a place: the set, its meeting and its steps, deadlines, the outbox."""

    set_name: str = ""
    zone: str = "UTC"
    phase: str = ""
    step: int = 0
    steps: tuple[str, ...] = ()
    ends_at: datetime | None = None
    next_meeting: datetime | None = None
    presenter: str = ""
    owing: tuple[str, ...] = ()
    due: tuple[Due, ...] = ()
    outbox: tuple[Row, ...] = ()
