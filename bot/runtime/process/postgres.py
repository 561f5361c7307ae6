"""What several processes over one PostgreSQL need: the kick by LISTEN/NOTIFY, and single owners."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from psycopg import Connection

CHANNEL = "als"
"""Notified in the transaction that writes something to send or to ring, so after its commit."""

CONNECT_SECONDS = 3
LOOK_SECONDS = 0.5
"""How often a listener looks up from its waiting, to see whether it is to stop."""

log = structlog.get_logger()


def lock_number(name: str) -> int:
    """The 64-bit number an advisory lock of that name has in every process."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)


def _connect(address: str) -> Connection[Any]:
    import psycopg

    return psycopg.connect(address, autocommit=True, connect_timeout=CONNECT_SECONDS)


class Listener:
    """Calls `kick`, in a thread of its own, whenever any process has written something to do.

    After a broken connection it connects again and kicks once, for what it may have missed.
    """

    def __init__(self, address: str, kick: Callable[[], object]) -> None:
        """`address` is the server's in libpq's own form; `kick` must be quick and thread-safe."""
        self._address = address
        self._kick = kick
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="als-listener", daemon=True)

    def start(self) -> None:
        """Listen from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except Exception as error:
                # The sweep goes on every half minute; a lost kick costs time, never a message.
                log.warning("listen_failed", error=type(error).__name__)
                self._stopped.wait(1)

    def _listen(self) -> None:
        with _connect(self._address) as connection:
            connection.execute(f"LISTEN {CHANNEL}".encode())
            self._kick()
            while not self._stopped.is_set():
                for _ in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                    self._kick()


class NotOwner(Exception):
    """Another process owns it."""


@contextmanager
def only_owner(address: str, name: str) -> Iterator[Callable[[], bool]]:
    """Own `name` (a Discord shard, say) alone among all processes over this database.

    Raises NotOwner at once where another process has it. Gives a function that says whether it is
    still ours: a process that was cut off from the database must stop what it owns. The server lets
    go of it when this process ends, however it ends.
    """
    with _connect(address) as connection:
        number = lock_number(name)
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (number,)).fetchone()
        if row is None or not row[0]:
            raise NotOwner(name)

        def still() -> bool:
            try:
                connection.execute("SELECT 1")
            except Exception:
                return False
            return True

        yield still


class Owner:
    """Names that this process alone owns among all over one database, until it ends or lets go."""

    def __init__(self, address: str) -> None:
        """`address` is the server's in libpq's own form."""
        self._address = address
        self._owned: dict[str, Callable[[], bool]] = {}
        self._stack = ExitStack()

    async def own(self, name: str) -> bool:
        """Whether `name` is ours from now on; no where it cannot be asked."""
        return await asyncio.to_thread(self._own, name)

    def _own(self, name: str) -> bool:
        if name in self._owned:
            return True
        try:
            self._owned[name] = self._stack.enter_context(only_owner(self._address, name))
        except NotOwner:
            return False
        except Exception as error:
            log.warning("own_failed", error=type(error).__name__)
            return False
        return True

    async def still(self) -> bool:
        """Whether all that was ours is; else we let go of everything."""
        return await asyncio.to_thread(self._still)

    def _still(self) -> bool:
        if all(still() for still in self._owned.values()):
            return True
        self.release()
        return False

    def release(self) -> None:
        """Let go of everything."""
        self._owned.clear()
        with suppress(Exception):
            self._stack.close()
