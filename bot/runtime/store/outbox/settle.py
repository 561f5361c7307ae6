"""Settling what became of a claimed message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, and_, bindparam, case, or_, select, text, update

from bot.runtime.ports.outgoing import Op
from bot.runtime.store.outbox.take import UNSURE_REST, Claimed
from bot.runtime.store.tables.messages import message_refs, outbox
from bot.runtime.store.transaction import Transaction, upsert, upsert_of


def _stands_under(slot: Any) -> Any:
    """Spelled as the index spells it, or the whole table is read."""
    return and_(outbox.c.parent_slot == slot, text("outbox.parent_slot <> ''"))


MAY_LAND_YET = "may_land_yet"
"""Why an edit that got through is made once more: an earlier one may land after it."""

_MINE = update(outbox).where(
    outbox.c.seq == bindparam("row_seq"), outbox.c.claim_id == bindparam("row_claim")
)


def _change(connection: Connection, row: Claimed, **values: Any) -> None:
    """Change a row, unless somebody else has claimed it since."""
    mine = {"row_seq": row.seq, "row_claim": row.claim}
    connection.execute(_MINE.values(values), mine)


_SENT = _MINE.values(
    state=case(
        (
            and_(outbox.c.op != Op.POST.value, outbox.c.wanted_rev > bindparam("rev")),
            "due",
        ),
        else_="sent",
    ),
    sent_rev=bindparam("rev"),
    not_before=bindparam("at"),
    settled_at=bindparam("at"),
    again=bindparam("still"),
    last_error_class=bindparam("why"),
    paused_reason=None,
    message_ref=bindparam("sealed"),
)
"""Made once: building a statement costs more than running it."""


_HELD = (
    select(outbox.c.seq, outbox.c.claim_id)
    .where(outbox.c.seq.in_(bindparam("seqs", expanding=True)))
    .order_by(outbox.c.seq)
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A row that got through, and the platform's reference to the current post."""

    row: Claimed
    ref: str
    reactions: str = ""


def sent(transaction: Transaction, many: Sequence[Sent]) -> None:
    """They got through: their references are known, and what waited for them may go.

    Many are settled in a few statements, for a backlog is sent as fast as this can be written down.
    A row that somebody else has claimed since is left to them.
    """
    connection, now = transaction.connection, transaction.now
    claims = {row.seq: row.claim for row in (one.row for one in many)}
    held = connection.execute(_HELD, {"seqs": list(claims)})
    mine = {row.seq for row in held if row.claim_id == claims[row.seq]}
    kept = [one for one in many if one.row.seq in mine]
    if not kept:
        return
    sealed = [transaction.vault.seal(one.row.installation, one.ref) for one in kept]
    pairs = list(zip(kept, sealed, strict=True))
    connection.execute(_SENT, [_as_sent(one.row, ref, now) for one, ref in pairs])
    posts = [_reference(transaction, one, ref) for one, ref in pairs if one.row.op is Op.POST]
    if posts:
        connection.execute(_keeping(connection.dialect.name), posts)
    for one in kept:
        if one.row.op is Op.DELETE:
            connection.execute(message_refs.delete().where(message_refs.c.slot == one.row.slot))
        elif one.row.op is Op.REACT:
            seeded = update(message_refs).where(message_refs.c.slot == one.row.slot)
            connection.execute(seeded.values(reactions=one.reactions))
    slots = sorted({one.row.slot for one in kept})
    connection.execute(_SETTLED, [{"of_slot": slot, "at": now} for slot in slots])


def _as_sent(row: Claimed, sealed: str, now: datetime) -> dict[str, Any]:
    """An edit of unknown fate may still land over this one: then this one is made once more."""
    mine = {"row_seq": row.seq, "row_claim": row.claim}
    over = row.op is not Op.EDIT or not row.again or row.last_error == MAY_LAND_YET
    if over:
        still = row.op is Op.POST and row.again
        return {
            **mine,
            "rev": row.wanted_rev,
            "at": now,
            "sealed": sealed,
            "still": still,
            "why": row.last_error or None,
        }
    later = {"rev": row.wanted_rev - 1, "at": now + UNSURE_REST, "still": True, "why": MAY_LAND_YET}
    return {**mine, **later, "sealed": sealed}


