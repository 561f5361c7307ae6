"""After an outage: the late messages for one reader become one, and name the time of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, text, update

from bot.core.decision import Matter
from bot.runtime.ports.outgoing import Op
from bot.runtime.store.tables.messages import outbox

LATE_AFTER = timedelta(minutes=5)
"""A message this much later than meant says so, and is merged with others for the same reader."""

CATCH_UP = frozenset({Matter.PROMPT, Matter.FOLLOW_UP, Matter.REMINDER, Matter.NOTICE})
"""Kinds of which, after an outage, one message tells all: one per channel, one per person."""

NEAR = timedelta(minutes=10)
"""Late messages put aside for no longer than this are merged with those that can go now."""

WAITING = text("outbox.state IN ('due', 'sending', 'unsure')")
"""Spelled out as the index of waiting rows spells it: with bound values neither database uses it."""


def destination(row: Any) -> tuple[str, str]:
    """Where a row goes: its installation, and the place or person there."""
    return (row["installation_id"], row["destination"])


def merge_late(connection: Connection, found: Sequence[Any], now: datetime) -> Sequence[Any]:
    """After an outage: the late messages for one reader become one, carried by the newest."""
    late: dict[tuple[str, str], list[Any]] = {}
    for row in (*found, *_others_late(connection, found, now)):
        if _can_merge(row, now):
            late.setdefault(destination(row), []).append(row)
    merged: set[int] = set()
    carriers: list[Any] = []
    for rows in late.values():
        # What is due just now comes with what is late: a person is written to once.
        if not any(comes_late(row, now) for row in rows):
            continue
        *others, carrier = sorted(rows, key=lambda row: (row["due_at"], row["seq"]))
        carriers.append(carrier)
        seqs = [row["seq"] for row in others]
        if not seqs:
            continue
        merged.update(seqs)
        into = {"merged_into": carrier["seq"], "state": "expired", "settled_at": now}
        connection.execute(
            update(outbox)
            .where(or_(outbox.c.seq.in_(seqs), outbox.c.merged_into.in_(seqs)))
            .values(**into, last_error_class="merged")
        )
    known = {row["seq"] for row in found}
    found = [*found, *(row for row in carriers if row["seq"] not in known)]
    return [row for row in found if row["seq"] not in merged]


_LATE = (
    select(outbox)
    .where(
        WAITING,
        outbox.c.state == "due",
        outbox.c.op == Op.POST.value,
        outbox.c.not_before <= bindparam("near"),
        outbox.c.destination.in_(bindparam("places", expanding=True)),
    )
    .with_for_update(skip_locked=True)
)


def _others_late(connection: Connection, found: Sequence[Any], now: datetime) -> Sequence[Any]:
    """What else comes late for the same readers, beyond this batch: still one message each."""
    readers = {destination(row) for row in found if comes_late(row, now)}
    if not readers:
        return ()
    given = {"near": now + NEAR, "places": list({place for _, place in readers})}
    known = {row["seq"] for row in found}
    rows = connection.execute(_LATE, given).mappings().all()
    return [row for row in rows if row["seq"] not in known and destination(row) in readers]


def comes_late(row: Any, now: datetime) -> bool:
    """Whether it tells of what is over for long enough to be told with others."""
    return _can_merge(row, now) and row["due_at"] < now - LATE_AFTER


def _can_merge(row: Any, now: datetime) -> bool:
    useful = row["expires_at"] is None or row["expires_at"] > now
    waits = row["state"] == "due" and row["op"] == Op.POST
    return waits and useful and row["kind"] in CATCH_UP
