"""Words for the set alone: Discord is asked who reads the set's room whenever a post is drawn."""

from __future__ import annotations

import discord
import pytest

from bot.runtime.ports.outgoing import Refused
from tests.adapters.discord.line import Line
from tests.adapters.discord.test_outbound import CARD
from tests.standins.discord import PERMISSIONS, Channel, person

VIEW, MODERATE = PERMISSIONS["view_channel"], PERMISSIONS["manage_threads"]


async def alone(line: Line, place: Channel) -> bool:
    """Whether only Ana, who is the set, reads there."""
    ana = str(line.ana.user.id)
    return await line.outbound.read_only_by(line.installation, str(place.id), (ana,))


async def test_a_channel_of_the_sets_own_is_read_by_whom_it_names(line: Line):
    assert await alone(line, line.place)

    zoe = person(line.server, "Zoe", line.guild)
    line.place.overwrites[zoe.user.id] = (1, VIEW, 0)
    assert not await alone(line, line.place)

    del line.place.overwrites[zoe.user.id]
    assert await alone(line, line.place)


async def test_a_role_stands_for_people_whom_discord_does_not_name(line: Line):
    line.guild.role("Bosses", PERMISSIONS["administrator"])
    assert await alone(line, line.place), "administrators cannot be kept out"

    boosters = line.guild.role("Boosters", managed=True)
    line.place.overwrites[boosters.id] = (0, VIEW, 0)
    assert not await alone(line, line.place)


async def test_in_the_private_thread_of_a_wide_channel_it_counts_who_was_let_in(line: Line):
    assert not await alone(line, line.open), "there is no room yet"
    board = await line.outbound.post(line.out(CARD, place=line.open))
    room = line.server.channels[int(board.split("/")[0])]
    room.people.append(line.ana.user)
    assert await alone(line, line.open)

    zoe = person(line.server, "Zoe", line.guild)
    room.people.append(zoe.user)
    assert not await alone(line, line.open)

    room.people.remove(zoe.user)
    assert await alone(line, line.open)


async def test_who_moderates_threads_can_look_into_it(line: Line):
    board = await line.outbound.post(line.out(CARD, place=line.open))
    line.server.channels[int(board.split("/")[0])].people.append(line.ana.user)
    line.guild.role("Helpers", MODERATE)

    assert not await alone(line, line.open)


@pytest.mark.parametrize("path", [r"^/channels/\d+$", r"^/guilds/\d+$", "/thread-members/"])
async def test_where_discord_does_not_say_nobody_guesses(line: Line, path: str):
    board = await line.outbound.post(line.out(CARD, place=line.open))
    line.server.channels[int(board.split("/")[0])].people.append(line.ana.user)
    line.server.faults.add("GET", path, "403", code=50001)

    with pytest.raises((Refused, discord.HTTPException)):
        await alone(line, line.open)
