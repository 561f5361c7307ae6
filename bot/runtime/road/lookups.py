"""What is answered from one read: the form that opens, what an option could be, where somebody is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from bot.core import engine
from bot.core.cards import Choice, Form
from bot.core.decision import Refusal
from bot.core.signals import Typed
from bot.core.verbs import option_of
from bot.runtime import dates
from bot.runtime.clock import Clock
from bot.runtime.ports.incoming import Incoming
from bot.runtime.ports.outgoing import KeepsCalendar, Outbound
from bot.runtime.road import resolve
from bot.runtime.store.store import Store

log = structlog.get_logger()


class Lookups:
    """Reads and never writes."""

    def __init__(
        self, store: Store, clock: Clock, outbound_of: Callable[[str], Outbound | None]
    ) -> None:
        """`outbound_of` finds the platform of an installation."""
        self._store = store
        self._clock = clock
        self._outbound_of = outbound_of

    def form(self, incoming: Incoming) -> Form | Refusal | None:
        """The form that a press or command opens; None where none. Raises what reading raises."""
        with self._store.reading() as unit:
            found = resolve.resolve(unit, incoming)
            if isinstance(found, Refusal):
                return found
            opened = engine.form(found.room, incoming.who, incoming.signal)
        return self._askable(incoming.installation, opened) if isinstance(opened, Form) else opened

    def _askable(self, installation: str, form: Form) -> Form:
        """The form without what this platform cannot do."""
        if isinstance(self._outbound_of(installation), KeepsCalendar):
            return form
        return replace(form, fields=tuple(f for f in form.fields if not f.calendar))

    def homes(self, platform: str, person: str) -> tuple[str, ...]:
        """Where on a platform this person is in a set; nowhere where that cannot be read."""
        try:
            with self._store.reading() as unit:
                return unit.homes_of(f"{platform}:", person)
        except Exception as error:
            log.info("homes_unknown", error=type(error).__name__)
            return ()

    async def suggest(self, incoming: Incoming, option: str) -> tuple[Choice, ...]:
        """What an option could be, while it is typed; nothing where that cannot be said."""
        signal = incoming.signal
        known = option_of(signal.verb, option) if isinstance(signal, Typed) else None
        if known is None or known.suggests is None or not isinstance(signal, Typed):
            return ()
        try:
            with self._store.reading() as unit:
                found = resolve.resolve(unit, incoming)
            if isinstance(found, Refusal):
                return ()
            room = found.room
            if known.suggests in dates.READ:
                zone = room.set.zone if room.set else incoming.who.zone or "UTC"
                typed, now = signal.get(option), self._clock.now()
                language = resolve.language(room, incoming.who)
                return await asyncio.to_thread(
                    dates.suggest, known.suggests, typed, now, zone, language
                )
            return engine.suggest(room, incoming.who, signal, option)
        except Exception as error:
            log.info("not_suggested", error=type(error).__name__)
            return ()
