"""Gestures of which nobody could say what became of them: the same one again is a second try."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import astuple
from hashlib import sha256

from bot.runtime.ports.incoming import Incoming

KEPT_SECONDS = 900.0
"""How long a retry is recognised; after that the same words are a new request."""

MOST_KEPT = 10_000


class Doubted:
    """Keyed hashes of who did what and where, with the delivery it first came by; never stored."""

    def __init__(self, steady: Callable[[], float], key: str) -> None:
        """`key` is chance that dies with this process."""
        self._steady = steady
        self._key = key.encode()
        self._kept: dict[str, tuple[float, str]] = {}

    def keep(self, incoming: Incoming) -> None:
        """Its outcome was not told. A second try that is in doubt itself stays one of the first."""
        if not incoming.delivery:
            return
        earlier = self.earlier(incoming)
        if len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[self._mark(incoming)] = (self._steady(), earlier or incoming.delivery)

    def earlier(self, incoming: Incoming) -> str:
        """The delivery by which the same gesture first came; empty where it was never in doubt."""
        if not self._kept or not incoming.delivery:
            return ""
        over = self._steady() - KEPT_SECONDS
        self._kept = {mark: kept for mark, kept in self._kept.items() if kept[0] >= over}
        _, delivery = self._kept.get(self._mark(incoming), (0.0, ""))
        return delivery

    def told(self, incoming: Incoming) -> None:
        """The person who did it knows its outcome: if they do it again, they mean it."""
        if self._kept:
            self._kept.pop(self._mark(incoming), None)

    def _mark(self, incoming: Incoming) -> str:
        who = incoming.who.person
        where = (incoming.installation, incoming.place, incoming.direct, incoming.message)
        signal = incoming.signal
        what = (type(signal).__name__, *astuple(signal))
        return hmac.new(self._key, repr((who, where, what)).encode(), sha256).hexdigest()
