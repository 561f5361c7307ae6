"""Copies to keep, without the keys; and opening one again without repeating what was said since."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, update

from bot.runtime.store.database import Database, back_up
from bot.runtime.store.tables import meta, outbox

MARK = "backup_of"
"""In a copy: when it was made. Its first opening runs the restore steps and takes the mark away."""

RESTORED = "restored_at"
"""In a restored database: messages meant before this may have been sent by the one it replaces."""

KEYS = ".keys.json"


class CannotRestore(Exception):
    """Nothing was changed; one sentence says why."""


def make(database: Database, now: datetime, folder: Path) -> tuple[Path, Path]:
    """A copy marked as such, and beside it, readable by its owner alone, the keys it leaves out.

    Whoever holds only the copy can read no words in it, not even with the master key.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = back_up(database, now, folder)
    with closing(sqlite3.connect(made)) as copy:
        copy.execute("PRAGMA secure_delete = ON")
        keys = copy.execute(
            "SELECT id, installation_id, wrapped, created_at FROM data_keys"
        ).fetchall()
        copy.execute("DELETE FROM data_keys")
        copy.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (MARK, now.isoformat()))
        copy.commit()
        copy.execute("VACUUM")
        copy.execute("PRAGMA journal_mode = DELETE")
    beside = made.with_name(made.name + KEYS)
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(keys, file)
    return made, beside


def restore(copy: Path, path: Path, now: datetime) -> Path | None:
    """Put a copy in the place of the database at `path`; where the one it replaces is kept now.

    Raises CannotRestore, with nothing changed, where the file is no copy of ours, is damaged, or its
    keys are not beside it.
    """
    beside = copy.with_name(copy.name + KEYS)
    if not beside.is_file():
        raise CannotRestore(f"The keys of this copy are missing: I look for {beside}.")
    _check(copy)
    fresh = path.with_name(path.name + ".restoring")
    fresh.unlink(missing_ok=True)
    shutil.copyfile(copy, fresh)
    keys = [tuple(row) for row in json.loads(beside.read_text(encoding="utf-8"))]
    with closing(sqlite3.connect(fresh)) as opened:
        opened.executemany(
            "INSERT INTO data_keys (id, installation_id, wrapped, created_at) VALUES (?, ?, ?, ?)",
            keys,
        )
        if path.exists():
            _carry_erasures(path, opened)
        opened.commit()
    os.chmod(fresh, 0o600)
    kept = _set_aside(path, now)
    fresh.replace(path)
    return kept


def _check(copy: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as opened:
            marked = opened.execute("SELECT value FROM meta WHERE key = ?", (MARK,)).fetchone()
            whole = opened.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        raise CannotRestore("I cannot read that file as a copy of ours.") from error
    if marked is None:
        raise CannotRestore("That file is not a copy made by als db backup.")
    if whole != ("ok",):
        raise CannotRestore("That copy is damaged; take an earlier one.")


def _carry_erasures(old: Path, opened: sqlite3.Connection) -> None:
    """Who was erased since the copy was made stays on the list of the erased."""
    try:
        with closing(sqlite3.connect(f"file:{old}?mode=ro", uri=True)) as known:
            erased = known.execute("SELECT person_hash, erased_at FROM erasures").fetchall()
    except sqlite3.Error:
        return
    opened.executemany("INSERT OR IGNORE INTO erasures VALUES (?, ?)", erased)


def _set_aside(path: Path, now: datetime) -> Path | None:
    if not path.exists():
        return None
    kept = path.with_name(f"{path.stem}-{now:%Y%m%d-%H%M%S}-replaced{path.suffix}")
    for end in ("", "-wal", "-shm"):
        part = path.with_name(path.name + end)
        if part.exists():
            part.replace(kept.with_name(kept.name + end))
    return kept


# --- opening a copy ---


def settle_copy(database: Database, now: datetime) -> bool:
    """Where this is the first opening of a copy: run the restore steps, in one transaction.

    A copy is older than the world. Every post that was due in it and is past its time goes to
    `unsure`, so that the platform is asked before anything is sent; and so will every message whose
    time came between the copy and now (`restored_at`).
    """
    with database.write() as connection:
        query = select(meta.c.value).where(meta.c.key == MARK)
        if connection.execute(query).scalar() is None:
            return False
        connection.execute(
            update(outbox)
            .where(outbox.c.state.in_(("due", "sending")), outbox.c.op == "post")
            .where(outbox.c.due_at <= now)
            .values(
                state="unsure",
                claim_id="restored",
                claimed_at=outbox.c.due_at,
                not_before=now,
                last_error_class="restored",
            )
        )
        connection.execute(delete(meta).where(meta.c.key.in_((MARK, RESTORED))))
        connection.execute(insert(meta).values(key=RESTORED, value=now.isoformat()))
        return True


def restored_at(database: Database) -> datetime | None:
    """When this database was last put in the place of another, if it was."""
    with database.read() as connection:
        found: Any = connection.execute(select(meta.c.value).where(meta.c.key == RESTORED)).scalar()
    return None if found is None else datetime.fromisoformat(found)
