"""The end of a process: told by SIGINT or SIGTERM in any state, and over within seconds."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

WITHIN: Final = 4.5
"""Seconds from the first signal until the process has ended, finished or not."""

LAST: Final = 0.5
"""Seconds the interpreter has for its own tidying up, once everything of ours is done."""

CUT_SHORT: Final = 1
"""The exit code of a process that had to be cut short."""

SAID: Final = (
    "I couldn't finish everything in time, so I stopped. What was saved is safe. "
    "At the next start I look up what may have been sent."
)
WISHES: Final = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Hears the request to stop in a thread of its own, so that nothing that blocks can hold it up.

    Used as a context manager around everything from the first line of a command on. It hears SIGINT
    even if it was ignored when the process started, as shells do with background jobs. A
    second signal changes nothing: the end is near already.
    """

    def __init__(self, within: float = WITHIN, leave: Callable[[int], object] = os._exit) -> None:
        """`within` is seconds; `leave` ends the process whatever its other threads do."""
        self._within = within
        self._leave = leave
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._finished = threading.Event()
        self._over = False
        self._tell: Callable[[], object] | None = None
        self._before: list[tuple[int, object]] = []
        self._ear: threading.Thread | None = None

    @property
    def asked(self) -> bool:
        """Whether somebody has asked us to stop."""
        return self._asked.is_set()

    def tells(self, tell: Callable[[], object]) -> None:
        """Call this, from another thread, once we are asked to stop; at once where we were already."""
        with self._lock:
            self._tell = tell
            asked = self.asked
        if asked:
            tell()

    def finished(self) -> None:
        """Everything of ours is done: whatever still runs need not be waited for."""
        self._finished.set()

    def ask(self) -> None:
        """What a signal does."""
        with self._lock:
            if self.asked:
                return
            self._asked.set()
            tell = self._tell
        threading.Thread(target=self._see_to_it, name="als-end", daemon=True).start()
        if tell is not None:
            tell()

    def _see_to_it(self) -> None:
        if self._finished.wait(self._within):
            threading.Event().wait(LAST)
            self._leave(0)
            return
        # Not print: another thread may hold the stream's lock for ever.
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"{SAID}\n".encode())
        self._leave(CUT_SHORT)

    # --- hearing ----------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Listen from now on. To be called in the main thread, before any other thread is begun."""
        if hasattr(signal, "pthread_sigmask"):
            # An ignored signal may be thrown away even while it is blocked.
            self._before = [(wish, signal.signal(wish, _nothing)) for wish in WISHES]
            signal.pthread_sigmask(signal.SIG_BLOCK, WISHES)
            self._ear = threading.Thread(target=self._listen, name="als-signals", daemon=True)
            self._ear.start()
        else:
            self._before = [(wish, signal.signal(wish, lambda *_: self.ask())) for wish in WISHES]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Listen no more; signals do again what they did before."""
        self._over = True
        if self._ear is not None and self._ear.ident is not None:
            signal.pthread_kill(self._ear.ident, signal.SIGTERM)
            self._ear.join()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WISHES)
        for wish, before in self._before:
            if before is not None:
                signal.signal(wish, before)  # type: ignore[arg-type]

    def _listen(self) -> None:
        while True:
            signal.sigwait(WISHES)
            if self._over:
                return
            self.ask()


def _nothing(*_: object) -> None:
    """A signal that is heard elsewhere."""
