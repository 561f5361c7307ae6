"""The vote as values: who voted for what, what counts, and who is chosen when support is equal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from bot.core.cards import PersonId
from bot.core.phases.bids import Bid, Bids
from bot.core.session import Session

Vote = tuple[PersonId, int]


@dataclass(frozen=True, slots=True)
class Result:
    """Who presents, in order, and by what the last of them was chosen."""

    chosen: tuple[int, ...]
    decided_by: str = ""
    recounted: bool = True


@dataclass(frozen=True, slots=True)
class Ballot:
    """Votes as sets of (person, bid), oldest first.

    `reactions` are those seen arriving; `unordered` those only a recount showed; `pressed` those by
    button, which outrank a person's reactions until withdrawn.
    """

    reactions: tuple[Vote, ...] = ()
    unordered: frozenset[Vote] = frozenset()
    pressed: tuple[Vote, ...] = ()
    closing_at: datetime | None = None
    counting_since: datetime | None = None
    result: Result | None = None

    def cast(self, vote: Vote, *, on: bool, by_button: bool) -> Ballot:
        """With that vote put on (as the newest) or taken off; twice is once."""
        if by_button:
            return replace(self, pressed=_put(self.pressed, vote, on))
        known = replace(self, reactions=_put(self.reactions, vote, on))
        if vote in self.unordered:
            known = replace(known, unordered=self.unordered - {vote})
        return known

    def recount(self, votes: frozenset[Vote]) -> Ballot:
        """With the platform's truth about reactions: adds and removes, never guesses an order."""
        kept = tuple(v for v in self.reactions if v in votes)
        return replace(self, reactions=kept, unordered=votes - set(kept))

    def of(self, voter: PersonId, bids: Bids, each: int) -> tuple[int, ...]:
        """The bids this person's votes count for: the newest of them, own and withdrawn left out."""
        pressed = _valid(self.pressed, voter, bids)
        if pressed:
            return pressed[-each:]
        known = _valid(self.reactions, voter, bids)[-each:]
        found = _valid(tuple(sorted(self.unordered)), voter, bids)
        return known + found if len(known) + len(found) <= each else known

    def uncounted(self, voter: PersonId, bids: Bids, each: int) -> bool:
        """Whether some reactions of this person cannot count, since their order is not known."""
        counting = set(self.of(voter, bids, each))
        return any(v == voter and b not in counting for v, b in self.unordered)


def _put(votes: tuple[Vote, ...], vote: Vote, on: bool) -> tuple[Vote, ...]:
    if vote in votes:
        votes = tuple(v for v in votes if v != vote)
    return (*votes, vote) if on else votes


def _valid(votes: tuple[Vote, ...], voter: PersonId, bids: Bids) -> tuple[int, ...]:
    return tuple(b for v, b in votes if v == voter and may_vote_for(voter, b, bids))


def may_vote_for(voter: PersonId, number: int, bids: Bids) -> bool:
    """Whether a vote of this person for that number can count: it stands, and is not their own."""
    if not 1 <= number <= len(bids.offers):
        return False
    bid = bids.offers[number - 1]
    return not bid.withdrawn and bid.owner != voter


def votes_each(bids: Bids) -> int:
    """One vote per person, two from six bids on (method 1.5)."""
    return 2 if len(bids.open()) >= 6 else 1


def all_have_voted(session: Session, ballot: Ballot, bids: Bids) -> bool:
    """Whether everyone here who can vote has."""
    each = votes_each(bids)
    able = tuple(
        p.person for p in session.here if any(bid.owner != p.person for _, bid in bids.open())
    )
    return bool(able) and all(ballot.of(p, bids, each) for p in able)


def tally(session: Session, ballot: Ballot, bids: Bids, places: int) -> Result:
    """Who is chosen for so many places: most votes, then longest wait, then urgency, then a draw."""
    each = votes_each(bids)
    votes = Counter(n for p in session.people for n in ballot.of(p.person, bids, each))
    ranked = sorted(bids.open(), key=lambda item: _rank(session, item, votes[item[0]]))
    chosen, rest = ranked[:places], ranked[places:]
    decided_by = ""
    if chosen and rest:
        decided_by = _what_decided(
            _rank(session, chosen[-1], votes[chosen[-1][0]]),
            _rank(session, rest[0], votes[rest[0][0]]),
        )
    return Result(tuple(n for n, _ in chosen), decided_by)


_Rank = tuple[int, float, int, str]


def _rank(session: Session, item: tuple[int, Bid], votes: int) -> _Rank:
    number, bid = item
    participant = session.who(bid.owner)
    waiting = participant.waiting_since.timestamp() if participant else 0.0
    return (-votes, waiting, -bid.urgency, draw(session.seed, number))


def _what_decided(last: _Rank, first_out: _Rank) -> str:
    steps = ("", "wait", "urgency", "draw")
    return next((step for step, a, b in zip(steps, last, first_out, strict=True) if a != b), "draw")


def draw(seed: int, number: int) -> str:
    """Chance as data: the lot of bid `number` in the meeting with this seed; the least one wins."""
    return sha256(f"{seed}:{number}".encode()).hexdigest()
