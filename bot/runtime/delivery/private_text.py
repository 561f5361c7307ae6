"""The words behind a neutral message, for those who may read them: drawn again, never kept."""

from __future__ import annotations

from bot.core import permissions, refusals
from bot.core.decision import Notice, Refusal
from bot.core.learning_set import roles as set_roles
from bot.core.learning_set.place import Room
from bot.core.signals import Pressed
from bot.runtime.delivery.compose import Letter
from bot.runtime.ports.incoming import Answer, Incoming
from bot.runtime.store.outbox.take import noticed
from bot.runtime.store.unit_of_work import Unit

SHOW_WORDS = "show_words"
"""The button of messages that a lock screen may show."""

GONE = Refusal("There is nothing more to read there; /als home shows what is on now.", "gone")


def wanted(incoming: Incoming) -> bool:
    """Whether somebody asks for the words behind a message."""
    return isinstance(incoming.signal, Pressed) and incoming.signal.action == SHOW_WORDS


def known(unit: Unit, incoming: Incoming) -> bool:
    """Whether the message that was pressed is one of ours by now."""
    return unit.slot_of(incoming.installation, incoming.message) is not None


def answer(unit: Unit, incoming: Incoming) -> Answer:
    """The message's card as it would be sent now; a person's own message is theirs alone."""
    slot = unit.slot_of(incoming.installation, incoming.message)
    found = noticed(unit.connection, slot[0]) if slot else None
    if slot is None or found is None:
        return Answer(refusal=GONE)
    told, session = found
    if not _may_read(unit.room(slot[1]), told[-1].notice, incoming.who.person):
        return Answer(refusal=refusals.NOT_MEMBER)
    card = Letter(unit, session, unit.now, announces=False).card(told)
    return Answer((card,)) if card is not None else Answer(refusal=GONE)


def _may_read(room: Room, notice: Notice, person: str) -> bool:
    if room.set is None:
        return False
    if notice.to:
        return notice.to == person and set_roles.may_be_told(room.set, person, notice.card)
    roles = set_roles.in_set(room.set, person)
    return permissions.may_see(roles, person, permissions.Thing(permissions.Visible.SET))
