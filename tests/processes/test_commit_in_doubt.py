"""A COMMIT whose answer is lost: everybody is told what is true, and nothing happens twice."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.dialects import sqlite

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.decision import Matter, Notice, Where
from bot.core.signals import Pressed, Typed
from bot.runtime.clock import MovableClock
from bot.runtime.installs import Installs
from bot.runtime.ports.incoming import Answer
from bot.runtime.ports.outgoing import Outgoing
from bot.runtime.store.database import Database
from bot.runtime.store.tables.installed import meta
from bot.runtime.store.unit_of_work import Unit, take_turns
from bot.runtime.store.upkeep.migrating import upgrade
from bot.runtime.writer import Job
from tests.processes.wire import Cut, Wire
from tests.runtime.conftest import INSTALLATION, KEY, new_database
from tests.runtime.people import (
    action,
    begin,
    found,
    founding,
    gesture,
    running,
    the_set,
)

MONDAY = datetime(2027, 3, 1, 18, tzinfo=UTC)
PEOPLE = ("Ana", "Ben", "Chidi", "Dana")
PATIENCE = 60.0
MIA = action("I will call Mia.")


class Slow(MemoryPlatform):
    """A platform that says when it posts."""

    when_posted: Callable[[], object] = staticmethod(lambda: None)

    async def post(self, out: Outgoing) -> str:
        """As ever, and then the word."""
        ref = await super().post(out)
        self.when_posted()
        return ref


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(MONDAY, seed=1)


@pytest.fixture
def platform() -> Slow:
    return Slow()


@pytest.fixture
def url(server: str) -> str:
    url = new_database(server)
    database = Database(url)
    upgrade(database, MONDAY)
    database.close()
    return url


@pytest.fixture
def wire(url: str) -> Iterator[Wire]:
    wire = Wire(url)
    yield wire
    wire.close()


@pytest.fixture
def bot(wire: Wire, clock: MovableClock, platform: Slow) -> Iterator[Bot]:
    """A bot at the end of the wire, with a writer thread of its own, as in production."""
    bot = Bot(Database(wire.url), [KEY], clock, {"demo": platform}, grace=0)
    yield bot
    wire.come_back()
    wire.arrive()
    bot.close()


@pytest.fixture
def beside(url: str, clock: MovableClock) -> Iterator[Bot]:
    """Another process over the same database, on a wire of its own that nobody cuts."""
    bot = Bot(Database(url), [KEY], clock, {}, grace=0)
    yield bot
    bot.close()


async def tell(bot: Bot, who: str, signal: Any, **more: str) -> Answer:
    return await bot.service.receive(gesture(who, signal, **more))


async def until(true: Callable[[], bool]) -> None:
    """Wait for it, however busy the machine is."""
    for _ in range(int(PATIENCE / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came true")


def actions(bot: Bot) -> Counter[str]:
    return Counter(a.what for a in the_set(bot).actions)


# --- a form, a click ---


async def test_a_form_whose_commit_was_answered_into_the_void_is_told_as_saved(
    bot: Bot, wire: Wire, beside: Bot
) -> None:
    """Given a lost answer to COMMIT, when it is asked after, then the person hears that it is saved."""
    await found(bot.service, *PEOPLE)
    usual = await tell(bot, "Ben", action("I will write."))

    wire.cut(Cut.ANSWER)
    answer = await tell(bot, "Ana", MIA)

    assert wire.cuts == 1
    assert answer.refusal is None
    assert type(answer.told) is type(usual.told)
    assert actions(beside) == {"I will write.": 1, "I will call Mia.": 1}


async def test_a_commit_that_never_arrived_is_made_again_once(
    bot: Bot, wire: Wire, beside: Bot
) -> None:
    """Given a COMMIT cut before the server, when it is asked after, then it is simply done anew."""
    await found(bot.service, *PEOPLE)

    wire.cut(Cut.BEFORE)
    answer = await tell(bot, "Ana", MIA)

    assert wire.cuts == 1
    assert answer.refusal is None
    assert actions(beside) == {"I will call Mia.": 1}


async def test_a_commit_that_never_arrives_changes_nothing_and_says_so(
    bot: Bot, wire: Wire, beside: Bot
) -> None:
    """Given COMMITs cut again and again, then "nothing has changed" is what the person hears."""
    await found(bot.service, *PEOPLE)

    wire.cut(*[Cut.BEFORE] * 10)
    answer = await tell(bot, "Ana", MIA)
    cuts = wire.cuts
    wire.leave_alone()

    assert cuts > 1
    assert answer.refusal is not None
    assert answer.refusal.code == "failed"
    assert "Nothing has changed" in answer.refusal.sentence
    assert actions(beside) == {}


async def test_a_commit_still_under_way_is_waited_for(bot: Bot, wire: Wire, beside: Bot) -> None:
    """Given a COMMIT that is late on the wire, when it is asked after, then the answer waits for it."""
    await found(bot.service, *PEOPLE)
    wire.when_cut = lambda: threading.Timer(0.3, wire.arrive).start()

    wire.cut(Cut.STILL)
    answer = await tell(bot, "Ana", MIA)

    assert answer.refusal is None
    assert actions(beside) == {"I will call Mia.": 1}


@pytest.mark.parametrize("cut", [Cut.ANSWER, Cut.BEFORE])
async def test_where_it_cannot_be_known_that_is_said_and_a_second_try_counts_once(
    bot: Bot, wire: Wire, beside: Bot, cut: Cut
) -> None:
    """Given a server that is gone after COMMIT, when it is back, then the same form counts once."""
    await found(bot.service, *PEOPLE)
    wire.when_cut = wire.go_away

    wire.cut(cut)
    unsure = await tell(bot, "Ana", MIA)
    wire.when_cut = lambda: None
    wire.come_back()
    again = await tell(bot, "Ana", MIA)
    once = actions(beside)
    wanted_twice = await tell(bot, "Ana", MIA)

    assert unsure.refusal is not None
    assert unsure.refusal.code == "unsure"
    assert unsure.refusal.sentence == ("I couldn't make sure. Please check before you try again.")
    assert again.refusal is None
    assert once == {"I will call Mia.": 1}
    assert wanted_twice.refusal is None
    assert actions(beside) == {"I will call Mia.": 2}, "who was told and does it again means it"


async def test_what_was_never_found_out_is_told_and_a_second_try_counts_once(
    bot: Bot, wire: Wire, beside: Bot
) -> None:
    """Given a server that is away for longer than we ask, then that is said, and once is once."""
    await found(bot.service, *PEOPLE)
    bot.store.asks_after = (0.0, 0.05)
    wire.when_cut = wire.go_away

    wire.cut(Cut.ANSWER)
    unsure = [await tell(bot, "Ana", MIA) for _ in range(2)]
    wire.come_back()
    again = [await tell(bot, "Ana", MIA, delivery=d) for d in ("second", "second")]

    assert [a.refusal and a.refusal.code for a in unsure] == ["unsure"] * 2, "the first is open"
    assert [a.refusal for a in again] == [None, None]
    assert again[0] == again[1], "a platform that delivers the second try twice gets one answer"
    assert actions(beside) == {"I will call Mia.": 1}


async def test_another_gesture_or_another_person_is_no_second_try(
    bot: Bot, wire: Wire, beside: Bot
) -> None:
    """Given a doubtful form, when others do the same or the same person does otherwise, all counts."""
    await found(bot.service, *PEOPLE)
    bot.store.asks_after = (0.0,)
    wire.when_cut = wire.go_away
    wire.cut(Cut.ANSWER)
    await tell(bot, "Ana", MIA)
    wire.come_back()

    await tell(bot, "Ben", MIA)
    await tell(bot, "Ana", action("I will write."))

    assert actions(beside) == {"I will call Mia.": 2, "I will write.": 1}


async def test_after_a_quarter_of_an_hour_the_same_form_is_a_new_one(
    bot: Bot, wire: Wire, beside: Bot, clock: MovableClock
) -> None:
    """Given a doubtful form, when it comes again much later, then it is meant anew."""
    await found(bot.service, *PEOPLE)
    bot.store.asks_after = (0.0,)
    wire.when_cut = wire.go_away
    wire.cut(Cut.ANSWER)
    await tell(bot, "Ana", MIA)
    wire.come_back()

    clock.move_by(timedelta(minutes=15, seconds=1))
    await tell(bot, "Ana", MIA)

    assert actions(beside) == {"I will call Mia.": 2}


async def test_a_click_whose_commit_was_not_answered_counts_once(
    bot: Bot, wire: Wire, beside: Bot, clock: MovableClock
) -> None:
    """Given a press that adds time, when its answer is lost and it is pressed again, it adds once."""
    await begin(bot, *PEOPLE, facilitation="led")
    before = running(beside).clock.ends_at
    extend = Pressed("extend", running(bot).id, running(bot).at)
    assert (await tell(bot, "Ana", extend)).refusal is None
    once = running(beside).clock.ends_at
    assert before is not None
    assert once is not None
    bot.store.asks_after = (0.0,)
    wire.when_cut = wire.go_away

    clock.move_by(timedelta(minutes=1))
    wire.cut(Cut.ANSWER)
    unsure = await tell(bot, "Ana", extend)
    wire.come_back()
    clock.move_by(timedelta(minutes=1))
    again = await tell(bot, "Ana", extend)

    assert unsure.refusal is not None
    assert unsure.refusal.code == "unsure"
    assert again.refusal is None
    assert running(beside).clock.ends_at == once + (once - before)


async def test_everybody_in_a_batch_is_told_what_is_true_of_their_own(
    bot: Bot, wire: Wire, beside: Bot
) -> None:
    """Given many in one transaction, when its answer is lost, then each hears their own outcome."""
    await found(bot.service, *PEOPLE)
    ran: list[str] = []
    held, go = threading.Event(), threading.Event()
    gate = bot.writer.do(lambda unit: _hold(held, go))
    assert await asyncio.to_thread(held.wait, PATIENCE)
    saved = [bot.service.take(gesture(who, action(f"{who} will."))) for who in PEOPLE]
    refused = bot.service.take(gesture("Ana", Typed("nonsense")))
    bare = bot.writer.submit(Job(lambda unit: ran.append("once")))

    def cut_the_next(*_: object) -> None:
        wire.cut(Cut.ANSWER)

    gate.add_done_callback(cut_the_next)
    go.set()
    answers = [await asyncio.wrap_future(f) for f in saved]
    await asyncio.wrap_future(bare)

    assert wire.cuts == 1
    assert [a.answer.refusal for a in answers] == [None] * 4
    assert (await asyncio.wrap_future(refused)).answer.refusal is not None
    assert actions(beside) == {f"{who} will.": 1 for who in PEOPLE}
    assert ran == ["once"], "what is no delivery is not done again either"


async def test_a_first_contact_whose_commit_fails_leaves_no_key_that_nobody_stored(
    bot: Bot, wire: Wire, url: str, clock: MovableClock
) -> None:
    """Given a new workspace, when its first commit is lost, then a later process reads its words."""
    wire.cut(Cut.BEFORE)
    await found(bot.service, *PEOPLE)
    await tell(bot, "Ana", MIA)

    after = Bot(Database(url), [KEY], clock, {}, grace=0)
    assert actions(after) == {"I will call Mia.": 1}
    after.close()


async def test_a_thread_that_cannot_be_looked_up_does_not_unsay_what_was_saved(
    bot: Bot, wire: Wire, beside: Bot
) -> None:
    """Given a server that goes away just after a commit, then the person hears that it is saved."""
    await begin(bot, *PEOPLE)
    bot.writer.after_commit(wire.go_away)

    answer = await tell(bot, "Ana", MIA)

    assert answer.refusal is None
    assert actions(beside) == {"I will call Mia.": 1}


# --- the clock, the outbox, the rest ---


@pytest.mark.parametrize("patience", [(0.0, 0.1), ()])
async def test_a_timer_whose_commit_was_not_answered_rings_once(
    bot: Bot, wire: Wire, beside: Bot, clock: MovableClock, platform: Slow, patience: Any
) -> None:
    """Given a deadline that rang into the void, when it is due again, then it has rung once."""
    await begin(bot, *PEOPLE)
    await bot.settle()
    silent = running(beside)
    due = silent.clock.ends_at
    assert due is not None
    bot.store.asks_after = patience
    clock.move_to(due)
    (timer, *_) = bot.store.due_timers(clock.now())

    wire.cut(Cut.ANSWER)
    await bot.service.rang(timer)
    bot.store.asks_after = (0.0, 0.1)
    rung = running(beside)
    await bot.service.rang(timer)

    assert wire.cuts == 1
    assert rung != silent, "it rang"
    assert running(beside) == rung, "once"


@pytest.mark.parametrize("cut", [Cut.ANSWER, Cut.BEFORE])
@pytest.mark.parametrize("patience", [(0.0, 0.1), ()])
async def test_an_outbox_claim_in_doubt_loses_nothing_and_sends_nothing_twice(
    bot: Bot, wire: Wire, platform: Slow, clock: MovableClock, url: str, cut: Cut, patience: Any
) -> None:
    """Given a claim whose commit was not answered, then each message arrives once, and at once."""
    await found(bot.service, *PEOPLE)
    bot.store.asks_after = patience

    wire.cut(cut)
    await bot.outbox.step()
    bot.store.asks_after = (0.0, 0.1)
    await bot.settle()

    assert wire.cuts == 1
    keys = Counter(m.key for _, m in platform.log)
    assert len(keys) > 1
    assert set(keys.values()) == {1}
    assert _states(url).keys() <= {"sent", "expired"}, "nothing waits for a look-up"


@pytest.mark.parametrize("cut", [Cut.ANSWER, Cut.BEFORE])
@pytest.mark.parametrize("patience", [(0.0, 0.1), ()])
async def test_an_outbox_settle_in_doubt_is_settled_again(
    bot: Bot, wire: Wire, platform: Slow, url: str, cut: Cut, patience: Any
) -> None:
    """Given a message that stands, when settling it is in doubt, then it is settled and sent once."""
    await found(bot.service, *PEOPLE)
    bot.store.asks_after = patience
    bot.outbox.sleep = _no_wait

    def cut_the_settling() -> None:
        if not wire.cuts:
            wire.cut(cut)
            platform.when_posted = lambda: None

    platform.when_posted = cut_the_settling
    await bot.outbox.step()
    bot.store.asks_after = (0.0, 0.1)
    await bot.settle()

    assert wire.cuts == 1
    assert set(Counter(m.key for _, m in platform.log).values()) == {1}
    assert _states(url).keys() <= {"sent", "expired"}


@pytest.mark.parametrize("what", ["claim", "settle"])
async def test_an_outbox_whose_server_goes_away_at_its_commit_goes_on_when_it_is_back(
    bot: Bot, wire: Wire, platform: Slow, url: str, what: str
) -> None:
    """Given a server that is gone for a while from that COMMIT on, then once is once, at once."""
    await found(bot.service, *PEOPLE)
    bot.store.asks_after = (0.0,)

    def gone_for_a_while() -> None:
        wire.when_cut = lambda: None
        wire.go_away()
        threading.Timer(0.5, wire.come_back).start()

    def cut() -> None:
        platform.when_posted = lambda: None
        wire.when_cut = gone_for_a_while
        wire.cut(Cut.ANSWER)

    if what == "claim":
        cut()
    platform.when_posted = cut
    await bot.outbox.step()
    await bot.settle()

    assert wire.cuts
    assert set(Counter(m.key for _, m in platform.log).values()) == {1}
    assert _states(url).keys() <= {"sent", "expired"}, "nothing waits for a look-up"


async def _no_wait(seconds: float) -> None:
    await asyncio.sleep(0)


def _states(url: str) -> Counter[str]:
    query = "SELECT state FROM outbox WHERE op = 'post'"
    with psycopg.connect(Database(url).address) as connection:
        return Counter(row[0] for row in connection.execute(query))


@pytest.mark.parametrize("cut", [Cut.ANSWER, Cut.BEFORE])
@pytest.mark.parametrize("patience", [(0.0, 0.1), ()])
async def test_a_token_and_a_purge_in_doubt_are_done_in_the_end(
    bot: Bot, wire: Wire, beside: Bot, cut: Cut, patience: Any
) -> None:
    """Given an installation whose commit was not answered, then its token is kept, once."""
    await found(bot.service, *PEOPLE)
    bot.store.asks_after = patience
    installs = Installs(bot.store, bot.writer)

    wire.cut(cut)
    await installs.save(INSTALLATION, "a token")

    assert wire.cuts == 1
    assert await Installs(beside.store, beside.writer).load(INSTALLATION) == "a token"
    wire.cut(cut)
    bot.store.asks_after = (0.0, 0.1)
    await bot.alarms.purge()
    assert wire.cuts == 2


# --- several processes ---


@pytest.mark.parametrize("state", ["40P01", "40001"])
async def test_a_batch_that_lost_a_race_is_decided_again_one_by_one(
    beside: Bot, state: str
) -> None:
    """Given a deadlock in a batch, when it is taken apart, then everybody is served once."""
    await found(beside.service, *PEOPLE)
    raised: list[str] = []

    def lose(unit: Unit) -> str:
        if len(raised) < 2:
            raised.append(state)
            code = f"DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{state}'; END $$"
            unit.connection.exec_driver_sql(code)
        return "done"

    held, go = threading.Event(), threading.Event()
    beside.writer.do(lambda unit: _hold(held, go))
    assert await asyncio.to_thread(held.wait, PATIENCE)
    saved = [beside.service.take(gesture(who, action(f"{who} will."))) for who in PEOPLE]
    lost = beside.writer.submit(Job(lose))
    go.set()

    assert await asyncio.wrap_future(lost) == "done"
    assert [(await asyncio.wrap_future(f)).answer.refusal for f in saved] == [None] * 4
    assert actions(beside) == {f"{who} will.": 1 for who in PEOPLE}
    assert len(raised) == 2


async def test_two_processes_take_turns_at_one_set(beside: Bot, url: str) -> None:
    """Given a process in the midst of a set, when another comes to it, then it waits for its turn.

    Without the lock it would decide by what it has read, lose at its write, and decide again.
    """
    await found(beside.service, *PEOPLE)
    other = Bot(Database(url), [KEY], MovableClock(MONDAY, seed=2), {}, grace=0)
    set_id = the_set(beside).id
    inside, leave = threading.Event(), threading.Event()
    order: list[str] = []

    def first(unit: Unit) -> None:
        inside.set()
        leave.wait(PATIENCE)
        order.append("first")

    def second(unit: Unit) -> None:
        order.append("second")

    one = beside.writer.submit(Job(first, about=lambda unit: set_id))
    assert await asyncio.to_thread(inside.wait, PATIENCE)
    two = other.writer.submit(Job(second, about=lambda unit: set_id))
    elsewhere = Bot(Database(url), [KEY], MovableClock(MONDAY, seed=3), {}, grace=0)
    third = elsewhere.writer.submit(Job(lambda unit: "free", about=lambda unit: "another set"))
    assert await asyncio.wrap_future(third) == "free", "another set is nobody's business"
    await until(lambda: bool(order) or _somebody_waits(url))
    assert order == []
    leave.set()
    await asyncio.wrap_future(one)
    await asyncio.wrap_future(two)

    assert order == ["first", "second"]
    other.close()
    elsewhere.close()


async def test_the_sets_of_a_batch_are_locked_in_one_order_everywhere(beside: Bot) -> None:
    """Given a batch about several sets, they are locked lowest number first, in whatever order."""
    taken: list[list[int]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "pg_advisory_xact_lock(" in statement:
            taken[-1].append(parameters["number"])

    event.listen(beside.store.database.engine, "before_cursor_execute", note)
    for names in (("a", "b", "c", "d", "e"), ("e", "d", "c", "b", "a")):
        taken.append([])
        with beside.store.transaction() as unit:
            take_turns(unit, [partial(_named, name=name) for name in names])

    assert len(taken[0]) == 5
    assert taken[0] == taken[1] == sorted(taken[0])


def _named(unit: Unit, name: str) -> str:
    return name


def _hold(held: threading.Event, go: threading.Event) -> None:
    held.set()
    go.wait(PATIENCE)


def _somebody_waits(url: str) -> bool:
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with psycopg.connect(Database(url).address) as connection:
        row = connection.execute(query).fetchone()
    return row is not None and row[0] > 0


# --- SQLite ---


async def test_who_is_told_that_it_is_still_being_saved_and_tries_again_saves_once(
    on_file: Bot,
) -> None:
    """Given a disk that takes its time, when the same form is handed in again, then it counts once."""
    await found(on_file.service, *PEOPLE)
    go = threading.Event()

    def takes_its_time(connection: Any) -> None:
        go.wait(PATIENCE)

    engine = on_file.store.database.engine
    event.listen(engine, "commit", takes_its_time)
    still = await tell(on_file, "Ana", MIA)
    go.set()
    again = await tell(on_file, "Ana", MIA)
    event.remove(engine, "commit", takes_its_time)

    assert still.refusal is not None
    assert still.refusal.code == "still_saving"
    assert again.refusal is None
    assert actions(on_file) == {"I will call Mia.": 1}


async def test_the_marks_of_processes_that_ended_are_swept(
    on_file: Bot, clock: MovableClock
) -> None:
    """Given a mark from long ago, when the sweep comes, then only the living process's is left."""
    await found(on_file.service, *PEOPLE)
    old = Bot(on_file.store.database, [KEY], clock, {}, grace=0, threaded=False)
    old.writer.do(lambda unit: None).result()
    clock.move_by(timedelta(days=30))

    for _ in range(2):
        await on_file.alarms.purge()

    with on_file.store.database.read() as connection:
        marks = select(func.count()).where(meta.c.key.startswith("commit:"))
        assert connection.execute(marks).scalar_one() == 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "als.db"


