"""A chat platform made of lists as a process of its own, which outlives a killed bot: for tests only."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

HOST = "127.0.0.1"
"""Loopback and nothing else: there is no password here."""

REDELIVER_AFTER = 1.0
"""Seconds after which a gesture that nobody acknowledged is delivered again, with the same id."""

BOT = "als"

Json = dict[str, Any]


class NotStanding(Exception):
    """The message (or the button) somebody speaks of does not stand."""


@dataclass(slots=True)
class Message:
    """A message that stands or stood somewhere. `at` is the machine's steady clock."""

    ref: str
    at: float
    wish: Json
    card: Json
    reactions: list[tuple[str, str]] = field(default_factory=list)
    standing: bool = True

    def shown(self) -> Json:
        """As the control API tells it."""
        known = ("key", "installation", "place", "parent", "person", "again", "late")
        return {
            "ref": self.ref,
            "at": self.at,
            **{name: self.wish.get(name) for name in known},
            "card": self.card,
            "reactions": [list(pair) for pair in self.reactions],
            "standing": self.standing,
        }


@dataclass(slots=True)
class Gesture:
    """Something a person did, on its way to the bot until it is acknowledged."""

    number: str
    wish: Json
    sent_at: float = 0.0
    times: int = 0
    answer: Json | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class Town:
    """Everything that stands on the platform, and what is on its way to the bot."""

    def __init__(self) -> None:
        """Empty, with nothing wrong."""
        self.messages: dict[str, Message] = {}
        self.gestures: dict[str, Gesture] = {}
        self.waiting: dict[str, Gesture] = {}
        self.private: list[tuple[str, str, Json]] = []
        """Cards that only one person sees, as answers show them."""
        self.closed: set[str] = set()
        self.archived: set[str] = set()
        self.faults: list[str] = []
        self.slow = 0.0
        self.calls: list[tuple[str, float, str]] = []
        self.bots: list[web.WebSocketResponse] = []
        self._numbers = itertools.count(1)

    # --- what the bot does ---

    def post(self, wish: Json) -> Json:
        """A new message; refused where the place is archived or the person closed."""
        if wish["person"] in self.closed:
            raise Refusal("person", "dm_closed")
        if wish["place"] in self.archived:
            raise Refusal("destination", "is_archived")
        ref = f"m{next(self._numbers)}"
        self.messages[ref] = Message(ref, now(), wish, wish["card"])
        return {"ref": ref}

    def edit(self, wish: Json) -> Json:
        """Another card in a message that stands."""
        self._known(wish["ref"]).card = wish["card"]
        return {}

    def delete(self, wish: Json) -> Json:
        """A message away; one that is gone already is fine."""
        known = self.messages.get(wish["ref"])
        if known is not None:
            known.standing = False
        return {}

    def react(self, wish: Json) -> Json:
        """The bot's own marks; those there already are fine."""
        known = self._known(wish["ref"])
        for emoji in wish["reactions"]:
            if (BOT, emoji) not in known.reactions:
                known.reactions.append((BOT, emoji))
        return {}

    def look_up(self, wish: Json) -> Json:
        """The message with that key, if it ever came through."""
        found = (m.ref for m in self.messages.values() if m.wish["key"] == wish["key"])
        return {"ref": next(found, None)}

    def reactions(self, wish: Json) -> Json:
        """Who reacted, the bot left out."""
        known = self._known(wish["ref"])
        return {"votes": [list(pair) for pair in known.reactions if pair[0] != BOT]}

    def readers(self, wish: Json) -> Json:
        """Who reads a place: everybody who has ever done something there."""
        there = (g.wish["who"] for g in self.gestures.values() if g.wish["place"] == wish["place"])
        return {"readers": sorted(set(there))}

    def _known(self, ref: str) -> Message:
        known = self.messages.get(ref)
        if known is None or not known.standing:
            raise Refusal("gone", "message_not_found")
        return known

    # --- what people do ---

    def act(self, wish: Json) -> Gesture:
        """A person presses (by visible label), types, hands in a form or reacts."""
        if "press" in wish:
            wish["button"] = self._button(wish)
        if "react" in wish:
            self._put_reaction(wish)
        number = f"g{next(self._numbers)}"
        gesture = Gesture(number, {**wish, "delivery": "" if "react" in wish else number})
        self.gestures[number] = self.waiting[number] = gesture
        return gesture

    def _button(self, wish: Json) -> str:
        """The newest button of that label which this person can see in the place (or in a message)."""
        if "ref" not in wish:
            for who, place, card in reversed(self.private):
                if (who, place) == (wish["who"], wish["place"]):
                    found = _labelled(card, wish["press"])
                    if found:
                        return found
        for message in reversed(self.messages.values()):
            if not message.standing or wish.get("ref", message.ref) != message.ref:
                continue
            if message.wish["person"] not in ("", wish["who"]):
                continue
            if not message.wish["person"] and message.wish["place"] != wish["place"]:
                continue
            if found := _labelled(message.card, wish["press"]):
                return found
        raise NotStanding(wish["press"])

    def _put_reaction(self, wish: Json) -> None:
        message = next(
            (
                m
                for m in reversed(self.messages.values())
                if m.standing and m.wish["place"] == wish["place"]
                if wish["react"] in m.card["reactions"]
            ),
            None,
        )
        if message is None:
            raise NotStanding(wish["react"])
        pair = (wish["who"], wish["react"])
        message.reactions = [known for known in message.reactions if known != pair]
        if wish.get("on", True):
            message.reactions.append(pair)
        wish["ref"] = message.ref

    def acknowledge(self, number: str, answer: Json) -> None:
        """The bot has it: it is not delivered again. A second answer changes nothing."""
        gesture = self.waiting.pop(number, None)
        if gesture is not None:
            gesture.answer = answer
            shown = (gesture.wish["who"], gesture.wish["place"])
            self.private += [(*shown, card) for card in answer.get("cards", ())]
            gesture.answered.set()

    async def deliver(self) -> None:
        """Bring what waits to one of the bots: at once, and again after a moment."""
        open_ = [bot for bot in self.bots if not bot.closed]
        if not open_:
            return
        for number, gesture in list(self.waiting.items()):
            if gesture.times and now() - gesture.sent_at < REDELIVER_AFTER:
                continue
            gesture.sent_at, gesture.times = now(), gesture.times + 1
            bot = open_[gesture.times % len(open_)]
            try:
                await bot.send_json({"number": number, **gesture.wish})
            except ConnectionError:
                return

    def undelivered_again(self) -> None:
        """A bot has connected: what was sent to one that is gone is sent again at once."""
        for gesture in self.waiting.values():
            gesture.sent_at = 0.0


