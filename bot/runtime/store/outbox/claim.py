"""Claiming what is due to be sent: who may go, who waits for what, what merges after an outage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, or_, select, update

from bot.core.decision import Matter
from bot.runtime.ports.outgoing import Op
from bot.runtime.store.outbox.late import WAITING, comes_late, destination, merge_late
from bot.runtime.store.outbox.take import UNSURE_REST, Claimed, SharedClaim, take
from bot.runtime.store.tables.installed import installations
from bot.runtime.store.tables.messages import destinations, message_refs, outbox
from bot.runtime.store.transaction import upsert
from bot.runtime.vault import Vault

ASIDE = timedelta(minutes=2)
"""How long a row waits for another to settle, if nothing wakes it earlier."""

AHEAD = timedelta(seconds=2)
"""How far ahead a claim may plan its sending by the pace of the whole: few claims, even steps."""

BATCH = 200
EVERYWHERE = "*"
"""The destination whose pace is that of a whole installation, or of all of them together."""

CATCHING_UP = "*late"
"""The destination whose pace is that of what an outage has left behind."""

URGENT = (Matter.BOARD.value, Matter.PHASE.value, Matter.WORDS.value, Matter.RESULT.value)
"""People who meet now come before any backlog of reminders."""

TURN = 0x616C73
"""The advisory lock for choosing what to send: one process at a time, for an instant."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two messages: to one place, to one person, and over all destinations.

    `shared` says that the last is counted over all installations of the platform together.
    `late` is the slower pace, over the same whole, of what an outage has left behind.
    """

    place: float = 0.0
    person: float = 0.0
    whole: float = 0.0
    shared: bool = False
    late: float = 0.0


Rested = Callable[[int], float]
"""Seconds that a row of unsure fate still has to rest, by a clock that cannot jump."""

PlatformTime = Callable[[str], datetime | None]
"""The present time on the platform of an installation, where it is known."""

_Times = dict[tuple[str, str], datetime]


@dataclass(slots=True)
class _Desk:
    """What one claim knows while it goes through its candidates."""

    now: datetime
    refs: dict[str, tuple[str, str]]
    busy: set[str]
    pauses: _Times
    paces: dict[str, Pace]
    rested: Rested
    began: datetime
    used: dict[tuple[str, str], datetime] = field(default_factory=dict)
    queues: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def wait_until(self, row: Any) -> datetime | None:
        """When to look at this row again; None where it can go now."""
        if row["state"] != "due":
            rest = self.rested(row["seq"])
            return self.now + timedelta(seconds=rest) if rest > 0 else None
        if row["expires_at"] is not None and row["expires_at"] <= self.now:
            return None
        if row["slot"] in self.busy or self._lacks_reference(row):
            return self.now + ASIDE
        times = [self._turn(key, seconds) for key, seconds in self._keys(row)]
        return max((t for t in times if t is not None), default=None)

    def _turn(self, key: tuple[str, str], seconds: float) -> datetime | None:
        """When this row's turn comes here; each that waits stands one step behind the last."""
        free = self.pauses.get(key, self.now)
        if free <= self.now + (AHEAD if key[1] == EVERYWHERE else timedelta(0)):
            return None
        turn = max(free, self.queues.get(key, free))
        self.queues[key] = turn + timedelta(seconds=seconds)
        return turn

    def _lacks_reference(self, row: Any) -> bool:
        if row["op"] != Op.POST and row["slot"] not in self.refs:
            return True
        return bool(row["parent_slot"]) and row["parent_slot"] not in self.refs

    def use(self, row: Any) -> datetime:
        """This row is sent, at the instant given: what comes after it waits its turn."""
        self.busy.add(row["slot"])
        keys = self._keys(row)
        start = max([self.now, *(self.pauses[key] for key, _ in keys if key in self.pauses)])
        for key, seconds in keys:
            if seconds:
                self.pauses[key] = self.used[key] = start + timedelta(seconds=seconds)
        return start

    def _keys(self, row: Any) -> list[tuple[tuple[str, str], float]]:
        """What can hold a row back, and for how long it holds back the next one."""
        pace = _pace(row, self.paces)
        installation, destination, whole = _keys(row, self.paces)
        keys = [
            (installation, 0.0),
            (destination, pace.person if row["person"] else pace.place),
            ((whole, EVERYWHERE), pace.whole),
        ]
        if pace.late and row["due_at"] < self.began and comes_late(row, self.now):
            keys.append(((whole, CATCHING_UP), pace.late))
        return keys


def claim(
    connection: Connection,
    vault: Vault,
    now: datetime,
    claim_id: str,
    paces: dict[str, Pace],
    rested: Rested,
    began: datetime,
    platform_time: PlatformTime = lambda installation: None,
    limit: int = BATCH,
) -> tuple[Claimed, ...] | None:
    """Take what can be sent now; rows that must wait are put aside until what they wait for.

    `began` is when this process began: what was meant before and is late comes from an outage.
    None where another process is choosing at this very moment: ask again.
    """
    if not _my_turn(connection):
        return None
    crowded = any(pace.whole for pace in paces.values())
    found = _candidates(connection, now, limit, crowded=crowded)
    if not found:
        return ()
    found = merge_late(connection, found, now)
    refs = _refs(connection, vault, found)
    busy = _busy_slots(connection, found)
    pauses = _pauses(connection, found, paces)
    desk = _Desk(now, refs, busy, pauses, paces, rested, began)
    taken: list[tuple[Any, datetime]] = []
    aside: list[dict[str, Any]] = []
    for row in found:
        wait = desk.wait_until(row)
        if wait is not None:
            aside.append({"row_seq": row["seq"], "row_until": wait})
            continue
        taken.append((row, desk.use(row) if row["state"] == "due" else now))
    _put_aside(connection, aside)
    _keep_pace(connection, desk.used)
    times = {i: platform_time(i) for i in {row["installation_id"] for row, _ in taken}}
    return take(connection, taken, SharedClaim(claim_id, now, refs, times))


