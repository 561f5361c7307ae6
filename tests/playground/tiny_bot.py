"""A bot made of the bare engine and a list: what the page needs of one, kept in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from bot.adapters.playground.outbound import World, WorldOutbound
from bot.core import engine, notice_cards
from bot.core.cards import Button, Card, Choice, Form
from bot.core.decision import Deadline, Notice, Refusal, Where
from bot.core.input import forms_opened, understanding
from bot.core.learning_set.place import Room
from bot.core.meeting import posts
from bot.core.meeting.formats import PHASES
from bot.core.meeting.session import Session
from bot.core.signals import Caller, Pressed, Rang, Reacted, Recounted, Signal
from bot.runtime.ports.incoming import Answer, File, Incoming
from bot.runtime.ports.outgoing import Destination, Op, Outgoing
from bot.runtime.ports.stage import Due, Look, Row

START = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)


class TinyBot:
    """Receiver, Stage and Signer at once: one place, one set, no store, no outbox."""

    def __init__(self, place: str = "aurora") -> None:
        """An empty place at `START`."""
        self.place = place
        self.world: World | None = None
        self.deliveries: list[Incoming] = []
        self.failing = False
        self.files: tuple[File, ...] = ()
        self._begin()

    def _begin(self) -> None:
        self._now = START
        self._room = Room(None, None, self.place)
        self._slots: dict[str, str] = {}
        self._pressed: dict[str, Pressed] = {}
        self._waiting: list[tuple[Op, Notice, Card | None]] = []
        self._rows: list[Row] = []
        self._rung: set[tuple[object, ...]] = set()

    # --- Receiver -------------------------------------------------------------------------------

    async def receive(self, incoming: Incoming) -> Answer:
        """Decide it on the bare engine."""
        if self.failing:
            raise RuntimeError("words that must not be logged")
        self.deliveries.append(incoming)
        signal: Any = incoming.signal
        if isinstance(signal, Reacted):
            slot = next((s for s, ref in self._slots.items() if ref == incoming.message), "")
            signal = replace(signal, slot=slot)
        elif hasattr(signal, "fresh"):
            signal = replace(signal, fresh=incoming.delivery)
        return await self._bring(incoming.who, signal)

    async def form(self, incoming: Incoming) -> Form | Refusal | None:
        """The form a press opens."""
        return forms_opened.form(self._room, incoming.who, incoming.signal)

    async def homes(self, platform: str, person: str) -> tuple[str, ...]:
        """Nowhere."""
        return ()

    async def suggest(self, incoming: Incoming, option: str) -> tuple[Choice, ...]:
        """Nothing comes to mind."""
        return ()

    async def _bring(self, who: Caller, signal: Signal) -> Answer:
        command = understanding.understand(self._room, who, signal)
        if isinstance(command, Refusal):
            return Answer(refusal=None if self.files else command, files=self.files)
        before = self._room
        followed = engine.follow(before, command, self._now)
        if isinstance(followed, Refusal):
            return Answer(refusal=followed)
        self._room = followed.room
        for notice in followed.notices:
            self._waiting.append((Op.POST, notice, notice_cards.draw(self._room, notice)))
        for recount in followed.recounts:
            await self._recount(recount.slot)
        self._queue_changes(before.session)
        return Answer(followed.answers, changed=True, files=self.files)

    def _queue_changes(self, before: Session | None) -> None:
        if self._room.session is None:
            return
        for post in posts.changes(before, self._room.session):
            self._waiting.append((Op.POST, post.notice, post.card))

    async def _recount(self, slot: str) -> None:
        assert self.world is not None
        seen = await WorldOutbound(self.world).reactions("", self._slots[slot])
        await self._bring(Caller("clock"), Recounted(slot, seen.votes))

    # --- Signer ----------------------------------------------------------------------------------

    def seal(self, installation: str, card: Card, button: Button) -> str:
        """An id that only this bot knows."""
        subject = card.subject if button.subject is None else button.subject
        pressed = Pressed(button.action, subject, card.step, button.value)
        sealed = sha256(repr((installation, pressed)).encode()).hexdigest()[:32]
        self._pressed[sealed] = pressed
        return sealed

    def open(self, installation: str, sealed: str) -> Pressed | None:
        """What a button means, if we made it."""
        return self._pressed.get(sealed)

    # --- Stage -----------------------------------------------------------------------------------

    def now(self) -> datetime:
        """A clock that stands until it is moved."""
        return self._now

    def next_due(self) -> datetime | None:
        """When the clock should speak next."""
        found = self._next()
        return found.at if found else None

    def _next(self) -> Deadline | None:
        states = [s for s in (self._room.live, self._room.set) if s is not None]
        due = [d for state in states for d in engine.deadlines(state)]
        fresh = [d for d in due if (d.at, d.what, d.subject, d.step) not in self._rung]
        return min(fresh, key=lambda d: d.at, default=None)

    async def move_to(self, at: datetime) -> None:
        """From deadline to deadline."""
        while (due := self._next()) is not None and due.at <= at:
            self._now = max(self._now, due.at)
            self._rung.add((due.at, due.what, due.subject, due.step))
            fresh = sha256(repr(due).encode()).hexdigest()[:20]
            await self._bring(Caller("clock"), Rang(due.what, due.subject, due.step, due.at, fresh))
            await self.settle()
        self._now = max(self._now, at)

    async def settle(self) -> None:
        """Post what waits; a slot that stands is edited."""
        assert self.world is not None
        out = WorldOutbound(self.world)
        while self._waiting:
            _, notice, card = self._waiting.pop(0)
            if card is None:
                continue
            ref = self._slots.get(notice.slot, "")
            self._rows.append(Row(notice.card, "post", "sent", notice.to or "", self._now))
            going = Outgoing(
                Op.EDIT if ref else Op.POST,
                "playground",
                self._destination(notice),
                notice.slot,
                card,
                ref,
                card.reactions,
            )
            if ref:
                await out.edit(going)
            else:
                self._slots[notice.slot] = await out.post(going)

    def _destination(self, notice: Notice) -> Destination:
        if notice.where is Where.DIRECT:
            return Destination(person=notice.to or "")
        board = f"{self._room.session.id}:board" if self._room.session else ""
        parent = self._slots.get(board, "") if notice.where is Where.THREAD else ""
        return Destination(place=self.place, parent=parent)

    async def reset(self) -> None:
        """Forget everything."""
        self._begin()

    def look(self, installation: str, place: str) -> Look:
        """What goes on."""
        session, state = self._room.live, self._room.set
        if state is None:
            return Look()
        coming = state.planned()
        due = self._next()
        return Look(
            set_name=state.name,
            zone=state.zone,
            phase=PHASES[session.step.phase].title if session else "",
            step=session.at if session else 0,
            steps=tuple(PHASES[s.phase].title for s in session.plan) if session else (),
            ends_at=session.clock.ends_at if session and session.step.seconds else None,
            next_meeting=state.starts_at(coming[0]) if coming else None,
            due=(Due(due.at, due.what),) if due else (),
            outbox=tuple(self._rows[-8:]),
        )
