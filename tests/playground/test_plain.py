"""Cards and forms as plain text."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.plain import WIDTH, render, render_form
from bot.core.cards import (
    Button,
    Buttons,
    Card,
    Choice,
    Field,
    FieldKind,
    Fields,
    Form,
    Image,
    Option,
    Options,
    People,
    Quote,
    Text,
    Tone,
    Until,
)
from bot.core.input.forms import FORMS
from bot.core.meeting.formats import PHASES

EVERYTHING = Card(
    "Open questions",
    (
        Text("Ask what you couldn't guess."),
        Text("Paused.", Tone.STRONG),
        Fields((("Length", "90 minutes"), ("Size", "4 to 8"))),
        People("Here", ("u1", "u2"), ("Ana", "Ben")),
        Quote("What are you protecting?", "Chidi"),
        Until("Ends", datetime(2027, 4, 12, 17, 24, tzinfo=UTC), countdown=True),
        Options((Option("1️⃣", "Ben: The team I founded", "My deputy asks me first."),)),
        Image("https://example.org/a.png", "six people around a table"),
        Buttons((Button("Ask", "ask"), Button("Next phase", "next"))),
    ),
    calls=("u2", "stranger"),
)


def test_a_card_reads_like_this():
    assert render(EVERYTHING, "Europe/London", {"u2": "Ben"}) == (
        "Open questions\n@Ben\nAsk what you couldn't guess.\n! Paused.\nLength: 90 "
        "minutes\nSize: 4 to 8\nHere: Ana, Ben\n> Chidi: “What are you protecting?”\n"
        "Ends: Mon 12 Apr 2027 18:24\n1 Ben: The team I founded (My deputy asks "
        "me first.)\n(picture: six people around a table)\n[Ask] [Next phase]"
    )


def test_a_form_reads_like_this():
    form = Form(
        "bid",
        "Your issue",
        (
            Field("title", "Issue", value="Letting go", hint="One or two sentences."),
            Field("why", "Why now?", FieldKind.TEXT, required=False),
            Field(
                "urgency",
                "How urgent?",
                FieldKind.CHOICE,
                value="2",
                choices=(Choice("1", "It can wait"), Choice("2", "It matters")),
            ),
        ),
        submit="Offer it",
    )

    assert render_form(form) == (
        "Your issue\nIssue: Letting go\n  One or two sentences.\nWhy now? "
        "(optional): ____\nHow urgent?\n  ( ) It can wait (x) It matters\n[Offer it]"
    )


def test_a_zone_nobody_knows_is_read_as_utc():
    card = Card("", (Until("Ends", datetime(2027, 7, 1, 12, 0, tzinfo=UTC)),))

    assert "12:00" in render(card, "Nowhere/Atall", {})


@pytest.mark.parametrize("phase", PHASES.values(), ids=list(PHASES))
def test_every_phase_can_be_read(phase):
    for card in phase.examples():
        lines = render(card, "Europe/London", {}).splitlines()
        assert all(len(line) <= WIDTH for line in lines)
        assert lines[0] == card.title


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_every_form_can_be_read(form):
    drawn = render_form(form)

    assert all(field.label in drawn for field in form.fields)


anything = st.text(st.characters(codec=None), max_size=200)
moments = st.integers(0, 7_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
buttons = st.builds(Button, anything, anything)
blocks = st.one_of(
    st.builds(Text, anything, st.sampled_from(Tone)),
    st.builds(Fields, st.lists(st.tuples(anything, anything), max_size=3).map(tuple)),
    st.builds(People, anything, st.just(()), st.lists(anything, max_size=3).map(tuple)),
    st.builds(Quote, anything, anything),
    st.builds(Until, anything, moments, st.booleans()),
    st.builds(Buttons, st.lists(buttons, max_size=3).map(tuple)),
    st.builds(
        Options,
        st.lists(st.builds(Option, anything, anything, anything), max_size=3).map(tuple),
    ),
    st.builds(Image, anything, anything),
)
cards = st.builds(Card, anything, st.lists(blocks, max_size=4).map(tuple), calls=st.just(("u",)))
fields = st.builds(
    Field,
    anything,
    anything,
    st.sampled_from(FieldKind),
    hint=anything,
    value=anything,
    choices=st.lists(st.builds(Choice, anything, anything), max_size=3).map(tuple),
)
forms = st.builds(
    Form, anything, anything, st.lists(fields, max_size=3).map(tuple), anything, anything
)

NEVER = {"Cc", "Cs", "Co", "Zl", "Zp"}
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_clean(text: str) -> bool:
    """Whether a terminal is safe from it: no control but line breaks, no change of direction."""
    return not any(c in BIDI or (c != "\n" and unicodedata.category(c) in NEVER) for c in text)


@given(cards, anything, anything)
def test_any_text_in_any_card_renders_and_no_control_character_gets_through(card, zone, name):
    assert is_clean(render(card, zone, {"u": name}))


@given(forms)
def test_any_text_in_any_form_renders_and_no_control_character_gets_through(form):
    assert is_clean(render_form(form))
