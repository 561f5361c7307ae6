"""Nothing lost, nothing doubled: the whole bot, stopped at its points, held to the invariants."""

from __future__ import annotations

import secrets
from collections import Counter
from pathlib import Path

import pytest

from bot.runtime.outbox import Outbox
from tests.simulation import runs, scenes, wrong
from tests.simulation.world import TROUBLES

pytestmark = pytest.mark.slow

FIXED_SEED = 1
FIXED, FRESH, WHOLE = 2000, 500, 30


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> scenes.Stage:
    return scenes.prepare(tmp_path_factory.mktemp("stage"))


def test_fixed_runs_lose_double_and_misdirect_nothing() -> None:
    """Every point, or nearly, of the first nine seeds: always the same ones."""
    tally = runs.sweep(FIXED, FIXED_SEED, each=223)

    print(tally.closing_line())
    assert tally.violations == []
    assert tally.runs >= FIXED
    assert tally.crash_points >= FIXED * 0.9


def test_every_trouble_really_occurs(stage: scenes.Stage, tmp_path: Path) -> None:
    """Given a few dozen seeds, when each is run once, then nothing on the list is missing."""
    seen: Counter[str] = Counter()
    for seed in range(1, 200):
        seen += runs.run_once(stage, tmp_path, seed, None, "short")[0].kinds
        if set(seen) == set(TROUBLES):
            break

    assert set(seen) == set(TROUBLES)


def test_fresh_runs_hold_too() -> None:
    """Seeds nobody has seen; a violation names its seed, which then fails again."""
    seed = secrets.randbelow(2**31)

    tally = runs.sweep(FRESH, seed, each=25)

    print(f"seed={seed} {tally.closing_line()}")
    assert tally.violations == []


def test_whole_sets_hold_for_weeks() -> None:
    """A meeting, six weeks with an outage of days, and the next meeting's prompts."""
    tally = runs.sweep(WHOLE, FIXED_SEED, "whole", each=6)

    print(tally.closing_line())
    assert tally.violations == []


def test_the_same_seed_has_the_same_trace(stage: scenes.Stage, tmp_path: Path) -> None:
    """Given a seed and a point, when it is run twice, then every call comes in the same order."""
    first = runs.run_once(stage, tmp_path, 7, 100, "short")
    second = runs.run_once(stage, tmp_path, 7, 100, "short")
    other = runs.run_once(stage, tmp_path, 8, 100, "short")

    assert first[1:] == second[1:]
    assert first[2] != other[2]


@pytest.mark.parametrize(
    "order", [wrong.MarkThenSend, wrong.SendThenMark, wrong.LookWithoutWaiting]
)
def test_the_checker_catches_a_wrong_order(
    stage: scenes.Stage, tmp_path: Path, order: type[Outbox]
) -> None:
    """A checker that finds nothing proves nothing: each wrong order must be caught."""
    points = (None, 40, 80, 120, 160, 200)
    found = (
        violation
        for seed in range(1, 40)
        for at in points
        for violation in runs.run_once(stage, tmp_path, seed, at, "short", order)[0].violations
    )

    assert next(found, None) is not None
