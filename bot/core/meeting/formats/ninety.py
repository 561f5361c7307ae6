"""Ninety minutes, one presenter: the usual format."""

from __future__ import annotations

from bot.core.meeting.formats.usual import usual

NINETY = usual(
    "90",
    "90 minutes, 1 presenter",
    opening=(7, 9, 8, 3),
    round=(8, 10, 25, 7, 6),
    closing=(5, 2),
)
