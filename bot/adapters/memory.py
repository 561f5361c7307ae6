"""A chat platform made of lists behind a port object: for tests, the simulation and the script."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog

from bot.core.cards import Block, Buttons, Card, Form
from bot.core.signals import Caller, Change, Pressed, Reacted, Signal, Submitted, Typed
from bot.runtime.ports.incoming import Answer, File, Incoming, Receiver, Signer
from bot.runtime.ports.outgoing import (
    Absent,
    Destination,
    Found,
    LookedUp,
    NotSent,
    Outgoing,
    Reactions,
    Refused,
    Trouble,
)

if TYPE_CHECKING:
    from aiohttp import ClientSession

log = structlog.get_logger()

ARCHIVED = "is_archived"
"""How this platform says that a place takes nothing more."""

BOT = "als"
"""The bot's own id on this platform; its reactions are marks, never votes."""


@dataclass(frozen=True, slots=True)
class Posted:
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

    messages: dict[str, Posted] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    """People whose direct messages are closed."""

    archived: set[str] = field(default_factory=set)
    """Places that are archived."""

    strangers: set[str] | None = field(default_factory=set)
    """Who else reads along in every place; None where that cannot be asked."""

    log: list[tuple[str, Posted]] = field(default_factory=list)
    files: list[tuple[str, File]] = field(default_factory=list)
    """Every file that was brought, and to whom."""

    count: int = 0

    # --- the port ---

    async def post(self, out: Outgoing) -> str:
        """A new message; refused where the place is archived or the person closed."""
        self._refuse(out.destination)
        assert out.card is not None
        self.count += 1
        ref = f"m{self.count}"
        message = Posted(ref, out.key, out.destination, out.card, (), out.again, out.late_since)
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

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        """Whether a message with that key stands."""
        found = next((m for m in self.messages.values() if m.key == out.key), None)
        return Found(found.ref) if found else Absent()

    async def reactions(self, installation: str, ref: str) -> Reactions:
        """Who reacted, the bot left out."""
        known = self._known(ref)
        return Reactions(frozenset((p, e) for p, e in known.reactions if p != BOT))

    async def read_only_by(self, installation: str, place: str, members: Collection[str]) -> bool:
        """Whether all who read along are among these."""
        if self.strangers is None:
            raise Refused(Trouble.WAIT, "readers_unknown")
        return self.strangers <= set(members)

    async def bring(self, installation: str, person: str, file: File) -> None:
        """A file for one person; refused where they are closed."""
        self._refuse(Destination(person=person))
        self.files.append((person, file))

    # --- what people do ---

    def put_reaction(self, ref: str, person: str, emoji: str, *, on: bool = True) -> None:
        """A person's reaction on a message, put on or taken off."""
        known = self._known(ref)
        others = tuple(r for r in known.reactions if r != (person, emoji))
        self.messages[ref] = replace(known, reactions=(*others, (person, emoji)) if on else others)

    def _known(self, ref: str) -> Posted:
        if ref not in self.messages:
            raise Refused(Trouble.GONE, "message_not_found")
        return self.messages[ref]

    def _refuse(self, destination: Destination) -> None:
        if destination.person in self.closed:
            raise Refused(Trouble.PERSON, "dm_closed")
        if destination.place in self.archived:
            raise Refused(Trouble.DESTINATION, ARCHIVED, change=Change.ARCHIVED)


# --- the same platform as a process of its own, at ALS_MEMORY_URL: for tests only ---

RECONNECT_AFTER = 0.2


