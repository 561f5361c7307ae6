"""What is written down of a message that was sent, and what that lets go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.app.bot import Bot
from bot.core.decision import Matter, Where
from bot.runtime.ports.outgoing import Op
from bot.runtime.store.outbox import settle as rows
from bot.runtime.store.outbox.take import Claimed
from bot.runtime.store.tables.messages import message_refs, outbox
from tests.runtime.conftest import INSTALLATION, MONDAY
from tests.runtime.test_claims import SLOT, change, claim, settle, stored, want
from tests.runtime.test_holding_back import say
from tests.runtime.test_waiting import OTHER, work

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'als.db'}"


def reference(bot: Bot, slot: str = SLOT) -> dict[str, Any]:
    """What is known of the message that stands in a slot."""
    query = select(message_refs).where(message_refs.c.slot == slot)
    with bot.store.database.read() as connection:
        return dict(connection.execute(query).mappings().one())


def slots(bot: Bot) -> set[str]:
    with bot.store.database.read() as connection:
        return set(connection.execute(select(message_refs.c.slot)).scalars())


def sent(bot: Bot, *many: tuple[Claimed, str]) -> None:
    settled = [rows.Sent(row, ref, "1 2" if row.op is Op.REACT else "") for row, ref in many]
    work(bot, lambda unit: rows.sent(unit.transaction, settled))


# --- sent ---


def test_of_what_was_sent_the_reference_is_kept_sealed_and_can_be_looked_up(bot):
    want(bot)
    (row,) = claim(bot)

    sent(bot, (row, "ref1"))

    vault, kept, known = bot.vault, stored(bot), reference(bot)
    assert (kept["state"], kept["sent_rev"]) == ("sent", row.wanted_rev)
    assert kept["settled_at"] == kept["not_before"] == MONDAY
    assert vault.unseal(kept["message_ref"]) == vault.unseal(known["ref"]) == "ref1"
    assert known["ref_key"] == vault.blind(INSTALLATION, "ref1")
    assert (known["installation_id"], known["set_id"]) == (INSTALLATION, "s1")
    assert (known["destination"], known["posted_at"]) == ("set:s1", MONDAY)


def test_a_message_that_is_posted_anew_takes_the_place_of_the_first(bot, clock):
    want(bot)
    (row,) = claim(bot)
    sent(bot, (row, "ref1"))
    clock.move_by(MINUTE)

    change(bot, state="sending", claim_id=row.claim)
    sent(bot, (row, "ref2"))

    known = reference(bot)
    assert bot.vault.unseal(known["ref"]) == "ref2"
    assert known["ref_key"] == bot.vault.blind(INSTALLATION, "ref2")
    assert known["posted_at"] == MONDAY + MINUTE


def test_of_many_that_are_settled_at_once_each_keeps_its_own_and_leaves_anothers(bot):
    for slot in ("s1:a", "s1:b", "s1:c"):
        want(bot, slot)
    a, b, c = claim(bot)
    another = update(outbox).where(outbox.c.slot == "s1:b").values(claim_id="another")
    work(bot, lambda unit: unit.connection.execute(another))

    sent(bot, (a, "ra"), (b, "rb"), (c, "rc"))

    assert [stored(bot, slot=f"s1:{n}")["state"] for n in "abc"] == ["sent", "sending", "sent"]
    assert slots(bot) == {"s1:a", "s1:c"}
    assert bot.vault.unseal(reference(bot, "s1:c")["ref"]) == "rc"


def test_what_was_paused_is_so_no_more_once_it_is_sent(bot):
    want(bot)
    (row,) = claim(bot)
    work(bot, lambda unit: rows.later(unit.connection, row, MONDAY, "x" * 40, paused=True))
    assert stored(bot)["paused_reason"] == "x" * 32
    (row,) = claim(bot)

    settle(bot, row, "sent")

    assert stored(bot)["paused_reason"] is None


def test_a_post_that_may_stand_twice_is_sent_once_and_known_for_what_it_is(bot):
    want(bot)
    (row,) = claim(bot)
    work(bot, lambda unit: rows.later(unit.connection, row, MONDAY, "cannot_know", again=True))
    (row,) = claim(bot)

    sent(bot, (row, "ref1"))

    kept = stored(bot)
    assert (kept["state"], kept["again"], kept["last_error_class"]) == ("sent", True, "cannot_know")
    assert (kept["sent_rev"], kept["not_before"]) == (kept["wanted_rev"], MONDAY)


def test_an_edit_over_one_that_may_still_land_is_made_once_more_a_minute_later(bot):
    want(bot)
    (row,) = claim(bot)
    sent(bot, (row, "ref1"))
    assert stored(bot)["last_error_class"] is None
    want(bot)
    (edit,) = claim(bot)
    work(bot, lambda unit: rows.later(unit.connection, edit, MONDAY, "TimeoutError", again=True))
    (edit,) = claim(bot)

    sent(bot, (edit, "ref1"))

    kept = stored(bot, "edit")
    assert (kept["state"], kept["again"], kept["last_error_class"]) == (
        "due",
        True,
        "may_land_yet",
    )
    assert (kept["sent_rev"], kept["not_before"]) == (kept["wanted_rev"] - 1, MONDAY + MINUTE)
    (edit,) = claim(bot, MONDAY + MINUTE)
    sent(bot, (edit, "ref1"))
    kept = stored(bot, "edit")
    assert (kept["state"], kept["again"], kept["sent_rev"]) == ("sent", False, kept["wanted_rev"])
    assert claim(bot, MONDAY + MINUTE) == ()


def test_deleting_forgets_one_reference_and_no_other(bot):
    for slot in (SLOT, OTHER):
        want(bot, slot)
    for row in claim(bot):
        sent(bot, (row, row.slot))
    work(bot, _take_away)
    (gone,) = claim(bot)

    settle(bot, gone, "sent")

    assert slots(bot) == {OTHER}


def _take_away(unit: Any) -> None:
    intents = unit.changes.intents()
    intents.take_away(INSTALLATION, "s1", "", SLOT)
    intents.write()


def test_reactions_that_were_put_there_are_known_of_that_message_alone(bot):
    for slot in (SLOT, OTHER):
        want(bot, slot, matter=Matter.BOARD)
    posts = {row.slot: row for row in claim(bot)}
    for row in posts.values():
        sent(bot, (row, row.slot))
    work(bot, lambda unit: rows.want_reactions(unit.connection, posts[SLOT], MONDAY, "k" * 32))
    (react,) = claim(bot)

    sent(bot, (react, SLOT))

    assert reference(bot)["reactions"] == "1 2"
    assert reference(bot, OTHER)["reactions"] == ""
    assert claim(bot) == ()


def test_reactions_are_wanted_as_a_message_of_their_own_and_again_from_the_start(bot):
    want(bot, until=MONDAY + HOUR)
    (post,) = claim(bot)
    settle(bot, post, "sent")

    def wanted(now: datetime) -> None:
        work(bot, lambda unit: rows.want_reactions(unit.connection, post, now, "k" * 32))

    wanted(MONDAY)
    first = stored(bot, "react")
    ours = ("installation_id", "set_id", "session_id", "destination", "person", "kind", "card")
    whole = stored(bot)
    assert [first[name] for name in ours] == [whole[name] for name in ours]
    assert (first["subject_id"], first["parent_slot"]) == (whole["subject_id"], "")
    assert (first["key"], first["state"]) == ("k" * 32, "due")
    assert first["expires_at"] == MONDAY + HOUR
    assert first["due_at"] == first["not_before"] == first["made_at"] == MONDAY

    (react,) = claim(bot)
    settle(bot, react, "later")
    wanted(MONDAY + SECOND)

    again = stored(bot, "react")
    assert (again["wanted_rev"], again["attempts"]) == (first["wanted_rev"] + 1, 0)
    assert (again["state"], again["not_before"]) == ("due", MONDAY + SECOND)


# --- what that lets go ---


def test_what_waited_for_a_slot_goes_unless_it_failed_by_itself_or_is_elsewhere(bot):
    later = MONDAY + HOUR
    for slot in (SLOT, OTHER, "s1:tried", "s1:gone"):
        want(bot, slot)
    put = {
        SLOT: {},
        OTHER: {},
        "s1:tried": {"slot": "s1:x", "attempts": 1},
        "s1:gone": {"slot": "s1:x", "state": "sent"},
    }

    def aside(unit: Any) -> None:
        for slot, values in put.items():
            row = update(outbox).where(outbox.c.slot == slot)
            unit.connection.execute(row.values(not_before=later, **values))

    work(bot, aside)
    work(bot, lambda unit: rows.settled(unit.connection, SLOT, MONDAY))
    work(bot, lambda unit: rows.settled(unit.connection, "s1:x", MONDAY))

    with bot.store.database.read() as connection:
        times = connection.execute(select(outbox.c.not_before).order_by(outbox.c.seq)).scalars()
        assert [at - MONDAY for at in times] == [0 * HOUR, HOUR, HOUR, HOUR]


def test_an_end_takes_along_what_stands_under_it_and_nothing_else(bot):
    say(bot, SLOT, matter=Matter.BOARD)
    (board,) = claim(bot)
    say(bot, "s1:under", session="s1", where=Where.THREAD)
    say(bot, "s1:done", session="s1", where=Where.THREAD)
    say(bot, "s1:aside")
    done = update(outbox).where(outbox.c.slot == "s1:done").values(state="sent")
    work(bot, lambda unit: unit.connection.execute(done))

    work(bot, lambda unit: rows.ended(unit.connection, board, MONDAY, "expired", "too_late"))

    states = {s: stored(bot, slot=f"s1:{s}")["state"] for s in ("board", "under", "done", "aside")}
    assert states == {"board": "expired", "under": "expired", "done": "sent", "aside": "due"}
    assert stored(bot, slot="s1:under")["last_error_class"] == "too_late"


def test_the_end_of_an_edit_ends_nothing_but_itself_and_lets_the_next_go(bot):
    want(bot)
    (post,) = claim(bot)
    settle(bot, post, "sent")
    want(bot)
    (edit,) = claim(bot)
    work(bot, _take_away)
    assert claim(bot) == ()

    settle(bot, edit, "ended")

    (gone,) = claim(bot)
    assert gone.op is Op.DELETE


def test_once_it_may_stand_twice_it_says_so_for_good(bot):
    want(bot)
    (row,) = claim(bot)
    work(bot, lambda unit: rows.later(unit.connection, row, MONDAY, "not_sent"))
    (row,) = claim(bot)
    assert not row.again
    work(bot, lambda unit: rows.later(unit.connection, row, MONDAY, "cannot_know", again=True))
    (row,) = claim(bot)
    assert row.again

    settle(bot, row, "later")

    assert stored(bot)["again"]
    assert not stored(bot)["paused_reason"]


def test_a_try_that_was_none_is_taken_from_the_count_but_never_below_nothing(bot):
    want(bot)
    (row,) = claim(bot)
    not_counted = {"again": False, "count": False}
    never = replace(row, attempts=0)
    work(bot, lambda unit: rows.later(unit.connection, never, MONDAY, "x", **not_counted))
    assert stored(bot)["attempts"] == 0

    change(bot, claim_id="me", attempts=5)
    often = replace(row, attempts=5)
    work(bot, lambda unit: rows.later(unit.connection, often, MONDAY, "x", **not_counted))
    assert stored(bot)["attempts"] == 4


def test_of_what_was_merged_only_what_was_overtaken_is_called_so(bot):
    for slot in ("s1:a", "s1:b", "s1:c", "s1:d"):
        want(bot, slot)
    *_, carrier = claim(bot)
    into = update(outbox).where(outbox.c.slot.in_(("s1:a", "s1:b")))
    work(bot, lambda unit: unit.connection.execute(into.values(merged_into=carrier.seq)))

    slots_told = {"s1:a", "s1:c"}
    work(bot, lambda unit: rows.overtaken(unit.connection, carrier, slots_told))

    words = [stored(bot, slot=f"s1:{n}")["last_error_class"] for n in "abcd"]
    assert words == ["overtaken", None, None, None]
