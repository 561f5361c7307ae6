"""Delivery: claim, check again, send once, settle; what is unsure rests, then is looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TypeVar

import structlog

from bot.core.decision import Matter, Notice, Where
from bot.runtime.clock import Clock
from bot.runtime.delivery import compose, readers
from bot.runtime.delivery.compose import Ready, draw, outgoing
from bot.runtime.delivery.platform_time import WIDE, Skews, TellsTime
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
)
from bot.runtime.store.doubt import InDoubt, away
from bot.runtime.store.outbox import claim as store_claiming
from bot.runtime.store.outbox import resting
from bot.runtime.store.outbox import settle as rows
from bot.runtime.store.outbox import take as taking
from bot.runtime.store.outbox.claim import AHEAD, Pace
from bot.runtime.store.outbox.take import Claimed
from bot.runtime.store.store import Store
from bot.runtime.store.unit_of_work import Corrupt, Unit
from bot.runtime.writer import SURE_AFTER, Job, Writer

T = TypeVar("T")

SEND_TIMEOUT = 10.0
"""Seconds one request may take in all."""

LEASE = timedelta(seconds=20)
"""A worker that slept longer than this between claim and send does not send."""

TURN_SECONDS = 0.02
"""How long to wait where another process is choosing what to send."""

UNREADABLE_REST = timedelta(minutes=10)
GIVE_UP_LOOKING = timedelta(hours=24)
GIVE_UP_IN_A_MEETING = timedelta(minutes=2)
LEAST_LOOKING = timedelta(minutes=10)
"""A process looks for this long itself before it gives up, whatever the wall clock says."""

IN_A_MEETING = frozenset({Matter.BOARD, Matter.PHASE, Matter.WORDS, Matter.RESULT})
LONGEST_BACKOFF = 600.0
PERSON_PAUSE = timedelta(days=7)
PLACE_PAUSE = timedelta(hours=1)
INSTALLATION_PAUSE = timedelta(days=1)
UNDELIVERED = "undelivered"
CLAIM_IN_DOUBT = "claim_in_doubt"
MOST_FORM_TRIES = 2
MOST_REMEMBERED = 10_000
MOST_TRIES = 12
"""Tries of an edit, a deletion or a reaction; a post is tried until it is of no use."""

log = structlog.get_logger()


NOT_SEEN_YET = "not_seen_yet"
"""Looked for once where a history may lag: only a second look, a rest later, is believed."""


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
        self._began = clock.steady()
        self._began_at = clock.now()
        self._resting: dict[int, float] = {}
        self._claimed: tuple[Claimed, ...] = ()
        self._ahead = timedelta(0)
        self._skews = Skews()
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

        A backlog takes many, so that whoever calls can ring what is due in between.
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
            # Nothing of it was sent, and whoever sends it now must be certain to own it.
            await self._settle(self._give_back)
            return None

    def _give_back(self, unit: Unit) -> None:
        """What was claimed last and never worked on is as it was."""
        for row in self._claimed:
            self._resting.pop(row.seq, None)
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
            self._rest_of,
            self._began_at + self._ahead,
            self._platform_time,
        )
        steady = self._clock.steady()
        self._forget_rested(steady)
        self._resting.update({row.seq: steady for row in taken or () if not row.unsure})
        self._claimed = taken or ()
        return taken

    def _platform_time(self, installation: str) -> datetime | None:
        """The present time there, where its answers have told; ours is compared with it."""
        outbound: object = self._outbound_of(installation)
        there = outbound.time() if isinstance(outbound, TellsTime) else None
        if there is not None:
            self._skews.note(installation.partition(":")[0], self._clock.now(), there)
        return there

    def _forget_rested(self, steady: float) -> None:
        """Rows claimed a day ago have rested long enough, whatever became of them."""
        if len(self._resting) > MOST_REMEMBERED:
            day = GIVE_UP_LOOKING.total_seconds()
            self._resting = {seq: at for seq, at in self._resting.items() if steady - at < day}

    def _rest_of(self, seq: int) -> float:
        """Seconds an unsure row must still be left alone, whatever the wall clock says.

        One that an earlier process claimed rests from this process's start: a jump of the clock
        must not shorten the time a late request has to land.
        """
        since = self._resting.get(seq, self._began)
        return taking.UNSURE_REST.total_seconds() - (self._clock.steady() - since)

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
        """We stop: what certainly has not left is due again, for whoever comes next.

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
            await self._later(row, timedelta(minutes=1), "no_platform", count=False)
            return
        try:
            if row.unsure and row.op is Op.POST:
                await self._look_up(row, outbound)
            else:
                await self._deliver(row, outbound)
        except Corrupt as error:
            await self._unreadable(row, error)

    # --- sending ---

    async def _deliver(self, row: Claimed, outbound: Outbound) -> None:
        now = self.now()
        if row.expires_at is not None and row.expires_at <= now:
            await self._end(row, "expired", "too_late")
            return
        ready = await readers.drawn(lambda: self._drawn(row), outbound)
        for_calendar = row.notice.matter is Matter.ENTRY
        if for_calendar and not isinstance(outbound, KeepsCalendar):
            ready = None
        if ready is None:
            await self._end(row, "expired", "of_no_use")
            return
        now = self.now()
        if self._lease(row, now) <= 0:
            await self._later(row, timedelta(0), "lease_over", count=False)
            return
        await self._send_once(ready, outbound, now)

    async def _drawn(self, row: Claimed) -> Ready | None:
        """What it says now; a database that is away is waited for, as far as the lease lets it."""
        for pause in SURE_AFTER:
            try:
                return draw(self._store, row, self.now())
            except Exception as error:
                if not away(error):
                    raise
                await self.sleep(pause)
        return draw(self._store, row, self.now())

    def _lease(self, row: Claimed, now: datetime) -> float:
        """Seconds in which this row may still leave, by whichever clock has gone further."""
        by_wall = (now - row.claimed_at).total_seconds()
        by_steady = self._clock.steady() - self._resting.get(row.seq, self._began)
        return LEASE.total_seconds() - max(by_wall, by_steady)

    async def _send_once(self, ready: Ready, outbound: Outbound, now: datetime) -> None:
        row = ready.row
        leave_by = asyncio.get_running_loop().time() + self._lease(row, now)
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                ref = await _send(outbound, replace(outgoing(ready, now), leave_by=leave_by))
        except NotSent:
            await self._later(row, _backoff(row), "not_sent")
        except Refused as refused:
            await self._refused(row, refused)
        except Exception as error:
            await self._unsure(row, type(error).__name__)
        else:
            await self._sent(ready, ref)

    # --- what became of it ---

    async def _sent(self, ready: Ready, ref: str) -> None:
        row, card = ready.row, ready.card
        seeds = " ".join(card.reactions) if card is not None else ""

        def settle(unit: Unit) -> None:
            unit.together(rows.sent, rows.Sent(row, ref, seeds))
            if ready.overtaken:
                rows.overtaken(unit.connection, row, ready.overtaken)
            if row.op in (Op.POST, Op.EDIT) and seeds and seeds != row.reactions:
                rows.want_reactions(unit.connection, row, unit.now, unit.chance())

        await self._settle(settle)
        self._resting.pop(row.seq, None)
        if row.notice.matter is Matter.WELCOME:
            await self.reached(row.set_id, row.person, True)

    async def _refused(self, row: Claimed, refused: Refused) -> None:
        log.info("refused", seq=row.seq, op=row.op.value, code=refused.code)
        match refused.trouble:
            case Trouble.WAIT:
                wait = refused.retry_after
                delay = _backoff(row) if wait is None else timedelta(seconds=max(wait, 0.0))
                await self._later(row, delay, refused.code)
            case Trouble.FORM if row.attempts >= MOST_FORM_TRIES:
                await self._end(row, "dead", refused.code)
            case Trouble.FORM:
                await self._later(row, timedelta(seconds=1), compose.FORM_REFUSED)
            case Trouble.GONE:
                gone = "sent" if row.op is Op.DELETE else "expired"
                await self._end(row, gone, refused.code)
            case Trouble.PERSON:
                await self._person_refused(row, refused.code)
            case Trouble.DESTINATION:
                await self._place_refused(row, refused)
            case Trouble.INSTALLATION:
                await self._installation_refused(row, refused.code)

    async def _look_up(self, row: Claimed, outbound: Outbound) -> None:
        """The rest is over: did it get through?"""
        ready = await self._drawn(row)
        place = ready.place if ready else self._place(row)
        out = outgoing(ready or Ready(row, None, place, {}), self._clock.now())
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                found = await outbound.look_up(out, _since(row))
        except Exception as error:
            await self._unsure(row, type(error).__name__)
            return
        if isinstance(found, Found):
            await self._sent(ready or Ready(row, None, place, {}), found.ref)
        elif isinstance(found, Absent) and (found.sure or row.last_error == NOT_SEEN_YET):
            await self._later(row, timedelta(0), "looked_up_absent", count=False)
        elif isinstance(found, Absent):
            await self._unsure(row, NOT_SEEN_YET)
        elif self._looked_long_enough(row):
            await self._later(row, timedelta(0), "cannot_know", again=True)
        else:
            await self._unsure(row, "look_up_unknown")

    def _looked_long_enough(self, row: Claimed) -> bool:
        """Whether a look-up that cannot be made is given up; a jump of the clock is no reason."""
        patience = _patience(row)
        steady = timedelta(seconds=self._clock.steady() - self._resting.get(row.seq, self._began))
        since = max(row.claimed_at, self._store.restored_at or row.claimed_at)
        long_ago = self._clock.now() - since >= patience
        return steady >= (min(patience, LEAST_LOOKING) if long_ago else patience)

    async def _unreadable(self, row: Claimed, error: Corrupt) -> None:
        """What it would say cannot be read: it waits, and everything else goes on."""
        log.error("row_unreadable", error=error.error, row=error.row, seq=row.seq)
        if row.unsure:

            def settle(unit: Unit) -> None:
                rows.unsure(unit.connection, row, unit.now + UNREADABLE_REST, "unreadable")

            await self._settle(settle)
        else:
            await self._later(row, UNREADABLE_REST, "unreadable", count=False)

    def _place(self, row: Claimed) -> str:
        room = self._store.room(row.set_id)
        return room.set.place if room.set else ""

    # --- settling ---

    async def _settle(self, job: Callable[[Unit], T]) -> T:
        """Write down what became of a row. It counts for this claim alone, so twice is once.

        A database that is away is waited for: what was sent, and not settled, might be sent again.
        """
        settled: T = await self._writer.until_sure(lambda: Job(job), self.sleep, worth=away)
        return settled

    async def _later(
        self, row: Claimed, delay: timedelta, why: str, *, again: bool = False, count: bool = True
    ) -> None:
        if row.op is not Op.POST and count and row.attempts >= MOST_TRIES:
            await self._end(row, "dead", why)
            return

        def settle(unit: Unit) -> None:
            rows.later(unit.connection, row, unit.now + delay, why, again=again, count=count)

        await self._settle(settle)

    async def _unsure(self, row: Claimed, why: str) -> None:
        log.info("unsure", seq=row.seq, op=row.op.value, error=why)
        if row.op is not Op.POST:
            # An edit, a deletion or a reaction done twice does no harm: simply again.
            await self._later(row, _backoff(row), why)
            return

        def settle(unit: Unit) -> None:
            rows.unsure(unit.connection, row, unit.now + taking.UNSURE_REST, why)

        await self._settle(settle)

    async def _end(self, row: Claimed, state: str, why: str) -> None:
        log.info("ended", seq=row.seq, op=row.op.value, state=state, why=why)

        def settle(unit: Unit) -> None:
            rows.ended(unit.connection, row, unit.now, state, why)
            if row.op is Op.POST and why != "of_no_use":
                self._tell_facilitator(unit, row)

        await self._settle(settle)

    async def _person_refused(self, row: Claimed, why: str) -> None:
        def settle(unit: Unit) -> None:
            until = unit.now + PERSON_PAUSE
            resting.pause(unit.connection, row.installation, row.destination, until, why)
            resting.note_person(unit.connection, row.installation, row.person, "closed")
            rows.ended(unit.connection, row, unit.now, "dead", why)
            if row.notice.card == UNDELIVERED:
                # It holds counts only, so that the set's own place may read it.
                self._tell(unit, row, Where.PLACE)
            elif row.notice.matter is not Matter.WELCOME:
                self._tell_facilitator(unit, row)

        await self._settle(settle)
        await self.reached(row.set_id, row.person, False)

    async def _place_refused(self, row: Claimed, refused: Refused) -> None:
        def settle(unit: Unit) -> None:
            until, why = unit.now + PLACE_PAUSE, refused.change or refused.code
            resting.pause(unit.connection, row.installation, row.destination, until, why)
            rows.later(unit.connection, row, until, refused.code, count=False, paused=True)
            self._tell_facilitator(unit, row)

        await self._settle(settle)

    async def _installation_refused(self, row: Claimed, why: str) -> None:
        def settle(unit: Unit) -> None:
            until = unit.now + INSTALLATION_PAUSE
            resting.pause_installation(unit.connection, row.installation, until, why)
            rows.later(unit.connection, row, until, why, count=False, paused=True)

        await self._settle(settle)

    def _tell_facilitator(self, unit: Unit, row: Claimed) -> None:
        """A count without content, once a day, to whoever facilitates the set."""
        if row.notice.card != UNDELIVERED:
            self._tell(unit, row, Where.DIRECT)

    def _tell(self, unit: Unit, row: Claimed, where: Where) -> None:
        try:
            room = unit.room(row.set_id)
        except Corrupt:
            return
        if room.set is None:
            return
        aloud = ":aloud" if where is Where.PLACE else ""
        notice = Notice(
            Matter.NOTICE,
            f"{row.set_id}:{UNDELIVERED}:{unit.now.date().isoformat()}{aloud}",
            UNDELIVERED,
            where=where,
            to=room.set.facilitator if where is Where.DIRECT else None,
            until=unit.now + compose.TOLD_FOR,
        )
        intents = unit.intents()
        today = unit.now.replace(hour=0, minute=0, second=0, microsecond=0)
        intents.say(row.installation, row.set_id, "", notice, said_from=today)
        intents.write()


def _since(row: Claimed) -> datetime:
    """The earliest that a claimed post can stand there, by the platform's clock as far as known."""
    return row.claimed_at - WIDE if row.platform_at is None else row.platform_at


def _patience(row: Claimed) -> timedelta:
    """How long a look-up that cannot be made is tried: a meeting cannot wait for its board."""
    return (
        GIVE_UP_IN_A_MEETING
        if row.session_id and row.notice.matter in IN_A_MEETING
        else GIVE_UP_LOOKING
    )


async def _nobody_asks(set_id: str, person: str, ok: bool) -> None:
    """Nobody wants to know whether direct messages get through."""


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
