"""What a signal means: which command, from whom, in this place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.core import commands as c
from bot.core.formats import PHASES
from bot.core.forms import read
from bot.core.learning_set import SetState
from bot.core.phases.phase import Phase
from bot.core.room import NO_SET, OUTCOMES, Room, not_here, step_of
from bot.core.session import BOT, CLOCK, Refusal, Session, derive_id
from bot.core.signals import (
    Caller,
    Pressed,
    Rang,
    Reached,
    Reacted,
    Recounted,
    Signal,
    Submitted,
    Typed,
)
from bot.core.verbs import BY_NAME
from bot.core.walltime import at_clock_time
from bot.core.wording import COMING, LONGER, READY, nearest, plain_emoji

IGNORED = Refusal("", "ignored")
"""A signal that means nothing here, such as a reaction nobody asked for. Nobody is told."""


def understand(room: Room, who: Caller, signal: Signal) -> c.Command | Refusal:
    """The command a signal stands for, or one kind sentence where it stands for none here."""
    match signal:
        case Typed():
            return _typed(room, who, signal)
        case Pressed():
            return _pressed(room, who, signal)
        case Submitted():
            return _submitted(room, who, signal)
        case Reacted():
            return _reacted(room, who, signal)
        case Rang():
            return _rang(room, signal)
        case Recounted():
            return _in_phase(room, who, signal) or IGNORED
        case Reached(person=person, ok=ok):
            return c.ReachedPerson(who=CLOCK, person=person, ok=ok)


# --- words and presses -----------------------------------------------------------------------------


def _typed(room: Room, who: Caller, signal: Typed) -> c.Command | Refusal:
    verb = BY_NAME.get(signal.verb)
    if verb is None:
        near = nearest(signal.verb, tuple(BY_NAME))
        hint = f"did you mean /als {near}?" if near else "/als help shows what there is."
        return Refusal(f"I do not know that word; {hint}", "unknown_verb")
    if verb.name == "help":
        return _help(room, who)
    if room.set is None:
        return NO_SET
    if verb.in_meeting and room.live is None:
        return not_here(room)
    meant = _VERBS[verb.name](room, who, signal)
    return meant if meant is not None else not_here(room)


def _help(room: Room, who: Caller) -> c.Command | Refusal:
    if room.live is not None and room.live.who(who.person) is not None:
        return c.ShowMore(who=who.person)
    if room.set is not None and room.set.agreed(who.person):
        return c.ShowSet(who=who.person, card="help")
    if room.set is not None:
        return c.ShowAgreement(who=who.person)
    return Refusal(
        "I run Action Learning Sets: one brings an issue, the others ask and never advise. "
        "Type /als start in a private channel to begin.",
        "welcome",
    )


def _start(room: Room, who: Caller, signal: Typed | Pressed) -> c.Command:
    wanted = signal.get("format") if isinstance(signal, Typed) else ""
    fresh = signal.fresh
    return c.StartMeeting(
        who=who.person,
        session=derive_id(fresh, "session"),
        seed=int(derive_id(fresh, "seed")[:12], 16),
        format={"180": "180-deep"}.get(wanted, wanted),
    )


def _extend(room: Room, who: Caller, signal: Typed) -> c.Command | Refusal:
    typed = signal.get("minutes") or "2"
    if not typed.isdecimal():
        return Refusal("Give the minutes as a number, like /als extend minutes=5.", "minutes")
    return c.Extend(who=who.person, minutes=int(typed))


def _show(card: str) -> Callable[[Room, Caller, Typed], c.Command]:
    return lambda room, who, signal: c.ShowSet(who=who.person, card=card)


def _actions(room: Room, who: Caller, signal: Typed) -> c.Command:
    return c.ShowSet(
        who=who.person, card="actions_set" if signal.get("whose") == "set" else "actions"
    )


def _done(room: Room, who: Caller, signal: Typed) -> c.Command:
    return c.ShowSet(who=who.person, card="done", subject=signal.get("action"))


_VERBS: dict[str, Callable[[Room, Caller, Typed], c.Command | Refusal | None]] = {
    "home": _show("home"),
    "start": _start,
    "set new": lambda room, who, signal: Refusal(
        "A set lives here already; /als set join lets you in.", "set_exists"
    ),
    "set join": lambda room, who, signal: c.ShowAgreement(who=who.person),
    "set people": _show("people"),
    "schedule": lambda room, who, signal: None,
    "next": lambda room, who, signal: c.Next(who=who.person, to=signal.get("to")),
    "extend": _extend,
    "pause": lambda room, who, signal: c.Pause(who=who.person),
    "end": lambda room, who, signal: c.EndMeeting(who=who.person),
    "status": lambda room, who, signal: c.ShowStatus(who=who.person),
    "bid": lambda room, who, signal: None,
    "ask": lambda room, who, signal: None,
    "vote": lambda room, who, signal: c.ShowVote(who=who.person),
    "action": lambda room, who, signal: None,
    "actions": _actions,
    "done": _done,
    "report": lambda room, who, signal: c.ShowReport(who=who.person),
}
"""What each verb means; None where it only opens a form, and there was none to open."""


def _pressed(room: Room, who: Caller, signal: Pressed) -> c.Command | Refusal:
    if signal.action == "here":
        return _here(room, who)
    if signal.action == "begin":
        return _begin(room, who, signal)
    to_set = _SET_BUTTONS.get(signal.action)
    if to_set is not None:
        return to_set(who, signal)
    if room.session is None or (signal.subject and signal.subject != room.session.id):
        return Refusal(
            "That button belongs to a meeting that is over; /als home helps you on.", "old"
        )
    general = _BUTTONS.get(signal.action)
    if general is not None:
        return general(who.person, signal)
    return _in_phase(room, who, signal) or not_here(room)


def _here(room: Room, who: Caller) -> c.Command | Refusal:
    session = room.live
    if session is None:
        return not_here(room)
    member = room.set.member(who.person) if room.set else None
    if session.who(who.person) is None and (member is None or not member.agreed):
        return c.ShowAgreement(who=who.person, arriving=True)
    since = (member.last_presented_at or member.joined_at) if member else None
    return c.Arrive(who=who.person, name=who.name, waiting_since=since)


def _begin(room: Room, who: Caller, signal: Pressed) -> c.Command | Refusal:
    if room.live is None:
        return _start(room, who, signal)
    if room.live.at > 0:
        return Refusal("We have begun already; press I'm here on the board.", "begun")
    return c.Next(who=who.person, step=0)


_Press = Callable[[str, Pressed], c.Command]

_BUTTONS: dict[str, _Press] = {
    "next": lambda who, p: c.Next(who=who, step=p.step),
    "back": lambda who, p: c.Back(who=who, step=p.step),
    "extend": lambda who, p: c.Extend(who=who, step=p.step, minutes=int(p.value or 2)),
    "pause": lambda who, p: c.Pause(who=who),
    "silence": lambda who, p: c.HoldSilence(who=who),
    "time_out": lambda who, p: c.TimeOut(who=who),
    "step_out": lambda who, p: c.StepOut(who=who),
    "hand_over": lambda who, p: c.HandOver(who=who),
    "take_over": lambda who, p: c.TakeOver(who=who),
    "take_over_sure": lambda who, p: c.TakeOver(who=who, sure=True),
    "still_here": lambda who, p: c.StillHere(who=who),
    "take_back_process": lambda who, p: c.TakeBack(who=who),
    "hold_round": lambda who, p: c.HoldRound(who=who),
    "stop_round": lambda who, p: c.StopRound(who=who),
    "stop_sure": lambda who, p: c.StopRound(who=who, step=p.step, sure=True),
    "end": lambda who, p: c.EndMeeting(who=who),
    "end_sure": lambda who, p: c.EndMeeting(who=who, sure=True),
    "more": lambda who, p: c.ShowMore(who=who),
    "my_vote": lambda who, p: c.ShowVote(who=who, step=p.step),
    "need_help": lambda who, p: c.ShowHelp(who=who),
    "clear_words": lambda who, p: c.ClearWords(who=who),
}
"""Buttons that mean the same in every phase."""


def _agree(who: Caller, pressed: Pressed) -> c.Command:
    arriving = pressed.value == "arriving"
    return c.Agree(who=who.person, name=who.name, zone=who.zone, arriving=arriving)


def _outcome(who: Caller, pressed: Pressed) -> c.Command:
    return c.ReportAction(who=who.person, action=pressed.value, outcome=pressed.action)


_SET_BUTTONS: dict[str, Callable[[Caller, Pressed], c.Command]] = {
    "join": lambda who, p: c.ShowAgreement(who=who.person),
    "agree": _agree,
    "not_now": lambda who, p: c.NotNow(who=who.person),
    "show_mine": lambda who, p: c.ShowSet(who=who.person, card="actions"),
    "show_people": lambda who, p: c.ShowSet(who=who.person, card="people"),
    "outcomes": lambda who, p: c.ShowSet(who=who.person, card="done", subject=p.value),
    "still_meant": lambda who, p: c.RemindAction(who=who.person, action=p.value, how="meant"),
    "snooze": lambda who, p: c.RemindAction(who=who.person, action=p.value, how="snooze"),
    "stop_reminding": lambda who, p: c.RemindAction(who=who.person, action=p.value, how="stop"),
    "share_action": lambda who, p: c.ChangeAction(who=who.person, action=p.value, visibility="set"),
    "unshare_action": lambda who, p: c.ChangeAction(
        who=who.person, action=p.value, visibility="me"
    ),
    "delete_action": lambda who, p: c.DeleteAction(who=who.person, action=p.value),
    "delete_sure": lambda who, p: c.DeleteAction(who=who.person, action=p.value, sure=True),
    **dict.fromkeys(OUTCOMES, _outcome),
}
"""Buttons that speak to the set, wherever they are pressed."""


# --- forms handed in, reactions, deadlines -----------------------------------------------------------


def _submitted(room: Room, who: Caller, signal: Submitted) -> c.Command | Refusal:
    filled = read(signal)
    if isinstance(filled, Refusal):
        return filled
    if filled.form == "start_set":
        return _create(room, who, filled)
    if room.set is None:
        return Refusal("There is no set here any more; type /als start to found one.", "no_set")
    match filled.form, filled.value:
        case "action", "own":
            return _own_action(room.set, who, filled)
        case "change_action", action:
            due = filled.get("due")
            return c.ChangeAction(
                who=who.person,
                action=action,
                what=filled.get("what"),
                due=_due(room.set, action, due),
            )
        case "schedule", _:
            wall = datetime.fromisoformat(filled.get("when"))
            return c.PlanMeeting(
                who=who.person, meeting=derive_id(filled.fresh, "meeting"), wall=wall
            )
        case "report", action:
            return _told(room.set, who, action, filled)
    meant = _in_phase(room, who, filled)
    if meant is not None:
        return meant
    if filled.form == "bid":
        return c.KeepDraft(
            who=who.person,
            title=filled.get("title"),
            why=filled.get("why"),
            urgency=int(filled.get("urgency")),
        )
    return not_here(room)


def _create(room: Room, who: Caller, filled: Submitted) -> c.Command | Refusal:
    if room.set is not None:
        return Refusal(
            f"{room.set.name} lives here already; /als set join lets you in.", "set_exists"
        )
    return c.CreateSet(
        who=who.person,
        id=derive_id(filled.fresh, "set"),
        place=room.place,
        name=filled.get("name"),
        who_name=who.name,
        zone=filled.get("zone"),
        format=filled.get("format"),
        facilitation=filled.get("facilitation"),
        start=derive_id(filled.fresh, "session") if filled.value == "start" else "",
    )


def _own_action(state: SetState, who: Caller, filled: Submitted) -> c.Command:
    following = state.planned()
    wall = following[0].wall if following else None
    due = filled.get("due")
    clock_time = wall or state.created_at.replace(hour=18, minute=0, second=0, tzinfo=None)
    return c.KeepAction(
        who=who.person,
        action=filled.fresh,
        what=filled.get("what"),
        due=at_clock_time(due, clock_time) if due else None,
        how=filled.get("how"),
        helper=filled.get("helper"),
        visibility=filled.get("visibility"),
    )


def _due(state: SetState, action: str, due: str) -> object:
    known = state.action(action)
    return at_clock_time(due, known.meeting_wall) if due and known is not None else None


def _told(state: SetState, who: Caller, action: str, filled: Submitted) -> c.Command:
    return c.TellAction(
        who=who.person,
        action=action,
        happened=filled.get("happened"),
        learned=filled.get("learned"),
        what_now=filled.get("what_now"),
        due=_due(state, action, filled.get("due")),
        visibility=filled.get("visibility"),
    )


def _in_phase(room: Room, who: Caller, signal: Signal) -> c.Command | Refusal | None:
    """What the phase of the signal's step (else the current one) makes of it."""
    session = room.live
    if session is None:
        return None
    at = step_of(session, getattr(signal, "step", None))
    return _phase(session, at).understand(session, at, who.person, signal)


