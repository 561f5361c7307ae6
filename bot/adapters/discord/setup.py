"""What `als init discord` asks: is the token good, how is the bot invited, what may it do where."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
import discord
from discord.http import Route

from bot.adapters.discord.connect import INTENTS, Endpoints
from bot.adapters.discord.connection.failures import REFUSED_TOKEN
from bot.adapters.discord.places import NEEDED, invite_link
from bot.runtime.ports.platform import CannotConnect

Tell = Callable[[str], None]
Ask = Callable[[str], str]

TOKEN: Final = "DISCORD_TOKEN"
STEPS: Final = (
    "1. Open https://discord.com/developers/applications and press New Application.",
    "2. Under Installation choose Guild Install (and User Install, for /als-mine everywhere).",
    "3. Under Bot press Reset Token and copy it. Leave all three privileged intents off.",
)

TOO_MUCH = discord.Permissions(
    administrator=True,
    manage_guild=True,
    manage_roles=True,
    manage_channels=True,
    manage_messages=True,
    kick_members=True,
    ban_members=True,
    mention_everyone=True,
)
"""Rights this bot never uses: better not given."""


@dataclass(frozen=True, slots=True)
class ServerCheck:
    """One server the bot is in: what it lacks there, and what it has without need."""

    name: str
    missing: tuple[str, ...]
    too_much: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A token that Discord takes: the bot's name, its invite link, the servers it is in."""

    name: str
    link: str
    servers: tuple[ServerCheck, ...]

    def advice(self) -> tuple[str, ...]:
        """What is missing in each server, and what is too much."""
        told: list[str] = []
        for server in self.servers:
            if server.missing:
                told.append(f"In {server.name} it lacks: {', '.join(server.missing)}.")
            if server.too_much:
                told.append(f"In {server.name} it has without need: {', '.join(server.too_much)}.")
        return tuple(told)


async def lead(tell: Tell, ask: Ask, env: Path, address: Endpoints) -> bool:
    """Lead through it; whether the token works and is written. `ask` hides what is typed."""
    for step in STEPS:
        tell(step)
    token = ask(TOKEN).strip()
    try:
        checked = await check(Endpoints(token, address.api_url, address.gateway_url))
    except CannotConnect as refused:
        tell(str(refused))
        return False
    write(env, token)
    tell(f"4. The token works: this bot is called {checked.name}. The token is in {env}.")
    for line in checked.advice():
        tell(line)
    tell(f"5. Open this link and choose your server:\n\n   {checked.link}\n")
    tell("6. Start the bot with `als run`, then type /als start in a private channel.")
    return True


def write(env: Path, token: str) -> None:
    """Put the token into a .env file of mode 0600; its other lines stay as they are."""
    lines = env.read_text().splitlines() if env.exists() else []
    kept = [line for line in lines if line.partition("=")[0].strip() != TOKEN]
    fresh = env.with_name(f"{env.name}.new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write("\n".join([*kept, f"{TOKEN}={token}"]) + "\n")
    fresh.replace(env)


async def check(address: Endpoints) -> Checked:
    """Ask Discord. Raises `CannotConnect` where the token is refused or nobody answers."""
    Route.BASE = address.api_url.rstrip("/")
    client = discord.Client(intents=INTENTS)
    try:
        await client.login(address.token)
        listed = await client.http.request(Route("GET", "/users/@me/guilds"))
        assert client.user is not None
        link = invite_link(client.application_id or client.user.id)
        return Checked(client.user.name, link, tuple(_server(g) for g in listed))
    except discord.LoginFailure:
        raise CannotConnect(REFUSED_TOKEN) from None
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise CannotConnect(
            f"I cannot reach Discord ({type(error).__name__}); look at the network and try again."
        ) from None
    finally:
        await client.close()


def _server(listed: dict[str, str]) -> ServerCheck:
    has = discord.Permissions(int(listed["permissions"]))
    lacks = () if has.administrator else _named(NEEDED, has, present=False)
    return ServerCheck(listed["name"], lacks, _named(TOO_MUCH, has, present=True))


def _named(
    wanted: discord.Permissions, has: discord.Permissions, *, present: bool
) -> tuple[str, ...]:
    found = (n for n, asked in wanted if asked and getattr(has, n) is present)
    return tuple(name.replace("_", " ").title() for name in found)
