"""The ten minutes of CONTRIBUTING: its two files, as printed, play in a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.app.new_phase import CannotWrite, write_phase

ROOT = Path(__file__).resolve().parents[1]
FILES = re.compile(r"`(bot/core/\S+\.py)`\*\*.*?```python\n(.*?)```", re.DOTALL)

PLAY = """
from dataclasses import replace
from bot.runtime import codec
from bot.core.person import privacy
from bot.core.meeting.forgetting import without_in
from tests.core.stage import Stage

play = Stage.started()
for who in ("ana", "ben", "chidi", "dana"):
    play.arrive(who)
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


def project(folder: Path) -> Path:
    """A copy of the project, as far as it is needed here."""
    shutil.copytree(ROOT / "bot", folder / "bot")
    shutil.copytree(ROOT / "migrations", folder / "migrations")
    shutil.copytree(ROOT / "tests" / "core", folder / "tests" / "core")
    for file in ("__init__.py", "conftest.py", "cpu.py"):
        shutil.copy(ROOT / "tests" / file, folder / "tests")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project with the guide's two files."""
    project(tmp_path)
    printed = FILES.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert [path for path, _ in printed] == [
        "bot/core/meeting/phases/weather.py",
        "bot/core/meeting/formats/ninety.py",
    ]

    for path, text in printed:
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


NEW = re.sub(r"^assert.*weather inside.*\n|^assert .*Cloudy.*\n", "", PLAY, flags=re.MULTILINE)
for word, other in (
    ("weather", "last_word"),
    ("Sunny", "Lots"),
    ("Stormy", "Some"),
    ("Cloudy", "Little"),
):
    NEW = NEW.replace(word, other)


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
    stories = "tests/core/person/test_forgetting.py"
    whatever = f"{stories}::test_whatever_was_said_nothing_of_the_forgotten_is_left_and_the_meeting"
    told = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{whatever}_goes_on[weather]")

    assert "1 passed" in told.stdout, told.stdout + told.stderr


WHERE_MEETINGS_ARE_PLAYED = [
    f"tests/core/{where}"
    for where in (
        *("input", "learning_set", "meeting", "person"),
        *("test_always.py", "test_bad_input.py", "test_cards.py", "test_purity.py"),
    )
]
"""The stories of the core but for those that know no phase: walls, words and permissions."""


@pytest.mark.long
@pytest.mark.parametrize("written", ["as printed", "by als new phase"])
def test_with_a_phase_more_every_story_of_the_core_holds(written: str, copy: Path) -> None:
    """Given the copy, when it has its new phase, then no story of ours minds that it is there."""
    if written != "as printed":
        for path in ("phases/weather.py", "formats/ninety.py"):
            (copy / "bot/core/meeting" / path).unlink()
        shutil.copytree(ROOT / "bot", copy / "bot", dirs_exist_ok=True)
        assert run(copy, "-m", "bot", "new", "phase", "last_word").returncode == 0

    told = run(
        copy, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", *WHERE_MEETINGS_ARE_PLAYED
    )

    assert told.returncode == 0, told.stdout[-4000:] + told.stderr


def test_the_printed_phase_without_its_answers_is_told_what_to_write(copy: Path) -> None:
    """Given the copy, when the phase does not say what is whose, then it cannot be defined."""
    weather = copy / "bot/core/meeting/phases/weather.py"
    silent, found = ANSWERS.subn("", weather.read_text(encoding="utf-8"))
    assert found == 3
    weather.write_text(silent, encoding="utf-8")

    told = run(copy, "-c", PLAY)

    assert "Weather remembers people or their words in Skies" in told.stderr
    assert "Please write words_of (" in told.stderr


def test_the_script_plays_a_phase_that_nobody_wrote_it_for(copy: Path) -> None:
    """Given the copy, when the story is told, all say a line of it and press, in both meetings."""
    told = run(copy, "-m", "bot", "demo", "--script").stdout

    assert told.count("presses [Sunny]") == 5 + 6
    assert "Eve: “Clouds, and some sun behind them.”" in told
    assert told.endswith("(here the story ends, and the second meeting goes on)\n")


def test_a_phase_is_written_by_one_command_and_passes_what_every_change_must(
    tmp_path: Path,
) -> None:
    """Given a copy, when `als new phase` writes both files, they play, and lint and types agree."""
    copy = project(tmp_path)

    written = run(copy, "-m", "bot", "new", "phase", "last_word")

    assert written.returncode == 0, written.stderr
    for file in ("phases/last_word.py", "formats/ninety.py"):
        assert f"bot/core/meeting/{file}" in written.stdout
    assert run(copy, "-c", NEW).stdout == "played\n"
    files = ("bot/core/meeting/phases/last_word.py", "bot/core/meeting/formats/ninety.py")
    for check in (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)):
        checked = run(copy, "-m", *check, *files)
        assert checked.returncode == 0, checked.stdout


def test_a_second_new_phase_comes_before_the_first(tmp_path: Path) -> None:
    """Given a phase of one's own, when another is written, then both are in the plan."""
    copy = project(tmp_path)
    for name in ("last_word", "weather"):
        assert run(copy, "-m", "bot", "new", "phase", name).returncode == 0

    plan = "from bot.core.meeting.formats import FORMATS as f; print([s.phase for s in f['90'].steps()])"
    assert "['arrive', 'weather', 'last_word', 'check_in'," in run(copy, "-c", plan).stdout
    full = run(copy, "-m", "bot", "new", "phase", "third")
    assert "Please make room first" in full.stderr


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("check_in", "check_in already exists"),
        ("break", "A phase is named in small letters"),
        ("Weather", "A phase is named in small letters"),
        ("../weather", "A phase is named in small letters"),
        ("w" * 25, "A phase is named in small letters"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, sentence: str
) -> None:
    """Given a copy, when the name is taken or is none, then one sentence says so."""
    copy = project(tmp_path)
    before = sorted(path for path in copy.rglob("*.py"))

    refused = run(copy, "-m", "bot", "new", "phase", name)

    assert refused.returncode == 1
    assert refused.stderr.startswith(sentence)
    assert sorted(path for path in copy.rglob("*.py")) == before


def test_outside_the_project_no_phase_is_written(tmp_path: Path) -> None:
    """Given a folder without bot/, when a phase is wanted, then it is said where to go."""
    with pytest.raises(CannotWrite, match="Go to the folder that holds bot/"):
        write_phase("weather", tmp_path)


ON_THE_PAGE = """
from tests.playground.test_peers import act, offered
from tests.playground.conftest import titles

WITH_A_NEW_PHASE = True


async def test_the_others_press_its_first_button(open_tab):
    tab = await open_tab()
    await tab.fill(await tab.send("write", words="/als start"), name="Aurora")
    await tab.press("I'm here")
    await tab.press("I agree")
    await act(tab, "arrive")
    await tab.press("Stormy")
    said = await act(tab, "first")
    assert said == "Ben, Chidi, Dana, Eve and Farid pressed the first button."
    await tab.sees(lambda state: "Check-in" in titles(state))
    await tab.sees(lambda state: offered(state) == {"check_in"})
"""


def test_on_the_page_the_others_press_the_first_button_of_a_phase_that_is_new(copy: Path) -> None:
    """Given the copy, when one person plays on the page, then the others come along in the phase."""
    shutil.copytree(ROOT / "tests" / "playground", copy / "tests" / "playground")
    test = copy / "tests" / "playground" / "test_first.py"
    test.write_text(ON_THE_PAGE, encoding="utf-8")

    told = run(
        copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/playground/test_first.py"
    )

    assert "1 passed" in told.stdout, told.stdout + told.stderr
