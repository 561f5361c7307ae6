"""Choose: a vote by reaction or button decides whose issue is taken, by rules told beforehand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from bot.core.cards import Card, PersonId
from bot.core.command import InSession
from bot.core.decision import Deadline, Decision, Recount, Refusal
from bot.core.meeting.commands import (
    CastVote,
    ClockSpeaks,
    CountVotes,
    Next,
    OfferIssue,
    WithdrawIssue,
)
from bot.core.meeting.phases.choosing.ballot import (
    Ballot,
    Bid,
    Bids,
    all_have_voted,
    bids_kept,
    bids_on_table,
    bids_step,
    may_vote_for,
    places,
    rounds_begun,
    tally,
    votes_each,
)
from bot.core.meeting.phases.choosing.ballot_cards import vote_card
from bot.core.meeting.phases.choosing.bids import bid_form, offer_from, offered, withdrawn
from bot.core.meeting.phases.choosing.voting import Voting
from bot.core.meeting.phases.phase import Meant, Onward, Opened, Speaks
from bot.core.meeting.phases.sample import NOON, meeting_at
from bot.core.meeting.session import CLOCK, Participant, Presence, Session
from bot.core.signals import Pressed, Reacted, Recounted, Signal, Submitted
from bot.core.wording import DIGITS, plain_emoji, whole

LAST_CALL = timedelta(seconds=20)
"""How long a vote stays open after all present have voted."""

COUNTING_TAKES = timedelta(seconds=10)
"""How long the platform has to answer the recount before the stored votes are used."""

CLOSED = Refusal("The vote has closed. Press More to see what you can do.", "closed")
TOO_LATE = Refusal("The issues are already in. Bring yours next time.", "too_late")


class Choose(Voting):
    """Reactions are public by nature; a recount from the platform closes the vote."""

    key: ClassVar[str] = "choose"
    title: ClassVar[str] = "Choosing the issue"
    purpose: ClassVar[str] = "Which issue will you hear today?"
    speaks: ClassVar[Speaks] = Speaks.ALL
    opens: ClassVar[tuple[str, ...]] = ("offer",)
    stays: ClassVar[bool] = True

    def enter(self, session: Session, at: int, now: datetime) -> Ballot:
        """A fresh ballot, on a fresh card."""
        return Ballot()

    def skip(self, session: Session, at: int) -> bool:
        """Every round has its presenter already."""
        return places(session) == 0

    def understand(self, session: Session, at: int, who: PersonId, signal: Signal) -> Meant:
        """Reactions 1-9, votes by button, an issue withdrawn or (where there is none) offered."""
        match signal:
            case Reacted(emoji=emoji, on=on) if plain_emoji(emoji) in DIGITS:
                bid = DIGITS.index(plain_emoji(emoji)) + 1
                return CastVote(who=who, step=at, bid=bid, on=on)
            case Pressed("vote" | "unvote" as action, step=step, value=value):
                on = action == "vote"
                return CastVote(who=who, step=step, bid=whole(value) or 0, on=on, by_button=True)
            case Pressed("withdraw", step=step):
                return WithdrawIssue(who=who, step=step)
            case Pressed("close_vote", step=step):
                return Next(who=who, step=step)
            case Submitted("bid"):
                return offer_from(who, signal)
            case Recounted(slot=slot, votes=votes, complete=complete):
                if slot != session.ballot_slot:
                    return None
                return CountVotes(who=CLOCK, step=at, votes=_bids_voted(votes), complete=complete)
            case _:
                return None

    def form(self, session: Session, at: int, who: PersonId, action: str, value: str) -> Opened:
        """`Offer an issue`, where nobody has yet."""
        if action != "offer":
            return None
        return TOO_LATE if bids_on_table(session, at).open() else bid_form(None, session, at)

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision[Session] | Refusal:
        """Votes, withdrawals, and the count at the close."""
        match command:
            case CastVote():
                return self._vote(session, at, command, now)
            case WithdrawIssue():
                return self._withdraw(session, at, command)
            case OfferIssue():
                if bids_on_table(session, at).open():
                    return TOO_LATE
                return offered(session, bids_step(session, at), command, late=False)
            case CountVotes():
                return self._count(session, at, command, now)
            case ClockSpeaks(what="last_call"):
                return self._start_count(session, at, now)
            case ClockSpeaks(what="count"):
                return self._settle(session, at, session.memory(Ballot, at), recounted=False)
            case _:
                return self.not_here()

    def _vote(
        self, session: Session, at: int, command: CastVote, now: datetime
    ) -> Decision[Session] | Refusal:
        ballot, bids = session.memory(Ballot, at), bids_on_table(session, at)
        if ballot.counting_since is not None:
            return CLOSED
        vote = (command.who, command.bid)
        if command.on and not may_vote_for(command.who, command.bid, bids):
            return _not_for_that(command, bids)
        if command.by_button:
            ballot = ballot.press(vote, on=command.on, each=votes_each(bids))
        else:
            ballot = ballot.react(vote, on=command.on)
        ballot = _last_call_for(session, ballot, bids, now)
        if ballot is not session.memories[at]:
            session = session.with_memory(ballot, at)
        if command.by_button:
            return Decision(session, answer=vote_card(session, at, command.who))
        return Decision(session)

    def _withdraw(
        self, session: Session, at: int, command: WithdrawIssue
    ) -> Decision[Session] | Refusal:
        if at != session.at or session.memory(Ballot, at).counting_since is not None:
            return Refusal(
                "The vote has just closed. If you're chosen, you can stop your round.", "closed"
            )
        return withdrawn(session, bids_step(session, at), bids_kept(session, at), command)

    def _start_count(self, session: Session, at: int, now: datetime) -> Decision[Session]:
        ballot = replace(session.memory(Ballot, at), counting_since=now)
        return Decision(session.remember(ballot, at), recounts=(Recount(session.ballot_slot),))

    def _count(
        self, session: Session, at: int, command: CountVotes, now: datetime
    ) -> Decision[Session] | Refusal:
        """A person who has voted is here, whether or not they pressed "I'm here"."""
        for voter in sorted({v for v, _ in command.votes}):
            found = session.who(voter)
            if found is not None and found.presence is Presence.EXPECTED:
                session = session.with_arrival(voter)
        ballot = session.memory(Ballot, at).recount(command.votes, complete=command.complete)
        if ballot.counting_since is None:
            bids = bids_on_table(session, at)
            return Decision(session.remember(_last_call_for(session, ballot, bids, now), at))
        return self._settle(session, at, ballot, recounted=command.complete)

    def _settle(
        self, session: Session, at: int, ballot: Ballot, *, recounted: bool
    ) -> Decision[Session]:
        """The outcome; a fresh ballot where everything on the table has gone meanwhile."""
        bids = bids_on_table(session, at)
        if not bids.open():
            return Decision(session.remember(Ballot(), at))
        result = tally(session, ballot, bids, places(session))
        ballot = replace(ballot, result=replace(result, recounted=recounted))
        return Decision(session.remember(ballot, at))

    def before_leaving(self, session: Session, at: int, by: PersonId, now: datetime) -> Onward:
        """Moving on closes the vote; with nothing on offer only ending the meeting is left."""
        if bids_on_table(session, at).open():
            waiting = session.memory(Ballot, at).counting_since is not None
            return Decision(session) if waiting else self._start_count(session, at, now)
        if rounds_begun(session):
            return None
        if by == CLOCK:
            return "close"
        return Refusal(
            "No one has an issue yet. Press Offer an issue, or end the meeting under More.",
            "no_issue",
        )

    def settling(self, session: Session, at: int) -> bool:
        """The platform has been asked who voted."""
        return session.memory(Ballot, at).counting_since is not None

    def finished(self, session: Session, at: int) -> bool:
        """The count is done, or there are no more issues than rounds."""
        ballot = session.memory(Ballot, at)
        if ballot.result is not None:
            return True
        if ballot.counting_since is not None:
            return False
        standing = sum([bid.stands for bid in bids_on_table(session, at).offers])
        return 0 < standing <= places(session)

    def leave(self, session: Session, at: int) -> Session:
        """The chosen present, in the order of their support; rounds under way keep theirs.

        What a round remembered of somebody who was chosen before, and now is not, is forgotten.
        """
        ballot, bids = session.memory(Ballot, at), bids_on_table(session, at)
        result = ballot.result or tally(session, ballot, bids, places(session))
        session = session.remember(replace(ballot, result=result), at)
        begun = rounds_begun(session)
        owners = tuple(bids.offers[n - 1].owner for n in result.chosen)
        memories = tuple(
            None if step.round > begun else memory
            for step, memory in zip(session.plan, session.memories, strict=True)
        )
        presenters = (*session.presenters[:begun], *owners)
        return replace(session, presenters=presenters, memories=memories)

    def waiting(self, session: Session, at: int) -> tuple[Participant, ...]:
        """Those here whose vote does not count for anything yet."""
        ballot, bids = session.memory(Ballot, at), bids_on_table(session, at)
        each = votes_each(bids)
        return tuple(p for p in session.here if not ballot.of(p.person, bids, each))

    def begin_anew(self, session: Session, at: int, now: datetime) -> Session:
        """A last call, or a count under way, begins again."""
        ballot = session.memory(Ballot, at)
        anew = replace(
            ballot,
            closing_at=now + LAST_CALL if ballot.closing_at is not None else None,
            counting_since=now if ballot.counting_since is not None else None,
        )
        return session.remember(anew, at)

    def later(self, session: Session, at: int, by: timedelta) -> Session:
        """The last call and the count take as long as they would have."""
        ballot = session.memory(Ballot, at)
        closing, counting = ballot.closing_at, ballot.counting_since
        moved = replace(
            ballot,
            closing_at=closing + by if closing is not None else None,
            counting_since=counting + by if counting is not None else None,
        )
        return session.remember(moved, at)

    def deadlines(self, session: Session, at: int) -> tuple[Deadline, ...]:
        """The last call, and the end of waiting for the platform."""
        ballot = session.memory(Ballot, at)
        if ballot.counting_since is not None and ballot.result is None:
            return (Deadline(ballot.counting_since + COUNTING_TAKES, "count", step=at),)
        calling = ballot.counting_since is None and session.clock.still is None
        if ballot.closing_at is not None and calling:
            return (Deadline(ballot.closing_at, "last_call", step=at),)
        return ()

    def examples(self) -> tuple[Card, ...]:
        """Nothing on offer; a running vote as all see it and as one sees it; the result."""
        empty, full = meeting_at(self.key, full=False), meeting_at(self.key, full=True)
        empty = empty.remember(Ballot(), empty.at)
        at, step = full.at, bids_step(full, full.at)
        offers = (
            Bid("ben", "How do I say no to my board?", "It meets on Friday."),
            Bid("eve", "Whose project is this?"),
            Bid("dana", "What if I stopped?"),
        )
        full = replace(full, presenters=()).remember(Bids(offers), step)
        full = full.remember(Ballot(reactions=(("ana", 1), ("ben", 2)), closing_at=NOON), at)
        closed = self._settle(full, at, full.memory(Ballot, at), recounted=True).state
        return (
            self.card(empty, at),
            self.card(full, at),
            vote_card(full, at, "ana"),
            self.card(closed, at, over=True),
            *(post.card for post in self.posts(closed, at)),
        )


def _last_call_for(session: Session, ballot: Ballot, bids: Bids, now: datetime) -> Ballot:
    closing = all_have_voted(session, ballot, bids)
    if closing is (ballot.closing_at is not None):
        return ballot
    return replace(ballot, closing_at=now + LAST_CALL if closing else None)


def _bids_voted(votes: frozenset[tuple[PersonId, str]]) -> frozenset[tuple[PersonId, int]]:
    plain = ((who, plain_emoji(emoji)) for who, emoji in votes)
    return frozenset((who, DIGITS.index(emoji) + 1) for who, emoji in plain if emoji in DIGITS)


def _not_for_that(command: CastVote, bids: Bids) -> Refusal:
    known = 1 <= command.bid <= len(bids.offers)
    if known and bids.offers[command.bid - 1].owner == command.who:
        return Refusal(
            "Your own issue already has your support. Vote for another one.", "own_issue"
        )
    return Refusal("That issue is no longer on offer. Vote for one that is.", "not_open")


CHOOSE = Choose()
