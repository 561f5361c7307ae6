"""The database keeps what it was told, through crashes, upgrades and other writers."""

import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.app.opening import open_database
from bot.runtime.clock import MovableClock
from bot.runtime.store.database import Damaged, Database, back_up, check_whole
from bot.runtime.store.tables.columns import metadata
from bot.runtime.store.tables.installed import meta
from bot.runtime.store.upkeep.migrating import (
    HEAD,
    TooNew,
    migrate,
    migrations_folder,
    revision,
    upgrade,
)
from tests.runtime.conftest import KEY, MONDAY
from tests.runtime.people import action, begin, gesture, the_set


def counted(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            t.name: connection.execute(select(func.count()).select_from(t)).scalar_one()
            for t in metadata.sorted_tables
        }


async def populated(database: Database) -> Bot:
    clock = MovableClock(MONDAY, seed=1)
    bot = Bot(database, [KEY], clock, {"demo": MemoryPlatform()}, threaded=False)
    await begin(bot, "Ana", "Ben", "Chidi")
    await bot.service.receive(gesture("Ana", action("I will call.")))
    await bot.settle()
    return bot


def test_sqlite_has_the_settings_that_keep_promises(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'als.db'}")
    with database.read() as connection:

        def pragma(name: str) -> object:
            return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

        found = [pragma(p) for p in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")]
    database.close()

    assert found == ["wal", 2, 1, 5000]


def test_eight_workers_who_read_then_write_lose_no_update(database):
    """20 updates each; a transaction that began by reading only would lose most of them."""
    with database.write() as connection:
        connection.execute(meta.insert().values(key="count", value="0"))
    start = threading.Barrier(8)

    def add_one() -> None:
        with database.write() as connection:
            query = select(meta.c.value).where(meta.c.key == "count")
            seen = int(connection.execute(query.with_for_update()).scalar_one())
            changed = update(meta).where(meta.c.key == "count").values(value=str(seen + 1))
            connection.execute(changed)

    def work(number: int) -> None:
        start.wait()
        done = 0
        while done < 20:
            # On a machine that is very busy somebody may wait for longer than five seconds and
            # hears so: what must never happen is that an update is lost and nobody hears.
            with suppress(OperationalError):
                add_one()
                done += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))

    with database.read() as connection:
        assert connection.execute(select(meta.c.value)).scalar_one() == "160"


def test_what_a_reader_sees_does_not_stop_the_writer(database):
    with database.read() as reader:
        reader.execute(select(meta)).all()
        with database.write() as connection:
            connection.execute(meta.insert().values(key="k", value="v"))

    with database.read() as reader:
        assert reader.execute(select(meta.c.value)).scalar_one() == "v"


