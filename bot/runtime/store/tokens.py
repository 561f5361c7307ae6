"""Tokens of installations: sealed, replaced at a new installation, gone at an uninstall."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, select, update

from bot.runtime.store.outbox.resting import REST, wake_installation
from bot.runtime.store.tables.installed import installations
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.vault import Sealed

MOST_SKEW = timedelta(minutes=15)
"""How far a platform's clock and ours may be apart."""


def token_of(unit: Unit, installation: str) -> str | None:
    """What was kept for an installation we are in."""
    query = select(installations.c.tokens).where(
        installations.c.id == installation, installations.c.status != "removed"
    )
    kept = unit.connection.execute(query).scalar()
    return None if kept is None else unit.vault.unseal(Sealed(kept))


def statuses(unit: Unit, platform: str) -> dict[str, str]:
    """Every installation of a platform, by how their names begin: `active`, `removed`, or why it rests."""
    query = select(installations.c.id, installations.c.status).where(
        installations.c.id.startswith(platform, autoescape=True)
    )
    return {row.id: row.status for row in unit.connection.execute(query)}


def keep_token(unit: Unit, installation: str, token: str) -> None:
    """Keep or replace it; the installation is active from now on, and nothing of it rests."""
    unit.installations.know(installation)
    values = {
        "tokens": unit.vault.seal(installation, token),
        "status": "active",
        "removed_at": None,
        "paused_until": None,
        "state_at": unit.now,
        "doubted_at": None,
    }
    unit.connection.execute(
        update(installations).where(installations.c.id == installation).values(values)
    )
    wake_installation(unit.connection, installation, unit.now)


def welcome(unit: Unit, installation: str) -> None:
    """We are in it, as the platform says: nothing rests any more, and nothing is doubted."""
    unit.installations.know(installation)
    one = installations.c.id == installation
    back = {"status": "active", "removed_at": None, "paused_until": None, "state_at": unit.now}
    resting = unit.connection.execute(
        update(installations).where(one, installations.c.status != "active").values(back)
    )
    assured(unit, installation)
    if resting.rowcount:
        wake_installation(unit.connection, installation, unit.now)


def assured(unit: Unit, installation: str) -> None:
    """It was asked, and we are still there: what rested for want of that goes on."""
    one = and_(installations.c.id == installation, installations.c.status != "removed")
    rested = unit.connection.execute(
        update(installations)
        .where(one, installations.c.status != "active")
        .values(status="active", paused_until=None)
    )
    unit.connection.execute(
        update(installations)
        .where(one, installations.c.doubted_at.is_not(None))
        .values(doubted_at=None)
    )
    if rested.rowcount:
        wake_installation(unit.connection, installation, unit.now)


def doubt(unit: Unit, installation: str, at: datetime) -> bool:
    """A removal is told of: to be confirmed before anything is dropped. False where there is no need.

    One from before we were let in (again) is no news. The two times are of different clocks, so
    what lies close together is asked about.
    """
    query = select(installations.c.status, installations.c.state_at)
    row = unit.connection.execute(query.where(installations.c.id == installation)).first()
    if row is None or row.status == "removed":
        return False
    if row.state_at is not None and at < row.state_at - MOST_SKEW:
        return False
    unit.connection.execute(
        update(installations).where(installations.c.id == installation).values(doubted_at=unit.now)
    )
    return True


def doubted(unit: Unit, platform: str) -> tuple[str, ...]:
    """Every installation of a platform whose removal is still to be confirmed."""
    query = select(installations.c.id).where(
        installations.c.id.startswith(platform, autoescape=True),
        installations.c.doubted_at.is_not(None),
        installations.c.status != "removed",
    )
    return tuple(unit.connection.execute(query.order_by(installations.c.id)).scalars())


def remove(unit: Unit, installation: str, token: str) -> bool:
    """A removal was confirmed by asking with `token` (empty: one that is not kept here).

    The token goes in the same transaction as the change of state, and nothing is sent from then.
    False, and nothing is changed, where we were let in again meanwhile.
    """
    query = select(installations.c.doubted_at, installations.c.status)
    row = unit.connection.execute(query.where(installations.c.id == installation)).first()
    if row is None or row.doubted_at is None or row.status == "removed":
        return False
    if token and token_of(unit, installation) not in (token, None):
        return False
    unit.changes.scrubs = True
    unit.connection.execute(
        update(installations)
        .where(installations.c.id == installation)
        .values(
            {
                "tokens": None,
                "status": "removed",
                "removed_at": unit.now,
                "doubted_at": None,
                "state_at": unit.now,
                "paused_until": unit.now + REST,
            }
        )
    )
    return True
