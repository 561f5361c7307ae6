"""What is done beside the writer: the witness is kept, and the WAL is emptied into the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from bot.runtime.store import witness
from bot.runtime.store.database import Database
from bot.runtime.store.upkeep.migrating import HEAD
from bot.runtime.store.witness import Count

REST_SECONDS = 0.8
"""The witness is written this often while there are commits, at the most."""

CHECKPOINT_SECONDS = 60.0
"""What was committed is in the WAL alone for no longer than this."""

AGAIN_SECONDS = 0.25
"""When a checkpoint is tried again that somebody who reads was in the way of."""

TROUBLE_SECONDS = 10.0
"""As after a full disk."""

PATIENT_TRIES = 80
"""After so many tries, about half a minute, those of our own who still read are stopped.

Only for what was deleted for good: a copy that is being made is otherwise left to its end.
"""

WARN_TRIES = 240

COMPACT_SECONDS = 24 * 3600.0
"""What a purge has deleted is squeezed out of the file's pages this often; a person's own at once."""

log = structlog.get_logger()


class Upkeep:
    """A thread of its own beside the writer, for a SQLite file; idle, it sleeps."""

    def __init__(self, database: Database, steady: Callable[[], float]) -> None:
        """`steady` are seconds that only grow. Nothing is done before `start`."""
        self._database = database
        self._steady = steady
        self._witness: Path | None = None
        self._count: Count | None = None
        self._written: Count | None = None
        self._woken = threading.Event()
        self._ending = threading.Event()
        self._dirty = self._soon = self._scrub = self._compact = False
        self._compacted_at = steady()
        self._tries = 0
        self._readers: frozenset[int] = frozenset()
        self._checked_at = self._written_at = steady()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._work, name="als-upkeep", daemon=True)
        self._thread.start()

    def keep_witness(self, path: Path) -> None:
        """From now on, and now, say beside that database how far it has come."""
        self._witness = path
        self._count = witness.read(path) or self._count
        self._write_witness()

    def committed(self, count: Count) -> None:
        """Something was committed. Called by the writer, after each commit; takes no time."""
        self._count = count
        self._dirty = True
        self._woken.set()

    def soon(self) -> None:
        """What was committed is to be in the file itself soon, as after a meeting."""
        self._soon = True
        self._woken.set()

    def scrub(self, compact: bool = False) -> None:
        """Something was deleted for good: soon it is in the WAL no more.

        `compact` says that somebody asked for it, so that the file's pages keep nothing either.
        """
        self._compact = self._compact or compact
        self._scrub = True
        self._woken.set()

    def close(self) -> None:
        """Empty the WAL, say how far it has come, and stop. The writer must have stopped before."""
        self._ending.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        if self._compact:
            self._database.compact()
        if self._dirty or self._scrub:
            self._database.checkpoint()
        self._write_witness()

    def _work(self) -> None:
        while not self._ending.is_set():
            self._woken.wait(self._until_next())
            self._woken.clear()
            if self._ending.is_set():
                return
            try:
                self._look_after()
            except Exception as error:
                log.warning("upkeep_failed", error=type(error).__name__)
                self._ending.wait(TROUBLE_SECONDS)
            self._ending.wait(AGAIN_SECONDS if self._scrub else REST_SECONDS)

    def _until_next(self) -> float | None:
        """How long to sleep where nothing happens; None for as long as nothing does."""
        behind = self._witness is not None and self._count != self._written
        if self._scrub or self._soon or behind:
            return 0.0
        if not self._dirty:
            return None
        return min(max(self._checked_at + CHECKPOINT_SECONDS - self._steady(), 0.0), 60.0)

    def _look_after(self) -> None:
        now = self._steady()
        if now - self._written_at >= REST_SECONDS / 2:
            self._write_witness()
            self._written_at = now
        minute = self._dirty and now - self._checked_at >= CHECKPOINT_SECONDS
        if self._scrub or self._soon or minute:
            scrub, self._checked_at = self._scrub, now
            self._dirty = self._soon = self._scrub = False
            if scrub:
                self._squeeze(now)
            if self._database.checkpoint():
                self._tries = 0
                return
            self._dirty = True
            if scrub:
                self._scrub = True
                self._held_up()

    def _squeeze(self, now: float) -> None:
        """The file written again without what was deleted, where that is due."""
        if self._compact or now - self._compacted_at >= COMPACT_SECONDS:
            if not self._database.compact():
                self._scrub = True
                return
            self._compact, self._compacted_at = False, now

    def _held_up(self) -> None:
        """Somebody reads. Our own are given half a minute; of others we can only tell."""
        if self._tries == 0:
            self._readers = self._database.reading()
        self._tries += 1
        if self._tries % PATIENT_TRIES == 0:
            stopped = self._database.stop_reading(self._readers)
            self._readers = self._database.reading()
            if stopped:
                log.warning("reader_stopped", count=stopped)
        if self._tries % WARN_TRIES == 0:
            log.warning("wal_held_by_another_process")

    def _write_witness(self) -> None:
        count = self._count
        if self._witness is None or count is None or count == self._written:
            return
        witness.write(self._witness, HEAD, count)
        self._written = count
