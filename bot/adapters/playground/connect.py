"""The page's doors: one page, its files and one WebSocket, on this machine alone."""

from __future__ import annotations

import asyncio
import errno
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import structlog
from aiohttp import WSMsgType, web

from bot.adapters.cast import CAST, Persona
from bot.adapters.playground.dispatch import Play
from bot.adapters.playground.inbound import Gesture, Reset, Unreadable, Watch, read
from bot.adapters.playground.outbound import World, WorldOutbound
from bot.adapters.playground.picture import LookOf
from bot.adapters.playground.render import Json, instant
from bot.core.verbs import VERBS, Verb
from bot.runtime.ports.incoming import Receiver, Signer
from bot.runtime.ports.stage import Stage

HOSTS = ("127.0.0.1", "localhost", "::1")
"""Where the page may be served: this machine alone."""

LARGEST_MESSAGE = 512 * 1024
"""Bytes of one message from the page."""

MOST_TABS = 20
"""Tabs that may look at once."""

TOGETHER = 0.02
"""Seconds in which changes are gathered into one picture."""

LOOK_AGAIN = 1.0
"""Seconds after which a page on which nobody acts is told what time it is."""

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
}

OUR_FAULT = "Something went wrong on this machine; the terminal says more. Please try again."
WRONG_DOOR = "Please open the exact address that the terminal shows: its key is missing or wrong."
TOO_MANY = "Many tabs are open already; close one, please."

log = structlog.get_logger()


class Tab:
    """One open page: who is played there, and the pictures it is sent."""

    def __init__(self, socket: web.WebSocketResponse, play: Play, person: str) -> None:
        """A tab plays `person` until it says otherwise."""
        self.socket = socket
        self.person = person
        self.look = ""
        self._play = play
        self._changed = asyncio.Event()
        self._changed.set()

    def changed(self) -> None:
        """Something this tab shows may look different now."""
        self._changed.set()

    async def send(self, kind: str, content: Json) -> None:
        """One message to the page; a tab that has gone is no trouble."""
        with suppress(ConnectionError):
            await self.socket.send_str(json.dumps({"type": kind, **content}))

    async def keep_drawing(self, stage: Stage) -> None:
        """A whole picture after each change; between changes only what time it is."""
        look = None
        while not self.socket.closed:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), LOOK_AGAIN)
            if self._changed.is_set() or self._play.look() != look:
                await asyncio.sleep(TOGETHER)
                self._changed.clear()
                look = self._play.look()
                await self.send("state", self._play.view(self.person, self.look))
            else:
                await self.send("now", {"now": instant(stage.now())})


