"""What the tests cost: CPU seconds a folder, those of the processes they start too, at the end."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

SPENT = "cpu_seconds"
SHOWN = 20
"""How many of the dearest tests are named, where `--cpu` asks for them."""


def spent() -> float:
    """CPU seconds of this process and of every child that it has waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Each test carries what it cost, its fixtures included, to the process that sums it up."""
    item.stash[_BEGAN] = spent()
    return (yield)


_BEGAN = pytest.StashKey[float]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The last report of a test carries the figure, also from a worker of xdist."""
    report = yield
    if report.when == "teardown":
        report.user_properties.append((SPENT, spent() - item.stash[_BEGAN]))
    return report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cpu", action="store_true", help="name the tests that cost most CPU time")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line a folder, the dearest first; with `--cpu` the dearest tests as well."""
    costs = dict(_costs(terminalreporter))
    if not costs:
        return
    folders = defaultdict[str, float](float)
    for test, seconds in costs.items():
        folders[_folder(test)] += seconds
    total = sum(folders.values())
    dearest = sorted(folders.items(), key=lambda each: -each[1])
    line = ", ".join(f"{folder} {seconds:.0f}" for folder, seconds in dearest)
    terminalreporter.write_line(f"CPU seconds: {total:.0f} ({line})")
    if terminalreporter.config.getoption("--cpu"):
        for test, seconds in sorted(costs.items(), key=lambda each: -each[1])[:SHOWN]:
            terminalreporter.write_line(f"{seconds:8.1f}  {test}")


def _costs(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, float]]:
    for reports in reporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == SPENT:
                    yield report.nodeid, value


def _folder(test: str) -> str:
    """Where a test lives: its folder, or its file where that lies among the folders."""
    path = Path(test.partition("::")[0])
    return path.parent.name if path.parent.name != "tests" else path.stem
