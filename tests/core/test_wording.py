"""Cleaning what people type, and small words shared by many cards."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.wording import (
    DIGITS,
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

SHOWS_NOTHING = ["", "   ", "\t\r\n", "\u200b\u200d", "\u202e\u202c", "\ufeff", "\u3164", "\x00"]


@pytest.mark.parametrize("typed", SHOWS_NOTHING)
def test_a_text_that_shows_nothing_becomes_empty(typed):
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
def test_what_is_hidden_goes_and_what_is_seen_stays(typed, kept):
    assert tidy(typed) == kept


def test_one_line_folds_every_kind_of_break():
    assert tidy("two\n\nlines\u2029here", one_line=True) == "two lines here"


@given(st.text(st.characters(), max_size=60), st.booleans())
def test_tidied_text_is_composed_without_hidden_characters_and_stays_as_it_is(typed, one_line):
    kept = tidy(typed, one_line=one_line)

    assert kept == unicodedata.normalize("NFC", kept)
    assert tidy(kept, one_line=one_line) == kept
    assert kept.encode("utf-8").decode("utf-8") == kept
    hidden = {c for c in kept if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co")}
    assert hidden <= {"\n", "\u200c", "\u200d"}


def test_a_name_is_never_empty_and_never_long():
    assert tidy_name("Ana\nBanana") == "Ana Banana"
    assert tidy_name("\u200b") == "Someone"
    assert tidy_name("x" * 99) == "x" * 39 + "…"


@pytest.mark.parametrize(
    ("typed", "number"),
    [("5", 5), ("007", 7), ("", None), ("-1", None), ("٣", None), ("9" * 20, None)],
)
def test_a_whole_number_is_one_that_makes_sense(typed, number):
    assert whole(typed) == number


@pytest.mark.parametrize("emoji", ["1️⃣", "1⃣", "1️⃣🏽"])
def test_a_number_is_known_in_every_spelling(emoji):
    assert plain_emoji(emoji) == DIGITS[0]


def test_an_unknown_emoji_stays_what_it_is():
    assert plain_emoji("🍕") == "🍕"


def test_small_words():
    assert [count(n, "issue") for n in (0, 1, 3, 12)] == [
        "no issues",
        "1 issue",
        "3 issues",
        "12 issues",
    ]
    assert count(2, "person", "people") == "2 people"
    assert [minutes(s) for s in (45, 60, 90, 120, 420)] == [
        "45 seconds",
        "1 minute",
        "90 seconds",
        "2 minutes",
        "7 minutes",
    ]
    assert [ordinal(n) for n in (1, 2, 3, 4)] == ["first", "second", "third", "4th"]
    assert capital("ben's turn") == "Ben's turn"
    assert [shorten("words", n) for n in (5, 3)] == ["words", "wo…"]


def test_the_nearest_word_is_found_and_nonsense_finds_none():
    assert nearest("extnd", ("extend", "end")) == "extend"
    assert nearest("zzzz", ("extend", "end")) is None
