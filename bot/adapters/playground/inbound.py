"""What the page sends: read into gestures, and those that are for the bot into signals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from bot.core.cards import Form
from bot.core.signals import Caller, Pressed, Reacted, Signal, Submitted, Typed
from bot.core.verbs import BY_NAME, Verb
from bot.runtime.ports.incoming import Incoming

MOST_BRACKETS = 500
"""More than any form holds. Nesting without end would cost the parser its stack."""

LONGEST_NAME = 200
"""Code points of an id, a reference or an emoji."""

LONGEST_WORDS = 50_000
"""Code points of what somebody types; the core says kindly what it takes of it."""

MOST_FIELDS = 20
"""Questions a form's answer may hold."""

COMMAND = "/als"
"""What a message to the bot begins with."""

NAMED = re.compile(r"(?<!\S)(?P<name>\w+)=(?:[\"“](?P<quoted>[^\"”]*)[\"”]|(?P<bare>\S*))")
"""An option by its name: `format=90`, `by="next Friday"`."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """Something a person did on the page. `id` is a UUID, `who` the person they play."""

    id: str
    who: str


@dataclass(frozen=True, slots=True)
class Watch(Gesture):
    """They play somebody else now, or want to see everything in another platform's look."""

    look: str = ""


@dataclass(frozen=True, slots=True)
class Press(Gesture):
    """A button of a message, by the id the bot gave it."""

    message: str
    button: str


@dataclass(frozen=True, slots=True)
class Write(Gesture):
    """A line in the composer: a command to the bot, or ordinary words."""

    words: str
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Submit(Gesture):
    """A form filled in, by the token it was opened with."""

    token: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class React(Gesture):
    """A reaction put on a message, or taken off."""

    message: str
    emoji: str
    on: bool


@dataclass(frozen=True, slots=True)
class Dismiss(Gesture):
    """A private answer put away."""

    message: str


@dataclass(frozen=True, slots=True)
class Read(Gesture):
    """Their direct messages have been looked at."""


@dataclass(frozen=True, slots=True)
class Others(Gesture):
    """The other people of the set are asked to act."""

    part: str


@dataclass(frozen=True, slots=True)
class MoveClock(Gesture):
    """The clock is to be moved on."""

    to: str


@dataclass(frozen=True, slots=True)
class Inspect(Gesture):
    """What a message looks like as a payload, in one of the looks."""

    message: str
    look: str


@dataclass(frozen=True, slots=True)
class Reset(Gesture):
    """Everything from the beginning."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something the page should not have sent, and one sentence on it."""

    sentence: str
    id: str = ""


class _Wrong(Exception):
    """A part of a message is missing or of the wrong kind."""


def read(raw: str) -> Gesture | Unreadable:
    """The gesture a message of the page stands for. Never raises."""
    try:
        sent = None if raw.count("[") + raw.count("{") > MOST_BRACKETS else json.loads(raw)
    except ValueError:
        return Unreadable("The page sent something I cannot read; reload it and try again.")
    if not isinstance(sent, dict):
        return Unreadable("The page sent something I cannot read; reload it and try again.")
    given = sent.get("id")
    known = given if isinstance(given, str) and len(given) <= LONGEST_NAME else ""
    reader = READERS.get(sent["do"]) if isinstance(sent.get("do"), str) else None
    if reader is None:
        return Unreadable("The page asked for something I do not know; reload it, please.", known)
    try:
        return reader(sent, str(UUID(_name(sent, "id"))), _name(sent, "who"))
    except (_Wrong, ValueError):
        return Unreadable("Something was missing in what the page sent; please try again.", known)


READERS: dict[str, Callable[[dict[str, Any], str, str], Gesture]] = {
    "watch": lambda sent, id, who: Watch(id, who, _words(sent.get("look", ""))),
    "press": lambda sent, id, who: Press(id, who, _name(sent, "message"), _name(sent, "button")),
    "write": lambda sent, id, who: Write(
        id, who, _words(sent.get("words")), sent.get("direct") is True
    ),
    "submit": lambda sent, id, who: Submit(id, who, _name(sent, "token"), _fields(sent)),
    "react": lambda sent, id, who: React(
        id, who, _name(sent, "message"), _name(sent, "emoji"), sent.get("on") is not False
    ),
    "dismiss": lambda sent, id, who: Dismiss(id, who, _name(sent, "message")),
    "read": lambda sent, id, who: Read(id, who),
    "others": lambda sent, id, who: Others(id, who, _name(sent, "part")),
    "clock": lambda sent, id, who: MoveClock(id, who, _name(sent, "to")),
    "inspect": lambda sent, id, who: Inspect(id, who, _name(sent, "message"), _name(sent, "look")),
    "reset": lambda sent, id, who: Reset(id, who),
}
"""How each message of the page is read."""


def _name(sent: dict[str, Any], key: str) -> str:
    value = sent.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
        raise _Wrong(key)
    return value


def _words(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_WORDS:
        raise _Wrong("words")
    return value


def _fields(sent: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    fields = sent.get("fields")
    if not isinstance(fields, dict) or len(fields) > MOST_FIELDS:
        raise _Wrong("fields")
    return tuple((str(key), _words(value)) for key, value in fields.items())


# --- to the bot ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Address:
    """What the server itself knows of a gesture: never taken from what the page sent."""

    installation: str
    place: str
    caller: Caller
    direct: bool = False


ForTheBot: TypeAlias = Pressed | Typed | Submitted | Reacted


def incoming(gesture: Gesture, address: Address, signal: ForTheBot, message: str = "") -> Incoming:
    """The gesture as every adapter hands it in; its UUID is the delivery's id."""
    taken: Signal = signal
    return Incoming(
        delivery=gesture.id,
        installation=address.installation,
        place=address.place,
        who=address.caller,
        signal=taken,
        message=message,
        direct=address.direct,
    )


def submitted(form: Form, fields: tuple[tuple[str, str], ...]) -> Submitted:
    """The answer to a form the server itself has opened."""
    return Submitted(form.key, fields, form.subject, form.step, form.value)


def reacted(emoji: str, *, on: bool) -> Reacted:
    """A reaction; which slot it stands on is for the bot to find out."""
    return Reacted("", emoji, on)


def is_command(line: str) -> bool:
    """Whether a line speaks to the bot."""
    return line.strip().casefold().split(maxsplit=1)[:1] == [COMMAND]


def typed(line: str) -> Typed:
    """A line that begins with `/als`: any case, `key=value`, quotes; a bare one means `home`."""
    rest = line.strip()[len(COMMAND) :].strip()
    for length in (2, 1):
        name = " ".join(rest.split()[:length]).casefold()
        verb = BY_NAME.get(name)
        if verb is not None:
            return Typed(verb.name, _options(verb, _after(rest, length)))
    return Typed(rest.split()[0].casefold() if rest else "home")


def _after(line: str, words: int) -> str:
    """What follows the first words of a line."""
    parts = line.split(maxsplit=words)
    return parts[words] if len(parts) > words else ""


def _options(verb: Verb, line: str) -> tuple[tuple[str, str], ...]:
    """Named options; all other words together are the verb's first option."""
    names = {option.name for option in verb.options}
    given: dict[str, str] = {}
    for found in NAMED.finditer(line):
        if found["name"].casefold() in names:
            given[found["name"].casefold()] = found["quoted"] or found["bare"] or ""
            line = line.replace(found[0], "", 1)
    loose = line.strip().strip('"“”')
    if loose and verb.options:
        given.setdefault(verb.options[0].name, loose)
    return tuple(given.items())
