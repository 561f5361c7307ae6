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
        Field("size", "How many people?", limit=2, hint="4 to 9. Usually 8."),
        Field("quorum", "Fewest for a meeting?", limit=2, hint="Usually 4."),
        Field(
            "listed",
            "List meetings as server events?",
            FieldKind.CHOICE,
            value="no",
            hint="Only in a voice channel that your set alone can see, named under Where.",
            choices=(Choice("no", "No"), Choice("yes", "Yes")),
            calendar=True,
        ),
    ),
    submit="Save",
)

AGREEMENT_FORM = Form(
    key="agreement",
    needs=Right.CHANGE_SET,
    title="Ground rules",
    fields=(Field("lines", "One rule a line", FieldKind.TEXT, limit=TEXT_LIMIT),),
    submit="Save",
    intro="The rule on the limits of confidentiality always stays. I add it if you leave it out.",
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
    """What the facilitator may do with the set as a whole."""
    rests = state.frozen_at is not None
    freeze = Button("Resume", "go_on", style=Style.PRIMARY) if rests else Button("Pause", "freeze")
    yield from buttons(
        Button("Change", "change_set"),
        Button("Ground rules", "change_agreement"),
        freeze,
        Button("Archive", "end_set"),
    )


def agreement_changed_card(state: SetState) -> Card:
    """For all to read, in the set's place."""
    lines = tuple(Text(f"{n}. {rule}") for n, rule in enumerate(state.agreement, 1))
    words = "If you no longer agree, tell the set, or type /als set leave."
    return Card(
        f"{state.name} has new ground rules",
        (*lines, Text(words, Tone.QUIET)),
        summary="Your set's ground rules have changed.",
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
            Text("End well: use a last meeting to look back, say thanks and say goodbye."),
            Text("I'll stop all meetings and reminders. Everyone keeps their own actions."),
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
        f"{state.name} has ended",
        (
            Text(f"{met} since {since}. Thank you for your attention to each other."),
            people("You were", ((m.person, m.name) for m in state.present_members)),
            Text("Look back: what did you bring, and what has moved? Thank each person once."),
            Text(
                "Your actions stay yours. /als mydata export sends you all that is yours. "
                "/als mydata forget deletes it."
            ),
        ),
        summary="Your set has ended.",
        subject=state.id,
        loud=True,
    )
