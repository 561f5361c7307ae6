"""The `als` command as somebody types it: what it prints, where, and its exit codes."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot import __version__
from bot.runtime.process.lock import NAME, ON_THE_FILE, Held, Lock
from bot.runtime.store.database import Database
from bot.runtime.store.upkeep.migrating import upgrade
from tests.runtime.conftest import KEY, MONDAY


def als(
    *words: str | Path, cwd: Path, check: int = 0, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in an empty environment and folder."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=cwd,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == check, done.stdout + done.stderr
    return done


def test_the_version_is_said(tmp_path):
    assert als("--version", cwd=tmp_path).stdout == f"als-bot {__version__}\n"
    assert als("version", cwd=tmp_path).stdout == f"als-bot {__version__}\n"


def test_help_names_every_command_and_loads_no_library(tmp_path):
    assert {"demo", "run", "db"} <= set(als("--help", cwd=tmp_path).stdout.split())
    code = (
        "import sys; sys.argv = ['als', '--help']\n"
        "from bot.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({n.partition('.')[0] for n in sys.modules}), file=sys.stderr)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    heavy = {"slack_bolt", "slack_sdk", "discord", "sqlalchemy", "sqlite3", "psycopg", "aiohttp"}
    assert [name for name in heavy if f"'{name}'" in loaded.stderr] == []


def test_a_word_nobody_knows_is_a_usage_error(tmp_path):
    als("danec", cwd=tmp_path, check=2)


# als run.


def test_without_any_platform_it_says_what_to_do(tmp_path):
    done = als("run", cwd=tmp_path, check=2)

    assert "SLACK_BOT_TOKEN" in done.stderr
    assert "als demo" in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_cannot_be_used_is_named(tmp_path):
    done = als("run", cwd=tmp_path, check=2, ALS_HTTP_PORT="eighty", ALS_LOG_FORMAT="xml")

    assert "ALS_HTTP_PORT" in done.stderr
    assert "ALS_LOG_FORMAT" in done.stderr
    assert "eighty" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_encryption_key_that_cannot_be_used_is_not_repeated(tmp_path):
    done = als(
        "run", cwd=tmp_path, check=2, DISCORD_TOKEN="x", ALS_ENCRYPTION_KEYS="my-secret-mistake"
    )

    assert "ALS_ENCRYPTION_KEYS" in done.stderr
    assert "my-secret-mistake" not in done.stderr


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "data").write_text("a file where a folder should be")

    done = als("run", cwd=tmp_path, check=2, DISCORD_TOKEN="x")

    assert "I cannot write to data" in done.stderr
    assert "ALS_DATA_DIR" in done.stderr


def test_a_second_bot_over_one_file_names_the_first(tmp_path):
    held = Lock(tmp_path, MONDAY)

    done = als("run", cwd=tmp_path, check=3, DISCORD_TOKEN="x", ALS_DATA_DIR=str(tmp_path))

    held.release()
    assert f"process {os.getpid()}" in done.stderr
    assert "since 2027-03-01T18:00:00+00:00" in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == [NAME]


HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from bot.runtime.process.lock import Lock

held = Lock(Path(sys.argv[1]), datetime(2027, 3, 1, tzinfo=UTC))
print("held", flush=True)
time.sleep(60)
"""


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(Held) as other:
            Lock(tmp_path, MONDAY)
        holder.kill()
        holder.wait()

    assert other.value.pid == holder.pid
    Lock(tmp_path, MONDAY).release()


FILES = """
import sys, time
from contextlib import ExitStack
from bot.app.opening import alone
from bot.config import load

with ExitStack() as stack:
    hold = alone(load(), stack)
    hold()
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("other", ["the file", "the folder", "both", "a hard link"])
def test_a_database_is_one_by_whichever_name(tmp_path, other):
    """Given a bot over a database, when another is given another name of it, then it is refused."""
    real = tmp_path / "real"
    real.mkdir()
    upgrade(Database(f"sqlite:///{real / 'als.db'}"), MONDAY)
    named = tmp_path / "named"
    if other == "the folder":
        named.symlink_to(real)
        name = named / "als.db"
    else:
        named.mkdir()
        name = named / "other.db"
        if other == "a hard link":
            if not ON_THE_FILE:
                pytest.skip("only Linux can hold the file itself")
            name.hardlink_to(real / "als.db")
        elif other == "the file":
            name.symlink_to(real / "als.db")
        else:
            (tmp_path / "again").symlink_to(real)
            name.symlink_to(tmp_path / "again" / "als.db")
    held = {"DISCORD_TOKEN": "x", "ALS_DATA_DIR": str(real)}
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()}
    with subprocess.Popen(
        [sys.executable, "-c", FILES], env={**path, **held}, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        given = {"DISCORD_TOKEN": "x", "DATABASE_URL": f"sqlite:///{name}"}
        done = als("run", cwd=tmp_path, check=3, **given)
        holder.kill()

    who = "another process" if other == "a hard link" else f"process {holder.pid}"
    assert who in done.stderr


def test_a_link_is_restored_into_and_stays_a_link(tmp_path):
    """Given a database behind a link, when a copy is put back, then the link leads to it."""
    given = {"ALS_DATA_DIR": str(tmp_path / "data"), "ALS_ENCRYPTION_KEYS": KEY}
    real = tmp_path / "real.db"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "als.db").symlink_to(real)
    als("db", "upgrade", cwd=tmp_path, **given)
    als("db", "backup", tmp_path / "copies", cwd=tmp_path, **given)
    (copy,) = (tmp_path / "copies").glob("*.als")

    als("db", "restore", copy, cwd=tmp_path, **given)

    assert (tmp_path / "data" / "als.db").is_symlink()
    assert real.stat().st_size > 0


def test_files_from_before_are_made_private_and_a_wide_folder_is_told(tmp_path):
    """Given an older version's files, when the bot starts, then they are its owner's alone."""
    data = tmp_path / "data"
    (data / "backups").mkdir(parents=True)
    given = {"ALS_DATA_DIR": str(data), "DISCORD_TOKEN": "x"}
    als("db", "upgrade", cwd=tmp_path, **given)
    (data / "als-20260101-000000.bak").touch()
    (data / "backups" / "als-20260101-000000.bak.als").touch()
    for path in [data, *data.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    log = tmp_path / "als.log"
    log.touch(0o644)

    with open(log, "ab") as stream:
        subprocess.run(
            [sys.executable, "-c", OPENS],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd(), **given},
            stderr=stream,
            check=True,
        )

    modes = {p.name: oct(p.stat().st_mode & 0o777) for p in data.rglob("*") if p.is_file()}
    assert set(modes.values()) == {"0o600"}, modes
    assert {"als.db", "encryption.key", "als-20260101-000000.bak"} <= modes.keys()
    assert (data / "backups").stat().st_mode & 0o777 == 0o700
    assert data.stat().st_mode & 0o777 == 0o777
    assert "folder_open_to_others" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


OPENS = """
import sys
from bot.app.serve import from_settings
from bot.config import load
from bot.runtime.process import logs, private

