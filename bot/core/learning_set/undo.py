"""Taking back what one did in the last ten minutes, as if it had not been done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.core.decision import Deciders, Decision, Refusal, on
from bot.core.exchange import MeetNext
from bot.core.learning_set.commands import UndoDeed
from bot.core.learning_set.meetings.held import prompt
from bot.core.learning_set.state import UNDO_WITHIN, Deed, Meeting, MeetingStatus, SetState
from bot.core.meeting.commands import WithdrawIssue

NOTHING = Refusal("I found nothing of yours from the last 10 minutes to undo.", "nothing")
MOVED_ON = Refusal("It has changed since. Use /als schedule to put it right.", "moved_on")


def _undo(state: SetState, command: UndoDeed, now: datetime) -> Decision[SetState] | Refusal:
    deed = next((d for d in state.deeds if d.person == command.who), None)
    if deed is None or now - deed.at > UNDO_WITHIN:
        # An issue belongs to the meeting, so ask there when the set has nothing to undo.
        then = (WithdrawIssue(who=command.who),) if state.session else ()
        return Decision(state, then=then) if then else NOTHING
    kept = tuple(d for d in state.deeds if d is not deed)
    return _UNDO[deed.what](replace(state, deeds=kept), deed, now)


def _action(state: SetState, deed: Deed, now: datetime) -> Decision[SetState] | Refusal:
    kept = tuple(a for a in state.actions if a.id != deed.subject)
    return Decision(replace(state, actions=kept), answer="Undone: the action is gone.")


def _outcome(state: SetState, deed: Deed, now: datetime) -> Decision[SetState] | Refusal:
    if deed.action is None or state.action(deed.subject) is None:
        return NOTHING
    return Decision(state.with_action(deed.action), answer="Undone: it's as it was before.")


def _draft(state: SetState, deed: Deed, now: datetime) -> Decision[SetState] | Refusal:
    kept = tuple(d for d in state.drafts if d.owner != deed.person)
    before = (deed.draft,) if deed.draft is not None else ()
    state = replace(state, drafts=(*kept, *before))
    return Decision(state, answer="Undone: your issue is as it was before.")


def _reply(state: SetState, deed: Deed, now: datetime) -> Decision[SetState] | Refusal:
    meeting, before = state.meeting(deed.subject), deed.meeting
    if meeting is None or before is None or meeting.sequence != before.sequence:
        return MOVED_ON
    mine = (r for r in before.rsvps if r.person == deed.person)
    state = state.with_meeting(meeting.with_replies_of(deed.person, *mine))
    return Decision(state, answer="Undone: your answer is as it was before.")


def _meeting(state: SetState, deed: Deed, now: datetime) -> Decision[SetState] | Refusal:
    """A date that was planned, moved or cancelled; the set is told what holds again."""
    meeting, before = state.meeting(deed.subject), deed.meeting
    if meeting is None or meeting.sequence != deed.sequence:
        return MOVED_ON
    again = meeting.sequence + 1
    if before is None:
        then = replace(meeting, status=MeetingStatus.CANCELLED, sequence=again)
        which = "cancelled"
    else:
        then = replace(before, sequence=again, planned_at=now)
        which = "moved" if meeting.status is MeetingStatus.PLANNED else "after_all"
    if state.starts_at(then) <= now:
        return MOVED_ON
    state = replace(state, rhythm=deed.rhythm, format=deed.format, link=deed.link)
    state = _without(state.with_meeting(then), deed.made)
    coming = state.planned()
    at = state.starts_at(coming[0]) if coming else None
    told = prompt(state, then, which, state.starts_at(then))
    heard = (MeetNext(who=deed.person, at=at),) if state.session else ()
    return Decision(state, (told,), answer="Undone. I've told the set.", then=heard)


def _without(state: SetState, made: str) -> SetState:
    def stands(meeting: Meeting) -> bool:
        return meeting.id != made or meeting.status is not MeetingStatus.PLANNED

    return replace(state, meetings=tuple(m for m in state.meetings if stands(m)))


_UNDO: dict[str, Callable[[SetState, Deed, datetime], Decision[SetState] | Refusal]] = {
    "action": _action,
    "outcome": _outcome,
    "draft": _draft,
    "reply": _reply,
    "meeting": _meeting,
}

DECIDERS: Deciders[SetState] = {
    **on(UndoDeed, _undo),
}
"""Who decides about taking something back."""
