"""The life of an action point: its owner's words, its outcomes, and when it is over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.core.cards import Field, FieldKind, Form, PersonId
from bot.core.exchange import ACTION_FORM, VISIBILITY
from bot.core.permissions import Right
from bot.core.wording import TEXT_LIMIT, TITLE_LIMIT

MOST_OPEN = 30
"""Open actions one person may have."""

MOST_REMINDERS = 4
"""Direct messages about one action, those apart that its owner asked for by Snooze."""

MOST_IN_SET = 200
"""Actions a set keeps in all, open and closed ones together."""


class Outcome(StrEnum):
    """What became of an action; each is as good as the others."""

    OPEN = "open"
    DONE = "done"
    PARTLY = "partly"
    CHANGED = "changed"
    DROPPED = "dropped"
    GOING = "going"


CLOSING = frozenset({Outcome.DONE, Outcome.DROPPED})
"""Done and Dropped close an action; the others keep it open."""

IN_WORDS = {
    Outcome.OPEN: "open",
    Outcome.DONE: "done",
    Outcome.PARTLY: "partly done",
    Outcome.CHANGED: "changed",
    Outcome.DROPPED: "dropped",
    Outcome.GOING: "still going",
}


CHANGE_FORM = replace(
    ACTION_FORM, key="change_action", title="Your action", fields=ACTION_FORM.fields[:2]
)

REPORT_FORM = Form(
    key="report",
    needs=Right.OWN_ACTION,
    title="How did it go?",
    fields=(
        Field("happened", "What happened?", FieldKind.TEXT, required=False, limit=TEXT_LIMIT),
        Field("learned", "What did you learn?", FieldKind.TEXT, required=False, limit=TEXT_LIMIT),
        Field("visibility", "Who may see this?", FieldKind.CHOICE, value="me", choices=VISIBILITY),
        Field("what_now", "What now?", FieldKind.TEXT, required=False, limit=TITLE_LIMIT),
        Field("due", "By when?", FieldKind.DATE, required=False),
    ),
    submit="Save",
    intro="The outcome is saved. Add words if you like.",
)


@dataclass(frozen=True, slots=True)
class ActionPoint:
    """One action in its owner's words. Wall times are local in the set's zone.

    `meeting_wall` is when the meeting that made it began; reminders come at its clock time.
    `changed_at` is when its date was last set: nothing older is reminded of. `reminded` counts the
    reminders that were sent of themselves; there are `MOST_REMINDERS` at most.
    """

    id: str
    owner: PersonId
    what: str
    due: datetime
    meeting_wall: datetime
    made_at: datetime
    changed_at: datetime
    session: str = ""
    how: str = ""
    helper: str = ""
    visibility: str = "me"
    outcome: Outcome = Outcome.OPEN
    happened: str = ""
    learned: str = ""
    learning_visibility: str = "me"
    reported_at: datetime | None = None
    closed_at: datetime | None = None
    reminders: bool = True
    snoozed_until: datetime | None = None
    reminded: int = 0

    @property
    def open(self) -> bool:
        """Whether it still waits for a word from its owner."""
        return self.outcome not in CLOSING

    @property
    def shared(self) -> bool:
        """Whether the owner let the set see it."""
        return self.visibility == "set"

    def report(self, outcome: Outcome, now: datetime) -> ActionPoint:
        """With what became of it; Done and Dropped close it."""
        closed = now if outcome in CLOSING else None
        return replace(self, outcome=outcome, reported_at=now, closed_at=closed)


def report_form(action: ActionPoint, outcome: Outcome) -> Form:
    """The form “How did it go?”, with what comes next where the action stays open."""
    fields = REPORT_FORM.fields if outcome not in CLOSING else REPORT_FORM.fields[:3]
    return replace(REPORT_FORM, fields=fields, value=action.id, counts=True)


def change_form(action: ActionPoint) -> Form:
    """The form “Your action” with the words and the date of one that is there."""
    known = {"what": action.what, "due": f"{action.due:%Y-%m-%d}"}
    fields = tuple(replace(f, value=known.get(f.key, f.value)) for f in CHANGE_FORM.fields)
    return replace(CHANGE_FORM, fields=fields, value=action.id)
