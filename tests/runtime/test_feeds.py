"""Calendars that come back by themselves: at an address that is one member's alone."""

from __future__ import annotations

import socket
from datetime import timedelta

import aiohttp
import pytest
from icalendar import Calendar
from sqlalchemy import update

from bot.app.exits import CannotStart
from bot.app.serve import _reachable
from bot.config import Settings
from bot.core.signals import Change, PersonGone, Pressed, Submitted, Typed
from bot.runtime.calendar.feeds import Feed
from bot.runtime.process.web import Web
from bot.runtime.store.tables.sets import members
from tests.runtime.conftest import INSTALLATION
from tests.runtime.people import found, gesture, the_set


@pytest.fixture
async def served(bot):
    """A set with a date, and its feed behind a real port."""
    await found(bot.service, "Ana", "Ben", "Eve", facilitation="led")
    form = Submitted("schedule", (("when", "2027-04-12T18:00"),))
    await bot.service.receive(gesture("Ana", form))
    web = Web("127.0.0.1", 0)
    feed = Feed(bot.store, "https://als.example/")
    await web.start(feed.routes())
    bot.service.deciding.feed = feed
    yield bot, web
    await web.stop()


async def address_of(bot, who: str) -> str:
    """What `/als calendar` says to somebody alone."""
    answer = await bot.service.receive(gesture(who, Typed("calendar")))
    said = str(answer.told[-1])
    assert said.startswith("Or let your calendar subscribe")
    return said.rpartition(" ")[2]


async def fetch(web: Web, address: str) -> tuple[int, str]:
    """What a calendar gets there."""
    path = address.removeprefix("https://als.example")
    async with aiohttp.ClientSession() as session, session.get(web.address + path) as got:
        return got.status, await got.text()


async def test_a_calendar_follows_what_is_moved(served):
    bot, web = served
    address = await address_of(bot, "Ben")
    status, text = await fetch(web, address)
    assert status == 200
    (before,) = Calendar.from_ical(text).events

    form = Submitted("schedule", (("when", "2027-04-13T18:00"),))
    await bot.service.receive(gesture("Ana", form))

    (after,) = Calendar.from_ical((await fetch(web, address))[1]).events
    assert str(after["uid"]) == str(before["uid"])
    assert (str(before["sequence"]), str(after["sequence"])) == ("0", "1")


async def test_each_has_an_address_of_their_own_that_is_always_the_same(served):
    bot, _ = served
    addresses = {who: await address_of(bot, who) for who in ("Ana", "Ben", "Eve")}

    assert len(set(addresses.values())) == 3
    assert await address_of(bot, "Ben") == addresses["Ben"]
    assert all("ben" not in a for a in addresses.values())


async def test_it_ends_when_they_leave_and_for_nobody_else(served):
    bot, web = served
    ben, eve = await address_of(bot, "Ben"), await address_of(bot, "Eve")

    await bot.service.receive(gesture("Ben", Pressed("leave_set", value="facilitator")))

    assert (await fetch(web, ben))[0] == 404
    assert (await fetch(web, eve))[0] == 200


async def renewed(bot, who: str) -> str:
    """What `/als calendar renew` says to somebody alone."""
    answer = await bot.service.receive(gesture(who, Typed("calendar", (("renew", "renew"),))))
    said = str(answer.told[-1])
    assert said.startswith("The old address is dead.")
    return said.rpartition(" ")[2]


async def test_its_owner_renews_it_and_the_old_one_is_dead(served):
    bot, web = served
    ben, eve = await address_of(bot, "Ben"), await address_of(bot, "Eve")

    second = await renewed(bot, "Ben")
    third = await renewed(bot, "Ben")

    assert len({ben, second, third}) == 3
    assert [(await fetch(web, a))[0] for a in (ben, second, third, eve)] == [404, 404, 200, 200]
    assert await address_of(bot, "Ben") == third


