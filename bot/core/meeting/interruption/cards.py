"""What an interrupted meeting shows: when it was interrupted, who decides, and how it was answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.cards import Block, Button, Buttons, Card, Style, Text, Tone, Until, buttons
from bot.core.decision import Matter, Notice, Post, Refusal
from bot.core.meeting import course
from bot.core.meeting.formats import PHASES
from bot.core.meeting.interruption.state import Interruption
from bot.core.meeting.phases.frame import MORE
from bot.core.meeting.session import BOT, CLOCK, Session

TITLE = "This meeting was interrupted"
GO_ON = Button("Go on", "go_on_meeting", style=Style.PRIMARY)
CLOSE_IT = Button("Close it", "close_interrupted")


def waits_for(session: Session) -> Refusal:
    """What somebody hears whose words have to wait for an answer."""
    who = "anyone here" if session.holder == BOT else session.name(session.holder)
    return Refusal(
        f"This meeting was interrupted. {who} can press Go on or Close it on the newest card.",
        "interrupted",
    )


def interruption_card(session: Session, found: Interruption, closes_at: datetime) -> Card:
    """The one message about an interruption: it asks, and is edited to what was answered."""
    waits = session.interrupted == found
    below = _question(session, closes_at) if waits else _answer(session, found)
    return Card(
        TITLE,
        (
            Until("Away from", found.since),
            Until("Back since", found.noticed_at),
            *below,
        ),
        summary="A meeting of your set was interrupted.",
        subject=session.id,
        step=session.at if waits else None,
        loud=waits,
    )


def _question(session: Session, closes_at: datetime) -> tuple[Block, ...]:
    where = PHASES[session.step.phase].title
    take_over = Button("Take over", "take_over") if course.open_to_take_over(session) else None
    wishing = course.wishing(session, "end")
    wishes = f"{wishing} of {len(session.here)} would like to close it."
    return (
        Text(f"You were in “{where}”. Nothing is lost, and the clock was paused."),
        Text(_who_decides(session)),
        *((Text(wishes, Tone.QUIET),) if wishing else ()),
        Until("If no one answers, it closes", closes_at),
        *buttons(GO_ON, CLOSE_IT, take_over, MORE),
    )


def _who_decides(session: Session) -> str:
    if session.holder == BOT:
        return "Anyone here can press Go on. Closing takes more than half of you."
    return f"{session.name(session.holder)} decides whether to go on or close."


def _answer(session: Session, found: Interruption) -> tuple[Block, ...]:
    if found.went_on_at is not None:
        return (Text("The meeting went on from here.", Tone.QUIET),)
    unanswered = "No one answered, so I closed it." if session.closed_by == CLOCK else ""
    words = f"{unanswered} People's own words come to them by DM.".strip()
    return (Text(words if unanswered else f"The meeting was closed. {words}", Tone.QUIET),)


def offered(card: Card, *, decides: bool) -> Card:
    """The same for one person's eyes: the two buttons only where they may press them."""
    if decides:
        return replace(card, loud=False)
    blocks = tuple(b for b in card.blocks if not isinstance(b, Buttons))
    return replace(card, blocks=(*blocks, *buttons(MORE)), loud=False)


def interruption_post(session: Session, number: int, closes_at: datetime) -> Post:
    """Where it stands: a message of its own for each interruption, numbered from 0."""
    card = interruption_card(session, session.interruptions[number], closes_at)
    slot = session.slot(f"interrupted:{number}")
    return Post(Notice(Matter.PHASE, slot, "post", session.id), card)
