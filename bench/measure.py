"""Rounds of ours against theirs, taken in turn, and the one JSON line that each figure becomes."""

from __future__ import annotations

import json
import logging
import platform
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A ratio over some rounds. `floor` is what a release may not fall under (or over: `most`)."""

    id: str
    what: str
    ratio: float
    rounds: int
    min: float
    max: float
    goal: float
    floor: float
    most: bool = False
    versions: dict[str, str] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """Where it stands: goal, floor, or below."""
        if self._reaches(self.goal):
            return "goal"
        return "floor" if self._reaches(self.floor) else "BELOW"

    def _reaches(self, mark: float) -> bool:
        return self.ratio <= mark if self.most else self.ratio >= mark

    def print(self) -> None:
        """One line of JSON."""
        print(json.dumps(asdict(self) | {"verdict": self.verdict}), flush=True)


def figure(
    id: str,
    what: str,
    ratios: list[float],
    goal: float,
    floor: float,
    *,
    most: bool = False,
    **detail: Any,
) -> Figure:
    """The median of the rounds' ratios, with their spread."""
    return Figure(
        id,
        what,
        round(statistics.median(ratios), 3),
        len(ratios),
        round(min(ratios), 3),
        round(max(ratios), 3),
        goal,
        floor,
        most,
        versions(),
        detail,
    )


def versions() -> dict[str, str]:
    """What was measured with."""
    libraries = ("sqlalchemy", "apscheduler", "psycopg")
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in libraries},
    }


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turn(
    rounds: int, ours: Callable[[], float], theirs: Callable[[], float]
) -> list[tuple[float, float]]:
    """Both, one after the other, so that what else the machine does meets both alike."""
    return [(ours(), theirs()) for _ in range(rounds)]


def quiet() -> None:
    """Say nothing but the figures."""
    from bot.runtime.process import logs

    logs.configure(level=logging.ERROR)


def quick() -> bool:
    """Whether smaller sizes will do (`--quick`)."""
    return "--quick" in sys.argv
