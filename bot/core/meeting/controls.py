"""What people do to move a meeting: arriving, next, back, more time, silence, leaving, the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.cards import PersonId
from bot.core.decision import Deciders, Decision, Matter, Notice, Refusal, Where, on
from bot.core.exchange import MeetNext
from bot.core.meeting import course
from bot.core.meeting.clock import Still
from bot.core.meeting.commands import (
    Arrive,
    Back,
    ClockSpeaks,
    EndMeeting,
    Extend,
    HandOver,
    HoldRound,
    HoldSilence,
    LeaveMeeting,
    Next,
    Pause,
    StepOut,
    StillHere,
    StopRound,
    TakeBack,
    TakeBackArrival,
    TakeBackWish,
    TakeOver,
    TimeOut,
    Wait,
)
from bot.core.meeting.facilitation import (
    NOT_HERE,
    are_you_sure,
    hand_over,
    hold_round,
    holds,
    marked,
    may_not_move,
    not_yours,
    still_here,
    take_back,
    take_back_wish,
    take_over,
    with_process,
)
from bot.core.meeting.flow import advance, close, enter, leave
from bot.core.meeting.formats import PHASES
from bot.core.meeting.interruption import rules as interrupting
from bot.core.meeting.panels import late_card
from bot.core.meeting.phases.gathering.arrive import FEWEST
from bot.core.meeting.session import BOT, Participant, Presence, Session
from bot.core.meeting.timing import clock_speaks, gone_on
from bot.core.wording import count

LONGEST_STAND = timedelta(hours=1)
LONGEST_TOGETHER = timedelta(minutes=10)
"""A clock that stands still goes on by itself after this, so that no meeting is left standing;
sooner where nobody in particular can make it go on."""

JUST_MOVED = timedelta(seconds=3)
SHORTEST_SILENCE, LONGEST_SILENCE = 30, 180
MOST_EXTRA = 30
WARNED_BEFORE = timedelta(minutes=2)

TOO_FEW = Refusal(
    f"It takes {FEWEST} people or more; wait for the others to press I'm here.", "too_few"
)
NO_CLOCK = Refusal("This part has no clock; it ends when you begin.", "no_clock")


# --- arriving and leaving -------------------------------------------------------------------------


def _arrive(session: Session, command: Arrive, now: datetime) -> Decision[Session]:
    known = session.who(command.who)
    if known is None:
        since = command.waiting_since or now
        session = session.with_person(Participant(command.who, command.name, since))
    if command.expected:
        return Decision(session)
    session = session.with_arrival(command.who)
    came = known is not None and known.presence is Presence.EXPECTED
    if came and session.process.offered and session.process.holder == command.who:
        session = replace(session, process=replace(session.process, offered=False))
    return Decision(session, answer=late_card(session) if session.at > 0 else None)


def _take_back_arrival(
    session: Session, command: TakeBackArrival, now: datetime
) -> Decision[Session]:
    """Before the beginning, taking the tick off again says that one is not here after all."""
    known = session.who(command.who)
    if session.at > 0 or known is None:
        return Decision(session)
    return Decision(session.with_person(replace(known, presence=Presence.EXPECTED)))


def _leave(session: Session, command: LeaveMeeting, now: datetime) -> Decision[Session] | Refusal:
    """As if they had to go; who never came is not waited for any more."""
    known = session.who(command.who)
    if known is None:
        return Decision(session)
    if known.presence is Presence.HERE:
        gone = _step_out(session, StepOut(who=command.who), now)
        return gone._replace(answer=None) if isinstance(gone, Decision) else gone
    people = tuple(p for p in session.people if p.person != command.who)
    return Decision(replace(session, people=people))


def _step_out(session: Session, command: StepOut, now: datetime) -> Decision[Session] | Refusal:
    who, process = command.who, session.process
    known = session.who(who)
    if known is None or known.presence is not Presence.HERE:
        return Refusal("You are not marked as here; press I'm here when you come back.", "not_here")
    process = replace(
        process,
        offered=process.offered or process.holder == who,
        stand_in=BOT if process.stand_in == who else process.stand_in,
        claim=None if process.claim and process.claim.who == who else process.claim,
    )
    gone = replace(session.with_person(replace(known, presence=Presence.GONE)), process=process)
    told = gone.holder != BOT and not gone.has_left(gone.holder)
    notices = (_stepped_out(gone, who, now),) if told else ()
    decision = _without(gone, who, now).saying(*notices)
    return decision._replace(answer="Go well. Press I'm here if you come back.")


def _without(session: Session, who: PersonId, now: datetime) -> Decision[Session]:
    """What follows where somebody has left: their round ends; the rest may be ready to move on.

    An interrupted meeting moves only once somebody makes it go on.
    """
    if session.interrupted is not None:
        return Decision(session)
    if session.presenter == who:
        return advance(_stopped(session), who, now)
    if session.holder == BOT and session.at > 0 and course.wanted(session, "next"):
        moved = leave(session, who, now)
        return moved if isinstance(moved, Decision) else Decision(session)
    return Decision(session)


def _stepped_out(session: Session, who: PersonId, now: datetime) -> Notice:
    slot = session.slot(f"left:{who}:{int(now.timestamp())}")
    return Notice(Matter.NOTICE, slot, "stepped_out", session.id, Where.DIRECT, session.holder)


# --- on, back, to the end -----------------------------------------------------------------------


def _next(session: Session, command: Next, now: datetime) -> Decision[Session] | Refusal:
    typed = command.step is None
    if typed and session.at > 0 and now - session.clock.began_at < JUST_MOVED:
        return just_moved(session)
    if command.to:
        return _go_to(session, command, now)
    return with_process(session, command.who, "next", lambda s: _begin(s, command.who, now))


def _begin(session: Session, by: PersonId, now: datetime) -> Decision[Session] | Refusal:
    if session.at == 0 and len(session.here) < FEWEST:
        return TOO_FEW
    return leave(session, by, now)


def _go_to(session: Session, command: Next, now: datetime) -> Decision[Session] | Refusal:
    to = command.to.strip().casefold().replace(" ", "_").replace("-", "_")
    known = [n for n in session.steps(to) if n not in (0, session.at)]
    steps = [n for n in known if _enterable(session, n)]
    target = next((n for n in steps if n > session.at), steps[-1] if steps else None)
    if known and _jumps_over_the_vote(session, known[-1]):
        return Refusal("An issue has to be chosen first; close the vote, then go on.", "no_issue")
    if target is None:
        there = ", ".join(reachable_phases(session))
        return Refusal(f"I can go to one of these: {there}.", "unknown_phase")

    def go(asked: Session) -> Decision[Session] | Refusal:
        if asked.at == 0 and len(asked.here) < FEWEST:
            return TOO_FEW
        return Decision(enter(asked, target, command.who, now))

    return with_process(session, command.who, f"to {to}", go)


def reachable_phases(session: Session) -> tuple[str, ...]:
    """The phases one can go to from here, in the order of the plan."""
    there = (s.phase for n, s in enumerate(session.plan) if _reachable(session, n))
    return tuple(dict.fromkeys(there))


def _enterable(session: Session, at: int) -> bool:
    return not PHASES[session.plan[at].phase].skip(session, at)


def _reachable(session: Session, at: int) -> bool:
    passable = at not in (0, session.at) and not _jumps_over_the_vote(session, at)
    return passable and _enterable(session, at)


def _jumps_over_the_vote(session: Session, target: int) -> bool:
    """Going on without a presenter; going to the close is ending the meeting."""
    votes = session.steps("choose")
    if session.presenters or session.plan[target].phase == "close" or not votes:
        return False
    return session.at <= votes[-1] < target


def just_moved(session: Session) -> Refusal:
    """What somebody hears who was a moment too late."""
    title = PHASES[session.step.phase].title
    return Refusal(
        f"We have just moved to “{title}”; press More to see what you can do.", "just_moved"
    )


def _back(session: Session, command: Back, now: datetime) -> Decision[Session] | Refusal:
    before = {m.step for m in session.log if 0 < m.step < session.at}
    steps = [n for n in before if _enterable(session, n)]
    if not steps:
        return Refusal("This is where the meeting began; there is nothing to go back to.", "first")
    return with_process(
        session,
        command.who,
        "back",
        lambda s: Decision(enter(s, max(steps), command.who, now)),
    )


STOP_SURE = "Your round ends at once and nobody is asked why. What was said stays here."
END_SURE = "The meeting ends now for everyone. What people handed in comes to them privately."


def _stop_round(session: Session, command: StopRound, now: datetime) -> Decision[Session] | Refusal:
    if session.presenter != command.who:
        return Refusal(
            "Only the presenter can stop their round; you can hold a silence.", "not_yours"
        )
    if not command.sure:
        asked = are_you_sure(session, "Stop my round", "stop_sure", STOP_SURE)
        return Decision(session, answer=asked)
    return advance(_stopped(session), command.who, now)


def _stopped(session: Session) -> Session:
    return replace(session, stopped=session.stopped | {session.step.round})


def _end(session: Session, command: EndMeeting, now: datetime) -> Decision[Session] | Refusal:
    if command.sure:
        return with_process(session, command.who, "end", lambda s: close(s, command.who, now))
    refusal = may_not_move(session, command.who)
    if refusal is not None:
        return refusal
    label = f"End the meeting for {count(len(session.here), 'person', 'people')}"
    return Decision(session, answer=are_you_sure(session, label, "end_sure", END_SURE))


# --- the clock ------------------------------------------------------------------------------------


def _extend(session: Session, command: Extend, now: datetime) -> Decision[Session] | Refusal:
    if not 1 <= command.minutes <= MOST_EXTRA:
        return Refusal(f"I can add 1 to {MOST_EXTRA} minutes at a time.", "minutes")
    if not session.clock.seconds:
        return NO_CLOCK
    return _by_mark(session, command, now) if command.mark else _given(session, command, now)


def _given(session: Session, command: Extend, now: datetime) -> Decision[Session] | Refusal:
    given_at = session.clock.extended_at
    if given_at is not None and now - given_at < JUST_MOVED:
        return Decision(session)
    return with_process(
        session, command.who, "longer", lambda s: Decision(_longer(s, command.minutes, now))
    )


def _by_mark(session: Session, command: Extend, now: datetime) -> Decision[Session] | Refusal:
    """A mark on the card asks once, however often it is delivered."""
    mark = (command.who, marked("longer"))
    if mark in session.process.wishes:
        return Decision(session)
    decision = _given(session, command, now)
    if isinstance(decision, Refusal):
        return decision
    process = decision.state.process
    kept = replace(process, wishes=process.wishes | {mark})
    return decision._replace(state=replace(decision.state, process=kept))


def _longer(session: Session, minutes: int, now: datetime) -> Session:
    """More time from now, not from an end that has passed: two minutes asked for are two had."""
    clock = session.clock
    overrun = max(int((now - clock.ends_at).total_seconds()), 0) if not clock.still else 0
    clock = replace(clock, extra=clock.extra + overrun + minutes * 60, extended_at=now)
    clock = clock.unsay("time_up", "holder_silent")
    if clock.ends_at - now > WARNED_BEFORE:
        clock = clock.unsay("two_minutes")
    wishes = frozenset(w for w in session.process.wishes if w[1] != "longer")
    return replace(session, clock=clock, process=replace(session.process, wishes=wishes))


def _pause(session: Session, command: Pause, now: datetime) -> Decision[Session] | Refusal:
    still = session.clock.still
    wanted = command.on if command.on is not None else still is None
    if wanted and not holds(session, command.who):
        return _silence(session, HoldSilence(who=command.who), now)
    if wanted:
        return _stand(session, command.who, Still.PAUSE, now, LONGEST_STAND)
    if still is None:
        return Decision(session)
    if not holds(session, command.who) and session.holder != BOT:
        return not_yours(session)
    return Decision(gone_on(session, now))


def _silence(session: Session, command: HoldSilence, now: datetime) -> Decision[Session] | Refusal:
    if session.clock.still not in (None, Still.SILENCE):
        return Refusal("The clock stands still already; the silence is yours.", "still")
    seconds = min(max(command.seconds, SHORTEST_SILENCE), LONGEST_SILENCE)
    return _stand(session, command.who, Still.SILENCE, now, timedelta(seconds=seconds))


def _time_out(session: Session, command: TimeOut, now: datetime) -> Decision[Session] | Refusal:
    longest = LONGEST_TOGETHER if session.holder == BOT else LONGEST_STAND
    return _stand(session, command.who, Still.TIME_OUT, now, longest)


def _stand(
    session: Session, who: PersonId, why: Still, now: datetime, longest: timedelta
) -> Decision[Session] | Refusal:
    """The clock stands still; asked for again, it stands as it does."""
    if not session.clock.seconds:
        return NO_CLOCK
    if not (session.is_here(who) or holds(session, who)):
        return NOT_HERE
    if session.clock.still is why:
        return Decision(session)
    clock = session.clock.go_on(now).stand(why, now, now + longest)
    return Decision(replace(session, clock=clock))


def _wait(session: Session, command: Wait, now: datetime) -> Decision[Session] | Refusal:
    if not holds(session, command.who):
        return not_yours(session)
    return Decision(session, answer="We wait. Pause under More stops the clock meanwhile.")


def _meet_next(session: Session, command: MeetNext, now: datetime) -> Decision[Session]:
    return Decision(replace(session, next_at=command.at))


DECIDERS: Deciders[Session] = {
    **interrupting.DECIDERS,
    **on(Arrive, _arrive),
    **on(TakeBackArrival, _take_back_arrival),
    **on(StepOut, _step_out),
    **on(LeaveMeeting, _leave),
    **on(Next, _next),
    **on(Back, _back),
    **on(StopRound, _stop_round),
    **on(EndMeeting, _end),
    **on(Extend, _extend),
    **on(Pause, _pause),
    **on(HoldSilence, _silence),
    **on(TimeOut, _time_out),
    **on(Wait, _wait),
    **on(HandOver, hand_over),
    **on(TakeOver, take_over),
    **on(StillHere, still_here),
    **on(TakeBack, take_back),
    **on(HoldRound, hold_round),
    **on(TakeBackWish, take_back_wish),
    **on(MeetNext, _meet_next),
    **on(ClockSpeaks, clock_speaks),
}
"""Who decides each command that moves the meeting rather than its content."""
