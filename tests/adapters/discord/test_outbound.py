"""What the outbox asks of Discord: done once, refused for certain, not sent, or unsure."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.adapters.discord.connection.api import Unsure
from bot.core.cards import Button, Card, Quote, Text, buttons
from bot.core.signals import Change
from bot.runtime.ports.outgoing import Absent, Found, NotSent, Op, Refused, Trouble, Unknown
from tests.adapters.discord.line import KEY, Line
from tests.standins.discord import PRIVATE_THREAD, PUBLIC_THREAD, Reaction, person, shown

CARD = Card("Choosing", (Text("Which one?"), *buttons(Button("More", "more"))), "Your set meets.")
LOUD = replace(CARD, blocks=(Quote("My words", "Ben"), *CARD.blocks), loud=True)


async def refusal(line: Line, **more: Any) -> Refused:
    with pytest.raises(Refused) as raised:
        await line.outbound.post(line.out(CARD, **more))
    return raised.value


async def test_a_post_an_edit_and_a_deletion(line: Line):
    ref = await line.outbound.post(line.out(CARD))
    [message] = line.place.messages
    assert ref == f"{line.place.id}/{message.id}"
    assert shown(message).startswith("Choosing\nWhich one?")
    await line.outbound.edit(line.out(replace(CARD, title="Chosen"), op=Op.EDIT, ref=ref))
    assert shown(message).startswith("Chosen")
    await line.outbound.delete(line.out(op=Op.DELETE, ref=ref))
    await line.outbound.delete(line.out(op=Op.DELETE, ref=ref))
    assert message.deleted


async def test_the_same_post_twice_is_one_message(line: Line):
    first = await line.outbound.post(line.out(CARD))
    assert await line.outbound.post(line.out(CARD)) == first
    assert len(line.place.messages) == 1


async def test_a_lost_reply_is_unsure_and_the_post_is_found_again_by_its_key(line: Line):
    started = datetime.now(UTC)
    line.server.faults.add("POST", "/messages$", "lost")
    with pytest.raises(Unsure):
        await line.outbound.post(line.out(CARD))
    found = await line.outbound.look_up(line.out(CARD), started)
    assert found == Found(f"{line.place.id}/{line.place.messages[0].id}")
    assert await line.outbound.look_up(line.out(CARD, key=KEY[::-1]), started) == Absent()


async def test_a_reset_before_the_work_is_unsure_and_then_absent(line: Line):
    started = datetime.now(UTC)
    line.server.faults.add("POST", "/messages$", "reset", times=9)
    with pytest.raises(Unsure):
        await line.outbound.post(line.out(CARD))
    assert await line.outbound.look_up(line.out(CARD), started) == Absent()


async def test_a_loud_post_is_found_by_its_key_too(line: Line):
    started = datetime.now(UTC)
    await line.outbound.post(line.out(LOUD))
    assert isinstance(await line.outbound.look_up(line.out(LOUD), started), Found)


async def test_a_refused_connection_is_certainly_not_sent(line: Line):
    await line.server.stop()
    with pytest.raises(NotSent):
        await line.outbound.post(line.out(CARD))
    assert await line.outbound.look_up(line.out(CARD), datetime.now(UTC)) == Unknown()


async def test_before_the_first_connection_nothing_is_sent(line: Line):
    from bot.adapters.discord.connection.to_come import OutboundToCome

    with pytest.raises(NotSent):
        await OutboundToCome().post(line.out(CARD))


async def test_a_long_rate_limit_is_handed_to_the_outbox(line: Line):
    line.server.faults.add("POST", "/messages$", "429", seconds=86400.0)
    refused = await refusal(line)
    assert (refused.trouble, refused.retry_after) == (Trouble.WAIT, 86400.0)


async def test_a_429_without_retry_after_is_a_wait(line: Line):
    line.server.faults.add("POST", "/messages$", "429", headers={})
    refused = await refusal(line)
    assert (refused.trouble, refused.retry_after) == (Trouble.WAIT, None)


async def test_html_instead_of_json_and_an_answer_cut_in_the_middle_are_unsure(line: Line):
    line.server.faults.add("POST", "/messages$", "html")
    with pytest.raises((Unsure, TypeError)):
        await line.outbound.post(line.out(CARD))
    line.server.faults.add("POST", "/messages$", "cut")
    with pytest.raises(Unsure):
        await line.outbound.post(line.out(CARD, key=KEY[::-1]))


@pytest.mark.parametrize(
    ("status", "code", "trouble"),
    [
        ("403", 50007, Trouble.PERSON),
        ("403", 50278, Trouble.PERSON),
        ("404", 10003, Trouble.DESTINATION),
        ("403", 50013, Trouble.DESTINATION),
        ("400", 160005, Trouble.DESTINATION),
        ("404", 10008, Trouble.GONE),
        ("400", 50035, Trouble.FORM),
        ("400", 130000, Trouble.WAIT),
        ("400", 40003, Trouble.WAIT),
        ("401", 0, Trouble.INSTALLATION),
    ],
)
async def test_what_follows_from_a_code(line: Line, status: str, code: int, trouble: Trouble):
    line.server.faults.add("POST", "/messages$", status, code=code)
    assert (await refusal(line)).trouble is trouble


async def test_all_sending_stops_once_the_token_is_refused(line: Line):
    line.server.faults.add("POST", "/messages$", "401")
    await refusal(line)
    asked = len(line.server.asked)
    assert (await refusal(line)).trouble is Trouble.INSTALLATION
    assert len(line.server.asked) == asked, "nothing more is asked with a token that is refused"


async def test_a_server_that_refuses_five_times_rests(line: Line):
    line.server.faults.add("POST", "/messages$", "403", code=50013, times=9)
    for _ in range(5):
        assert (await refusal(line)).trouble is Trouble.DESTINATION
    refused = await refusal(line)
    assert (refused.trouble, refused.code) == (Trouble.WAIT, "server_rests")
    line.client.api.breaker.forgive(str(line.guild.id))
    line.server.faults.clear()
    await line.outbound.post(line.out(CARD))


async def test_direct_messages_are_neutral_and_closed_ones_are_the_persons(line: Line):
    ref = await line.outbound.post(line.out(LOUD, person=str(line.ana.user.id)))
    seen = await line.ana.sees("Your set meets.", direct=True)
    assert "My words" not in shown(seen)
    assert ref.endswith(str(seen.id))
    line.ana.user.dms_closed = True
    refused = await refusal(line, person=str(line.ana.user.id), key=KEY[::-1])
    assert (refused.trouble, refused.code) == (Trouble.PERSON, "50007")


async def test_opening_too_fast_stops_all_opening_for_an_hour(line: Line):
    fault = line.server.faults.add("POST", "/users/@me/channels$", "400", code=40003, times=9)
    ben = person(line.server, "Ben", line.guild)
    first = await refusal(line, person=str(line.ana.user.id))
    second = await refusal(line, person=str(ben.user.id))
    assert [first.code, second.code] == ["40003", "40003"]
    assert second.trouble is Trouble.WAIT
    assert second.retry_after is not None
    assert second.retry_after > 3500
    assert fault.hits == 1
    assert await line.outbound.post(line.out(CARD))


async def test_somebody_who_left_the_server_gets_no_direct_message(line: Line):
    del line.guild.members[line.ana.user.id]
    refused = await refusal(line, person=str(line.ana.user.id))
    assert (refused.trouble, refused.code) == (Trouble.PERSON, "10007")


async def test_only_named_people_are_pinged(line: Line):
    ana = str(line.ana.user.id)
    called = replace(LOUD, calls=(ana,), summary="Come in. @everyone")
    await line.outbound.post(line.out(called))
    [message] = line.place.messages
    assert [u.name for u in message.mentions] == ["Ana"]


async def test_reactions_of_both_kinds_and_all_pages_are_counted(line: Line):
    ref = await line.outbound.post(line.out(CARD))
    seeds = ("1️⃣", "2️⃣")
    await line.outbound.react(line.out(op=Op.REACT, ref=ref, reactions=seeds))
    [message] = line.place.messages
    from tests.standins.discord import User

    crowd = [User(f"U{n}") for n in range(230)]
    message.reactions += [Reaction("1️⃣", u) for u in crowd]
    await line.ana.reacts("2️⃣", message, burst=True)
    counted = await line.outbound.reactions(line.installation, ref)
    assert counted.complete
    assert len(counted.votes) == 231
    assert (str(line.ana.user.id), "2️⃣") in counted.votes


# --- places ------------------------------------------------------------------------------------


async def test_a_set_in_its_own_channel_has_an_ordinary_thread_under_the_board(line: Line):
    board = await line.outbound.post(line.out(CARD))
    inside = await line.outbound.post(line.out(CARD, parent=board, key=KEY[::-1]))
    thread = line.server.channels[int(inside.split("/")[0])]
    assert thread.type == PUBLIC_THREAD
    assert thread.parent is line.place
    assert "Choosing" not in thread.name


async def test_a_wide_channel_gets_one_private_thread_and_a_line_without_content(line: Line):
    board = await line.outbound.post(line.out(LOUD, place=line.open))
    room = line.server.channels[int(board.split("/")[0])]
    assert (room.type, room.invitable, room.parent) == (PRIVATE_THREAD, False, line.open)
    [door] = line.open.messages
    assert "My words" not in shown(door)
    assert "[I'm here]" in shown(door)
    again = await line.outbound.post(line.out(CARD, place=line.open, key=KEY[::-1]))
    assert again.split("/")[0] == board.split("/")[0]
    below = await line.outbound.post(line.out(CARD, parent=board, key="ab" * 16))
    assert below.split("/")[0] == board.split("/")[0]
    assert len(line.open.messages) == 1


async def test_the_private_thread_is_found_again_after_a_restart_even_archived(line: Line):
    board = await line.outbound.post(line.out(CARD, place=line.open))
    room = line.server.channels[int(board.split("/")[0])]
    for room.archived in (False, True):
        await line.hang_up()
        await line.connect()
        again = await line.outbound.post(
            line.out(CARD, place=line.open, key=f"{room.archived:032d}")
        )
        assert again.split("/")[0] == str(room.id)
    assert len([t for t in line.guild.threads() if t.parent is line.open]) == 1
    assert len(line.open.messages) == 1, "and there is one door"


async def test_a_door_that_was_never_opened_is_opened_after_a_restart(line: Line):
    line.server.faults.add("POST", f"/channels/{line.open.id}/messages$", "reset", times=9)
    with pytest.raises(Unsure):
        await line.outbound.post(line.out(CARD, place=line.open))
    line.server.faults.clear()
    await line.hang_up()
    await line.connect()
    await line.outbound.post(line.out(CARD, place=line.open))
    assert len(line.open.messages) == 1
    assert len([t for t in line.guild.threads() if t.parent is line.open]) == 1


async def test_an_archived_thread_is_woken_for_an_edit_and_a_locked_one_is_told(line: Line):
    board = await line.outbound.post(line.out(CARD, place=line.open))
    room = line.server.channels[int(board.split("/")[0])]
    room.archived = True
    await line.outbound.edit(line.out(CARD, op=Op.EDIT, ref=board))
    assert not room.archived
    room.locked = room.archived = True
    refused = await refusal(line, place=line.open, key=KEY[::-1])
    assert (refused.trouble, refused.code) == (Trouble.DESTINATION, "160005")
    assert refused.change is Change.ARCHIVED


async def test_a_deleted_channel_a_missing_permission_and_a_lost_server(line: Line):
    line.guild.roles[line.guild.id].permissions &= ~(1 << 11)
    refused = await refusal(line)
    assert (refused.trouble, refused.code) == (Trouble.DESTINATION, "50013")
    assert refused.change is Change.BOT_LEFT
    line.place.deleted = True
    assert (await refusal(line)).code == "10003"
    del line.server.guilds[line.guild.id]
    await line.server.gateway.dispatch("GUILD_DELETE", {"id": str(line.guild.id)}, line.guild.id)
    await asyncio.sleep(0.1)
    assert (await refusal(line)).trouble is Trouble.INSTALLATION
    assert line.listener.gone == [line.installation]


async def test_a_loud_card_becomes_a_silent_one_and_back(line: Line):
    ref = await line.outbound.post(line.out(LOUD))
    await line.outbound.edit(line.out(CARD, op=Op.EDIT, ref=ref))
    [message] = line.place.messages
    assert (message.content, shown(message).split("\n")[0]) == ("", "Choosing")
    await line.outbound.edit(line.out(replace(LOUD, title="Again"), op=Op.EDIT, ref=ref))
    assert shown(message).startswith("Again"), "what was drawn silent once stays so"


async def test_the_library_keeps_to_discords_pace(line: Line):
    line.server.pace = (3, 0.5)
    cards = [line.outbound.post(line.out(CARD, key=f"{n:032x}")) for n in range(7)]
    await asyncio.gather(*cards)
    assert len(line.place.messages) == 7


async def test_a_late_copy_says_so(line: Line):
    late = datetime.now(UTC) - timedelta(hours=1)
    await line.outbound.post(replace(line.out(CARD), late_since=late))
    await line.ana.sees(f"This comes late. It was meant for <t:{int(late.timestamp())}:f>.")
