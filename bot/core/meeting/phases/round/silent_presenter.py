"""A presenter gone silent: the facilitator is asked what to do, once."""

from __future__ import annotations

from datetime import timedelta

from bot.core.decision import Matter, Notice, Where
from bot.core.meeting.session import BOT, Session

LONG_WAIT = timedelta(minutes=3)
"""After this long a presenter is silent: a question's card says how many wait, or nothing came."""


def somebody_to_ask(session: Session, at: int) -> bool:
    """Whether a person other than the presenter facilitates and is here to be asked."""
    holder = session.holder
    return holder not in (BOT, session.presenter_of(at)) and not session.has_left(holder)


def asks_what_to_do(session: Session, at: int, number: int) -> tuple[Notice, ...]:
    """The question to the facilitator: wait, go on or go back, once for each `number`."""
    if not somebody_to_ask(session, at):
        return ()
    slot, until = silent_slot(session, at, number), session.clock.ends_at
    return (Notice(Matter.NOTICE, slot, "silent", session.id, Where.DIRECT, session.holder, until),)


def silent_slot(session: Session, at: int, number: int) -> str:
    """Where that stands: `number` is the question in flight, or how many actions there are."""
    return session.slot(f"silent:{at}:{number}")
