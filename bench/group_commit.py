"""G4: votes by 128 callers at once, against the same path with one commit for each."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from sqlalchemy import event

from bench.measure import Figure, figure, quick, quiet
from bench.meetings import Votes, at_the_vote, bot_in
from bot.runtime import writer

CALLERS = 128
SETS = 20
SLOW_DISK = 0.005


async def _rate(votes: Votes, count: int, *, together: bool) -> float:
    """Votes a second, each acknowledged after its commit."""
    writer.MOST_AT_ONCE = 256 if together else 1
    waiting = [votes.next(n) for n in range(count)]
    waiting.reverse()

    async def caller() -> None:
        while waiting:
            # Without the guard that answers "still saving" where a slow disk keeps people waiting.
            answer = (await asyncio.wrap_future(votes.bot.service.take(waiting.pop()))).answer
            if answer.refusal is not None:
                raise AssertionError(answer.refusal)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return count / (time.perf_counter() - began)


async def _measure(
    folder: Path, slow: float, rounds: int, many: int, few: int
) -> dict[str, list[float]]:
    bot = bot_in(folder)
    votes = await at_the_vote(bot, SETS)
    if slow:
        event.listen(bot.store.database.engine, "commit", lambda c: time.sleep(slow))
    seen: dict[str, list[float]] = {"together": [], "alone": []}
    for _ in range(rounds):
        seen["together"].append(await _rate(votes, many, together=True))
        seen["alone"].append(await _rate(votes, few, together=False))
    votes.check()
    await bot.stop()
    return seen


def _figure(id: str, what: str, slow: float, goal: float, floor: float) -> Figure:
    rounds = 3 if quick() else 5
    many, few = (2240, 280) if slow else (2240, 560)
    with tempfile.TemporaryDirectory() as folder:
        seen = asyncio.run(_measure(Path(folder), slow, rounds, many, few))
    ratios = [ours / theirs for ours, theirs in zip(*seen.values(), strict=True)]
    return figure(
        id,
        what,
        ratios,
        goal,
        floor,
        votes_per_second=round(max(seen["together"])),
        one_by_one=round(max(seen["alone"])),
    )


def main() -> list[Figure]:
    """Both figures."""
    return [
        _figure("G4", "group commit, SQLite FULL", 0, 8, 2),
        _figure("G4s", "group commit, 5 ms more for each commit", SLOW_DISK, 40, 15),
    ]


if __name__ == "__main__":
    quiet()
    for one in main():
        one.print()
