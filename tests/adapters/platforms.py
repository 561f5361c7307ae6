"""The platforms behind one face, for the tests that every adapter has to pass."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

from bot.adapters.memory import MemoryPlatform
from bot.adapters.plain import render as plain
from bot.adapters.playground.outbound import World, WorldOutbound
from bot.adapters.slack import names
from bot.adapters.slack.connect import Slack, SlackSettings
from bot.adapters.slack.names import NAMES
from bot.core.cards import Choice
from bot.core.signals import PersonGone, PlaceChanged
from bot.runtime.ports.incoming import NO_NEWS, Answer, File, Incoming, News
from bot.runtime.ports.outgoing import Outbound
from bot.runtime.vault import ButtonSigner, Vault, new_master_key
from tests.adapters.discord.contract import on_discord
from tests.standins import slack as standin
from tests.standins.slack_blocks import visible
from tests.standins.slack_world import BOT, BOT_TOKEN, TEAM


class Platform(Protocol):
    """One platform with one channel and one person in it, Ana."""

    installation: str
    place: str
    person: str

    @property
    def outbound(self) -> Outbound:
        """What is tried."""
        ...

    def reads(self, ref: str) -> str | None:
        """What Ana reads in a message; None where it does not stand."""
        ...

    def parent_of(self, ref: str) -> str:
        """The message whose thread it belongs to, empty where it stands in the channel."""
        ...

    def direct(self, ref: str) -> bool:
        """Whether Ana alone can see it."""
        ...

    def count(self) -> int:
        """How many messages of the bot stand anywhere."""
        ...

    def marks(self, ref: str) -> list[str]:
        """The bot's own reactions on a message, in order."""
        ...

    def react(self, ref: str, emoji: str, *, on: bool = True) -> None:
        """Ana puts a reaction on a message, or takes it off."""
        ...

    def archive(self) -> None:
        """Nobody can write in the channel any more."""
        ...

    def close_direct(self) -> None:
        """Ana takes no direct messages any more."""
        ...

    def lose_next_answer(self) -> bool:
        """The next request is done and its answer lost; False where that cannot happen here."""
        ...


@runtime_checkable
class Bringing(Protocol):
    """A platform on which files always come by direct message."""

    async def bring(self, file: File) -> None:
        """Bring it to Ana."""
        ...

    def files(self) -> list[tuple[str, str]]:
        """The names and contents of the files Ana has got."""
        ...


class Silent:
    """A receiver for tests that only send, or only look at what is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []

    async def place_changed(
        self, installation: str, place: str, signal: PlaceChanged, news: News = NO_NEWS
    ) -> None:
        """It is noted."""
        self.told.append((place, signal))

    async def person_gone(
        self, installation: str, signal: PersonGone, place: str = "", news: News = NO_NEWS
    ) -> None:
        """It is noted."""
        self.told.append((place, signal))

    async def person_back(
        self, installation: str, person: str, place: str = "", news: News = NO_NEWS
    ) -> None:
        """Nothing follows."""

    async def heard(self, installation: str, news: News) -> bool:
        """Whatever comes is new."""
        return True

    async def reconcile(self, platform: str = "") -> int:
        """It is noted."""
        self.told.append((platform, "reconcile"))
        return 0

    async def receive(self, incoming: Incoming) -> Answer:
        """Nothing follows."""
        return Answer()

    async def form(self, incoming: Incoming) -> None:
        """No form opens."""

    async def homes(self, platform: str, person: str) -> tuple[str, ...]:
        """Nowhere."""
        return ()

    async def suggest(self, incoming: Incoming, option: str) -> tuple[Choice, ...]:
        """Nothing comes to mind."""
        return ()


class OnMemory:
    """The platform made of lists."""

    installation, place, person = "demo:1", "#room", "ana"

    def __init__(self) -> None:
        self.outbound = MemoryPlatform()

    def reads(self, ref: str) -> str | None:
        message = self.outbound.messages.get(ref)
        return plain(message.card, "UTC", {}) if message else None

    def parent_of(self, ref: str) -> str:
        return self.outbound.messages[ref].destination.parent

    def direct(self, ref: str) -> bool:
        return bool(self.outbound.messages[ref].destination.person)

    def count(self) -> int:
        return len(self.outbound.messages)

    def marks(self, ref: str) -> list[str]:
        return [e for p, e in self.outbound.messages[ref].reactions if p == "als"]

    def react(self, ref: str, emoji: str, *, on: bool = True) -> None:
        self.outbound.put_reaction(ref, "ana", emoji, on=on)

    def archive(self) -> None:
        self.outbound.archived.add(self.place)

    def close_direct(self) -> None:
        self.outbound.closed.add(self.person)

    def lose_next_answer(self) -> bool:
        return False

    async def bring(self, file: File) -> None:
        await self.outbound.bring(self.installation, self.person, file)

    def files(self) -> list[tuple[str, str]]:
        return [(f.name, f.text) for person, f in self.outbound.files if person == self.person]


class OnPage:
    """The playground's page."""

    installation, place, person = "playground:1", "#room", "ana"

    def __init__(self) -> None:
        self.world = World(self.place, {self.person: "Ana"}, at)
        self.outbound = WorldOutbound(self.world)

    def reads(self, ref: str) -> str | None:
        message = self.world.find(ref)
        return plain(message.card, "UTC", {}) if message and message.card else None

    def parent_of(self, ref: str) -> str:
        message = self.world.find(ref)
        return message.parent if message else ""

    def direct(self, ref: str) -> bool:
        message = self.world.find(ref)
        return message is not None and message.direct

    def count(self) -> int:
        return len(list(self.world))

    def marks(self, ref: str) -> list[str]:
        message = self.world.find(ref)
        return list(message.seeded) if message else []

    def react(self, ref: str, emoji: str, *, on: bool = True) -> None:
        self.world.react(ref, self.person, emoji, on=on)

    def archive(self) -> None:
        self.world.place = "#another"

    def close_direct(self) -> None:
        self.world.people.clear()

    def lose_next_answer(self) -> bool:
        return False

    async def bring(self, file: File) -> None:
        await self.outbound.bring(self.installation, self.person, file)

    def files(self) -> list[tuple[str, str]]:
        direct = self.world.seen_by(self.person, direct=True)
        return [(m.file.name, m.file.text) for m in direct if m.file is not None]


