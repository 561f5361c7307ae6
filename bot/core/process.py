"""Moving a meeting on: next, back, time, silence, taking over, the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.cards import Button, Card, PersonId, Style, Text, buttons
from bot.core.commands import (
    Arrive,
    Back,
    ClockSpeaks,
    CloseSession,
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
from bot.core.phases.arrive import FEWEST, Gathering
from bot.core.phases.bids import Bids
from bot.core.phases.learning_review import FEWEST_PULSES, Learnings
from bot.core.phases.phase import may_be_taken_over
from bot.core.session import (
    BOT,
    CLOCK,
    Clock,
    Deadline,
    Decision,
    Facilitation,
    Matter,
    Notice,
    Participant,
    Presence,
    Process,
    Refusal,
    Session,
    Status,
    Still,
    Transition,
    Where,
)
from bot.core.walltime import local
from bot.core.wording import minutes

TWO_MINUTES = timedelta(minutes=2)
LONG_ENOUGH_TO_WARN = 360
"""Seconds a step must have for the two-minute word to be of use."""

SILENT_AFTER = timedelta(minutes=3)
CLAIM_TAKES = timedelta(seconds=60)
STAND_IN_AFTER = timedelta(seconds=60)
LONGEST_STAND = timedelta(minutes=10)
"""A pause that nobody in particular can end goes on by itself after this."""

JUST_MOVED = timedelta(seconds=3)
SHORTEST_SILENCE, LONGEST_SILENCE = 30, 180
MOST_EXTRA = 30


# --- where we go -------------------------------------------------------------------------------


def open_at(session: Session, now: datetime) -> Session:
    """The session in its first step."""
    blank = replace(session, memories=(None,) * len(session.plan))
    return _enter(blank, 0, session.process.home, now)


def advance(session: Session, by: PersonId, now: datetime) -> Decision:
    """The session in its next step that has something to do; over where none is left."""
    session = PHASES[session.step.phase].leave(session, session.at)
    following = (n for n in range(session.at + 1, len(session.plan)))
    to = next((n for n in following if not PHASES[session.plan[n].phase].skip(session, n)), None)
    if to is None:
        return close(session, by, now)
    return Decision(_enter(session, to, by, now))


def settle(decision: Decision, by: PersonId, now: datetime) -> Decision:
    """The decision, moved on through every step in which all have had their say."""
    while True:
        session: Session = decision.state
        if not session.live or not PHASES[session.step.phase].finished(session, session.at):
            return decision
        moved = advance(session, by, now)
        decision = replace(
            moved,
            notices=(*decision.notices, *moved.notices),
            answer=decision.answer,
            then=(*decision.then, *moved.then),
            recounts=(*decision.recounts, *moved.recounts),
        )


def _enter(session: Session, to: int, by: PersonId, now: datetime) -> Session:
    step, before = session.plan[to], session.step
    process = replace(
        session.process, ready=frozenset(), longer=frozenset(), claim=None, claimed_at=None
    )
    if step.round != before.round:
        process = replace(process, stand_in=None)
    clock = Clock(now, _seconds(session, to, now))
    session = replace(
        session, at=to, clock=clock, process=process, log=(*session.log, Transition(to, now, by))
    )
    return session.remember(PHASES[step.phase].enter(session, to, now), to)


def _seconds(session: Session, to: int, now: datetime) -> int:
    """The step's length; a late meeting takes up to half of it where the phase allows (1.4)."""
    planned = session.plan[to].seconds
    begun = next((move.at for move in session.log if move.step > 0), now)
    if not PHASES[session.plan[to].phase].shrinks:
        return planned
    due = begun + timedelta(seconds=sum(step.seconds for step in session.plan[1:to]))
    late = int((now - due).total_seconds())
    return max(planned - max(late, 0), planned // 2)


def close(session: Session, by: PersonId, now: datetime) -> Decision:
    """The meeting over: keepsakes to everyone, and what the set keeps."""
    held = session.at > 0
    here = tuple(p.person for p in session.here)
    status = Status.HELD if held else Status.NOT_HELD
    next_at = session.next_at or (PHASES["close"].leave(session, session.at).next_at if held else None)
    process = replace(session.process, claim=None, claimed_at=None)
    session = replace(
        session,
        status=status,
        closed_at=now,
        next_at=next_at,
        process=process,
        keepsakes=here if held else (),
    )
    return Decision(session, _keepsakes(session), then=(_what_the_set_keeps(session, by),))


def _keepsakes(session: Session) -> tuple[Notice, ...]:
    return tuple(
        Notice(
            Matter.KEEPSAKE,
            session.slot(f"keepsake:{person}"),
            "keepsake",
            session.id,
            Where.DIRECT,
            person,
        )
        for person in session.keepsakes
    )


def _what_the_set_keeps(session: Session, by: PersonId) -> CloseSession:
    rounds_held = tuple(
        person
        for number, person in enumerate(session.presenters, 1)
        if any(move.step in _steps_of(session, number) for move in session.log)
    )
    unchosen = tuple(
        (bid.owner, bid.title, bid.why, bid.urgency)
        for memory in session.memories
        if isinstance(memory, Bids)
        for _, bid in memory.open()
        if bid.owner not in rounds_held
    )
    pulses = next((m.pulses for m in session.memories if isinstance(m, Learnings)), ())
    return CloseSession(
        who=by,
        session=session.id,
        held=session.status is Status.HELD,
        attended=tuple(p.person for p in session.people if p.presence is not Presence.EXPECTED),
        presented=rounds_held,
        holder=session.process.holder,
        next_local=local(session.next_at, session.zone).replace(second=0, microsecond=0)
        if session.next_at
        else None,
        bids=unchosen,
        pulse=(sum(pulses), len(pulses)) if len(pulses) >= FEWEST_PULSES else (0, 0),
    )


def _steps_of(session: Session, number: int) -> tuple[int, ...]:
    return tuple(n for n, step in enumerate(session.plan) if step.round == number)


# --- what people do ----------------------------------------------------------------------------


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
    return Decision(session, answer="welcome_late" if late else None)


def _next(session: Session, command: Next, now: datetime) -> Decision | Refusal:
    if command.to:
        return _go_to(session, command, now)
    if command.step is None and now - session.clock.began_at < JUST_MOVED and session.at > 0:
        return _just_moved(session)
    if session.at == 0 and len(session.here) < FEWEST:
        return Refusal(
            "A set needs at least three people; wait for the others to press I'm here.", "too_few"
        )
    return _with_process(session, command.who, now, lambda s: _leave(s, command.who, now))


def _leave(session: Session, by: PersonId, now: datetime) -> Decision | Refusal:
    onward = PHASES[session.step.phase].before_leaving(session, session.at, by, now)
    if isinstance(onward, str):
        return Decision(_enter(session, session.steps(onward)[-1], by, now))
    return advance(session, by, now) if onward is None else onward


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
        session, command.who, now, lambda s: Decision(_enter(s, target, command.who, now))
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
        session, command.who, now, lambda s: Decision(_enter(s, max(before), command.who, now))
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
        return _not_yours(session)
    ready = process.ready | {who}
    asked = replace(session, process=replace(process, ready=ready))
    most = 2 * len(ready & {p.person for p in session.here}) > len(session.here)
    return do(asked) if session.at == 0 or most else Decision(asked)


def _not_yours(session: Session) -> Refusal:
    return Refusal(
        f"{session.name(session.holder)} holds the process; "
        "under More you can hold a silence or call a time-out.",
        "not_facilitator",
    )


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
        return _not_yours(session)
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
            return _not_yours(session)
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
        return Refusal("Only the presenter can stop their round; you can hold a silence.", "not_yours")
    if not command.sure:
        return Decision(session, answer=_sure(session, "Stop my round", "stop_sure", STOP_SURE))
    stopped = replace(session, stopped=session.stopped | {session.step.round})
    return advance(stopped, command.who, now)


STOP_SURE = "Your round ends at once and nobody is asked why. What was said stays here."
END_SURE = "The meeting ends now for everyone. What people handed in comes to them privately."


def _sure(session: Session, label: str, action: str, what: str) -> Card:
    row = buttons(Button(label, action, style=Style.DANGER))
    return Card(f"{label}?", (Text(what), *row), subject=session.id, step=session.at)


def _end(session: Session, command: EndMeeting, now: datetime) -> Decision | Refusal:
    if not command.sure:
        label = f"End the meeting for {len(session.here)} people"
        return Decision(session, answer=_sure(session, label, "end_sure", END_SURE))
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


def _hand_over(session: Session, command: HandOver, now: datetime) -> Decision | Refusal:
    if session.process.holder != command.who:
        return _not_yours(session)
    offered = replace(session.process, offered=True)
    return Decision(replace(session, process=offered), answer="Anyone here can press Take over now.")


def _take_over(session: Session, command: TakeOver, now: datetime) -> Decision | Refusal:
    process = session.process
    if process.holder == command.who:
        return Refusal("You hold the process already; press More to see what you can do.", "yours")
    if not may_be_taken_over(session):
        return Refusal(
            f"{session.name(session.holder)} holds the process; "
            "if they stay silent, Take over appears on the card.",
            "not_offered",
        )
    if not command.sure:
        label = "Take over the process"
        what = f"You would hold it for this meeting. {session.name(process.holder)} is asked first."
        return Decision(session, answer=_sure(session, label, "take_over_sure", what))
    if process.offered or session.step.phase == "arrive":
        return Decision(_held_by(session, command.who))
    claim = replace(process, claim=command.who, claimed_at=now)
    asked = replace(session, process=claim)
    slot = session.slot(f"claim:{int(now.timestamp())}")
    ask = Notice(
        Matter.NOTICE, slot, "claim", session.id, Where.DIRECT, process.holder, now + CLAIM_TAKES
    )
    name = session.name(process.holder)
    return Decision(asked, (ask,), answer=f"I am asking {name}; in a minute it is yours.")


def _held_by(session: Session, who: PersonId) -> Session:
    process = replace(
        session.process, holder=who, stand_in=None, offered=False, claim=None, claimed_at=None
    )
    said = session.clock.said - {"holder_silent"}
    return replace(session, process=process, clock=replace(session.clock, said=said))


def _still_here(session: Session, command: StillHere, now: datetime) -> Decision | Refusal:
    process = session.process
    if process.holder != command.who:
        return Refusal("Somebody else holds the process now; you can press Take it back.", "moved")
    kept = replace(process, claim=None, claimed_at=None, offered=False, last_press=now)
    said = session.clock.said - {"holder_silent"}
    clock = replace(session.clock, said=said)
    return Decision(replace(session, process=kept, clock=clock), answer="You hold the process.")


def _take_back(session: Session, command: TakeBack, now: datetime) -> Decision | Refusal:
    process = session.process
    if process.home != command.who or process.holder == command.who:
        return Refusal("There is nothing to take back; press More to see what you can do.", "yours")
    return Decision(_held_by(session, command.who), answer="You hold the process again.")


def _hold_round(session: Session, command: HoldRound, now: datetime) -> Decision | Refusal:
    if session.presenter == command.who:
        return Refusal("You present this round; let somebody else hold the process.", "presenting")
    if session.process.current not in (session.presenter, BOT):
        return Refusal(f"{session.name(session.holder)} holds the process already.", "held")
    if not session.step.round:
        return Refusal("This is for a presenter's round; press More to see what you can do.", "later")
    process = replace(session.process, stand_in=command.who)
    return Decision(replace(session, process=process), answer="You hold the process for this round.")


# --- what the clock does -----------------------------------------------------------------------


def _clock(session: Session, command: ClockSpeaks, now: datetime) -> Decision | Refusal:
    said = replace(session, clock=session.clock.say(command.what))
    match command.what:
        case "two_minutes":
            return Decision(said, (_word(session, "two_minutes", session.clock.ends_at),))
        case "time_up":
            until = session.clock.ends_at + timedelta(seconds=session.clock.seconds)
            asks = _waits_for_a_person(session)
            return Decision(said, (_ask_holder(session, until),) if asks else ())
        case "holder_silent":
            return Decision(said)
        case "move_on":
            return _leave(session, CLOCK, now)
        case "go_on":
            return Decision(replace(session, clock=session.clock.go_on(now)))
        case "stand_in":
            return Decision(replace(session, process=replace(session.process, stand_in=BOT)))
        case "claim_over":
            return Decision(_held_by(session, session.process.claim or BOT))
    decision = PHASES[session.step.phase].decide(session, session.at, command, now)
    if isinstance(decision, Decision) and _given_up(decision.state):
        return close(decision.state, CLOCK, now)
    return decision


def _given_up(session: Session) -> bool:
    memory = session.memories[session.at]
    return isinstance(memory, Gathering) and memory.not_held


def _word(session: Session, card: str, until: datetime) -> Notice:
    slot = session.slot(f"{card}:{len(session.log)}")
    return Notice(Matter.PHASE, slot, card, session.id, until=until)


def _ask_holder(session: Session, until: datetime) -> Notice:
    slot = session.slot(f"time_up:{len(session.log)}:{session.clock.extra}")
    return Notice(Matter.NOTICE, slot, "time_up", session.id, Where.DIRECT, session.holder, until)


def _waits_for_a_person(session: Session) -> bool:
    return session.process.facilitation is Facilitation.LED and session.holder != BOT


def deadlines(session: Session) -> tuple[Deadline, ...]:
    """Every moment at which the clock should speak, if nothing else happens first."""
    if not session.live:
        return ()
    at, process = session.at, session.process
    due = list(PHASES[session.step.phase].deadlines(session, at))
    if process.claimed_at is not None:
        due.append(Deadline(process.claimed_at + CLAIM_TAKES, "claim_over", step=at))
    if session.step.round and process.current == session.presenter:
        due.append(Deadline(session.clock.began_at + STAND_IN_AFTER, "stand_in", step=at))
    if session.clock.still is not None:
        if session.clock.still_until is not None:
            due.append(Deadline(session.clock.still_until, "go_on", step=at))
        return tuple(due)
    return (*due, *_clock_deadlines(session, session.clock, process))


def _clock_deadlines(session: Session, clock: Clock, process: Process) -> tuple[Deadline, ...]:
    if not session.step.seconds:
        return ()
    at, ends = session.at, clock.ends_at
    due: list[Deadline] = []
    if "time_up" not in clock.said:
        due.append(Deadline(ends, "time_up", str(clock.extra), at))
        if clock.seconds >= LONG_ENOUGH_TO_WARN and "two_minutes" not in clock.said:
            due.append(Deadline(ends - TWO_MINUTES, "two_minutes", str(clock.extra), at))
        return tuple(due)
    led = _waits_for_a_person(session)
    wait = clock.seconds if led else session.grace
    due.append(Deadline(ends + timedelta(seconds=wait), "move_on", str(clock.extra), at))
    pressed = process.last_press is not None and process.last_press > ends
    if led and not pressed and "holder_silent" not in clock.said:
        due.append(Deadline(ends + SILENT_AFTER, "holder_silent", str(clock.extra), at))
    return tuple(due)


def time_left(session: Session, now: datetime) -> str:
    """How long this step still has, in words."""
    left = int((session.clock.ends_at - now).total_seconds())
    return minutes(left) if left > 0 else "no time"


DECIDERS: dict[type[InSession], Callable[[Session, InSession, datetime], Decision | Refusal]] = {
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
    HandOver: _hand_over,
    TakeOver: _take_over,
    StillHere: _still_here,
    TakeBack: _take_back,
    HoldRound: _hold_round,
    ClockSpeaks: _clock,
}  # type: ignore[dict-item]
"""Who decides each command that moves the meeting rather than its content."""
