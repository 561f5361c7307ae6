"""Meetings at the vote, made by the real service, for figures that need people who vote."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.meeting.phases.choosing.ballot import Ballot
from bot.core.meeting.session import Session
from bot.core.signals import Caller, Pressed, Reacted, Signal, Submitted, Typed
from bot.core.wording import DIGITS
from bot.runtime.clock import MovableClock
from bot.runtime.ports.incoming import Incoming
from bot.runtime.store.database import Database
from bot.runtime.store.upkeep.migrating import upgrade
from bot.runtime.vault import new_master_key

NOW = datetime(2027, 3, 1, 18, tzinfo=UTC)
INSTALLATION = "bench:one"
VOTERS, BIDS = 7, 6


@dataclass
class Votes:
    """Votes to be cast, each of which changes its row, and what has to be stored in the end."""

    bot: Bot
    ballots: dict[str, str]
    cast: dict[tuple[str, str], bool]

    def next(self, n: int) -> Incoming:
        """The n-th vote: everyone in turn puts a reaction on, then takes it off again."""
        places = list(self.ballots)
        place = places[n % len(places)]
        voter = n // len(places) % VOTERS
        on = not self.cast.get((place, f"p{voter}"), False)
        self.cast[(place, f"p{voter}")] = on
        signal = Reacted("", DIGITS[(voter + 1) % BIDS], on)
        caller = Caller(f"p{voter}", f"P{voter}")
        return Incoming("", INSTALLATION, place, caller, signal, self.ballots[place])

    def check(self) -> None:
        """What is stored is what was cast, or the figure is void."""
        found: dict[tuple[str, str], bool] = {}
        for place in self.ballots:
            ballot = session(self.bot, place).memory(Ballot)
            found |= {(place, voter): True for voter, _ in ballot.reactions}
        if found != {key: True for key, on in self.cast.items() if on}:
            raise AssertionError("the stored votes are not those that were cast")


def session(bot: Bot, place: str) -> Session:
    """The running meeting of a place, read from the database."""
    with bot.store.reading() as unit:
        found = unit.room_of_place(INSTALLATION, place).session
    if found is None:
        raise AssertionError("no meeting runs there")
    return found


def bot_in(folder: Path) -> Bot:
    """A bot over a new SQLite file, its writer in a thread of its own."""
    database = Database(f"sqlite:///{folder / 'als.db'}")
    upgrade(database, NOW)
    platform = MemoryPlatform()
    return Bot(database, [new_master_key()], MovableClock(NOW), {"bench": platform})


async def at_the_vote(bot: Bot, sets: int) -> Votes:
    """So many meetings, each with seven people and six issues on the ballot."""
    places = [f"#{n}" for n in range(sets)]
    await asyncio.gather(*(_to_the_vote(bot, place) for place in places))
    await bot.settle()
    platform = bot.platforms["bench"]
    assert isinstance(platform, MemoryPlatform)
    ballots = {
        m.destination.place: m.ref for m in platform.messages.values() if "1️⃣" in m.card.reactions
    }
    return Votes(bot, ballots, {})


async def _to_the_vote(bot: Bot, place: str) -> None:
    async def does(who: int, signal: Signal) -> None:
        caller = Caller(f"p{who}", f"P{who}")
        answer = await bot.service.receive(Incoming("", INSTALLATION, place, caller, signal))
        if answer.refusal is not None:
            raise AssertionError(answer.refusal)

    fields = {"name": f"Set {place}", "format": "90", "zone": "UTC", "facilitation": "bot-held"}
    await does(0, Submitted("start_set", tuple(fields.items())))
    for who in range(VOTERS):
        await does(who, Pressed("agree"))
    await does(0, Typed("start"))
    for who in range(VOTERS):
        await does(who, Pressed("here"))
    for who in range(VOTERS):
        await does(who, Pressed("spoken", step=session(bot, place).at))
    for who in range(BIDS):
        issue = (("title", f"Issue {who}"), ("why", ""), ("urgency", "2"))
        await does(who, Submitted("bid", issue, step=session(bot, place).at))
    await does(BIDS, Pressed("nothing_today", step=session(bot, place).at))
