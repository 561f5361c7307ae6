"""Changing a set, letting it rest, ending it well."""

from __future__ import annotations

import pytest

from bot.core import engine
from bot.core.cards import Fields, Text
from bot.core.learning_set.changes import LIMITS
from bot.core.learning_set.commands import ChangeSet
from bot.core.learning_set.state import MeetingStatus
from bot.core.signals import Pressed
from tests.core_set.town import CAST, EIGHT, Heard, Town, at, labels, words


def set_card(town: Town) -> str:
    """What the set's card in its place says."""
    card = next(c for n, c in town.said if n.card == "set")
    rows = [" ".join(r) for b in card.blocks if isinstance(b, Fields) for r in b.rows]
    return "\n".join((words(card), *rows))


def change(town: Town, **words: str) -> Heard:
    """`Change`, handed in by Ana."""
    return town.hand_in("Ana", town.press("Ana", "Change").form, **words)


def agree_on(town: Town, *lines: str) -> Heard:
    """Another agreement."""
    return town.hand_in("Ana", town.press("Ana", "Ground rules").form, lines="\n".join(lines))


# --- change ---------------------------------------------------------------------------------------


def test_the_form_shows_what_holds(led: Town) -> None:
    form = led.press("Ana", "Change").form

    assert [f.value for f in form.fields] == ["", "6 weeks", "8", "4", "no"]


def test_what_was_changed_stands_on_the_sets_card(led: Town) -> None:
    heard = change(led, purpose="Leading without a title", every="4 weeks", size="9", quorum="3")

    assert heard.sentence == "Updated."
    card = set_card(led)
    assert "Purpose: Leading without a title" in card
    assert "Rhythm every 4 weeks" in card
    assert "Size 4 to 9 people" in card
    assert led.set.quorum == 3


def test_the_same_again_changes_nothing(led: Town) -> None:
    assert change(led).sentence == "Nothing changed."


def test_by_months_the_rhythm_goes_on_from_the_last_or_next_meeting(led: Town) -> None:
    change(led, every="monthly")
    assert led.set.rhythm == "FREQ=MONTHLY;INTERVAL=1;BYDAY=1MO"
    led.plan("2027-03-09T18:00")

    change(led, every="2 months")

    assert led.set.rhythm == "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"size": "3"}, "size"),
        ({"size": "10"}, "size"),
        ({"size": "x"}, "size"),
        ({"size": "4"}, "size"),
        ({"quorum": "1"}, "quorum"),
        ({"quorum": "9"}, "quorum"),
        ({"every": "0 weeks"}, "unreadable"),
    ],
)
def test_what_cannot_be(led: Town, words: dict[str, str], code: str) -> None:
    before = led.set

    assert change(led, **words).code == code
    assert led.set is before


def test_a_larger_set_calls_who_waits() -> None:
    town = Town().found(*EIGHT)
    town.press("Ivo", "Put me on the waiting list", town.press("Ivo", "Join").card)

    change(town, size="9")

    assert town.private("Ivo")[-1].title == "There's room in Aurora"


def test_what_is_left_out_of_a_command_stays(led: Town) -> None:
    assert led.decide(ChangeSet(who="ana")).sentence == "Nothing changed."


@pytest.mark.parametrize("label", ["Change", "Ground rules"])
def test_only_who_facilitates_changes_it(led: Town, label: str) -> None:
    opened = led.press("Ben", label)

    refused = opened if opened.refusal else led.hand_in("Ben", opened.form)
    assert refused.code == "not_facilitator"
    assert "Change" not in labels(led.type("Ben", "home").card)
    assert "Change" in labels(led.type("Ana", "home").card)


def test_where_no_set_is_there_is_nothing_to_change(town: Town) -> None:
    for action in ("change_set", "change_agreement"):
        assert town.push("Ana", Pressed(action)).code == "no_set"


def test_who_takes_turns_finds_theirs_at_home_too() -> None:
    town = Town().found(*CAST, facilitation="rotating")

    assert "Skip my turn" in labels(town.type("Ben", "home").card)


# --- the agreement --------------------------------------------------------------------------------


