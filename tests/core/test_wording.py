"""Words: cleaned of what nobody sees, counted, shortened, and never guessed at."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.cards import Tone, buttons, text
from bot.core.wording import (
    DIGITS,
    NAME_LIMIT,
    capital,
    count,
    minutes,
    nearest,
    ordinal,
    plain_emoji,
    shorten,
    tidy,
    tidy_name,
    whole,
)

JOINERS = "\u200c\u200d"

ANYTHING = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=("Cc", "Cf", "Cs", "Co", "Mn", "Zs")),
        st.sampled_from("\u200b\u200c\u200d\u202e\u2066\ufeff\u00ad\ufe0f\n\r\t\x00\u2800aé👩 "),
    ),
    max_size=40,
)
"""Text with more than its share of what nobody sees, lone surrogates among it."""


@given(ANYTHING, st.booleans())
@example("a\u200d\u200b\u200db", False)
@example("\u200d\u0301x", False)
@example(" \u200c a", True)
@example("e\u200d\u0301", False)
@settings(max_examples=500, deadline=None)
def test_tidy_is_the_same_done_twice_and_lets_nothing_hidden_through(
    words: str, one_line: bool
) -> None:
    clean = tidy(words, one_line=one_line)

    assert tidy(clean, one_line=one_line) == clean
    for character in clean:
        if character not in JOINERS and character != "\n":
            assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
    assert not (one_line and "\n" in clean)
    assert clean == clean.strip() == unicodedata.normalize("NFC", clean)
    assert clean == "" or not clean.isspace()
    clean.encode()


@given(ANYTHING)
@settings(max_examples=300, deadline=None)
def test_a_joiner_stands_only_between_two_visible_characters(words: str) -> None:
    clean = tidy(words)

    for n, character in enumerate(clean):
        if character in JOINERS:
            assert 0 < n < len(clean) - 1
            assert not clean[n - 1].isspace()
            assert not clean[n + 1].isspace()
            assert clean[n - 1] not in JOINERS


@given(ANYTHING)
@settings(max_examples=200, deadline=None)
def test_a_name_is_never_empty_and_never_long(name: str) -> None:
    shown = tidy_name(name)

    assert 1 <= len(shown) <= NAME_LIMIT
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("typed", "number"),
    [("0", 0), ("007", 7), ("999999999", 999999999), ("", None), ("1" * 10, None), ("-1", None)],
)
def test_whole_numbers(typed: str, number: int | None) -> None:
    assert whole(typed) == number


@pytest.mark.parametrize("odd", ["²", "٥", "1.0", "1e3", " 1", "①"])
def test_what_only_looks_like_a_number(odd: str) -> None:
    assert whole(odd) is None


def test_emoji_without_their_variations() -> None:
    assert plain_emoji("1\u20e3") == DIGITS[0]
    assert plain_emoji("1\ufe0f\u20e3") == DIGITS[0]
    assert plain_emoji("⏭") == "⏭️"
    assert plain_emoji("👍🏽") == "👍"
    assert plain_emoji("") == ""


def test_numbers_in_words() -> None:
    assert [count(n, "issue") for n in (0, 1, 2, 9, 10)] == [
        "no issues",
        "one issue",
        "two issues",
        "nine issues",
        "10 issues",
    ]
    assert count(-1, "issue") == "-1 issues"
    assert count(3, "person", "people") == "three people"
    assert [ordinal(n) for n in (1, 2, 3, 4, 0)] == ["first", "second", "third", "4th", "0th"]


def test_lengths_in_words() -> None:
    assert [minutes(s) for s in (45, 60, 90, 120, 150, 420)] == [
        "45 seconds",
        "1 minute",
        "90 seconds",
        "2 minutes",
        "2 minutes",
        "7 minutes",
    ]


def test_shortened_words_end_in_an_ellipsis() -> None:
    assert shorten("Aurora", 6) == "Aurora"
    assert shorten("Aurora", 5) == "Auro…"
    assert shorten("Au rora", 4) == "Au…"


def test_small_helpers_of_sentences_and_cards() -> None:
    assert capital("one Issue") == "One Issue"
    assert capital("") == ""
    assert nearest("STRAT", ("start", "status")) == "start"
    assert nearest("zzz", ("start", "status")) is None
    assert text("One.", "", "Two.", tone=Tone.QUIET).text == "One. Two."
    assert buttons(None) == ()


SHOWS_NOTHING = ["", "   ", "\t\r\n", "\u200b\u200d", "\u202e\u202c", "\ufeff", "\u3164", "\x00"]
SHOWS_NOTHING += ["\ufdd0", "\ufffe", "\U0001ffff", "\u115f\u1160", "\u00ad", "\u2800"]


@pytest.mark.parametrize("typed", SHOWS_NOTHING)
def test_a_text_that_shows_nothing_becomes_empty(typed: str) -> None:
    assert tidy(typed) == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  How do I say no?  ", "How do I say no?"),
        ("zero\u200bwidth", "zerowidth"),
        ("right\u202eto left", "rightto left"),
        ("a\x00b\x07c", "abc"),
        ("\ud800lone\udfff", "lone"),
        ("e\u0301", "é"),
        ("e\u200b\u0301", "é"),
        ("tab\there", "tab here"),
        ("one\r\ntwo\u2028three\x0bfour", "one\ntwo\nthree\nfour"),
        ("far\n\n\n\n\napart  \nhere", "far\n\napart\nhere"),
        ("👩\u200d🚒 and ❤️\u200d🔥", "👩\u200d🚒 and ❤️\u200d🔥"),
        ("loose\u200d joiner \u200d", "loose joiner"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ufdd0\uffff", ""),
        ("<!channel> @everyone", "<!channel> @everyone"),
    ],
)
def test_what_is_hidden_goes_and_what_is_seen_stays(typed: str, kept: str) -> None:
    assert tidy(typed) == kept


def test_one_line_folds_every_kind_of_break() -> None:
    assert tidy("two\n\nlines\u2029here", one_line=True) == "two lines here"


@pytest.mark.parametrize("emoji", ["1️⃣", "1⃣", "1️⃣🏽"])
def test_a_number_is_known_in_every_spelling(emoji: str) -> None:
    assert plain_emoji(emoji) == DIGITS[0]
