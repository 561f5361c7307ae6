"""Sixty minutes, one presenter: short turns, best for five or six people."""

from __future__ import annotations

from bot.core.meeting.formats.usual import usual

SIXTY = usual(
    "60",
    "60 minutes, 1 presenter",
    opening=(5, 5, 4, 2),
    round=(5, 6, 18, 5, 5),
    closing=(4, 1),
)
