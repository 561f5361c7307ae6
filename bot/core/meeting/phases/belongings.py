"""What a phase holds of whom: taken along, taken home, cleared from the place, and forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from types import NoneType
from typing import Any, ClassVar, TypeAlias, TypeVar, get_args, get_type_hints

from bot.core.cards import Block, PersonId, Quote, Text, Tone
from bot.core.meeting.session import Memory, Session

Said: TypeAlias = tuple[str, str]
"""What it was, and the words: `("question", "What would be enough?")`."""

Issue: TypeAlias = tuple[PersonId, str, str, int]
"""An issue that was offered: its owner, its title, why now, and how urgent."""

T = TypeVar("T")

ANSWERS = {
    "words_of": "what a person takes along in their export",
    "keepsake": "what somebody takes home when the meeting is over",
    "forget": "its memory without some people",
}
"""What a phase has to say whose memory has room for people or their words."""

CLEAR = {"clear": "what still stands once people have cleared their words"}
"""What it has to say as well, where it posts words or leaves them on its card."""

NOBODYS = (bool, int, float, datetime, timedelta, Enum, NoneType, type(Ellipsis))
"""Kinds of values that can be neither a person nor their words."""


class Belongings:
    """The half of a phase that says what is whose. Nobody else looks into its memory for it.

    A memory without a person or a word needs no answer. Any other has to answer for itself: a
    phase that does not cannot be defined.
    """

    memory: ClassVar[type]

    def __init_subclass__(cls) -> None:
        """Raises TypeError, saying what to write, where a phase does not say what is whose."""
        super().__init_subclass__()
        if not hasattr(cls, "memory") or not holds_people(cls.memory):
            return
        shows = _says(cls, "posts") or _says(cls, "over")
        wanted = ANSWERS | CLEAR if shows else ANSWERS
        missing = [f"{name} ({what})" for name, what in wanted.items() if not _says(cls, name)]
        if missing:
            raise TypeError(
                f"{cls.__name__} remembers people or their words in {cls.memory.__name__}, so it "
                f"has to say what is whose. Please write {', '.join(missing)}. "
                "“Add a phase in ten minutes” in CONTRIBUTING.md shows how."
            )

    def words_of(self, session: Session, at: int, who: PersonId) -> Iterable[Said]:
        """What this person said and did in step `at`, as they take it along; no one else's."""
        return ()

    def keepsake(self, session: Session, at: int, who: PersonId) -> Iterable[Block]:
        """What this person takes home from step `at` when the meeting is over."""
        return ()

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Memory:
        """The step's memory as if these people had never been there: no id, no word, no vote.

        Where somebody's place has to be kept, it holds `FORMER`.
        """
        return session.memories[at]

    def clear(self, session: Session, at: int, people: frozenset[PersonId]) -> Memory:
        """The step's memory as the place shows it once these people have cleared their words.

        They are still there, and so is what they did.
        """
        return session.memories[at]

    def closed(self, session: Session, at: int) -> Memory:
        """What the step still remembers when the meeting is over."""
        return session.memories[at]

    def issues_left(self, session: Session, at: int) -> tuple[Issue, ...]:
        """The issues offered here that nobody has presented: they stay with their owners."""
        return ()

    def pulses(self, session: Session, at: int) -> tuple[int, ...]:
        """How people here found working together, from 1 to 5, without their names."""
        return ()


def _says(phase: type, name: str) -> bool:
    """Whether a phase, or another one that it builds on, has an answer of its own."""
    return any(name in vars(kind) for kind in phase.__mro__ if hasattr(kind, "memory"))


def holds_people(kind: Any) -> bool:
    """Whether values of that kind have room for a person or a word, at any depth."""
    if is_dataclass(kind):
        return any(map(holds_people, _field_kinds(kind)))
    inner = get_args(kind)
    if inner:
        return any(map(holds_people, inner))
    plain = kind if isinstance(kind, type) else type(kind)
    return not issubclass(plain, NOBODYS)


def _field_kinds(kind: Any) -> Iterator[Any]:
    hints = get_type_hints(kind)
    return (hints[field.name] for field in fields(kind))


def of(said: Iterable[tuple[PersonId, T]], who: PersonId) -> tuple[T, ...]:
    """What this person said, of pairs of a person and what they said."""
    return tuple(words for person, words in said if person == who)


def without(
    said: Iterable[tuple[PersonId, T]], people: frozenset[PersonId]
) -> tuple[tuple[PersonId, T], ...]:
    """The pairs of a person and what they said that are none of these people's."""
    return tuple(pair for pair in said if pair[0] not in people)


def under(title: str, quotes: Iterable[Quote]) -> tuple[Block, ...]:
    """Quotes under a title; nothing where there are none."""
    found = tuple(quote for quote in quotes if quote.words)
    return (Text(title, Tone.STRONG), *found) if found else ()
