"""The road of an incoming signal: shown from one read, or queued and answered after the commit."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from bot.core.cards import Choice, Form
from bot.core.decision import Refusal
from bot.core.learning_set.state import SetState
from bot.core.meeting.session import Session
from bot.core.signals import Pressed, Reached, Reacted, Signal, Submitted, Typed, WasAway
from bot.runtime.clock import Clock
from bot.runtime.delivery import private_text
from bot.runtime.ports.incoming import GUARD, Answer, Incoming
from bot.runtime.ports.outgoing import KeepsCalendar, Outbound
from bot.runtime.rate_limit import USUAL_MANNERS, Manners, Patience
from bot.runtime.road import resolve
from bot.runtime.road.decide import Deciding, Received
from bot.runtime.road.doubted import Doubted
from bot.runtime.road.lookups import Lookups
from bot.runtime.road.outside import Outside
from bot.runtime.road.recount import Recounts
from bot.runtime.store.doubt import InDoubt
from bot.runtime.store.store import Store, Timer
from bot.runtime.store.unit.loaded import Corrupt
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.writer import Job, Writer

if TYPE_CHECKING:
    from bot.runtime.process.pulse import Pulse

FAILED = Refusal(
    "Something went wrong on my side. Nothing has changed. Please try again in a moment.",
    "failed",
)
NOT_SAVED = Refusal(
    "I couldn't save that. Nothing has changed. Please press again in a moment.",
    "not_saved",
)
STILL_SAVING = Refusal(
    "I'm still saving that. Check again in a moment before you press again.", "still_saving"
)
UNSURE = Refusal("I couldn't make sure. Please check before you try again.", "unsure")
MOST_HEARD = 10_000
"""Messages whose reactions, and meetings whose thread, are kept in mind."""

JUST_SENT = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds to wait, again and again, for the reference of a message that somebody sees already."""

LOOKING_TAKES = 0.5
"""Seconds for meetings to be told of an outage before a press; the next look tells the others."""

log = structlog.get_logger()


