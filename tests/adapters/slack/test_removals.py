"""The app is taken away, or said to be: nothing is dropped before Slack itself has confirmed it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from bot.adapters.slack.connect import Slack as Adapter
from bot.core.cards import Card
from bot.core.person.retention import Data, span
from bot.runtime.installs import Installs
from bot.runtime.ports.outgoing import Destination, NotSent, Op, Outgoing, Refused
from tests.adapters.slack.doors import Browser, many_workspaces
from tests.adapters.slack.harness import PLACE, Machine, Running, removed, standing
from tests.standins.slack import Slack
from tests.standins.slack_deliver import event_envelope
from tests.standins.slack_world import BOT, BOT_TOKEN

UNINSTALLED = {"type": "app_uninstalled"}
REVOKED = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT]}}


@pytest.fixture
def mode() -> str:
    return "socket"


def envelope(
    slack: Slack, event: dict[str, Any], *, ago: timedelta = timedelta()
) -> dict[str, Any]:
    """An event as Slack sends it, of so long ago."""
    at = slack.world.clock() - ago.total_seconds()
    made = event_envelope(slack.world, {**event, "event_ts": f"{at:.6f}"})
    return {**made, "event_time": int(at)}


async def hears(running: Running, slack: Slack, told: dict[str, Any]) -> None:
    """One delivery, answered."""
    before = len(slack.delivery.unacknowledged)
    await slack.delivery.deliver(told)
    assert len(slack.delivery.unacknowledged) == before


async def asked(slack: Slack, times: int) -> None:
    """Wait until the bot has asked that often whose its token is."""
    async with asyncio.timeout(60):
        while len(slack.calls("auth.test")) < times:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@asynccontextmanager
async def installed(machine: Machine, running: Running) -> AsyncIterator[tuple[Adapter, Browser]]:
    """The bot of several workspaces, added to one of them by signed HTTP."""
    async with many_workspaces(machine, running) as adapter:
        browser = Browser(adapter)
        assert await browser.comes_back(await browser.begins()) == 200
        yield adapter, browser


async def answers(slack: Slack) -> None:
    """The bot hears and answers."""
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    await ana.types("/als home", room)
    await ana.sees("There is no set here yet", in_=room)


@pytest.mark.parametrize("event", [UNINSTALLED, REVOKED], ids=lambda e: e["type"])
async def test_a_removal_from_before_the_installation_is_nothing(
    machine: Machine, slack: Slack, event: dict[str, Any]
) -> None:
    """Given an app that was installed again, when the old removal comes late, then all goes on."""
    async with machine.running() as running, installed(machine, running):
        calls = len(slack.calls("auth.test"))
        await hears(running, slack, envelope(slack, event, ago=timedelta(hours=1)))
        await answers(slack)
        assert standing(running.bot) == ("active", True)
        assert len(slack.calls("auth.test")) == calls, "old news is not even asked about"


@pytest.mark.parametrize("event", [UNINSTALLED, REVOKED], ids=lambda e: e["type"])
async def test_a_removal_played_again_after_the_app_came_back_is_nothing(
    machine: Machine, slack: Slack, event: dict[str, Any]
) -> None:
    """Given a removal that was true, when it is told again after a reinstall, then it is nothing."""
    async with machine.running() as running, installed(machine, running) as (_, browser):
        told = envelope(slack, event)
        slack.world.token_error = "token_revoked"
        await hears(running, slack, told)
        await removed(running)
        slack.world.token_error = ""
        assert await browser.comes_back(await browser.begins()) == 200
        calls = len(slack.calls("auth.test"))

        for _ in range(3):
            await hears(running, slack, told)

        await answers(slack)
        assert standing(running.bot) == ("active", True)
        assert len(slack.calls("auth.test")) == calls


async def test_a_removal_that_slack_denies_drops_nothing(machine: Machine, slack: Slack) -> None:
    """Given a removal told a moment after the installation (clocks differ), then Slack is asked."""
    async with machine.running() as running, installed(machine, running):
        calls = len(slack.calls("auth.test"))
        await hears(running, slack, envelope(slack, UNINSTALLED, ago=timedelta(minutes=2)))
        await asked(slack, calls + 1)
        await answers(slack)
        assert standing(running.bot) == ("active", True)


@pytest.mark.parametrize("fault", ["reset", "500", "429", "html", "error:internal_error"])
async def test_while_slack_cannot_be_asked_the_token_stays(
    machine: Machine, slack: Slack, fault: str
) -> None:
    """Given a removal and a Slack that does not answer, then it is asked again, and only then believed."""
    async with machine.running() as running, installed(machine, running) as (adapter, _):
        naps: list[float] = []
        quick_to_ask(adapter, naps)
        slack.world.token_error = "account_inactive"
        slack.breaks("auth.test", fault, times=3)
        calls = len(slack.calls("auth.test"))
        await hears(running, slack, envelope(slack, UNINSTALLED))
        async with asyncio.timeout(60):
            while len(naps) < 2:
                assert standing(running.bot) == ("active", True)
                await asyncio.sleep(0)
        await removed(running)
        assert fault == "reset" or len(slack.calls("auth.test")) == calls + 4


def quick_to_ask(adapter: Adapter, naps: list[float]) -> None:
    """Let no time pass between two questions; how long it would have been is noted."""
    installs = adapter._installs
    assert isinstance(installs, Installs)

    async def nap(seconds: float) -> None:
        if seconds > 3000:
            await asyncio.Event().wait()
        naps.append(seconds)
        await asyncio.sleep(0.01)

    installs.sleep = nap


@pytest.mark.parametrize("order", [(UNINSTALLED, REVOKED), (REVOKED, UNINSTALLED)])
async def test_a_true_removal_told_in_any_order_is_purged_after_its_days_of_grace(
    machine: Machine, slack: Slack, order: tuple[dict[str, Any], ...]
) -> None:
    """Given both events in any order and twice each, then it stops once, and is gone after the grace."""
    async with machine.running() as running, installed(machine, running):
        slack.world.token_error = "account_inactive"
        for event in order:
            told = envelope(slack, event)
            await hears(running, slack, told)
            await hears(running, slack, told)
        await removed(running)
        now = running.bot.now()
        await running.bot.move_to(now + span(Data.INSTALLATION) - timedelta(hours=1))
        assert (await running.bot.alarms.purge())["installations"] == 0
        await running.bot.move_to(now + span(Data.INSTALLATION) + timedelta(hours=1))
        assert (await running.bot.alarms.purge())["installations"] == 1


async def test_a_removal_heard_by_a_process_that_died_is_confirmed_by_the_next(
    machine: Machine, slack: Slack
) -> None:
    async with machine.running() as running:
        async with installed(machine, running):
            slack.world.token_error = "account_inactive"
            slack.breaks("auth.test", "500", times=1)
            calls = len(slack.calls("auth.test"))
            await hears(running, slack, envelope(slack, UNINSTALLED))
            await asked(slack, calls + 1)
            assert standing(running.bot) == ("active", True)
        async with many_workspaces(machine, running):
            await removed(running)


async def test_a_process_with_an_old_token_in_mind_asks_with_the_one_that_is_kept(
    machine: Machine, slack: Slack
) -> None:
    """Given two processes, when one hears of the installation and the other of the old removal."""
    async with machine.running() as running, installed(machine, running) as (first, _):
        await answers(slack)  # the first has the token in mind
        async with many_workspaces(machine, running) as second:
            other = Browser(second)
            slack.world.tokens.discard(BOT_TOKEN)
            slack.world.tokens.add("xoxb-second")
            slack.world.token = "xoxb-second"
            assert await other.comes_back(await other.begins()) == 200
            slack.delivery.http_url = f"{first.address}/slack/events"
            calls = len(slack.calls("auth.test"))

            await hears(running, slack, envelope(slack, UNINSTALLED, ago=timedelta(minutes=1)))

            await asked(slack, calls + 1)
            await running.settle()
            assert standing(running.bot) == ("active", True)
            assert not [c for c in slack.calls("auth.test")[calls:] if c.error]


async def test_a_post_with_a_token_that_another_process_has_replaced_is_sent_with_the_new_one(
    machine: Machine, slack: Slack
) -> None:
    async with machine.running() as running, installed(machine, running) as (first, _):
        room = slack.channel("aurora", [slack.person("Ana")])
        out = Outgoing(
            Op.POST, PLACE, Destination(room.id), "0" * 32, Card("Hello", summary="Hello")
        )
        assert await first.outbound.post(out)
        async with many_workspaces(machine, running) as second:
            slack.world.tokens.discard(BOT_TOKEN)
            slack.world.tokens.add("xoxb-second")
            slack.world.token = "xoxb-second"
            other = Browser(second)
            assert await other.comes_back(await other.begins()) == 200
            with pytest.raises(NotSent):
                await first.outbound.post(out)
            assert await first.outbound.post(out)
            slack.world.token_error = "token_revoked"
            with pytest.raises(Refused, match="token_revoked"):
                await first.outbound.post(out)


@pytest.mark.parametrize("ago", [timedelta(), timedelta(hours=1)])
async def test_over_the_socket_and_with_the_environments_token_slack_is_asked_too(
    machine: Machine, slack: Slack, ago: timedelta
) -> None:
    async with machine.running() as running:
        calls = len(slack.calls("auth.test"))
        await hears(running, slack, envelope(slack, UNINSTALLED, ago=ago))
        await asked(slack, calls + 1)
        await answers(slack)
        assert standing(running.bot) == ("active", False)


async def test_an_event_that_could_not_be_stored_counts_when_it_is_told_again(
    machine: Machine, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a store that fails once, when Slack tells of an archive, then its second telling counts."""
    async with machine.running() as running:
        service, failures = running.bot.service, [1]
        whole = service.place_changed

        async def failing(*told: Any, **more: Any) -> None:
            if failures:
                failures.pop()
                raise RuntimeError("the disk is full")
            await whole(*told, **more)

        monkeypatch.setattr(service, "place_changed", failing)
        room = slack.channel("aurora", [slack.person("Ana")])
        slack.happens("group_archive", channel=room.id)
        await slack.settle()
        assert not slack.delivery.unacknowledged
        assert not failures
        assert len(slack.delivery.delivered) == 1
