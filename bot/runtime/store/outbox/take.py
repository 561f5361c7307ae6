"""Taking a row to send: marked as this process's own, with the time of its claim here and there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from bot.core.decision import Matter, Notice, Where
from bot.runtime.ports.outgoing import Op
from bot.runtime.store.tables.messages import outbox

UNSURE_REST = timedelta(seconds=60)
"""How long a message of unsure fate is left alone: a late request may still land (measured)."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a message is for: the notice, of which set, and when it was meant."""

    notice: Notice
    set_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row this process alone is to send (or to look up) now."""

    seq: int
    claim: str
    claimed_at: datetime
    platform_at: datetime | None
    """The same instant by the platform's own clock, where it was known."""

    installation: str
    set_id: str
    session_id: str
    destination: str
    person: str
    op: Op
    slot: str
    key: str
    attempts: int
    wanted_rev: int
    due_at: datetime
    expires_at: datetime | None
    notice: Notice
    ref: str
    parent: str
    again: bool
    reactions: str
    last_error: str
    unsure: bool
    start: datetime
    """When it is to leave, at most `AHEAD` after the claim."""

    merged: tuple[Told, ...] = ()
    """What else it says after an outage, oldest first: for a person perhaps of several sets."""

    @property
    def told(self) -> tuple[Told, ...]:
        """All it says, oldest first."""
        return (*self.merged, Told(self.notice, self.set_id, self.due_at))


_TAKE = (
    update(outbox)
    .where(outbox.c.seq.in_(bindparam("seqs", expanding=True)))
    .values(state="sending", claim_id=bindparam("claim"), not_before=bindparam("again_at"))
)
_TAKE_DUE = _TAKE.values(
    claimed_at=bindparam("at"),
    platform_at=bindparam("there"),
    attempts=outbox.c.attempts + 1,
)


def take(
    connection: Connection, taken: Sequence[tuple[Any, datetime]], claim: SharedClaim
) -> tuple[Claimed, ...]:
    """Claim these rows, each with when it is to leave; those of unsure fate keep their first claim."""
    given = {"claim": claim.id, "again_at": claim.now + UNSURE_REST}
    due: dict[datetime | None, list[int]] = {}
    for row, _ in taken:
        if row["state"] == "due":
            due.setdefault(claim.times[row["installation_id"]], []).append(row["seq"])
    for there, seqs in due.items():
        connection.execute(_TAKE_DUE, {**given, "seqs": seqs, "at": claim.now, "there": there})
    others = [row["seq"] for row, _ in taken if row["state"] != "due"]
    if others:
        # The look-up asks about the first claim's time, so that one stays.
        connection.execute(_TAKE, {**given, "seqs": others})
    merged = _merged(connection, [row["seq"] for row, _ in taken])
    return tuple(_claimed(row, start, claim, merged) for row, start in taken)


_Merged = dict[int, tuple[Told, ...]]


@dataclass(frozen=True, slots=True)
class SharedClaim:
    """What all rows of one claim have in common."""

    id: str
    now: datetime
    refs: dict[str, tuple[str, str]]
    times: dict[str, datetime | None]
    """The present time on each installation's platform."""


def _merged(connection: Connection, seqs: list[int]) -> _Merged:
    if not seqs:
        return {}
    found: _Merged = {}
    for row in connection.execute(_MERGED, {"seqs": seqs}).mappings():
        carrier = row["merged_into"]
        told = Told(_notice(row), row["set_id"], row["due_at"])
        found[carrier] = (*found.get(carrier, ()), told)
    return found


_MERGED = (
    select(outbox)
    .where(outbox.c.merged_into.in_(bindparam("seqs", expanding=True)))
    .order_by(outbox.c.due_at, outbox.c.seq)
)


def _notice(row: Any) -> Notice:
    where = Where.DIRECT if row["person"] else Where.PLACE
    return Notice(
        Matter(row["kind"]),
        row["slot"],
        row["card"],
        row["subject_id"],
        Where.THREAD if row["parent_slot"] else where,
        row["person"] or None,
        row["expires_at"],
    )


def _claimed(row: Any, start: datetime, claim: SharedClaim, merged: _Merged) -> Claimed:
    unsure = row["state"] != "due"
    ref, reactions = claim.refs.get(row["slot"], ("", ""))
    return Claimed(
        seq=row["seq"],
        claim=claim.id,
        claimed_at=row["claimed_at"] if unsure else claim.now,
        platform_at=row["platform_at"] if unsure else claim.times[row["installation_id"]],
        installation=row["installation_id"],
        set_id=row["set_id"],
        session_id=row["session_id"],
        destination=row["destination"],
        person=row["person"],
        op=Op(row["op"]),
        slot=row["slot"],
        key=row["key"],
        attempts=row["attempts"] + (0 if unsure else 1),
        wanted_rev=row["wanted_rev"],
        due_at=row["due_at"],
        expires_at=row["expires_at"],
        notice=_notice(row),
        ref=ref,
        parent=claim.refs.get(row["parent_slot"], ("", ""))[0],
        again=row["again"],
        reactions=reactions,
        last_error=row["last_error_class"] or "",
        unsure=unsure,
        start=start,
        merged=merged.get(row["seq"], ()),
    )


def noticed(connection: Connection, slot: str) -> tuple[tuple[Told, ...], str] | None:
    """All that the message in a slot was posted for, oldest first, and the session it speaks of."""
    posted = select(outbox).where(outbox.c.slot == slot, outbox.c.op == Op.POST.value)
    found = connection.execute(posted).mappings().first()
    if found is None:
        return None
    merged = _merged(connection, [found["seq"]]).get(found["seq"], ())
    own = Told(_notice(found), found["set_id"], found["due_at"])
    return (*merged, own), found["session_id"]
