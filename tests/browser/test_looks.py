"""The other platforms' looks, drawn from the very payloads their renderers make."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.adapters.discord.look import look as discord
from bot.adapters.playground.connect import Playground
from bot.adapters.slack.look import look as slack
from bot.app.demo import rehearsal
from bot.runtime.clock import MovableClock
from tests.browser.conftest import START
from tests.browser.visitor import Visitor


@pytest.fixture
async def playground(tmp_path: Path) -> AsyncIterator[Playground]:
    """The page with the looks of both platforms."""
    bot = rehearsal(tmp_path, MovableClock(START), {})
    looks = {"Slack": slack, "Discord": discord}
    page = Playground(bot.service, bot, bot.signer, looks=looks)
    bot.platforms["playground"] = page.outbound
    await bot.start()
    await page.start(port=0)
    yield page
    await page.stop()
    await bot.stop()


async def test_a_meeting_begins_in_slacks_look_and_goes_on_in_discords(enter):
    visitor = await enter()
    await visitor.press_anywhere("Start a set")
    await visitor.fill("Start a set", "Start it", Name="Aurora & friends <3")
    await visitor.form_is_taken()

    await choose(visitor, "Slack")
    await expect(visitor.log.locator(".slack-message")).not_to_have_count(0)
    await visitor.sees("Aurora & friends <3")
    await visitor.press("I'm here")
    await visitor.press("I agree")
    await visitor.sees("Ana has joined")
    await visitor.others("arrive and agree")

    await choose(visitor, "Discord")
    await expect(visitor.log.locator(".discord-message")).not_to_have_count(0)
    await expect(visitor.log.locator(".slack-message")).to_have_count(0)
    await visitor.sees("in 7 minutes")
    await visitor.press("Done")
    await visitor.sees("1 of 6 have spoken.")
    await visitor.page.get_by_label("Show payloads of messages").check()
    await visitor.press("Payload")
    await expect(visitor.page.get_by_role("dialog")).to_contain_text('"components"')
    await visitor.page.get_by_role("button", name="Close", exact=True).click()

    await choose(visitor, "Plain")
    await expect(visitor.log.locator(".discord-message")).to_have_count(0)
    await visitor.press("More")
    await visitor.sees("What you can do now")


async def choose(visitor: Visitor, look: str) -> None:
    await visitor.page.get_by_label("Look", exact=True).select_option(look)
