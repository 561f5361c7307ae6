"""The kinds of commands: to a meeting, to a set, and those that hand something in."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.cards import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Somebody (or the clock, as `session.CLOCK`) wants something."""

    who: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class InSession(Command):
    """A command to the running meeting. `step` is the step the person saw; None where none was."""

    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution(InSession):
    """Words or a choice that only those who may speak in the phase can hand in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSet(Command):
    """A command to the set, between or beside its meetings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForPerson(Command):
    """A command about a person or a whole workspace: the shell does it, since it has the rows."""
