"""A plugin for the one run without a fault: how long each test takes, and what it loads.

Both by the clock and in seconds of the processor: these say the same on a busy machine.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

OURS = ("bot", "tests", "migrations", "pytest_cov", "__main__", "__mp_main__")
TOOK = defaultdict[str, float](float)
WORKED = defaultdict[str, float](float)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that run on both kinds of database run on SQLite, but for those named one by one."""
    named = {str(arg) for arg in config.invocation_params.args}
    kept = [item for item in items if "[postgresql" not in item.nodeid or item.nodeid in named]
    items[:] = kept


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Writes down what this test asks of the processor, in all its parts."""
    before = time.process_time()
    yield
    WORKED[item.nodeid] += time.process_time() - before


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    TOOK[report.nodeid] += report.duration


def pytest_sessionfinish() -> None:
    loaded = [
        name
        for name in sys.modules
        if name.partition(".")[0] not in OURS or name.startswith("bot.core")
    ]
    told = {"seconds": TOOK, "worked": WORKED, "libraries": loaded}
    Path(os.environ["ALS_TIMES"]).write_text(json.dumps(told), encoding="utf-8")
