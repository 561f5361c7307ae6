"""What a transaction has decided, collected in memory and written together at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, insert, text, update

from bot.core import engine
from bot.core.decision import Notice
from bot.core.learning_set.place import Room
from bot.core.meeting.session import Session
from bot.runtime import codec
from bot.runtime.ports.incoming import Answer
from bot.runtime.process.postgres import CHANNEL
from bot.runtime.store import rows
from bot.runtime.store.outbox.write import Intents
from bot.runtime.store.tables.sets import learning_sets, sessions, timers
from bot.runtime.store.transaction import Transaction
from bot.runtime.store.unit.children import write_children
from bot.runtime.store.unit.inbox import PLAIN, write_answers
from bot.runtime.store.unit.loaded import Loaded
from bot.runtime.store.unit.timers import change_timers

_KICK = text("SELECT pg_notify(:channel, '')")

_VERSIONED = {
    table.name: update(table).where(
        table.c.id == bindparam("this"), table.c.version == bindparam("was")
    )
    for table in (learning_sets, sessions)
}
"""Made once: building a statement costs more than running it."""


class Conflict(Exception):
    """Somebody else has changed what this transaction was about: decide again."""


class Changes:
    """Everything to be written: sets, sessions, timers, messages, answers, and what follows."""

    def __init__(
        self, transaction: Transaction, loaded: Loaded, restored_at: datetime | None = None
    ) -> None:
        """`restored_at`: see `backup.settle_copy`."""
        self._transaction = transaction
        self._loaded = loaded
        self._restored_at = restored_at
        self._notices: list[tuple[str, str, str, Notice, datetime | None]] = []
        self._answers: dict[str, tuple[str, Answer]] = {}
        self._rung: list[str] = []
        self._kicks = False
        self._afterwards: list[Callable[[], object]] = []
        self._forgets = False
        self.scrubs = False
        """Whether something is deleted for good: then it is to be nowhere on the disk soon after."""
        self.compacts = False
        """Whether somebody asked for it: then the file's pages may keep nothing either."""
        self.closes = False
        """Whether a meeting ends in it."""

    # --- what is decided ---

    def keep(
        self,
        installation: str,
        before: Room,
        after: Room,
        notices: Iterable[Notice],
        meant_at: datetime | None = None,
    ) -> None:
        """Take over what a decision changed; written with everything else at the end.

        `meant_at` is when its notices should have been said, where that was earlier than now.
        """
        self._loaded.change(installation, before, after)
        if after.set is not None:
            session = after.session.id if after.session is not None else ""
            for notice in notices:
                self._notices.append((installation, after.set.id, session, notice, meant_at))

    def answered(self, delivery: str, installation: str, answer: Answer) -> None:
        """Keep the answer to a delivery, for when it comes again."""
        if delivery and answer != PLAIN:
            self._answers[delivery] = (installation, answer)

    def rang(self, timer: str) -> None:
        """That timer has spoken: it does so once."""
        self._rung.append(timer)

    def drop(self, set_id: str) -> None:
        """A set whose rows are deleted in this transaction: nothing of it is written any more."""
        self._loaded.drop(set_id)
        self._notices = [n for n in self._notices if n[1] != set_id]
        self.scrubs = self.compacts = True
        self.forget_loaded()

    def after_commit(self, job: Callable[[], object]) -> None:
        """Do this once everything is stored, and never if it is not."""
        self._afterwards.append(job)

    def forget_loaded(self) -> None:
        """Rows were changed behind the loaded sets: after this transaction they are read again."""
        self._forgets = True

    def intents(self) -> Intents:
        """Where messages of this transaction are written down."""
        at = self._transaction
        return Intents(at.connection, at.vault, at.now, self._restored_at)

    # --- writing ---

    def flush(self) -> None:
        """Write everything this transaction has decided. Raises Conflict where others were faster."""
        self._transaction.write_together()
        self._write_sets()
        self._write_sessions()
        self._write_timers()
        self._write_intents()
        write_answers(self._transaction, self._answers)
        connection = self._transaction.connection
        if self._kicks and connection.dialect.name != "sqlite":
            connection.execute(_KICK, {"channel": CHANNEL})

    def done(self) -> None:
        """After the commit: what was written is what is true now."""
        for job in self._afterwards:
            job()
        self._loaded.stored()
        if self._forgets:
            self._loaded.forget()

    def _write_sets(self) -> None:
        for set_id, state in self._loaded.sets.items():
            before = self._loaded.sets_before[set_id]
            installation = self._loaded.home_of(set_id)
            row = rows.set_row(state, installation, self._transaction.vault)
            row["version"] = state.version + 1
            if before is None:
                self._transaction.connection.execute(insert(learning_sets).values(row))
            else:
                self._update(learning_sets, [_instead_of(before.version, row)])
            write_children(self._transaction, before, state, installation)

    def _write_sessions(self) -> None:
        changed = []
        for session in self._loaded.sessions.values():
            row = self._session_row(session)
            before = self._loaded.sessions_before[session.id]
            self.closes |= session.closed_at is not None and (before is None or before.live)
            if before is None:
                self._transaction.connection.execute(insert(sessions).values(row))
            else:
                changed.append(_instead_of(session.version, row))
        self._update(sessions, changed)

    def _session_row(self, session: Session) -> dict[str, Any]:
        installation = self._loaded.home_of(session.set_id)
        return {
            "id": session.id,
            "set_id": session.set_id,
            "version": session.version + 1,
            "phase": session.step.phase,
            "status": session.status.value,
            "format_number": codec.VERSION,
            "snapshot": self._transaction.vault.seal(installation, codec.dump(session)),
            "opened_at": session.opened_at,
            "closed_at": session.closed_at,
        }

    def _update(self, table: Table, changed: list[dict[str, Any]]) -> None:
        """Write rows whose version is still `was`; all in one go where the driver can count them."""
        connection, statement = self._transaction.connection, _VERSIONED[table.name]
        counts = connection.dialect.supports_sane_multi_rowcount
        for some in [changed] if counts else [[row] for row in changed]:
            if some and connection.execute(statement, some).rowcount != len(some):
                raise Conflict(table.name)

    def _write_timers(self) -> None:
        at, loaded = self._transaction, self._loaded
        for set_id, state in loaded.sets.items():
            fresh = change_timers(at, set_id, "", loaded.sets_before[set_id], state)
            self._kicks = fresh or self._kicks
        for session in loaded.sessions.values():
            before = loaded.sessions_before[session.id]
            fresh = change_timers(at, session.set_id, session.id, before, session)
            self._kicks = fresh or self._kicks
        if self._rung:
            at.connection.execute(
                update(timers).where(timers.c.key.in_(self._rung)).values(done_at=at.now)
            )

    def _since_restored(self, session: Session | None) -> datetime | None:
        """From when on the database this one stands for may have said a meeting's messages.

        None where it cannot have: the meeting is younger than the restore.
        """
        restored = self._restored_at
        if session is None or restored is None or session.opened_at > restored:
            return None
        return session.opened_at

    def _write_intents(self) -> None:
        intents, loaded = self.intents(), self._loaded
        for installation, set_id, session_id, notice, meant_at in self._notices:
            since = self._since_restored(loaded.sessions.get(session_id))
            intents.say(installation, set_id, session_id, notice, meant_at, since)
        for set_id, state in loaded.sets.items():
            was, installation = loaded.sets_before[set_id], loaded.home_of(set_id)
            for notice in engine.entry_changes(was, state):
                intents.say(installation, set_id, "", notice)
            for slot in engine.entries_gone(was, state):
                intents.take_away(installation, set_id, "", slot)
        for session in loaded.sessions.values():
            before, installation = (
                loaded.sessions_before[session.id],
                loaded.home_of(session.set_id),
            )
            for post in engine.changes(before, session):
                since = self._since_restored(session)
                intents.say(installation, session.set_id, session.id, post.notice, said_from=since)
            for slot in engine.gone(before, session):
                intents.take_away(installation, session.set_id, session.id, slot)
        self._kicks = intents.write() or self._kicks


def _instead_of(version: int, row: dict[str, Any]) -> dict[str, Any]:
    return {**{k: v for k, v in row.items() if k != "id"}, "this": row["id"], "was": version}
