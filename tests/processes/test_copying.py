"""A whole database moves to another kind, or comes back from a copy, and the set just goes on."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app import Bot
from bot.runtime.clock import MovableClock
from bot.runtime.store import Database, backup, copying, upgrade
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
    copy, _ = backup.make(database, clock.now(), tmp_path / "backups")
    await bot.move_to(MONDAY + timedelta(days=14))
    said = [m.key for what, m in platform.log if what == "post"]
    reminded = sum(m.destination.person != "" for what, m in platform.log if what == "post")
    database.close()

    kept = backup.restore(copy, path, clock.now())
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
    """Given a copy, when somebody has only it, then even the master key opens nothing in it."""
    clock, platform = MovableClock(MONDAY, seed=1), MemoryPlatform()
    database = opened(f"sqlite:///{tmp_path / 'als.db'}")
    bot = bot_on(database, clock, platform)
    await begin(bot, *PEOPLE)
    with database.read() as connection:
        wrapped = connection.exec_driver_sql("SELECT wrapped FROM data_keys").scalar_one()

    copy, keys = backup.make(database, clock.now(), tmp_path / "backups")

    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM data_keys").fetchone() == (0,)
    assert str(wrapped).encode() not in copy.read_bytes()
    assert json.loads(keys.read_text())[0][2] == wrapped
    assert keys.stat().st_mode & 0o077 == 0
    database.close()


def test_a_file_that_is_no_copy_of_ours_is_refused(tmp_path: Path) -> None:
    """Given any other file, when it is restored, then the database stays as it was."""
    (tmp_path / "x.bak").write_text("hello")
    (tmp_path / "x.bak.keys.json").write_text("[]")

    with pytest.raises(backup.CannotRestore):
        backup.restore(tmp_path / "x.bak", tmp_path / "als.db", MONDAY)
    with pytest.raises(backup.CannotRestore, match="keys"):
        backup.restore(tmp_path / "none.bak", tmp_path / "als.db", MONDAY)

    assert not (tmp_path / "als.db").exists()
