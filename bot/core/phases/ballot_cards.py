"""What the vote shows: the ballot, one person's own vote, and the result in words."""

from __future__ import annotations

from bot.core.cards import (
    Button,
    Card,
    Option,
    Options,
    PersonId,
    Quote,
    Text,
    Tone,
    buttons,
)
from bot.core.phases.ballot import Ballot, Result, votes_each
from bot.core.phases.bids import Bids
from bot.core.phases.phase import names
from bot.core.session import Session
from bot.core.wording import DIGITS, count

RULE = (
    "If support is equal, whoever has waited longest comes first, "
    "then the more urgent issue, then a draw."
)
REASONS = {
    "wait": "Support was equal, so the longest wait since presenting decided.",
    "urgency": "Support and waiting were equal, so the declared urgency decided.",
    "draw": "Support, waiting and urgency were equal, so I drew a lot. It was only chance.",
}


def rounds(session: Session) -> int:
    """How many presenters the plan has room for."""
    return max(step.round for step in session.plan)


def bids_step(session: Session, at: int) -> int:
    """The step whose bids are voted on in step `at`."""
    return max(n for n in session.steps("bids") if n < at)


def bids_before(session: Session, at: int) -> Bids:
    """The bids voted on in step `at`."""
    memory = session.memories[bids_step(session, at)]
    return memory if isinstance(memory, Bids) else Bids()


def vote_card(session: Session, at: int, who: PersonId) -> Card:
    """What counts for this person now, with a button for each issue."""
    ballot, bids = session.memory(Ballot, at), bids_before(session, at)
    mine = ballot.of(who, bids, votes_each(bids))
    lines = [f"Your vote counts for number {n}." for n in mine] or ["You have no vote in yet."]
    if ballot.uncounted(who, bids, votes_each(bids)):
        lines.append("I cannot tell which of your reactions came last; a vote here settles it.")
    if bids.of(who) is not None:
        lines.append("Your own issue has your support already; a reaction on it does not count.")
    row = (
        Button(
            f"Take back {n}" if n in mine else f"Vote {n}",
            "unvote" if n in mine else "vote",
            str(n),
        )
        for n, bid in bids.open()
        if bid.owner != who
    )
    return Card(
        "My vote",
        (
            Text(" ".join(lines)),
            options(session, bids),
            Text(
                "A vote by button counts instead of your reactions. "
                "While others use reactions, this is no secret ballot.",
                Tone.QUIET,
            ),
            *buttons(*row),
        ),
        subject=session.id,
        step=at,
    )


def options(session: Session, bids: Bids) -> Options:
    return Options(
        tuple(
            Option(DIGITS[n - 1], f"{session.name(b.owner)}: {b.title}", b.why)
            for n, b in bids.open()
        )
    )


def result_card(session: Session, result: Result, bids: Bids) -> Card:
    chosen = tuple(bids.offers[n - 1] for n in result.chosen)
    who = names(session, (b.owner for b in chosen))
    verb = "presents" if len(chosen) == 1 else "present, in this order"
    lines = [f"{who} {verb}."]
    if len(bids.open()) > len(chosen):
        lines.append(_how(session, bids))
        lines.append(REASONS.get(result.decided_by, ""))
    if not result.recounted:
        lines.append("I could not ask the platform again, so the votes I had seen were counted.")
    if len(bids.open()) > len(chosen):
        lines.append(
            "Thank you for every issue. The others stay with their owners; bring them again."
        )
    return Card(
        "The vote is closed" if len(bids.open()) > len(chosen) else "The issue is chosen",
        (
            Text(" ".join(line for line in lines if line)),
            *(Quote(b.title, session.name(b.owner)) for b in chosen if b.title),
        ),
        summary="The issue is chosen.",
        subject=session.id,
    )


def _how(session: Session, bids: Bids) -> str:
    each = count(votes_each(bids), "vote")
    members = count(len(session.here), "member")
    return f"Counted: {each} from each of {members}; own issues and my marks do not count."
