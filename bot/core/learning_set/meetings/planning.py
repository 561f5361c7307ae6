"""A meeting before it is held: planned or moved, answered by those invited, cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.decision import Deciders, Decision, Matter, Notice, Refusal, Where, on
from bot.core.exchange import FARTHEST, MeetNext
from bot.core.learning_set.actions.reminders import FOLLOW_UP_USEFUL
from bot.core.learning_set.commands import (
    CancelMeeting,
    ConfirmProposal,
    CountReplies,
    PlanMeeting,
    ReplyToMeeting,
)
from bot.core.learning_set.meetings.cards import plan_question, reply_answer, sure_to_cancel
from bot.core.learning_set.meetings.held import RESTS, prompt, slot_about, with_next, without_missed
from bot.core.learning_set.rhythm import anchored
from bot.core.learning_set.state import (
    Deed,
    Meeting,
    MeetingStatus,
    Proposal,
    Reply,
    Rsvp,
    SetState,
)
from bot.core.meeting.formats import FORMATS
from bot.core.walltime import instant, local

NONE_PLANNED = Refusal("No meeting is planned. Type /als schedule to plan one.", "none_planned")
TOLD_OFF = Refusal("That's already settled. Type /als schedule to ask again.", "settled")
PASSED = Refusal("That time has passed. Choose a later one.", "past", "when")
TOO_FAR = Refusal("I can plan up to 2 years ahead. Choose an earlier date.", "far", "when")
MEETS_ALREADY = Refusal("The set already meets then. Choose a later time.", "busy", "when")
NOT_EXPECTED = Refusal("That meeting is over or has moved. See /als home for the next.", "gone")
CAN_WAIT = timedelta(days=2)
"""How far off a meeting has to be for a message about it to wait for the morning."""

CANCELLED_USEFUL = timedelta(days=1)
"""How long after its planned time the word on a cancelled meeting expires."""


# --- planning and moving --------------------------------------------------------------------------


def _plan(state: SetState, command: PlanMeeting, now: datetime) -> Decision[SetState] | Refusal:
    """The next meeting planned, or moved where one was planned already."""
    if state.frozen_at is not None:
        return RESTS
    state = without_missed(state, now)
    refusal = _unplannable(state, command, now)
    if refusal is not None:
        return refusal
    if not command.asked:
        return _planned(state, command, now)
    proposal = Proposal(
        key=command.meeting,
        by=command.who,
        deed="plan",
        wall=command.wall,
        meeting=command.meeting,
        rhythm=state.rhythm if command.rhythm is None else command.rhythm,
        format=command.format or state.format,
        link=state.link if command.link is None else command.link,
    )
    state = replace(state, proposal=proposal)
    return Decision(state, answer=plan_question(state, proposal))


def _unplannable(state: SetState, command: PlanMeeting, now: datetime) -> Refusal | None:
    today = local(now, state.zone)
    if command.wall <= today:
        return PASSED
    if command.wall - today > FARTHEST:
        return TOO_FAR
    if command.format is not None and command.format not in FORMATS:
        return Refusal(f"Choose one of these lengths: {', '.join(FORMATS)}.", "format", "length")
    moved = state.planned()[:1]
    others = [m for m in _at_any_time(state) if m not in moved]
    length = FORMATS[command.format or state.format].minutes
    return MEETS_ALREADY if any(_overlap(command.wall, length, m) for m in others) else None


def _at_any_time(state: SetState) -> Iterable[Meeting]:
    standing = (MeetingStatus.PLANNED, MeetingStatus.LIVE)
    return (m for m in state.meetings if m.status in standing)


def _overlap(wall: datetime, minutes: int, other: Meeting) -> bool:
    ends = other.wall + timedelta(minutes=FORMATS[other.format].minutes)
    return wall < ends and other.wall < wall + timedelta(minutes=minutes)


def _planned(state: SetState, command: PlanMeeting, now: datetime) -> Decision[SetState]:
    before = state
    state = _with_schedule(state, command)
    planned = state.planned()
    length = command.format or (planned[0].format if planned else state.format)
    if planned and (planned[0].wall, planned[0].format) == (command.wall, length):
        same = (state.rhythm, state.link) == (before.rhythm, before.link)
        return Decision(before if same else state)
    moved = bool(planned)
    if planned:
        again = planned[0].sequence + 1
        meeting = replace(
            planned[0],
            wall=command.wall,
            format=length,
            planned_at=now,
            sequence=again,
            rsvps=(),
        )
    else:
        meeting = Meeting(command.meeting, command.wall, length, planned_at=now)
    answered = [r.person for r in planned[0].rsvps] if planned else []
    deed = _deed(before, command.who, now, meeting, planned[0] if planned else None)
    state, at = state.with_meeting(meeting).with_deed(deed), instant(command.wall, state.zone)
    then = (MeetNext(who=command.who, at=at),) if state.session else ()
    which = "moved" if moved else "planned"
    told = _told_privately(state, meeting, which, answered, command.who, now)
    return Decision(state, (prompt(state, meeting, which, at), *told), then=then)


def _deed(before: SetState, who: str, now: datetime, after: Meeting, was: Meeting | None) -> Deed:
    """A date that was planned, moved or cancelled, so that it can be taken back."""
    return Deed(
        who,
        now,
        "meeting",
        after.id,
        meeting=was,
        sequence=after.sequence,
        rhythm=before.rhythm,
        format=before.format,
        link=before.link,
    )


def _with_schedule(state: SetState, command: PlanMeeting) -> SetState:
    """How often, how long and where the set meets from now on, as far as it was said."""
    rhythm = state.rhythm if command.rhythm is None else command.rhythm
    return replace(
        state,
        rhythm=anchored(rhythm, command.wall),
        format=command.format or state.format,
        link=state.link if command.link is None else command.link,
        proposal=None,
    )


def _told_privately(
    state: SetState, meeting: Meeting, which: str, whom: Iterable[str], by: str, now: datetime
) -> tuple[Notice, ...]:
    """A direct message to each of them who is in the set, but not to the person who did it.

    It waits for the end of their quiet hours, unless the meeting is near.
    """
    starts_at = state.starts_at(meeting)
    waits = starts_at - now > CAN_WAIT
    return tuple(
        Notice(
            Matter.PROMPT,
            f"{state.id}:{which}:{meeting.id}:{person}:{meeting.sequence}",
            "told",
            f"{meeting.id}:{which}",
            Where.DIRECT,
            person,
            starts_at + CANCELLED_USEFUL,
            state.preferences_of(person).soonest(now, state.zone) if waits else None,
        )
        for person in dict.fromkeys(whom)
        if person != by and state.agreed(person)
    )


# --- cancelling -----------------------------------------------------------------------------------


def _cancel(state: SetState, command: CancelMeeting, now: datetime) -> Decision[SetState] | Refusal:
    """Asks whether one is sure, naming how many would be told."""
    meeting = _meant(state, command.meeting)
    if meeting is None:
        return NONE_PLANNED
    proposal = Proposal(
        key=command.key,
        by=command.who,
        deed="cancel",
        wall=meeting.wall,
        meeting=meeting.id,
        reason=command.reason[:300],
    )
    state = replace(state, proposal=proposal)
    return Decision(state, answer=sure_to_cancel(state, meeting, proposal))


def _meant(state: SetState, named: str) -> Meeting | None:
    """The planned meeting of that id or date; the next one where none is named."""
    planned = state.planned()
    if not named:
        return planned[0] if planned else None
    return next((m for m in planned if named in (m.id, m.wall.date().isoformat())), None)


def _confirm(
    state: SetState, command: ConfirmProposal, now: datetime
) -> Decision[SetState] | Refusal:
    proposal = state.proposal
    if proposal is None or (proposal.key, proposal.by) != (command.key, command.who):
        return TOLD_OFF
    if proposal.deed == "cancel":
        return _cancelled(replace(state, proposal=None), proposal, now)
    plan = PlanMeeting(
        who=command.who,
        meeting=proposal.meeting,
        wall=proposal.wall,
        rhythm=proposal.rhythm,
        format=proposal.format,
        link=proposal.link,
    )
    return _plan(state, plan, now)


def _cancelled(state: SetState, proposal: Proposal, now: datetime) -> Decision[SetState] | Refusal:
    meeting = state.meeting(proposal.meeting)
    if meeting is None or meeting.status is not MeetingStatus.PLANNED:
        return TOLD_OFF
    before = meeting
    meeting = replace(
        meeting,
        status=MeetingStatus.CANCELLED,
        sequence=meeting.sequence + 1,
        reason=proposal.reason,
    )
    state = state.with_meeting(meeting)
    deed = _deed(state, proposal.by, now, meeting, before)
    if not state.planned():
        state = with_next(state, meeting.id, meeting.wall, now)
        deed = replace(deed, made=state.meetings[-1].id if state.planned() else "")
    state = state.with_deed(deed)
    until = instant(meeting.wall, state.zone) + CANCELLED_USEFUL
    public = replace(prompt(state, meeting, "cancelled", until), matter=Matter.PROMPT)
    everyone = (m.person for m in state.present_members)
    told = _told_privately(state, meeting, "cancelled", everyone, proposal.by, now)
    coming = state.planned()
    following = state.starts_at(coming[0]) if coming else None
    then = (MeetNext(who=proposal.by, at=following),) if state.session else ()
    return Decision(state, (public, *told), then=then)


# --- who comes ------------------------------------------------------------------------------------


def _reply(state: SetState, command: ReplyToMeeting, now: datetime) -> Decision[SetState] | Refusal:
    meeting = state.meeting(command.meeting)
    if meeting is None or meeting.status is not MeetingStatus.PLANNED:
        return NOT_EXPECTED
    reply, known = Reply(command.reply), meeting.reply_of(command.who)
    if not command.on and known is not reply:
        return Decision(state)
    mine = (Rsvp(command.who, reply, now),) if command.on else ()
    after = meeting.with_replies_of(command.who, *mine)
    answer = None if command.quiet else reply_answer(state, after, reply)
    if command.on and known is reply:
        return Decision(state, answer=answer)
    deed = Deed(command.who, now, "reply", meeting.id, meeting=meeting)
    state = state.with_meeting(after).with_deed(deed)
    return Decision(state, _too_few(state, meeting, after), answer=answer)


def _count(state: SetState, command: CountReplies, now: datetime) -> Decision[SetState]:
    """A reaction counts as the reply of a person who has given none; a given reply stays."""
    meeting = state.meeting(command.meeting)
    if meeting is None or meeting.status is not MeetingStatus.PLANNED:
        return Decision(state)
    after = meeting
    for person, reply in command.replies:
        if state.agreed(person) and meeting.reply_of(person) is None:
            after = after.with_replies_of(person, Rsvp(person, Reply(reply), now))
    if after is meeting:
        return Decision(state)
    return Decision(state.with_meeting(after), _too_few(state, meeting, after))


def _too_few(state: SetState, before: Meeting, after: Meeting) -> tuple[Notice, ...]:
    """Once it is certain that too few can come, the person who plans is told, once."""
    if not too_few_can_come(state, after) or too_few_can_come(state, before):
        return ()
    return (_who_comes(state, after, "too_few"),)


def _who_comes(state: SetState, meeting: Meeting, which: str) -> Notice:
    """The answers so far, only to the person who plans."""
    slot = slot_about(state, meeting, which)
    until, subject = state.starts_at(meeting), f"{meeting.id}:{which}"
    return Notice(Matter.NOTICE, slot, "rsvps", subject, Where.DIRECT, state.facilitator, until)


def answers_now_due(state: SetState, meeting: str) -> Decision[SetState]:
    """Who plans hears, alone, who has answered and who has not."""
    found = next(m for m in state.meetings if m.id == meeting)
    return Decision(state, (_who_comes(state, found, "answers"),))


def ask_for_a_date(state: SetState, last: str, due: datetime) -> Decision[SetState]:
    """A set without a next meeting is asked, once, whether it wants one."""
    slot, until = f"{state.id}:ask_next:{last}", due + FOLLOW_UP_USEFUL
    return Decision(
        state, (Notice(Matter.FOLLOW_UP, slot, "ask_next", last, Where.PLACE, until=until),)
    )


def too_few_can_come(state: SetState, meeting: Meeting) -> bool:
    """Whether those who have not said no are fewer than it takes."""
    members = len(state.present_members)
    away = sum(state.agreed(p) for p in meeting.replied(Reply.AWAY))
    return away > 0 and members - away < min(state.quorum, members)


DECIDERS: Deciders[SetState] = {
    **on(PlanMeeting, _plan),
    **on(CancelMeeting, _cancel),
    **on(ConfirmProposal, _confirm),
    **on(ReplyToMeeting, _reply),
    **on(CountReplies, _count),
}
"""Who decides each command about a meeting to come."""
