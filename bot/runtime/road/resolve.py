"""What a signal is about: the room it was given in, its slot, and what the core gets as a value."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from bot.core.decision import Refusal
from bot.core.input.personal import needs_no_set
from bot.core.learning_set.place import Room
from bot.core.signals import Caller, Pressed, Rang, Reacted, Signal, Submitted, Typed
from bot.runtime import dates
from bot.runtime.ports.incoming import Incoming
from bot.runtime.store.unit_of_work import Unit

WHICH_SET = Refusal("You're in several sets. Use that command in the channel of one.", "which_set")


class Resolved(NamedTuple):
    """The room that a signal is about; the slot of the message it names, where it names one."""

    room: Room
    slot: str = ""


def about(unit: Unit, incoming: Incoming) -> str:
    """The id of the set a signal is about, found without reading the set itself."""
    signal, installation = incoming.signal, incoming.installation
    if isinstance(signal, Reacted):
        found = unit.slot_of(installation, incoming.message)
        return found[1] if found else ""
    if incoming.direct or not incoming.place:
        subject = _subject(signal)
        return unit.set_of_subject(subject) if subject else ""
    return unit.set_or_place(installation, incoming.place)


def resolve(unit: Unit, incoming: Incoming) -> Resolved | Refusal:
    """What it is about; refused where somebody would have to say which of their sets they mean."""
    signal, installation = incoming.signal, incoming.installation
    if isinstance(signal, Reacted):
        found = unit.slot_of(installation, incoming.message)
        return Resolved(unit.room(found[1]), found[0]) if found else Resolved(Room())
    if not incoming.direct and incoming.place:
        return Resolved(unit.room_of_place(installation, incoming.place))
    subject = _subject(signal)
    room = unit.room_of_subject(installation, subject) if subject else Room()
    if room.set is not None or needs_no_set(signal):
        return Resolved(room)
    return _only(unit, incoming)


def ready(unit: Unit, resolved: Resolved, incoming: Incoming) -> Signal:
    """The signal with what the core gets as a value: chance, read dates, its slot."""
    signal, room = incoming.signal, resolved.room
    if isinstance(signal, Reacted):
        return replace(signal, slot=resolved.slot)
    if isinstance(signal, Submitted):
        zone = room.set.zone if room.set else incoming.who.zone or "UTC"
        signal = dates.read_fields(signal, unit.now, zone, language(room, incoming.who))
    if isinstance(signal, Pressed | Submitted | Typed | Rang):
        return replace(signal, fresh=unit.chance()[:20])
    return signal


def language(room: Room, who: Caller) -> str:
    """In which this person types dates; empty where they have not said."""
    return room.set.preferences_of(who.person).language if room.set is not None else ""


def rooms_of(unit: Unit, installation: str, person: str, place: str) -> tuple[Room, ...]:
    """The rooms of the sets this person is in: the one in that place, or all of them."""
    if not place:
        return unit.rooms_of_person(installation, person)
    room = unit.room_of_place(installation, place)
    return (room,) if room.set is not None and room.set.member(person) is not None else ()


def _subject(signal: Signal) -> str:
    return signal.subject if isinstance(signal, Pressed | Submitted) else ""


def _of_every_set(signal: Signal) -> bool:
    """Whether it does not matter in which of their sets somebody says it."""
    return isinstance(signal, Typed) and signal.verb == "settings"


def _only(unit: Unit, incoming: Incoming) -> Resolved | Refusal:
    """In a direct message a verb with one candidate takes it, else asks."""
    rooms = unit.rooms_of_person(incoming.installation, incoming.who.person)
    if len(rooms) > 1 and not _of_every_set(incoming.signal):
        return WHICH_SET
    return Resolved(rooms[0]) if rooms else Resolved(Room())
