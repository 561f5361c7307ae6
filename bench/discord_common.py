"""What the Discord measurements share: a bot at the vote in many sets, and one JSON line each."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import structlog

from bot.adapters.discord.connect import Als, DiscordPlatform, Endpoints
from bot.app.bot import Bot
from bot.app.opening import open_database
from bot.core.cards import Card, Form
from bot.core.signals import Caller, Pressed, Signal, Submitted, Typed
from bot.runtime.clock import SystemClock
from bot.runtime.ports.incoming import Answer, Incoming
from bot.runtime.ports.outgoing import Absent, LookedUp, Outgoing, Reactions
from bot.runtime.vault import new_master_key

GUILD = 1 << 40
INSTALLATION = f"discord:{GUILD}"
PEOPLE = 6


class Nowhere:
    """An outbound port that sends nothing: the first thing posted in a thread is message n."""

    def __init__(self) -> None:
        self.posted: dict[str, Card] = {}

    async def post(self, out: Outgoing) -> str:
        """A new reference."""
        ref = f"{out.destination.place or 1}/{len(self.posted) + 10**6}"
        assert out.card is not None
        self.posted[ref] = out.card
        return ref

    async def edit(self, out: Outgoing) -> None:
        """Nothing to do."""

    async def delete(self, out: Outgoing) -> None:
        """Nothing to do."""

    async def react(self, out: Outgoing) -> None:
        """Nothing to do."""

    async def look_up(self, out: Outgoing, claimed_at: object) -> LookedUp:
        """Never unsure."""
        return Absent()

    async def reactions(self, installation: str, ref: str) -> Reactions:
        """Nobody."""
        return Reactions(frozenset())


@dataclass
class World:
    """A bot with sets that vote; `ballots` are (channel, message, voters)."""

    bot: Bot
    client: Als
    ballots: list[tuple[int, int, tuple[int, ...]]]

    async def close(self) -> None:
        """Stop writing."""
        self.bot.close()


async def voting(folder: Path, sets: int) -> World:
    """That many sets of six, each with two issues on the table and the vote open."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    clock, nowhere = SystemClock(), Nowhere()
    database = open_database(f"sqlite:///{folder / 'als.db'}", clock.now())
    bot = Bot(database, [new_master_key()], clock, {"discord": nowhere})
    wired = DiscordPlatform(Endpoints("x"), bot.service, bot.signer)
    client = wired._made()
    client._connection.user = None
    ballots = [await _one_set(bot, nowhere, n) for n in range(sets)]
    return World(bot, client, ballots)


async def _one_set(bot: Bot, nowhere: Nowhere, n: int) -> tuple[int, int, tuple[int, ...]]:
    place, people = 1000 + n, tuple(10_000 + n * PEOPLE + k for k in range(PEOPLE))
    acting = _Acting(bot, place)
    fields = {"name": f"Set {n}", "format": "90", "zone": "UTC", "facilitation": "bot-held"}
    form = await acting.form(people[0], Typed("start"))
    await acting.submit(people[0], form, fields)
    for person in people:
        await acting.press(person, "here")
        await acting.press(person, "agree", value="arriving")
    for person in people:
        await acting.press(person, await acting.named("Done"))
    for person in people[:2]:
        form = await acting.form(
            person, Pressed(await acting.named("Offer an issue"), acting.session)
        )
        await acting.submit(person, form, {"title": f"Issue of {person}", "urgency": "2"})
    for person in people[2:]:
        await acting.press(person, await acting.named("Nothing today"))
    await bot.settle()
    ref = next(r for r, c in reversed(nowhere.posted.items()) if "1️⃣" in c.reactions)
    return place, int(ref.split("/")[1]), people


class _Acting:
    """Plays one set up to its vote, straight through the service."""

    def __init__(self, bot: Bot, place: int) -> None:
        self.bot, self.place = bot, str(place)
        self.number = 0

    @property
    def room(self) -> Any:
        with self.bot.store.reading() as unit:
            return unit.room_of_place(INSTALLATION, self.place)

    @property
    def session(self) -> str:
        return str(self.room.session.id) if self.room.session else ""

    def incoming(self, person: int, signal: Signal) -> Incoming:
        self.number += 1
        delivery = f"{self.place}:{self.number}"
        who = Caller(str(person), f"P{person}")
        return Incoming(delivery, INSTALLATION, self.place, who, signal)

    async def bring(self, person: int, signal: Signal) -> Answer:
        answer = await self.bot.service.receive(self.incoming(person, signal))
        assert answer.refusal is None, answer.refusal
        return answer

    async def press(self, person: int, action: str, value: str = "") -> None:
        session = self.room.session
        step = session.at if session else None
        await self.bring(person, Pressed(action, self.session, step, value))

    async def form(self, person: int, signal: Signal) -> Form:
        opened = await self.bot.service.form(self.incoming(person, signal))
        assert isinstance(opened, Form), opened
        return opened

    async def submit(self, person: int, form: Form, fields: dict[str, str]) -> None:
        given = tuple(fields.items())
        await self.bring(person, Submitted(form.key, given, form.subject, form.step, form.value))

    async def named(self, label: str) -> str:
        """The action behind a label on the newest card."""
        from bot.core.meeting import posts

        for post in reversed(posts.posts(self.room.session)):
            for button in post.card.buttons():
                if button.label == label:
                    return button.action
        raise LookupError(label)


Frame: TypeAlias = tuple[str, str]
"""What the gateway sends: the name of an event, and its JSON."""

EACH = (PEOPLE - 2) * 2
"""The votes of one set: four people, two issues."""


def reactions(world: World, rounds: int) -> list[Frame]:
    """Every vote put on, taken off, put on again: each one changes what is stored."""
    return [one for turn in range(rounds) for one in _all(world, on=turn % 2 == 0)]


def taken_off(world: World) -> list[Frame]:
    """Every vote taken off."""
    return _all(world, on=False)


def _all(world: World, *, on: bool) -> list[Frame]:
    name = "MESSAGE_REACTION_ADD" if on else "MESSAGE_REACTION_REMOVE"
    return [
        (name, reaction(place, message, person, bid))
        for bid in ("1️⃣", "2️⃣")
        for number in range(2, PEOPLE)
        for place, message, people in world.ballots
        for person in (people[number],)
    ]


def reaction(channel: int, message: int, person: int, emoji: str) -> str:
    """One reaction."""
    user = {"id": str(person), "username": "p", "discriminator": "0", "avatar": None}
    member: dict[str, object] = {
        "user": user,
        "roles": [],
        "joined_at": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    return json.dumps(
        {
            "user_id": str(person),
            "channel_id": str(channel),
            "message_id": str(message),
            "guild_id": str(GUILD),
            "emoji": {"id": None, "name": emoji},
            "member": member,
            "burst": False,
            "type": 0,
        }
    )
