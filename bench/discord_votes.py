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

from bench.discord_common import EACH, INSTALLATION, Frame, World, reactions, taken_off, voting
from bench.measure import Figure, figure, quick
from bot.runtime.ports.incoming import Answer, Incoming

SETS, TURNS, ROUNDS, IN_FLIGHT = 50, 9, 5, 64
"""An odd number of turns: each round ends with every vote put on."""


class Bare(discord.AutoShardedClient):
    """The library with a handler that only counts."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(intents=discord.Intents(guilds=True, guild_reactions=True))
        self.gate = gate

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """One more."""
        self.gate.passed()

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        """One more."""
        await self.on_raw_reaction_add(event)


class Base(DeclarativeBase):
    """The tables of the naive handler."""


class Vote(Base):
    """A person's vote on a message."""

    __tablename__ = "votes"
    message: Mapped[str] = mapped_column(String, primary_key=True)
    person: Mapped[str] = mapped_column(String, primary_key=True)
    emoji: Mapped[str] = mapped_column(String)
    times: Mapped[int] = mapped_column(Integer)


def feed(client: discord.Client, frame: Frame) -> None:
    """What the library does with a frame of the gateway, from its JSON on."""
    name, text = frame
    client._connection.parsers[name](json.loads(text))


class Gate:
    """At most 64 on their way; opened again by each that is done."""

    def __init__(self) -> None:
        self.room = asyncio.Semaphore(IN_FLIGHT)
        self.done = 0

    def passed(self) -> None:
        """One is done."""
        self.done += 1
        self.room.release()


async def rate(client: discord.Client, frames: list[Frame], gate: Gate) -> float:
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


async def ours(world: World, frames: list[Frame]) -> float:
    """Our whole road, counted when the commit is done."""
    gate, receive = Gate(), world.bot.service.receive

    async def counted(incoming: Incoming) -> Answer:
        answer = await receive(incoming)
        gate.passed()
        return answer

    world.client.desk.receiver = _Only(counted)  # type: ignore[assignment]
    return await rate(world.client, frames, gate)


class _Only:
    def __init__(self, receive: Callable[[Incoming], Awaitable[Answer]]) -> None:
        self.receive = receive


async def bare(frames: list[Frame]) -> float:
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


async def naive(folder: Path, frames: list[Frame]) -> float:
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


async def _measured() -> list[Figure]:
    """Measure and check, round by round."""
    to_bare, to_naive, rates = [], [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = await voting(folder, SETS)
        frames = reactions(world, 3 if quick() else TURNS)
        for _ in range(3 if quick() else ROUNDS):
            base = await bare(frames)
            orm = await naive(folder, frames[: SETS * EACH])
            mine = await ours(world, frames)
            rates.append(mine)
            to_bare.append(mine / base)
            to_naive.append(mine / orm)
            votes = stored(world)
            if votes != SETS * EACH:
                raise RuntimeError(f"{votes} votes stored, {SETS * EACH} sent: void")
            await ours(world, taken_off(world))
            if stored(world):
                raise RuntimeError("votes taken off are still there: void")
        await world.close()
    more = {"votes_per_second": round(statistics.median(rates)), "votes_each_round": len(frames)}
    what = "Discord: reaction to durable vote, per second"
    return [
        figure("G3", what, to_bare, 0.3, 0.03, **more),
        figure("G3b", "the same against one merge and commit a vote", to_naive, 30, 4),
    ]


def main() -> list[Figure]:
    """Both figures."""
    return asyncio.run(_measured())


if __name__ == "__main__":
    for one in main():
        one.print()
