"""How often a set meets: read from words, kept as a rule, said in words, followed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.learning_set.rhythm import (
    anchored,
    following,
    is_rule,
    read_rhythm,
    rhythm_in_words,
    typed_again,
)

MONDAY = datetime.fromisoformat("2027-03-01T18:00")


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("6 weeks", "FREQ=WEEKLY;INTERVAL=6"),
        ("Every six weeks.", "FREQ=WEEKLY;INTERVAL=6"),
        ("every  week", "FREQ=WEEKLY;INTERVAL=1"),
        ("weekly", "FREQ=WEEKLY;INTERVAL=1"),
        ("every other week", "FREQ=WEEKLY;INTERVAL=2"),
        ("fortnightly", "FREQ=WEEKLY;INTERVAL=2"),
        ("twelve weeks", "FREQ=WEEKLY;INTERVAL=12"),
        ("52 weeks", "FREQ=WEEKLY;INTERVAL=52"),
        ("month", "FREQ=MONTHLY;INTERVAL=1"),
        ("quarterly", "FREQ=MONTHLY;INTERVAL=3"),
        ("every year", "FREQ=MONTHLY;INTERVAL=12"),
        ("once", ""),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR", "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR"),
        ("soon", None),
        ("0 weeks", None),
        ("several weeks", None),
        ("", None),
    ],
)
def test_rhythms_as_people_type_them(typed: str, rule: str | None) -> None:
    assert read_rhythm(typed) == rule


@pytest.mark.parametrize(
    ("rule", "said", "typed"),
    [
        ("FREQ=WEEKLY;INTERVAL=1", "every week", "one week"),
        ("FREQ=WEEKLY;INTERVAL=6", "every six weeks", "six weeks"),
        ("FREQ=MONTHLY;INTERVAL=1;BYDAY=1MO", "every month, on the first Monday", "one month"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=4FR", "every two months, on the 4th Friday", "two months"),
        (
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1SU",
            "every three months, on the last Sunday",
            "three months",
        ),
        ("", "once", "once"),
    ],
)
def test_rules_in_words_and_read_again(rule: str, said: str, typed: str) -> None:
    assert rhythm_in_words(rule) == said
    assert typed_again(rule) == typed
    again = read_rhythm(typed)
    assert again is not None
    assert rule.startswith(again)


@pytest.mark.parametrize(
    ("day", "which"), [(1, "1MO"), (7, "1SU"), (8, "2MO"), (28, "4SU"), (29, "-1MO"), (31, "-1WE")]
)
def test_by_months_it_stays_on_the_weekday_of_the_first_meeting(day: int, which: str) -> None:
    rule = anchored("FREQ=MONTHLY;INTERVAL=1", MONDAY.replace(day=day))

    assert rule == f"FREQ=MONTHLY;INTERVAL=1;BYDAY={which}"
    assert anchored("FREQ=WEEKLY;INTERVAL=6", MONDAY) == "FREQ=WEEKLY;INTERVAL=6"


def test_a_fifth_weekday_is_the_last_of_its_month() -> None:
    wall = MONDAY.replace(day=29)
    found = following(anchored("FREQ=MONTHLY;INTERVAL=1", wall), wall, wall)

    assert found == datetime.fromisoformat("2027-04-26T18:00")


@pytest.mark.parametrize("rule", ["", "FREQ=HOURLY;INTERVAL=1"])
def test_without_a_rhythm_nothing_follows(rule: str) -> None:
    assert following(rule, MONDAY, MONDAY) is None


rules = st.one_of(
    st.integers(1, 52).map(lambda n: f"FREQ=WEEKLY;INTERVAL={n}"),
    st.integers(1, 12).map(lambda n: anchored(f"FREQ=MONTHLY;INTERVAL={n}", MONDAY)),
)


@given(rules, st.integers(0, 1500), st.integers(0, 86_399))
@settings(max_examples=150, deadline=None)
def test_what_follows_is_what_the_rule_says(rule: str, days: int, seconds: int) -> None:
    after = MONDAY + timedelta(days=days, seconds=seconds)

    found = following(rule, MONDAY, after)

    assert is_rule(rule)
    assert found == rrulestr(rule, dtstart=MONDAY).after(after)
    assert found.time() == MONDAY.time()
