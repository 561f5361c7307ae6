"""Who is in a set: invited, waiting for a place, leaving, taken out, facilitating, whose turn it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.cards import PersonId
from bot.core.decision import Deciders, Decision, Matter, Notice, Refusal, Where, on
from bot.core.learning_set.commands import ChangePeople, LeaveSet, SkipTurn, SwapTurns, WaitForPlace
from bot.core.learning_set.members.cards import leave_question, swap_question, take_out_question
from bot.core.learning_set.state import (
    Member,
    SetState,
    has_room_for,
    longest_here,
    next_holder,
    takes_turns,
)
from bot.core.meeting.commands import LeaveMeeting
from bot.core.wording import tidy_name

UNKNOWN = Refusal(
    "I don't know that person. Mention them, or write their name as it is here.", "unknown"
)
NO_TURNS = Refusal("This set doesn't take turns. Its facilitator can change that.", "no_turns")
INVITED_FOR = timedelta(days=14)
"""How long an invitation, or the word that a place is free, takes to expire."""


# --- who may come in ------------------------------------------------------------------------------


def set_card_again(state: SetState) -> tuple[Notice, ...]:
    """The set's card in its place, as it is now."""
    card = Notice(Matter.BOARD, f"{state.id}:set", "set", state.id, Where.PLACE)
    return (card,) if state.carded else ()


def told(
    state: SetState, card: str, subject: str, whom: Iterable[PersonId], now: datetime
) -> tuple[Notice, ...]:
    """A direct message about the set to each of them."""
    return tuple(
        Notice(
            Matter.NOTICE,
            f"{state.id}:{card}:{person}:{now.timestamp():.0f}",
            card,
            subject,
            Where.DIRECT,
            person,
            now + INVITED_FOR,
            state.preferences_of(person).soonest(now, state.zone),
        )
        for person in whom
    )


def _people(state: SetState, command: ChangePeople, now: datetime) -> Decision[SetState] | Refusal:
    if command.add:
        return _invite(state, command, now)
    if state.member(state.facilitator) is not None and command.who != state.facilitator:
        return Refusal(
            f"{state.name_of(state.facilitator)} facilitates this set. Please ask them.",
            "not_facilitator",
        )
    person = _named(state, command.remove or command.facilitator)
    if person is None:
        return UNKNOWN
    if command.facilitator:
        return _facilitator(state, person, now)
    if not command.sure:
        return Decision(state, answer=take_out_question(state, person))
    return _gone(
        state, person, command.who, now, private=True, answer="They're no longer in the set."
    )


def _named(state: SetState, typed: str) -> Member | None:
    """The member whose id or name it is."""
    wanted = typed.casefold().lstrip("@")
    members = [m for m in state.members if m.left_at is None]
    by_id = next((m for m in members if m.person.casefold() == wanted), None)
    named = [m for m in members if m.name.casefold() == wanted]
    return by_id or (named[0] if len(named) == 1 else None)


def _invite(state: SetState, command: ChangePeople, now: datetime) -> Decision[SetState] | Refusal:
    person = command.add.lstrip("@")
    if not person or " " in person:
        return UNKNOWN
    if state.agreed(person):
        return Refusal("They're already in the set. See /als set people.", "in_set")
    if not has_room_for(state, person):
        return Refusal(f"{state.name} is full. “Change” on its card makes room for more.", "full")
    invited = told(state, "invitation", state.id, (person,), now)
    return Decision(state, invited, answer="Invited by DM. They decide.")


def _wait(state: SetState, command: WaitForPlace, now: datetime) -> Decision[SetState] | Refusal:
    known = state.member(command.who) or Member(command.who, tidy_name(command.name), now)
    if known.agreed:
        return Refusal("You're already in the set. See /als home.", "in_set")
    if known.waits_since is None:
        state = state.with_member(replace(known, waits_since=now))
    return Decision(state, answer="I'll DM you when there's room.")


