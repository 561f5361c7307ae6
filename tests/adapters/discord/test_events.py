"""Meetings as the server's own events: only where the set alone can see them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.adapters.discord.connect import Als
from bot.adapters.discord.connection.api import Unsure
from bot.adapters.discord.events import NO_CHANNEL, NO_RIGHT, OTHERS
from bot.core.cards import Entry
from bot.runtime.ports.outgoing import Absent, Destination, Found, Op, Refused, Trouble
from tests.adapters.discord.hall import NAMES, Hall
from tests.adapters.discord.line import KEY, Line
from tests.standins.discord import PERMISSIONS, STAGE, VOICE, Channel, Server, shown, until
from tests.standins.discord.world import Json

BEGINS = datetime(2027, 4, 12, 18, 0, tzinfo=UTC)
RIGHTS = ("view_channel", "connect", "create_events")
OF_A_STAGE = ("manage_channels", "mute_members", "move_members")


def bits(*names: str) -> int:
    return sum(PERMISSIONS[name] for name in names)


async def told(server: Server, client: Als | None, channel: Channel) -> None:
    """The bot has heard of the channel as it is now."""
    await server.changed(channel)

    def heard() -> bool | None:
        known = client.get_channel(channel.id) if client is not None else None
        given = {who.id: grant for who, grant in getattr(known, "overwrites", {}).items()}
        kept = {i: (g.pair()[0].value, g.pair()[1].value) for i, g in given.items()}
        return kept == {i: (o[1], o[2]) for i, o in channel.overwrites.items()} or None

    await until(heard, "the channel")


async def voice(hall: Hall, *rights: str) -> Channel:
    """A channel to talk in that only the people of the hall, and the bot, can see."""
    made = hall.server.channel(hall.guild, "circle", type=VOICE)
    made.overwrites[hall.guild.id] = (0, 0, bits("view_channel"))
    for one in hall.people.values():
        made.overwrites[one.user.id] = (1, bits("view_channel", "connect"), 0)
    made.overwrites[hall.server.bot.id] = (1, bits(*rights), 0)
    await told(hall.server, hall.platform.client, made)
    return made


def link(hall: Hall, channel: Channel) -> str:
    """What `Copy Link` gives."""
    return f"https://discord.com/channels/{hall.guild.id}/{channel.id}"


async def plan(hall: Hall, place: Channel, when: str, where: str = "") -> None:
    """Ana plans the next meeting, or moves it."""
    await hall["Ana"].types("/als schedule", place)
    form = await hall["Ana"].sees_form("When do you meet?")
    await form.fill({"When?": when, **({"Where?": where} if where else {})}).submit()
    verb = "Move it" if hall.guild.events or planned(hall) else "Plan it"
    await hall["Ana"].presses(f"{verb} and tell 5 people")


def planned(hall: Hall) -> bool:
    state = hall.room().set
    return state is not None and bool(state.planned())


async def change(hall: Hall, listed: str) -> str:
    """Ana switches the events on or off; what she alone is told."""
    await hall["Ana"].presses("Change")
    form = await hall["Ana"].sees_form("Change the set")
    done = await form.fill({"Meetings as events of the server?": listed}).submit()
    await until(lambda: done.said or None, "an answer")
    await asyncio.sleep(0.1)
    return "\n".join(shown(message) for message in done.said)


async def settled(hall: Hall) -> None:
    await hall.bot.settle()


async def events(hall: Hall, number: int) -> list[Json]:
    await until(lambda: len(hall.guild.events) == number or None, f"{number} events")
    return hall.guild.events


@pytest.fixture
async def place(hall: Hall) -> Channel:
    """A set of six that has no meeting yet."""
    made = await hall.private()
    await hall["Ana"].types("/als set new", made)
    form = await hall["Ana"].sees_form("Start a set")
    await form.fill({"Name": "Aurora"}).submit()
    for name in NAMES:
        await hall[name].presses("Join", "The set Aurora")
        await hall[name].presses("I agree")
    return made


async def test_an_event_comes_moves_and_goes_with_its_meeting(hall: Hall, place: Channel) -> None:
    circle = await voice(hall, *RIGHTS)
    await plan(hall, place, "12 April 2027 18:00", link(hall, circle))
    await settled(hall)
    assert hall.guild.events == [], "off by default"
    assert "Changed" in await change(hall, "Yes")
    [event] = await events(hall, 1)
    assert (event["name"], event["entity_type"]) == ("Meeting", 2)
    assert event["channel_id"] == str(circle.id)
    assert "Aurora" not in str(event)
    first, begins = event["id"], event["scheduled_start_time"]
    await plan(hall, place, "13 April 2027 18:00")
    await until(lambda: event["scheduled_start_time"] != begins or None, "the move")
    assert [e["id"] for e in hall.guild.events] == [first], "the same one, moved"
    await change(hall, "No")
    await events(hall, 0)
    await change(hall, "Yes")
    [again] = await events(hall, 1)
    assert again["id"] != first


async def test_a_cancelled_meeting_takes_its_event_along(hall: Hall, place: Channel) -> None:
    circle = await voice(hall, *RIGHTS)
    await plan(hall, place, "12 April 2027 18:00", link(hall, circle))
    await change(hall, "Yes")
    [first] = list(await events(hall, 1))
    await hall["Ana"].types("/als cancel", place)
    await hall["Ana"].presses("Cancel the meeting and tell 5 people")
    await until(lambda: hall.guild.events[:1] != [first] or None, "the end of the first")
    await settled(hall)
    [event] = await events(hall, 1)
    assert event["scheduled_start_time"] > first["scheduled_start_time"], "the next of the rhythm"


async def test_what_is_in_the_way_is_said_once_to_who_switched_it_on(
    hall: Hall, place: Channel
) -> None:
    circle = await voice(hall, "view_channel", "connect")
    await plan(hall, place, "12 April 2027 18:00", link(hall, circle))
    assert NO_RIGHT in await change(hall, "Yes")
    await settled(hall)
    assert hall.guild.events == []
    assert not [a for a in hall.server.asked if "scheduled-events" in a.path]
    circle.overwrites[hall.server.bot.id] = (1, bits(*RIGHTS), 0)
    await told(hall.server, hall.platform.client, circle)
    await plan(hall, place, "14 April 2027 18:00")
    await settled(hall)
    await change(hall, "No")
    assert NO_RIGHT not in await change(hall, "Yes")
    await events(hall, 1)


# --- the port alone -------------------------------------------------------------------------------


async def own(line: Line, *rights: str, kind: int = VOICE) -> Channel:
    """A channel that Ana and the bot alone can see."""
    made = line.server.channel(line.guild, "Circle", type=kind)
    made.overwrites[line.guild.id] = (0, 0, bits("view_channel"))
    made.overwrites[line.ana.user.id] = (1, bits("view_channel"), 0)
    made.overwrites[line.server.bot.id] = (1, bits(*rights), 0)
    await told(line.server, line.client, made)
    return made


def out(line: Line, where: str, **more: Any) -> Any:
    """An entry as the outbox hands it over."""
    entry = Entry(BEGINS, BEGINS + timedelta(minutes=90), where, (str(line.ana.user.id),))
    to = Destination(str(line.place.id), calendar=True)
    made = replace(line.out(), op=Op.POST, destination=to, entry=entry)
    return replace(made, **more)


async def refusal(line: Line, where: str) -> Refused:
    with pytest.raises(Refused) as raised:
        await line.outbound.post(out(line, where))
    return raised.value


async def test_a_lost_reply_is_unsure_and_the_event_is_found_again_by_its_key(line: Line) -> None:
    await own(line, *RIGHTS)
    line.server.faults.add("POST", "/scheduled-events$", "lost")
    with pytest.raises(Unsure):
        await line.outbound.post(out(line, "circle"))
    [event] = line.guild.events
    found = await line.outbound.look_up(out(line, "circle", entry=None), BEGINS)
    ref = f"event/{event['id']}"
    assert found == Found(ref)
    other = await line.outbound.look_up(out(line, "circle", key=KEY[::-1]), BEGINS)
    assert other == Absent()
    await line.outbound.delete(line.out(op=Op.DELETE, ref=ref))
    await line.outbound.delete(line.out(op=Op.DELETE, ref=ref))
    assert line.guild.events == []


async def test_a_stage_asks_for_more(line: Line) -> None:
    stage = await own(line, *RIGHTS, kind=STAGE)
    assert (await refusal(line, "circle")).code == "no_right"
    stage.overwrites[line.server.bot.id] = (1, bits(*RIGHTS, *OF_A_STAGE), 0)
    await told(line.server, line.client, stage)
    await line.outbound.post(out(line, "circle"))
    assert line.guild.events[0]["entity_type"] == 1


@pytest.mark.parametrize("where", ["", "https://meet.example/7", "The library", "set"])
async def test_never_elsewhere(line: Line, where: str) -> None:
    await own(line, *RIGHTS)
    refused = await refusal(line, where)
    assert (refused.trouble, refused.code) == (Trouble.GONE, "not_the_sets_own")
    assert await line.outbound.cannot_list(line.installation, where, ()) == NO_CHANNEL


async def test_never_where_others_see_it(line: Line) -> None:
    wide = line.server.channel(line.guild, "Everybody", type=VOICE)
    wide.overwrites[line.server.bot.id] = (1, bits(*RIGHTS), 0)
    await told(line.server, line.client, wide)
    members = (str(line.ana.user.id),)
    assert (await refusal(line, "everybody")).code == "not_the_sets_own"
    assert await line.outbound.cannot_list(line.installation, "everybody", members) == OTHERS
    circle = await own(line, *RIGHTS)
    circle.overwrites[4711] = (1, bits("view_channel"), 0)
    await told(line.server, line.client, circle)
    assert await line.outbound.cannot_list(line.installation, "circle", members) == OTHERS
    assert line.guild.events == []


async def test_an_event_goes_once_others_see_its_channel(line: Line) -> None:
    circle = await own(line, *RIGHTS)
    ref = await line.outbound.post(out(line, "circle"))
    del circle.overwrites[line.guild.id]
    await told(line.server, line.client, circle)
    with pytest.raises(Refused):
        await line.outbound.edit(out(line, "circle", op=Op.EDIT, ref=ref))
    assert line.guild.events == []


@pytest.mark.parametrize(
    ("status", "code", "trouble"),
    [
        ("403", 50013, Trouble.GONE),
        ("400", 30038, Trouble.FORM),
        ("404", 10070, Trouble.GONE),
    ],
)
async def test_a_refused_event_is_nobody_elses(
    line: Line, status: str, code: int, trouble: Trouble
) -> None:
    await own(line, *RIGHTS)
    line.server.faults.add("POST", "/scheduled-events$", status, code=code)
    assert (await refusal(line, "circle")).trouble is trouble


async def test_a_server_lists_a_hundred(line: Line) -> None:
    await own(line, *RIGHTS)
    line.guild.events += [{"id": str(n)} for n in range(100)]
    assert (await refusal(line, "circle")).code == "30038"
