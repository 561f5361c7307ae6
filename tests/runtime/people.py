"""People who act through the service, in as few words as a test can say it."""

from __future__ import annotations

import itertools
from dataclasses import replace

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.app.story import INSTALLATION, PLACE, Story
from bot.core.learning_set.state import SetState
from bot.core.meeting.session import Session
from bot.core.signals import Caller, Pressed, Signal, Submitted, Typed
from bot.runtime.ports.incoming import Answer, Incoming
from bot.runtime.road.receive import Service

_deliveries = itertools.count()


def gesture(who: str, signal: Signal, **more: str) -> Incoming:
    """One thing somebody did, with a delivery id of its own."""
    caller = Caller(who.casefold(), who, "Europe/London")
    delivery = more.pop("delivery", f"d{next(_deliveries)}")
    return replace(Incoming(delivery, INSTALLATION, PLACE, caller, signal), **more)


def founding(facilitation: str = "bot-held", **words: str) -> Submitted:
    """The form that founds a set."""
    fields = {
        "name": "Aurora",
        "format": "90",
        "zone": "Europe/London",
        "facilitation": facilitation,
    }
    return Submitted("start_set", tuple((fields | words).items()))


def drafted(title: str) -> Submitted:
    """An issue kept for the next meeting, outside any."""
    return Submitted("bid", (("title", title), ("why", ""), ("urgency", "2")))


def action(what: str, **words: str) -> Submitted:
    """An action of one's own."""
    fields = {"what": what, "due": "", "how": "", "helper": "", "visibility": "set"} | words
    return Submitted("action", tuple(fields.items()), value="own")


async def found(service: Service, *members: str, facilitation: str = "bot-held") -> None:
    """A set with these members, the first of whom founded it."""
    first = members[0]
    answers = [await service.receive(gesture(first, founding(facilitation)))]
    answers += [await service.receive(gesture(who, Pressed("agree"))) for who in members]
    assert [a.refusal for a in answers] == [None] * len(answers)


async def begin(bot: Bot, *members: str, facilitation: str = "bot-held") -> None:
    """A founded set, its meeting begun by these people: they are in the check-in."""
    await found(bot.service, *members, facilitation=facilitation)
    answer = await bot.service.receive(gesture(members[0], Typed("start")))
    assert answer.refusal is None
    for who in members:
        await press(bot, who, "here")
    await press(bot, members[0], "begin")


async def press(bot: Bot, who: str, button: str, value: str = "", **more: str) -> Answer:
    """A button of the running meeting."""
    session = running(bot)
    signal = Pressed(button, session.id, session.at, value)
    return await bot.service.receive(gesture(who, signal, **more))


def the_set(bot: Bot) -> SetState:
    """The set in the place, as stored."""
    with bot.store.reading() as unit:
        found = unit.room_of_place(INSTALLATION, PLACE).set
    assert found is not None
    return found


def running(bot: Bot) -> Session:
    """The running meeting, as stored."""
    with bot.store.reading() as unit:
        session = unit.room_of_place(INSTALLATION, PLACE).session
    assert session is not None
    return session


def story(bot: Bot, platform: MemoryPlatform, said: list[str]) -> Story:
    """The demo's story, played over this bot."""
    return Story(bot.service, bot, platform, "Europe/London", said.append)
