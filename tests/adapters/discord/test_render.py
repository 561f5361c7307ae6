"""Whatever a card holds, Discord takes what the renderer makes of it, and people's words stay words."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.discord import forms, markup, render
from bot.adapters.discord.keys import carries
from bot.adapters.discord.look import look
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
    Style,
    Text,
    Tone,
    Until,
)
from bot.core.input.forms import FORMS
from bot.core.meeting.formats import PHASES
from tests.standins.discord import rules
from tests.standins.discord.people import plain
from tests.standins.discord.schema import Schema
from tests.standins.discord.server import Asked

KEY = "0123456789abcdef0123456789abcdef"
NASTY = (
    "@everyone @here <@123> <@&5> <#7> </als:1> <t:1:R> <:smile:1>",
    "[bank](https://evil.example) ||spoiler|| ```code``` **bold** __x__ ~~y~~",
    "- list\n+ list\n1. list\n# heading\n> quote\n-# small",
    "\u202eright to left\u202c, nul \x00, \ud800 alone, 👩‍👩‍👧 and Za\u0300\u0301\u0302lgo",
    "`" * 2000,
    "\n" * 300 + "x",
    "\\" * 500,
)
words = st.one_of(
    st.text(max_size=60), st.text(min_size=300, max_size=2500), st.sampled_from(NASTY)
)
short = st.one_of(st.text(max_size=30), st.sampled_from(NASTY))
buttons = st.builds(
    Button,
    short,
    st.sampled_from(["vote", "next", "more"]),
    st.text(max_size=5),
    st.sampled_from(Style),
)
moments = st.integers(1, 7_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
blocks = st.one_of(
    st.builds(Text, words, st.sampled_from(Tone)),
    st.builds(Fields, st.lists(st.tuples(short, words), max_size=6).map(tuple)),
    st.builds(lambda label, n: People(label, n, n), short, st.lists(short, max_size=9).map(tuple)),
    st.builds(Quote, words, short),
    st.builds(Until, short, moments, st.booleans()),
    st.builds(Buttons, st.lists(buttons, max_size=12).map(tuple)),
    st.builds(
        Options, st.lists(st.builds(Option, st.just("1️⃣"), words, words), max_size=9).map(tuple)
    ),
    st.builds(Image, st.sampled_from(["https://a.example/x.png", "javascript:x", ""]), short),
)
cards = st.builds(
    Card,
    title=words,
    blocks=st.lists(blocks, max_size=40).map(tuple),
    summary=st.sampled_from(["Your meeting asks for you.", ""]),
    calls=st.lists(st.sampled_from(["11", "22", "not a number"]), max_size=3).map(tuple),
    loud=st.booleans(),
)


@pytest.fixture(scope="module")
def schema() -> Schema:
    folder = os.environ.get("ALS_FIXTURES")
    if folder is None:
        pytest.skip("ALS_FIXTURES does not name the folder with Discord's OpenAPI file")
    return Schema(Path(folder) / "discord" / "openapi.json")


def sealed(button: Button) -> str:
    return f"{button.action}~{button.value}~{abs(hash(button)) % 10**9}"[:100]


def post(message: render.Json) -> Asked:
    return Asked("POST", "/channels/1/messages", message, 200)


@settings(max_examples=50, deadline=None)
@given(cards)
def test_any_card_is_taken_by_discord_both_silent_and_loud(card: Card):
    for drawn in (render.board(card, sealed, KEY, "late"), render.call(card, sealed, KEY)):
        rules.check_message(drawn)
        assert carries(drawn, KEY)
        assert not carries(drawn, KEY[::-1])
    assert render.board(card, sealed)["flags"] & render.SILENT
    for page in render.pages(card):
        rules.check_message(render.board(page, sealed))


@settings(max_examples=25, deadline=None)
@given(cards)
def test_any_card_fits_the_published_schema(schema: Schema, card: Card):
    for drawn in (
        render.board(card, sealed, KEY),
        render.call(card, sealed, KEY),
        look(card),
    ):
        assert schema.faults(post(drawn)) == []


def read_back(drawn: str) -> str:
    """The words that somebody reads where this is drawn."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", drawn.replace("@" + markup.ZERO_WIDTH, "@"))


