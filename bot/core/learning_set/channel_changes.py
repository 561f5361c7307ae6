"""What becomes of a set when its channel or one of its people changes outside the bot."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.core.cards import Button, Card, PersonId, Style, Text, buttons
from bot.core.decision import Deciders, Decision, Matter, Notice, Where, on
from bot.core.learning_set.commands import FollowPerson, FollowPlace, UseAnyway
from bot.core.learning_set.members.membership import place_free
from bot.core.learning_set.state import SetState, longest_here
from bot.core.meeting.commands import StepOut
from bot.core.signals import Change

RESTS: Final = frozenset({Change.ARCHIVED, Change.GONE, Change.BOT_LEFT, Change.SHARED})
"""After these nothing is posted in the place: what waits for it waits, and nothing is lost."""

WAKES: Final = {
    Change.OPENED: (Change.ARCHIVED,),
    Change.BOT_JOINED: (Change.BOT_LEFT,),
    Change.UNSHARED: (Change.SHARED,),
}
"""Which reasons to rest are over when this is heard; the others stay."""

SAID: Final[dict[str, tuple[str, str]]] = {
    Change.ARCHIVED: (
        "The channel of {name} was archived",
        "What I have to say there waits until it is open again. Nothing is lost.",
    ),
    Change.GONE: (
        "The channel of {name} was deleted",
        "I can post nothing there any more. Actions still come to each of you privately.",
    ),
    Change.BOT_LEFT: (
        "I am no longer in the channel of {name}",
        "Type /invite @als there, and I go on where we were.",
    ),
    Change.SHARED: (
        "People of another company can now read in the channel of {name}",
        "They can take part by buttons and get no direct messages from me. "
        "Their company's rules apply to their copy. I post nothing there until you say so.",
    ),
}
"""What the facilitator is told, privately."""


def _place(state: SetState, command: FollowPlace, now: datetime) -> Decision[SetState]:
    """The place rests, or goes on. A new name changes nothing: the set has a name of its own."""
    change = command.change
    if change is Change.MOVED:
        return Decision(replace(state, place=command.place))
    if change in WAKES:
        return Decision(state, wakes=WAKES[change])
    if change not in RESTS:
        return Decision(state)
    told = (_tell(state, f"place:{change}", now),)
    return Decision(state, told, rests=change)


def _use_anyway(state: SetState, command: UseAnyway, now: datetime) -> Decision[SetState]:
    if not command.sure:
        return Decision(
            state, answer="I post nothing there. Found the set in another channel when you like."
        )
    return Decision(state, answer="I go on there.", wakes=(Change.SHARED,))


def _person(state: SetState, command: FollowPerson, now: datetime) -> Decision[SetState]:
    """Who left the channel stays a member and steps out; who was deactivated is one no more."""
    member = state.member(command.person)
    if member is None:
        return Decision(state)
    then = (StepOut(who=command.person),) if command.here else ()
    free: tuple[Notice, ...] = ()
    if command.change is Change.DEACTIVATED:
        gone = state.with_member(member.gone(now)).without_plans_of(command.person)
        state = _handed_on(gone, command.person)
        free = place_free(state, now)
    if state.facilitator == command.person:
        return Decision(state, free, then=then)
    told = _tell(state, f"{command.change}:{command.person}", now)
    return Decision(state, (*free, told), then=then)


def _handed_on(state: SetState, gone: PersonId) -> SetState:
    """A set is not left without a facilitator while it has members: the first who joined is it."""
    following = longest_here(state)
    if state.facilitator != gone or following is None:
        return state
    return replace(state, facilitator=following)


def _tell(state: SetState, subject: str, now: datetime) -> Notice:
    """A word to the facilitator; events come twice, so at most one a day of each kind."""
    slot = f"{state.id}:{subject}:{now.date().isoformat()}"
    return Notice(Matter.NOTICE, slot, "whereabouts", subject, Where.DIRECT, state.facilitator)


def whereabouts_card(state: SetState, subject: str) -> Card | None:
    """What the facilitator is told of a place, or of a person who went."""
    kind, _, rest = subject.partition(":")
    if kind != "place":
        return _of_person(state, Change(kind), rest)
    title, words = SAID[rest]
    row = buttons(
        Button("Use it anyway", "go_on_here", style=Style.PRIMARY), Button("Not here", "rest_here")
    )
    return Card(
        title.format(name=state.name),
        (Text(words), *(row if rest == Change.SHARED else ())),
        summary="Something has changed in your set's channel.",
        subject=state.id,
        loud=True,
    )


def _of_person(state: SetState, change: Change, person: PersonId) -> Card:
    title = f"{state.name_of(person)} has left the channel of {state.name}"
    words = "They are still in the set, but read nothing there. Invite them again if they wish."
    if change is Change.DEACTIVATED:
        title = f"{state.name_of(person)} has no account here any more"
        words = f"They are in {state.name} no longer, and you are its facilitator."
    summary = "Somebody of your set has gone."
    return Card(title, (Text(words),), summary=summary, subject=state.id, loud=True)


DECIDERS: Deciders[SetState] = {
    **on(FollowPlace, _place),
    **on(FollowPerson, _person),
    **on(UseAnyway, _use_anyway),
}
"""Who decides each command about what happened outside the bot."""
