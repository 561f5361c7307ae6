"""What follows where somebody asks something of the bot itself: what they are told, what is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from bot.core.cards import Card, PersonId
from bot.core.decision import Notice
from bot.core.learning_set.place import Room
from bot.core.person.commands import SetSignpost
from bot.core.person.signposts import Signpost


@dataclass(frozen=True, slots=True)
class Known:
    """What is known where somebody asks. The store reads only what the command needs.

    `wishes` says who has wanted the set burnt, and when last. `number` is the id of the set that an
    organiser's number stands for, None where it stands for none. `knew` are the rooms of the sets
    that the caller is or was in, `settings` what they have chosen for themselves, `figures` what an
    organiser asked to see, in counts.
    """

    room: Room = Room()
    operator: str = ""
    signposts: tuple[Signpost, ...] = ()
    wishes: tuple[tuple[PersonId, datetime], ...] = ()
    number: str | None = None
    knew: tuple[Room, ...] = ()
    settings: tuple[tuple[str, object], ...] = ()
    figures: tuple[tuple[str, str], ...] = ()


# --- what is to be done -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Erase:
    """Everything of this person's goes, in every set of the workspace or server."""

    person: PersonId


@dataclass(frozen=True, slots=True)
class WantBurnt:
    """This person wants the set deleted, from now on."""

    set_id: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class Burn:
    """Everything of the set goes, the bot's own messages too."""

    set_id: str


@dataclass(frozen=True, slots=True)
class Archive:
    """The set meets no more."""

    set_id: str


@dataclass(frozen=True, slots=True)
class KeepSignpost:
    """These words, this lead; the person who set them is shown what people read from now on."""

    wish: SetSignpost


ToDo: TypeAlias = Erase | WantBurnt | Burn | Archive | KeepSignpost


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file for the caller alone: its name, its kind, what is in it, and a sentence about it."""

    name: str
    media: str
    text: str
    words: str


class PersonDecision(NamedTuple):
    """What follows: what the caller is told and given, what is to be done, what goes into the audit log.

    `audit` is what was done, in a word or two, and of which set or country; empty where nothing is
    noted. `changed` says that something visible has changed.
    """

    told: tuple[Card | str, ...] = ()
    to_do: tuple[ToDo, ...] = ()
    notices: tuple[Notice, ...] = ()
    files: tuple[TextFile, ...] = ()
    audit: tuple[str, ...] = ()
    changed: bool = False

    @property
    def only_tells(self) -> bool:
        """Whether it changes nothing, so that a reader of the database can tell it."""
        return not (self.to_do or self.notices or self.files or self.audit)
