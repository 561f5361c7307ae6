"""Runs: one seed and one crash point each, counted, checked and printed as one closing line."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import structlog

from tests.simulation import checker, scenes
from tests.simulation.scenes import Stage
from tests.simulation.world import TURNED_ON

SHARED_MEMORY = Path("/dev/shm")
"""A crash here is no power cut, so a file system in memory is as honest as a disk, and quicker."""


@dataclass(slots=True)
class Tally:
    """What many runs came to."""

    runs: int = 0
    crash_points: int = 0
    faults: int = 0
    deaths: int = 0
    lost: int = 0
    doubled: int = 0
    stale: int = 0
    misdirected: int = 0
    broken: int = 0
    messages: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """With the figures of more runs."""
        for name in ("runs", "crash_points", "faults", "deaths", "lost", "doubled", "stale",
                     "misdirected", "broken", "messages"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.kinds += other.kinds
        self.violations += other.violations

    def closing_line(self) -> str:
        """The line anyone can compare."""
        return (
            f"runs={self.runs} crash_points={self.crash_points} faults={self.faults} "
            f"lost={self.lost} doubled={self.doubled} stale={self.stale} "
            f"misdirected={self.misdirected}"
        )

    def troubles(self) -> str:
        """How often each trouble really happened, one a line."""
        return "\n".join(f"  {kind}: {number}" for kind, number in sorted(self.kinds.items()))


@dataclass(frozen=True, slots=True)
class Batch:
    """Some runs of one seed: every `stride`-th crash point from `first`."""

    seed: int
    scene: str
    most: int
    switches: tuple[str, ...] = TURNED_ON


def run_once(
    stage: Stage, folder: Path, seed: int, at: int | None, scene: str, **more: Any
) -> tuple[Tally, int, str]:
    """One run; its figures, the number of points it had, and the digest of its trace."""
    lives = scenes.enter(stage, folder, seed, at, **more)
    try:
        getattr(scenes, scene)(lives)
        verdict = checker.check(lives, stage, outages=scene == "whole")
    finally:
        lives.close()
    slack, points, kinds = lives.slack, lives.points, lives.world.kinds
    tally = Tally(
        runs=1,
        crash_points=1 if lives.deaths and at is not None else 0,
        faults=kinds.total(),
        deaths=lives.deaths,
        lost=len(verdict.lost),
        doubled=len(verdict.doubled),
        stale=len(verdict.stale),
        misdirected=len(verdict.misdirected),
        broken=len(verdict.broken),
        messages=len(slack.landed) - len(stage.slack.landed),
        kinds=kinds,
        violations=[f"seed={seed} point={at} scene={scene} {v}" for v in verdict.all()],
    )
    digest = hashlib.sha256("\n".join(points.trace).encode()).hexdigest()[:16]
    return tally, points.count, digest


_stages: list[Stage] = []
"""Where this worker's runs begin."""


def _begin(stage: Stage) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    _stages[:] = [stage]


def _work(batch: Batch) -> Tally:
    (stage,) = _stages
    tally = Tally()
    with tempfile.TemporaryDirectory(dir=_fast_folder(), prefix="als-sim-") as name:
        folder = Path(name)
        first, points, _ = run_once(
            stage, folder, batch.seed, None, batch.scene, switches=batch.switches
        )
        tally.add(first)
        for at in _points(batch, points):
            more = run_once(stage, folder, batch.seed, at, batch.scene, switches=batch.switches)
            tally.add(more[0])
    return tally


def _points(batch: Batch, points: int) -> Iterator[int]:
    """Which points this batch stops at: all of them, or as many as it may, spread evenly."""
    wanted = batch.most - 1
    if wanted >= points:
        return iter(range(1, points + 1))
    offset = batch.seed % max(points // max(wanted, 1), 1)
    return iter(sorted({1 + (offset + n * points // wanted) % points for n in range(wanted)}))


def _fast_folder() -> str | None:
    usable = SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK)
    return str(SHARED_MEMORY) if usable else None


def sweep(
    runs: int,
    seed: int,
    scene: str = "short",
    each: int = 10_000,
    switches: tuple[str, ...] = TURNED_ON,
) -> Tally:
    """So many runs from this seed on; `each` at most per seed. Uses every core."""
    tally = Tally()
    with tempfile.TemporaryDirectory(dir=_fast_folder(), prefix="als-sim-") as name:
        stage = scenes.prepare(Path(name))
        with get_context("spawn").Pool(os.cpu_count() or 1, _begin, (stage,)) as pool:
            for done in pool.imap(_work, _batches(runs, seed, scene, each, switches)):
                tally.add(done)
                if tally.runs >= runs:
                    break
    return tally


def _batches(
    runs: int, seed: int, scene: str, each: int, switches: tuple[str, ...]
) -> Iterator[Batch]:
    # How many points a seed has is known only once it has run, so there is always one more.
    for later in range(runs):
        yield Batch(seed + later, scene, min(each, runs), switches)
