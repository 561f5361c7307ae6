"""Sets and sessions as a transaction knows them: as it has changed them, else as last stored."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import MutableMapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from bot.core.learning_set.place import Room
from bot.core.learning_set.state import SetState
from bot.core.meeting.session import Session, changed
from bot.runtime import codec
from bot.runtime.store import rows
from bot.runtime.store.tables.sets import learning_sets, sessions
from bot.runtime.store.transaction import Transaction
from bot.runtime.store.unit.children import read_children
from bot.runtime.store.unit.installations import Installations


class Corrupt(Exception):
    """A stored value cannot be read: `row` says which row, never what is in it."""

    def __init__(self, row: str, error: str) -> None:
        """`row` is a table and an id; `error` the class of what went wrong."""
        super().__init__(row)
        self.row = row
        self.error = error


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


class Loaded:
    """What was loaded and changed; nothing of it is written here."""

    def __init__(
        self, transaction: Transaction, installations: Installations, cache: Cache
    ) -> None:
        """`cache` is what this process knows of what was stored before."""
        self._transaction = transaction
        self._installations = installations
        self._cache = cache
        self._installation_of: dict[str, str] = {}
        self.sets: dict[str, SetState] = {}
        """What this transaction has changed, as it is now."""
        self.sessions: dict[str, Session] = {}
        self.sets_before: dict[str, SetState | None] = {}
        """The same as it was stored, None where it is new."""
        self.sessions_before: dict[str, Session | None] = {}

    # --- what there is ---

    def set(self, set_id: str) -> SetState | None:
        """A set; None where there is none."""
        if set_id in self.sets:
            return self.sets[set_id]
        if set_id not in self._cache.sets:
            loaded = self._load_set(set_id)
            if loaded is None:
                return None
            self._cache.sets[set_id] = loaded
        return self._cache.sets[set_id]

    def session_of(self, state: SetState) -> Session | None:
        """The running (else last) meeting of a set."""
        changed = [s for s in self.sessions.values() if s.set_id == state.id]
        if changed:
            return max(changed, key=lambda s: s.opened_at)
        if state.id not in self._cache.sessions:
            self._cache.sessions[state.id] = self._load_session(state.id)
        return self._cache.sessions[state.id]

    def set_in(self, installation: str, place: str) -> str | None:
        """The id of the set that lives in a place."""
        for state in self.sets.values():
            here = self._installation_of.get(state.id) == installation and state.place == place
            if here and state.archived_at is None:
                return state.id
        key = (installation, place)
        if not self._installations.has_key(installation):
            return None
        if key not in self._cache.places:
            found = self._transaction.connection.execute(
                select(learning_sets.c.id).where(
                    learning_sets.c.installation_id == installation,
                    learning_sets.c.place_key == self._transaction.vault.blind(installation, place),
                    learning_sets.c.archived_at.is_(None),
                )
            ).scalar()
            if found is None:
                return None
            self._cache.places[key] = found
        found = self._cache.places[key]
        self._installation_of[found] = installation
        return found

    def installation_of(self, set_id: str) -> str | None:
        """The installation a set belongs to; None where there is no such set."""
        if set_id not in self._installation_of:
            found = self._transaction.connection.execute(
                select(learning_sets.c.installation_id).where(learning_sets.c.id == set_id)
            ).scalar()
            if found is None:
                return None
            self._installation_of[set_id] = found
        return self._installation_of[set_id]

    def _load_set(self, set_id: str) -> SetState | None:
        query = select(learning_sets).where(learning_sets.c.id == set_id)
        row = self._transaction.connection.execute(query).mappings().first()
        if row is None:
            return None
        installation = row["installation_id"]
        self._installation_of[set_id] = installation
        self._installations.has_key(installation)
        children = read_children(self._transaction, installation, set_id)
        return rows.state_from(dict(row), **children, vault=self._transaction.vault)

    def _load_session(self, set_id: str) -> Session | None:
        row = self._transaction.connection.execute(
            select(sessions.c.id, sessions.c.snapshot, sessions.c.version)
            .where(sessions.c.set_id == set_id, sessions.c.purged_at.is_(None))
            .order_by(sessions.c.opened_at.desc())
            .limit(1)
        ).first()
        if row is None:
            return None
        try:
            session = codec.load(self._transaction.vault.unseal(row.snapshot))
        except Exception as error:
            raise Corrupt(f"sessions:{row.id}", type(error).__name__) from None
        return replace(session, version=row.version)

    # --- what changes ---

    def change(self, installation: str, before: Room, after: Room) -> None:
        """From now on the set and its meeting are as they are `after`."""
        if after.set is not None:
            self._installation_of[after.set.id] = installation
            if after.set is not before.set:
                self.sets_before.setdefault(after.set.id, before.set)
                self.sets[after.set.id] = after.set
        if after.session is not None and after.session is not before.session:
            same = before.session is not None and before.session.id == after.session.id
            self.sessions_before.setdefault(after.session.id, before.session if same else None)
            self.sessions[after.session.id] = after.session

    def drop(self, set_id: str) -> None:
        """A set whose rows are deleted in this transaction is none that was changed."""
        self.sets.pop(set_id, None)
        gone = [s.id for s in self.sessions.values() if s.set_id == set_id]
        for session in gone:
            del self.sessions[session]

    def home_of(self, set_id: str) -> str:
        """The installation of a set that was changed here."""
        return self._installation_of[set_id]

    def stored(self) -> None:
        """After the commit: what was written is what is true now."""
        for set_id, state in self.sets.items():
            before = self.sets_before[set_id]
            if before is not None and before.place != state.place:
                self._cache.places.pop((self._installation_of[set_id], before.place), None)
            self._cache.sets[set_id] = replace(state, version=state.version + 1)
            here = (self._installation_of[set_id], state.place)
            if state.archived_at is None:
                self._cache.places[here] = set_id
            elif self._cache.places.get(here) == set_id:
                # Another set may be founded there now.
                del self._cache.places[here]
        for session in self.sessions.values():
            self._cache.sessions[session.set_id] = changed(session, version=session.version + 1)

    def forget(self) -> None:
        """Whatever is known may have changed: the next transaction reads again."""
        self._cache.clear()
