"""What adapters bring to the shell, and what it answers: signals in, words for the caller out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeAlias

from bot.core.cards import Button, Card, Choice, Form
from bot.core.decision import Refusal
from bot.core.signals import Caller, Pressed, Signal

GUARD: Final = 2.0
"""Seconds until the person who acted is told that it takes long. Platforms wait three."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing somebody did, as an adapter received it.

    `delivery` is the platform's id of this delivery, empty where it has none:
    a repeat of one that was seen changes nothing and gets the same answer. `installation` comes from
    the authenticated envelope, never from text, buttons or forms. `place` is the channel (or thread
    that is a set's place). `message` is the reference of the message a reaction stands on, in the
    form `Outbound.post` returned it. `direct` says that it came by direct message.
    """

    delivery: str
    installation: str
    place: str
    who: Caller
    signal: Signal
    message: str = ""
    direct: bool = False


@dataclass(frozen=True, slots=True)
class News:
    """Which telling of the platform's this is, of something that happened outside the bot.

    `delivery` is its id, empty where it has none: one that was seen changes nothing. `at` is when it
    happened by the platform's own clock, None where it does not say: then it is now.
    """

    delivery: str = ""
    at: datetime | None = None


NO_NEWS = News()
"""Found out by ourselves, just now."""


Told: TypeAlias = Card | Form | str


@dataclass(frozen=True, slots=True)
class File:
    """A file for the caller alone, with one sentence that says what it is.

    It comes with the answer where the platform can do that, else by direct message; `direct` asks
    for the direct message wherever they pressed. Files are never promised and never repeated.
    """

    name: str
    media: str
    text: str
    words: str
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller alone is told, in order, once everything is stored.

    `refusal` is set where nothing has changed, or where its sentence says that it is still being
    saved or that nobody can be sure; `reference` is the short code to quote to an operator
    where something went wrong on our side. `changed` says that something visible in the place
    changes, so that no further word is needed. `files` come after what is told. `thread` is the
    message whose thread a running meeting speaks in, once something stands there: what is told of a
    command or a form belongs there too, where the platform can do that.
    """

    told: tuple[Told, ...] = ()
    refusal: Refusal | None = None
    changed: bool = False
    reference: str = ""
    files: tuple[File, ...] = ()
    thread: str = ""


class Receiver(Protocol):
    """What adapters bring their signals to (the service)."""

    async def receive(self, incoming: Incoming) -> Answer:
        """Take one signal; answers after the commit, never raises for what a person did."""
        ...

    async def form(self, incoming: Incoming) -> Form | Refusal | None:
        """The form that a press or command opens, from one read-only query; None where none."""
        ...


class Guide(Receiver, Protocol):
    """A receiver that also says what could be done: for platforms on which one is helped to type."""

    async def homes(self, platform: str, person: str) -> tuple[str, ...]:
        """The installations of a platform in which this person is in a set: for direct messages."""
        ...

    async def suggest(self, incoming: Incoming, option: str) -> tuple[Choice, ...]:
        """What an option of a half-typed command could be, from one read-only query."""
        ...


class Signer(Protocol):
    """Button ids that survive restarts and cannot be forged."""

    def seal(self, installation: str, card: Card, button: Button) -> str:
        """The id of a button on a card: at most 100 ASCII characters."""
        ...

    def open(self, installation: str, sealed: str) -> Pressed | None:
        """The press an id stands for; None where it was not made by us for this installation."""
        ...
