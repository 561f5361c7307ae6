"""What is offered while somebody types: from one read, quick, and nothing where that fails."""

from __future__ import annotations

import pytest

from bot.app.bot import Bot
from bot.core.signals import Pressed, Typed
from bot.runtime.store.store import Store
from tests.runtime.people import action, begin, found, gesture


async def offered(bot: Bot, who: str, verb: str, option: str, typed: str = "") -> list[str]:
    """The labels somebody is shown."""
    incoming = gesture(who, Typed(verb, ((option, typed),)))
    return [c.label for c in await bot.service.suggest(incoming, option)]


async def test_each_kind_of_option_has_its_suggestions(bot: Bot):
    await begin(bot, "Ana", "Ben", "Chidi", "Dana")
    await bot.service.receive(gesture("Ben", action("Talk to Mia")))

    assert "Closing" in await offered(bot, "Ana", "next", "to")
    assert await offered(bot, "Ben", "done", "action") == ["Talk to Mia"]
    assert await offered(bot, "Ana", "schedule", "when", "12 april 15:00") == [
        "Monday 12 April 2027, 15:00"
    ]
    assert await offered(bot, "Ana", "start", "format") == [], "few choices stand in the table"
    not_typed = gesture("Ana", Pressed("here"))
    assert await bot.service.suggest(not_typed, "to") == ()


async def test_a_read_that_fails_offers_nothing(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    await found(bot.service, "Ana", "Ben", "Chidi", "Dana")

    def broken(store: Store) -> None:
        raise OSError("disk")

    monkeypatch.setattr(Store, "reading", broken)

    assert await offered(bot, "Ben", "done", "action") == []


async def test_where_somebody_is_at_home(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    await found(bot.service, "Ana", "Ben", "Chidi", "Dana")

    assert await bot.service.homes("demo", "ben") == ("demo:story",)
    assert await bot.service.homes("demo", "zoe") == ()
    assert await bot.service.homes("dem", "ben") == ()

    def broken(store: Store) -> None:
        raise OSError("disk")

    monkeypatch.setattr(Store, "reading", broken)
    assert await bot.service.homes("demo", "ben") == ()
