"""The same meeting on Slack, on Discord and on the page leads to the same decisions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiohttp import ClientSession

from bot.adapters.plain import render as plain
from bot.adapters.playground.outbound import World
from bot.adapters.slack import names
from bot.app.bot import Bot
from bot.app.demo import open_page
from bot.core.cards import Card, Fields, Options, Quote, Text, Until
from bot.core.learning_set.place import Room
from bot.core.meeting import course, posts
from bot.runtime.clock import RunningClock
from bot.runtime.ports.outgoing import Outgoing
from tests.adapters.discord.hall import NAMES, Hall, meeting_hall
from tests.adapters.slack.harness import Machine, Running, six
from tests.playground.conftest import Tab, address, origin
from tests.standins import slack as standin
from tests.standins.discord import Channel, shown
from tests.standins.slack_blocks import buttons, visible
from tests.standins.slack_world import BOT, TEAM

BEGINS = datetime(2027, 3, 1, 18, tzinfo=UTC)
KEYCAPS = ("1️⃣", "2️⃣", "3️⃣")


@dataclass(frozen=True)
class Seen:
    """A message of the bot as it stands: its reference, its words, its buttons and its reactions."""

    ref: str
    words: str
    labels: tuple[str, ...]
    seeded: tuple[str, ...]


class Stage(Protocol):
    """A platform with six people in front of it, who act by what they see."""

    bot: Bot

    async def starts(self, who: str, **answers: str) -> None:
        """`/als start`, and the form it opens."""
        ...

    async def presses(self, who: str, label: str) -> None:
        """The newest button of that label."""
        ...

    async def fills(self, who: str, label: str, title: str, answers: dict[str, str]) -> None:
        """A button that opens a form, filled in by its labels."""
        ...

    async def votes(self, who: str, number: int) -> None:
        """A reaction on the ballot."""
        ...

    async def passes(self, seconds: int) -> None:
        """Time passes; everything done before has come in."""
        ...

    def room(self) -> Room:
        """What is stored."""
        ...

    def place(self) -> list[Seen]:
        """The bot's messages that people see where the set meets."""
        ...


class OnDiscord:
    """The real library against the stand-in."""

    def __init__(self, hall: Hall, place: Channel) -> None:
        self.hall, self.bot, self.channel = hall, hall.bot, place

    async def starts(self, who: str, **answers: str) -> None:
        await self.hall[who].types("/als start", self.channel)
        form = await self.hall[who].sees_form("Start a set")
        await form.fill({k.replace("_", " "): v for k, v in answers.items()}).submit()

    async def presses(self, who: str, label: str) -> None:
        await self.hall[who].presses(label)

    async def fills(self, who: str, label: str, title: str, answers: dict[str, str]) -> None:
        await self.presses(who, label)
        form = await self.hall[who].sees_form(title)
        await form.fill(answers).submit()

    async def votes(self, who: str, number: int) -> None:
        ballot = await self.hall[who].sees("Which issue will you hear today?")
        await self.hall[who].reacts(KEYCAPS[number - 1], ballot)

    async def passes(self, seconds: int) -> None:
        await self.hall.pass_time(timedelta(seconds=seconds))

    def room(self) -> Room:
        return self.hall.room()

    def place(self) -> list[Seen]:
        rooms = [c for c in self.hall.server.channels.values() if self.channel in (c, c.parent)]
        return [
            Seen(
                f"{room.id}/{message.id}",
                shown(message),
                tuple(re.findall(r"(?m)^\[(.*)\]$", shown(message))),
                tuple(r.emoji for r in message.reactions if r.user.bot),
            )
            for room in rooms
            for message in room.messages
            if message.author.bot and not message.deleted and not message.ephemeral
        ]


