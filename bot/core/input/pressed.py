"""What a pressed button means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core import command as command_kinds
from bot.core.cards import PersonId
from bot.core.decision import Refusal
from bot.core.input.typed import start
from bot.core.learning_set import commands as set_commands
from bot.core.learning_set.place import OUTCOMES, Room, not_here, phase_of, step_of
from bot.core.meeting import commands as meeting_commands
from bot.core.meeting.session import derive_id
from bot.core.permissions import Right
from bot.core.signals import Caller, Pressed
from bot.core.walltime import is_zone
from bot.core.wording import tidy_name, whole

OLD = Refusal("That meeting is over. Type /als home to see what's next.", "old")
BEGUN = Refusal("The meeting has begun. Press I'm here on the board.", "begun")


def pressed(room: Room, who: Caller, signal: Pressed) -> command_kinds.Command | Refusal:
    """The command that a button stands for, here and now."""
    door = _DOORS.get(signal.action)
    if door is not None:
        return door.opens(room, who, signal)
    to_set = _TO_SET.get(signal.action)
    if to_set is not None:
        return to_set(who, signal)
    session = room.session
    if session is None or (signal.subject and signal.subject != session.id):
        return OLD
    general = _GENERAL.get(signal.action)
    if general is not None:
        return general(who.person, signal)
    if not session.live:
        return not_here(room)
    at = step_of(session, signal.step)
    meant = phase_of(session, at).understand(session, at, who.person, signal)
    return meant or not_here(room)


def permission(who: Caller, signal: Pressed) -> Right | None:
    """Who may press it: the permission of what it means; None where that is for others to say.

    A button of a phase is for those who take part, as its command says once more.
    """
    if signal.action in _DOORS:
        return _DOORS[signal.action].needs
    if signal.action in _TO_SET:
        return _TO_SET[signal.action](who, signal).permission
    if signal.action in _GENERAL:
        return _GENERAL[signal.action](who.person, signal).permission
    return None


def _here(room: Room, who: Caller, signal: Pressed) -> command_kinds.Command | Refusal:
    """“I'm here”: it opens the agreement for a person who has not accepted it yet."""
    if room.live is None or room.set is None:
        return not_here(room)
    member = room.set.member(who.person)
    if member is None or not member.agreed:
        return set_commands.ShowAgreement(who=who.person, arriving=True)
    since = member.last_presented_at or member.joined_at
    return meeting_commands.Arrive(who=who.person, name=member.name, waiting_since=since)


def _begin(room: Room, who: Caller, signal: Pressed) -> command_kinds.Command | Refusal:
    if room.live is None or room.live.interrupted is not None:
        return start(room, who, signal)
    return BEGUN if room.live.at > 0 else meeting_commands.Next(who=who.person, step=0)


@dataclass(frozen=True, slots=True)
class _Door:
    """A way in: what it means depends on what goes on in the place, who may try it does not."""

    needs: Right
    opens: Callable[[Room, Caller, Pressed], command_kinds.Command | Refusal]


_DOORS = {"here": _Door(Right.JOIN, _here), "begin": _Door(Right.START, _begin)}

_Press = Callable[[PersonId, Pressed], command_kinds.Command]

_GENERAL: dict[str, _Press] = {
    "next": lambda who, p: meeting_commands.Next(who=who, step=p.step),
    "back": lambda who, p: meeting_commands.Back(who=who, step=p.step),
    "extend": lambda who, p: meeting_commands.Extend(
        who=who, step=p.step, minutes=whole(p.value) or 2
    ),
    "pause": lambda who, p: meeting_commands.Pause(
        who=who, on={"on": True, "off": False}.get(p.value)
    ),
    "wait": lambda who, p: meeting_commands.Wait(who=who),
    "silence": lambda who, p: meeting_commands.HoldSilence(who=who),
    "time_out": lambda who, p: meeting_commands.TimeOut(who=who),
    "step_out": lambda who, p: meeting_commands.StepOut(who=who),
    "hand_over": lambda who, p: meeting_commands.HandOver(who=who),
    "take_over": lambda who, p: meeting_commands.TakeOver(who=who),
    "take_over_sure": lambda who, p: meeting_commands.TakeOver(who=who, sure=True),
    "still_here": lambda who, p: meeting_commands.StillHere(who=who),
    "take_back_process": lambda who, p: meeting_commands.TakeBack(who=who),
    "hold_round": lambda who, p: meeting_commands.HoldRound(who=who),
    "stop_round": lambda who, p: meeting_commands.StopRound(who=who, step=p.step),
    "stop_sure": lambda who, p: meeting_commands.StopRound(who=who, step=p.step, sure=True),
    "go_on_meeting": lambda who, p: meeting_commands.GoOn(who=who),
    "close_interrupted": lambda who, p: meeting_commands.CloseInterrupted(who=who),
    "end": lambda who, p: meeting_commands.EndMeeting(who=who),
    "end_sure": lambda who, p: meeting_commands.EndMeeting(who=who, sure=True),
    "more": lambda who, p: meeting_commands.ShowMore(who=who),
    "my_vote": lambda who, p: meeting_commands.ShowVote(who=who, step=p.step),
    "my_report": lambda who, p: meeting_commands.ShowReport(who=who, part=whole(p.value) or 1),
    "accept_readers": lambda who, p: meeting_commands.AcceptReaders(who=who),
    "clear_words": lambda who, p: meeting_commands.ClearWords(who=who),
}
"""Buttons that mean the same in every phase."""


