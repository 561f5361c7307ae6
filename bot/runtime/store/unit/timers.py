"""The timers of a set and of its meeting: derived from their deadlines, replaced at each save."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from sqlalchemy import delete

from bot.core import engine
from bot.core.decision import Deadline
from bot.core.learning_set.state import SetState
from bot.core.meeting.session import Session
from bot.runtime.store.tables.sets import timers
from bot.runtime.store.transaction import Transaction, upsert


def change_timers(
    transaction: Transaction,
    set_id: str,
    session_id: str,
    before: SetState | Session | None,
    after: SetState | Session,
) -> bool:
    """Take away the timers that are no deadline any more and add the new ones; whether there are any."""
    was = engine.deadlines(before) if before is not None else ()
    now = engine.deadlines(after)
    if was == now:
        return False
    old, new = _by_key(was, set_id, session_id), _by_key(now, set_id, session_id)
    gone = [key for key in old if key not in new]
    if gone:
        transaction.connection.execute(
            delete(timers).where(timers.c.key.in_(gone), timers.c.done_at.is_(None))
        )
    fresh = [row for key, row in new.items() if key not in old]
    if fresh:
        statement = upsert(transaction.connection, timers).on_conflict_do_nothing()
        transaction.connection.execute(statement, fresh)
    return bool(fresh)


def timer_row(set_id: str, due: Deadline) -> dict[str, Any]:
    """The row of a deadline that is the set's own, no meeting's."""
    return _timer(set_id, "", due)


def _by_key(due: Iterable[Deadline], set_id: str, session_id: str) -> dict[str, dict[str, Any]]:
    return {_key(set_id, session_id, d): _timer(set_id, session_id, d) for d in due}


def _key(set_id: str, session_id: str, due: Deadline) -> str:
    parts = (set_id, session_id, due.what, due.subject, str(due.step), due.at.isoformat())
    return sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def _timer(set_id: str, session_id: str, due: Deadline) -> dict[str, Any]:
    return {
        "key": _key(set_id, session_id, due),
        "set_id": set_id,
        "session_id": session_id,
        "what": due.what,
        "subject": due.subject,
        "step": due.step,
        "due_at": due.at,
    }