class OnSlack:
    """The real library against the stand-in."""

    def __init__(self, running: Running, slack: standin.Slack) -> None:
        self.running, self.bot = running, running.bot
        self.people = six(slack)
        self.slack = slack
        self.channel = slack.channel("aurora", list(self.people.values()))
        self.ana = (names.installation(TEAM), self.people["Ana"].id)

    async def starts(self, who: str, **answers: str) -> None:
        await self.people[who].types("/als start", self.channel)
        form = await self.people[who].sees_form("Start a set")
        await form.fill({k.replace("_", " "): v for k, v in answers.items()}).submit()
        await self.running.settle()

    async def presses(self, who: str, label: str) -> None:
        await self.people[who].presses(label, in_=self.channel)
        await self.running.settle()

    async def fills(self, who: str, label: str, title: str, answers: dict[str, str]) -> None:
        await self.presses(who, label)
        form = await self.people[who].sees_form(title)
        await form.fill(answers).submit()
        assert not form.errors
        await self.running.settle()

    async def votes(self, who: str, number: int) -> None:
        said = "Which issue will you hear today?"
        ballot = await self.people[who].sees_message(said, in_=self.channel)
        self.people[who].reacts(("one", "two", "three")[number - 1], ballot)
        await self.running.settle()

    async def passes(self, seconds: int) -> None:
        await self.running.move(seconds=seconds)

    def room(self) -> Room:
        with self.bot.store.reading() as unit:
            return unit.rooms_of_person(*self.ana)[0]

    def place(self) -> list[Seen]:
        world = self.slack.world
        return [
            Seen(
                names.reference(m.channel, m.ts),
                visible(world, m.blocks, m.text, "UTC"),
                tuple(element["text"]["text"] for _, element in buttons(m.blocks)),
                tuple(names.EMOJI[n] for n, users in m.reactions.items() if BOT in users),
            )
            for m in self.channel.messages
            if m.user == BOT and not m.to
        ]


class OnPage:
    """The playground, through its socket."""

    ana = ("playground", "ana")

    def __init__(self, bot: Bot, tab: Tab, world: World) -> None:
        self.bot, self.tab, self.world = bot, tab, world

    async def _as(self, who: str) -> Tab:
        if self.tab.who != who.casefold():
            await self.tab.play(who.casefold())
        return self.tab

    async def starts(self, who: str, **answers: str) -> None:
        tab = await self._as(who)
        opened = await tab.send("write", words="/als start", direct=False)
        await self._fill(opened, {k.replace("_", " "): v for k, v in answers.items()})

    async def presses(self, who: str, label: str) -> None:
        await (await self._as(who)).press(label)

    async def fills(self, who: str, label: str, title: str, answers: dict[str, str]) -> None:
        opened = await (await self._as(who)).press(label)
        assert opened["form"]["title"] == title
        await self._fill(opened, answers)

    async def _fill(self, opened: dict[str, Any], answers: dict[str, str]) -> None:
        given = {}
        for field in opened["form"]["fields"]:
            answer = answers.get(field["label"], "")
            choices = {c["label"]: c["value"] for c in field["choices"]}
            if answer:
                given[field["key"]] = choices.get(answer, answer)
        reply = await self.tab.fill(opened, **given)
        assert "refused" not in reply, reply

    async def votes(self, who: str, number: int) -> None:
        tab = await self._as(who)
        emoji = KEYCAPS[number - 1]

        def ballot(state: dict[str, Any]) -> str | None:
            found = (m for m in reversed(state["channel"]) if m["card"])
            return next((m["id"] for m in found if m["card"]["title"].startswith("Choosing")), None)

        await tab.send("react", message=await tab.sees(ballot), emoji=emoji, on=True)

    async def passes(self, seconds: int) -> None:
        await self.bot.move_to(self.bot.now() + timedelta(seconds=seconds))

    def room(self) -> Room:
        with self.bot.store.reading() as unit:
            return unit.rooms_of_person(*self.ana)[0]

    def place(self) -> list[Seen]:
        return [
            Seen(
                message.ref,
                plain(message.card, "UTC", {}),
                tuple(button.label for button in message.card.buttons()),
                message.seeded,
            )
            for message in self.world
            if message.card is not None and not (message.direct or message.reader)
        ]


