"""What a typed command means."""

from __future__ import annotations

from collections.abc import Callable

from bot.core import command as command_kinds
from bot.core.decision import Refusal
from bot.core.learning_set import commands as set_commands
from bot.core.learning_set.place import Room, not_here
from bot.core.meeting import commands as meeting_commands
from bot.core.meeting.session import derive_id
from bot.core.refusals import NO_SET
from bot.core.signals import Caller, Pressed, Typed
from bot.core.verbs import BY_NAME
from bot.core.wording import nearest, tidy, whole

WELCOME = Refusal(
    "I run meetings where 1 person brings an issue and the others ask. Type /als start to begin.",
    "welcome",
)
SET_EXISTS = Refusal("A set already meets here. Type /als set join to join it.", "set_exists")
MINUTES = Refusal("Give the minutes as a number, like /als extend minutes=5.", "minutes")

Meaning = Callable[[Room, Caller, Typed], command_kinds.Command | Refusal | None]


def typed(room: Room, who: Caller, signal: Typed) -> command_kinds.Command | Refusal:
    """The command that a verb stands for. Nothing but `/als` asks for the way home."""
    verb = BY_NAME.get(signal.verb or "home")
    if verb is None:
        near = nearest(signal.verb, tuple(BY_NAME))
        hint = f"Did you mean /als {near}?" if near else "Type /als help to see the commands."
        return Refusal(f"I don't know that command. {hint}", "unknown_verb")
    if verb.name == "help":
        return _help(room, who)
    if room.set is None:
        return NO_SET
    if verb.in_meeting and room.live is None:
        return not_here(room)
    return MEANINGS[verb.name](room, who, signal) or not_here(room)


def _help(room: Room, who: Caller) -> command_kinds.Command | Refusal:
    if room.live is not None and room.live.who(who.person) is not None:
        return meeting_commands.ShowMore(who=who.person)
    if room.set is None:
        return WELCOME
    if room.set.agreed(who.person):
        return set_commands.ShowSet(who=who.person, card="help")
    return set_commands.ShowAgreement(who=who.person)


def start(room: Room, who: Caller, signal: Typed | Pressed) -> command_kinds.Command:
    """A meeting begun by hand, with what chance it needs drawn from the signal.

    Where one was interrupted, that has to be settled first.
    """
    if room.live is not None and room.live.interrupted is not None:
        return meeting_commands.ShowInterruption(who=who.person)
    wanted = signal.get("format") if isinstance(signal, Typed) else ""
    return set_commands.StartMeeting(
        who=who.person,
        session=derive_id(signal.fresh, "session"),
        seed=int(derive_id(signal.fresh, "seed")[:12], 16),
        format={"180": "180-deep"}.get(wanted, wanted),
    )


def _extend(room: Room, who: Caller, signal: Typed) -> command_kinds.Command | Refusal:
    minutes = whole(signal.get("minutes") or "2")
    return MINUTES if minutes is None else meeting_commands.Extend(who=who.person, minutes=minutes)


def _show(card: str) -> Meaning:
    return lambda room, who, signal: set_commands.ShowSet(who=who.person, card=card)


def _actions(room: Room, who: Caller, signal: Typed) -> command_kinds.Command:
    whose = "actions_set" if signal.get("whose") == "set" else "actions"
    return set_commands.ShowSet(who=who.person, card=whose)


def _calendar(room: Room, who: Caller, signal: Typed) -> command_kinds.Command:
    if signal.get("renew").casefold() in ("", "no"):
        return set_commands.ShowSet(who=who.person, card="calendar")
    return set_commands.RenewCalendar(who=who.person)


def _people(room: Room, who: Caller, signal: Typed) -> command_kinds.Command:
    """Who is in the set; or who is to be, where one of its options says so."""
    add, remove, passed_on = (signal.get(k).strip() for k in ("add", "remove", "facilitator"))
    if not (add or remove or passed_on):
        return set_commands.ShowSet(who=who.person, card="people")
    return set_commands.ChangePeople(who=who.person, add=add, remove=remove, facilitator=passed_on)


def _only_a_form(room: Room, who: Caller, signal: Typed) -> None:
    """There was no form to open."""


MEANINGS: dict[str, Meaning] = {
    "home": _show("home"),
    "start": start,
    "set new": lambda room, who, signal: SET_EXISTS,
    "set join": lambda room, who, signal: set_commands.ShowAgreement(who=who.person),
    "set people": _people,
    "set leave": lambda room, who, signal: set_commands.LeaveSet(who=who.person),
    "calendar": _calendar,
    "undo": lambda room, who, signal: set_commands.UndoDeed(who=who.person),
    "settings": _only_a_form,
    "schedule": _only_a_form,
    "cancel": lambda room, who, signal: set_commands.CancelMeeting(
        who=who.person,
        key=derive_id(signal.fresh, "cancel"),
        meeting=signal.get("meeting"),
        reason=tidy(signal.get("reason"), one_line=True),
    ),
    "next": lambda room, who, signal: meeting_commands.Next(who=who.person, to=signal.get("to")),
    "extend": _extend,
    "pause": lambda room, who, signal: meeting_commands.Pause(who=who.person),
    "end": lambda room, who, signal: meeting_commands.EndMeeting(who=who.person),
    "status": lambda room, who, signal: meeting_commands.ShowStatus(who=who.person),
    "bid": _only_a_form,
    "ask": _only_a_form,
    "vote": lambda room, who, signal: meeting_commands.ShowVote(who=who.person),
    "action": _only_a_form,
    "actions": _actions,
    "done": lambda room, who, signal: set_commands.ShowSet(
        who=who.person, card="done", subject=signal.get("action")
    ),
    "report": lambda room, who, signal: meeting_commands.ShowReport(who=who.person),
}
"""What each verb means; None where it only opens a form, and there was none to open."""
