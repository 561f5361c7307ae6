"""Keeping platforms connected: one that fails is started again, and leaves the others alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.runtime.clock import MovableClock
from bot.runtime.ports.platform import CannotConnect, CannotReach
from bot.runtime.process.keeping import (
    LONGEST_PAUSE,
    REFUSED_PAUSE,
    SAID_AGAIN,
    SETTLED_AFTER,
    Keeper,
    Pauses,
    Sparing,
    spell,
)

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


class Scripted:
    """A platform whose starts, and the lives after them, go as written; the last goes on for ever."""

    outbound: Any = None

    def __init__(self, name: str, *starts: Exception | None, ends: Exception | None = None) -> None:
        self.name = name
        self.tell: Callable[[str, bool], None] = lambda sentence, well: None
        self._starts, self._ends = list(starts), ends
        self.started = self.hung_up = self.stopped = 0
        self.up = asyncio.Event()

    async def start(self) -> str:
        self.started += 1
        trouble = self._starts.pop(0) if self._starts else None
        if trouble is not None:
            raise trouble
        self.up.set()
        return f"{self.name}: connected."

    async def ended(self) -> None:
        ends, self._ends = self._ends, None
        if ends is not None:
            raise ends
        await asyncio.Event().wait()

    async def hang_up(self) -> None:
        self.hung_up += 1

    async def stop(self) -> None:
        self.stopped += 1


class Bench:
    """A keeper on a clock that jumps over each pause, and what it said."""

    def __init__(self, *platforms: Scripted, most: int = 50) -> None:
        self.clock = MovableClock(NOON, seed=1)
        self.said: list[str] = []
        self.pauses: list[float] = []
        self._most = most
        self.enough = asyncio.Event()
        self.keeper = Keeper(platforms, self.clock, self.said.append, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) >= self._most:
            self.enough.set()
            await asyncio.Event().wait()
        self.clock.move_by(timedelta(seconds=seconds))
        await asyncio.sleep(0)


async def test_one_that_is_away_is_tried_less_and_less_often_while_the_other_goes_on() -> None:
    """Given Slack away for twelve tries, when it comes back, then it is connected; Discord never stopped."""
    slack = Scripted("slack", *[CannotReach("its address refuses me") for _ in range(12)])
    discord = Scripted("discord")
    bench = Bench(slack, discord)

    bench.keeper.start()
    await slack.up.wait()
    await bench.keeper.stop()

    assert (discord.started, discord.hung_up) == (1, 0)
    assert slack.started == 13
    whole = [min(2.0**n, LONGEST_PAUSE) for n in range(12)]
    assert all(0.75 * w <= p <= 1.25 * w for p, w in zip(bench.pauses, whole, strict=True))
    assert len({round(p / w, 3) for p, w in zip(bench.pauses, whole, strict=True)}) > 6, "spread"
    assert bench.said.count("slack: connected.") == 1


async def test_the_trouble_is_said_once_in_a_sentence_with_what_comes_next() -> None:
    slack = Scripted("slack", *[CannotReach("its address refuses me") for _ in range(10)])
    bench = Bench(slack)

    bench.keeper.start()
    await slack.up.wait()
    await bench.keeper.stop()

    [trouble, well] = bench.said
    assert trouble.startswith(
        "Slack is not connected: its address refuses me. I try again in 1 second,"
    )
    assert well == "slack: connected."


def test_the_same_trouble_is_said_again_after_a_while_and_another_one_at_once() -> None:
    now, said = [0.0], list[str]()
    sparing = Sparing(said.append, lambda: now[0])
    for at in (0.0, 60.0, SAID_AGAIN - 1, SAID_AGAIN, SAID_AGAIN + 60):
        now[0] = at
        sparing.trouble("slack", "refused", f"refused at {at:.0f}")
    sparing.trouble("slack", "silent", "silent")
    sparing.trouble("discord", "silent", "another's")
    assert said == ["refused at 0", "refused at 900", "silent", "another's"]


async def test_whatever_goes_wrong_with_one_is_a_reason_to_start_it_again() -> None:
    odd = Scripted("odd", KeyError("what somebody wrote"), ends=ValueError("what somebody wrote"))
    bench = Bench(odd, most=3)

    bench.keeper.start()
    async with asyncio.timeout(60):
        while odd.started < 3:  # noqa: ASYNC110
            await asyncio.sleep(0)
    await bench.keeper.stop()

    assert odd.hung_up == 2, "each life is tidied up before the next"
    assert odd.stopped == 1
    assert "something went wrong on my side (KeyError)" in bench.said[0]
    assert "what somebody wrote" not in "".join(bench.said)


async def test_a_connection_that_held_for_a_minute_begins_the_count_anew() -> None:
    pauses = Pauses(lambda: "8000" + "0" * 28)
    grown = [pauses.next() for _ in range(5)]
    assert grown == sorted(grown)
    pauses.begin_again()
    assert pauses.next() == grown[0]
    assert pauses.next(at_least=300.0) == 300.0, "as the platform asks"
    assert SETTLED_AFTER >= LONGEST_PAUSE


async def test_one_that_will_not_have_us_is_said_once_and_asked_again_after_an_hour() -> None:
    """Given a refused Discord beside a Slack that works, then Slack goes on, and nobody is hammered."""
    refused = Scripted("discord", *[CannotConnect("Discord refuses the token.")] * 5)
    bench = Bench(refused, Scripted("slack"), most=3)

    bench.keeper.start()
    await bench.enough.wait()
    await bench.keeper.stop()

    assert bench.pauses == [REFUSED_PAUSE] * 3
    assert not bench.keeper.hopeless.done()
    told = [said for said in bench.said if "refuses the token" in said]
    assert told[0] == (
        "Discord refuses the token. I ask again in 1 hour; starting me again asks at once."
    )


async def test_where_nobody_will_have_us_there_is_no_hope() -> None:
    bench = Bench(
        Scripted("slack", CannotConnect("Slack says no.")),
        Scripted("discord", CannotConnect("Discord says no.")),
    )
    bench.keeper.start()
    async with asyncio.timeout(60):
        why = await bench.keeper.hopeless
    await bench.keeper.stop()
    assert sorted(why.splitlines()) == ["Discord says no.", "Slack says no."]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 second"), (8.4, "8 seconds"), (60, "1 minute"), (3600, "1 hour"), (7300, "2 hours")],
)
def test_lengths_are_said_as_one_says_them(seconds: float, words: str) -> None:
    assert spell(seconds) == words
