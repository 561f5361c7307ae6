"""Somebody at the page: they find things by their visible words, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.async_api import Locator, Page, expect

PATIENCE = 20_000
"""Milliseconds a person waits for something to show."""

expect.set_options(timeout=PATIENCE)


@dataclass
class Visitor:
    """One person at one page, who plays one persona after the other."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note everything the page complains of, and every address it asks."""
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._console)
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    @property
    def log(self) -> Locator:
        """The conversation on screen: the channel, or the direct messages."""
        return self.page.locator("[role=log]:visible")

    async def become(self, name: str) -> None:
        """Play somebody else."""
        await self.page.get_by_role("radio", name=re.compile(f"^{name}")).check()
        await expect(self.page.get_by_text(f"Write as {name}", exact=True)).to_be_visible()

    async def press(self, label: str) -> None:
        """Press the newest button of that name in the conversation."""
        await self.log.get_by_role("button", name=label, exact=True).last.click()

    async def press_anywhere(self, label: str) -> None:
        """Press a button of the page itself."""
        await self.page.get_by_role("button", name=label, exact=True).click()

    async def fill(self, title: str, submit: str, **answers: str) -> None:
        """Fill in the form that has just opened; `By_when?` stands for the label “By when?”."""
        form = self.page.get_by_role("dialog", name=title, exact=True)
        await expect(form).to_be_visible()
        for label, words in answers.items():
            await self._answer(form, label.replace("_", " "), words)
        await form.get_by_role("button", name=submit, exact=True).click()

    async def _answer(self, form: Locator, label: str, words: str) -> None:
        question = form.get_by_role("group", name=label, exact=True)
        if await question.count():
            await question.get_by_label(words, exact=True).check()
        else:
            await form.get_by_label(label, exact=True).fill(words)

    async def form_is_taken(self) -> None:
        """The form has closed: it was taken."""
        await expect(self.page.get_by_role("dialog")).to_have_count(0)

    async def say(self, words: str) -> None:
        """Type a line and send it."""
        await self.page.get_by_role("combobox", name="Write").fill(words)
        await self.page.get_by_role("button", name="Send", exact=True).click()

    async def others(self, what: str) -> None:
        """Let the others act."""
        await self.page.get_by_role("button", name=f"The others: {what}").click()
        await expect(self.page.locator("body")).not_to_have_attribute("data-busy", "true")

    async def clock(self, label: str) -> None:
        """Move the clock."""
        await self.page.get_by_role("button", name=label, exact=True).click()
        await expect(self.page.get_by_text("The clock moved to")).to_be_visible()
        await expect(self.page.locator("body")).not_to_have_attribute("data-busy", "true")

    async def reads_direct(self) -> None:
        """Look at the direct messages."""
        await self.page.get_by_role("button", name="Direct messages").click()

    async def reads_channel(self) -> None:
        """Look at the channel."""
        await self.page.get_by_role("button", name="The channel").click()

    async def sees(self, words: str) -> None:
        """These words stand in the conversation."""
        await expect(self.log.get_by_text(words).last).to_be_visible()

    async def does_not_see(self, words: str) -> None:
        """These words do not stand in the conversation on screen."""
        await expect(self.log.get_by_text(words)).to_have_count(0)

    async def learns_nothing_of(self, words: str) -> None:
        """These words are nowhere in the page, not even in what it does not show just now."""
        await expect(self.page.get_by_text(words)).to_have_count(0)

    async def is_told(self, words: str) -> None:
        """The line under the clock says so."""
        await expect(self.page.get_by_role("status")).to_contain_text(words)

    async def become_in_direct(self, name: str) -> None:
        """Play somebody else while reading direct messages."""
        await self.page.get_by_role("radio", name=re.compile(f"^{name}")).check()
        heading = self.page.get_by_role("heading", name=f"Direct messages to {name}")
        await expect(heading).to_be_visible()
