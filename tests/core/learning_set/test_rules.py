"""What holds for every set, whatever people do: reminders, default dates, refusals."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import engine
from bot.core.command import ToSet
from bot.core.decision import Decision, Refusal
from bot.core.exchange import KeepAction
from bot.core.learning_set.actions.action import ActionPoint
from bot.core.learning_set.actions.reminders import reminders_of
from bot.core.learning_set.commands import (
    ChangeAction,
    DeleteAction,
    PlanMeeting,
    RemindAction,
    ReportAction,
    TellAction,
)
from bot.core.learning_set.state import Meeting, Member, SetState, due_by_default
from bot.core.meeting.session import Facilitation
from bot.core.preferences import Preferences
from bot.core.walltime import instant, local

ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")
FIRST, LAST = datetime.fromisoformat("2027-01-01T09:00"), datetime.fromisoformat("2029-01-01")
EARLIEST, LATEST = datetime.fromisoformat("0001-01-02"), datetime.fromisoformat("9999-12-30")

zones = st.sampled_from(ZONES)
walls = st.datetimes(FIRST, LAST).map(lambda d: d.replace(second=0, microsecond=0))
days = st.integers(1, 400)


def a_set(zone: str, own: str, *meetings: datetime) -> SetState:
    """A set of two, with meetings planned."""
    made = datetime(2026, 12, 1, tzinfo=UTC)
    return SetState(
        id="set",
        place="#aurora",
        name="Aurora",
        zone=zone,
        format="90",
        facilitation=Facilitation.LED,
        facilitator="ana",
        created_at=made,
        members=(
            Member("ana", "Ana", made, made),
            Member("ben", "Ben", made, made, preferences=Preferences(own)),
        ),
        meetings=tuple(Meeting(f"m{n}", wall, "90") for n, wall in enumerate(meetings)),
    )


@given(zones, st.sampled_from(("", *ZONES)), walls, days, st.lists(walls, max_size=2), st.data())
@settings(max_examples=150, deadline=None)
def test_four_reminders_at_most_all_to_come_none_at_night(
    zone: str,
    own: str,
    met: datetime,
    ahead: int,
    planned: list[datetime],
    data: st.DataObject,
) -> None:
    clock = data.draw(st.times().map(lambda t: t.replace(second=0, microsecond=0)), "due at")
    due = datetime.combine(met.date() + timedelta(days=ahead), clock)
    state = a_set(zone, own, *planned)
    made = instant(met, zone) + timedelta(minutes=data.draw(st.integers(0, 180), "minutes"))
    changed = made + timedelta(days=data.draw(st.integers(0, ahead), "changed after"))
    action = ActionPoint("a", "ben", "Talk", due, met, made, changed)
    state = state.with_action(action)
    if data.draw(st.booleans(), "snoozed"):
        snoozed = engine.decide(
            state, RemindAction(who="ben", action="a", how="snooze"), changed + timedelta(minutes=1)
        )
        assert isinstance(snoozed, Decision)
        state = snoozed.state

    found = list(reminders_of(state, state.actions[0]))

    assert len(found) <= 4
    meets = [state.starts_at(m) for m in state.planned()]
    for rule, at in found:
        assert at > changed
        at_the_meeting = rule.key == "snoozed" and at in meets
        assert at_the_meeting or time(8) <= local(at, own or zone).time() < time(20)
        if rule.key == "snoozed":
            assert all(at <= m for m in meets if m > changed + timedelta(minutes=1))
        if rule.key == "due":
            assert not any(m.date() == due.date() for m in planned)
    keys = [rule.key for rule, _ in found]
    assert len(keys) == len(set(keys))


@given(zones, walls, st.lists(walls, max_size=3), st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_by_default_an_action_is_due_when_the_set_meets_next_or_in_six_weeks(
    zone: str, met: datetime, planned: list[datetime], minutes: int
) -> None:
    state = a_set(zone, "", *planned)
    now = instant(met, zone) + timedelta(minutes=minutes)

    due = due_by_default(state, met, now)

    later = [w for w in planned if w > max(met, local(now, zone))]
    assert due == (min(later) if later else met + timedelta(days=42))
    assert due > met


moments = st.one_of(st.none(), st.datetimes(EARLIEST, LATEST))
texts = st.text(max_size=10)
ids = st.sampled_from(("a", "b", "", "gone"))
who = st.sampled_from(("ana", "ben", "zoe", "clock", ""))


@st.composite
def commands(draw: st.DrawFn) -> ToSet:
    """Anything somebody may want of a set's actions and dates."""
    person, action = draw(who), draw(ids)
    kind = draw(st.integers(0, 6))
    if kind == 0:
        return KeepAction(who=person, action=action, what=draw(texts), due=draw(moments))
    if kind == 1:
        seen = draw(st.sampled_from(("set", "me", "", "all")))
        return ChangeAction(who=person, action=action, due=draw(moments), visibility=seen)
    if kind == 2:
        return DeleteAction(who=person, action=action, sure=draw(st.booleans()))
    if kind == 3:
        outcome = draw(st.sampled_from(("done", "partly", "changed", "dropped", "going", "open")))
        return ReportAction(who=person, action=action, outcome=outcome)
    if kind == 4:
        return TellAction(who=person, action=action, learned=draw(texts), due=draw(moments))
    if kind == 5:
        how = draw(st.sampled_from(("snooze", "stop", "meant", "")))
        return RemindAction(who=person, action=action, how=how)
    return PlanMeeting(who=person, meeting=action, wall=draw(moments) or FIRST)


@given(zones, st.lists(commands(), max_size=12), st.integers(0, 5000))
@settings(max_examples=150, deadline=None)
def test_nothing_a_person_wants_of_a_set_raises_and_only_owners_change_their_own(
    zone: str, wishes: list[ToSet], hours: int
) -> None:
    state = a_set(zone, "")
    now = instant(FIRST, zone)
    for n, command in enumerate(wishes):
        now += timedelta(hours=hours % (n + 7))
        before = {a.id: a for a in state.actions}

        decided = engine.decide(state, command, now)

        if isinstance(decided, Refusal):
            assert decided.sentence.endswith((".", "?"))
            continue
        state = decided.state
        after = {a.id: a for a in state.actions}
        touched = [a for a in (before | after).values() if before.get(a.id) != after.get(a.id)]
        assert all(a.owner == command.who for a in touched)
        assert all(d.what for d in engine.deadlines(state))
