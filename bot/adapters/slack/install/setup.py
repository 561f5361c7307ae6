"""`als init slack`: from nothing to tested tokens in a .env file only its owner can read."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.adapters.slack.connect import SLACK_API
from bot.adapters.slack.connection.api import CannotKnow, call, client, who_am_i
from bot.adapters.slack.install import manifest
from bot.adapters.slack.install.installed import advice
from bot.runtime.ports.outgoing import NotSent, Refused

Tell = Callable[[str], None]
Ask = Callable[[str], str]

STEPS: Final = (
    "1. Open this page and press Create; it makes the app with all it needs:\n\n   {link}\n",
    "2. Press Install to Workspace, then Allow.",
    "3. Under OAuth & Permissions copy the Bot User OAuth Token (it begins with xoxb-).",
    "4. Under Basic Information, App-Level Tokens, press Generate Token, add the scope "
    "connections:write, and copy the token (it begins with xapp-).",
)
PREFIXES: Final = {"SLACK_BOT_TOKEN": "xoxb-", "SLACK_APP_TOKEN": "xapp-"}


@dataclass(frozen=True, slots=True)
class CheckedToken:
    """What Slack says of a token: its workspace and its rights."""

    workspace: str = ""
    granted: tuple[str, ...] = ()
    problem: str = ""


async def lead(tell: Tell, ask: Ask, env: Path, *, api_url: str = SLACK_API) -> bool:
    """Lead through it; whether both tokens work and are written. `ask` hides what is typed."""
    for step in STEPS:
        tell(step.format(link=manifest.link()))
    bot_token = _token(tell, ask, "SLACK_BOT_TOKEN")
    app_token = _token(tell, ask, "SLACK_APP_TOKEN")
    checked = await check(bot_token, app_token, api_url=api_url)
    if checked.problem:
        tell(checked.problem)
        return False
    write(env, {"SLACK_BOT_TOKEN": bot_token, "SLACK_APP_TOKEN": app_token})
    tell(f"5. Both tokens work, in the workspace {checked.workspace}. They are in {env}.")
    for line in advice(checked.granted):
        tell(line)
    tell("6. Start the bot with `als run`, then type /als start in a private channel.")
    return True


def _token(tell: Tell, ask: Ask, name: str) -> str:
    prefix = PREFIXES[name]
    while True:
        token = ask(f"{name} ({prefix}…)").strip()
        if re.fullmatch(rf"{prefix}[A-Za-z0-9-]+", token):
            return token
        tell(f"That does not look like it: it begins with {prefix} and has no spaces.")


async def check(bot_token: str, app_token: str, *, api_url: str = SLACK_API) -> CheckedToken:
    """Try both tokens. Slack is asked twice, and nothing is posted."""
    web = client(bot_token, api_url, None)
    try:
        told, granted = await who_am_i(web)
        if app_token:
            await call(client(app_token, api_url, None), "apps.connections.open")
    except Refused as no:
        which = "SLACK_APP_TOKEN" if no.code == "not_allowed_token_type" else "a token"
        return CheckedToken(
            problem=f"Slack does not take {which}: {no.code}. Copy it again, please."
        )
    except (NotSent, CannotKnow):
        return CheckedToken(
            problem="I cannot reach Slack from here; is there a network or a proxy?"
        )
    return CheckedToken(str(told.get("team") or ""), granted)


def write(env: Path, values: dict[str, str]) -> None:
    """Put values into a .env file of mode 0600; its other lines stay as they are."""
    lines = env.read_text().splitlines() if env.exists() else []
    kept = [line for line in lines if line.partition("=")[0].strip() not in values]
    text = "\n".join([*kept, *(f"{name}={value}" for name, value in values.items())]) + "\n"
    fresh = env.with_name(f"{env.name}.new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    fresh.replace(env)
