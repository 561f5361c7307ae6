"""The store as the rest of the shell sees it: transactions for the writer, and small reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Select, bindparam, func, select

from bot.core.learning_set.place import Room
from bot.runtime.clock import Clock, SystemClock
from bot.runtime.ports.stage import Row
from bot.runtime.store import witness
from bot.runtime.store.database import CommitFailed, Database
from bot.runtime.store.doubt import InDoubt, Marker, NotStored
from bot.runtime.store.outbox import overview
from bot.runtime.store.tables.columns import Instant, metadata
from bot.runtime.store.tables.installed import data_keys
from bot.runtime.store.tables.sets import timers
from bot.runtime.store.unit.loaded import Cache
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.store.upkeep import sweeping, zones
from bot.runtime.store.witness import Count
from bot.runtime.vault import DataKey, Vault


@dataclass(frozen=True, slots=True)
class Timer:
    """A deadline that has come."""

    key: str
    set_id: str
    session_id: str
    what: str
    subject: str
    step: int | None
    due_at: datetime


_DUE = (
    select(timers)
    .where(timers.c.done_at.is_(None), timers.c.due_at <= bindparam("now"))
    .order_by(timers.c.due_at, timers.c.what, timers.c.key)
    .limit(bindparam("most"))
)
_NEXT_TIMER = select(func.min(timers.c.due_at)).where(
    timers.c.done_at.is_(None), timers.c.key.not_in(bindparam("but", expanding=True))
)
_NEXT = select(_NEXT_TIMER.scalar_subquery(), overview.NEAREST.scalar_subquery())
ASKS_AFTER = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, *[1.0] * 10)
"""Seconds before each time it is asked what became of a commit: a quarter of a minute in all."""

log = structlog.get_logger()

_SERVER_TIME = select(func.clock_timestamp(type_=Instant))


class Store:
    """One database with its vault and its memory of what was last written."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        """The database must stand at the newest revision."""
        self.database = database
        self.vault = vault
        self._clock = clock
        self._cache = Cache()
        self.restored_at: datetime | None = None
        """Set where this database was put in the place of another (`backup.restored_at`)."""
        self.counted: Callable[[Count], object] = _nothing
        """Told of each commit that changed something in a SQLite file."""
        self.scrub: Callable[[bool], object] = database.scrub
        """Called where something was deleted for good: see to it that no WAL holds it.

        True where a person asked for it themselves: then no page of the file may hold it either.
        """
        self.soon: Callable[[], object] = database.checkpoint
        """Called where the file itself should be current, as after a meeting."""
        self.asks_after: tuple[float, ...] = ASKS_AFTER
        self.in_doubt = False
        """Whether somebody waits right now to learn what became of a commit."""
        self._marker = Marker()
        vault.find = self._find_key

    @contextmanager
    def transaction(self) -> Iterator[Unit]:
        """One unit of work: flushed and committed at the end, forgotten on any exception.

        Where the answer to COMMIT is lost, a new connection is asked for it, and a commit that
        happened is one. Raises NotStored where it certainly did not, InDoubt where nobody can say.
        """
        if not self.database.is_sqlite:
            self._cache.clear()
        unit: Unit | None = None
        mark, count = "", None
        try:
            try:
                with self.database.write() as connection:
                    changed = self._changes(connection)
                    unit = self._unit(connection)
                    yield unit
                    unit.changes.flush()
                    if not self.database.is_sqlite or self._changes(connection) != changed:
                        mark = self._marker.put(connection, unit.now)
                        count = self._count(connection)
            except CommitFailed as failed:
                self._cache.clear()
                self._find_out(mark, failed)
        except BaseException:
            self._cache.clear()
            if unit is not None:
                unit.installations.undone()
            raise
        if unit is None:
            return
        unit.changes.done()
        if count is not None:
            self.counted(count)
        if unit.changes.scrubs:
            self.scrub(unit.changes.compacts)
        elif unit.changes.closes:
            self.soon()

    def _changes(self, connection: Connection) -> int:
        """How many rows this connection has ever changed; always the same where none are counted."""
        if not self.database.is_sqlite:
            return 0
        return int(_driver(connection).total_changes)

    def _count(self, connection: Connection) -> Count | None:
        """The number of this commit, for the witness of a SQLite file."""
        return witness.count_commit(_driver(connection)) if self.database.is_sqlite else None

    def _unit(self, connection: Connection) -> Unit:
        now, chance = self._clock.now(), self._clock.chance
        return Unit(connection, self.vault, self._cache, now, chance, self.restored_at)

    def _find_out(self, mark: str, failed: CommitFailed) -> None:
        """Come back where that transaction was committed; raises NotStored or InDoubt where not."""
        log.warning("commit_failed", error=str(failed))
        self.in_doubt = True
        try:
            happened = self._happened(mark, failed)
        finally:
            self.in_doubt = False
        if not happened:
            raise NotStored from failed
        log.info("commit_found")

    def _happened(self, mark: str, failed: CommitFailed) -> bool:
        for pause in self.asks_after:
            time.sleep(pause)
            try:
                return self._marker.happened(self.database, mark, failed)
            except Exception as error:
                log.info("commit_unknown", error=type(error).__name__)
        log.error("commit_in_doubt", error=str(failed))
        raise InDoubt from failed

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """A unit that is only read from."""
        cache = self._cache.for_reading() if self.database.is_sqlite else Cache()
        with self.database.read() as connection:
            yield Unit(connection, self.vault, cache, self._clock.now(), self._clock.chance)

    def chance(self) -> str:
        """128 fresh random bits, in hex."""
        return self._clock.chance()

    def room(self, set_id: str) -> Room:
        """What goes on in a set, as last written."""
        with self.reading() as unit:
            return unit.room(set_id)

    def claim_time(self, unit: Unit) -> datetime:
        """The instant of a claim: on PostgreSQL the server's, so that no process's clock counts.

        A clock that a test or the playground moves by hand is always its own master.
        """
        if self.database.is_sqlite or not isinstance(self._clock, SystemClock):
            return unit.now
        return unit.connection.execute(_SERVER_TIME).scalar_one()

    # --- the alarm clock's questions ---

    def due_timers(self, now: datetime, limit: int = 200) -> tuple[Timer, ...]:
        """The deadlines that have come and have not spoken yet, oldest first."""
        with self.database.read() as connection:
            found = connection.execute(_DUE, {"now": now, "most": limit}).mappings().all()
        return tuple(Timer(**{f: row[f] for f in Timer.__dataclass_fields__}) for row in found)

    def next_due(self, but: Collection[str] = ()) -> tuple[datetime | None, datetime | None]:
        """When the next deadline comes, those keys left out, and the next message's time."""
        with self.database.read() as connection:
            timer, message = connection.execute(_NEXT, {"but": list(but)}).one()
            return timer, message

    def next_message(self) -> datetime | None:
        """When the next message can be looked at."""
        with self.database.read() as connection:
            return overview.nearest(connection)

    # --- housekeeping ---

    def next_sweep(self) -> datetime | None:
        """When something may have to be deleted next."""
        with self.database.read() as connection:
            return sweeping.next_due(connection, self._clock.now())

    def recompute_instants(self) -> int:
        """If the time zone data has changed, work out every future instant again; how many."""
        with self.transaction() as unit:
            return zones.recompute(unit, zones.version())

    def check_keys(self) -> None:
        """Make every installation's key usable. Raises vault.KeyMissing where a master key is not here."""
        self.vault.learn(self._keys(select(data_keys)))

    def _find_key(self, key_id: str, installation: str) -> list[DataKey]:
        """A key the vault has not met: made before a restart, or by another process."""
        wanted = (data_keys.c.id == key_id) | (data_keys.c.installation_id == installation)
        return self._keys(select(data_keys).where(wanted))

    def _keys(self, query: Select[Any]) -> list[DataKey]:
        with self.database.read() as connection:
            found = connection.execute(query).mappings().all()
        return [DataKey(k["id"], k["installation_id"], k["wrapped"]) for k in found]

    def empty(self, connection: Connection) -> None:
        """Delete everything, for a playground that begins again."""
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
        self._cache.clear()
        self.vault.forget_all()

    # --- the inspector ---

    def inspect(self, set_id: str) -> tuple[Row, ...]:
        """The newest outbox rows of a set, without their words."""
        with self.database.read() as connection:
            return tuple(
                Row(
                    kind=row["kind"],
                    op=row["op"],
                    state=row["state"],
                    to=row["person"] or "the set's place",
                    due_at=row["due_at"],
                    why=row["last_error_class"] or "",
                )
                for row in overview.rows_of(connection, set_id)
            )


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _nothing(count: Count) -> None:
    """Nobody asks."""
