"""Delivery: claim, check again, send once, settle; what is unsure rests, then is looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from bot.core import engine
from bot.core.cards import Card
from bot.core.session import Matter, Notice
from bot.runtime.clock import Clock
from bot.runtime.ports import (
    Absent,
    Destination,
    Found,
    NotSent,
    Op,
    Outbound,
    Outgoing,
    Refused,
    Trouble,
)
from bot.runtime.store import Claimed, Pace, Store, Unit
from bot.runtime.store import outgoing as rows
from bot.runtime.writer import Writer

SEND_TIMEOUT = 10.0
"""Seconds one request may take in all."""

LEASE = timedelta(seconds=20)
"""A worker that slept longer than this between claim and send does not send."""

LATE_AFTER = timedelta(minutes=5)
"""A message this much later than meant says when it was meant."""

GIVE_UP_LOOKING = timedelta(hours=24)
LONGEST_BACKOFF = 600.0
PERSON_PAUSE = timedelta(days=7)
PLACE_PAUSE = timedelta(hours=1)
MOST_FORM_TRIES = 2
MOST_TRIES = 12

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed row with the card drawn for it."""

    row: Claimed
    card: Card | None
    place: str
    names: dict[str, str]


class Outbox:
    """Sends what is due. Any number of processes may each run one over one database."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        outbound_of: Callable[[str], Outbound | None],
        paces: dict[str, Pace] | None = None,
    ) -> None:
        """`outbound_of` finds the platform of an installation; `paces` are by platform."""
        self._store = store
        self._writer = writer
        self._clock = clock
        self._outbound_of = outbound_of
        self._paces = paces or {}
        self.reached: Callable[[str, str, bool], Awaitable[None]] = _nobody_asks

    async def drain(self) -> int:
        """Send everything that can be sent now; how many rows were worked on."""
        worked = 0
        while True:
            claim = self._clock.chance()
            taken = await self._settle(
                lambda unit, claim=claim: rows.claim(
                    unit.connection, self._store.vault, unit.now, claim, self._paces
                )
            )
            if not taken:
                return worked
            worked += len(taken)
            await self._send_all(taken)

    async def _send_all(self, taken: Sequence[Claimed]) -> None:
        """In order within a destination; different destinations at once."""
        by_place = sorted(taken, key=lambda r: (r.installation, r.destination, r.seq))
        groups = [
            list(group) for _, group in groupby(by_place, lambda r: (r.installation, r.destination))
        ]
        await asyncio.gather(*(self._send_in_order(group) for group in groups))

    async def _send_in_order(self, group: list[Claimed]) -> None:
        for row in group:
            await self._work(row)

    async def _work(self, row: Claimed) -> None:
        outbound = self._outbound_of(row.installation)
        if outbound is None:
            await self._later(row, timedelta(minutes=1), "no_platform", count=False)
        elif row.unsure and row.op is Op.POST:
            await self._look_up(row, outbound)
        else:
            await self._deliver(row, outbound)

    # --- sending ---

    async def _deliver(self, row: Claimed, outbound: Outbound) -> None:
        now = self._clock.now()
        if row.expires_at is not None and row.expires_at <= now:
            await self._end(row, "expired", "too_late")
            return
        ready = self._draw(row)
        if ready is None:
            await self._end(row, "expired", "of_no_use")
            return
        if now - row.claimed_at >= LEASE:
            await self._later(row, timedelta(0), "lease_over", count=False)
            return
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                ref = await _send(outbound, ready, now)
        except NotSent:
            await self._later(row, _backoff(row), "not_sent")
        except Refused as refused:
            await self._refused(row, refused)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            await self._unsure(row, type(error).__name__)
        else:
            await self._sent(ready, ref)

    def _draw(self, row: Claimed) -> Ready | None:
        """What is to be sent now, from what is true now; None where it is of no use any more."""
        room = self._store.room(row.set_id)
        if room.set is None:
            return None
        names = {m.person: m.name for m in room.set.members}
        if row.op is Op.DELETE:
            return Ready(row, None, room.set.place, names)
        card = _card(room, row)
        return None if card is None else Ready(row, card, room.set.place, names)

    async def _sent(self, ready: Ready, ref: str) -> None:
        row, card = ready.row, ready.card
        seeds = " ".join(card.reactions) if card is not None else ""

        def settle(unit: Unit) -> None:
            rows.sent(unit.connection, self._store.vault, row, unit.now, ref, seeds)
            if row.op in (Op.POST, Op.EDIT) and seeds and seeds != row.reactions:
                rows.want_reactions(unit.connection, row, unit.now, unit.chance())

        await self._settle(settle)
        if row.notice.matter is Matter.WELCOME:
            await self.reached(row.set_id, row.person, True)

    async def _refused(self, row: Claimed, refused: Refused) -> None:
        match refused.trouble:
            case Trouble.WAIT:
                wait = refused.retry_after
                delay = _backoff(row) if wait is None else timedelta(seconds=max(wait, 0.0))
                await self._later(row, delay, refused.code)
            case Trouble.FORM:
                if row.attempts >= MOST_FORM_TRIES:
                    await self._end(row, "dead", refused.code)
                else:
                    await self._later(row, timedelta(seconds=1), refused.code)
            case Trouble.GONE:
                await self._end(row, "sent" if row.op is Op.DELETE else "expired", refused.code)
            case Trouble.PERSON:
                await self._pause(row, PERSON_PAUSE, refused.code)
            case Trouble.DESTINATION:
                await self._pause(row, PLACE_PAUSE, refused.code)
            case Trouble.INSTALLATION:
                await self._pause_installation(row, refused.code)

    async def _look_up(self, row: Claimed, outbound: Outbound) -> None:
        """The rest is over: did it get through?"""
        ready = self._draw(row)
        out = _outgoing(ready, self._clock.now()) if ready else _bare(row)
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                found = await outbound.look_up(out, row.claimed_at)
        except Exception as error:
            await self._unsure(row, type(error).__name__)
            return
        if isinstance(found, Found):
            await self._sent(ready or Ready(row, None, "", {}), found.ref)
        elif isinstance(found, Absent):
            await self._later(row, timedelta(0), "looked_up_absent", count=False)
        elif self._clock.now() - row.claimed_at >= GIVE_UP_LOOKING:
            await self._later(row, timedelta(0), "cannot_know", again=True)
        else:
            await self._unsure(row, "look_up_unknown")

    # --- settling ---

    async def _settle(self, job: Callable[[Unit], object]) -> object:
        return await asyncio.wrap_future(self._writer.do(job))

    async def _later(
        self, row: Claimed, delay: timedelta, why: str, *, again: bool = False, count: bool = True
    ) -> None:
        if row.attempts >= MOST_TRIES and count and row.op is not Op.POST:
            await self._end(row, "dead", why)
            return
        await self._settle(
            lambda unit: rows.later(
                unit.connection, row, unit.now + delay, why, again=again, count=count
            )
        )

    async def _unsure(self, row: Claimed, why: str) -> None:
        log.info("unsure", seq=row.seq, op=row.op.value, error=why)
        if row.op is not Op.POST:
            # An edit, a deletion or a reaction done twice does no harm: simply again.
            await self._later(row, _backoff(row), why)
            return
        rest = rows.UNSURE_REST
        await self._settle(lambda unit: rows.unsure(unit.connection, row, unit.now + rest, why))

    async def _end(self, row: Claimed, state: str, why: str) -> None:
        log.info("ended", seq=row.seq, op=row.op.value, state=state, why=why)
        await self._settle(lambda unit: rows.ended(unit.connection, row, unit.now, state, why))

    async def _pause(self, row: Claimed, length: timedelta, why: str) -> None:
        def settle(unit: Unit) -> None:
            until = unit.now + length
            rows.pause(unit.connection, row.installation, row.destination, until, why)
            if row.person:
                rows.note_person(unit.connection, row.installation, row.person, "closed")
                rows.ended(unit.connection, row, unit.now, "dead", why)
            else:
                rows.later(unit.connection, row, until, why)

        await self._settle(settle)
        if row.person:
            await self.reached(row.set_id, row.person, False)

    async def _pause_installation(self, row: Claimed, why: str) -> None:
        def settle(unit: Unit) -> None:
            until = unit.now + timedelta(days=1)
            rows.pause_installation(unit.connection, row.installation, until, why)
            rows.later(unit.connection, row, until, why, count=False)

        await self._settle(settle)


async def _nobody_asks(set_id: str, person: str, ok: bool) -> None:
    """Nobody wants to know whether direct messages get through."""


async def _send(outbound: Outbound, ready: Ready, now: datetime) -> str:
    out = _outgoing(ready, now)
    match out.op:
        case Op.POST:
            return await outbound.post(out)
        case Op.EDIT:
            await outbound.edit(out)
        case Op.DELETE:
            await outbound.delete(out)
        case Op.REACT:
            await outbound.react(out)
        case Op.UPLOAD:
            raise Refused(Trouble.FORM, "uploads_are_answers")
    return out.ref


def _outgoing(ready: Ready, now: datetime) -> Outgoing:
    row, card = ready.row, ready.card
    late = row.op is Op.POST and now - row.due_at > LATE_AFTER
    return Outgoing(
        op=row.op,
        installation=row.installation,
        destination=Destination(
            place="" if row.person else ready.place, parent=row.parent, person=row.person
        ),
        key=row.key,
        card=card,
        ref=row.ref,
        reactions=card.reactions if card is not None else (),
        again=row.again,
        late_since=row.due_at if late else None,
        silent=card is not None and not card.loud,
        names=ready.names,
    )


def _bare(row: Claimed) -> Outgoing:
    destination = Destination(parent=row.parent, person=row.person)
    return Outgoing(row.op, row.installation, destination, row.key)


def _card(room: engine.Room, row: Claimed) -> Card | None:
    notice: Notice = row.notice
    if notice.card != "post":
        return engine.draw(room, notice)
    session = room.session
    if session is None or session.id != row.session_id:
        return None
    return next((p.card for p in engine.posts(session) if p.notice.slot == row.slot), None)


def _backoff(row: Claimed) -> timedelta:
    """2, 4, 8 … seconds, ten minutes at most, spread by the row's own key so that none go together."""
    spread = int(row.key[:4], 16) / 0xFFFF
    seconds = min(2.0**row.attempts, LONGEST_BACKOFF)
    return timedelta(seconds=seconds * (1 + spread / 4))