def _reference(transaction: Transaction, one: Sent, sealed: str) -> dict[str, Any]:
    return {
        "slot": one.row.slot,
        "installation_id": one.row.installation,
        "set_id": one.row.set_id,
        "ref": sealed,
        "ref_key": transaction.vault.blind(one.row.installation, one.ref),
        "destination": one.row.destination,
        "posted_at": transaction.now,
    }


@cache
def _keeping(dialect: str) -> Executable:
    """The reference of the newest message of a slot; made once for each kind of database."""
    statement = upsert_of(dialect, message_refs)
    new = statement.excluded
    set_ = {"ref": new.ref, "ref_key": new.ref_key, "posted_at": new.posted_at}
    kept: Executable = statement.on_conflict_do_update(index_elements=["slot"], set_=set_)
    return kept


def overtaken(connection: Connection, row: Claimed, slots: Iterable[str]) -> None:
    """Of the rows merged into a message, these said no more than it does: they are overtaken."""
    connection.execute(
        update(outbox)
        .where(outbox.c.merged_into == row.seq, outbox.c.slot.in_(sorted(slots)))
        .values(last_error_class="overtaken")
    )


def want_reactions(connection: Connection, row: Claimed, now: datetime, key: str) -> None:
    """The bot's own reactions are to be put on a message that stands."""
    values = {
        "installation_id": row.installation,
        "set_id": row.set_id,
        "session_id": row.session_id,
        "destination": row.destination,
        "person": row.person,
        "kind": row.notice.matter.value,
        "op": Op.REACT.value,
        "slot": row.slot,
        "card": row.notice.card,
        "subject_id": row.notice.subject,
        "parent_slot": "",
        "dedupe_key": f"react:{row.slot}",
        "key": key,
        "due_at": now,
        "not_before": now,
        "expires_at": row.expires_at,
        "state": "due",
        "made_at": now,
    }
    statement = upsert(connection, outbox).values(values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["dedupe_key"],
            set_={
                "wanted_rev": outbox.c.wanted_rev + 1,
                "state": "due",
                "not_before": now,
                "attempts": 0,
            },
        )
    )


def settled(connection: Connection, slot: str, now: datetime) -> None:
    """Rows put aside until this slot settled may be looked at again.

    Without a glance at their time: another process may be putting one aside right now, and then
    this waits for it and comes after it.
    """
    connection.execute(_SETTLED, {"of_slot": slot, "at": now})


_SETTLED = (
    update(outbox)
    .where(
        outbox.c.state == "due",
        or_(outbox.c.slot == bindparam("of_slot"), _stands_under(bindparam("of_slot"))),
        outbox.c.attempts == 0,
    )
    .values(not_before=bindparam("at"))
)


def ended(connection: Connection, row: Claimed, now: datetime, state: str, why: str) -> None:
    """It is of no use any more (`expired`) or cannot be delivered (`dead`)."""
    _change(connection, row, state=state, settled_at=now, last_error_class=why)
    if row.op is Op.POST:
        # What was to follow in its slot, or stand under it, has nothing to stand on.
        connection.execute(
            update(outbox)
            .where(
                outbox.c.state == "due",
                or_(
                    and_(outbox.c.slot == row.slot, outbox.c.op != Op.POST.value),
                    _stands_under(row.slot),
                ),
            )
            .values(state=state, settled_at=now, last_error_class=why)
        )
    settled(connection, row.slot, now)


def later(
    connection: Connection,
    row: Claimed,
    at: datetime,
    why: str,
    *,
    again: bool = False,
    count: bool = True,
    paused: bool = False,
) -> None:
    """It certainly was not sent (or is to be sent again): due at `at`. `count` keeps the attempt.

    `paused` says that its destination, or its whole installation, takes nothing until then.
    """
    values: dict[str, Any] = {
        "state": "due",
        "not_before": at,
        "last_error_class": why,
        "paused_reason": why[:32] if paused else None,
        "again": row.again or again,
    }
    if not count:
        values["attempts"] = max(row.attempts - 1, 0)
    _change(connection, row, **values)


def unsure(connection: Connection, row: Claimed, at: datetime, why: str) -> None:
    """Nobody knows whether it was sent: left alone until `at`, then looked up."""
    _change(connection, row, state="unsure", not_before=at, last_error_class=why)
