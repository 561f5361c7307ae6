"""Founding a set, its agreement, and coming in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.decision import Deciders, Decision, Matter, Notice, Refusal, Where, on
from bot.core.learning_set.cards import agreement_card, set_answer
from bot.core.learning_set.commands import (
    Agree,
    ChangePreferences,
    CreateSet,
    KeepDraft,
    NotNow,
    ReachedPerson,
    RenewCalendar,
    ShowAgreement,
    ShowSet,
    StartMeeting,
)
from bot.core.learning_set.members.cards import full_card
from bot.core.learning_set.state import Deed, Direct, Draft, Member, SetState, has_room_for
from bot.core.meeting.commands import Arrive
from bot.core.meeting.session import Facilitation, derive_id
from bot.core.preferences import PAUSE, Preferences, in_words, read_quiet
from bot.core.refusals import NOT_MEMBER

QUIET = Refusal("Give your quiet hours like 20:00-08:00, or none.", "unreadable", "quiet")


def create(command: CreateSet, now: datetime) -> Decision[SetState]:
    """A new set, with its card in the place or its first meeting at once."""
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
    door = "I'm here on its board" if command.start else "Join on its card"
    invitation = f"“{state.name} meets here. Press {door}.”"
    answer = f"To invite the others, paste this: {invitation}"
    if not command.start:
        return Decision(state, (_set_card(state),), answer=answer)
    seed = int(derive_id(command.id, command.start)[:12], 16)
    begin = StartMeeting(who=command.who, session=command.start, seed=seed)
    return Decision(state, answer=answer, then=(begin,))


def _set_card(state: SetState) -> Notice:
    return Notice(Matter.BOARD, f"{state.id}:set", "set", state.id, Where.PLACE)


def _show_agreement(
    state: SetState, command: ShowAgreement, now: datetime
) -> Decision[SetState] | Refusal:
    if state.agreed(command.who):
        return Refusal("You've already agreed. Press I'm here when a meeting starts.", "agreed")
    if not has_room_for(state, command.who):
        return Decision(state, answer=full_card(state))
    return Decision(state, answer=agreement_card(state, arriving=command.arriving))


def _not_now(state: SetState, command: NotNow, now: datetime) -> Decision[SetState]:
    return Decision(state, answer="No problem. You can join any time.")


def _agree(state: SetState, command: Agree, now: datetime) -> Decision[SetState] | Refusal:
    # Who comes back has presented and held the process before, and waits since then.
    known = state.known(command.who) or Member(command.who, command.name, now)
    if known.agreed:
        then = (_arrival(known, expected=False),) if command.arriving and state.session else ()
        return Decision(state, then=then)
    if not has_room_for(state, command.who):
        return Decision(state, answer=full_card(state))
    preferences = command.preferences or known.preferences
    preferences = replace(preferences, zone=preferences.zone or command.zone)
    member = replace(
        known,
        name=command.name,
        agreed_at=now,
        left_at=None,
        preferences=preferences,
        waits_since=None,
    )
    state = state.with_member(member)
    then = (_arrival(member, expected=not command.arriving),) if state.session else ()
    notices = (*_welcome(state, member, now), *((_set_card(state),) if state.carded else ()))
    return Decision(state, notices, answer=_you_are_in(state, command), then=then)


def _you_are_in(state: SetState, command: Agree) -> str:
    """What the agreement itself has not said yet."""
    if state.session and command.arriving:
        return f"You're in {state.name}, and here in its meeting."
    return "You're in. Press “I'm here” when a meeting starts."


def _welcome(state: SetState, member: Member, now: datetime) -> tuple[Notice, Notice]:
    """A direct message, which also shows whether such ones get through; a line for the place."""
    who, when = member.person, int(now.timestamp())
    where = Where.THREAD if state.session else Where.PLACE
    return (
        Notice(
            Matter.WELCOME,
            f"{state.id}:welcome:{who}:{when}",
            "welcome",
            state.id,
            Where.DIRECT,
            who,
        ),
        Notice(Matter.PHASE, f"{state.id}:joined:{who}:{when}", "joined", who, where),
    )


def _arrival(member: Member, *, expected: bool) -> Arrive:
    waiting = member.last_presented_at or member.joined_at
    return Arrive(who=member.person, name=member.name, waiting_since=waiting, expected=expected)


def _reached(state: SetState, command: ReachedPerson, now: datetime) -> Decision[SetState]:
    member = state.member(command.person)
    direct = Direct.OPEN if command.ok else Direct.CLOSED
    if member is None or member.direct is direct:
        return Decision(state)
    return Decision(state.with_member(replace(member, direct=direct)))


def _show(state: SetState, command: ShowSet, now: datetime) -> Decision[SetState]:
    return Decision(state, answer=set_answer(state, command.card, command.subject, command.who))


def _renew(state: SetState, command: RenewCalendar, now: datetime) -> Decision[SetState]:
    for member in state.present_members:
        if member.person == command.who:
            state = state.with_member(replace(member, feed=member.feed + 1))
    return Decision(state, answer=set_answer(state, "calendar", "", command.who))


def _preferences(
    state: SetState, command: ChangePreferences, now: datetime
) -> Decision[SetState] | Refusal:
    member, quiet = state.member(command.who), read_quiet(command.quiet)
    if member is None:
        return NOT_MEMBER
    if quiet is None:
        return QUIET
    known = member.preferences.snoozed_until
    pause = {"week": known if known is not None and known > now else now + PAUSE}
    preferences = Preferences(
        zone=command.zone,
        quiet_from=quiet[0],
        quiet_to=quiet[1],
        direct_off=command.direct == "off",
        snoozed_until=pause.get(command.direct),
        language=command.language,
    )
    state = state.with_member(replace(member, preferences=preferences))
    return Decision(state, answer=in_words(preferences, state.zone))


def _draft(state: SetState, command: KeepDraft, now: datetime) -> Decision[SetState]:
    draft = Draft(command.who, command.title, command.why, command.urgency)
    deed = Deed(command.who, now, "draft", draft=state.draft_of(command.who))
    return Decision(
        state.with_draft(draft).with_deed(deed),
        answer="Saved, only for you. Offer it when the meeting asks for issues.",
    )


DECIDERS: Deciders[SetState] = {
    **on(ShowAgreement, _show_agreement),
    **on(NotNow, _not_now),
    **on(Agree, _agree),
    **on(ReachedPerson, _reached),
    **on(ShowSet, _show),
    **on(RenewCalendar, _renew),
    **on(KeepDraft, _draft),
    **on(ChangePreferences, _preferences),
}
"""Who decides each command about being in a set."""
