"""Limits: how fast one person may type, and nobody delayed by a noisy neighbour."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.signals import Pressed, Typed
from bot.runtime.ports.incoming import Answer
from bot.runtime.rate_limit import FairLine, Manners, Patience
from bot.runtime.writer import Job
from tests.runtime.conftest import KEY
from tests.runtime.people import begin, found, gesture, press, running
from tests.runtime.test_writer import Gate


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'als.db'}"


@pytest.fixture
def polite(database, clock):
    manners = Manners(most_typed=5)
    bot = Bot(database, [KEY], clock, {}, grace=0, threaded=False, manners=manners)
    yield bot
    bot.writer.close()


async def type_home(bot: Bot, who: str, **more: str) -> Answer:
    return await bot.service.receive(gesture(who, Typed("home"), **more))


async def test_the_sixth_command_in_ten_seconds_has_to_wait(polite):
    await found(polite.service, "Ana", "Ben")
    for n in range(5):
        assert (await type_home(polite, "Ana", delivery=f"n{n}")).refusal is None

    sixth = await type_home(polite, "Ana")
    again = await type_home(polite, "Ana", delivery="n4")

    assert sixth.refusal is not None
    assert sixth.refusal.sentence == (
        "That was fast. Wait a few seconds and type it again, or use the buttons."
    )
    assert again.refusal is None
    assert (await type_home(polite, "Ben")).refusal is None
    assert (await type_home(polite, "Ana", installation="demo:other")).refusal != sixth.refusal
    assert await polite.service.form(gesture("Ana", Typed("bid"))) == sixth.refusal
    pressed = await polite.service.receive(gesture("Ana", Pressed("show_mine")))
    assert pressed.refusal is None


def test_after_ten_seconds_one_may_type_again():
    now = [0.0]
    patience = Patience(lambda: now[0], 2)
    typed = gesture("Ana", Typed("home"))
    for n in range(2):
        assert patience.refuses(replace(typed, delivery=str(n))) is None
    assert patience.refuses(replace(typed, delivery="2")) is not None

    now[0] = 10.0

    assert patience.refuses(replace(typed, delivery="3")) is None


def test_a_fair_line_gives_each_owner_a_turn_in_order():
    line = FairLine[str]()
    for n in range(5):
        line.add("noisy", f"n{n}")
    line.add("quiet", "q0")
    line.add("quiet", "q1")

    assert line.take(4) == ["n0", "q0", "n1", "q1"]
    assert len(line) == 3
    assert line.take(10) == ["n2", "n3", "n4"]
    assert line.take(10) == []


def test_a_fair_line_gives_no_more_than_was_asked_for_however_many_wait():
    line = FairLine[str]()
    for owner in ("a", "b", "c"):
        line.add(owner, f"{owner}0")

    assert line.take(2) == ["a0", "b0"]
    assert line.take(2) == ["c0"]


def test_what_has_no_delivery_id_is_no_repeat_of_anything():
    patience = Patience(lambda: 0.0, 2)
    typed = gesture("Ana", Typed("home"), delivery="")

    assert [patience.refuses(typed) is None for _ in range(3)] == [True, True, False]


async def test_a_noisy_workspace_delays_itself_alone(database, clock):
    bot = Bot(database, [KEY], clock, {}, grace=0)
    gate = Gate(bot)
    done: list[str] = []

    def job(owner: str) -> Job:
        return Job(lambda unit: done.append(owner), installation=owner)

    noisy = [bot.writer.submit(job("demo:noisy")) for _ in range(600)]
    quiet = [bot.writer.submit(job("demo:quiet")) for _ in range(10)]
    gate.open()
    await asyncio.gather(*map(asyncio.wrap_future, (*noisy, *quiet)))
    bot.writer.close()

    last_quiet = max(n for n, owner in enumerate(done) if owner == "demo:quiet")
    assert len(done) == 610
    assert last_quiet < 40


class Restless(MemoryPlatform):
    """Somebody reacts while each recount is under way."""

    asked = 0
    react_more: Callable[[str], object] = staticmethod(lambda ref: None)

    async def reactions(self, installation, ref):
        self.asked += 1
        self.react_more(ref)
        return await MemoryPlatform.reactions(self, installation, ref)


async def stormed(bot: Bot, platform: Restless, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The rests between recounts where somebody reacts during each of them."""
    rests: list[float] = []

    async def rest(seconds: float) -> None:
        rests.append(seconds)

    monkeypatch.setattr("bot.runtime.road.recount.asyncio.sleep", rest)
    await begin(bot, "Ana", "Ben")
    await bot.settle()
    session = running(bot)
    platform.react_more = lambda ref: bot.service._heard.update([ref])
    rests.clear()

    await bot.service.recounts.recount(session.slot("board"), session.set_id)
    return rests


async def test_a_storm_of_reactions_is_recounted_once_in_two_seconds(database, clock, monkeypatch):
    platform = Restless()
    manners = Manners(recount_rest=2.0)
    demo = {"demo": platform}
    bot = Bot(database, [KEY], clock, demo, grace=0, threaded=False, manners=manners)

    rests = await stormed(bot, platform, monkeypatch)

    assert platform.asked == 5
    assert rests == [2.0] * 4
    assert await press(bot, "Ana", "more")
    bot.writer.close()


async def test_nothing_rests_or_is_refused_where_no_manners_are_set(database, clock, monkeypatch):
    platform = Restless()
    bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0, threaded=False)

    assert set(await stormed(bot, platform, monkeypatch)) <= {0.0}
    assert [(await type_home(bot, "Ana")).refusal for _ in range(9)] == [None] * 9
    bot.writer.close()


def test_what_is_known_of_who_types_does_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr("bot.runtime.rate_limit.MOST_KNOWN", 2)
    patience = Patience(lambda: 0.0, 1)
    assert all(patience.refuses(gesture(who, Typed("home"))) is None for who in ("Ana", "Ben"))
    assert patience.refuses(gesture("Ana", Typed("home"))) is not None

    assert patience.refuses(gesture("Chidi", Typed("home"))) is None

    assert patience.refuses(gesture("Ana", Typed("home"))) is None


def test_a_press_is_not_counted_and_nothing_is_where_no_limit_is_set():
    patience, free = Patience(lambda: 0.0, 1), Patience(lambda: 0.0, 0)

    assert all(patience.refuses(gesture("Ana", Pressed("here"))) is None for _ in range(3))
    assert all(free.refuses(gesture("Ana", Typed("home"))) is None for _ in range(3))