class RemoteMemory:
    """The bot's half of a platform in another process: it sends there and hears what people do."""

    name = "memory"

    def __init__(
        self,
        url: str,
        receiver: Receiver,
        signer: Signer,
        connected: Callable[[], Awaitable[object]],
        bot: str = "",
    ) -> None:
        """`connected` is called after each connect; `bot` names this process in the town's books."""
        self.url = url.rstrip("/")
        self.outbound = self
        self.tell: Callable[[str, bool], None] = lambda sentence, well: None
        self._receiver = receiver
        self._signer = signer
        self._connected = connected
        self._bot = bot
        self._session: ClientSession | None = None
        self._listening: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # --- starting and stopping ---

    async def start(self) -> str:
        """Connect, and keep connected."""
        self._listening = asyncio.create_task(self._listen())
        return f"Memory: connected to {self.url}."

    async def ended(self) -> None:
        """It goes on for ever."""
        if self._listening is not None:
            await asyncio.shield(self._listening)

    async def hang_up(self) -> None:
        """Disconnect; what people did and got no answer to is delivered again later."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def stop(self) -> None:
        """Disconnect for good."""
        await self.hang_up()
        if self._session is not None:
            await self._session.close()

    # --- the port ---

    async def post(self, out: Outgoing) -> str:
        """A new message, with its buttons sealed."""
        assert out.card is not None
        answer = await self._call("post", {**_where(out), "card": self._drawn(out, out.card)})
        return str(answer["ref"])

    async def edit(self, out: Outgoing) -> None:
        """Another card in a message that stands."""
        assert out.card is not None
        await self._call("edit", {"ref": out.ref, "card": self._drawn(out, out.card)})

    async def delete(self, out: Outgoing) -> None:
        """A message away."""
        await self._call("delete", {"ref": out.ref})

    async def react(self, out: Outgoing) -> None:
        """The bot's own marks."""
        await self._call("react", {"ref": out.ref, "reactions": list(out.reactions)})

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        """Whether a message with that key ever came through."""
        answer = await self._call("look_up", {"key": out.key})
        return Found(str(answer["ref"])) if answer["ref"] else Absent()

    async def reactions(self, installation: str, ref: str) -> Reactions:
        """Who reacted."""
        answer = await self._call("reactions", {"ref": ref})
        return Reactions(frozenset((p, e) for p, e in answer["votes"]))

    async def read_only_by(self, installation: str, place: str, members: Collection[str]) -> bool:
        """Whether all who read a place are among these."""
        answer = await self._call("readers", {"place": place})
        return set(answer["readers"]) <= set(members)

    async def _call(self, op: str, wish: dict[str, Any]) -> dict[str, Any]:
        import aiohttp

        wish["bot"] = self._bot
        try:
            async with self._client().post(f"{self.url}/bot/{op}", json=wish) as answer:
                told: dict[str, Any] = await answer.json()
        except aiohttp.ClientConnectorError as error:
            raise NotSent from error
        if answer.status == 409:
            change = Change.ARCHIVED if told["code"] == ARCHIVED else None
            trouble = Trouble[told["trouble"].upper()]
            raise Refused(trouble, told["code"], told["retry_after"], change=change)
        answer.raise_for_status()
        return told

    def _client(self) -> ClientSession:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    def _drawn(self, out: Outgoing, card: Card) -> dict[str, Any]:
        return self._sealed(out.installation, card)

    def _sealed(self, installation: str, card: Card) -> dict[str, Any]:
        buttons = [
            {"label": b.label, "id": self._signer.seal(installation, card, b)}
            for b in card.buttons()
        ]
        return {**_plain(card), "buttons": buttons}

    # --- what people do ---

    async def _listen(self) -> None:
        import aiohttp

        while True:
            with suppress(aiohttp.ClientError, ConnectionError):
                async with self._client().ws_connect(f"{self.url}/bot/gestures") as socket:
                    self._later(self._connected())
                    async for frame in socket:
                        self._later(self._hear(socket, frame.json()))
            await asyncio.sleep(RECONNECT_AFTER)

    def _later(self, work: Awaitable[object]) -> None:
        async def safely() -> None:
            try:
                await work
            except Exception as error:
                log.warning("memory_failed", error=type(error).__name__)

        task = asyncio.create_task(safely())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hear(self, socket: Any, gesture: dict[str, Any]) -> None:
        answer = await self._answer(gesture)
        await socket.send_json({"number": gesture["number"], "answer": answer})

    async def _answer(self, gesture: dict[str, Any]) -> dict[str, Any]:
        signal = self._signal(gesture)
        if signal is None:
            return {"refusal": "I do not know that button.", "code": "unknown_button"}
        place = gesture["place"]
        incoming = Incoming(
            gesture["delivery"],
            gesture["installation"],
            place,
            Caller(
                gesture["who"], gesture.get("name", gesture["who"].capitalize()), "Europe/London"
            ),
            signal,
            gesture.get("ref", "") if isinstance(signal, Reacted) else "",
            direct=not place,
        )
        if isinstance(signal, Pressed | Typed):
            form = await self._receiver.form(incoming)
            if isinstance(form, Form) and not form.counts:
                return {"form": _form(form)}
        else:
            form = None
        told = self._told(incoming, await self._receiver.receive(incoming))
        return {**told, "form": _form(form)} if isinstance(form, Form) else told

    def _told(self, incoming: Incoming, answer: Answer) -> dict[str, Any]:
        cards = [item for item in answer.told if isinstance(item, Card)]
        return {
            "told": [item for item in answer.told if isinstance(item, str)],
            "cards": [self._sealed(incoming.installation, card) for card in cards],
            "refusal": answer.refusal.sentence if answer.refusal else "",
            "code": answer.refusal.code if answer.refusal else "",
            "changed": answer.changed,
            "reference": answer.reference,
            "files": [asdict(file) for file in answer.files],
        }

    def _signal(self, gesture: dict[str, Any]) -> Signal | None:
        if "button" in gesture:
            return self._signer.open(gesture["installation"], gesture["button"])
        if "react" in gesture:
            return Reacted("", gesture["react"], gesture.get("on", True))
        if "type" in gesture:
            return Typed(gesture["type"], tuple((k, v) for k, v in gesture.get("args", {}).items()))
        fields = tuple((k, v) for k, v in gesture["fields"].items())
        step = gesture.get("step")
        return Submitted(
            gesture["form"], fields, gesture.get("subject", ""), step, gesture.get("value", "")
        )


def _where(out: Outgoing) -> dict[str, Any]:
    return {
        "key": out.key,
        "installation": out.installation,
        "place": out.destination.place,
        "parent": out.destination.parent,
        "person": out.destination.person,
        "again": out.again,
        "late": out.late_since is not None,
    }


def _plain(card: Card) -> dict[str, Any]:
    """A card as JSON: what a reader sees, the buttons left out."""
    return {
        "title": card.title,
        "lines": [line for block in card.blocks for line in _lines(block)],
        "summary": card.summary,
        "reactions": list(card.reactions),
        "calls": list(card.calls),
        "step": card.step,
        "subject": card.subject,
    }


def _lines(block: Block) -> list[str]:
    if isinstance(block, Buttons):
        return []
    return [text for value in asdict(block).values() for text in _texts(value)]


def _texts(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    return [str(value)] if value not in ("", None) and not isinstance(value, bool) else []


def _form(form: Form) -> dict[str, Any]:
    return {
        "form": form.key,
        "title": form.title,
        "subject": form.subject,
        "step": form.step,
        "value": form.value,
        "fields": {field.key: field.value for field in form.fields},
    }
