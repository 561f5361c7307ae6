"""Before words for the set alone are posted, the platform is asked who reads the place now."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.app.story import INSTALLATION, PLACE
from bot.core.cards import Quote
from bot.core.signals import Pressed
from bot.runtime.clock import MovableClock
from bot.runtime.delivery import readers
from tests.adapters.promises import promised
from tests.runtime.people import action, found, gesture, the_set
from tests.standins.memory_server import Town

WORDS = "Talk to Mia"


async def a_promise(bot: Bot, clock: MovableClock) -> None:
    await found(bot.service, "Ana", "Ben", "Chidi")
    await promised(bot, INSTALLATION, PLACE, "ben", WORDS, clock.now())
    await bot.settle()


async def six_weeks(bot: Bot, clock: MovableClock, platform: MemoryPlatform) -> list[str]:
    """What the six-week post quotes."""
    await bot.move_to(clock.now() + timedelta(weeks=6))
    (card,) = (m.card for m in platform.messages.values() if m.card.title == "6 weeks on")
    assert "Ben took on an action." in str(card)
    return [b.words for b in card.blocks if isinstance(b, Quote)]


async def test_it_quotes_where_only_the_set_reads(bot, clock, platform):
    await a_promise(bot, clock)

    assert await six_weeks(bot, clock, platform) == [WORDS]


async def test_it_quotes_nothing_where_a_stranger_reads(bot, clock, platform):
    await a_promise(bot, clock)
    platform.strangers.add("zoe")

    assert await six_weeks(bot, clock, platform) == []


async def test_who_has_come_into_the_set_meanwhile_is_no_stranger(bot, clock, platform):
    await a_promise(bot, clock)
    platform.strangers.add("ana")

    assert await six_weeks(bot, clock, platform) == [WORDS]


async def test_where_it_cannot_be_asked_nothing_is_quoted(bot, clock, platform):
    await a_promise(bot, clock)
    platform.strangers = None

    assert await six_weeks(bot, clock, platform) == []


async def test_a_platform_that_knows_no_readers_quotes_nothing(bot, clock, platform, monkeypatch):
    await a_promise(bot, clock)
    monkeypatch.delattr(MemoryPlatform, "read_only_by")

    assert await six_weeks(bot, clock, platform) == []


async def test_an_answer_that_does_not_come_is_not_waited_for(bot, clock, platform, monkeypatch):
    async def never(self: object, *asked: object) -> bool:
        await asyncio.Event().wait()
        return True

    await a_promise(bot, clock)
    monkeypatch.setattr(MemoryPlatform, "read_only_by", never)
    monkeypatch.setattr(readers, "PATIENCE", 0.01)

    assert await six_weeks(bot, clock, platform) == []


async def test_words_deleted_while_it_was_asked_are_not_sent(bot, clock, platform, monkeypatch):
    async def deletes(self: object, *asked: object) -> bool:
        await bot.service.receive(gesture("Ben", Pressed("delete_sure", value=promise.id)))
        return True

    await a_promise(bot, clock)
    (promise,) = the_set(bot).actions
    await bot.service.receive(gesture("Ana", action("Something of Ana's")))
    monkeypatch.setattr(MemoryPlatform, "read_only_by", deletes)

    await bot.move_to(clock.now() + timedelta(weeks=6))

    assert not any(WORDS in str(m.card) for m in platform.messages.values() if m.destination.place)


async def test_one_who_leaves_the_set_while_it_was_asked_reads_no_words(
    bot, clock, platform, monkeypatch
):
    async def leaves(self: object, *asked: object) -> bool:
        await bot.service.receive(gesture("Chidi", Pressed("leave_set", value="facilitator")))
        return True

    await a_promise(bot, clock)
    monkeypatch.setattr(MemoryPlatform, "read_only_by", leaves)

    assert await six_weeks(bot, clock, platform) == []


@pytest.mark.parametrize("strangers", [set(), {"zoe"}])
async def test_a_post_without_words_is_sent_without_asking(
    bot, clock, platform, monkeypatch, strangers
):
    asked = []

    async def count(self: object, *what: object) -> bool:
        asked.append(what)
        return True

    monkeypatch.setattr(MemoryPlatform, "read_only_by", count)
    platform.strangers = strangers

    await found(bot.service, "Ana", "Ben")
    await bot.settle()

    assert asked == []


def test_on_the_memory_server_everybody_who_did_something_in_a_place_reads_it():
    town = Town()
    for place in (PLACE, "#elsewhere"):
        town.act({"who": f"zoe{place}", "place": place, "type": "home"})

    assert town.readers({"place": PLACE}) == {"readers": [f"zoe{PLACE}"]}
