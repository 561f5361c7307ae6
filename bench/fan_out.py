"""G15: 35,000 messages due at once against platforms that count, on a clock that only jumps."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter, deque
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench.measure import Figure, figure, quick, quiet
from bench.pending import NOW, new_database
from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.app.serve import PACES
from bot.core.cards import Card
from bot.runtime.delivery import compose
from bot.runtime.delivery import outbox as delivery
from bot.runtime.ports.outgoing import Outgoing, Refused, Trouble
from bot.runtime.store.outbox.take import Claimed
from bot.runtime.store.store import Store
from bot.runtime.store.tables.messages import outbox
from bot.runtime.vault import new_master_key

DISCORD_A_SECOND = 50
SLACK_EVERY = 1.0
EACH_CHANNEL = 50
"""Messages for each Slack channel: their number alone says how long it must take."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits: where nothing is ready, its time jumps to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual = 0.0

    def time(self) -> float:
        """Seconds since it began."""
        return self._virtual

    def _run_once(self) -> None:
        inner: Any = self
        if not inner._ready and inner._scheduled:
            self._virtual = max(self._virtual, inner._scheduled[0]._when) + 1e-6
        inner = super()
        inner._run_once()


class VirtualClock:
    """The wall clock of that loop."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._drawn = 0

    def now(self) -> datetime:
        """Where it stands."""
        return NOW + timedelta(seconds=self._loop.time())

    def steady(self) -> float:
        """The loop's own seconds."""
        return self._loop.time()

    def chance(self) -> str:
        """Different each time, and that is all it must be here."""
        self._drawn += 1
        return f"{self._drawn:032x}"


class Counting(MemoryPlatform):
    """A platform that refuses whatever comes faster than it allows."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop
        self.refused = 0
        self.keys: Counter[str] = Counter()
        self.last = 0.0

    async def post(self, out: Outgoing) -> str:
        """A reference, or 429."""
        now = self._loop.time()
        if not self.allows(out, now):
            self.refused += 1
            raise Refused(Trouble.WAIT, "429", 1.0)
        self.keys[out.key] += 1
        self.last = now
        self.count += 1
        return f"m{self.count}"

    def allows(self, out: Outgoing, now: float) -> bool:
        """Whether the platform takes one more message now."""
        raise NotImplementedError


class DiscordLike(Counting):
    """Fifty requests in any second, over everything."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__(loop)
        self._times: deque[float] = deque()

    def allows(self, out: Outgoing, now: float) -> bool:
        """At most fifty in the second before now."""
        while self._times and self._times[0] <= now - 1.0:
            self._times.popleft()
        if len(self._times) >= DISCORD_A_SECOND:
            return False
        self._times.append(now)
        return True


class SlackLike(Counting):
    """One message a second in each channel."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__(loop)
        self._last: dict[str, float] = {}

    def allows(self, out: Outgoing, now: float) -> bool:
        """Not within a second of the last one there."""
        where = out.destination.place or out.destination.person
        if now - self._last.get(where, -SLACK_EVERY) < SLACK_EVERY - 1e-3:
            return False
        self._last[where] = now
        return True


def _drawn(store: Store, row: Claimed) -> Any:
    return compose.Ready(row, Card("A message"), row.destination, {})


def row(n: int, installation: str, place: str, person: str) -> dict[str, Any]:
    """One message due now, to a place or to a person."""
    return {
        "installation_id": installation, "set_id": str(n), "session_id": "",
        "destination": f"person:{person}" if person else place, "person": person,
        "kind": "reminder" if person else "prompt", "op": "post", "slot": f"slot:{n}",
        "card": "prompt", "subject_id": "", "parent_slot": "", "dedupe_key": f"post:slot:{n}",
        "key": f"{n:032x}", "due_at": NOW, "not_before": NOW, "state": "due", "made_at": NOW,
    }  # fmt: skip


def _fan_out(
    folder: Path, kind: type[Counting], installation: str, rows: list[dict[str, Any]]
) -> tuple[float, int]:
    """Virtual seconds until everything was sent once, and how often the platform said 429."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    database = new_database(folder)
    platform, clock = kind(loop), VirtualClock(loop)
    name = installation.partition(":")[0]
    bot = Bot(database, [new_master_key()], clock, {name: platform}, paces=PACES, threaded=False)
    bot.writer.do(lambda unit: unit.installations.know(installation)).result()
    setattr(delivery, "draw", _drawn)  # noqa: B010
    with database.write() as connection:
        for start in range(0, len(rows), 5000):
            connection.execute(insert(outbox), rows[start : start + 5000])

    async def send() -> None:
        while (due := bot.next_due()) is not None:
            await asyncio.sleep(max((due - clock.now()).total_seconds(), 0.0))
            await bot.settle()

    loop.run_until_complete(send())
    bot.close()
    loop.close()
    if set(platform.keys.values()) != {1} or len(platform.keys) != len(rows):
        raise AssertionError(f"{len(platform.keys)} of {len(rows)} were sent: void")
    return platform.last, platform.refused


def main() -> list[Figure]:
    """Both platforms: time against the least there can be, and how often we were told 429."""
    many = 3_500 if quick() else 35_000
    people = [row(n, "discord:1", "", f"p{n}") for n in range(many)]
    channels = many // 7 // EACH_CHANNEL
    posts = [row(n, "slack:T1", f"set:{n % channels}", "") for n in range(channels * EACH_CHANNEL)]
    with tempfile.TemporaryDirectory() as name:
        discord = _fan_out(Path(name) / "d", DiscordLike, "discord:1", people)
        slack = _fan_out(Path(name) / "s", SlackLike, "slack:T1", posts)
    least = (many - 1) / DISCORD_A_SECOND, (EACH_CHANNEL - 1) * SLACK_EVERY
    told = {"discord_429": discord[1], "slack_429": slack[1]}
    return [
        figure("G15", f"{many:,} due at once in Discord: time against the least",
               [discord[0] / least[0]], 1.05, 1.3, most=True, seconds=round(discord[0], 1), **told),
        figure("G15s", f"{len(posts):,} due at once in {channels} Slack channels: the same",
               [slack[0] / least[1]], 1.05, 1.3, most=True, seconds=round(slack[0], 1), **told),
        figure("G15r", "answers of 429 meanwhile", [float(discord[1] + slack[1])], 0, 0, most=True),
    ]  # fmt: skip


if __name__ == "__main__":
    quiet()
    for one in main():
        one.print()
