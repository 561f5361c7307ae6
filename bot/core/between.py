"""What follows from a command to a set: founding, joining, meetings, actions, reminders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import action_points, rights
from bot.core.action_points import FARTHEST
from bot.core.commands import (
    Agree,
    Arrive,
    CloseSession,
    CreateSet,
    KeepDraft,
    NotNow,
    OpenSession,
    PlanMeeting,
    ReachedPerson,
    SetClockSpeaks,
    ShowAgreement,
    ShowSet,
    StartMeeting,
    ToSet,
)
from bot.core.formats import FORMATS
from bot.core.learning_set import (
    NEAR,
    Direct,
    Draft,
    Meeting,
    MeetingStatus,
    Member,
    SetState,
    next_holder,
)
from bot.core.session import (
    BOT,
    CLOCK,
    Clock,
    Decision,
    Facilitation,
    Matter,
    Notice,
    Owed,
    Participant,
    Process,
    Refusal,
    Session,
    Where,
    derive_id,
)
from bot.core.set_cards import agreement_card, set_answer
from bot.core.walltime import days_later, instant, local
from bot.core.wording import WHAT_THE_BOT_SEES


def decide(state: SetState | None, command: ToSet, now: datetime) -> Decision | Refusal:
    """What follows from a command to a set (None: a place where no set exists yet)."""
    if state is None:
        if isinstance(command, CreateSet):
            return _create(command, now)
        return Refusal("There is no set here yet; type /als start to found one.", "no_set")
    refusal = rights.refused(rights.in_set(state, command.who), command)
    if refusal is not None:
        return refusal
    decider = DECIDERS.get(type(command))
    if decider is None:
        return Refusal("This place has its set already; press Join on its card.", "set_exists")
    return decider(state, command, now)


# --- founding and joining ----------------------------------------------------------------------


def _create(command: CreateSet, now: datetime) -> Decision:
    founder = Member(command.who, command.who_name, now)
    state = SetState(
        id=command.id,
        place=command.place,
        name=command.name,
        zone=command.zone,
        format=command.format,
        facilitation=Facilitation(command.facilitation),
        facilitator=command.who,
        created_at=now,
        members=(founder,),
        carded=not command.start,
    )
    then: tuple[ToSet, ...] = ()
    if command.start:
        seed = int(derive_id(command.id, command.start)[:12], 16)
        then = (StartMeeting(who=command.who, session=command.start, seed=seed),)
    notices = () if command.start else (_set_card(state),)
    return Decision(state, notices, answer=invitation(state), then=then)


def _set_card(state: SetState) -> Notice:
    return Notice(Matter.BOARD, f"{state.id}:set", "set", state.id, Where.PLACE)


def invitation(state: SetState) -> str:
    """The one line a founder copies to call the people."""
    return f"To call the others, copy this: “{state.name} meets here. Press I'm here to join.”"


def _show_agreement(state: SetState, command: ShowAgreement, now: datetime) -> Decision | Refusal:
    if state.agreed(command.who):
        return Refusal("You have agreed already; press I'm here when a meeting is on.", "agreed")
    if len(state.present_members) >= state.size:
        return Refusal(f"{state.name} is full; ask its facilitator for a place.", "full")
    return Decision(state, answer=agreement_card(state, arriving=command.arriving))


def _not_now(state: SetState, command: NotNow, now: datetime) -> Decision:
    return Decision(state, answer="That is fine. Nothing is kept; the door stays open.")


def _agree(state: SetState, command: Agree, now: datetime) -> Decision | Refusal:
    known = state.member(command.who)
    if known is not None and known.agreed:
        then = (_arrival(known),) if command.arriving and state.session else ()
        return Decision(state, then=then)
    if len(state.present_members) >= state.size:
        return Refusal(f"{state.name} is full; ask its facilitator for a place.", "full")
    if known is None:
        known = Member(command.who, command.name, now)
    member = replace(known, name=command.name or known.name, agreed_at=now, zone=command.zone)
    state = state.with_member(member)
    welcome = Notice(
        Matter.WELCOME,
        f"{state.id}:welcome:{command.who}:{int(now.timestamp())}",
        "welcome",
        state.id,
        Where.DIRECT,
        command.who,
    )
    joined = Notice(
        Matter.PHASE,
        f"{state.id}:joined:{command.who}:{int(now.timestamp())}",
        "joined",
        command.who,
        Where.THREAD if state.session else Where.PLACE,
    )
    then = (replace(_arrival(member), expected=not command.arriving),) if state.session else ()
    notices = (welcome, joined, *((_set_card(state),) if state.carded else ()))
    return Decision(state, notices, answer=WHAT_THE_BOT_SEES, then=then)


def _arrival(member: Member) -> Arrive:
    waiting = member.last_presented_at or member.joined_at
    return Arrive(who=member.person, name=member.name, waiting_since=waiting)


def _reached(state: SetState, command: ReachedPerson, now: datetime) -> Decision:
    member = state.member(command.person)
    if member is None:
        return Decision(state)
    direct = Direct.OPEN if command.ok else Direct.CLOSED
    return Decision(state.with_member(replace(member, direct=direct)))


def _show(state: SetState, command: ShowSet, now: datetime) -> Decision:
    return Decision(state, answer=set_answer(state, command.card, command.subject, command.who))


# --- meetings ----------------------------------------------------------------------------------


def _start(state: SetState, command: StartMeeting, now: datetime) -> Decision | Refusal:
    if state.session:
        return Refusal("A meeting is on already; press I'm here on its board.", "running")
    if command.format and command.format not in FORMATS:
        return Refusal(f"I know these lengths: {', '.join(FORMATS)}.", "format")
    planned = next((m for m in state.planned() if abs(state.starts_at(m) - now) <= NEAR), None)
    wall = local(now, state.zone).replace(second=0, microsecond=0)
    meeting = planned or Meeting(derive_id(command.session, "meeting"), wall, state.format)
    meeting = replace(
        meeting,
        status=MeetingStatus.LIVE,
        session=command.session,
        format=command.format or meeting.format,
    )
    starts_at = max(state.starts_at(meeting), now) if planned else now
    session = _session(state, meeting, command, now, starts_at)
    state = replace(state.with_meeting(meeting), session=session.id)
    return Decision(state, then=(OpenSession(who=command.who, opening=session),))


def _plan(state: SetState, command: PlanMeeting, now: datetime) -> Decision | Refusal:
    today = local(now, state.zone)
    if command.wall <= today:
        return Refusal("That moment has passed; give one that is still to come.", "past", "when")
    if command.wall - today > FARTHEST:
        return Refusal("I can plan up to two years ahead; give a nearer date.", "far", "when")
    planned = state.planned()
    if planned:
        moved = planned[0]
        again = moved.sequence + 1
        meeting = replace(moved, wall=command.wall, planned_at=now, sequence=again)
    else:
        meeting = Meeting(command.meeting, command.wall, state.format, planned_at=now)
    notice = Notice(
        Matter.PROMPT,
        f"{state.id}:planned:{meeting.id}:{meeting.sequence}",
        "prompt",
        f"{meeting.id}:planned",
        Where.PLACE,
        until=instant(command.wall, state.zone),
    )
    return Decision(state.with_meeting(meeting), (notice,))


def _session(
    state: SetState, meeting: Meeting, command: StartMeeting, now: datetime, starts_at: datetime
) -> Session:
    home = {
        Facilitation.LED: state.facilitator,
        Facilitation.ROTATING: next_holder(state),
        Facilitation.BOT_HELD: BOT,
    }[state.facilitation]
    people = tuple(
        Participant(m.person, m.name, m.last_presented_at or m.joined_at)
        for m in state.present_members
    )
    return Session(
        id=command.session,
        set_id=state.id,
        title=state.name,
        meeting=meeting.id,
        seed=command.seed,
        format=meeting.format,
        zone=state.zone,
        wall=meeting.wall,
        starts_at=starts_at,
        opened_at=now,
        plan=FORMATS[meeting.format].steps(),
        clock=Clock(now, 0),
        process=Process(state.facilitation, home, home),
        people=people,
        owed=_owed(state),
        quorum=state.quorum,
        grace=command.grace,
    )


def _owed(state: SetState) -> tuple[Owed, ...]:
    """Who owes a word, in a fair order: the longest promise first."""
    waiting = (a for a in state.actions if a.open and state.agreed(a.owner))
    ordered = sorted(waiting, key=lambda a: (a.made_at, a.owner, a.id))
    return tuple(Owed(a.id, a.owner) for a in ordered)


def _close(state: SetState, command: CloseSession, now: datetime) -> Decision | Refusal:
    meeting = next((m for m in state.meetings if m.session == command.session), None)
    if meeting is None or state.session != command.session:
        return Decision(state)
    status = MeetingStatus.HELD if command.held else MeetingStatus.NOT_HELD
    meeting = replace(
        meeting,
        status=status,
        attended=len(command.attended),
        pulse_sum=command.pulse[0],
        pulse_count=command.pulse[1],
    )
    state = replace(state.with_meeting(meeting), session="")
    if command.held:
        state = _remember_turns(state, command, now)
        drafts = tuple(Draft(*bid) for bid in command.bids)
        state = replace(state, drafts=drafts)
    return Decision(_plan_next(state, meeting, command, now))


def _remember_turns(state: SetState, command: CloseSession, now: datetime) -> SetState:
    for person in command.presented:
        member = state.member(person)
        if member is not None:
            state = state.with_member(replace(member, last_presented_at=now))
    holder = state.member(command.holder)
    if holder is not None:
        state = state.with_member(replace(holder, last_held_at=now))
    return state


def _plan_next(state: SetState, meeting: Meeting, command: CloseSession, now: datetime) -> SetState:
    if state.planned():
        return state
    wall = command.next_local or days_later(meeting.wall, 7 * state.rhythm_weeks)
    following = Meeting(derive_id(command.session, "next"), wall, state.format, planned_at=now)
    return state.with_meeting(following)


def _draft(state: SetState, command: KeepDraft, now: datetime) -> Decision:
    draft = Draft(command.who, command.title, command.why, command.urgency)
    return Decision(
        state.with_draft(draft),
        answer="Kept for you alone. Offer it when the meeting asks for issues.",
    )


# --- what the clock does -----------------------------------------------------------------------


def _clock(state: SetState, command: SetClockSpeaks, now: datetime) -> Decision | Refusal:
    due = command.due_at or now
    if command.what.startswith("remind_"):
        return action_points.remind_now(state, command, due)
    if command.what == "follow_up":
        return action_points.follow_up_now(state, command, due)
    return _meeting_now_due(state, command, now)


def _meeting_now_due(state: SetState, command: SetClockSpeaks, now: datetime) -> Decision | Refusal:
    meeting = state.meeting(command.subject)
    if meeting is None or meeting.status not in (MeetingStatus.PLANNED, MeetingStatus.LIVE):
        return Decision(state)
    starts_at = state.starts_at(meeting)
    if command.what == "open":
        if meeting.status is MeetingStatus.LIVE or now > starts_at + NEAR:
            return Decision(state)
        session = derive_id(meeting.id, "session")
        seed = int(derive_id(state.id, meeting.id, command.fresh)[:12], 16)
        return _start(state, StartMeeting(who=CLOCK, session=session, seed=seed), now)
    until = starts_at if command.what != "start" else starts_at + timedelta(minutes=15)
    slot = f"{state.id}:{command.what}:{meeting.id}:{meeting.sequence}"
    subject = f"{meeting.id}:{command.what}"
    notice = Notice(Matter.PROMPT, slot, "prompt", subject, Where.PLACE, until=until)
    return Decision(state, (notice,))


DECIDERS: dict[type[ToSet], Callable[..., Decision | Refusal]] = {
    ShowAgreement: _show_agreement,
    NotNow: _not_now,
    Agree: _agree,
    ReachedPerson: _reached,
    ShowSet: _show,
    StartMeeting: _start,
    PlanMeeting: _plan,
    CloseSession: _close,
    KeepDraft: _draft,
    **action_points.DECIDERS,
    SetClockSpeaks: _clock,
}
"""Who decides each command to a set."""