@pytest.fixture
def on_file(file: Path, clock: MovableClock, platform: Slow) -> Iterator[Bot]:
    database = Database(f"sqlite:///{file}")
    upgrade(database, MONDAY)
    bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0)
    yield bot
    bot.close()


async def test_a_file_that_may_not_grow_at_commit_is_told_truthfully(
    on_file: Bot, file: Path
) -> None:
    """Given a log that cannot take the commit, then "nothing has changed" is true, now and later."""
    await found(on_file.service, *PEOPLE)
    wal = file.with_name(file.name + "-wal")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size, hard))
    try:
        refused = await tell(on_file, "Ana", MIA)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    before = actions(on_file)
    again = await tell(on_file, "Ana", MIA)

    assert refused.refusal is not None
    if refused.refusal.code == "failed":
        assert before == {}
    else:
        assert refused.refusal.code == "unsure"
    assert again.refusal is None
    assert actions(on_file) == {"I will call Mia.": 1}


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR])
@pytest.mark.parametrize("done", [False, True])
async def test_a_commit_that_raises_is_asked_after(
    on_file: Bot, monkeypatch: pytest.MonkeyPatch, code: int, done: bool
) -> None:
    """Given a COMMIT that raises, done or not, then the person hears what is true, and once is once."""
    await found(on_file.service, *PEOPLE)
    commit = sqlite.dialect.do_commit
    failures: list[int] = []

    def fails(self: Any, connection: Any) -> None:
        if failures:
            commit(self, connection)
            return
        failures.append(code)
        if done:
            commit(self, connection)
        error = sqlite3.OperationalError("it did not go well")
        error.sqlite_errorcode = code
        raise error

    monkeypatch.setattr(type(on_file.store.database.engine.dialect), "do_commit", fails)
    answer = await tell(on_file, "Ana", MIA)

    assert failures
    if answer.refusal is not None:
        assert answer.refusal.code == "failed"
        assert actions(on_file) == {}
        assert not done
    else:
        assert actions(on_file) == {"I will call Mia.": 1}


