"""Rows around a set: where people find help, who wants it burnt, and what goes when it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from bot.core.cards import PersonId
from bot.core.person.commands import SetSignpost
from bot.core.person.signposts import MOST_SIGNPOSTS, Signpost
from bot.runtime.store.tables.installed import people, signposts
from bot.runtime.store.tables.messages import message_refs, outbox
from bot.runtime.store.tables.sets import burn_wishes
from bot.runtime.store.transaction import upsert
from bot.runtime.store.unit_of_work import Unit
from bot.runtime.store.upkeep.erasing import deletion
from bot.runtime.store.upkeep.sweeping import delete_set


def settings_of(unit: Unit, installation: str, person: PersonId) -> tuple[tuple[str, Any], ...]:
    """What a person has chosen for themselves: zone, language, quiet hours."""
    row = (
        unit.connection.execute(
            select(people).where(
                people.c.installation_id == installation, people.c.person == person
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        return ()
    shown = ("zone", "language", "quiet_from", "quiet_to")
    return tuple((name.replace("_", " "), row[name]) for name in shown if row[name])


# --- signposts ------------------------------------------------------------------------------------


def signposts_of(unit: Unit, installation: str) -> tuple[Signpost, ...]:
    """What the organiser wants people to read, the general one first."""
    query = select(signposts).where(signposts.c.installation_id == installation)
    rows = unit.connection.execute(query.order_by(signposts.c.country)).mappings().all()
    open_ = unit.vault.unseal
    return tuple(Signpost(r["country"], open_(r["words"]), open_(r["lead"])) for r in rows)


def put_signpost(unit: Unit, installation: str, wish: SetSignpost) -> None:
    """Set the words for a country (or for all), and the lead; what is left out stays."""
    known = {post.country: post for post in signposts_of(unit, installation)}
    if wish.lead:
        general = known.get("", Signpost("", ""))
        known[""] = replace(general, lead=wish.lead)
        _keep_signpost(unit, installation, known[""])
    if wish.words and (wish.country in known or len(known) < MOST_SIGNPOSTS):
        before = known.get(wish.country, Signpost(wish.country, ""))
        _keep_signpost(unit, installation, replace(before, words=wish.words))


def _keep_signpost(unit: Unit, installation: str, post: Signpost) -> None:
    values = {
        "words": unit.vault.seal(installation, post.words),
        "lead": unit.vault.seal(installation, post.lead),
    }
    kept = upsert(unit.connection, signposts).values(
        installation_id=installation, country=post.country, **values
    )
    unit.connection.execute(
        kept.on_conflict_do_update(index_elements=["installation_id", "country"], set_=values)
    )


# --- burning ----------------------------------------------------------------------------------------


def wish(unit: Unit, set_id: str, person: PersonId) -> None:
    """This person wants the set deleted; a second time it is the same request, renewed."""
    wished = upsert(unit.connection, burn_wishes).values(set_id=set_id, person=person, at=unit.now)
    unit.connection.execute(
        wished.on_conflict_do_update(index_elements=["set_id", "person"], set_={"at": unit.now})
    )


def wishes(unit: Unit, set_id: str) -> tuple[tuple[PersonId, datetime], ...]:
    """Who has asked for it, and when last."""
    query = select(burn_wishes.c.person, burn_wishes.c.at).where(burn_wishes.c.set_id == set_id)
    return tuple((row.person, row.at) for row in unit.connection.execute(query))


def burn(unit: Unit, installation: str, set_id: str) -> None:
    """Everything of the set goes, and the bot's own messages are put down for deletion."""
    posted = select(message_refs.c.slot).where(message_refs.c.set_id == set_id)
    slots = list(unit.connection.execute(posted).scalars())
    # The references stay until the platform has taken the messages away.
    delete_set(unit, set_id, but=message_refs)
    for slot in slots:
        unit.connection.execute(insert(outbox).values(deletion(unit, installation, set_id, slot)))


def archive(unit: Unit, installation: str, set_id: str) -> None:
    """The set meets no more; what is its members' own stays theirs until its time is over."""
    room = unit.room(set_id)
    if room.set is None or room.set.archived_at is not None:
        return
    after = replace(room, set=replace(room.set, archived_at=unit.now))
    unit.changes.keep(installation, room, after, ())
