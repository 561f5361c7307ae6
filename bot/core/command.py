"""The kinds of commands: to a meeting, to a set, and those that hand something in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.core.cards import PersonId
from bot.core.permissions import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Somebody (or the clock, as `session.CLOCK`) wants something.

    Each kind says once who may: `class Next(InSession, needs=Right.ADVANCE)`. One that says nothing
    is for those who take part in the meeting.
    """

    needs: ClassVar[Right] = Right.TAKE_PART
    who: PersonId

    def __init_subclass__(cls, needs: Right | None = None) -> None:
        """Notes the permission; without one that of its parent holds."""
        if needs is not None:
            cls.needs = needs

    @property
    def permission(self) -> Right:
        """The row of the table of permissions that this command stands in."""
        return self.needs


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
