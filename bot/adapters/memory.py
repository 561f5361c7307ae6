"""A chat platform made of lists behind a port object: for tests, the simulation and the script."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core.cards import Card
from bot.runtime.ports import (
    Absent,
    Destination,
    Found,
    LookedUp,
    Outgoing,
    Reactions,
    Refused,
    Trouble,
)

BOT = "als"
"""The bot's own id on this platform; its reactions are marks, never votes."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that stands somewhere."""

    ref: str
    key: str
    destination: Destination
    card: Card
    reactions: tuple[tuple[str, str], ...] = ()
    again: bool = False
    late_since: datetime | None = None


@dataclass(slots=True)
class MemoryPlatform:
    """Channels, threads and direct messages as lists; `log` is everything that was ever done."""

    messages: dict[str, Message] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    """People whose direct messages are closed."""

    archived: set[str] = field(default_factory=set)
    """Places that are archived."""

    log: list[tuple[str, Message]] = field(default_factory=list)
    count: int = 0

    # --- the port ---

    async def post(self, out: Outgoing) -> str:
        """A new message; refused where the place is archived or the person closed."""
        self._refuse(out.destination)
        assert out.card is not None
        self.count += 1
        ref = f"m{self.count}"
        message = Message(ref, out.key, out.destination, out.card, (), out.again, out.late_since)
        self.messages[ref] = message
        self.log.append(("post", message))
        return ref

    async def edit(self, out: Outgoing) -> None:
        """Another card in a message that stands."""
        known = self._known(out.ref)
        assert out.card is not None
        self.messages[out.ref] = replace(known, card=out.card)
        self.log.append(("edit", self.messages[out.ref]))

    async def delete(self, out: Outgoing) -> None:
        """A message away; one that is gone already is fine."""
        known = self.messages.pop(out.ref, None)
        if known is not None:
            self.log.append(("delete", known))

    async def react(self, out: Outgoing) -> None:
        """The bot's own marks; those there already are fine."""
        known = self._known(out.ref)
        marks = tuple((BOT, e) for e in out.reactions if (BOT, e) not in known.reactions)
        self.messages[out.ref] = replace(known, reactions=(*known.reactions, *marks))

    async def look_up(self, out: Outgoing, claimed_at: datetime) -> LookedUp:
        """Whether a message with that key stands."""
        found = next((m for m in self.messages.values() if m.key == out.key), None)
        return Found(found.ref) if found else Absent()

    async def reactions(self, installation: str, ref: str) -> Reactions:
        """Who reacted, the bot left out."""
        known = self._known(ref)
        return Reactions(frozenset((p, e) for p, e in known.reactions if p != BOT))

    # --- what people do ---

    def put_reaction(self, ref: str, person: str, emoji: str, *, on: bool = True) -> None:
        """A person's reaction on a message, put on or taken off."""
        known = self._known(ref)
        others = tuple(r for r in known.reactions if r != (person, emoji))
        self.messages[ref] = replace(known, reactions=(*others, (person, emoji)) if on else others)

    def _known(self, ref: str) -> Message:
        if ref not in self.messages:
            raise Refused(Trouble.GONE, "message_not_found")
        return self.messages[ref]

    def _refuse(self, destination: Destination) -> None:
        if destination.person in self.closed:
            raise Refused(Trouble.PERSON, "dm_closed")
        if destination.place in self.archived:
            raise Refused(Trouble.DESTINATION, "is_archived")
