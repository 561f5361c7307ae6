"""Changing a set, letting it rest, ending it well."""

from __future__ import annotations

import pytest

from bot.core import engine
from bot.core.cards import Fields, Text
from bot.core.learning_set.changes import LIMITS
from bot.core.learning_set.commands import ChangeSet
from bot.core.learning_set.state import MeetingStatus
from bot.core.signals import Pressed
from tests.core.reading import at, labels, words_of
from tests.core.road import Heard
from tests.core.stage import CAST, EIGHT, Stage


def set_card(town: Stage) -> str:
    """What the set's card in its place says."""
    card = town.said_as("set")[0]
    rows = [" ".join(r) for b in card.blocks if isinstance(b, Fields) for r in b.rows]
    return "\n".join((words_of(card), *rows))


def change(town: Stage, **words: str) -> Heard:
    """`Change`, handed in by Ana."""
    return town.hand_in("ana", town.press("ana", "Change").form, **words)


def agree_on(town: Stage, *lines: str) -> Heard:
    """Another agreement."""
    return town.hand_in("ana", town.press("ana", "Ground rules").form, lines="\n".join(lines))


# --- change ---------------------------------------------------------------------------------------


def test_the_form_shows_what_holds(led: Stage) -> None:
    form = led.press("ana", "Change").form

    assert [f.value for f in form.fields] == ["", "6 weeks", "8", "4", "no"]


def test_what_was_changed_stands_on_the_sets_card(led: Stage) -> None:
    heard = change(led, purpose="Leading without a title", every="4 weeks", size="9", quorum="3")

    assert heard.sentence == "Updated."
    card = set_card(led)
    assert "Purpose: Leading without a title" in card
    assert "Rhythm every 4 weeks" in card
    assert "Size 4 to 9 people" in card
    assert led.set.quorum == 3


def test_the_same_again_changes_nothing(led: Stage) -> None:
    assert change(led).sentence == "Nothing changed."


def test_by_months_the_rhythm_goes_on_from_the_last_or_next_meeting(led: Stage) -> None:
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
def test_what_cannot_be(led: Stage, words: dict[str, str], code: str) -> None:
    before = led.set

    assert change(led, **words).code == code
    assert led.set is before


def test_a_larger_set_calls_who_waits() -> None:
    town = Stage().found(*EIGHT.split())
    town.press("ivo", "Put me on the waiting list", town.press("ivo", "Join").card)

    change(town, size="9")

    assert town.private("ivo")[-1].title == "There's room in Aurora"


def test_what_is_left_out_of_a_command_stays(led: Stage) -> None:
    assert led.decide(ChangeSet(who="ana")).sentence == "Nothing changed."


@pytest.mark.parametrize("label", ["Change", "Ground rules"])
def test_only_who_facilitates_changes_it(led: Stage, label: str) -> None:
    opened = led.press("ben", label)

    refused = opened if opened.refusal else led.hand_in("ben", opened.form)
    assert refused.code == "not_facilitator"
    assert "Change" not in labels(led.type("ben", "home").card)
    assert "Change" in labels(led.type("ana", "home").card)


def test_where_no_set_is_there_is_nothing_to_change(town: Stage) -> None:
    for action in ("change_set", "change_agreement"):
        assert town.push("ana", Pressed(action)).code == "no_set"


def test_who_takes_turns_finds_theirs_at_home_too() -> None:
    town = Stage().found(*CAST, facilitation="rotating")

    assert "Skip my turn" in labels(town.type("ben", "home").card)


# --- the agreement --------------------------------------------------------------------------------


def test_another_agreement_is_read_by_all_and_by_new_members(led: Stage) -> None:
    heard = agree_on(led, "We begin on time.", "", LIMITS)

    assert heard.sentence == "Updated. I've shown the set its new ground rules."
    card = led.public()[-1]
    assert card.title == "Aurora has new ground rules"
    assert "1. We begin on time." in words_of(card)
    agreement = words_of(led.press("zoe", "Join").card)
    assert "1. We begin on time." in agreement
    assert LIMITS in agreement


