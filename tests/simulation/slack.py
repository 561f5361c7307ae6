"""A Slack that fails, below the real adapter: its current posts, its history, its own clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.adapters.slack import names
from bot.adapters.slack.outbound import SlackOutbound
from bot.core.cards import Card
from bot.runtime.delivery.platform_time import PlatformClock
from bot.runtime.ports.outgoing import Destination, Outgoing
from tests.simulation.world import (
    FAULTS,
    LATEST_LANDING,
    LONGEST_LAG,
    USUAL_LAG,
    World,
    touch,
)

BOT = "als"
"""The bot's own id; its reactions are marks, never votes."""

SHORT_PAGE = 4
MOST_CHATTER = 110
"""Messages of other people around the bot's own: more than the pages that are ever turned."""

REST = timedelta(hours=1, minutes=2)
"""How long the bot leaves a channel alone that refused it."""

drawn: ContextVar[Outgoing | None] = ContextVar("drawn", default=None)
"""What the adapter was asked to send: the payload carries blocks, a story compares cards."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that stands somewhere, and from when on (by steady time) the history shows it."""

    ref: str
    key: str
    destination: Destination
    card: Card
    ts: float
    seen_from: float
    reactions: tuple[tuple[str, str], ...] = ()
    again: bool = False
    thread: str = ""
    installation: str = ""
    metadata: Any = None


@dataclass(slots=True)
class Landing:
    """A message that stood on the platform at some time, by the bot's clock."""

    at: datetime
    installation: str
    message: Message


class Told:
    """An answer of the Web API."""

    def __init__(self, now: datetime, status: int = 200, **data: Any) -> None:
        self.data = data
        self.status_code = status
        self.headers: Mapping[str, str] = {"Date": format_datetime(now, usegmt=True)}

    def get(self, key: str, default: Any = None) -> Any:
        return self.data.get(key, default)


Meanwhile = Callable[[str], Awaitable[None]]


async def nothing(method: str) -> None:
    """Nobody does anything while a request is in flight."""


