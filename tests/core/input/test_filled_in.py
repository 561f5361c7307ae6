"""Reading what people fill in: cleaned and checked, or one kind sentence about one field."""

import pytest

from bot.core.cards import Field, FieldKind
from bot.core.decision import Refusal
from bot.core.input.forms import FORMS, read
from bot.core.signals import Submitted


def submit(form: str, **words: str) -> Submitted | Refusal:
    return read(Submitted(form, tuple(words.items())))


def taken(form: str, **words: str) -> Submitted:
    found = submit(form, **words)
    assert isinstance(found, Submitted), found
    return found


def refused(form: str, **words: str) -> tuple[str, str]:
    found = submit(form, **words)
    assert isinstance(found, Refusal), found
    return found.code, found.field


def test_a_form_is_cleaned_and_complete():
    bid = taken("bid", title=" How do I\nsay no?\u200b ")

    assert bid.get("title") == "How do I say no?"
    assert bid.get("why") == ""
    assert bid.get("urgency") == "2"


def test_several_lines_stay_where_there_is_room_for_them():
    assert taken("reflect", reflection="One.\nTwo.").get("reflection") == "One.\nTwo."


@pytest.mark.parametrize("words", ["", "   ", "\n\n", "\u200b\u2060", "\u3164", "\u2800", "\x00"])
def test_an_empty_answer_is_refused_where_one_is_needed(words):
    assert refused("bid", title=words) == ("empty", "title")
    assert refused("start_set", name=words) == ("empty", "name")


@pytest.mark.parametrize(
    ("form", "field", "limit"), [("bid", "title", 300), ("reflect", "reflection", 2000)]
)
def test_the_limit_counts_code_points_after_cleaning(form, field, limit):
    assert taken(form, **{field: "  " + "e\u0301" * limit + "\u200b"}).get(field) == "é" * limit
    assert refused(form, **{field: "🙂" * (limit + 1)}) == ("too_long", field)


def test_ten_thousand_characters_are_refused_with_both_numbers():
    found = submit("bid", title="x" * 10_000)

    assert isinstance(found, Refusal)
    assert found.sentence == "“Issue” takes 300 characters; yours has 10000."


def test_a_choice_is_taken_by_value_or_by_what_it_says():
    assert taken("bid", title="x", urgency="3 · It is pressing").get("urgency") == "3"
    assert refused("bid", title="x", urgency="11") == ("choice", "urgency")


@pytest.mark.parametrize("date", ["soon", "31 February", "2027-02-29", "2027-04-12T10:00+02:00"])
def test_an_unreadable_date_names_its_field(date):
    assert refused("action", what="x", due=date) == ("unreadable", "due")


def test_a_readable_date_is_taken():
    assert taken("action", what="x", due="2027-04-12").get("due") == "2027-04-12"


def test_a_meeting_needs_a_day_and_a_time():
    assert taken("schedule", when="2027-04-12T18:00").get("when") == "2027-04-12T18:00"
    assert refused("schedule", when="2027-04-12") == ("unreadable", "when")


def test_a_zone_is_checked():
    words = {"name": "Aurora", "format": "60", "facilitation": "The bot"}

    assert taken("start_set", zone="Asia/Tokyo", **words).get("facilitation") == "bot-held"
    for zone in ("Mars/Olympus", "../../etc/passwd", "/etc/localtime", "x\x00y"):
        assert refused("start_set", zone=zone, **words) == ("unreadable", "zone")
    found = submit("start_set", zone="Europe/Londn", **words)
    assert isinstance(found, Refusal)
    assert found.sentence == "I could not read “Time zone”; give a time zone like Europe/London."


@pytest.mark.parametrize("key", FORMS)
def test_every_form_has_at_most_five_fields_and_fits_a_platform(key):
    form = FORMS[key]

    assert 1 <= len(form.fields) <= 5
    assert all(field.label for field in form.fields)
    assert len({field.key for field in form.fields}) == len(form.fields)
    assert len(form.title) <= 45
    assert len(form.submit) <= 24
    assert all(_fits(field) for field in form.fields)


def _fits(field: Field) -> bool:
    choices = 2 <= len(field.choices) <= 10 if field.kind is FieldKind.CHOICE else not field.choices
    return len(field.label) <= 45 and len(field.hint) <= 100 and choices and field.limit <= 3000
