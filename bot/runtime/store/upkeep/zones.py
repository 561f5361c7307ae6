"""New time zone data: every instant to come is computed again from the wall time it stands for."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, update

from bot.core import engine
from bot.runtime.store.tables.installed import meta
from bot.runtime.store.tables.sets import learning_sets, timers
from bot.runtime.store.unit.timers import timer_row
from bot.runtime.store.unit_of_work import Unit

TZDATA = "tzdata"
"""The version of the zone data that the instants in this database were computed with."""

SAME = timedelta(hours=26)
"""Two instants of one deadline this near are the same wall time by two versions of the rules."""


def version(places: Sequence[str] = ()) -> str:
    """The version of the time zone data this machine uses: its own, else the package's."""
    for place in places or zoneinfo.TZPATH:
        found = Path(place) / "tzdata.zi"
        if found.is_file():
            with found.open(encoding="ascii", errors="replace") as lines:
                return lines.readline().removeprefix("# version ").strip()
    import tzdata

    return str(tzdata.IANA_VERSION)


def recompute(unit: Unit, now_is: str) -> int:
    """If the zone data has changed since last time, work out the deadlines of every set again.

    What has rung stays rung, also where its instant would be another now. How many changed.
    """
    query = select(meta.c.value).where(meta.c.key == TZDATA)
    was = unit.connection.execute(query).scalar()
    if was == now_is:
        return 0
    unit.connection.execute(delete(meta).where(meta.c.key == TZDATA))
    unit.connection.execute(insert(meta).values(key=TZDATA, value=now_is))
    if was is None:
        return 0
    active = select(learning_sets.c.id).where(learning_sets.c.archived_at.is_(None))
    return sum(_of_set(unit, set_id) for set_id in unit.connection.execute(active).scalars().all())


def _of_set(unit: Unit, set_id: str) -> int:
    room = unit.room(set_id)
    if room.set is None:
        return 0
    wanted = {row["key"]: row for d in engine.deadlines(room.set) for row in [timer_row(set_id, d)]}
    of_set = (timers.c.set_id == set_id) & (timers.c.session_id == "")
    rows = unit.connection.execute(select(timers).where(of_set)).mappings().all()
    stale = [r["key"] for r in rows if r["key"] not in wanted and r["done_at"] is None]
    known = {r["key"] for r in rows}
    rung = [r for r in rows if r["done_at"] is not None]
    fresh = [row for key, row in wanted.items() if key not in known]
    if stale:
        unit.connection.execute(delete(timers).where(timers.c.key.in_(stale)))
    for row in fresh:
        unit.connection.execute(insert(timers).values(row))
    done = [row["key"] for row in fresh if any(_same(row, r) for r in rung)]
    if done:
        unit.connection.execute(
            update(timers).where(timers.c.key.in_(done)).values(done_at=unit.now)
        )
    return len(fresh)


def _same(fresh: dict[str, Any], rung: Any) -> bool:
    """Whether that deadline has spoken already, at the instant the old rules gave."""
    alike = all(rung[part] == fresh[part] for part in ("what", "subject", "step"))
    return alike and bool(abs(rung["due_at"] - fresh["due_at"]) <= SAME)
