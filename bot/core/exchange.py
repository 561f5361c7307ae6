"""What a meeting and its set ask of each other: actions kept, reports heard, the end, the next date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.cards import Button, Choice, Field, FieldKind, Form, PersonId, Style
from bot.core.command import InSession, ToSet
from bot.core.decision import Refusal
from bot.core.permissions import Right
from bot.core.walltime import local
from bot.core.wording import TITLE_LIMIT

MOST_PER_ROUND = 3
"""A presenter leaves with none to three actions (docs/method.md, Actions)."""


OPENS_BEFORE = timedelta(minutes=15)
"""How long before its planned start people can arrive at a meeting (docs/method.md, Time)."""

FARTHEST = timedelta(days=2 * 366)
"""How far ahead an action can be due, or a meeting planned."""


OUTCOME_BUTTONS = (
    Button("Done", "done", style=Style.PRIMARY),
    Button("Partly", "partly"),
    Button("Changed", "changed"),
    Button("Dropped", "dropped"),
    Button("Still going", "going"),
)


VISIBILITY = (Choice("set", "My set"), Choice("me", "Only me"))


ACTION_FORM = Form(
    key="action",
    needs=Right.OWN_ACTION,
    title="Your action",
    fields=(
        Field("what", "What will you do?", FieldKind.TEXT, limit=TITLE_LIMIT),
        Field(
            "due",
            "By when?",
            FieldKind.DATE,
            required=False,
            hint="Like 12 April, next Friday or in 3 weeks. Empty: the next meeting.",
        ),
        Field("how", "How will you know?", required=False, limit=TITLE_LIMIT),
        Field("helper", "Who could help?", required=False, limit=TITLE_LIMIT),
        Field("visibility", "Who may see it?", FieldKind.CHOICE, value="set", choices=VISIBILITY),
    ),
    submit="Save",
)


def due_refused(due: datetime | None, zone: str, now: datetime) -> Refusal | None:
    """Why an action cannot be due at that local time; None where it can, or where none is given."""
    if due is None:
        return None
    today = local(now, zone)
    if due <= today:
        return Refusal("That date has passed. Choose one from tomorrow on.", "past", "due")
    if due - today > FARTHEST:
        return Refusal(
            "I can remind you up to 2 years ahead. Choose an earlier date.", "far", "due"
        )
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAction(ToSet, needs=Right.OWN_ACTION):
    """Keep a new action point of its owner."""

    action: str
    what: str
    due: datetime | None
    how: str = ""
    helper: str = ""
    visibility: str = "me"
    session: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSession(ToSet, needs=Right.FOLLOW):
    """The meeting is over: what the set keeps of it."""

    session: str
    held: bool
    attended: tuple[PersonId, ...] = ()
    presented: tuple[PersonId, ...] = ()
    holder: PersonId = ""
    bids: tuple[tuple[PersonId, str, str, int], ...] = ()
    pulse: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetNext(InSession, needs=Right.FOLLOW):
    """The set has planned its next meeting while this one runs, or cancelled it (None)."""

    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHeard(InSession, needs=Right.FOLLOW):
    """An action's owner has given their word on it.

    `told` says that they have filled in the form; `words` and `learned` only where they share them.
    """

    action: str
    told: bool = False
    words: str = ""
    learned: str = ""


def new_action_form(visibility: str, value: str) -> Form:
    """The empty form “Your action”; `value` comes back with it."""
    known = {"visibility": visibility}
    fields = tuple(replace(f, value=known.get(f.key, f.value)) for f in ACTION_FORM.fields)
    return replace(ACTION_FORM, fields=fields, value=value)
