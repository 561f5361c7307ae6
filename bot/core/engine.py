"""The front door of the core: understand, follow, decide, deadlines, and the current posts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, TypeAlias, overload

from bot.core import refusals
from bot.core.cards import Card, Form, PersonId
from bot.core.command import Command, Contribution, ForPerson, InSession, ToSet
from bot.core.decision import Deadline, Deciders, Decision, Notice, Recount, Refusal, on
from bot.core.exchange import MeetNext, ReportHeard
from bot.core.input.forms_opened import form
from bot.core.input.suggestions import suggest
from bot.core.input.understanding import IGNORED, understand
from bot.core.learning_set import decisions as between
from bot.core.learning_set.actions import reminders
from bot.core.learning_set.meetings.calendar import entries_gone, entry_changes, entry_of
from bot.core.learning_set.meetings.held import invitations
from bot.core.learning_set.place import Room
from bot.core.learning_set.state import SetState
from bot.core.meeting import controls, course, flow, panels, readers, timing
from bot.core.meeting import roles as session_roles
from bot.core.meeting.clock import Still
from bot.core.meeting.commands import (
    Arrive,
    CastVote,
    ClearWords,
    ClockSpeaks,
    LeaveMeeting,
    OfferIssue,
    OpenSession,
    ShowMore,
    ShowReport,
    ShowStatus,
    ShowVote,
)
from bot.core.meeting.formats import PHASES
from bot.core.meeting.interruption import rules as interrupting
from bot.core.meeting.panels import board, more_card, status_card
from bot.core.meeting.phases.choosing.ballot_cards import vote_card
from bot.core.meeting.posts import changes, gone, posts, stands
from bot.core.meeting.session import FORM_GRACE, Presence, Session
from bot.core.meeting.summaries import report_card
from bot.core.notice_cards import draw
from bot.core.person import decisions as personal
from bot.core.person.commands import AskHelp
from bot.core.person.outcome import Known, PersonDecision
from bot.core.person.signposts import Signpost, help_card
from bot.core.refusals import NO_MEETING

State: TypeAlias = Session | SetState | None

__all__ = [
    "IGNORED",
    "Followed",
    "Room",
    "answer",
    "board",
    "changes",
    "deadlines",
    "decide",
    "draw",
    "entries_gone",
    "entry_changes",
    "entry_of",
    "follow",
    "form",
    "gone",
    "help_for",
    "posts",
    "recounts",
    "stands",
    "suggest",
    "understand",
]

OVER = Refusal("The meeting is over. See your part under /als report.", "over")
TIME_OUT = Refusal("This is a time-out. Try again when the meeting goes on.", "time_out")
VOTE_CLOSED = Refusal("The vote has closed. Press More to see what you can do.", "closed")


MOST_FOLLOWING = 20
"""Commands one decision may lead to; more is a mistake of ours."""


class Followed(NamedTuple):
    """What a command has led to: the room as it is then, and what is to be said and asked.

    `answers` are for the caller alone, in the order in which they came about. The rest is what the
    decisions on the way said, taken together; `Decision` tells what each means.
    """

    room: Room
    notices: tuple[Notice, ...] = ()
    answers: tuple[Card | Form | str, ...] = ()
    recounts: tuple[Recount, ...] = ()
    rests: str = ""
    wakes: tuple[str, ...] = ()
    who_reads: bool = False
    calendar: bool = False

    def does_something(self, before: Room) -> bool:
        """Whether anything follows but answers, so that it has to be saved, said or asked."""
        after = self.room
        if after.set is not before.set or after.session is not before.session:
            return True
        return self != Followed(after, answers=self.answers)


def follow(
    room: Room, command: Command, now: datetime, grace: int | None = None
) -> Followed | Refusal:
    """A command, and every command that follows from it: everything has happened, or nothing.

    `now` is zone-aware UTC; `grace` is how many seconds a meeting that is opened on the way waits
    after a part's time, where it is not the usual (docs/method.md, Time). Never raises for anything
    a person can do.
    """
    done, waiting = Followed(room), [command]
    for _ in range(MOST_FOLLOWING):
        if not waiting:
            return done
        first = waiting.pop(0)
        if grace is not None and isinstance(first, OpenSession):
            first = replace(first, opening=replace(first.opening, grace=grace))
        decision = decide(_state_of(done.room, first), first, now)
        if isinstance(decision, Refusal):
            return decision
        done = _and_then(done, decision)
        waiting = [*decision.then, *waiting]
    raise RuntimeError(f"{type(command).__name__} leads to ever more commands")


def _state_of(room: Room, command: Command) -> State:
    """What a command is decided about: an opening knows no meeting yet."""
    if isinstance(command, OpenSession):
        return None
    return room.session if isinstance(command, InSession) else room.set


def _and_then(done: Followed, decision: Decision[Session] | Decision[SetState]) -> Followed:
    state = decision.state
    if isinstance(state, SetState):
        room = replace(done.room, set=state)
    else:
        room = replace(done.room, session=state)
    return Followed(
        room,
        (*done.notices, *decision.notices),
        done.answers if decision.answer is None else (*done.answers, decision.answer),
        (*done.recounts, *decision.recounts),
        decision.rests or done.rests,
        (*done.wakes, *decision.wakes),
        done.who_reads or decision.who_reads,
        done.calendar or decision.calendar,
    )


@overload
def decide(state: State, command: ToSet, now: datetime) -> Decision[SetState] | Refusal: ...
@overload
def decide(state: State, command: InSession, now: datetime) -> Decision[Session] | Refusal: ...
@overload
def decide(
    state: State, command: Command, now: datetime
) -> Decision[Session] | Decision[SetState] | Refusal: ...
def decide(
    state: State, command: Command, now: datetime
) -> Decision[Session] | Decision[SetState] | Refusal:
    """What follows from one command at `now` (zone-aware UTC): a new state, or one kind refusal.

    Never raises for anything a person can do. A refused command has changed nothing. The commands
    of a decision's `then` are for `follow`.
    """
    if isinstance(command, ToSet):
        return between.decide(state if isinstance(state, SetState) else None, command, now)
    if state is None and isinstance(command, OpenSession):
        return Decision(flow.open_at(command.opening, now))
    if isinstance(state, Session) and isinstance(command, InSession):
        decided = _in_session if state.live else _after
        return decided(state, command, now)
    return NO_MEETING


def deadlines(state: Session | SetState) -> tuple[Deadline, ...]:
    """Every moment at which the clock should speak to this state, if nothing else happens first."""
    if isinstance(state, Session):
        return timing.deadlines(state)
    return reminders.deadlines(state)


def recounts(room: Room, now: datetime) -> tuple[Recount, ...]:
    """Which messages the platform is to be asked about again after an outage."""
    invited = invitations(room.set, now) if room.set is not None else ()
    session = room.live
    if session is None or not PHASES[session.step.phase].reactions(session, session.at):
        return invited
    return (*invited, Recount(session.ballot_slot))


def answer(known: Known, command: ForPerson, now: datetime) -> PersonDecision | Refusal:
    """What follows from what somebody asks of the bot itself, by what is known of them at `now`."""
    if isinstance(command, AskHelp):
        return PersonDecision((help_for(known.room, command.who, known.signposts, now),))
    return personal.decide(known, command, now)


def help_for(room: Room, who: PersonId, signposts: Iterable[Signpost], now: datetime) -> Card:
    """Where somebody who needs help finds people, and what they may do in the meeting."""
    session = room.live
    if session is None or session.who(who) is None:
        return help_card(signposts)
    return help_card(signposts, session, panels.quiet_ways(session, who, _accepts(session, now)))


# --- a command to a running meeting --------------------------------------------------------------


def _in_session(session: Session, command: InSession, now: datetime) -> Decision[Session] | Refusal:
    refusal = session_roles.refused_in_session(session, command)
    if refusal is not None:
        return refusal
    show = _SHOWS.get(type(command))
    card = show(session, command, now) if show is not None else None
    if card is not None:
        return _heard_of(Decision(session, answer=card), command, now)
    held_up = interrupting.held_up(session, command, now)
    if held_up is not None:
        return held_up
    at = _step_meant(session, command, now)
    if isinstance(at, Refusal):
        return at
    decision = _decided(session, at, command, now)
    if isinstance(decision, Refusal):
        return decision
    # A vote ends no phase, unless somebody came back by it; asking after each would cost a crowd.
    if not isinstance(command, CastVote) or decision.state.people is not session.people:
        decision = flow.settle(decision, command.who, now)
    if session.at == 0 and decision.state.at > 0:
        decision = decision._replace(who_reads=True)
    return _heard_of(decision, command, now)


def _decided(
    session: Session, at: int, command: InSession, now: datetime
) -> Decision[Session] | Refusal:
    decider = _DECIDERS.get(type(command))
    if decider is not None:
        return decider(session, command, now)
    phase = PHASES[session.plan[at].phase]
    given = isinstance(command, Contribution)
    if given and isinstance(command, OfferIssue) and readers.undecided(session):
        return readers.CHOOSE_FIRST
    if given or isinstance(command, CastVote):
        # A person who takes part has agreed, and is here whether or not they pressed "I'm here".
        known = session.who(command.who)
        if known is None:
            return refusals.NOT_MEMBER
        if known.presence is not Presence.HERE:
            session = session.with_arrival(command.who)
    if given:
        if not phase.may_speak(session, at, command.who):
            return phase.out_of_turn(session, at)
        if session.clock.still is Still.TIME_OUT:
            return TIME_OUT
    return phase.decide(session, at, command, now)


def _step_meant(session: Session, command: InSession, now: datetime) -> int | Refusal:
    """The step a command speaks to: the current one, or one left so lately that words count."""
    step = command.step
    if step is None or step == session.at or isinstance(command, ClockSpeaks):
        return session.at
    left = course.left_at(session, step) if course.has_step(session, step) else None
    if isinstance(command, Contribution) and left is not None and now - left <= FORM_GRACE:
        return step
    return VOTE_CLOSED if isinstance(command, CastVote) else controls.just_moved(session)


def _heard_of(decision: Decision[Session], command: InSession, now: datetime) -> Decision[Session]:
    """The decision, remembering that the holder was heard of where their silence would count."""
    session = decision.state
    controls, clock = session.process, session.clock
    if command.who not in (controls.holder, controls.stand_in):
        return decision
    if clock.stands is None and "time_up" not in clock.said:
        return decision
    pressed = replace(controls, last_press=now)
    return decision._replace(state=replace(session, process=pressed))


def _report_heard(
    session: Session, command: ReportHeard, now: datetime
) -> Decision[Session] | Refusal:
    """A word given on an action counts for the report wherever the meeting is."""
    steps = [n for n in session.steps("action_report") if session.memories[n] is not None]
    if not steps:
        kept = tuple(o for o in session.owed if o.action != command.action)
        return Decision(session if kept == session.owed else replace(session, owed=kept))
    return PHASES["action_report"].decide(session, steps[-1], command, now)


def _clear(session: Session, command: ClearWords, now: datetime) -> Decision[Session] | Refusal:
    """The bot's posts of these words go; what people typed themselves remains."""
    who = command.who
    if session.who(who) is None:
        return refusals.NOT_MEMBER
    answer = (
        "I'm deleting what I posted of your words. Your own copy still comes by DM. "
        "What people typed stays in the channel."
    )
    if who in session.cleared:
        return Decision(session, answer=answer)
    return Decision(replace(session, cleared=session.cleared | {who}), answer=answer)


