"""Which form a press or a command opens for a person: read-only, and quick."""

from __future__ import annotations

from dataclasses import replace

from bot.core.cards import Form
from bot.core.decision import Refusal
from bot.core.exchange import new_action_form
from bot.core.input import access
from bot.core.input.forms import SCHEDULE_FORM, START_FORM
from bot.core.learning_set.actions.action import Outcome, change_form, report_form
from bot.core.learning_set.change_cards import agreement_form, set_form
from bot.core.learning_set.place import OUTCOMES, Room, not_here, phase_of
from bot.core.learning_set.rhythm import typed_again
from bot.core.learning_set.state import SetState
from bot.core.meeting.controls import just_moved
from bot.core.meeting.formats import FORMATS, PHASES
from bot.core.meeting.interruption.cards import waits_for
from bot.core.meeting.phases.choosing.ballot import Bid
from bot.core.meeting.phases.choosing.bids import bid_form
from bot.core.meeting.session import Session
from bot.core.preferences import settings_form
from bot.core.refusals import NO_SET, NOT_MEMBER
from bot.core.signals import Caller, Pressed, Signal, Typed
from bot.core.verbs import BY_NAME
from bot.core.wording import shorten, tidy


def form(room: Room, who: Caller, signal: Signal) -> Form | Refusal | None:
    """The form a press or command opens for this person; None where it opens none.

    Read-only and quick: platforms give three seconds from the press to the open form.
    """
    opened = _opened(room, who, signal)
    return (access.stopped(room, who, signal) or opened) if opened is not None else None


def _opened(room: Room, who: Caller, signal: Signal) -> Form | Refusal | None:
    match signal:
        case Typed(verb=name) if name in BY_NAME:
            return _typed_form(room, who, signal)
        case Pressed(action="try_again", value=value):
            return _typed_form(room, who, Typed(value if value in BY_NAME else "start"))
        case Pressed():
            return _pressed_form(room, who, signal)
        case _:
            return None


LATE_DRAFT = Refusal(
    "The issues for this meeting are in. After it, you can save one for the next.", "later"
)


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
            Refusal(
                f"{room.set.name} already meets here. Type /als set join to join it.", "set_exists"
            )
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
    """The form with the command's own options typed in already, as far as the fields take them."""
    given = {**dict(signal.args), "due": signal.get("by")}
    typed = {f.key: shorten(tidy(given.get(f.key, "")), f.limit) for f in opened.fields}
    fields = tuple(replace(f, value=typed[f.key] or f.value) for f in opened.fields)
    return replace(opened, fields=fields)


def _pressed_form(room: Room, who: Caller, signal: Pressed) -> Form | Refusal | None:
    if signal.action in OUTCOMES or signal.action in ("save_action", "change_action"):
        return _action_form(room, who, signal)
    if signal.action in ("schedule", "correct_plan"):
        return schedule_form(room.set, signal) if room.set else NO_SET
    if signal.action in ("change_set", "change_agreement"):
        if room.set is None:
            return NO_SET
        whole = signal.action == "change_set"
        return set_form(room.set) if whole else agreement_form(room.set)
    if signal.action == "settings":
        return _settings_form(room, who)
    if room.live is not None:
        opened = _phase_form(room, room.live, who, signal)
        if opened is not None:
            return opened
    if signal.action == "offer":
        return _draft_form(room, who)
    return not_here(room) if signal.action in _OPENING else None


def _settings_form(room: Room, who: Caller) -> Form | Refusal:
    if room.set is None:
        return NO_SET
    member = room.set.member(who.person)
    if member is None:
        return NOT_MEMBER
    return settings_form(member.preferences, room.set.zone, room.set.id)


def schedule_form(state: SetState, signal: Pressed) -> Form:
    """When, how often, how long, where: with what holds now, or with what is to be corrected."""
    known = {"every": typed_again(state.rhythm), "length": state.format, "where": state.link}
    proposal = state.proposal
    if signal.action == "correct_plan" and proposal is not None and proposal.key == signal.value:
        known = {
            "when": f"{proposal.wall:%Y-%m-%d %H:%M}",
            "every": typed_again(proposal.rhythm),
            "length": proposal.format,
            "where": proposal.link,
        }
    fields = tuple(replace(f, value=known.get(f.key, "")) for f in SCHEDULE_FORM.fields)
    return replace(SCHEDULE_FORM, fields=fields, subject=state.id)


_OPENING = frozenset(action for phase in PHASES.values() for action in phase.opens)
"""Presses that open a form, each in its own phases only; an issue may be drafted before."""


def _phase_form(
    room: Room, session: Session, who: Caller, signal: Pressed
) -> Form | Refusal | None:
    """What the current phase opens; a card of an earlier step opens nothing any more."""
    at = session.at
    if signal.action in _OPENING and session.interrupted is not None:
        return waits_for(session)
    if signal.action in _OPENING and signal.step not in (None, at):
        return just_moved(session)
    opened = phase_of(session, at).form(session, at, who.person, signal.action, signal.value)
    known = session.who(who.person) is not None and not room.has_left(who.person)
    if opened is not None and not known:
        return NOT_MEMBER
    empty_bid = isinstance(opened, Form) and opened.key == "bid" and not opened.fields[0].value
    return _filled_from_draft(room, who, opened) if empty_bid else opened


def _filled_from_draft(
    room: Room, who: Caller, opened: Form | Refusal | None
) -> Form | Refusal | None:
    """An issue kept for later fills the empty bid form."""
    kept = room.set.draft_of(who.person) if room.set is not None else None
    if kept is None or not isinstance(opened, Form):
        return opened
    bid = Bid(who.person, kept.title, kept.why, kept.urgency)
    return replace(opened, fields=bid_form(bid, None, None).fields)


def vote_is_over(session: Session) -> bool:
    """Whether an issue can no longer be offered in this meeting."""
    votes = session.steps("choose")
    return bool(votes) and session.at >= votes[-1]


def _draft_form(room: Room, who: Caller) -> Form | Refusal | None:
    if room.set is None:
        return NO_SET
    if not room.set.agreed(who.person):
        return NOT_MEMBER
    if room.live is not None and vote_is_over(room.live):
        return LATE_DRAFT
    return _filled_from_draft(room, who, bid_form(None, None, None))


def _action_form(room: Room, who: Caller, signal: Pressed) -> Form | Refusal | None:
    if room.set is None:
        return NO_SET
    if not room.set.agreed(who.person):
        return NOT_MEMBER
    if signal.action == "save_action":
        return replace(new_action_form("me", "own"), subject=room.set.id)
    mine = [a for a in room.set.open_actions(who.person) if signal.value in ("", a.id)]
    if signal.action == "change_action":
        chosen = next((a for a in mine if a.id == signal.value), None)
        if chosen is None:
            return Refusal("That isn't one of your open actions. See /als actions.", "not_yours")
        return replace(change_form(chosen), subject=room.set.id)
    if len(mine) != 1:
        return None
    return replace(report_form(mine[0], Outcome(signal.action)), subject=room.set.id)
