"""The one road: a signal comes in, is decided in one transaction, and is answered after the commit."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from bot.core import engine
from bot.core.cards import Choice, Form
from bot.core.command import Command, ForPerson, InSession
from bot.core.decision import Decision, Notice, Recount, Refusal
from bot.core.input.personal import needs_no_set
from bot.core.learning_set.commands import Agree, ChangeHabits, RenewCalendar, ShowSet
from bot.core.learning_set.meetings.held import RECOUNTED_BEFORE
from bot.core.learning_set.place import Room
from bot.core.learning_set.state import SetState
from bot.core.meeting.commands import OpenSession
from bot.core.meeting.session import Session
from bot.core.signals import (
    Caller,
    PersonGone,
    PlaceChanged,
    Pressed,
    Rang,
    Reached,
    Reacted,
    ReadersSeen,
    Recounted,
    Signal,
    Submitted,
    Typed,
    WasAway,
)
from bot.core.verbs import option_of
from bot.runtime import dates, personal
from bot.runtime.clock import Clock
from bot.runtime.delivery import private_text
from bot.runtime.doubted import Doubted
from bot.runtime.ports import (
    NO_NEWS,
    Answer,
    Incoming,
    KeepsCalendar,
    KnowsReaders,
    News,
    Outbound,
    Told,
)
from bot.runtime.rate_limit import USUAL_MANNERS, Manners, Patience
from bot.runtime.store import newest
from bot.runtime.store.doubt import InDoubt
from bot.runtime.store.outbox import settle as outgoing
from bot.runtime.store.store import Store, Timer
from bot.runtime.store.unit_of_work import Corrupt, Unit
from bot.runtime.writer import Job, Writer

if TYPE_CHECKING:
    from bot.runtime.calendar.feeds import Feed
    from bot.runtime.process.pulse import Pulse

MOST_FOLLOWING = 20
"""Commands one decision may lead to; more is a mistake of ours."""

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
MOST_RECOUNTS = 5
"""How often a recount is made again because people went on reacting meanwhile."""

MOST_HEARD = 10_000
JUST_SENT = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds to wait, again and again, for the reference of a message that somebody sees already."""
LOOKING_TAKES = 0.5
"""Seconds for meetings to be told of an outage before a press; the next look tells the others."""

GUARD = 2.0
"""Seconds after which whoever acted is answered, whatever holds the writer up: platforms wait 3."""

SUBSCRIBE = "Or subscribe your calendar to this address. It's yours alone:"
RENEWED = "The old address no longer works. Subscribe your calendar to this one. It's yours alone:"
NO_FEED = "There's no address to subscribe to here, so there was none to renew."
WHICH_SET = Refusal("You're in several sets. Use that command in the channel of one.", "which_set")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Received:
    """What one signal led to: the caller's answer, and what to ask the platform for.

    `recounts` are of messages people react to; `who_reads` is the set whose readers are asked for,
    `calendar` the one whose meetings are to be listed.
    """

    answer: Answer
    recounts: tuple[tuple[Recount, str], ...] = ()
    who_reads: str = ""
    calendar: SetState | None = None


