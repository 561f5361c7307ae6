"""What hangs on a set: its members, meetings, actions and the rest, read in order, written where new."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Table, and_, bindparam, delete, insert, select

from bot.core.learning_set.state import SetState
from bot.core.preferences import Preferences
from bot.runtime.store import rows
from bot.runtime.store.tables.installed import people
from bot.runtime.store.tables.sets import actions, deeds, drafts, meetings, members, rsvps
from bot.runtime.store.transaction import Transaction, upsert

_CHILDREN: tuple[tuple[Table, str, str, Callable[..., rows.Row]], ...] = (
    (members, "members", "person", rows.member_row),
    (meetings, "meetings", "id", rows.meeting_row),
    (actions, "actions", "id", rows.action_row),
    (drafts, "drafts", "owner", rows.draft_row),
    (deeds, "deeds", "person", rows.deed_row),
)
_OF_SET = {
    table: select(table).where(table.c.set_id == bindparam("of_set")).order_by(table.c.position)
    for table, *_ in _CHILDREN
}
"""Made once: building a statement costs more than running it."""


def read_children(transaction: Transaction, installation: str, set_id: str) -> dict[str, Any]:
    """The rows of all that hangs on a set, by what `rows.state_from` calls them."""
    return {
        **{name: _of_set(transaction, table, set_id) for table, name, *_ in _CHILDREN},
        "rsvps": _rsvps(transaction, set_id),
        "preferences": _preferences(transaction, installation, set_id),
    }


def _of_set(transaction: Transaction, table: Table, set_id: str) -> Sequence[Any]:
    return transaction.connection.execute(_OF_SET[table], {"of_set": set_id}).mappings().all()


def _rsvps(transaction: Transaction, set_id: str) -> Sequence[Any]:
    query = (
        select(rsvps)
        .join(meetings, meetings.c.id == rsvps.c.meeting_id)
        .where(meetings.c.set_id == set_id)
        .order_by(rsvps.c.answered_at, rsvps.c.person)
    )
    return transaction.connection.execute(query).mappings().all()


def _preferences(
    transaction: Transaction, installation: str, set_id: str
) -> dict[str, Preferences]:
    in_set = select(members.c.person).where(members.c.set_id == set_id)
    query = select(people).where(
        people.c.installation_id == installation, people.c.person.in_(in_set)
    )
    found = transaction.connection.execute(query).mappings()
    return {row["person"]: rows.preferences_from(dict(row)) for row in found}


def write_children(
    transaction: Transaction, before: SetState | None, after: SetState, installation: str
) -> None:
    """Write what is new or changed of all that hangs on a set, and delete what is gone."""
    for table, attribute, key, make in _CHILDREN:
        old = getattr(before, attribute) if before is not None else ()
        new = getattr(after, attribute)
        if new is old:
            continue
        known = dict(enumerate(old))
        for position, value in enumerate(new):
            if known.get(position) != value:
                row = make(after.id, position, value, installation, transaction.vault)
                _write_row(transaction, table, row)
        kept = {getattr(value, key) for value in new}
        gone = {getattr(value, key) for value in old} - kept
        if gone:
            where = and_(table.c.set_id == after.id, table.c[key].in_(gone))
            transaction.connection.execute(delete(table).where(where))
    _write_rsvps(transaction, before, after)
    _write_preferences(transaction, before, after, installation)


def _write_row(transaction: Transaction, table: Table, row: rows.Row) -> None:
    keys = [c.name for c in table.primary_key.columns]
    statement = upsert(transaction.connection, table).values(row)
    transaction.connection.execute(
        statement.on_conflict_do_update(
            index_elements=keys, set_={k: v for k, v in row.items() if k not in keys}
        )
    )


def _write_rsvps(transaction: Transaction, before: SetState | None, after: SetState) -> None:
    known = {m.id: m.rsvps for m in before.meetings} if before is not None else {}
    for meeting in after.meetings:
        if meeting.rsvps == known.get(meeting.id, ()):
            continue
        transaction.connection.execute(delete(rsvps).where(rsvps.c.meeting_id == meeting.id))
        if meeting.rsvps:
            transaction.connection.execute(insert(rsvps), rows.rsvp_rows(meeting))


def _write_preferences(
    transaction: Transaction, before: SetState | None, after: SetState, installation: str
) -> None:
    """Only what somebody has said: a zone that was seen when they joined is no choice yet."""
    known = {m.person: m.preferences for m in before.members} if before is not None else {}
    for member in after.members:
        if member.preferences == known.get(member.person, member.preferences):
            continue
        row = rows.preferences_row(installation, member)
        statement = upsert(transaction.connection, people).values(row)
        transaction.connection.execute(
            statement.on_conflict_do_update(index_elements=["installation_id", "person"], set_=row)
        )