class Service(Outside):
    """Brings signals to the core and what follows to the store; the platforms' door. One per process."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        outbound_of: Callable[[str], Outbound | None],
        grace: int = 120,
        manners: Manners = USUAL_MANNERS,
    ) -> None:
        """`outbound_of` finds the platform of an installation; `grace` is seconds (docs/method.md, Time)."""
        super().__init__(writer, Deciding(manners.operator, grace))
        self._heard: Counter[str] = Counter()
        rest = manners.recount_rest
        self.recounts = Recounts(store, writer, self.deciding, outbound_of, self._heard, rest)
        self.pulse: Pulse | None = None
        """What says whether the bot was there, where anybody keeps it."""
        self._lookups = Lookups(store, clock, outbound_of)
        self._patience = Patience(clock.steady, manners.most_typed)
        self._store = store
        self._clock = clock
        self._outbound_of = outbound_of
        self._doubted = Doubted(clock.steady, secrets.token_hex(16))
        self._threads: dict[str, str] = {}

    # --- from the platforms ---

    async def receive(self, incoming: Incoming) -> Answer:
        """Take one signal; the answer comes after the commit. Never raises for what a person did."""
        too_fast = self._patience.refuses(incoming)
        if too_fast is not None:
            return Answer(refusal=too_fast)
        if private_text.wanted(incoming):
            return await self._behind(incoming)
        await self._there()
        self._hear(incoming)
        shown = self._shown(incoming) if _only_shows(incoming.signal) else None
        if shown is not None:
            return shown
        taken = self.take(incoming)
        if not await self._writer.finishes(taken, GUARD):
            return self._too_slow(incoming, taken)
        try:
            outcome = taken.result()
        except InDoubt as error:
            return self._unsure(incoming, error)
        except Exception as error:
            return self._failed(error, incoming)
        self._doubted.told(incoming)
        self.recounts.begin(outcome)
        if outcome.calendar is not None:
            return await self._on_calendar(incoming.installation, outcome, outcome.calendar)
        if not _stands_in_thread(incoming, outcome.answer):
            return outcome.answer
        try:
            with self._store.reading() as unit:
                live = unit.room_of_place(incoming.installation, incoming.place).live
                return self._in_thread(unit, live, outcome.answer)
        except Exception as error:
            # It is saved: where it is told matters less than that.
            log.info("thread_unknown", error=type(error).__name__)
            return outcome.answer

    def _hear(self, incoming: Incoming) -> None:
        """Remember that a message was reacted to, for recounts that are under way."""
        if isinstance(incoming.signal, Reacted):
            if len(self._heard) > MOST_HEARD:
                self._heard.clear()
            self._heard[incoming.message] += 1

    async def _on_calendar(self, installation: str, outcome: Received, state: SetState) -> Answer:
        """The answer, with what is in the way of listing the set's meetings, if anything is."""
        outbound: object = self._outbound_of(installation)
        if not isinstance(outbound, KeepsCalendar):
            return outcome.answer
        members = frozenset(m.person for m in state.present_members)
        try:
            trouble = await outbound.cannot_list(installation, state.link, members)
        except Exception as error:
            log.info("calendar_unknown", error=type(error).__name__)
            return outcome.answer
        told = (*outcome.answer.told, trouble) if trouble else outcome.answer.told
        return replace(outcome.answer, told=told)

    def _in_thread(self, unit: Unit, live: Session | None, answer: Answer) -> Answer:
        """The answer of a command or a form, with the thread in which the meeting speaks."""
        if live is None:
            return answer
        if live.id not in self._threads:
            if unit.ref_of(live.visit_slot(0)) is None:
                return answer
            board = unit.ref_of(live.slot("board"))
            if board is None:
                return answer
            if len(self._threads) > MOST_HEARD:
                self._threads.clear()
            self._threads[live.id] = board[1]
        return replace(answer, thread=self._threads[live.id])

    def _shown(self, incoming: Incoming) -> Answer | None:
        """The answer of a signal that only shows something, from one read.

        None where it turns out to change something after all, or where reading fails: then it goes
        the long road. It need not be claimed, since showing twice is showing once.
        """
        try:
            with self._store.reading() as unit:
                found = resolve.resolve(unit, incoming)
                if isinstance(found, Refusal):
                    return Answer(refusal=found)
                shown = self.deciding.show(unit, found.room, incoming)
                if shown is None or not _stands_in_thread(incoming, shown):
                    return shown
                return self._in_thread(unit, found.room.live, shown)
        except Exception as error:
            log.info("not_shown", error=type(error).__name__)
            return None

    def _unsure(self, incoming: Incoming, error: InDoubt) -> Answer:
        """Nobody knows whether it was stored; what it would have asked the platform for is not."""
        log.error("receive_in_doubt", error=type(error).__name__)
        self._doubted.keep(incoming)
        return Answer(refusal=UNSURE)

    def _too_slow(self, incoming: Incoming, taken: Future[Received]) -> Answer:
        """The writer is held up: either it will never be done, or it is being done right now."""
        if taken.cancel():
            log.warning("not_saved", error="Timeout")
            open_still = self._doubted.earlier(incoming)
            return Answer(refusal=UNSURE if open_still else NOT_SAVED)
        loop = asyncio.get_running_loop()
        log.warning("still_saving", error="Timeout")
        self._doubted.keep(incoming)
        taken.add_done_callback(lambda late: loop.call_soon_threadsafe(self._came_late, late))
        return Answer(refusal=UNSURE if self._store.in_doubt else STILL_SAVING)

    def _came_late(self, taken: Future[Received]) -> None:
        error = taken.exception()
        if error is None:
            self.recounts.begin(taken.result())
        else:
            log.error("receive_failed", error=type(error).__name__)

    async def _behind(self, incoming: Incoming) -> Answer:
        """The words behind a message. It may be seen, and pressed, before its reference is stored."""
        try:
            for wait in JUST_SENT:
                with self._store.reading() as unit:
                    if private_text.known(unit, incoming):
                        break
                await asyncio.sleep(wait)
            with self._store.reading() as unit:
                return private_text.answer(unit, incoming)
        except Exception as error:
            return self._failed(error)

    def take(self, incoming: Incoming) -> Future[Received]:
        """Queue one signal; the future is done after the commit."""
        earlier = self._doubted.earlier(incoming)
        names = tuple(dict.fromkeys(_delivery(incoming, d) for d in (incoming.delivery, earlier)))
        return self._writer.submit(
            Job(
                lambda unit: self.deciding.receive(unit, incoming, names),
                _delivery(incoming, incoming.delivery),
                incoming.installation,
                _delivery(incoming, earlier),
                Received,
                lambda unit: resolve.about(unit, incoming),
            )
        )

    def _failed(self, error: Exception, incoming: Incoming | None = None) -> Answer:
        """What somebody is told of a mistake of ours; of their first try it says nothing."""
        reference = f"ALS-{self._clock.chance()[:4].upper()}"
        if isinstance(error, Corrupt):
            log.error("row_unreadable", error=error.error, row=error.row, reference=reference)
        else:
            log.error("receive_failed", error=type(error).__name__, reference=reference)
        open_still = incoming is not None and self._doubted.earlier(incoming)
        refusal = UNSURE if open_still else FAILED
        sentence = f"{refusal.sentence} (ref {reference})"
        return Answer(refusal=replace(refusal, sentence=sentence), reference=reference)

    # --- asked of us, answered from one read ---

    async def form(self, incoming: Incoming) -> Form | Refusal | None:
        """The form that a press or command opens, from one read-only query; None where none."""
        too_fast = self._patience.refuses(incoming)
        if too_fast is not None:
            return too_fast
        await self._there()
        try:
            return self._lookups.form(incoming)
        except Exception as error:
            return self._failed(error).refusal

    async def homes(self, platform: str, person: str) -> tuple[str, ...]:
        """Where on a platform this person is in a set; nowhere where that cannot be read."""
        return self._lookups.homes(platform, person)

    async def suggest(self, incoming: Incoming, option: str) -> tuple[Choice, ...]:
        """What an option could be, while it is typed; nothing where that cannot be said."""
        return await self._lookups.suggest(incoming, option)

    async def _there(self) -> None:
        """A machine that slept tells its meetings before anything is pressed; a moment must do."""
        if self.pulse is None or self.pulse.beats():
            return
        looking = asyncio.ensure_future(self.pulse.look())
        done, _ = await asyncio.wait([looking], timeout=LOOKING_TAKES)
        error = looking.exception() if done else None
        if error is not None:
            log.warning("not_looked", error=type(error).__name__)

    # --- from the clock and from ourselves ---

    async def rang(self, timer: Timer) -> None:
        """A deadline has come. A second time, or one that no longer applies, changes nothing."""
        self.recounts.begin(
            await self._writer.until_sure(
                lambda: Job(
                    lambda unit: self.deciding.rang(unit, timer), about=lambda unit: timer.set_id
                )
            )
        )

    async def was_away(self, set_id: str, since: datetime) -> None:
        """Nobody was there from `since` until now: the set's meeting, if one runs, takes note."""
        self.recounts.begin(await self.recounts.bring_in_once(set_id, WasAway(since)))

    async def reached(self, set_id: str, person: str, ok: bool) -> None:
        """The platform has said whether direct messages reach a person."""
        await self.recounts.bring_in(set_id, Reached(person, ok))

    async def reconcile(self, platform: str = "") -> int:
        """After an outage: ask for every reaction that counts now; see `Recounts.reconcile`."""
        return await self.recounts.reconcile(platform)

    async def quiet(self) -> None:
        """Wait until nothing started here is still under way."""
        await self.recounts.quiet()


def _delivery(incoming: Incoming, delivery: str) -> str:
    """The name of a delivery in the inbox; empty where the platform gave it none."""
    return delivery and f"{incoming.installation}:{delivery}"


_SHOWING_VERBS = frozenset(
    {
        "privacy",
        "mydata forget",
        "set burn",
        "concern",
        "help",
        "home",
        "calendar",
        "status",
        "actions",
        "report",
        "set people",
        "done",
    }
)
_SHOWING_BUTTONS = frozenset(
    {"more", "need_help", "forget_me", "show_mine", "show_people", "calendar", "outcomes"}
)
"""One's own vote is not among them: it is asked for just after a reaction that may still queue."""


def _only_shows(signal: Signal) -> bool:
    """Whether a signal, as far as its name tells, changes nothing."""
    match signal:
        case Typed(verb=verb):
            return verb in _SHOWING_VERBS
        case Pressed(action=action):
            return action in _SHOWING_BUTTONS
        case _:
            return False


def _stands_in_thread(incoming: Incoming, answer: Answer) -> bool:
    """Whether an answer is shown where the meeting speaks: that of a command or a form, there."""
    told = answer.told or answer.refusal
    return bool(told) and not incoming.direct and isinstance(incoming.signal, Typed | Submitted)
