"""What the outbox is asked about: when its next row is due, what it could not deliver."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from bot.runtime.ports.outgoing import Op
from bot.runtime.store.outbox.late import WAITING
from bot.runtime.store.tables.messages import outbox

NEAREST = select(func.min(outbox.c.not_before)).where(WAITING)


def nearest(connection: Connection) -> datetime | None:
    """When the next row can be looked at."""
    return connection.execute(NEAREST).scalar()


def undelivered(connection: Connection, set_id: str, since: datetime) -> tuple[int, int, int]:
    """How many of a set's messages came too late, could not be delivered, or wait for their place."""
    query = (
        select(outbox.c.state, func.count())
        .where(
            outbox.c.set_id == set_id,
            outbox.c.op == Op.POST.value,
            outbox.c.settled_at >= since,
            or_(
                outbox.c.state == "dead",
                and_(
                    outbox.c.state == "expired",
                    outbox.c.last_error_class.in_(("too_late", "overtaken")),
                ),
            ),
        )
        .group_by(outbox.c.state)
    )
    counts = {row[0]: row[1] for row in connection.execute(query)}
    held = select(func.count()).where(
        outbox.c.set_id == set_id, outbox.c.state == "due", outbox.c.paused_reason.is_not(None)
    )
    waiting = connection.execute(held).scalar_one()
    return counts.get("expired", 0), counts.get("dead", 0), waiting


def rows_of(connection: Connection, set_id: str, limit: int = 30) -> Iterable[Any]:
    """The newest rows of a set, for the inspector."""
    query = (
        select(outbox).where(outbox.c.set_id == set_id).order_by(outbox.c.seq.desc()).limit(limit)
    )
    return connection.execute(query).mappings().all()
