"""A COMMIT that fails or whose answer is lost: what the writer does again, how often, and what it says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.app.bot import Bot
from bot.runtime.ports.incoming import News
from bot.runtime.store.doubt import InDoubt, NotStored
from bot.runtime.store.tables.installed import installations
from bot.runtime.store.tables.messages import deliveries
from bot.runtime.store.unit.changes import Conflict
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.writer import Job, Writer
from tests.runtime.conftest import INSTALLATION, KEY
from tests.runtime.test_writer import Gate

OTHER = "demo:other"


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'als.db'}"


@pytest.fixture
def threaded(database, clock) -> Iterator[Bot]:
    bot = Bot(database, [KEY], clock, {})
    yield bot
    bot.writer.close()


class Trouble:
    """What becomes of the next COMMITs, one after the other; those that come after them go well."""

    def __init__(self, bot: Bot) -> None:
        self.next: list[str] = []
        self._bot = bot
        event.listen(bot.store.database.engine, "commit", self._one)

    def _one(self, connection: Connection) -> None:
        what = self.next.pop(0) if self.next else "well"
        # Nobody can be asked what became of it, or the first who is asked knows.
        self._bot.store.asks_after = () if what.startswith("unknown") else (0.0,)
        if what.endswith("arrived"):
            driver: Any = connection.connection.driver_connection
            driver.execute("COMMIT")
        if what != "well":
            raise ConnectionError(what)


@pytest.fixture
def trouble(bot: Bot) -> Trouble:
    return Trouble(bot)


class Work:
    """Something a transaction does, and how often it was done."""

    def __init__(self, *errors: Exception) -> None:
        self.done = 0
        self._errors = list(errors)

    def __call__(self, unit: Unit) -> str:
        self.done += 1
        unit.installations.know(INSTALLATION)
        unit.installations.know(OTHER)
        if self._errors:
            raise self._errors.pop(0)
        return f"done {self.done}"

    def job(self) -> Job:
        return Job(self)


def gone() -> OperationalError:
    """The database could not be asked at all."""
    return OperationalError("", {}, Exception())


def refused(state: str) -> DBAPIError:
    """What PostgreSQL says where it undoes a transaction, and why."""
    reason = Exception()
    reason.sqlstate = state  # type: ignore[attr-defined]
    return DBAPIError("", {}, reason)


def known(bot: Bot) -> int:
    """How many installations are written down."""
    with bot.store.database.read() as connection:
        return connection.execute(select(func.count()).select_from(installations)).scalar_one()


# --- once asked, it is known ---


def test_what_arrived_though_its_answer_was_lost_is_done_and_not_done_again(bot, trouble):
    trouble.next = ["arrived"]
    work = Work()

    assert bot.writer.do(work).result(0) == "done 1"
    assert (work.done, known(bot), bot.writer.doubts) == (1, 2, 0)


def test_what_did_not_arrive_is_done_again_and_told_to_who_listens_once(bot, trouble):
    trouble.next = ["lost"]
    work, heard = Work(), list[int]()
    bot.writer.after_commit(lambda: heard.append(work.done))

    assert bot.writer.do(work).result(0) == "done 2"
    assert heard == [2]


def test_after_three_tries_it_is_given_up(bot, trouble):
    trouble.next = ["lost"] * 4
    work = Work()

    with pytest.raises(NotStored):
        bot.writer.do(work).result(0)
    assert (work.done, known(bot)) == (3, 0)
    assert trouble.next == ["lost"]


@pytest.mark.parametrize("error", [Conflict(), refused("40P01"), refused("40001")], ids=repr)
def test_who_lost_a_race_decides_again(bot, error: Exception):
    lost = Work(error, error)

    assert bot.writer.do(lost).result(0) == "done 3"


@pytest.mark.parametrize("error", [ValueError("wrong"), refused("23505")], ids=repr)
def test_who_failed_by_its_own_fault_does_not(bot, error: Exception):
    failed = Work(error)

    with pytest.raises(type(error)):
        bot.writer.do(failed).result(0)
    assert failed.done == 1


# --- nobody knows ---


def test_what_may_have_happened_is_not_done_again_and_counted(bot, trouble):
    trouble.next = ["unknown", "unknown"]
    for n in (1, 2):
        work = Work()
        with pytest.raises(InDoubt):
            bot.writer.do(work).result(0)
        assert (work.done, bot.writer.doubts) == (1, n)


def test_a_second_try_that_is_in_doubt_is_counted_as_well(bot, trouble):
    trouble.next = ["lost", "unknown"]
    work = Work()

    with pytest.raises(InDoubt):
        bot.writer.do(work).result(0)

    assert (work.done, bot.writer.doubts) == (2, 1)


def test_a_second_try_that_fails_for_good_is_no_doubt(bot, trouble):
    trouble.next = ["lost"]
    work = Work()
    failing = iter((None, ValueError("wrong")))

    def second_fails(unit: Unit) -> None:
        work(unit)
        if (error := next(failing)) is not None:
            raise error

    with pytest.raises(ValueError, match="wrong"):
        bot.writer.do(second_fails).result(0)
    assert (work.done, bot.writer.doubts) == (2, 0)


def test_everybody_in_a_batch_in_doubt_is_told_and_nothing_of_it_is_done_again(threaded):
    trouble = Trouble(threaded)
    gate = Gate(threaded)
    works = [Work() for _ in range(3)]
    waiting = [threaded.writer.do(work) for work in works]
    trouble.next = ["well", "unknown"]

    gate.open()

    for future in waiting:
        with pytest.raises(InDoubt):
            future.result(5)
    assert [work.done for work in works] == [1, 1, 1]
    assert threaded.writer.doubts == 1


# --- until it is sure ---


class Pauses:
    """Rests that take no time, written down."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


