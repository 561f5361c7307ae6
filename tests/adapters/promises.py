"""Actions that people chose in a meeting some time ago, put straight into a set."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from bot.app.bot import Bot
from bot.core.learning_set.actions.action import ActionPoint
from bot.core.walltime import local
from bot.runtime.store.unit_of_work import Unit


async def promised(
    bot: Bot, installation: str, place: str, owner: str, what: str, made: datetime
) -> None:
    """An action shared with the set, made in a meeting at that moment and due six weeks later."""

    def keep(unit: Unit) -> None:
        room = unit.room_of_place(installation, place)
        assert room.set is not None
        wall = local(made, room.set.zone).replace(second=0, microsecond=0)
        action = ActionPoint(
            id=f"{room.set.id[:8]}{len(room.set.actions)}",
            owner=owner,
            what=what,
            due=wall + timedelta(weeks=6),
            meeting_wall=wall,
            made_at=made,
            changed_at=made,
            session=f"met{wall:%m%d}",
            visibility="set",
        )
        unit.changes.keep(installation, room, replace(room, set=room.set.with_action(action)), ())

    await asyncio.wrap_future(bot.writer.do(keep))
