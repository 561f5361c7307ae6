"""One transaction of the writer: what it loads once, changes in memory and writes together."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.core import engine
from bot.core.decision import Deadline, Notice
from bot.core.learning_set.place import Room
from bot.core.learning_set.state import MeetingStatus, SetState
from bot.core.meeting.session import Session, changed
from bot.core.preferences import Habits
from bot.runtime import codec
from bot.runtime.ports.incoming import Answer
from bot.runtime.process.postgres import CHANNEL, lock_number
from bot.runtime.store import rows
from bot.runtime.store.outbox.write import Intents
from bot.runtime.store.tables.installed import data_keys, installations, people
from bot.runtime.store.tables.messages import deliveries, message_refs
from bot.runtime.store.tables.sets import (
    actions,
    deeds,
    drafts,
    learning_sets,
    meetings,
    members,
    rsvps,
    sessions,
    timers,
)
from bot.runtime.vault import DataKey, Vault

MOST_AHEAD = timedelta(hours=14)
"""How far local time can be ahead of UTC."""

_PLAIN = Answer(changed=True)
"""The usual answer, something visible has changed: too frequent to be written down."""


_TAKE_TURN = text("SELECT pg_advisory_xact_lock(:number)")
_KICK = text("SELECT pg_notify(:channel, '')")
_REF_OF = select(message_refs.c.installation_id, message_refs.c.ref).where(
    message_refs.c.slot == bindparam("slot")
)


class Corrupt(Exception):
    """A stored value cannot be read: `row` says which row, never what is in it."""

    def __init__(self, row: str, error: str) -> None:
        """`row` is a table and an id; `error` the class of what went wrong."""
        super().__init__(row)
        self.row = row
        self.error = error


class Conflict(Exception):
    """Somebody else has changed what this transaction was about: decide again."""


@dataclass(slots=True)
class Cache:
    """Sets and sessions as last stored. Only true where this process is the only writer."""

    sets: MutableMapping[str, SetState] = field(default_factory=dict)
    sessions: MutableMapping[str, Session | None] = field(default_factory=dict)
    places: MutableMapping[tuple[str, str], str] = field(default_factory=dict)
    slots: MutableMapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    installations: MutableMapping[str, str] = field(default_factory=dict)

    def for_reading(self) -> Cache:
        """The same knowledge, to which a reader's own findings are not added."""
        return Cache(
            ChainMap({}, self.sets),
            ChainMap({}, self.sessions),
            ChainMap({}, self.places),
            ChainMap({}, self.slots),
            ChainMap({}, self.installations),
        )

    def clear(self) -> None:
        """Forget everything: the next transaction reads again."""
        for kept in (self.sets, self.sessions, self.places, self.slots, self.installations):
            kept.clear()


def upsert(connection: Connection, table: Table) -> Any:
    """An INSERT of this database's own kind, which knows ON CONFLICT."""
    return upsert_of(connection.dialect.name, table)


def upsert_of(dialect: str, table: Table) -> Any:
    """The same by the name of the dialect, for statements that are made once."""
    return (sqlite_insert if dialect == "sqlite" else pg_insert)(table)