@dataclass(slots=True)
class Slack:
    """Channels and direct messages, failing as the seed says. `landed` is all that ever stood there."""

    world: World
    messages: dict[str, Message] = field(default_factory=dict)
    landed: list[Landing] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    archived: set[str] = field(default_factory=set)
    could_not_ask: set[str] = field(default_factory=set)
    """Keys of messages that the bot wanted to look up and could not."""

    _shut: dict[str, datetime] = field(default_factory=dict)
    counted: list[frozenset[tuple[str, str]]] = field(default_factory=list)
    """Who had reacted with what whenever the bot asked and was answered."""

    places_closed: bool = False
    count: int = 0
    meanwhile: Meanwhile = nothing

    def copied(self, world: World) -> Slack:
        """The same place in another world, which is well until it fails."""
        return Slack(world, dict(self.messages), list(self.landed), count=self.count)

    def archive(self, place: str) -> None:
        """The channel takes nothing any more."""
        self.archived.add(place)
        self._shut[place] = self.world.clock.now()
        self.places_closed = True

    def close(self, person: str) -> None:
        """Somebody takes no direct messages any more."""
        self.closed.add(person)
        forever = datetime.max.replace(tzinfo=UTC)
        self.world.cannot_send(person, self.world.clock.now(), forever)

    def unarchive(self) -> None:
        """They take messages again; the bot, which rests for an hour, may know it only then."""
        for place in self.archived:
            self.world.cannot_send(place, self._shut[place], self.world.clock.now() + REST)
        self.archived.clear()

    def put_reaction(self, ref: str, person: str, emoji: str, *, on: bool = True) -> None:
        """A person's reaction on a message, put on or taken off."""
        known = self.messages[ref]
        others = tuple(r for r in known.reactions if r != (person, emoji))
        self.messages[ref] = replace(known, reactions=(*others, (person, emoji)) if on else others)

    # --- the Web API ---

    async def call(self, installation: str, method: str, asked: Mapping[str, Any]) -> Told:
        """One request, with everything that can go wrong before and after it is done."""
        if method in _QUIET:
            return self._done(installation, method, asked)
        touch(method)
        if self.world.chance(0.5):
            await self.meanwhile(method)
        told = self._with_fault(installation, method, asked)
        await self.meanwhile(method)
        touch(f"{method} answered")
        if isinstance(told, BaseException):
            raise told
        return told

    def _with_fault(
        self, installation: str, method: str, asked: Mapping[str, Any]
    ) -> Told | Exception:
        """The answer, or what comes instead of it."""
        world = self.world
        if method in _ASKING:
            if world.chance(world.rate / 2):
                world.note("reactions failed" if method == "reactions.get" else "look-up failed")
                return self._cut(method, asked)
            return self._safely(installation, method, asked)
        fault = world.random.choice(FAULTS) if world.chance(world.rate) else ""
        if fault:
            world.note(fault)
        match fault:
            case "429":
                told = self._told(429, ok=False, error="ratelimited")
                told.headers = {**told.headers, "Retry-After": f"{world.random.randint(1, 30)}"}
                return SlackApiError("", told)
            case "lost request":
                return aiohttp.ServerDisconnectedError()
            case "5xx before":
                return SlackApiError("", self._told(503))
            case "late landing":
                if (refused := self._refusal(installation, method, asked)) is not None:
                    return refused
                if method == "chat.update":
                    if not world.on("late edit"):
                        self._safely(installation, method, asked)
                        return TimeoutError()
                    world.note("edit landed late")
                out = drawn.get()

                def land() -> None:
                    drawn.set(out)
                    self._safely(installation, method, asked)

                world.later(world.random.uniform(0.5, LATEST_LANDING), land)
                return TimeoutError()
        told_or_not = self._safely(installation, method, asked)
        if fault == "lost answer":
            return aiohttp.ServerDisconnectedError()
        if fault == "5xx after":
            return SlackApiError("", self._told(503))
        return told_or_not

    def _cut(self, method: str, asked: Mapping[str, Any]) -> Exception:
        if (out := drawn.get()) is not None:
            self.could_not_ask.add(out.key)
        if self.world.chance(0.5):
            return aiohttp.ServerDisconnectedError()
        return SlackApiError("", self._told(500))

    def _safely(
        self, installation: str, method: str, asked: Mapping[str, Any]
    ) -> Told | SlackApiError:
        refused = self._refusal(installation, method, asked)
        return refused or self._done(installation, method, asked)

    def _refusal(
        self, installation: str, method: str, asked: Mapping[str, Any]
    ) -> SlackApiError | None:
        channel = str(asked.get("channel", ""))
        person = channel.removeprefix("D-") if channel.startswith("D-") else ""
        ref = names.reference(channel, str(asked.get("ts") or asked.get("timestamp") or ""))
        error = ""
        if method == "chat.postMessage" and person in self.closed:
            self.world.note("closed DM")
            error = "messages_tab_disabled"
        elif method in ("chat.postMessage", "chat.update") and channel in self.archived:
            self.world.note("archived channel")
            error = "is_archived"
        elif method in _ON_ONE and ref not in self.messages:
            error = "message_not_found"
        if not error:
            return None
        return SlackApiError("", self._told(ok=False, error=error))

    def _told(self, status: int = 200, **data: Any) -> Told:
        return Told(self.world.platform_now(), status, **data)

    def _done(self, installation: str, method: str, asked: Mapping[str, Any]) -> Told:
        match method:
            case "chat.postMessage":
                return self._land(installation, asked)
            case "chat.update":
                self._edit(asked)
            case "chat.delete":
                self.messages.pop(names.reference(str(asked["channel"]), str(asked["ts"])), None)
            case "reactions.add":
                ref = names.reference(str(asked["channel"]), str(asked["timestamp"]))
                emoji = names.EMOJI[str(asked["name"])]
                self.put_reaction(ref, BOT, emoji)
            case "reactions.get":
                return self._reactions(asked)
            case "conversations.open":
                return self._told(ok=True, channel={"id": f"D-{asked['users']}"})
            case "users.info":
                return self._told(ok=True, user={"name": asked["user"]})
            case "conversations.info":
                return self._told(ok=True, channel={"id": asked["channel"], "is_private": True})
            case "conversations.members":
                return self._told(ok=True, members=[])
            case "conversations.history" | "conversations.replies":
                return self._history(method, asked)
            case _:
                raise AssertionError(method)
        return self._told(ok=True)

    def _land(self, installation: str, asked: Mapping[str, Any]) -> Told:
        out = drawn.get()
        assert out is not None
        assert out.card is not None
        self.count += 1
        channel = str(asked["channel"])
        # No two messages of a channel have one time stamp.
        ts = round(self.world.platform_now().timestamp(), 3) + self.count / 1e6
        ref = names.reference(channel, f"{ts:.6f}")
        person = channel.removeprefix("D-") if channel.startswith("D-") else ""
        where = Destination(place="" if person else channel, person=person)
        metadata = asked["metadata"]
        message = Message(
            ref, str(metadata["event_payload"]["key"]), where, out.card, ts, self._seen_from(),
            (), out.again, str(asked.get("thread_ts", "")), installation, metadata,
        )  # fmt: skip
        self.messages[ref] = message
        self.landed.append(Landing(self.world.clock.now(), installation, message))
        return self._told(ok=True, channel=channel, ts=f"{ts:.6f}")

    def _seen_from(self) -> float:
        """From when on the history shows what lands now."""
        late = self.world.on("late history") and bool(self.world.rate) and self.world.chance(0.5)
        if late:
            self.world.note("history late")
        longest = (LONGEST_LAG if late else USUAL_LAG).total_seconds()
        lag = self.world.random.uniform(longest / 2, longest)
        return self.world.clock.steady() + lag

    def _edit(self, asked: Mapping[str, Any]) -> None:
        out = drawn.get()
        assert out is not None
        assert out.card is not None
        ref = names.reference(str(asked["channel"]), str(asked["ts"]))
        self.messages[ref] = replace(self.messages[ref], card=out.card)

    def _reactions(self, asked: Mapping[str, Any]) -> Told:
        ref = names.reference(str(asked["channel"]), str(asked["timestamp"]))
        self.counted.append(frozenset(r for r in self.messages[ref].reactions if r[0] != BOT))
        by_name: dict[str, list[str]] = {}
        for person, emoji in self.messages[ref].reactions:
            by_name.setdefault(names.NAMES[emoji], []).append(person)
        listed = [{"name": n, "users": who, "count": len(who)} for n, who in by_name.items()]
        return self._told(ok=True, message={"user": BOT, "reactions": listed})

    # --- history, by the platform's own clock ---

    def _history(self, method: str, asked: Mapping[str, Any]) -> Told:
        channel, oldest = str(asked["channel"]), float(str(asked["oldest"]))
        latest = float(str(asked.get("latest", self.world.platform_now().timestamp() + 1)))
        thread = str(asked["ts"]) if method == "conversations.replies" else ""
        ours = [
            m
            for m in self.messages.values()
            if m.ref.startswith(f"{channel}/")
            and oldest <= m.ts <= latest
            and (f"{m.ts:.6f}" == thread or m.thread == thread)
        ]
        if self.world.skew and any(m.installation for m in ours):
            self.world.note("look-up over a skew")
        shown = [m for m in ours if m.seen_from <= self.world.clock.steady()]
        if len(shown) < len(ours):
            self.world.note("message not shown yet")
        listed: list[dict[str, Any]] = [
            {"ts": f"{m.ts:.6f}", "user": BOT, "metadata": m.metadata}
            for m in sorted(shown, key=lambda m: -m.ts)
        ]
        return self._page(listed, asked)

    def _page(self, listed: list[dict[str, Any]], asked: Mapping[str, Any]) -> Told:
        """As much as a page holds; on a bad day pages are short and other people talk a lot."""
        if not (self.world.on("short pages") and self.world.rate):
            return self._told(ok=True, messages=listed)
        self.world.note("history in pages")
        talk = int(float(str(asked["oldest"]))) % MOST_CHATTER
        newest = f"{self.world.platform_now().timestamp():.6f}"
        listed = [*({"ts": newest, "user": "talk"} for _ in range(talk)), *listed]
        start = int(asked.get("cursor", 0))
        page = listed[start : start + SHORT_PAGE]
        more = start + SHORT_PAGE < len(listed)
        if more and start // SHORT_PAGE >= 19:
            self.world.note("history ended at its pages")
            if (out := drawn.get()) is not None:
                self.could_not_ask.add(out.key)
        following = {"next_cursor": f"{start + SHORT_PAGE}" if more else ""}
        return self._told(ok=True, messages=page, response_metadata=following)


