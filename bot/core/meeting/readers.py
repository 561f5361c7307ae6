"""Who else can read: named once, and the facilitator chooses before the first issue is offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.cards import Button, Card, PersonId, Style, Text, buttons, people
from bot.core.decision import Deciders, Decision, Matter, Notice, Refusal, on
from bot.core.meeting.commands import AcceptReaders, NameReaders
from bot.core.meeting.facilitation import may_not_move
from bot.core.meeting.session import Readers, Session

CHOOSE_FIRST = Refusal(
    "Others can read here; the facilitator first chooses whether we go on.", "readers"
)


def strangers(session: Session) -> tuple[tuple[PersonId, str], ...]:
    """Those who can read and have not come into the set meanwhile."""
    return tuple(r for r in session.readers.others if session.who(r[0]) is None)


def undecided(session: Session) -> bool:
    """Whether somebody has to choose before an issue can be offered."""
    return bool(strangers(session)) and not session.readers.accepted


def _name(session: Session, command: NameReaders, now: datetime) -> Decision[Session]:
    """Once a meeting, before the vote; a second telling changes nothing."""
    named = replace(session, readers=Readers(command.others))
    if session.readers.others or not strangers(named):
        return Decision(session)
    return Decision(named, (_notice(session),))


def _accept(session: Session, command: AcceptReaders, now: datetime) -> Decision[Session] | Refusal:
    refusal = may_not_move(session, command.who)
    if refusal is not None:
        return refusal
    if session.readers.accepted:
        return Decision(session)
    accepted = replace(session, readers=replace(session.readers, accepted=True))
    return Decision(accepted, (_notice(session),))


def _notice(session: Session) -> Notice:
    return Notice(Matter.PHASE, session.slot("readers"), "readers", session.id)


def readers_card(session: Session) -> Card | None:
    """Who else can read, and the choice; afterwards that we go on."""
    others = strangers(session)
    if not others:
        return None
    row = buttons(
        Button("Use it anyway", "accept_readers", style=Style.PRIMARY), Button("Not here", "end")
    )
    chosen = session.readers.accepted
    what = "We go on here." if chosen else "Issues can be offered once the facilitator has chosen."
    return Card(
        "Others can read here",
        (people("Not in the set", others), Text(what), *(() if chosen else row)),
        summary="Others can read in your set's channel.",
        subject=session.id,
    )


DECIDERS: Deciders[Session] = {
    **on(NameReaders, _name),
    **on(AcceptReaders, _accept),
}
"""Who decides each command about readers."""
