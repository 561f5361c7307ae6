"""What is forgotten is nowhere on the disk, as bytes: not in the file, its WAL, its SHM, nor the log."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.app.bot import Bot
from bot.app.opening import open_database
from bot.core.signals import Pressed
from bot.runtime.process import logs
from bot.runtime.rate_limit import Manners
from bot.runtime.store.database import Database
from bot.runtime.store.tables.sets import members
from bot.runtime.store.tokens import doubt, keep_token, remove, token_of
from bot.runtime.store.upkeep import backup, maintenance
from tests.databases import begin
from tests.runtime.conftest import INSTALLATION, KEY
from tests.runtime.people import found, gesture
from tests.trust import words

NAME = "Qzxqeve"
"""Somebody whose name and id stand in no other word."""

PERSON = NAME.casefold().encode()
LONG = 60.0


def until(what: Callable[[], bool]) -> bool:
    """Wait until something is so; whether it came to be within the minute that is promised."""
    for _ in range(int(LONG / 0.05)):
        if what():
            return True
        time.sleep(0.05)
    return False


def on_disk(file: Path) -> bytes:
    """Everything in the folder of the database, but the copies that are sealed."""
    parts = sorted(p for p in file.parent.rglob("*") if p.is_file() and p.suffix != ".als")
    return b"\n".join(part.read_bytes() for part in parts).lower()


def sealed_name(bot: Bot) -> bytes:
    """Words of theirs as they are stored."""
    with bot.store.reading() as unit:
        sealed = unit.connection.execute(
            select(members.c.name).where(members.c.person == NAME.casefold())
        ).scalar_one()
    return bytes(sealed.lower(), "utf-8")


def wal(file: Path) -> int:
    beside = file.with_name(file.name + "-wal")
    return beside.stat().st_size if beside.exists() else 0


@pytest.fixture(params=["a writer of its own", "at once"])
def bot(request, file: Path, clock, platform) -> Iterator[Bot]:
    database = Database(begin(file))
    threaded = request.param != "at once"
    manners = Manners(operator="Mia")
    bot = Bot(
        database, [KEY], clock, {"demo": platform}, grace=0, threaded=threaded, manners=manners
    )
    yield bot
    bot.close()


async def test_who_is_forgotten_is_nowhere_on_the_disk_within_a_minute(
    bot: Bot, file: Path, monkeypatch, tmp_path: Path
):
    """Given a whole meeting of somebody and a nightly copy, when they are forgotten, then no byte."""
    log = io.StringIO()
    logs.configure(stream=log)
    monkeypatch.setattr(words, "SIX", ("Ana", "Ben", "Chidi", "Dana", NAME, "Farid"))
    await words.meet(bot)
    await words.close(bot)
    await words.draft(bot, NAME)
    await words.report(bot, NAME)
    await bot.settle()
    copy = backup.nightly(bot.store.database, bot.vault, bot.now(), tmp_path / "backups")
    sealed = sealed_name(bot)
    assert PERSON in on_disk(file)
    assert sealed in on_disk(file)

    answer = await bot.service.receive(gesture(NAME, Pressed("forget_sure")))
    assert answer.refusal is None
    await bot.settle()

    assert until(lambda: PERSON not in on_disk(file))
    assert sealed not in on_disk(file)
    assert PERSON not in log.getvalue().lower().encode()
    assert f"Of{NAME}Xq" not in log.getvalue()
    # The copies are sealed whole; what is put back from one is erased again (see the restore tests).
    assert PERSON not in copy.read_bytes().lower()


@pytest.mark.parametrize("bot", ["a writer of its own"], indirect=True)
async def test_somebody_who_reads_for_ever_does_not_keep_it_there(
    bot: Bot, file: Path, monkeypatch
):
    """Given a reader of ours that never ends, when somebody is forgotten, then it is ended."""
    monkeypatch.setattr(maintenance, "PATIENT_TRIES", 3)
    await found(bot.service, "Ana", NAME)
    reads, over = threading.Event(), threading.Event()

    def read() -> None:
        with suppress(SQLAlchemyError), bot.store.database.read() as connection:
            connection.execute(select(members.c.person)).all()
            reads.set()
            over.wait(LONG)

    reader = threading.Thread(target=read)
    reader.start()
    assert reads.wait(LONG)
    await bot.service.receive(gesture(NAME, Pressed("forget_sure")))

    try:
        assert until(lambda: PERSON not in on_disk(file))
        assert until(lambda: wal(file) == 0)
    finally:
        over.set()
        reader.join()
    with bot.store.database.read() as connection:
        assert connection.execute(select(members.c.person)).all() == [("ana",)]


async def test_what_a_purge_deletes_is_nowhere_on_the_disk(bot: Bot, file: Path, clock):
    await found(bot.service, NAME)
    name = sealed_name(bot)
    assert name in on_disk(file)
    clock.move_to(clock.now() + timedelta(days=181))

    assert (await bot.alarms.purge())["sets"] == 1

    assert until(lambda: name not in on_disk(file))


async def test_the_token_of_who_left_is_nowhere_on_the_disk(bot: Bot, file: Path):
    bot.writer.do(lambda unit: keep_token(unit, INSTALLATION, "xoxb-secret")).result()
    with bot.store.database.read() as connection:
        (sealed,) = connection.exec_driver_sql("SELECT tokens FROM installations").one()
    assert sealed.lower().encode() in on_disk(file)

    bot.writer.do(lambda unit: doubt(unit, INSTALLATION, unit.now)).result()
    assert bot.writer.do(lambda unit: remove(unit, INSTALLATION, "")).result()

    assert until(lambda: sealed.lower().encode() not in on_disk(file))
    with bot.store.reading() as unit:
        assert token_of(unit, INSTALLATION) is None


async def test_every_connection_overwrites_what_it_deletes(bot: Bot):
    connections = [bot.store.database.read, bot.store.database.write, bot.store.database.snapshot]
    for connect in connections:
        with connect() as connection:
            assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1


async def test_after_a_meeting_the_file_itself_holds_it(bot: Bot, file: Path):
    await words.meet(bot)
    await words.close(bot)

    assert until(lambda: closed_meetings(file) == [1])


def closed_meetings(file: Path) -> list[int]:
    """How many the file tells of, without its WAL."""
    alone = file.with_name("alone.db")
    shutil.copy(file, alone)
    with closing(sqlite3.connect(f"{alone.as_uri()}?immutable=1", uri=True)) as opened:
        query = "SELECT count(*) FROM sessions WHERE closed_at IS NOT NULL"
        return [row[0] for row in opened.execute(query)]


@pytest.mark.parametrize("bot", ["at once"], indirect=True)
async def test_what_was_put_aside_goes_with_the_nightly_copies(bot: Bot, file: Path, clock):
    """Given a copy from before an upgrade and a replaced database, then two weeks later they go."""
    names = ("als-20270301-180000.bak", "als-20270301-180000-replaced.db-wal")
    others = ("als-99999999-999999.bak", "als-notes.txt")
    for name in (*names, *others):
        (file.parent / name).touch()

    for days, left in ((13, {*names, *others}), (2, {*others})):
        clock.move_to(clock.now() + timedelta(days=days))
        backup.nightly(bot.store.database, bot.vault, bot.now(), file.parent / "backups")
        assert left == {p.name for p in file.parent.glob("als-*")}


# --- who may read the files -----------------------------------------------------------------------


def modes(folder: Path) -> dict[str, str]:
    return {
        p.name: oct(stat.S_IMODE(p.stat().st_mode))
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


async def test_no_file_is_ever_anybody_elses(tmp_path: Path, clock, platform):
    """Given an operator whose new files are everybody's, then ours are not."""
    before = os.umask(0)
    try:
        folder = tmp_path / "new" / "data"
        database = open_database(f"sqlite:///{folder / 'als.db'}", clock.now())
        bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0)
        bot.upkeep.keep_witness(database.path)
        await found(bot.service, "Ana")
        backup.nightly(database, bot.vault, clock.now(), folder / "backups")
        backup.make(database, bot.vault, clock.now(), folder / "backups")
        while_it_runs = modes(folder)
        bot.close()
    finally:
        os.umask(before)

    assert {"als.db", "als.db-wal", "als.db-shm"} <= while_it_runs.keys()
    assert {*while_it_runs.values(), *modes(folder).values()} == {"0o600"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "backups").stat().st_mode) == 0o700


@pytest.mark.parametrize("bot", ["a writer of its own"], indirect=True)
async def test_a_copy_that_is_being_made_is_left_to_its_end(
    bot: Bot, file: Path, clock, monkeypatch
):
    """Given somebody of ours who reads, when a meeting closes and nothing is deleted, then they go on."""
    monkeypatch.setattr(maintenance, "PATIENT_TRIES", 1)
    await words.meet(bot)
    with bot.store.database.read() as connection:
        before = connection.execute(select(members.c.person)).all()
        await words.close(bot)
        tried = bot.upkeep._checked_at
        clock.move_to(clock.now() + timedelta(minutes=5))
        bot.upkeep.soon()
        assert until(lambda: bot.upkeep._checked_at != tried)

        assert connection.execute(select(members.c.person)).all() == before
    bot.upkeep.soon()
    assert until(lambda: wal(file) == 0)
