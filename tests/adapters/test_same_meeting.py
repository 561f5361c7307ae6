"""The same meeting on Slack, on Discord and on the page leads to the same decisions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiohttp import ClientSession

from bot.adapters.slack import names
from bot.app import Bot, open_page
from bot.core.room import Room
from bot.runtime.clock import RunningClock
from tests.adapters.discord.hall import NAMES, Hall, meeting_hall
from tests.adapters.slack.harness import Machine, Running, six
from tests.playground.conftest import Tab, address, origin
from tests.standins import slack as standin
from tests.standins.discord import Channel
from tests.standins.slack_world import TEAM

BEGINS = datetime(2027, 3, 1, 18, tzinfo=UTC)
KEYCAPS = ("1️⃣", "2️⃣", "3️⃣")


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


class OnDiscord:
    """The real library against the stand-in."""

    def __init__(self, hall: Hall, place: Channel) -> None:
        self.hall, self.bot, self.place = hall, hall.bot, place

    async def starts(self, who: str, **answers: str) -> None:
        await self.hall[who].types("/als start", self.place)
        form = await self.hall[who].sees_form("Start a set")
        await form.fill({k.replace("_", " "): v for k, v in answers.items()}).submit()

    async def presses(self, who: str, label: str) -> None:
        await self.hall[who].presses(label)

    async def fills(self, who: str, label: str, title: str, answers: dict[str, str]) -> None:
        await self.presses(who, label)
        form = await self.hall[who].sees_form(title)
        await form.fill(answers).submit()

    async def votes(self, who: str, number: int) -> None:
        ballot = await self.hall[who].sees("Here are the issues on offer")
        await self.hall[who].reacts(KEYCAPS[number - 1], ballot)

    async def passes(self, seconds: int) -> None:
        await self.hall.pass_time(timedelta(seconds=seconds))

    def room(self) -> Room:
        return self.hall.room()


class OnSlack:
    """The real library against the stand-in."""

    def __init__(self, running: Running, slack: standin.Slack) -> None:
        self.running, self.bot = running, running.bot
        self.people = six(slack)
        self.place = slack.channel("aurora", list(self.people.values()))
        self.ana = (names.installation(TEAM), self.people["Ana"].id)

    async def starts(self, who: str, **answers: str) -> None:
        await self.people[who].types("/als start", self.place)
        form = await self.people[who].sees_form("Start a set")
        await form.fill({k.replace("_", " "): v for k, v in answers.items()}).submit()
        await self.running.settle()

    async def presses(self, who: str, label: str) -> None:
        await self.people[who].presses(label, in_=self.place)
        await self.running.settle()

    async def fills(self, who: str, label: str, title: str, answers: dict[str, str]) -> None:
        await self.presses(who, label)
        form = await self.people[who].sees_form(title)
        await form.fill(answers).submit()
        assert not form.errors
        await self.running.settle()

    async def votes(self, who: str, number: int) -> None:
        said = "Here are the issues on offer"
        ballot = await self.people[who].sees_message(said, in_=self.place)
        self.people[who].reacts(("one", "two", "three")[number - 1], ballot)
        await self.running.settle()

    async def passes(self, seconds: int) -> None:
        await self.running.move(seconds=seconds)

    def room(self) -> Room:
        with self.bot.store.reading() as unit:
            return unit.rooms_of_person(*self.ana)[0]


class OnPage:
    """The playground, through its socket."""

    ana = ("playground", "ana")

    def __init__(self, bot: Bot, tab: Tab) -> None:
        self.bot, self.tab = bot, tab

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
            yield OnPage(bot, tab)
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


async def meet(stage: Stage) -> None:
    """A whole meeting, by visible labels."""
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
        "presented": [name(p) for p in session.presented],
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


@pytest.mark.parametrize("platform", STAGES)
async def test_the_same_meeting_is_decided_alike_everywhere(platform: str, tmp_path: Path):
    async with STAGES[platform](tmp_path) as stage:
        await meet(stage)
        await stage.passes(1)
        outcome = decided(stage.room())
    assert {k: outcome[k] for k in WANTED} == WANTED
