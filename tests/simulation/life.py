"""The lives of one bot: processes on one database file, each killed and followed by the next."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from sqlalchemy import event

from bot.app import Bot
from bot.core.phases.ballot import Ballot
from bot.core.room import Room
from bot.core.signals import Caller, Pressed, Reacted, Signal, Submitted
from bot.runtime.outbox import Outbox
from bot.runtime.ports import Answer, Incoming
from bot.runtime.store import Database
from tests.simulation.world import FaultyPlatform, Hand, Killed, SimClock

T = TypeVar("T")

PLACE = "#aurora"
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
"""A fixed key: what is sealed with it never appears in a trace."""

RESTART_TAKES = timedelta(seconds=2)
MOST_TRIES = 8


_touched: dict[Path, Hand] = {}


@cache
def _database(path: Path) -> Database:
    """A database whose every call is a point. What it keeps between lives is compiled SQL only."""
    database = Database(f"sqlite:///{path}")
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda *call: _touched[path].touch(f"sql {call[2][:12]}"),
    )
    event.listen(database.engine, "commit", lambda *call: _touched[path].touch("commit"))
    return database


class Lives:
    """Runs a bot, kills it where the hand says, and starts it again on the same file."""

    def __init__(
        self,
        path: Path,
        clock: SimClock,
        platform: FaultyPlatform,
        random: Random,
        outbox: type[Outbox] = Outbox,
        installation: str = "sim:a",
    ) -> None:
        self.path = path
        self.clock = clock
        self.platform = platform
        self.hand: Hand = platform.hand
        self.random = random
        self.installation = installation
        self.acknowledged: list[tuple[str, Signal]] = []
        self.deaths = 0
        self.counted: Ballot | None = None
        self.left: dict[str, datetime] = {}
        self._outbox = outbox
        self._gestures = 0
        self._loop = _quiet_loop()
        self.bot = self._start()

    # --- living and dying ---

    def _start(self) -> Bot:
        database = _database(self.path)
        _touched[self.path] = self.hand
        bot = Bot(database, [KEY], self.clock, {"sim": self.platform}, threaded=False)
        if self._outbox is not Outbox:
            bot.outbox = self._outbox(bot.store, bot.writer, self.clock, bot.outbound_of)
            bot.outbox.reached = bot.service.reached
        return bot

    def restart(self) -> None:
        """The process is gone and a new one starts a little later on the same file."""
        self.deaths += 1
        self._loop.close()
        self.bot.store.database.engine.dispose()
        self._loop = _quiet_loop()
        self.platform.pass_time(RESTART_TAKES)
        self.hand.revive()
        self.bot = self._start()
        self.living(self._come_back)

    async def _come_back(self) -> None:
        await self.bot.service.reconcile()

    def living(self, act: Any) -> Any:
        """Do something in the process; if it is killed meanwhile, start again and do it again."""
        for _ in range(MOST_TRIES):
            try:
                return self._loop.run_until_complete(act())
            except Killed:
                self.restart()
        raise AssertionError("killed too often")

    def close(self) -> None:
        """The last process ends."""
        self._loop.close()
        self.bot.store.database.engine.dispose()

    # --- people ---

    def bring(
        self,
        who: str,
        signal: Signal,
        message: str = "",
        *,
        twice: bool = False,
        installation: str = "",
    ) -> Answer:
        """One gesture. Without an answer the platform delivers it again, with the same id."""
        self._gestures += 1
        if twice:
            self.platform.note("duplicated event")
        incoming = Incoming(
            f"g{self._gestures}" if not isinstance(signal, Reacted) else "",
            installation or self.installation,
            PLACE,
            Caller(who, who.capitalize(), "Europe/London"),
            signal,
            message,
        )

        async def act() -> Answer:
            answer = await self.bot.service.receive(incoming)
            if twice:
                again = await self.bot.service.receive(incoming)
                assert isinstance(signal, Reacted) or again.told == answer.told
            return answer

        answer: Answer = self.living(act)
        if answer.refusal is None:
            self.acknowledged.append((who, signal))
        self.settle()
        return answer

    def press(self, who: str, action: str, value: str = "", **more: Any) -> Answer:
        """A press on the current card."""
        session = self.room().live
        step = session.at if session else None
        subject = session.id if session else ""
        return self.bring(who, Pressed(action, subject, step, value), **more)

    def submit(self, who: str, form: str, value: str = "", **words: str) -> Answer:
        """A form handed in."""
        session = self.room().live
        step = session.at if session else None
        subject = session.id if session else ""
        fields = tuple(words.items())
        return self.bring(who, Submitted(form, fields, subject, step, value))

    def react(self, who: str, emoji: str, *, told: bool = True, on: bool = True) -> None:
        """A reaction on the ballot; `told` is whether its event ever reaches the bot."""
        ref = self.ballot()
        if ref is None:
            return
        self.platform.put_reaction(ref, who, emoji, on=on)
        if not told:
            self.platform.note("missing event")
        else:
            signal = Reacted("", emoji, on)
            self.bring(who, signal, ref, twice=self.random.random() < 0.3)

    def change_mind(self, who: str, emoji: str) -> None:
        """On and off again, of which the bot hears in the wrong order."""
        ref = self.ballot()
        if ref is None:
            return
        for on in (True, False):
            self.platform.put_reaction(ref, who, emoji, on=on)
        self.platform.note("reordered events")
        for on in (False, True):
            self.bring(who, Reacted("", emoji, on), ref)

    def leave(self, who: str) -> None:
        """Somebody leaves the set, and is owed nothing from then on."""
        if self.bring(who, Pressed("leave_set", value="set")).refusal is None:
            self.left[who] = self.clock.now()

    def ballot(self) -> str | None:
        """The reference of the message people can vote on."""
        standing = (m for m in self.platform.messages.values() if "1️⃣" in m.card.reactions)
        return next((m.ref for m in standing), None)

    def see_the_count(self) -> None:
        """Keep the ballot as it stands after the vote, unless who voted is forgotten by now."""
        session = self.room().session
        memory = session.memories[session.steps("choose")[0]] if session else None
        if isinstance(memory, Ballot) and memory.result and memory != memory.only_result():
            self.counted = memory

    def unsettled(self) -> int:
        """How many messages have not come to an end yet, read past the hand."""
        with sqlite3.connect(self.path) as connection:
            waiting = "SELECT count(*) FROM outbox WHERE state IN ('due', 'sending', 'unsure')"
            return int(connection.execute(waiting).fetchone()[0])

    def room(self) -> Room:
        """What is stored, read without touching the hand."""
        dead, at = self.hand.dead, self.hand.at
        points, self.hand.at = self.hand.points, None
        trace = len(self.hand.trace)
        try:
            with self.bot.store.reading() as unit:
                return unit.room_of_place(self.installation, PLACE)
        finally:
            self.hand.dead, self.hand.at, self.hand.points = dead, at, points
            del self.hand.trace[trace:]

    # --- time ---

    def settle(self) -> None:
        """Ring and send what is due."""
        self.living(self.bot_settle)

    async def bot_settle(self) -> None:
        """The current process does what is due."""
        await self.bot.settle()

    def wait(self, length: timedelta) -> None:
        """Time passes, from due moment to due moment."""
        until = self.clock.now() + length
        for _ in range(2000):
            due = self.living(self._next_due)
            if due is None or due > until:
                break
            step = max(due - self.clock.now(), timedelta(milliseconds=500))
            self.platform.pass_time(step)
            self.settle()
        self.platform.pass_time(max(until - self.clock.now(), timedelta(0)))
        self.settle()

    async def _next_due(self) -> Any:
        return self.bot.next_due()

    def sleep(self, length: timedelta) -> None:
        """The bot is down for so long; people and the platform go on."""
        self.platform.pass_time(length)
        self.restart()
        self.settle()


def _quiet_loop() -> asyncio.AbstractEventLoop:
    """A loop that does not speak of tasks that died with their process."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda loop, context: None)
    return loop
