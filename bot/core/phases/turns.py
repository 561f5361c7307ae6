"""What phases have in common where everybody has one turn: who spoke, who passed, who is next."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.core.cards import Block, PersonId, Text, Tone
from bot.core.phases.phase import order_of_turns, per_person
from bot.core.session import Session
from bot.core.wording import minutes


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


def turn_blocks(session: Session, turns: Turns) -> tuple[Block, ...]:
    """Whose turn it is, who comes next, and how long each has."""
    waiting = order_of_turns(session, turns.done)
    if not waiting:
        return ()
    now, later = waiting[0], waiting[1:]
    then = f" Then {later[0].name}." if later else ""
    return (
        Text(f"It is {now.name}'s turn.{then}"),
        Text(f"About {minutes(per_person(session))} each.", Tone.QUIET),
    )
