"""After an outage: what a reader could not be told in time, in one message that is true now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.cards import Block, Buttons, Card, Text, Tone, Until
from bot.core.decision import Notice
from bot.core.learning_set.actions import cards as action_cards
from bot.core.learning_set.actions import reminders
from bot.core.learning_set.state import SetState

COUNTDOWN = frozenset({"week_before", "day_before", "open", "start"})
"""The prompts that count down to one meeting: the newest says it all."""


@dataclass(frozen=True, slots=True)
class Late:
    """A message that could not go out in time: its set as it is now, and when it was meant."""

    state: SetState
    notice: Notice
    meant: datetime


Draw = Callable[[Late], Card | None]
"""The card of one of them as it is now; None where it is of no use any more."""


def overtaken(late: Sequence[Late]) -> frozenset[str]:
    """The slots that a later one repeats, oldest first: those need not be sent."""
    found: set[str] = set()
    later: set[tuple[str, str]] = set()
    for one in reversed(late):
        about = frozenset(_about(one))
        if about and about <= later:
            found.add(one.notice.slot)
        later |= about
    return frozenset(found)


def _about(one: Late) -> Iterator[tuple[str, str]]:
    """The things it reminds of, each with its set; nothing for what cannot be overtaken."""
    state, notice = one.state, one.notice
    subject, _, rest = notice.subject.rpartition(":")
    if notice.card == "reminder":
        for action, _ in reminders.reminded_on(state, subject, rest):
            yield state.id, action.id
    elif notice.card == "prompt" and rest in COUNTDOWN:
        yield state.id, subject


def catch_up(late: Sequence[Late], now: datetime, draw: Draw) -> Card | None:
    """All of it for one reader as one card, oldest first; None where everything has expired.

    Each action is there once, with what is true of it at `now` and its outcomes.
    """
    useful = [(one, card) for one in late if (card := draw(one)) is not None]
    if len(useful) < 2:
        return useful[0][1] if useful else None
    gone = overtaken([one for one, _ in useful])
    kept = [(one, card) for one, card in useful if one.notice.slot not in gone]
    return _as_one(tuple(_sections(kept, now)), min(one.meant for one, _ in useful))


def _sections(kept: Sequence[tuple[Late, Card]], now: datetime) -> Iterator[Card]:
    """One for each set's reminders, and one for each other message."""
    told: set[str] = set()
    for one, card in kept:
        state = one.state
        if one.notice.card != "reminder":
            yield card
        elif state.id not in told:
            told.add(state.id)
            about = [
                o.notice.subject.rpartition(":")
                for o, _ in kept
                if o.notice.card == "reminder" and o.state.id == state.id
            ]
            days = [day for _, _, day in about]
            yield action_cards.late_reminders(state, about[0][0], days, now)


def _as_one(cards: tuple[Card, ...], oldest: datetime) -> Card:
    """Several cards as one, whose buttons still speak of the cards they came from."""
    blocks: list[Block] = [
        Text("I couldn't reach you for a while. Here's where things are now."),
        Until("The oldest was due", oldest),
    ]
    for card in cards:
        blocks.append(Text(card.title, Tone.STRONG))
        blocks.extend(_of_its_own(card, block) for block in card.blocks)
    whole = Card(
        "Here's what you missed",
        tuple(blocks),
        summary="Some messages are late.",
        subject=cards[-1].subject,
        loud=True,
    )
    if all(card.for_others is None for card in cards):
        return whole
    return replace(whole, for_others=_as_one(tuple(c.for_others or c for c in cards), oldest))


def _of_its_own(card: Card, block: Block) -> Block:
    """A block whose buttons still speak of the card they came from."""
    if not isinstance(block, Buttons):
        return block
    return Buttons(
        tuple(
            b if b.subject is not None else replace(b, subject=card.subject) for b in block.buttons
        )
    )
