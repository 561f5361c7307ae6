"""A database that is older than it was, or gone, is noticed: nothing starts as if nothing had been."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.app.opening import open_database
from bot.app.operations import accept_database
from bot.config import KEY_FILE
from bot.runtime.store import witness
from bot.runtime.store.witness import RolledBack
from tests.runtime.conftest import KEY, MONDAY
from tests.test_cli import als

LIFE = """
import os, signal, sys, time
from pathlib import Path
from sqlalchemy import insert
from bot.app.serve import from_settings
from bot.config import load
from bot.runtime.store import witness
from bot.runtime.store.tables.installed import erasures

number, ends = int(sys.argv[1]), sys.argv[2]
bot = from_settings(load())
for n in range(number):
    row = {"person_hash": os.urandom(8).hex(), "erased_at": bot.clock.now()}
    bot.writer.do(lambda unit: unit.connection.execute(insert(erasures).values(row))).result()
    print("kept", n, flush=True)
if ends == "stopped":
    bot.close()
elif ends == "killed":
    path = bot.store.database.path
    while (witness._said(path) or {}).get("commits") != witness.read(path).number:
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)
else:
    time.sleep(600)
"""
"""A life of the bot without a platform: it keeps so many rows and ends in one way or another."""

REFUSED = 1


def environment(folder: Path) -> dict[str, str]:
    return {
        "DISCORD_TOKEN": "x",
        # Nobody answers there: where it is not refused before, it says so and ends.
        "DISCORD_API_URL": "http://127.0.0.1:9/v10",
        "ALS_DATA_DIR": str(folder),
        "ALS_ENCRYPTION_KEYS": KEY,
    }


def live(folder: Path, ends: str = "killed", number: int = 3) -> None:
    """One life, up to its end."""
    with subprocess.Popen(
        [sys.executable, "-c", LIFE, str(number), ends],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd(), **environment(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as life:
        _, said = life.communicate(timeout=240)
    assert life.returncode == (0 if ends == "stopped" else -signal.SIGKILL), said


def kept(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "als.db")) as opened:
        return int(opened.execute("SELECT count(*) FROM erasures").fetchone()[0])


def files(folder: Path) -> dict[str, bytes]:
    """The files there, without SQLite's index over its WAL, which every reader makes anew."""
    return {
        p.name: p.read_bytes()
        for p in folder.iterdir()
        if p.name != "als.lock" and not p.name.endswith("-shm")
    }


# --- what happens to files ------------------------------------------------------------------------


def wal_missing(folder: Path, older: Path) -> None:
    (folder / "als.db-wal").unlink()


def wal_zeroed(folder: Path, older: Path) -> None:
    wal = folder / "als.db-wal"
    wal.write_bytes(bytes(wal.stat().st_size))


