"""kill -9 of the installed command, again and again, while sets meet on a platform that outlives it."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import sqlite3
import statistics
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from bot.app.bot import Bot
from bot.core.learning_set.place import Room
from bot.runtime import codec
from bot.runtime.clock import SystemClock
from bot.runtime.store.database import Database
from tests.processes.town import HANGS, INSTALLATION, KEY, BotProcess, Json, Town, founding

KILLS = int(os.environ.get("ALS_KILLS", "50"))
PEOPLE = ("ana", "ben", "chidi", "dana")
PATIENCE = 60.0
"""Seconds somebody waits for an answer while the bot is killed again and again."""

GOOD_ENDS = {"of_no_use", "withdrawn", "merged", "overtaken", "too_late", "message_not_found"}


@pytest.mark.slow
async def test_killed_at_random_moments_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Given sets that meet, when the bot is killed over and over, then what it said is true."""
    seed = int(os.environ.get("ALS_SEED", "0")) or secrets.randbelow(2**31)
    chance = random.Random(seed)
    async with Town() as town:
        bot = town.bot(tmp_path)
        await bot.start()
        players = [asyncio.create_task(_play(town, f"#set-{n}")) for n in (1, 2)]
        back = [await _life(town, bot, chance, number) for number in range(KILLS)]
        for player in players:
            player.cancel()
        await asyncio.gather(*players, return_exceptions=True)
        settled = await town.until(lambda: _settled(town, tmp_path), HANGS, every=0.5)
        await bot.stop()

        measured = sorted(seconds for seconds in back if seconds is not None)
        gestures = await town.get("/gestures")
        landed = await town.messages(every=True)
        state = await town.state()
        print(
            f"seed={seed} kills={KILLS} gestures={len(gestures)} again={state['again']} "
            f"messages={len(landed)} back: median {statistics.median(measured):.2f} s, "
            f"worst {measured[-1]:.2f} s"
        )
        assert settled, _unsettled(tmp_path)
        assert _integrity(tmp_path) == "ok"
        assert _lost(tmp_path, landed) == []
        assert _doubled(landed) == []
        assert _forgotten(tmp_path, gestures) == []


async def _life(town: Town, bot: BotProcess, chance: random.Random, number: int) -> float | None:
    """One life, from the start to the kill; the seconds until it was sending, where it got so far."""
    place = f"#probe-{number}"
    await town.world(faults=[])
    await town.act("zoe", place, **founding())
    if number and chance.random() < 0.2:
        await asyncio.sleep(chance.uniform(0, 1.2))
        await _again(bot)
        return None
    assert await town.until(lambda: town.messages(place), HANGS), f"life {number} sent nothing"
    standing = await town.messages(place)
    seconds = float(standing[0]["at"] - bot.started_at)
    if chance.random() < 0.2:
        await town.world(faults=[chance.choice(("lose_answer", "lose_request", "429"))])
    await asyncio.sleep(chance.uniform(0, 0.4))
    await _again(bot)
    return seconds


async def _again(bot: BotProcess) -> None:
    await bot.kill()
    await bot.start()


# --- what people do meanwhile ---


async def _play(town: Town, place: str) -> None:
    """Set after set is founded and meets, up to the vote; a person who sees no button moves on."""
    for number in range(1000):
        with suppress(KeyError):
            await _meet(town, f"{place}-{number}")


async def _meet(town: Town, place: str) -> None:
    await town.does("ana", place, PATIENCE, **founding())
    for who in PEOPLE:
        await _press(town, who, place, "Join")
        await town.does(who, place, PATIENCE, press="I agree")
        await town.does(
            who, place, PATIENCE, form="action", value="own",
            fields={"what": f"{who} will call in {place}", "visibility": "set"},
        )  # fmt: skip
    await town.does("ana", place, PATIENCE, type="start")
    for who in PEOPLE:
        await _press(town, who, place, "I'm here")
    for who in PEOPLE:
        await _press(town, who, place, "Done")
    for who in PEOPLE[:3]:
        opened = await _press(town, who, place, "Offer an issue")
        if "form" in opened:
            await town.fills(who, place, opened, title=f"The issue of {who} in {place}")
    await _press(town, "dana", place, "Nothing today")
    for who, emoji in zip(PEOPLE, ("2️⃣", "1️⃣", "1️⃣", "1️⃣"), strict=True):
        await town.does(who, place, PATIENCE, react=emoji)
    await _press(town, "ana", place, "Close the vote")


