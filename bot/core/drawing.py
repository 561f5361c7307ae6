"""Cards by name, drawn at the moment they are sent from what is true then."""

from __future__ import annotations

from bot.core import set_cards
from bot.core.cards import Button, Card, Style, Text, buttons
from bot.core.formats import PHASES
from bot.core.learning_set import MeetingStatus
from bot.core.panels import keepsake_card
from bot.core.room import Room
from bot.core.session import Notice, Session


def draw(room: Room, notice: Notice) -> Card | None:
    """The card a notice names, or None where saying it is of no use any more.

    Posts that stand in a meeting's place ("post") are drawn by `engine.posts`, not here.
    """
    if room.session is not None and notice.card in _OF_SESSION:
        return _of_session(room.session, notice)
    if room.set is not None:
        return _of_set(room, notice)
    return None


_OF_SESSION = frozenset({"keepsake", "time_up", "stepped_out", "claim", "two_minutes", "silent"})


def _of_session(session: Session, notice: Notice) -> Card | None:
    who = notice.to or ""
    if notice.card == "keepsake":
        return keepsake_card(session, who)
    if not session.live:
        return None
    title = PHASES[session.step.phase].title
    match notice.card:
        case "time_up":
            return _time_up(session, title) if "time_up" in session.clock.said else None
        case "silent":
            return _silent(session, title)
        case "stepped_out":
            return Card(
                "Somebody had to go",
                (
                    Text(
                        "One person has left the meeting quietly. More on the board shows who is here."
                    ),
                ),
                summary="Somebody had to go.",
            )
        case "claim" if session.process.claim is not None:
            claimant = session.name(session.process.claim)
            row = buttons(Button("I'm still here", "still_here", style=Style.PRIMARY))
            words = Text(
                f"{claimant} offers to hold the process, since you were silent for a while."
            )
            return Card(
                "Are you still there?",
                (words, *row),
                "Your meeting asks for you.",
                session.id,
                session.at,
                loud=True,
            )
        case "two_minutes" if "two_minutes" in session.clock.said:
            return Card(f"Two minutes left for “{title}”", summary="Two minutes left.")
    return None


def _time_up(session: Session, title: str) -> Card:
    row = buttons(
        Button("Next phase", "next", style=Style.PRIMARY), Button("+2 minutes", "extend", "2")
    )
    words = Text("Nothing moves before you say so, or before as much time again has passed.")
    return Card(
        f"The time for “{title}” is up",
        (words, *row),
        "Your meeting asks for you.",
        session.id,
        session.at,
    )


def _silent(session: Session, title: str) -> Card:
    presenter = session.name(session.presenter or "")
    row = buttons(Button("Wait", "pause"), Button("Next phase", "next"), Button("Back", "back"))
    words = Text(f"A question has waited for {presenter} for three minutes. The round is not lost.")
    return Card(
        f"“{title}” is quiet", (words, *row), "Your meeting asks for you.", session.id, session.at
    )


def _of_set(room: Room, notice: Notice) -> Card | None:
    state = room.set
    assert state is not None
    match notice.card:
        case "set":
            return set_cards.set_card(state)
        case "joined":
            return (
                set_cards.joined_card(state, notice.subject)
                if state.agreed(notice.subject)
                else None
            )
        case "welcome":
            return set_cards.welcome_card(state, notice.to or "")
        case "follow_up":
            return set_cards.follow_up_card(state, notice.subject)
        case "reminder":
            owner, _, day = notice.subject.rpartition(":")
            return set_cards.reminder_card(state, owner, day) if state.agreed(owner) else None
        case "prompt":
            return _prompt(room, notice.subject)
    return None


def _prompt(room: Room, subject: str) -> Card | None:
    assert room.set is not None
    meeting_id, _, which = subject.rpartition(":")
    meeting = room.set.meeting(meeting_id)
    if meeting is None or meeting.status not in (MeetingStatus.PLANNED, MeetingStatus.LIVE):
        return None
    if which == "start" and room.live is not None and room.live.at > 0:
        return None
    return set_cards.prompt_card(room.set, meeting, which)