class Service:
    """Brings signals to the core and what follows to the store. One per process."""

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
        self._operator = manners.operator
        self.pulse: Pulse | None = None
        """What says whether the bot was there, where anybody keeps it."""

        self.feed: Feed | None = None
        """Where calendars subscribe, if anything is reachable from outside."""
        self._recount_rest = manners.recount_rest
        self._patience = Patience(clock.steady, manners.most_typed)
        self._store = store
        self._writer = writer
        self._clock = clock
        self._outbound_of = outbound_of
        self._grace = grace
        self._tasks: set[asyncio.Task[None]] = set()
        self._heard: Counter[str] = Counter()
        self._doubted = Doubted(clock.steady, secrets.token_hex(16))
        self._doubts = 0
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
        self._recount_later(outcome)
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
                room = self._room(unit, incoming)
                if isinstance(room, Refusal):
                    return Answer(refusal=room)
                shown = self._show(unit, room, incoming)
                if shown is None or not _stands_in_thread(incoming, shown):
                    return shown
                return self._in_thread(unit, room.live, shown)
        except Exception as error:
            log.info("not_shown", error=type(error).__name__)
            return None

    def _show(self, unit: Unit, room: Room, incoming: Incoming) -> Answer | None:
        command = engine.understand(room, incoming.who, incoming.signal)
        if isinstance(command, Refusal):
            return Answer(refusal=command)
        if isinstance(command, ForPerson):
            ask = self._ask(incoming.installation, room, incoming.who)
            return personal.do(unit, ask, command) if personal.only_shows(command) else None
        state = _state(room, command)
        decision = engine.decide(state, command, unit.now)
        if isinstance(decision, Refusal):
            return Answer(refusal=decision)
        told = () if decision.answer is None else (decision.answer,)
        changes = decision.state is not state or decision.notices or decision.then
        return None if changes else self._with_calendar(unit, room, command, Answer(told))

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
            self._recount_later(taken.result())
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
                lambda unit: self._receive(unit, incoming, names),
                _delivery(incoming, incoming.delivery),
                incoming.installation,
                _delivery(incoming, earlier),
                Received,
                lambda unit: self._about(unit, incoming),
            )
        )

    async def form(self, incoming: Incoming) -> Form | Refusal | None:
        """The form that a press or command opens, from one read-only query; None where none."""
        too_fast = self._patience.refuses(incoming)
        if too_fast is not None:
            return too_fast
        await self._there()
        try:
            with self._store.reading() as unit:
                room = self._room(unit, incoming)
                if isinstance(room, Refusal):
                    return room
                opened = engine.form(room, incoming.who, incoming.signal)
        except Exception as error:
            return self._failed(error).refusal
        return self._askable(incoming.installation, opened) if isinstance(opened, Form) else opened

    def _askable(self, installation: str, form: Form) -> Form:
        """The form without what this platform cannot do."""
        if isinstance(self._outbound_of(installation), KeepsCalendar):
            return form
        return replace(form, fields=tuple(f for f in form.fields if not f.calendar))

    async def homes(self, platform: str, person: str) -> tuple[str, ...]:
        """Where on a platform this person is in a set; nowhere where that cannot be read."""
        try:
            with self._store.reading() as unit:
                return unit.homes_of(f"{platform}:", person)
        except Exception as error:
            log.info("homes_unknown", error=type(error).__name__)
            return ()

    async def suggest(self, incoming: Incoming, option: str) -> tuple[Choice, ...]:
        """What an option could be, while it is typed; nothing where that cannot be said."""
        signal = incoming.signal
        known = option_of(signal.verb, option) if isinstance(signal, Typed) else None
        if known is None or known.suggests is None or not isinstance(signal, Typed):
            return ()
        try:
            with self._store.reading() as unit:
                room = self._room(unit, incoming)
            if isinstance(room, Refusal):
                return ()
            if known.suggests in dates.READ:
                zone = room.set.zone if room.set else incoming.who.zone or "UTC"
                typed, now = signal.get(option), self._clock.now()
                language = _language(room, incoming.who)
                return await asyncio.to_thread(
                    dates.suggest, known.suggests, typed, now, zone, language
                )
            return engine.suggest(room, incoming.who, signal, option)
        except Exception as error:
            log.info("not_suggested", error=type(error).__name__)
            return ()

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

    # --- from the clock and from ourselves ---

    async def rang(self, timer: Timer) -> None:
        """A deadline has come. A second time, or one that no longer applies, changes nothing."""
        self._recount_later(
            await self._writer.until_sure(
                lambda: Job(lambda unit: self._rang(unit, timer), about=lambda unit: timer.set_id)
            )
        )

    async def was_away(self, set_id: str, since: datetime) -> None:
        """Nobody was there from `since` until now: the set's meeting, if one runs, takes note."""
        signal = WasAway(since)
        job = Job(lambda unit: self._internal(unit, set_id, signal), about=lambda unit: set_id)
        self._recount_later(await asyncio.wrap_future(self._writer.submit(job)))

    async def _there(self) -> None:
        """A machine that slept tells its meetings before anything is pressed; a moment must do."""
        if self.pulse is None or self.pulse.beats():
            return
        looking = asyncio.ensure_future(self.pulse.look())
        done, _ = await asyncio.wait([looking], timeout=LOOKING_TAKES)
        error = looking.exception() if done else None
        if error is not None:
            log.warning("not_looked", error=type(error).__name__)

    async def reached(self, set_id: str, person: str, ok: bool) -> None:
        """The platform has said whether direct messages reach a person."""
        await self._bring_in(set_id, Reached(person, ok))

    async def _bring_in(self, set_id: str, signal: Signal) -> Received:
        """What we have found out ourselves; a second time it changes nothing."""
        outcome: Received = await self._writer.until_sure(
            lambda: Job(
                lambda unit: self._internal(unit, set_id, signal), about=lambda unit: set_id
            )
        )
        return outcome

    async def recount(self, slot: str, set_id: str) -> None:
        """Ask the platform who reacted to a slot, and bring the answer down the same road.

        A reaction that came in while we asked may be missing in the answer: then we ask again.
        """
        with self._store.reading() as unit:
            found = unit.ref_of(slot)
        for turn in range(MOST_RECOUNTS if found else 0):
            assert found is not None
            if turn and self._recount_rest:
                await asyncio.sleep(self._recount_rest)
            heard = self._heard[found[1]]
            if not await self._recounted(slot, set_id, *found) or heard == self._heard[found[1]]:
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
        self._recount_later(await self._bring_in(set_id, signal))
        return True

    async def name_readers(self, set_id: str) -> None:
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
        await self._bring_in(set_id, ReadersSeen(others))

    async def place_changed(
        self, installation: str, place: str, signal: PlaceChanged, news: News = NO_NEWS
    ) -> None:
        """Something happened to a place. Where no set lives nothing follows, nor a second time.

        What is older than something known that it takes back, or that takes it back, is no news.
        """
        about = newest.of_place(place, signal.change)

        def job(unit: Unit) -> None:
            room = unit.room_of_place(installation, place)
            if room.set is not None and newest.is_news(unit, installation, about, news.at):
                self._bring(unit, installation, room, Caller("clock"), signal)

        where = partial(Unit.set_or_place, installation=installation, place=place)
        await self._writer.once(installation, news, job, where)

    async def person_gone(
        self, installation: str, signal: PersonGone, place: str = "", news: News = NO_NEWS
    ) -> None:
        """Somebody left a place, or (without one) the workspace with all its sets."""

        def job(unit: Unit) -> None:
            rooms = self._rooms_of(unit, installation, signal.person, place)
            about = newest.of_person(signal.person, place)
            if rooms and newest.is_news(unit, installation, about, news.at):
                for room in rooms:
                    self._bring(unit, installation, room, Caller("clock"), signal)

        where = partial(Unit.set_or_place, installation=installation, place=place)
        await self._writer.once(installation, news, job, where if place else None)

    async def person_back(
        self, installation: str, person: str, place: str = "", news: News = NO_NEWS
    ) -> None:
        """Somebody of a set is (again) in its place, or in the workspace: what is older is over."""

        def job(unit: Unit) -> None:
            if self._rooms_of(unit, installation, person, place):
                newest.is_news(unit, installation, newest.of_person(person, place), news.at)

        await self._writer.once(installation, news, job)

    async def heard(self, installation: str, news: News) -> bool:
        """Whether something that changes no row here is told for the first time."""
        return bool(await self._writer.once(installation, news, lambda unit: True))

    def _rooms_of(self, unit: Unit, installation: str, person: str, place: str) -> tuple[Room, ...]:
        """The rooms of the sets this person is in: the one in that place, or all of them."""
        if not place:
            return unit.rooms_of_person(installation, person)
        room = unit.room_of_place(installation, place)
        return (room,) if room.set is not None and room.set.member(person) is not None else ()

    def _hear(self, incoming: Incoming) -> None:
        """Remember that a message was reacted to, for recounts that are under way."""
        if isinstance(incoming.signal, Reacted):
            if len(self._heard) > MOST_HEARD:
                self._heard.clear()
            self._heard[incoming.message] += 1

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
                slots = _recounts(unit, set_id)
            for slot in slots:
                await self.recount(slot, set_id)
            asked += len(slots)
            # So many sets may meet soon that others must not wait for all of them.
            await asyncio.sleep(0)
        return asked

    async def quiet(self) -> None:
        """Wait until nothing started here is still under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def _recount_later(self, outcome: Received) -> None:
        if self._doubts != self._writer.doubts:
            # Somebody's outcome was never heard: whatever it wanted counted is counted now.
            self._doubts = self._writer.doubts
            self._later(self._count_again())
        for recount, set_id in outcome.recounts:
            self._later(self.recount(recount.slot, set_id))
        if outcome.who_reads:
            self._later(self.name_readers(outcome.who_reads))

    async def _count_again(self) -> None:
        try:
            await self.reconcile()
        except Exception as error:
            log.warning("recount_failed", error=type(error).__name__)
            self._doubts = -1

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- in the transaction ---

    def _about(self, unit: Unit, incoming: Incoming) -> str:
        """The set a signal is about, found without reading the set itself."""
        signal, installation = incoming.signal, incoming.installation
        if isinstance(signal, Reacted):
            found = unit.slot_of(installation, incoming.message)
            return found[1] if found else ""
        if incoming.direct or not incoming.place:
            subject = signal.subject if isinstance(signal, Pressed | Submitted) else ""
            return unit.set_of_subject(subject) if subject else ""
        return unit.set_or_place(installation, incoming.place)

    def _receive(self, unit: Unit, incoming: Incoming, names: tuple[str, ...]) -> Received:
        """Its outcome, kept under each of the deliveries it came by."""
        outcome = self._outcome(unit, incoming)
        if not isinstance(incoming.signal, Reacted):
            for name in names:
                unit.answered(name, incoming.installation, outcome.answer)
        return outcome

    def _outcome(self, unit: Unit, incoming: Incoming) -> Received:
        room = self._room(unit, incoming)
        if isinstance(room, Refusal):
            return Received(Answer(refusal=room))
        signal = self._ready(unit, room, incoming)
        return self._bring(unit, incoming.installation, room, incoming.who, signal)

    def _room(self, unit: Unit, incoming: Incoming) -> Room | Refusal:
        signal, installation = incoming.signal, incoming.installation
        if isinstance(signal, Reacted):
            found = unit.slot_of(installation, incoming.message)
            return unit.room(found[1]) if found else Room()
        subject = signal.subject if isinstance(signal, Pressed | Submitted) else ""
        if incoming.direct or not incoming.place:
            room = unit.room_of_subject(installation, subject) if subject else Room()
            if room.set is None and needs_no_set(signal):
                return room
            return room if room.set is not None else _only(unit, incoming)
        return unit.room_of_place(installation, incoming.place)

    def _ready(self, unit: Unit, room: Room, incoming: Incoming) -> Signal:
        """The signal with what the core gets as a value: chance, read dates, its slot."""
        signal = incoming.signal
        if isinstance(signal, Reacted):
            found = unit.slot_of(incoming.installation, incoming.message)
            return replace(signal, slot=found[0] if found else "")
        if isinstance(signal, Submitted):
            zone = room.set.zone if room.set else incoming.who.zone or "UTC"
            signal = dates.read_fields(signal, unit.now, zone, _language(room, incoming.who))
        if isinstance(signal, Pressed | Submitted | Typed | Rang):
            return replace(signal, fresh=unit.chance()[:20])
        return signal

    def _rang(self, unit: Unit, timer: Timer) -> Received:
        if unit.has_rung(timer.key):
            return Received(Answer())
        unit.rang(timer.key)
        room = unit.room(timer.set_id)
        if timer.session_id and (room.session is None or room.session.id != timer.session_id):
            return Received(Answer())
        signal = Rang(timer.what, timer.subject, timer.step, timer.due_at, unit.chance()[:20])
        installation = unit.installation_of(timer.set_id)
        return self._bring(unit, installation, room, Caller("clock"), signal)

    def _internal(self, unit: Unit, set_id: str, signal: Signal) -> Received:
        room = unit.room(set_id)
        return self._bring(unit, unit.installation_of(set_id), room, Caller("clock"), signal)

    def _bring(
        self, unit: Unit, installation: str, room: Room, who: Caller, signal: Signal
    ) -> Received:
        command = engine.understand(room, who, signal)
        if isinstance(command, Refusal):
            return Received(Answer(refusal=command))
        if isinstance(command, ForPerson):
            return Received(personal.do(unit, self._ask(installation, room, who), command))
        meant_at = signal.due_at if isinstance(signal, Rang) else None
        return self._decide(unit, installation, room, command, meant_at)

    def _ask(self, installation: str, room: Room, who: Caller) -> personal.Request:
        return personal.Request(installation, who, room, self._operator)

    def _decide(
        self,
        unit: Unit,
        installation: str,
        before: Room,
        command: Command,
        meant_at: datetime | None = None,
    ) -> Received:
        """The command and all that follow from it: either everything happens, or nothing."""
        room, waiting = before, [command]
        notices: list[Notice] = []
        told: list[Told] = []
        recounts: list[Recount] = []
        who_reads = calendar = False
        for _ in range(MOST_FOLLOWING):
            if not waiting:
                break
            ready = self._ready_command(unit, installation, waiting[0])
            decision = engine.decide(_state(room, waiting[0]), ready, unit.now)
            if isinstance(decision, Refusal):
                return Received(Answer(refusal=decision))
            room = _after(room, decision)
            notices += decision.notices
            told += [] if decision.answer is None else [decision.answer]
            recounts += decision.recounts
            who_reads = who_reads or decision.who_reads
            calendar = calendar or decision.calendar
            _rest(unit, installation, room, decision)
            waiting = [*decision.then, *waiting[1:]]
        unit.keep(installation, before, room, notices, meant_at)
        if isinstance(command, ChangeHabits):
            self._in_every_set(unit, installation, before, command)
        changed = room.session is not before.session or room.set is not before.set
        set_id = room.set.id if room.set else ""
        answer = Answer(tuple(told), changed=changed)
        return Received(
            self._with_calendar(unit, room, command, answer),
            tuple((r, set_id) for r in recounts),
            set_id if who_reads else "",
            room.set if calendar else None,
        )

    def _with_calendar(self, unit: Unit, room: Room, command: Command, answer: Answer) -> Answer:
        """With the file that comes with it, made by what the core must not know, and its address."""
        renewed = isinstance(command, RenewCalendar)
        if not renewed and not (isinstance(command, ShowSet) and command.card == "calendar"):
            return answer
        member = room.set.member(command.who) if room.set is not None else None
        if room.set is None or member is None or not (renewed or room.set.planned()):
            return answer
        from bot.runtime.calendar.files import calendar_file

        told = answer.told
        if self.feed is not None:
            where = self.feed.address(unit, room.set, member)
            told = (*told, f"{RENEWED if renewed else SUBSCRIBE} {where}")
        elif renewed:
            told = (*told, NO_FEED)
        files = (calendar_file(room.set, unit.now),) if room.set.planned() else ()
        return replace(answer, told=told, files=files)

    def _in_every_set(
        self, unit: Unit, installation: str, here: Room, command: ChangeHabits
    ) -> None:
        """How a person wants to be written to holds in all their sets, reminders included."""
        for room in unit.rooms_of_person(installation, command.who):
            if room.set is None or here.set is None or room.set.id == here.set.id:
                continue
            decision = engine.decide(room.set, command, unit.now)
            if isinstance(decision, Decision):
                unit.keep(installation, room, replace(room, set=decision.state), ())

    def _ready_command(self, unit: Unit, installation: str, command: Command) -> Command:
        if isinstance(command, Agree):
            return replace(command, habits=unit.habits_of(installation, command.who))
        if isinstance(command, OpenSession) and isinstance(command.opening, Session):
            return replace(command, opening=replace(command.opening, grace=self._grace))
        return command


def _delivery(incoming: Incoming, delivery: str) -> str:
    """The name of a delivery in the inbox; empty where the platform gave it none."""
    return delivery and f"{incoming.installation}:{delivery}"


def _language(room: Room, who: Caller) -> str:
    """In which this person types dates; empty where they have not said."""
    return room.set.habits_of(who.person).language if room.set is not None else ""


def _rest(unit: Unit, installation: str, room: Room, decision: Decision) -> None:
    """The set's place rests from now on, or goes on."""
    if room.set is None or not (decision.rests or decision.wakes):
        return
    place = f"set:{room.set.id}"
    if decision.rests:
        outgoing.rest(unit.connection, installation, place, unit.now, decision.rests)
    if decision.wakes:
        outgoing.wake(unit.connection, installation, place, unit.now, decision.wakes)


