"""Something to send, a platform with moods, and the row that is left behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.decision import Matter, Notice, Where
from bot.runtime.clock import MovableClock
from bot.runtime.ports.outgoing import LookedUp, Outgoing, Unknown
from bot.runtime.store.tables.messages import outbox
from tests.runtime.conftest import INSTALLATION
from tests.runtime.people import the_set

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = 24 * HOUR


class Moody(MemoryPlatform):
    """Answers as it is told to, then well; knows what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.moods: list[Exception | None] = []
        self.asked: list[Outgoing] = []
        self.seen: LookedUp | Exception = Unknown()
        self.looked: list[tuple[Outgoing, datetime]] = []

    def _ask(self, out: Outgoing) -> None:
        self.asked.append(out)
        mood = self.moods.pop(0) if self.moods else None
        if mood is not None:
            raise mood

    async def post(self, out: Outgoing) -> str:
        self._ask(out)
        return await super().post(out)

    async def edit(self, out: Outgoing) -> None:
        self._ask(out)
        await super().edit(out)

    async def delete(self, out: Outgoing) -> None:
        self._ask(out)
        await super().delete(out)

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        self.looked.append((out, since))
        if isinstance(self.seen, Exception):
            raise self.seen
        return self.seen


class Naps:
    """Waiting that moves the clock on instead."""

    def __init__(self, clock: MovableClock) -> None:
        self.taken: list[float] = []
        self._clock = clock

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self._clock.move_by(timedelta(seconds=seconds))


def say(bot: Bot, slot: str = "said", who: str = "", **more: Any) -> str:
    """Something to be said in the set's place or to a person; the whole slot's name."""
    set_id, matter = the_set(bot).id, more.pop("matter", Matter.BOARD)
    session = more.pop("session", "")
    where = Where.DIRECT if who else Where.PLACE
    slot = f"{set_id}:{slot}"
    notice = Notice(matter, slot, more.pop("card", "set"), set_id, where, who or None, **more)

    def run(unit: Any) -> None:
        intents = unit.changes.intents()
        intents.say(INSTALLATION, set_id, session, notice)
        intents.write()

    bot.writer.do(run).result()
    return slot


def take_away(bot: Bot, slot: str) -> None:
    def run(unit: Any) -> None:
        intents = unit.changes.intents()
        intents.take_away(INSTALLATION, the_set(bot).id, "", slot)
        intents.write()

    bot.writer.do(run).result()


def row(bot: Bot, slot: str, op: str = "post") -> Any:
    """The row as it stands."""
    query = select(outbox).where(outbox.c.slot == slot, outbox.c.op == op)
    with bot.store.database.read() as connection:
        return connection.execute(query).mappings().one()


def words(bot: Bot) -> list[str]:
    """What the rows of the word about undelivered messages are for, by destination."""
    query = select(outbox.c.destination).where(outbox.c.card == "undelivered")
    with bot.store.database.read() as connection:
        return list(connection.execute(query).scalars())
