"""What the platform is asked after a decision: who reacted to a message, who can read a place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future

import structlog

from bot.core import engine
from bot.core.learning_set.meetings.held import RECOUNTED_BEFORE
from bot.core.signals import ReadersSeen, Recounted, Signal
from bot.runtime.ports.outgoing import KnowsReaders, Outbound
from bot.runtime.road.decide import Deciding, Received
from bot.runtime.store.store import Store
from bot.runtime.store.unit.loaded import Corrupt
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.writer import Job, Writer

MOST_RECOUNTS = 5
"""How often a recount is made again because people went on reacting meanwhile."""

log = structlog.get_logger()


class Recounts:
    """Asks the platforms and brings what they say down the same road, in the background."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        deciding: Deciding,
        outbound_of: Callable[[str], Outbound | None],
        heard: Mapping[str, int],
        rest: float,
    ) -> None:
        """`outbound_of` finds the platform of an installation; `rest` is seconds between two tries.

        `heard` says how often somebody has reacted to a message.
        """
        self._store = store
        self._writer = writer
        self._deciding = deciding
        self._outbound_of = outbound_of
        self._rest = rest
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard = heard
        self._doubts = 0

    # --- in the background ---

    def begin(self, outcome: Received) -> None:
        """Ask for everything that a decision wants asked, without anybody waiting for it."""
        if self._doubts != self._writer.doubts:
            # Somebody's outcome was never heard: whatever it wanted counted is counted now.
            self._doubts = self._writer.doubts
            self._later(self._count_again())
        for recount, set_id in outcome.recounts:
            self._later(self.recount(recount.slot, set_id))
        if outcome.who_reads:
            self._later(self._name_readers(outcome.who_reads))

    async def quiet(self) -> None:
        """Wait until nothing begun here is still under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _count_again(self) -> None:
        try:
            await self.reconcile()
        except Exception as error:
            log.warning("recount_failed", error=type(error).__name__)
            self._doubts = -1

    # --- asked ---

    async def reconcile(self, platform: str = "") -> int:
        """After an outage: ask the platforms again for every message whose reactions count now.

        `platform` narrows it to one, as after its reconnect. Returns how many were asked for.
        """
        with self._store.reading() as unit:
            found = (*unit.live_sets(), *unit.meeting_soon(unit.now + RECOUNTED_BEFORE))
        asked = 0
        for installation, set_id in found:
            if not installation.startswith(platform):
                continue
            with self._store.reading() as unit:
                slots = _slots_of(unit, set_id)
            for slot in slots:
                await self.recount(slot, set_id)
            asked += len(slots)
            # So many sets may meet soon that others must not wait for all of them.
            await asyncio.sleep(0)
        return asked

    async def recount(self, slot: str, set_id: str) -> None:
        """Ask the platform who reacted to a slot, and bring the answer down the same road.

        A reaction that came in while we asked may be missing in the answer: then we ask again.
        """
        with self._store.reading() as unit:
            found = unit.ref_of(slot)
        for turn in range(MOST_RECOUNTS if found else 0):
            assert found is not None
            if turn and self._rest:
                await asyncio.sleep(self._rest)
            heard = self._heard.get(found[1], 0)
            if not await self._recounted(slot, set_id, *found) or heard == self._heard.get(
                found[1], 0
            ):
                return

    async def _recounted(self, slot: str, set_id: str, installation: str, ref: str) -> bool:
        outbound = self._outbound_of(installation)
        if outbound is None:
            return False
        try:
            seen = await outbound.reactions(installation, ref)
        except Exception as error:
            # The stored votes are used at the deadline, and the card says so.
            log.warning("recount_failed", error=type(error).__name__, slot=slot)
            return False
        signal = Recounted(slot, seen.votes, seen.complete)
        self.begin(await self.bring_in(set_id, signal))
        return True

    async def _name_readers(self, set_id: str) -> None:
        """Ask the platform who else can read a set's place, where it knows; the meeting is told."""
        with self._store.reading() as unit:
            room = unit.room(set_id)
            installation = unit.installation_of(set_id)
        outbound: object = self._outbound_of(installation)
        if room.set is None or not isinstance(outbound, KnowsReaders):
            return
        known = frozenset(m.person for m in room.set.present_members)
        try:
            others = await outbound.readers(installation, room.set.place, known)
        except Exception as error:
            # Where it cannot be known, nobody is named and the meeting goes on.
            log.warning("readers_unknown", error=type(error).__name__)
            return
        await self.bring_in(set_id, ReadersSeen(others))

    # --- told ---

    async def bring_in(self, set_id: str, signal: Signal) -> Received:
        """What we have found out ourselves; a second time it changes nothing."""
        outcome: Received = await self._writer.until_sure(lambda: self._job(set_id, signal))
        return outcome

    async def bring_in_once(self, set_id: str, signal: Signal) -> Received:
        """The same where it is asked for again anyway: a doubt is raised, not waited out."""
        done: Future[Received] = self._writer.submit(self._job(set_id, signal))
        return await asyncio.wrap_future(done)

    def _job(self, set_id: str, signal: Signal) -> Job:
        return Job(
            lambda unit: self._deciding.found_out(unit, set_id, signal), about=lambda unit: set_id
        )


def _slots_of(unit: Unit, set_id: str) -> tuple[str, ...]:
    """The slots to be asked about, of those that stand."""
    try:
        slots = [recount.slot for recount in engine.recounts(unit.room(set_id), unit.now)]
        return tuple(slot for slot in slots if unit.ref_of(slot) is not None)
    except Corrupt as error:
        # One meeting that cannot be read must not cost the others their votes.
        log.error("row_unreadable", error=error.error, row=error.row)
        return ()