class Unit:
    """One transaction. Nothing is visible to others, or to this process, before it is committed."""

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
        self._restored_at = restored_at
        self._connection = connection
        self.vault = vault
        self.now = now
        self.chance = chance
        self._cache = cache
        self._sets: dict[str, SetState] = {}
        self._sessions: dict[str, Session] = {}
        self._before: dict[str, Session | None] = {}
        self._sets_before: dict[str, SetState | None] = {}
        self._installation_of: dict[str, str] = {}
        self._notices: list[tuple[str, str, str, Notice, datetime | None]] = []
        self._outcomes: dict[str, tuple[str, Answer]] = {}
        self._rung: list[str] = []
        self._together: dict[Callable[[Unit, list[Any]], None], list[Any]] = {}
        self._kicks = False
        self._afterwards: list[Callable[[], object]] = []
        self._forgets = False
        self.scrubs = False
        """Whether something is deleted for good: then it is to be nowhere on the disk soon after."""
        self.compacts = False
        """Whether that is because somebody wished it: then the file's pages are to keep nothing either."""
        self.closes = False
        """Whether a meeting ends in it."""
        self._keys_made: list[str] = []

    # --- several processes over one database ---

    def take_turns(self, about: Iterable[Callable[[Unit], str]]) -> None:
        """On PostgreSQL: wait until no other process changes these sets, lowest number first."""
        if self.connection.dialect.name == "sqlite":
            return
        names = {name for find in about if (name := find(self))}
        for number in sorted(lock_number(name) for name in names):
            self.connection.execute(_TAKE_TURN, {"number": number})

    def set_or_place(self, installation: str, place: str) -> str:
        """The id of the set in a place; the place's own name where none lives there yet."""
        return self._set_in(installation, place) or f"{installation}:{place}"

    def set_of_subject(self, subject: str) -> str:
        """The id of the set that a button's subject (a set or a session) belongs to."""
        query = select(sessions.c.set_id).where(sessions.c.id == subject)
        return self.connection.execute(query).scalar() or subject

    def has_rung(self, timer: str) -> bool:
        """Whether a timer has spoken already, here or in another process."""
        query = select(timers.c.done_at).where(timers.c.key == timer)
        return self.connection.execute(query).scalar() is not None

    # --- the inbox ---

    def claim(self, wanted: Sequence[tuple[str, str]]) -> dict[str, Answer]:
        """Claim deliveries (id, installation) by insert-or-ignore; the answers of those seen before."""
        fresh = dict(wanted)
        if not fresh:
            return {}
        values = [
            {"id": d, "installation_id": i, "received_at": self.now} for d, i in fresh.items()
        ]
        claim = upsert(self.connection, deliveries).values(values)
        claim = claim.on_conflict_do_nothing().returning(deliveries.c.id)
        mine = set(self.connection.execute(claim).scalars())
        known = [d for d in fresh if d not in mine]
        if not known:
            return {}
        kept = self.connection.execute(
            select(deliveries.c.id, deliveries.c.outcome).where(deliveries.c.id.in_(known))
        )
        return {d: self._kept(outcome) for d, outcome in kept}

    def _kept(self, outcome: str | None) -> Answer:
        if not outcome:
            return _PLAIN
        return codec.load_answer(self.vault.unseal(outcome))

    def answered(self, delivery: str, installation: str, answer: Answer) -> None:
        """Keep the answer of a delivery, for whoever sends it again."""
        if delivery and answer != _PLAIN:
            self._outcomes[delivery] = (installation, answer)

    # --- installations ---

    def know_installation(self, installation: str) -> None:
        """Make sure that an installation has its row and its key."""
        if installation in self._cache.installations and self.vault.knows(installation):
            return
        platform = installation.partition(":")[0]
        row = {"id": installation, "platform": platform, "status": "active", "created_at": self.now}
        self.connection.execute(
            upsert(self.connection, installations).values(row).on_conflict_do_nothing()
        )
        if not self._learn_key(installation):
            self._make_key(installation)
        self._cache.installations[installation] = "active"

    def has_key(self, installation: str) -> bool:
        """Whether what this installation has sealed can be read here."""
        return self._learn_key(installation)

    def _learn_key(self, installation: str) -> bool:
        """Whether the installation's key is at hand, looked up where it was not."""
        if self.vault.knows(installation):
            return True
        query = select(data_keys).where(data_keys.c.installation_id == installation)
        found = self.connection.execute(query).mappings().first()
        if found is not None:
            self.vault.learn((DataKey(found["id"], installation, found["wrapped"]),))
        return found is not None

    def _make_key(self, installation: str) -> None:
        key = self.vault.new_data_key(installation)
        self._keys_made.append(installation)
        self.connection.execute(
            insert(data_keys).values(
                id=key.id,
                installation_id=installation,
                wrapped=key.wrapped,
                created_at=self.now,
            )
        )

    # --- rooms ---

    def room_of_place(self, installation: str, place: str) -> Room:
        """What goes on in a place; an empty room where no set lives."""
        set_id = self._set_in(installation, place)
        return self.room(set_id, place) if set_id else Room(place=place)

    def room_of_subject(self, installation: str, subject: str) -> Room:
        """What goes on in the set that a button's subject (a set or a session) belongs to."""
        session = self.connection.execute(
            select(sessions.c.set_id).where(sessions.c.id == subject)
        ).scalar()
        set_id = session or subject
        if not set_id or self._installation(set_id) != installation:
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

    def room(self, set_id: str, place: str = "") -> Room:
        """A set and its running (else last) meeting."""
        state = self._set(set_id)
        if state is None:
            return Room(place=place)
        return Room(state, self._session_of(state), place or state.place)

    def slot_of(self, installation: str, ref: str) -> tuple[str, str] | None:
        """The slot and set of a message the platform names; None where it is none of ours."""
        key = (installation, ref)
        if not self._learn_key(installation):
            return None
        if key not in self._cache.slots:
            found = self.connection.execute(
                select(message_refs.c.slot, message_refs.c.set_id).where(
                    message_refs.c.installation_id == installation,
                    message_refs.c.ref_key == self.vault.blind(installation, ref),
                )
            ).first()
            if found is None:
                return None
            self._cache.slots[key] = (found.slot, found.set_id)
        return self._cache.slots[key]

    def ref_of(self, slot: str) -> tuple[str, str] | None:
        """The installation and reference of the message that stands in a slot."""
        found = self.connection.execute(_REF_OF, {"slot": slot}).first()
        return (found.installation_id, self.vault.unseal(found.ref)) if found else None

    def live_sets(self) -> tuple[tuple[str, str], ...]:
        """The installation and id of every set whose meeting runs now."""
        return self._sets_where(learning_sets.c.session_id != "")

    def any_live(self) -> bool:
        """Whether any meeting runs now."""
        live = select(learning_sets.c.id).where(learning_sets.c.session_id != "").limit(1)
        return self.connection.execute(live).first() is not None

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

    def installation_of(self, set_id: str) -> str:
        """The installation a loaded set belongs to."""
        return self._installation(set_id) or ""

    def _installation(self, set_id: str) -> str | None:
        if set_id not in self._installation_of:
            found = self.connection.execute(
                select(learning_sets.c.installation_id).where(learning_sets.c.id == set_id)
            ).scalar()
            if found is None:
                return None
            self._installation_of[set_id] = found
        return self._installation_of[set_id]

    def _set_in(self, installation: str, place: str) -> str | None:
        for state in self._sets.values():
            here = self._installation_of.get(state.id) == installation and state.place == place
            if here and state.archived_at is None:
                return state.id
        key = (installation, place)
        if not self._learn_key(installation):
            return None
        if key not in self._cache.places:
            found = self.connection.execute(
                select(learning_sets.c.id).where(
                    learning_sets.c.installation_id == installation,
                    learning_sets.c.place_key == self.vault.blind(installation, place),
                    learning_sets.c.archived_at.is_(None),
                )
            ).scalar()
            if found is None:
                return None
            self._cache.places[key] = found
            self._installation_of[found] = installation
        found = self._cache.places[key]
        if found is not None:
            self._installation_of[found] = installation
        return found

    def _set(self, set_id: str) -> SetState | None:
        if set_id in self._sets:
            return self._sets[set_id]
        if set_id not in self._cache.sets:
            loaded = self._load_set(set_id)
            if loaded is None:
                return None
            self._cache.sets[set_id] = loaded
        return self._cache.sets[set_id]

    def _load_set(self, set_id: str) -> SetState | None:
        row = (
            self.connection.execute(select(learning_sets).where(learning_sets.c.id == set_id))
            .mappings()
            .first()
        )
        if row is None:
            return None
        self._installation_of[set_id] = row["installation_id"]
        self._learn_key(row["installation_id"])
        return rows.state_from(
            dict(row),
            members=self._children(members, set_id),
            meetings=self._children(meetings, set_id),
            actions=self._children(actions, set_id),
            drafts=self._children(drafts, set_id),
            rsvps=self._rsvps(set_id),
            deeds=self._children(deeds, set_id),
            habits=self._habits(row["installation_id"], set_id),
            vault=self.vault,
        )

    def _children(self, table: Table, set_id: str) -> Sequence[Any]:
        return self.connection.execute(_OF_SET[table], {"of_set": set_id}).mappings().all()

    def _habits(self, installation: str, set_id: str) -> dict[str, Habits]:
        in_set = select(members.c.person).where(members.c.set_id == set_id)
        query = select(people).where(
            people.c.installation_id == installation, people.c.person.in_(in_set)
        )
        found = self.connection.execute(query).mappings()
        return {row["person"]: rows.habits_from(dict(row)) for row in found}

    def habits_of(self, installation: str, person: str) -> Habits | None:
        """How a person wants to be written to, where they have ever said so."""
        query = select(people).where(
            people.c.installation_id == installation, people.c.person == person
        )
        found = self.connection.execute(query).mappings().first()
        return None if found is None else rows.habits_from(dict(found))

    def _write_habits(self, before: SetState | None, after: SetState, installation: str) -> None:
        """Only what somebody has said: a zone that was seen when they joined is no choice yet."""
        known = {m.person: m.habits for m in before.members} if before is not None else {}
        for member in after.members:
            if member.habits == known.get(member.person, member.habits):
                continue
            row = rows.habits_row(installation, member)
            statement = upsert(self.connection, people).values(row)
            self.connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["installation_id", "person"], set_=row
                )
            )

    def _rsvps(self, set_id: str) -> Sequence[Any]:
        query = (
            select(rsvps)
            .join(meetings, meetings.c.id == rsvps.c.meeting_id)
            .where(meetings.c.set_id == set_id)
            .order_by(rsvps.c.answered_at, rsvps.c.person)
        )
        return self.connection.execute(query).mappings().all()

    def _session_of(self, state: SetState) -> Session | None:
        changed = [s for s in self._sessions.values() if s.set_id == state.id]
        if changed:
            return max(changed, key=lambda s: s.opened_at)
        if state.id not in self._cache.sessions:
            self._cache.sessions[state.id] = self._load_session(state.id)
        return self._cache.sessions[state.id]

    def _load_session(self, set_id: str) -> Session | None:
        row = self.connection.execute(
            select(sessions.c.id, sessions.c.snapshot, sessions.c.version)
            .where(sessions.c.set_id == set_id, sessions.c.purged_at.is_(None))
            .order_by(sessions.c.opened_at.desc())
            .limit(1)
        ).first()
        if row is None:
            return None
        try:
            session = codec.load(self.vault.unseal(row.snapshot))
        except Exception as error:
            raise Corrupt(f"sessions:{row.id}", type(error).__name__) from None
        return replace(session, version=row.version)

    # --- what is decided ---

    def keep(
        self,
        installation: str,
        before: Room,
        after: Room,
        notices: Iterable[Notice],
        meant_at: datetime | None = None,
    ) -> None:
        """Take over what a decision changed; written with everything else at the end.

        `meant_at` is when its notices should have been said, where that was earlier than now.
        """
        if after.set is not None:
            self._installation_of[after.set.id] = installation
            if after.set is not before.set:
                self._sets_before.setdefault(after.set.id, before.set)
                self._sets[after.set.id] = after.set
            session = after.session.id if after.session is not None else ""
            for notice in notices:
                self._notices.append((installation, after.set.id, session, notice, meant_at))
        if after.session is not None and after.session is not before.session:
            same = before.session is not None and before.session.id == after.session.id
            self._before.setdefault(after.session.id, before.session if same else None)
            self._sessions[after.session.id] = after.session

    def rang(self, timer: str) -> None:
        """That timer has spoken: it does so once."""
        self._rung.append(timer)

    # --- writing ---

    def flush(self) -> None:
        """Write everything this transaction has decided. Raises Conflict where others were faster."""
        self._write_together()
        self._write_sets()
        self._write_sessions()
        self._write_timers()
        self._write_intents()
        self._write_outcomes()
        if self._kicks and self.connection.dialect.name != "sqlite":
            self.connection.execute(_KICK, {"channel": CHANNEL})

    def together(self, write: Callable[[Unit, list[Any]], None], what: Any) -> None:
        """Write this in one go with others of its kind: at the latest before anything else is read."""
        self._together.setdefault(write, []).append(what)

    @property
    def connection(self) -> Connection:
        """The transaction. Whoever reads in it sees everything that was decided before."""
        if self._together:
            self._write_together()
        return self._connection

    def _write_together(self) -> None:
        waiting, self._together = self._together, {}
        for write, many in waiting.items():
            write(self, many)

    def after_commit(self, job: Callable[[], object]) -> None:
        """Do this once everything is stored, and never if it is not."""
        self._afterwards.append(job)

    def forget_loaded(self) -> None:
        """Rows were changed behind the loaded sets: after this transaction they are read again."""
        self._forgets = True

    def drop(self, set_id: str) -> None:
        """A set whose rows are deleted in this transaction: nothing of it is written any more."""
        self._sets.pop(set_id, None)
        gone = [s.id for s in self._sessions.values() if s.set_id == set_id]
        for session in gone:
            del self._sessions[session]
        self._notices = [n for n in self._notices if n[1] != set_id]
        self.scrubs = self.compacts = True
        self.forget_loaded()

    def undone(self) -> None:
        """Nothing was stored, as far as anybody knows: keys made here are looked up before use."""
        for installation in self._keys_made:
            self.vault.forget(installation)

    def done(self) -> None:
        """After the commit: what was written is what is true now."""
        for job in self._afterwards:
            job()
        for set_id, state in self._sets.items():
            before = self._sets_before[set_id]
            if before is not None and before.place != state.place:
                self._cache.places.pop((self._installation_of[set_id], before.place), None)
            self._cache.sets[set_id] = replace(state, version=state.version + 1)
            here = (self._installation_of[set_id], state.place)
            if state.archived_at is None:
                self._cache.places[here] = set_id
            elif self._cache.places.get(here) == set_id:
                # Another set may be founded there now.
                del self._cache.places[here]
        for session in self._sessions.values():
            self._cache.sessions[session.set_id] = changed(session, version=session.version + 1)
        if self._forgets:
            self._cache.clear()

    def _write_sets(self) -> None:
        for set_id, state in self._sets.items():
            before = self._sets_before[set_id]
            installation = self._installation_of[set_id]
            row = rows.set_row(state, installation, self.vault)
            row["version"] = state.version + 1
            if before is None:
                self.connection.execute(insert(learning_sets).values(row))
            else:
                self._update(learning_sets, [_instead_of(before.version, row)])
            self._write_children(before, state, installation)

    def _update(self, table: Table, changed: list[dict[str, Any]]) -> None:
        """Write rows whose version is still `was`; all in one go where the driver can count them."""
        statement = _VERSIONED[table.name]
        counts = self.connection.dialect.supports_sane_multi_rowcount
        for some in [changed] if counts else [[row] for row in changed]:
            if some and self.connection.execute(statement, some).rowcount != len(some):
                raise Conflict(table.name)

    def _write_children(self, before: SetState | None, after: SetState, installation: str) -> None:
        for table, attribute, key, make in _CHILDREN:
            old = getattr(before, attribute) if before is not None else ()
            new = getattr(after, attribute)
            if new is old:
                continue
            self._write_difference(table, key, old, new, make, after.id, installation)
        self._write_rsvps(before, after)
        self._write_habits(before, after, installation)

    def _write_rsvps(self, before: SetState | None, after: SetState) -> None:
        known = {m.id: m.rsvps for m in before.meetings} if before is not None else {}
        for meeting in after.meetings:
            if meeting.rsvps == known.get(meeting.id, ()):
                continue
            self.connection.execute(delete(rsvps).where(rsvps.c.meeting_id == meeting.id))
            if meeting.rsvps:
                self.connection.execute(insert(rsvps), rows.rsvp_rows(meeting))

    def _write_difference(
        self,
        table: Table,
        key: str,
        old: tuple[Any, ...],
        new: tuple[Any, ...],
        make: Callable[..., rows.Row],
        set_id: str,
        installation: str,
    ) -> None:
        known = dict(enumerate(old))
        keys = [c.name for c in table.primary_key.columns]
        for position, value in enumerate(new):
            if known.get(position) == value:
                continue
            row = make(set_id, position, value, installation, self.vault)
            statement = upsert(self.connection, table).values(row)
            self.connection.execute(
                statement.on_conflict_do_update(
                    index_elements=keys, set_={k: v for k, v in row.items() if k not in keys}
                )
            )
        kept = {getattr(value, key) for value in new}
        gone = {getattr(value, key) for value in old} - kept
        if gone:
            where = and_(table.c.set_id == set_id, table.c[key].in_(gone))
            self.connection.execute(delete(table).where(where))

    def _write_sessions(self) -> None:
        changed = []
        for session in self._sessions.values():
            row = self._session_row(session)
            before = self._before[session.id]
            self.closes |= session.closed_at is not None and (before is None or before.live)
            if before is None:
                self.connection.execute(insert(sessions).values(row))
            else:
                changed.append(_instead_of(session.version, row))
        self._update(sessions, changed)

    def _session_row(self, session: Session) -> dict[str, Any]:
        installation = self._installation_of[session.set_id]
        return {
            "id": session.id,
            "set_id": session.set_id,
            "version": session.version + 1,
            "phase": session.step.phase,
            "status": session.status.value,
            "format_number": codec.VERSION,
            "snapshot": self.vault.seal(installation, codec.dump(session)),
            "opened_at": session.opened_at,
            "closed_at": session.closed_at,
        }

    def _write_timers(self) -> None:
        for set_id, state in self._sets.items():
            self._change_timers(set_id, "", self._sets_before[set_id], state)
        for session in self._sessions.values():
            self._change_timers(session.set_id, session.id, self._before[session.id], session)
        if self._rung:
            self.connection.execute(
                update(timers).where(timers.c.key.in_(self._rung)).values(done_at=self.now)
            )

    def _change_timers(
        self,
        set_id: str,
        session_id: str,
        before: SetState | Session | None,
        after: SetState | Session,
    ) -> None:
        was = engine.deadlines(before) if before is not None else ()
        now = engine.deadlines(after)
        if was == now:
            return
        old, new = _by_key(was, set_id, session_id), _by_key(now, set_id, session_id)
        gone = [key for key in old if key not in new]
        if gone:
            self.connection.execute(
                delete(timers).where(timers.c.key.in_(gone), timers.c.done_at.is_(None))
            )
        fresh = [row for key, row in new.items() if key not in old]
        if fresh:
            self._kicks = True
            statement = upsert(self.connection, timers).on_conflict_do_nothing()
            self.connection.execute(statement, fresh)

    def intents(self) -> Intents:
        """Where messages of this transaction are written down."""
        return Intents(self.connection, self.vault, self.now, self._restored_at)

    def _write_intents(self) -> None:
        intents = self.intents()
        for installation, set_id, session_id, notice, meant_at in self._notices:
            intents.say(installation, set_id, session_id, notice, meant_at)
        for set_id, state in self._sets.items():
            was, installation = self._sets_before[set_id], self._installation_of[set_id]
            for notice in engine.entry_changes(was, state):
                intents.say(installation, set_id, "", notice)
            for slot in engine.entries_gone(was, state):
                intents.take_away(installation, set_id, "", slot)
        for session in self._sessions.values():
            before, installation = self._before[session.id], self._installation_of[session.set_id]
            for post in engine.changes(before, session):
                intents.say(installation, session.set_id, session.id, post.notice)
            for slot in engine.gone(before, session):
                intents.take_away(installation, session.set_id, session.id, slot)
        self._kicks = intents.write() or self._kicks

    def _write_outcomes(self) -> None:
        for delivery, (installation, answer) in self._outcomes.items():
            sealed = self.vault.seal(installation, codec.dump_answer(answer))
            self.connection.execute(
                update(deliveries).where(deliveries.c.id == delivery).values(outcome=sealed)
            )


