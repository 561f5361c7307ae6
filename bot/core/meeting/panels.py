"""Cards about a running meeting: the board, where we are, and what one person may do now."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.core.cards import (
    Block,
    Button,
    Card,
    PersonId,
    Style,
    Text,
    Tone,
    Until,
    buttons,
    people,
)
from bot.core.command import InSession
from bot.core.meeting.commands import (
    Back,
    CloseInterrupted,
    EndMeeting,
    Extend,
    GoOn,
    HandOver,
    HoldRound,
    HoldSilence,
    Next,
    Pause,
    StepOut,
    StopRound,
    TakeBack,
    TakeOver,
    TimeOut,
)
from bot.core.meeting.formats import FORMATS, PHASES
from bot.core.meeting.interruption.cards import CLOSE_IT, GO_ON
from bot.core.meeting.phases.frame import INTERRUPTED, STANDS, how_to_move
from bot.core.meeting.session import Session, Status

Accepts = Callable[[InSession], bool]
"""Whether the meeting would take a command now; a panel offers nothing else."""


JOIN_IN = "You may join in. Your turn comes last."


def more_card(session: Session, who: PersonId, accepts: Accepts) -> Card:
    """Everything this person may do now; for the facilitator, their panel."""
    offered = (
        [button for button, command in row if command is None or accepts(command)]
        for row in (_of_process(session, who), _of_taking_part(session, who), _of_oneself(who))
    )
    door = [Button("I'm here", "here", style=Style.PRIMARY)] if not session.is_here(who) else []
    return Card(
        "What you can do now",
        (
            *_where_we_are(session),
            *_waited_for(session, who),
            *buttons(*door),
            *(block for row in offered for block in buttons(*row)),
        ),
        summary="What you can do now.",
        subject=session.id,
        step=session.at,
    )


_Offers = Iterator[tuple[Button, InSession | None]]


def _of_process(session: Session, who: PersonId) -> _Offers:
    at = session.at
    if session.interrupted is not None:
        yield GO_ON, GoOn(who=who)
        yield CLOSE_IT, CloseInterrupted(who=who)
    begin = Button("Begin" if at == 0 else "Next phase", "next", style=Style.PRIMARY)
    yield begin, Next(who=who, step=at)
    yield Button("+2 minutes", "extend", "2"), Extend(who=who, step=at)
    if who in (session.holder, session.process.holder):
        yield Button("Pause", "pause", "on"), Pause(who=who, on=True)
    yield Button("Resume", "pause", "off"), Pause(who=who, on=False)
    yield Button("Back", "back"), Back(who=who, step=at)
    if not session.process.offered:
        yield Button("Hand over", "hand_over"), HandOver(who=who)
    yield Button("Take it back", "take_back_process"), TakeBack(who=who)
    yield Button("I'll hold it", "hold_round"), HoldRound(who=who)
    yield Button("Take over", "take_over"), TakeOver(who=who)
    yield Button("End", "end", style=Style.DANGER), EndMeeting(who=who)


def _of_taking_part(session: Session, who: PersonId) -> _Offers:
    at = session.at
    yield Button("Stop my round", "stop_round", style=Style.DANGER), StopRound(who=who, step=at)
    yield from PHASES[session.step.phase].offers(session, at, who)
    yield Button("Hold a silence", "silence"), HoldSilence(who=who)
    yield Button("Time-out", "time_out"), TimeOut(who=who)
    yield Button("I have to go", "step_out"), StepOut(who=who)


def _of_oneself(who: PersonId) -> _Offers:
    yield Button("Save an action for me", "save_action"), None
    yield Button("I need help", "need_help"), None


def _waited_for(session: Session, who: PersonId) -> tuple[Block, ...]:
    """Who has not answered yet: names only to the facilitator."""
    if session.holder != who:
        return ()
    waiting = PHASES[session.step.phase].waiting(session, session.at)
    return (people("Still to come", ((p.person, p.name) for p in waiting)),) if waiting else ()


def _where_we_are(session: Session) -> tuple[Block, ...]:
    where = PHASES[session.step.phase].title
    if session.at:
        where = f"{where} ({session.at} of {len(session.plan) - 1})"
    blocks: list[Block] = [Text(f"{where}.", Tone.STRONG)]
    if session.interrupted is not None:
        blocks.append(Text(INTERRUPTED))
    elif session.clock.still is not None:
        blocks.append(Text(STANDS[session.clock.still]))
    elif session.clock.seconds:
        blocks.append(Until("This part ends", session.clock.ends_at, countdown=True))
    return tuple(blocks)


def status_card(session: Session) -> Card:
    """Where we are and who is next."""
    lines = [f"{session.name(session.holder)} facilitates."]
    if session.presenter:
        lines.append(f"{session.name(session.presenter)} presents.")
    following = session.plan[session.at + 1 :]
    if following:
        lines.append(f"Next: {PHASES[following[0].phase].title}.")
    return Card(
        session.title,
        (
            *_where_we_are(session),
            Text(" ".join(lines)),
            people("Here", ((p.person, p.name) for p in session.here)),
        ),
        summary="Where your meeting is.",
        subject=session.id,
        step=session.at,
    )


def late_card(session: Session) -> Card:
    """For somebody who comes while the meeting runs: where we are and what they may do."""
    presenter, phase = session.name(session.presenter), PHASES[session.step.phase]
    if phase.key == "present":
        return _late(session, Text(f"{presenter} has the floor. Please listen until they finish."))
    joins = f"{presenter} presents. You may join in." if session.presenter else JOIN_IN
    told = phase.told(session, session.at, late=True)
    return _late(session, Text(joins), *told, *how_to_move(session))


def _late(session: Session, *blocks: Block) -> Card:
    return Card(
        "Welcome. We've begun",
        (*_where_we_are(session), *blocks),
        summary="Your meeting has begun.",
        subject=session.id,
        step=session.at,
    )


def quiet_ways(session: Session, who: PersonId, accepts: Accepts) -> tuple[Block, ...]:
    """What somebody who needs help may do in the meeting without a word."""
    silence = Button("Hold a silence", "silence") if accepts(HoldSilence(who=who)) else None
    leaving = Button("I have to go", "step_out") if accepts(StepOut(who=who)) else None
    return buttons(silence, leaving)


def board(session: Session) -> Card:
    """The one card that says where the meeting is, from arriving to the close."""
    blocks: tuple[Block, ...]
    if session.live:
        blocks = (
            *_where_we_are(session),
            *((Text(f"{session.name(session.presenter)} presents."),) if session.presenter else ()),
            people("Here", ((p.person, p.name) for p in session.here)),
            *buttons(Button("I'm here", "here", style=Style.PRIMARY), Button("More", "more")),
        )
    else:
        met = session.status is Status.HELD
        blocks = (Text("The meeting is over." if met else "This meeting didn't happen."),)
    return Card(
        session.title,
        (Text(FORMATS[session.format].title, Tone.QUIET), *blocks),
        summary="An Action Learning Set meets here.",
        subject=session.id,
        loud=session.at == 0,
    )
