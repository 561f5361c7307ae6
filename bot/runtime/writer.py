"""The one writer: runs what has queued in one transaction, commits once, then answers all."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog

from bot.runtime.ports.incoming import Answer, News
from bot.runtime.process.wakeup import Wakeup
from bot.runtime.rate_limit import FairLine
from bot.runtime.store.doubt import InDoubt, NotStored, away
from bot.runtime.store.store import Store
from bot.runtime.store.unit import inbox
from bot.runtime.store.unit.changes import Conflict
from bot.runtime.store.unit_of_work import Unit, take_turns

T = TypeVar("T")

MOST_AT_ONCE = 256
"""Jobs in one transaction: enough to share a slow disk, few enough to answer in time."""

MOST_LOOKED_AT = 16 * MOST_AT_ONCE
"""Jobs among which a batch is chosen."""

GATHER_SECONDS = 0.001
"""How long a batch waits for its next job, as long as it is smaller than the one before it."""

TRIES = 3
"""How often a job that lost a race with another process is decided again."""

SURE_AFTER = (0.1, 1.0, 5.0, 15.0)
"""Seconds to rest before what was in doubt is done again; each time it is asked after, too."""

log = structlog.get_logger()


@dataclass(slots=True)
class Job:
    """Something to do in a transaction. `delivery` and `installation` claim it in the inbox.

    `earlier` is the delivery of the same gesture's first try, where nobody knew what became of it:
    where that one was stored, this one is a repeat of it.
    `about` names what it may change (a set), so that several processes over one database take
    their turns. The caller may cancel the future up to the moment the transaction has begun:
    then nothing was done, and nothing will be.
    """

    run: Callable[[Unit], Any]
    delivery: str = ""
    installation: str = ""
    earlier: str = ""
    repeated: Callable[[Answer], Any] = field(default=lambda answer: answer)
    about: Callable[[Unit], str] | None = None
    future: Future[Any] = field(default_factory=Future)
    started: bool = False

    def start(self) -> bool:
        """From now on it cannot be cancelled; False where it has been."""
        if not self.started and not self.future.cancelled():
            self.started = self.future.set_running_or_notify_cancel()
        return self.started


async def retried(
    attempt: Callable[[], Awaitable[T]],
    sleep: Callable[[float], Awaitable[None]],
    worth: Callable[[Exception], bool],
) -> T:
    """What `attempt` gives, made again after a rest where its error says that waiting may help.

    `worth` says which first error is worth waiting for; later a database that is away is, too.
    Raises the last error, where it stays so for a minute or two.
    """
    for tried, pause in enumerate(SURE_AFTER):
        try:
            return await attempt()
        except Exception as error:
            if not worth(error) and not (tried and away(error)):
                raise
            await sleep(pause)
    return await attempt()


class Writer:
    """Group commit. In production a thread of its own; in the simulation it runs where it is called."""

    def __init__(self, store: Store, *, threaded: bool = True) -> None:
        """`threaded=False` runs each job at once, through the same batching code."""
        self._store = store
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._listeners: list[Callable[[], object]] = []
        self._crowd = 1
        self._line = FairLine[Job]()
        self._ending = False
        self.doubts = 0
        """How many batches ended without anybody knowing whether they were committed."""
        self._awake: Wakeup | None = None
        self._thread: threading.Thread | None = None
        if threaded:
            self._thread = threading.Thread(target=self._work, name="als-writer", daemon=True)
            self._thread.start()

    def after_commit(self, listener: Callable[[], object]) -> None:
        """Call this, in the writer's thread, after each commit."""
        self._listeners.append(listener)

    def submit(self, job: Job) -> Future[Any]:
        """Queue a job; its future is done once the job's transaction is committed."""
        if self._thread is None:
            self._run([job])
        else:
            self._jobs.put(job)
        return job.future

    def do(self, run: Callable[[Unit], T]) -> Future[T]:
        """Queue something that is no delivery."""
        return self.submit(Job(run))

    async def until_sure(
        self,
        job: Callable[[], Job],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        *,
        worth: Callable[[Exception], bool] = lambda error: isinstance(error, InDoubt),
    ) -> Any:
        """Do something that does no harm when done twice; where nobody knows whether it is, again.

        `job` makes it again each time. `worth` and what is raised are those of `retried`.
        """
        return await retried(lambda: self._done(job()), sleep, worth)

    async def once(
        self,
        installation: str,
        news: News,
        run: Callable[[Unit], T],
        about: Callable[[Unit], str] | None = None,
    ) -> T | None:
        """What follows from something told, claimed with its effect; None where it was seen before."""
        delivery = f"{installation}:{news.delivery}" if news.delivery else ""
        done: T | None = await self.until_sure(
            lambda: Job(
                run,
                delivery,
                installation if delivery else "",
                repeated=lambda answer: None,
                about=about,
            )
        )
        return done

    async def _done(self, job: Job) -> Any:
        doing = self.submit(job)
        await self.finishes(doing)
        return doing.result()

    async def finishes(self, future: Future[Any], seconds: float | None = None) -> bool:
        """Whether that future is done, within so many seconds if any are named; it is not cancelled."""
        loop = asyncio.get_running_loop()
        if self._awake is None or self._awake.loop is not loop:
            self._awake = Wakeup(loop)
        return await self._awake.finishes(future, seconds)

    def close(self) -> None:
        """Finish what has queued and stop."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join(timeout=10)

    def _work(self) -> None:
        while True:
            batch = self._next_batch()
            if batch:
                self._run(batch)
            elif self._ending:
                return

    def _next_batch(self) -> list[Job]:
        """What has queued; where many were answered together, also those who are about to ask again.

        Without that little patience a crowd falls apart into batches of two or three, each with a
        commit of its own. A person alone never waits. Where more has queued than fits, each
        installation has its turn, so that a noisy one delays itself alone.
        """
        if not len(self._line) and not self._ending:
            self._queued(self._jobs.get())
        while len(self._line) < MOST_LOOKED_AT and not self._ending:
            patience = GATHER_SECONDS if len(self._line) < self._crowd else 0
            try:
                self._queued(self._jobs.get(block=patience > 0, timeout=patience))
            except queue.Empty:
                break
        batch = self._line.take(MOST_AT_ONCE)
        self._crowd = len(batch)
        return batch

    def _queued(self, job: Job | None) -> None:
        if job is None:
            self._ending = True
        else:
            self._line.add(job.installation, job)

    def _run(self, batch: Sequence[Job]) -> None:
        batch = [job for job in batch if not job.future.cancelled()]
        if not batch:
            return
        try:
            results = self._together(batch)
        except InDoubt as error:
            # Nobody knows: what is done again now might be done twice.
            self.doubts += 1
            for job in batch:
                _fail(job, error)
            return
        except Exception as error:
            if len(batch) == 1:
                self._alone(batch[0], error)
            else:
                # Whatever was wrong with one must not cost the others anything: one at a time.
                for job in batch:
                    self._run([job])
            return
        self._committed(results)

    def _committed(self, results: Sequence[tuple[Job, Any]]) -> None:
        for listener in self._listeners:
            try:
                listener()
            except Exception as error:
                # What was committed must be answered, even if somebody else could not be told.
                log.warning("listener_failed", error=type(error).__name__)
        for job, result in results:
            _resolve(job, result)

    def _alone(self, job: Job, error: Exception) -> None:
        tries = 1
        while tries < TRIES and _worth_again(error):
            tries += 1
            try:
                results = self._together([job])
            except Exception as again:
                error = again
            else:
                self._committed(results)
                return
        self.doubts += isinstance(error, InDoubt)
        _fail(job, error)

    def _together(self, batch: Sequence[Job]) -> list[tuple[Job, Any]]:
        with self._store.transaction() as unit:
            begun = [job for job in batch if job.start()]
            for installation in sorted({job.installation for job in begun if job.installation}):
                unit.installations.know(installation)
            take_turns(unit, [job.about for job in begun if job.about is not None])
            wanted = [(d, j.installation) for j in begun for d in _deliveries(j)]
            seen = inbox.claim(unit.transaction, wanted)
            mine: dict[str, Any] = {}
            return [(job, _outcome(unit, job, seen, mine)) for job in begun]


def _deliveries(job: Job) -> list[str]:
    """The names under which it may have come before: its own first."""
    return [d for d in (job.delivery, job.earlier) if d]


def _outcome(unit: Unit, job: Job, seen: dict[str, Answer], mine: dict[str, Any]) -> Any:
    """What became of it when it came before, else what becomes of it now.

    `seen` are the answers of earlier transactions, `mine` the outcomes in this one.
    """
    names = _deliveries(job)
    for name in names:
        if name in seen:
            if name != job.delivery:
                unit.changes.answered(job.delivery, job.installation, seen[name])
            return job.repeated(seen[name])
        if name in mine:
            return mine[name]
    outcome = job.run(unit)
    mine.update(dict.fromkeys(names, outcome))
    return outcome


def _fail(job: Job, error: Exception) -> None:
    log.warning("job_failed", error=type(error).__name__)
    with suppress(InvalidStateError):
        job.future.set_exception(error)


def _resolve(job: Job, result: Any) -> None:
    # The caller may have given up meanwhile; what was committed stays.
    with suppress(InvalidStateError):
        job.future.set_result(result)


def _worth_again(error: Exception) -> bool:
    """Certainly undone, and not by its own fault: lost to another process, or cut off at COMMIT.

    A version that moved on, a deadlock, a serialisation failure, a connection that broke.
    """
    state = getattr(getattr(error, "orig", None), "sqlstate", "")
    return isinstance(error, Conflict | NotStored) or state in ("40P01", "40001")
