"""Which form a press or a command opens for a person: read-only, and quick."""

from __future__ import annotations

from dataclasses import replace

from bot.core.actions import Outcome, action_form, report_form
from bot.core.cards import Form
from bot.core.formats import FORMATS, PHASES
from bot.core.forms import SCHEDULE_FORM, START_FORM
from bot.core.phases.bids import Bid, bid_form
from bot.core.room import NO_SET, NOT_MEMBER, OUTCOMES, Room, not_here, step_of
from bot.core.session import Refusal, Session
from bot.core.signals import Caller, Pressed, Signal, Typed
from bot.core.verbs import BY_NAME


def form(room: Room, who: Caller, signal: Signal) -> Form | Refusal | None:
    """The form a press or command opens for this person; None where it opens none.

    Read-only and quick: platforms give three seconds from the press to the open form.
    """
    match signal:
        case Typed(verb=name) if name in BY_NAME:
            return _typed_form(room, who, signal)
        case Pressed(action="try_again", value=value):
            return _typed_form(room, who, Typed(value or "start"))
        case Pressed():
            return _pressed_form(room, who, signal)
    return None


def _typed_form(room: Room, who: Caller, signal: Typed) -> Form | Refusal | None:
    verb = BY_NAME[signal.verb]
    if verb.opens == "start_set":
        return _start_form(room, signal)
    if not verb.opens:
        return None
    opened = _pressed_form(room, who, Pressed(verb.opens))
    return _filled(opened, signal) if isinstance(opened, Form) else opened


def _start_form(room: Room, signal: Typed) -> Form | Refusal | None:
    if room.set is not None:
        founding = signal.verb == "set new"
        return (
            Refusal(f"{room.set.name} lives here already; /als set join lets you in.", "set_exists")
            if founding
            else None
        )
    value = "start" if signal.verb == "start" else "new"
    wanted = signal.get("format")
    fields = tuple(
        replace(f, value=wanted) if f.key == "format" and wanted in FORMATS else f
        for f in START_FORM.fields
    )
    return replace(START_FORM, fields=fields, value=value)


def _filled(opened: Form, signal: Typed) -> Form:
    """The form with the command's own options typed in already."""
    given = {**dict(signal.args), "due": signal.get("by")}
    fields = tuple(replace(f, value=given[f.key]) if given.get(f.key) else f for f in opened.fields)
    return replace(opened, fields=fields)


def _pressed_form(room: Room, who: Caller, signal: Pressed) -> Form | Refusal | None:
    if signal.action in OUTCOMES or signal.action in ("save_action", "change_action"):
        return _action_form(room, who, signal)
    if signal.action == "schedule":
        return replace(SCHEDULE_FORM, subject=room.set.id) if room.set else NO_SET
    session = room.live
    if session is not None:
        at = step_of(session, signal.step)
        phase = PHASES[session.plan[at].phase]
        opened = phase.form(session, at, who.person, signal.action, signal.value)
        if opened is not None:
            return _known(session, who) or _with_draft(room, who, opened)
    if signal.action == "offer":
        return _draft_form(room, who)
    if signal.action in ("ask", "reflect", "learned", "add_action", "finish_telling"):
        return not_here(room)
    return None


def _known(session: Session, who: Caller) -> Refusal | None:
    if session.who(who.person) is not None:
        return None
    return NOT_MEMBER


def _with_draft(room: Room, who: Caller, opened: Form | Refusal) -> Form | Refusal:
    """An issue kept for later fills the empty bid form."""
    if not isinstance(opened, Form) or opened.key != "bid" or opened.fields[0].value:
        return opened
    filled = _draft_form(room, who)
    if isinstance(filled, Refusal):
        return opened
    return replace(opened, fields=filled.fields)


def _draft_form(room: Room, who: Caller) -> Form | Refusal:
    if room.set is None:
        return NO_SET
    if not room.set.agreed(who.person):
        return NOT_MEMBER
    kept = room.set.draft_of(who.person)
    bid = Bid(who.person, kept.title, kept.why, kept.urgency) if kept else None
    return bid_form(bid, None, None)


def _action_form(room: Room, who: Caller, signal: Pressed) -> Form | Refusal | None:
    if room.set is None:
        return NO_SET
    if not room.set.agreed(who.person):
        return NOT_MEMBER
    if signal.action == "save_action":
        return replace(action_form(None, "me", "own"), subject=room.set.id)
    mine = [a for a in room.set.open_actions(who.person) if signal.value in ("", a.id)]
    if signal.action == "change_action":
        chosen = next((a for a in mine if a.id == signal.value), None)
        if chosen is None:
            return Refusal("That is not an open action of yours; see /als actions.", "not_yours")
        return replace(action_form(chosen, "", chosen.id), subject=room.set.id)
    if len(mine) != 1:
        return None
    return replace(report_form(mine[0], Outcome(signal.action)), subject=room.set.id)
