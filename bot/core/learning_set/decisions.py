"""What follows from a command to a set: founding, joining, meetings, actions, reminders."""

from __future__ import annotations

from datetime import datetime

from bot.core import refusals
from bot.core.command import ToSet
from bot.core.decision import Deciders, Decision, Refusal, on
from bot.core.learning_set import changes as set_changes
from bot.core.learning_set import channel_changes, undo
from bot.core.learning_set import roles as set_roles
from bot.core.learning_set.actions import reminders
from bot.core.learning_set.actions import report as action_points
from bot.core.learning_set.commands import CreateSet, SetClockSpeaks
from bot.core.learning_set.meetings import calendar as entries
from bot.core.learning_set.meetings import held as meetings
from bot.core.learning_set.meetings import planning
from bot.core.learning_set.members import founding, membership
from bot.core.learning_set.state import SetState
from bot.core.refusals import NO_SET


def decide(state: SetState | None, command: ToSet, now: datetime) -> Decision[SetState] | Refusal:
    """What follows from a command to a set (None: a place where no set exists yet)."""
    if state is None:
        return founding.create(command, now) if isinstance(command, CreateSet) else NO_SET
    refusal = refusals.stopped(set_roles.in_set(state, command.who), command.permission)
    if refusal is not None:
        return refusal
    decider = DECIDERS.get(type(command))
    if decider is None:
        return Refusal("This place has its set already; press Join on its card.", "set_exists")
    return entries.settled(state, decider(state, command, now), now)


def _clock(state: SetState, command: SetClockSpeaks, now: datetime) -> Decision[SetState] | Refusal:
    """What follows when a deadline of the set has come; nothing where it no longer applies."""
    rang = (command.what, command.subject)
    due = next((d for d in reminders.deadlines(state) if (d.what, d.subject) == rang), None)
    if due is None or due.at > now:
        return Decision(state)
    if command.what.startswith("remind_"):
        return action_points.remind_now(state, command, due.at)
    if command.what == "follow_up":
        return action_points.follow_up_now(state, command, due.at)
    if command.what == "answers":
        return planning.answers_now_due(state, command.subject)
    if command.what == "ask_next":
        return planning.ask_for_a_date(state, command.subject, due.at)
    return meetings.meeting_now_due(state, command, now)


DECIDERS: Deciders[SetState] = {
    **founding.DECIDERS,
    **meetings.DECIDERS,
    **planning.DECIDERS,
    **undo.DECIDERS,
    **set_changes.DECIDERS,
    **membership.DECIDERS,
    **action_points.DECIDERS,
    **channel_changes.DECIDERS,
    **on(SetClockSpeaks, _clock),
}
"""Who decides each command to a set."""
