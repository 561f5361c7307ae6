"""People, who act by what they see: they type commands, press labels, fill in forms and react."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from tests.standins.discord import interactions, rules
from tests.standins.discord.interactions import Interaction
from tests.standins.discord.rest import put_reaction, take_reaction
from tests.standins.discord.server import Server
from tests.standins.discord.world import DIRECT, Channel, Guild, Json, Message, Reaction, User

PATIENCE = 15.0
T = TypeVar("T")


def shown(message: Message) -> str:
    """A message as one reads it: its words and the labels of its buttons."""
    return "\n".join(_lines(message))


def _lines(message: Message) -> Iterator[str]:
    if message.content:
        yield plain(message.content)
    for one in rules.inside(message.components):
        if one["type"] == rules.DISPLAY:
            yield plain(one["content"])
        if one["type"] == rules.BUTTON:
            yield f"[{one.get('label', '')}]"


def plain(text: str) -> str:
    """Discord's markup as one reads it."""
    bare = re.sub(r"(?m)^(#{1,3} |-# |> |- )|(?<!\\)(\*\*|__|`)", "", text)
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", bare).replace("\u200b", "")


async def until(look: Callable[[], T | None], what: str, patience: float = PATIENCE) -> T:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + patience
    while True:
        found = look()
        if found is not None and found is not False:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"never saw {what}")
        await asyncio.sleep(0.01)


class Form:
    """An open form, filled in by the labels of its fields."""

    def __init__(self, person: Person, interaction: Interaction) -> None:
        assert interaction.modal is not None
        self.person, self.interaction, self.modal = person, interaction, interaction.modal
        self.values: dict[str, Any] = {
            label: _initial(field) for label, field in self._fields().items()
        }

    @property
    def title(self) -> str:
        return str(self.modal["title"])

    @property
    def labels(self) -> list[str]:
        return list(self._fields())

    def _fields(self) -> dict[str, Json]:
        return {
            c["label"]: c["component"]
            for c in self.modal["components"]
            if c["type"] == rules.FORM_LABEL
        }

    def fill(self, answers: dict[str, str]) -> Form:
        """The answers, by label; a choice by the label of its option."""
        for label, answer in answers.items():
            field = self._fields().get(label)
            assert field is not None, f"no field {label!r} in {self.labels}"
            self.values[label] = _chosen(field, answer)
        return self

    async def submit(self) -> Interaction:
        """Send it, as the client does: refused there where a field is empty or too long."""
        components = [self._answer(n, label) for n, label in enumerate(self._fields(), 1)]
        data = {"custom_id": self.modal["custom_id"], "components": components}
        before = self.interaction
        one = Interaction(
            self.person.user,
            before.channel,
            interactions.SUBMIT,
            data,
            before.guild,
            before.message,
        )
        self.person.put_away(before)
        return await self.person.begin(one)

    def _answer(self, n: int, label: str) -> Json:
        field, value = self._fields()[label], self.values[label]
        if field.get("required", True):
            assert value, f"{label!r} is required"
        inner: Json = {"type": field["type"], "id": 2 * n, "custom_id": field["custom_id"]}
        if field["type"] == rules.INPUT:
            assert len(value) <= field.get("max_length", rules.TYPED), f"{label!r} is too long"
            inner["value"] = value
        else:
            inner["values"] = [value] if value else []
        return {"type": rules.FORM_LABEL, "id": 2 * n - 1, "component": inner}


def _initial(field: Json) -> str:
    if field["type"] == rules.INPUT:
        return str(field.get("value") or "")
    return next((str(o["value"]) for o in field["options"] if o.get("default")), "")


def _chosen(field: Json, answer: str) -> str:
    if field["type"] == rules.INPUT:
        return answer
    for option in field["options"]:
        if answer == option["label"]:
            return str(option["value"])
    raise AssertionError(f"no option {answer!r}")


