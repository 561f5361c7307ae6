"""`python -m tests.mutation`: makes every mutant of what must not fail, and says which no test sees.

Our own operators, since the tools there are run a whole suite in a new process for each mutant, and
know nothing of a statement to the database that forgets a condition. This one asks coverage which
tests reach a line and runs those alone, what has seen a mutant before first, then the quickest, in a
process forked from one that has the libraries loaded.
"""

from __future__ import annotations

import argparse
import ast
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
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from types import CodeType

import coverage
import pytest

from tests.mutation.operators import Mutant, mutants
from tests.mutation.targets import TARGETS, Target

ROOT = Path(__file__).resolve().parents[2]
SURVIVORS = Path(__file__).with_name("survivors.txt")
GOAL = 0.95
PATIENCE = 10.0
"""Seconds a mutant's tests may take at least; one that hangs is seen."""

SECONDS_EACH = 8.0
"""Seconds of the processor, as measured without a fault, that one mutant is worth: who outlives its
module's own tests, and of the others those that take so long, survives."""

OWN_FIRST = 10
"""So much slower a test written for the module may be, and still be asked before others."""

OURS = ("bot", "tests")
"""What a fork loads anew, so that it meets the mutant."""

CORE = "bot.core"
"""Of ours, what knows nothing of the rest: loaded once where the mutant is elsewhere."""

PLUGINS = ["-p", "no:cacheprovider", "-p", "no:randomly"]
QUIET = [
    *PLUGINS,
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
    "-x",
    "-q",
    "-p",
    "no:xdist",
    "-p",
    "no:cov",
    "--no-header",
    "--tb=no",
]


