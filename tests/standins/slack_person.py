"""People in the Slack stand-in: they act by visible labels only, and see what Slack shows them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from tests.standins import slack_methods
from tests.standins import slack_world as w
from tests.standins.slack_blocks import buttons, check_message, check_view, read, visible
from tests.standins.slack_world import Channel, Message, SlackSays, User, View

if TYPE_CHECKING:
    from tests.standins.slack import Slack

T = TypeVar("T")
PATIENCE = 4.0
Where = Channel | Message | str | None


class NotSeen(AssertionError):
    """What a person looked for is not on their screen; says what is."""


class OpenForm:
    """A modal on somebody's screen, filled in by the labels they read."""

    def __init__(self, person: Person, view: View) -> None:
        self.person, self.id = person, view.id
        self.values: dict[str, dict[str, dict[str, Any]]] = {}
        self.errors: dict[str, str] = {}

    @property
    def view(self) -> View:
        """The view as it is now."""
        return self.person.slack.world.views[self.id]

    @property
    def open(self) -> bool:
        """Whether it is still on the screen."""
        return self.view.open

    @property
    def text(self) -> str:
        """Everything that can be read on it."""
        blocks = self.view.view["blocks"]
        return visible(self.person.slack.world, blocks, "", self.person.user.zone)

    def labels(self) -> list[str]:
        """The questions it asks."""
        return [b["label"]["text"] for b in self._inputs()]

    def _inputs(self) -> list[dict[str, Any]]:
        return [b for b in self.view.view["blocks"] if b["type"] == "input"]

    def fill(self, answers: dict[str, str]) -> OpenForm:
        """Answer questions by their labels; choices by the words on them."""
        for label, answer in answers.items():
            block = next((b for b in self._inputs() if b["label"]["text"] == label), None)
            if block is None:
                raise NotSeen(f"no question {label!r}; there are {self.labels()}")
            element = block["element"]
            self._set(block, element, _typed(element, answer))
        return self

    def _set(self, block: dict[str, Any], element: dict[str, Any], state: dict[str, Any]) -> None:
        self.values[block["block_id"]] = {element["action_id"]: {"type": element["type"]} | state}

    def _state(self) -> dict[str, Any]:
        for block in self._inputs():
            if block["block_id"] in self.values:
                continue
            element = block["element"]
            first = element.get("initial_option")
            state = (
                {"selected_option": first}
                if "options" in element
                else {"value": element.get("initial_value")}
            )
            self._set(block, element, state)
        return {"values": self.values}

    async def submit(self) -> OpenForm:
        """Press the form's send button. Slack itself stops an empty required question."""
        if not self.open:
            raise NotSeen("the form is not open any more")
        state = self._state()
        for block in self._inputs():
            answer = state["values"][block["block_id"]][block["element"]["action_id"]]
            empty = not (answer.get("value") or answer.get("selected_option"))
            if empty and not block.get("optional"):
                raise NotSeen(f"Slack says: please fill in {block['label']['text']!r}")
        payload = self.person.envelope("view_submission")
        payload["view"] = self.view.as_payload() | {"state": state}
        payload["response_urls"] = []
        told = await self.person.slack.delivery.interact("interactive", payload)
        self._answered(told)
        return self

    def _answered(self, told: dict[str, Any]) -> None:
        self.errors = {}
        match told.get("response_action"):
            case "errors":
                named = {b["block_id"]: b["label"]["text"] for b in self._inputs()}
                unknown = set(told["errors"]) - set(named)
                assert not unknown, f"errors for blocks that are no inputs: {unknown}"
                self.errors = {named[k]: v for k, v in told["errors"].items()}
            case "update":
                check_view(told["view"])
                self.view.view, self.values = told["view"], {}
            case "push":
                check_view(told["view"])
                pushed = View(
                    f"V{self.person.slack.world.number():08d}", self.person.user.id, told["view"]
                )
                self.person.slack.world.views[pushed.id] = pushed
            case _:
                self.view.open = False

    async def presses(self, label: str) -> None:
        """Press a button on the form itself."""
        await self.person.presses(label, in_="form")

    def close(self) -> None:
        """Close it unsent."""
        self.view.open = False


def _typed(element: dict[str, Any], answer: str) -> dict[str, Any]:
    if "options" not in element:
        if len(answer) > element.get("max_length", 3000):
            raise NotSeen("Slack stops typing at the limit")
        return {"value": answer or None}
    chosen = next((o for o in element["options"] if o["text"]["text"] == answer), None)
    if chosen is None:
        offered = [o["text"]["text"] for o in element["options"]]
        raise NotSeen(f"no choice {answer!r}; there are {offered}")
    return {"selected_option": chosen}


