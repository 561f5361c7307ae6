"""`python -m tests.mutation`: makes every mutant of what must not fail, and says which no test sees.

Our own operators, since the tools there are change a whole project and run a whole suite for each
mutant: that would take days here. This one asks coverage which tests reach a line, runs those alone,
the quickest first, in a process forked from one that has the libraries loaded.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

import coverage
import pytest

from tests.mutation.operators import Mutant, mutants
from tests.mutation.targets import TARGETS, Target

ROOT = Path(__file__).resolve().parents[2]
SURVIVORS = Path(__file__).with_name("survivors.txt")
GOAL = 0.95
PATIENCE = 30.0
"""Seconds a mutant's tests may take at least; one that hangs is seen."""

QUIET = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "--no-header"]


@dataclass
class Baseline:
    """What the tests of a module do without a fault: who reaches which line, and how long it takes."""

    reached: dict[int, set[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests that reach its line, the quickest first."""
        found = self.reached.get(mutant.line, set()) & self.seconds.keys()
        return sorted(found, key=lambda test: self.seconds[test])


def measure(target: Target) -> Baseline:
    """Run the module's tests once, as they are."""
    with tempfile.TemporaryDirectory() as folder:
        data, times = Path(folder) / "coverage", Path(folder) / "times.json"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *target.tests]
        command += [f"--cov={target.module}", "--cov-context=test", "--cov-report="]
        command += ["-p", "tests.mutation.times"]
        told = os.environ | {"COVERAGE_FILE": str(data), "ALS_TIMES": str(times)}
        subprocess.run(command, cwd=ROOT, env=told, check=True, stdout=subprocess.DEVNULL)
        seconds = json.loads(times.read_text(encoding="utf-8"))
        known = coverage.CoverageData(str(data))
        known.read()
        lines = known.contexts_by_lineno(str(target.path))
    reached = {
        line: {context.partition("|")[0] for context in contexts if context}
        for line, contexts in lines.items()
    }
    # What runs when the module is loaded is reached by whoever loads it.
    loaded = {line: set(seconds) for line, contexts in lines.items() if set(contexts) == {""}}
    return Baseline(reached | loaded, seconds)


class Planted(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads the mutant where the module is asked for."""

    def __init__(self, module: str, code: CodeType, path: Path) -> None:
        self._module, self._code, self._path = module, code, path

    def find_spec(self, name, path=None, target=None):
        if name != self._module:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)

    def exec_module(self, module) -> None:
        exec(self._code, module.__dict__)


def begin(target: Target, mutant: Mutant, tests: Sequence[str]) -> int:
    """Run the tests with the mutant in a process of its own; its number."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    code = compile(mutant.source, str(target.path), "exec")
    sys.meta_path.insert(0, Planted(target.module, code, target.path))
    status: int = pytest.main([*QUIET, *tests])
    os._exit(0 if status == 0 else 1)


@dataclass
class Running:
    """A mutant whose tests run."""

    target: Target
    mutant: Mutant
    until: float


def judged(work: Iterator[tuple[Target, Mutant, list[str], float]], jobs: int):
    """Each mutant with whether a test has seen it, `jobs` at a time."""
    running: dict[int, Running] = {}
    more = True
    while more or running:
        while more and len(running) < jobs:
            following = next(work, None)
            more = following is not None
            if following is None:
                break
            target, mutant, tests, patience = following
            if not tests:
                yield target, mutant, False
                continue
            child = begin(target, mutant, tests)
            running[child] = Running(target, mutant, time.monotonic() + patience)
        for child, one in list(running.items()):
            done, status = os.waitpid(child, os.WNOHANG)
            if not done and time.monotonic() < one.until:
                continue
            if not done:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
            del running[child]
            yield one.target, one.mutant, not done or status != 0
        time.sleep(0.01)


def work_of(chosen: Sequence[tuple[Target, Mutant]], known: dict[str, Baseline]):
    for target, mutant in chosen:
        baseline = known[target.module]
        tests = baseline.tests_of(mutant)
        patience = max(PATIENCE, 10 * sum(baseline.seconds[test] for test in tests))
        yield target, mutant, tests, patience


def excused() -> dict[tuple[str, str, str], str]:
    """The survivors we know, and why each may live: module, the line's words, the fault."""
    found = {}
    for row in SURVIVORS.read_text(encoding="utf-8").splitlines():
        if row and not row.startswith("#"):
            module, line, what, reason = (part.strip() for part in row.split(" | "))
            found[module, line, what] = reason
    return found


def main() -> int:
    """Prints the figures and the survivors; 1 where too few were seen, or one has no reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--only", default="", help="modules, by the end of their names")
    parser.add_argument("--most", type=int, default=0, help="so many mutants, drawn by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    only = tuple(asked.only.split(",")) if asked.only else ("",)
    targets = [t for t in TARGETS if t.module.endswith(only)]
    known = {target.module: measure(target) for target in targets}
    spent = sum(sum(baseline.seconds.values()) for baseline in known.values())
    print(f"{len(known)} modules; their tests take {spent:.0f} s without a fault.", flush=True)
    made = [(t, m) for t in targets for m in mutants(t.path.read_text(encoding="utf-8"))]
    if asked.most and len(made) > asked.most:
        made = random.Random(asked.seed).sample(made, asked.most)
    return report(made, list(judged(work_of(made, known), asked.jobs)))


def report(made: Sequence[object], seen: list[tuple[Target, Mutant, bool]]) -> int:
    reasons, counts, nameless = excused(), Counter[tuple[str, bool]](), 0
    for target, mutant, killed in sorted(seen, key=lambda each: (each[0].module, each[1].line)):
        counts[target.module, killed] += 1
        if killed:
            continue
        line = target.path.read_text(encoding="utf-8").splitlines()[mutant.line - 1].strip()
        reason = reasons.get((target.module, line, mutant.what), "")
        nameless += not reason
        print(f"{target.module} | {line} | {mutant.what} | {reason or 'NO REASON'}")
    total = sum(n for (_, was), n in counts.items() if was)
    for module in sorted({module for module, _ in counts}):
        of = counts[module, True] + counts[module, False]
        print(f"{counts[module, True]:5} of {of:5} seen in {module}")
    share = total / max(1, len(made))
    print(f"{total} of {len(made)} mutants seen: {share:.1%}. {nameless} survivors have no reason.")
    return int(share < GOAL or nameless > 0)


if __name__ == "__main__":
    sys.exit(main())