class OnSlack:
    """Slack's own library against the stand-in."""

    installation = names.installation(TEAM)

    def __init__(self, slack: standin.Slack, adapter: Slack) -> None:
        self.slack, self.outbound = slack, adapter.outbound
        self.ana = slack.person("Ana")
        self.person = self.ana.id
        self.room = slack.channel("room", [self.ana])
        self.place = self.room.id
        slack.world.scopes.add("groups:history")

    def _message(self, ref: str) -> standin.Message | None:
        channel, ts = names.split(ref)
        messages = self.slack.world.channels[channel].messages
        return next((m for m in messages if m.ts == ts), None)

    def _there(self, ref: str) -> standin.Message:
        found = self._message(ref)
        assert found is not None
        return found

    def reads(self, ref: str) -> str | None:
        message = self._message(ref)
        return visible(self.slack.world, message.blocks, message.text, "UTC") if message else None

    def parent_of(self, ref: str) -> str:
        message = self._there(ref)
        return names.reference(message.channel, message.thread_ts) if message.thread_ts else ""

    def direct(self, ref: str) -> bool:
        return self.slack.world.channels[names.split(ref)[0]].im == self.person

    def count(self) -> int:
        return sum(len(c.messages) for c in self.slack.world.channels.values())

    def marks(self, ref: str) -> list[str]:
        message = self._there(ref)
        return [names.EMOJI[name] for name, users in message.reactions.items() if BOT in users]

    def react(self, ref: str, emoji: str, *, on: bool = True) -> None:
        act = self.ana.reacts if on else self.ana.unreacts
        act(NAMES[emoji], self._there(ref))

    def archive(self) -> None:
        self.room.archived = True

    def close_direct(self) -> None:
        self.ana.user.dms_closed = True

    def lose_next_answer(self) -> bool:
        self.slack.breaks("chat.postMessage", "lost")
        return True

    async def bring(self, file: File) -> None:
        await self.outbound.bring(self.installation, self.person, file)

    def files(self) -> list[tuple[str, str]]:
        return self.ana.files()


@asynccontextmanager
async def on_memory() -> AsyncIterator[Platform]:
    """Lists."""
    yield OnMemory()


@asynccontextmanager
async def on_page() -> AsyncIterator[Platform]:
    """The playground."""
    yield OnPage()


@asynccontextmanager
async def on_slack() -> AsyncIterator[Platform]:
    """Slack."""
    async with standin.running() as slack:
        settings = SlackSettings(bot_token=BOT_TOKEN, api_url=slack.api_url, signing_secret="s")
        adapter = Slack(settings, Silent(), signer(), now=lambda: at().timestamp())
        await adapter.start()
        yield OnSlack(slack, adapter)
        await adapter.stop()


PLATFORMS: dict[str, Callable[[], AbstractAsyncContextManager[Platform]]] = {
    "discord": on_discord,
    "memory": on_memory,
    "playground": on_page,
    "slack": on_slack,
}
"""Every platform by its name. A new one adds its line here."""


def signer() -> ButtonSigner:
    """A signer with a key of its own."""
    keys = iter(f"{n:032x}" for n in range(1, 1000))
    return ButtonSigner(Vault([new_master_key()], lambda: next(keys)))


def at() -> datetime:
    """Now, for claims that have just been made."""
    return datetime.now(UTC)
