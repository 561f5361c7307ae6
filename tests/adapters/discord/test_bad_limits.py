"""Bad input on Discord: limits."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.core.wording import DIGITS
from bot.runtime.ports.outgoing import Op, Refused, Trouble
from tests.adapters.discord.hall import NAMES, Hall
from tests.adapters.discord.line import Line
from tests.adapters.discord.play import come_in, found, meet_up_to_the_vote, offer
from tests.adapters.discord.test_outbound import CARD
from tests.standins.discord import Form, Reaction, User, person, shown
from tests.standins.discord.rest import put_reaction


async def check_in_done(hall: Hall) -> None:
    for name in NAMES:
        await hall[name].sees("[Pass]")
        await hall[name].presses("Done")
    await hall["Ana"].sees("[Offer an issue]")


async def test_a_second_bid_changes_the_first(hall: Hall):
    await found(hall, await hall.private())
    await check_in_done(hall)
    for words in ("The first", "The second"):
        await offer(hall["Ana"], words)
    await offer(hall["Ben"], "Another")
    for name in NAMES[2:]:
        await hall[name].presses("Nothing today")
    ballot = await hall["Eve"].sees("[My vote]")
    assert "The first" not in shown(ballot)
    assert "The second" in shown(ballot)


async def test_the_31st_action_is_handed_back_with_its_words(hall: Hall):
    place = await hall.private()
    await found(hall, place)

    async def promises(n: int) -> str:
        await hall["Ana"].types(f"/als action what:Promise{n}", place)
        form = await hall["Ana"].sees_form("Your action")
        return "".join(shown(m) for m in (await form.submit()).said)

    told = [await promises(n) for n in range(31)][-1]
    assert "30 open actions" in told
    assert "Promise30" in told
    state = hall.room().set
    assert state is not None
    assert len(state.open_actions(str(hall["Ana"].user.id))) == 30


async def test_who_comes_to_a_full_set_is_told_whom_to_ask(hall: Hall):
    place = await hall.private()
    await found(hall, place)
    state = hall.room().set
    assert state is not None
    more = [person(hall.server, f"More{n}", hall.guild) for n in range(state.size - 6 + 1)]
    for one in more:
        place.overwrites[one.user.id] = (1, 1 << 10, 0)
    for one in more[:-1]:
        await come_in(one)
    answer = await more[-1].presses("I'm here")
    assert "Aurora is full" in "".join(shown(m) for m in answer.said)
    state = hall.room().set
    assert state is not None
    assert len(state.present_members) == state.size


async def test_six_commands_at_once_are_each_answered_in_private(hall: Hall):
    place = await hall.private()
    await found(hall, place)
    acts = [hall["Ana"].types("/als status", place) for _ in range(6)]
    answers = await asyncio.gather(*acts)
    assert all(one.said and all(m.ephemeral for m in one.said) for one in answers)


async def test_a_thousand_reactions_of_strangers_are_survived(hall: Hall):
    await found(hall, await hall.private())
    ballot = await meet_up_to_the_vote(hall)
    for n in range(1000):
        await put_reaction(hall.server, ballot, Reaction("1️⃣", User(f"U{n}")))
    for name in NAMES:
        await hall[name].reacts("1️⃣" if name == "Ben" else "2️⃣", ballot)
    await hall["Ana"].sees("closing in 20 seconds")
    await hall.pass_time(timedelta(seconds=21))
    await hall["Ana"].sees("Ben presents.")


async def test_a_hundred_sets_in_one_server_start_together(hall: Hall):
    places = [await hall.private(f"set-{n}") for n in range(100)]
    ana = hall["Ana"]
    for some in range(0, 100, 10):
        await asyncio.gather(*(ana.types("/als start", p) for p in places[some : some + 10]))
    forms = [f for f in ana.forms if f.modal and f.modal["title"] == "Start a set"]
    assert len(forms) == 100
    acts = [Form(ana, f).fill({"Name": f"Set {n}"}).submit() for n, f in enumerate(forms)]
    for some in range(0, 100, 10):
        await asyncio.gather(*acts[some : some + 10])

    with hall.bot.store.reading() as unit:
        assert len(unit.live_sets()) == 100, "each of them is stored, however long its answer took"
    for place in (places[0], places[99]):
        at = str(place.id)
        with hall.bot.store.reading() as unit:
            assert unit.room_of_place(hall.installation, at).live is not None


async def test_a_poll_with_one_option_needs_no_vote(hall: Hall):
    await found(hall, await hall.private())
    await check_in_done(hall)
    await offer(hall["Ben"], "The only one")
    for name in NAMES:
        if name != "Ben":
            await hall[name].presses("Nothing today")
    await hall["Ana"].sees("Ben presents.")


async def test_a_poll_has_at_most_as_many_options_as_there_are_numbers(line: Line):
    assert len(DIGITS) == 9, "a tenth has no number to vote with"
    ref = await line.outbound.post(line.out(CARD))
    many = tuple(f"{n}\u20e3" for n in range(10)) + tuple("🇦🇧🇨🇩🇪🇫🇬🇭🇮🇯")
    with pytest.raises(Refused) as refused:
        await line.outbound.react(line.out(op=Op.REACT, ref=ref, reactions=(*many, "🦄")))
    assert refused.value.trouble is Trouble.GONE, "the twenty-first is left out, and that is final"