_CHILDREN: tuple[tuple[Table, str, str, Callable[..., rows.Row]], ...] = (
    (members, "members", "person", rows.member_row),
    (meetings, "meetings", "id", rows.meeting_row),
    (actions, "actions", "id", rows.action_row),
    (drafts, "drafts", "owner", rows.draft_row),
    (deeds, "deeds", "person", rows.deed_row),
)
_OF_SET = {
    table: select(table).where(table.c.set_id == bindparam("of_set")).order_by(table.c.position)
    for table, *_ in _CHILDREN
}

_VERSIONED = {
    table.name: update(table).where(
        table.c.id == bindparam("this"), table.c.version == bindparam("was")
    )
    for table in (learning_sets, sessions)
}
"""Made once: building a statement costs more than running it."""


def _instead_of(version: int, row: dict[str, Any]) -> dict[str, Any]:
    return {**{k: v for k, v in row.items() if k != "id"}, "this": row["id"], "was": version}


def _by_key(due: Iterable[Deadline], set_id: str, session_id: str) -> dict[str, dict[str, Any]]:
    return {_key(set_id, session_id, d): _timer(set_id, session_id, d) for d in due}


def timer_row(set_id: str, due: Deadline) -> dict[str, Any]:
    """The row of a deadline that is the set's own, no meeting's."""
    return _timer(set_id, "", due)


def _key(set_id: str, session_id: str, due: Deadline) -> str:
    parts = (set_id, session_id, due.what, due.subject, str(due.step), due.at.isoformat())
    return sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def _timer(set_id: str, session_id: str, due: Deadline) -> dict[str, Any]:
    return {
        "key": _key(set_id, session_id, due),
        "set_id": set_id,
        "session_id": session_id,
        "what": due.what,
        "subject": due.subject,
        "step": due.step,
        "due_at": due.at,
    }
