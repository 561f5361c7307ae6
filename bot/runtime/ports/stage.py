"""What the playground may ask of the bot it shows: its clock, and a look behind the scenes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


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
