"""What all tests share: how long Hypothesis looks for trouble, and a log that no test leaves bent."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

pytest_plugins = ("tests.cpu",)

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=40,
    stateful_step_count=40,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        # The log's own fixture, below, is undone once a test and not once an example.
        HealthCheck.function_scoped_fixture,
    ],
)
settings.register_profile(
    "nightly", settings.get_profile("ci"), derandomize=False, max_examples=1500
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long begin first, so that no worker is left with one at the end.

    The simulation before them: it keeps every core busy while those wait for clocks and sockets.
    """
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in long, item.path.name != "test_simulation.py"))


SHELL = frozenset({"adapters", "browser", "playground", "runtime", "simulation", "trust"})
"""Folders whose stories press their way through the 90 minutes part by part."""


@pytest.fixture(autouse=True, scope="module")
def the_usual_ninety(request: pytest.FixtureRequest) -> Iterator[None]:
    """The 90 minutes without a phase that somebody has added: it is no concern of the shell's."""
    folder = request.path.relative_to(Path(__file__).parent).parts[0]
    if folder not in SHELL or getattr(request.module, "WITH_A_NEW_PHASE", False):
        yield
        return
    from bot.core.meeting.formats import FORMATS
    from bot.core.meeting.formats.usual import usual

    ours = FORMATS["90"]
    minutes = {"opening": (7, 9, 8, 3), "round": (8, 10, 25, 7, 6), "closing": (5, 2)}
    FORMATS["90"] = usual("90", ours.title, **minutes)
    yield
    FORMATS["90"] = ours


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """The log as it was before: commands called in tests point it at streams that close."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
