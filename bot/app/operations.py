"""What an operator does beside `als run`: the database, keys, audit log, setting up a platform."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bot.app.exits import FAILED, CannotStart
from bot.app.opening import (
    BACKUPS,
    alone,
    checked,
    keys_for,
    left_alone,
)
from bot.config import Settings, SettingsError, add_key, driver, load
from bot.runtime.clock import SystemClock
from bot.runtime.store import audit
from bot.runtime.store.database import Database
from bot.runtime.store.upkeep import backup, copying, key_rotation
from bot.runtime.store.upkeep.migrating import revision, upgrade
from bot.runtime.store.witness import RolledBack
from bot.runtime.vault import KeyMissing, Vault, new_master_key


async def lead_slack(tell: Callable[[str], None], ask: Callable[[str], str], env: Path) -> bool:
    """Lead through setting up Slack; whether it worked."""
    from bot.adapters.slack.install.setup import lead

    return await lead(tell, ask, env, api_url=load().slack_api_url)


async def lead_discord(tell: Callable[[str], None], ask: Callable[[str], str], env: Path) -> bool:
    """Lead through setting up Discord; whether it worked."""
    from bot.adapters.discord.connect import Endpoints
    from bot.adapters.discord.setup import lead

    settings = load()
    address = Endpoints("", settings.discord_api_url, settings.discord_gateway_url)
    return await lead(tell, ask, env, address)


def upgrade_database() -> str:
    """Bring the database of the settings to the newest revision; says what was done."""
    settings = load()
    with left_alone():
        database = checked(settings.database())
        try:
            keys_for(settings, database)
            before = revision(database)
            copy = upgrade(database, SystemClock().now())
        finally:
            database.close()
    if copy is not None:
        return f"Upgraded from {before}. The copy from before is {copy}."
    return "The database is up to date."


def copy_database(source: str, target: str) -> str:
    """Copy a whole database into another, empty one; says what was counted and compared."""
    databases = Database(driver(source)), Database(driver(target))
    try:
        copied = copying.copy(*databases, SystemClock().now())
    except copying.CannotCopy as error:
        raise CannotStart(str(error), FAILED) from None
    finally:
        for database in databases:
            database.close()
    rows = sum(table.rows for table in copied)
    lines = [f"  {t.table:<16} {t.rows:>8}  {t.content[:12]}" for t in copied]
    said = f"Copied {rows} rows in {len(copied)} tables. Counts and content agree:"
    return "\n".join([said, *lines, "Now set DATABASE_URL to the new one and start als run."])


def back_up_database(folder: Path | None) -> str:
    """A copy to keep, and its keys beside it."""
    settings = load()
    database = Database(settings.database())
    if database.path is None:
        raise CannotStart("A PostgreSQL database is copied with pg_dump.", FAILED)
    if not database.path.exists():
        raise CannotStart(f"There's no database at {database.path}.", FAILED)
    try:
        to = folder or settings.data_dir / BACKUPS
        made = backup.make(database, _vault(settings), SystemClock().now(), to)
    finally:
        database.close()
    return f"The copy is {made[0]}. Its keys are {made[1]}. Keep them in another place."


def _vault(settings: Settings) -> Vault:
    try:
        return Vault(settings.keys(), SystemClock().chance)
    except ValueError as error:
        raise SettingsError(f"I can't use ALS_ENCRYPTION_KEYS: {error}.") from None


def restore_database(copy: Path) -> str:
    """Put a copy in the place of the database; als run must not be running."""
    settings = load()
    path = Database(settings.database()).path
    if path is None:
        raise CannotStart("A PostgreSQL database is restored with pg_restore.", FAILED)
    with ExitStack() as stack:
        alone(settings, stack)
        try:
            kept = backup.restore(copy, path.resolve(), _vault(settings), SystemClock().now())
        except backup.CannotRestore as error:
            raise CannotStart(str(error), FAILED) from None
    aside = f" The one before is {kept}." if kept else ""
    return f"Restored.{aside} I look up what may have been sent since before I send anything."


def accept_database() -> str:
    """Use the database that is there, even though it is not the one last written."""
    settings = load()
    path = Database(settings.database()).path
    if path is None:
        raise CannotStart(
            "A PostgreSQL database has no witness, so there's nothing to accept.", FAILED
        )
    with ExitStack() as stack, left_alone():
        alone(settings, stack)
        try:
            checked(settings.database()).close()
        except RolledBack:
            if backup.accept(path.resolve(), settings.data_dir / BACKUPS, SystemClock().now()):
                return ACCEPTED
            return "Accepted: there's no database. als run begins anew."
    return "There's nothing to accept: nothing says that the database isn't as I left it."


ACCEPTED = (
    "Accepted: als run goes on with what's there. It looks up what may have been "
    "sent since before it sends anything."
)


def rotate_keys(new: bool) -> str:
    """Wrap every data key by the newest master key; with `new`, make that key first."""
    settings = load()
    with ExitStack() as stack:
        alone(settings, stack)
        clock = SystemClock()
        with left_alone():
            database = checked(settings.database())
        stack.callback(database.close)
        if revision(database) is None:
            raise CannotStart("There's no database yet. als run makes one.", FAILED)
        made = new and add_key(settings, new_master_key())
        if new and not made:
            raise CannotStart(KEYS_ARE_SET)
        vault = Vault(settings.keys(), clock.chance)
        try:
            count = key_rotation.rotate(database, vault)
        except KeyMissing:
            raise CannotStart(KEY_NOT_HERE, FAILED) from None
    first = "A new key is now first in the key file. " if made else ""
    keys = f"{count} data key{'' if count == 1 else 's'}"
    return f"{first}{keys} wrapped anew by the newest key. {OLD_KEYS}"


KEYS_ARE_SET = (
    "The keys come from ALS_ENCRYPTION_KEYS. Put a new one first there, followed "
    "by a comma. Then run als keys rotate without --new."
)
KEY_NOT_HERE = (
    "A data key was wrapped by a key that isn't here. Put it back into "
    "ALS_ENCRYPTION_KEYS and run this again. What was done stays done."
)
OLD_KEYS = (
    "Keep the older keys as long as you keep older copies. Cards whose buttons "
    "people may still press need them too."
)


def verify_audit() -> tuple[bool, str]:
    """Whether the audit log is as it was written; and one sentence about it."""
    settings = load()
    database = Database(settings.database())
    try:
        if revision(database) is None:
            raise CannotStart("There's no database yet. als run makes one.", FAILED)
        with database.read() as connection:
            found = audit.verify(connection)
    finally:
        database.close()
    if found.broken:
        return False, (
            f"The audit log doesn't hold: a row of {found.broken} was changed or removed."
        )
    rows = f"{found.rows} row{'' if found.rows == 1 else 's'}"
    return True, (
        f"The audit log holds: {rows} on {found.days} days, each following from the last."
    )
