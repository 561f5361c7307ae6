"""Moving a whole database to another, SQLite or PostgreSQL: counted and compared before it counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Integer, Table, func, insert, select, text

from bot.runtime.store.database import CommitFailed, Database
from bot.runtime.store.tables.columns import SealedText, metadata
from bot.runtime.store.upkeep.migrating import HEAD, revision, upgrade
from bot.runtime.vault import Sealed

BATCH = 500
"""Rows read and written at once."""


IN_DOUBT = (
    "I couldn't make sure whether the target has kept it. Copy again. If it has, "
    "I'll say that the target isn't empty, and everything is there."
)


class CannotCopy(Exception):
    """Nothing was copied, as far as is known; one sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Copied:
    """One table that is in both: how many rows, and the hash of their content."""

    table: str
    rows: int
    content: str


def copy(source: Database, target: Database, now: datetime) -> tuple[Copied, ...]:
    """Everything in `source` into the empty `target`, in one transaction; what each table holds.

    Sealed values go as they are: no key is needed, and the same keys open them afterwards. Raises
    CannotCopy, with the target as it was, where one is not at this version's revision, the target
    holds rows, or what arrived is not what was there; also where nobody knows whether it is kept.
    """
    _check(source, target, now)
    try:
        return _copied(source, target)
    except CommitFailed as error:
        raise CannotCopy(IN_DOUBT) from error


def _copied(source: Database, target: Database) -> tuple[Copied, ...]:
    copied: list[Copied] = []
    with source.snapshot() as reading, target.write() as writing:
        for table in metadata.sorted_tables:
            if writing.execute(select(func.count()).select_from(table)).scalar_one():
                raise CannotCopy("The target isn't empty. Give me a new database.")
            _copy_rows(reading, writing, table)
            there, here = _content(reading, table), _content(writing, table)
            if there != here:
                raise CannotCopy(
                    f"The table {table.name} didn't arrive as it was. Nothing is copied."
                )
            copied.append(here)
            _go_on_counting(writing, table)
    return tuple(copied)


def _check(source: Database, target: Database, now: datetime) -> None:
    if source.url == target.url:
        raise CannotCopy("Source and target are the same database.")
    if source.path is not None and not source.path.exists():
        raise CannotCopy("There's no database at the source.")
    if revision(source) != HEAD:
        raise CannotCopy("Bring the source up to date first: als db upgrade.")
    target.make_folder()
    if revision(target) is None:
        upgrade(target, now)
    elif revision(target) != HEAD:
        raise CannotCopy("Bring the target up to date first: als db upgrade.")


def _copy_rows(reading: Connection, writing: Connection, table: Table) -> None:
    sealed = [c.name for c in table.columns if isinstance(c.type, SealedText)]
    found = reading.execute(select(table).execution_options(yield_per=BATCH))
    for batch in found.mappings().partitions(BATCH):
        writing.execute(insert(table), [_as_it_is(row, sealed) for row in batch])


def _as_it_is(row: Mapping[Any, Any], sealed: Iterable[str]) -> dict[str, Any]:
    values = {str(name): value for name, value in row.items()}
    return values | {name: Sealed(values[name]) for name in sealed if values[name] is not None}


def _content(connection: Connection, table: Table) -> Copied:
    """Count and hash. The hash is a sum over rows: the order, which databases differ in, is left out."""
    rows, total = 0, 0
    found = connection.execute(select(table).execution_options(yield_per=BATCH))
    for row in found:
        rows += 1
        line = "\x1f".join(_plain(value) for value in row)
        total += int.from_bytes(sha256(line.encode()).digest(), "big")
    return Copied(table.name, rows, f"{total % 2**256:064x}")


def _plain(value: Any) -> str:
    if value is None:
        return "\x00"
    return value.isoformat() if isinstance(value, datetime) else f"{value}"


def _go_on_counting(connection: Connection, table: Table) -> None:
    """On PostgreSQL the next number comes from a sequence, which copied rows have not moved."""
    if connection.dialect.name == "sqlite":
        return
    for column in table.primary_key.columns:
        if isinstance(column.type, Integer) and column.autoincrement is True:
            highest = connection.execute(select(func.max(column))).scalar()
            if highest is not None:
                connection.execute(
                    text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"),
                    {"table": table.name, "column": column.name, "highest": highest},
                )
