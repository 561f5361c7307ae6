"""Any words in any field give a payload Slack takes, with no live mention."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.slack import render
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
from tests.standins.slack_blocks import check_blocks, check_message, check_view, texts

EVIL = [
    "",
    "   ",
    "\u200b\u200d\ufeff",
    "x" * 300,
    "y" * 301,
    "two thousand " * 154,
    "z" * 3001,
    "w " * 20_000,
    "👩‍👩‍👧‍👦" * 900,
    "e" + "\u0301" * 500,
    "\u202eright to left",
    "a\0b",
    "a\ud800b",
    "<!channel> <!here> <!everyone>",
    "<!subteam^S1> <@U12345>",
    "@everyone <@&role>",
    "<https://evil|bank>",
    "```||||*_~`",
    "&lt;!here&gt; &amp;",
    "*" * 50,
    "<" * 5000,
    "\n" * 4000,
]
words = st.one_of(
    st.sampled_from(EVIL),
    st.text(st.characters(), max_size=60),
    st.builds(lambda a, n: a * n, st.text(min_size=1, max_size=12), st.integers(1, 900)),
)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
button = st.builds(Button, words, st.sampled_from(["go", "vote"]), st.sampled_from(["", "1"]))
blocks = st.one_of(
    st.builds(Text, words, st.sampled_from(Tone)),
    st.builds(Fields, st.lists(st.tuples(words, words), max_size=14).map(tuple)),
    st.builds(People, words, st.just(()), st.lists(words, max_size=5).map(tuple)),
    st.builds(Quote, words, words),
    st.builds(Until, words, moments, st.booleans()),
    st.builds(Buttons, st.lists(button, max_size=30).map(tuple)),
    st.builds(Options, st.lists(st.builds(Option, words, words, words), max_size=9).map(tuple)),
    st.builds(Image, words, words),
)
cards = st.builds(
    Card,
    words,
    st.lists(blocks, max_size=60).map(tuple),
    words,
    calls=st.lists(st.sampled_from(["U0ANA", "U0BEN", "<!channel>", ""]), max_size=3).map(tuple),
)
choices = st.lists(st.builds(Choice, st.uuids().map(str), words), min_size=1, max_size=12)
fields = st.builds(
    lambda n, kind, made: (n, kind, made),
    st.integers(),
    st.sampled_from(FieldKind),
    st.tuples(words, words, words, choices, st.booleans()),
)


def seal(made: Button) -> str:
    return f"{made.action}.{made.value}"


LIVE = re.compile(r"<(?!!date\^\d+\^)[^>]*>?")


def assert_disarmed(sent: list[str], allowed: set[str]) -> None:
    for text in sent:
        assert set(LIVE.findall(text)) <= allowed, text[:200]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(cards)
def test_any_card_is_a_message_slack_takes(card: Card):
    sent = render.message(card, seal)

    check_message(sent)
    assert sum(len(t) for t in texts(sent["blocks"])) < 10_000
    called = {f"<@{p}>" for p in card.calls}
    assert_disarmed([*texts(sent["blocks"]), sent["text"]], called)
    assert sent["unfurl_links"] is False
    assert sent["unfurl_media"] is False


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(cards, max_size=4))
def test_any_cards_are_a_home_slack_takes(shown: list[Card]):
    check_view(render.home([(card, seal) for card in shown]), home=True)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(words, words, words, st.lists(fields, max_size=5), words)
def test_any_form_is_a_view_slack_takes(title, submit, intro, asked, note):
    form = Form(
        "bid",
        title,
        tuple(
            Field(f"q{n}", m[0], kind, m[4], hint=m[1], value=m[2], choices=tuple(m[3]))
            for n, (_, kind, m) in enumerate(asked)
        ),
        submit=submit,
        intro=intro,
    )
    view = render.modal(form, "{}", note=note)
    check_view(view)
    assert_disarmed(texts(view["blocks"]), set())


@pytest.mark.parametrize("evil", EVIL)
def test_an_evil_text_in_every_place(evil: str):
    card = Card(
        evil,
        (
            *(Text(evil, tone) for tone in Tone),
            Fields(((evil, evil),)),
            People(evil, ("U1",), (evil,)),
            Quote(evil, evil),
            Buttons((Button(evil, "go", style=Style.PRIMARY), Button("Next", "next"))),
            Options((Option("1️⃣", evil, evil),)),
            Image(evil, evil),
        ),
    )
    sent = render.message(card, seal)
    check_message(sent)
    assert_disarmed(texts(sent["blocks"]), set())
    assert any(b["type"] == "actions" for b in sent["blocks"])


def test_the_lock_screen_sees_no_words():
    sent = render.message(Card("Ana's secret", (Quote("My divorce"),), summary="Your turn."), seal)
    assert sent["text"] == "Your turn."
    assert render.message(Card("Ana's secret"), seal)["text"] == render.NEUTRAL


def test_words_are_escaped_once():
    drawn = render.blocks(Card("", (Text("&lt;!here&gt; <b> & co"),)), seal)
    assert texts(drawn) == ["&amp;lt;!here&amp;gt; &lt;b&gt; &amp; co"]


def test_an_emoji_is_not_cut_in_two():
    family = "👩‍👩‍👧‍👦"
    title = texts(render.blocks(Card(family * 50), seal))[0]
    assert title.endswith("…")
    assert title[:-1] == family * (len(title) // len(family))


def test_nobody_is_called_but_those_the_card_calls():
    card = Card("Now", (People("Here", ("U0ANA",), ("Ana",)),), calls=("U0BEN", "<!here>"))
    said = texts(render.blocks(card, seal))
    assert said == ["Now", "<@U0BEN>", "Here: Ana"]


def test_two_buttons_alike_have_two_ids_and_mean_the_same():
    row = Buttons((Button("A", "go"), Button("B", "go")))
    drawn: list[dict[str, Any]] = render.blocks(Card("", (row,)), seal)
    ids = [e["action_id"] for e in drawn[0]["elements"]]
    assert len(set(ids)) == 2
    assert {render.press(i) for i in ids} == {"go."}
    check_blocks(drawn)


def test_a_moment_is_drawn_in_the_readers_zone():
    at = datetime(2027, 4, 12, 17, 0, tzinfo=UTC)
    drawn = texts(render.blocks(Card("", (Until("Ends", at),)), seal))
    expected = "Ends: <!date^1807549200^{date_short_pretty} at {time}|12 Apr 2027 17:00 UTC>"
    assert drawn == [expected]


def test_a_card_sent_again_or_late_says_so():
    at = datetime(2027, 4, 12, 17, 0, tzinfo=UTC)
    sent = render.message(Card("Hello"), seal, again=True, late_since=at)
    said = texts(sent["blocks"])
    assert render.AGAIN in said
    assert said[-1].startswith("Late, sorry. Due: <!date^")
