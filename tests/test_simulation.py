"""Nothing lost, nothing doubled: the whole bot, stopped at its points, held to the invariants."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.simulation import runs, scenes, wrong
from tests.simulation.world import KILLED, NOT_YET, TURNED_ON, troubles

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

FIXED_SEED = 1
FIXED, WHOLE = 240, 6
LONG_FIXED = 500


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> scenes.Stage:
    return scenes.prepare(tmp_path_factory.mktemp("stage"))


def test_fixed_runs_lose_double_and_misdirect_nothing() -> None:
    """Given the first forty seeds, when each is stopped at a few points, then all is as promised."""
    tally = runs.sweep(FIXED, FIXED_SEED, each=6)

    print(tally.closing_line(), tally.troubles(), sep="\n")
    assert tally.violations == []
    assert tally.runs >= FIXED
    assert tally.crash_points >= FIXED * 0.7
    assert [kind for kind in (*troubles(TURNED_ON), *KILLED) if not tally.kinds[kind]] == []


@pytest.mark.parametrize("switch", NOT_YET)
def test_what_is_not_borne_yet_really_happens(
    stage: scenes.Stage, tmp_path: Path, switch: str
) -> None:
    """Given a trouble that is off by default, when it is on, then each of its counters counts."""
    seen: Counter[str] = Counter()
    for seed in range(1, 200):
        seen += runs.run_once(stage, tmp_path, seed, None, "short", switches=(switch,))[0].kinds
        if troubles((switch,)) <= set(seen):
            break

    assert troubles((switch,)) - set(seen) == set()


def test_whole_sets_hold_for_weeks() -> None:
    """A meeting, six weeks with an outage of days, and the next meeting's prompts."""
    tally = runs.sweep(WHOLE, FIXED_SEED, "whole", each=3)

    print(tally.closing_line())
    assert tally.violations == []
    assert tally.kinds["down for long"]


def test_the_same_seed_has_the_same_trace(stage: scenes.Stage, tmp_path: Path) -> None:
    """Given a seed and a point, when it is run twice, then every call comes in the same order."""
    first = runs.run_once(stage, tmp_path, 7, 100, "short")
    second = runs.run_once(stage, tmp_path, 7, 100, "short")
    other = runs.run_once(stage, tmp_path, 8, 100, "short")

    assert first[1:] == second[1:]
    assert first[2] != other[2]


@pytest.mark.parametrize(
    ("mutant", "switches"),
    [
        ({"outbox": wrong.MarkThenSend}, ()),
        ({"outbox": wrong.SendThenMark}, ()),
        ({"outbox": wrong.LookWithoutWaiting}, ()),
        ({"outbox": wrong.LookOnce}, ("late history",)),
        ({"outbox": wrong.NoLookUpAfterARestore}, ("restore",)),
        ({"outbox": wrong.AnotherEditForgotten}, ("in flight", "several processes")),
        ({"seat": wrong.OwnClock}, ("skew",)),
    ],
    ids=lambda given: next(iter(given.values())).__name__ if isinstance(given, dict) else None,
)
def test_the_checker_catches_what_is_wrong(
    stage: scenes.Stage,
    tmp_path: Path,
    mutant: dict[str, Any],
    switches: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A checker that finds nothing proves nothing: each wrong way must be caught."""
    monkeypatch.setattr(scenes, "OFTEN", 1.0)
    points = (None, 60, 160, 260)
    found = (
        violation
        for seed in (39, *range(1, 60))
        for at in points
        for violation in runs.run_once(
            stage, tmp_path, seed, at, "short", switches=switches, **mutant
        )[0].violations
    )

    assert next(found, None) is not None


# --- the long form ---------------------------------------------------------------------------------


@pytest.mark.long
def test_every_point_of_the_first_seed_holds() -> None:
    """Stopped at one point after the other, where the short form tries a few of each seed."""
    tally = runs.sweep(LONG_FIXED, FIXED_SEED, switches=(*TURNED_ON, "late history"))

    print(tally.closing_line(), tally.troubles(), sep="\n")
    assert tally.violations == []