class Person:
    """Somebody in front of Discord."""

    def __init__(self, server: Server, user: User) -> None:
        self.server, self.user = server, user
        self.forms: list[Interaction] = []
        self.acts: list[Interaction] = []
        self._sent: list[Interaction] = []

    @property
    def name(self) -> str:
        return self.user.name

    def put_away(self, form: Interaction) -> None:
        """A form that was sent is not on screen any more."""
        self.forms.remove(form)
        self._sent.append(form)

    # --- doing -----------------------------------------------------------------------------------

    async def begin(self, one: Interaction, *, wait: bool = True) -> Interaction:
        """The bot hears of it; by default until it has answered, or three seconds have passed."""
        self.acts.append(one)
        await self.server.interactions.start(one)
        if wait:
            await asyncio.wait_for(one.answered.wait(), interactions.ANSWER_WITHIN + 0.5)
            if one.modal is not None:
                self.forms.append(one)
        return one

    async def types(self, line: str, channel: Channel, *, wait: bool = True) -> Interaction:
        """A slash command as one types it: `/als extend minutes:5`."""
        data = self._command(line.removeprefix("/"), channel)
        one = Interaction(self.user, channel, interactions.COMMAND, data, channel.guild)
        return await self.begin(one, wait=wait)

    async def uses(self, menu: str, message: Message) -> Interaction:
        """An entry of a message's context menu."""
        found = next(c for c in self.server.commands if c["name"] == menu and c["type"] == 3)
        resolved = {"messages": {str(message.id): message.json()}}
        data = {
            "id": found["id"],
            "name": menu,
            "type": 3,
            "target_id": str(message.id),
            "resolved": resolved,
        }
        channel = message.channel
        one = Interaction(self.user, channel, interactions.COMMAND, data, channel.guild)
        return await self.begin(one)

    def _command(self, line: str, channel: Channel) -> Json:
        words, given = _options(line)
        command = self._offered(words[0], channel)
        level: Json = {"id": command["id"], "name": command["name"], "type": 1, "options": []}
        inner, known = level, command
        for word in words[1:]:
            known = next((o for o in known.get("options", []) if o["name"] == word), {})
            assert known, f"Discord offers no /{line}"
            step: Json = {"name": word, "type": known["type"], "options": []}
            inner["options"].append(step)
            inner = step
        assert not any(o["type"] in (1, 2) for o in known.get("options", [])), "not a whole command"
        inner["options"] = [_typed(known, name, value) for name, value in given]
        return level

    def _offered(self, name: str, channel: Channel) -> Json:
        context = 0 if channel.guild else 1
        for command in self.server.commands:
            if command["name"] == name and command.get("type", 1) == 1:
                assert context in (command.get("contexts") or [0, 1]), (
                    f"/{name} is not offered here"
                )
                needs = int(command.get("default_member_permissions") or 0)
                may = channel.guild.permissions(self.user) if channel.guild else -1
                assert needs & may == needs, f"/{name} is not offered to {self.name}"
                return command
        raise AssertionError(f"Discord offers no /{name}")

    async def completes(self, line: str, channel: Channel) -> list[str]:
        """What is suggested for the last option of that line."""
        data = self._command(line.removeprefix("/"), channel)
        inner = data
        while inner["options"] and inner["options"][-1]["type"] in (1, 2):
            inner = inner["options"][-1]
        inner["options"][-1]["focused"] = True
        one = Interaction(self.user, channel, interactions.AUTOCOMPLETE, data, channel.guild)
        await self.begin(one)
        return [c["name"] for c in one.suggestions or []]

    async def presses(
        self, label: str, where: Message | str | None = None, *, wait: bool = True
    ) -> Interaction:
        """The newest button of that label one can see (on that message, or one that says so)."""
        try:
            message, button = await until(lambda: self._button(label, where), repr(label))
        except AssertionError:
            raise AssertionError(f"{self.name} never saw [{label}]; {self._screen()}") from None
        data = {"custom_id": button["custom_id"], "component_type": 2, "id": button["id"]}
        channel = message.channel
        one = Interaction(self.user, channel, interactions.COMPONENT, data, channel.guild, message)
        return await self.begin(one, wait=wait)

    def _button(self, label: str, where: Message | str | None) -> tuple[Message, Json] | None:
        for message in reversed(self.messages()):
            if isinstance(where, Message) and message is not where:
                continue
            if isinstance(where, str) and where not in shown(message):
                continue
            for one in rules.inside(message.components):
                pressable = one["type"] == rules.BUTTON and not one.get("disabled")
                if pressable and one.get("label") == label:
                    return message, one
        return None

    async def reacts(self, emoji: str, message: Message, *, burst: bool = False) -> None:
        """Put a reaction on a message."""
        await put_reaction(self.server, message, Reaction(emoji, self.user, burst))

    async def unreacts(self, emoji: str, message: Message) -> None:
        """Take it off again."""
        await take_reaction(self.server, message, Reaction(emoji, self.user))

    async def says(self, words: str, channel: Channel) -> Message:
        """An ordinary message."""
        made = self.server.make(channel, self.user, {"content": words})
        guild_id = channel.guild.id if channel.guild else None
        where = {"guild_id": str(guild_id)} if guild_id else {}
        await self.server.gateway.dispatch("MESSAGE_CREATE", made.json() | where, guild_id)
        return made

    # --- seeing ----------------------------------------------------------------------------------

    def can_see(self, channel: Channel) -> bool:
        """Whether this person can open the channel."""
        if channel.type == DIRECT:
            return self.user in channel.people
        return channel.guild is not None and channel.guild.sees(self.user, channel)

    def messages(self) -> list[Message]:
        """Everything on this person's screen, oldest first."""
        every = [
            m
            for c in self.server.channels.values()
            if not c.deleted and self.can_see(c)
            for m in c.messages
            if not m.deleted and m.for_one in (None, self.user)
        ]
        return sorted(every, key=lambda m: m.id)

    def sees_now(self, words: str, *, direct: bool | None = None) -> Message | None:
        """The newest message with these words, if there is one."""
        for message in reversed(self.messages()):
            private = message.channel.type == DIRECT
            if words in shown(message) and direct in (None, private):
                return message
        return None

    async def sees(self, words: str, *, direct: bool | None = None) -> Message:
        """Waits for a message with these words (public, for this person alone, or direct)."""
        try:
            return await until(lambda: self.sees_now(words, direct=direct), repr(words))
        except AssertionError:
            raise AssertionError(f"{self.name} never saw {words!r}; {self._screen()}") from None

    def _screen(self) -> str:
        return "on screen: " + "\n---\n".join(shown(m) for m in self.messages()[-5:])

    async def sees_form(self, title: str) -> Form:
        """Waits for a form of that title."""

        def look() -> Interaction | None:
            for one in self.acts:
                if one.modal is not None and one not in self.forms and one not in self._sent:
                    self.forms.append(one)
            open_ = [f for f in self.forms if f.modal and f.modal["title"] == title]
            return open_[-1] if open_ else None

        return Form(self, await until(look, f"the form {title!r}"))


def _options(line: str) -> tuple[list[str], list[tuple[str, str]]]:
    given = re.findall(r"(\w+):(\"[^\"]*\"|\S*)", line)
    words = re.sub(r"\w+:(\"[^\"]*\"|\S*)", "", line).split()
    return words, [(name, value.strip('"')) for name, value in given]


def _typed(known: Json, name: str, value: str) -> Json:
    option = next((o for o in known.get("options", []) if o["name"] == name), None)
    assert option is not None, f"no option {name!r}"
    choices = {c["name"]: c["value"] for c in option.get("choices", [])}
    chosen: Any = choices[value] if choices else value
    if option["type"] == 4:
        chosen = int(value)
        assert option.get("min_value", chosen) <= chosen <= option.get("max_value", chosen)
    return {"name": name, "type": option["type"], "value": chosen}


def person(server: Server, name: str, *guilds: Guild) -> Person:
    """Somebody new, a member of these servers."""
    user = User(name)
    server.users[user.id] = user
    for guild in guilds:
        guild.join(user)
    return Person(server, user)
