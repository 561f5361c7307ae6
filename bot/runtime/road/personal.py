"""What people ask of the bot itself: read what it takes, have the core decide, do what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from bot.core import engine
from bot.core.command import ForPerson
from bot.core.decision import Refusal
from bot.core.learning_set.place import Room
from bot.core.person import commands as person_commands
from bot.core.person import signposts
from bot.core.person.outcome import (
    Archive,
    Burn,
    Erase,
    KeepSignpost,
    Known,
    PersonDecision,
    ToDo,
    WantBurnt,
)
from bot.core.signals import Caller
from bot.runtime.ports.incoming import Answer, File, Told
from bot.runtime.store import audit, figures, posts_of
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.store.upkeep import erasing


@dataclass(frozen=True, slots=True)
class Request:
    """One question or request: by whom, where, and who runs this bot."""

    installation: str
    who: Caller
    room: Room
    operator: str = ""


def show(unit: Unit, ask: Request, command: ForPerson) -> Answer | None:
    """The answer where it only tells something; None where something would have to be done."""
    outcome = _decided(unit, ask, command)
    if isinstance(outcome, Refusal):
        return Answer(refusal=outcome)
    return Answer(outcome.told) if outcome.only_tells else None


def do(unit: Unit, ask: Request, command: ForPerson) -> Answer:
    """What follows, done; everything that is told or deleted leaves its row in the audit log."""
    outcome = _decided(unit, ask, command)
    if isinstance(outcome, Refusal):
        return Answer(refusal=outcome)
    told: tuple[Told, ...] = outcome.told
    for thing in outcome.to_do:
        told = (*told, *_done(unit, ask.installation, thing))
    if outcome.notices:
        unit.changes.keep(ask.installation, ask.room, ask.room, outcome.notices)
    if outcome.audit:
        audit.note(unit, ask.installation, ask.who.person, *outcome.audit)
    files = tuple(File(f.name, f.media, f.text, f.words, direct=True) for f in outcome.files)
    return Answer(told, changed=outcome.changed, files=files)


def _decided(unit: Unit, ask: Request, command: ForPerson) -> PersonDecision | Refusal:
    return engine.answer(_known(unit, ask, command), command, unit.now)


def _known(unit: Unit, ask: Request, command: ForPerson) -> Known:
    """What the core has to know for this command, and no row more."""
    room, installation, person = ask.room, ask.installation, ask.who.person
    match command:
        case person_commands.ExportMine():
            rooms = unit.rooms_that_knew(installation, person)
            settings = posts_of.settings_of(unit, installation, person)
            return Known(room, knew=rooms, settings=settings)
        case person_commands.BurnSet() if room.set is not None:
            return Known(room, wishes=posts_of.wishes(unit, room.set.id))
        case person_commands.AskHelp() | person_commands.RaiseConcern():
            return Known(room, signposts=posts_of.signposts_of(unit, installation))
        case person_commands.LookAfter(what=what):
            return Known(room, figures=tuple(figures.LOOKS[what](unit, installation)))
        case person_commands.PutAway(subject=number):
            return Known(room, number=figures.set_of_number(unit, installation, number))
        case _:
            return Known(room, ask.operator)


def _done(unit: Unit, installation: str, thing: ToDo) -> tuple[Told, ...]:
    """Do it; what there is to read of it afterwards."""
    match thing:
        case Erase(person):
            erasing.erase(unit, installation, person)
        case WantBurnt(set_id, person):
            posts_of.wish(unit, set_id, person)
        case Burn(set_id):
            posts_of.burn(unit, installation, set_id)
        case Archive(set_id):
            posts_of.archive(unit, installation, set_id)
        case KeepSignpost(wish):
            posts_of.put_signpost(unit, installation, wish)
            return signposts.read_by_people(posts_of.signposts_of(unit, installation))
        case _:
            assert_never(thing)
    return ()
