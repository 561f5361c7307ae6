"""Arrive: gather, accept the agreement, wait for the quorum or for whoever begins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from bot.core.cards import Block, Button, Style, Text, Tone, Until, people
from bot.core.commands import ClockSpeaks, InSession
from bot.core.phases.phase import Phase, Speaks
from bot.core.session import BOT, Deadline, Decision, Facilitation, Refusal, Session
from bot.core.wording import COMING

ASK_AFTER = timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(minutes=30)
TURN_LOST_AFTER = timedelta(minutes=5)
FEWEST = 3
"""A presenter and two to ask: with fewer nobody begins."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """Whether the start has come, and whether the bot has asked what to do without a quorum."""

    start_has_come: bool = False
    asked: bool = False
    not_held: bool = False


class Arrive(Phase):
    """Opens before the start, is outside the total, ends at quorum but not before the start."""

    key: ClassVar[str] = "arrive"
    title: ClassVar[str] = "Arriving"
    purpose: ClassVar[str] = "Press “I'm here” when you have found a private place to sit."
    speaks: ClassVar[Speaks] = Speaks.ALL
    memory: ClassVar[type] = Gathering

    def enter(self, session: Session, at: int, now: datetime) -> Gathering:
        """A meeting opened at or after its start time may begin as soon as enough are here."""
        return Gathering(start_has_come=session.starts_at <= now)

    def finished(self, session: Session, at: int) -> bool:
        """The quorum is here and the start has come."""
        return session.memory(Gathering, at).start_has_come and len(session.here) >= session.quorum

    def deadlines(self, session: Session, at: int) -> tuple[Deadline, ...]:
        """The start; then what to do about a missing quorum or a missing turn-holder."""
        gathering, start = session.memory(Gathering, at), session.starts_at
        due = [Deadline(start + GIVE_UP_AFTER, "give_up", step=at)]
        if not gathering.start_has_come:
            due.append(Deadline(start, "start", step=at))
        if not gathering.asked:
            due.append(Deadline(start + ASK_AFTER, "ask_quorum", step=at))
        if _turn_holder_missing(session) and "holder_silent" not in session.clock.said:
            due.append(Deadline(start + TURN_LOST_AFTER, "turn_lost", step=at))
        return tuple(due)

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision | Refusal:
        """The clock alone speaks here; arriving and beginning belong to every phase."""
        if not isinstance(command, ClockSpeaks):
            return self.not_here(session, command)
        gathering = session.memory(Gathering, at)
        match command.what:
            case "start":
                gathering = replace(gathering, start_has_come=True)
            case "ask_quorum":
                gathering = replace(gathering, asked=True)
            case "give_up":
                gathering = replace(gathering, not_held=True)
            case _:
                said = session.clock.say("holder_silent") if _turn_holder_missing(session) else None
                return Decision(replace(session, clock=said or session.clock))
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
            shown.append(Text(f"It begins by itself once {missing} more are here.", Tone.QUIET))
        if gathering.asked:
            shown.append(
                Text(
                    "A few are still missing. Press “Begin” with those who are here; "
                    "otherwise this meeting closes in a quarter of an hour and nothing is lost."
                )
            )
        return tuple(shown)

    def over(self, session: Session, at: int) -> tuple[Block, ...]:
        """Whether the meeting came about."""
        if session.memory(Gathering, at).not_held:
            return (Text("Too few could come, so this meeting was not held. Nothing is lost."),)
        return ()

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """The door, and the start."""
        return (
            Button("I'm here", "here", style=Style.PRIMARY),
            Button("Begin", "next"),
        )

    def reactions(self, session: Session, at: int) -> tuple[str, ...]:
        """A tick counts as `I'm here` for those who have accepted the agreement."""
        return (COMING,)


def _turn_holder_missing(session: Session) -> bool:
    process = session.process
    return (
        process.facilitation is Facilitation.ROTATING
        and process.holder != BOT
        and not session.is_here(process.holder)
    )


ARRIVE = Arrive()
