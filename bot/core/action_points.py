"""What follows from a command about an action point: keeping, changing, reporting, reminding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import reminders
from bot.core.actions import MOST_OPEN, ActionPoint, Outcome, report_form
from bot.core.commands import (
    ChangeAction,
    DeleteAction,
    KeepAction,
    RemindAction,
    ReportAction,
    ReportHeard,
    SetClockSpeaks,
    TellAction,
    ToSet,
)
from bot.core.learning_set import SetState, due_by_default
from bot.core.session import Decision, Matter, Notice, Refusal, Where
from bot.core.set_cards import sure_to_delete, which_action
from bot.core.walltime import days_later, instant, local, moment_in_words

FARTHEST = timedelta(days=2 * 366)
"""How far ahead an action can be due, or a meeting planned."""


def _keep(state: SetState, command: KeepAction, now: datetime) -> Decision | Refusal:
    if state.action(command.action) is not None:
        return Decision(state)
    if len(state.open_actions(command.who)) >= MOST_OPEN:
        return Refusal(f"You have {MOST_OPEN} open actions; close one first.", "too_many")
    wall = _meeting_wall(state, command.session, now)
    due = command.due or due_by_default(state, wall, now)
    refusal = _due_refused(state, due, now)
    if refusal is not None:
        return refusal
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
        visibility=command.visibility,
    )
    answer = "" if command.session else f"Kept for you, until {moment_in_words(due)}."
    return Decision(state.with_action(action), answer=answer or None)


def _meeting_wall(state: SetState, session: str, now: datetime) -> datetime:
    meeting = next((m for m in state.meetings if session and m.session == session), None)
    if meeting is not None:
        return meeting.wall
    return local(now, state.zone).replace(second=0, microsecond=0)


def _due_refused(state: SetState, due: datetime, now: datetime) -> Refusal | None:
    today = local(now, state.zone)
    if due <= today:
        return Refusal("That date has passed; give one from tomorrow on.", "past", "due")
    if due - today > FARTHEST:
        return Refusal("I can remind you up to two years ahead; give a nearer date.", "far", "due")
    return None


def _own(state: SetState, who: str, action: str) -> ActionPoint | Refusal:
    found = state.action(action)
    if found is None or found.owner != who:
        return Refusal("That is not an action of yours; /als actions shows your own.", "not_yours")
    return found


def _change(state: SetState, command: ChangeAction, now: datetime) -> Decision | Refusal:
    action = _own(state, command.who, command.action)
    if isinstance(action, Refusal):
        return action
    if command.due is not None and command.due != action.due:
        refusal = _due_refused(state, command.due, now)
        if refusal is not None:
            return refusal
        action = replace(action, due=command.due, changed_at=now, snoozed_until=None)
    action = replace(
        action,
        what=command.what or action.what,
        visibility=command.visibility or action.visibility,
    )
    return Decision(state.with_action(action), answer="Changed, in your words.")


def _delete(state: SetState, command: DeleteAction, now: datetime) -> Decision | Refusal:
    action = _own(state, command.who, command.action)
    if isinstance(action, Refusal):
        return action
    if not command.sure:
        return Decision(state, answer=sure_to_delete(action))
    kept = tuple(a for a in state.actions if a.id != action.id)
    heard = _heard(state, action)
    return Decision(replace(state, actions=kept), answer="Deleted.", then=heard)


def _report(state: SetState, command: ReportAction, now: datetime) -> Decision | Refusal:
    if not command.action:
        mine = state.open_actions(command.who)
        if not mine:
            return Refusal("You have no open action; /als action keeps a new one.", "no_action")
        if len(mine) > 1:
            return Decision(state, answer=which_action(mine, command.outcome))
        command = replace(command, action=mine[0].id)
    action = _own(state, command.who, command.action)
    if isinstance(action, Refusal):
        return action
    reported = action.report(Outcome(command.outcome), now)
    form = report_form(reported, reported.outcome)
    return Decision(
        state.with_action(reported),
        answer=replace(form, subject=state.id),
        then=_heard(state, reported),
    )


def _tell(state: SetState, command: TellAction, now: datetime) -> Decision | Refusal:
    action = _own(state, command.who, command.action)
    if isinstance(action, Refusal):
        return action
    if command.due is not None:
        refusal = _due_refused(state, command.due, now)
        if refusal is not None:
            return refusal
        action = replace(action, due=command.due, changed_at=now, snoozed_until=None)
    action = replace(
        action,
        what=command.what_now or action.what,
        happened=command.happened or action.happened,
        learned=command.learned or action.learned,
        learning_visibility=command.visibility or action.learning_visibility,
    )
    shared = " ".join(w for w in (command.happened, command.learned) if w)
    words = shared if command.visibility == "set" else ""
    return Decision(
        state.with_action(action),
        answer="Thank you. It is kept.",
        then=_heard(state, action, words),
    )


def _heard(state: SetState, action: ActionPoint, words: str = "") -> tuple[ReportHeard, ...]:
    if not state.session:
        return ()
    return (ReportHeard(who=action.owner, action=action.id, words=words),)


def _remind(state: SetState, command: RemindAction, now: datetime) -> Decision | Refusal:
    action = _own(state, command.who, command.action)
    if isinstance(action, Refusal):
        return action
    match command.how:
        case "stop":
            action = replace(action, reminders=False, snoozed_until=None)
            answer = "I stop reminding you of this one. It stays under /als actions."
        case "snooze":
            until = _snoozed_until(state, now)
            action = replace(action, snoozed_until=until)
            answer = f"I come back on {moment_in_words(local(until, state.zone))}."
        case _:
            answer = "Good. Your words stay as they are."
    return Decision(state.with_action(action), answer=answer)


def _snoozed_until(state: SetState, now: datetime) -> datetime:
    """Three days on at the same local time, never past the next meeting."""
    wall = days_later(local(now, state.zone), reminders.SNOOZE_DAYS).replace(microsecond=0)
    until = instant(wall, state.zone)
    meetings = [state.starts_at(m) for m in state.planned()]
    return min([until, *(at for at in meetings if at > now)])


def remind_now(state: SetState, command: SetClockSpeaks, due: datetime) -> Decision:
    """A reminder is due: one direct message for everything of that person and day."""
    action = state.action(command.subject)
    if action is None or not action.open or not action.reminders:
        return Decision(state)
    day = reminders.reminder_day(state, action, due)
    if command.what == "remind_snoozed":
        state = state.with_action(replace(action, snoozed_until=None, changed_at=due))
    until = instant(action.due, state.zone) + reminders.REMINDER_USEFUL
    slot = f"{state.id}:remind:{action.owner}:{day}"
    notice = Notice(
        Matter.REMINDER,
        slot,
        "reminder",
        f"{action.owner}:{day}",
        Where.DIRECT,
        action.owner,
        max(until, due + reminders.REMINDER_USEFUL),
    )
    return Decision(state, (notice,))


def follow_up_now(state: SetState, command: SetClockSpeaks, due: datetime) -> Decision:
    """Six weeks have passed: one post for the set, where somebody is left to name."""
    if not reminders.followed_up(state, command.subject):
        return Decision(state)
    slot = f"{state.id}:follow_up:{command.subject}"
    until = due + reminders.FOLLOW_UP_USEFUL
    notice = Notice(Matter.FOLLOW_UP, slot, "follow_up", command.subject, Where.PLACE, until=until)
    return Decision(state, (notice,))


DECIDERS: dict[type[ToSet], Callable[..., Decision | Refusal]] = {
    KeepAction: _keep,
    ChangeAction: _change,
    DeleteAction: _delete,
    ReportAction: _report,
    TellAction: _tell,
    RemindAction: _remind,
}
"""Who decides each command about an action point."""
