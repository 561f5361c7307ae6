"""Every form there is, and the reading of what people fill in: cleaned, checked, or refused."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import assert_never

from bot.core.cards import Choice, Field, FieldKind, Form
from bot.core.decision import Refusal
from bot.core.exchange import ACTION_FORM
from bot.core.learning_set.actions.action import CHANGE_FORM, REPORT_FORM
from bot.core.learning_set.change_cards import AGREEMENT_FORM, SET_FORM
from bot.core.meeting.formats import FORMATS, PHASES
from bot.core.meeting.session import Facilitation
from bot.core.permissions import Right
from bot.core.preferences import SETTINGS_FORM
from bot.core.signals import Submitted
from bot.core.walltime import is_wall, is_zone
from bot.core.wording import tidy

LENGTHS = tuple(Choice(f.key, f.title) for f in FORMATS.values())

START_FORM = Form(
    key="start_set",
    title="Start a set",
    fields=(
        Field("name", "Name", limit=80, hint="What do you call this set?"),
        Field(
            "format",
            "How long?",
            FieldKind.CHOICE,
            value="90",
            choices=LENGTHS,
        ),
        Field(
            "zone", "Time zone", FieldKind.ZONE, value="Europe/London", hint="Like Europe/London."
        ),
        Field(
            "facilitation",
            "Who facilitates?",
            FieldKind.CHOICE,
            value=Facilitation.LED,
            choices=(
                Choice(Facilitation.LED, "I do"),
                Choice(Facilitation.ROTATING, "We take turns"),
                Choice(Facilitation.BOT_HELD, "The bot"),
            ),
        ),
    ),
    submit="Start it",
    needs=Right.CREATE_SET,
)

SCHEDULE_FORM = Form(
    key="schedule",
    title="When do you meet?",
    fields=(
        Field(
            "when",
            "When?",
            FieldKind.MOMENT,
            hint="Like Tuesday 18:00 or 12 April 18:00, in the set's time zone.",
        ),
        Field(
            "every",
            "How often?",
            required=False,
            limit=60,
            hint="Like 6 weeks, 2 months or once. Empty: no change.",
        ),
        Field("length", "How long?", FieldKind.CHOICE, required=False, choices=LENGTHS),
        Field(
            "where",
            "Where?",
            required=False,
            hint="A call link or a place. Members see it before each meeting.",
        ),
    ),
    submit="Schedule",
    needs=Right.CHANGE_SET,
)

FORMS: dict[str, Form] = {
    form.key: form
    for form in (
        START_FORM,
        SCHEDULE_FORM,
        SETTINGS_FORM,
        SET_FORM,
        AGREEMENT_FORM,
        ACTION_FORM,
        CHANGE_FORM,
        REPORT_FORM,
        *(form for phase in PHASES.values() for form in phase.forms),
    )
}
"""Every form by its key, as it is when nothing is filled in."""

OPENED_BY: dict[str, Form] = {
    "try_again": START_FORM,
    "schedule": SCHEDULE_FORM,
    "correct_plan": SCHEDULE_FORM,
    "change_set": SET_FORM,
    "change_agreement": AGREEMENT_FORM,
    "save_action": ACTION_FORM,
    "change_action": CHANGE_FORM,
}
"""The buttons that open a form and do nothing else, and which."""


def read(submitted: Submitted) -> Submitted | Refusal:
    """The form with its fields cleaned; or which field cannot be taken, and what would be.

    Dates arrive as ISO (`2027-04-12`, perhaps with a time), already read by the shell; one that is
    anything else could not be read.
    """
    form = FORMS.get(submitted.form)
    if form is None:
        return Refusal("I don't know this form any more. Please open it again.", "unknown_form")
    given = dict(submitted.fields)
    cleaned: list[tuple[str, str]] = []
    for field in form.fields:
        value = _read_field(field, given.get(field.key, ""))
        if isinstance(value, Refusal):
            return value
        cleaned.append((field.key, value))
    return replace(submitted, fields=tuple(cleaned))


def _read_field(field: Field, typed: str) -> str | Refusal:
    value = tidy(typed, one_line=field.kind is not FieldKind.TEXT)
    if not value:
        return _empty(field)
    if len(value) > field.limit:
        return Refusal(
            f"“{field.label}” takes {field.limit} characters. Yours has {len(value)}.",
            "too_long",
            field.key,
        )
    match field.kind:
        case FieldKind.CHOICE:
            return _chosen(field, value)
        case FieldKind.DATE:
            return value if is_wall(value) else _unread(field, "12 April")
        case FieldKind.MOMENT:
            return _moment(field, value)
        case FieldKind.ZONE:
            return value if is_zone(value) else _unread(field, "Europe/London")
        case FieldKind.LINE | FieldKind.TEXT:
            return value
        case _:
            assert_never(field.kind)


_EITHER = re.compile(r"(?<![\d-])(0?[1-9]|1[0-2])[/.-](0?[1-9]|1[0-2])\b")


def _moment(field: Field, value: str) -> str | Refusal:
    if "T" in value and is_wall(value):
        return value
    either = _EITHER.search(value)
    if either is not None and either[1] != either[2]:
        words = f"“{either[0]}” could be 2 days. Write the month as a word, like 4 May 18:00."
        return Refusal(words, "ambiguous", field.key)
    return _unread(field, "12 April 18:00")


def _empty(field: Field) -> str | Refusal:
    if field.kind is FieldKind.CHOICE:
        return field.value
    if field.required:
        return Refusal(f"Please fill in “{field.label}”.", "empty", field.key)
    return ""


def _chosen(field: Field, value: str) -> str | Refusal:
    for choice in field.choices:
        if value.casefold() in (choice.value.casefold(), choice.label.casefold()):
            return choice.value
    offered = ", ".join(choice.label for choice in field.choices)
    return Refusal(f"“{field.label}” takes one of: {offered}.", "choice", field.key)


def _unread(field: Field, example: str) -> Refusal:
    return Refusal(f"I couldn't read “{field.label}”. Try {example}.", "unreadable", field.key)
