"""The store as the rest of the shell sees it: transactions for the writer, and small reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from bot.core.room import Room
from bot.core.session import Matter, Notice, Where
from bot.runtime.clock import Clock, SystemClock
from bot.runtime.ports import Row
from bot.runtime.store import outgoing, zones
from bot.runtime.store.database import Database
from bot.runtime.store.tables import (
    Instant,
    data_keys,
    metadata,
    timers,
)
from bot.runtime.store.unit import Cache, Unit
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
_NEXT = select(_NEXT_TIMER.scalar_subquery(), outgoing.NEAREST.scalar_subquery())
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
        vault.find = self._find_key

    @contextmanager
    def transaction(self) -> Iterator[Unit]:
        """One unit of work: flushed and committed at the end, forgotten on any exception."""
        if not self.database.is_sqlite:
            self._cache.clear()
        try:
            with self.database.write() as connection:
                unit = Unit(
                    connection,
                    self.vault,
                    self._cache,
                    self._clock.now(),
                    self._clock.chance,
                    self.restored_at,
                )
                yield unit
                unit.flush()
        except BaseException:
            self._cache.clear()
            raise
        unit.done()

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
            return outgoing.nearest(connection)

    # --- housekeeping ---

    def recompute_instants(self) -> int:
        """Where the machine's time zone data has changed: every instant to come, anew; how many."""
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
                for row in outgoing.rows_of(connection, set_id)
            )


Chance = Callable[[], str]

__all__ = ["Matter", "Notice", "Store", "Timer", "Where"]
