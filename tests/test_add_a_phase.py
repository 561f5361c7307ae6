"""The ten minutes of CONTRIBUTING: its two files, as printed, play in a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = re.compile(r"`(bot/core/\S+\.py)`\*\*.*?```python\n(.*?)```", re.DOTALL)

PLAY = """
from dataclasses import replace
from bot.runtime import codec
from tests.core.stage import Meeting

play = Meeting.with_people("ana ben chidi dana")
assert play.phase == "weather", play.phase
assert play.session.plan[1].seconds == 120
play.press("ana", "Sunny")
play.press("ben", "Stormy")
assert "2 of 4 have said it." in play.text()
play.room = replace(play.room, session=codec.load(codec.dump(play.session)))
play.press("ben", "Cloudy")
play.press("chidi", "Cloudy")
play.press("dana", "Sunny")
assert play.phase == "check_in", play.phase
print("played")
"""


def test_the_printed_phase_plays_in_a_copy_of_the_project(tmp_path: Path) -> None:
    """Given a copy and the guide's two files, when a meeting is played, the phase takes part."""
    shutil.copytree(ROOT / "bot", tmp_path / "bot")
    shutil.copytree(ROOT / "tests" / "core", tmp_path / "tests" / "core")
    (tmp_path / "tests" / "__init__.py").touch()
    printed = FILES.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert [path for path, _ in printed] == [
        "bot/core/phases/weather.py",
        "bot/core/formats/ninety.py",
    ]

    for path, text in printed:
        (tmp_path / path).write_text(text, encoding="utf-8")
    played = subprocess.run(
        [sys.executable, "-c", PLAY],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert played.stdout == "played\n", played.stderr
