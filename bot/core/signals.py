"""What a person or the clock did, in no platform's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Caller:
    """Who did it: their id in the installation, how they are called, their zone where known.

    `admin` is what the platform itself vouches for: they manage the workspace or server.
    """

    person: str
    name: str = ""
    zone: str = ""
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button. `step` is the step of its card; `fresh` seeds the id of what it creates."""

    action: str
    subject: str = ""
    step: int | None = None
    value: str = ""
    fresh: str = ""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A form, with its fields as typed. `step` is the step it was opened in.

    `guessed` are the fields whose dates the shell has read from somebody's own words.
    """

    form: str
    fields: tuple[tuple[str, str], ...]
    subject: str = ""
    step: int | None = None
    value: str = ""
    fresh: str = ""
    guessed: frozenset[str] = frozenset()

    def get(self, key: str) -> str:
        """The answer to one question, empty where it was left out."""
        return dict(self.fields).get(key, "")


@dataclass(frozen=True, slots=True)
class Reacted:
    """A reaction put on (`on`) or taken off the message that stands in `slot`."""

    slot: str
    emoji: str
    on: bool = True


@dataclass(frozen=True, slots=True)
class Typed:
    """A slash command: the verb as `verbs.py` spells it ("set new"), and its options."""

    verb: str
    args: tuple[tuple[str, str], ...] = ()
    fresh: str = ""

    def get(self, key: str) -> str:
        """One option, empty where it was left out."""
        return dict(self.args).get(key, "")


@dataclass(frozen=True, slots=True)
class Rang:
    """A deadline the core asked for has come. Says what it was for, so a stale one can be told."""

    what: str
    subject: str = ""
    step: int | None = None
    due_at: datetime | None = None
    fresh: str = ""


@dataclass(frozen=True, slots=True)
class WasAway:
    """Nobody could be heard between `since` (zone-aware UTC) and now: the bot was not there."""

    since: datetime


@dataclass(frozen=True, slots=True)
class Recounted:
    """The platform's own word on who reacted with what to `slot`.

    `votes` are (person, emoji) pairs; `complete` is false where the platform listed fewer than it
    counts.
    """

    slot: str
    votes: frozenset[tuple[str, str]]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Reached:
    """Whether a direct message got through to `person`: the answer to the welcome test."""

    person: str
    ok: bool


class Change(StrEnum):
    """What may happen to a place, a person or an installation, outside the bot."""

    ARCHIVED = "archived"
    OPENED = "opened"
    RENAMED = "renamed"
    MOVED = "moved"
    GONE = "gone"
    SHARED = "shared"
    UNSHARED = "unshared"
    BOT_JOINED = "bot_joined"
    BOT_LEFT = "bot_left"
    LEFT = "left"
    DEACTIVATED = "deactivated"
    UNINSTALLED = "uninstalled"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class PlaceChanged:
    """Something happened to the place. It may come twice and in any order; `place` is a new id."""

    change: Change
    place: str = ""


@dataclass(frozen=True, slots=True)
class PersonGone:
    """Somebody left the place, or the whole workspace."""

    person: str
    change: Change


@dataclass(frozen=True, slots=True)
class ReadersSeen:
    """Who else can read the place: (id, name) of everyone but the bot and the set's members."""

    others: tuple[tuple[str, str], ...]


Signal: TypeAlias = (
    Pressed
    | Submitted
    | Reacted
    | Typed
    | Rang
    | WasAway
    | Recounted
    | Reached
    | PlaceChanged
    | PersonGone
    | ReadersSeen
)
