"""A whole database moves to another kind, or comes back from a copy, and the set just goes on."""

from __future__ import annotations

import io
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.runtime.clock import MovableClock
from bot.runtime.store.database import Database
from bot.runtime.store.upkeep import backup, copying
from bot.runtime.store.upkeep.migrating import upgrade
from bot.runtime.vault import CHUNK, FileBroken, Vault, new_master_key
from tests.runtime.conftest import KEY, new_database
from tests.runtime.people import action, begin, found, gesture, press, running, the_set

MONDAY = datetime(2027, 3, 1, 18, tzinfo=UTC)
PEOPLE = ("Ana", "Ben", "Chidi", "Dana")


def bot_on(database: Database, clock: MovableClock, platform: MemoryPlatform) -> Bot:
    bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0, threaded=False)
    bot.store.restored_at = backup.restored_at(database)
    return bot


def opened(url: str) -> Database:
    database = Database(url)
    upgrade(database, MONDAY)
    return database


@pytest.mark.parametrize(("old", "new"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
async def test_a_live_meeting_goes_on_in_the_copy(
    server: str, tmp_path: Path, old: str, new: str
) -> None:
    """Given a meeting that runs, when its database is copied, then counts and content agree."""
    urls = {"sqlite": f"sqlite:///{tmp_path / 'als.db'}", "postgresql": new_database(server)}
    clock, platform = MovableClock(MONDAY, seed=1), MemoryPlatform()
    source, target = opened(urls[old]), Database(urls[new])
    bot = bot_on(source, clock, platform)
    await begin(bot, *PEOPLE)
    await bot.settle()
    before = (the_set(bot), running(bot))

    copied = copying.copy(source, target, clock.now())

    assert sum(table.rows for table in copied) > 20
    after = bot_on(target, clock, platform)
    assert (the_set(after), running(after)) == before
    answer = await press(after, "Ana", "spoken")
    await after.settle()
    assert answer.refusal is None
    source.close()
    target.close()


async def test_a_target_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    """Given a target with rows, when somebody copies into it, then it says no and keeps its own."""
    clock, platform = MovableClock(MONDAY, seed=1), MemoryPlatform()
    source, target = (opened(f"sqlite:///{tmp_path / name}.db") for name in ("a", "b"))
    await begin(bot_on(source, clock, platform), *PEOPLE)
    await begin(bot_on(target, clock, platform), *PEOPLE)

    with pytest.raises(copying.CannotCopy, match="not empty"):
        copying.copy(source, target, clock.now())

    source.close()
    target.close()


def test_a_source_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Given a mistyped source, when it is copied, then nothing is created in its place."""
    source, target = (Database(f"sqlite:///{tmp_path / name}.db") for name in ("a", "b"))

    with pytest.raises(copying.CannotCopy, match="no database"):
        copying.copy(source, target, MONDAY)

    assert not (tmp_path / "a.db").exists()


async def test_a_restored_database_does_not_repeat_two_weeks_of_reminders(tmp_path: Path) -> None:
    """Given a copy two weeks old, when it is put back, then what was said since is not said again."""
    clock, platform = MovableClock(MONDAY, seed=1), MemoryPlatform()
    path = tmp_path / "als.db"
    database = opened(f"sqlite:///{path}")
    bot = bot_on(database, clock, platform)
    await found(bot.service, *PEOPLE)
    for who in PEOPLE:
        answer = await bot.service.receive(gesture(who, action(f"{who} will call Mia.")))
        assert answer.refusal is None
    await bot.settle()
    copy, _ = backup.make(database, bot.vault, clock.now(), tmp_path / "backups")
    await bot.move_to(MONDAY + timedelta(days=14))
    said = [m.key for what, m in platform.log if what == "post"]
    reminded = sum(m.destination.person != "" for what, m in platform.log if what == "post")
    database.close()

    kept = backup.restore(copy, path, bot.vault, clock.now())
    restored = opened(f"sqlite:///{path}")
    assert backup.settle_copy(restored, clock.now())
    again = bot_on(restored, clock, platform)
    await again.move_to(clock.now() + timedelta(hours=1))

    later = [m.key for what, m in platform.log if what == "post"]
    assert reminded > len(PEOPLE)
    assert kept is not None
    assert later[len(said) :] == []
    assert len(set(later)) == len(later)
    assert not backup.settle_copy(restored, clock.now())
    restored.close()


async def test_a_copy_holds_no_key_and_no_word(tmp_path: Path) -> None:
    """Given a copy, when somebody has only it, then it is sealed; opened, its words stay sealed."""
    clock, platform = MovableClock(MONDAY, seed=1), MemoryPlatform()
    database = opened(f"sqlite:///{tmp_path / 'als.db'}")
    bot = bot_on(database, clock, platform)
    await begin(bot, *PEOPLE)
    with database.read() as connection:
        wrapped = connection.exec_driver_sql("SELECT wrapped FROM data_keys").scalar_one()

    copy, keys = backup.make(database, bot.vault, clock.now(), tmp_path / "backups")

    assert b"SQLite format" not in copy.read_bytes()
    assert copy.stat().st_mode & 0o077 == 0
    plain = io.BytesIO()
    bot.vault.unseal_file(io.BytesIO(copy.read_bytes()), plain)
    (tmp_path / "plain.db").write_bytes(plain.getvalue())
    with sqlite3.connect(tmp_path / "plain.db") as connection:
        assert connection.execute("SELECT count(*) FROM data_keys").fetchone() == (0,)
    assert str(wrapped).encode() not in (tmp_path / "plain.db").read_bytes()
    assert json.loads(keys.read_text())[0][2] == wrapped
    assert keys.stat().st_mode & 0o077 == 0
    assert {path.name for path in copy.parent.iterdir()} == {copy.name, keys.name, "erased.json"}
    database.close()


async def test_a_copy_is_made_every_night_and_kept_for_two_weeks(tmp_path: Path) -> None:
    """Given a bot that runs for weeks, when a copy is put back, then the set is as it was that night."""
    clock, platform = MovableClock(MONDAY, seed=1), MemoryPlatform()
    path, folder = tmp_path / "als.db", tmp_path / "backups"
    database = opened(f"sqlite:///{path}")
    bot = bot_on(database, clock, platform)
    bot.backups = folder
    await found(bot.service, *PEOPLE)
    made: list[Path] = []
    then = the_set(bot)
    for hour in range(24 * 20):
        if hour == 24 * 19:
            then = the_set(bot)
            await bot.service.receive(gesture("Ana", action("After the last copy.")))
        copy = await bot.back_up()
        made += [copy] if copy is not None else []
        clock.move_by(timedelta(hours=1))
    database.close()

    kept = sorted(folder.glob("*.als"))
    assert len(made) == 20
    assert kept == made[-15:]
    assert (folder / "data-keys.json").exists()
    backup.restore(made[-2], path, bot.vault, clock.now())
    restored = opened(f"sqlite:///{path}")
    backup.settle_copy(restored, clock.now())
    assert the_set(bot_on(restored, clock, platform)) == then
    restored.close()


async def test_a_copy_of_a_forgotten_installation_opens_nothing(tmp_path: Path) -> None:
    """Given a nightly copy, when an installation's key is forgotten, then no older copy tells more."""
    clock, platform = MovableClock(MONDAY, seed=1), MemoryPlatform()
    path, folder = tmp_path / "als.db", tmp_path / "backups"
    database = opened(f"sqlite:///{path}")
    bot = bot_on(database, clock, platform)
    await found(bot.service, *PEOPLE)
    old = backup.nightly(database, bot.vault, clock.now(), folder)
    clock.move_by(timedelta(days=1))
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM data_keys")
        connection.exec_driver_sql("INSERT INTO erasures VALUES ('hash', '2027-03-01 00:00:00')")
    backup.nightly(database, bot.vault, clock.now(), folder)
    database.close()
    path.unlink()

    backup.restore(old, path, bot.vault, clock.now())

    restored = opened(f"sqlite:///{path}")
    with restored.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM data_keys").scalar() == 0
        assert connection.exec_driver_sql("SELECT person_hash FROM erasures").scalar() == "hash"
    restored.close()


async def test_a_copy_that_is_damaged_or_sealed_by_others_changes_nothing(tmp_path: Path) -> None:
    """Given a copy cut short, changed, or of another key, when it is restored, then it says so."""
    clock, platform = MovableClock(MONDAY, seed=1), MemoryPlatform()
    path = tmp_path / "als.db"
    database = opened(f"sqlite:///{path}")
    bot = bot_on(database, clock, platform)
    await found(bot.service, *PEOPLE)
    copy, _ = backup.make(database, bot.vault, clock.now(), tmp_path / "backups")
    database.close()
    before, whole = path.read_bytes(), copy.read_bytes()

    with pytest.raises(backup.CannotRestore, match="another master key"):
        backup.restore(copy, path, Vault([new_master_key()], clock.chance), clock.now())
    for broken in (
        whole[:-200],
        whole[: len(whole) // 2],
        whole + b"x\n",
        whole[:90] + b"?" + whole[91:],
    ):
        copy.write_bytes(broken)
        with pytest.raises(backup.CannotRestore, match="damaged"):
            backup.restore(copy, path, bot.vault, clock.now())

    assert path.read_bytes() == before
    assert not path.with_name("als.db.restoring").exists()


def test_a_file_that_is_no_copy_of_ours_is_refused(tmp_path: Path) -> None:
    """Given any other file, when it is restored, then the database stays as it was."""
    vault = Vault([KEY], lambda: "0" * 32)
    (tmp_path / "x.bak").write_text("hello")
    (tmp_path / "x.bak.keys.json").write_text("[]")

    with pytest.raises(backup.CannotRestore):
        backup.restore(tmp_path / "x.bak", tmp_path / "als.db", vault, MONDAY)
    with pytest.raises(backup.CannotRestore, match="keys"):
        backup.restore(tmp_path / "none.bak", tmp_path / "als.db", vault, MONDAY)

    assert not (tmp_path / "als.db").exists()


def test_a_large_file_is_sealed_in_chunks_that_cannot_change_places() -> None:
    """Given a file of several chunks, when two are exchanged or one is left out, then it is broken."""
    vault = Vault([KEY], lambda: "0" * 32)
    words = bytes(range(256)) * (CHUNK * 3 // 256) + b"end"
    sealed = io.BytesIO()
    vault.seal_file(io.BytesIO(words), sealed)
    again = io.BytesIO()
    sealed.seek(0)
    vault.unseal_file(sealed, again)
    assert again.getvalue() == words

    head, *chunks = sealed.getvalue().splitlines(keepends=True)
    assert len(chunks) == 4
    for wrong in (
        [chunks[1], chunks[0], *chunks[2:]],
        chunks[1:],
        chunks[:3],
        [*chunks, chunks[0]],
    ):
        with pytest.raises(FileBroken):
            vault.unseal_file(io.BytesIO(head + b"".join(wrong)), io.BytesIO())
