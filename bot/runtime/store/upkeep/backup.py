"""Copies to keep, without the keys; and opening one again without repeating what was said since."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import case, delete, insert, literal, select, update

from bot.runtime.process import private
from bot.runtime.store import witness
from bot.runtime.store.database import Database, back_up
from bot.runtime.store.outbox.write import AHEAD
from bot.runtime.store.tables.columns import Instant
from bot.runtime.store.tables.installed import meta
from bot.runtime.store.tables.messages import outbox
from bot.runtime.vault import FileBroken, KeyMissing, Vault

MARK = "backup_of"
"""In a copy: when it was made. Its first opening runs the restore steps and takes the mark away."""

RESTORED = "restored_at"
"""In a restored database: messages meant before this may have been sent by the one it replaces."""

KEYS = ".keys.json"
"""The ending of the file beside a copy that holds the keys the copy leaves out."""

ALL_KEYS = "data-keys.json"
"""The same for nightly copies: one file for all, so that a key forgotten today opens none of them."""

ERASED = "erased.json"
"""Who has been erased, as keyed hashes: whatever copy is put back, they are erased again."""

SEALED = ".als"
KEPT = timedelta(days=14)
"""How long nightly copies are kept."""


class CannotRestore(Exception):
    """Nothing was changed; one sentence says why."""


def make(database: Database, vault: Vault, now: datetime, folder: Path) -> tuple[Path, Path]:
    """A sealed copy marked as such, and beside it, readable by its owner alone, the keys it leaves out.

    A person who holds only the copy can read nothing in it, and with the master key no words.
    """
    made, keys, erased = _sealed_copy(database, vault, now, folder)
    beside = made.with_name(made.name + KEYS)
    _write(beside, keys)
    _write(folder / ERASED, erased)
    return made, beside


def nightly(database: Database, vault: Vault, now: datetime, folder: Path) -> Path:
    """Tonight's sealed copy; those older than two weeks go. The folder holds one file of keys."""
    made, keys, erased = _sealed_copy(database, vault, now, folder)
    _write(folder / ALL_KEYS, keys)
    _write(folder / ERASED, erased)
    for old in folder.glob(f"*{SEALED}"):
        at = _made_at(old)
        if at is not None and at < now - KEPT:
            old.unlink()
            old.with_name(old.name + KEYS).unlink(missing_ok=True)
    _drop_aside(database, now)
    return made


def _drop_aside(database: Database, now: datetime) -> None:
    """Copies before an upgrade and what a restore replaced: as readable as the database, and as old."""
    if database.path is None:
        return
    path = database.path.resolve()
    for old in path.parent.glob(f"{path.stem}-*"):
        stamp = _ASIDE.fullmatch(old.name.removeprefix(f"{path.stem}-"))
        with suppress(ValueError):
            if stamp and _at(stamp[1]) < now - KEPT:
                old.unlink(missing_ok=True)


_ASIDE = re.compile(r"(\d{8}-\d{6})(?:\.bak|-replaced\.[^.]*)")


def _at(stamp: str) -> datetime:
    return datetime.strptime(stamp, "%Y%m%d-%H%M%S").replace(tzinfo=UTC)


def newest(folder: Path) -> datetime | None:
    """When the newest copy in a folder was made."""
    times = (_made_at(path) for path in folder.glob(f"*{SEALED}"))
    return max((at for at in times if at is not None), default=None)


def _made_at(path: Path) -> datetime | None:
    try:
        day, time = path.name.removesuffix(f".bak{SEALED}").rsplit("-", 2)[-2:]
        return datetime.strptime(f"{day}{time}", "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _sealed_copy(
    database: Database, vault: Vault, now: datetime, folder: Path
) -> tuple[Path, list[Any], list[Any]]:
    """The copy, the data keys that were taken out of it, and the list of the erased."""
    private.make_folder(folder)
    plain = back_up(database, now, folder)
    try:
        with closing(sqlite3.connect(plain)) as copy:
            copy.execute("PRAGMA secure_delete = ON")
            keys = copy.execute(
                "SELECT id, installation_id, wrapped, created_at FROM data_keys"
            ).fetchall()
            erased = copy.execute("SELECT person_hash, erased_at FROM erasures").fetchall()
            copy.execute("DELETE FROM data_keys")
            copy.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (MARK, now.isoformat()))
            copy.commit()
            copy.execute("VACUUM")
            copy.execute("PRAGMA journal_mode = DELETE")
        made = plain.with_name(plain.name + SEALED)
        with open(plain, "rb") as source, private.written(made) as target:
            vault.seal_file(source, target)
    finally:
        plain.unlink(missing_ok=True)
    return made, keys, erased


def _write(path: Path, rows: list[Any]) -> None:
    with private.written(path) as file:
        file.write(json.dumps(rows).encode())


