"""The sweep: deletes each kind of data when the retention table says so, and counts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, update

from bot.core.decision import Matter
from bot.core.learning_set.state import UNDO_WITHIN, MeetingStatus, SetState
from bot.core.person.retention import Data, span
from bot.runtime.store.doubt import sweep_marks
from bot.runtime.store.tables.columns import metadata
from bot.runtime.store.tables.installed import (
    audit,
    data_keys,
    erasures,
    installations,
    newest,
    people,
)
from bot.runtime.store.tables.messages import deliveries, destinations, message_refs, outbox
from bot.runtime.store.tables.sets import actions, deeds, learning_sets, sessions, timers
from bot.runtime.store.unit_of_work import Unit

BATCH = 50
"""Sets looked at in one sweep, so that no sweep holds the writer up."""


def sweep(unit: Unit) -> dict[str, int]:
    """Delete what is over; how much of each kind."""
    connection, now = unit.connection, unit.now
    sweep_marks(connection, now - span(Data.INBOX))
    counts = {
        "snapshots": _words(unit),
        "actions": _actions(unit),
        "deeds": _gone(connection, deeds, deeds.c.at, now - UNDO_WITHIN),
        "sessions": _gone(connection, sessions, sessions.c.closed_at, now - span(Data.MEETINGS)),
        "sets": _sets(unit),
        "deliveries": _gone(
            connection, deliveries, deliveries.c.received_at, now - span(Data.INBOX)
        ),
        "news": _gone(connection, newest, newest.c.at, now - span(Data.INBOX)),
        "timers": _gone(connection, timers, timers.c.done_at, now - span(Data.OUTBOX)),
        "outbox": _gone_unless_live(
            connection, outbox, outbox.c.settled_at, now - span(Data.OUTBOX)
        ),
        "refs": _gone_unless_live(
            connection, message_refs, message_refs.c.posted_at, now - span(Data.SET)
        ),
        "audit": _gone(connection, audit, audit.c.at, now - span(Data.AUDIT)),
        "erasures": _gone(connection, erasures, erasures.c.erased_at, now - span(Data.ERASURES)),
        "installations": _installations(unit),
    }
    if any(counts.values()):
        unit.changes.scrubs = True
        unit.changes.forget_loaded()
    return counts


_AGES: tuple[tuple[Any, timedelta], ...] = (
    (deeds.c.at, UNDO_WITHIN),
    (sessions.c.closed_at, span(Data.WORDS)),
    (sessions.c.closed_at, span(Data.UNDELIVERED)),
    (sessions.c.closed_at, span(Data.MEETINGS)),
    (actions.c.closed_at, span(Data.ACTIONS)),
    (learning_sets.c.created_at, span(Data.SET)),
    (deliveries.c.received_at, span(Data.INBOX)),
    (timers.c.done_at, span(Data.OUTBOX)),
    (outbox.c.settled_at, span(Data.WORDS)),
    (outbox.c.settled_at, span(Data.OUTBOX)),
    (message_refs.c.posted_at, span(Data.SET)),
    (audit.c.at, span(Data.AUDIT)),
    (erasures.c.erased_at, span(Data.ERASURES)),
    (installations.c.removed_at, span(Data.INSTALLATION)),
)
"""What grows old, and how old it may grow. A set counts from its last use, which no column tells."""


def next_due(connection: Connection, now: datetime) -> datetime | None:
    """When something may be over next, after a sweep at `now`; None where nothing is kept.

    It may be earlier than anything is: the sweep decides. It is not later, except for sets.
    """
    dues: list[datetime] = []
    for column, age in _AGES:
        only = [column >= now - age]
        if column is outbox.c.settled_at and age == span(Data.WORDS):
            only.append(outbox.c.kind == Matter.KEEPSAKE.value)
        oldest = connection.execute(select(func.min(column)).where(*only)).scalar()
        if oldest is not None:
            dues.append(oldest + age)
    return min(dues, default=None)


def _gone(connection: Connection, table: Table, column: Any, before: datetime) -> int:
    return int(connection.execute(delete(table).where(column < before)).rowcount)


def _gone_unless_live(connection: Connection, table: Table, column: Any, before: datetime) -> int:
    """As above, but a meeting that still has to end keeps what it stands on, however old it is."""
    live = select(learning_sets.c.id).where(learning_sets.c.session_id != "")
    over = (column < before) & table.c.set_id.not_in(live)
    return int(connection.execute(delete(table).where(over)).rowcount)


# --- words of a meeting ---


def _words(unit: Unit) -> int:
    """The snapshots of meetings whose summaries were delivered a day ago, or cannot be any more."""
    now, sent_before = unit.now, unit.now - span(Data.WORDS)
    waits = (
        select(outbox.c.seq)
        .where(
            outbox.c.session_id == sessions.c.id,
            outbox.c.kind == Matter.KEEPSAKE.value,
            (outbox.c.state != "sent") | (outbox.c.settled_at > sent_before),
        )
        .exists()
    )
    nothing = unit.vault.seal("", "")
    full = sessions.c.purged_at.is_(None) | (sessions.c.snapshot != nothing)
    over = sessions.c.closed_at.is_not(None) & full
    delivered = (sessions.c.closed_at < sent_before) & ~waits
    old = sessions.c.closed_at < now - span(Data.UNDELIVERED)
    purged = unit.connection.execute(
        update(sessions).where(over & (delivered | old)).values(purged_at=now, snapshot=nothing)
    )
    return int(purged.rowcount)


# --- actions ---


def _actions(unit: Unit) -> int:
    """Actions that their owners closed long ago, taken out of their sets."""
    over = unit.now - span(Data.ACTIONS)
    found = unit.connection.execute(
        select(actions.c.set_id).where(actions.c.closed_at < over).distinct().limit(BATCH)
    ).scalars()
    return sum(_without_closed(unit, set_id, over) for set_id in list(found))


def _without_closed(unit: Unit, set_id: str, over: datetime) -> int:
    room = unit.room(set_id)
    if room.set is None:
        return 0
    kept = tuple(a for a in room.set.actions if a.closed_at is None or a.closed_at >= over)
    gone = len(room.set.actions) - len(kept)
    if gone:
        after = replace(room, set=replace(room.set, actions=kept))
        unit.changes.keep(unit.installation_of(set_id), room, after, ())
    return gone


# --- sets ---


def _sets(unit: Unit) -> int:
    """Sets that have not met for long and owe nobody a reminder."""
    over = unit.now - span(Data.SET)
    found = unit.connection.execute(
        select(learning_sets.c.id)
        .where(learning_sets.c.created_at < over, learning_sets.c.session_id == "")
        .order_by(func.coalesce(learning_sets.c.archived_at, learning_sets.c.created_at))
    ).scalars()
    gone = 0
    for set_id in list(found):
        state = unit.room(set_id).set
        if state is not None and last_use(state) < over:
            delete_set(unit, set_id)
            gone += 1
            if gone == BATCH:
                break
    return gone


def last_use(state: SetState) -> datetime:
    """When the set last met, or will last ask somebody about an action."""
    met = [state.starts_at(m) for m in state.meetings if m.status is MeetingStatus.HELD]
    asks = [a.changed_at for a in state.actions if a.open]
    due = [a.due.replace(tzinfo=state.created_at.tzinfo) for a in state.actions if a.open]
    return max([state.created_at, *met, *asks, *due])


OF_A_SET: tuple[Table, ...] = (timers, outbox, message_refs)


def delete_set(unit: Unit, set_id: str, *, but: Table | None = None) -> None:
    """Every row of a set, but those of one table; current posts in the channel remain there."""
    _let_go_of_others(unit, set_id)
    for table in (t for t in OF_A_SET if t is not but):
        unit.connection.execute(delete(table).where(table.c.set_id == set_id))
    unit.connection.execute(delete(learning_sets).where(learning_sets.c.id == set_id))
    unit.changes.drop(set_id)


def _let_go_of_others(unit: Unit, set_id: str) -> None:
    """What waits in a message of this set for a reader's other sets goes by itself again."""
    carriers = select(outbox.c.seq).where(outbox.c.set_id == set_id, outbox.c.state == "due")
    unit.connection.execute(
        update(outbox)
        .where(outbox.c.merged_into.in_(carriers), outbox.c.set_id != set_id)
        .values(merged_into=None, state="due", settled_at=None, last_error_class=None)
    )


