"""Forms and cards for changing a set, and for its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.core.cards import (
    Block,
    Button,
    Card,
    Choice,
    Field,
    FieldKind,
    Form,
    PersonId,
    Style,
    Text,
    Tone,
    buttons,
    people,
)
from bot.core.learning_set.rhythm import typed_again
from bot.core.learning_set.state import MeetingStatus, SetState
from bot.core.permissions import Right
from bot.core.walltime import day_in_words, local
from bot.core.wording import TEXT_LIMIT, TITLE_LIMIT, capital, count

SET_FORM = Form(
    key="change_set",
    needs=Right.CHANGE_SET,
    title="Change the set",
    fields=(
        Field("purpose", "Purpose", FieldKind.TEXT, required=False, limit=TITLE_LIMIT),
        Field("every", "How often?", required=False, limit=60, hint="Like 6 weeks or once."),
        Field("size", "How many people?", limit=2, hint="4 to 9; the usual is 8."),
        Field("quorum", "How many make a meeting?", limit=2, hint="The usual is 4."),
        Field(
            "listed",
            "Meetings as events of the server?",
            FieldKind.CHOICE,
            value="no",
            hint="Only in a voice channel that your set alone can see, given under Where.",
            choices=(Choice("no", "No"), Choice("yes", "Yes")),
            calendar=True,
        ),
    ),
    submit="Change it",
)

AGREEMENT_FORM = Form(
    key="agreement",
    needs=Right.CHANGE_SET,
    title="What we agree on",
    fields=(Field("lines", "One rule a line", FieldKind.TEXT, limit=TEXT_LIMIT),),
    submit="Change it",
    intro="The limits of confidentiality are always said; they come back where they are left out.",
)


def set_form(state: SetState) -> Form:
    """The form with what holds now."""
    known = {
        "purpose": state.purpose,
        "every": typed_again(state.rhythm),
        "size": str(state.size),
        "quorum": str(state.quorum),
        "listed": "yes" if state.listed else "no",
    }
    fields = tuple(replace(f, value=known[f.key]) for f in SET_FORM.fields)
    return replace(SET_FORM, fields=fields, subject=state.id)


def agreement_form(state: SetState) -> Form:
    """The form with the agreement as it is."""
    fields = tuple(replace(f, value="\n".join(state.agreement)) for f in AGREEMENT_FORM.fields)
    return replace(AGREEMENT_FORM, fields=fields, subject=state.id)


def facilitators_row(state: SetState) -> Iterator[Block]:
    """What whoever facilitates may do with the set as a whole."""
    rests = state.frozen_at is not None
    freeze = Button("Go on", "go_on", style=Style.PRIMARY) if rests else Button("Freeze", "freeze")
    yield from buttons(
        Button("Change", "change_set"),
        Button("Agreement", "change_agreement"),
        freeze,
        Button("Archive", "end_set"),
    )


def agreement_changed_card(state: SetState) -> Card:
    """For all to read, in the set's place."""
    lines = tuple(Text(f"{n}. {rule}") for n, rule in enumerate(state.agreement, 1))
    words = "If you do not agree any more, say so, or leave by /als set leave."
    return Card(
        f"{state.name} agrees on something new",
        (*lines, Text(words, Tone.QUIET)),
        summary="The agreement of your set has changed.",
        subject=state.id,
        loud=True,
    )


def archive_question(state: SetState, who: PersonId) -> Card:
    """Ending a set is asked; first it says how to do it well."""
    others = sum(m.person != who for m in state.present_members)
    told = f" and tell {others} {'person' if others == 1 else 'people'}" if others else ""
    return Card(
        f"End {state.name}?",
        (
            Text("End well: use a last meeting to look back, to thank each other, to say goodbye."),
            Text("Nothing is planned or reminded of any more. Actions stay with their owners."),
            *buttons(Button(f"End the set{told}", "end_set_sure", style=Style.DANGER)),
        ),
        summary="End this set?",
        subject=state.id,
    )


def farewell_card(state: SetState) -> Card:
    """The closing ritual, in the set's place: what was, thanks, what becomes of what is kept."""
    held = sum(m.status is MeetingStatus.HELD for m in state.meetings)
    since = day_in_words(local(state.created_at, state.zone))
    met = capital(count(held, "meeting"))
    return Card(
        f"{state.name} has come to its end",
        (
            Text(f"{met} since {since}. Thank you for your attention to each other."),
            people("You were", ((m.person, m.name) for m in state.present_members)),
            Text("Look back: what did you bring, and what has moved? Say one thanks to each."),
            Text("Your actions stay yours; /als mydata export brings them, forget deletes them."),
        ),
        summary="Your set has come to its end.",
        subject=state.id,
        loud=True,
    )
