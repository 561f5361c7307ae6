"""What people can ask of the bot itself, wherever they are: which command a verb or a button means."""

from __future__ import annotations

from collections.abc import Callable

from bot.core import command as command_kinds
from bot.core.decision import Refusal
from bot.core.learning_set.place import Room
from bot.core.permissions import Right
from bot.core.person import commands as person_commands
from bot.core.refusals import NO_SET
from bot.core.signals import Caller, Pressed, Signal, Typed
from bot.core.verbs import BY_NAME
from bot.core.wording import TEXT_LIMIT, tidy

OF_A_SET = frozenset({"concern", "concern_sure", "set burn", "burn_sure"})
"""What speaks of the set of the place; everything else here needs none."""

LOOKS = ("doctor", "sets", "delivery", "audit")
LONG_WORDS = Refusal(f"A signpost takes {TEXT_LIMIT} characters. Please shorten it.", "too_long")
COUNTRY = Refusal("Give the country as 2 letters, like country=GB.", "country")

Meaning = Callable[[Caller, Typed], command_kinds.Command | Refusal]


def name_of(signal: Signal) -> str:
    """The verb or button, if it is one of these; empty where it is not."""
    match signal:
        case Typed(verb=verb) if verb in BY_NAME and BY_NAME[verb].name in TYPED:
            return BY_NAME[verb].name
        case Pressed(action=action) if action in PRESSED:
            return action
        case _:
            return ""


def needs_no_set(signal: Signal) -> bool:
    """Whether it is asked of the bot itself, so that it does not matter which set is meant."""
    name = name_of(signal)
    return bool(name) and name not in OF_A_SET


def meant(room: Room, who: Caller, signal: Signal) -> command_kinds.Command | Refusal | None:
    """What it means; None where it is a matter of the set or the meeting."""
    name = name_of(signal)
    if not name:
        return None
    if name in OF_A_SET and room.set is None:
        return NO_SET
    if isinstance(signal, Typed):
        return TYPED[name](who, signal)
    return PRESSED[name](who, signal) if isinstance(signal, Pressed) else None


def permission(who: Caller, signal: Pressed) -> Right | None:
    """Who may press it, where it is one of these."""
    asked = PRESSED.get(signal.action)
    return asked(who, signal).permission if asked is not None else None


def _look(what: str) -> Meaning:
    return lambda who, t: person_commands.LookAfter(who=who.person, what=what)


def _put_away(what: str) -> Meaning:
    return lambda who, t: person_commands.PutAway(who=who.person, what=what, subject=t.get("set"))


def _signpost(who: Caller, typed: Typed) -> command_kinds.Command | Refusal:
    country, words = typed.get("country").strip().upper(), tidy(typed.get("words"))
    if len(words) > TEXT_LIMIT:
        return LONG_WORDS
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        return COUNTRY
    return person_commands.SetSignpost(
        who=who.person, country=country, words=words, lead=typed.get("lead").lstrip("@")
    )


TYPED: dict[str, Meaning] = {
    "privacy": lambda who, t: person_commands.ShowPrivacy(who=who.person),
    "mydata export": lambda who, t: person_commands.ExportMine(who=who.person),
    "mydata forget": lambda who, t: person_commands.ForgetMe(who=who.person),
    "set burn": lambda who, t: person_commands.BurnSet(who=who.person),
    "concern": lambda who, t: person_commands.RaiseConcern(who=who.person),
    **{f"admin {what}": _look(what) for what in LOOKS},
    "admin archive": _put_away("archive"),
    "admin purge": _put_away("purge"),
    "admin signpost": _signpost,
}

"""What each of these verbs means."""

PRESSED: dict[str, Callable[[Caller, Pressed], command_kinds.Command]] = {
    "need_help": lambda who, p: person_commands.AskHelp(who=who.person),
    "export_mine": lambda who, p: person_commands.ExportMine(who=who.person),
    "forget_me": lambda who, p: person_commands.ForgetMe(who=who.person),
    "forget_sure": lambda who, p: person_commands.ForgetMe(who=who.person, sure=True),
    "burn_sure": lambda who, p: person_commands.BurnSet(who=who.person, sure=True),
    "concern_sure": lambda who, p: person_commands.RaiseConcern(who=who.person, sure=True),
    "archive_sure": lambda who, p: person_commands.PutAway(
        who=who.person, what="archive", subject=p.value, sure=True
    ),
    "purge_sure": lambda who, p: person_commands.PutAway(
        who=who.person, what="purge", subject=p.value, sure=True
    ),
}
"""Buttons that ask something of the bot itself."""