async def _press(town: Town, who: str, place: str, label: str) -> Json:
    """Press a button as soon as it stands. Raises KeyError where it does not come."""
    for _ in range(60):
        try:
            return await town.does(who, place, PATIENCE, press=label)
        except KeyError:
            await asyncio.sleep(0.1)
    raise KeyError(label)


# --- what is held to be true afterwards ---


async def _settled(town: Town, folder: Path) -> bool:
    return not _unsettled(folder) and not (await town.state())["waiting"]


def _query(folder: Path, query: str) -> list[sqlite3.Row]:
    with sqlite3.connect(folder / "als.db") as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(query).fetchall()


def _unsettled(folder: Path) -> list[tuple[str, ...]]:
    """Messages still under way now; those for another day do not count."""
    waiting = (
        "SELECT kind, op, state, last_error_class FROM outbox WHERE state IN ('sending', 'unsure') "
        "OR (state = 'due' AND due_at <= datetime('now'))"
    )
    return [tuple(row) for row in _query(folder, waiting)]


def _integrity(folder: Path) -> str:
    return str(_query(folder, "PRAGMA integrity_check")[0][0])


def _lost(folder: Path, landed: list[Json]) -> list[str]:
    """Posts that were promised and never came, each by its kind and why."""
    ever = {message["key"] for message in landed}
    lost = []
    for row in _query(folder, "SELECT * FROM outbox WHERE op = 'post' AND state != 'due'"):
        fine = (
            row["key"] in ever if row["state"] == "sent" else row["last_error_class"] in GOOD_ENDS
        )
        if not fine:
            lost.append(f"{row['kind']} {row['card']} {row['state']} {row['last_error_class']}")
    return lost


def _doubled(landed: list[Json]) -> list[str]:
    keys = Counter(message["key"] for message in landed)
    said = Counter(
        (message["place"], message["person"], message["card"]["title"], message["card"]["subject"])
        for message in landed
        if message["person"] or " has joined " in message["card"]["title"]
    )
    twice = [f"key {key}" for key, number in keys.items() if number > 1]
    return twice + [f"{what}" for what, number in said.items() if number > 1]


def _forgotten(folder: Path, gestures: list[Json]) -> list[str]:
    """Gestures that were acknowledged as done and are not in the state, or are in it twice."""
    done = [g for g in gestures if g["answer"] and not g["answer"].get("refusal")]
    database = Database(f"sqlite:///{folder / 'als.db'}")
    bot = Bot(database, [KEY], SystemClock(), {}, threaded=False)
    rooms: dict[str, Room] = {}
    try:
        with bot.store.reading() as unit:
            for gesture in done:
                place = gesture["place"]
                if place not in rooms:
                    rooms[place] = unit.room_of_place(INSTALLATION, place)
        missing = [_missing(gesture, rooms[gesture["place"]]) for gesture in done]
    finally:
        bot.close()
    claimed = {row["id"] for row in _query(folder, "SELECT id FROM deliveries")}
    unclaimed = [
        g["number"]
        for g in done
        if g["delivery"] and "form" not in g["answer"]
        if f"{INSTALLATION}:{g['delivery']}" not in claimed
    ]
    founded = _query(folder, "SELECT count(*) FROM learning_sets")[0][0]
    founding = [g for g in gestures if g.get("form") == "start_set"]
    least = sum(g in done for g in founding)
    if not least <= founded <= least + sum(_may_be_saved(g) for g in founding):
        missing.append(f"{founded} sets where {least} were said to be founded")
    return [what for what in missing if what] + unclaimed


def _may_be_saved(gesture: Json) -> bool:
    """One who was told "still saving" or "I couldn't make sure" had to look again: it may be there."""
    return (gesture["answer"] or {}).get("code") in (None, "still_saving", "unsure")


def _missing(gesture: Json, room: Room) -> str:
    what = gesture.get("form") or gesture.get("press", "")
    if room.set is None:
        return f"no set in {gesture['place']}"
    if what == "I agree":
        number = sum(m.person == gesture["who"] for m in room.set.members)
    elif what == "action":
        number = sum(a.what == gesture["fields"]["what"] for a in room.set.actions)
    elif what == "bid":
        words = codec.dump(room.session) if room.session else ""
        number = min(words.count(gesture["fields"]["title"]), 1)
    else:
        return ""
    return (
        "" if number == 1 else f"{what} of {gesture['who']} in {gesture['place']}: {number} times"
    )
