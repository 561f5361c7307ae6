"""The gateway: sessions that can be resumed, events by intent and shard, frames plain or zlib."""

from __future__ import annotations

import json
import secrets
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.standins.discord.world import Json

if TYPE_CHECKING:
    from tests.standins.discord.server import Server

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
INTENTS = {"GUILD_": 1 << 0, "CHANNEL_": 1 << 0, "THREAD_": 1 << 0}
REACTION_GUILD, REACTION_DIRECT = 1 << 10, 1 << 13
MESSAGE_GUILD, MESSAGE_DIRECT, CONTENT = 1 << 9, 1 << 12, 1 << 15


@dataclass
class Session:
    """One identified client: what it has been sent, so that RESUME can replay it."""

    id: str
    intents: int
    shard: tuple[int, int]
    socket: Socket | None = None
    sequence: int = 0
    sent: list[Json] = field(default_factory=list)
    valid: bool = True


class Socket:
    """One WebSocket, perhaps compressed."""

    def __init__(self, ws: web.WebSocketResponse, *, compressed: bool) -> None:
        self.ws = ws
        self.zip = zlib.compressobj() if compressed else None

    async def send(self, frame: Json) -> None:
        text = json.dumps(frame)
        if self.ws.closed:
            return
        if self.zip is None:
            await self.ws.send_str(text)
            return
        packed = self.zip.compress(text.encode()) + self.zip.flush(zlib.Z_SYNC_FLUSH)
        await self.ws.send_bytes(packed)


