"""Forms as Discord's modals."""

from __future__ import annotations

from typing import Any, TypeAlias, assert_never

from bot.adapters.discord.markup import fitted, plain_label
from bot.core.cards import Field, FieldKind, Form

Json: TypeAlias = dict[str, Any]

MOST_FIELDS = 5
MOST_OPTIONS = 25
MOST_TYPED = 4000
LONGEST_INTRO = 2000
LONGEST_FORM_TITLE = 45
LONGEST_FIELD_LABEL = 45
LONGEST_HINT = 100
LONGEST_CHOICE = 100

NO_CHOICE = "-"
"""Stands for the empty answer, which Discord takes for none."""

SELECT, INPUT, DISPLAY, LABEL = 3, 4, 10, 18
SHORT, PARAGRAPH = 1, 2


def modal(form: Form, custom_id: str) -> Json:
    """A form as Discord's modal; a sixth field is refused there, so none is made."""
    fields = [_field(field) for field in form.fields[:MOST_FIELDS]]
    if form.intro and len(fields) < MOST_FIELDS:
        fields.insert(0, {"type": DISPLAY, "content": fitted(form.intro, LONGEST_INTRO)})
    title = plain_label(form.title, LONGEST_FORM_TITLE)
    return {"title": title, "custom_id": custom_id, "components": fields}


def _field(field: Field) -> Json:
    label: Json = {"type": LABEL, "label": plain_label(field.label, LONGEST_FIELD_LABEL)}
    if field.hint:
        label["description"] = plain_label(field.hint, LONGEST_HINT)
    match field.kind:
        case FieldKind.CHOICE:
            label["component"] = _select(field)
        case FieldKind.LINE | FieldKind.DATE | FieldKind.MOMENT | FieldKind.ZONE:
            label["component"] = _input(field, SHORT)
        case FieldKind.TEXT:
            label["component"] = _input(field, PARAGRAPH)
        case _:
            assert_never(field.kind)
    return label


def _select(field: Field) -> Json:
    options = [_option(c.value, c.label, field.value) for c in field.choices[:MOST_OPTIONS]]
    return {"type": SELECT, "custom_id": field.key, "required": field.required, "options": options}


def _option(value: str, label: str, chosen: str) -> Json:
    drawn: Json = {
        "value": value[:LONGEST_CHOICE] or NO_CHOICE,
        "label": plain_label(label, LONGEST_CHOICE),
    }
    return drawn | {"default": True} if value == chosen else drawn


def _input(field: Field, style: int) -> Json:
    """Room for more than the limit: the core says kindly what it takes, and hands words back."""
    drawn: Json = {"type": INPUT, "custom_id": field.key, "style": style}
    drawn |= {"required": field.required, "max_length": MOST_TYPED}
    if field.value:
        drawn["value"] = field.value[:MOST_TYPED]
    return drawn
