"""What a form that was handed in means, once its fields are read."""

from __future__ import annotations

from datetime import datetime

from bot.core import command as command_kinds
from bot.core import exchange
from bot.core.decision import Refusal
from bot.core.input.forms import read
from bot.core.input.forms_opened import LATE_DRAFT, vote_is_over
from bot.core.learning_set import commands as set_commands
from bot.core.learning_set.place import Room, not_here, phase_of, step_of
from bot.core.learning_set.rhythm import read_rhythm
from bot.core.learning_set.state import SetState
from bot.core.meeting.session import derive_id
from bot.core.signals import Caller, Submitted
from bot.core.walltime import at_clock_time, local
from bot.core.wording import tidy_name, whole

RHYTHM = Refusal(
    "I couldn't read “How often?”. Try 6 weeks, 2 months or once, up to a year.",
    "unreadable",
    "every",
)
NO_SET_ANY_MORE = Refusal("There's no set here any more. Type /als start to make one.", "no_set")


def submitted(room: Room, who: Caller, signal: Submitted) -> command_kinds.Command | Refusal:
    """The command that a form stands for; or which field cannot be taken, and what would be."""
    filled = read(signal)
    if isinstance(filled, Refusal):
        return filled
    if filled.form == "start_set":
        return _create(room, who, filled)
    if room.set is None:
        return NO_SET_ANY_MORE
    match filled.form, filled.value:
        case "action", "own":
            return _own_action(room.set, who, filled)
        case "change_action", action:
            return _changed(room.set, who, action, filled)
        case "report", action:
            return _told(room.set, who, action, filled)
        case "settings", _:
            return set_commands.ChangePreferences(
                who=who.person,
                zone=filled.get("zone"),
                quiet=filled.get("quiet"),
                direct=filled.get("direct"),
                language=filled.get("language"),
            )
        case "change_set", _:
            return _change_set(who, filled)
        case "agreement", _:
            lines = tuple(filled.get("lines").split("\n"))
            return set_commands.ChangeAgreement(who=who.person, lines=lines)
        case "schedule", _:
            return _planned(who, filled)
        case _:
            return _in_phase(room, who, filled) or _draft(room, who, filled) or not_here(room)


def _change_set(who: Caller, filled: Submitted) -> command_kinds.Command | Refusal:
    every = read_rhythm(filled.get("every")) if filled.get("every") else None
    if every is None and filled.get("every"):
        return RHYTHM
    return set_commands.ChangeSet(
        who=who.person,
        purpose=filled.get("purpose"),
        rhythm=every,
        size=whole(filled.get("size")) or 0,
        quorum=whole(filled.get("quorum")) or 0,
        listed=filled.get("listed") == "yes",
    )


def _planned(who: Caller, filled: Submitted) -> command_kinds.Command | Refusal:
    every = read_rhythm(filled.get("every")) if filled.get("every") else None
    if every is None and filled.get("every"):
        return RHYTHM
    return set_commands.PlanMeeting(
        who=who.person,
        meeting=derive_id(filled.fresh, "meeting"),
        wall=datetime.fromisoformat(filled.get("when")),
        rhythm=every,
        format=filled.get("length") or None,
        link=filled.get("where") if dict(filled.fields).keys() >= {"where"} else None,
        asked="when" in filled.guessed,
    )


def _in_phase(room: Room, who: Caller, filled: Submitted) -> command_kinds.Command | Refusal | None:
    """What the phase of the form's step (else the current one) makes of it."""
    if room.live is None:
        return None
    at = step_of(room.live, filled.step)
    return phase_of(room.live, at).understand(room.live, at, who.person, filled)


def _draft(room: Room, who: Caller, filled: Submitted) -> command_kinds.Command | Refusal | None:
    """An issue that is written before the meeting asks for it stays with its owner until then.

    One written after the vote would be gone at the close: its words are handed back.
    """
    if filled.form != "bid" or filled.step is not None:
        return None
    if room.live is not None and vote_is_over(room.live):
        return LATE_DRAFT
    return set_commands.KeepDraft(
        who=who.person,
        title=filled.get("title"),
        why=filled.get("why"),
        urgency=whole(filled.get("urgency")) or 2,
    )


def _create(room: Room, who: Caller, filled: Submitted) -> command_kinds.Command | Refusal:
    if room.set is not None:
        return Refusal(
            f"{room.set.name} already meets here. Type /als set join to join it.", "set_exists"
        )
    return set_commands.CreateSet(
        who=who.person,
        id=derive_id(filled.fresh, "set"),
        place=room.place,
        name=filled.get("name"),
        who_name=tidy_name(who.name),
        zone=filled.get("zone"),
        format=filled.get("format"),
        facilitation=filled.get("facilitation"),
        start=derive_id(filled.fresh, "session") if filled.value == "start" else "",
    )


def _own_action(state: SetState, who: Caller, filled: Submitted) -> command_kinds.Command:
    """Due at the clock time of the set's meetings, or of its founding where none is planned."""
    planned = state.planned()
    usual = planned[0].wall if planned else local(state.created_at, state.zone)
    return exchange.KeepAction(
        who=who.person,
        action=filled.fresh,
        what=filled.get("what"),
        due=at_clock_time(filled.get("due"), usual),
        how=filled.get("how"),
        helper=filled.get("helper"),
        visibility=filled.get("visibility"),
    )


def _due(state: SetState, action: str, due: str) -> datetime | None:
    known = state.action(action)
    return at_clock_time(due, known.meeting_wall) if known is not None else None


def _changed(state: SetState, who: Caller, action: str, filled: Submitted) -> command_kinds.Command:
    due = _due(state, action, filled.get("due"))
    return set_commands.ChangeAction(
        who=who.person, action=action, what=filled.get("what"), due=due
    )


def _told(state: SetState, who: Caller, action: str, filled: Submitted) -> command_kinds.Command:
    return set_commands.TellAction(
        who=who.person,
        action=action,
        happened=filled.get("happened"),
        learned=filled.get("learned"),
        what_now=filled.get("what_now"),
        due=_due(state, action, filled.get("due")),
        visibility=filled.get("visibility"),
    )
