"""What the outbox asks of a platform: messages out, and for certain what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

from bot.core.cards import Card, Entry
from bot.core.signals import Change


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
        """Called right before the request leaves: a process that slept too long must not send."""
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
