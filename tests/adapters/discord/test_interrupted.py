"""The bot was gone for days in the middle of a meeting, on Discord over real sockets."""

from __future__ import annotations

from datetime import timedelta

from tests.adapters.discord.hall import NAMES, Hall
from tests.adapters.discord.play import found, meet_up_to_the_vote


async def test_three_days_later_it_asks_and_no_vote_is_lost(hall: Hall):
    place = await hall.private()
    await found(hall, place)
    ballot = await meet_up_to_the_vote(hall)
    await hall["Ana"].reacts("2️⃣", ballot)
    await hall["Ana"].sees("[My vote]")
    await hall.close()
    for name in NAMES[1:4]:
        await hall[name].reacts("1️⃣" if name != "Ben" else "3️⃣", ballot)
    hall.clock.move_by(timedelta(days=3))
    await hall.open()

    await hall["Ana"].sees("A meeting of your set was interrupted.")
    await hall["Eve"].presses("Go on")
    await hall["Eve"].sees("The meeting went on from here.")
    for name in NAMES[4:]:
        await hall[name].reacts("2️⃣", ballot)
    await hall["Ana"].sees("Closing in 20 seconds")
    await hall.pass_time(timedelta(seconds=21))
    await hall["Ana"].sees("Ben presents.")


async def test_closed_by_most_of_them_it_says_so(hall: Hall):
    place = await hall.private()
    await found(hall, place)
    await hall["Ana"].sees("[Pass]")
    await hall.close()
    hall.clock.move_by(timedelta(days=200))
    await hall.open()

    await hall["Ana"].sees("A meeting of your set was interrupted.")
    for name in NAMES[:4]:
        await hall[name].presses("Close it")
    await hall["Ana"].sees("The meeting was closed.")
