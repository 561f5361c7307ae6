"""Opening what is kept: the database checked and private, and the keys that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import structlog

from bot.app.exits import FAILED, NEWER, RUNNING, CannotStart
from bot.config import Settings, SettingsError
from bot.runtime.clock import SystemClock
from bot.runtime.process import lock, private
from bot.runtime.store import witness
from bot.runtime.store.database import Damaged, Database, check_whole
from bot.runtime.store.upkeep.migrating import HEAD, TooNew, known, revision, upgrade
from bot.runtime.store.witness import RolledBack
from bot.runtime.vault import new_master_key

BACKUPS = "backups"
"""The folder of copies, in the data folder."""

UNWRITABLE = "I cannot write to {}; set ALS_DATA_DIR to a folder I may write to."

log = structlog.get_logger()


def open_database(url: str, now: datetime) -> Database:
    """The database, whole and at the newest revision.

    Raises store.TooNew, store.Damaged, store.RolledBack, SettingsError where unwritable.
    """
    return upgraded(checked(url), now)


def checked(url: str) -> Database:
    """The database as it stands, where it may be used; its folder is there, its files are private."""
    database = Database(url)
    path = database.path
    if path is None:
        return database
    try:
        database.make_folder()
        private.narrow(database.files)
        if not witness.check(path) and path.exists() and path.stat().st_size:
            log.warning("witness_missing", where=str(witness.beside(path)))
        check_whole(database)
    except OSError as error:
        raise SettingsError(UNWRITABLE.format(path.parent)) from error
    return database


def upgraded(database: Database, now: datetime) -> Database:
    """The database at the newest revision. Raises store.TooNew, SettingsError where unwritable."""
    try:
        copy = upgrade(database, now)
    except OSError as error:
        raise SettingsError(UNWRITABLE.format(database.path or "the database")) from error
    if copy is not None:
        log.info("database_upgraded", copy=str(copy))
    return database


def keys_for(settings: Settings, database: Database) -> list[str]:
    """The master keys; new ones are made only where no database stands that older ones have sealed.

    Raises SettingsError where they are missing, TooNew for a database that is not ours to judge.
    """
    at = revision(database)
    if at is not None and at != HEAD and not known(at):
        raise TooNew(at)
    keys = settings.keys(new_master_key() if at is None else "")
    private.narrow([settings.key_file])
    return keys


def make_private(settings: Settings, database: Database) -> None:
    """Our own files are made private; where the folder is not, which is its owner's to say, we warn."""
    copies = settings.data_dir / BACKUPS
    private.narrow([copies], private.FOLDER)
    for folder in (settings.data_dir, copies):
        if folder.is_dir():
            private.narrow(f for f in folder.iterdir() if _is_ours(f))
    folders = {settings.data_dir, *(f.parent for f in database.files[:1])}
    for folder in sorted(folders):
        if folder.is_dir() and private.is_wide(folder):
            log.warning("folder_open_to_others", where=str(folder))


def _is_ours(file: Path) -> bool:
    ends = (".bak", ".json", ".als", witness.ENDING)
    return file.is_file() and (file.name.endswith(ends) or "-replaced." in file.name)


def alone(settings: Settings, stack: ExitStack) -> Callable[[], None]:
    """One process per SQLite file, whatever it is called; a PostgreSQL server may be shared.

    Call what is returned once the file is sure to be there: it is held under all its names.
    """
    named = Database(settings.database()).path
    if named is None:
        return lambda: None
    path = named.resolve()
    with _held_by_nobody(named):
        private.make_folder(path.parent)
        held = lock.Lock(path.parent, SystemClock().now())
        stack.callback(held.release)
        held.hold(path)

    def hold() -> None:
        with _held_by_nobody(named):
            held.hold(path)

    return hold


@contextmanager
def _held_by_nobody(path: Path) -> Iterator[None]:
    try:
        yield
    except lock.Held as other:
        since = f" since {other.since}" if other.since else ""
        who = f"process {other.pid}{since}" if other.pid else "another process"
        raise CannotStart(
            f"als runs here already: {who} uses {path.parent}. Stop it first, "
            "or give this one another ALS_DATA_DIR.",
            RUNNING,
        ) from None
    except OSError as error:
        raise SettingsError(UNWRITABLE.format(path.parent)) from error


@contextmanager
def left_alone() -> Iterator[None]:
    """What is wrong with a database, in a sentence; it has been left as it was."""
    try:
        yield
    except TooNew:
        raise CannotStart(TOO_NEW, NEWER) from None
    except Damaged:
        raise CannotStart(DAMAGED, FAILED) from None
    except RolledBack as found:
        raise CannotStart(_rolled_back(found), FAILED) from None


def _rolled_back(found: RolledBack) -> str:
    if found.missing:
        return GONE.format(found.path)
    lost = f" At least {found.lost} changes are missing." if found.lost else ""
    return OLDER.format(found.path, lost)


GONE = (
    "There is no database at {} any more, or an empty one, and there was one: the file beside it "
    "that ends in .witness says so. Nothing has been changed. Put a copy back with als db restore; "
    "or, to begin anew, run als db accept."
)
OLDER = (
    "The database at {} is older than what I last wrote there, or another one.{} Nothing has been "
    "changed. Put the newest copy back with als db restore; or, to go on with what is there, run "
    "als db accept."
)

DAMAGED = "The database file is damaged and was left as it is; put a copy back with als db restore."
TOO_NEW = (
    "This database was written by a newer version of als-bot. Install that version again, "
    "or restore the copy made before the upgrade; nothing has been changed."
)
