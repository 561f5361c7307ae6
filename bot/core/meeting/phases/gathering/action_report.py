"""Action report: each who promised something says what happened and what they learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from bot.core.cards import Block, Button, Card, PersonId, Quote, Text, Tone
from bot.core.command import InSession
from bot.core.decision import Deadline, Decision, Matter, Notice, Post, Refusal
from bot.core.exchange import OUTCOME_BUTTONS, ReportHeard
from bot.core.meeting import course
from bot.core.meeting.commands import ClockSpeaks
from bot.core.meeting.phases.belongings import Said
from bot.core.meeting.phases.phase import Phase, Speaks
from bot.core.meeting.phases.turns import turn_blocks
from bot.core.meeting.session import FORM_GRACE, Memory, Owed, Participant, Session

WRITING_TAKES = timedelta(seconds=60)
"""How long the part stays open after the last outcome, for the words that may go with it."""


@dataclass(frozen=True, slots=True)
class Report:
    """One action's report: whether its turn was had, its form filled in, and the words shared."""

    action: str
    owner: PersonId
    heard: bool = True
    told: bool = False
    words: str = ""
    learned: str = ""


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports of this meeting, in order, and when the last new one came."""

    all: tuple[Report, ...] = ()
    last_at: datetime | None = None
    waited: bool = False

    def of(self, action: str) -> Report | None:
        """The report on that action, if there is one."""
        return next((r for r in self.all if r.action == action), None)

    def hear(self, report: Report, now: datetime) -> Reports:
        """With that report, once; later words replace earlier ones."""
        before = self.of(report.action)
        if before is None:
            return Reports((*self.all, report), now)
        known = tuple(report if r is before else r for r in self.all)
        return replace(self, all=known, last_at=self.last_at if before.heard else now)


class ActionReport(Phase):
    """Opens with exactly those who owe a word, longest promise first; late meetings shorten it."""

    key: ClassVar[str] = "action_report"
    title: ClassVar[str] = "How it went"
    purpose: ClassVar[str] = (
        "How did your action go, and what did you learn? “Dropped” and “Changed” are "
        "as good as “Done”."
    )
    speaks: ClassVar[Speaks] = Speaks.OWNERS
    memory: ClassVar[type] = Reports
    shrinks: ClassVar[bool] = True
    example: ClassVar[Memory | None] = Reports(
        (Report("action", "ben", told=True, words="We talked.", learned="To ask earlier."),)
    )

    def reopened(self, before: Reports) -> Reports:
        """Once more around; words that were shared stay."""
        return Reports(tuple(replace(r, heard=False, told=False) for r in before.all))

    def skip(self, session: Session, at: int) -> bool:
        """Nobody here owes a word."""
        return not _owing(session, Reports())

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision[Session] | Refusal:
        """A word given on one action; the set has kept the outcome already."""
        reports = session.memory(Reports, at)
        match command:
            case ReportHeard(who=who, action=action):
                before = reports.of(action) or Report(action, who)
                report = replace(before, heard=True, told=before.told or command.told)
                if command.told and not _too_late(session, at, now):
                    report = replace(report, words=command.words, learned=command.learned)
                return Decision(session.remember(reports.hear(report, now), at))
            case ClockSpeaks(what="all_heard"):
                return Decision(session.remember(replace(reports, waited=True), at))
            case _:
                return self.not_here()

    def waiting(self, session: Session, at: int) -> tuple[Participant, ...]:
        """The owners here who owe a word, longest promise first."""
        owners = dict.fromkeys(o.owner for o in _owing(session, session.memory(Reports, at)))
        found = (session.who(owner) for owner in owners)
        return tuple(p for p in found if p is not None)

    def finished(self, session: Session, at: int) -> bool:
        """All owners here were heard, and none of them is likely to be writing still."""
        reports = session.memory(Reports, at)
        written = reports.waited or all(r.told for r in reports.all if r.heard)
        return written and not _owing(session, reports)

    def begin_anew(self, session: Session, at: int, now: datetime) -> Session:
        """The last one gets their minute to write once more."""
        reports = session.memory(Reports, at)
        if reports.last_at is None:
            return session
        return session.remember(replace(reports, last_at=now), at)

    def later(self, session: Session, at: int, by: timedelta) -> Session:
        """The last one has as long to write as before."""
        reports = session.memory(Reports, at)
        if reports.last_at is None:
            return session
        return session.remember(replace(reports, last_at=reports.last_at + by), at)

    def deadlines(self, session: Session, at: int) -> tuple[Deadline, ...]:
        """A minute for the words of the last one."""
        reports = session.memory(Reports, at)
        if reports.last_at is None or _owing(session, reports) or session.clock.still is not None:
            return ()
        return (Deadline(reports.last_at + WRITING_TAKES, "all_heard", step=at),)

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """Whose turn it is, without any word of what they promised."""
        waiting = self.waiting(session, at)
        if not waiting:
            return (Text("Everyone has been heard. Moving on in a minute.", Tone.QUIET),)
        return turn_blocks(session, waiting)

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """The outcomes; each acts on the presser's own action."""
        return OUTCOME_BUTTONS

    def posts(self, session: Session, at: int) -> tuple[Post, ...]:
        """The words that owners share, as theirs."""
        return tuple(
            post
            for report in session.memory(Reports, at).all
            for post in _shared(session, at, report)
        )

    def words_of(self, session: Session, at: int, who: PersonId) -> Iterator[Said]:
        """What they said of their own actions."""
        for report in session.memory(Reports, at).all:
            if report.owner == who:
                yield "what happened", report.words
                yield "what I learned", report.learned

    def keepsake(self, session: Session, at: int, who: PersonId) -> tuple[Block, ...]:
        """Reports stay with the actions, which their owners have already."""
        return ()

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Reports:
        """Without the reports of these people."""
        reports = session.memory(Reports, at)
        return replace(reports, all=tuple(r for r in reports.all if r.owner not in people))

    def clear(self, session: Session, at: int, people: frozenset[PersonId]) -> Reports:
        """Without the words these people shared."""
        reports = session.memory(Reports, at)
        kept = tuple(
            replace(r, words="", learned="") if r.owner in people else r for r in reports.all
        )
        return replace(reports, all=kept)


def _owing(session: Session, reports: Reports) -> tuple[Owed, ...]:
    heard = {r.action for r in reports.all if r.heard}
    return tuple(o for o in session.owed if o.action not in heard and session.is_here(o.owner))


def _too_late(session: Session, at: int, now: datetime) -> bool:
    """Whether words would come into the middle of another part: then they stay with the set."""
    left = course.left_at(session, at) if at != session.at else None
    return left is not None and now - left > FORM_GRACE


def _shared(session: Session, at: int, report: Report) -> tuple[Post, ...]:
    name = session.name(report.owner)
    titles = (
        ("report", f"How it went for {name}", report.words),
        ("learned", f"What {name} learned", report.learned),
    )
    return tuple(
        Post(
            Notice(Matter.WORDS, session.slot(f"{kind}:{at}:{report.action}"), "post", session.id),
            Card(
                title,
                (Quote(words, name),),
                summary="Someone has shared how it went.",
                subject=session.id,
                step=at,
            ),
        )
        for kind, title, words in titles
        if words
    )


ACTION_REPORT = ActionReport()