def _recounts(unit: Unit, set_id: str) -> tuple[str, ...]:
    """The slots to be asked about, of those that stand."""
    try:
        slots = [recount.slot for recount in engine.recounts(unit.room(set_id), unit.now)]
        return tuple(slot for slot in slots if unit.ref_of(slot) is not None)
    except Corrupt as error:
        # One meeting that cannot be read must not cost the others their votes.
        log.error("row_unreadable", error=error.error, row=error.row)
        return ()


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


def _state(room: Room, command: Command) -> Session | SetState | None:
    if isinstance(command, OpenSession):
        return None
    return room.session if isinstance(command, InSession) else room.set


def _after(room: Room, decision: Decision) -> Room:
    state: Any = decision.state
    if isinstance(state, SetState):
        return replace(room, set=state)
    return room if state is None else replace(room, session=state)


def _of_every_set(signal: Signal) -> bool:
    """Whether it does not matter in which of their sets somebody says it."""
    return isinstance(signal, Typed) and signal.verb == "settings"


def _only(unit: Unit, incoming: Incoming) -> Room | Refusal:
    """In a direct message a verb with one candidate takes it, else asks."""
    rooms = unit.rooms_of_person(incoming.installation, incoming.who.person)
    if len(rooms) > 1 and not _of_every_set(incoming.signal):
        return WHICH_SET
    return rooms[0] if rooms else Room()
