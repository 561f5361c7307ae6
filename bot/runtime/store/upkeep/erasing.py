"""Forgetting a person: their words, acts and name out of every row, and again after a restore."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, insert, or_, select, update

from bot.core.cards import PersonId
from bot.core.decision import Matter, Notice, Where
from bot.core.learning_set.place import Room
from bot.core.meeting.forgetting import without_in
from bot.core.meeting.session import Session
from bot.core.meeting.summaries import keepsake_cards
from bot.core.person.privacy import without
from bot.runtime.ports.outgoing import Op
from bot.runtime.store.tables.columns import metadata
from bot.runtime.store.tables.installed import erasures, installations, signposts
from bot.runtime.store.tables.messages import deliveries, destinations, message_refs, outbox
from bot.runtime.store.tables.sets import actions, drafts, learning_sets, members
from bot.runtime.store.transaction import upsert
from bot.runtime.store.unit_of_work import Unit

GONE = "gone"
"""How slots begin that stand for messages to or about somebody who was forgotten."""


def mark(unit: Unit, installation: str, person: PersonId) -> str:
    """The keyed hash that is in the list of the erased, and says nothing by itself."""
    return unit.vault.blind(installation, f"erased:{installation}:{person}")


def erase(unit: Unit, installation: str, person: PersonId) -> int:
    """Take a person out of everything of an installation; how many sets knew them.

    Their own messages and those that quote them are put down for deletion; nothing written here
    names them any more, and the list of the erased holds a hash that a restore will ask.
    """
    unit.changes.scrubs = unit.changes.compacts = True
    sets = _sets_of(unit, installation, person)
    for set_id in sets:
        _out_of_set(unit, installation, set_id, person)
    _out_of_messages(unit, installation, person)
    _out_of_rows(unit, installation, sets, person)
    listed = upsert(unit.connection, erasures).values(
        person_hash=mark(unit, installation, person), erased_at=unit.now
    )
    unit.connection.execute(
        listed.on_conflict_do_update(index_elements=["person_hash"], set_={"erased_at": unit.now})
    )
    return len(sets)


def again(unit: Unit) -> int:
    """Erase the people on the list who are in a row from before; as after a restore."""
    listed = {
        row.person_hash: row.erased_at for row in unit.connection.execute(select(erasures)).all()
    }
    if not listed:
        return 0
    found = unit.connection.execute(select(installations.c.id)).scalars()
    return sum(_again_in(unit, installation, listed) for installation in list(found))


def _again_in(unit: Unit, installation: str, listed: dict[str, datetime]) -> int:
    if not unit.installations.has_key(installation):
        return 0
    erased = 0
    for person, since in _known_people(unit, installation).items():
        at = listed.get(mark(unit, installation, person))
        if at is not None and since <= at:
            erase(unit, installation, person)
            erased += 1
    return erased


def _known_people(unit: Unit, installation: str) -> dict[str, datetime]:
    """Everybody who is in a row, and the oldest moment they can stand there from."""
    query = (
        select(members.c.person, members.c.joined_at)
        .join(learning_sets, learning_sets.c.id == members.c.set_id)
        .where(learning_sets.c.installation_id == installation)
    )
    known: dict[str, datetime] = {}
    for person, since in unit.connection.execute(query):
        known[person] = max(since, known.get(person, since))
    # A row that says when it was made is as old as that; one that does not may be of any age.
    mine = select(learning_sets.c.id).where(learning_sets.c.installation_id == installation)
    dated = (
        (actions.c.owner, actions.c.made_at, actions.c.set_id),
        (outbox.c.person, outbox.c.made_at, outbox.c.set_id),
    )
    for column, since, set_id in dated:
        rows = unit.connection.execute(select(column, since).where(set_id.in_(mine), column != ""))
        for person, made in rows:
            known.setdefault(person, made)
    return known


def _sets_of(unit: Unit, installation: str, person: PersonId) -> list[str]:
    """The sets in whose rows this person stands, former membership included."""
    mine = select(learning_sets.c.id).where(learning_sets.c.installation_id == installation)
    stands = or_(
        learning_sets.c.id.in_(select(members.c.set_id).where(members.c.person == person)),
        learning_sets.c.id.in_(select(actions.c.set_id).where(actions.c.owner == person)),
        learning_sets.c.id.in_(select(drafts.c.set_id).where(drafts.c.owner == person)),
        learning_sets.c.facilitator == person,
    )
    return list(unit.connection.execute(mine.where(stands)).scalars())


def _out_of_set(unit: Unit, installation: str, set_id: str, person: PersonId) -> None:
    room = unit.room(set_id)
    if room.set is None:
        return
    session = room.session
    if session is not None:
        before, session = session, without_in(session, person, unit.now)
        _change_keepsakes(unit, installation, before, session)
    after = Room(without(room.set, person), session, room.place)
    unit.changes.keep(installation, room, after, _set_card(unit, set_id))


def _set_card(unit: Unit, set_id: str) -> tuple[Notice, ...]:
    """The set's card names its members: where one stands, it is drawn again."""
    card = Notice(Matter.BOARD, f"{set_id}:set", "set", set_id, Where.PLACE)
    posted = select(message_refs.c.slot).where(message_refs.c.slot == card.slot)
    return (card,) if unit.connection.execute(posted).first() is not None else ()