def test_the_migrations_and_the_tables_agree(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        difference = compare_metadata(context, metadata)

    assert difference == []


async def test_up_down_and_up_again_on_a_populated_database(database):
    await populated(database)
    rows = counted(database)
    assert sum(rows.values()) > 20

    upgrade(database, MONDAY)
    assert counted(database) == rows

    migrate(database, "base")
    assert revision(database) is None
    upgrade(database, MONDAY)
    assert revision(database) == HEAD
    assert sum(counted(database).values()) == 0


def test_an_upgrade_leaves_a_copy_and_the_log_says_where(tmp_path):
    """Given a database of an older revision, when it is opened, then its operator can find the copy."""
    url = f"sqlite:///{tmp_path / 'als.db'}"
    older = Database(url)
    migrate(older, "0001")
    older.close()

    with capture_logs() as logged:
        open_database(url, MONDAY).close()

    [upgraded] = [e for e in logged if e["event"] == "database_upgraded"]
    assert Path(upgraded["copy"]).exists()


def test_the_newest_revision_is_known_without_asking_alembic():
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


async def test_a_copy_by_vacuum_is_whole_and_opens(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'als.db'}")
    upgrade(database, MONDAY)
    bot = await populated(database)

    path = back_up(database, MONDAY)
    copy = Database(f"sqlite:///{path}")
    same = Bot(copy, [KEY], bot.clock, {}, threaded=False)

    assert the_set(same) == the_set(bot)
    assert counted(copy) == counted(database)
    assert path.name == "als-20270301-180000.bak"
    database.close()
    copy.close()


def test_an_upgrade_makes_its_copy_first(tmp_path, monkeypatch):
    database = Database(f"sqlite:///{tmp_path / 'als.db'}")
    upgrade(database, MONDAY)
    migrated: list[str] = []
    monkeypatch.setattr("bot.runtime.store.upkeep.migrating.revision", lambda database: "0000")
    monkeypatch.setattr("bot.runtime.store.upkeep.migrating.known", lambda wanted: True)
    monkeypatch.setattr(
        "bot.runtime.store.upkeep.migrating.migrate", lambda d, to: migrated.append(to)
    )

    copy = upgrade(database, MONDAY)

    assert copy is not None
    assert copy.exists()
    assert migrated == ["head"]
    database.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(database):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = counted(database)

    with pytest.raises(TooNew, match="9999"):
        upgrade(database, MONDAY)

    assert counted(database) == before
    assert revision(database) == "9999"


@pytest.mark.parametrize("broken", ["no database at all", "a page overwritten"])
async def test_a_damaged_file_is_found_before_it_is_used(tmp_path, broken):
    path = tmp_path / "als.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database, MONDAY)
    await populated(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    check_whole(database)
    database.close()
    whole = path.read_bytes()
    garbage = b"\xff" * 4096
    path.write_bytes(garbage if "no" in broken else whole[:8192] + garbage * 9 + whole[45056:])

    with pytest.raises(Damaged):
        check_whole(Database(f"sqlite:///{path}"))


MOVED = '''
"""A parent table is made anew, as SQLite's batch mode does it."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0999", "{head}"


def upgrade():
    with op.batch_alter_table("learning_sets") as table:
        table.alter_column("format", type_=sa.String(64), existing_type=sa.String(32))


def downgrade():
    with op.batch_alter_table("learning_sets") as table:
        table.alter_column("format", type_=sa.String(32), existing_type=sa.String(64))
'''


async def test_a_parent_made_anew_keeps_its_children_up_down_and_up(
    database, tmp_path, monkeypatch
):
    """With foreign keys on, making the parent again would delete every member and action."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrations_folder(), folder)
    (folder / "versions" / "0999_moved.py").write_text(MOVED.format(head=HEAD))
    first = HEAD
    await populated(database)
    rows = counted(database)
    monkeypatch.setattr("bot.runtime.store.upkeep.migrating.migrations_folder", lambda: folder)

    for to, stands in (("head", "0999"), (first, first), ("head", "0999")):
        migrate(database, to)
        assert revision(database) == stands
        assert counted(database) == rows
    assert rows["members"] == 3


async def test_a_migration_that_loses_rows_is_taken_back(database, tmp_path, monkeypatch):
    folder = tmp_path / "migrations"
    shutil.copytree(migrations_folder(), folder)
    losing = f'from alembic import op\nrevision, down_revision = "0999", "{HEAD}"\n'
    losing += 'def upgrade():\n    op.execute("DELETE FROM members")\n'
    (folder / "versions" / "0999_losing.py").write_text(losing)
    await populated(database)
    rows = counted(database)
    before = revision(database)
    monkeypatch.setattr("bot.runtime.store.upkeep.migrating.migrations_folder", lambda: folder)

    with pytest.raises(RuntimeError, match="members"):
        migrate(database, "head")

    assert counted(database) == rows
    assert revision(database) == before


async def test_two_bots_over_one_database_lose_nothing_of_each_other(database, reopen):
    """Each decides on what it last read; who is slower decides again."""
    here = await populated(database)
    there = Bot(reopen(), [KEY], here.clock, {}, threaded=False)

    for n in range(5):
        for bot in (here, there):
            answer = await bot.service.receive(gesture("Ben", action(f"Action {n} of {id(bot)}.")))
            assert answer.refusal is None

    assert len(the_set(there).open_actions("ben")) == 10


CRASH = """
import sys
from sqlalchemy import insert
from bot.runtime.store.database import Database
from bot.runtime.store.tables.installed import meta

database = Database(sys.argv[1])
for n in range(100_000):
    with database.write() as connection:
        connection.execute(insert(meta).values(key=str(n), value="kept"))
    print(n, flush=True)
"""


def test_what_was_committed_is_there_after_kill_9(tmp_path):
    url = f"sqlite:///{tmp_path / 'als.db'}"
    database = Database(url)
    upgrade(database, MONDAY)
    with subprocess.Popen(
        [sys.executable, "-c", CRASH, url], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(50)]
        process.kill()

    with database.read() as connection:
        kept = set(connection.execute(select(meta.c.key)).scalars())
        whole = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
    database.close()

    assert set(acknowledged) <= kept
    assert whole == "ok"
