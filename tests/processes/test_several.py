"""Several real processes over one PostgreSQL: they share the work and lose nothing."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from bot.app.bot import Bot
from bot.core.decision import Matter, Notice, Where
from bot.core.meeting.phases.choosing.ballot import Ballot
from bot.core.signals import Caller, Submitted
from bot.runtime.clock import SystemClock
from bot.runtime.ports.incoming import Incoming
from bot.runtime.process.postgres import Listener, NotOwner, Owner, only_owner
from bot.runtime.store.database import Database
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.store.upkeep.migrating import upgrade
from tests.processes.town import HANGS, INSTALLATION, KEY, BotProcess, Json, Town
from tests.runtime.conftest import new_database

PLACES = 20
EACH = 50
"""Messages to a place: 1,000 in all."""


@pytest.mark.slow
async def test_three_processes_share_1000_messages_and_one_is_killed_half_way(
    server: str, tmp_path: Path
) -> None:
    """Given 1,000 due messages and three bots, when one dies half-way, then each arrives once."""
    url = _prepared(server)
    writer = _bot(url)
    sets = [await _found(writer, f"#place-{n}") for n in range(PLACES)]
    async with Town() as town:
        bots = await _started(town, tmp_path, url, 3)
        assert await town.until(lambda: _all_sent(url), HANGS)
        already = len(await town.messages(every=True))
        await town.world(slow=0.02)
        since = time.monotonic()

        await asyncio.to_thread(lambda: writer.writer.do(lambda unit: _say(unit, sets)).result(30))
        await town.until(lambda: _landed(town, already + PLACES * EACH // 2), HANGS)
        await bots[0].kill()
        all_there = await town.until(lambda: _all_sent(url), HANGS, every=0.5)

        landed = await town.messages(every=True)
        calls = (await town.state(since))["calls"]
        for bot in bots[1:]:
            await bot.stop()
    writer.close()
    worked = Counter(who for op, at, who in calls if op == "post")
    doubled = [key for key, n in Counter(m["key"] for m in landed).items() if n > 1]
    first, last = (f(at for op, at, who in calls if op == "post") for f in (min, max))
    print(f"landed={len(landed) - already} doubled={len(doubled)} worked={sorted(worked.values())}")
    print(f"first to last: {last - first:.1f} s, the killed one's rest included")
    assert all_there
    assert len(landed) - already == PLACES * EACH
    assert doubled == []
    assert len(worked) == 3


@pytest.mark.slow
async def test_votes_at_once_through_two_processes_are_all_counted(
    server: str, tmp_path: Path
) -> None:
    """Given a vote, when eight people's reactions come in by two bots at once, then all are there."""
    url = _prepared(server)
    people = ("ana", "ben", "chidi", "dana", "eve", "farid", "gwen", "hal")
    async with Town() as town:
        bots = await _started(town, tmp_path, url, 2)
        await town.found("#aurora", *people)
        await _to_the_vote(town, people)
        # Until the ballot's reference is stored, a reaction on it is left to the recount.
        assert await town.until(lambda: _all_sent(url), HANGS)
        votes = [
            (who, emoji)
            for who in people
            for number, emoji in enumerate(("1️⃣", "2️⃣", "3️⃣"))
            if people[number] != who  # nobody votes for their own
        ]

        numbers = [await town.act(who, "#aurora", react=emoji) for who, emoji in votes]
        answers = [await town.answer(number) for number in numbers]

        for bot in bots:
            await bot.stop()
    assert all(answer is not None and not answer["refusal"] for answer in answers), answers
    reader = _bot(url)
    with reader.store.reading() as unit:
        session = unit.room_of_place(INSTALLATION, "#aurora").live
    reader.close()
    assert session is not None
    ballot = next(memory for memory in session.memories if isinstance(memory, Ballot))
    counted = set(ballot.reactions) | set(ballot.unordered)
    assert counted == {(who, int(emoji[0])) for who, emoji in votes}


async def test_a_listener_is_kicked_by_what_another_process_writes(server: str) -> None:
    """Given a process that listens, when another one commits something to say, then it hears it."""
    url = _prepared(server)
    bot = _bot(url)
    kicked = asyncio.Event()
    loop = asyncio.get_running_loop()
    listener = Listener(bot.store.database.address, lambda: loop.call_soon_threadsafe(kicked.set))
    listener.start()
    await asyncio.wait_for(kicked.wait(), 5)  # on connecting
    kicked.clear()

    await _found(bot, "#aurora")

    await asyncio.wait_for(kicked.wait(), 5)
    listener.stop()
    bot.close()


