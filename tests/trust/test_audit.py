"""The audit log: no words, no names, and no row changed or taken out unnoticed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.app.bot import Bot
from bot.core.signals import Pressed
from bot.runtime.store import audit
from tests.runtime.people import found, gesture
from tests.trust.words import asks


async def busy(bot: Bot, clock) -> None:
    """Three days on which something was done."""
    await found(bot.service, "Ana", "Ben")
    for day in (2, 3, 4):
        clock.move_to(clock.now().replace(day=day))
        for who in ("Ana", "Ben"):
            await asks(bot, who, "mydata export")


def verified(bot: Bot) -> audit.Verified:
    with bot.store.database.read() as connection:
        return audit.verify(connection)


async def test_the_audit_log_holds_and_names_nobody(bot: Bot, clock, file: Path):
    await busy(bot, clock)
    await bot.service.receive(gesture("Ben", Pressed("forget_sure")))

    assert verified(bot) == audit.Verified(7, 3)
    with closing(sqlite3.connect(file)) as opened:
        found_rows = opened.execute("SELECT * FROM audit").fetchall()
    assert "ben" not in str(found_rows).casefold()
    assert {row[5] for row in found_rows} == {"export", "forget"}


async def test_an_empty_audit_log_holds(bot: Bot):
    assert verified(bot) == audit.Verified(0, 0)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET verb = 'look' WHERE seq = 3",
        "UPDATE audit SET actor = 'somebody' WHERE seq = 4",
        "UPDATE audit SET at = '2027-03-03 00:00:00.000000' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "UPDATE audit SET chain = 'x' WHERE seq = 3",
    ],
)
async def test_a_changed_row_is_noticed_and_its_day_named(bot: Bot, clock, file: Path, change: str):
    await busy(bot, clock)
    with closing(sqlite3.connect(file)) as opened:
        opened.execute(change)
        opened.commit()

    assert verified(bot).broken == "2027-03-03"


async def test_rows_whose_time_is_over_break_nothing(bot: Bot, clock, file: Path):
    await busy(bot, clock)
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("DELETE FROM audit WHERE day = '2027-03-02'")
        opened.commit()

    assert verified(bot) == audit.Verified(4, 2)
