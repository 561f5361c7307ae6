"""What a signal means: which command, from whom, in this place."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from bot.core import command as command_kinds
from bot.core.decision import Refusal
from bot.core.input import access, personal
from bot.core.input.pressed import pressed
from bot.core.input.submitted import submitted
from bot.core.input.typed import typed
from bot.core.learning_set import commands as set_commands
from bot.core.learning_set.meetings.cards import INVITING
from bot.core.learning_set.place import Room, phase_of
from bot.core.meeting import commands as meeting_commands
from bot.core.meeting.session import BOT, CLOCK
from bot.core.refusals import NOT_MEMBER
from bot.core.signals import (
    Caller,
    PersonGone,
    PlaceChanged,
    Pressed,
    Rang,
    Reached,
    Reacted,
    ReadersSeen,
    Recounted,
    Signal,
    Submitted,
    Typed,
    WasAway,
)
from bot.core.wording import AWAY, COMING, LONGER, READY, plain_emoji

IGNORED = Refusal("", "ignored")
"""A signal that means nothing here, such as a reaction nobody asked for. Nobody is told."""


def understand(room: Room, who: Caller, signal: Signal) -> command_kinds.Command | Refusal:
    """The command a signal stands for, or one kind sentence where it stands for none here.

    A person who has left the set can only take their own words back in its meeting, and their
    reactions no longer count.
    """
    if isinstance(signal, Recounted):
        votes = frozenset(vote for vote in signal.votes if not room.has_left(vote[0]))
        signal = replace(signal, votes=votes)
    meant = _meant(room, who, signal)
    in_meeting = isinstance(meant, command_kinds.InSession) and not isinstance(
        meant, meeting_commands.ClearWords
    )
    if not in_meeting or not room.has_left(who.person):
        return meant
    return IGNORED if isinstance(signal, Reacted) else NOT_MEMBER


def _meant(room: Room, who: Caller, signal: Signal) -> command_kinds.Command | Refusal:
    match signal:
        case Typed() | Pressed() | Submitted():
            return _chosen(room, who, signal)
        case Reacted():
            return _reacted(room, who, signal) or IGNORED
        case WasAway(since=since):
            return (
                IGNORED
                if room.live is None
                else meeting_commands.NoteOutage(who=CLOCK, since=since)
            )
        case Rang():
            return _rang(room, signal)
        case Recounted():
            return _replies(room, signal) or _in_phase(room, who, signal) or IGNORED
        case Reached(person=person, ok=ok):
            return set_commands.ReachedPerson(who=CLOCK, person=person, ok=ok)
        case PlaceChanged() | PersonGone() | ReadersSeen():
            return _from_outside(room, signal)
        case _:
            assert_never(signal)


def _chosen(
    room: Room, who: Caller, signal: Typed | Pressed | Submitted
) -> command_kinds.Command | Refusal:
    """What somebody has asked for, if they may: of the bot itself, of the set or of the meeting."""
    refusal = access.stopped(room, who, signal)
    if refusal is not None:
        return refusal
    asked = personal.meant(room, who, signal)
    if asked is not None:
        return asked
    match signal:
        case Typed():
            return typed(room, who, signal)
        case Pressed():
            return pressed(room, who, signal)
        case Submitted():
            return submitted(room, who, signal)
        case _:
            assert_never(signal)


def _from_outside(
    room: Room, signal: PlaceChanged | PersonGone | ReadersSeen
) -> command_kinds.Command | Refusal:
    """What happens around a set; nothing where none is, or no meeting that it would matter to."""
    match signal:
        case PlaceChanged(change=change, place=place) if room.set is not None:
            return set_commands.FollowPlace(who=CLOCK, change=change, place=place)
        case PersonGone(person=person, change=change) if room.set is not None:
            here = room.live is not None and room.live.is_here(person)
            return set_commands.FollowPerson(who=CLOCK, person=person, change=change, here=here)
        case ReadersSeen(others=others) if room.live is not None:
            return meeting_commands.NameReaders(who=CLOCK, others=others)
        case _:
            return IGNORED


def _in_phase(room: Room, who: Caller, signal: Signal) -> command_kinds.Command | Refusal | None:
    """What the current phase makes of it."""
    session = room.live
    if session is None:
        return None
    return phase_of(session, session.at).understand(session, session.at, who.person, signal)


def _reacted(room: Room, who: Caller, signal: Reacted) -> command_kinds.Command | Refusal | None:
    """Reactions count on the board and on the current card, from those who have agreed.

    On the card of a meeting to come they say who comes.
    """
    session, person = room.live, who.person
    invited = _invitation(room, signal.slot)
    if invited:
        reply = _REPLIES.get(plain_emoji(signal.emoji))
        if reply is None:
            return None
        return set_commands.ReplyToMeeting(
            who=person, meeting=invited, reply=reply, on=signal.on, quiet=True
        )
    if session is None or session.who(person) is None:
        return None
    emoji, on = plain_emoji(signal.emoji), signal.on
    if signal.slot not in (session.ballot_slot, session.slot("board")):
        return None
    if emoji == COMING:
        return _at_the_door(session.is_here(person), person, on)
    if signal.slot != session.ballot_slot:
        return None
    if emoji in (READY, LONGER):
        return _wish(session.holder, person, emoji, on, session.at)
    return _in_phase(room, who, signal)


_REPLIES = {COMING: "coming", AWAY: "away"}


def _replies(room: Room, signal: Recounted) -> command_kinds.Command | None:
    """Who reacted to an invitation while nobody listened; two different replies are none."""
    meeting = _invitation(room, signal.slot)
    if not meeting:
        return None
    given: dict[str, set[str]] = {}
    for person, emoji in signal.votes:
        reply = _REPLIES.get(plain_emoji(emoji))
        if reply is not None:
            given.setdefault(person, set()).add(reply)
    clear = sorted((who, *replies) for who, replies in given.items() if len(replies) == 1)
    replies = tuple((who, reply) for who, reply in clear)
    return set_commands.CountReplies(who=CLOCK, meeting=meeting, replies=replies)


def _invitation(room: Room, slot: str) -> str:
    """The meeting that the card in this slot invites to, if it is one still to come."""
    if room.set is None:
        return ""
    _, _, rest = slot.partition(f"{room.set.id}:")
    which, _, rest = rest.partition(":")
    meeting, _, sequence = rest.partition(":")
    known = room.set.meeting(meeting) if which in INVITING else None
    return meeting if known is not None and sequence == str(known.sequence) else ""


def _at_the_door(here: bool, person: str, on: bool) -> command_kinds.Command | None:
    if on:
        return None if here else meeting_commands.Arrive(who=person)
    return meeting_commands.TakeBackArrival(who=person)


def _wish(
    holder: str, person: str, emoji: str, on: bool, step: int
) -> command_kinds.Command | None:
    """The same as pressing Next, or asking for more time; only from those it is asked of."""
    if holder not in (BOT, person):
        return None
    if not on:
        wish = "next" if emoji == READY else "longer"
        return meeting_commands.TakeBackWish(who=person, step=step, wish=wish)
    if emoji == LONGER:
        return meeting_commands.Extend(who=person, step=step, mark=True)
    return meeting_commands.Next(who=person, step=step)


def _rang(room: Room, signal: Rang) -> command_kinds.Command | Refusal:
    if signal.step is not None:
        if room.live is None:
            return IGNORED
        return meeting_commands.ClockSpeaks(
            who=CLOCK, step=signal.step, what=signal.what, subject=signal.subject
        )
    if room.set is None:
        return IGNORED
    return set_commands.SetClockSpeaks(
        who=CLOCK,
        what=signal.what,
        subject=signal.subject,
        due_at=signal.due_at,
        fresh=signal.fresh,
    )
