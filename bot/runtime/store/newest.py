"""What a platform tells out of order: only what is newer than the newest known counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bot.core.signals import Change
from bot.runtime.store.tables.installed import newest
from bot.runtime.store.tokens import MOST_SKEW
from bot.runtime.store.transaction import upsert
from bot.runtime.store.unit_of_work import Unit

OPPOSITES: tuple[frozenset[Change], ...] = (
    frozenset({Change.ARCHIVED, Change.OPENED}),
    frozenset({Change.SHARED, Change.UNSHARED}),
    frozenset({Change.BOT_LEFT, Change.BOT_JOINED}),
)
"""Changes of which a later one takes back an earlier one."""


def of_place(place: str, change: Change) -> str:
    """What a change of a place is about: the same for it and its opposite."""
    pair = next((p for p in OPPOSITES if change in p), frozenset({change}))
    return f"place:{place}:{min(pair)}"


def of_person(person: str, place: str) -> str:
    """What somebody's coming and going is about: in one place, or (without one) altogether."""
    return f"person:{person}:{place}"


def is_news(unit: Unit, installation: str, about: str, at: datetime | None) -> bool:
    """Whether nothing newer is known; it is the newest from now on. A time to come counts as now."""
    when = unit.now if at is None else min(at, unit.now + MOST_SKEW)
    unit.installations.know(installation)
    key = unit.vault.blind(installation, about)
    known = unit.connection.execute(
        select(newest.c.at).where(newest.c.installation_id == installation, newest.c.about == key)
    ).scalar()
    if known is not None and at is not None and when < known:
        return False
    row = {"installation_id": installation, "about": key, "at": when}
    write = upsert(unit.connection, newest).values(row)
    unit.connection.execute(
        write.on_conflict_do_update(
            index_elements=["installation_id", "about"], set_={"at": write.excluded.at}
        )
    )
    return True
