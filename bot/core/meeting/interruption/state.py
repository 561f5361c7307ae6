"""An interruption as a value: since when nobody could be heard, and what became of the meeting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Interruption:
    """A meeting that was interrupted for too long to go on by itself. Times are zone-aware UTC.

    `since` is when the bot was last there for it, `noticed_at` when it was there again, `closes_at`
    when the meeting closes unless somebody answers, `went_on_at` when somebody made it go on.
    """

    since: datetime
    noticed_at: datetime
    closes_at: datetime
    went_on_at: datetime | None = None