def wal_flipped(folder: Path, older: Path) -> None:
    wal = folder / "als.db-wal"
    whole = bytearray(wal.read_bytes())
    whole[len(whole) // 2] ^= 1
    wal.write_bytes(whole)


def emptied(folder: Path, older: Path) -> None:
    (folder / "als.db").write_bytes(b"")


def all_missing(folder: Path, older: Path) -> None:
    for name in ("als.db", "als.db-wal"):
        (folder / name).unlink(missing_ok=True)


def older_one(folder: Path, older: Path) -> None:
    (folder / "als.db-wal").unlink(missing_ok=True)
    shutil.copy(older, folder / "als.db")


def another_one(folder: Path, older: Path) -> None:
    """One that has come farther than this one, too."""
    older_one(folder, older)
    with closing(sqlite3.connect(folder / "als.db")) as opened:
        opened.execute("UPDATE meta SET value = 'another' WHERE key = 'birth'")
        opened.execute("UPDATE meta SET value = '1000' WHERE key = 'commits'")
        opened.commit()


def fresh_one(folder: Path, older: Path) -> None:
    all_missing(folder, older)
    open_database(f"sqlite:///{folder / 'als.db'}-fresh", MONDAY).close()
    (folder / "als.db-fresh").rename(folder / "als.db")


HAPPENINGS = (
    wal_missing,
    wal_zeroed,
    wal_flipped,
    emptied,
    all_missing,
    older_one,
    another_one,
    fresh_one,
)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder after two lives, the second killed in the middle; and the file after the first."""
    folder = tmp_path_factory.mktemp("lived") / "data"
    live(folder, "stopped")
    older = shutil.copy(folder / "als.db", folder.with_name("older.db"))
    live(folder)
    assert (folder / "als.db-wal").stat().st_size > 0
    return folder, Path(older)


@pytest.fixture
def lived(once: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """The same for one test alone."""
    return Path(shutil.copytree(once[0], tmp_path / "data")), once[1]


@pytest.mark.parametrize("happens", HAPPENINGS)
def test_a_database_that_is_not_what_it_was_is_not_opened_and_left_alone(lived, happens):
    """Given a bot that was killed, when its files are not what they were, then it does not start."""
    folder, older = lived
    assert witness.check(folder / "als.db")
    happens(folder, older)
    before = files(folder)

    with pytest.raises(RolledBack):
        open_database(f"sqlite:///{folder / 'als.db'}", MONDAY)

    assert files(folder) == before


def test_every_command_that_would_use_it_says_so(lived):
    folder, older = lived
    wal_missing(folder, older)
    before = files(folder)

    for command in (("run",), ("db", "upgrade"), ("keys", "rotate")):
        done = als(*command, cwd=folder, check=REFUSED, **environment(folder))
        assert "als db restore" in done.stderr
        assert "als db accept" in done.stderr
        assert "Nothing has changed" in done.stderr
        assert done.stderr.count("\n") == 1
    assert files(folder) == before


@pytest.mark.parametrize("happens", HAPPENINGS)
def test_what_is_accepted_is_opened(lived, happens, monkeypatch):
    folder, older = lived
    happens(folder, older)
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)

    assert accept_database().startswith("Accepted")

    open_database(f"sqlite:///{folder / 'als.db'}", MONDAY).close()
    assert "nothing to accept" in accept_database()


def test_what_is_accepted_is_treated_like_a_copy_that_was_put_back(lived):
    folder, older = lived
    older_one(folder, older)

    als("db", "accept", cwd=folder, **environment(folder))

    with closing(sqlite3.connect(folder / "als.db")) as opened:
        marked = "SELECT count(*) FROM meta WHERE key = 'backup_of'"
        assert opened.execute(marked).fetchone() == (1,)
    live(folder, "stopped", 0)
    with closing(sqlite3.connect(folder / "als.db")) as opened:
        restored = "SELECT count(*) FROM meta WHERE key = 'restored_at'"
        assert opened.execute(restored).fetchone() == (1,)
        assert opened.execute(marked).fetchone() == (0,)


def test_the_one_that_was_not_accepted_cannot_come_back_unseen(lived, tmp_path):
    """Given an older database that was accepted, when the newer one returns, then it is another."""
    folder, older = lived
    live(folder, "stopped", 20)
    newer = shutil.copy(folder / "als.db", tmp_path / "newer.db")
    older_one(folder, older)
    als("db", "accept", cwd=folder, **environment(folder))
    live(folder, "stopped", 1)

    shutil.copy(newer, folder / "als.db")

    als("run", cwd=folder, check=REFUSED, **environment(folder))


def test_a_restored_copy_is_taken_and_the_one_before_is_not_missed(lived):
    folder, _ = lived
    live(folder, "stopped", 0)
    als("db", "backup", cwd=folder, **environment(folder))
    (copy,) = (folder / "backups").glob("*.als")
    live(folder, "killed", 5)
    emptied(folder, folder)
    als("run", cwd=folder, check=REFUSED, **environment(folder))

    als("db", "restore", copy, cwd=folder, **environment(folder))
    live(folder, "stopped", 1)

    assert kept(folder) == 7
    assert json.loads((folder / "als.db.witness").read_text())["commits"] > 0


def test_a_restore_that_was_killed_before_its_witness_stood_is_no_rollback(lived, monkeypatch):
    """The copy says itself that it was put there on purpose."""
    folder, _ = lived
    live(folder, "stopped", 0)
    als("db", "backup", cwd=folder, **environment(folder))
    (copy,) = (folder / "backups").glob("*.als")
    live(folder, "stopped", 9)
    said = (folder / "als.db.witness").read_bytes()

    als("db", "restore", copy, cwd=folder, **environment(folder))
    (folder / "als.db.witness").write_bytes(said)

    live(folder, "stopped", 1)
    als("db", "accept", cwd=folder, **environment(folder))


# --- what must never be refused -------------------------------------------------------------------


def test_it_starts_again_after_any_end(tmp_path):
    for ends in ("killed", "killed", "stopped", "stopped", "killed"):
        live(tmp_path, ends, 2)

    assert kept(tmp_path) == 10


def test_a_kill_at_any_moment_is_no_rollback(tmp_path):
    """Killed while it starts, while it commits, while it stops: it always starts again."""
    acknowledged = 0
    for turn in range(int(os.environ.get("ALS_KILLS", "50")) // 10):
        with subprocess.Popen(
            [sys.executable, "-c", LIFE, "100000", "killed"],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd(), **environment(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as life:
            assert life.stdout is not None
            wanted = (turn * 37) % 150
            heard = 0
            for line in life.stdout:
                heard += line.startswith("kept")
                if heard >= wanted:
                    break
            life.kill()
            rest = life.stdout.read()
            trouble = life.stderr.read() if life.stderr else ""
        acknowledged += heard + rest.count("kept")
        assert "RolledBack" not in trouble
        assert heard >= wanted, trouble
    assert kept(tmp_path) >= acknowledged
    als("db", "upgrade", cwd=tmp_path, **environment(tmp_path))


def test_a_crash_between_a_commit_and_its_witness_is_no_rollback(tmp_path):
    live(tmp_path, "stopped", 3)
    said = (tmp_path / "als.db.witness").read_bytes()
    live(tmp_path, "stopped", 3)

    (tmp_path / "als.db.witness").write_bytes(said)

    als("db", "upgrade", cwd=tmp_path, **environment(tmp_path))
    live(tmp_path, "stopped", 1)
    assert kept(tmp_path) == 7


@pytest.mark.parametrize("harm", ["gone", "rubbish"])
def test_without_a_witness_that_can_be_read_it_starts_and_says_so(tmp_path, harm):
    live(tmp_path, "stopped", 3)
    beside = tmp_path / "als.db.witness"
    beside.unlink() if harm == "gone" else beside.write_text("rubbish")

    live(tmp_path, "stopped", 1)

    assert json.loads(beside.read_text())["commits"] > 3


def test_a_database_from_before_there_were_witnesses_gets_one(tmp_path):
    open_database(f"sqlite:///{tmp_path / 'als.db'}", MONDAY).close()
    (tmp_path / KEY_FILE).write_text(KEY)

    live(tmp_path, "stopped", 1)

    assert json.loads((tmp_path / "als.db.witness").read_text())["commits"] >= 1


def test_the_witness_says_nothing_of_what_is_in_the_database(tmp_path):
    live(tmp_path, "stopped", 2)

    said = json.loads((tmp_path / "als.db.witness").read_text())

    assert sorted(said) == ["commits", "digest", "revision"]
    with closing(sqlite3.connect(tmp_path / "als.db")) as opened:
        (birth,) = opened.execute("SELECT value FROM meta WHERE key = 'birth'").fetchone()
    assert birth not in str(said)


def test_what_cannot_be_read_at_all_is_said_to_be_damaged(lived):
    folder, _ = lived
    (folder / "als.db").write_bytes(b"\xff" * 8192)

    done = als("run", cwd=folder, check=REFUSED, **environment(folder))

    assert "damaged" in done.stderr


def test_a_rolled_back_database_is_told_by_its_path(tmp_path):
    path = tmp_path / "als.db"
    witness.write(path, "0001", witness.Count(3, "b"))

    with pytest.raises(RolledBack) as found:
        open_database(f"sqlite:///{path}", MONDAY)

    assert found.value.missing
    assert found.value.path == path


# --- keys -----------------------------------------------------------------------------------------


def own_keys(folder: Path) -> dict[str, str]:
    return {k: v for k, v in environment(folder).items() if k != "ALS_ENCRYPTION_KEYS"}


COMMANDS: tuple[tuple[str | Path, ...], ...] = (
    ("run",),
    ("db", "upgrade"),
    ("db", "backup"),
    ("keys", "rotate"),
    ("keys", "rotate", "--new"),
)


def test_where_a_database_stands_a_missing_key_file_is_never_made_anew(tmp_path):
    """Given a database of this folder's own key, when the key is lost, then it is said and missed."""
    als("db", "upgrade", cwd=tmp_path, **own_keys(tmp_path))
    key = (tmp_path / KEY_FILE).read_text()
    (tmp_path / KEY_FILE).unlink()

    for command in COMMANDS:
        done = als(*command, cwd=tmp_path, check=2, **own_keys(tmp_path))
        assert KEY_FILE in done.stderr
        assert "ALS_ENCRYPTION_KEYS" in done.stderr
        assert not (tmp_path / KEY_FILE).exists()

    (tmp_path / KEY_FILE).write_text(key)
    als("db", "upgrade", cwd=tmp_path, **own_keys(tmp_path))


def test_a_copy_is_not_put_back_with_a_key_made_for_it(tmp_path, lived):
    folder, _ = lived
    als("db", "backup", cwd=folder, **environment(folder))
    (copy,) = (folder / "backups").glob("*.als")
    elsewhere = tmp_path / "elsewhere"

    als("db", "restore", copy, cwd=tmp_path, check=2, **own_keys(elsewhere))

    assert not (elsewhere / KEY_FILE).exists()
