"""Our clock is not Discord's: a post that was made and never settled still stands once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app.bot import Bot
from bot.app.opening import open_database
from bot.runtime.clock import RunningClock
from bot.runtime.store.upkeep import backup
from tests.adapters.discord.hall import Hall
from tests.standins.discord import Channel, shown
from tests.standins.discord.world import clock as discords

BOARD = "[I'm here]"


def ahead_of_discord(seconds: float) -> RunningClock:
    """The bot's clock."""
    return RunningClock(datetime.fromtimestamp(discords(), UTC) + timedelta(seconds=seconds))


def boards(channel: Channel) -> int:
    """How many boards stand in the set's room."""
    return sum(BOARD in shown(m) for m in channel.messages if not m.deleted and not m.ephemeral)


def kill_before_settling(bot: Bot) -> None:
    """From now on whatever is sent is never written down, as where the process is killed."""

    async def never(*_: object) -> None:
        return

    bot.outbox._sent = never  # type: ignore[assignment,method-assign]


async def found(hall: Hall, channel: Channel) -> None:
    """A set is founded: its board is to be posted."""
    ana = hall["Ana"]
    await ana.types("/als start", channel)
    form = await ana.sees_form("Start a set")
    await form.fill({"Name": "Aurora", "Who facilitates?": "The bot"}).submit()
    await hall.bot.settle()


async def move(hall: Hall, seconds: float) -> None:
    """Time passes on both clocks; Discord remembers no nonce for that long."""
    discords.ahead += seconds
    hall.server.nonces.clear()
    await hall.pass_time(timedelta(seconds=seconds))
    await hall.bot.settle()


async def founded_and_killed(hall: Hall) -> Channel:
    """The board is sent, and the bot killed before it wrote that down."""
    channel = await hall.private()
    kill_before_settling(hall.bot)
    await found(hall, channel)
    assert boards(channel) == 1
    await hall.close()
    return channel


@pytest.fixture
async def hall(tmp_path: Path, before: float) -> AsyncIterator[Hall]:
    """A hall whose bot's clock is some seconds ahead of Discord's."""
    opened = Hall(tmp_path)
    opened.clock = ahead_of_discord(before)
    await opened.server.start()
    await opened.open()
    yield opened
    await opened.close()
    await opened.server.stop()
    assert opened.faults() == []


@pytest.mark.parametrize("before", [600.0, -200.0, 900.0, -900.0])
async def test_killed_between_send_and_settle_with_another_clock_than_discords(hall: Hall):
    channel = await founded_and_killed(hall)

    await hall.open()
    for _ in range(3):
        await move(hall, 61)

    assert boards(channel) == 1


@pytest.mark.parametrize(("before", "after"), [(0.0, 600.0), (600.0, 0.0), (-200.0, 900.0)])
async def test_the_clock_is_set_between_the_claim_and_the_restart(
    hall: Hall, before: float, after: float
):
    channel = await founded_and_killed(hall)
    hall.clock = ahead_of_discord(after)

    await hall.open()
    # A clock that was put back makes the bot wait for its own time to come round again.
    for _ in range(3 + round(max(before - after, 0) / 61)):
        await move(hall, 61)

    assert boards(channel) == 1


@pytest.mark.parametrize("before", [0.0, 600.0, -200.0])
async def test_a_copy_made_while_a_post_waits_does_not_post_it_twice(hall: Hall, tmp_path: Path):
    """Given a copy made during a 429 and a post sent 150 s late, when the copy is put back."""
    channel = await hall.private()
    hall.server.faults.add("POST", "/messages$", "429", seconds=150.0)
    await found(hall, channel)
    vault = hall.bot.vault
    copy, _ = backup.make(hall.bot.store.database, vault, hall.bot.now(), tmp_path / "backups")
    assert boards(channel) == 0
    await move(hall, 151)
    assert boards(channel) == 1
    await move(hall, 300)
    await hall.close()
    path = hall.folder / "als.db"
    backup.restore(copy, path, vault, hall.clock.now())
    restored = open_database(f"sqlite:///{path}", hall.clock.now())
    assert backup.settle_copy(restored, hall.clock.now())
    restored.close()

    await hall.open()
    hall.bot.store.restored_at = backup.restored_at(hall.bot.store.database)
    for _ in range(3):
        await move(hall, 61)

    assert boards(channel) == 1
