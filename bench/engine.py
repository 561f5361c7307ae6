"""G13: deciding a vote (7 members, 6 bids), against one `replace` of a frozen dataclass."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from bench.measure import Figure, figure, quick, quiet
from bench.meetings import BIDS, NOW, at_the_vote, bot_in, session
from bot.core import engine
from bot.core.decision import Decision
from bot.core.meeting.commands import CastVote
from bot.core.meeting.session import Session


@dataclass(frozen=True)
class Plain:
    """The peer: as many fields as a ballot's line."""

    voter: str
    bid: int
    on: bool
    at: int


def _meeting() -> Session:
    async def make(folder: Path) -> Session:
        bot = bot_in(folder)
        await at_the_vote(bot, 1)
        found = session(bot, "#0")
        await bot.stop()
        return found

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(make(Path(folder)))


def _decide(meeting: Session, count: int) -> float:
    votes = [
        CastVote(who=f"p{n % 7}", step=meeting.at, bid=(n % 7 + 1) % BIDS + 1) for n in range(7)
    ]
    votes = [v for v in votes if not _own(v)]
    began = time.perf_counter()
    for n in range(count):
        decided = engine.decide(meeting, votes[n % len(votes)], NOW)
        assert isinstance(decided, Decision)
    return count / (time.perf_counter() - began)


def _own(vote: CastVote) -> bool:
    return vote.who == f"p{vote.bid - 1}"


def _replace(count: int) -> float:
    plain = Plain("p1", 2, True, 0)
    began = time.perf_counter()
    for n in range(count):
        plain = replace(plain, at=n)
    return count / (time.perf_counter() - began)


def main() -> list[Figure]:
    """The figure."""
    meeting = _meeting()
    rounds = 3 if quick() else 7
    pairs = [(_decide(meeting, 5_000), _replace(50_000)) for _ in range(rounds)]
    ratios = [ours / theirs for ours, theirs in pairs]
    best = max(ours for ours, _ in pairs)
    return [figure("G13", "decide a vote", ratios, 1, 0.2, decisions_per_second=round(best))]


if __name__ == "__main__":
    quiet()
    for one in main():
        one.print()
