"""What the vote shows: the ballot, one person's own vote, and the result in words."""

from __future__ import annotations

from bot.core.cards import (
    Block,
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
from bot.core.meeting.phases.choosing.ballot import Ballot, Bids, Result, bids_on_table, votes_each
from bot.core.meeting.phases.turns import names
from bot.core.meeting.session import Session
from bot.core.wording import DIGITS, capital, count, shorten

ROOM_FOR_ISSUES = 3000
"""Characters the issues may take together, so that every ballot fits into one message."""

RULE = "Ties: longest wait, urgency, chance."
REASONS = {
    "wait": "It was a tie, so the longest wait decided.",
    "urgency": "It was a tie, so urgency decided.",
    "draw": "A full tie, so I picked at random.",
}


def options(session: Session, bids: Bids) -> Options:
    """The issues with their numbers; of long reasons only the beginning where there are many."""
    share = ROOM_FOR_ISSUES // max(len(bids.open()), 1)
    return Options(
        tuple(
            Option(
                DIGITS[n - 1],
                f"{session.name(b.owner)}: {b.title}",
                shorten(b.why, max(share - len(b.title), 1)),
            )
            for n, b in bids.open()
        )
    )


def ballot_blocks(session: Session, ballot: Ballot, bids: Bids) -> tuple[Block, ...]:
    """The running vote: the issues, how to vote, and how far it is, without any figure."""
    each = votes_each(bids)
    shown: list[Block] = [
        options(session, bids),
        Text(
            f"React with a number or press My vote: {count(each, 'vote')} each, not for your own."
        ),
        Text(f"Everyone sees reactions. {RULE}", Tone.QUIET),
    ]
    if any(ballot.uncounted(p.person, bids, each) for p in session.here):
        shown.append(Text("Some reactions don't count. See My vote."))
    if ballot.counting_since is not None:
        shown.append(Text("The vote has closed. I'm counting.", Tone.STRONG))
    elif ballot.closing_at is not None:
        shown.append(Text("Everyone has voted. Closing in 20 seconds.", Tone.STRONG))
    return tuple(shown)


def vote_card(session: Session, at: int, who: PersonId) -> Card:
    """What counts for this person now, with a button for each issue."""
    ballot, bids = session.memory(Ballot, at), bids_on_table(session, at)
    each = votes_each(bids)
    mine = ballot.of(who, bids, each)
    lines = [f"Your vote counts for number {n}." for n in mine] or ["You haven't voted yet."]
    if ballot.uncounted(who, bids, each):
        lines.append("I can't tell which reaction came last. Vote here to settle it.")
    if bids.of(who) is not None:
        lines.append("Your own issue has your support already, so a reaction to it doesn't count.")
    row = (
        Button(f"Take back {n}", "unvote", str(n))
        if n in mine
        else Button(f"Vote {n}", "vote", str(n))
        for n, bid in bids.open()
        if bid.owner != who
    )
    secret = Text(
        "A vote by button counts instead of your reactions. While others use "
        "reactions, it isn't secret.",
        Tone.QUIET,
    )
    return Card(
        "My vote",
        (Text(" ".join(lines)), options(session, bids), secret, *buttons(*row)),
        summary="Your vote.",
        subject=session.id,
        step=at,
    )


def result_card(session: Session, result: Result, bids: Bids) -> Card:
    """Who presents and how that came about: never a figure, a ranking or a name that lost."""
    chosen = tuple(bids.offers[n - 1] for n in result.chosen)
    voted = result.on_table > len(chosen)
    lines = [_who_presents(session, result, bids)]
    if voted:
        lines += [_how(result), REASONS.get(result.decided_by, "")]
    if voted and not result.recounted:
        lines.append("I couldn't recount the reactions, so I counted the votes I'd seen.")
    if voted:
        lines.append(
            "Thank you for every issue. Those not chosen stay with their owners, to bring again."
        )
    return Card(
        "The vote is closed" if voted else "The issue is chosen",
        (
            Text(" ".join(line for line in lines if line)),
            *(Quote(b.title, session.name(b.owner)) for b in chosen if b.title),
        ),
        summary="The issue is chosen.",
        subject=session.id,
    )


def _who_presents(session: Session, result: Result, bids: Bids) -> str:
    owners = [bids.offers[n - 1].owner for n in result.chosen]
    if len(owners) == 1:
        return f"{session.name(owners[0])} presents."
    return f"{names(session, owners)} present, in this order."


def _how(result: Result) -> str:
    each = capital(count(2 if result.on_table >= 6 else 1, "vote"))
    members = count(result.voters, "member")
    return f"{each} from each of {members}. Own issues and my marks don't count."
