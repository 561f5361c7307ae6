"""The front door of the core: understand, decide, deadlines, board, and what stands where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from bot.core import between, moving, process, reminders, rights, timing
from bot.core.cards import Card
from bot.core.commands import (
    Arrive,
    CastVote,
    ClearWords,
    ClockSpeaks,
    Command,
    Contribution,
    InSession,
    OpenSession,
    ReportHeard,
    ShowHelp,
    ShowMore,
    ShowReport,
    ShowStatus,
    ShowVote,
    ToSet,
)
from bot.core.drawing import draw
from bot.core.formats import PHASES
from bot.core.learning_set import SetState
from bot.core.opening import form
from bot.core.panels import board, help_card, keepsake_card, more_card, status_card, summary_card
from bot.core.phases.ballot_cards import vote_card
from bot.core.room import Room
from bot.core.session import (
    FORM_GRACE,
    Deadline,
    Decision,
    Matter,
    Notice,
    Post,
    Presence,
    Recount,
    Refusal,
    Session,
    Status,
    Where,
)
from bot.core.understanding import IGNORED, understand

State: TypeAlias = Session | SetState | None

__all__ = [
    "IGNORED",
    "Room",
    "board",
    "changes",
    "deadlines",
    "decide",
    "draw",
    "form",
    "posts",
    "recounts",
    "understand",
]


def decide(state: State, command: Command, now: datetime) -> Decision | Refusal:
    """What follows from a command at `now` (zone-aware UTC): a new state, or one kind refusal.

    Never raises for anything a person can do. A refused command has changed nothing. Commands of
    a decision's `then` are to be decided in the same transaction as it.
    """
    match state, command:
        case _, ToSet():
            found = state if isinstance(state, SetState) else None
            return between.decide(found, command, now)
        case None, OpenSession(opening=Session() as session):
            return Decision(moving.open_at(session, now))
        case Session(), InSession():
            return _in_session(state, command, now)
    return Refusal("No meeting is on just now; /als home says when the next one is.", "no_meeting")


def deadlines(state: Session | SetState) -> tuple[Deadline, ...]:
    """Every moment at which the clock should speak to this state, if nothing else happens first."""
    if isinstance(state, Session):
        return timing.deadlines(state)
    return reminders.deadlines(state)


# --- a command to a running meeting --------------------------------------------------------------


def _in_session(session: Session, command: InSession, now: datetime) -> Decision | Refusal:
    if not session.live:
        return _after(session, command)
    refusal = rights.refused(rights.in_session(session, command.who), command)
    if refusal is not None and not isinstance(command, Arrive):
        return refusal
    shown = _shown(session, command)
    if shown is not None:
        return shown
    at = _step_meant(session, command, now)
    if isinstance(at, Refusal):
        return at
    if isinstance(command, Contribution | CastVote):
        session = _present(session, command)
    decision = _decided(session, at, command, now)
    if isinstance(decision, Refusal):
        return decision
    return moving.settle(decision, command.who, now)


def _decided(session: Session, at: int, command: InSession, now: datetime) -> Decision | Refusal:
    decider = process.DECIDERS.get(type(command))
    if decider is not None:
        return decider(session, command, now)
    if isinstance(command, ReportHeard):
        return _report_heard(session, command, now)
    phase = PHASES[session.plan[at].phase]
    if isinstance(command, Contribution) and not phase.may_speak(session, at, command.who):
        return phase.out_of_turn(session, at)
    return phase.decide(session, at, command, now)


def _present(session: Session, command: InSession) -> Session:
    """Whoever takes part is here, whether or not they have pressed the door."""
    found = session.who(command.who)
    if found is None or found.presence is Presence.HERE:
        return session
    return session.with_person(replace(found, presence=Presence.HERE))


def _step_meant(session: Session, command: InSession, now: datetime) -> int | Refusal:
    """The step a command speaks to: the current one, or one left so lately that words still count."""
    step = command.step
    if step is None or step == session.at:
        return session.at
    if isinstance(command, ClockSpeaks):
        return Refusal("", "stale")
    left = session.left_at(step) if step < len(session.plan) else None
    if isinstance(command, Contribution) and left is not None and now - left <= FORM_GRACE:
        return step
    title = PHASES[session.step.phase].title
    if isinstance(command, CastVote):
        return Refusal("The vote has closed; press More to see what you can do now.", "closed")
    return Refusal(f"We have just moved to “{title}”; press More to see what you can do.", "stale")


def _report_heard(session: Session, command: ReportHeard, now: datetime) -> Decision | Refusal:
    """A word given on an action counts for the report wherever the meeting is."""
    steps = [n for n in session.steps("action_report") if session.memories[n] is not None]
    if not steps:
        kept = tuple(o for o in session.owed if o.action != command.action)
        return Decision(replace(session, owed=kept))
    return PHASES["action_report"].decide(session, steps[-1], command, now)


def _shown(session: Session, command: InSession) -> Decision | None:
    """Answers that only show something, to one person."""
    match command:
        case ShowMore(who=who):
            return Decision(session, answer=more_card(session, who))
        case ShowStatus():
            return Decision(session, answer=status_card(session))
        case ShowHelp():
            return Decision(session, answer=help_card(session))
        case ShowVote(who=who) if session.step.phase == "choose":
            return Decision(session, answer=vote_card(session, session.at, who))
        case ShowReport(who=who):
            return Decision(session, answer=status_card(session))
        case ClearWords():
            return _cleared(session, command)
    return None


def _after(session: Session, command: InSession) -> Decision | Refusal:
    """What can still be asked of a meeting that is over."""
    match command:
        case ShowReport(who=who) | ShowMore(who=who) | ShowStatus(who=who):
            mine = keepsake_card(session, who) if who in session.keepsakes else None
            return Decision(session, answer=mine or summary_card(session))
        case ClearWords():
            return _cleared(session, command)
        case ShowHelp():
            return Decision(session, answer=help_card(session))
        case ReportHeard() | ClockSpeaks():
            return Decision(session)
    return Refusal("The meeting is over; /als report shows what is yours of it.", "over")


def _cleared(session: Session, command: ClearWords) -> Decision | Refusal:
    """The bot's posts of these words go; what people typed themselves remains."""
    if session.who(command.who) is None:
        return Refusal(
            "You were not in this meeting, so there is nothing of yours here.", "nothing"
        )
    cleared = session.cleared | {command.who}
    return Decision(
        replace(session, cleared=cleared),
        answer="I am deleting what I posted of your words. What people typed themselves remains.",
    )