def restore(copy: Path, path: Path, vault: Vault, now: datetime) -> Path | None:
    """Put a copy in the place of the database at `path`; where the one it replaces is kept now.

    Raises CannotRestore, with nothing changed, where the file is no copy of ours, is damaged, was
    sealed with another master key, or its keys are not beside it.
    """
    keys = _keys_beside(copy)
    fresh = path.with_name(path.name + ".restoring")
    try:
        _unseal(copy, fresh, vault)
        _check(fresh)
        with closing(sqlite3.connect(fresh)) as opened:
            opened.executemany(
                "INSERT INTO data_keys (id, installation_id, wrapped, created_at)"
                " VALUES (?, ?, ?, ?)",
                keys,
            )
            _carry_erasures(path, copy.with_name(ERASED), opened)
            witness.begin_again(opened)
            opened.commit()
        kept = _set_aside(path, now)
        fresh.replace(path)
        witness.renew(path)
    finally:
        fresh.unlink(missing_ok=True)
    return kept


def _keys_beside(copy: Path) -> list[tuple[Any, ...]]:
    own, shared = copy.with_name(copy.name + KEYS), copy.with_name(ALL_KEYS)
    beside = next((path for path in (own, shared) if path.is_file()), None)
    if beside is None:
        raise CannotRestore(f"The keys of this copy are missing. I looked for {own} or {shared}.")
    try:
        return [tuple(row) for row in json.loads(beside.read_text(encoding="utf-8"))]
    except (ValueError, TypeError):
        raise CannotRestore(f"I can't read the keys in {beside}.") from None


def _unseal(copy: Path, fresh: Path, vault: Vault) -> None:
    try:
        with open(copy, "rb") as sealed, private.written(fresh) as plain:
            vault.unseal_file(sealed, plain)
    except KeyMissing:
        raise CannotRestore(
            "That copy was sealed with another master key. Add it to ALS_ENCRYPTION_KEYS."
        ) from None
    except FileBroken:
        raise CannotRestore("That file isn't a copy of ours, or it's damaged.") from None
    except OSError:
        raise CannotRestore(f"I can't read {copy}.") from None


def _check(copy: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as opened:
            marked = opened.execute("SELECT value FROM meta WHERE key = ?", (MARK,)).fetchone()
            whole = opened.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        raise CannotRestore("I can't read that file as a copy of ours.") from error
    if marked is None:
        raise CannotRestore("That file isn't a copy made by als db backup.")
    if whole != ("ok",):
        raise CannotRestore("That copy is damaged. Use an earlier one.")


def _carry_erasures(old: Path, listed: Path, opened: sqlite3.Connection) -> None:
    """Who was erased since the copy was made stays on the list of the erased."""
    erased: list[Any] = []
    if listed.is_file():
        with suppress(ValueError):
            erased += [tuple(row) for row in json.loads(listed.read_text(encoding="utf-8"))]
    if old.exists():
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"file:{old}?mode=ro", uri=True)) as known,
        ):
            erased += known.execute("SELECT person_hash, erased_at FROM erasures").fetchall()
    opened.executemany(
        "INSERT OR IGNORE INTO erasures (person_hash, erased_at) VALUES (?, ?)", erased
    )


def accept(path: Path, folder: Path, now: datetime) -> bool:
    """Take the database at `path` as a copy that was put back, though it is none; whether there is one.

    Who was erased since stays erased, as far as the folder of copies knows. Where there is none, or
    an empty one, nothing says any more that there was one.
    """
    return witness.accept(path, now, lambda opened: _carry_erasures(path, folder / ERASED, opened))


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
    time came between the copy and now (`restored_at`). Each may stand there since its own claim, or
    since the copy was made or it was due, and may have been made at any time until now.
    """
    with database.write() as connection:
        query = select(meta.c.value).where(meta.c.key == MARK)
        marked = connection.execute(query).scalar()
        if marked is None:
            return False
        made = min(datetime.fromisoformat(marked), now)
        perhaps = (
            update(outbox)
            .where(outbox.c.op == "post", outbox.c.due_at <= now + AHEAD)
            .values(
                state="unsure", claim_id="restored", not_before=now, last_error_class="restored"
            )
        )
        # On its way in the copy already: its claim's time says since when.
        connection.execute(perhaps.where(outbox.c.state.in_(("sending", "unsure"))))
        due = outbox.c.due_at
        since = case(
            (due > now, literal(now, Instant)), (due > made, due), else_=literal(made, Instant)
        )
        fresh = perhaps.where(outbox.c.state == "due")
        connection.execute(fresh.values(claimed_at=since, platform_at=None))
        connection.execute(delete(meta).where(meta.c.key.in_((MARK, RESTORED))))
        connection.execute(insert(meta).values(key=RESTORED, value=now.isoformat()))
        return True


def restored_at(database: Database) -> datetime | None:
    """When this database was last put in the place of another, if it was."""
    with database.read() as connection:
        found: Any = connection.execute(select(meta.c.value).where(meta.c.key == RESTORED)).scalar()
    return None if found is None else datetime.fromisoformat(found)
