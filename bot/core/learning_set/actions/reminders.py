"""Who is reminded of what and when: one table of rules, from which every deadline is derived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias

from bot.core import permissions
from bot.core.decision import Deadline
from bot.core.exchange import OPENS_BEFORE
from bot.core.learning_set.actions.action import MOST_REMINDERS, ActionPoint
from bot.core.learning_set.state import Meeting, MeetingStatus, SetState, meets_on
from bot.core.walltime import day_in_words, days_later, instant, local
from bot.core.wording import count

FOLLOW_UP_DAYS = 42
FOLLOW_UP_USEFUL = timedelta(days=7)
REMINDER_USEFUL = timedelta(days=3)
SNOOZE_DAYS = 3

OnAction: TypeAlias = Callable[[ActionPoint], datetime | None]


@dataclass(frozen=True, slots=True)
class ActionRule:
    """A direct message to an action's owner: at which local time, if at all."""

    key: str
    wall: OnAction


@dataclass(frozen=True, slots=True)
class MeetingRule:
    """What is said before or at a meeting's start: to the set, or to who plans alone (`answers`).

    At `open` its door opens as well.
    """

    key: str
    before: timedelta


def _day_2(action: ActionPoint) -> datetime | None:
    wall = days_later(action.meeting_wall, 2)
    return wall if wall.date() < action.due.date() else None