logs.configure()
private.narrow_stream(sys.stderr.fileno())
from_settings(load()).close()
"""


def test_a_lock_file_full_of_rubbish_is_no_obstacle(tmp_path):
    (tmp_path / NAME).write_text("rubbish")

    Lock(tmp_path, MONDAY).release()


def test_a_database_of_a_newer_version_is_left_alone(tmp_path):
    database = newer(tmp_path / "als.db")

    environment = {"DISCORD_TOKEN": "x", "ALS_DATA_DIR": str(tmp_path)}
    for command in (("run",), ("db", "upgrade")):
        done = als(*command, cwd=tmp_path, check=4, **environment)
        assert "newer version" in done.stderr
        assert "nothing has been changed" in done.stderr

    assert database == (tmp_path / "als.db").read_bytes()


def newer(path: Path) -> bytes:
    database = Database(f"sqlite:///{path}")
    upgrade(database, MONDAY)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    database.close()
    return path.read_bytes()


def test_the_database_is_upgraded_by_a_command(tmp_path):
    environment = {"ALS_DATA_DIR": str(tmp_path)}

    assert "up to date" in als("db", "upgrade", cwd=tmp_path, **environment).stdout
    assert "up to date" in als("db", "upgrade", cwd=tmp_path, **environment).stdout
    assert (tmp_path / "als.db").exists()


def test_the_keys_of_another_database_are_refused(tmp_path):
    from bot.app.bot import Bot
    from bot.runtime.clock import MovableClock
    from bot.runtime.vault import new_master_key

    database = Database(f"sqlite:///{tmp_path / 'als.db'}")
    upgrade(database, MONDAY)
    bot = Bot(database, [new_master_key()], MovableClock(MONDAY), {}, threaded=False)
    bot.writer.do(lambda unit: unit.installations.know("discord:G1")).result()
    bot.close()

    done = als(
        "run",
        cwd=tmp_path,
        check=2,
        DISCORD_TOKEN="x",
        ALS_DATA_DIR=str(tmp_path),
        ALS_ENCRYPTION_KEYS=new_master_key(),
    )

    assert "another key" in done.stderr


# als demo --script.


def test_the_story_is_printed_and_leaves_nothing_behind(tmp_path):
    done = als("demo", "--script", "--format", "60", cwd=tmp_path)

    lines = done.stdout.splitlines()
    dated = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d .*\S$")
    assert len(lines) > 300
    assert [line for line in lines if not dated.fullmatch(line)] == []
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_its_database_is_kept_in_an_empty_folder_only(tmp_path):
    kept = tmp_path / "kept"

    als("demo", "--script", "--format", "60", "--data", kept, cwd=tmp_path)
    assert (kept / "als.db").stat().st_size > 0

    refused = als("demo", "--script", "--data", kept, cwd=tmp_path, check=2)
    assert "is not empty" in refused.stderr
    assert refused.stdout == ""


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--format", "45", "60, 90, 120, 180-deep, 180-wide"),
        ("--start", "next Monday", "2027-03-01T18:00"),
        ("--start", "2027-03-01T18:00Z", "2027-03-01T18:00"),
        ("--zone", "Atlantis", "Europe/London"),
        ("--zone", "../etc/passwd", "Europe/London"),
        ("--data", "/dev/null/x", "another folder"),
    ],
)
def test_an_option_that_cannot_be_used_gets_one_sentence(tmp_path, option, value, said):
    done = als("demo", "--script", option, value, cwd=tmp_path, check=2)

    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_stopping_the_page_by_hand_is_no_error(tmp_path):
    import signal

    with subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", "0", "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as page:
        assert page.stdout is not None
        assert "http://127.0.0.1:" in page.stdout.readline()
        time.sleep(0.2)
        page.send_signal(signal.SIGINT)
        _, error = page.communicate(timeout=20)

    assert (page.returncode, error) == (0, "")
