"""A year of one set: every message the right one, at the right local time, to the right people, once.

`make golden` writes the transcript anew, to be read as a diff.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.app.opening import open_database
from bot.core.signals import Pressed, Submitted, Typed
from bot.core.walltime import instant, local
from bot.runtime.clock import MovableClock
from bot.runtime.ports.outgoing import Outgoing
from bot.runtime.store.database import Database
from bot.runtime.vault import new_master_key
from tests.runtime.people import founding, gesture, press, running, the_set

GOLDEN = Path(__file__).parent / "golden" / "year.txt"
LONDON = "Europe/London"
ZONES = {"Priya": "Asia/Kolkata", "Noa": "America/New_York"}
FOUNDERS = ("Ana", "Ben", "Priya", "Noa", "Eve")
FIRST = datetime.fromisoformat("2027-01-11T18:00")
MEETINGS = tuple(FIRST + timedelta(days=42 * n) for n in range(9))
AWAY = MEETINGS[5]
"""The meeting that nobody was called to: the bot is away from the day after the one before it."""

KEY = new_master_key()
OF_A_MEETING = ("board", "phase", "words", "result")


@dataclass(frozen=True, slots=True)
class Sent:
    """One message: when, to whom (empty: the set's place), and what it says first."""

    at: datetime
    to: str
    title: str
    kind: str


@dataclass
class Recorder(MemoryPlatform):
    """A platform that notes when what was posted."""

    clock: MovableClock = field(default_factory=lambda: MovableClock(instant(FIRST, LONDON)))
    sent: list[Sent] = field(default_factory=list)

    async def post(self, out: Outgoing) -> str:
        ref = await super().post(out)
        card = out.card
        assert card is not None
        kind = "thread" if out.destination.parent else "said"
        self.sent.append(Sent(self.clock.now(), out.destination.person, card.title, kind))
        return ref


class Year:
    """A set that lives through a year."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "als.db"
        begins = instant(FIRST - timedelta(days=9), LONDON)
        self.clock = MovableClock(begins, seed=7)
        self.platform = Recorder(clock=self.clock)
        open_database(f"sqlite:///{self.path}", begins).close()
        self.bot = self._start()

    def _start(self) -> Bot:
        database = Database(f"sqlite:///{self.path}")
        platforms = {"demo": self.platform}
        return Bot(database, [KEY], self.clock, platforms, grace=0, threaded=False)

    async def until(self, wall: datetime) -> None:
        """Time passes in London, every deadline at its own moment."""
        await self.bot.move_to(instant(wall, LONDON))

    async def away_until(self, wall: datetime) -> None:
        """The bot is off, and is started again then."""
        self.bot.close()
        self.clock.move_to(instant(wall, LONDON))
        self.bot = self._start()
        await self.bot.settle()

    async def does(self, who: str, signal: Pressed | Submitted | Typed) -> None:
        made = gesture(who, signal)
        zone = ZONES.get(who, LONDON)
        answer = await self.bot.service.receive(replace(made, who=replace(made.who, zone=zone)))
        assert answer.refusal is None, (who, signal, answer.refusal)
        await self.bot.settle()

    async def joins(self, who: str) -> None:
        await self.does(who, Pressed("agree"))

    async def meets(self, presenter: str, action: str) -> None:
        """The meeting whose door is open: everybody comes, one presents and plans one thing."""
        for member in the_set(self.bot).present_members:
            await press(self.bot, member.name, "here")
        await self.to("bids", presenter)
        bid = (("title", f"An issue of {presenter}"), ("why", ""), ("urgency", "2"))
        await self.does(presenter, Submitted("bid", bid, step=running(self.bot).at))
        await self.to("action_plan", presenter)
        plan = {"what": action, "due": "", "how": "", "helper": "", "visibility": "set"}
        fields = tuple(plan.items())
        here = running(self.bot).at
        await self.does(presenter, Submitted("action", fields, step=here, value="plan"))
        await self.to("close", presenter)
        await press(self.bot, "Ana", "close_meeting")
        await self.bot.settle()

    async def to(self, phase: str, presenter: str) -> None:
        """On by the facilitator, whatever happens in between."""
        for _ in range(30):
            if running(self.bot).step.phase == phase:
                return
            self.clock.move_by(timedelta(seconds=5))
            action = "begin" if running(self.bot).at == 0 else "next"
            await press(self.bot, "Ana", action)
            await self.bot.settle()
        raise AssertionError(f"the meeting never came to {phase}")


async def a_year(folder: Path) -> list[Sent]:
    """Eight meetings over both clock changes; one joins, one leaves, six weeks without the bot."""
    year = Year(folder)
    await year.does("Ana", founding("led"))
    for who in FOUNDERS:
        await year.joins(who)
    when = f"{FIRST:%Y-%m-%d %H:%M}"
    await year.does("Ana", Submitted("schedule", (("when", when), ("where", "Room 2"))))
    presenters = iter(("Ben", "Priya", "Noa", "Eve", "Ben", "Farid", "Noa", "Farid"))
    for number, wall in enumerate(MEETINGS):
        if wall == AWAY:
            await year.until(MEETINGS[4] + timedelta(days=1))
            await year.away_until(AWAY + timedelta(days=1))
            continue
        await year.until(wall - timedelta(days=2, hours=1))
        await year.does("Ben", Pressed("coming", value=the_set(year.bot).planned()[0].id))
        if number == 3:
            await year.joins("Farid")
        await year.until(wall + timedelta(minutes=1))
        presenter = next(presenters)
        await year.meets(presenter, f"What {presenter} will do")
        if number == 6:
            await year.does("Eve", Pressed("leave_set", value="set"))
    await year.until(MEETINGS[-1] + timedelta(days=20))
    year.bot.close()
    return year.platform.sent


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> list[Sent]:
    """Everything the bot said in the year."""
    import asyncio

    return asyncio.run(a_year(tmp_path_factory.mktemp("year")))


def transcript(sent: list[Sent]) -> str:
    """What was said between the meetings, in London's time and, where it differs, the reader's."""
    lines = []
    for m in sent:
        if m.kind == "thread":
            continue
        zone = ZONES.get(m.to.capitalize(), LONDON)
        there = f" ({local(m.at, zone):%a %H:%M} there)" if zone != LONDON else ""
        to = f"to {m.to.capitalize()}" if m.to else "#aurora"
        lines.append(f"{local(m.at, LONDON):%a %Y-%m-%d %H:%M} {to}{there}: {m.title}")
    return "\n".join(lines) + "\n"


def test_the_year_reads_as_it_did(sent: list[Sent], request: pytest.FixtureRequest) -> None:
    reads = transcript(sent)
    if request.config.getoption("--snapshot-update"):
        GOLDEN.write_text(reads, encoding="utf-8")

    assert reads.splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines()


def held() -> tuple[datetime, ...]:
    """The meetings that people came to."""
    return tuple(wall for wall in MEETINGS if wall != AWAY)


def walls(sent: list[Sent], title: str) -> list[datetime]:
    """When, in London, that was said in the set's place."""
    shown = (local(m.at, LONDON) for m in sent if not m.to and m.title == title)
    return [wall.replace(second=0, microsecond=0) for wall in shown]


@pytest.mark.parametrize(
    ("title", "before"),
    [
        ("Aurora meets in a week", timedelta(days=7)),
        ("Aurora meets tomorrow", timedelta(days=1)),
        ("Aurora meets soon", timedelta(minutes=15)),
        ("Aurora meets now", timedelta(0)),
    ],
)
def test_every_prompt_comes_at_the_same_local_time_all_year(
    sent: list[Sent], title: str, before: timedelta
) -> None:
    assert walls(sent, title) == [wall - before for wall in held()]


def test_what_was_missed_is_told_in_one_message_for_each_reader(sent: list[Sent]) -> None:
    back = instant(AWAY + timedelta(days=1), LONDON)
    late = Counter(m.to for m in sent if back <= m.at < back + timedelta(minutes=5))

    assert set(late.values()) == {1}
    during = [m for m in sent if instant(MEETINGS[4] + timedelta(days=1), LONDON) < m.at < back]
    assert during == []


def test_nobody_is_written_to_in_their_quiet_hours_or_twice_a_day(sent: list[Sent]) -> None:
    reminders = [m for m in sent if m.to and m.title in REMINDERS]

    assert len(reminders) >= 15
    days = Counter()
    for m in reminders:
        there = local(m.at, ZONES.get(m.to.capitalize(), LONDON))
        assert time(8) <= there.time() < time(20), m
        days[(m.to, there.date())] += 1
    assert set(days.values()) == {1}


REMINDERS = ("Is this still what you meant?", "What you chose to do")


def test_each_action_is_reminded_of_at_most_four_times(sent: list[Sent]) -> None:
    of = Counter(m.to for m in sent if m.title in REMINDERS)

    assert of["ben"] <= 8
    assert of["eve"] <= 4
    assert "ana" not in of


def test_who_has_left_hears_no_more_and_who_came_later_was_not_asked_before(
    sent: list[Sent],
) -> None:
    left = next(m.at for m in sent if m.title == "Eve has left Aurora")
    came = next(m.at for m in sent if m.to == "farid")

    assert not [m for m in sent if m.to == "eve" and m.at > left]
    assert came == next(m.at for m in sent if m.title == "Farid has joined Aurora")


def test_nothing_is_said_twice(sent: list[Sent]) -> None:
    said = Counter((m.at, m.to, m.title) for m in sent if m.kind == "said")

    assert {key: n for key, n in said.items() if n > 1} == {}
