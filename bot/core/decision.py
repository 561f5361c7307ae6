"""What follows from a command: a new state, things to say, or one kind refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from bot.core.cards import Card, Form, PersonId
from bot.core.command import Command

S = TypeVar("S")
"""The state a decision is about: a meeting or a set."""

C = TypeVar("C", bound=Command)
R = TypeVar("R")


class Where(StrEnum):
    """Where a notice goes."""

    PLACE = "place"
    THREAD = "thread"
    DIRECT = "direct"


class Matter(StrEnum):
    """What kind of message a notice is: decides its promise and when it expires."""

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
    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to say: which card, about what, to whom, in which slot.

    The card is drawn when it is sent, from what is true then. A second notice for a slot that was
    posted is an edit of it. `until` is when it expires (zone-aware UTC), `after` is when
    it may be said where it can wait, such as for the end of somebody's quiet hours.
    """

    matter: Matter
    slot: str
    card: str
    subject: str = ""
    where: Where = Where.THREAD
    to: PersonId | None = None
    until: datetime | None = None
    after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A post that should be in the channel now, and what it looks like."""

    notice: Notice
    card: Card


@dataclass(frozen=True, slots=True)
class Refusal:
    """One kind sentence to one person: what is possible instead. Nothing has changed.

    `field` names the form field it is about, if one. An empty sentence is said to nobody.
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


class Decision(NamedTuple, Generic[S]):
    """What follows from a command: the new state, and what to say.

    `answer` is for the caller alone. `then` are commands to the other kind of state, decided in the
    same transaction: if one is refused, nothing of the whole has happened. `rests` is why nothing
    is posted in the set's place from now on, `wakes` which such reasons are over. `who_reads` asks
    the platform who can read the place; it answers with `signals.ReadersSeen`, or not at all.
    `calendar` asks it whether it can list the set's meetings; what is in the way is told the caller.
    """

    state: S
    notices: tuple[Notice, ...] = ()
    answer: Card | Form | str | None = None
    then: tuple[Command, ...] = ()
    recounts: tuple[Recount, ...] = ()
    rests: str = ""
    wakes: tuple[str, ...] = ()
    who_reads: bool = False
    calendar: bool = False

    def saying(self, *notices: Notice) -> Decision[S]:
        """The same decision, with more to say."""
        return self._replace(notices=(*self.notices, *notices))


Deciders: TypeAlias = Mapping[
    type[Command], Callable[[S, Command, datetime], Decision[S] | Refusal]
]
"""Who decides each kind of command to a state: a table whose rows are made by `on`."""


def on(
    kind: type[C], what_follows: Callable[[S, C, datetime], R]
) -> Mapping[type[Command], Callable[[S, Command, datetime], R]]:
    """One row of such a table: a kind of command, and who says what follows from it."""

    def of_this_kind(state: S, command: Command, now: datetime) -> R:
        assert isinstance(command, kind)
        return what_follows(state, command, now)

    return {kind: of_this_kind}
