"""The core is pure: the standard library alone, and the same answer to the same question."""

import subprocess
import sys
from pathlib import Path

from bot.core import engine
from bot.core.meeting import posts
from bot.core.meeting.commands import Next
from tests.core.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
LOADED = """
import sys
before = set(sys.modules)
import bot.core.engine
print(*(set(sys.modules) - before))
"""


def test_importing_the_engine_loads_nothing_outside_the_standard_library():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = {name.partition(".")[0] for name in done.stdout.split()}
    loaded = {name for name in names if not name.startswith("_sysconfigdata")}

    assert loaded - {"bot"} <= set(sys.stdlib_module_names)
    assert "bot" in loaded


def test_the_same_question_has_the_same_answer():
    play = Stage.at("explore")
    command = Next(who="ana", step=play.session.at)

    first = engine.decide(play.session, command, play.now)

    assert engine.decide(play.session, command, play.now) == first
    assert posts.posts(play.session) == posts.posts(play.session)
    assert engine.deadlines(play.session) == engine.deadlines(play.session)
