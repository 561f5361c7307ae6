"""What a vote shows, and what it holds of whom: nobody sees a choice but who made it."""

from __future__ import annotations

from typing import ClassVar

from bot.core.cards import Block, Button, PersonId, Quote, Style, Text, Tone
from bot.core.decision import Matter, Notice, Post
from bot.core.meeting import course
from bot.core.meeting.commands import (
    WithdrawIssue,
)
from bot.core.meeting.phases.belongings import Said
from bot.core.meeting.phases.choosing.ballot import (
    Ballot,
    Bid,
    bids_kept,
    bids_on_table,
)
from bot.core.meeting.phases.choosing.ballot_cards import ballot_blocks, result_card
from bot.core.meeting.phases.phase import Phase
from bot.core.meeting.phases.shown import Offer
from bot.core.meeting.session import Memory, Session, changed
from bot.core.wording import DIGITS


class Voting(Phase):
    """The half of a phase that shows its ballot and says whose the votes are; its rule is `Choose`."""

    memory: ClassVar[type] = Ballot

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """The ballot, the rule, and how the vote stands without any figure."""
        ballot, bids = session.memory(Ballot, at), bids_on_table(session, at)
        if bids.open():
            return ballot_blocks(session, ballot, bids)
        return (
            Text("Nobody has an issue on offer. That happens, and it is fine."),
            Text("Anyone may still offer one; the first is taken.", Tone.QUIET),
        )

    def looks_alike(self, before: Memory | None, after: Memory | None) -> bool:
        """A vote is not seen, unless it is one of those that might not count."""
        if not isinstance(before, Ballot) or not isinstance(after, Ballot):
            return False
        with_its_votes = changed(after, reactions=before.reactions, pressed=before.pressed)
        return before == with_its_votes and not before.unordered

    def over(self, session: Session, at: int) -> tuple[Block, ...]:
        """Only the chosen issues stay."""
        return tuple(Quote(b.title, session.name(b.owner)) for b in _chosen(session, at) if b.title)

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """My vote, withdraw, close; or an offer where there is none."""
        if not bids_on_table(session, at).open():
            return (Button("Offer an issue", "offer", style=Style.PRIMARY),)
        if session.memory(Ballot, at).counting_since is not None:
            return ()
        return (
            Button("My vote", "my_vote", style=Style.PRIMARY),
            Button("Withdraw my issue", "withdraw"),
            Button("Close the vote", "close_vote"),
        )

    def offers(self, session: Session, at: int, who: PersonId) -> tuple[Offer, ...]:
        """To withdraw the issue one has on offer."""
        return ((Button("Withdraw my issue", "withdraw"), WithdrawIssue(who=who, step=at)),)

    def reactions(self, session: Session, at: int) -> tuple[str, ...]:
        """One number for each issue that stands."""
        return tuple(DIGITS[n - 1] for n, _ in bids_on_table(session, at).open())

    def posts(self, session: Session, at: int) -> tuple[Post, ...]:
        """The result: the winner and how it was counted."""
        result = session.memory(Ballot, at).result
        if result is None or not result.chosen:
            return ()
        slot = session.slot(f"result:{at}:{course.visits(session, at)}")
        card = result_card(session, result, bids_kept(session, at))
        return (Post(Notice(Matter.RESULT, slot, "post", session.id), card),)

    def words_of(self, session: Session, at: int, who: PersonId) -> tuple[Said, ...]:
        """What they voted for, by number: the issues are other people's words."""
        voted = session.memory(Ballot, at).voted(who)
        return tuple(("voted for", f"number {number}") for number in voted)

    def keepsake(self, session: Session, at: int, who: PersonId) -> tuple[Block, ...]:
        """Nobody takes a vote home."""
        return ()

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Ballot:
        """Without the votes of these people; what came of the count stands."""
        return session.memory(Ballot, at).without(people)

    def clear(self, session: Session, at: int, people: frozenset[PersonId]) -> Ballot:
        """A vote stands; the words of the issues are cleared where they were offered."""
        return session.memory(Ballot, at)

    def closed(self, session: Session, at: int) -> Memory:
        """What came of the vote, and nobody's choice."""
        return session.memory(Ballot, at).only_result()


def _chosen(session: Session, at: int) -> tuple[Bid, ...]:
    result, bids = session.memory(Ballot, at).result, bids_kept(session, at)
    return tuple(bids.offers[n - 1] for n in result.chosen) if result is not None else ()
