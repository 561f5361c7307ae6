"""The kinds of commands: to a meeting, to a set, and those that hand something in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.core.cards import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Somebody (or the clock, as `session.CLOCK`) wants something."""

    who: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class InSession(Command):
    """A command to the running meeting. `step` is the step the person saw; None where none was."""

    ends_nothing: ClassVar[bool] = False
    """Whether it can bring no phase to its end, so that nobody has to look."""

    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution(InSession):
    """Words or a choice that only those who may speak in the phase can hand in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSet(Command):
    """A command to the set, between or beside its meetings."""
