"""A Slack on this machine, and a machine the bot can run on."""

from __future__ import annotations

import pytest

from bot.runtime.clock import RunningClock
from tests.adapters.slack.harness import START, Machine
from tests.standins.slack import running


@pytest.fixture
def clock():
    return RunningClock(START)


@pytest.fixture
async def slack(clock):
    async with running(lambda: clock.now().timestamp()) as open_slack:
        yield open_slack


@pytest.fixture(params=["socket", "http"])
def mode(request) -> str:
    return str(request.param)


@pytest.fixture
def machine(slack, tmp_path, mode, clock) -> Machine:
    return Machine(slack, tmp_path, mode, clock)
