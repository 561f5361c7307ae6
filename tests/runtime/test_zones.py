"""New zone data, and clocks that jump: what was promised for a local time comes at that time, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.app.bot import Bot
from bot.core.signals import Submitted
from bot.core.walltime import instant
from bot.runtime.clock import MovableClock
from bot.runtime.store.tables.sets import timers
from bot.runtime.store.upkeep import zones
from tests.runtime.conftest import KEY, MONDAY
from tests.runtime.people import action, found, gesture, the_set

REMINDERS = "bot.core.learning_set.actions.reminders"
HOUR = timedelta(hours=1)


def waiting(bot) -> dict[str, datetime]:
    """What has still to ring, and when."""
    with bot.store.database.read() as connection:
        rows = connection.execute(select(timers).where(timers.c.done_at.is_(None)))
        return {row.what: row.due_at for row in rows}


def recompute(bot, version: str) -> int:
    """A start of the bot with zone data of that version."""
    with bot.store.transaction() as unit:
        return zones.recompute(unit, version)


@pytest.fixture
async def planned(bot):
    """A meeting in summer, with its prompts to come."""
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(
        gesture("Ana", Submitted("schedule", (("when", "2027-06-14T18:00"),)))
    )
    recompute(bot, "2026a")
    return bot


async def test_the_same_zone_data_changes_nothing(planned):
    before = waiting(planned)

    assert recompute(planned, "2026a") == 0

    assert waiting(planned) == before


async def test_new_zone_data_moves_every_instant_to_come(planned, monkeypatch):
    before = waiting(planned)
    # As if summer time had been given up: the same wall time is an hour later in the world.
    monkeypatch.setattr("bot.core.learning_set.state.instant", lambda w, z: instant(w, z) + HOUR)
    monkeypatch.setattr(f"{REMINDERS}.instant", lambda w, z: instant(w, z) + HOUR)

    changed = recompute(planned, "2026b")

    after = waiting(planned)
    assert changed == len(before)
    assert after == {what: at + HOUR for what, at in before.items()}


async def test_what_has_rung_does_not_ring_again_at_its_new_instant(planned, clock, monkeypatch):
    clock.move_to(datetime(2027, 6, 7, 18, tzinfo=UTC))
    await planned.settle()
    assert "week_before" not in waiting(planned)
    monkeypatch.setattr(
        "bot.core.learning_set.state.instant", lambda w, z: instant(w, z) + 3 * HOUR
    )
    monkeypatch.setattr(f"{REMINDERS}.instant", lambda w, z: instant(w, z) + 3 * HOUR)

    recompute(planned, "2026b")

    assert "week_before" not in waiting(planned)
    assert "day_before" in waiting(planned)


async def test_a_row_from_the_old_rules_goes(planned):
    with planned.store.database.write() as connection:
        connection.execute(
            update(timers)
            .where(timers.c.what == "day_before")
            .values(due_at=timers.c.due_at, key="stale", what="day_before")
        )

    assert recompute(planned, "2026b") == 1
    with planned.store.database.read() as connection:
        assert "stale" not in connection.execute(select(timers.c.key)).scalars().all()


def test_the_version_is_the_machines_own_else_the_packages(tmp_path):
    import tzdata

    assert zones.version([str(tmp_path)]) == tzdata.IANA_VERSION
    (tmp_path / "tzdata.zi").write_text("# version 2031z\n# more\n")
    assert zones.version([str(tmp_path / "no"), str(tmp_path)]) == "2031z"
    assert zones.version()


async def test_a_set_that_is_gone_is_passed_over(planned):
    with planned.store.transaction() as unit:
        assert zones._of_set(unit, "gone") == 0


# --- clocks that jump -----------------------------------------------------------------------------


class Jumping(MovableClock):
    """A wall clock that somebody sets, back as well as forward."""

    def jump(self, length: timedelta) -> None:
        self._at += length


JUMPS = [timedelta(hours=-1), timedelta(days=-1), HOUR, timedelta(days=1)]


@pytest.mark.parametrize("jump", JUMPS, ids=str)
async def test_a_jump_of_the_clock_sends_nothing_twice_and_loses_nothing(database, platform, jump):
    clock = Jumping(MONDAY, seed=1)
    bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0, threaded=False)
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(gesture("Ben", action("Talk to Mia")))
    clock.jump(timedelta(days=2, seconds=1))
    await bot.settle()
    assert reminders(platform) == 1

    clock.jump(jump)
    await bot.settle()
    clock.jump(-jump)
    await bot.settle()
    assert reminders(platform) == 1

    clock.jump(timedelta(days=41))
    await bot.settle()
    # Half-way, three days before and due came while the clock ran ahead: one message tells all.
    assert reminders(platform) == 2
    assert the_set(bot).actions[0].reminded == 4


def reminders(platform) -> int:
    """How many reminders Ben has had."""
    to_ben = [m for m in platform.messages.values() if m.destination.person == "ben"]
    return sum("Talk to Mia" in str(m) for m in to_ben)


def test_a_deadline_is_the_same_by_two_versions_of_the_rules_only_where_it_is_near():
    at = datetime(2027, 6, 14, 17, tzinfo=UTC)
    rung = {"what": "start", "subject": "m", "step": None, "due_at": at}

    assert zones._same({**rung, "due_at": at + 2 * HOUR}, rung)
    assert not zones._same({**rung, "due_at": at + timedelta(days=7)}, rung)
    assert not zones._same({**rung, "subject": "other"}, rung)
