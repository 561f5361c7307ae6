"""What a claimed row says: its card drawn at the moment it is sent, and the message made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core import engine
from bot.core.cards import Card, Entry
from bot.core.decision import Matter, Notice
from bot.core.learning_set import roles as set_roles
from bot.core.learning_set.cards import undelivered_card
from bot.core.learning_set.catching_up import Late, catch_up, overtaken
from bot.core.learning_set.place import Room
from bot.runtime.ports.outgoing import Destination, Op, Outgoing
from bot.runtime.store.outbox import late as store_late
from bot.runtime.store.outbox import overview
from bot.runtime.store.outbox.take import Claimed, Told
from bot.runtime.store.store import Store
from bot.runtime.store.unit_of_work import Unit

FORM_REFUSED = "form_refused"
"""The platform refused the card's form: the next try is a short plain version."""

TOLD_FOR = timedelta(days=14)
"""How far back the facilitator's word about undelivered messages looks."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed row with the card drawn for it, and where it goes.

    `members` are those in its set now. `overtaken` are the slots of what was merged into it of
    which it says everything again.
    """

    row: Claimed
    card: Card | None
    place: str
    names: Mapping[str, str]
    entry: Entry | None = None
    members: frozenset[str] = frozenset()
    overtaken: frozenset[str] = frozenset()


def draw(store: Store, row: Claimed, now: datetime) -> Ready | None:
    """What is to be sent, from what is true now; None where it is of no use any more."""
    with store.reading() as unit:
        room = unit.room(row.set_id)
        if room.set is None:
            # A burnt set has no rows any more, and its messages still have to go.
            return Ready(row, None, "", {}) if row.op is Op.DELETE else None
        ready = Ready(
            row,
            None,
            room.set.place,
            {m.person: m.name for m in room.set.members},
            members=frozenset(m.person for m in room.set.present_members),
        )
        if row.op is Op.DELETE:
            return ready
        if row.notice.matter is Matter.ENTRY:
            entry = engine.entry_of(room.set, row.notice.subject)
            return None if entry is None else replace(ready, entry=entry)
        letter = Letter(unit, row.session_id, now, announces=row.op is Op.POST)
        card = letter.card(row.told)
        gone = overtaken(letter.late(row.told)) if row.merged else frozenset()
    return None if card is None else replace(ready, card=card, overtaken=gone)


class Letter:
    """Draws what one message says, of however many sets."""

    def __init__(self, unit: Unit, session_id: str, now: datetime, *, announces: bool) -> None:
        """`announces` says that it is posted now; a part that is over is not announced late."""
        self._unit = unit
        self._session_id = session_id
        self._now = now
        self._announces = announces
        self._rooms: dict[str, Room] = {}

    def card(self, told: Sequence[Told]) -> Card | None:
        """All of it as one card, as it is now; None where it is of no use any more."""
        return catch_up(self.late(told), self._now, self._drawn)

    def late(self, told: Sequence[Told]) -> tuple[Late, ...]:
        """The same, each with its set; what belongs to no set any more is left out."""
        with_sets = ((one, self._room(one.set_id).set) for one in told)
        return tuple(Late(s, one.notice, one.due_at) for one, s in with_sets if s is not None)

    def _room(self, set_id: str) -> Room:
        if set_id not in self._rooms:
            self._rooms[set_id] = self._unit.room(set_id)
        return self._rooms[set_id]

    def _drawn(self, late: Late) -> Card | None:
        state, notice = late.state, late.notice
        if notice.to and not set_roles.may_be_told(state, notice.to, notice.card):
            return None
        if notice.card == "undelivered":
            since = self._now - TOLD_FOR
            counts = overview.undelivered(self._unit.connection, state.id, since)
            return undelivered_card(state, *counts) if any(counts) else None
        if notice.card == "post":
            return self._standing(self._room(state.id), notice)
        return engine.draw(self._room(state.id), notice, self._now)

    def _standing(self, room: Room, notice: Notice) -> Card | None:
        """The card that stands in a meeting's slot now."""
        session = room.session
        if session is None or session.id != self._session_id:
            return None
        announces = self._announces and notice.matter is Matter.PHASE
        if announces and notice.slot != session.ballot_slot and ":step:" in notice.slot:
            return None
        return engine.stands(session, notice.slot)


def outgoing(ready: Ready, now: datetime) -> Outgoing:
    """The message as the platform is asked to do it; a post that comes late says since when."""
    row, card = ready.row, ready.card
    late = row.op is Op.POST and not row.merged and now - row.due_at > store_late.LATE_AFTER
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
        again=row.again and row.op is Op.POST,
        plain=row.last_error == FORM_REFUSED,
        late_since=row.due_at if late else None,
        silent=card is not None and not card.loud,
        names=ready.names,
    )
