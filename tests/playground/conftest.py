"""A page over a tiny bot, and tabs that speak to it over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse

from bot.adapters.playground.connect import Playground
from tests.playground.tiny_bot import TinyBot


class Tab:
    """A page without a screen: sends gestures, keeps the last picture."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        """Nobody is played before `play`."""
        self.socket = socket
        self.hello: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        self.who = "ana"

    async def next(self, kind: str) -> dict[str, Any]:
        """The next message of that kind; pictures are kept on the way."""
        while True:
            message: dict[str, Any] = await self.socket.receive_json(timeout=10)
            if message["type"] == "state":
                self.state = message
            if message["type"] == "hello":
                self.hello = message
            if message["type"] == kind:
                return message

    async def send(self, do: str, **more: Any) -> dict[str, Any]:
        """One gesture, and its reply."""
        await self.socket.send_json({"do": do, "id": str(uuid4()), "who": self.who, **more})
        return await self.next("reply")

    async def sees(self, wanted: Callable[[dict[str, Any]], Any]) -> Any:
        """Wait for a picture in which `wanted` is found."""
        while not self.state or not wanted(self.state):
            await self.next("state")
        return wanted(self.state)

    async def play(self, person: str) -> None:
        """Play that person from now on."""
        self.who = person
        await self.send("watch")
        await self.sees(lambda state: state["you"] == person)

    async def press(self, label: str) -> dict[str, Any]:
        """Press the newest button of that label."""
        await self.sees(lambda state: button(state, label))
        message, sealed = button(self.state, label)
        return await self.send("press", message=message, button=sealed)

    async def fill(self, opened: dict[str, Any], **answers: str) -> dict[str, Any]:
        """Hand in the form a reply has brought."""
        form = opened["form"]
        fields = {f["key"]: answers.get(f["key"], f["value"]) for f in form["fields"]}
        return await self.send("submit", token=form["token"], fields=fields)


def button(state: dict[str, Any], label: str) -> Any:
    """The newest button of that label: its message and its sealed id."""
    found = [
        (message["id"], one["id"])
        for message in (*state["channel"], *state["direct"])
        for block in (message["card"] or {"blocks": []})["blocks"]
        for one in block.get("buttons", [])
        if one["label"] == label
    ]
    return found[-1] if found else None


def titles(state: dict[str, Any], where: str = "channel") -> list[str]:
    """The titles of the cards on screen, and the words of what has none."""
    return [
        message["card"]["title"] if message["card"] else message["words"]
        for message in state[where]
    ]


@pytest.fixture
def bot() -> TinyBot:
    return TinyBot()


@pytest.fixture
async def playground(bot: TinyBot) -> AsyncIterator[Playground]:
    page = Playground(bot, bot, bot, looks={"Slack": lambda card: {"slack": card.title}})
    bot.world = page.world
    await page.start(port=0)
    yield page
    await page.stop()


@pytest.fixture
async def browser() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


Open = Callable[[], Awaitable[Tab]]


@pytest.fixture
async def open_tab(playground: Playground, browser: ClientSession) -> AsyncIterator[Open]:
    tabs: list[Tab] = []

    async def opened() -> Tab:
        socket = await browser.ws_connect(address(playground), headers=origin(playground))
        tab = Tab(socket)
        tabs.append(tab)
        await tab.next("state")
        return tab

    yield opened
    for tab in tabs:
        await tab.socket.close()


def address(playground: Playground, path: str = "/ws") -> str:
    """An address of the page, with its key."""
    return playground.url.replace("/?", f"{path}?")


def origin(playground: Playground) -> dict[str, str]:
    """What a browser says of the page it opened."""
    return {"Origin": playground.url.partition("/?")[0]}