class Gateway:
    """Every session, and the dispatch of what happens."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.sessions: dict[str, Session] = {}
        self.identified: list[tuple[int, int]] = []
        self.resumed = 0
        self.shards = 1
        self.starts_left = 1000
        self.twice = False

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, from HELLO to its end."""
        ws = web.WebSocketResponse(max_msg_size=4096)
        await ws.prepare(request)
        socket = Socket(ws, compressed=request.query.get("compress") == "zlib-stream")
        await socket.send({"op": HELLO, "d": {"heartbeat_interval": 41250}, "s": None, "t": None})
        session: Session | None = None
        async for message in ws:
            if message.type is not WSMsgType.TEXT:
                break
            session = await self._frame(socket, session, json.loads(message.data))
        if session is not None and session.socket is socket:
            session.socket = None
        return ws

    async def _frame(self, socket: Socket, session: Session | None, frame: Json) -> Session | None:
        match frame["op"]:
            case 1:
                await socket.send({"op": ACK, "d": None, "s": None, "t": None})
            case 2:
                return await self._identify(socket, frame["d"])
            case 6:
                return await self._resume(socket, frame["d"])
            case _:
                pass
        return session

    async def _identify(self, socket: Socket, data: Json) -> Session | None:
        code = self._refuses(data)
        if code:
            await socket.ws.close(code=code)
            return None
        shard = tuple(data.get("shard") or (0, 1))
        session = Session(secrets.token_hex(8), data["intents"], (shard[0], shard[1]), socket)
        self.sessions[session.id] = session
        self.identified.append(session.shard)
        self.starts_left -= 1
        await self._ready(session)
        return session

    def _refuses(self, data: Json) -> int:
        if data["token"] != self.server.token:
            return 4004
        if data["intents"] & PRIVILEGED & ~self.server.privileged:
            return 4014
        return 0

    async def _ready(self, session: Session) -> None:
        guilds = [g for g in self.server.guilds.values() if self._on_shard(session, g.id)]
        await self._send(
            session,
            "READY",
            {
                "v": 10,
                "user": self.server.bot.json(),
                "guilds": [{"id": str(g.id), "unavailable": True} for g in guilds],
                "session_id": session.id,
                "resume_gateway_url": self.server.gateway_url,
                "shard": list(session.shard),
                "application": {"id": str(self.server.application_id), "flags": 0},
                "private_channels": [],
            },
        )
        for guild in guilds:
            await self._send(session, "GUILD_CREATE", guild.json(self.server.bot))

    async def _resume(self, socket: Socket, data: Json) -> Session | None:
        session = self.sessions.get(data["session_id"])
        if session is None or not session.valid or data["token"] != self.server.token:
            await socket.send({"op": INVALID, "d": False, "s": None, "t": None})
            return None
        session.socket = socket
        self.resumed += 1
        for frame in [f for f in session.sent if f["s"] > (data["seq"] or 0)]:
            await socket.send(frame)
        await self._send(session, "RESUMED", {})
        return session

    async def _send(self, session: Session, event: str, data: Json) -> None:
        session.sequence += 1
        frame = {"op": DISPATCH, "t": event, "s": session.sequence, "d": data}
        session.sent.append(frame)
        if session.socket is not None:
            await session.socket.send(frame)

    def _on_shard(self, session: Session, guild_id: int | None) -> bool:
        number, of = session.shard
        return number == (0 if guild_id is None else (guild_id >> 22) % of)

    async def dispatch(self, event: str, data: Json, guild_id: int | None = None) -> None:
        """Tell every session that wants to know; a lost one finds it when it resumes."""
        for session in tuple(self.sessions.values()):
            if not session.valid or not self._on_shard(session, guild_id):
                continue
            if not _wanted(session.intents, event, guild_id):
                continue
            for _ in range(2 if self.twice else 1):
                await self._send(session, event, _within(session.intents, event, data))

    async def drop(self, *, resumable: bool = True, code: int = 4000) -> None:
        """Close every connection; a session that is not resumable is forgotten."""
        for session in tuple(self.sessions.values()):
            session.valid = session.valid and resumable
            socket, session.socket = session.socket, None
            if socket is not None:
                await socket.ws.close(code=code)

    async def invalidate(self, *, resumable: bool) -> None:
        """Opcode 9: the session is over, or may be resumed."""
        for session in tuple(self.sessions.values()):
            session.valid = session.valid and resumable
            if session.socket is not None:
                await session.socket.send({"op": INVALID, "d": resumable, "s": None, "t": None})

    async def ask_to_reconnect(self) -> None:
        """Opcode 7, as Discord sends it several times a day."""
        for session in tuple(self.sessions.values()):
            if session.socket is not None:
                await session.socket.send({"op": RECONNECT, "d": None, "s": None, "t": None})

    @property
    def connected(self) -> int:
        """How many sessions have an open socket."""
        return sum(s.socket is not None for s in self.sessions.values())

    async def handle_bot(self, request: web.Request) -> web.Response:
        """How many shards Discord recommends, and how many starts are left today."""
        limit: dict[str, Any] = {
            "total": 1000,
            "remaining": self.starts_left,
            "reset_after": 3_600_000,
            "max_concurrency": 1,
        }
        return web.json_response(
            {"url": self.server.gateway_url, "shards": self.shards, "session_start_limit": limit}
        )


def _wanted(intents: int, event: str, guild_id: int | None) -> bool:
    if event == "INTERACTION_CREATE":
        return True
    if event.startswith("MESSAGE_REACTION"):
        return bool(intents & (REACTION_DIRECT if guild_id is None else REACTION_GUILD))
    if event.startswith("MESSAGE_"):
        return bool(intents & (MESSAGE_DIRECT if guild_id is None else MESSAGE_GUILD))
    if event.startswith("GUILD_MEMBER") or event == "THREAD_MEMBERS_UPDATE":
        return bool(intents & 1 << 1)
    return any(event.startswith(p) and intents & bit for p, bit in INTENTS.items())


def _within(intents: int, event: str, data: Json) -> Json:
    """What other people wrote comes empty without the right to read it."""
    if event != "MESSAGE_CREATE" or intents & CONTENT or "guild_id" not in data:
        return data
    if data["author"]["bot"] or data["mentions"]:
        return data
    return data | {"content": "", "components": [], "embeds": [], "attachments": []}