def test_another_agreement_is_read_by_all_and_by_whoever_joins(led: Town) -> None:
    heard = agree_on(led, "We begin on time.", "", LIMITS)

    assert heard.sentence == "Updated. I've shown the set its new ground rules."
    card = led.public()[-1]
    assert card.title == "Aurora has new ground rules"
    assert "1. We begin on time." in words(card)
    agreement = words(led.press("Zoe", "Join").card)
    assert "1. We begin on time." in agreement
    assert LIMITS in agreement


def test_the_limits_of_confidentiality_are_always_said(led: Town) -> None:
    agree_on(led, "We begin on time.")

    assert led.set.agreement == ("We begin on time.", LIMITS)
    assert agree_on(led, "We begin on time.").sentence == "Nothing changed."


@pytest.mark.parametrize("lines", [("\u2800",), tuple(f"Rule {n}" for n in range(13))])
def test_an_agreement_has_some_rules_and_not_too_many(led: Town, lines: tuple[str, ...]) -> None:
    assert agree_on(led, *lines).code in ("rules", "empty")


def test_an_agreement_of_blanks_is_none(led: Town) -> None:
    from bot.core.learning_set.commands import ChangeAgreement

    assert led.decide(ChangeAgreement(who="ana", lines=(" ", ""))).code == "rules"


# --- resting --------------------------------------------------------------------------------------


def test_a_set_that_rests_is_never_spoken_to_and_does_not_meet(led: Town) -> None:
    led.plan("2027-04-12T18:00")
    led.keep("Ben", "Talk to Mia")

    heard = led.press("Ana", "Pause")

    assert heard.sentence.startswith("This set is paused")
    assert engine.deadlines(led.set) == ()
    assert "This set is paused." in set_card(led)
    assert led.type("Ana", "start").code == "rests"
    assert led.plan("2027-05-01T18:00").code == "rests"
    assert led.press("Ana", "Resume").sentence == "The set has resumed."
    assert led.set.planned() != ()
    assert led.press("Ana", "Pause").refusal is None


def test_after_a_long_rest_the_rhythm_goes_on(led: Town) -> None:
    led.plan("2027-04-12T18:00")
    led.press("Ana", "Pause")
    led.now = at("2027-05-01 12:00")

    led.press("Ana", "Resume")

    assert [m.status for m in led.set.meetings] == [MeetingStatus.NOT_HELD, MeetingStatus.PLANNED]
    assert f"{led.set.planned()[0].wall}" == "2027-05-24 18:00:00"
    assert led.do("Ana", Pressed("go_on")).sentence == "Nothing to change."


def test_a_set_that_never_met_wakes_without_a_date(led: Town) -> None:
    led.press("Ana", "Pause")

    led.press("Ana", "Resume")

    assert led.set.meetings == ()


def test_a_running_meeting_is_not_frozen(led: Town) -> None:
    led.type("Ana", "start")

    for action in ("freeze", "end_set"):
        assert led.do("Ana", Pressed(action)).code == "running"


# --- the end --------------------------------------------------------------------------------------


def test_a_set_ends_with_a_look_back_and_thanks(led: Town) -> None:
    led.meet()
    card = led.press("Ana", "Archive").card
    assert labels(card) == ["End the set and tell 4 people"]
    assert any("look back" in b.text for b in card.blocks if isinstance(b, Text))
    assert led.set.archived_at is None

    led.press("Ana", "End the set and tell 4 people", card)

    farewell = led.public()[-1]
    assert farewell.title == "Aurora has ended"
    assert "1 meeting since Monday 1 March 2027." in words(farewell)
    assert "You were: Ana, Ben, Chidi, Dana, Eve" in words(farewell)
    assert led.set.archived_at == led.now
    assert engine.deadlines(led.set) == ()


@pytest.mark.parametrize(
    ("others", "label"), [((), "End the set"), (("Ben",), "End the set and tell 1 person")]
)
def test_the_button_names_how_many_are_told(others: tuple[str, ...], label: str) -> None:
    town = Town().found("Ana", *others)

    assert labels(town.press("Ana", "Archive").card) == [label]


def test_only_who_facilitates_ends_or_freezes_it(led: Town) -> None:
    for action in ("freeze", "go_on", "end_set", "end_set_sure"):
        assert led.do("Ben", Pressed(action)).code == "not_facilitator"
