"""The adapter for several workspaces, and a browser on the way to "Add to Slack" and back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bot.adapters.slack.connect import Slack, SlackSettings
from bot.runtime.installs import Installs
from tests.adapters.slack.harness import Machine, Running
from tests.standins.slack_world import SECRET


@asynccontextmanager
async def many_workspaces(machine: Machine, running: Running) -> AsyncIterator[Slack]:
    """The adapter for several workspaces, at home in the machine's store."""
    bot = running.bot
    settings = SlackSettings(
        signing_secret=SECRET,
        client_id="1.2",
        client_secret="s",
        api_url=machine.slack.api_url,
        public_url="https://als.example",
    )
    adapter = Slack(
        settings,
        bot.service,
        bot.signer,
        installs=Installs(bot.store, bot.writer),
        listen=("127.0.0.1", 0),
        now=lambda: machine.clock.now().timestamp(),
    )
    await adapter.start()
    machine.slack.delivery.http_url = f"{adapter.address}/slack/events"
    try:
        yield adapter
    finally:
        await adapter.stop()


class Browser:
    """Somebody's browser on the way to "Add to Slack" and back."""

    def __init__(self, adapter: Slack) -> None:
        self.address = adapter.address
        self.cookie = ""

    async def begins(self) -> str:
        """The state that Slack will bring back."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.address}/slack/install") as page,
        ):
            found = re.search(r"state=([\w.-]+)", await page.text())
            self.cookie = page.headers["Set-Cookie"].split(";")[0]
        assert found
        return found[1]

    async def comes_back(
        self, state: str, *, cookie: str | None = None, code: str = "good-code"
    ) -> int:
        """What the page says."""
        back = f"{self.address}/slack/oauth_redirect?code={code}&state={state}"
        headers = {"Cookie": self.cookie if cookie is None else cookie}
        async with (
            aiohttp.ClientSession() as session,
            session.get(back, headers=headers) as page,
        ):
            return page.status
