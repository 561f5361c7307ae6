"""Writing down what is to be said: posts once per slot, edits merged, in the cause's transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.core.decision import Matter, Notice, Where
from bot.runtime.store.tables.messages import outbox
from bot.runtime.vault import Vault

STANDING = frozenset({Matter.BOARD, Matter.PHASE, Matter.WORDS, Matter.RESULT, Matter.ENTRY})
"""Messages that are edited when what they show changes; the others are said once."""

AHEAD = timedelta(minutes=15)
"""How far the clock of a sender before a restore may have been ahead of ours."""

WAITING = ("due", "sending", "unsure")


_WAITS = or_(*(outbox.c.state == state for state in WAITING))
"""Spelled out, because a statement that runs for many rows cannot take a list of values."""


class Intents:
    """The outbox rows one transaction adds."""

    def __init__(
        self,
        connection: Connection,
        vault: Vault,
        now: datetime,
        restored_at: datetime | None = None,
    ) -> None:
        """Collects; `write` writes them in one go. `restored_at`: see `backup.settle_copy`."""
        self._connection = connection
        self._vault = vault
        self._now = now
        self._restored_at = restored_at
        self._posts: dict[str, dict[str, Any]] = {}
        self._gone: dict[str, dict[str, Any]] = {}

    def say(
        self,
        installation: str,
        set_id: str,
        session_id: str,
        notice: Notice,
        meant_at: datetime | None = None,
        said_from: datetime | None = None,
    ) -> None:
        """A notice: posted once in its slot; a standing one already there is edited.

        `meant_at` is when it should have been said, where that was earlier than now; `said_from` is
        from when on it may have been, where it is said once in a while.
        """
        row = self._row(installation, set_id, session_id, notice, "post")
        self._posts[notice.slot] = {
            **row,
            "due_at": meant_at or row["due_at"],
            **self._perhaps_sent(said_from or meant_at),
        }

    def _perhaps_sent(self, meant_at: datetime | None) -> dict[str, Any]:
        """What was meant before a restore may stand there already: looked up before it is sent."""
        restored = self._restored_at
        if meant_at is None or restored is None or meant_at > restored + AHEAD:
            return {"state": "due", "claim_id": None, "claimed_at": None}
        since = min(meant_at, restored)
        return {"state": "unsure", "claim_id": "restored", "claimed_at": since}

    def take_away(self, installation: str, set_id: str, session_id: str, slot: str) -> None:
        """A slot that should not stand any more."""
        self._posts.pop(slot, None)
        gone = Notice(Matter.PHASE, slot, "gone")
        row = self._row(installation, set_id, session_id, gone, "delete")
        # The columns of a post, since both are written in one go.
        self._gone[slot] = {**row, **self._perhaps_sent(None)}

    def write(self) -> bool:
        """Insert what is new, merge edits into one waiting row per slot; whether there was any."""
        known = self._known((*self._posts, *self._gone))
        fresh = [row for slot, row in self._posts.items() if slot not in known]
        if fresh:
            self._connection.execute(_POST[self._connection.dialect.name], fresh)
        merged = [
            {**row, "op": "edit", "dedupe_key": f"edit:{slot}"}
            for slot, row in self._posts.items()
            if known.get(slot) in ("sending", "unsure", "sent") and row["kind"] in STANDING
        ]
        for slot, row in self._gone.items():
            if known.get(slot) == "due":
                self._forget(slot)
            elif known.get(slot) in ("sending", "unsure", "sent"):
                merged.append(row)
        if merged:
            self._connection.execute(_MERGE[self._connection.dialect.name], merged)
        return bool(self._posts or self._gone)

    def _known(self, slots: tuple[str, ...]) -> dict[str, str]:
        if not slots:
            return {}
        found = self._connection.execute(_KNOWN, {"slots": slots})
        return {row.slot: row.state for row in found}

    def _forget(self, slot: str) -> None:
        self._connection.execute(
            update(outbox)
            .where(outbox.c.slot == slot, outbox.c.state == "due")
            .values(state="expired", settled_at=self._now, last_error_class="withdrawn")
        )

    def _row(
        self, installation: str, set_id: str, session_id: str, notice: Notice, op: str
    ) -> dict[str, Any]:
        session = session_id if notice.where is Where.THREAD else ""
        place = f"set:{set_id}"
        return {
            "installation_id": installation,
            "set_id": set_id,
            "session_id": session_id,
            "destination": f"person:{notice.to}" if notice.where is Where.DIRECT else place,
            "person": notice.to or "",
            "kind": notice.matter.value,
            "op": op,
            "slot": notice.slot,
            "card": notice.card,
            "subject_id": notice.subject,
            "parent_slot": f"{session}:board" if session and op == "post" else "",
            "dedupe_key": f"{op}:{notice.slot}",
            # Not drawn but derived, so that a restored database looks for the same message.
            "key": self._vault.blind(installation, f"{op}:{notice.slot}")[:32],
            "due_at": max(notice.after or self._now, self._now),
            "not_before": max(notice.after or self._now, self._now),
            "expires_at": notice.until,
            "state": "due",
            "made_at": self._now,
        }


def _merge(insert: Any) -> Any:
    """One waiting row per slot and operation: the newest request wins."""
    new = insert.excluded
    changes = {
        "wanted_rev": outbox.c.wanted_rev + 1,
        "state": case((outbox.c.state == "sending", outbox.c.state), else_="due"),
        "attempts": case((outbox.c.state == "sending", outbox.c.attempts), else_=0),
        "last_error_class": None,
        "due_at": new.due_at,
        "not_before": case((_WAITS, outbox.c.not_before), else_=new.due_at),
        "expires_at": new.expires_at,
        "card": new.card,
        "subject_id": new.subject_id,
    }
    return insert.on_conflict_do_update(index_elements=["dedupe_key"], set_=changes)


_INSERT: dict[str, Any] = {"sqlite": sqlite_insert(outbox), "postgresql": pg_insert(outbox)}
_POST = {name: insert.on_conflict_do_nothing() for name, insert in _INSERT.items()}
_MERGE = {name: _merge(insert) for name, insert in _INSERT.items()}
_KNOWN = select(outbox.c.slot, outbox.c.state).where(
    outbox.c.op == "post", outbox.c.slot.in_(bindparam("slots", expanding=True))
)
"""Made once: building a statement costs more than running it."""
