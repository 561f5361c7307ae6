"""Tokens of installations: sealed, replaced at a new installation, gone at an uninstall."""

from __future__ import annotations

from sqlalchemy import select, update

from bot.runtime.store.outgoing import REST, wake_installation
from bot.runtime.store.tables import installations
from bot.runtime.store.unit import Unit
from bot.runtime.vault import Sealed


def token_of(unit: Unit, installation: str) -> str | None:
    """What was kept for an installation we are in."""
    query = select(installations.c.tokens).where(
        installations.c.id == installation, installations.c.status == "active"
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
    unit.know_installation(installation)
    values = {
        "tokens": unit.vault.seal(installation, token),
        "status": "active",
        "removed_at": None,
        "paused_until": None,
    }
    unit.connection.execute(
        update(installations).where(installations.c.id == installation).values(values)
    )
    wake_installation(unit.connection, installation, unit.now)


def welcome(unit: Unit, installation: str) -> None:
    """A token that is not ours to keep works: nothing rests any more for want of one."""
    unit.know_installation(installation)
    resting = unit.connection.execute(
        update(installations)
        .where(installations.c.id == installation, installations.c.status != "active")
        .values({"status": "active", "removed_at": None, "paused_until": None})
    )
    if resting.rowcount:
        wake_installation(unit.connection, installation, unit.now)


def remove_token(unit: Unit, installation: str) -> None:
    """The token goes in the same transaction as the change of state, and nothing is sent from then.

    Twice is fine.
    """
    unit.know_installation(installation)
    unit.scrubs = True
    unit.connection.execute(
        update(installations)
        .where(installations.c.id == installation, installations.c.status != "removed")
        .values(
            {
                "tokens": None,
                "status": "removed",
                "removed_at": unit.now,
                "paused_until": unit.now + REST,
            }
        )
    )
