"""Two hours, two presenters, a short break."""

from __future__ import annotations

from bot.core.meeting.formats.usual import usual

HUNDRED_TWENTY = usual(
    "120",
    "120 minutes, 2 presenters",
    opening=(8, 10, 8, 4),
    round=(5, 6, 18, 5, 4),
    closing=(7, 2),
    rounds=2,
    breaks=(5,),
)
