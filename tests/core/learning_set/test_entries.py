"""Which of a set's meetings are in the platform's own calendar, and under which name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import engine
from bot.core.decision import Decision, Matter
from bot.core.learning_set.commands import ArchiveSet, ChangeSet, FreezeSet
from bot.core.learning_set.meetings import calendar as entries
from bot.core.learning_set.state import MeetingStatus, SetState
from tests.core.reading import at
from tests.core.stage import Stage


def wish(state: SetState, *, on: bool | None) -> Decision:
    """The facilitator switches it on, or off."""
    command = ChangeSet(who=state.facilitator, purpose=state.purpose, listed=on)
    decided = engine.decide(state, command, NOW)
    assert isinstance(decided, Decision)
    return decided


NOW = at("2027-03-02 12:00")
WALL = NOW.replace(tzinfo=None) + timedelta(days=7)


@pytest.fixture
def planned(led: Stage) -> SetState:
    """A set with one meeting to come."""
    from bot.core.learning_set.state import Meeting

    return replace(led.set, meetings=(Meeting("next", WALL, "90", planned_at=NOW),), session="")


def test_nothing_is_listed_until_it_is_switched_on(planned: SetState) -> None:
    assert entries.entry_changes(None, planned) == ()
    assert wish(planned, on=None).state.meetings[0].entry == ""


def test_a_planned_meeting_is_listed_moved_and_taken_out(planned: SetState) -> None:
    decided = wish(planned, on=True)
    on = decided.state
    [notice] = entries.entry_changes(planned, on)
    assert decided.calendar
    assert (notice.matter, notice.subject) == (Matter.ENTRY, on.meetings[0].entry)
    entry = entries.entry_of(on, notice.subject)
    assert entry is not None
    assert entry.ends_at - entry.starts_at == timedelta(minutes=90)
    moved = on.with_meeting(replace(on.meetings[0], wall=WALL + timedelta(days=1)))
    assert [n.slot for n in entries.entry_changes(on, moved)] == [notice.slot], "the same, changed"
    assert entries.entry_changes(on, on) == ()
    cancelled = on.with_meeting(replace(on.meetings[0], status=MeetingStatus.CANCELLED))
    assert entries.entries_gone(on, cancelled) == (notice.slot,)
    assert entries.entry_of(cancelled, notice.subject) is None


def test_switched_off_and_on_it_is_another_entry(planned: SetState) -> None:
    on = wish(planned, on=True).state
    off = wish(on, on=False).state
    [gone] = entries.entries_gone(on, off)
    later = engine.decide(
        off, ChangeSet(who=off.facilitator, listed=True), NOW + timedelta(minutes=1)
    )
    assert isinstance(later, Decision)
    [again] = entries.entry_changes(off, later.state)
    assert again.slot != gone


def test_a_set_that_rests_or_has_ended_lists_nothing(planned: SetState) -> None:
    on = wish(planned, on=True).state
    for command in (
        FreezeSet(who=on.facilitator, on=True),
        ArchiveSet(who=on.facilitator, sure=True),
    ):
        decided = engine.decide(on, command, NOW)
        assert isinstance(decided, Decision)
        assert len(entries.entries_gone(on, decided.state)) == 1


def test_a_meeting_that_runs_keeps_its_entry_and_gets_no_new_one(planned: SetState) -> None:
    on = wish(planned, on=True).state
    running = on.with_meeting(replace(on.meetings[0], status=MeetingStatus.LIVE))
    assert entries.entries_gone(on, running) == ()
    late = planned.with_meeting(replace(planned.meetings[0], status=MeetingStatus.LIVE))
    assert wish(late, on=True).state.meetings[0].entry == ""


def test_a_set_that_lists_its_meetings_says_so_on_its_card(planned: SetState) -> None:
    from bot.core.learning_set.cards import set_card

    assert "Every meeting is a server event" in str(set_card(wish(planned, on=True).state))
