"""Opening a database, SQLite with the settings that keep promises or PostgreSQL; copying a file."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import QueuePool

from bot.runtime.process import private

BUSY_TIMEOUT = 5.0
"""Seconds a SQLite connection waits for another writer."""

CONNECT_SECONDS = 2
"""Seconds a server may take to answer a new connection before we say that it is not there."""

LARGEST_COMPACTED = 256 * 1024 * 1024
"""The largest file, in bytes, that is written again after somebody was forgotten: it takes a second
or two of the writer's time."""

CHECKPOINT_PATIENCE = 0.1
"""Seconds a checkpoint waits for who is in the way, and lets the writer wait meanwhile."""
SILENT_SECONDS = 10
"""Seconds after which a server whose machine does not answer at all counts as gone."""

READERS = 4

log = structlog.get_logger()


class Damaged(Exception):
    """The database file cannot be trusted: it is left alone."""


class CommitFailed(Exception):
    """COMMIT was sent, or was about to be, and failed: it may have happened. `reason` is the driver's."""

    def __init__(self, reason: object) -> None:
        """The message names the kind alone: a driver's own may quote what was written."""
        super().__init__(type(reason).__name__)
        self.reason = reason


class Database:
    """One database: a connection for the writer at a time, and a small pool for readers."""

    def __init__(self, url: str) -> None:
        """Opens lazily."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(url) if self.is_sqlite else _server(url)
        self._readers = self.engine.execution_options(als_read=True)
        self._out: dict[int, Any] = {}
        self._number = 0
        self._listed = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that may write: committed at the end, rolled back on any exception.

        Raises CommitFailed where COMMIT failed without the server's plain word that it did nothing.
        """
        ready = False
        try:
            with self.engine.begin() as connection:
                yield connection
                ready = True
        except Exception as error:
            if ready and not _turned_down(error):
                raise CommitFailed(getattr(error, "orig", error)) from error
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that only reads; it may be one step behind the writer."""
        with self._readers.connect() as connection, self._noted(connection):
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One transaction that sees one moment, however long it reads."""
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._readers.connect() as connection, self._noted(connection):
            yield connection.execution_options(**level) if level else connection

    def make_folder(self) -> None:
        """Create the folder of a SQLite file, for its owner alone."""
        if self.path is not None:
            private.make_folder(self.path.resolve().parent)

    # --- the WAL of a SQLite file ---

    def checkpoint(self) -> bool:
        """Empty the WAL into the file, so that nothing of it is left; False where a reader is in the way.

        What is in nobody's way goes into the file all the same. True where there is no such file.
        """
        path = self.path
        if path is None or not path.exists():
            return True
        with (
            suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(path, timeout=CHECKPOINT_PATIENCE)) as opened,
        ):
            # Most of the work is done here, while the writer goes on.
            opened.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            busy, *_ = opened.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy
        return False

    def scrub(self, compact: bool) -> None:
        """Empty the WAL after something was deleted for good; with `compact` the file's pages too."""
        if compact:
            self.compact()
        self.checkpoint()

    def compact(self) -> bool:
        """Write the file again, without what was deleted; False where somebody is in the way.

        SQLite overwrites what it deletes, but what it moves from one page to another on the way stays
        behind in the unused part of the first. The writer waits meanwhile, so a very large file is left
        as it is: there only the log says so.
        """
        path = self.path
        if path is None or not path.exists():
            return True
        if path.stat().st_size > LARGEST_COMPACTED:
            log.warning("file_not_compacted", size=path.stat().st_size)
            return True
        with (
            suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT)) as opened,
        ):
            opened.execute("PRAGMA secure_delete=ON")
            opened.execute("VACUUM")
            return True
        return False

    def reading(self) -> frozenset[int]:
        """Who reads just now, by number."""
        with self._listed:
            return frozenset(self._out)

    def stop_reading(self, numbers: frozenset[int]) -> int:
        """Take from these what they see, if they still read: they fail, or see what is true now."""
        with self._listed:
            held = [self._out[number] for number in numbers if number in self._out]
            for connection in held:
                with suppress(sqlite3.Error):
                    connection.interrupt()
                    connection.rollback()
        return len(held)

    @contextmanager
    def _noted(self, connection: Connection) -> Iterator[None]:
        """Known as one who reads, as long as they do."""
        if not self.is_sqlite:
            yield
            return
        with self._listed:
            self._number += 1
            number = self._number
            self._out[number] = connection.connection.driver_connection
        try:
            yield
        finally:
            with self._listed:
                del self._out[number]

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    @property
    def address(self) -> str:
        """The server's address in libpq's own form, password included: never for a log."""
        shown = self.url.set(drivername="postgresql")
        return shown.render_as_string(hide_password=False)

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database."""
        if not self.is_sqlite or self.url.database in (None, "", ":memory:"):
            return None
        return Path(str(self.url.database))

    @property
    def files(self) -> tuple[Path, ...]:
        """The file of a SQLite database, and those SQLite keeps beside it."""
        real = self.path.resolve() if self.path is not None else None
        ends = ("", "-wal", "-shm", "-journal")
        return tuple(real.with_name(real.name + end) for end in ends) if real is not None else ()


def _turned_down(error: Exception) -> bool:
    """Whether the server itself says that the transaction is undone: a broken rule, a lost race."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return state[:2] in ("23", "40") and state != "40003"


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT, "check_same_thread": False},
        poolclass=QueuePool,
        pool_size=READERS + 1,
        max_overflow=READERS,
        hide_parameters=True,
    )

    @event.listens_for(engine, "do_connect")
    def create(dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        # SQLite gives its WAL and all else the rights of the file, so these are set before it opens.
        name = engine.url.database
        if name and name != ":memory:" and not name.startswith("file:"):
            with suppress(OSError):
                private.create(Path(name).resolve())

    @event.listens_for(engine, "connect")
    def settings(connection: Any, record: Any) -> None:
        # The driver's own BEGIN is deferred and upgrades too late (votes are lost silently):
        # we begin ourselves, below.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"busy_timeout={int(BUSY_TIMEOUT * 1000)}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("als_read", False):
            # It takes no lock, so it cannot fail, and the library's care would double its cost.
            connection.connection.cursor().execute("BEGIN DEFERRED")
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _server(url: str) -> Engine:
    return create_engine(
        url,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            # A network that swallows everything must become an error, or the writer waits for ever.
            "keepalives_idle": SILENT_SECONDS // 2,
            "keepalives_interval": 1,
            "keepalives_count": SILENT_SECONDS // 2,
            "tcp_user_timeout": SILENT_SECONDS * 1000,
        },
        pool_size=READERS + 1,
        max_overflow=READERS,
        pool_pre_ping=True,
        hide_parameters=True,
    )


def check_whole(database: Database) -> None:
    """Before anything else: raises Damaged where the file is no database, or a broken one."""
    path = database.path
    if path is None or not path.exists():
        return
    try:
        with database.engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except DatabaseError as error:
        if isinstance(error, OperationalError):
            raise
        raise Damaged(path) from error
    if found != "ok":
        raise Damaged(path)


def back_up(database: Database, now: datetime, folder: Path | None = None) -> Path:
    """A consistent copy of a SQLite file by VACUUM INTO, beside it or in a folder."""
    path = database.path
    if path is None:
        raise ValueError("only a SQLite file is copied this way")
    target = (folder or path.parent) / f"{path.stem}-{now:%Y%m%d-%H%M%S}.bak"
    target.unlink(missing_ok=True)
    private.create(target)
    with database.read() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("VACUUM INTO ?", (str(target),))
    return target
