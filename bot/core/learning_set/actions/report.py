"""What follows from a command about an action point: keeping, changing, reporting, reminding."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.decision import Deciders, Decision, Matter, Notice, Refusal, Where, on
from bot.core.exchange import KeepAction, ReportHeard, due_refused
from bot.core.learning_set.actions import reminders
from bot.core.learning_set.actions.action import (
    MOST_IN_SET,
    MOST_OPEN,
    ActionPoint,
    Outcome,
    report_form,
)
from bot.core.learning_set.actions.cards import sure_to_delete, which_action
from bot.core.learning_set.commands import (
    ChangeAction,
    DeleteAction,
    RemindAction,
    ReportAction,
    SetClockSpeaks,
    TellAction,
)
from bot.core.learning_set.state import Deed, SetState, due_by_default
from bot.core.walltime import days_later, instant, local, moment_in_words

TWICE_WITHIN = timedelta(minutes=1)
"""An outcome pressed again this soon for an action it closed is the same press."""

NOT_YOURS = Refusal("That isn't your action. See yours under /als actions.", "not_yours")
NO_ACTION = Refusal("You have no open actions. Type /als action to add one.", "no_action")


def _keep(state: SetState, command: KeepAction, now: datetime) -> Decision[SetState] | Refusal:
    if state.action(command.action) is not None:
        return Decision(state)
    if len(state.open_actions(command.who)) >= MOST_OPEN:
        return Refusal(f"You have {MOST_OPEN} open actions. Close one first.", "too_many")
    if len(state.actions) >= MOST_IN_SET:
        return Refusal(
            f"This set keeps {MOST_IN_SET} actions. Closed ones go after 90 days.", "set_full"
        )
    refusal = due_refused(command.due, state.zone, now)
    if refusal is not None:
        return refusal
    wall = _meeting_wall(state, command.session, now)
    due = command.due or due_by_default(state, wall, now)
    action = ActionPoint(
        id=command.action,
        owner=command.who,
        what=command.what,
        due=due,
        meeting_wall=wall,
        made_at=now,
        changed_at=now,
        session=command.session,
        how=command.how,
        helper=command.helper,
        visibility="set" if command.visibility == "set" else "me",
    )
    answer = None if command.session else f"Saved, due {moment_in_words(due)}."
    state = state.with_action(action).with_deed(Deed(command.who, now, "action", action.id))
    return Decision(state, answer=answer)


def _meeting_wall(state: SetState, session: str, now: datetime) -> datetime:
    meeting = next((m for m in state.meetings if session and m.session == session), None)
    if meeting is not None:
        return meeting.wall
    return local(now, state.zone).replace(second=0, microsecond=0)


def _own(state: SetState, who: str, action: str) -> ActionPoint | Refusal:
    found = state.action(action)
    return NOT_YOURS if found is None or found.owner != who else found


def _due_again(
    state: SetState, action: ActionPoint, due: datetime | None, now: datetime
) -> ActionPoint | Refusal:
    """The action with another date, if one is given and it is another."""
    if due is None or due == action.due:
        return action
    moved = replace(action, due=due, changed_at=now, snoozed_until=None)
    return due_refused(due, state.zone, now) or moved


def _change(state: SetState, command: ChangeAction, now: datetime) -> Decision[SetState] | Refusal:
    action = _own(state, command.who, command.action)
    if isinstance(action, ActionPoint):
        action = _due_again(state, action, command.due, now)
    if isinstance(action, Refusal):
        return action
    seen = command.visibility if command.visibility in ("set", "me") else action.visibility
    action = replace(action, what=command.what or action.what, visibility=seen)
    return Decision(state.with_action(action), answer="Updated.")


def _delete(state: SetState, command: DeleteAction, now: datetime) -> Decision[SetState] | Refusal:
    action = _own(state, command.who, command.action)
    if isinstance(action, Refusal):
        return action
    if not command.sure:
        return Decision(state, answer=sure_to_delete(action))
    kept = tuple(a for a in state.actions if a.id != action.id)
    heard = _heard(state, ReportHeard(who=action.owner, action=action.id, told=True))
    # What it was like before must not outlive it.
    deeds = tuple(d for d in state.deeds if d.subject != action.id)
    return Decision(replace(state, actions=kept, deeds=deeds), answer="Deleted.", then=heard)


def _report(state: SetState, command: ReportAction, now: datetime) -> Decision[SetState] | Refusal:
    if command.outcome not in set(Outcome) - {Outcome.OPEN}:
        return NO_ACTION
    mine = state.open_actions(command.who)
    action: ActionPoint | Refusal
    if command.action:
        action = _own(state, command.who, command.action)
    elif len(mine) > 1:
        return Decision(state, answer=which_action(mine, command.outcome))
    else:
        action = mine[0] if mine else _just_closed(state, command, now)
    if isinstance(action, Refusal):
        return action
    reported = action.report(Outcome(command.outcome), now)
    heard = _heard(state, ReportHeard(who=action.owner, action=action.id))
    form = replace(report_form(reported, reported.outcome), subject=state.id)
    deed = Deed(command.who, now, "outcome", action.id, action=action)
    return Decision(state.with_action(reported).with_deed(deed), answer=form, then=heard)


def _just_closed(state: SetState, command: ReportAction, now: datetime) -> ActionPoint | Refusal:
    """The action that the same press closed a moment ago: a double click."""
    for action in state.actions:
        same = action.owner == command.who and action.outcome == command.outcome
        if same and action.closed_at is not None and now - action.closed_at <= TWICE_WITHIN:
            return action
    return NO_ACTION


def _tell(state: SetState, command: TellAction, now: datetime) -> Decision[SetState] | Refusal:
    action = _own(state, command.who, command.action)
    if isinstance(action, ActionPoint):
        action = _due_again(state, action, command.due, now)
    if isinstance(action, Refusal):
        return action
    shared = command.visibility == "set"
    action = replace(
        action,
        what=command.what_now or action.what,
        happened=command.happened or action.happened,
        learned=command.learned or action.learned,
        learning_visibility="set" if shared else "me",
    )
    heard = ReportHeard(
        who=action.owner,
        action=action.id,
        told=True,
        words=command.happened if shared else "",
        learned=command.learned if shared else "",
    )
    return Decision(state.with_action(action), answer="Saved.", then=_heard(state, heard))


def _heard(state: SetState, heard: ReportHeard) -> tuple[ReportHeard, ...]:
    return (heard,) if state.session else ()


def _remind(state: SetState, command: RemindAction, now: datetime) -> Decision[SetState] | Refusal:
    action = _own(state, command.who, command.action)
    if isinstance(action, Refusal):
        return action
    if command.how == "stop":
        stopped = replace(action, reminders=False, snoozed_until=None)
        answer = "I won't remind you again. It stays under /als actions."
        return Decision(state.with_action(stopped), answer=answer)
    if command.how == "snooze":
        until = _snoozed_until(state, action, now)
        snoozed = replace(action, snoozed_until=until)
        answer = f"I'll remind you on {moment_in_words(local(until, state.zone))}."
        return Decision(state.with_action(snoozed), answer=answer)
    return Decision(state, answer="Good. Nothing has changed.")


def _snoozed_until(state: SetState, action: ActionPoint, now: datetime) -> datetime:
    """Three days on at the same local time, out of quiet hours, never past the next meeting."""
    wall = days_later(local(now, state.zone), reminders.SNOOZE_DAYS).replace(microsecond=0)
    until = state.preferences_of(action.owner).soonest(instant(wall, state.zone), state.zone)
    meetings = [state.starts_at(m) for m in state.planned()]
    return min([until, *(at for at in meetings if at > now)])


def remind_now(state: SetState, command: SetClockSpeaks, due: datetime) -> Decision[SetState]:
    """A reminder is due: one direct message for everything of that person and day."""
    action = next(a for a in state.actions if a.id == command.subject)
    day = reminders.reminder_day(state, action, due)
    notice = Notice(
        Matter.REMINDER,
        f"{state.id}:remind:{action.owner}:{day}",
        "reminder",
        f"{action.owner}:{day}",
        Where.DIRECT,
        action.owner,
        max(instant(action.due, state.zone), due) + reminders.REMINDER_USEFUL,
    )
    if command.what != "remind_snoozed":
        action = replace(action, reminded=action.reminded + 1)
    return Decision(state.with_action(action), (notice,))


def follow_up_now(state: SetState, command: SetClockSpeaks, due: datetime) -> Decision[SetState]:
    """Six weeks have passed: one post for the set."""
    slot = f"{state.id}:follow_up:{command.subject}"
    until = due + reminders.FOLLOW_UP_USEFUL
    notice = Notice(Matter.FOLLOW_UP, slot, "follow_up", command.subject, Where.PLACE, until=until)
    return Decision(state, (notice,))


DECIDERS: Deciders[SetState] = {
    **on(KeepAction, _keep),
    **on(ChangeAction, _change),
    **on(DeleteAction, _delete),
    **on(ReportAction, _report),
    **on(TellAction, _tell),
    **on(RemindAction, _remind),
}
"""Who decides each command about an action point."""
