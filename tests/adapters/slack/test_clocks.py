"""Our clock is not Slack's: a post that was made and never settled still stands once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.app.bot import Bot
from bot.app.opening import open_database
from bot.runtime.clock import RunningClock
from bot.runtime.store.upkeep import backup
from tests.adapters.slack.harness import START, Machine, Running
from tests.adapters.slack.test_faults import begin, bot_posts
from tests.standins.slack import Slack, running

BOARD = "90 minutes, 1 presenter"
AHEAD = [600.0, -200.0, 900.0, -900.0]
"""Seconds by which the bot's clock is ahead of Slack's."""


@pytest.fixture
def mode() -> str:
    return "socket"


@pytest.fixture
def slacks() -> RunningClock:
    return RunningClock(START)


@pytest.fixture
async def slack(slacks: RunningClock) -> AsyncIterator[Slack]:
    """A Slack with a clock of its own."""
    async with running(lambda: slacks.now().timestamp()) as opened:
        opened.world.scopes.add("groups:history")
        yield opened


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> RunningClock:
    return RunningClock(START)


def kill_before_settling(bot: Bot) -> None:
    """From now on whatever is sent is never written down, as where the process is killed."""

    async def never(*_: object) -> None:
        return

    bot.outbox._sent = never  # type: ignore[assignment,method-assign]


async def move(one: Running, slacks: RunningClock, seconds: float) -> None:
    """Time passes on both clocks."""
    slacks.move_by(timedelta(seconds=seconds))
    await one.move(seconds=seconds)


async def board_is_sent_and_the_bot_killed(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running() as one:
        kill_before_settling(one.bot)
        await begin(slack, room, ana)
        await one.settle()
    assert bot_posts(slack, room, BOARD) == 1
    return ana, room


@pytest.mark.parametrize("ahead", AHEAD)
async def test_killed_between_send_and_settle_with_another_clock_than_slacks(
    machine: Machine, slack: Slack, slacks: RunningClock, ahead: float
):
    machine.clock = RunningClock(START + timedelta(seconds=ahead))
    ana, room = await board_is_sent_and_the_bot_killed(machine, slack)

    async with machine.running() as one:
        for _ in range(3):
            await move(one, slacks, 61)
        await ana.sees("Arriving", in_=room)

    assert bot_posts(slack, room, BOARD) == 1


@pytest.mark.parametrize(("before", "after"), [(0.0, 600.0), (600.0, 0.0), (-200.0, 900.0)])
async def test_the_clock_is_set_between_the_claim_and_the_restart(
    machine: Machine, slack: Slack, slacks: RunningClock, before: float, after: float
):
    machine.clock = RunningClock(START + timedelta(seconds=before))
    ana, room = await board_is_sent_and_the_bot_killed(machine, slack)
    machine.clock = RunningClock(START + timedelta(seconds=after))

    async with machine.running() as one:
        # A clock that was put back makes the bot wait for its own time to come round again.
        for _ in range(3 + round(max(before - after, 0) / 61)):
            await move(one, slacks, 61)
        await ana.sees("Arriving", in_=room)

    assert bot_posts(slack, room, BOARD) == 1


async def test_a_clock_that_differs_is_said_once(machine: Machine, slack: Slack):
    machine.clock = RunningClock(START + timedelta(minutes=10))
    ana = slack.person("Ana")
    with capture_logs() as logs:
        async with machine.running() as one:
            await begin(slack, slack.channel("aurora", [ana]), ana)
            await one.settle()
            await ana.sees("Arriving", in_=next(iter(one.slack.world.channels.values())))

    said = [line for line in logs if line["event"] == "clock_differs"]
    assert [(line["platform"], line["log_level"]) for line in said] == [("slack", "warning")]
    assert abs(said[0]["seconds_ahead"] - 600) <= 30


@pytest.mark.parametrize("ahead", [0.0, 600.0, -200.0])
async def test_a_copy_made_while_a_post_waits_does_not_post_it_twice(
    machine: Machine, slack: Slack, slacks: RunningClock, tmp_path: Path, ahead: float
):
    """Given a copy made during a 429 and a post sent 150 s late, when the copy is put back."""
    machine.clock = RunningClock(START + timedelta(seconds=ahead))
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running() as one:
        slack.breaks("chat.postMessage", "429", retry_after="150")
        await begin(slack, room, ana)
        await one.settle()
        database, vault = one.bot.store.database, one.bot.vault
        copy, _ = backup.make(database, vault, one.bot.now(), tmp_path / "backups")
        assert bot_posts(slack, room, BOARD) == 0
        await move(one, slacks, 151)
        await one.settle()
        assert bot_posts(slack, room, BOARD) == 1
        await move(one, slacks, 300)
    path = machine.folder / "als.db"
    backup.restore(copy, path, vault, machine.clock.now())
    restored = open_database(f"sqlite:///{path}", machine.clock.now())
    assert backup.settle_copy(restored, machine.clock.now())
    restored.close()

    async with machine.running() as one:
        one.bot.store.restored_at = backup.restored_at(one.bot.store.database)
        for _ in range(3):
            await move(one, slacks, 61)

    assert bot_posts(slack, room, BOARD) == 1
