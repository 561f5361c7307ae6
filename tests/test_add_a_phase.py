"""The ten minutes of CONTRIBUTING: its two files, as printed, play in a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = re.compile(r"`(bot/core/\S+\.py)`\*\*.*?```python\n(.*?)```", re.DOTALL)

PLAY = """
from dataclasses import replace
from bot.runtime import codec
from bot.core.person import privacy
from bot.core.meeting.forgetting import without_in
from tests.core.stage import Meeting

play = Meeting.with_people("ana ben chidi dana")
assert play.phase == "weather", play.phase
assert play.session.plan[1].seconds == 120
play.press("ana", "Sunny")
play.press("ben", "Stormy")
assert "2 of 4 have said it." in play.text()
play.room = replace(play.room, session=codec.load(codec.dump(play.session)))
play.press("ben", "Cloudy")
assert privacy.mine(play.room, "ben").words == (("The weather inside", "Cloudy"),)
session = without_in(play.session, "ben", play.now)
assert "'ben'" not in repr(session) and "Cloudy" not in repr(session)
left = replace(play.room, session=session)
assert privacy.mine(left, "ana").words == (("The weather inside", "Sunny"),)
play.press("chidi", "Cloudy")
play.press("dana", "Sunny")
assert play.phase == "check_in", play.phase
print("played")
"""


ANSWERS = re.compile(r"\n    def (words_of|keepsake|forget)\(.*?(?=\n    def )", re.DOTALL)
"""What the guide's phase says of whose its words are."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project with the guide's two files."""
    shutil.copytree(ROOT / "bot", tmp_path / "bot")
    shutil.copytree(ROOT / "tests" / "core", tmp_path / "tests" / "core")
    (tmp_path / "tests" / "__init__.py").touch()
    printed = FILES.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert [path for path, _ in printed] == [
        "bot/core/meeting/phases/weather.py",
        "bot/core/meeting/formats/ninety.py",
    ]

    for path, text in printed:
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def run(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Python in that copy."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=copy,
        env={"PYTHONPATH": str(copy), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_printed_phase_plays_in_a_copy_of_the_project(copy: Path) -> None:
    """Given a copy and the guide's two files, when a meeting is played, the phase takes part."""
    played = run(copy, "-c", PLAY)

    assert played.stdout == "played\n", played.stderr


def test_whatever_is_said_in_the_printed_phase_is_its_owners_and_can_be_forgotten(
    copy: Path,
) -> None:
    """Given the copy, when words are said in it and forgotten, what holds for ours holds for it."""
    stories = "tests/core/test_forgetting.py"
    whatever = f"{stories}::test_whatever_was_said_nothing_of_the_forgotten_is_left_and_the_meeting"
    told = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{whatever}_goes_on[weather]")

    assert "1 passed" in told.stdout, told.stdout + told.stderr


def test_the_printed_phase_without_its_answers_is_told_what_to_write(copy: Path) -> None:
    """Given the copy, when the phase does not say what is whose, then it cannot be defined."""
    weather = copy / "bot/core/meeting/phases/weather.py"
    silent, found = ANSWERS.subn("", weather.read_text(encoding="utf-8"))
    assert found == 3
    weather.write_text(silent, encoding="utf-8")

    told = run(copy, "-c", PLAY)

    assert "Weather remembers people or their words in Skies" in told.stderr
    assert "Please write words_of (" in told.stderr
