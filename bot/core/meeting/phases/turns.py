"""Turns where everybody has one: who spoke, who passed, who is next, how long each has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.core.cards import Block, PersonId, Text, Tone
from bot.core.meeting.session import Participant, Session, in_words
from bot.core.wording import minutes

TURN_PHASES = ("check_in", "action_report", "bids")
"""The phases whose minutes are shared out equally (docs/method.md, Time)."""

FORMALITY = 40
"""Seconds; below this a turn is a formality (docs/method.md, Time)."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Who has had their turn, in the order they had it, and who of them passed."""

    done: tuple[PersonId, ...] = ()
    passed: tuple[PersonId, ...] = ()

    def take(self, who: PersonId, *, passed: bool) -> Turns:
        """One more turn taken; a second press changes nothing but a pass into words."""
        done = self.done if who in self.done else (*self.done, who)
        others = tuple(p for p in self.passed if p != who)
        return replace(self, done=done, passed=(*others, who) if passed else others)

    def of(self, who: PersonId) -> tuple[str, ...]:
        """What this person did with their turn, in a word; nothing where they had none."""
        if who not in self.done:
            return ()
        return ("passed" if who in self.passed else "had my turn",)

    def without(self, people: frozenset[PersonId]) -> Turns:
        """The turns of all the others."""
        done = tuple(p for p in self.done if p not in people)
        return Turns(done, tuple(p for p in self.passed if p not in people))


def turn_blocks(session: Session, waiting: tuple[Participant, ...]) -> tuple[Block, ...]:
    """Whose turn it is, who comes next, and how long each has."""
    if not waiting:
        return ()
    now, later = waiting[0], waiting[1:]
    then = f", then {later[0].name}'s" if later else ""
    each = minutes(per_person(session))
    return (Text(f"It's {now.name}'s turn{then}. About {each} each."),)


def answered(
    session: Session, waiting: tuple[Participant, ...], doing: str, but: PersonId | None = None
) -> Text:
    """`4 of 6 have answered.`: a count, never a name."""
    asked = sum(p.person != but for p in session.here)
    return Text(f"{asked - len(waiting)} of {asked} {doing}.", Tone.QUIET)


def still_to_come(
    session: Session, done: Iterable[PersonId], but: PersonId | None = None
) -> tuple[Participant, ...]:
    """Those present (but one) who are not among `done`, late-comers last."""
    have = {*done, but}
    return tuple(p for p in session.here if p.person not in have)


def everyone(session: Session, done: Iterable[PersonId], but: PersonId | None = None) -> bool:
    """Whether all present (but one) are among `done`; false where nobody is asked."""
    asked = any(p.person != but for p in session.here)
    return asked and not still_to_come(session, done, but)


def names(session: Session, ids: Iterable[PersonId]) -> str:
    """People by name: `Ana, Ben and Chidi`."""
    return in_words(session.name(p) for p in ids)


def per_person(session: Session) -> int:
    """Seconds each person gets in a turn phase of this length (docs/method.md, Time)."""
    return round(session.step.seconds / max(len(session.here), 1))
