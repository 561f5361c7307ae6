"""Delivery: claim, check again, send once, settle; what is unsure rests, then is looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from bot.core.decision import Matter
from bot.runtime.clock import Clock
from bot.runtime.delivery import compose, readers
from bot.runtime.delivery.compose import Ready, draw, outgoing
from bot.runtime.delivery.outcomes import Outcomes
from bot.runtime.delivery.platform_time import WIDE, Skews, TellsTime
from bot.runtime.delivery.rests import Rests
from bot.runtime.ports.outgoing import (
    Absent,
    Found,
    KeepsCalendar,
    NotSent,
    Op,
    Outbound,
    Outgoing,
    Refused,
    Trouble,
    Unknown,
)
from bot.runtime.store.doubt import InDoubt, away
from bot.runtime.store.outbox import claim as store_claiming
from bot.runtime.store.outbox import settle as rows
from bot.runtime.store.outbox.claim import AHEAD, Pace
from bot.runtime.store.outbox.take import UNSURE_REST, Claimed
from bot.runtime.store.store import Store
from bot.runtime.store.unit.loaded import Corrupt
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.writer import Writer, retried

SEND_TIMEOUT = 10.0
"""Seconds one request may take in all."""

TURN_SECONDS = 0.02
"""How long to wait where another process is choosing what to send."""

LONGEST_BACKOFF = 600.0
CLAIM_IN_DOUBT = "claim_in_doubt"
MOST_FORM_TRIES = 2
NOT_SEEN_YET = "not_seen_yet"
"""Looked for once where a history may lag: only a second look, a rest later, is believed."""

log = structlog.get_logger()


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
        self._began_at = clock.now()
        self._rests = Rests(clock)
        self._claimed: tuple[Claimed, ...] = ()
        self._ahead = timedelta(0)
        self._skews = Skews()
        self._outcomes = Outcomes(writer, lambda seconds: self.sleep(seconds))
        self.sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        self.reached: Callable[[str, str, bool], Awaitable[None]] = _nobody_asks

    async def drain(self) -> int:
        """Send everything that can be sent now; how many rows were worked on."""
        worked = 0
        while sent := await self.step():
            worked += sent
        return worked

    async def step(self) -> int:
        """Send one claim of what can be sent now; how many rows were worked on.

        A backlog takes many calls, so that the caller can ring what is due in between.
        """
        while self._something_waits():
            taken = await self._take()
            if taken is not None:
                await self._send_all(taken)
                return len(taken)
            await self.sleep(TURN_SECONDS)
        return 0

    def _something_waits(self) -> bool:
        """A read is enough to know that there is nothing: idle costs no transaction."""
        nearest = self._store.next_message()
        return nearest is not None and nearest <= self.now()

    def now(self) -> datetime:
        """The time by which rows are claimed: the database server's, where there is one."""
        return self._clock.now() + self._ahead

    async def _take(self) -> tuple[Claimed, ...] | None:
        """Claim what can be sent now. Where nobody knows whether that was stored, it is given back."""
        claiming = self._writer.do(self._claim)
        await self._writer.finishes(claiming)
        try:
            return claiming.result()
        except InDoubt:
            # None of it was sent, and the process that sends it now must be certain to own it.
            await self._outcomes.settle(self._give_back)
            return None

    def _give_back(self, unit: Unit) -> None:
        """What was claimed last and never worked on is as it was."""
        for row in self._claimed:
            self._rests.forget(row)
            if row.unsure:
                rows.unsure(unit.connection, row, unit.now, row.last_error)
            else:
                rows.later(unit.connection, row, unit.now, CLAIM_IN_DOUBT, count=False)

    def _claim(self, unit: Unit) -> tuple[Claimed, ...] | None:
        now = self._store.claim_time(unit)
        self._ahead = now - unit.now
        taken = store_claiming.claim(
            unit.connection,
            unit.vault,
            now,
            unit.chance(),
            self._paces,
            self._rests.rest_of,
            self._began_at + self._ahead,
            self._platform_time,
        )
        self._rests.claimed(taken or ())
        self._claimed = taken or ()
        return taken

    def _platform_time(self, installation: str) -> datetime | None:
        """The present time there, where its answers have told; ours is compared with it."""
        outbound: object = self._outbound_of(installation)
        there = outbound.time() if isinstance(outbound, TellsTime) else None
        if there is not None:
            self._skews.note(installation.partition(":")[0], self._clock.now(), there)
        return there

    async def _send_all(self, taken: Sequence[Claimed]) -> None:
        """In order within a destination; different destinations at once."""
        by_place = sorted(taken, key=lambda r: (r.installation, r.destination, r.start))
        groups = [
            list(group) for _, group in groupby(by_place, lambda r: (r.installation, r.destination))
        ]
        await asyncio.gather(*(self._send_in_order(group) for group in groups))

    async def _send_in_order(self, group: list[Claimed]) -> None:
        for number, row in enumerate(group):
            try:
                await self._when_it_may_go(row)
            except asyncio.CancelledError:
                self._hand_back(group[number:])
                raise
            try:
                await self._work(row)
            except asyncio.CancelledError:
                # Of the one that may be on its way nobody knows: it is looked up at the next start.
                self._hand_back(group[number + 1 :])
                raise

    async def _when_it_may_go(self, row: Claimed) -> None:
        early = min(row.start - self.now(), AHEAD).total_seconds()
        if early > 0:
            await self.sleep(early)

    def _hand_back(self, untouched: Sequence[Claimed]) -> None:
        """We stop: what certainly has not left is due again, for the next process.

        What was to be looked up stays as it is.
        """
        held = [row for row in untouched if not row.unsure]

        def give_back(unit: Unit) -> None:
            for row in held:
                rows.later(unit.connection, row, unit.now, "stopped", count=False)

        if held:
            self._writer.do(give_back)

    async def _work(self, row: Claimed) -> None:
        outbound = self._outbound_of(row.installation)
        if outbound is None:
            await self._outcomes.later(row, timedelta(minutes=1), "no_platform", count=False)
            return
        try:
            if row.unsure and row.op is Op.POST:
                await self._look_up(row, outbound)
            else:
                await self._deliver(row, outbound)
        except Corrupt as error:
            await self._outcomes.unreadable(row, error)

    # --- sending ---

    async def _deliver(self, row: Claimed, outbound: Outbound) -> None:
        now = self.now()
        if row.expires_at is not None and row.expires_at <= now:
            await self._outcomes.end(row, "expired", "too_late")
            return
        ready = await readers.drawn(lambda: self._drawn(row), outbound)
        for_calendar = row.notice.matter is Matter.ENTRY
        if for_calendar and not isinstance(outbound, KeepsCalendar):
            ready = None
        if ready is None:
            await self._outcomes.end(row, "expired", "of_no_use")
            return
        now = self.now()
        if self._rests.lease(row, now) <= 0:
            await self._outcomes.later(row, timedelta(0), "lease_over", count=False)
            return
        await self._send_once(ready, outbound, now)

    async def _drawn(self, row: Claimed) -> Ready | None:
        """What it says now; a database that is away is waited for, as far as the lease lets it."""

        async def attempt() -> Ready | None:
            return draw(self._store, row, self.now())

        return await retried(attempt, self.sleep, worth=away)

    async def _send_once(self, ready: Ready, outbound: Outbound, now: datetime) -> None:
        row = ready.row
        leave_by = asyncio.get_running_loop().time() + self._rests.lease(row, now)
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                ref = await _send(outbound, replace(outgoing(ready, now), leave_by=leave_by))
        except NotSent:
            await self._outcomes.later(row, _backoff(row), "not_sent")
        except Refused as refused:
            await self._refused(row, refused)
        except Exception as error:
            await self._unsure(row, type(error).__name__)
        else:
            await self._sent(ready, ref)

    # --- what became of it ---

    async def _sent(self, ready: Ready, ref: str) -> None:
        row = ready.row
        await self._outcomes.sent(ready, ref)
        self._rests.forget(row)
        if row.notice.matter is Matter.WELCOME:
            await self.reached(row.set_id, row.person, True)

    async def _refused(self, row: Claimed, refused: Refused) -> None:
        log.info("refused", seq=row.seq, op=row.op.value, code=refused.code)
        match refused.trouble:
            case Trouble.WAIT:
                wait = refused.retry_after
                delay = _backoff(row) if wait is None else timedelta(seconds=max(wait, 0.0))
                await self._outcomes.later(row, delay, refused.code)
            case Trouble.FORM if row.attempts >= MOST_FORM_TRIES:
                await self._outcomes.end(row, "dead", refused.code)
            case Trouble.FORM:
                await self._outcomes.later(row, timedelta(seconds=1), compose.FORM_REFUSED)
            case Trouble.GONE:
                gone = "sent" if row.op is Op.DELETE else "expired"
                await self._outcomes.end(row, gone, refused.code)
            case Trouble.PERSON:
                await self._outcomes.person_refused(row, refused.code)
                await self.reached(row.set_id, row.person, False)
            case Trouble.DESTINATION:
                await self._outcomes.place_refused(row, refused)
            case Trouble.INSTALLATION:
                await self._outcomes.installation_refused(row, refused.code)

    async def _look_up(self, row: Claimed, outbound: Outbound) -> None:
        """The rest is over: did it get through?"""
        ready = await self._drawn(row)
        place = ready.place if ready else self._place(row)
        out = outgoing(ready or Ready(row, None, place, {}), self._clock.now())
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                found = await outbound.look_up(out, _since(row))
        except Exception as error:
            log.info("look_up_failed", seq=row.seq, error=type(error).__name__)
            found = Unknown()
        if isinstance(found, Found):
            await self._found(ready or Ready(row, None, place, {}), out, found.ref, outbound)
        elif isinstance(found, Absent) and self._nothing_more_shows(row, found):
            await self._outcomes.later(row, timedelta(0), "looked_up_absent", count=False)
        elif isinstance(found, Absent):
            await self._unsure(row, NOT_SEEN_YET)
        elif self._rests.looked_long_enough(row, self._store.restored_at):
            await self._outcomes.later(row, timedelta(0), "cannot_know", again=True)
        else:
            await self._unsure(row, "look_up_unknown")

    async def _found(self, ready: Ready, out: Outgoing, ref: str, outbound: Outbound) -> None:
        """It stands there. What a lost database said may be something else: then it is put right."""
        if ready.card is not None and self._replaced(ready.row):
            try:
                async with asyncio.timeout(SEND_TIMEOUT):
                    await outbound.edit(replace(out, op=Op.EDIT, ref=ref))
            except Exception as error:
                await self._unsure(ready.row, type(error).__name__)
                return
        await self._sent(ready, ref)

    def _nothing_more_shows(self, row: Claimed, found: Absent) -> bool:
        """Whether what was not found is not there: a history may be behind, but not for long."""
        if found.sure or row.last_error == NOT_SEEN_YET:
            return True
        return self._replaced(row) and self._rests.up_for() >= 2 * UNSURE_REST

    def _replaced(self, row: Claimed) -> bool:
        """Whether the database that may have sent it is not this one."""
        restored = self._store.restored_at
        return restored is not None and row.claimed_at <= restored

    def _place(self, row: Claimed) -> str:
        room = self._store.room(row.set_id)
        return room.set.place if room.set else ""

    async def _unsure(self, row: Claimed, why: str) -> None:
        log.info("unsure", seq=row.seq, op=row.op.value, error=why)
        if row.op is not Op.POST:
            # An edit, a deletion or a reaction done twice does no harm: simply again.
            await self._outcomes.later(row, _backoff(row), why, again=row.op is Op.EDIT)
            return
        await self._outcomes.unsure(row, why, self._rests.next_look(row))


def _since(row: Claimed) -> datetime:
    """The earliest that a claimed post can stand there, by the platform's clock as far as known."""
    return row.claimed_at - WIDE if row.platform_at is None else row.platform_at


async def _nobody_asks(set_id: str, person: str, ok: bool) -> None:
    """No callback: nobody is told whether direct messages get through."""


async def _send(outbound: Outbound, out: Outgoing) -> str:
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


def _backoff(row: Claimed) -> timedelta:
    """2, 4, 8 … seconds, ten minutes at most, spread by the row's key so that none go together."""
    spread = int(row.key[:4], 16) / 0xFFFF
    seconds = min(2.0**row.attempts, LONGEST_BACKOFF)
    return timedelta(seconds=seconds * (1 + spread / 4))