async def test_a_set_is_founded_once_whatever_becomes_of_the_answer(
    bot: Bot, wire: Wire, beside: Bot
) -> None:
    """Given a founding whose answer is lost twice over, then there is one set."""
    bot.store.asks_after = (0.0,)
    wire.when_cut = wire.go_away
    wire.cut(Cut.ANSWER)
    unsure = await tell(bot, "Ana", founding())
    wire.when_cut = wire.go_away
    wire.come_back()
    wire.cut(Cut.ANSWER)
    still = await tell(bot, "Ana", founding())
    wire.when_cut = lambda: None
    wire.come_back()
    known = await tell(bot, "Ana", founding())

    assert [a.refusal and a.refusal.code for a in (unsure, still, known)] == [
        "unsure",
        "unsure",
        None,
    ]
    assert the_set(beside).name == "Aurora"


async def test_a_message_written_down_in_doubt_is_said_once(
    bot: Bot, wire: Wire, platform: Slow
) -> None:
    """Given something to say whose commit was not answered, then it is said once."""
    await found(bot.service, *PEOPLE)
    await bot.settle()
    set_id = the_set(bot).id

    def say(unit: Unit) -> None:
        room = unit.room(set_id)
        notice = Notice(Matter.BOARD, f"{set_id}:word", "set", set_id, Where.PLACE)
        unit.changes.keep(INSTALLATION, room, room, [notice])

    wire.cut(Cut.ANSWER)
    said = len(platform.log)
    await asyncio.wrap_future(bot.writer.do(say))
    await bot.settle()

    assert len(platform.log) == said + 1