@asynccontextmanager
async def on_discord(folder: Path) -> AsyncIterator[Stage]:
    """Discord."""
    async with meeting_hall(folder) as hall:
        yield OnDiscord(hall, await hall.private())


@asynccontextmanager
async def on_slack(folder: Path) -> AsyncIterator[Stage]:
    """Slack."""
    async with standin.running() as slack:
        machine = Machine(slack, folder, "socket", RunningClock(BEGINS))
        async with machine.running() as running:
            yield OnSlack(running, slack)


@asynccontextmanager
async def on_page(folder: Path) -> AsyncIterator[Stage]:
    """The playground."""
    bot, page = await open_page(folder, RunningClock(BEGINS))
    try:
        async with (
            ClientSession() as browser,
            browser.ws_connect(address(page), headers=origin(page)) as socket,
        ):
            tab = Tab(socket)
            await tab.next("state")
            yield OnPage(bot, tab, page.world)
    finally:
        await page.stop()
        await bot.stop()


STAGES: dict[str, Callable[[Path], AbstractAsyncContextManager[Stage]]] = {
    "discord": on_discord,
    "slack": on_slack,
    "playground": on_page,
}

ISSUES = {
    "Ana": "I promised to lead the spring campaign and I am already tired.",
    "Ben": "How do I hand over the team I founded?",
    "Chidi": "Our funder wants numbers and we do people.",
}
VOTES = {"Ana": 2, "Ben": 1, "Chidi": 2, "Dana": 3, "Eve": 2, "Farid": 2}
"""One more than half for Ben; Dana thinks otherwise."""


async def meet_up_to_the_vote(stage: Stage) -> None:
    """The first half of a meeting, by visible labels."""
    await stage.starts("Ana", Name="Aurora")
    for name in NAMES:
        await stage.presses(name, "I'm here")
        await stage.presses(name, "I agree")
    for name in NAMES:
        await stage.presses(name, "Pass" if name == "Dana" else "Done")
    for name, issue in ISSUES.items():
        await stage.fills(name, "Offer an issue", "Your issue", {"Issue": issue})
    for name in NAMES[3:]:
        await stage.presses(name, "Nothing today")


async def meet(stage: Stage) -> None:
    """A whole meeting."""
    await meet_up_to_the_vote(stage)
    for name, number in VOTES.items():
        await stage.votes(name, number)
    await stage.passes(22)
    title = "What would you like from us?"
    await stage.fills("Ben", "I've finished", title, {"Key question": "What is mine?"})
    for words, outcome in (("How long?", "Answered"), ("Who knows?", "Park")):
        await stage.fills("Eve", "Ask", "Your question", {"Question": words})
        await stage.presses("Ben", outcome)
    await stage.presses("Ben", "Enough")
    await stage.passes(5)
    await stage.fills("Ana", "Ask", "Your question", {"Question": "What would you lose?"})
    await stage.presses("Ben", "Answered")
    await stage.presses("Ben", "Enough")
    await stage.passes(5)
    for name in NAMES:
        if name != "Ben":
            noticed = {"Reflection": f"I noticed your voice, says {name}."}
            await stage.fills(name, "Reflect", "What stayed with you?", noticed)
    promise = {"What will you do?": "I will talk to Mia.", "Who may see it?": "My set"}
    await stage.fills("Ben", "Add an action", "Your action", promise)
    await stage.presses("Ben", "That's all")
    await stage.passes(5)
    for name in NAMES:
        await stage.fills(name, "What I learned", "What I learned", {"Learning": f"{name} waits."})
    for name in NAMES:
        if stage.room().live is not None:
            await stage.presses(name, "Close the meeting")


