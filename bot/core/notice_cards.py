"""Cards by name, drawn at the moment they are sent from what is true then."""

from __future__ import annotations

from datetime import datetime

from bot.core.cards import Button, Buttons, Card, Style, Text, Until, buttons
from bot.core.decision import Notice
from bot.core.learning_set import cards as set_cards
from bot.core.learning_set import change_cards, channel_changes
from bot.core.learning_set.actions import cards as action_cards
from bot.core.learning_set.actions import follow_up
from bot.core.learning_set.meetings import cards as meeting_cards
from bot.core.learning_set.members import cards as membership_cards
from bot.core.learning_set.place import Room, phase_of
from bot.core.learning_set.state import Meeting, MeetingStatus, SetState
from bot.core.meeting import readers
from bot.core.meeting.phases.frame import waits_until
from bot.core.meeting.phases.round.silent_presenter import silent_slot
from bot.core.meeting.session import Session
from bot.core.meeting.summaries import keepsake_part
from bot.core.person import signposts


def draw(room: Room, notice: Notice, now: datetime | None = None) -> Card | None:
    """The card a notice names, or None where saying it is of no use any more.

    It says what is true at `now`; by default that is when it was meant to be said. Posts that stand
    in a meeting's place ("post") are drawn by `engine.posts`, not here.
    """
    if room.session is not None and notice.card == "keepsake":
        return keepsake_part(room.session, notice)
    if notice.card in _OF_MEETING:
        return _of_meeting(room.live, notice) if room.live is not None else None
    return _of_set(room, room.set, notice, now) if room.set is not None else None


_OF_MEETING = frozenset({"time_up", "stepped_out", "claim", "two_minutes", "silent", "readers"})


_OF_THE_CLOCK = frozenset({"time_up", "two_minutes", "silent"})
"""What nobody needs to hear while an interrupted meeting waits."""


def _of_meeting(session: Session, notice: Notice) -> Card | None:
    title, said = phase_of(session, session.at).title, session.clock.said
    if session.interrupted is not None and notice.card in _OF_THE_CLOCK:
        return None
    match notice.card:
        case "time_up":
            return _time_up(session, title) if "time_up" in said else None
        case "two_minutes":
            words = f"2 minutes left for “{title}”"
            return Card(words, summary="2 minutes left.") if "two_minutes" in said else None
        case "silent":
            return _silent(session, notice)
        case "claim":
            return _claim(session)
        case "readers":
            return readers.readers_card(session)
        case _:
            return _stepped_out()


def _stepped_out() -> Card:
    words = Text("Someone has left quietly. The board shows who is here.")
    return Card("Someone had to go", (words,), summary="Someone had to go.")


def _claim(session: Session) -> Card | None:
    claim = session.process.claim
    if claim is None:
        return None
    row = buttons(Button("I'm still here", "still_here", style=Style.PRIMARY))
    name = session.name(claim.who)
    words = Text(f"{name} can facilitate. Still there?")
    return _to_holder(session, "Still facilitating?", words, *row)


def _to_holder(session: Session, title: str, *blocks: Text | Until | Buttons) -> Card:
    summary = "Your meeting asks for you."
    return Card(title, blocks, summary, session.id, session.at, loud=True)


def _time_up(session: Session, title: str) -> Card:
    row = buttons(
        Button("Next phase", "next", style=Style.PRIMARY), Button("+2 minutes", "extend", "2")
    )
    until = Until("I'll wait until", waits_until(session))
    return _to_holder(session, f"Time's up for “{title}”", until, *row)


def _silent(session: Session, notice: Notice) -> Card | None:
    """What to do about a silent presenter; nothing once they have gone on."""
    phase = phase_of(session, session.at)
    number, silent = phase.silent(session, session.at) or (0, "")
    if not silent or notice.slot != silent_slot(session, session.at, number):
        return None
    row = buttons(Button("Wait", "wait"), Button("Next phase", "next"), Button("Back", "back"))
    words = Text(f"{silent} The round isn't lost.")
    presenter = session.name(session.presenter)
    return _to_holder(session, f"Waiting for {presenter}", words, *row)


def _of_set(room: Room, state: SetState, notice: Notice, now: datetime | None) -> Card | None:
    if notice.to and notice.card in _CAN_BE_OFF and state.preferences_of(notice.to).direct_off:
        return None
    match notice.card:
        case "set":
            return set_cards.set_card(state)
        case "joined":
            here = state.agreed(notice.subject)
            return set_cards.joined_card(state, notice.subject) if here else None
        case "welcome":
            return set_cards.welcome_card(state)
        case "invitation" | "place_free" | "left" | "facilitates" | "swapped":
            return _of_people(state, notice)
        case "whereabouts":
            return channel_changes.whereabouts_card(state, notice.subject)
        case "agreement":
            return change_cards.agreement_changed_card(state)
        case "farewell":
            return change_cards.farewell_card(state)
        case "ask_next":
            return follow_up.ask_next_card(state)
        case "follow_up":
            return follow_up.follow_up_card(state, notice.subject)
        case "concern":
            return signposts.concern_card(state, notice.subject)
        case "reminder":
            owner, _, day = notice.subject.rpartition(":")
            here = state.agreed(owner)
            return action_cards.reminder_card(state, owner, day, now) if here else None
        case "prompt":
            return _prompt(room, state, notice, now)
        case "told":
            return _told(state, notice)
        case "rsvps":
            meeting, which = _meeting_of(state, notice)
            return meeting_cards.rsvps_card(state, meeting, which) if meeting else None
        case _:
            return None


def _of_people(state: SetState, notice: Notice) -> Card | None:
    match notice.card:
        case "invitation":
            joined = state.agreed(notice.to or "")
            return None if joined else membership_cards.invitation_card(state)
        case "place_free":
            return membership_cards.place_free_card(state, notice.to or "")
        case "left":
            return membership_cards.left_card(state, notice.subject)
        case "facilitates":
            still = notice.to == state.facilitator
            return membership_cards.facilitates_card(state) if still else None
        case _:
            return membership_cards.swapped_card(state, notice.subject)


def _meeting_of(state: SetState, notice: Notice) -> tuple[Meeting | None, str]:
    """The meeting a notice speaks of and which word on it; none where it was moved since."""
    meeting_id, _, which = notice.subject.rpartition(":")
    meeting = state.meeting(meeting_id)
    sequence = notice.slot.rpartition(":")[2]
    if meeting is None or (sequence.isdecimal() and int(sequence) != meeting.sequence):
        return None, which
    return meeting, which


def _prompt(room: Room, state: SetState, notice: Notice, now: datetime | None) -> Card | None:
    meeting, which = _meeting_of(state, notice)
    standing = _STANDING if which != "cancelled" else (MeetingStatus.CANCELLED,)
    if meeting is None or meeting.status not in standing:
        return None
    if which == "start" and room.live is not None and room.live.at > 0:
        return None
    return meeting_cards.prompt_card(state, meeting, which, now)


def _told(state: SetState, notice: Notice) -> Card | None:
    meeting, which = _meeting_of(state, notice)
    expected = MeetingStatus.CANCELLED if which == "cancelled" else MeetingStatus.PLANNED
    if meeting is None or meeting.status is not expected:
        return None
    return meeting_cards.prompt_card(state, meeting, which)


_CAN_BE_OFF = frozenset({"told", "rsvps", "reminder"})
"""Direct messages that nobody gets who has switched them off."""

_STANDING = (MeetingStatus.PLANNED, MeetingStatus.LIVE)