def _half_way(action: ActionPoint) -> datetime | None:
    whole = (action.due.date() - action.meeting_wall.date()).days
    return days_later(action.meeting_wall, whole // 2) if whole // 2 > 2 else None


def _three_days_before(action: ActionPoint) -> datetime | None:
    day = action.due.date() - timedelta(days=3)
    wall = action.meeting_wall.replace(year=day.year, month=day.month, day=day.day)
    earlier = _half_way(action) or days_later(action.meeting_wall, 2)
    return wall if wall > earlier else None


def _due(action: ActionPoint) -> datetime | None:
    return action.due


ACTION_RULES = (
    ActionRule("day_2", _day_2),
    ActionRule("half_way", _half_way),
    ActionRule("three_days", _three_days_before),
    ActionRule("due", _due),
)
"""Four at most for each action (docs/method.md, Actions); no last one where the set meets that day."""

MEETING_RULES = (
    MeetingRule("week_before", timedelta(days=7)),
    MeetingRule("answers", timedelta(days=2)),
    MeetingRule("day_before", timedelta(days=1)),
    MeetingRule("open", OPENS_BEFORE),
    MeetingRule("start", timedelta(0)),
)

SNOOZED = ActionRule("snoozed", lambda action: None)


def deadlines(state: SetState) -> tuple[Deadline, ...]:
    """Every moment at which the set should be spoken to, if nothing else happens first."""
    if state.archived_at is not None or state.frozen_at is not None:
        return ()
    return (
        *_of_actions(state),
        *_of_meetings(state),
        *_of_follow_ups(state),
        *_of_a_set_without_a_date(state),
    )


def _of_actions(state: SetState) -> Iterator[Deadline]:
    for action in state.actions:
        for rule, at in reminders_of(state, action):
            if rule is SNOOZED or action.reminded < MOST_REMINDERS:
                yield Deadline(at, f"remind_{rule.key}", action.id)


def reminders_of(state: SetState, action: ActionPoint) -> Iterator[tuple[ActionRule, datetime]]:
    """The direct messages about one action, with their instants, quiet hours of its owner kept."""
    if not action.open or not action.reminders or not state.agreed(action.owner):
        return
    preferences = state.preferences_of(action.owner)
    if preferences.direct_off:
        return
    if action.snoozed_until is not None:
        yield SNOOZED, preferences.soonest(action.snoozed_until, state.zone)
    for rule in ACTION_RULES:
        wall = rule.wall(action)
        if wall is None or (rule.key == "due" and meets_on(state, wall)):
            continue
        at = instant(wall, state.zone)
        if at > action.changed_at and (action.snoozed_until is None or at > action.snoozed_until):
            yield rule, preferences.soonest(at, state.zone)


def zone_of(state: SetState, action: ActionPoint) -> str:
    """The zone of an action's owner, else the set's."""
    return state.preferences_of(action.owner).zone or state.zone


def today_of(state: SetState, owner: str, now: datetime) -> date:
    """The day it is for that person."""
    return local(now, state.preferences_of(owner).zone or state.zone).date()


def reminded_on(
    state: SetState, owner: str, day: str
) -> tuple[tuple[ActionPoint, ActionRule], ...]:
    """What one person's direct message of that local day (ISO) is about: all of it in one.

    Each action once, for the last of its reasons that day.
    """
    about = {
        action.id: (action, rule)
        for action in state.open_actions(owner)
        for rule, at in reminders_of(state, action)
        if reminder_day(state, action, at) == day
    }
    return tuple(about.values())


def reminder_day(state: SetState, action: ActionPoint, at: datetime) -> str:
    """The day, in the owner's zone, that a reminder falls on: one message a person a day."""
    return local(at, zone_of(state, action)).date().isoformat()


def days_to_go(state: SetState, action: ActionPoint, today: date) -> int:
    """Days from `today` to the date that was chosen, as its owner's calendar counts them."""
    due = local(instant(action.due, state.zone), zone_of(state, action))
    return (due.date() - today).days


def why(state: SetState, action: ActionPoint, rule: ActionRule, today: date) -> str:
    """Why the owner is reminded, in words that are true on that day of theirs."""
    to_go = days_to_go(state, action, today)
    if rule is SNOOZED:
        return "You snoozed this."
    if to_go < 0:
        return "Your date has passed."
    if rule.key == "half_way":
        return "Halfway to your date."
    if rule.key != "day_2":
        return f"Due {_soon(to_go)}."
    written = action.meeting_wall.date()
    if (today - written).days == 2:
        return "Written 2 days ago."
    return f"Written on {day_in_words(action.meeting_wall)}."


def _soon(days: int) -> str:
    return ("today", "tomorrow")[days] if days < 2 else f"in {count(days, 'day')}"


def _of_meetings(state: SetState) -> Iterator[Deadline]:
    for meeting in state.meetings:
        if meeting.planned_at is None:
            continue
        start = state.starts_at(meeting)
        if meeting.status is MeetingStatus.LIVE:
            yield Deadline(start, "start", meeting.id)
        elif meeting.status is MeetingStatus.PLANNED:
            for rule in MEETING_RULES:
                at = _before(state, meeting, rule, start)
                if rule.key == "answers":
                    at = state.preferences_of(state.facilitator).soonest(at, state.zone)
                if at > meeting.planned_at or rule.key == "open":
                    yield Deadline(at, rule.key, meeting.id)


def _before(state: SetState, meeting: Meeting, rule: MeetingRule, start: datetime) -> datetime:
    """Whole days before count on the wall clock, shorter times as they are."""
    if rule.before.days:
        return instant(days_later(meeting.wall, -rule.before.days), state.zone)
    return start - rule.before


def _of_follow_ups(state: SetState) -> Iterator[Deadline]:
    for session in dict.fromkeys(a.session for a in state.actions if a.session):
        wall = follow_up_wall(state, session)
        if wall is not None and not meets_on(state, wall):
            yield Deadline(instant(wall, state.zone), "follow_up", session)


def _of_a_set_without_a_date(state: SetState) -> Iterator[Deadline]:
    """Six weeks after its last meeting it is asked, once, whether it wants another."""
    held = [m for m in state.meetings if m.status is MeetingStatus.HELD]
    last = max(held, key=lambda m: m.wall, default=None)
    if last is None or not without_a_date(state):
        return
    wall = days_later(last.wall, FOLLOW_UP_DAYS)
    if follow_up_wall(state, last.session) != wall:
        yield Deadline(instant(wall, state.zone), "ask_next", last.id)


def without_a_date(state: SetState) -> bool:
    """Whether the set neither meets now nor has planned to."""
    return not state.session and not state.planned()


def follow_up_wall(state: SetState, session: str) -> datetime | None:
    """Six weeks after the meeting that made them, where a shared action still waits for a word."""
    waiting = followed_up(state, session)
    return days_later(waiting[0].meeting_wall, FOLLOW_UP_DAYS) if waiting else None


def words_of(action: ActionPoint) -> permissions.Thing:
    """An action's words, as the one who decides who sees them knows them."""
    return permissions.Thing(permissions.Visible.ACTION, action.owner, action.shared)


def followed_up(state: SetState, session: str) -> tuple[ActionPoint, ...]:
    """The shared open actions of that meeting: `Only me` ones are never named or counted."""
    return tuple(
        a
        for a in state.actions
        if a.session == session
        and a.open
        and state.agreed(a.owner)
        and permissions.set_may_see(words_of(a))
    )
