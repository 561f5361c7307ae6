"""In the transaction: load, let the core follow, save; or only look at what would be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.core import engine
from bot.core.command import Command, ForPerson
from bot.core.decision import Recount, Refusal
from bot.core.learning_set.commands import Agree, ChangePreferences, RenewCalendar, ShowSet
from bot.core.learning_set.place import Room
from bot.core.learning_set.state import SetState
from bot.core.signals import Caller, Rang, Reacted, Signal
from bot.runtime.ports.incoming import Answer, Incoming
from bot.runtime.road import personal, resolve
from bot.runtime.store.outbox import resting as outgoing
from bot.runtime.store.store import Timer
from bot.runtime.store.unit_of_work import Unit

if TYPE_CHECKING:
    from bot.runtime.calendar.feeds import Feed

SUBSCRIBE = "Or subscribe your calendar to this address. It's yours alone:"
RENEWED = "The old address no longer works. Subscribe your calendar to this one. It's yours alone:"
NO_FEED = "There's no address to subscribe to here, so there was none to renew."


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


class Deciding:
    """Decides signals over one transaction's rows, and saves what follows."""

    def __init__(self, operator: str, grace: int) -> None:
        """`operator` runs this bot; `grace` is seconds (docs/method.md, Time)."""
        self._operator = operator
        self._grace = grace
        self.feed: Feed | None = None
        """Where calendars subscribe, if anything is reachable from outside."""

    # --- what comes in ---

    def receive(self, unit: Unit, incoming: Incoming, names: tuple[str, ...]) -> Received:
        """What a gesture leads to, kept under each of the deliveries it came by."""
        outcome = self._outcome(unit, incoming)
        if not isinstance(incoming.signal, Reacted):
            for name in names:
                unit.changes.answered(name, incoming.installation, outcome.answer)
        return outcome

    def _outcome(self, unit: Unit, incoming: Incoming) -> Received:
        found = resolve.resolve(unit, incoming)
        if isinstance(found, Refusal):
            return Received(Answer(refusal=found))
        signal = resolve.ready(unit, found, incoming)
        return self.bring(unit, incoming.installation, found.room, incoming.who, signal)

    def show(self, unit: Unit, room: Room, incoming: Incoming) -> Answer | None:
        """The answer where it only shows something; None where it turns out to change something."""
        command = engine.understand(room, incoming.who, incoming.signal)
        if isinstance(command, Refusal):
            return Answer(refusal=command)
        if isinstance(command, ForPerson):
            return personal.show(
                unit, self._ask(incoming.installation, room, incoming.who), command
            )
        followed = engine.follow(room, command, unit.now)
        if isinstance(followed, Refusal):
            return Answer(refusal=followed)
        if followed.does_something(room):
            return None
        return self._with_calendar(unit, room, command, Answer(followed.answers))

    def rang(self, unit: Unit, timer: Timer) -> Received:
        """What a deadline leads to: nothing where it has rung, or where its meeting is another."""
        if unit.has_rung(timer.key):
            return Received(Answer())
        unit.changes.rang(timer.key)
        room = unit.room(timer.set_id)
        if timer.session_id and (room.session is None or room.session.id != timer.session_id):
            return Received(Answer())
        signal = Rang(timer.what, timer.subject, timer.step, timer.due_at, unit.chance()[:20])
        installation = unit.installation_of(timer.set_id)
        return self.bring(unit, installation, room, Caller("clock"), signal)

    def found_out(self, unit: Unit, set_id: str, signal: Signal) -> Received:
        """What something we have found out ourselves leads to."""
        room = unit.room(set_id)
        return self.bring(unit, unit.installation_of(set_id), room, Caller("clock"), signal)

    def bring(
        self, unit: Unit, installation: str, room: Room, who: Caller, signal: Signal
    ) -> Received:
        """A signal whose room is known: understood, decided, saved."""
        command = engine.understand(room, who, signal)
        if isinstance(command, Refusal):
            return Received(Answer(refusal=command))
        if isinstance(command, ForPerson):
            return Received(personal.do(unit, self._ask(installation, room, who), command))
        meant_at = signal.due_at if isinstance(signal, Rang) else None
        return self._decide(unit, installation, room, command, meant_at)

    # --- decided and saved ---

    def _ask(self, installation: str, room: Room, who: Caller) -> personal.Request:
        return personal.Request(installation, who, room, self._operator)

    def _decide(
        self,
        unit: Unit,
        installation: str,
        before: Room,
        command: Command,
        meant_at: datetime | None,
    ) -> Received:
        if isinstance(command, Agree):
            command = replace(command, preferences=unit.preferences_of(installation, command.who))
        followed = engine.follow(before, command, unit.now, self._grace)
        if isinstance(followed, Refusal):
            return Received(Answer(refusal=followed))
        room = followed.room
        _rest(unit, installation, followed)
        unit.changes.keep(installation, before, room, followed.notices, meant_at)
        if isinstance(command, ChangePreferences):
            _in_every_set(unit, installation, before, command)
        changed = room.session is not before.session or room.set is not before.set
        set_id = room.set.id if room.set else ""
        answer = Answer(followed.answers, changed=changed)
        return Received(
            self._with_calendar(unit, room, command, answer),
            tuple((r, set_id) for r in followed.recounts),
            set_id if followed.who_reads else "",
            room.set if followed.calendar else None,
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


def _in_every_set(unit: Unit, installation: str, here: Room, command: ChangePreferences) -> None:
    """How a person wants to be written to holds in all their sets, reminders included."""
    for room in unit.rooms_of_person(installation, command.who):
        if room.set is None or here.set is None or room.set.id == here.set.id:
            continue
        followed = engine.follow(room, command, unit.now)
        if not isinstance(followed, Refusal):
            unit.changes.keep(installation, room, followed.room, ())


def _rest(unit: Unit, installation: str, followed: engine.Followed) -> None:
    """The set's place rests from now on, or goes on."""
    room = followed.room
    if room.set is None:
        return
    place = f"set:{room.set.id}"
    if followed.rests:
        outgoing.rest(unit.connection, installation, place, unit.now, followed.rests)
    if followed.wakes:
        outgoing.wake(unit.connection, installation, place, unit.now, followed.wakes)
