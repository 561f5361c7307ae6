"""What `als init discord` asks: is the token good, how is the bot invited, what may it do where."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp
import discord
from discord.http import Route

from bot.adapters.discord.connect import INTENTS, REFUSED_TOKEN, Address, CannotConnect
from bot.adapters.discord.places import NEEDED, invite_link

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

    def lines(self) -> tuple[str, ...]:
        """What the operator reads."""
        told = [f"The token is good: this bot is called {self.name}."]
        for server in self.servers:
            if server.missing:
                told.append(f"In {server.name} it lacks: {', '.join(server.missing)}.")
            if server.too_much:
                told.append(f"In {server.name} it has without need: {', '.join(server.too_much)}.")
        told += ["Invite it to a server with this link:", self.link]
        return tuple(told)


async def check(address: Address) -> Checked:
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
