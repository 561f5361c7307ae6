"""Taking somebody out of a set behind everybody's back, as an administrator of the database could."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.app.bot import Bot
from bot.core.learning_set.state import SetState
from bot.core.meeting.session import Session


def remove(bot: Bot, installation: str, place: str, person: str) -> None:
    """That person is no member any more; nothing else is told."""

    def job(unit: Any) -> None:
        room = unit.room_of_place(installation, place)
        member = next(m for m in room.set.members if m.person == person)
        gone = replace(member, left_at=unit.now)
        unit.changes.keep(installation, room, replace(room, set=room.set.with_member(gone)), ())

    bot.writer.do(job).result()


def stands(bot: Bot, installation: str, place: str) -> tuple[SetState, Session]:
    """The set and its meeting, versions left out."""
    with bot.store.reading() as unit:
        room = unit.room_of_place(installation, place)
    assert room.set is not None
    assert room.session is not None
    return replace(room.set, version=0), replace(room.session, version=0)
