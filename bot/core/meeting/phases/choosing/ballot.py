"""Bids and votes as values: what is on the table, who voted for what, and who is chosen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from bot.core.cards import PersonId
from bot.core.meeting.phases.belongings import without
from bot.core.meeting.session import Presence, Session, changed
from bot.core.walltime import local

MOST_BIDS = 9
"""As many issues as there are number reactions."""

Vote = tuple[PersonId, int]


@dataclass(frozen=True, slots=True)
class Bid:
    """One issue on offer. Its number on the ballot is its place among the bids, from 1.

    `late` came when the vote was over: it is on no ballot, and stays with its owner.
    """

    owner: PersonId
    title: str
    why: str = ""
    urgency: int = 2
    withdrawn: bool = False
    late: bool = False

    @property
    def stands(self) -> bool:
        """Whether it is on the ballot."""
        return not (self.withdrawn or self.late)


@dataclass(frozen=True, slots=True)
class Bids:
    """What was offered, in order, and who has answered, with an issue or with nothing today."""

    offers: tuple[Bid, ...] = ()
    answered: tuple[PersonId, ...] = ()

    def of(self, who: PersonId) -> Bid | None:
        """That person's bid, if it stands."""
        return next((b for b in self.offers if b.owner == who and not b.withdrawn), None)

    def open(self) -> tuple[tuple[int, Bid], ...]:
        """The bids that stand, with their numbers."""
        return tuple([(n, b) for n, b in enumerate(self.offers, 1) if b.stands])

    def another(self, who: PersonId) -> bool:
        """Whether an issue of somebody else stands, so that this person can vote."""
        for bid in self.offers:  # noqa: SIM110 (asked at every vote, and a generator costs more)
            if bid.owner != who and bid.stands:
                return True
        return False

    def offer(self, bid: Bid) -> Bids:
        """With that bid in its owner's place, or at the end."""
        known = any(b.owner == bid.owner for b in self.offers)
        offers = tuple(bid if b.owner == bid.owner else b for b in self.offers)
        return Bids(offers if known else (*offers, bid), _with(self.answered, bid.owner))

    def withdraw(self, who: PersonId) -> Bids:
        """With that person's bid taken back; the numbers of the others stay."""
        offers = tuple(replace(b, withdrawn=True) if b.owner == who else b for b in self.offers)
        return Bids(offers, _with(self.answered, who))


def _with(people: tuple[PersonId, ...], who: PersonId) -> tuple[PersonId, ...]:
    return people if who in people else (*people, who)


@dataclass(frozen=True, slots=True)
class Result:
    """Who presents, in order, and by what the last of them was chosen."""

    chosen: tuple[int, ...]
    decided_by: str = ""
    recounted: bool = True
    voters: int = 0
    on_table: int = 0


@dataclass(frozen=True)
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

    def only_result(self) -> Ballot:
        """What is left when the meeting is over: what came of it, and nobody's choice."""
        return Ballot(result=self.result)

    def voted(self, who: PersonId) -> tuple[int, ...]:
        """Every number this person has voted for, by whichever way, whether or not it counts."""
        votes = (*self.reactions, *self.pressed, *self.unordered)
        return tuple(sorted({number for voter, number in votes if voter == who}))

    def without(self, people: frozenset[PersonId]) -> Ballot:
        """The votes of all the others."""
        return replace(
            self,
            reactions=without(self.reactions, people),
            unordered=frozenset(without(self.unordered, people)),
            pressed=without(self.pressed, people),
        )

    def react(self, vote: Vote, *, on: bool) -> Ballot:
        """With that reaction put on or taken off. Delivered again, it changes nothing."""
        if on is (vote in self.reactions) and (on or vote not in self.unordered):
            return self
        if on:
            reactions = (*self.reactions, vote)
        else:
            reactions = tuple(v for v in self.reactions if v != vote)
        unordered = self.unordered - {vote} if self.unordered else self.unordered
        return changed(self, reactions=reactions, unordered=unordered)

    def press(self, vote: Vote, *, on: bool, each: int) -> Ballot:
        """With that vote by button put on, as the newest of `each`, or taken off."""
        mine = [v for v in self.pressed if v[0] == vote[0] and v != vote]
        others = [v for v in self.pressed if v[0] != vote[0]]
        kept = [*mine, vote][-each:] if on else mine
        pressed = (*others, *kept)
        return self if pressed == self.pressed else changed(self, pressed=pressed)

    def recount(self, votes: frozenset[Vote], *, complete: bool) -> Ballot:
        """With the platform's truth about reactions: adds and removes, never guesses an order.

        Where it listed fewer than there are, nothing is taken away.
        """
        kept = tuple(v for v in self.reactions if not complete or v in votes)
        known = votes if complete else votes | self.unordered
        return changed(self, reactions=kept, unordered=known - set(kept))

    def of(self, voter: PersonId, bids: Bids, each: int) -> tuple[int, ...]:
        """The bids this person's votes count for: the newest; own and gone ones are left out."""
        pressed = _valid(self.pressed, voter, bids)
        if pressed:
            return pressed[-each:]
        known = _valid(self.reactions, voter, bids)[-each:]
        found = _valid(self.unordered, voter, bids)
        return known + found if len(known) + len(found) <= each else known

    def uncounted(self, voter: PersonId, bids: Bids, each: int) -> bool:
        """Whether some reactions of this person cannot count, since their order is not known."""
        found = _valid(self.unordered, voter, bids)
        return bool(found) and not set(found) <= set(self.of(voter, bids, each))


