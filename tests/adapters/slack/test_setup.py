"""Setting Slack up: the manifest, the tokens, several workspaces, the installed command."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import stat
import sys
import time
from asyncio.subprocess import PIPE
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from bot.adapters.slack.connect import Slack, SlackSettings
from bot.adapters.slack.install import setup
from bot.adapters.slack.install.installed import SCOPES
from bot.adapters.slack.install.manifest import EVENTS, as_text, link, manifest
from bot.adapters.slack.install.oauth import States
from bot.runtime.installs import Installs
from bot.runtime.ports.platform import CannotConnect
from tests.adapters.platforms import Silent, signer
from tests.adapters.slack.doors import Browser, many_workspaces
from tests.adapters.slack.harness import PLACE, Machine, removed
from tests.standins import slack as standin
from tests.standins.slack_world import APP_TOKEN, BOT_TOKEN

FIXTURES = os.environ.get("ALS_FIXTURES")


@pytest.fixture
def mode() -> str:
    return "http"


@pytest.mark.skipif(not FIXTURES, reason="ALS_FIXTURES names no folder with Slack's schema")
@pytest.mark.parametrize("made", [manifest(), manifest(public_url="https://a.example", oauth=True)])
@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_the_manifest_is_what_slack_takes(made, version):
    file = Path(FIXTURES or "") / "slack" / f"manifest.schema.{version}.json"
    jsonschema.validate(made, json.loads(file.read_text()))


def test_the_manifest_asks_for_no_more_than_promised():
    made = manifest()
    scopes = made["oauth_config"]["scopes"]["bot"]
    assert scopes == list(SCOPES)
    assert not [s for s in scopes if s.endswith(":history") and s != "im:history"]
    home = made["features"]["app_home"]
    assert home["messages_tab_enabled"]
    assert home["messages_tab_read_only_enabled"]
    assert made["settings"]["socket_mode_enabled"]
    assert not manifest(public_url="https://a.example")["settings"]["socket_mode_enabled"]
    assert not [e for e in EVENTS if e.startswith("message.")]


def test_every_event_asked_for_is_heard():
    listened = json.loads(as_text())["settings"]["event_subscriptions"]["bot_events"]
    assert set(listened) == set(EVENTS)
    assert link().startswith("https://api.slack.com/apps?new_app=1&manifest_json=%7B")


async def lead(slack: standin.Slack, env: Path, *typed: str) -> tuple[bool, str]:
    said: list[str] = []
    answers = iter(typed)
    done = await setup.lead(said.append, lambda _: next(answers), env, api_url=slack.api_url)
    return done, "\n".join(said)


async def test_init_leads_to_a_file_only_its_owner_can_read(slack: standin.Slack, tmp_path: Path):
    env = tmp_path / ".env"
    env.write_text("ALS_OPERATOR=Ana\nSLACK_BOT_TOKEN=old\n")
    slack.world.scopes.discard("files:write")
    slack.world.scopes.add("channels:history")
    done, said = await lead(slack, env, "nonsense", BOT_TOKEN, APP_TOKEN)
    assert done
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert env.read_text().splitlines() == [
        "ALS_OPERATOR=Ana",
        f"SLACK_BOT_TOKEN={BOT_TOKEN}",
        f"SLACK_APP_TOKEN={APP_TOKEN}",
    ]
    assert "Missing rights: files:write" in said
    assert "Rights I do not need: channels:history" in said
    assert BOT_TOKEN not in said
    assert [line[0] for line in said.splitlines() if re.match(r"[1-6]\. ", line)] == list("123456")


async def test_init_says_what_is_wrong_and_writes_nothing(slack: standin.Slack, tmp_path: Path):
    env = tmp_path / ".env"
    done, said = await lead(slack, env, "xoxb-wrong", APP_TOKEN)
    assert not done
    assert "invalid_auth" in said
    assert not env.exists()


async def test_a_token_slack_does_not_take_stops_the_start(slack: standin.Slack):
    settings = SlackSettings(bot_token="xoxb-wrong", app_token=APP_TOKEN, api_url=slack.api_url)
    adapter = Slack(settings, Silent(), signer(), now=time.time)
    with pytest.raises(CannotConnect, match="invalid_auth"):
        await adapter.start()
    await adapter.stop()


async def test_a_workspace_is_added_and_its_token_is_kept_sealed(
    machine: Machine, slack: standin.Slack
):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running() as running, many_workspaces(machine, running) as adapter:
        browser = Browser(adapter)
        state = await browser.begins()
        assert await browser.comes_back(state) == 200
        await ana.types("/als home", room)
        await ana.sees("There is no set here yet", in_=room)
        installs = Installs(running.bot.store, running.bot.writer)
        assert BOT_TOKEN in (await installs.load(PLACE) or "")
        slack.world.token_error = "account_inactive"
        slack.happens("app_uninstalled")
        await removed(running)
        assert await installs.load(PLACE) is None
    assert BOT_TOKEN.encode() not in (machine.folder / "als.db").read_bytes()


async def test_a_state_is_good_once_for_five_minutes_in_the_browser_it_was_given_to(
    machine: Machine, slack: standin.Slack
):
    async with machine.running() as running, many_workspaces(machine, running) as adapter:
        browser, thief = Browser(adapter), Browser(adapter)
        state, other = await browser.begins(), await thief.begins()
        assert await thief.comes_back(state) == 400
        assert await browser.comes_back(state, cookie="") == 400
        assert await browser.comes_back(state) == 200
        assert await browser.comes_back(state) == 401
        machine.clock.move_to(machine.clock.now() + timedelta(seconds=301))
        assert await thief.comes_back(other) == 401


async def test_a_flood_of_install_pages_takes_no_state_away(machine: Machine):
    async with machine.running() as running, many_workspaces(machine, running) as adapter:
        browser = Browser(adapter)
        state = await browser.begins()
        for _ in range(1200):
            await Browser(adapter).begins()
        assert await browser.comes_back(state) == 200


async def test_a_state_that_nobody_issued_is_none():
    clock = [1000.0]
    states, another = States("secret", lambda: clock[0]), States("other", lambda: clock[0])
    state = await states.async_issue()

    for forged in (
        "",
        ".",
        state[:-1] + "x",
        "9" + state,
        f"{state}.",
        await another.async_issue(),
    ):
        assert not await states.async_consume(forged), forged
    assert await States("secret", lambda: clock[0]).async_consume(state)


async def test_a_token_is_renewed_before_it_ends_by_one_request(
    machine: Machine, slack: standin.Slack
):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    slack.world.token_life = 12 * 3600.0
    async with machine.running() as running, many_workspaces(machine, running) as adapter:
        browser = Browser(adapter)
        assert await browser.comes_back(await browser.begins()) == 200
        machine.clock.move_to(machine.clock.now() + timedelta(hours=10, minutes=30))
        before = len(slack.calls("oauth.v2.access"))
        slack.breaks("oauth.v2.access", "slow", seconds=0.3)
        await asyncio.gather(*(ana.types("/als home", room) for _ in range(8)))
        await asyncio.sleep(0.6)
        assert len(slack.calls("oauth.v2.access")) == before + 1
        machine.clock.move_to(machine.clock.now() + timedelta(hours=11, minutes=50))
        await ana.types("/als start", room)
        await ana.sees_form("Start a set")
    assert not [c for c in slack.web.calls if c.error == "token_expired"]


async def test_a_token_that_ended_while_nobody_was_there_is_renewed_first(
    machine: Machine, slack: standin.Slack
):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    slack.world.token_life = 12 * 3600.0
    async with machine.running() as running:
        async with many_workspaces(machine, running) as adapter:
            browser = Browser(adapter)
            assert await browser.comes_back(await browser.begins()) == 200
        machine.clock.move_to(machine.clock.now() + timedelta(days=3))
        async with many_workspaces(machine, running):
            await ana.types("/als start", room)
            await ana.sees_form("Start a set")
            slack.breaks("oauth.v2.access", "error:invalid_refresh_token", times=3)
            machine.clock.move_to(machine.clock.now() + timedelta(days=3))
            await ana.types("/als home", room)
            await ana.sees("There is no set here yet", in_=room)


@pytest.mark.slow
async def test_the_installed_command_runs_and_stops(slack: standin.Slack, tmp_path: Path):
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.getcwd(),
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": slack.api_url,
        "ALS_DATA_DIR": str(tmp_path),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=environment, cwd=tmp_path, stdout=PIPE
    )
    try:
        await slack.delivery.connected(30)
        ana = slack.person("Ana")
        room = slack.channel("aurora", [ana])
        slack.world.clock = time.time
        await ana.types("/als start", room)
        form = await ana.sees_form("Start a set")
        await form.fill({"Name": "Aurora"}).submit()
        await ana.sees("Arriving", in_=room)
    finally:
        process.send_signal(signal.SIGTERM)
        out, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    assert b"connected by Socket Mode" in out
    assert BOT_TOKEN.encode() not in out