def agree(who: Caller, arriving: bool) -> command_kinds.Command:
    """Joining, under a name and in a zone that a card and a clock can take."""
    zone = who.zone if is_zone(who.zone) else ""
    return set_commands.Agree(
        who=who.person, name=tidy_name(who.name), zone=zone, arriving=arriving
    )


def _remind(how: str) -> Callable[[Caller, Pressed], command_kinds.Command]:
    return lambda who, p: set_commands.RemindAction(who=who.person, action=p.value, how=how)


def _show(card: str) -> Callable[[Caller, Pressed], command_kinds.Command]:
    return lambda who, p: set_commands.ShowSet(who=who.person, card=card, subject=p.value)


def _see(visibility: str) -> Callable[[Caller, Pressed], command_kinds.Command]:
    return lambda who, p: set_commands.ChangeAction(
        who=who.person, action=p.value, visibility=visibility
    )


def _reply(reply: str) -> Callable[[Caller, Pressed], command_kinds.Command]:
    return lambda who, p: set_commands.ReplyToMeeting(who=who.person, meeting=p.value, reply=reply)


def _outcome(who: Caller, p: Pressed) -> command_kinds.Command:
    return set_commands.ReportAction(who=who.person, action=p.value, outcome=p.action)


_TO_SET: dict[str, Callable[[Caller, Pressed], command_kinds.Command]] = {
    "join": lambda who, p: set_commands.ShowAgreement(who=who.person),
    "agree": lambda who, p: agree(who, p.value == "arriving"),
    "not_now": lambda who, p: set_commands.NotNow(who=who.person),
    "go_on_here": lambda who, p: set_commands.UseAnyway(who=who.person, sure=True),
    "rest_here": lambda who, p: set_commands.UseAnyway(who=who.person, sure=False),
    "proposal": lambda who, p: set_commands.ConfirmProposal(who=who.person, key=p.value),
    "cancel_meeting": lambda who, p: set_commands.CancelMeeting(
        who=who.person, key=derive_id(p.fresh, "cancel"), meeting=p.value
    ),
    **{reply: _reply(reply) for reply in ("coming", "away", "maybe")},
    "wait_for_place": lambda who, p: set_commands.WaitForPlace(who=who.person, name=who.name),
    "freeze": lambda who, p: set_commands.FreezeSet(who=who.person, on=True),
    "go_on": lambda who, p: set_commands.FreezeSet(who=who.person, on=False),
    "end_set": lambda who, p: set_commands.ArchiveSet(who=who.person),
    "end_set_sure": lambda who, p: set_commands.ArchiveSet(who=who.person, sure=True),
    "take_out": lambda who, p: set_commands.ChangePeople(who=who.person, remove=p.value, sure=True),
    "leave_set": lambda who, p: set_commands.LeaveSet(who=who.person, how=p.value),
    "skip_turn": lambda who, p: set_commands.SkipTurn(who=who.person),
    "swap": lambda who, p: set_commands.SwapTurns(who=who.person),
    "swap_with": lambda who, p: set_commands.SwapTurns(who=who.person, other=p.value),
    "calendar": _show("calendar"),
    "show_mine": _show("actions"),
    "show_shared": _show("actions_set"),
    "show_people": _show("people"),
    "outcomes": _show("done"),
    "which": _show("which"),
    "still_meant": _remind("meant"),
    "snooze": _remind("snooze"),
    "stop_reminding": _remind("stop"),
    "share_action": _see("set"),
    "unshare_action": _see("me"),
    "delete_action": lambda who, p: set_commands.DeleteAction(who=who.person, action=p.value),
    "delete_sure": lambda who, p: set_commands.DeleteAction(
        who=who.person, action=p.value, sure=True
    ),
    **dict.fromkeys(OUTCOMES, _outcome),
}
"""Buttons that speak to the set, wherever they are pressed."""
