"""Claiming what is due to be sent and settling what became of it: the outbox's half of the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update

from bot.core.session import Matter, Notice, Where
from bot.runtime.ports import Op
from bot.runtime.store.tables import destinations, installations, message_refs, outbox, people
from bot.runtime.store.unit import upsert
from bot.runtime.vault import Vault

UNSURE_REST = timedelta(seconds=60)
"""How long a message of unsure fate is left alone: a late request may still land (measured)."""

ASIDE = timedelta(hours=1)
"""How long a row waits for another to settle, if nothing wakes it earlier."""

BATCH = 200


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row this process alone is to send (or to look up) now."""

    seq: int
    claim: str
    claimed_at: datetime
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
    made_at: datetime
    expires_at: datetime | None
    notice: Notice
    ref: str
    parent: str
    again: bool
    reactions: str
    unsure: bool


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two messages to one destination; none at all for machines of our own."""

    place: float = 0.0
    person: float = 0.0


def claim(
    connection: Connection,
    vault: Vault,
    now: datetime,
    claim_id: str,
    paces: dict[str, Pace],
    limit: int = BATCH,
) -> tuple[Claimed, ...]:
    """Take what can be sent now; rows that must wait are put aside until what they wait for."""
    found = _candidates(connection, now, limit)
    if not found:
        return ()
    refs = _refs(connection, vault, found)
    busy = _busy_slots(connection, found)
    pauses = _pauses(connection, found)
    taken: list[Claimed] = []
    for row in found:
        wait = _wait_until(row, now, refs, busy, pauses)
        if wait is not None:
            _put_aside(connection, row["seq"], wait)
            continue
        unsure = row["state"] != "due"
        taken.append(_take(connection, row, now, claim_id, refs, unsure=unsure))
        busy.add(row["slot"])
        pause = _paced(row, now, paces)
        if pause is not None and not unsure:
            pauses[_destination(row)] = (pause, None)
            _keep_pace(connection, row, pause)
    return tuple(taken)


def _candidates(connection: Connection, now: datetime, limit: int) -> Sequence[Any]:
    orphaned = and_(
        outbox.c.state.in_(("sending", "unsure")), outbox.c.claimed_at <= now - UNSURE_REST
    )
    ready = or_(outbox.c.state == "due", orphaned)
    query = (
        select(outbox)
        .where(outbox.c.state.in_(("due", "sending", "unsure")), outbox.c.not_before <= now, ready)
        .order_by(outbox.c.not_before, outbox.c.seq)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = connection.execute(query).mappings().all()
    return sorted(found, key=lambda row: row["seq"])


def _refs(connection: Connection, vault: Vault, found: Sequence[Any]) -> dict[str, tuple[str, str]]:
    slots = {row["slot"] for row in found} | {row["parent_slot"] for row in found} - {""}
    query = select(message_refs.c.slot, message_refs.c.ref, message_refs.c.reactions).where(
        message_refs.c.slot.in_(slots)
    )
    return {r.slot: (vault.unseal(r.ref), r.reactions) for r in connection.execute(query)}


def _busy_slots(connection: Connection, found: Sequence[Any]) -> set[str]:
    """Slots in which a message of unsure fate, or one on its way, delays what comes after it."""
    query = select(outbox.c.slot, outbox.c.seq).where(
        outbox.c.slot.in_({row["slot"] for row in found}),
        outbox.c.state.in_(("sending", "unsure")),
    )
    own = {row["seq"] for row in found}
    return {r.slot for r in connection.execute(query) if r.seq not in own}


_Pauses = dict[tuple[str, str], tuple[datetime | None, datetime | None]]


def _pauses(connection: Connection, found: Sequence[Any]) -> _Pauses:
    keys = {_destination(row) for row in found}
    query = select(destinations).where(
        destinations.c.installation_id.in_({k[0] for k in keys}),
        destinations.c.destination.in_({k[1] for k in keys}),
    )
    paused: _Pauses = {
        (r.installation_id, r.destination): (r.next_at, r.paused_until)
        for r in connection.execute(query)
    }
    whole = select(installations.c.id, installations.c.paused_until).where(
        installations.c.id.in_({k[0] for k in keys}), installations.c.paused_until.is_not(None)
    )
    for r in connection.execute(whole):
        paused[(r.id, "")] = (None, r.paused_until)
    return paused


def _destination(row: Any) -> tuple[str, str]:
    return (row["installation_id"], row["destination"])


def _wait_until(
    row: Any,
    now: datetime,
    refs: dict[str, tuple[str, str]],
    busy: set[str],
    pauses: _Pauses,
) -> datetime | None:
    """When to look at this row again; None where it can go now."""
    if row["state"] != "due":
        return None
    if row["expires_at"] is not None and row["expires_at"] <= now:
        return None
    if row["slot"] in busy:
        return now + ASIDE
    if row["op"] != Op.POST and row["slot"] not in refs:
        return now + ASIDE
    if row["parent_slot"] and row["parent_slot"] not in refs:
        return now + ASIDE
    for key in ((row["installation_id"], ""), _destination(row)):
        times = [t for t in pauses.get(key, ()) if t is not None and t > now]
        if times:
            return max(times)
    return None


def _put_aside(connection: Connection, seq: int, until: datetime) -> None:
    connection.execute(update(outbox).where(outbox.c.seq == seq).values(not_before=until))


def _paced(row: Any, now: datetime, paces: dict[str, Pace]) -> datetime | None:
    pace = paces.get(row["installation_id"].partition(":")[0], Pace())
    seconds = pace.person if row["person"] else pace.place
    return now + timedelta(seconds=seconds) if seconds else None


def _keep_pace(connection: Connection, row: Any, next_at: datetime) -> None:
    installation, destination = _destination(row)
    values = {"installation_id": installation, "destination": destination, "next_at": next_at}
    statement = upsert(connection, destinations).values(values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["installation_id", "destination"], set_={"next_at": next_at}
        )
    )


def _take(
    connection: Connection,
    row: Any,
    now: datetime,
    claim_id: str,
    refs: dict[str, tuple[str, str]],
    *,
    unsure: bool,
) -> Claimed:
    values: dict[str, Any] = {"state": "sending", "claim_id": claim_id}
    if unsure:
        # The look-up asks about the first claim's time; the row rests anew while it is looked up.
        values |= {"not_before": now + UNSURE_REST}
    else:
        values |= {
            "claimed_at": now,
            "attempts": row["attempts"] + 1,
            "not_before": now + UNSURE_REST,
        }
    connection.execute(update(outbox).where(outbox.c.seq == row["seq"]).values(values))
    ref, reactions = refs.get(row["slot"], ("", ""))
    where = Where.DIRECT if row["person"] else Where.PLACE
    if row["parent_slot"]:
        where = Where.THREAD
    return Claimed(
        seq=row["seq"],
        claim=claim_id,
        claimed_at=row["claimed_at"] if unsure else now,
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
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        notice=Notice(
            Matter(row["kind"]),
            row["slot"],
            row["card"],
            row["subject_id"],
            where,
            row["person"] or None,
            row["expires_at"],
        ),
        ref=ref,
        parent=refs.get(row["parent_slot"], ("", ""))[0],
        again=row["again"],
        reactions=reactions,
        unsure=unsure,
    )


# --- settling ---


def sent(
    connection: Connection, vault: Vault, row: Claimed, now: datetime, ref: str, reactions: str
) -> None:
    """It got through: its reference is known, and what waited for it may go."""
    newer = select(outbox.c.wanted_rev).where(outbox.c.seq == row.seq).scalar_subquery()
    wanted = connection.execute(select(newer)).scalar()
    again = row.op is not Op.POST and wanted is not None and wanted > row.wanted_rev
    changed = connection.execute(
        update(outbox)
        .where(outbox.c.seq == row.seq, outbox.c.claim_id == row.claim)
        .values(
            state="due" if again else "sent",
            sent_rev=row.wanted_rev,
            not_before=now,
            settled_at=now,
            paused_reason=None,
            message_ref=vault.seal(row.installation, ref),
        )
    )
    if row.op is Op.POST and changed.rowcount:
        _keep_ref(connection, vault, row, now, ref)
    if row.op is Op.DELETE and changed.rowcount:
        connection.execute(message_refs.delete().where(message_refs.c.slot == row.slot))
    if row.op is Op.REACT and changed.rowcount:
        connection.execute(
            update(message_refs).where(message_refs.c.slot == row.slot).values(reactions=reactions)
        )
    wake(connection, row.slot, now)


def _keep_ref(connection: Connection, vault: Vault, row: Claimed, now: datetime, ref: str) -> None:
    values = {
        "slot": row.slot,
        "installation_id": row.installation,
        "set_id": row.set_id,
        "ref": vault.seal(row.installation, ref),
        "ref_key": vault.blind(row.installation, ref),
        "destination": row.destination,
        "posted_at": now,
    }
    statement = upsert(connection, message_refs).values(values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["slot"],
            set_={"ref": values["ref"], "ref_key": values["ref_key"], "posted_at": now},
        )
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
            set_={"wanted_rev": outbox.c.wanted_rev + 1, "state": "due", "not_before": now},
        )
    )


def wake(connection: Connection, slot: str, now: datetime) -> None:
    """Rows put aside until this slot settled may be looked at again."""
    connection.execute(
        update(outbox)
        .where(
            outbox.c.state == "due",
            or_(outbox.c.slot == slot, outbox.c.parent_slot == slot),
            outbox.c.not_before > now,
        )
        .values(not_before=now)
    )


def ended(connection: Connection, row: Claimed, now: datetime, state: str, why: str) -> None:
    """It is of no use any more (`expired`) or cannot be delivered (`dead`)."""
    connection.execute(
        update(outbox)
        .where(outbox.c.seq == row.seq, outbox.c.claim_id == row.claim)
        .values(state=state, settled_at=now, last_error_class=why)
    )
    wake(connection, row.slot, now)


def later(
    connection: Connection,
    row: Claimed,
    at: datetime,
    why: str,
    *,
    again: bool = False,
    count: bool = True,
) -> None:
    """It certainly was not sent: due again at `at`."""
    values: dict[str, Any] = {
        "state": "due",
        "not_before": at,
        "last_error_class": why,
        "again": row.again or again,
    }
    if not count:
        values["attempts"] = max(row.attempts - 1, 0)
    connection.execute(
        update(outbox).where(outbox.c.seq == row.seq, outbox.c.claim_id == row.claim).values(values)
    )


def unsure(connection: Connection, row: Claimed, at: datetime, why: str) -> None:
    """Nobody knows whether it was sent: left alone until `at`, then looked up."""
    connection.execute(
        update(outbox)
        .where(outbox.c.seq == row.seq, outbox.c.claim_id == row.claim)
        .values(state="unsure", not_before=at, last_error_class=why)
    )


def pause(
    connection: Connection, installation: str, destination: str, until: datetime, why: str
) -> None:
    """Nothing goes to this destination before `until`."""
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
        )
    )


def pause_installation(
    connection: Connection, installation: str, until: datetime, why: str
) -> None:
    """Nothing at all goes out for this installation before `until`."""
    connection.execute(
        update(installations)
        .where(installations.c.id == installation)
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


def nearest(connection: Connection) -> datetime | None:
    """When the next row can be looked at."""
    query = select(func.min(outbox.c.not_before)).where(
        outbox.c.state.in_(("due", "sending", "unsure"))
    )
    return connection.execute(query).scalar()


def rows_of(connection: Connection, set_id: str, limit: int = 30) -> Iterable[Any]:
    """The newest rows of a set, for the inspector."""
    query = (
        select(outbox).where(outbox.c.set_id == set_id).order_by(outbox.c.seq.desc()).limit(limit)
    )
    return connection.execute(query).mappings().all()