def _change_keepsakes(unit: Unit, installation: str, before: Session, after: Session) -> None:
    """What others took home keeps their own words; those of the forgotten are edited out of it."""
    for reader in after.keepsakes:
        old, new = keepsake_cards(before, reader), keepsake_cards(after, reader)
        for part, card in enumerate(old, 1):
            if part <= len(new) and new[part - 1] == card:
                continue
            slot = after.slot(f"keepsake:{reader}" + (f":{part}" if part > 1 else ""))
            posted = select(message_refs.c.slot).where(message_refs.c.slot == slot)
            if unit.connection.execute(posted).first() is None:
                continue
            row = deletion(unit, installation, after.set_id, slot)
            if part <= len(new):
                row |= {
                    "op": Op.EDIT.value,
                    "kind": Matter.KEEPSAKE.value,
                    "card": "keepsake",
                    "subject_id": after.id,
                    "session_id": after.id,
                    "person": reader,
                    "destination": f"person:{reader}",
                    "dedupe_key": f"edit:{slot}",
                }
            again = upsert(unit.connection, outbox).values(row)
            unit.connection.execute(
                again.on_conflict_do_update(
                    index_elements=["dedupe_key"],
                    set_={"state": "due", "not_before": unit.now, "attempts": 0},
                )
            )


# --- messages -----------------------------------------------------------------------------------


def _out_of_messages(unit: Unit, installation: str, person: PersonId) -> None:
    """What the bot posted to them or about them goes; no row names them while it does."""
    refs = unit.connection.execute(
        select(message_refs).where(
            message_refs.c.installation_id == installation,
            or_(
                message_refs.c.destination == f"person:{person}",
                message_refs.c.slot.contains(person, autoescape=True),
            ),
        )
    ).mappings()
    for row in [r for r in refs if _names(r, person)]:
        slot = f"{GONE}:{unit.chance()}"
        unit.connection.execute(
            update(message_refs)
            .where(message_refs.c.slot == row["slot"])
            .values(slot=slot, destination=f"set:{row['set_id']}")
        )
        unit.connection.execute(
            insert(outbox).values(deletion(unit, installation, row["set_id"], slot))
        )
    rows = unit.connection.execute(
        select(outbox.c.seq, outbox.c.slot, outbox.c.destination, outbox.c.subject_id).where(
            outbox.c.installation_id == installation,
            or_(
                outbox.c.person == person,
                outbox.c.slot.contains(person, autoescape=True),
                outbox.c.subject_id.contains(person, autoescape=True),
            ),
        )
    ).mappings()
    named = [row["seq"] for row in rows if _names(row, person)]
    unit.connection.execute(delete(outbox).where(outbox.c.seq.in_(named)))
    unit.connection.execute(
        delete(destinations).where(
            destinations.c.installation_id == installation,
            destinations.c.destination == f"person:{person}",
        )
    )


def _names(row: Any, person: PersonId) -> bool:
    parts = [row["destination"], row["slot"], row.get("subject_id", "")]
    return any(person in part.split(":") for part in parts)


def deletion(unit: Unit, installation: str, set_id: str, slot: str) -> dict[str, Any]:
    """An outbox row that takes the message in a slot away."""
    return {
        "installation_id": installation,
        "set_id": set_id,
        "session_id": "",
        "destination": f"set:{set_id}",
        "person": "",
        "kind": Matter.WORDS.value,
        "op": Op.DELETE.value,
        "slot": slot,
        "card": "gone",
        "subject_id": "",
        "parent_slot": "",
        "dedupe_key": f"delete:{slot}",
        "key": unit.chance()[:32],
        "due_at": unit.now,
        "not_before": unit.now,
        "state": "due",
        "made_at": unit.now,
    }


# --- what is left ---------------------------------------------------------------------------------


def _out_of_rows(unit: Unit, installation: str, sets: list[str], person: PersonId) -> None:
    """Every other row that is theirs, in whichever table; kept answers may hold their words."""
    for table, column in _personal():
        where = table.c[column] == person
        if "installation_id" in table.c:
            where &= table.c.installation_id == installation
        elif "set_id" in table.c:
            where &= table.c.set_id.in_(sets)
        unit.connection.execute(delete(table).where(where))
    for post in unit.connection.execute(
        select(signposts).where(signposts.c.installation_id == installation)
    ).mappings():
        if unit.vault.unseal(post["lead"]) == person:
            unit.connection.execute(
                update(signposts)
                .where(
                    signposts.c.installation_id == installation,
                    signposts.c.country == post["country"],
                )
                .values(lead=unit.vault.seal(installation, ""))
            )
    unit.connection.execute(
        update(deliveries).where(deliveries.c.installation_id == installation).values(outcome=None)
    )


BY_THE_SET = frozenset({"members", "actions", "drafts", "outbox"})
"""Written by the difference of states, or above."""


def _personal() -> Iterator[tuple[Table, str]]:
    for table in metadata.sorted_tables:
        column = "person" if "person" in table.c else "owner"
        if column in table.c and table.name not in BY_THE_SET:
            yield table, column
