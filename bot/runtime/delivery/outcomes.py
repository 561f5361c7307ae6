"""What became of a claimed row, written down: sent, later, unsure, of no use, refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import structlog

from bot.core.decision import Matter, Notice, Where
from bot.runtime.delivery import compose
from bot.runtime.delivery.compose import Ready
from bot.runtime.ports.outgoing import Op, Refused
from bot.runtime.store.doubt import away
from bot.runtime.store.outbox import resting, take
from bot.runtime.store.outbox import settle as rows
from bot.runtime.store.outbox.take import Claimed
from bot.runtime.store.unit.loaded import Corrupt
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.writer import Job, Writer

T = TypeVar("T")

UNREADABLE_REST = timedelta(minutes=10)
PERSON_PAUSE = timedelta(days=7)
PLACE_PAUSE = timedelta(hours=1)
INSTALLATION_PAUSE = timedelta(days=1)
UNDELIVERED = "undelivered"
MOST_TRIES = 12
"""Tries of an edit, a deletion or a reaction; a post is tried until it is of no use."""

log = structlog.get_logger()


class Outcomes:
    """Settles rows, one transaction each; many that wait at once share the writer's."""

    def __init__(self, writer: Writer, sleep: Callable[[float], Awaitable[None]]) -> None:
        """`sleep` waits for a database that is away."""
        self._writer = writer
        self._sleep = sleep

    async def settle(self, job: Callable[[Unit], T]) -> T:
        """Write down what became of a row. It counts for this claim alone, so twice is once.

        A database that is away is waited for: what was sent, and not settled, might be sent again.
        """
        settled: T = await self._writer.until_sure(lambda: Job(job), self._sleep, worth=away)
        return settled

    async def sent(self, ready: Ready, ref: str) -> None:
        """The message got through; this is the platform's reference to it."""
        row, card = ready.row, ready.card
        seeds = " ".join(card.reactions) if card is not None else ""

        def settle(unit: Unit) -> None:
            unit.transaction.together(rows.sent, rows.Sent(row, ref, seeds))
            if ready.overtaken:
                rows.overtaken(unit.connection, row, ready.overtaken)
            if row.op in (Op.POST, Op.EDIT) and seeds and seeds != row.reactions:
                rows.want_reactions(unit.connection, row, unit.now, unit.chance())

        await self.settle(settle)

    async def later(
        self, row: Claimed, delay: timedelta, why: str, *, again: bool = False, count: bool = True
    ) -> None:
        """It certainly was not sent (or is to be sent again): due after `delay`."""
        if row.op is not Op.POST and count and row.attempts >= MOST_TRIES:
            await self.end(row, "dead", why)
            return

        def settle(unit: Unit) -> None:
            rows.later(unit.connection, row, unit.now + delay, why, again=again, count=count)

        await self.settle(settle)

    async def unsure(self, row: Claimed, why: str, rest: timedelta = take.UNSURE_REST) -> None:
        """Nobody knows whether it was sent: left alone for a while, then looked up."""

        def settle(unit: Unit) -> None:
            rows.unsure(unit.connection, row, unit.now + rest, why)

        await self.settle(settle)

    async def end(self, row: Claimed, state: str, why: str) -> None:
        """It is of no use any more (`expired`) or cannot be delivered (`dead`)."""
        log.info("ended", seq=row.seq, op=row.op.value, state=state, why=why)

        def settle(unit: Unit) -> None:
            rows.ended(unit.connection, row, unit.now, state, why)
            if row.op is Op.POST and why != "of_no_use":
                _tell_facilitator(unit, row)

        await self.settle(settle)

    async def unreadable(self, row: Claimed, error: Corrupt) -> None:
        """What it would say cannot be read: it waits, and everything else goes on."""
        log.error("row_unreadable", error=error.error, row=error.row, seq=row.seq)
        if row.unsure:
            await self.unsure(row, "unreadable", UNREADABLE_REST)
        else:
            await self.later(row, UNREADABLE_REST, "unreadable", count=False)

    async def person_refused(self, row: Claimed, why: str) -> None:
        """Direct messages do not reach this person: none is tried for a week."""

        def settle(unit: Unit) -> None:
            until = unit.now + PERSON_PAUSE
            resting.pause(unit.connection, row.installation, row.destination, until, why)
            resting.note_person(unit.connection, row.installation, row.person, "closed")
            rows.ended(unit.connection, row, unit.now, "dead", why)
            if row.notice.card == UNDELIVERED:
                # It holds counts only, so that the set's own place may read it.
                _tell(unit, row, Where.PLACE)
            elif row.notice.matter is not Matter.WELCOME:
                _tell_facilitator(unit, row)

        await self.settle(settle)

    async def place_refused(self, row: Claimed, refused: Refused) -> None:
        """Nothing can be sent to this place now: it is tried again in an hour."""

        def settle(unit: Unit) -> None:
            until, why = unit.now + PLACE_PAUSE, refused.change or refused.code
            resting.pause(unit.connection, row.installation, row.destination, until, why)
            rows.later(unit.connection, row, until, refused.code, count=False, paused=True)
            _tell_facilitator(unit, row)

        await self.settle(settle)

    async def installation_refused(self, row: Claimed, why: str) -> None:
        """Nothing at all can be sent for this installation now: it is tried again in a day."""

        def settle(unit: Unit) -> None:
            until = unit.now + INSTALLATION_PAUSE
            resting.pause_installation(unit.connection, row.installation, until, why)
            rows.later(unit.connection, row, until, why, count=False, paused=True)

        await self.settle(settle)


def _tell_facilitator(unit: Unit, row: Claimed) -> None:
    """A count without content, once a day, to the set's facilitator."""
    if row.notice.card != UNDELIVERED:
        _tell(unit, row, Where.DIRECT)


def _tell(unit: Unit, row: Claimed, where: Where) -> None:
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
    intents = unit.changes.intents()
    today = unit.now.replace(hour=0, minute=0, second=0, microsecond=0)
    intents.say(row.installation, row.set_id, "", notice, said_from=today)
    intents.write()
