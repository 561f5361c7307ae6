"""One transaction of the writer: what it asks, and what it decides to have written together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, text

from bot.core.learning_set.place import Room
from bot.core.learning_set.state import MeetingStatus
from bot.core.preferences import Preferences
from bot.runtime.process.postgres import lock_number
from bot.runtime.store import rows
from bot.runtime.store.tables.installed import people
from bot.runtime.store.tables.messages import message_refs
from bot.runtime.store.tables.sets import (
    actions,
    learning_sets,
    meetings,
    members,
    sessions,
    timers,
)
from bot.runtime.store.transaction import Transaction
from bot.runtime.store.unit.changes import Changes
from bot.runtime.store.unit.installations import Installations
from bot.runtime.store.unit.loaded import Cache, Loaded
from bot.runtime.vault import Vault

MOST_AHEAD = timedelta(hours=14)
"""How far local time can be ahead of UTC."""

_TAKE_TURN = text("SELECT pg_advisory_xact_lock(:number)")
_REF_OF = select(message_refs.c.installation_id, message_refs.c.ref).where(
    message_refs.c.slot == bindparam("slot")
)


class Unit:
    """One transaction. Nothing is visible to others, or to this process, before it is committed.

    Its questions are answered from what it has decided so far, else from what is stored; what it
    decides is collected in `changes`.
    """

    def __init__(
        self,
        connection: Connection,
        vault: Vault,
        cache: Cache,
        now: datetime,
        chance: Callable[[], str],
        restored_at: datetime | None = None,
    ) -> None:
        """Works on `connection`; `now` is the instant of everything in it."""
        self.vault = vault
        self.now = now
        self.chance = chance
        self.transaction = Transaction(connection, vault, now)
        self.installations = Installations(self.transaction, cache.installations)
        self._slots = cache.slots
        self._loaded = Loaded(self.transaction, self.installations, cache)
        self.changes = Changes(self.transaction, self._loaded, restored_at)

    @property
    def connection(self) -> Connection:
        """The transaction. What is read in it shows everything that was decided before."""
        return self.transaction.connection

    # --- rooms ---

    def room(self, set_id: str, place: str = "") -> Room:
        """A set and its running (else last) meeting."""
        state = self._loaded.set(set_id)
        if state is None:
            return Room(place=place)
        return Room(state, self._loaded.session_of(state), place or state.place)

    def room_of_place(self, installation: str, place: str) -> Room:
        """What goes on in a place; an empty room where no set lives."""
        set_id = self._loaded.set_in(installation, place)
        return self.room(set_id, place) if set_id else Room(place=place)

    def room_of_subject(self, installation: str, subject: str) -> Room:
        """What goes on in the set that a button's subject (a set or a session) belongs to."""
        set_id = self.set_of_subject(subject)
        if not set_id or self._loaded.installation_of(set_id) != installation:
            return Room()
        return self.room(set_id)

    def rooms_of_person(self, installation: str, person: str) -> tuple[Room, ...]:
        """The rooms of every set this person is in."""
        found = self.connection.execute(
            select(members.c.set_id)
            .join(learning_sets, learning_sets.c.id == members.c.set_id)
            .where(
                members.c.person == person,
                members.c.left_at.is_(None),
                learning_sets.c.installation_id == installation,
                learning_sets.c.archived_at.is_(None),
            )
            .order_by(learning_sets.c.created_at)
        ).scalars()
        return tuple(self.room(set_id) for set_id in found)

    def rooms_that_knew(self, installation: str, person: str) -> tuple[Room, ...]:
        """The rooms of every set this person is or was in, or keeps an action of."""
        theirs = or_(
            learning_sets.c.id.in_(select(members.c.set_id).where(members.c.person == person)),
            learning_sets.c.id.in_(select(actions.c.set_id).where(actions.c.owner == person)),
        )
        found = self.connection.execute(
            select(learning_sets.c.id)
            .where(learning_sets.c.installation_id == installation, theirs)
            .order_by(learning_sets.c.created_at)
        ).scalars()
        return tuple(self.room(set_id) for set_id in list(found))

    # --- which sets there are ---

    def set_or_place(self, installation: str, place: str) -> str:
        """The id of the set in a place; the place's own name where none lives there yet."""
        return self._loaded.set_in(installation, place) or f"{installation}:{place}"

    def set_of_subject(self, subject: str) -> str:
        """The id of the set that a button's subject (a set or a session) belongs to."""
        query = select(sessions.c.set_id).where(sessions.c.id == subject)
        return self.connection.execute(query).scalar() or subject

    def installation_of(self, set_id: str) -> str:
        """The installation a set belongs to; empty where there is no such set."""
        return self._loaded.installation_of(set_id) or ""

    def homes_of(self, platform: str, person: str) -> tuple[str, ...]:
        """The installations, by how their names begin, where this person is in a set now."""
        found = self.connection.execute(
            select(learning_sets.c.installation_id)
            .join(members, members.c.set_id == learning_sets.c.id)
            .where(
                members.c.person == person,
                members.c.left_at.is_(None),
                learning_sets.c.archived_at.is_(None),
                learning_sets.c.installation_id.startswith(platform, autoescape=True),
            )
            .distinct()
            .order_by(learning_sets.c.installation_id)
        )
        return tuple(found.scalars())

    def live_sets(self) -> tuple[tuple[str, str], ...]:
        """The installation and id of every set whose meeting runs now."""
        return self._sets_where(learning_sets.c.session_id != "")

    def meeting_soon(self, until: datetime) -> tuple[tuple[str, str], ...]:
        """The installation and id of every other set with a meeting planned before `until`."""
        planned = select(meetings.c.set_id).where(
            meetings.c.status == MeetingStatus.PLANNED.value,
            meetings.c.wall < (until + MOST_AHEAD).replace(tzinfo=None).isoformat(),
        )
        return self._sets_where(learning_sets.c.session_id == "", learning_sets.c.id.in_(planned))

    def _sets_where(self, *conditions: Any) -> tuple[tuple[str, str], ...]:
        found = self.connection.execute(
            select(learning_sets.c.installation_id, learning_sets.c.id)
            .where(*conditions)
            .order_by(learning_sets.c.id)
        )
        return tuple((row[0], row[1]) for row in found)

    # --- people, messages, timers ---

    def preferences_of(self, installation: str, person: str) -> Preferences | None:
        """How a person wants to be written to, where they have ever said so."""
        query = select(people).where(
            people.c.installation_id == installation, people.c.person == person
        )
        found = self.connection.execute(query).mappings().first()
        return None if found is None else rows.preferences_from(dict(found))

    def slot_of(self, installation: str, ref: str) -> tuple[str, str] | None:
        """The slot and set of a message the platform names; None where it is none of ours."""
        key = (installation, ref)
        if not self.installations.has_key(installation):
            return None
        if key not in self._slots:
            found = self.connection.execute(
                select(message_refs.c.slot, message_refs.c.set_id).where(
                    message_refs.c.installation_id == installation,
                    message_refs.c.ref_key == self.vault.blind(installation, ref),
                )
            ).first()
            if found is None:
                return None
            self._slots[key] = (found.slot, found.set_id)
        return self._slots[key]

    def ref_of(self, slot: str) -> tuple[str, str] | None:
        """The installation and reference of the message that stands in a slot."""
        found = self.connection.execute(_REF_OF, {"slot": slot}).first()
        return (found.installation_id, self.vault.unseal(found.ref)) if found else None

    def has_rung(self, timer: str) -> bool:
        """Whether a timer has spoken already, here or in another process."""
        query = select(timers.c.done_at).where(timers.c.key == timer)
        return self.connection.execute(query).scalar() is not None


def take_turns(unit: Unit, about: Iterable[Callable[[Unit], str]]) -> None:
    """On PostgreSQL: wait until no other process changes these sets, lowest number first."""
    if unit.connection.dialect.name == "sqlite":
        return
    names = {name for find in about if (name := find(unit))}
    for number in sorted(lock_number(name) for name in names):
        unit.connection.execute(_TAKE_TURN, {"number": number})
