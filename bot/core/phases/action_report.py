"""Action report: each who promised something says what happened and what they learned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from bot.core.actions import OUTCOME_BUTTONS
from bot.core.cards import Block, Button, Text, Tone
from bot.core.commands import InSession, ReportHeard
from bot.core.phases.phase import Phase, Speaks, per_person
from bot.core.session import Decision, Owed, Refusal, Session, in_words
from bot.core.wording import minutes


@dataclass(frozen=True, slots=True)
class Reports:
    """The actions heard in this meeting, by id, in order."""

    heard: tuple[str, ...] = ()


class ActionReport(Phase):
    """Opens with exactly those who owe a word, longest promise first; late meetings shorten it."""

    key: ClassVar[str] = "action_report"
    title: ClassVar[str] = "How it went"
    purpose: ClassVar[str] = (
        "Those with an open action say what happened and what they learned. "
        "“Dropped” and “Changed” are as good as “Done”."
    )
    speaks: ClassVar[Speaks] = Speaks.OWNERS
    memory: ClassVar[type] = Reports
    shrinks: ClassVar[bool] = True

    def skip(self, session: Session, at: int) -> bool:
        """Nobody here owes a word."""
        return not _owing(session, Reports())

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision | Refusal:
        """A word given on one action; the set has kept the outcome already."""
        if not isinstance(command, ReportHeard):
            return self.not_here(session, command)
        reports = session.memory(Reports, at)
        if command.action in reports.heard:
            return Decision(session)
        heard = replace(reports, heard=(*reports.heard, command.action))
        return Decision(session.remember(heard, at))

    def finished(self, session: Session, at: int) -> bool:
        """All owners here were heard."""
        return not _owing(session, session.memory(Reports, at))

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """Whose turn it is, without any word of what they promised."""
        owing = _owing(session, session.memory(Reports, at))
        owners = tuple(dict.fromkeys(session.name(o.owner) for o in owing))
        if not owners:
            return ()
        then = f" Then {in_words(owners[1:])}." if owners[1:] else ""
        return (
            Text(f"It is {owners[0]}'s turn.{then}"),
            Text(f"About {minutes(per_person(session))} each.", Tone.QUIET),
        )

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """The outcomes; each acts on the presser's own action."""
        return OUTCOME_BUTTONS


def _owing(session: Session, reports: Reports) -> tuple[Owed, ...]:
    return tuple(
        o for o in session.owed if o.action not in reports.heard and session.is_here(o.owner)
    )


ACTION_REPORT = ActionReport()
