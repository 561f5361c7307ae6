"""A person's roles in a running meeting, and what follows for their commands."""

from __future__ import annotations

from bot.core.cards import PersonId
from bot.core.command import InSession
from bot.core.decision import Refusal
from bot.core.meeting.session import BOT, CLOCK, Session
from bot.core.permissions import OF_MEMBERS, Role
from bot.core.refusals import stopped


def in_session(session: Session, who: PersonId) -> frozenset[Role]:
    """A person's roles in a running meeting."""
    if who == CLOCK:
        return frozenset({Role.CLOCK})
    roles = {Role.MEMBER} if session.who(who) is not None else {Role.NOBODY}
    if who == session.presenter:
        roles.add(Role.PRESENTER)
    if who in (session.process.holder, session.process.home, session.holder) and who != BOT:
        roles.add(Role.FACILITATOR)
    return frozenset(roles)


def refused_in_session(session: Session, command: InSession) -> Refusal | None:
    """Why somebody may not do this in a running meeting; None where they may."""
    if command.permission in OF_MEMBERS and session.who(command.who) is not None:
        return None
    return stopped(in_session(session, command.who), command.permission)
