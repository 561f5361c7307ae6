"""Who rests and who ends it; what waits, what was not delivered, and what is shown of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from bot.app.bot import Bot
from bot.core.signals import Change
from bot.runtime.ports.outgoing import Op
from bot.runtime.store.outbox import overview, resting
from bot.runtime.store.outbox import settle as rows
from bot.runtime.store.outbox import take as taking
from bot.runtime.store.tables.installed import installations, people
from bot.runtime.store.tables.messages import destinations, outbox
from tests.runtime.conftest import INSTALLATION, MONDAY
from tests.runtime.test_claims import change, claim, settle, stored, want
from tests.runtime.test_holding_back import ELSEWHERE, say
from tests.runtime.test_waiting import OTHER, paused, work

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'als.db'}"


def rests(bot: Bot, place: str, why: str, installation: str = INSTALLATION) -> None:
    work(bot, lambda unit: resting.rest(unit.connection, installation, place, MONDAY, why))


def pauses(bot: Bot, why: str) -> None:
    work(bot, lambda unit: resting.pause(unit.connection, INSTALLATION, "p", MONDAY, why))


def notes(bot: Bot, person: str, direct: str) -> None:
    work(bot, lambda unit: resting.note_person(unit.connection, INSTALLATION, person, direct))


def test_waking_wakes_what_is_due_and_what_is_on_its_way_not(bot):
    want(bot)
    (row,) = claim(bot)
    on_its_way = stored(bot)["not_before"]
    work(bot, lambda unit: resting.rest(unit.connection, INSTALLATION, "set:s1", MONDAY, "shut"))

    work(bot, lambda unit: resting.wake(unit.connection, INSTALLATION, "set:s1", MONDAY, ["shut"]))

    assert stored(bot)["not_before"] == on_its_way > MONDAY
    settle(bot, row, "sent")


def test_waking_a_place_leaves_the_same_one_elsewhere_at_rest(bot):
    for installation in (INSTALLATION, ELSEWHERE):
        say(bot, f"{installation}:x", "ben", installation=installation)
        rests(bot, "person:ben", "shut", installation)
    assert claim(bot) == ()

    woken = ("person:ben", MONDAY, ["shut"])
    work(bot, lambda unit: resting.wake(unit.connection, INSTALLATION, *woken))

    assert stored(bot, slot=f"{ELSEWHERE}:x")["not_before"] > MONDAY
    assert [row.slot for row in claim(bot)] == [f"{INSTALLATION}:x"]


def test_who_is_asked_whether_others_may_read_holds_up_no_other_place(bot):
    rests(bot, "person:ben", Change.SHARED, ELSEWHERE)
    rests(bot, "person:ana", Change.SHARED)

    rests(bot, "person:ben", "shut")
    rests(bot, "person:chidi", "shut", ELSEWHERE)

    with bot.store.database.read() as connection:
        reasons = connection.execute(select(destinations.c.destination, destinations.c.reason))
        assert sorted(tuple(row) for row in reasons) == [
            ("person:ana", "shared"),
            ("person:ben", "shared"),
            ("person:ben", "shut"),
            ("person:chidi", "shut"),
        ]


def test_nothing_is_woken_where_nothing_rested(bot):
    want(bot)
    change(bot, not_before=MONDAY + HOUR)

    work(bot, lambda unit: resting.wake(unit.connection, INSTALLATION, "set:s1", MONDAY, ["shut"]))

    assert stored(bot)["not_before"] == MONDAY + HOUR


def test_an_installation_that_is_back_sends_what_is_due_and_leaves_what_is_on_its_way(bot):
    want(bot)
    (row,) = claim(bot)
    on_its_way = stored(bot)["not_before"]
    want(bot, OTHER)
    say(bot, "s1:away", "ben", installation=ELSEWHERE)
    aside = update(outbox).where(outbox.c.state == "due").values(not_before=MONDAY + HOUR)
    work(bot, lambda unit: unit.connection.execute(aside))

    work(bot, lambda unit: resting.wake_installation(unit.connection, INSTALLATION, MONDAY))

    assert stored(bot, slot=OTHER)["not_before"] == MONDAY
    assert stored(bot, slot="s1:away")["not_before"] == MONDAY + HOUR
    assert stored(bot)["not_before"] == on_its_way
    settle(bot, row, "sent")


@pytest.mark.parametrize(("status", "kept"), [("active", "away"), ("removed", "removed")])
def test_one_that_was_removed_stays_removed(bot, status: str, kept: str):
    want(bot)
    say(bot, "s1:away", "ben", installation=ELSEWHERE)
    here = update(installations).where(installations.c.id == INSTALLATION)
    work(bot, lambda unit: unit.connection.execute(here.values(status=status)))

    until = MONDAY + HOUR
    work(bot, lambda unit: resting.pause_installation(unit.connection, INSTALLATION, until, "away"))

    with bot.store.database.read() as connection:
        query = select(installations.c.id, installations.c.status, installations.c.paused_until)
        found = {row.id: (row.status, row.paused_until) for row in connection.execute(query)}
    assert found[INSTALLATION] == (kept, until if status == "active" else None)
    assert found[ELSEWHERE] == ("active", None)


def test_a_place_that_rests_no_more_can_rest_again(bot):
    for why in ("shut", "full"):
        pauses(bot, why)
        assert paused(bot, "p") == (MONDAY, why)
        work(bot, _over)


def _over(unit: Any) -> None:
    unit.connection.execute(update(destinations).values(paused_until=None, reason=None))


def test_the_same_rest_again_is_known_by_its_newest_reason(bot):
    for why in ("shut", "full"):
        pauses(bot, why)

    assert paused(bot, "p") == (MONDAY, "full")


def test_whether_somebody_can_be_written_to_is_known_as_last_found_out(bot):
    want(bot)
    notes(bot, "ben", "closed")
    notes(bot, "ben", "open")
    notes(bot, "ana", "closed")

    with bot.store.database.read() as connection:
        query = select(people.c.person, people.c.direct)
        found = {row.person: row.direct for row in connection.execute(query)}
    assert found == {"ben": "open", "ana": "closed"}


# --- questions ---


def test_what_can_be_looked_at_next_is_the_nearest_that_waits(bot):
    def nearest() -> datetime | None:
        with bot.store.database.read() as connection:
            return overview.nearest(connection)

    assert nearest() is None
    want(bot)
    want(bot, OTHER, after=MONDAY + HOUR)
    assert nearest() == MONDAY
    (row,) = claim(bot)
    settle(bot, row, "sent")
    assert nearest() == MONDAY + HOUR


def test_edits_and_what_was_overtaken_are_counted_as_they_should_be(bot):
    for slot in ("s1:a", "s1:b"):
        want(bot, slot)
    a, b = claim(bot)
    edit = replace(a, seq=b.seq, op=Op.EDIT)
    work(bot, lambda unit: rows.ended(unit.connection, a, MONDAY, "expired", "overtaken"))
    work(bot, lambda unit: rows.ended(unit.connection, edit, MONDAY, "dead", "gone"))
    an_edit = update(outbox).where(outbox.c.seq == b.seq).values(op="edit")
    work(bot, lambda unit: unit.connection.execute(an_edit))

    with bot.store.database.read() as connection:
        assert overview.undelivered(connection, "s1", MONDAY) == (1, 0, 0)


def test_what_is_merely_due_is_not_held(bot):
    want(bot)

    with bot.store.database.read() as connection:
        assert overview.undelivered(connection, "s1", MONDAY) == (0, 0, 0)


def test_the_newest_rows_of_a_set_are_shown_thirty_at_a_time(bot):
    for n in range(31):
        want(bot, f"s1:{n}")

    with bot.store.database.read() as connection:
        shown = [row["slot"] for row in overview.rows_of(connection, "s1")]
    assert shown == [f"s1:{n}" for n in range(30, 0, -1)]


def test_what_a_slot_was_posted_for_is_known_with_all_that_was_merged_into_it(bot):
    for slot, meant in (("s1:old", MONDAY - HOUR), ("s1:new", MONDAY - HOUR / 2)):
        say(bot, slot, "ben", meant=meant, session="m1")
    (row,) = claim(bot)
    settle(bot, row, "sent")
    edit = {**stored(bot, slot="s1:new"), "op": "edit", "dedupe_key": "edit:s1:new"}
    edit["message_ref"] = None
    del edit["seq"]
    work(bot, lambda unit: unit.connection.execute(insert(outbox).values(edit)))

    with bot.store.database.read() as connection:
        assert taking.noticed(connection, "s1:never") is None
        known = taking.noticed(connection, "s1:new")
    assert known is not None
    told, session = known
    assert ([one.notice.slot for one in told], session) == (["s1:old", "s1:new"], "m1")
