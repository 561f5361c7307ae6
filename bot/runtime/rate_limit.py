"""How fast one person may type, and whose turn it is in a queue: nobody delays others but themselves."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.core.decision import Refusal
from bot.core.signals import Typed
from bot.runtime.ports.incoming import Incoming

MOST_TYPED = 5
WITHIN = 10.0
"""Seconds in which one person may type so many commands. Buttons are not counted: a card has few."""

MOST_KNOWN = 10_000

TOO_FAST = Refusal(
    "That was fast; wait a few seconds and type it again, or use the buttons.", "too_fast"
)

RECOUNT_REST = 2.0
"""Seconds between two recounts of one message, however fast people react meanwhile."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Manners:
    """What a running bot keeps to, and who runs it; 0 lets everything pass at once."""

    operator: str = ""
    most_typed: int = 0
    recount_rest: float = 0.0


USUAL_MANNERS = Manners()


class Patience:
    """Counts what each person types. Nothing of it is stored."""

    def __init__(self, steady: Callable[[], float], most: int) -> None:
        """`most` commands within ten seconds; 0 lets everything pass."""
        self._steady = steady
        self._most = most
        self._typed: dict[tuple[str, str], deque[tuple[float, str]]] = {}

    def refuses(self, incoming: Incoming) -> Refusal | None:
        """Why this command has to wait; a repeat of one that was counted is not counted again."""
        if not self._most or not isinstance(incoming.signal, Typed):
            return None
        now = self._steady()
        if len(self._typed) > MOST_KNOWN:
            self._typed.clear()
        typed = self._typed.setdefault((incoming.installation, incoming.who.person), deque())
        while typed and now - typed[0][0] >= WITHIN:
            typed.popleft()
        if incoming.delivery and any(known == incoming.delivery for _, known in typed):
            return None
        if len(typed) >= self._most:
            return TOO_FAST
        typed.append((now, incoming.delivery))
        return None


class FairLine(Generic[T]):
    """A queue of queues: one after the other from each owner, in order within each."""

    def __init__(self) -> None:
        """Nobody waits."""
        self._waiting: dict[str, deque[T]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, owner: str, thing: T) -> None:
        """At the end of its owner's own queue."""
        self._waiting.setdefault(owner, deque()).append(thing)
        self._count += 1

    def take(self, most: int) -> list[T]:
        """The next ones, as many as there are up to `most`, a turn for each owner."""
        taken: list[T] = []
        while self._waiting and len(taken) < most:
            for owner in list(self._waiting):
                if len(taken) == most:
                    break
                line = self._waiting.pop(owner)
                taken.append(line.popleft())
                if line:
                    # Back to the end: who was served waits for all the others.
                    self._waiting[owner] = line
        self._count -= len(taken)
        return taken
