"""Where people find help, as their organiser says; the bot itself is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.cards import Block, Button, Card, PersonId, Style, Text, Tone, buttons
from bot.core.decision import Refusal
from bot.core.learning_set.state import SetState
from bot.core.meeting.session import Session

HELP_IS_PEOPLE = (
    "This bot is no crisis service and nobody watches it. "
    "If somebody is in danger, call your local emergency number. "
    "You may hold a silence, stop your round or leave at any time."
)
MOST_SIGNPOSTS = 12

NO_LEAD = Refusal(
    "Nobody is named for that yet; “I need help” shows where you find people.", "no_lead"
)
TOLD = "I have told the lead who, when and which set; nothing of what was said."


@dataclass(frozen=True, slots=True)
class Signpost:
    """What an organiser wants people to read, everywhere or for one country (two letters)."""

    country: str
    words: str
    lead: PersonId = ""


def help_card(
    signposts: Iterable[Signpost], session: Session | None = None, ways: tuple[Block, ...] = ()
) -> Card:
    """A quiet word for somebody who needs help now."""
    said = (s for s in sorted(signposts, key=lambda s: s.country) if s.words)
    posts = tuple(block for post in said for block in _signpost(post))
    return Card(
        "You are not alone in this",
        (Text(HELP_IS_PEOPLE), *posts, *ways),
        summary="You are not alone in this.",
        subject=session.id if session is not None else "",
        step=session.at if session is not None else None,
    )


def read_by_people(signposts: Iterable[Signpost]) -> tuple[str, Card]:
    """For the organiser: what people read from now on."""
    return "People who press “I need help” read this:", help_card(signposts)


def _signpost(post: Signpost) -> tuple[Block, ...]:
    if not post.country:
        return (Text(post.words),)
    return (Text(post.country, Tone.STRONG), Text(post.words))


def sure_card(state: SetState) -> Card:
    """Before the lead is told: what they will hear, and what not."""
    return Card(
        "Tell the lead that you are worried?",
        (
            Text(f"They hear that it was you, when, and that it is about {state.name}."),
            Text("They do not hear what was said. They may get in touch with you."),
            Text("This bot is no crisis service and nobody watches it.", Tone.QUIET),
            *buttons(Button("Tell the lead", "concern_sure", style=Style.PRIMARY)),
        ),
        summary="Are you sure?",
        subject=state.id,
    )


def concern_card(state: SetState, who: PersonId) -> Card | None:
    """For the lead: who is worried about which set; nothing where they have left since."""
    if not state.agreed(who):
        return None
    return Card(
        "Somebody is worried",
        (
            Text(f"{state.name_of(who)} of the set {state.name} asks you to get in touch."),
            Text("I know nothing of what was said, and I tell nobody else.", Tone.QUIET),
        ),
        summary="Somebody asks you to get in touch.",
        subject=state.id,
        loud=True,
    )
