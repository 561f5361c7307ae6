"""Why a connection to Discord failed, in plain words."""

from __future__ import annotations

import aiohttp
import discord

from bot.runtime.ports.platform import CannotConnect, CannotReach

ASKS_TOO_MUCH = "Discord says that this bot asks for too much; its intents are not what I need."
REFUSALS = {4004: "token", 4013: "intents", 4014: "intents"}
"""Codes with which the gateway closes where trying again cannot help."""

REFUSED_TOKEN = "Discord refuses the token; copy it again from the developer portal, under Bot."


def meaning(error: Exception) -> CannotConnect | CannotReach:
    """Whether trying again may help, and in plain words why it failed."""
    closed = REFUSALS.get(error.code) if isinstance(error, discord.ConnectionClosed) else None
    if isinstance(error, discord.LoginFailure) or closed == "token":
        return CannotConnect(REFUSED_TOKEN)
    if isinstance(error, discord.PrivilegedIntentsRequired) or closed == "intents":
        return CannotConnect(ASKS_TOO_MUCH)
    if isinstance(error, aiohttp.ClientConnectorError):
        return CannotReach("its address refuses me, or there is no network")
    if isinstance(error, TimeoutError):
        return CannotReach("it takes the connection and does not answer")
    status = f" {error.status}" if isinstance(error, discord.HTTPException) else ""
    return CannotReach(f"it does not answer as it should ({type(error).__name__}{status})")