async def test_what_does_no_harm_twice_is_done_until_it_is_known_to_be_done(bot, trouble):
    trouble.next = ["unknown arrived", "unknown"]
    work, pauses = Work(), Pauses()

    assert await bot.writer.until_sure(work.job, pauses) == "done 3"
    assert pauses.taken == [0.1, 1.0]


async def test_it_is_asked_five_times_and_the_last_answer_is_told(bot, trouble):
    trouble.next = ["unknown"] * 6
    work, pauses = Work(), Pauses()

    with pytest.raises(InDoubt):
        await bot.writer.until_sure(work.job, pauses)

    assert work.done == 5
    assert pauses.taken == [0.1, 1.0, 5.0, 15.0]


async def test_at_the_fifth_time_it_may_still_go_well(bot, trouble):
    trouble.next = ["unknown"] * 4

    assert await bot.writer.until_sure(Work().job, Pauses()) == "done 5"


@pytest.mark.parametrize("error", [ValueError("wrong"), gone()], ids=["wrong", "away"])
async def test_what_was_never_in_doubt_is_told_at_once(bot, error: Exception):
    work, pauses = Work(error), Pauses()

    with pytest.raises(type(error)):
        await bot.writer.until_sure(work.job, pauses)

    assert (work.done, pauses.taken) == (1, [])


@pytest.mark.parametrize(
    ("error", "pauses_taken"),
    [(ValueError("wrong"), [0.1]), (gone(), [0.1, 1.0])],
    ids=["wrong", "away"],
)
async def test_once_in_doubt_a_database_that_is_away_is_waited_for_and_a_fault_is_not(
    bot, error: Exception, pauses_taken: list[float], trouble
):
    trouble.next = ["unknown"]
    first, second = Work(), Work(error)
    jobs = iter((first.job, second.job, second.job))
    pauses = Pauses()

    if isinstance(error, ValueError):
        with pytest.raises(ValueError, match="wrong"):
            await bot.writer.until_sure(lambda: next(jobs)(), pauses)
    else:
        assert await bot.writer.until_sure(lambda: next(jobs)(), pauses) == "done 2"

    assert pauses.taken == pauses_taken


async def test_who_calls_it_says_what_is_worth_waiting_for(bot):
    work, pauses = Work(ValueError("wrong")), Pauses()

    def worth(error: Exception) -> bool:
        return isinstance(error, ValueError)

    assert await bot.writer.until_sure(work.job, pauses, worth=worth) == "done 2"


