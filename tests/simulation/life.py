"""The lives of a bot: processes over one database, each killed and followed by the next."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from bot.app.bot import Bot
from bot.core.learning_set.place import Room
from bot.core.meeting.phases.choosing.ballot import Ballot
from bot.core.signals import Caller, Pressed, Reacted, Signal, Submitted
from bot.runtime.delivery.outbox import Outbox
from bot.runtime.ports.incoming import Answer, Incoming
from bot.runtime.store.upkeep import backup
from bot.runtime.vault import Vault
from tests.simulation.slack import Seat, Slack, nothing
from tests.simulation.store import database_at
from tests.simulation.world import Hand, Killed, Points, SimClock, World, living

PLACE = "#aurora"
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
"""A fixed key: what is sealed with it never appears in a trace."""

RESTART_TAKES = timedelta(seconds=2)
LONGEST_AWAY = 90.0
"""Seconds after which a process that was killed while others go on is back."""

MOST_TRIES = 8
MOST_BREAKS = 50
"""How often a process begins again because its line to the database broke."""

NOTHING_CHANGED = ("failed", "not_saved")
"""Refusals that say that nothing has changed: the person who reads them does it again."""


@dataclass(slots=True)
class Process:
    """One life of one process."""

    hand: Hand
    bot: Bot | None = None
    busy: bool = False
    working: asyncio.Task[Any] | None = None
    gone: bool = False
    back_at: float = 0.0

    @property
    def alive(self) -> bool:
        return self.bot is not None and not self.hand.dead


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One loop for all runs, which does not speak of tasks that died with their process."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda loop, context: None)
    return loop


@dataclass(frozen=True, slots=True)
class Gesture:
    """Something a person does at a moment that is not ours to choose."""

    kind: str
    who: str
    signal: Signal
    message: str = ""


class Lives:
    """Runs the processes, kills one where the hand says, and starts it again on the same file."""

    def __init__(
        self,
        path: Path,
        world: World,
        slack: Slack,
        random: Random,
        *,
        at: int | None = None,
        processes: int = 1,
        outbox: type[Outbox] = Outbox,
        seat: type[Seat] = Seat,
    ) -> None:
        self.path = path
        self.world = world
        self.slack = slack
        self.random = random
        self.points = Points(at)
        self.installation = "sim:a"
        self.acknowledged: list[tuple[str, Signal]] = []
        self.deaths = 0
        self.counted: Ballot | None = None
        self.left: dict[str, datetime] = {}
        self.wanted: Counter[str] = Counter()
        """Actions that somebody wanted to write down, by their words."""
        self.coming: list[Gesture] = []
        """What people do as soon as a request is in flight."""
        self.copy: Path | None = None
        self.copied_at: tuple[int, int] = (0, 0)
        self.restored = False
        self.may_copy = False
        self._unheard: list[tuple[Incoming, Signal]] = []
        self._outbox = outbox
        self._seat = seat
        self._name = "run" if slack.messages else "stage"
        """An id of a delivery of the stage would be a repeat in a run."""
        self._gestures = 0
        self._database = database_at(path)
        self._database.world = world
        self._database.share(processes > 1)
        if processes > 1:
            world.note("two processes" if processes == 2 else "three processes")
        self.processes = [Process(Hand(self.points, n)) for n in range(processes)]
        for process in self.processes:
            process.bot = self._make(process)
        slack.meanwhile = self._meanwhile

    @property
    def clock(self) -> SimClock:
        """The bot's clock."""
        return self.world.clock

    # --- living and dying ---

    def _make(self, process: Process) -> Bot:
        bot = Bot(self._database, [KEY], self.clock, {}, threaded=False)
        bot.platforms["sim"] = self._seat(self.slack, bot.signer)
        if self._outbox is not Outbox:
            bot.outbox = self._outbox(bot.store, bot.writer, self.clock, bot.outbound_of)
            bot.outbox.reached = bot.service.reached
        return bot

    async def _start(self, process: Process) -> None:
        """As `als run` begins."""
        bot = self._make(process)
        if backup.settle_copy(self._database, self.clock.now()):
            bot.erase_again()
        bot.store.restored_at = backup.restored_at(self._database)
        process.bot = bot
        await bot.service.reconcile()

    def _run(self, process: Process, act: Callable[[], Awaitable[Any]]) -> Any:
        return _loop().run_until_complete(_as(process, act))

    def _died(self, process: Process) -> None:
        """It is gone: alone it is started again at once, else a little later."""
        if process.gone:
            return
        process.gone = True
        self.deaths += 1
        process.back_at = self.clock.steady() + RESTART_TAKES.total_seconds()
        if process.hand.last == "committed":
            self.world.note("killed after the commit")
        if self._alive():
            self.world.note("killed while others go on")
            process.back_at += self.world.random.uniform(0, LONGEST_AWAY)

    def _alive(self) -> list[Process]:
        return [process for process in self.processes if process.alive]

    def _someone(self) -> Process:
        """A process that lives; where none does, the first one is started again."""
        self._wake()
        alive = self._alive()
        if not alive:
            for process in self.processes:
                self._died(process)
            self.world.pass_time(RESTART_TAKES)
            self._wake(everyone=True)
            alive = self._alive()
        return alive[0] if len(alive) == 1 else self.world.random.choice(alive)

    def _wake(self, *, everyone: bool = False) -> None:
        for number, old in enumerate(self.processes):
            if old.gone and (everyone or old.back_at <= self.clock.steady()):
                for _ in range(MOST_TRIES):
                    process = Process(Hand(self.points, old.hand.name))
                    self.processes[number] = process
                    try:
                        self._run(process, lambda p=process: self._tried(lambda: self._start(p)))  # type: ignore[misc]
                        break
                    except Killed:
                        self.deaths += 1

    async def _tried(self, act: Callable[[], Awaitable[None]]) -> None:
        """As the bot's own loop does: an error is logged, and a second later it goes on."""
        for _ in range(MOST_BREAKS):
            try:
                await act()
            except Exception:
                if not self.world.on("uncertain commit"):
                    raise
                self.world.pass_time(timedelta(seconds=1))
            else:
                return
        raise AssertionError("its line broke too often")

    def living(self, act: Callable[[Bot], Awaitable[Any]]) -> Any:
        """Do something in a process; if it is killed meanwhile, do it again in the next one."""
        for _ in range(MOST_TRIES):
            process = self._someone()
            try:
                return self._run(process, lambda p=process: act(p.bot))  # type: ignore[misc]
            except Killed:
                self._died(process)
        raise AssertionError("killed too often")

    def close(self) -> None:
        """The last process ends."""
        loop = _loop()
        left = asyncio.all_tasks(loop)
        for process in self.processes:
            process.hand.dead = True
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._database.engine.dispose()
        self._database.world = None
        self.slack.meanwhile = nothing

    # --- what happens while a request is in flight ---

    async def _meanwhile(self, method: str) -> None:
        world = self.world
        if not world.rate or living.get() is None:
            return
        if self.may_copy and self.copy is None and world.chance(0.2):
            self.make_copy()
        if world.on("in flight") and self.coming and world.chance(0.4):
            await self._comes_now(method)
        others = [p for p in self._alive() if not p.busy]
        if len(self.processes) > 1 and others and world.chance(0.3):
            await self._beside(world.random.choice(others))

    async def _beside(self, other: Process) -> None:
        """Another process works while this one waits."""
        other.working = asyncio.get_running_loop().create_task(
            _as(other, lambda: self._work(other))
        )
        try:
            await other.working
        except Killed:
            self._died(other)

    async def _comes_now(self, method: str) -> None:
        gesture = self.coming[0]
        late = gesture.kind == "reaction in flight" and self._vote_closed()
        self.coming.pop(0)
        if late and method != "reactions.get":
            return
        self.world.note(gesture.kind)
        if isinstance(gesture.signal, Reacted):
            self.slack.put_reaction(
                gesture.message, gesture.who, gesture.signal.emoji, on=gesture.signal.on
            )
        incoming = self._incoming(gesture.who, gesture.signal, gesture.message)
        process = self.world.random.choice(self._alive() or self.processes)
        if not process.alive:
            self._unheard.append((incoming, gesture.signal))
            return
        task = asyncio.get_running_loop().create_task(
            _as(process, lambda: process.bot.service.receive(incoming))
        )
        try:
            answer = await task
        except Killed:
            self._died(process)
            self._unheard.append((incoming, gesture.signal))
        else:
            self._answered(gesture.who, gesture.signal, answer, incoming)

    def _vote_closed(self) -> bool:
        return any(
            isinstance(s, Pressed) and s.action == "close_vote" for _, s in self.acknowledged
        )

    # --- people ---

    def _incoming(
        self, who: str, signal: Signal, message: str = "", installation: str = ""
    ) -> Incoming:
        self._gestures += 1
        return Incoming(
            f"{self._name}{self._gestures}" if not isinstance(signal, Reacted) else "",
            installation or self.installation,
            PLACE,
            Caller(who, who.capitalize(), "Europe/London"),
            signal,
            message,
        )

    def _answered(self, who: str, signal: Signal, answer: Answer, incoming: Incoming) -> None:
        if answer.refusal is None:
            self.acknowledged.append((who, signal))
        elif answer.refusal.code in NOTHING_CHANGED:
            # They do as they are told, and try again: a gesture of its own for the platform.
            again = self._incoming(who, signal, incoming.message, incoming.installation)
            self._unheard.append((again, signal))

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
        if twice:
            self.world.note("duplicated event")
        incoming = self._incoming(who, signal, message, installation)
        answer = self._deliver(incoming, signal, twice=twice)
        self._hear_the_rest()
        self.settle()
        return answer

    def _deliver(self, incoming: Incoming, signal: Signal, *, twice: bool = False) -> Answer:
        async def act(bot: Bot) -> Answer:
            answer = await bot.service.receive(incoming)
            if twice:
                again = await bot.service.receive(incoming)
                if not self.world.on("uncertain commit"):
                    assert isinstance(signal, Reacted) or again.told == answer.told
            return answer

        answer: Answer = self.living(act)
        self._answered(incoming.who.person, signal, answer, incoming)
        return answer

    def _hear_the_rest(self) -> None:
        """What died on its way is delivered again; what was not saved is tried again."""
        for _ in range(MOST_BREAKS):
            if not self._unheard:
                return
            incoming, signal = self._unheard.pop(0)
            self._deliver(incoming, signal)

    def press(self, who: str, action: str, value: str = "", **more: Any) -> Answer:
        """A press on the current card."""
        return self.bring(who, self.pressed(action, value), **more)

    def pressed(self, action: str, value: str = "") -> Pressed:
        """A button of the meeting as it stands."""
        session = self.room().live
        return Pressed(
            action, session.id if session else "", session.at if session else None, value
        )

    def submit(self, who: str, form: str, value: str = "", **words: str) -> Answer:
        """A form handed in."""
        session = self.room().live
        step = session.at if session else None
        subject = session.id if session else ""
        fields = tuple(words.items())
        return self.bring(who, Submitted(form, fields, subject, step, value))

    def wants(self, who: str, what: str) -> Gesture:
        """An action somebody is about to write down; once, whatever happens."""
        self.wanted[what] += 1
        fields = (("what", what), ("visibility", "set"))
        return Gesture("form in flight", who, Submitted("action", fields, value="own"))

    def react(self, who: str, emoji: str, *, told: bool = True, on: bool = True) -> None:
        """A reaction on the ballot; `told` is whether its event ever reaches the bot."""
        ref = self.ballot()
        if ref is None:
            return
        self.slack.put_reaction(ref, who, emoji, on=on)
        if not told:
            self.world.note("missing event")
        else:
            signal = Reacted("", emoji, on)
            self.bring(who, signal, ref, twice=self.random.random() < 0.3)

    def change_mind(self, who: str, emoji: str) -> None:
        """On and off again, of which the bot hears in the wrong order."""
        ref = self.ballot()
        if ref is None:
            return
        for on in (True, False):
            self.slack.put_reaction(ref, who, emoji, on=on)
        self.world.note("reordered events")
        for on in (False, True):
            self.bring(who, Reacted("", emoji, on), ref)

    def leave(self, who: str) -> None:
        """Somebody leaves the set, and is owed nothing from then on."""
        if self.bring(who, Pressed("leave_set", value="set")).refusal is None:
            self.left[who] = self.clock.now()

    def do_the_rest(self) -> None:
        """What nobody did while a request was in flight is done now."""
        gestures, self.coming = self.coming, []
        for gesture in gestures:
            if not isinstance(gesture.signal, Reacted):
                self.bring(gesture.who, gesture.signal)

    def ballot(self) -> str | None:
        """The reference of the message people can vote on."""
        standing = (m for m in self.slack.messages.values() if "1️⃣" in m.card.reactions)
        return next((m.ref for m in standing), None)

    def see_the_count(self) -> None:
        """Keep the ballot as it stands after the vote, unless who voted is forgotten by now."""
        session = self.room().session
        memory = session.memories[session.steps("choose")[0]] if session else None
        if isinstance(memory, Ballot) and memory.result and memory != memory.only_result():
            self.counted = memory

    def unsettled(self) -> int:
        """How many messages have not come to an end yet."""
        with sqlite3.connect(self.path) as connection:
            waiting = "SELECT count(*) FROM outbox WHERE state IN ('due', 'sending', 'unsure')"
            return int(connection.execute(waiting).fetchone()[0])

    def room(self) -> Room:
        """What is stored, as nobody's doing."""
        bot = self._someone().bot
        assert bot is not None
        with bot.store.reading() as unit:
            return unit.room_of_place(self.installation, PLACE)

    # --- time ---

    async def _work(self, process: Process) -> None:
        """That process rings and sends what is due."""
        if process.busy or process.bot is None:
            return
        process.busy = True
        try:
            await self._tried(process.bot.settle)
        finally:
            process.busy = False

    def settle(self) -> None:
        """Every process does what is due."""
        self._someone()
        order = self._alive()
        if len(order) > 1:
            self.world.random.shuffle(order)
        for process in order:
            try:
                if process.working is not None and not process.working.done():
                    with suppress(Killed):
                        self._run(process, lambda p=process: p.working)  # type: ignore[misc]
                self._run(process, lambda p=process: self._work(p))  # type: ignore[misc]
            except Killed:
                self._died(process)
        if not self._alive():
            # A living one does what was left.
            self._someone()
            self.settle()

    def wait(self, length: timedelta) -> None:
        """Time passes, from due moment to due moment."""
        until = self.clock.now() + length
        for _ in range(2000):
            due = self.living(_next_due)
            if due is None or due > until:
                break
            step = max(due - self.clock.now(), timedelta(milliseconds=500))
            self.world.pass_time(step)
            if self.may_copy and self.copy is None and self.world.chance(0.2):
                self.make_copy()
            self.settle()
            self._hear_the_rest()
        self.world.pass_time(max(until - self.clock.now(), timedelta(0)))
        self.settle()
        self._hear_the_rest()

    def sleep(self, length: timedelta) -> None:
        """The bot is down for so long; people and the platform go on."""
        since = self.clock.now()
        self.world.note("down for long")
        self._stop_all()
        self.world.pass_time(length)
        self.world.cannot_send("", since, self.clock.now())
        self._wake(everyone=True)
        self.settle()

    def _stop_all(self) -> None:
        for process in self.processes:
            process.hand.dead = True
            self._died(process)
        self._database.engine.dispose()

    # --- copies ---

    def make_copy(self) -> None:
        """A copy as `als db backup` makes it, whatever is in flight."""
        token = living.set(None)
        try:
            folder = self.path.parent / "copies"
            vault = Vault([KEY], lambda: "0" * 32)
            self.copy, _ = backup.make(self._database, vault, self.clock.now(), folder)
        finally:
            living.reset(token)
        self.copied_at = (len(self.acknowledged), len(self.slack.landed))
        self.world.note("copy made")

    def put_back(self) -> None:
        """The copy takes the place of the database, as `als db restore` does it."""
        if self.copy is None:
            return
        self.may_copy = False
        self._stop_all()
        backup.restore(self.copy, self.path, Vault([KEY], lambda: "0" * 32), self.clock.now())
        self.world.note("copy put back")
        acknowledged, landed = self.copied_at
        if len(self.slack.landed) > landed:
            self.world.note("sent since the copy")
        del self.acknowledged[acknowledged:]
        self.restored = True
        self.world.pass_time(RESTART_TAKES)
        self._wake(everyone=True)
        self.settle()


async def _as(process: Process, act: Callable[[], Awaitable[Any]]) -> Any:
    """In the life of that process."""
    living.set(process.hand)
    if process.hand.dead:
        raise Killed
    return await act()


async def _next_due(bot: Bot) -> datetime | None:
    return bot.next_due()
