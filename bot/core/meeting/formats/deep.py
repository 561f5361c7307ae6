"""Three hours, two presenters with much room each."""

from __future__ import annotations

from bot.core.meeting.formats.usual import usual

DEEP = usual(
    "180-deep",
    "180 minutes, 2 presenters",
    opening=(10, 16, 10, 4),
    round=(8, 8, 25, 8, 6),
    closing=(12, 3),
    rounds=2,
    breaks=(15,),
)