# --- installations ---


def _installations(unit: Unit) -> int:
    """Workspaces and servers that have removed the bot, after their days of grace."""
    over = unit.now - span(Data.INSTALLATION)
    found = unit.connection.execute(
        select(installations.c.id).where(
            installations.c.status == "removed", installations.c.removed_at < over
        )
    ).scalars()
    gone = list(found)
    for installation in gone:
        delete_installation(unit, installation)
    return len(gone)


OF_AN_INSTALLATION = (outbox, deliveries, message_refs, destinations, people, data_keys)
"""Tables with rows of an installation, beside its sets; the audit log has no words and stays."""


def delete_installation(unit: Unit, installation: str) -> None:
    """Every row of an installation, and the key without which no copy of it can be read."""
    mine = select(learning_sets.c.id).where(learning_sets.c.installation_id == installation)
    for set_id in list(unit.connection.execute(mine).scalars()):
        unit.changes.drop(set_id)
    unit.connection.execute(delete(timers).where(timers.c.set_id.in_(mine)))
    unit.connection.execute(
        delete(learning_sets).where(learning_sets.c.installation_id == installation)
    )
    for table in OF_AN_INSTALLATION:
        unit.connection.execute(delete(table).where(table.c.installation_id == installation))
    for table in extra_tables("installation_id"):
        unit.connection.execute(delete(table).where(table.c.installation_id == installation))
    unit.connection.execute(delete(installations).where(installations.c.id == installation))
    unit.changes.scrubs = True
    unit.changes.after_commit(lambda: unit.vault.forget(installation))
    unit.changes.forget_loaded()


def extra_tables(column: str) -> list[Table]:
    """Tables with such a column that nothing above names: a new one is swept too."""
    named = {*OF_AN_INSTALLATION, *OF_A_SET, learning_sets, audit}
    return [t for t in metadata.sorted_tables if column in t.c and t not in named]
