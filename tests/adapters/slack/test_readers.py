"""Words for the set alone: Slack is asked who reads the channel whenever a post is drawn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.adapters.slack.connect import Slack as Adapter
from tests.adapters.promises import promised
from tests.adapters.slack.harness import PLACE, START, Machine, Running, found, six
from tests.standins.slack import Channel, Person, Slack
from tests.standins.slack_blocks import visible
from tests.standins.slack_web import Fault
from tests.standins.slack_world import User

WORDS = "Talk to Mia"
SIX_WEEKS = timedelta(weeks=6)


@pytest.fixture
def mode() -> str:
    return "socket"


@pytest.fixture
def room(slack: Slack) -> Channel:
    """A private channel with six people and the bot."""
    return slack.channel("aurora", list(six(slack).values()))


def everyone(slack: Slack, room: Channel) -> dict[str, Person]:
    people = [Person(slack, slack.world.users[m]) for m in room.members if m in slack.world.users]
    return {p.user.name: p for p in people if not p.user.is_bot}


async def post_of(running: Running, room: Channel, day: int) -> str:
    """The six-week post for what was chosen on that day."""
    before = len(room.messages)
    await running.bot.move_to(START + SIX_WEEKS + timedelta(days=day, minutes=1))
    await running.settle()
    world = running.slack.world
    shown = [visible(world, m.blocks, m.text, "UTC") for m in room.messages[before:]]
    (post,) = (text for text in shown if "6 weeks on" in text)
    return post


async def test_the_six_week_post_quotes_only_where_every_reader_is_in_the_set(
    machine: Machine, slack: Slack, room: Channel
):
    async with machine.running() as running:
        people = everyone(slack, room)
        await found(people, room)
        ben = people["Ben"].id
        for day in range(1, 7):
            made = START + timedelta(days=day)
            await promised(running.bot, PLACE, room.id, ben, f"{WORDS}, {day}", made)

        assert WORDS in await post_of(running, room, 1)

        zoe = slack.person("Zoe")
        room.members.append(zoe.id)
        post = await post_of(running, room, 2)
        assert WORDS not in post
        assert "Ben took on an action." in post
        assert "<@" not in post

        room.members.remove(zoe.id)
        assert f"{WORDS}, 3" in await post_of(running, room, 3)

        slack.web.faults["conversations.members"] = [Fault("429")]
        assert WORDS not in await post_of(running, room, 4)

        slack.world.scopes.discard("groups:read")
        assert WORDS not in await post_of(running, room, 5)
        slack.world.scopes.add("groups:read")

        room.private = False
        assert WORDS not in await post_of(running, room, 6)


async def asked(adapter: Adapter, room: Channel, *members: str) -> bool:
    return await adapter.outbound.read_only_by(PLACE, room.id, members)


async def test_who_counts_as_a_reader(machine: Machine, slack: Slack, room: Channel):
    async with machine.running() as running:
        six_of_them = tuple(p.id for p in everyone(slack, room).values())
        assert await asked(running.adapter, room, *six_of_them)
        assert not await asked(running.adapter, room, *six_of_them[1:])

        slack.world.users["U0ROBOT"] = User("U0ROBOT", "Robot", is_bot=True)
        room.members.append("U0ROBOT")
        slack.world.users["U0GONE"] = User("U0GONE", "Gone", deleted=True)
        room.members.append("U0GONE")
        assert await asked(running.adapter, room, *six_of_them), "bots and closed accounts"

        slack.world.users["U0OTHER"] = User("U0OTHER", "Other", stranger=True)
        room.members.append("U0OTHER")
        assert not await asked(running.adapter, room, *six_of_them), "people of another company"
        room.members.remove("U0OTHER")

        room.members[:0] = [f"U1{n:04}" for n in range(150)]
        assert not await asked(running.adapter, room, *six_of_them), "far too many to be a set"


async def test_a_reader_on_a_later_page_is_seen(machine: Machine, slack: Slack, room: Channel):
    async with machine.running() as running:
        members = tuple(slack.person(f"P{n}").id for n in range(120))
        room.members[:] = [*room.members, *members]
        known = (*room.members,)
        assert await asked(running.adapter, room, *known)

        room.members.append(slack.person("Zoe").id)
        assert not await asked(running.adapter, room, *known)
