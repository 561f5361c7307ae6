"""A wire to PostgreSQL that is cut at COMMIT: before it arrives, or before its answer does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum

from sqlalchemy import make_url

CHUNK = 65536


class Cut(StrEnum):
    """What becomes of the next COMMIT. The client's connection is cut in each case."""

    BEFORE = "it never arrives"
    ANSWER = "it is done, and its answer is lost"
    STILL = "it arrives only when `arrive` is called, from a client that is gone"


class Wire:
    """Stands between a bot and a server on a unix socket. Everything in threads of its own."""

    def __init__(self, url: str) -> None:
        """`url` is of the database behind it; `self.url` is the same one through the wire."""
        there = make_url(url)
        self._socket = f"{there.query['host']}/.s.PGSQL.{there.port or 5432}"
        self._door = socket.create_server(("127.0.0.1", 0))
        plain = {"sslmode": "disable", "gssencmode": "disable"}
        here = there.set(host="127.0.0.1", port=self._door.getsockname()[1], query=plain)
        self.url = here.render_as_string(hide_password=False)
        self.cuts = 0
        """How many COMMITs have been cut."""
        self.when_cut: Callable[[], object] = lambda: None
        self._next: list[Cut] = []
        self._away = threading.Event()
        self._done = threading.Event()
        self._arrives = threading.Event()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self, *cuts: Cut) -> None:
        """The next COMMITs on the wire are cut, one after the other."""
        self._next += cuts

    def leave_alone(self) -> None:
        """No more COMMITs are cut."""
        self._next.clear()

    def go_away(self) -> None:
        """Nothing gets through any more, on new connections or old ones."""
        self._away.set()
        for end in self._open:
            _close(end)

    def come_back(self) -> None:
        """New connections get through again."""
        self._away.clear()

    def arrive(self) -> None:
        """The COMMIT that was held up reaches the server."""
        self._arrives.set()

    def close(self) -> None:
        """No more of it."""
        self.arrive()
        self.go_away()
        _close(self._door)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                if self._away.is_set():
                    _close(client)
                    continue
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._socket)
                self._open += [client, server]
                quiet = threading.Event()
                for pump in (self._up, self._down):
                    threading.Thread(target=pump, args=(client, server, quiet), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket, quiet: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(CHUNK):
                if b"COMMIT\0" in data and self._next:
                    self._cut(self._next.pop(0), data, client, server, quiet)
                    return
                server.sendall(data)
        _close(server)

    def _down(self, client: socket.socket, server: socket.socket, quiet: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(CHUNK):
                if quiet.is_set():
                    # The server has said that it is done, and nobody hears it.
                    self._done.set()
                    return
                client.sendall(data)
        if not quiet.is_set():
            _close(client)

    def _cut(
        self,
        cut: Cut,
        data: bytes,
        client: socket.socket,
        server: socket.socket,
        quiet: threading.Event,
    ) -> None:
        self.cuts += 1
        quiet.set()
        if cut is Cut.BEFORE:
            _close(server)
        if cut is Cut.ANSWER:
            self._done.clear()
            server.sendall(data)
            self._done.wait()
        self.when_cut()
        _close(client)
        if cut is Cut.STILL:
            self._arrives.wait()
            server.sendall(data)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