class Person:
    """Somebody who uses Slack."""

    def __init__(self, slack: Slack, user: User) -> None:
        self.slack, self.user = slack, user

    @property
    def id(self) -> str:
        """Their Slack id, for tests that look behind the scenes."""
        return self.user.id

    def envelope(self, kind: str) -> dict[str, Any]:
        """What every interaction of this person carries."""
        return {
            "type": kind,
            "team": {"id": self.slack.world.team, "domain": "stand-in"},
            "user": {
                "id": self.id,
                "username": self.user.name.casefold(),
                "name": self.user.name.casefold(),
                "team_id": self.slack.world.team,
            },
            "api_app_id": w.APP,
            "token": "verification",
            "trigger_id": self.slack.world.trigger(self.id),
            "enterprise": None,
            "is_enterprise_install": False,
        }

    # --- acting ----------------------------------------------------------------------------------

    async def types(
        self, text: str, where: Channel | str, *, thread: Message | None = None
    ) -> None:
        """Type a slash command. Slack refuses them in threads."""
        if thread is not None:
            raise NotSeen("Slack says: /als is not supported in threads. Sorry!")
        place = self.slack.world.direct(self.id) if where == "dm" else where
        assert isinstance(place, Channel)
        command, _, rest = text.partition(" ")
        payload = self._command(place, command, rest)
        told = await self.slack.delivery.interact("slash_commands", payload)
        if told.get("text") or told.get("blocks"):
            self._told(told, place, None)

    def _command(self, place: Channel, command: str, rest: str) -> dict[str, Any]:
        name = "directmessage" if place.im else "privategroup" if place.private else place.name
        return {
            "token": "verification",
            "team_id": self.slack.world.team,
            "team_domain": "stand-in",
            "channel_id": place.id,
            "channel_name": name,
            "user_id": self.id,
            "user_name": self.user.name.casefold(),
            "command": command,
            "text": self.slack.escaped(rest),
            "api_app_id": w.APP,
            "is_enterprise_install": "false",
            "response_url": self.slack.response_url(self.id, place.id, None),
            "trigger_id": self.slack.world.trigger(self.id),
        }

    def _told(self, told: dict[str, Any], place: Channel, thread: str | None) -> None:
        check_message(told)
        if told.get("response_type") == "in_channel":
            raise AssertionError("the bot posts as itself, never through an acknowledgement")
        slack_methods.hear(
            self.slack.world, self.id, place.id, told, thread or "", self.slack.world.stamp()
        )

    async def presses(self, label: str, in_: Where = None) -> None:
        """Press the newest button with this label that the person can see."""
        message, block, element = await self._until(
            lambda: self._button(label, in_), f"a button {label!r}", in_
        )
        payload = self.envelope("block_actions") | self._container(message)
        pressed = {
            k: v for k, v in element.items() if k in ("type", "action_id", "text", "value", "style")
        }
        payload["actions"] = [
            pressed
            | {"block_id": block.get("block_id") or "auto", "action_ts": self.slack.world.stamp()}
        ]
        payload["state"] = {"values": {}}
        await self.slack.delivery.interact("interactive", payload)

    def _container(self, at: Message | View) -> dict[str, Any]:
        if isinstance(at, View):
            return {"container": {"type": "view", "view_id": at.id}, "view": at.as_payload()}
        place = self.slack.world.channels[at.channel]
        name = "directmessage" if place.im else "privategroup" if place.private else place.name
        container = {
            "type": "message",
            "message_ts": at.ts,
            "channel_id": at.channel,
            "is_ephemeral": bool(at.to),
        }
        if at.thread_ts:
            container["thread_ts"] = at.thread_ts
        told: dict[str, Any] = {"container": container, "channel": {"id": at.channel, "name": name}}
        told["response_url"] = self.slack.response_url(self.id, at.channel, at)
        if not at.to:
            told["message"] = at.as_payload(replies=len(place.replies(at.ts)))
        return told

    def _button(self, label: str, in_: Where) -> tuple[Any, dict[str, Any], dict[str, Any]] | None:
        for at in self._surfaces(in_):
            blocks = at.view["blocks"] if isinstance(at, View) else at.blocks
            for block, element in buttons(blocks):
                if read(self.slack.world, element["text"]["text"], self.user.zone) == label:
                    return at, block, element
        return None

    def _surfaces(self, in_: Where) -> list[Message | View]:
        """Everything on this person's screen there, newest first."""
        world = self.slack.world
        modals = [v for v in reversed(world.views.values()) if v.user == self.id and v.open]
        home = [world.homes[self.id]] if self.id in world.homes else []
        if in_ == "form":
            return [*modals]
        if in_ == "home":
            return [*home]
        if isinstance(in_, Message):
            return [in_]
        if in_ == "dm":
            in_ = world.direct(self.id)
        if isinstance(in_, Channel):
            return [*self._messages(in_)]
        everywhere = [m for c in world.channels.values() for m in self._messages(c)]
        return [*modals, *sorted(everywhere, key=lambda m: float(m.ts), reverse=True), *home]

    def _messages(self, place: Channel) -> list[Message]:
        if self.id not in place.members:
            return []
        own = [m for m in self.slack.world.private if m.to == self.id and m.channel == place.id]
        return sorted([*place.messages, *own], key=lambda m: float(m.ts), reverse=True)

    async def says(self, text: str, where: Channel, *, thread: Message | None = None) -> Message:
        """Type an ordinary message, which the bot does not read."""
        message = Message(
            self.slack.world.stamp(), where.id, self.id, text, thread_ts=thread.ts if thread else ""
        )
        where.messages.append(message)
        kind = "im" if where.im else "group" if where.private else "channel"
        self.slack.delivery.emit(message.as_payload() | {"channel": where.id, "channel_type": kind})
        return message

    def reacts(self, name: str, message: Message) -> None:
        """Put an emoji on a message."""
        slack_methods.react(self.slack.web, self.id, message, name)

    def unreacts(self, name: str, message: Message) -> None:
        """Take an emoji off a message."""
        slack_methods.unreact(self.slack.web, self.id, message, name)

    async def opens_home(self) -> None:
        """Look at the app's Home tab."""
        self.slack.delivery.emit(
            {
                "type": "app_home_opened",
                "user": self.id,
                "channel": self.slack.world.direct(self.id).id,
                "tab": "home",
                "event_ts": self.slack.world.stamp(),
            }
        )
        await self.slack.delivery.settle()

    async def uses_shortcut(self, callback_id: str, message: Message | None = None) -> None:
        """Choose a global shortcut, or one on a message."""
        payload = self.envelope("shortcut" if message is None else "message_action")
        payload |= {"callback_id": callback_id, "action_ts": self.slack.world.stamp()}
        if message is not None:
            name = self.slack.world.channels[message.channel].name
            payload |= {"channel": {"id": message.channel, "name": name}}
            payload |= {"message": message.as_payload(), "message_ts": message.ts}
            payload["response_url"] = self.slack.response_url(self.id, message.channel, None)
        await self.slack.delivery.interact("interactive", payload)

    # --- seeing ----------------------------------------------------------------------------------

    async def _until(self, look: Callable[[], T | None], what: str, in_: Where) -> T:
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < deadline:
            found = look()
            if found:
                return found
            await asyncio.sleep(0.01)
        raise NotSeen(f"{self.user.name} does not see {what}. On screen:\n{self.screen(in_)}")

    def screen(self, in_: Where = None) -> str:
        """Everything on this person's screen there, oldest first, as they read it."""
        parts = []
        for at in reversed(self._surfaces(in_)):
            blocks = at.view["blocks"] if isinstance(at, View) else at.blocks
            title = at.view.get("title", {}).get("text", "") if isinstance(at, View) else ""
            text = "" if isinstance(at, View) else at.text
            parts.append(
                "\n".join(
                    p for p in (title, visible(self.slack.world, blocks, text, self.user.zone)) if p
                )
            )
        return "\n---\n".join(parts)

    async def sees(self, text: str, in_: Where = None) -> str:
        """Wait until the words can be read; the screen they are on."""
        return await self._until(lambda: self._holds(text, in_), repr(text), in_)

    def _holds(self, text: str, in_: Where) -> str | None:
        screen = self.screen(in_)
        return screen if re.search(re.escape(text), screen) else None

    async def sees_message(self, text: str, in_: Where = None) -> Message:
        """Wait until a message with these words is there; the newest one."""

        def look() -> Message | None:
            for at in self._surfaces(in_):
                if isinstance(at, Message) and text in visible(
                    self.slack.world, at.blocks, at.text, self.user.zone
                ):
                    return at
            return None

        return await self._until(look, f"a message with {text!r}", in_)

    async def sees_form(self, title: str) -> OpenForm:
        """Wait until a form with this title is open."""

        def look() -> View | None:
            mine = [v for v in self.slack.world.views.values() if v.user == self.id and v.open]
            return next((v for v in reversed(mine) if title in self._titles(v)), None)

        return OpenForm(self, await self._until(look, f"a form {title!r}", None))

    def _titles(self, view: View) -> list[str]:
        """The title: Slack's own short one, and a longer one as the first line."""
        shown = visible(self.slack.world, view.view["blocks"][:1], "", self.user.zone)
        return [read(self.slack.world, view.view["title"]["text"], "UTC"), shown.strip("*")]

    def files(self, place: Channel | None = None) -> list[tuple[str, str]]:
        """The files this person was sent (by direct message where no place is named)."""
        there = place or self.slack.world.direct(self.id)
        return [(f["name"], f["content"].decode()) for m in there.messages for f in m.files]

    def private(self) -> list[str]:
        """What only this person was told, oldest first."""
        return [
            visible(self.slack.world, m.blocks, m.text, self.user.zone)
            for m in self.slack.world.private
            if m.to == self.id
        ]

    def refused(self, name: str, message: Message) -> str:
        """The word Slack refuses a reaction with, empty where it takes it."""
        try:
            self.reacts(name, message)
        except SlackSays as no:
            return no.error
        return ""
