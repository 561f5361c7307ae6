"""The inbox: a delivery is claimed once, and its answer kept for a duplicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update

from bot.runtime import codec
from bot.runtime.ports.incoming import Answer
from bot.runtime.store.tables.messages import deliveries
from bot.runtime.store.transaction import Transaction, upsert

PLAIN = Answer(changed=True)
"""The usual answer, something visible has changed: too frequent to be written down."""


def claim(transaction: Transaction, wanted: Sequence[tuple[str, str]]) -> dict[str, Answer]:
    """Claim deliveries (id, installation) by insert-or-ignore; the answers of those seen before."""
    fresh = dict(wanted)
    if not fresh:
        return {}
    connection, now = transaction.connection, transaction.now
    values = [{"id": d, "installation_id": i, "received_at": now} for d, i in fresh.items()]
    insert = upsert(connection, deliveries).values(values)
    insert = insert.on_conflict_do_nothing().returning(deliveries.c.id)
    mine = set(connection.execute(insert).scalars())
    known = [d for d in fresh if d not in mine]
    if not known:
        return {}
    kept = connection.execute(
        select(deliveries.c.id, deliveries.c.outcome).where(deliveries.c.id.in_(known))
    )
    return {d: _kept(transaction, outcome) for d, outcome in kept}


def _kept(transaction: Transaction, outcome: str | None) -> Answer:
    if not outcome:
        return PLAIN
    return codec.load_answer(transaction.vault.unseal(outcome))


def write_answers(transaction: Transaction, answers: Mapping[str, tuple[str, Answer]]) -> None:
    """Write down the answers of deliveries, each sealed for its installation."""
    for delivery, (installation, answer) in answers.items():
        sealed = transaction.vault.seal(installation, codec.dump_answer(answer))
        transaction.connection.execute(
            update(deliveries).where(deliveries.c.id == delivery).values(outcome=sealed)
        )
