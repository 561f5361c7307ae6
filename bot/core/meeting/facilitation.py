"""Who facilitates: one person, or all together; handing over, standing in, coming back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.cards import Button, Card, PersonId, Style, Text, buttons
from bot.core.decision import Decision, Matter, Notice, Refusal, Where
from bot.core.meeting import course
from bot.core.meeting.commands import (
    HandOver,
    HoldRound,
    StillHere,
    TakeBack,
    TakeBackWish,
    TakeOver,
)
from bot.core.meeting.session import BOT, Claim, Facilitation, Session

CLAIM_TAKES = timedelta(seconds=60)
STAND_IN_AFTER = timedelta(seconds=60)

NOT_HERE = Refusal("Press I'm here on the board first.", "not_here")


def not_yours(session: Session) -> Refusal:
    """What somebody hears who does not facilitate."""
    return Refusal(
        f"{session.name(session.holder)} facilitates. Under More you can hold a "
        "silence or call a time-out.",
        "not_facilitator",
    )


def holds(session: Session, who: PersonId) -> bool:
    """Whether this person moves the meeting; who is only stood in for may do so as well."""
    return who in (session.holder, session.process.holder)


def may_not_move(session: Session, who: PersonId) -> Refusal | None:
    """Why this person cannot move the meeting, alone or with others; None where they can."""
    if holds(session, who):
        return None
    if session.holder != BOT:
        return not_yours(session)
    return None if session.is_here(who) else NOT_HERE


def with_process(
    session: Session,
    who: PersonId,
    wish: str,
    do: Callable[[Session], Decision[Session] | Refusal],
) -> Decision[Session] | Refusal:
    """Do it if this person facilitates; if the bot does, once most of those here ask for it.

    To begin, one request is enough.
    """
    refusal = may_not_move(session, who)
    if refusal is not None:
        return refusal
    if holds(session, who):
        return do(session.with_arrival(who))
    wished = _wishing(session, session.process.wishes | {(who, wish)})
    begins = session.at == 0 and wish == "next"
    return do(wished) if begins or course.wanted(wished, wish) else Decision(wished)


def _wishing(session: Session, wishes: frozenset[tuple[PersonId, str]]) -> Session:
    if wishes == session.process.wishes:
        return session
    return replace(session, process=replace(session.process, wishes=wishes))


def take_back_wish(session: Session, command: TakeBackWish, now: datetime) -> Decision[Session]:
    """One request fewer; the same reaction may be added again later."""
    gone = {(command.who, command.wish), (command.who, marked(command.wish))}
    return Decision(_wishing(session, session.process.wishes - gone))


def marked(wish: str) -> str:
    """How a reaction that asked for it is remembered, so that a duplicate asks for nothing."""
    return f"marked {wish}"


def are_you_sure(session: Session, label: str, action: str, what: str) -> Card:
    """A question back, with the deed on its one button."""
    row = buttons(Button(label, action, style=Style.DANGER))
    return Card(
        f"{label}?", (Text(what), *row), "Are you sure?", subject=session.id, step=session.at
    )


def hand_over(session: Session, command: HandOver, now: datetime) -> Decision[Session] | Refusal:
    """Who holds it lets anyone take it."""
    if session.process.holder != command.who:
        return not_yours(session)
    offered = replace(session.process, offered=True)
    return Decision(
        replace(session, process=offered), answer="Anyone here can press Take over now."
    )


def take_over(session: Session, command: TakeOver, now: datetime) -> Decision[Session] | Refusal:
    """Asked for, asked of its holder for a minute, then taken; at once where it was offered."""
    refusal = _why_not(session, command.who)
    if refusal is not None:
        return refusal
    process = session.process
    name = session.name(process.holder)
    if not command.sure:
        what = f"You'd facilitate until this meeting ends. {name} can take it back."
        label = "Facilitate this meeting"
        return Decision(session, answer=are_you_sure(session, label, "take_over_sure", what))
    if process.offered:
        return Decision(held_by(session, command.who), answer="You're facilitating now.")
    if process.claim is not None:
        return Decision(session, answer=f"Someone is already asking {name}. It takes a minute.")
    claimed = replace(process, claim=Claim(command.who, now))
    slot = session.slot(f"claim:{int(now.timestamp())}")
    until = now + CLAIM_TAKES
    ask = Notice(Matter.NOTICE, slot, "claim", session.id, Where.DIRECT, process.holder, until)
    answer = f"I'm asking {name}. In a minute it's yours."
    return Decision(replace(session, process=claimed), (ask,), answer=answer)


def _why_not(session: Session, who: PersonId) -> Refusal | None:
    """Why this person cannot take the process over; None where they can."""
    process = session.process
    if process.holder == BOT:
        return Refusal("I'm facilitating. Press Next phase to move on together.", "held")
    if process.holder == who:
        return Refusal("You already facilitate. Press More to see what you can do.", "yours")
    if not session.is_here(who):
        return NOT_HERE
    if course.open_to_take_over(session):
        return None
    return Refusal(
        f"{session.name(process.holder)} facilitates. If they go silent, Take over "
        "appears on the card.",
        "not_offered",
    )


def held_by(session: Session, who: PersonId) -> Session:
    """The session with that person as its facilitator.

    A person who missed a turn of theirs has lost it for the day.
    """
    process, before = session.process, session.process.holder
    rotating = process.facilitation is Facilitation.ROTATING
    absent = not session.is_here(before) and not session.has_left(before)
    process = replace(
        process,
        home=who if rotating and absent else process.home,
        holder=who,
        stand_in=None,
        offered=False,
        claim=None,
    )
    return replace(session, process=process, clock=session.clock.unsay("holder_silent"))


def still_here(session: Session, command: StillHere, now: datetime) -> Decision[Session] | Refusal:
    """The holder answers: no need."""
    process = session.process
    if process.holder != command.who:
        return Refusal("Someone else facilitates now. Look under More to take it back.", "moved")
    kept = replace(process, claim=None, offered=False)
    session = replace(session, process=kept, clock=session.clock.unsay("holder_silent"))
    return Decision(session.with_arrival(command.who), answer="You're facilitating.")


def take_back(session: Session, command: TakeBack, now: datetime) -> Decision[Session] | Refusal:
    """Who held it first has it again."""
    process = session.process
    if process.home != command.who or process.holder == command.who:
        return Refusal("There's nothing to take back. Press More to see what you can do.", "yours")
    back = held_by(session.with_arrival(command.who), command.who)
    return Decision(back, answer="You're facilitating again.")


def hold_round(session: Session, command: HoldRound, now: datetime) -> Decision[Session] | Refusal:
    """Somebody else holds it while its holder presents."""
    process = session.process
    if session.presenter is None or session.presenter != process.holder:
        return Refusal("No one needs to stand in. Press More to see what you can do.", "later")
    if session.presenter == command.who:
        return Refusal("You present this round. Let someone else facilitate.", "presenting")
    if not session.is_here(command.who):
        return NOT_HERE
    if process.stand_in == command.who:
        return Decision(session)
    if process.stand_in not in (None, BOT):
        return Refusal(f"{session.name(session.holder)} is already facilitating.", "held")
    answer = "You're facilitating this round."
    return Decision(replace(session, process=replace(process, stand_in=command.who)), answer=answer)
