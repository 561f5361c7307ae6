"""Help and the organiser's look on Discord: answered privately, also where the bot may do nothing."""

from __future__ import annotations

import pytest

from tests.adapters.discord.hall import Hall
from tests.adapters.discord.play import found
from tests.standins.discord import PERMISSIONS, person, shown


async def test_help_is_answered_where_the_bot_may_not_write(hall: Hall):
    place = await hall.private()
    await found(hall, place)
    await hall["Eve"].presses("More")
    place.overwrites[hall.server.bot.id] = (1, 0, PERMISSIONS["send_messages"])

    await hall["Eve"].presses("I need help")

    assert await hall["Eve"].sees("nobody monitors me")


async def test_an_organiser_looks_at_counts_and_nobody_else_does(hall: Hall):
    place = await hall.private()
    await found(hall, place)
    boss = person(hall.server, "Boss", hall.guild)
    hall.guild.members[boss.user.id] = {hall.guild.role("manager", PERMISSIONS["manage_guild"]).id}
    place.overwrites[boss.user.id] = (1, PERMISSIONS["view_channel"], 0)
    said = []
    for what in ("doctor", "sets", "delivery", "audit"):
        one = await boss.types(f"/als-admin {what}", place)
        said += [shown(message) for message in one.said]

    told = "\n".join(said)
    assert "Where people find help" in told
    assert "meets now" in told
    assert "Ana" not in told
    assert "Aurora" not in told
    with pytest.raises(AssertionError, match="not offered"):
        await hall["Eve"].types("/als-admin sets", place)
