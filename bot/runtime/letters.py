"""What a claimed row says: its card drawn at the moment it is sent, and the message made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core import engine, set_roles
from bot.core.cards import Card, Entry
from bot.core.room import Room
from bot.core.session import Matter, Notice
from bot.core.set_cards import catch_up_card, undelivered_card
from bot.runtime.ports import Destination, Op, Outgoing
from bot.runtime.store import Claimed, Store, Unit
from bot.runtime.store import outgoing as rows

FORM_REFUSED = "form_refused"
"""The platform refused the card's form: the next try is a short plain version."""

TOLD_FOR = timedelta(days=14)
"""How far back the facilitator's word about undelivered messages looks."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed row with the card drawn for it, and where it goes."""

    row: Claimed
    card: Card | None
    place: str
    names: Mapping[str, str]
    entry: Entry | None = None


def draw(store: Store, row: Claimed) -> Ready | None:
    """What is to be sent now, from what is true now; None where it is of no use any more."""
    with store.reading() as unit:
        room = unit.room(row.set_id)
        if room.set is None:
            # A burnt set has no rows any more, and its messages still have to go.
            return Ready(row, None, "", {}) if row.op is Op.DELETE else None
        names = {m.person: m.name for m in room.set.members}
        if row.notice.matter is Matter.ENTRY:
            entry = engine.entry_of(room.set, row.notice.subject)
            return None if entry is None else Ready(row, None, room.set.place, names, entry)
        card = None if row.op is Op.DELETE else _card(unit, room, row)
    if card is None and row.op is not Op.DELETE:
        return None
    return Ready(row, card, room.set.place, names)


def _card(unit: Unit, room: Room, row: Claimed) -> Card | None:
    told = (*row.merged, (row.notice, row.due_at))
    drawn = [(_one_card(unit, room, row, notice), at) for notice, at in told]
    useful = [(card, at) for card, at in drawn if card is not None]
    if len(useful) > 1:
        cards, meant = zip(*useful, strict=True)
        return catch_up_card(cards, meant)
    return useful[0][0] if useful else None


def _one_card(unit: Unit, room: Room, row: Claimed, notice: Notice) -> Card | None:
    assert room.set is not None
    if notice.to and not set_roles.may_be_told(room.set, notice.to, notice.card):
        return None
    if notice.card == "undelivered":
        counts = rows.undelivered(unit.connection, row.set_id, unit.now - TOLD_FOR)
        return undelivered_card(room.set, *counts) if any(counts) else None
    if notice.card == "post":
        return _standing(room, row)
    return engine.draw(room, notice)


def outgoing(ready: Ready, now: datetime) -> Outgoing:
    """The message as the platform is asked to do it; a post that comes late says since when."""
    row, card = ready.row, ready.card
    late = row.op is Op.POST and not row.merged and now - row.due_at > rows.LATE_AFTER
    return Outgoing(
        op=row.op,
        installation=row.installation,
        destination=Destination(
            place="" if row.person else ready.place,
            parent=row.parent,
            person=row.person,
            calendar=row.notice.matter is Matter.ENTRY,
        ),
        key=row.key,
        card=card,
        entry=ready.entry,
        ref=row.ref,
        reactions=card.reactions if card is not None else (),
        again=row.again,
        plain=row.last_error == FORM_REFUSED,
        late_since=row.due_at if late else None,
        silent=card is not None and not card.loud,
        names=ready.names,
    )


def _standing(room: Room, row: Claimed) -> Card | None:
    """The card that stands in a meeting's slot now; a part that is over is not announced late."""
    session = room.session
    if session is None or session.id != row.session_id:
        return None
    announces = row.op is Op.POST and row.notice.matter is Matter.PHASE
    if announces and row.slot != session.ballot_slot and ":step:" in row.slot:
        return None
    return next((p.card for p in engine.posts(session) if p.notice.slot == row.slot), None)
