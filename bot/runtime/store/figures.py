"""What an organiser may see of an installation: counts and states, never words, never names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from sqlalchemy import func, select

from bot.runtime.store import audit as store_audit
from bot.runtime.store import posts_of
from bot.runtime.store.tables.messages import outbox
from bot.runtime.store.tables.sets import learning_sets
from bot.runtime.store.unit_of_work import Unit

Rows = Sequence[tuple[str, str]]

NUMBER = 8
"""Characters of a set's id that stand for it in a list."""

MOST_LISTED = 25
FEWEST = 5
"""Below this a count of what people did is not told, and above it is told in steps of it."""

LATELY = timedelta(days=7)


def doctor(unit: Unit, installation: str) -> Rows:
    """What works, and what an organiser should still set."""
    posts = posts_of.signposts_of(unit, installation)
    states = _outbox_states(unit, installation)
    return (
        ("Where people find help", "set" if any(p.words for p in posts) else "not set yet"),
        ("Who hears of a concern", "set" if any(p.lead for p in posts) else "not set yet"),
        ("Messages waiting", str(states["due"] + states["sending"] + states["unsure"])),
        ("Messages that could not be delivered this week", str(states["dead"])),
    )


def sets(unit: Unit, installation: str) -> Rows:
    """Each set by its number and its state; how many are in one would name them, in a small one."""
    rows = unit.connection.execute(
        select(learning_sets.c.id, learning_sets.c.status, learning_sets.c.session_id)
        .where(learning_sets.c.installation_id == installation)
        .order_by(learning_sets.c.id)
        .limit(MOST_LISTED)
    ).all()
    shown = [(row[0][:NUMBER], _state(row[1], row[2])) for row in rows]
    return (("Sets", str(len(shown))), *shown)


def _state(status: str, session: str) -> str:
    return "meets now" if session and status == "active" else status


def delivery(unit: Unit, installation: str) -> Rows:
    """How the messages of this week fared."""
    states = _outbox_states(unit, installation)
    words = {
        "sent": "Sent",
        "due": "Waiting",
        "sending": "On their way",
        "unsure": "Being looked up",
        "expired": "Of no use any more",
        "dead": "Could not be delivered",
    }
    return tuple((words[state], str(states[state])) for state in words)


def _outbox_states(unit: Unit, installation: str) -> Counter[str]:
    query = (
        select(outbox.c.state, func.count())
        .where(outbox.c.installation_id == installation, outbox.c.made_at > unit.now - LATELY)
        .group_by(outbox.c.state)
    )
    return Counter({row[0]: row[1] for row in unit.connection.execute(query)})


def audit(unit: Unit, installation: str) -> Rows:
    """How often what was done."""
    counted: Iterable[tuple[str, str, int]] = store_audit.counts(unit.connection, installation)
    return tuple((verb, about(number)) for verb, outcome, number in counted)


def about(number: int) -> str:
    """A number of things people did, so rounded that nobody can be told from it."""
    return "fewer than 5" if number < FEWEST else f"about {number // FEWEST * FEWEST}"


def set_of_number(unit: Unit, installation: str, number: str) -> str | None:
    """The set that number stands for in this installation, where it is one."""
    if len(number) != NUMBER or not number.isalnum():
        return None
    found = (
        unit.connection.execute(
            select(learning_sets.c.id).where(
                learning_sets.c.installation_id == installation,
                learning_sets.c.id.startswith(number, autoescape=True),
            )
        )
        .scalars()
        .all()
    )
    return found[0] if len(found) == 1 else None


LOOKS: dict[str, Callable[[Unit, str], Rows]] = {
    "doctor": doctor,
    "sets": sets,
    "delivery": delivery,
    "audit": audit,
}
"""The parts of `/als admin` that only look."""