_TURN = select(func.pg_try_advisory_xact_lock(TURN))


def _my_turn(connection: Connection) -> bool:
    """Whether no other process is choosing: else both would use one place's pace, or one's catch-up.

    It never waits, so that nobody's commands are held up by it.
    """
    if connection.dialect.name == "sqlite":
        return True
    return bool(connection.execute(_TURN).scalar())


_CANDIDATES = (
    select(outbox)
    .where(
        WAITING,
        outbox.c.not_before <= bindparam("now"),
        or_(outbox.c.state == "due", outbox.c.claimed_at <= bindparam("rested")),
    )
    .order_by(outbox.c.not_before, outbox.c.seq)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_MEETING_NOW = _CANDIDATES.where(outbox.c.kind.in_(URGENT))


def _candidates(
    connection: Connection, now: datetime, limit: int, *, crowded: bool
) -> Sequence[Any]:
    """What may go, oldest first; where not all can go at once, who meets now comes before it."""
    given = {"now": now, "rested": now - UNSURE_REST, "most": limit}
    found = connection.execute(_CANDIDATES, given).mappings().all()
    if len(found) == limit:
        known = {row["seq"] for row in found}
        urgent = connection.execute(_MEETING_NOW, given).mappings().all()
        found = [*found, *(row for row in urgent if row["seq"] not in known)]
    hurried = crowded or len(found) >= limit
    return sorted(found, key=lambda row: (hurried and row["kind"] not in URGENT, row["seq"]))


def _refs(connection: Connection, vault: Vault, found: Sequence[Any]) -> dict[str, tuple[str, str]]:
    slots = {row["slot"] for row in found} | {row["parent_slot"] for row in found} - {""}
    known = connection.execute(_REFS, {"slots": list(slots)})
    return {r.slot: (vault.unseal(r.ref), r.reactions) for r in known}


_SLOTS: BindParameter[Any] = bindparam("slots", expanding=True)
_REFS = select(message_refs.c.slot, message_refs.c.ref, message_refs.c.reactions).where(
    message_refs.c.slot.in_(_SLOTS)
)
_BUSY = select(outbox.c.slot).where(
    outbox.c.slot.in_(_SLOTS), outbox.c.state.in_(("sending", "unsure"))
)


def _busy_slots(connection: Connection, found: Sequence[Any]) -> set[str]:
    """Slots in which a message of unsure fate, or one on its way, delays what comes after it."""
    slots = {row["slot"] for row in found}
    return set(connection.execute(_BUSY, {"slots": list(slots)}).scalars())


def _pauses(connection: Connection, found: Sequence[Any], paces: dict[str, Pace]) -> _Times:
    """Until when which destinations, and whole installations, have to wait."""
    keys = [_keys(row, paces) for row in found]
    given = {
        "owners": list({k[0][0] for k in keys} | {k[2] for k in keys}),
        "places": list({k[1][1] for k in keys} | {EVERYWHERE, CATCHING_UP}),
    }
    paused: _Times = {}
    for row in connection.execute(_DESTINATIONS, given):
        times = [t for t in (row.next_at, row.paused_until) if t is not None]
        if times:
            paused[(row.installation_id, row.destination)] = max(times)
    for row in connection.execute(_INSTALLATIONS, {"owners": given["owners"]}):
        paused[(row.id, "")] = row.paused_until
    return paused


_OWNERS: BindParameter[Any] = bindparam("owners", expanding=True)
_DESTINATIONS = select(destinations).where(
    destinations.c.installation_id.in_(_OWNERS),
    destinations.c.destination.in_(bindparam("places", expanding=True)),
)
_INSTALLATIONS = select(installations.c.id, installations.c.paused_until).where(
    installations.c.id.in_(_OWNERS), installations.c.paused_until.is_not(None)
)


def _keys(row: Any, paces: dict[str, Pace]) -> tuple[tuple[str, str], tuple[str, str], str]:
    """What can hold a row back: its installation, its destination, and whose pace the whole is."""
    installation = row["installation_id"]
    whole = installation.partition(":")[0] if _pace(row, paces).shared else installation
    return (installation, ""), destination(row), whole


_NO_PACE = Pace()


def _pace(row: Any, paces: dict[str, Pace]) -> Pace:
    return paces.get(row["installation_id"].partition(":")[0], _NO_PACE)


_ASIDE = (
    update(outbox)
    .where(outbox.c.seq == bindparam("row_seq"))
    .values(not_before=bindparam("row_until"))
)


def _put_aside(connection: Connection, aside: list[dict[str, Any]]) -> None:
    if aside:
        connection.execute(_ASIDE, aside)


def _keep_pace(connection: Connection, used: _Times) -> None:
    if not used:
        return
    values = [
        {"installation_id": i, "destination": d, "next_at": at} for (i, d), at in used.items()
    ]
    statement = upsert(connection, destinations).values(values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["installation_id", "destination"],
            set_={"next_at": statement.excluded.next_at},
        )
    )