@given(words)
def test_peoples_words_show_as_they_are_and_come_back_as_they_were(typed: str):
    clean = read_back(markup.escape(typed)).replace("\ufffd", "?")
    assert clean == "".join(
        "?" if c == "\x00" or "\ud800" <= c <= "\udfff" or c == "\ufffd" else c
        for c in typed.replace("@\u200b", "@")
    )


@pytest.mark.parametrize("typed", NASTY)
def test_no_ping_and_no_markup_comes_through(typed: str):
    drawn = re.sub(r"\\[^0-9A-Za-z\s]", "", markup.escape(typed))
    for alive in ("@everyone", "@here", "<@1", "<#", "</als", "<t:", "<:smile", "[bank](", "||"):
        assert alive not in drawn


@given(words, st.integers(min_value=2, max_value=400))
def test_a_cut_never_splits_an_escape(typed: str, limit: int):
    drawn = markup.fitted(typed, limit)
    assert len(drawn) <= max(limit, 4)
    assert (len(drawn) - len(drawn.rstrip("\\"))) % 2 == 0


def test_a_phase_card_is_silent_and_a_call_is_neutral():
    card = Card(
        "Ben presents", (Quote("My secret", "Ben"), *_row("Done")), "Your set meets.", loud=True
    )
    call = render.call(card, sealed)
    assert call["content"] == "Your set meets."
    assert "secret" not in str(call)
    assert [b["label"] for b in call["components"][0]["components"]] == ["Show my words", "Done"]
    assert render.board(card, sealed)["flags"] == render.COMPONENTS_V2 | render.SILENT
    assert "content" not in render.board(card, sealed)


def _row(*labels: str) -> tuple[Buttons, ...]:
    return (Buttons(tuple(Button(label, label.lower(), label) for label in labels)),)


def test_two_rows_of_the_same_buttons_wait_behind_the_words():
    twice = (*_row("Done"), *(Buttons((Button("Done", "done", "second"),)),))
    call = render.call(Card("Actions", (Quote("a"), twice[0], Quote("b"), twice[1])), sealed)
    assert [b["label"] for b in call["components"][0]["components"]] == ["Show my words"]


def test_nobody_is_pinged_but_those_who_are_called():
    card = Card("x", (Text("<@99> @everyone"),), calls=("12", "evil"))
    assert render.call(card, sealed)["allowed_mentions"] == {"parse": [], "users": ["12"]}
    assert render.board(card, sealed)["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("key", sorted(PHASES))
def test_every_phase_draws_its_examples(schema: Schema, key: str):
    for card in PHASES[key].examples():
        drawn = render.board(card, sealed, KEY)
        rules.check_message(drawn)
        assert schema.faults(post(drawn)) == []
        seen = plain(str([c.get("content") for c in rules.inside(drawn["components"])]))
        assert card.title in seen
        labels = {c.get("label") for c in rules.inside(drawn["components"])}
        assert {b.label for b in card.buttons()} <= labels


@pytest.mark.parametrize("key", sorted(FORMS))
def test_every_form_there_is_fits(schema: Schema, key: str):
    drawn = forms.modal(FORMS[key], "x")
    rules.check_modal(drawn)
    callback = Asked("POST", "/interactions/1/a/callback", {"type": 9, "data": drawn}, 200)
    assert schema.faults(callback) == []
    assert [c["label"] for c in drawn["components"] if "label" in c] == [
        f.label for f in FORMS[key].fields
    ]


@settings(max_examples=60, deadline=None)
@given(
    short,
    st.lists(
        st.builds(
            Field,
            key=st.uuids().map(str),
            label=short,
            kind=st.sampled_from(FieldKind),
            required=st.booleans(),
            hint=short,
            value=words,
            choices=st.lists(
                st.builds(Choice, st.uuids().map(str), short), min_size=1, max_size=30
            ).map(tuple),
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_any_form_is_taken_by_discord(title: str, fields: list[Field]):
    rules.check_modal(forms.modal(Form("key", title, tuple(fields)), "x"))
