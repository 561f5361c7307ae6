"""One transaction for what has queued, one commit, then all the answers."""

import asyncio
import threading
import time
from concurrent.futures import Future
from typing import Any

import pytest
from sqlalchemy import event

from bot.app.bot import Bot
from bot.core.decision import Refusal
from bot.core.signals import Typed
from bot.runtime.ports.incoming import Answer
from bot.runtime.store.database import Database
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.writer import Job
from tests.runtime.conftest import INSTALLATION, KEY
from tests.runtime.people import action, found, gesture, the_set

ON_ONE_KIND = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""The writer's own patience, on whatever database."""


class Commits:
    """Counts the commits of a database."""

    def __init__(self, database: Database) -> None:
        self.count = 0
        event.listen(database.engine, "commit", self._one)

    def _one(self, connection: object) -> None:
        self.count += 1


class Gate:
    """Holds the writer until everything has queued."""

    def __init__(self, bot: Bot) -> None:
        self._open, self._reached = threading.Event(), threading.Event()
        self.job: Future[Any] = bot.writer.do(self._wait)
        assert self._reached.wait(5)

    def _wait(self, unit: Unit) -> None:
        self._reached.set()
        self._open.wait(5)

    def open(self) -> None:
        self._open.set()
        self.job.result(5)


@pytest.fixture
def threaded(database, clock):
    bot = Bot(database, [KEY], clock, {})
    yield bot
    bot.writer.close()


async def test_128_receives_at_once_share_their_commits(threaded):
    await found(threaded.service, "Ana", "Ben", "Chidi")
    commits = Commits(threaded.store.database)
    gate = Gate(threaded)

    waiting = [threaded.service.take(gesture("Ana", Typed("nonsense"))) for _ in range(128)]
    gate.open()
    answers = [future.result(10).answer for future in waiting]

    assert all(answer.refusal is not None for answer in answers)
    assert commits.count == 2  # the gate's own, and one for all


async def test_answers_come_only_after_the_commit(threaded):
    await found(threaded.service, "Ana", "Ben", "Chidi")
    done_at_commit: list[bool] = []
    gate = Gate(threaded)
    kept = threaded.service.take(gesture("Ana", action("I will call.")))
    event.listen(
        threaded.store.database.engine, "commit", lambda c: done_at_commit.append(kept.done())
    )

    gate.open()
    kept.result(5)

    assert done_at_commit == [False, False]


async def test_where_the_commit_fails_nothing_is_said_to_be_saved(bot):
    await found(bot.service, "Ana", "Ben", "Chidi")
    engine = bot.store.database.engine

    def cut_off(connection: object) -> None:
        raise ConnectionError("the machine stops here")

    event.listen(engine, "commit", cut_off)
    answer = await bot.service.receive(gesture("Ana", action("I will call.")))
    event.remove(engine, "commit", cut_off)

    assert answer.refusal is not None
    assert answer.told == ()
    assert the_set(bot).actions == ()


async def test_one_poisoned_job_does_not_hurt_the_others(threaded):
    await found(threaded.service, "Ana", "Ben", "Chidi")
    gate = Gate(threaded)
    before = threaded.service.take(gesture("Ana", action("Before.")))
    poisoned = threaded.writer.do(lambda unit: 1 / 0)
    after = threaded.service.take(gesture("Ben", action("After.")))

    gate.open()

    assert before.result(5).answer.refusal is None
    assert after.result(5).answer.refusal is None
    with pytest.raises(ZeroDivisionError):
        poisoned.result(5)
    assert {a.what for a in the_set(threaded).actions} == {"Before.", "After."}


async def test_a_listener_that_fails_keeps_nobody_waiting(threaded):
    def fails() -> None:
        raise RuntimeError("nobody is listening any more")

    threaded.writer.after_commit(fails)

    await asyncio.wait_for(found(threaded.service, "Ana", "Ben", "Chidi"), 5)


async def test_who_gives_up_waiting_stops_nothing(threaded):
    await found(threaded.service, "Ana", "Ben", "Chidi")
    gate = Gate(threaded)
    impatient = asyncio.create_task(threaded.service.receive(gesture("Ana", action("Still."))))
    await asyncio.sleep(0)
    impatient.cancel()
    patient = threaded.service.take(gesture("Ben", action("Patient.")))

    gate.open()
    patient.result(5)

    assert {a.what for a in the_set(threaded).actions} == {"Still.", "Patient."}


async def test_what_has_queued_is_finished_before_the_writer_stops(threaded):
    await found(threaded.service, "Ana", "Ben", "Chidi")
    jobs = [threaded.writer.submit(Job(lambda unit: unit.now)) for _ in range(10)]

    threaded.writer.close()

    assert all(job.done() for job in jobs)


@ON_ONE_KIND
def test_a_crowd_that_was_answered_together_is_waited_for_and_commits_together(
    threaded, monkeypatch
):
    """Given three who were answered at once, when they ask again one by one, they share a commit."""
    monkeypatch.setattr("bot.runtime.writer.GATHER_SECONDS", 0.9)
    gate = Gate(threaded)
    crowd = [threaded.writer.do(lambda unit: unit) for _ in range(3)]
    gate.open()
    assert len({id(one.result(5)) for one in crowd}) == 1

    again = []
    for _ in range(3):
        again.append(threaded.writer.do(lambda unit: unit))
        time.sleep(0.02)

    assert len({id(one.result(5)) for one in again}) == 1


@ON_ONE_KIND
def test_a_person_alone_never_waits_for_others(threaded, monkeypatch):
    monkeypatch.setattr("bot.runtime.writer.GATHER_SECONDS", 60.0)

    for _ in range(2):
        threaded.writer.do(lambda unit: unit.now).result(20)


@ON_ONE_KIND
def test_a_crowd_that_has_gone_is_not_waited_for(threaded, monkeypatch):
    """Given a crowd whose members ask no more, then whoever comes alone waits for it only once."""
    gate = Gate(threaded)
    crowd = [threaded.writer.do(lambda unit: unit.now) for _ in range(3)]
    gate.open()
    for one in crowd:
        one.result(5)
    threaded.writer.do(lambda unit: unit.now).result(5)
    monkeypatch.setattr("bot.runtime.writer.GATHER_SECONDS", 60.0)

    threaded.writer.do(lambda unit: unit.now).result(20)


@ON_ONE_KIND
def test_a_writer_without_work_costs_nothing(threaded):
    threaded.writer.do(lambda unit: unit.now).result(5)
    own = next(t for t in threading.enumerate() if t.name == "als-writer")
    used = time.pthread_getcpuclockid(own.ident)
    before = time.clock_gettime(used)

    time.sleep(0.3)

    assert time.clock_gettime(used) - before < 0.005


def test_a_second_try_gets_the_answer_of_the_first_and_keeps_it_under_its_own_name(bot):
    """Given a gesture done again since nobody knew its outcome, then every repeat hears the same."""
    told = Answer(refusal=Refusal("There is none.", "none"))
    ran: list[str] = []

    def job(delivery: str, earlier: str = "") -> Job:
        def run(unit: Unit) -> Answer:
            ran.append(delivery)
            unit.changes.answered(delivery, INSTALLATION, told)
            return told

        return Job(run, delivery, INSTALLATION, earlier)

    tries = (job("first"), job("second", "first"), job("second"), job("second", "first"))
    answers = [bot.writer.submit(one).result(5) for one in tries]

    assert answers == [told] * 4
    assert ran == ["first"]
