"""The outbound port before there is a connection, and over whichever there is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.adapters.discord.outbound import DiscordOutbound
from bot.runtime.ports.incoming import File
from bot.runtime.ports.outgoing import LookedUp, NotSent, Outgoing, Reactions, Unknown


class OutboundToCome:
    """The outbound port from the start on; until there is a connection, nothing is sent."""

    def __init__(self) -> None:
        """`at` is the port over the client that is connected now."""
        self.at: DiscordOutbound | None = None

    def _now(self) -> DiscordOutbound:
        if self.at is None:
            raise NotSent("not_connected")
        return self.at

    async def post(self, out: Outgoing) -> str:
        """As the port says."""
        return await self._now().post(out)

    async def edit(self, out: Outgoing) -> None:
        """As the port says."""
        await self._now().edit(out)

    async def delete(self, out: Outgoing) -> None:
        """As the port says."""
        await self._now().delete(out)

    async def react(self, out: Outgoing) -> None:
        """As the port says."""
        await self._now().react(out)

    async def readers(
        self, installation: str, place: str, known: Collection[str]
    ) -> tuple[tuple[str, str], ...]:
        """As the port says."""
        return await self._now().readers(installation, place, known)

    async def read_only_by(self, installation: str, place: str, members: Collection[str]) -> bool:
        """As the port says."""
        return await self._now().read_only_by(installation, place, members)

    async def cannot_list(self, installation: str, where: str, members: Collection[str]) -> str:
        """As the port says."""
        return await self._now().cannot_list(installation, where, members)

    async def bring(self, installation: str, person: str, file: File) -> None:
        """A file by direct message."""
        await self._now().bring(installation, person, file)

    def time(self) -> datetime | None:
        """As the port says."""
        return None if self.at is None else self.at.time()

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        """As the port says."""
        return Unknown() if self.at is None else await self.at.look_up(out, since)

    async def reactions(self, installation: str, ref: str) -> Reactions:
        """As the port says."""
        return await self._now().reactions(installation, ref)
