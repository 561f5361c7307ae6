"""Opening what is kept: the database checked and private, and the keys that belong to it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import structlog

from bot.config import Settings, SettingsError
from bot.runtime.process import private
from bot.runtime.store import witness
from bot.runtime.store.database import HEAD, Database, TooNew, check_whole, known, revision, upgrade
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
        log.info("databaseupgraded", copy=str(copy))
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
