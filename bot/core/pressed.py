"""What a pressed button means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core import commands as c
from bot.core.cards import PersonId
from bot.core.rights import Right
from bot.core.room import OUTCOMES, Room, not_here, phase_of, step_of
from bot.core.session import Refusal, derive_id
from bot.core.signals import Caller, Pressed
from bot.core.typed import start
from bot.core.walltime import is_zone
from bot.core.wording import tidy_name, whole

OLD = Refusal("That button belongs to a meeting that is over; /als home helps you on.", "old")
BEGUN = Refusal("We have begun already; press I'm here on the board.", "begun")


def pressed(room: Room, who: Caller, signal: Pressed) -> c.Command | Refusal:
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


def _here(room: Room, who: Caller, signal: Pressed) -> c.Command | Refusal:
    """The door: through the agreement for whoever has not accepted it."""
    if room.live is None or room.set is None:
        return not_here(room)
    member = room.set.member(who.person)
    if member is None or not member.agreed:
        return c.ShowAgreement(who=who.person, arriving=True)
    since = member.last_presented_at or member.joined_at
    return c.Arrive(who=who.person, name=member.name, waiting_since=since)


def _begin(room: Room, who: Caller, signal: Pressed) -> c.Command | Refusal:
    if room.live is None or room.live.interrupted is not None:
        return start(room, who, signal)
    return BEGUN if room.live.at > 0 else c.Next(who=who.person, step=0)


@dataclass(frozen=True, slots=True)
class _Door:
    """A way in: what it means depends on what goes on in the place, who may try it does not."""

    needs: Right
    opens: Callable[[Room, Caller, Pressed], c.Command | Refusal]


_DOORS = {"here": _Door(Right.JOIN, _here), "begin": _Door(Right.START, _begin)}

_Press = Callable[[PersonId, Pressed], c.Command]

_GENERAL: dict[str, _Press] = {
    "next": lambda who, p: c.Next(who=who, step=p.step),
    "back": lambda who, p: c.Back(who=who, step=p.step),
    "extend": lambda who, p: c.Extend(who=who, step=p.step, minutes=whole(p.value) or 2),
    "pause": lambda who, p: c.Pause(who=who, on={"on": True, "off": False}.get(p.value)),
    "wait": lambda who, p: c.Wait(who=who),
    "silence": lambda who, p: c.HoldSilence(who=who),
    "time_out": lambda who, p: c.TimeOut(who=who),
    "step_out": lambda who, p: c.StepOut(who=who),
    "hand_over": lambda who, p: c.HandOver(who=who),
    "take_over": lambda who, p: c.TakeOver(who=who),
    "take_over_sure": lambda who, p: c.TakeOver(who=who, sure=True),
    "still_here": lambda who, p: c.StillHere(who=who),
    "take_back_process": lambda who, p: c.TakeBack(who=who),
    "hold_round": lambda who, p: c.HoldRound(who=who),
    "stop_round": lambda who, p: c.StopRound(who=who, step=p.step),
    "stop_sure": lambda who, p: c.StopRound(who=who, step=p.step, sure=True),
    "go_on_meeting": lambda who, p: c.GoOn(who=who),
    "close_interrupted": lambda who, p: c.CloseInterrupted(who=who),
    "end": lambda who, p: c.EndMeeting(who=who),
    "end_sure": lambda who, p: c.EndMeeting(who=who, sure=True),
    "more": lambda who, p: c.ShowMore(who=who),
    "my_vote": lambda who, p: c.ShowVote(who=who, step=p.step),
    "my_report": lambda who, p: c.ShowReport(who=who, part=whole(p.value) or 1),
    "accept_readers": lambda who, p: c.AcceptReaders(who=who),
    "clear_words": lambda who, p: c.ClearWords(who=who),
}
"""Buttons that mean the same in every phase."""


def agree(who: Caller, arriving: bool) -> c.Command:
    """Joining, under a name and in a zone that a card and a clock can take."""
    zone = who.zone if is_zone(who.zone) else ""
    return c.Agree(who=who.person, name=tidy_name(who.name), zone=zone, arriving=arriving)


def _remind(how: str) -> Callable[[Caller, Pressed], c.Command]:
    return lambda who, p: c.RemindAction(who=who.person, action=p.value, how=how)


def _show(card: str) -> Callable[[Caller, Pressed], c.Command]:
    return lambda who, p: c.ShowSet(who=who.person, card=card, subject=p.value)


def _see(visibility: str) -> Callable[[Caller, Pressed], c.Command]:
    return lambda who, p: c.ChangeAction(who=who.person, action=p.value, visibility=visibility)


def _reply(reply: str) -> Callable[[Caller, Pressed], c.Command]:
    return lambda who, p: c.ReplyToMeeting(who=who.person, meeting=p.value, reply=reply)


def _outcome(who: Caller, p: Pressed) -> c.Command:
    return c.ReportAction(who=who.person, action=p.value, outcome=p.action)


_TO_SET: dict[str, Callable[[Caller, Pressed], c.Command]] = {
    "join": lambda who, p: c.ShowAgreement(who=who.person),
    "agree": lambda who, p: agree(who, p.value == "arriving"),
    "not_now": lambda who, p: c.NotNow(who=who.person),
    "go_on_here": lambda who, p: c.UseAnyway(who=who.person, sure=True),
    "rest_here": lambda who, p: c.UseAnyway(who=who.person, sure=False),
    "proposal": lambda who, p: c.ConfirmProposal(who=who.person, key=p.value),
    "cancel_meeting": lambda who, p: c.CancelMeeting(
        who=who.person, key=derive_id(p.fresh, "cancel"), meeting=p.value
    ),
    **{reply: _reply(reply) for reply in ("coming", "away", "maybe")},
    "wait_for_place": lambda who, p: c.WaitForPlace(who=who.person, name=who.name),
    "freeze": lambda who, p: c.FreezeSet(who=who.person, on=True),
    "go_on": lambda who, p: c.FreezeSet(who=who.person, on=False),
    "end_set": lambda who, p: c.ArchiveSet(who=who.person),
    "end_set_sure": lambda who, p: c.ArchiveSet(who=who.person, sure=True),
    "take_out": lambda who, p: c.ChangePeople(who=who.person, remove=p.value, sure=True),
    "leave_set": lambda who, p: c.LeaveSet(who=who.person, how=p.value),
    "skip_turn": lambda who, p: c.SkipTurn(who=who.person),
    "swap": lambda who, p: c.SwapTurns(who=who.person),
    "swap_with": lambda who, p: c.SwapTurns(who=who.person, other=p.value),
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
    "delete_action": lambda who, p: c.DeleteAction(who=who.person, action=p.value),
    "delete_sure": lambda who, p: c.DeleteAction(who=who.person, action=p.value, sure=True),
    **dict.fromkeys(OUTCOMES, _outcome),
}
"""Buttons that speak to the set, wherever they are pressed."""
