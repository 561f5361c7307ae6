"""An edit of unknown fate may land after a newer one: the post is right in the end all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.meeting import posts
from bot.runtime.ports.outgoing import Outgoing
from tests.runtime.people import begin, press, running

MINUTE = timedelta(seconds=61)


class Slow(MemoryPlatform):
    """A platform on which an edit can be on its way for long, while nobody hears of it."""

    def __init__(self) -> None:
        super().__init__()
        self.lose = 0
        self.on_their_way: list[Outgoing] = []
        self.edited: list[str] = []

    async def edit(self, out: Outgoing) -> None:
        if self.lose:
            self.lose -= 1
            self.on_their_way.append(out)
            raise TimeoutError
        self.edited.append(out.ref)
        await super().edit(out)

    async def they_land(self) -> None:
        for out in self.on_their_way:
            await super().edit(out)
        self.on_their_way.clear()


@pytest.fixture
def slow(bot: Bot) -> Slow:
    bot.platforms["demo"] = platform = Slow()
    return platform


def stale(bot: Bot, platform: Slow) -> list[str]:
    """Titles of the meeting's cards that do not say what is true now."""
    truth = {post.card.title: post.card for post in posts.posts(running(bot))}
    standing = {m.card.title: m.card for m in platform.messages.values() if m.card is not None}
    return [title for title, card in standing.items() if truth.get(title, card) != card]


async def pass_time(bot: Bot, clock, times: int = 2) -> None:
    for _ in range(times):
        clock.move_by(MINUTE)
        await bot.settle()


async def test_an_edit_that_lands_after_the_next_one_is_put_right_a_minute_later(bot, slow, clock):
    await begin(bot, "Ana", "Ben", "Chidi")
    await bot.settle()
    slow.lose = 1
    await press(bot, "Ana", "spoken")
    await bot.settle()
    assert slow.on_their_way

    clock.move_by(timedelta(seconds=10))
    await press(bot, "Ben", "spoken")
    await bot.settle()
    await slow.they_land()
    await pass_time(bot, clock)

    assert stale(bot, slow) == []


async def test_a_newer_request_meanwhile_does_not_count_for_that_minute(bot, slow, clock):
    await begin(bot, "Ana", "Ben", "Chidi")
    await bot.settle()
    slow.lose = 1
    await press(bot, "Ana", "spoken")
    await bot.settle()
    clock.move_by(timedelta(seconds=10))
    await bot.settle()
    assert stale(bot, slow) == []

    await press(bot, "Ben", "spoken")
    clock.move_by(timedelta(seconds=2))
    await bot.settle()
    await slow.they_land()
    await pass_time(bot, clock)

    assert stale(bot, slow) == []


async def test_what_was_put_right_is_left_alone(bot, slow, clock):
    await begin(bot, "Ana", "Ben", "Chidi")
    await bot.settle()
    slow.lose = 1
    await press(bot, "Ana", "spoken")
    await pass_time(bot, clock, 3)
    done = len(slow.edited)

    await pass_time(bot, clock, 1)

    assert len(slow.edited) == done
