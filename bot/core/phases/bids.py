"""Bids: each offers an issue privately, or says "nothing today"; all are revealed together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from bot.core.cards import Block, Button, Choice, Field, Form, Kind, PersonId, Style, Text, Tone
from bot.core.commands import Command, HaveSpoken, InSession, OfferIssue, WithdrawIssue
from bot.core.phases.phase import Phase, Speaks, answered, everyone, per_person
from bot.core.session import Decision, Memory, Refusal, Session
from bot.core.signals import Pressed, Signal, Submitted
from bot.core.wording import TEXT_LIMIT, TITLE_LIMIT, minutes

URGENCY = (
    Choice("1", "1 · It can wait"),
    Choice("2", "2 · It matters now"),
    Choice("3", "3 · It is pressing"),
)

BID_FORM = Form(
    key="bid",
    title="Your issue",
    fields=(
        Field("title", "Issue", limit=TITLE_LIMIT, hint="One or two sentences, in your words."),
        Field("why", "Why now?", Kind.TEXT, required=False, limit=TEXT_LIMIT),
        Field("urgency", "How urgent?", Kind.CHOICE, value="2", choices=URGENCY),
    ),
    submit="Offer it",
    intro="Nobody sees this before all have offered. One issue each.",
)


@dataclass(frozen=True, slots=True)
class Bid:
    """One issue on offer. Its number on the ballot is its place among the bids, from 1."""

    owner: PersonId
    title: str
    why: str = ""
    urgency: int = 2
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Bids:
    """What was offered, in order, and who brings nothing today."""

    offers: tuple[Bid, ...] = ()
    nothing: tuple[PersonId, ...] = ()

    def of(self, who: PersonId) -> Bid | None:
        """That person's bid, if it stands."""
        return next((b for b in self.offers if b.owner == who and not b.withdrawn), None)

    def open(self) -> tuple[tuple[int, Bid], ...]:
        """The bids that stand, with their numbers."""
        return tuple((n, b) for n, b in enumerate(self.offers, 1) if not b.withdrawn)

    def offer(self, bid: Bid) -> Bids:
        """With that bid in its owner's place, or at the end."""
        nothing = tuple(p for p in self.nothing if p != bid.owner)
        if any(b.owner == bid.owner for b in self.offers):
            offers = tuple(bid if b.owner == bid.owner else b for b in self.offers)
        else:
            offers = (*self.offers, bid)
        return Bids(offers, nothing)

    def withdraw(self, who: PersonId) -> Bids:
        """With that person's bid taken back; the numbers of the others stay."""
        offers = tuple(replace(b, withdrawn=True) if b.owner == who else b for b in self.offers)
        return replace(self, offers=offers)

    def answered(self) -> tuple[PersonId, ...]:
        """Everyone who has offered or passed."""
        return (*(b.owner for b in self.offers), *self.nothing)


class OfferIssues(Phase):
    """One bid each, drafted alone, seen by nobody before the vote."""

    key: ClassVar[str] = "bids"
    title: ClassVar[str] = "Offering issues"
    purpose: ClassVar[str] = (
        "What would you like to think about with the others today? "
        "Offer one issue privately; all appear together for the vote."
    )
    speaks: ClassVar[Speaks] = Speaks.ALL
    memory: ClassVar[type] = Bids
    forms: ClassVar[tuple[Form, ...]] = (BID_FORM,)

    def understand(
        self, session: Session, at: int, who: PersonId, signal: Signal
    ) -> Command | Refusal | None:
        """An issue handed in, or nothing today."""
        match signal:
            case Submitted("bid", step=step):
                return offer_from(who, signal)
            case Pressed("nothing_today", step=step):
                return HaveSpoken(who=who, step=step, passed=True)
        return None

    def form(
        self, session: Session, at: int, who: PersonId, action: str, value: str
    ) -> Form | Refusal | None:
        """`Offer an issue`, filled with the one already offered."""
        if action != "offer":
            return None
        return bid_form(session.memory(Bids, at).of(who), session, at)

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision | Refusal:
        """A bid offered, changed or withdrawn, or passed."""
        bids = session.memory(Bids, at)
        match command:
            case OfferIssue():
                return offered(session, at, bids, command)
            case HaveSpoken(who=who):
                gone = bids.withdraw(who)
                nothing = (*(p for p in gone.nothing if p != who), who)
                return Decision(session.remember(replace(gone, nothing=nothing), at))
            case WithdrawIssue():
                return withdrawn(session, at, bids, command)
        return self.not_here(session, command)

    def finished(self, session: Session, at: int) -> bool:
        """All here have offered or passed."""
        return everyone(session, session.memory(Bids, at).answered())

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """How many have answered, never who."""
        bids = session.memory(Bids, at)
        return (
            answered(bids.answered(), session, "have answered"),
            Text(f"About {minutes(per_person(session))} each to write.", Tone.QUIET),
        )

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """Offer or pass."""
        return (
            Button("Offer an issue", "offer", style=Style.PRIMARY),
            Button("Nothing today", "nothing_today"),
        )

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Memory:
        """Without the issues these people offered."""
        bids = session.memory(Bids, at)
        offers = tuple(
            replace(b, title="", why="", withdrawn=True) if b.owner in people else b
            for b in bids.offers
        )
        return replace(bids, offers=offers)


def bid_form(draft: Bid | None, session: Session | None, at: int | None) -> Form:
    """The bid form, filled with a bid already made."""
    known = {"title": draft.title, "why": draft.why, "urgency": str(draft.urgency)} if draft else {}
    fields = tuple(replace(f, value=known.get(f.key, f.value)) for f in BID_FORM.fields)
    return replace(BID_FORM, fields=fields, subject=session.id if session else "", step=at)


def offer_from(who: PersonId, form: Submitted) -> OfferIssue:
    """The command a filled bid form stands for."""
    urgency = int(form.get("urgency") or 2)
    return OfferIssue(
        who=who, step=form.step, title=form.get("title"), why=form.get("why"), urgency=urgency
    )


def offered(session: Session, at: int, bids: Bids, command: OfferIssue) -> Decision:
    """The bid taken, answered privately."""
    bid = Bid(command.who, command.title, command.why, command.urgency)
    again = bids.of(command.who) is not None
    answer = (
        "I have your new words."
        if again
        else "I have your issue. You can change it until the vote."
    )
    return Decision(session.remember(bids.offer(bid), at), answer=answer)


def withdrawn(session: Session, at: int, bids: Bids, command: WithdrawIssue) -> Decision | Refusal:
    """The bid taken back; it stays with its owner."""
    if bids.of(command.who) is None:
        return Refusal("You have no issue on offer; you can still offer one.", "nothing_there")
    answer = "Your issue is taken back. It stays with you; bring it again when you like."
    return Decision(session.remember(bids.withdraw(command.who), at), answer=answer)


BIDS = OfferIssues()