# --- told once ---


async def test_news_that_comes_twice_has_its_effect_once(bot):
    work = Work()

    assert await bot.writer.once(INSTALLATION, News("e1"), work) == "done 1"
    assert await bot.writer.once(INSTALLATION, News("e1"), work) is None
    assert await bot.writer.once(INSTALLATION, News("e2"), work) == "done 2"
    assert await bot.writer.once(OTHER, News("e1"), work) == "done 3"


async def test_whose_news_it_was_is_known_as_long_as_the_news_is(bot):
    def nothing(unit: Unit) -> None:
        pass

    await bot.writer.once(OTHER, News(), nothing)
    assert known(bot) == 0

    await bot.writer.once(INSTALLATION, News("e1"), nothing)

    with bot.store.database.read() as connection:
        rows = connection.execute(select(deliveries.c.id, deliveries.c.installation_id)).all()
    assert [tuple(row) for row in rows] == [(f"{INSTALLATION}:e1", INSTALLATION)]


async def test_what_we_found_out_ourselves_is_news_each_time(bot):
    work = Work()

    assert [await bot.writer.once(INSTALLATION, News(), work) for _ in range(2)] == [
        "done 1",
        "done 2",
    ]


async def test_news_in_doubt_is_told_again_and_counts_once(bot, trouble, monkeypatch):
    """Given news that arrived though nobody knew it, when it is done again, then it is a repeat."""
    monkeypatch.setattr("bot.runtime.writer.SURE_AFTER", (0.0, 0.0))
    trouble.next = ["unknown arrived"]
    work = Work()

    assert await bot.writer.once(INSTALLATION, News("e1"), work) is None
    assert work.done == 1


# --- the loop, meanwhile ---


async def test_the_loop_goes_on_while_the_writer_is_at_work(threaded):
    gate = Gate(threaded)
    asked = asyncio.ensure_future(threaded.writer.until_sure(Work().job))
    for _ in range(3):
        await asyncio.sleep(0)
    assert not asked.done()

    gate.open()

    assert await asyncio.wait_for(asked, 5) == "done 1"


def test_each_loop_is_woken_for_what_was_asked_in_it(threaded):
    for _ in range(2):
        gate = Gate(threaded)
        asked = asyncio.wait_for(threaded.writer.until_sure(Work().job), 5)
        threading.Timer(0.1, gate.open).start()
        assert asyncio.run(asked) == "done 1"


# --- whose it is while it runs ---


def test_who_has_begun_cannot_be_stopped_any_more(bot):
    job = Job(lambda unit: job.future.cancel())

    assert bot.writer.submit(job).result(0) is False


def test_who_gave_up_before_it_began_costs_the_others_nothing(threaded):
    gate = Gate(threaded)
    given_up, work = Work(), Work()
    first, second = threaded.writer.do(given_up), threaded.writer.do(work)
    assert first.cancel()

    gate.open()

    assert second.result(5) == "done 1"
    assert given_up.done == 0


def test_a_statement_of_one_that_failed_is_undone(bot):
    bot.writer.do(Work()).result(0)

    def half(unit: Unit) -> None:
        unit.connection.execute(update(installations).values(status="broken"))
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        bot.writer.do(half).result(0)
    with bot.store.database.read() as connection:
        assert set(connection.execute(select(installations.c.status)).scalars()) == {"active"}


def test_a_writer_has_a_thread_of_its_own_unless_told_otherwise(bot):
    own = Writer(bot.store)
    where = own.do(lambda unit: threading.current_thread()).result(5)

    assert where is not threading.current_thread()
    assert where.daemon
    own.close()
    assert not where.is_alive()


def test_a_writer_that_is_told_to_stop_while_some_wait_ends_after_them(threaded):
    gate, work = Gate(threaded), Work()
    waiting = threaded.writer.do(work)
    own = next(t for t in threading.enumerate() if t.name == "als-writer")
    threading.Timer(0.1, gate.open).start()

    threaded.writer.close()

    assert waiting.result(5) == "done 1"
    assert not own.is_alive()