@dataclass
class Baseline:
    """What the tests of a module do without a fault: who reaches which line, and how long it takes.

    `seconds` go by the clock, `worked` are those of the processor.
    """

    reached: dict[int, set[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    worked: dict[str, float] = field(default_factory=dict)
    saw: Counter[str] = field(default_factory=Counter)
    own: tuple[str, ...] = ()

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests that reach its line: first its own, what saw most so far, and the quickest."""
        lines = range(mutant.line, mutant.last + 1)
        found = {test for line in lines for test in self.reached.get(line, ())}
        chosen, spent = [], 0.0
        for test in sorted(found & self.seconds.keys(), key=self._order):
            if self.own and test.startswith(self.own):
                chosen.append(test)
                continue
            spent += self.worked.get(test, 0.0)
            if spent <= SECONDS_EACH or not chosen:
                chosen.append(test)
        return chosen

    def _order(self, test: str) -> tuple[bool, float]:
        ahead = OWN_FIRST if self.own and test.startswith(self.own) else 1
        return "[postgresql" in test, self.seconds[test] / (1 + self.saw[test]) / ahead


def measure(targets: Sequence[Target]) -> dict[str, Baseline]:
    """Run the tests that these modules have in common once, as they are."""
    with tempfile.TemporaryDirectory() as folder:
        data, times = Path(folder) / "coverage", Path(folder) / "times.json"
        command = [sys.executable, "-m", "pytest", "-q", *PLUGINS, *targets[0].tests]
        # By folder: coverage loads a module that is named, and the libraries with it, a second time.
        command += [f"--cov={folder}" for folder in {target.path.parent for target in targets}]
        command += ["--cov-context=test", "--cov-report=", "-p", "tests.mutation.times"]
        told = os.environ | {"COVERAGE_FILE": str(data), "ALS_TIMES": str(times)}
        done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{done.stdout[-4000:]}\nThe tests fail without a fault.")
        told_of = json.loads(times.read_text(encoding="utf-8"))
        preload(told_of["libraries"])
        known = coverage.CoverageData(str(data))
        known.read()
        took, worked = told_of["seconds"], told_of["worked"]
        return {
            t.module: Baseline(_reached(t, known, took), took, worked, own=t.own) for t in targets
        }


def _reached(
    target: Target, known: coverage.CoverageData, tests: Iterable[str]
) -> dict[int, set[str]]:
    lines = known.contexts_by_lineno(str(target.path))
    reached = {
        line: {context.partition("|")[0] for context in contexts if context}
        for line, contexts in lines.items()
    }
    # What runs when the module is loaded is reached by everybody: a few quick ones are asked.
    quick = {test for test in tests if test.startswith(target.quick or target.tests)}
    loaded = {line: quick for line, contexts in lines.items() if "" in contexts}
    return reached | loaded


def preload(libraries: Sequence[str]) -> None:
    """Load what the tests load, but of ours the core alone: every fork then has it at once.

    Nor what plugs into pytest: it insists on loading that itself.
    """
    plugins = {entry.module.partition(".")[0] for entry in entry_points(group="pytest11")}
    for name in libraries:
        if name.partition(".")[0].removeprefix("_") not in plugins:
            with suppress(Exception):
                importlib.import_module(name)


def control(targets: Sequence[Target], known: dict[str, Baseline]) -> None:
    """Without a fault, the tests must pass in a fork too: else each mutant would seem to be seen."""
    for target in targets:
        whole = ast.unparse(ast.parse(target.path.read_text(encoding="utf-8")))
        lines = known[target.module].reached
        nothing = Mutant(min(lines), "nothing", whole, max(lines))
        for _, _, seen in judged([(target, nothing)], known):
            if seen:
                raise SystemExit(f"{target.module}: the tests fail in a fork without a fault.")


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


class FirstToSee:
    """Writes down which test saw the mutant."""

    def __init__(self, told: int) -> None:
        self._told = told

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os.write(self._told, report.nodeid.encode())


def begin(
    target: Target, mutant: Mutant, tests: Sequence[str], told: int, each: float = PATIENCE
) -> int:
    """Run the tests with the mutant in a process of its own; its number.

    `each` is how many seconds one of them may take: one that hangs has seen it.
    """
    with warnings.catch_warnings():
        # Newer Pythons warn where a thread runs; the child has none, and ends without a word.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        for name in [name for name in sys.modules if _must_be_new(name, target)]:
            del sys.modules[name]
        code = compile(mutant.source, str(target.path), "exec")
        sys.meta_path.insert(0, Planted(target.module, code, target.path))
        status = int(
            pytest.main([*QUIET, f"--timeout={each}", *tests], plugins=[FirstToSee(told)]) != 0
        )
    finally:
        os._exit(status)


def _must_be_new(name: str, target: Target) -> bool:
    if name.partition(".")[0] not in OURS:
        return False
    of_core = name in ("bot", CORE) or name.startswith(f"{CORE}.")
    return not of_core or target.module.startswith(CORE)


@dataclass
class Running:
    """A mutant whose tests run."""

    target: Target
    mutant: Mutant
    until: float
    told: int


Judged = tuple[Target, Mutant, bool]


def judged(
    chosen: Sequence[tuple[Target, Mutant]], known: dict[str, Baseline], jobs: int = 1
) -> Iterator[Judged]:
    """Each mutant with whether a test has seen it, `jobs` at a time."""
    running: dict[int, Running] = {}
    work = iter(chosen)
    more = True
    while more or running:
        while more and len(running) < jobs:
            following = next(work, None)
            more = following is not None
            if following is None:
                break
            target, mutant = following
            baseline = known[target.module]
            tests = baseline.tests_of(mutant)
            if not tests:
                yield target, mutant, False
                continue
            seconds = [baseline.seconds[test] for test in tests]
            patience, each = PATIENCE + 5 * sum(seconds), PATIENCE + 5 * max(seconds)
            reading, told = os.pipe()
            child = begin(target, mutant, tests, told, each)
            os.close(told)
            running[child] = Running(target, mutant, time.monotonic() + patience, reading)
        for child, one in list(running.items()):
            done, status = os.waitpid(child, os.WNOHANG)
            if not done and time.monotonic() < one.until:
                continue
            # What it has begun goes with it.
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            if not done:
                os.waitpid(child, 0)
            del running[child]
            with os.fdopen(one.told, "rb") as told_us:
                first = told_us.read(1000).decode()
            if first:
                known[one.target.module].saw[first] += 1
            yield one.target, one.mutant, not done or status != 0
        time.sleep(0.01)


def excused() -> dict[tuple[str, str, str], str]:
    """The survivors we know, and why each may live: module, the line's words, the fault."""
    found = {}
    for row in SURVIVORS.read_text(encoding="utf-8").splitlines():
        if row and not row.startswith("#"):
            module, rest = row.split(" | ", 1)
            # The line itself may have such a sign in it.
            line, what, reason = (part.strip() for part in rest.rsplit(" | ", 2))
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
    known: dict[str, Baseline] = {}
    spent = 0.0
    for tests in dict.fromkeys(target.tests for target in targets):
        alike = [target for target in targets if target.tests == tests]
        known |= measure(alike)
        control(alike[:1], known)
        spent += sum(known[alike[0].module].seconds.values())
    print(f"{len(known)} modules; their tests take {spent:.0f} s without a fault.", flush=True)
    made = [(t, m) for t in targets for m in mutants(t.path.read_text(encoding="utf-8"))]
    if asked.most and len(made) > asked.most:
        made = random.Random(asked.seed).sample(made, asked.most)
    return report(told_at_once(judged(made, known, asked.jobs)))


def told_at_once(seen: Iterator[Judged]) -> list[Judged]:
    """All of them; each survivor is named when it is found, for a run takes long."""
    kept = []
    with suppress(KeyboardInterrupt):  # who stops it hears of those that were tried
        for target, mutant, killed in seen:
            kept.append((target, mutant, killed))
            if not killed:
                print(f"  survives: {target.module}:{mutant.name}", file=sys.stderr, flush=True)
    return kept


def report(seen: Sequence[Judged]) -> int:
    """Prints what came out of it; 1 where the goal was missed."""
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
    share = total / max(1, len(seen))
    print(f"{total} of {len(seen)} mutants seen: {share:.1%}. {nameless} survivors have no reason.")
    return int(share < GOAL or nameless > 0)


if __name__ == "__main__":
    sys.exit(main())
