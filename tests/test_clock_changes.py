"""The README's comparison with APScheduler's triggers says what is measured now."""

from datetime import datetime, timedelta
from pathlib import Path

from bench.clock_changes import CASES, ours, table
from bot.core.walltime import local
from tests.core.test_calendar_cases import as_the_clock_on_the_wall_says

README = Path(__file__).resolve().parent.parent / "README.md"


def test_the_table_in_the_readme_is_the_one_that_is_measured():
    assert table() in README.read_text(encoding="utf-8")


def test_what_we_call_right_is_what_the_clock_on_the_wall_says():
    for _, zone, begins, days, times in CASES:
        wall = datetime.fromisoformat(begins)
        for n, at in enumerate(ours(wall, zone, days, times)):
            meant = wall + timedelta(days=days * n)
            assert at == as_the_clock_on_the_wall_says(meant, zone)
            assert local(at, zone) >= meant
