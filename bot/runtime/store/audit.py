"""The audit log: what was done, by whom in a form nobody can read, each row chained to the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, insert, select, text

from bot.core.cards import PersonId
from bot.runtime.process.postgres import lock_number
from bot.runtime.store.tables.installed import audit
from bot.runtime.store.unit_of_work import Unit

FIELDS = ("day", "installation_id", "actor", "verb", "object_id", "outcome")


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the audit log found: rows, days, and the first day that does not hold."""

    rows: int
    days: int
    broken: str = ""


def note(
    unit: Unit,
    installation: str,
    who: PersonId,
    verb: str,
    object_id: str = "",
    outcome: str = "done",
) -> None:
    """One more row: no words and no names; `who` is in it as a keyed hash."""
    connection = unit.connection
    if connection.dialect.name != "sqlite":
        number = lock_number("audit trail")
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
    actor = unit.vault.blind(installation, f"actor:{who}")[:16] if who else "operator"
    row = {
        "at": unit.now,
        "day": unit.now.date().isoformat(),
        "installation_id": installation,
        "actor": actor,
        "verb": verb,
        "object_id": object_id,
        "outcome": outcome,
    }
    last = connection.execute(select(audit.c.chain).order_by(audit.c.seq.desc()).limit(1)).scalar()
    connection.execute(insert(audit).values(**row, chain=_chain(last or "", row)))


def _chain(last: str, row: Any) -> str:
    parts = (last, row["at"].isoformat(), *(row[field] for field in FIELDS))
    return sha256("\x1f".join(parts).encode()).hexdigest()


def verify(connection: Connection) -> Verified:
    """Whether every row still follows from the one before it.

    The oldest row follows from one that was deleted when its time was over, so it is taken as it is.
    """
    rows = connection.execute(select(audit).order_by(audit.c.seq)).mappings().all()
    days = [day for day, _ in groupby(rows, key=lambda row: row["day"])]
    last = rows[0]["chain"] if rows else ""
    for row in rows[1:]:
        if row["chain"] != _chain(last, row):
            return Verified(len(rows), len(days), row["day"])
        last = row["chain"]
    return Verified(len(rows), len(days))


def counts(connection: Connection, installation: str) -> Sequence[tuple[str, str, int]]:
    """How often what was done, for an organiser: (verb, outcome, how often)."""
    rows = connection.execute(
        select(audit.c.verb, audit.c.outcome)
        .where(audit.c.installation_id == installation)
        .order_by(audit.c.verb, audit.c.outcome)
    ).all()
    keyed = groupby(rows, key=lambda row: (row.verb, row.outcome))
    return [(verb, outcome, len(list(some))) for (verb, outcome), some in keyed]
