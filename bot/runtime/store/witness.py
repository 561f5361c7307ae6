"""The witness: a small file beside a SQLite database that says how far it had come.

A database that was emptied, has lost its WAL or was replaced by an older one looks whole to SQLite.
The witness knows better: every commit counts in the database, and the count is written beside it
soon afterwards. It is never ahead of what is on the disk, so a crash cannot make it wrong.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.runtime.process import private

ENDING = ".witness"

# In `meta`: `commits` is how many transactions have changed something, and `birth` tells this database
# from any other; it changes where an older one is put in its place.
_NEXT = """UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'commits'
    RETURNING value, (SELECT value FROM meta WHERE key = 'birth')"""
_BEGIN = """INSERT OR IGNORE INTO meta (key, value)
    VALUES ('birth', lower(hex(randomblob(16)))), ('commits', '0')"""
_BORN_AGAIN = "UPDATE meta SET value = lower(hex(randomblob(16))) WHERE key = 'birth'"
_READ = """SELECT (SELECT value FROM meta WHERE key = 'commits'),
    (SELECT value FROM meta WHERE key = 'birth'), (SELECT version_num FROM alembic_version)"""
_LAST = """SELECT max(at) FROM (SELECT max(received_at) AS at FROM deliveries
    UNION SELECT max(settled_at) FROM outbox UNION SELECT max(made_at) FROM outbox)"""
"""When anything was last written, as nearly as the rows tell."""

_MARKED = "SELECT 1 FROM meta WHERE key = 'backup_of'"


class RolledBack(Exception):
    """The database is not the one that was last written: it is left alone.

    `missing` says that there is none any more or an empty one; `lost` is how many commits it lacks,
    None where that cannot be known.
    """

    def __init__(self, path: Path, *, missing: bool = False, lost: int | None = None) -> None:
        """`path` is the database's."""
        super().__init__(path)
        self.path = path
        self.missing = missing
        self.lost = lost


@dataclass(frozen=True, slots=True)
class Count:
    """How far a database has come: its number of commits, and which database it is."""

    number: int
    birth: str
    revision: str = ""

    def digest_at(self, number: int) -> str:
        """What the counter looked like at that number, for who cannot be told the counter itself."""
        return sha256(f"{self.birth}:{number}".encode()).hexdigest()


def beside(path: Path) -> Path:
    """Where the witness of a database stands; a link to the database leads to the same one."""
    real = path.resolve()
    return real.with_name(real.name + ENDING)


# --- counting ---


def count_commit(connection: sqlite3.Connection) -> Count:
    """Count the transaction that is open on this connection; written or undone with it."""
    cursor = connection.cursor()
    found = cursor.execute(_NEXT).fetchall()
    if not found:
        cursor.execute(_BEGIN)
        found = cursor.execute(_NEXT).fetchall()
    return Count(int(found[0][0]), str(found[0][1]))


def read(path: Path) -> Count | None:
    """How far the database there has come, itself left untouched; None where it has never counted.

    Raises sqlite3.DatabaseError where the file cannot be read.
    """
    with closing(_look(path)) as opened:
        return _read(opened)


def _read(opened: sqlite3.Connection) -> Count | None:
    try:
        number, birth, revision = opened.execute(_READ).fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return None
        raise
    return None if number is None else Count(int(number), str(birth), str(revision))


def _look(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing, the WAL and its contents included; nor makes one."""
    real = path.resolve()
    how = "mode=ro" if real.with_name(real.name + "-wal").exists() else "immutable=1"
    return sqlite3.connect(f"{real.as_uri()}?{how}", uri=True)


# --- the file ---


def write(path: Path, revision: str, count: Count) -> None:
    """Say beside the database how far it has come. There whole or as it was, whatever happens."""
    said = {
        "revision": revision,
        "commits": count.number,
        "digest": count.digest_at(count.number),
    }
    with private.written(beside(path)) as file:
        file.write(json.dumps(said).encode())


def check(path: Path) -> bool:
    """Compare a database with its witness; whether there is one. Nothing is changed.

    Raises RolledBack where the database is missing, empty, older than the witness or another one.
    One that the restore command has just put there, and none has opened yet, is taken as it is;
    one that SQLite cannot read is left to the check for damage.
    """
    said = _said(path)
    if said is None:
        return False
    if not path.exists() or path.stat().st_size == 0:
        raise RolledBack(path, missing=True)
    try:
        with closing(_look(path)) as opened:
            count = _read(opened)
            if count is not None and opened.execute(_MARKED).fetchone() is not None:
                return True
    except sqlite3.DatabaseError:
        return True
    if said:
        _compare(path, said, count)
    return True


def _said(path: Path) -> dict[str, Any] | None:
    """What the witness says: nothing where it cannot be read; None where there is none."""
    try:
        said = json.loads(beside(path).read_text(encoding="utf-8"))
        return {k: said[k] for k in ("revision", "commits", "digest")}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def _compare(path: Path, said: dict[str, Any], count: Count | None) -> None:
    if count is None:
        raise RolledBack(path)
    if count.number < said["commits"]:
        raise RolledBack(path, lost=said["commits"] - count.number)
    if count.digest_at(said["commits"]) != said["digest"] or count.revision < said["revision"]:
        raise RolledBack(path)


# --- taking another one ---


def accept(path: Path, now: datetime, before: Callable[[sqlite3.Connection], object]) -> bool:
    """From now on the file that is there is the database; whether there is one.

    It is treated as a copy that was put back: what may have been sent since is looked up before
    anything is sent. Where there is none, or an empty one, the next start begins again. `before` is
    called with the database, in the same transaction.
    """
    count = read(path) if path.exists() and path.stat().st_size else None
    if count is None:
        beside(path).unlink(missing_ok=True)
        return False
    with closing(sqlite3.connect(path)) as opened:
        before(opened)
        last = opened.execute(_LAST).fetchone()[0]
        at = now if last is None else datetime.fromisoformat(last).replace(tzinfo=UTC)
        opened.execute("INSERT OR REPLACE INTO meta VALUES ('backup_of', ?)", (at.isoformat(),))
        opened.execute(_BORN_AGAIN)
        opened.commit()
        count = _read(opened)
    assert count is not None
    write(path, count.revision, count)
    return True


def begin_again(opened: sqlite3.Connection) -> None:
    """A copy that is put back is another database than the one it was made of; within a transaction."""
    opened.execute(_BEGIN)
    opened.execute(_BORN_AGAIN)


def renew(path: Path) -> None:
    """Write the witness of the file that is there now."""
    count = read(path)
    if count is not None:
        write(path, count.revision, count)