def decided(room: Room) -> dict[str, Any]:
    """What came of it, with names in the place of ids."""
    state, session = room.set, room.session
    assert state is not None
    assert session is not None
    name = state.name_of
    return {
        "status": session.status.value,
        "way": [session.plan[move.step].phase for move in session.log],
        "presented": [name(p) for p in course.presented(session)],
        "members": [m.name for m in state.present_members],
        "actions": [(name(a.owner), a.what, a.visibility) for a in state.actions],
        "kept": sorted((name(d.owner), d.title) for d in state.drafts),
        "attended": [m.attended for m in state.meetings if m.session],
        "planned": [m.wall.date() for m in state.planned()],
    }


WANTED = {
    "status": "held",
    "way": [
        "arrive",
        "check_in",
        "bids",
        "choose",
        "present",
        "clarify",
        "explore",
        "reflect",
        "action_plan",
        "learning_review",
        "close",
    ],
    "presented": ["Ben"],
    "members": list(NAMES),
    "actions": [("Ben", "I will talk to Mia.", "set")],
    "attended": [6],
}


SAID = {*(f"{name} has joined Aurora" for name in NAMES), "Others can read here"}
"""What is said beside the meeting's current posts. Slack alone knows who else can read."""


def differences(stage: Stage) -> Iterator[str]:
    """Where what people see is not what should stand there now, message by message."""
    session = stage.room().session
    assert session is not None
    seen = {message.ref: message for message in stage.place()}
    for post in posts.posts(session):
        with stage.bot.store.reading() as unit:
            known = unit.ref_of(post.notice.slot)
        message = seen.pop(known[1], None) if known is not None else None
        if message is None:
            yield f"{post.notice.slot} does not stand there"
        else:
            yield from (f"{post.notice.slot}: {what}" for what in unlike(post.card, message))
    said = [message.words.partition("\n")[0] for message in seen.values()]
    yield from (f"{title!r} stands there {n} times" for title, n in Counter(said).items() if n > 1)
    yield from (f"{title!r} stands there too" for title in said if title not in SAID)


def unlike(card: Card, message: Seen) -> Iterator[str]:
    """What of a card its message lacks, and what it has too much. People's words stay out of it."""
    read = bare(message.words)
    for number, words in enumerate(words_of(card)):
        if bare(words) not in read:
            yield f"text {number} of {card.title!r} cannot be read"
    labels = [button.label for button in card.buttons()]
    if sorted(labels) != sorted(message.labels):
        yield f"buttons {message.labels} instead of {labels}"
    if not set(card.reactions) <= set(message.seeded):
        yield f"reactions {message.seeded} instead of {card.reactions}"


def words_of(card: Card) -> Iterator[str]:
    """All that a card says, but for times and names, which each platform says in its own way."""
    yield card.title
    for block in card.blocks:
        match block:
            case Text(text=words) | Quote(words=words):
                yield words
            case Fields(rows=rows):
                yield from (part for row in rows for part in row)
            case Options(options=options):
                yield from (option.label for option in options)
            case Until(label=label):
                yield label
            case _:
                pass


def bare(words: str) -> str:
    """Words without marks and line breaks."""
    return re.sub(r"[\W_]+", " ", words).strip()


@pytest.mark.parametrize("platform", STAGES)
async def test_a_lost_edit_would_be_seen(platform: str, tmp_path: Path, monkeypatch):
    async with STAGES[platform](tmp_path) as stage:
        outbound = next(iter(stage.bot.platforms.values()))

        async def lost(out: Outgoing) -> None:
            """Taken, and not done."""

        monkeypatch.setattr(type(outbound), "edit", staticmethod(lost))
        await stage.starts("Ana", Name="Aurora")
        for name in NAMES:
            await stage.presses(name, "I'm here")
            await stage.presses(name, "I agree")
        await stage.passes(1)
        assert any("buttons" in what for what in differences(stage))


@pytest.mark.parametrize("platform", STAGES)
async def test_the_same_meeting_is_decided_alike_and_stands_as_it_should(
    platform: str, tmp_path: Path
):
    async with STAGES[platform](tmp_path) as stage:
        await meet(stage)
        await stage.passes(1)
        outcome = decided(stage.room())
        assert list(differences(stage)) == []
    assert {k: outcome[k] for k in WANTED} == WANTED
