"""What is over is deleted when the table says so, by the sweep, and counted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from bot.app.bot import Bot
from bot.core.person.retention import Data, span
from bot.core.signals import Pressed
from bot.runtime.store import audit
from bot.runtime.store.outbox.resting import pause_installation
from bot.runtime.store.tables.installed import erasures, installations
from bot.runtime.store.tables.sets import learning_sets
from bot.runtime.store.tokens import doubt, remove
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.store.upkeep import sweeping
from bot.runtime.vault import KeyMissing
from tests.runtime.conftest import INSTALLATION, MONDAY
from tests.runtime.people import action, found, gesture, the_set
from tests.trust.words import rows

DAY, MOMENT = timedelta(days=1), timedelta(minutes=1)


def write(bot: Bot, job):
    return bot.writer.do(job).result()


async def swept(bot: Bot, clock, at) -> dict[str, int]:
    clock.move_to(at)
    return {kind: n for kind, n in (await bot.alarms.purge()).items() if n}


async def test_a_closed_action_goes_after_ninety_days(bot: Bot, clock):
    await found(bot.service, "Ana", "Ben")
    for words in ("Talk to Mia", "Write it down"):
        await bot.service.receive(gesture("Ben", action(words)))
    closed = the_set(bot).actions[0]
    await bot.service.receive(gesture("Ben", Pressed("done", value=closed.id)))
    over = clock.now() + span(Data.ACTIONS)

    assert "actions" not in await swept(bot, clock, over - MOMENT)
    assert (await swept(bot, clock, over + MOMENT))["actions"] == 1
    assert [a.what for a in the_set(bot).actions] == ["Write it down"]
    assert "actions" not in await swept(bot, clock, over + DAY)


async def test_a_set_goes_half_a_year_after_it_last_met(bot: Bot, clock, file: Path):
    await found(bot.service, "Ana", "Ben")
    over = MONDAY + span(Data.SET)

    assert "sets" not in await swept(bot, clock, over - MOMENT)
    assert (await swept(bot, clock, over + MOMENT))["sets"] == 1
    for table in ("learning_sets", "members", "meetings", "message_refs"):
        assert f'INTO "{table}"' not in rows(file)
    await found(bot.service, "Zoe")
    assert the_set(bot).agreed("zoe")


async def test_a_set_that_still_waits_for_an_action_stays(bot: Bot, clock):
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(gesture("Ben", action("Talk to Mia", due="2027-12-01")))

    assert "sets" not in await swept(bot, clock, MONDAY + span(Data.SET) + DAY)
    assert the_set(bot).open_actions("ben")


async def test_what_has_no_words_goes_at_its_own_time(bot: Bot, clock):
    await found(bot.service, "Ana")
    await bot.settle()
    write(bot, lambda unit: audit.note(unit, INSTALLATION, "ana", "export"))
    write(
        bot,
        lambda unit: unit.connection.execute(
            insert(erasures).values(person_hash="x", erased_at=MONDAY)
        ),
    )

    inbox = await swept(bot, clock, MONDAY + span(Data.INBOX) + MOMENT)
    outbox = await swept(bot, clock, MONDAY + span(Data.OUTBOX) + DAY)
    year = await swept(bot, clock, MONDAY + span(Data.AUDIT) + DAY)

    assert inbox["deliveries"] == 2
    assert outbox["outbox"] > 0
    assert (year["audit"], year["erasures"]) == (1, 1)


def uninstalled(unit: Unit) -> None:
    """A removal that was told and confirmed."""
    unit.installations.know(INSTALLATION)
    assert doubt(unit, INSTALLATION, unit.now)
    assert remove(unit, INSTALLATION, "")


async def test_an_uninstalled_workspace_is_gone_after_its_days_of_grace(
    bot: Bot, clock, file: Path
):
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    write(bot, uninstalled)
    over = MONDAY + span(Data.INSTALLATION)

    assert "installations" not in await swept(bot, clock, over - MOMENT)
    with bot.store.reading() as unit:
        words = unit.connection.execute(select(learning_sets.c.name)).scalar()
    assert bot.vault.unseal(words) == "Aurora"
    assert (await swept(bot, clock, over + MOMENT))["installations"] == 1

    assert INSTALLATION not in rows(file)
    with pytest.raises(KeyMissing):
        bot.vault.unseal(words)


async def test_a_send_that_was_under_way_does_not_stop_the_purge(bot: Bot, clock, file: Path):
    """Given a removal, when a post from before is refused for it, then it is still a removal."""
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    write(bot, uninstalled)
    soon = MONDAY + DAY
    write(bot, lambda unit: pause_installation(unit.connection, INSTALLATION, soon, "10004"))

    await swept(bot, clock, MONDAY + span(Data.INSTALLATION) + MOMENT)

    assert INSTALLATION not in rows(file)


async def test_who_comes_back_in_the_days_of_grace_finds_everything(bot: Bot, clock):
    await found(bot.service, "Ana", "Ben")
    write(bot, uninstalled)
    write(
        bot,
        lambda unit: unit.connection.execute(
            update(installations).values(status="active", removed_at=None)
        ),
    )

    assert "installations" not in await swept(bot, clock, MONDAY + span(Data.INSTALLATION) + DAY)
    assert the_set(bot).name == "Aurora"


async def test_a_sweep_that_fails_takes_nothing_with_it(bot: Bot, clock, monkeypatch):
    await found(bot.service, "Ana", "Ben")
    clock.move_to(MONDAY + span(Data.SET) + DAY)

    def breaks(unit: Unit) -> int:
        raise RuntimeError

    monkeypatch.setattr(sweeping, "_installations", breaks)
    with pytest.raises(RuntimeError):
        await bot.alarms.purge()

    assert the_set(bot).name == "Aurora"


async def test_every_kind_of_data_of_the_table_is_swept_or_ends_with_the_meeting(bot: Bot):
    counts = await bot.alarms.purge()
    swept_as = {
        Data.WORDS: "snapshots",
        Data.UNDELIVERED: "snapshots",
        Data.ACTIONS: "actions",
        Data.MEETINGS: "sessions",
        Data.SET: "sets",
        Data.INBOX: "deliveries",
        Data.OUTBOX: "outbox",
        Data.AUDIT: "audit",
        Data.ERASURES: "erasures",
        Data.INSTALLATION: "installations",
    }

    assert set(Data) - set(swept_as) == {Data.ISSUES, Data.BALLOTS}
    assert set(swept_as.values()) <= set(counts)
