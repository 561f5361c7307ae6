"""After an outage: one message for each reader on Slack, which says how things stand now."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.adapters.promises import promised
from tests.adapters.slack.harness import PLACE, START, Machine, found, six
from tests.standins.slack import Slack
from tests.standins.slack_blocks import visible


@pytest.fixture
def mode() -> str:
    return "socket"


async def test_an_outage_over_many_reminders_leaves_one_row_for_each_action(
    machine: Machine, slack: Slack, clock
):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    ben = people["Ben"]
    async with machine.running() as running:
        await found(people, room)
        await running.move(hours=3)
        for what in ("Talk to Mia", "Ask Tom"):
            await promised(running.bot, PLACE, room.id, ben.id, what, clock.now())
    direct = slack.world.direct(ben.id)
    before, posts = len(direct.messages), len(room.messages)
    clock.move_to(START + timedelta(days=43))

    async with machine.running() as running:
        await running.move(hours=1)

        (message,) = direct.messages[before:]
        said = visible(slack.world, message.blocks, message.text, "UTC")
        assert "Here's what you missed" in said
        assert said.count("Talk to Mia") == said.count("Ask Tom") == 1
        assert said.count("\nDone") == said.count("\nStill going") == 2
        assert said.count("Was due:") == 2
        assert not any(old in said for old in ("ago", "in 3 days", "Due today", "Late, sorry. Due"))
        late = [visible(slack.world, m.blocks, m.text, "UTC") for m in room.messages[posts:]]
        assert len(late) == 1
        assert "6 weeks on" in late[0]
        await ben.presses("Done", in_="dm")
        await ben.sees_form("How did it go?")
