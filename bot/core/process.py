"""What people do to move a meeting: arriving, next, back, more time, silence, leaving, the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.cards import PersonId
from bot.core.commands import (
    Arrive,
    Back,
    ClockSpeaks,
    EndMeeting,
    Extend,
    HandOver,
    HoldRound,
    HoldSilence,
    InSession,
    Next,
    Pause,
    StepOut,
    StillHere,
    StopRound,
    TakeBack,
    TakeOver,
    TimeOut,
)
from bot.core.formats import PHASES
from bot.core.holding import (
    are_you_sure,
    hand_over,
    hold_round,
    not_yours,
    still_here,
    take_back,
    take_over,
)
from bot.core.moving import advance, close, enter, leave
from bot.core.panels import late_card
from bot.core.phases.arrive import FEWEST
from bot.core.session import (
    BOT,
    Decision,
    Matter,
    Notice,
    Participant,
    Presence,
    Refusal,
    Session,
    Still,
    Where,
)
from bot.core.timing import clock_speaks

LONGEST_STAND = timedelta(minutes=10)
"""A pause that nobody in particular can end goes on by itself after this."""

JUST_MOVED = timedelta(seconds=3)
SHORTEST_SILENCE, LONGEST_SILENCE = 30, 180
MOST_EXTRA = 30


def _arrive(session: Session, command: Arrive, now: datetime) -> Decision | Refusal:
    known = session.who(command.who)
    presence = Presence.EXPECTED if command.expected else Presence.HERE
    if known is None:
        person = Participant(command.who, command.name, command.waiting_since or now, presence)
    elif command.expected:
        return Decision(session)
    else:
        others = tuple(p for p in session.people if p.person != command.who)
        first_time = known.presence is Presence.EXPECTED
        session = replace(session, people=(*others, known)) if first_time else session
        person = replace(known, presence=presence)
    session = session.with_person(person)
    late = session.at > 0 and presence is Presence.HERE
    return Decision(session, answer=late_card(session) if late else None)


def _next(session: Session, command: Next, now: datetime) -> Decision | Refusal:
    if command.to:
        return _go_to(session, command, now)
    if command.step is None and now - session.clock.began_at < JUST_MOVED and session.at > 0:
        return _just_moved(session)
    if session.at == 0 and len(session.here) < FEWEST:
        return Refusal(
            "A set needs at least three people; wait for the others to press I'm here.", "too_few"
        )
    return _with_process(session, command.who, now, lambda s: leave(s, command.who, now))


def _go_to(session: Session, command: Next, now: datetime) -> Decision | Refusal:
    to = command.to.strip().casefold().replace(" ", "_").replace("-", "_")
    steps = [n for n in session.steps(to) if not PHASES[to].skip(session, n) and n != session.at]
    ahead = [n for n in steps if n > session.at]
    if not steps:
        phases = ", ".join(dict.fromkeys(s.phase for s in session.plan[1:]))
        return Refusal(f"I can go to: {phases}.", "unknown_phase")
    target = ahead[0] if ahead else steps[-1]
    if target > session.at and _jumps_over_the_vote(session, target):
        return Refusal("An issue has to be chosen first; close the vote, then go on.", "no_issue")
    return _with_process(
        session, command.who, now, lambda s: Decision(enter(s, target, command.who, now))
    )


def _jumps_over_the_vote(session: Session, target: int) -> bool:
    vote = session.steps("choose")[-1]
    return session.at <= vote < target and not session.presenters


def _just_moved(session: Session) -> Refusal:
    return Refusal(
        f"We have just moved to “{PHASES[session.step.phase].title}”; press again if you mean it.",
        "just_moved",
    )


def _back(session: Session, command: Back, now: datetime) -> Decision | Refusal:
    before = [m.step for m in session.log if 0 < m.step < session.at]
    if not before:
        return Refusal("This is where the meeting began; there is nothing to go back to.", "first")
    return _with_process(
        session, command.who, now, lambda s: Decision(enter(s, max(before), command.who, now))
    )


def _with_process(
    session: Session,
    who: PersonId,
    now: datetime,
    do: Callable[[Session], Decision | Refusal],
) -> Decision | Refusal:
    """Do it where this person holds the process; where the bot does, once most here want it."""
    process = session.process
    if session.holder == who or who == session.process.home == session.process.holder:
        return do(replace(session, process=replace(process, last_press=now)))
    if session.holder != BOT:
        return not_yours(session)
    ready = process.ready | {who}
    asked = replace(session, process=replace(process, ready=ready))
    most = 2 * len(ready & {p.person for p in session.here}) > len(session.here)
    return do(asked) if session.at == 0 or most else Decision(asked)


def _extend(session: Session, command: Extend, now: datetime) -> Decision | Refusal:
    if not 1 <= command.minutes <= MOST_EXTRA:
        return Refusal(f"I can add 1 to {MOST_EXTRA} minutes at a time.", "minutes")
    if not session.step.seconds:
        return Refusal("This part has no clock; it ends when you begin.", "no_clock")
    if session.holder == BOT:
        longer = session.process.longer | {command.who}
        if 2 * len(longer) <= len(session.here):
            return Decision(replace(session, process=replace(session.process, longer=longer)))
    elif session.holder != command.who:
        return not_yours(session)
    # From now, not from an end that has passed: two minutes asked for are two minutes had.
    overrun = max(int((now - session.clock.ends_at).total_seconds()), 0)
    overrun = 0 if session.clock.still else overrun
    clock = replace(
        session.clock,
        extra=session.clock.extra + overrun + command.minutes * 60,
        said=session.clock.said - {"two_minutes", "time_up", "holder_silent"},
    )
    process = replace(session.process, longer=frozenset(), last_press=now)
    return Decision(replace(session, clock=clock, process=process))


def _pause(session: Session, command: Pause, now: datetime) -> Decision | Refusal:
    holds = session.holder == command.who
    if session.clock.still is not None:
        if not holds and session.holder != BOT:
            return not_yours(session)
        return Decision(replace(session, clock=session.clock.go_on(now)))
    if not holds:
        return _silence(session, HoldSilence(who=command.who), now)
    return Decision(replace(session, clock=session.clock.stand(Still.PAUSE, now, None)))


def _silence(session: Session, command: HoldSilence, now: datetime) -> Decision | Refusal:
    if session.clock.still is not None:
        return Refusal("The clock stands still already; the silence is yours.", "still")
    seconds = min(max(command.seconds, SHORTEST_SILENCE), LONGEST_SILENCE)
    until = now + timedelta(seconds=seconds)
    return Decision(replace(session, clock=session.clock.stand(Still.SILENCE, now, until)))


def _time_out(session: Session, command: TimeOut, now: datetime) -> Decision | Refusal:
    clock = session.clock.go_on(now)
    until = now + LONGEST_STAND if session.holder == BOT else None
    return Decision(replace(session, clock=clock.stand(Still.TIME_OUT, now, until)))


def _stop_round(session: Session, command: StopRound, now: datetime) -> Decision | Refusal:
    if session.presenter != command.who:
        return Refusal(
            "Only the presenter can stop their round; you can hold a silence.", "not_yours"
        )
    if not command.sure:
        return Decision(
            session, answer=are_you_sure(session, "Stop my round", "stop_sure", STOP_SURE)
        )
    stopped = replace(session, stopped=session.stopped | {session.step.round})
    return advance(stopped, command.who, now)


STOP_SURE = "Your round ends at once and nobody is asked why. What was said stays here."
END_SURE = "The meeting ends now for everyone. What people handed in comes to them privately."


def _end(session: Session, command: EndMeeting, now: datetime) -> Decision | Refusal:
    if not command.sure:
        label = f"End the meeting for {len(session.here)} people"
        return Decision(session, answer=are_you_sure(session, label, "end_sure", END_SURE))
    return _with_process(session, command.who, now, lambda s: close(s, command.who, now))


def _step_out(session: Session, command: StepOut, now: datetime) -> Decision | Refusal:
    known = session.who(command.who)
    if known is None or known.presence is not Presence.HERE:
        return Refusal("You are not marked as here; press I'm here when you come back.", "not_here")
    gone = session.with_person(replace(known, presence=Presence.GONE))
    holds = session.process.holder == command.who
    if holds:
        gone = replace(gone, process=replace(gone.process, offered=True))
    notices = () if holds or session.holder == BOT else (_stepped_out(session, command.who, now),)
    if session.presenter == command.who:
        stopped = replace(gone, stopped=gone.stopped | {session.step.round})
        decision = advance(stopped, command.who, now)
    else:
        decision = Decision(gone)
    return replace(decision.saying(*notices), answer="Go well. Press I'm here if you come back.")


def _stepped_out(session: Session, who: PersonId, now: datetime) -> Notice:
    slot = session.slot(f"left:{who}:{int(now.timestamp())}")
    return Notice(Matter.NOTICE, slot, "stepped_out", session.id, Where.DIRECT, session.holder)


DECIDERS: dict[type[InSession], Callable[..., Decision | Refusal]] = {
    Arrive: _arrive,
    Next: _next,
    Back: _back,
    Extend: _extend,
    Pause: _pause,
    HoldSilence: _silence,
    TimeOut: _time_out,
    StopRound: _stop_round,
    EndMeeting: _end,
    StepOut: _step_out,
    HandOver: hand_over,
    TakeOver: take_over,
    StillHere: still_here,
    TakeBack: take_back,
    HoldRound: hold_round,
    ClockSpeaks: clock_speaks,
}
"""Who decides each command that moves the meeting rather than its content."""