_QUIET = ("conversations.open", "conversations.info", "users.info", "conversations.members")
"""What changes nothing and always works."""

_ASKING = ("conversations.history", "conversations.replies", "reactions.get")
_ON_ONE = ("chat.update", "reactions.add", "reactions.get")


class Web:
    """The client the adapter holds: `api_call` as slack_sdk has it, into our Slack."""

    def __init__(self, slack: Slack, installation: str, clock: PlatformClock) -> None:
        self._slack = slack
        self._installation = installation
        self._clock = clock

    async def api_call(
        self,
        method: str,
        *,
        http_verb: str = "POST",
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Told:
        try:
            told = await self._slack.call(self._installation, method, json or params or {})
        except SlackApiError as refused:
            self._hear(refused.response)
            raise
        self._hear(told)
        return told

    def _hear(self, told: Told) -> None:
        """The time that stands in every answer, as the real session hears it."""
        if told.status_code < 500:
            steady = self._slack.world.clock.steady()
            self._clock.heard(parsedate_to_datetime(told.headers["Date"]), steady, steady)


class Seat(SlackOutbound):
    """The product's own Slack adapter at our Slack: one for each process."""

    def __init__(self, slack: Slack, signer: Any) -> None:
        clock = PlatformClock(slack.world.clock.steady)

        async def client(installation: str) -> Any:
            return Web(slack, installation, clock)

        super().__init__(client, signer, clock=clock)

    async def post(self, out: Outgoing) -> str:
        drawn.set(out)
        return await super().post(out)

    async def edit(self, out: Outgoing) -> None:
        drawn.set(out)
        await super().edit(out)

    async def look_up(self, out: Outgoing, *when: Any, **more: Any) -> Any:
        drawn.set(out)
        return await super().look_up(out, *when, **more)
