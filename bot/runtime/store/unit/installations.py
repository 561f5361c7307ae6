"""The installations a transaction is about: each has its row, and its key."""

from __future__ import annotations

from collections.abc import MutableMapping

from sqlalchemy import insert, select

from bot.runtime.store.tables.installed import data_keys, installations
from bot.runtime.store.transaction import Transaction, upsert
from bot.runtime.vault import DataKey


class Installations:
    """Makes rows and keys where there are none; a key made here counts once it is committed."""

    def __init__(self, transaction: Transaction, known: MutableMapping[str, str]) -> None:
        """`known` are those whose row was seen, by any transaction of this process."""
        self._transaction = transaction
        self._known = known
        self._keys_made: list[str] = []

    def know(self, installation: str) -> None:
        """Make sure that an installation has its row and its key."""
        vault = self._transaction.vault
        if installation in self._known and vault.knows(installation):
            return
        platform, now = installation.partition(":")[0], self._transaction.now
        row = {"id": installation, "platform": platform, "status": "active", "created_at": now}
        connection = self._transaction.connection
        connection.execute(upsert(connection, installations).values(row).on_conflict_do_nothing())
        if not self.has_key(installation):
            self._make_key(installation)
        self._known[installation] = "active"

    def has_key(self, installation: str) -> bool:
        """Whether what this installation has sealed can be read here: its key is looked up."""
        vault = self._transaction.vault
        if vault.knows(installation):
            return True
        query = select(data_keys).where(data_keys.c.installation_id == installation)
        found = self._transaction.connection.execute(query).mappings().first()
        if found is not None:
            vault.learn((DataKey(found["id"], installation, found["wrapped"]),))
        return found is not None

    def undone(self) -> None:
        """Nothing was stored, as far as anybody knows: keys made here are looked up before use."""
        for installation in self._keys_made:
            self._transaction.vault.forget(installation)

    def _make_key(self, installation: str) -> None:
        key = self._transaction.vault.new_data_key(installation)
        self._keys_made.append(installation)
        self._transaction.connection.execute(
            insert(data_keys).values(
                id=key.id,
                installation_id=installation,
                wrapped=key.wrapped,
                created_at=self._transaction.now,
            )
        )
