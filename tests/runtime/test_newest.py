"""What a platform tells of a place or a person: only what is newer than the newest known is news."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.app.bot import Bot
from bot.core.signals import Change
from bot.runtime.store import newest
from bot.runtime.store.tables.installed import newest as kept_table
from bot.runtime.store.tokens import MOST_SKEW
from bot.runtime.store.unit_of_work import Unit
from tests.runtime.conftest import INSTALLATION

MINUTE = timedelta(minutes=1)


def tell(bot: Bot, at: datetime | None, change: Change = Change.ARCHIVED) -> bool:
    """Something is told of the room; whether it is news."""

    def job(unit: Unit) -> bool:
        return newest.is_news(unit, INSTALLATION, newest.of_place("#room", change), at)

    return bot.writer.do(job).result()


def test_only_what_is_not_older_counts(bot: Bot) -> None:
    now = bot.now()
    assert tell(bot, now - MINUTE)
    assert tell(bot, now - MINUTE), "as old is no older: a platform tells in whole seconds"
    assert not tell(bot, now - 2 * MINUTE)
    assert not tell(bot, now - 2 * MINUTE, Change.OPENED), "it is about the same"
    assert tell(bot, now - 2 * MINUTE, Change.SHARED), "this is about something else"
    assert tell(bot, None), "without a time it is now"


def test_a_time_to_come_hides_nothing_for_longer_than_clocks_may_differ(bot: Bot, clock) -> None:
    assert tell(bot, bot.now() + timedelta(days=365))
    clock.move_by(MOST_SKEW + MINUTE)
    assert tell(bot, bot.now())


@pytest.mark.parametrize("change", list(Change))
def test_every_change_is_about_itself_and_its_opposite_alone(change: Change) -> None:
    same = {c for c in Change if newest.of_place("#a", c) == newest.of_place("#a", change)}
    assert same == next((set(p) for p in newest.OPPOSITES if change in p), {change})
    assert newest.of_place("#b", change) != newest.of_place("#a", change)


def test_neither_a_place_nor_a_person_can_be_read_from_it(bot: Bot) -> None:
    def job(unit: Unit) -> list[str]:
        for about in (newest.of_person("ana", "#room"), newest.of_place("#room", Change.GONE)):
            newest.is_news(unit, INSTALLATION, about, None)
        return list(unit.connection.execute(select(kept_table.c.about)).scalars())

    kept = bot.writer.do(job).result()
    assert len(kept) == 2
    assert not [k for k in kept if "ana" in k or "room" in k]
