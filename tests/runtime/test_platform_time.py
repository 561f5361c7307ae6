"""What time it is on a platform: learned from its answers, kept with each claim, asked by it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, TraceConfig, web
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.meeting import posts
from bot.runtime.clock import MovableClock
from bot.runtime.delivery.platform_time import WIDE, PlatformClock, Skews
from bot.runtime.ports.outgoing import Absent, Found, LookedUp, Outgoing, Refused, Trouble, Unknown
from bot.runtime.store.database import Database
from bot.runtime.store.tables.messages import outbox
from bot.runtime.store.upkeep import backup
from bot.runtime.store.upkeep.migrating import upgrade
from tests.runtime.conftest import KEY, MONDAY
from tests.runtime.people import begin, found, press, running

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


# --- a clock that is learned ---


async def told_at(clock: PlatformClock, told: datetime, *, ago: float = 0.0, trip: float = 0.1):
    """An answer of that time, some seconds ago."""
    answered = asyncio.get_running_loop().time() - ago
    clock.heard(told, answered - trip, answered)


def close(found: datetime | None, to: datetime) -> bool:
    return found is not None and abs((found - to).total_seconds()) < 60


async def test_one_answer_tells_the_time_and_it_goes_on_from_there():
    clock = PlatformClock()
    assert clock.now() is None

    await told_at(clock, NOON, ago=600)

    assert close(clock.now(), NOON + timedelta(minutes=10))


async def test_after_two_quiet_days_it_allows_for_what_the_clocks_may_have_parted():
    clock = PlatformClock()
    days = timedelta(days=2).total_seconds()

    await told_at(clock, NOON - timedelta(days=2), ago=days)

    now = clock.now()
    assert now is not None
    assert timedelta(minutes=5) < NOON - now < timedelta(minutes=6)
    await told_at(clock, NOON)
    assert close(clock.now(), NOON)


async def test_one_odd_answer_changes_nothing_and_two_that_agree_do():
    clock = PlatformClock()
    await told_at(clock, NOON)

    await told_at(clock, NOON + timedelta(hours=3))
    assert close(clock.now(), NOON)
    await told_at(clock, NOON)
    await told_at(clock, NOON + timedelta(hours=3))
    assert close(clock.now(), NOON)

    await told_at(clock, NOON + timedelta(hours=3))
    assert close(clock.now(), NOON + timedelta(hours=3))


async def test_in_doubt_it_is_the_earlier_so_that_nothing_is_overlooked():
    clock = PlatformClock()
    await told_at(clock, NOON)

    await told_at(clock, NOON - timedelta(hours=1))

    assert close(clock.now(), NOON - timedelta(hours=1))


@pytest.mark.parametrize(("told", "trip"), [(datetime(1970, 1, 1, tzinfo=UTC), 0.1), (NOON, 11.0)])
async def test_an_answer_that_cannot_tell_is_not_listened_to(told: datetime, trip: float):
    clock = PlatformClock()

    await told_at(clock, told, trip=trip)

    assert clock.now() is None


@pytest.mark.parametrize(
    ("headers", "status", "heard"),
    [
        ({"Date": "Mon, 01 Mar 2027 12:00:00 GMT"}, 200, True),
        ({"Date": "Mon, 01 Mar 2027 12:00:00 GMT"}, 429, True),
        ({"Date": "Mon, 01 Mar 2027 12:00:00 GMT", "Age": "0"}, 200, True),
        ({"Date": "Mon, 01 Mar 2027 12:00:00 GMT", "Age": "90"}, 200, False),
        ({"Date": "Mon, 01 Mar 2027 12:00:00 GMT"}, 502, False),
        ({"Date": "yesterday"}, 200, False),
        ({"Date": ""}, 200, False),
    ],
)
async def test_answers_over_a_socket_tell_the_time(
    headers: dict[str, str], status: int, heard: bool
):
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers)

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    clock = PlatformClock()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with ClientSession(trace_configs=[clock.listen(TraceConfig())]) as session:
        await (await session.get(address)).read()
    await runner.cleanup()

    assert close(clock.now(), NOON) is heard


def test_a_difference_is_said_once_and_again_when_it_has_changed_much():
    skews = Skews()
    with capture_logs() as logs:
        for seconds in (29, 29, 0, 30, 30, 45, 45, 61, 61, 600, 600, 900, 600):
            skews.note("slack", NOON + timedelta(seconds=seconds), NOON)

    said = [(line["log_level"], line["seconds_ahead"]) for line in logs]
    assert said == [("info", 29), ("warning", 61), ("warning", 600)]


# --- a bot whose clock is another than its platform's ---


class Elsewhere(MemoryPlatform):
    """A platform with a clock of its own, whose history is asked by that clock alone."""

    def __init__(self, clock: MovableClock, behind: timedelta) -> None:
        super().__init__()
        self.clock, self.behind = clock, behind
        self.at: dict[str, datetime] = {}
        self.blind = self.mute = False
        self.refuse_for = 0.0
        self.asked: list[datetime] = []

    def time(self) -> datetime | None:
        return None if self.mute else self.there()

    def there(self) -> datetime:
        return self.clock.now() - self.behind

    async def post(self, out: Outgoing) -> str:
        if self.refuse_for:
            wait, self.refuse_for = self.refuse_for, 0.0
            raise Refused(Trouble.WAIT, "ratelimited", wait)
        ref = await super().post(out)
        self.at[ref] = self.there()
        return ref

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        self.asked.append(since)
        if self.blind:
            return Unknown()
        seen = (m for m in self.messages.values() if m.key == out.key and self.at[m.ref] >= since)
        return next((Found(m.ref) for m in seen), Absent())

    def keys(self) -> list[str]:
        """The keys of everything that was ever posted."""
        return [m.key for what, m in self.log if what == "post"]


def bot_on(database, clock: MovableClock, platform: Elsewhere) -> Bot:
    bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0, threaded=False)
    bot.store.restored_at = backup.restored_at(database)
    return bot


async def never(*_: object) -> None:
    """What is sent is not written down, as where the process is killed."""


SKEWS = [timedelta(minutes=m) for m in (10, -3.3, 15, -15)]


@pytest.mark.parametrize("ahead", SKEWS)
@pytest.mark.parametrize("jump", [0, 20])
async def test_killed_before_it_was_settled_it_stands_once(reopen, ahead: timedelta, jump: float):
    clock = MovableClock(MONDAY, seed=1)
    platform = Elsewhere(clock, ahead)
    bot = bot_on(reopen(), clock, platform)
    bot.outbox._sent = never  # type: ignore[assignment,method-assign]
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    posted = platform.keys()
    assert posted
    # The clock is set while the bot is away; the platform's goes on as before.
    clock.move_by(timedelta(minutes=jump))
    platform.behind += timedelta(minutes=jump)

    again = bot_on(reopen(), clock, platform)
    for _ in range(4):
        clock.move_by(timedelta(seconds=61))
        await again.settle()

    assert platform.asked
    assert len(set(platform.keys())) == len(platform.keys())


async def test_where_the_platform_has_told_no_time_the_look_up_is_wide(reopen):
    clock = MovableClock(MONDAY, seed=1)
    platform = Elsewhere(clock, timedelta(minutes=10))
    platform.mute = True
    bot = bot_on(reopen(), clock, platform)
    bot.outbox._sent = never  # type: ignore[assignment,method-assign]
    await found(bot.service, "Ana", "Ben")
    await bot.settle()

    again = bot_on(reopen(), clock, platform)
    for _ in range(4):
        clock.move_by(timedelta(seconds=61))
        await again.settle()

    assert set(platform.asked) == {MONDAY - WIDE}
    assert len(set(platform.keys())) == len(platform.keys())


class Jumping(MovableClock):
    """A wall clock that jumps; its steady one does not."""

    jumped = 0.0

    def steady(self) -> float:
        return super().steady() - self.jumped

    def jump(self, length: timedelta) -> None:
        self.move_by(length)
        self.jumped += length.total_seconds()


async def test_a_jump_of_the_clock_is_no_reason_to_give_up_looking(reopen):
    clock = Jumping(MONDAY, seed=1)
    platform = Elsewhere(clock, timedelta(0))
    bot = bot_on(reopen(), clock, platform)
    bot.outbox._sent = never  # type: ignore[assignment,method-assign]
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    posted = platform.keys()
    platform.blind = True

    again = bot_on(reopen(), clock, platform)
    clock.jump(timedelta(days=2))
    for _ in range(5):
        clock.move_by(timedelta(seconds=61))
        await again.settle()
    assert platform.asked
    assert platform.keys() == posted

    platform.blind = False
    for _ in range(2):
        clock.move_by(timedelta(seconds=61))
        await again.settle()
    assert platform.keys() == posted


# --- copies ---


@pytest.mark.parametrize("ahead", [timedelta(0), *SKEWS])
async def test_what_waited_when_the_copy_was_made_is_not_said_again(tmp_path: Path, ahead):
    """Given a copy made during a 429 and a post sent 150 s late, when it is put back, it stands once."""
    url = f"sqlite:///{tmp_path / 'als.db'}"
    clock = MovableClock(MONDAY, seed=1)
    platform = Elsewhere(clock, ahead)
    database = Database(url)
    upgrade(database, MONDAY)
    bot = bot_on(database, clock, platform)
    platform.refuse_for = 150.0
    await begin(bot, "Ana", "Ben")
    await bot.settle()
    copy, _ = backup.make(database, bot.vault, clock.now(), tmp_path / "backups")
    before = len(platform.keys())
    clock.move_by(timedelta(seconds=151))
    await bot.settle()
    assert len(platform.keys()) > before
    clock.move_by(timedelta(minutes=30))
    database.close()

    backup.restore(copy, tmp_path / "als.db", bot.vault, clock.now())
    restored = Database(url)
    assert backup.settle_copy(restored, clock.now())
    again = bot_on(restored, clock, platform)
    for _ in range(4):
        clock.move_by(timedelta(seconds=61))
        await again.settle()

    assert platform.asked
    assert len(set(platform.keys())) == len(platform.keys())
    restored.close()


async def test_what_a_meeting_says_again_after_a_restore_becomes_the_message_that_stands(
    tmp_path: Path,
):
    """Given a copy of a running meeting that went on, when it goes on once more, nothing stands twice."""
    url = f"sqlite:///{tmp_path / 'als.db'}"
    clock = MovableClock(MONDAY, seed=1)
    platform = Elsewhere(clock, timedelta(0))
    database = Database(url)
    upgrade(database, MONDAY)
    bot = bot_on(database, clock, platform)
    await begin(bot, "Ana", "Ben", "Chidi", facilitation="led")
    await bot.settle()
    copy, _ = backup.make(database, bot.vault, clock.now(), tmp_path / "backups")
    before = len(platform.keys())
    clock.move_by(timedelta(minutes=1))
    await press(bot, "Ana", "next")
    await bot.settle()
    said = len(platform.keys())
    assert said > before
    database.close()
    clock.move_by(timedelta(minutes=1))

    backup.restore(copy, tmp_path / "als.db", bot.vault, clock.now())
    restored = Database(url)
    assert backup.settle_copy(restored, clock.now())
    again = bot_on(restored, clock, platform)
    clock.move_by(timedelta(minutes=1))
    await press(again, "Ana", "next")
    await again.settle()

    assert len(platform.keys()) == said
    truth = {post.card.title: post.card for post in posts.posts(running(again))}
    standing = {m.card.title: m.card for m in platform.messages.values() if m.card is not None}
    assert {title: truth.get(title, card) for title, card in standing.items()} == standing
    restored.close()


async def test_what_a_faster_clock_sent_before_its_time_is_looked_up_after_a_restore(
    tmp_path: Path,
):
    """Given a copy put back on a machine whose clock is right, where the old one was 10 minutes ahead."""
    url = f"sqlite:///{tmp_path / 'als.db'}"
    clock = MovableClock(MONDAY, seed=1)
    platform = Elsewhere(clock, timedelta(minutes=10))
    database = Database(url)
    upgrade(database, MONDAY)
    bot = bot_on(database, clock, platform)
    platform.refuse_for = 150.0
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    copy, _ = backup.make(database, bot.vault, clock.now(), tmp_path / "backups")
    clock.move_by(timedelta(seconds=151))
    await bot.settle()
    posted = platform.keys()
    assert posted
    right = MovableClock(clock.now() - timedelta(minutes=10), seed=2)
    platform.clock, platform.behind = right, timedelta(0)
    database.close()

    backup.restore(copy, tmp_path / "als.db", bot.vault, right.now())
    restored = Database(url)
    assert backup.settle_copy(restored, right.now())
    with restored.read() as connection:
        states = set(connection.execute(select(outbox.c.state)).scalars())
    assert "unsure" in states
    assert "due" not in states
    again = bot_on(restored, right, platform)
    for _ in range(15):
        right.move_by(timedelta(seconds=61))
        await again.settle()

    assert platform.keys() == posted
    restored.close()


async def test_where_the_look_up_sees_nothing_it_says_so_after_a_day(tmp_path: Path):
    """Given no way to look after a restore, when a day has passed, then it is sent and marked."""
    url = f"sqlite:///{tmp_path / 'als.db'}"
    clock = MovableClock(MONDAY, seed=1)
    platform = Elsewhere(clock, timedelta(0))
    database = Database(url)
    upgrade(database, MONDAY)
    bot = bot_on(database, clock, platform)
    platform.refuse_for = 150.0
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    posted = platform.keys()
    copy, _ = backup.make(database, bot.vault, clock.now(), tmp_path / "backups")
    clock.move_by(timedelta(days=2))
    database.close()
    backup.restore(copy, tmp_path / "als.db", bot.vault, clock.now())
    restored = Database(url)
    assert backup.settle_copy(restored, clock.now())
    with restored.read() as connection:
        held = set(
            connection.execute(select(outbox.c.seq).where(outbox.c.state == "unsure")).scalars()
        )
    assert held
    platform.blind = True

    again = bot_on(restored, clock, platform)
    for _ in range(23):
        clock.move_by(timedelta(hours=1))
        await again.settle()
    assert platform.asked
    assert [m for what, m in platform.log[len(posted) :] if m.key in posted] == []
    with restored.read() as connection:
        waits = select(outbox.c.seq).where(outbox.c.state == "unsure", outbox.c.seq.in_(held))
        assert set(connection.execute(waits).scalars()) == held
    for _ in range(2):
        clock.move_by(timedelta(hours=1))
        await again.settle()

    with restored.read() as connection:
        rows = select(outbox.c.state, outbox.c.again).where(outbox.c.seq.in_(held))
        assert {tuple(row) for row in connection.execute(rows)} == {("sent", True)}
    restored.close()
