"""Bad input about time, case by case: days that are none, hours that come twice or never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.app.bot import Bot
from bot.core.decision import Refusal
from bot.core.input import understanding
from bot.core.learning_set.actions import reminders
from bot.core.learning_set.place import Room
from bot.core.signals import Caller, Submitted
from bot.core.walltime import days_later, instant, local
from bot.runtime import dates
from bot.runtime.ports.incoming import Answer
from tests.runtime.people import action, found, founding, gesture, the_set

NOW = datetime(2027, 1, 20, 12, tzinfo=UTC)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def keep(bot: Bot, due: str) -> Answer:
    return await bot.service.receive(gesture("Ana", action("Talk to Mia", due=due)))


def read(typed: str) -> str | None:
    return dates.read_date(typed, local(NOW, "Europe/London"))


async def test_february(bot: Bot):
    await found(bot.service, "Ana", "Ben")

    assert read("29 February 2028") == "2028-02-29"
    assert read("29 February 2027") is None
    assert (await keep(bot, "29 February 2028")).refusal is None
    refused = await keep(bot, "29 February 2027")

    assert refused.refusal is not None
    assert refused.refusal.field == "due"
    assert [a.due.date().isoformat() for a in the_set(bot).actions] == ["2028-02-29"]
    assert days_later(wall("2028-02-29T18:00"), 365) == wall("2029-02-28T18:00")


async def test_31st_of_a_short_month(bot: Bot):
    await found(bot.service, "Ana", "Ben")

    assert read("31 April") is None
    refused = await keep(bot, "31 April 2027")

    assert refused.refusal is not None
    assert refused.refusal.sentence.endswith(".")
    assert the_set(bot).actions == ()
    assert days_later(wall("2027-03-31T18:00"), 30) == wall("2027-04-30T18:00")


def test_missing_hour():
    missing = wall("2027-03-28T01:30")

    at = instant(missing, "Europe/London")

    assert at == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert local(at, "Europe/London") == wall("2027-03-28T02:00")


def test_repeated_hour():
    twice = wall("2027-10-31T01:30")

    at = instant(twice, "Europe/London")

    assert at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert local(at + timedelta(hours=1), "Europe/London") == twice


def test_minute_shift_lord_howe():
    zone = "Australia/Lord_Howe"
    gap = wall("2027-10-03T02:15")

    assert local(instant(gap, zone), zone) == wall("2027-10-03T02:30")
    assert instant(wall("2027-04-04T01:45"), zone) == datetime(2027, 4, 3, 14, 45, tzinfo=UTC)


def test_skipped_day_apia_2011():
    zone = "Pacific/Apia"
    never = wall("2011-12-30T18:00")

    at = instant(never, zone)

    assert local(at, zone) == wall("2011-12-31T00:00")
    assert instant(wall("2011-12-31T18:00"), zone) - instant(
        wall("2011-12-29T18:00"), zone
    ) == timedelta(days=1)


@pytest.mark.parametrize(
    "zone", ["Mars/Phobos", "../etc/passwd", "Europe/Londn", "GMT+25", "\0", ""]
)
async def test_unknown_zone(bot: Bot, zone: str):
    answer = await bot.service.receive(gesture("Ana", founding(zone=zone)))

    assert answer.refusal is not None
    assert answer.refusal.field == "zone"
    stranger = Caller("ben", "Ben", zone)
    await found(bot.service, "Ana")
    understood = understanding.understand(Room(the_set(bot)), stranger, Submitted("bid", ()))
    assert isinstance(understood, Refusal)


async def test_zone_rule_changed_after_planning(bot: Bot, monkeypatch):
    """A meeting is kept as local time: when a country moves its clocks, the meeting moves along."""
    await found(bot.service, "Ana", "Ben")
    planned = Submitted("schedule", (("when", "2027-04-05T18:00"),))
    assert (await bot.service.receive(gesture("Ana", planned))).refusal is None
    state = the_set(bot)
    (meeting,) = state.planned()
    before = state.starts_at(meeting)
    prompts = {d.what: d.at for d in reminders.deadlines(state)}

    # The country decides to stay on winter time.
    monkeypatch.setattr("bot.core.walltime.ZoneInfo", lambda name: ZoneInfo("Etc/GMT"))

    assert state.starts_at(meeting) == before + timedelta(hours=1)
    after = {d.what: d.at for d in reminders.deadlines(the_set(bot))}
    assert after["start"] == prompts["start"] + timedelta(hours=1)
    assert meeting.wall == wall("2027-04-05T18:00")


@pytest.mark.parametrize("due", ["2027-02-28", "1 January 1970", "0001-01-01"])
async def test_date_in_the_past(bot: Bot, due: str):
    await found(bot.service, "Ana", "Ben")

    refused = await keep(bot, due)

    assert refused.refusal is not None
    assert refused.refusal.field == "due"
    assert the_set(bot).actions == ()


@pytest.mark.parametrize("due", ["2127-03-01", "9999-12-31", "1 March 2127", "in 100 years"])
async def test_date_in_100_years(bot: Bot, due: str):
    await found(bot.service, "Ana", "Ben")

    refused = await keep(bot, due)

    assert refused.refusal is not None
    assert refused.refusal.field == "due"
    assert the_set(bot).actions == ()
