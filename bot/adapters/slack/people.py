"""How people are called and which zone they live in, from memory where we know it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.connection.api import CannotKnow, ask
from bot.adapters.slack.names import workspace
from bot.core.signals import Caller
from bot.runtime.ports.outgoing import NotSent, Refused

KEEP: Final = 3600.0
"""Seconds a name is believed."""

PATIENCE: Final = 0.8
"""Seconds the person may wait for us to learn their name: Slack gives three in all."""

MOST: Final = 20_000


class Directory:
    """Names and zones of the people who use the bot, in all workspaces."""

    def __init__(self) -> None:
        """Knows nobody yet."""
        self._known: dict[tuple[str, str], tuple[float, Caller]] = {}

    async def caller(
        self, web: AsyncWebClient, installation: str, person: str, handle: str = ""
    ) -> Caller:
        """Who this is. Where Slack does not say in time, their handle has to do."""
        now = asyncio.get_running_loop().time()
        kept = self._known.get((installation, person))
        if kept is not None and now - kept[0] < KEEP:
            return kept[1]
        try:
            async with asyncio.timeout(PATIENCE):
                told = await ask(web, "users.info", user=person)
        except (Refused, NotSent, CannotKnow, TimeoutError):
            return kept[1] if kept else Caller(person, handle or "A member")
        user = told.get("user") or {}
        profile = user.get("profile") or {}
        name = profile.get("display_name") or user.get("real_name") or user.get("name") or handle
        caller = Caller(person, str(name), str(user.get("tz") or ""), _manages(user, installation))
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[installation, person] = (now, caller)
        return caller

    def forget(self, installation: str, person: str = "") -> None:
        """Ask again next time: about one person, or about everyone there."""
        self._known = {
            key: kept
            for key, kept in self._known.items()
            if key[0] != installation or (person and key[1] != person)
        }


def _manages(user: dict[str, Any], installation: str) -> bool:
    """Whether they manage this very workspace or organisation; a guest may manage their own."""
    organised = user.get("enterprise_user") or {}
    homes = {workspace(installation)} & {user.get("team_id"), organised.get("enterprise_id")}
    manages = user.get("is_admin") or user.get("is_owner") or organised.get("is_admin")
    return bool(homes and manages and not user.get("is_stranger"))