@pytest.mark.parametrize("goes", ["leaves", "is taken out", "is deactivated", "is forgotten"])
async def test_who_comes_back_gets_a_new_one(served, goes):
    bot, web = served
    before = await address_of(bot, "Ben")
    match goes:
        case "leaves":
            await bot.service.receive(gesture("Ben", Pressed("leave_set", value="facilitator")))
        case "is taken out":
            await bot.service.receive(gesture("Ana", Pressed("take_out", value="ben")))
        case "is deactivated":
            await bot.service.person_gone(INSTALLATION, PersonGone("ben", Change.DEACTIVATED))
        case _:
            await bot.service.receive(gesture("Ben", Pressed("forget_sure")))
    assert the_set(bot).member("ben") is None

    bot.clock.move_to(bot.clock.now() + timedelta(minutes=1))
    await bot.service.receive(gesture("Ben", Pressed("agree")))

    after = await address_of(bot, "Ben")
    assert after != before
    assert (await fetch(web, before))[0] == 404
    assert (await fetch(web, after))[0] == 200


async def test_an_address_from_before_there_were_numbers_is_still_good(served):
    bot, _ = served
    before = await address_of(bot, "Ben")
    bot.writer.do(lambda unit: unit.connection.execute(update(members).values(feed=0))).result()
    bot.writer.do(lambda unit: unit.changes.forget_loaded()).result()

    old = await address_of(bot, "Ben")

    subject = f"calendar:{the_set(bot).id}:ben"
    assert bot.vault.blind(INSTALLATION, subject)[:32] in old
    assert old != before


async def test_without_a_server_there_is_none_to_renew(bot):
    await found(bot.service, "Ana", "Ben")

    answer = await bot.service.receive(gesture("Ben", Typed("calendar", (("renew", "yes"),))))

    assert "none to renew" in str(answer.told[-1])
    assert answer.files == ()


async def test_no_other_address_is_found(served):
    bot, web = served
    address = await address_of(bot, "Ben")
    wrong = (
        address.replace(the_set(bot).id, "0" * 20),
        address[:-5] + "0.ics",
        f"https://als.example/calendar/{the_set(bot).id}.é.ics",
        "https://als.example/calendar/",
        "https://als.example/",
    )

    for other in wrong:
        assert (await fetch(web, other))[0] == 404


async def test_it_ends_with_the_set(served):
    bot, web = served
    address = await address_of(bot, "Ben")

    await bot.service.receive(gesture("Ana", Pressed("end_set_sure")))

    assert (await fetch(web, address))[0] == 404


async def test_without_a_server_no_address_is_said(bot):
    await found(bot.service, "Ana", "Ben")
    form = Submitted("schedule", (("when", "2027-04-12T18:00"),))
    await bot.service.receive(gesture("Ana", form))

    answer = await bot.service.receive(gesture("Ben", Typed("calendar")))

    assert len(answer.told) == 1
    assert len(answer.files) == 1


async def test_a_server_that_is_not_open_has_no_address():
    web = Web("127.0.0.1", 0)

    assert web.address == ""
    await web.stop()


# --- what the process opens -----------------------------------------------------------------------


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def settings(**given: object) -> Settings:
    """Settings as the environment would give them."""
    return Settings.model_validate({"ALS_HTTP_HOST": "127.0.0.1", **given})


async def test_with_an_address_and_a_port_the_feed_is_reachable(bot):
    port = free_port()
    given = settings(ALS_HTTP_PORT=port, ALS_PUBLIC_URL="https://als.example")

    web = await _reachable(given, bot, [])

    assert web is not None
    assert web.address == f"http://127.0.0.1:{port}"
    assert (await fetch(web, "https://als.example/calendar/x.y.ics"))[0] == 404
    with pytest.raises(CannotStart, match="is taken"):
        await _reachable(given, bot, [])
    await web.stop()


async def test_without_a_port_or_anything_to_serve_none_is_opened(bot):
    assert await _reachable(settings(ALS_PUBLIC_URL="https://als.example"), bot, []) is None
    assert await _reachable(settings(ALS_HTTP_PORT=free_port()), bot, []) is None
