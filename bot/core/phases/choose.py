"""Choose: a vote by reaction or button decides whose issue is taken, by rules told beforehand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from bot.core.cards import Block, Button, Form, PersonId, Quote, Style, Text, Tone
from bot.core.commands import (
    CastVote,
    ClockSpeaks,
    Command,
    CountVotes,
    InSession,
    Next,
    OfferIssue,
    WithdrawIssue,
)
from bot.core.phases.ballot import Ballot, all_have_voted, may_vote_for, tally, votes_each
from bot.core.phases.ballot_cards import (
    RULE,
    bids_before,
    bids_step,
    options,
    result_card,
    rounds,
    vote_card,
)
from bot.core.phases.bids import Bids, bid_form, offer_from, offered, withdrawn
from bot.core.phases.phase import Onward, Phase, Speaks
from bot.core.session import (
    CLOCK,
    Deadline,
    Decision,
    Matter,
    Notice,
    Post,
    Recount,
    Refusal,
    Session,
)
from bot.core.signals import Pressed, Reacted, Recounted, Signal, Submitted
from bot.core.wording import DIGITS, READY, count, plain_emoji

LAST_CALL = timedelta(seconds=20)
"""How long a vote stays open after all present have voted."""

COUNTING_TAKES = timedelta(seconds=10)
"""How long the platform has to answer the recount before the stored votes are used."""


class Choose(Phase):
    """Reactions are public by nature; a recount from the platform closes the vote."""

    key: ClassVar[str] = "choose"
    title: ClassVar[str] = "Choosing the issue"
    purpose: ClassVar[str] = "Here are the issues on offer."
    speaks: ClassVar[Speaks] = Speaks.ALL
    memory: ClassVar[type] = Ballot

    def enter(self, session: Session, at: int, now: datetime) -> Ballot:
        """A fresh ballot; where there is nothing to vote on, its outcome."""
        bids, places = bids_before(session, at), rounds(session)
        if 0 < len(bids.open()) <= places:
            return Ballot(result=tally(session, Ballot(), bids, places))
        return Ballot()

    def understand(
        self, session: Session, at: int, who: PersonId, signal: Signal
    ) -> Command | Refusal | None:
        """Reactions 1-9, votes by button, an issue withdrawn or (where there is none) offered."""
        match signal:
            case Reacted(emoji=emoji, on=on) if plain_emoji(emoji) in DIGITS:
                bid = DIGITS.index(plain_emoji(emoji)) + 1
                return CastVote(who=who, step=at, bid=bid, on=on)
            case Pressed("vote" | "unvote" as action, step=step, value=value) if value.isdecimal():
                on = action == "vote"
                return CastVote(who=who, step=step, bid=int(value), on=on, by_button=True)
            case Pressed("withdraw", step=step):
                return WithdrawIssue(who=who, step=step)
            case Pressed("close_vote", step=step):
                return Next(who=who, step=step)
            case Submitted("bid"):
                return offer_from(who, signal)
            case Recounted(votes=votes, complete=complete):
                return CountVotes(who=CLOCK, votes=_bids_voted(votes), complete=complete)
        return None

    def form(
        self, session: Session, at: int, who: PersonId, action: str, value: str
    ) -> Form | Refusal | None:
        """`Offer an issue`, where nobody has yet."""
        return bid_form(None, session, at) if action == "offer" else None

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision | Refusal:
        """Votes, withdrawals, and the count at the close."""
        match command:
            case CastVote():
                return self._vote(session, at, command, now)
            case WithdrawIssue():
                return self._withdraw(session, at, command, now)
            case OfferIssue():
                return self._late_offer(session, at, command, now)
            case CountVotes(votes=votes):
                return self._count(session, at, votes, now)
            case ClockSpeaks(what="last_call"):
                return self._last_call(session, at, now)
            case ClockSpeaks(what="count"):
                return self._settle(session, at, session.memory(Ballot, at), recounted=False)
        return self.not_here(session, command)

    def _vote(
        self, session: Session, at: int, command: CastVote, now: datetime
    ) -> Decision | Refusal:
        ballot, bids = session.memory(Ballot, at), bids_before(session, at)
        if ballot.result is not None or ballot.counting_since is not None:
            return Refusal("The vote has closed; press More to see what you can do now.", "closed")
        if command.on and not may_vote_for(command.who, command.bid, bids):
            return _not_for_that(command, bids)
        ballot = ballot.cast((command.who, command.bid), on=command.on, by_button=command.by_button)
        session = session.remember(self._last_call_for(session, ballot, bids, now), at)
        return Decision(
            session, answer=vote_card(session, at, command.who) if command.by_button else None
        )

    def _last_call_for(self, session: Session, ballot: Ballot, bids: Bids, now: datetime) -> Ballot:
        if not all_have_voted(session, ballot, bids):
            return replace(ballot, closing_at=None)
        return replace(ballot, closing_at=ballot.closing_at or now + LAST_CALL)

    def _withdraw(
        self, session: Session, at: int, command: WithdrawIssue, now: datetime
    ) -> Decision | Refusal:
        if session.memory(Ballot, at).counting_since is not None:
            return Refusal(
                "The vote has just closed; if you are chosen, you can stop your round.", "closed"
            )
        step = bids_step(session, at)
        decision = withdrawn(session, step, session.memory(Bids, step), command)
        return self._look_again(decision, at, now)

    def _late_offer(
        self, session: Session, at: int, command: OfferIssue, now: datetime
    ) -> Decision | Refusal:
        step = bids_step(session, at)
        bids = session.memory(Bids, step)
        if bids.open():
            return Refusal(
                "The issues are on the table already; bring yours next time.", "too_late"
            )
        return self._look_again(offered(session, step, bids, command), at, now)

    def _look_again(
        self, decision: Decision | Refusal, at: int, now: datetime
    ) -> Decision | Refusal:
        """Where there is nothing left to vote on, the outcome stands at once."""
        if isinstance(decision, Refusal):
            return decision
        session: Session = decision.state
        ballot = session.memory(Ballot, at)
        fresh = self.enter(session, at, now)
        if fresh.result is not None:
            ballot = replace(ballot, result=fresh.result)
        return replace(decision, state=session.remember(ballot, at))

    def _last_call(self, session: Session, at: int, now: datetime) -> Decision:
        ballot = session.memory(Ballot, at)
        if not all_have_voted(session, ballot, bids_before(session, at)):
            return Decision(session.remember(replace(ballot, closing_at=None), at))
        return self._start_count(session, at, now)

    def _start_count(self, session: Session, at: int, now: datetime) -> Decision:
        ballot = replace(session.memory(Ballot, at), counting_since=now)
        return Decision(session.remember(ballot, at), recounts=(Recount(session.ballot_slot),))

    def _count(
        self, session: Session, at: int, votes: frozenset[tuple[PersonId, int]], now: datetime
    ) -> Decision:
        ballot = session.memory(Ballot, at).recount(votes)
        if ballot.counting_since is None:
            bids = bids_before(session, at)
            return Decision(session.remember(self._last_call_for(session, ballot, bids, now), at))
        return self._settle(session, at, ballot, recounted=True)

    def _settle(self, session: Session, at: int, ballot: Ballot, *, recounted: bool) -> Decision:
        result = tally(session, ballot, bids_before(session, at), rounds(session))
        ballot = replace(ballot, result=replace(result, recounted=recounted))
        return Decision(session.remember(ballot, at))

    def before_leaving(self, session: Session, at: int, by: PersonId, now: datetime) -> Onward:
        """Moving on closes the vote; with nothing on offer only ending the meeting is left."""
        ballot = session.memory(Ballot, at)
        if self.finished(session, at):
            return None
        if bids_before(session, at).open():
            waiting = ballot.counting_since is not None
            return Decision(session) if waiting else self._start_count(session, at, now)
        if by == CLOCK:
            return "close"
        return Refusal(
            "Nobody has an issue yet; press Offer an issue, or end the meeting under More.",
            "no_issue",
        )

    def leave(self, session: Session, at: int) -> Session:
        """The chosen present, in the order of their support."""
        result, bids = session.memory(Ballot, at).result, bids_before(session, at)
        chosen = result.chosen if result else ()
        return replace(session, presenters=tuple(bids.offers[n - 1].owner for n in chosen))

    def finished(self, session: Session, at: int) -> bool:
        """The count is done."""
        result = session.memory(Ballot, at).result
        return result is not None and bool(result.chosen)

    def deadlines(self, session: Session, at: int) -> tuple[Deadline, ...]:
        """The last call, and the end of waiting for the platform."""
        ballot = session.memory(Ballot, at)
        if ballot.counting_since is not None:
            return (Deadline(ballot.counting_since + COUNTING_TAKES, "count", step=at),)
        if ballot.closing_at is not None:
            return (Deadline(ballot.closing_at, "last_call", step=at),)
        return ()

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """The ballot, the rule, and how the vote stands without any figure."""
        ballot, bids = session.memory(Ballot, at), bids_before(session, at)
        if not bids.open():
            return (
                Text("Nobody has offered an issue today. That happens, and it is fine."),
                Text("Anyone may still offer one; the first is taken.", Tone.QUIET),
            )
        each = count(votes_each(bids), "vote")
        shown: list[Block] = [
            options(session, bids),
            Text(f"React with a number or press My vote: {each} each, not for your own."),
            Text(f"Reactions can be seen by all. {RULE}", Tone.QUIET),
        ]
        if any(ballot.uncounted(p.person, bids, votes_each(bids)) for p in session.here):
            shown.append(Text("Some reactions do not count, see My vote."))
        if ballot.counting_since is not None:
            shown.append(Text("The vote is closed. Counting.", Tone.STRONG))
        elif ballot.closing_at is not None:
            shown.append(Text("All have voted; closing in 20 seconds.", Tone.STRONG))
        return tuple(shown)

    def over(self, session: Session, at: int) -> tuple[Block, ...]:
        """Only the chosen issues stay."""
        result, bids = session.memory(Ballot, at).result, bids_before(session, at)
        chosen = tuple(bids.offers[n - 1] for n in (result.chosen if result else ()))
        return tuple(Quote(b.title, session.name(b.owner)) for b in chosen if b.title)

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """My vote, withdraw, close; or an offer where there is none."""
        if not bids_before(session, at).open():
            return (Button("Offer an issue", "offer", style=Style.PRIMARY),)
        return (
            Button("My vote", "my_vote", style=Style.PRIMARY),
            Button("Withdraw my issue", "withdraw"),
            Button("Close the vote", "close_vote"),
        )

    def reactions(self, session: Session, at: int) -> tuple[str, ...]:
        """One number for each issue that stands."""
        numbers = tuple(DIGITS[n - 1] for n, _ in bids_before(session, at).open())
        return (*numbers, READY) if numbers else ()

    def posts(self, session: Session, at: int) -> tuple[Post, ...]:
        """The result: the winner and how it was counted."""
        result = session.memory(Ballot, at).result
        if result is None or not result.chosen:
            return ()
        slot = session.slot(f"result:{at}:{session.visits(at)}")
        card = result_card(session, result, bids_before(session, at))
        return (Post(Notice(Matter.RESULT, slot, "post", session.id), card),)


def _bids_voted(votes: frozenset[tuple[PersonId, str]]) -> frozenset[tuple[PersonId, int]]:
    plain = ((who, plain_emoji(emoji)) for who, emoji in votes)
    return frozenset((who, DIGITS.index(emoji) + 1) for who, emoji in plain if emoji in DIGITS)


def _not_for_that(command: CastVote, bids: Bids) -> Refusal:
    own = bids.of(command.who)
    if (
        own is not None
        and 1 <= command.bid <= len(bids.offers)
        and bids.offers[command.bid - 1] is own
    ):
        return Refusal(
            "Your own issue has your support already; vote for another one.", "own_issue"
        )
    return Refusal("That issue is not on the table any more; vote for one that is.", "not_open")


CHOOSE = Choose()
