"""What is the same in every talk with a person, whichever platform it is on."""

from __future__ import annotations

import asyncio

from bot.runtime.ports.incoming import GUARD, Answer


async def in_time(task: asyncio.Task[Answer]) -> Answer | None:
    """The answer where it comes within `GUARD` seconds; else None, and the task goes on.

    Raises whatever the task raised.
    """
    done, _ = await asyncio.wait({task}, timeout=GUARD)
    return task.result() if done else None
