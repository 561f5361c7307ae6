"""A chat made of lists: a channel with threads, direct messages, private answers, reactions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.cards import Card
from bot.core.wording import shorten, tidy
from bot.runtime.ports.incoming import File
from bot.runtime.ports.outgoing import (
    Absent,
    Found,
    LookedUp,
    Outgoing,
    Reactions,
    Refused,
    Trouble,
)

BOT = "bot"
"""The author of what the bot posts."""

MOST_MESSAGES = 2_000
"""What the page remembers; older messages are forgotten first."""

MOST_PRIVATE = 12
"""Private answers one person keeps; older ones go."""

LONGEST_SAYING = 4_000
"""Code points of an ordinary message; what is longer is cut with an ellipsis."""


@dataclass(slots=True)
class Message:
    """One message. `reader` alone sees it where it is set; `direct` puts it among direct messages.

    A message has a card (the bot's) or plain words. `number` grows with every message; `meant_for`
    is when a late one should have come.
    """

    ref: str
    number: int
    author: str
    at: datetime
    card: Card | None = None
    words: str = ""
    parent: str = ""
    reader: str = ""
    direct: bool = False
    meant_for: datetime | None = None
    seeded: tuple[str, ...] = ()
    reactions: dict[str, list[str]] = field(default_factory=dict)
    file: File | None = None

    @property
    def private(self) -> bool:
        """Whether it stands in the channel for one person alone."""
        return bool(self.reader) and not self.direct

    def seen_by(self, person: str) -> bool:
        """Whether that person sees it."""
        return self.reader in ("", person)


class World:
    """Everything that was posted on the page, by the bot and by people."""

    def __init__(self, place: str, people: Mapping[str, str], now: Callable[[], datetime]) -> None:
        """`now` is what the bot's clock says; `people` are those who can be written to, by id."""
        self.place = place
        self.people = dict(people)
        self.heard: list[Callable[[], None]] = []
        self._now = now
        self._number = 0
        self._messages: dict[str, Message] = {}
        self._by_key: dict[str, str] = {}
        self._read: dict[str, int] = {}

    def __iter__(self) -> Iterator[Message]:
        """Every message, oldest first."""
        return iter(tuple(self._messages.values()))

    def find(self, ref: str) -> Message | None:
        """The message of that reference, while it stands."""
        return self._messages.get(ref)

    def seen_by(self, person: str, *, direct: bool = False) -> tuple[Message, ...]:
        """What that person sees in the channel or among their direct messages, oldest first."""
        return tuple(m for m in self if m.direct is direct and m.seen_by(person))

    def unread(self, person: str) -> int:
        """How many direct messages that person has not looked at."""
        read = self._read.get(person, 0)
        return sum(m.number > read for m in self.seen_by(person, direct=True) if m.author == BOT)

    def has_read(self, person: str) -> None:
        """That person looks at their direct messages."""
        self._read[person] = self._number
        self.tell()

    # --- what people do -----------------------------------------------------------------------

    def say(self, person: str, words: str, *, direct: bool = False) -> Message | None:
        """Ordinary words, in the newest thread; nothing where only blanks were typed."""
        cleaned = shorten(tidy(words), LONGEST_SAYING)
        if not cleaned:
            return None
        reader = person if direct else ""
        parent = "" if direct else self._newest_thread()
        return self._add(person, words=cleaned, parent=parent, reader=reader, direct=direct)

    def react(self, ref: str, person: str, emoji: str, *, on: bool) -> bool:
        """A reaction put on or taken off; whether anything has changed."""
        message = self.find(ref)
        if message is None or not message.seen_by(person):
            return False
        who = message.reactions.setdefault(emoji, [])
        if on is (person in who):
            return False
        if on:
            who.append(person)
        else:
            who.remove(person)
        self.tell()
        return True

    def answer(self, person: str, told: Card | str, *, direct: bool = False) -> Message:
        """What the bot tells one person alone; the same words told before go."""
        title = told.title if isinstance(told, Card) else told
        for message in self._answers(person):
            if title == (message.card.title if message.card else message.words):
                self.drop(message.ref)
        for message in self._answers(person)[: -MOST_PRIVATE + 1]:
            self.drop(message.ref)
        card = told if isinstance(told, Card) else None
        words = "" if isinstance(told, Card) else told
        return self._add(BOT, card=card, words=words, reader=person, direct=direct)

    def bring(self, person: str, file: File) -> Message:
        """A file for one person, among their direct messages, with the sentence that says what it is."""
        message = self._add(BOT, words=file.words, reader=person, direct=True)
        message.file = file
        return message

    def dismiss(self, person: str, ref: str) -> None:
        """A private answer goes when its reader says so."""
        message = self.find(ref)
        if message is not None and message.private and message.reader == person:
            self.drop(ref)

    # --- what the bot does ----------------------------------------------------------------------

    def post(self, out: Outgoing) -> str:
        """A card posted; one that was posted under this key already is left alone."""
        known = self._by_key.get(out.key)
        if known is not None:
            return known
        person = out.destination.person
        message = self._add(
            BOT,
            card=out.card,
            parent=out.destination.parent,
            reader=person,
            direct=bool(person),
            seeded=out.reactions,
        )
        message.meant_for = out.late_since
        self._by_key[out.key] = message.ref
        return message.ref

    def posted(self, key: str) -> str | None:
        """The reference of what was posted under that key and still stands."""
        ref = self._by_key.get(key, "")
        return ref if self.find(ref) is not None else None

    def edit(self, message: Message, card: Card | None) -> None:
        """A card changed in its place."""
        if message.card != card:
            message.card = card
            self.tell()

    def seed(self, message: Message, emojis: Iterable[str]) -> None:
        """The bot's own reactions on a message: exactly these."""
        message.seeded = tuple(emojis)
        self.tell()

    def drop(self, ref: str) -> None:
        """A message gone; one that is gone already is fine."""
        if self._messages.pop(ref, None) is not None:
            self.tell()

    def clear(self) -> None:
        """An empty channel again."""
        self._messages.clear()
        self._by_key.clear()
        self._read.clear()
        self.tell()

    def tell(self) -> None:
        """Let everyone who listens know that something has changed."""
        for listener in self.heard:
            listener()

    def _add(
        self,
        author: str,
        *,
        card: Card | None = None,
        words: str = "",
        parent: str = "",
        reader: str = "",
        direct: bool = False,
        seeded: tuple[str, ...] = (),
    ) -> Message:
        self._number += 1
        message = Message(
            ref=f"m{self._number}",
            number=self._number,
            author=author,
            at=self._now(),
            card=card,
            words=words,
            parent=parent,
            reader=reader,
            direct=direct,
            seeded=seeded,
        )
        self._messages[message.ref] = message
        for ref in list(self._messages)[:-MOST_MESSAGES]:
            del self._messages[ref]
        self.tell()
        return message

    def _answers(self, person: str) -> tuple[Message, ...]:
        return tuple(m for m in self if m.private and m.reader == person)

    def _newest_thread(self) -> str:
        return next((m.parent for m in reversed(tuple(self)) if m.author == BOT and m.parent), "")


class WorldOutbound:
    """The bot's way into the world. Nothing here can get lost, so no fate is ever unsure."""

    def __init__(self, world: World) -> None:
        """Posts go into `world`."""
        self._world = world

    async def post(self, out: Outgoing) -> str:
        """Post once; a second time under the same key changes nothing."""
        destination = out.destination
        if destination.person and destination.person not in self._world.people:
            raise Refused(Trouble.PERSON, "unknown_person")
        if not destination.person and destination.place != self._world.place:
            raise Refused(Trouble.DESTINATION, "unknown_place")
        return self._world.post(out)

    async def edit(self, out: Outgoing) -> None:
        """Change a card where it stands."""
        message = self._known(out)
        self._world.edit(message, out.card)
        self._world.seed(message, out.reactions)

    async def delete(self, out: Outgoing) -> None:
        """Take a message away."""
        self._world.drop(out.ref)

    async def react(self, out: Outgoing) -> None:
        """Put the bot's own reactions on a message."""
        self._world.seed(self._known(out), out.reactions)

    async def bring(self, installation: str, person: str, file: File) -> None:
        """A file among a person's direct messages."""
        if person not in self._world.people:
            raise Refused(Trouble.PERSON, "unknown_person")
        self._world.bring(person, file)

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        """Whether a post got through: the page knows every key."""
        ref = self._world.posted(out.key)
        return Found(ref) if ref is not None else Absent()

    async def reactions(self, installation: str, ref: str) -> Reactions:
        """Who reacted with what; the bot's own marks are nobody's."""
        message = self._world.find(ref)
        if message is None:
            raise Refused(Trouble.GONE, "no_such_message")
        votes = ((who, emoji) for emoji, people in message.reactions.items() for who in people)
        return Reactions(frozenset(votes))

    async def read_only_by(self, installation: str, place: str, members: Collection[str]) -> bool:
        """Whether the set's members are all the people there are on the page."""
        return set(self._world.people) <= set(members)

    def _known(self, out: Outgoing) -> Message:
        message = self._world.find(out.ref)
        if message is None:
            raise Refused(Trouble.GONE, "no_such_message")
        return message