def _phase(session: Session, at: int) -> Phase:
    return PHASES[session.plan[at].phase]


def _reacted(room: Room, who: Caller, signal: Reacted) -> c.Command | Refusal:
    session = room.live
    if session is None or signal.slot not in (session.ballot_slot, session.slot("board")):
        return IGNORED
    if session.who(who.person) is None:
        return IGNORED
    emoji = plain_emoji(signal.emoji)
    if emoji == COMING and signal.on and not session.is_here(who.person):
        return c.Arrive(who=who.person)
    if signal.slot != session.ballot_slot:
        return IGNORED
    may_move = session.holder in (BOT, who.person)
    if emoji == READY and signal.on and may_move:
        return c.Next(who=who.person, step=session.at)
    if emoji == LONGER and signal.on and may_move:
        return c.Extend(who=who.person, step=session.at)
    return _in_phase(room, who, signal) or IGNORED


def _rang(room: Room, signal: Rang) -> c.Command | Refusal:
    if signal.step is not None:
        if room.live is None:
            return IGNORED
        return c.ClockSpeaks(who=CLOCK, step=signal.step, what=signal.what, subject=signal.subject)
    if room.set is None:
        return IGNORED
    return c.SetClockSpeaks(
        who=CLOCK,
        what=signal.what,
        subject=signal.subject,
        due_at=signal.due_at,
        fresh=signal.fresh,
    )
