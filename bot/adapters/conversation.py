"""What is the same in every talk with a person, whichever platform it is on."""

from __future__ import annotations

import asyncio
from typing import Final

from bot.runtime.ports import Answer

GUARD: Final = 2.0
"""Seconds until a person is told that it takes long: the platforms wait three."""


async def in_time(task: asyncio.Task[Answer]) -> Answer | None:
    """The answer where it comes within `GUARD` seconds; else None, and the task goes on.

    Raises whatever the task raised.
    """
    done, _ = await asyncio.wait({task}, timeout=GUARD)
    return task.result() if done else None