def _valid(
    votes: tuple[Vote, ...] | frozenset[Vote], voter: PersonId, bids: Bids
) -> tuple[int, ...]:
    mine = [b for v, b in votes if v == voter]
    return tuple([b for b in mine if may_vote_for(voter, b, bids)])


def may_vote_for(voter: PersonId, number: int, bids: Bids) -> bool:
    """Whether a vote of this person for that number can count: it stands, and is not their own."""
    if not 1 <= number <= len(bids.offers):
        return False
    bid = bids.offers[number - 1]
    return bid.stands and bid.owner != voter


def votes_each(bids: Bids) -> int:
    """One vote per person, two from six bids on (docs/method.md, Choosing)."""
    return 2 if sum([bid.stands for bid in bids.offers]) >= 6 else 1


def all_have_voted(session: Session, ballot: Ballot, bids: Bids) -> bool:
    """Whether everyone here who can vote has."""
    voted = {who for who, _ in (*ballot.pressed, *ballot.reactions, *ballot.unordered)}
    for person in session.people:
        # Asked first, since most votes are not the last.
        silent = person.person not in voted and person.presence is Presence.HERE
        if silent and bids.another(person.person):
            return False
    each = votes_each(bids)
    able = [p.person for p in session.here if bids.another(p.person)]
    return bool(able) and all(ballot.of(who, bids, each) for who in able)


def tally(session: Session, ballot: Ballot, bids: Bids, places: int) -> Result:
    """Who is chosen for so many places: most votes, then longest wait, urgency, a draw."""
    each = votes_each(bids)
    counting = {p.person: ballot.of(p.person, bids, each) for p in session.people}
    votes = Counter(n for numbers in counting.values() for n in numbers)
    waits = {p.person: local(p.waiting_since, session.zone).toordinal() for p in session.people}
    ranked = sorted(
        ((-votes[n], waits.get(bid.owner, 0), -bid.urgency, tie_break(session.seed, n)), n)
        for n, bid in bids.open()
    )
    chosen, rest = ranked[:places], ranked[places:]
    voters = sum(bool(counting[p.person]) or p.presence is Presence.HERE for p in session.people)
    decided_by = _what_decided(chosen[-1][0], rest[0][0]) if chosen and rest else ""
    return Result(tuple(n for _, n in chosen), decided_by, voters=voters, on_table=len(ranked))


_Rank = tuple[int, int, int, str]
"""Least first: votes, since which day its owner waits, urgency, tie-break. Days, because a person
who joined a minute earlier has not waited longer."""


def _what_decided(last: _Rank, first_out: _Rank) -> str:
    steps = ("", "wait", "urgency", "draw")
    return next(step for step, a, b in zip(steps, last, first_out, strict=True) if a != b)


def tie_break(seed: int, number: int) -> str:
    """Chance as data: what bid `number` draws in the meeting with this seed; the least one wins."""
    return sha256(f"{seed}:{number}".encode()).hexdigest()


# --- what is on the table ------------------------------------------------------------------------


def places(session: Session) -> int:
    """How many presenters are still to be chosen."""
    return max(step.round for step in session.plan) - rounds_begun(session)


def rounds_begun(session: Session) -> int:
    """How many rounds keep their presenter, whatever is voted now: those well under way."""
    if not session.presenters:
        return 0
    begun = {
        session.plan[move.step].round
        for move in session.log
        if session.plan[move.step].phase != "present"
    }
    return max(begun | session.stopped, default=0)


def bids_step(session: Session, at: int) -> int:
    """The step whose bids are voted on in step `at`."""
    step = at - 1
    while session.plan[step].phase != "bids":
        step -= 1
    return step


def bids_kept(session: Session, at: int) -> Bids:
    """All bids of the meeting so far."""
    memory = session.memories[bids_step(session, at)]
    return memory if isinstance(memory, Bids) else Bids()


def bids_on_table(session: Session, at: int) -> Bids:
    """The bids voted on in step `at`: without those whose owner has left or has had their round."""
    bids = bids_kept(session, at)
    gone = Presence.GONE
    away = [p.person for p in session.people if p.presence is gone]
    if session.presenters:
        away.extend(session.presenters[: rounds_begun(session)])
    if not away:
        return bids
    offers = tuple(replace(b, withdrawn=True) if b.owner in away else b for b in bids.offers)
    return replace(bids, offers=offers)
