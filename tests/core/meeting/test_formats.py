"""The five formats: minutes that add up, turns that are long enough, rounds and breaks."""

import pytest

from bot.core.meeting.formats import FORMATS, PHASES
from bot.core.meeting.formats.plan import Part, turn_seconds
from bot.core.meeting.phases.gathering.check_in import CHECK_IN

TOTALS = {"60": 60, "90": 90, "120": 120, "180-deep": 180, "180-wide": 180}
PRESENTERS = {"60": 1, "90": 1, "120": 2, "180-deep": 2, "180-wide": 3}
ROUNDS = {"60": 39, "90": 56, "120": 38, "180-deep": 55, "180-wide": 38}

METHOD = {
    "arrive",
    "check_in",
    "action_report",
    "bids",
    "choose",
    "present",
    "clarify",
    "explore",
    "reflect",
    "action_plan",
    "break",
    "learning_review",
    "close",
}
"""The phases that the method has; a format may have others besides."""

TURNS = {
    "60": {
        "check_in": (60, 50, 43, 38),
        "action_report": (60, 50, 43, 38),
        "bids": (48, 40, 34, 30),
    },
    "90": {
        "check_in": (84, 70, 60, 52),
        "action_report": (108, 90, 77, 68),
        "bids": (96, 80, 69, 60),
    },
    "120": {
        "check_in": (96, 80, 69, 60),
        "action_report": (120, 100, 86, 75),
        "bids": (96, 80, 69, 60),
    },
    "180-deep": {
        "check_in": (120, 100, 86, 75),
        "action_report": (192, 160, 137, 120),
        "bids": (120, 100, 86, 75),
    },
    "180-wide": {
        "check_in": (96, 80, 69, 60),
        "action_report": (168, 140, 120, 105),
        "bids": (120, 100, 86, 75),
    },
}


@pytest.mark.parametrize("key", FORMATS)
def test_the_minutes_of_a_format_add_up(key):
    assert FORMATS[key].minutes == TOTALS[key]
    assert sum(step.seconds for step in FORMATS[key].steps()) == TOTALS[key] * 60


@pytest.mark.parametrize("key", FORMATS)
def test_every_round_has_its_presenter_and_the_same_length(key):
    steps = FORMATS[key].steps()
    lengths = {n: sum(s.seconds for s in steps if s.round == n) // 60 for n in range(1, 4)}

    assert [n for n, minutes in lengths.items() if minutes] == list(range(1, PRESENTERS[key] + 1))
    assert {minutes for minutes in lengths.values() if minutes} == {ROUNDS[key]}


@pytest.mark.parametrize("key", FORMATS)
def test_the_seconds_each_person_gets_are_those_of_the_method(key):
    minutes = {part.phase.key: part.minutes for part in FORMATS[key].opening}
    # A part of somebody's own, before the check-in, has its minutes from the check-in.
    minutes["check_in"] += sum(n for phase, n in minutes.items() if phase not in METHOD)

    found = {
        phase: tuple(turn_seconds(minutes[phase], people) for people in (5, 6, 7, 8))
        for phase in TURNS[key]
    }

    assert found == TURNS[key]


def test_breaks_come_between_rounds():
    wide = [step.phase for step in FORMATS["180-wide"].steps()]

    assert [s.seconds // 60 for s in FORMATS["180-wide"].steps() if s.phase == "break"] == [8, 7]
    assert wide.index("break") == wide.index("action_plan") + 1
    assert "break" not in [step.phase for step in FORMATS["90"].steps()]


def test_every_phase_of_the_method_is_known():
    assert set(PHASES) >= METHOD
    assert {step.phase for key in FORMATS for step in FORMATS[key].steps()} == set(PHASES)


def test_a_part_can_be_added_to_a_format():
    longer = FORMATS["120"].with_part(Part(CHECK_IN, 3), after="reflect")

    phases = [step.phase for step in longer.steps()]

    assert longer.minutes == 126
    assert [phases[n + 1] for n, p in enumerate(phases) if p == "reflect"] == ["check_in"] * 2
