"""The HTTP server and callers who dawdle, or come in crowds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.runtime.process.web import Limits, Web

HALF = b"POST /answer HTTP/1.1\r\nHost: here\r\nX-Slow"
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def answer(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def opened(limits: Limits) -> Web:
    served = Web("127.0.0.1", 0, limits)
    await served.start([web.post("/answer", answer)])
    return served


@pytest.fixture
async def lines() -> AsyncIterator[list[Line]]:
    """Connections that a test has open; closed at its end."""
    made: list[Line] = []
    yield made
    for _, writer in made:
        writer.close()


async def call(served: Web, lines: list[Line], sent: bytes) -> Line:
    host, port = served.address.removeprefix("http://").rsplit(":", 1)
    line = await asyncio.open_connection(host, int(port))
    lines.append(line)
    line[1].write(sent)
    await line[1].drain()
    return line


async def closed(line: Line) -> bytes:
    """What it is told until the server closes it."""
    try:
        return await line[0].read()
    except ConnectionError:
        return b""


async def asks(served: Web, size: int = 3) -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{served.address}/answer", data=b"x" * size) as told,
    ):
        return await told.text()


async def test_a_head_that_is_never_finished_is_hung_up_on(lines: list[Line]):
    served = await opened(Limits(head=0.2))
    try:
        half = await call(served, lines, HALF)

        assert await closed(half) == b""
        assert await asks(served) == "3"
    finally:
        await served.stop()


async def test_a_body_that_is_never_finished_is_told_so(lines: list[Line]):
    served = await opened(Limits(whole=0.2))
    try:
        head = b"POST /answer HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nabc"
        slow = await call(served, lines, head)

        assert (await closed(slow)).startswith(b"HTTP/1.1 408")
        assert await asks(served) == "3"
    finally:
        await served.stop()


async def test_a_crowd_of_half_sent_heads_makes_nobody_wait(lines: list[Line]):
    served = await opened(Limits(head=600, open=20))
    try:
        crowd = [await call(served, lines, HALF) for _ in range(60)]

        assert await asks(served) == "3"
        for first in crowd[:40]:
            assert await closed(first) == b""
    finally:
        await served.stop()


async def test_one_address_makes_room_for_itself_and_not_for_others(monkeypatch, lines):
    monkeypatch.setattr("bot.runtime.process.web._HERE", frozenset())
    served = await opened(Limits(head=600, open=20, from_one=3))
    try:
        crowd = [await call(served, lines, HALF) for _ in range(5)]

        assert [await closed(line) for line in crowd[:2]] == [b"", b""]
        assert not crowd[4][0].at_eof()
        assert await asks(served) == "3"
    finally:
        await served.stop()


async def test_who_is_being_answered_is_not_hung_up_on(lines: list[Line]):
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slowly(request: web.Request) -> web.Response:
        asked.set()
        await may_answer.wait()
        return web.Response(text="well")

    served = Web("127.0.0.1", 0, Limits(head=600, whole=600, open=1))
    await served.start([web.get("/slowly", slowly)])
    try:
        first = await call(served, lines, b"GET /slowly HTTP/1.1\r\nHost: here\r\n\r\n")
        await asked.wait()
        second = await call(served, lines, HALF)

        assert await closed(second) == b""
        may_answer.set()
        assert await first[0].readline() == b"HTTP/1.1 200 OK\r\n"
    finally:
        await served.stop()


async def test_a_connection_may_ask_again_and_again():
    served = await opened(Limits())
    try:
        async with aiohttp.ClientSession() as session:
            for size in (1, 2, 3):
                async with session.post(f"{served.address}/answer", data=b"x" * size) as told:
                    assert await told.text() == str(size)
    finally:
        await served.stop()