def test_a_single_owner_is_single_until_its_connection_ends(server: str) -> None:
    """Given an owner of a shard, when another asks, then it is told no; afterwards it may."""
    address = Database(_prepared(server)).address
    with only_owner(address, "discord:0") as still:
        with pytest.raises(NotOwner), only_owner(address, "discord:0"):
            pass
        with only_owner(address, "discord:1"):
            pass
        assert still()
    with only_owner(address, "discord:0") as still:
        with psycopg.connect(address, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert not still()


async def test_a_shard_goes_to_another_process_once_its_owner_is_cut_off(server: str) -> None:
    """Given two processes, when the owner of a shard loses the database, then the other may own it."""
    address = Database(_prepared(server)).address
    first, second = Owner(address), Owner(address)
    assert await first.own("discord:9:0")
    assert await first.own("discord:9:0")
    assert not await second.own("discord:9:0")
    assert await second.own("discord:9:1")
    with psycopg.connect(address, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert not await first.still()
    assert await first.still(), "nothing is left to lose"
    assert not await second.still()
    assert await second.own("discord:9:0")
    second.release()
    assert not await Owner("postgresql://127.0.0.1:1/nowhere").own("discord:9:0")


# --- preparing ---


def _prepared(server: str) -> str:
    url = new_database(server)
    database = Database(url)
    upgrade(database, SystemClock().now())
    database.close()
    return url


def _bot(url: str) -> Bot:
    return Bot(Database(url), [KEY], SystemClock(), {})


async def _found(bot: Bot, place: str) -> str:
    fields = {"name": place, "format": "60", "zone": "Europe/London", "facilitation": "led"}
    form = Submitted("start_set", tuple(fields.items()), value="new")
    who = Caller("ana", "Ana", "Europe/London")
    answer = await bot.service.receive(Incoming(place, INSTALLATION, place, who, form))
    assert answer.refusal is None
    with bot.store.reading() as unit:
        found = unit.room_of_place(INSTALLATION, place).set
    assert found is not None
    return found.id


def _say(unit: Unit, sets: list[str]) -> None:
    """What 1,000 messages are: the set's card, again and again, each in a slot of its own."""
    for set_id in sets:
        room = unit.room(set_id)
        notices = [
            Notice(Matter.BOARD, f"{set_id}:copy:{n}", "set", set_id, Where.PLACE)
            for n in range(EACH)
        ]
        unit.changes.keep(INSTALLATION, room, room, notices)


async def _started(town: Town, folder: Path, url: str, number: int) -> list[BotProcess]:
    bots = []
    for n in range(number):
        bots.append(town.bot(folder / f"bot-{n}", DATABASE_URL=url))
        await bots[-1].start()

    async def all_connected() -> bool:
        return bool((await town.state())["connected"] == number)

    assert await town.until(all_connected, HANGS)
    return bots


async def _landed(town: Town, number: int) -> bool:
    return len(await town.messages(every=True)) >= number


async def _all_sent(url: str) -> bool:
    query = "SELECT count(*) FROM outbox WHERE state IN ('sending', 'unsure', 'due')"
    with psycopg.connect(Database(url).address) as connection:
        row = connection.execute(query).fetchone()
    return row == (0,)


async def _to_the_vote(town: Town, people: tuple[str, ...]) -> None:
    place = "#aurora"
    await town.does(people[0], place, type="start")
    for label in ("I'm here", "Done"):
        for who in people:
            await _press(town, who, place, label)
    for who in people[:3]:
        opened = await _press(town, who, place, "Offer an issue")
        await town.fills(who, place, opened, title=f"The issue of {who}")
    for who in people[3:]:
        await _press(town, who, place, "Nothing today")

    async def open_for_votes() -> bool:
        return any("3️⃣" in m["card"]["reactions"] for m in await town.messages(place))

    assert await town.until(open_for_votes, HANGS)


async def _press(town: Town, who: str, place: str, label: str) -> Json:
    for _ in range(60):
        try:
            return await town.does(who, place, press=label)
        except KeyError:
            await asyncio.sleep(0.1)
    standing = [(m["card"]["title"], m["card"]["buttons"]) for m in await town.messages(place)]
    raise KeyError(f"{label} not in {standing}")
