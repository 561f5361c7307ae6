"""Bids: each offers an issue privately, or says "nothing today"; all are revealed together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from bot.core.cards import (
    Block,
    Button,
    Choice,
    Field,
    FieldKind,
    Form,
    PersonId,
    Quote,
    Style,
    Text,
    Tone,
)
from bot.core.command import InSession
from bot.core.decision import Decision, Refusal
from bot.core.meeting import course
from bot.core.meeting.commands import HaveSpoken, OfferIssue, WithdrawIssue
from bot.core.meeting.phases.belongings import Issue, Said, under
from bot.core.meeting.phases.choosing.ballot import MOST_BIDS, Ballot, Bid, Bids, places
from bot.core.meeting.phases.phase import Meant, Opened, Phase, Speaks
from bot.core.meeting.phases.turns import answered, everyone, per_person, still_to_come
from bot.core.meeting.session import FORMER, Memory, Participant, Session
from bot.core.permissions import Right
from bot.core.signals import Pressed, Signal, Submitted
from bot.core.wording import TITLE_LIMIT, minutes, whole

URGENCY = (
    Choice("1", "1 · It can wait"),
    Choice("2", "2 · It matters now"),
    Choice("3", "3 · It is pressing"),
)

BID_FORM = Form(
    key="bid",
    needs=Right.ADD_ISSUE,
    title="Your issue",
    fields=(
        Field("title", "Issue", limit=TITLE_LIMIT, hint="One or two sentences, in your words."),
        Field("why", "Why now?", FieldKind.TEXT, required=False, limit=TITLE_LIMIT),
        Field("urgency", "How urgent?", FieldKind.CHOICE, value="2", choices=URGENCY),
    ),
    submit="Offer it",
    intro="Nobody sees this before all have offered. One issue each.",
)

TAKEN = "I have your issue. You can change it until the vote."
CHANGED = "I have your new words."
LATE = "The vote has closed, so your issue stays with you. Bring it again when you like."
AS_IT_WAS = Refusal("The vote has closed; your issue stands as you offered it.", "closed")
FULL = Refusal(f"{MOST_BIDS} issues are on offer already; bring yours next time.", "full")


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
    opens: ClassVar[tuple[str, ...]] = ("offer",)
    example: ClassVar[Memory | None] = Bids((Bid("ben", "How do I say no?"),), ("ben", "eve"))

    def reopened(self, before: Bids) -> Bids:
        """What was offered stays on offer; all may think again."""
        return replace(before, answered=())

    def skip(self, session: Session, at: int) -> bool:
        """Every round has its presenter already."""
        return places(session) == 0

    def understand(self, session: Session, at: int, who: PersonId, signal: Signal) -> Meant:
        """An issue handed in, or nothing today."""
        match signal:
            case Submitted("bid"):
                return offer_from(who, signal)
            case Pressed("nothing_today", step=step):
                return HaveSpoken(who=who, step=step, passed=True)
            case _:
                return None

    def form(self, session: Session, at: int, who: PersonId, action: str, value: str) -> Opened:
        """`Offer an issue`, filled with the one already offered."""
        if action != "offer":
            return None
        return bid_form(session.memory(Bids, at).of(who), session, at)

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision[Session] | Refusal:
        """A bid offered, changed or withdrawn, or passed."""
        bids = session.memory(Bids, at)
        match command:
            case OfferIssue():
                return offered(session, at, command, late=not _still_open(session, at))
            case HaveSpoken(who=who):
                kept = bids.withdraw(who) if _still_open(session, at) else bids
                return Decision(session.remember(kept, at))
            case WithdrawIssue():
                return withdrawn(session, at, bids, command)
            case _:
                return self.not_here()

    def waiting(self, session: Session, at: int) -> tuple[Participant, ...]:
        """Who has neither offered nor passed."""
        return still_to_come(session, session.memory(Bids, at).answered)

    def finished(self, session: Session, at: int) -> bool:
        """All here have offered or passed."""
        return everyone(session, session.memory(Bids, at).answered)

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """How many have answered, never who."""
        return (
            answered(session, self.waiting(session, at), "have answered"),
            Text(f"About {minutes(per_person(session))} each to write.", Tone.QUIET),
        )

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """Offer or pass."""
        return (
            Button("Offer an issue", "offer", style=Style.PRIMARY),
            Button("Nothing today", "nothing_today"),
        )

    def words_of(self, session: Session, at: int, who: PersonId) -> Iterator[Said]:
        """The issue they offered, or that they had none."""
        bids = session.memory(Bids, at)
        offered = [bid for bid in bids.offers if bid.owner == who]
        for bid in offered:
            yield "issue", bid.title
            yield "why now", bid.why
        if who in bids.answered and not offered:
            yield self.title, "nothing today"

    def keepsake(self, session: Session, at: int, who: PersonId) -> tuple[Block, ...]:
        """An issue that was not taken goes home with its owner."""
        mine = (bid for bid in self._left(session, at) if bid.owner == who)
        return under("Your issue stays with you", (Quote(bid.title) for bid in mine))

    def issues_left(self, session: Session, at: int) -> tuple[Issue, ...]:
        """Every issue whose owner has not presented."""
        return tuple((b.owner, b.title, b.why, b.urgency) for b in self._left(session, at))

    def _left(self, session: Session, at: int) -> tuple[Bid, ...]:
        done = {*course.presented(session), FORMER}
        return tuple(b for b in session.memory(Bids, at).offers if b.owner not in done)

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Bids:
        """Without these people and their issues; the numbers of the others stay."""
        bids = session.memory(Bids, at)
        nothing = Bid(FORMER, "", withdrawn=True)
        return Bids(
            tuple(nothing if bid.owner in people else bid for bid in bids.offers),
            tuple(person for person in bids.answered if person not in people),
        )

    def clear(self, session: Session, at: int, people: frozenset[PersonId]) -> Bids:
        """Without the words of the issues these people offered, once the vote on them is over."""
        bids = session.memory(Bids, at)
        if session.live and session.step.phase == "choose":
            return bids
        offers = tuple(
            replace(b, title="", why="") if b.owner in people else b for b in bids.offers
        )
        return replace(bids, offers=offers)


def _still_open(session: Session, at: int) -> bool:
    """Whether a bid still comes in time: before the vote, or while it is open."""
    now = session.memories[session.at]
    return session.at == at or (isinstance(now, Ballot) and now.counting_since is None)


def bid_form(draft: Bid | None, session: Session | None, at: int | None) -> Form:
    """The bid form, filled with a bid already made."""
    known = {"title": draft.title, "why": draft.why, "urgency": str(draft.urgency)} if draft else {}
    fields = tuple(replace(f, value=known.get(f.key, f.value)) for f in BID_FORM.fields)
    return replace(BID_FORM, fields=fields, subject=session.id if session else "", step=at)


def offer_from(who: PersonId, form: Submitted) -> OfferIssue:
    """The command a filled bid form stands for."""
    urgency = whole(form.get("urgency")) or 2
    return OfferIssue(
        who=who, step=form.step, title=form.get("title"), why=form.get("why"), urgency=urgency
    )


def offered(
    session: Session, at: int, command: OfferIssue, *, late: bool
) -> Decision[Session] | Refusal:
    """The bid taken among those of step `at`, answered privately."""
    found = session.memories[at]
    bids = found if isinstance(found, Bids) else Bids()
    before = bids.of(command.who)
    if late and before is not None:
        return AS_IT_WAS
    if len(bids.offers) >= MOST_BIDS and all(b.owner != command.who for b in bids.offers):
        return FULL
    answer = CHANGED if before is not None else TAKEN
    bid = Bid(command.who, command.title, command.why, command.urgency, late=late)
    return Decision(session.remember(bids.offer(bid), at), answer=LATE if late else answer)


def withdrawn(
    session: Session, at: int, bids: Bids, command: WithdrawIssue
) -> Decision[Session] | Refusal:
    """The bid taken back; it stays with its owner."""
    if bids.of(command.who) is None:
        return Refusal("You have no issue on offer; you can still offer one.", "nothing_there")
    answer = "Your issue is taken back. It stays with you; bring it again when you like."
    return Decision(session.remember(bids.withdraw(command.who), at), answer=answer)


BIDS = OfferIssues()
