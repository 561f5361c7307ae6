"""G3 and G3b: reactions from the gateway to durable votes, against a bare and an ORM handler."""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import discord
from sqlalchemy import Integer, String, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.discord_common import INSTALLATION, World, line, reactions, voting
from bot.runtime.ports import Answer, Incoming

SETS, VOTES, ROUNDS, IN_FLIGHT = 50, 4000, 5, 64


class Bare(discord.AutoShardedClient):
    """The library with a handler that only counts."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(intents=discord.Intents(guilds=True, guild_reactions=True))
        self.gate = gate

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """One more."""
        self.gate.passed()


class Base(DeclarativeBase):
    """The tables of the naive handler."""


class Vote(Base):
    """A person's vote on a message."""

    __tablename__ = "votes"
    message: Mapped[str] = mapped_column(String, primary_key=True)
    person: Mapped[str] = mapped_column(String, primary_key=True)
    emoji: Mapped[str] = mapped_column(String)
    times: Mapped[int] = mapped_column(Integer)


def feed(client: discord.Client, text: str) -> None:
    """What the library does with a frame of the gateway, from its JSON on."""
    client._connection.parsers["MESSAGE_REACTION_ADD"](json.loads(text))


class Gate:
    """At most 64 on their way; opened again by each that is done."""

    def __init__(self) -> None:
        self.room = asyncio.Semaphore(IN_FLIGHT)
        self.done = 0

    def passed(self) -> None:
        """One is done."""
        self.done += 1
        self.room.release()


async def rate(client: discord.Client, frames: list[str], gate: Gate) -> float:
    """Frames a second, from the first one fed to the last one done."""
    client.loop = asyncio.get_running_loop()
    began = time.perf_counter()
    for frame in frames:
        await gate.room.acquire()
        feed(client, frame)
    for _ in range(IN_FLIGHT):
        await gate.room.acquire()
    assert gate.done == len(frames)
    return len(frames) / (time.perf_counter() - began)


async def ours(world: World, frames: list[str]) -> float:
    """Our whole road, counted when the commit is done."""
    gate, receive = Gate(), world.bot.service.receive

    async def counted(incoming: Incoming) -> Answer:
        answer = await receive(incoming)
        gate.passed()
        return answer

    world.client.inbound.receiver = _Only(counted)  # type: ignore[assignment]
    return await rate(world.client, frames, gate)


class _Only:
    def __init__(self, receive: Callable[[Incoming], Awaitable[Answer]]) -> None:
        self.receive = receive


async def bare(frames: list[str]) -> float:
    """A handler that only counts."""
    client = Bare(Gate())
    return await rate(client, frames, client.gate)


class Naive(Bare):
    """One merge and one commit for each vote."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Gate())
        self.engine = create_engine(f"sqlite:///{folder / 'naive.db'}")
        event.listen(self.engine, "connect", _full)
        Base.metadata.create_all(self.engine)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Written before anything else happens."""
        with Session(self.engine) as session:
            key = {"message": str(event.message_id), "person": str(event.user_id)}
            session.merge(Vote(**key, emoji=str(event.emoji), times=self.gate.done))
            session.commit()
        self.gate.passed()


def _full(connection: object, record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]


async def naive(folder: Path, frames: list[str]) -> float:
    """The handler most people would write."""
    client = Naive(folder)
    try:
        return await rate(client, frames, client.gate)
    finally:
        client.engine.dispose()


def stored(world: World) -> int:
    """How many votes stand in the sessions now."""
    total = 0
    for place, _, _ in world.ballots:
        with world.bot.store.reading() as unit:
            session = unit.room_of_place(INSTALLATION, str(place)).session
        assert session is not None
        total += len(getattr(session.memories[session.at], "reactions", ()) or ())
    return total


async def main() -> None:
    """Measure, check, print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = await voting(folder, SETS)
        frames = reactions(world, VOTES)
        to_bare, to_naive, rates = [], [], []
        for _ in range(ROUNDS):
            base = await bare(frames)
            orm = await naive(folder, frames[: VOTES // 4])
            mine = await ours(world, frames)
            rates.append(mine)
            to_bare.append(mine / base)
            to_naive.append(mine / orm)
        votes = stored(world)
        await world.close()
        more = {"per_second": round(statistics.median(rates)), "votes_stored": votes}
        line("G3", statistics.median(to_bare), to_bare, **more)
        line("G3b", statistics.median(to_naive), to_naive, **more)


if __name__ == "__main__":
    asyncio.run(main())