_DECIDERS: Deciders[Session] = {
    **controls.DECIDERS,
    **readers.DECIDERS,
    **on(ReportHeard, _report_heard),
    **on(ClearWords, _clear),
}
"""Who decides each command that belongs to no phase."""


# --- answers to one person ----------------------------------------------------------------------


def _more(session: Session, show: ShowMore, now: datetime) -> Card:
    return more_card(session, show.who, _accepts(session, now))


def _vote(session: Session, show: ShowVote, now: datetime) -> Card | None:
    return vote_card(session, session.at, show.who) if session.step.phase == "choose" else None


_SHOWS: Mapping[type[Command], Callable[[Session, Command, datetime], Card | None]] = {
    **on(ShowMore, _more),
    **on(ShowStatus, lambda session, show, now: status_card(session)),
    **on(ShowVote, _vote),
    **on(ShowReport, lambda session, show, now: report_card(session, show.who, show.part)),
}
"""Answers that only show something, to one person; None where it belongs to another phase."""


def _accepts(session: Session, now: datetime) -> Callable[[InSession], bool]:
    """Whether a command would be taken now and would do something: what a panel may offer."""

    def accepts(command: InSession) -> bool:
        if interrupting.held_up(session, command, now) is not None:
            return False
        decision = _decided(session, session.at, command, now)
        if isinstance(decision, Refusal):
            return False
        return decision.state is not session or decision.answer is not None

    return accepts


def _after(session: Session, command: InSession, now: datetime) -> Decision[Session] | Refusal:
    """What can still be asked of a meeting that is over."""
    match command:
        case ShowReport(who=who, part=part):
            return Decision(session, answer=report_card(session, who, part))
        case ShowMore(who=who) | ShowStatus(who=who):
            return Decision(session, answer=report_card(session, who, 1))
        case ClearWords():
            return _clear(session, command, now)
        case Arrive() | ClockSpeaks() | LeaveMeeting() | MeetNext() | ReportHeard():
            return Decision(session)
        case _:
            return OVER
