"""Who takes no messages for a while, and when what waited for them goes again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, or_, select, update

from bot.core.signals import Change
from bot.runtime.store.tables.installed import installations, people
from bot.runtime.store.tables.messages import destinations, outbox
from bot.runtime.store.transaction import upsert


def pause(
    connection: Connection, installation: str, destination: str, until: datetime, why: str
) -> None:
    """Nothing goes to this destination before `until`, or for longer where it rests already."""
    values = {
        "installation_id": installation,
        "destination": destination,
        "paused_until": until,
        "reason": why,
    }
    statement = upsert(connection, destinations).values(values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["installation_id", "destination"],
            set_={"paused_until": until, "reason": why},
            where=or_(destinations.c.paused_until.is_(None), destinations.c.paused_until <= until),
        )
    )


REST = timedelta(days=36_500)
"""What rests until something happens rests this long, as far as the clock knows."""


def rest(
    connection: Connection, installation: str, destination: str, now: datetime, why: str
) -> None:
    """Nothing goes to this destination until `wake` hears that this reason is over.

    Who waits to be asked whether others may read goes on waiting, whatever else happens.
    """
    asked = select(destinations.c.reason).where(
        destinations.c.installation_id == installation, destinations.c.destination == destination
    )
    if connection.execute(asked).scalar() != Change.SHARED:
        pause(connection, installation, destination, now + REST, why)


def wake(
    connection: Connection,
    installation: str,
    destination: str,
    now: datetime,
    reasons: Iterable[str],
) -> None:
    """These reasons to rest are over: what waited goes now."""
    here = and_(
        destinations.c.installation_id == installation, destinations.c.destination == destination
    )
    woken = connection.execute(
        update(destinations)
        .where(here, destinations.c.reason.in_(tuple(reasons)))
        .values(paused_until=None, reason=None)
    )
    if woken.rowcount:
        connection.execute(
            update(outbox)
            .where(
                outbox.c.installation_id == installation,
                outbox.c.destination == destination,
                outbox.c.state == "due",
            )
            .values(not_before=now)
        )


def wake_installation(connection: Connection, installation: str, now: datetime) -> None:
    """It can be sent to again: what waited for it goes now."""
    connection.execute(
        update(outbox)
        .where(outbox.c.installation_id == installation, outbox.c.state == "due")
        .values(not_before=now)
    )


def pause_installation(
    connection: Connection, installation: str, until: datetime, why: str
) -> None:
    """Nothing at all goes out for this installation before `until`.

    One that was removed stays so: a send that was under way must not stop its purge.
    """
    connection.execute(
        update(installations)
        .where(installations.c.id == installation, installations.c.status != "removed")
        .values(paused_until=until, status=why)
    )


def note_person(connection: Connection, installation: str, person: str, direct: str) -> None:
    """Whether direct messages reach a person, as last found out."""
    values = {"installation_id": installation, "person": person, "direct": direct}
    statement = upsert(connection, people).values(values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["installation_id", "person"], set_={"direct": direct}
        )
    )
