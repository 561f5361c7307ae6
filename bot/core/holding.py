"""Who holds the process: handing over, taking over, standing in for a round, coming back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.cards import Button, Card, PersonId, Style, Text, buttons
from bot.core.commands import HandOver, HoldRound, StillHere, TakeBack, TakeOver
from bot.core.phases.phase import may_be_taken_over
from bot.core.session import BOT, Decision, Matter, Notice, Refusal, Session, Where

CLAIM_TAKES = timedelta(seconds=60)
STAND_IN_AFTER = timedelta(seconds=60)


def not_yours(session: Session) -> Refusal:
    """What somebody hears who does not hold the process."""
    return Refusal(
        f"{session.name(session.holder)} holds the process; "
        "under More you can hold a silence or call a time-out.",
        "not_facilitator",
    )


def are_you_sure(session: Session, label: str, action: str, what: str) -> Card:
    """A question back, with the deed on its one button."""
    row = buttons(Button(label, action, style=Style.DANGER))
    return Card(f"{label}?", (Text(what), *row), subject=session.id, step=session.at)


def hand_over(session: Session, command: HandOver, now: datetime) -> Decision | Refusal:
    """Who holds it lets anyone take it."""
    if session.process.holder != command.who:
        return not_yours(session)
    offered = replace(session.process, offered=True)
    return Decision(
        replace(session, process=offered), answer="Anyone here can press Take over now."
    )


def take_over(session: Session, command: TakeOver, now: datetime) -> Decision | Refusal:
    """Asked for, asked of its holder for a minute, then taken; at once where it was offered."""
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
        return Decision(session, answer=are_you_sure(session, label, "take_over_sure", what))
    if process.offered or session.step.phase == "arrive":
        return Decision(held_by(session, command.who))
    claim = replace(process, claim=command.who, claimed_at=now)
    asked = replace(session, process=claim)
    slot = session.slot(f"claim:{int(now.timestamp())}")
    ask = Notice(
        Matter.NOTICE, slot, "claim", session.id, Where.DIRECT, process.holder, now + CLAIM_TAKES
    )
    name = session.name(process.holder)
    return Decision(asked, (ask,), answer=f"I am asking {name}; in a minute it is yours.")


def held_by(session: Session, who: PersonId) -> Session:
    """The session with that person holding the process."""
    process = replace(
        session.process, holder=who, stand_in=None, offered=False, claim=None, claimed_at=None
    )
    said = session.clock.said - {"holder_silent"}
    return replace(session, process=process, clock=replace(session.clock, said=said))


def still_here(session: Session, command: StillHere, now: datetime) -> Decision | Refusal:
    """The holder answers: no need."""
    process = session.process
    if process.holder != command.who:
        return Refusal("Somebody else holds the process now; you can press Take it back.", "moved")
    kept = replace(process, claim=None, claimed_at=None, offered=False, last_press=now)
    said = session.clock.said - {"holder_silent"}
    clock = replace(session.clock, said=said)
    return Decision(replace(session, process=kept, clock=clock), answer="You hold the process.")


def take_back(session: Session, command: TakeBack, now: datetime) -> Decision | Refusal:
    """Who held it first has it again."""
    process = session.process
    if process.home != command.who or process.holder == command.who:
        return Refusal("There is nothing to take back; press More to see what you can do.", "yours")
    return Decision(held_by(session, command.who), answer="You hold the process again.")


def hold_round(session: Session, command: HoldRound, now: datetime) -> Decision | Refusal:
    """Somebody else holds it while its holder presents."""
    if session.presenter == command.who:
        return Refusal("You present this round; let somebody else hold the process.", "presenting")
    if session.process.current not in (session.presenter, BOT):
        return Refusal(f"{session.name(session.holder)} holds the process already.", "held")
    if not session.step.round:
        return Refusal(
            "This is for a presenter's round; press More to see what you can do.", "later"
        )
    process = replace(session.process, stand_in=command.who)
    return Decision(
        replace(session, process=process), answer="You hold the process for this round."
    )
