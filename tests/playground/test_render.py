"""Cards and forms as the page gets them."""

import json

import pytest
from hypothesis import given

from bot.adapters.playground.render import (
    LEFT_OUT,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_BLOCKS,
    MOST_BUTTONS,
    reaction_in_words,
    render,
    render_form,
)
from bot.core.cards import Button, Buttons, Card, Text
from bot.core.input.forms import FORMS
from bot.core.meeting.formats import PHASES
from tests.playground.test_plain import EVERYTHING, cards, forms, is_clean


def seal(card, button):
    return f"sealed:{button.action}"


def strings(value):
    """Every string of a payload, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


def test_a_card_becomes_plain_values():
    payload = render(EVERYTHING, seal)

    assert payload["title"] == "Open questions"
    assert [block["kind"] for block in payload["blocks"]] == [
        "text",
        "text",
        "fields",
        "people",
        "quote",
        "until",
        "options",
        "image",
        "buttons",
    ]
    assert payload["blocks"][5] == {
        "kind": "until",
        "label": "Ends",
        "at": "2027-04-12T17:24:00+00:00",
        "countdown": True,
    }
    assert payload["blocks"][-1]["buttons"][0] == {
        "label": "Ask",
        "id": "sealed:ask",
        "style": "plain",
    }


def test_a_picture_is_shown_by_its_words_and_never_fetched():
    assert "example.org" not in json.dumps(render(EVERYTHING, seal))


@pytest.mark.parametrize("phase", PHASES.values(), ids=list(PHASES))
def test_every_phase_becomes_json(phase):
    for card in phase.examples():
        payload = json.loads(json.dumps(render(card, seal)))
        labels = [b["label"] for row in payload["blocks"] for b in row.get("buttons", [])]
        assert labels == [button.label for button in card.buttons()]


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_every_form_becomes_json(form):
    payload = json.loads(json.dumps(render_form(form, "token")))

    assert payload["token"] == "token"
    assert [field["label"] for field in payload["fields"]] == [field.label for field in form.fields]


def test_what_is_too_long_is_cut_and_says_so():
    card = Card("t" * 1000, (Text("x" * (LONGEST_TEXT + 1)), *(Text("y"),) * (MOST_BLOCKS + 5)))

    payload = render(card, seal)

    assert len(payload["title"]) == LONGEST_TITLE
    assert len(payload["blocks"]) == MOST_BLOCKS
    assert len(payload["blocks"][0]["text"]) == LONGEST_TEXT
    assert payload["blocks"][0]["text"].endswith("…")
    assert payload["blocks"][-1]["text"] == LEFT_OUT


def test_a_row_of_many_buttons_becomes_several():
    row = tuple(Button(str(n), "press") for n in range(MOST_BUTTONS * 2 + 1))

    payload = render(Card("", (Buttons(row),)), seal)

    assert [len(block["buttons"]) for block in payload["blocks"]] == [MOST_BUTTONS, MOST_BUTTONS, 1]


def test_reactions_have_words():
    assert reaction_in_words("1️⃣") == "Vote for 1"
    assert reaction_in_words("✅") == "Here"
    assert reaction_in_words("🎉") == "🎉"


@given(cards)
def test_no_text_of_any_card_hides_a_character(card):
    payload = render(card, seal)
    for block in payload["blocks"]:
        for option in block.get("options", []):
            option.pop("emoji")  # goes back to the bot as it came, and is drawn by its words
        for button in block.get("buttons", []):
            button.pop("id")
    assert all(map(is_clean, strings(payload)))


@given(forms)
def test_no_text_of_any_form_hides_a_character(form):
    payload = render_form(form, "token")
    for field in payload["fields"]:
        field.pop("key")
        for choice in field["choices"]:
            choice.pop("value")
    assert all(map(is_clean, strings(payload)))