class Playground:
    """The page, from its start to its stop. Nothing that happens on it leaves the machine."""

    def __init__(
        self,
        receiver: Receiver,
        stage: Stage,
        signer: Signer,
        personas: tuple[Persona, ...] = CAST,
        installation: str = "playground",
        place: str = "aurora",
        looks: Mapping[str, LookOf] | None = None,
        world: World | None = None,
    ) -> None:
        """`looks` are other platforms' renderers by name; `world` one that was made before."""
        self.token = secrets.token_urlsafe(24)
        self.url = ""
        self.note = ""
        self.world = world or new_world(place, stage.now, personas)
        self._stage = stage
        self._personas = personas
        self._looks = dict(looks or {})
        self._play = Play(receiver, stage, signer, self.world, personas, installation, self._looks)
        self._tabs: set[Tab] = set()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def outbound(self) -> WorldOutbound:
        """Where the outbox sends what is for this installation."""
        return WorldOutbound(self.world)

    async def start(self, host: str = "127.0.0.1", port: int = 8765) -> str:
        """Open the page and return its address. A taken port is left for a free one, see `note`."""
        if host not in HOSTS:
            raise ValueError(f"the playground is for this machine alone: {', '.join(HOSTS)}")
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        self._port = await _listen(self._runner, host, port)
        if port not in (0, self._port):
            self.note = f"Port {port} is taken, so the page is on port {self._port}."
            log.info("port_taken", asked=port, port=self._port)
        self.world.heard.append(self._world_changed)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._port}/?k={self.token}"
        return self.url

    async def stop(self) -> None:
        """Close every tab and the door."""
        for tab in tuple(self._tabs):
            await tab.socket.close(code=1001, message=b"stopped")
        if self._runner is not None:
            await self._runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/", self._page)
        app.router.add_get("/static/{name}", self._file)
        app.router.add_get("/ws", self._socket)
        app.router.add_get("/file/{message}", self._download)
        return app

    # --- the doors --------------------------------------------------------------------------------

    @web.middleware
    async def _guard(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Only this machine's own name, and only pages of ours: a foreign site gets nothing."""
        origin = request.headers.get("Origin")
        ours = {f"http://{name}" for name in self._names()}
        if request.headers.get("Host") not in self._names() or origin not in (None, *ours):
            return _with_headers(web.Response(status=403, text="This page is for this machine."))
        try:
            response = await handler(request)
        except web.HTTPException as refused:
            response = web.Response(status=refused.status, text=refused.reason)
        return response if response.prepared else _with_headers(response)

    def _names(self) -> set[str]:
        return {f"{f'[{host}]' if ':' in host else host}:{self._port}" for host in HOSTS}

    def _has_key(self, request: web.Request) -> bool:
        given = request.query.get("k", "").encode("utf-8", "replace")
        return hmac.compare_digest(given, self.token.encode())

    async def _page(self, request: web.Request) -> web.Response:
        if not self._has_key(request):
            return web.Response(status=403, text=WRONG_DOOR)
        return _file_named("index.html")

    async def _file(self, request: web.Request) -> web.Response:
        return _file_named(request.match_info["name"])

    async def _download(self, request: web.Request) -> web.Response:
        """A file the bot brought, to keep; never shown in the page itself."""
        if not self._has_key(request):
            return web.Response(status=403, text=WRONG_DOOR)
        message = self.world.find(request.match_info["message"])
        if message is None or message.file is None:
            raise web.HTTPNotFound
        kept = f"attachment; filename*=UTF-8''{quote(message.file.name, safe='')}"
        return web.Response(
            body=message.file.text.encode(),
            content_type="application/octet-stream",
            headers={"Content-Disposition": kept},
        )

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if not self._has_key(request) or request.headers.get("Origin") is None:
            return web.Response(status=403, text=WRONG_DOOR)
        if len(self._tabs) >= MOST_TABS:
            return web.Response(status=503, text=TOO_MANY)
        socket = web.WebSocketResponse(max_msg_size=LARGEST_MESSAGE, heartbeat=30.0)
        await socket.prepare(request)
        tab = Tab(socket, self._play, self._personas[0].id)
        self._tabs.add(tab)
        drawing = asyncio.create_task(self._draw(tab))
        try:
            await self._listen(tab)
        finally:
            self._tabs.discard(tab)
            drawing.cancel()
            with suppress(asyncio.CancelledError):
                await drawing
        return socket

    async def _draw(self, tab: Tab) -> None:
        await tab.send("hello", self._hello())
        try:
            await tab.keep_drawing(self._stage)
        except Exception as error:
            log.error("drawing_failed", error=type(error).__name__)
            await tab.socket.close(code=1011)

    async def _listen(self, tab: Tab) -> None:
        async for message in tab.socket:
            if message.type is WSMsgType.TEXT:
                gesture = read(message.data)
            else:
                gesture = Unreadable("The page sent something I cannot read; reload it, please.")
            await tab.send("reply", await self._reply(tab, gesture))

    async def _reply(self, tab: Tab, gesture: Gesture | Unreadable) -> Json:
        if isinstance(gesture, Unreadable):
            return {"id": gesture.id, "refused": gesture.sentence}
        try:
            reply = await self._play.do(gesture)
        except Exception as error:
            # Never the words: they are in the gesture, not in the log.
            log.error("gesture_failed", gesture=type(gesture).__name__, error=type(error).__name__)
            reply = {"refused": OUR_FAULT}
        if isinstance(gesture, Watch) and "refused" not in reply:
            tab.person, tab.look = gesture.who, gesture.look
        if isinstance(gesture, Watch | Reset):
            tab.changed()
        return {"id": gesture.id, **reply}

    def _world_changed(self) -> None:
        for tab in self._tabs:
            tab.changed()

    def _hello(self) -> Json:
        """What stays the same as long as the page is open."""
        return {
            "place": self.world.place,
            "personas": [{"id": p.id, "name": p.name, "about": p.about} for p in self._personas],
            "verbs": [_verb(verb) for verb in VERBS],
            "looks": list(self._looks),
        }


def new_world(
    place: str, now: Callable[[], datetime], personas: tuple[Persona, ...] = CAST
) -> World:
    """An empty channel with these people in it; `now` is what the bot's clock says."""
    return World(place, {persona.id: persona.name for persona in personas}, now)


def _verb(verb: Verb) -> Json:
    return {
        "name": verb.name,
        "help": verb.help,
        "options": [{"name": o.name, "help": o.help, "choices": o.choices} for o in verb.options],
    }


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    """The port that was taken for the page: the one asked for, or a free one."""
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES) or port == 0:
            raise
        site = web.TCPSite(runner, host, 0)
        await site.start()
    address: tuple[str, int] = runner.addresses[0]
    return address[1]


def _file_named(name: str) -> web.Response:
    """One of the page's own files, never another."""
    path = STATIC / name
    if path.suffix not in TYPES or path not in set(STATIC.iterdir()):
        raise web.HTTPNotFound
    return web.Response(body=path.read_bytes(), content_type=TYPES[path.suffix], charset="utf-8")


def _with_headers(response: web.StreamResponse) -> web.StreamResponse:
    """No script but ours, no request but to us, nothing kept, nothing told to other sites."""
    response.headers.update(
        {
            "Content-Security-Policy": (
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            "Cache-Control": "no-store",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
    )
    return response
