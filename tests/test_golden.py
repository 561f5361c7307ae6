"""Whole meetings as people read them, one per format, kept to be reviewed as a diff.

`make golden` writes them anew.
"""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app.demo import tell_story
from bot.core.meeting.formats import FORMATS

START, ZONE = "2027-03-01T18:00", "Europe/London"


GOLDEN = Path(__file__).parent / "golden"


def golden(format: str) -> str:
    """The kept transcript of a format."""
    return (GOLDEN / f"{format}.txt").read_text(encoding="utf-8")


def told(capsys: pytest.CaptureFixture[str], format: str, seed: int = 1, **more: Any) -> str:
    options = {"start": START, "zone": ZONE, "data": None} | more
    tell_story(format, seed, **options)
    return capsys.readouterr().out


@pytest.mark.parametrize("format", FORMATS)
def test_a_whole_meeting_reads_as_it_did(
    format: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
):
    reads = told(capsys, format)
    if request.config.getoption("--snapshot-update"):
        GOLDEN.mkdir(exist_ok=True)
        (GOLDEN / f"{format}.txt").write_text(reads, encoding="utf-8")

    assert reads.splitlines() == golden(format).splitlines()


@pytest.fixture(scope="module")
def ninety() -> list[str]:
    """The golden transcript of the usual meeting."""
    return golden("90").splitlines()


def at(lines: list[str], words: str) -> str:
    """Date and time of the first line with these words."""
    return next(line[:16] for line in lines if words in line)


def test_the_story_holds_everything_a_set_goes_through(ninety):
    seen = [
        ("2027-02-22 18:00", "Aurora meets in a week"),
        ("2027-02-28 18:00", "Aurora meets tomorrow"),
        ("2027-03-01 17:45", "Arriving"),
        ("2027-03-01 18:00", "│ Ends: Mon 1 Mar 2027 18:"),
        ("2027-03-03 18:00", "Still your plan?"),
        ("2027-03-22 18:00", "Halfway to your date."),
        ("2027-04-09 18:00", "Due in 3 days."),
        ("2027-04-12 17:45", "On Monday 1 March 2027 Ana took on an action."),
    ]
    assert [(at(ninety, words), words) for _, words in seen] == seen

    phases = ["Offering issues", "Choosing the issue", "Telling the story", "Clarifying questions"]
    phases += ["Open questions", "Reflecting", "Action points", "What we learned", "Closing"]
    opened = [at(ninety, f"│ {title}") for title in phases]
    assert opened == sorted(opened)
    assert all(moment.startswith("2027-03-01") for moment in opened)

    text = "\n".join(ninety)
    assert "picked at random" in text
    assert text.count("presses [Add an action]") == 2
    assert "6 people met." in text


def test_the_second_meeting_is_six_weeks_later_at_the_same_local_time(ninety):
    start = datetime.fromisoformat(START)
    second = at(ninety, "│ Ends: Mon 12 Apr 2027 18:")

    assert second == "2027-04-12 18:00"
    assert (datetime.fromisoformat(second) - start).days == 42
    assert any(line.startswith("2027-04-12 18:") and "How it went" in line for line in ninety)


@pytest.mark.parametrize(
    ("format", "least", "most"),
    [("60", 50, 60), ("90", 75, 90), ("120", 100, 120), ("180-deep", 155, 180)]
    + [("180-wide", 155, 180)],
)
def test_a_meeting_takes_about_the_time_it_says(format, least, most):
    lines = golden(format).splitlines()
    ended = datetime.fromisoformat(at(lines, "│ Thank you all"))

    assert least <= (ended - datetime.fromisoformat(START)).total_seconds() / 60 <= most


@pytest.mark.parametrize("format", FORMATS)
def test_every_line_opens_with_a_date_and_time_that_never_goes_back(format):
    lines = golden(format).splitlines()

    assert [line for line in lines if not re.match(r"20\d\d-\d\d-\d\d \d\d:\d\d ", line)] == []
    assert [line[:16] for line in lines] == sorted(line[:16] for line in lines)


def test_the_same_seed_tells_the_same_story(capsys):
    assert told(capsys, "60", seed=7) == told(capsys, "60", seed=7)


def test_another_seed_differs_only_after_the_tie_break(capsys):
    stories = [told(capsys, "60", seed=seed).splitlines() for seed in range(1, 9)]
    presenters = {at_result(lines) for lines in stories}
    before = {tuple(lines[: lines.index(result(lines))]) for lines in stories}

    assert presenters == {"Ana", "Ben"}
    assert len(before) == 1


def result(lines: list[str]) -> str:
    return next(line for line in lines if " presents. " in line)


def at_result(lines: list[str]) -> str:
    return result(lines).split("│ ")[1].split()[0]


def test_a_set_in_another_zone_meets_at_its_own_local_time(capsys):
    lines = told(capsys, "60", zone="America/Santiago", start="2027-03-30T09:30").splitlines()

    assert at(lines, "│ Check-in") == "2027-03-30 09:30"
    second = [line for line in lines if line.startswith("2027-05-11") and "Check-in" in line]
    assert second[0].startswith("2027-05-11 09:30")
