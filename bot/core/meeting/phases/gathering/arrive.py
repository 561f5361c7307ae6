"""Arrive: gather, accept the agreement, wait for the quorum or for a person to begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from bot.core.cards import Block, Button, Style, Text, Tone, Until, people
from bot.core.command import InSession
from bot.core.decision import Deadline, Decision, Refusal
from bot.core.meeting.commands import ClockSpeaks
from bot.core.meeting.phases.phase import Phase, Speaks
from bot.core.meeting.phases.turns import FORMALITY, TURN_PHASES
from bot.core.meeting.session import Memory, Session
from bot.core.wording import COMING, count

ASK_AFTER = timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(minutes=30)
FEWEST = 3
"""A presenter and two to ask: with fewer nobody begins."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """Whether the start has come, whether the bot has asked about the quorum, or given up."""

    start_has_come: bool = False
    asked: bool = False
    not_held: bool = False


GIVEN_UP = Gathering(start_has_come=True, asked=True, not_held=True)


class Arriving(Phase):
    """Opens before the start, is outside the total, ends at quorum but not before the start."""

    key: ClassVar[str] = "arrive"
    title: ClassVar[str] = "Arriving"
    purpose: ClassVar[str] = "Press “I'm here” once you're somewhere private."
    speaks: ClassVar[Speaks] = Speaks.ALL
    memory: ClassVar[type] = Gathering
    shows_next: ClassVar[bool] = False
    example: ClassVar[Memory | None] = Gathering(start_has_come=True, asked=True)

    def enter(self, session: Session, at: int, now: datetime) -> Gathering:
        """A meeting opened at or after its start time may begin as soon as enough are here."""
        return Gathering(start_has_come=session.starts_at <= now)

    def finished(self, session: Session, at: int) -> bool:
        """The quorum is here and the start has come."""
        return session.memory(Gathering, at).start_has_come and len(session.here) >= session.quorum

    def deadlines(self, session: Session, at: int) -> tuple[Deadline, ...]:
        """The start; then what to do about a missing quorum."""
        gathering, start = session.memory(Gathering, at), session.starts_at
        waited = start + session.lost
        due = [Deadline(waited + GIVE_UP_AFTER, "give_up", step=at)]
        if not gathering.start_has_come:
            due.append(Deadline(start, "start", step=at))
        if not gathering.asked:
            due.append(Deadline(waited + ASK_AFTER, "ask_quorum", step=at))
        return tuple(due)

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision[Session] | Refusal:
        """The clock alone speaks here; arriving and beginning belong to every phase."""
        gathering = session.memory(Gathering, at)
        match command:
            case ClockSpeaks(what="start"):
                gathering = replace(gathering, start_has_come=True)
            case ClockSpeaks(what="ask_quorum"):
                gathering = replace(gathering, asked=True)
            case _:
                return self.not_here()
        return Decision(session.remember(gathering, at))

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """Who is here, when it starts, and what is missing."""
        gathering = session.memory(Gathering, at)
        shown: list[Block] = []
        if not gathering.start_has_come:
            shown.append(Until("Starts", session.starts_at, countdown=True))
        shown.append(people("Here", ((p.person, p.name) for p in session.here)))
        missing = session.quorum - len(session.here)
        if missing > 0:
            more = count(missing, "more is", "more are")
            shown.append(Text(f"Starts when {more} here.", Tone.QUIET))
        shown.extend(_hurry(session))
        if gathering.asked:
            shown.append(
                Text(
                    "Some of you are still missing. Press “Begin” to start without them. "
                    "Otherwise this closes in 15 minutes."
                )
            )
        return tuple(shown)

    def over(self, session: Session, at: int) -> tuple[Block, ...]:
        """Whether the meeting came about."""
        if session.memory(Gathering, at).not_held:
            return (Text("Too few came, so this meeting didn't happen."),)
        return ()

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """The door, and the start; a way to write beforehand where the turns will be short."""
        door = Button("I'm here", "here", style=Style.PRIMARY)
        begin = Button("Begin", "next")
        if _shortest_turn(session) < FORMALITY:
            return (door, begin, Button("Offer an issue", "offer"))
        return (door, begin)

    def reactions(self, session: Session, at: int) -> tuple[str, ...]:
        """A tick counts as `I'm here` for those who have accepted the agreement."""
        return (COMING,)


def _shortest_turn(session: Session) -> int:
    """Seconds of the shortest turn this meeting will have, with those who are here."""
    minutes = [step.seconds for step in session.plan if step.phase in TURN_PHASES]
    return round(min(minutes, default=0) / max(len(session.here), 1))


def _hurry(session: Session) -> Iterator[Block]:
    turn = _shortest_turn(session)
    if turn < FORMALITY:
        yield Text(
            f"With {len(session.here)} people, the shortest turn is only {turn} seconds. "
            "A longer format gives more room. Or write your issue now: no one sees it "
            "before the vote."
        )


ARRIVE = Arriving()