def test_the_limits_of_confidentiality_are_always_said(led: Stage) -> None:
    agree_on(led, "We begin on time.")

    assert led.set.agreement == ("We begin on time.", LIMITS)
    assert agree_on(led, "We begin on time.").sentence == "Nothing changed."


@pytest.mark.parametrize("lines", [("\u2800",), tuple(f"Rule {n}" for n in range(13))])
def test_an_agreement_has_some_rules_and_not_too_many(led: Stage, lines: tuple[str, ...]) -> None:
    assert agree_on(led, *lines).code in ("rules", "empty")


def test_an_agreement_of_blanks_is_none(led: Stage) -> None:
    from bot.core.learning_set.commands import ChangeAgreement

    assert led.decide(ChangeAgreement(who="ana", lines=(" ", ""))).code == "rules"


# --- resting --------------------------------------------------------------------------------------


def test_a_set_that_rests_is_never_spoken_to_and_does_not_meet(led: Stage) -> None:
    led.plan("2027-04-12T18:00")
    led.keep("ben", "Talk to Mia")

    heard = led.press("ana", "Pause")

    assert heard.sentence.startswith("This set is paused")
    assert engine.deadlines(led.set) == ()
    assert "This set is paused." in set_card(led)
    assert led.type("ana", "start").code == "rests"
    assert led.plan("2027-05-01T18:00").code == "rests"
    assert led.press("ana", "Resume").sentence == "The set has resumed."
    assert led.set.planned() != ()
    assert led.press("ana", "Pause").refusal is None


def test_after_a_long_rest_the_rhythm_goes_on(led: Stage) -> None:
    led.plan("2027-04-12T18:00")
    led.press("ana", "Pause")
    led.now = at("2027-05-01 12:00")

    led.press("ana", "Resume")

    assert [m.status for m in led.set.meetings] == [MeetingStatus.NOT_HELD, MeetingStatus.PLANNED]
    assert f"{led.set.planned()[0].wall}" == "2027-05-24 18:00:00"
    assert led.do("ana", Pressed("go_on")).sentence == "Nothing to change."


def test_a_set_that_never_met_wakes_without_a_date(led: Stage) -> None:
    led.press("ana", "Pause")

    led.press("ana", "Resume")

    assert led.set.meetings == ()


def test_a_running_meeting_is_not_frozen(led: Stage) -> None:
    led.type("ana", "start")

    for action in ("freeze", "end_set"):
        assert led.do("ana", Pressed(action)).code == "running"


# --- the end --------------------------------------------------------------------------------------


def test_a_set_ends_with_a_look_back_and_thanks(led: Stage) -> None:
    led.meet()
    card = led.press("ana", "Archive").card
    assert labels(card) == ["End the set and tell 4 people"]
    assert any("look back" in b.text for b in card.blocks if isinstance(b, Text))
    assert led.set.archived_at is None

    led.press("ana", "End the set and tell 4 people", card)

    farewell = led.public()[-1]
    assert farewell.title == "Aurora has ended"
    assert "1 meeting since Monday 1 March 2027." in words_of(farewell)
    assert "You were: Ana, Ben, Chidi, Dana, Eve" in words_of(farewell)
    assert led.set.archived_at == led.now
    assert engine.deadlines(led.set) == ()


@pytest.mark.parametrize(
    ("others", "label"), [((), "End the set"), (("ben",), "End the set and tell 1 person")]
)
def test_the_button_names_how_many_are_told(others: tuple[str, ...], label: str) -> None:
    town = Stage().found("ana", *others)

    assert labels(town.press("ana", "Archive").card) == [label]


def test_only_who_facilitates_ends_or_freezes_it(led: Stage) -> None:
    for action in ("freeze", "go_on", "end_set", "end_set_sure"):
        assert led.do("ben", Pressed(action)).code == "not_facilitator"
