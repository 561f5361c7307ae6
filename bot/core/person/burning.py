"""Burning a set: everything of it goes, once more than half of its members and its facilitator want it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.cards import Button, Card, PersonId, Style, Text, buttons
from bot.core.decision import Refusal
from bot.core.learning_set.state import SetState
from bot.core.meeting.session import Facilitation
from bot.core.person.commands import BurnSet
from bot.core.person.outcome import Burn, Known, PersonDecision, WantBurnt
from bot.core.refusals import NO_SET
from bot.core.wording import count

WISH_COUNTS = timedelta(days=1)
"""How long a request to delete counts; a person who still wants it then asks again."""

BURNT = "The set is deleted. My messages go within a minute. What people typed stays."


@dataclass(frozen=True, slots=True)
class Wishes:
    """How many of how many want it, and whether the facilitator still has to agree."""

    members: int
    of: int
    lacks_facilitator: bool

    @property
    def enough(self) -> bool:
        """More than half of the members, and the facilitator where one leads."""
        return 2 * self.members > self.of and not self.lacks_facilitator


def counted(state: SetState, wishes: Iterable[tuple[PersonId, datetime]], now: datetime) -> Wishes:
    """How many of today's members have asked for it within a day."""
    wanting = {person for person, at in wishes if at > now - WISH_COUNTS}
    members = {m.person for m in state.present_members}
    led = state.facilitation is Facilitation.LED and state.facilitator in members
    return Wishes(len(wanting & members), len(members), led and state.facilitator not in wanting)


def burn(known: Known, command: BurnSet, now: datetime) -> PersonDecision | Refusal:
    """The card that asks; then their request, and the end once enough people have asked."""
    state = known.room.set
    if state is None:
        return NO_SET
    if not command.sure:
        return PersonDecision((_card(state, counted(state, known.wishes, now)),))
    wish = WantBurnt(state.id, command.who)
    wishes = counted(state, (*known.wishes, (command.who, now)), now)
    if not wishes.enough:
        return PersonDecision((_card(state, wishes),), (wish,))
    return PersonDecision((BURNT,), (wish, Burn(state.id)), audit=("burn", state.id), changed=True)


def _card(state: SetState, wishes: Wishes) -> Card:
    so_far = f"{count(wishes.members, 'member')} of {wishes.of} agree so far."
    lacks = "Its facilitator hasn't agreed yet." if wishes.lacks_facilitator else ""
    return Card(
        f"Delete {state.name} for good?",
        (
            Text(
                "Everything of this set goes: words, actions, dates and my messages. This "
                "can't be undone."
            ),
            Text("More than half of you and the facilitator must agree, within a day."),
            Text(f"{so_far} {lacks}".strip()),
            *buttons(Button("Delete the set", "burn_sure", style=Style.DANGER)),
        ),
        summary="Are you sure?",
        subject=state.id,
    )
