"""How long each kind of data is kept: one table, which the sweep obeys and `/als privacy` reads out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from bot.core.cards import Block, Button, Card, Fields, Text, Tone, buttons
from bot.core.wording import WHAT_THE_BOT_SEES, capital


class Data(StrEnum):
    """The kinds of data there are."""

    WORDS = "words of a meeting"
    UNDELIVERED = "words that could not be delivered"
    ISSUES = "issues"
    BALLOTS = "ballots"
    ACTIONS = "actions"
    MEETINGS = "meetings"
    SET = "the set"
    INBOX = "inbox"
    OUTBOX = "messages"
    AUDIT = "audit"
    ERASURES = "erasures"
    INSTALLATION = "everything of a workspace or server"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: what it is, who sees it, and how long it is kept (`span`) as a person would say it."""

    what: str
    seen_by: str
    kept: str
    span: timedelta


RULES: dict[Data, Rule] = {
    Data.WORDS: Rule(
        "Questions, reflections, what you learned",
        "the set in that part, then the presenter. What you learned: only you",
        "a day after they were sent to you",
        timedelta(hours=24),
    ),
    Data.UNDELIVERED: Rule(
        "The same, where I couldn't send them",
        "you, under /als report",
        "14 days after the meeting",
        timedelta(days=14),
    ),
    Data.ISSUES: Rule(
        "Issues you offer or draft",
        "the set, from the vote to the close. Not chosen: only you",
        "until your next meeting",
        timedelta(0),
    ),
    Data.BALLOTS: Rule(
        "What you voted for",
        "no one through me. Everyone sees reactions",
        "until the close, then only totals",
        timedelta(0),
    ),
    Data.ACTIONS: Rule(
        "Your actions",
        "you, and the set where you share one",
        "90 days after you close them",
        timedelta(days=90),
    ),
    Data.MEETINGS: Rule(
        "When a meeting's parts ran, who came, who presented",
        "the set",
        "90 days after the meeting",
        timedelta(days=90),
    ),
    Data.SET: Rule(
        "The set: name, members, dates, how many came",
        "its members",
        "180 days after its last meeting",
        timedelta(days=180),
    ),
    Data.INBOX: Rule(
        "The numbers of things you pressed, and my private answers",
        "no one",
        "7 days",
        timedelta(days=7),
    ),
    Data.OUTBOX: Rule(
        "That a message was sent, without its words",
        "no one. The facilitator sees counts",
        "90 days",
        timedelta(days=90),
    ),
    Data.AUDIT: Rule(
        "That something was exported, deleted or changed by an organiser",
        "organisers, without names or words",
        "a year",
        timedelta(days=365),
    ),
    Data.ERASURES: Rule(
        "A scrambled mark of who asked to be forgotten",
        "no one",
        "a year, so that no old copy brings them back",
        timedelta(days=365),
    ),
    Data.INSTALLATION: Rule(
        "Everything, once I'm removed from a workspace or server",
        "no one",
        "30 days",
        timedelta(days=30),
    ),
}
"""The retention table. Where somebody asks to be forgotten, all that is theirs goes at once."""


def span(data: Data) -> timedelta:
    """How long that kind of data is kept."""
    return RULES[data].span


def privacy_card(operator: str) -> Card:
    """`/als privacy`: what is stored about people, who sees it and when it goes."""
    blocks: list[Block] = [
        Text(WHAT_THE_BOT_SEES),
        Text("What I keep, who sees it, how long:"),
        Fields(
            tuple(
                (rule.what, f"{capital(rule.kept)}. Seen by {rule.seen_by}.")
                for rule in RULES.values()
            )
        ),
        Text("“Export my data” sends you your own words. “Forget me” deletes them at once."),
        Text("I can't reach copies in channels and on people's phones.", Tone.QUIET),
        Text("Whoever runs me can reach the machine and, with its key, the words.", Tone.QUIET),
    ]
    who = f"{operator} runs me." if operator else "Ask your organiser who runs me."
    blocks.append(Text(who, Tone.QUIET))
    blocks.extend(
        buttons(Button("Export my data", "export_mine"), Button("Forget me", "forget_me"))
    )
    return Card("What I keep about you", tuple(blocks), summary="What I keep about you.")