def _labelled(card: Json, label: str) -> str:
    return next((str(b["id"]) for b in card["buttons"] if b["label"] == label), "")


class Refusal(Exception):
    """The platform says no for certain."""

    def __init__(self, trouble: str, code: str, retry_after: float | None = None) -> None:
        """As `ports.Refused`, in words that travel."""
        super().__init__(code)
        self.told = {"trouble": trouble, "code": code, "retry_after": retry_after}


def now() -> float:
    """The machine's steady clock, the same in every process on it."""
    return asyncio.get_running_loop().time()


# --- over the wire ---


class Server:
    """The town behind an address."""

    def __init__(self) -> None:
        """Makes the routes."""
        self.town = Town()
        self.app = web.Application()
        self.app.add_routes(
            [
                *(web.post(f"/bot/{op}", self._call) for op in OPS),
                web.get("/bot/gestures", self._gestures),
                web.get("/messages", self._messages),
                web.get("/state", self._state),
                web.get("/gestures", self._every_gesture),
                web.post("/act", self._act),
                web.get("/answers/{number}", self._answer),
                web.post("/world", self._world),
            ]
        )
        self._runner: web.AppRunner | None = None
        self._delivering: asyncio.Task[None] | None = None

    async def start(self, port: int = 0) -> str:
        """Listen on loopback; gives the address."""
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        await site.start()
        self._delivering = asyncio.create_task(self._keep_delivering())
        found: tuple[str, int] = self._runner.addresses[0]
        return f"http://{HOST}:{found[1]}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._delivering is not None:
            self._delivering.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _keep_delivering(self) -> None:
        while True:
            await self.town.deliver()
            await asyncio.sleep(0.1)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        op = request.path.rpartition("/")[2]
        town = self.town
        wish: Json = await request.json()
        town.calls.append((op, now(), wish.get("bot", "")))
        if town.slow:
            await asyncio.sleep(town.slow)
        fault = town.faults.pop(0) if town.faults else ""
        if fault == "lose_request":
            return _hang_up(request)
        if fault == "429":
            told = Refusal("wait", "ratelimited", 1.0).told
            return web.json_response(told, status=409)
        try:
            answer = getattr(town, op)(wish)
        except Refusal as refusal:
            return web.json_response(refusal.told, status=409)
        if fault == "lose_answer":
            return _hang_up(request)
        return web.json_response(answer)

    async def _gestures(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=5.0)
        await socket.prepare(request)
        self.town.bots.append(socket)
        self.town.undelivered_again()
        await self.town.deliver()
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    told = frame.json()
                    self.town.acknowledge(told["number"], told["answer"])
        finally:
            self.town.bots.remove(socket)
        return socket

    async def _messages(self, request: web.Request) -> web.Response:
        every = "every" in request.query
        place = request.query.get("place")
        found = [
            m.shown()
            for m in self.town.messages.values()
            if (every or m.standing) and place in (None, m.wish["place"])
        ]
        return web.json_response(found)

    async def _state(self, request: web.Request) -> web.Response:
        town = self.town
        since = float(request.query.get("since", "0"))
        return web.json_response(
            {
                "now": now(),
                "connected": sum(not bot.closed for bot in town.bots),
                "calls": [call for call in town.calls if call[1] >= since],
                "waiting": len(town.waiting),
                "again": sum(max(g.times - 1, 0) for g in town.gestures.values()),
            }
        )

    async def _every_gesture(self, request: web.Request) -> web.Response:
        return web.json_response(
            [
                {"number": number, "times": g.times, "answer": g.answer, **g.wish}
                for number, g in self.town.gestures.items()
            ]
        )

    async def _act(self, request: web.Request) -> web.Response:
        wish = {"installation": "memory:town", "place": "", **await request.json()}
        try:
            gesture = self.town.act(wish)
        except NotStanding as missing:
            return web.json_response({"missing": str(missing)}, status=404)
        await self.town.deliver()
        return web.json_response({"number": gesture.number})

    async def _answer(self, request: web.Request) -> web.Response:
        gesture = self.town.gestures[request.match_info["number"]]
        try:
            async with asyncio.timeout(float(request.query.get("wait", "10"))):
                await gesture.answered.wait()
        except TimeoutError:
            return web.json_response({"answer": None, "times": gesture.times})
        return web.json_response({"answer": gesture.answer, "times": gesture.times})

    async def _world(self, request: web.Request) -> web.Response:
        wish: Json = await request.json()
        town = self.town
        town.closed = set(wish.get("closed", town.closed))
        town.archived = set(wish.get("archived", town.archived))
        town.faults = list(wish.get("faults", town.faults))
        town.slow = float(wish.get("slow", town.slow))
        return web.json_response({})


OPS = ("post", "edit", "delete", "react", "look_up", "reactions", "readers")


def _hang_up(request: web.Request) -> web.StreamResponse:
    """The connection breaks: the caller cannot know what became of it."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def serve(port: int) -> None:
    """Run until the process is stopped; the first line on standard output is the address."""
    server = Server()
    url = await server.start(port)
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()


def main() -> None:
    """`python -m tests.standins.memory_server --port 0`."""
    parser = argparse.ArgumentParser(description="A chat platform made of lists, for tests.")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    try:
        asyncio.run(serve(parser.parse_args().port))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
