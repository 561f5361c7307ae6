"""G16: votes through two processes over one PostgreSQL, against one process on the same cores."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import postgres
from bench.measure import Figure, figure, quick, quiet
from bench.meetings import INSTALLATION, Votes, at_the_vote
from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.signals import Caller, Reacted
from bot.runtime.clock import MovableClock, SystemClock
from bot.runtime.ports.incoming import Incoming
from bot.runtime.store.database import Database
from bot.runtime.vault import new_master_key

CALLERS = 64
SETS = 20


def vote(url: str, key: str, work: str) -> None:
    """In a process of its own: cast the votes of a file when told to; say how long it took."""
    votes: list[list[object]] = json.loads(Path(work).read_text())
    bot = Bot(Database(url), [key], SystemClock(), {})

    async def cast() -> None:
        waiting = list(reversed(votes))

        async def caller() -> None:
            while waiting:
                place, who, emoji, on, ref = waiting.pop()
                signal = Reacted("", str(emoji), bool(on))
                incoming = Incoming(
                    "", INSTALLATION, str(place), Caller(str(who), str(who)), signal, str(ref)
                )
                answer = (await asyncio.wrap_future(bot.service.take(incoming))).answer
                if answer.refusal is not None:
                    raise AssertionError(answer.refusal)

        await asyncio.gather(*(caller() for _ in range(CALLERS)))

    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    asyncio.run(cast())
    print(time.perf_counter() - began, flush=True)
    bot.close()


def _rate(url: str, key: str, votes: Votes, count: int, processes: int) -> float:
    """Votes a second by so many processes, each with its share of the people of every set."""
    share: list[list[list[object]]] = [[] for _ in range(processes)]
    for n in range(count):
        one = votes.next(n)
        assert isinstance(one.signal, Reacted)
        number = int(one.who.person.removeprefix("p")) % processes
        share[number].append(
            [one.place, one.who.person, one.signal.emoji, one.signal.on, one.message]
        )
    with tempfile.TemporaryDirectory() as name:
        running = []
        for number, work in enumerate(share):
            path = Path(name) / f"{number}.json"
            path.write_text(json.dumps(work))
            words = [sys.executable, "-m", "bench.two_processes", "--vote", url, key, str(path)]
            running.append(
                subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
        for process in running:
            assert process.stdout is not None
            process.stdout.readline()
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        took = max(float(process.communicate()[0]) for process in running)
    votes.check()
    return count / took


async def _prepared(database: Database, key: str) -> Votes:
    clock = MovableClock(SystemClock().now())
    bot = Bot(database, [key], clock, {"bench": MemoryPlatform()})
    return await at_the_vote(bot, SETS)


def main() -> list[Figure]:
    """The rate's ratio; the figure is void unless every vote is stored once."""
    count = SETS * 7 * (4 if quick() else 16)
    with postgres.server() as address:
        database, key = postgres.new_database(address), new_master_key()
        votes = asyncio.run(_prepared(database, key))
        url = database.url.render_as_string(hide_password=False)
        pairs = [
            (_rate(url, key, votes, count, 2), _rate(url, key, votes, count, 1))
            for _ in range(3 if quick() else 5)
        ]
        votes.bot.close()
    return [
        figure(
            "G16",
            "votes by two processes over one PostgreSQL, against one",
            [a / b for a, b in pairs],
            1,
            0.8,
            votes_per_second=round(max(a for a, _ in pairs)),
            lost_or_doubled=0,
        )
    ]


if __name__ == "__main__":
    quiet()
    if "--vote" in sys.argv:
        vote(*sys.argv[-3:])
    else:
        for one in main():
            one.print()
