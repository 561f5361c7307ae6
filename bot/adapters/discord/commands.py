"""The slash commands as Discord registers them, made from the table of verbs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, TypeAlias

from bot.adapters.discord.markup import plain_label
from bot.core.cards import Choice
from bot.core.verbs import BY_NAME, VERBS, Verb, VerbOption

Json: TypeAlias = dict[str, Any]

MOST_CHOICES = 25
LONGEST_DESCRIPTION = 100
LONGEST_CHOICE = 100
SUBCOMMAND, GROUP, STRING, INTEGER = 1, 2, 3, 4
CHAT, ON_MESSAGE = 1, 3
IN_SERVER, WITH_BOT, ANYWHERE = 0, 1, 2
TO_SERVER, TO_USER = 0, 1
MANAGE_SERVER = 1 << 5

_MENTION = re.compile(r"<@!?(\d+)>")

COMMAND, ADMIN, MINE, SAVE = "als", "als-admin", "als-mine", "Save as action point"


def commands(verbs: Iterable[Verb] = VERBS) -> list[Json]:
    """Everything there is to register. Verbs that begin with `admin` stand under their own."""
    every = tuple(verbs)
    usual = [v for v in every if not v.name.startswith("admin ")]
    admin = [v for v in every if v.name.startswith("admin ")]
    registered = [_group(COMMAND, "Action learning sets.", usual), _mine(), _save()]
    if admin:
        named = [(v.name.removeprefix("admin "), v) for v in admin]
        entries = [_subcommand(name, v) for name, v in named]
        gated = {"default_member_permissions": MANAGE_SERVER, "contexts": [IN_SERVER]}
        whole = _top(ADMIN, "For those who manage this server.", [IN_SERVER], [TO_SERVER])
        registered.append(whole | {"options": entries} | gated)
    return registered


def _top(name: str, description: str, contexts: list[int], installs: list[int]) -> Json:
    return {
        "name": name,
        "type": CHAT,
        "description": description,
        "contexts": contexts,
        "integration_types": installs,
    }


def _group(name: str, description: str, verbs: list[Verb]) -> Json:
    entries: dict[str, Json] = {}
    for verb in verbs:
        first, _, second = verb.name.partition(" ")
        if not second:
            entries[first] = _subcommand(first, verb)
            continue
        group = entries.setdefault(first, _opened(first))
        group["options"].append(_subcommand(second, verb))
    whole = _top(name, description, [IN_SERVER, WITH_BOT], [TO_SERVER])
    return whole | {"options": list(entries.values())}


def _opened(name: str) -> Json:
    return {"type": GROUP, "name": name, "description": f"About the {name}.", "options": []}


def _subcommand(name: str, verb: Verb) -> Json:
    entry = {"type": SUBCOMMAND, "name": name, "description": verb.help[:LONGEST_DESCRIPTION]}
    options = sorted(verb.options, key=lambda o: not o.required)
    return entry | ({"options": [_option(o) for o in options]} if options else {})


def _option(option: VerbOption) -> Json:
    drawn: Json = {
        "name": option.name,
        "description": option.help[:LONGEST_DESCRIPTION],
        "required": option.required,
        "type": STRING if option.number is None else INTEGER,
    }
    if option.number is not None:
        drawn["min_value"], drawn["max_value"] = option.number
    elif option.suggests is not None or len(option.choices) > MOST_CHOICES:
        drawn["autocomplete"] = True
    elif option.choices:
        drawn["choices"] = [{"name": c, "value": c} for c in option.choices]
    return drawn


def _mine() -> Json:
    whole = _top(MINE, "Your own actions, for you alone.", [], [TO_SERVER, TO_USER])
    return whole | {"contexts": [IN_SERVER, WITH_BOT, ANYWHERE]}


def _save() -> Json:
    return {
        "name": SAVE,
        "type": ON_MESSAGE,
        "contexts": [IN_SERVER],
        "integration_types": [TO_SERVER],
    }


def suggestions(choices: Iterable[Choice], typed: str = "") -> list[Json]:
    """What is offered while an option is typed: those that go with what stands there so far."""
    near = [c for c in choices if typed.casefold() in c.label.casefold()][:MOST_CHOICES]
    return [
        {"name": plain_label(c.label, LONGEST_CHOICE), "value": c.value[:LONGEST_CHOICE]}
        for c in near
    ]


def digest(registered: Iterable[Json]) -> str:
    """The same for the same commands, whether they are ours or come back from Discord."""
    plain = sorted((_plain(c) for c in registered), key=lambda c: (c["type"], c["name"]))
    return sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


_COMPARED = (
    "name",
    "description",
    "required",
    "min_value",
    "max_value",
    "autocomplete",
    "choices",
    "default_member_permissions",
)


def _plain(command: Json) -> Json:
    kept: Json = {k: command[k] for k in _COMPARED if command.get(k)}
    if "default_member_permissions" in kept:  # sent as a number, given back as a string
        kept["default_member_permissions"] = str(kept["default_member_permissions"])
    kept["type"] = command.get("type", CHAT)
    kept["contexts"] = sorted(command.get("contexts") or [])
    kept["integration_types"] = sorted(command.get("integration_types") or [])
    if "choices" in kept:
        kept["choices"] = [[c["name"], c["value"]] for c in kept["choices"]]
    kept["options"] = [_plain(o) for o in command.get("options") or []]
    return kept


def verb_of(data: Json) -> tuple[str, tuple[tuple[str, str], ...], str]:
    """The verb that was used, its options, and the option being typed just now."""
    words: list[str] = [] if data["name"] == COMMAND else [data["name"].removeprefix("als-")]
    options: list[Json] = data.get("options") or []
    while options and options[0]["type"] in (SUBCOMMAND, GROUP):
        words.append(options[0]["name"])
        options = options[0].get("options") or []
    focused = next((o["name"] for o in options if o.get("focused")), "")
    verb = BY_NAME.get(" ".join(words))
    people = {option.name for option in verb.options if option.person} if verb else set()
    given = ((o["name"], str(o["value"])) for o in options)
    args = tuple((name, _id_in(said) if name in people else said) for name, said in given)
    return " ".join(words), args, focused


def _id_in(said: str) -> str:
    """Whom a mention names, by id; what holds none, as it was said."""
    mention = _MENTION.search(said)
    return mention[1] if mention else said