def recounts(session: Session | None) -> tuple[Recount, ...]:
    """Which messages the platform is to be asked about again after an outage."""
    if session is None or not session.live:
        return ()
    counts = PHASES[session.step.phase].reactions(session, session.at)
    return (Recount(session.ballot_slot),) if counts else ()


# --- what stands in the place ----------------------------------------------------------------------


def posts(session: Session) -> tuple[Post, ...]:
    """Everything that should stand in the place for this meeting now, oldest first."""
    return tuple(_standing(session, frozenset(range(len(session.log)))))


def changes(before: Session | None, after: Session) -> tuple[Post, ...]:
    """What stands differently after a decision than before it: new posts, and posts to edit."""
    visits = _touched(before, after)
    old = {} if before is None else {p.notice.slot: p.card for p in _standing(before, visits)}
    return tuple(p for p in _standing(after, visits) if old.get(p.notice.slot) != p.card)


def gone(before: Session | None, after: Session) -> tuple[str, ...]:
    """The slots that stood before a decision and should not stand any more."""
    if before is None or before.cleared == after.cleared:
        return ()
    now = {p.notice.slot for p in posts(after)}
    return tuple(p.notice.slot for p in posts(before) if p.notice.slot not in now)


def _touched(before: Session | None, after: Session) -> frozenset[int]:
    """The visits whose cards can differ: the last ones, and those whose memory has changed."""
    if before is None:
        return frozenset(range(len(after.log)))
    last = {len(before.log) - 1, *range(len(before.log) - 1, len(after.log))}
    changed = {n for n, old in enumerate(before.memories) if old is not after.memories[n]}
    return frozenset(last | {v for v, move in enumerate(after.log) if move.step in changed})


def _standing(session: Session, visits: frozenset[int]) -> Iterator[Post]:
    yield Post(
        Notice(Matter.BOARD, session.slot("board"), "post", session.id, Where.PLACE), board(session)
    )
    last = {move.step: n for n, move in enumerate(session.log)}
    for visit, move in enumerate(session.log):
        if visit not in visits:
            continue
        phase = PHASES[session.plan[move.step].phase]
        newest = visit == len(session.log) - 1
        card = phase.card(session, move.step) if newest else _left_card(session, move.step)
        notice = Notice(Matter.PHASE, session.visit_slot(visit), "post", session.id)
        yield Post(notice, card)
        if last[move.step] == visit:
            yield from _words(session, move.step)
    if session.status is Status.HELD:
        slot = session.slot("summary")
        yield Post(Notice(Matter.RESULT, slot, "post", session.id), summary_card(session))


def _left_card(session: Session, step: int) -> Card:
    """The card of an earlier visit: drawn as over, even where the step is current again."""
    over = replace(session, at=step + 1 if step == session.at else session.at)
    return PHASES[session.plan[step].phase].card(over, step)


def _words(session: Session, step: int) -> Iterator[Post]:
    phase = PHASES[session.plan[step].phase]
    if session.cleared:
        memory = phase.forget(session, step, session.cleared)
        session = session.remember(memory, step)
    yield from phase.posts(session, step)
