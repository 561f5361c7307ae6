"""A whole set meets on Discord: six people, by what they see and press."""

from __future__ import annotations

from tests.adapters.discord.hall import NAMES, Hall
from tests.adapters.discord.play import found, meet_up_to_the_vote, play_to_the_end


async def test_a_whole_set_in_a_channel_of_its_own(hall: Hall):
    place = hall.private()
    await found(hall, place)
    ballot = await meet_up_to_the_vote(hall)
    for name, emoji in zip(NAMES, ("2️⃣", "1️⃣", "2️⃣", "1️⃣", "2️⃣", "2️⃣"), strict=True):
        await hall[name].reacts(emoji, ballot)
    await play_to_the_end(hall, presenter="Ben")
    for name in NAMES:
        assert await hall[name].sees("Show my words", direct=True), "the keepsake comes by message"
