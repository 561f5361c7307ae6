"""Three hours, three presenters."""

from __future__ import annotations

from bot.core.meeting.formats.usual import usual

WIDE = usual(
    "180-wide",
    "180 minutes, 3 presenters",
    opening=(8, 14, 10, 4),
    round=(5, 6, 18, 5, 4),
    closing=(12, 3),
    rounds=3,
    breaks=(8, 7),
)
