"""What an organiser may do: look at counts, put a set away unread, say where people find help."""

from __future__ import annotations

from datetime import datetime

from bot.core.cards import Button, Card, Fields, Style, Text, Tone, buttons
from bot.core.decision import Refusal
from bot.core.person.commands import LookAfter, PutAway, SetSignpost
from bot.core.person.outcome import Archive, Burn, KeepSignpost, Known, PersonDecision

NO_SUCH_SET = Refusal("I can't find a set of that number. See /als admin sets.", "no_such_set")
SIGNPOST_EMPTY = Refusal("Give words=, lead= or both.", "empty")

TITLES = {
    "doctor": "What works",
    "sets": "Sets, in counts",
    "delivery": "Message delivery",
    "audit": "What was done",
}


def look(known: Known, command: LookAfter, now: datetime) -> PersonDecision:
    """Counts and states of one kind; that somebody looked is noted."""
    quiet = Text("Counts and states only. I show no words and no names.", Tone.QUIET)
    shown = Fields(known.figures) if known.figures else Text("Nothing yet.")
    card = Card(TITLES[command.what], (shown, quiet), "Counts.")
    return PersonDecision((card,), audit=(f"look at {command.what}",))


def put_away(known: Known, command: PutAway, now: datetime) -> PersonDecision | Refusal:
    """A set archived or deleted by its number; asked once more before."""
    if known.number is None:
        return NO_SUCH_SET
    if not command.sure:
        return PersonDecision((_sure_card(command),))
    archives = command.what == "archive"
    act = Archive(known.number) if archives else Burn(known.number)
    said = "Archived." if archives else "Deleted for good."
    return PersonDecision((said,), (act,), audit=(command.what, known.number), changed=True)


def _sure_card(command: PutAway) -> Card:
    archives = command.what == "archive"
    what = "It stops meeting. Its members keep what is theirs."
    label = "Archive the set" if archives else "Delete the set for good"
    words = what if archives else ("Everything of it goes, my messages too. This can't be undone.")
    style = Style.PRIMARY if archives else Style.DANGER
    row = buttons(Button(label, f"{command.what}_sure", command.subject, style))
    return Card(f"{label}?", (Text(words), *row), summary="Are you sure?")


def signpost(known: Known, command: SetSignpost, now: datetime) -> PersonDecision | Refusal:
    """Where people find help, and who hears of a concern."""
    if not command.words and not command.lead:
        return SIGNPOST_EMPTY
    return PersonDecision(to_do=(KeepSignpost(command),), audit=("signpost", command.country))