def place_free(state: SetState, now: datetime) -> tuple[Notice, ...]:
    """To the people who have waited longest, one for each place that is free now."""
    free = state.size - len(state.taken)
    waiting = sorted(state.waiting, key=lambda m: (m.waits_since or now, m.person))
    return told(state, "place_free", state.id, (m.person for m in waiting[: max(free, 0)]), now)


# --- who goes -------------------------------------------------------------------------------------


def _leave(state: SetState, command: LeaveSet, now: datetime) -> Decision[SetState] | Refusal:
    member = state.member(command.who)
    if member is None or not command.how:
        return Decision(state, answer=leave_question(state, command.who))
    answer = "You've left. You keep your actions. Thank you for your attention."
    return _gone(state, member, command.who, now, private=command.how != "set", answer=answer)


def _gone(
    state: SetState, member: Member, by: PersonId, now: datetime, *, private: bool, answer: str
) -> Decision[SetState]:
    """Somebody is out: their answers and drafts go, their place is free, a facilitator follows."""
    who = member.person
    state = state.with_member(member.gone(now)).without_plans_of(who)
    notices = place_free(state, now)
    if who == state.facilitator:
        state, more = _followed(state, now)
        notices += more
    if private and state.facilitator not in (by, who):
        notices += told(state, "left", who, (state.facilitator,), now)
    if not private:
        slot = f"{state.id}:left:{who}:{now.timestamp():.0f}"
        notices += (Notice(Matter.PHASE, slot, "left", who, Where.PLACE),)
    then = (LeaveMeeting(who=who),) if state.session else ()
    return Decision(state, (*set_card_again(state), *notices), answer=answer, then=then)


def _followed(state: SetState, now: datetime) -> tuple[SetState, tuple[Notice, ...]]:
    """The member of longest standing facilitates from now on; they are told and can pass it on."""
    following = longest_here(state)
    if following is None:
        return state, ()
    state = replace(state, facilitator=following)
    return state, told(state, "facilitates", state.id, (following,), now)


def _facilitator(state: SetState, member: Member, now: datetime) -> Decision[SetState] | Refusal:
    if not member.agreed:
        return Refusal("They haven't joined yet. Name someone who is in the set.", "not_joined")
    if member.person == state.facilitator:
        return Decision(state, answer=f"{member.name} already facilitates.")
    state = replace(state, facilitator=member.person)
    notices = (
        *set_card_again(state),
        *told(state, "facilitates", state.id, (member.person,), now),
    )
    return Decision(state, notices, answer=f"{member.name} now facilitates.")


# --- turns ----------------------------------------------------------------------------------------


def _skip(state: SetState, command: SkipTurn, now: datetime) -> Decision[SetState] | Refusal:
    member = state.member(command.who)
    if not takes_turns(state) or member is None:
        return NO_TURNS
    state = state.with_member(replace(member, turn_at=now))
    following = state.name_of(next_holder(state))
    answer = f"You're now last in turn. {following} is next."
    return Decision(state, set_card_again(state), answer=answer)


def _swap(state: SetState, command: SwapTurns, now: datetime) -> Decision[SetState] | Refusal:
    mine = state.member(command.who)
    if not takes_turns(state) or mine is None:
        return NO_TURNS
    if not command.other:
        return Decision(state, answer=swap_question(state, command.who))
    other = state.member(command.other)
    if other is None or not other.agreed:
        return UNKNOWN
    state = state.with_member(replace(mine, turn_at=other.turn))
    state = state.with_member(replace(other, turn_at=mine.turn))
    notices = (*set_card_again(state), *told(state, "swapped", mine.person, (other.person,), now))
    return Decision(state, notices, answer=f"You've swapped turns with {other.name}.")


DECIDERS: Deciders[SetState] = {
    **on(ChangePeople, _people),
    **on(WaitForPlace, _wait),
    **on(LeaveSet, _leave),
    **on(SkipTurn, _skip),
    **on(SwapTurns, _swap),
}
"""Who decides each command about the people of a set."""
