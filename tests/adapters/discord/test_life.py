"""The life of a server: what is told of it, what rests, what goes on, and who is no longer there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.signals import Change
from bot.runtime import installs
from bot.runtime.ports.outgoing import Refused, Trouble
from tests.adapters.discord.hall import NAMES, Hall
from tests.adapters.discord.line import KEY, Line
from tests.adapters.discord.play import come_in, found
from tests.adapters.discord.test_outbound import CARD
from tests.standins.discord import PERMISSIONS, Channel, shown, until
from tests.standins.discord.world import Role


def status(hall: Hall) -> str:
    """How the server stands in the database."""
    with hall.bot.store.reading() as unit:
        query = "SELECT status FROM installations WHERE id = ?"
        found = unit.connection.exec_driver_sql(query, (hall.installation,)).scalar()
    return str(found)


async def remove(hall: Hall) -> None:
    """Somebody takes the bot off the server."""
    del hall.server.guilds[hall.guild.id]
    await hall.server.gateway.dispatch("GUILD_DELETE", {"id": str(hall.guild.id)}, hall.guild.id)


async def let_in(hall: Hall) -> None:
    """And lets it in again."""
    hall.server.guilds[hall.guild.id] = hall.guild
    told = hall.guild.json(hall.server.bot)
    del told["unavailable"]
    await hall.server.gateway.dispatch("GUILD_CREATE", told, hall.guild.id)


def posts(hall: Hall) -> int:
    return len([a for a in hall.server.asked if a.method == "POST" and "/messages" in a.path])


async def test_a_bot_that_was_taken_off_stops_at_once_and_goes_on_where_it_was(hall: Hall):
    await found(hall, await hall.private())
    await hall["Ana"].sees("[Pass]")
    await remove(hall)
    await until(lambda: status(hall) == "removed" or None, "the removal")
    before = posts(hall)
    await hall.pass_time(timedelta(minutes=20))
    assert posts(hall) == before, "nothing is even tried"
    assert hall.room().set is not None, "what was kept stays for the days of grace"
    await let_in(hall)
    await until(lambda: status(hall) == "active" or None, "the return")
    await hall["Ana"].types("/als status", hall["Ana"].messages()[0].channel)
    await hall["Ana"].sees("Check-in")


async def test_a_removal_that_nobody_told_is_noticed_at_the_next_start(hall: Hall):
    await found(hall, await hall.private())
    hall.server.guild("Another")
    await hall.close()
    del hall.server.guilds[hall.guild.id]
    await hall.open()
    await until(lambda: status(hall) == "removed" or None, "the removal")
    await hall.close()
    hall.server.guilds[hall.guild.id] = hall.guild
    await hall.open()
    await until(lambda: status(hall) == "active" or None, "the return")


async def test_a_removal_told_again_after_the_return_is_nothing(hall: Hall):
    """Given a server that let the bot in again, when the old removal is told, then Discord is asked."""
    await found(hall, await hall.private())
    await remove(hall)
    await until(lambda: status(hall) == "removed" or None, "the removal")
    await let_in(hall)
    await until(lambda: status(hall) == "active" or None, "the return")
    before = asked_about(hall)
    await hall.server.gateway.dispatch("GUILD_DELETE", {"id": str(hall.guild.id)}, hall.guild.id)
    await until(lambda: asked_about(hall) > before or None, "the question")
    await let_in(hall)
    await hall["Ana"].presses("Done")
    await hall["Ana"].sees("1 of 6")
    assert status(hall) == "active"


async def test_while_discord_cannot_say_whether_nothing_is_dropped(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(installs, "FIRST_ASK", 0.05)
    await found(hall, await hall.private())
    await hall.restart()
    here = rf"^/guilds/{hall.guild.id}$"
    fault = hall.server.faults.add("GET", here, "500", times=1000)
    await remove(hall)
    await until(lambda: fault.hits > 2 or None, "the questions", 60)
    assert status(hall) != "removed"
    hall.server.faults.clear()
    await until(lambda: status(hall) == "removed" or None, "the removal", 60)


def asked_about(hall: Hall) -> int:
    """How often Discord was asked whether we are in the server."""
    here = f"/guilds/{hall.guild.id}"
    return len([a for a in hall.server.asked if (a.method, a.path) == ("GET", here)])


async def test_an_outage_of_a_server_is_no_removal(hall: Hall):
    await found(hall, await hall.private())
    gone = {"id": str(hall.guild.id), "unavailable": True}
    await hall.server.gateway.dispatch("GUILD_DELETE", gone, hall.guild.id)
    await let_in(hall)
    await hall["Ana"].presses("Done")
    await hall["Ana"].sees("1 of 6")
    assert status(hall) == "active"


async def test_who_left_the_server_is_noticed_before_a_direct_message(line: Line):
    del line.guild.members[line.ana.user.id]
    with pytest.raises(Refused) as refused:
        await line.outbound.post(line.out(CARD, person=str(line.ana.user.id)))
    assert (refused.value.trouble, refused.value.code) == (Trouble.PERSON, "10007")
    assert line.listener.left == [str(line.ana.user.id)]


async def test_who_left_the_server_is_noticed_at_the_start_of_a_meeting(hall: Hall):
    place = await hall.private()
    await hall["Ana"].types("/als start", place)
    form = await hall["Ana"].sees_form("Start a set")
    await form.fill({"Name": "Aurora", "Who holds the process?": "I do"}).submit()
    await come_in(hall["Farid"])
    await hall["Farid"].sees("Welcome to your set.", direct=True)
    del hall.guild.members[hall["Farid"].user.id]
    for name in NAMES[:4]:
        await come_in(hall[name])
    if hall["Ana"].sees_now("[Begin]"):
        await hall["Ana"].presses("Begin")
    farid = str(hall["Farid"].user.id)
    await until(lambda: _left(hall, farid) or None, "Farid's leaving")
    state = hall.room().set
    assert state is not None
    assert [m.name for m in state.present_members] == list(NAMES[:4])
    await hall["Ana"].sees("Somebody of your set has gone.", direct=True)


def _left(hall: Hall, person: str) -> bool:
    state = hall.room().set
    return state is not None and not state.agreed(person)


async def test_roles_that_can_look_in_are_named_before_the_first_issue(hall: Hall):
    place = hall.wide()
    helpers = hall.guild.role("Helpers", PERMISSIONS["manage_threads"])
    made = {"guild_id": str(hall.guild.id), "role": helpers.json()}
    await hall.server.gateway.dispatch("GUILD_ROLE_CREATE", made, hall.guild.id)
    await found(hall, place)
    told = await hall["Ana"].sees("Others can read here")
    assert "The role Helpers" in shown(told)
    assert not any(name in shown(told) for name in NAMES), "roles, never people"
    for name in NAMES:
        await hall[name].presses("Done")
    await hall["Ben"].presses("Offer an issue")
    form = await hall["Ben"].sees_form("Your issue")
    await form.fill({"Issue": "How do I hand over?"}).submit()
    await hall["Ben"].sees("Others can read here; the facilitator first chooses")


async def test_a_channel_of_the_sets_own_has_nobody_else_to_name(line: Line):
    assert await line.outbound.readers(line.installation, str(line.place.id), ()) == ()
    view = PERMISSIONS["view_channel"]
    watchers = line.guild.role("Watchers")
    line.place.overwrites[watchers.id] = (0, view, 0)
    line.guild.role("Bosses", PERMISSIONS["administrator"])
    await line.hang_up()
    await line.connect()
    named = await line.outbound.readers(line.installation, str(line.place.id), ())
    assert named == (), "the set now meets in a private thread there"


async def test_a_deleted_channel_is_told_and_a_deleted_thread_is_made_again(line: Line):
    board = await line.outbound.post(line.out(CARD, place=line.open))
    room = line.server.channels[int(board.split("/")[0])]
    room.deleted = True
    told = {"id": str(room.id), "guild_id": str(line.guild.id), "parent_id": str(line.open.id)}
    await line.server.gateway.dispatch("THREAD_DELETE", told | {"type": 12}, line.guild.id)
    await until(lambda: line.listener.places or None, "the thread")
    again = await line.outbound.post(line.out(CARD, place=line.open, key="9" * 32))
    assert again.split("/")[0] != str(room.id)
    await line.server.gateway.dispatch("CHANNEL_DELETE", line.place.json(), line.guild.id)
    await until(lambda: len(line.listener.places) == 2 or None, "the channel")
    assert line.listener.places[1] == (str(line.place.id), Change.GONE)


async def test_posts_go_on_once_a_permission_is_given_back(line: Line):
    send = PERMISSIONS["send_messages"]
    everyone = line.guild.roles[line.guild.id]
    everyone.permissions &= ~send
    with pytest.raises(Refused) as refused:
        await line.outbound.post(line.out(CARD))
    assert (refused.value.trouble, refused.value.code) == (Trouble.DESTINATION, "50013")
    await _role(line, everyone)
    assert line.listener.places == [], "it is still missing"
    everyone.permissions |= send
    await _role(line, everyone)
    await until(lambda: line.listener.places or None, "the permission")
    assert (str(line.place.id), Change.BOT_JOINED) in line.listener.places


async def _role(line: Line, role: Role) -> None:
    told = {"guild_id": str(line.guild.id), "role": role.json()}
    await line.server.gateway.dispatch("GUILD_ROLE_UPDATE", told, line.guild.id)
    await line.ana.types("/als status", line.place)  # what came before has been heard


async def test_posts_go_on_once_a_thread_is_unlocked(line: Line):
    board = await line.outbound.post(line.out(CARD))
    inside = await line.outbound.post(line.out(CARD, parent=board, key=KEY[::-1]))
    thread = line.server.channels[int(inside.split("/")[0])]
    thread.locked = True
    with pytest.raises(Refused) as refused:
        await line.outbound.post(line.out(CARD, parent=board, key="8" * 32))
    assert (refused.value.trouble, refused.value.code) == (Trouble.DESTINATION, "160005")
    thread.locked = False
    await _thread(line, thread)
    await until(lambda: line.listener.places or None, "the thread")
    assert (str(line.place.id), Change.OPENED) in line.listener.places


async def _thread(line: Line, thread: Channel) -> None:
    await line.server.gateway.dispatch("THREAD_UPDATE", thread.json(), line.guild.id)


async def test_a_server_that_lets_the_bot_in_is_told(line: Line):
    other = line.server.guild("Elsewhere")
    told = other.json(line.server.bot)
    del told["unavailable"]
    await line.server.gateway.dispatch("GUILD_CREATE", told, other.id)
    await until(lambda: line.listener.let_in or None, "the server")
    assert line.listener.let_in == [f"discord:{other.id}"]
