"""Bringing a database to the newest revision: what was written before is copied, checked and counted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, func, inspect, select, table, text

from bot.runtime.store.database import Database, back_up

MIGRATIONS = "migrations"
HEAD = "0007"
"""The newest revision. Asking Alembic for it would cost every start a fifth of a second."""


class TooNew(Exception):
    """The database was written by a newer version of the bot: it is left alone."""


def migrations_folder() -> Path:
    """Where the migrations are: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parents[3]
    inside = package / "_migrations"
    return inside if inside.is_dir() else package.parent / MIGRATIONS


def _alembic(connection: Connection | None) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = connection
    return config


def revision(database: Database) -> str | None:
    """The revision a database stands at; None where it is empty."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def known(wanted: str) -> bool:
    """Whether this version of the bot knows that revision."""
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        ScriptDirectory.from_config(_alembic(None)).get_revision(wanted)
    except CommandError:
        return False
    return True


def upgrade(database: Database, now: datetime) -> Path | None:
    """Bring the database to the newest revision, after a copy of a SQLite file that has rows.

    Returns the copy's path, if one was made. Raises TooNew where a newer version wrote it; raises
    RuntimeError where a foreign key is broken or rows were lost afterwards, the copy still there.
    """
    at = revision(database)
    if at == HEAD:
        return None
    if at is not None and not known(at):
        raise TooNew(at)
    copy = back_up(database, now) if at is not None and database.path is not None else None
    migrate(database, "head")
    return copy


def migrate(database: Database, to: str) -> None:
    """Run the migrations up or down to a revision, foreign keys off meanwhile and checked after."""
    from alembic import command

    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        before = _counts(connection)
        config = _alembic(connection)
        at = connection.execute(_VERSION).scalar() if before else None
        step = command.downgrade if to == "base" or _is_behind(at, to) else command.upgrade
        step(config, to)
        _check(connection, database, before)
        connection.commit()
        if database.is_sqlite:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


_VERSION = text("SELECT version_num FROM alembic_version")


def _is_behind(at: str | None, to: str) -> bool:
    return at is not None and to != "head" and to < at


def _counts(connection: Connection) -> dict[str, int]:
    tables = [t for t in inspect(connection).get_table_names() if not t.startswith("_alembic")]
    return {t: connection.execute(_count(t)).scalar_one() for t in tables}


def _count(name: str) -> Select[int]:
    return select(func.count()).select_from(table(name))


def _check(connection: Connection, database: Database, before: dict[str, int]) -> None:
    if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
        raise RuntimeError("a foreign key is broken after the migration")
    after = _counts(connection)
    lost = [t for t, n in before.items() if t in after and t != "alembic_version" and after[t] != n]
    if lost:
        raise RuntimeError(f"rows were lost or added in: {', '.join(lost)}")
