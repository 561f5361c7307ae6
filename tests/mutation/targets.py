"""What must not fail, and the tests that guard it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Target:
    """One module, and where its tests are."""

    module: str
    tests: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Its file."""
        return ROOT / (self.module.replace(".", "/") + ".py")


def _runtime(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/runtime/test_{name}.py" for name in names)


DELIVERY = (*_runtime("outbox", "pace", "restart", "entries", "store"),)
RIGHTS = (
    "tests/core/test_rights.py",
    "tests/core_set/test_buttons.py",
    "tests/runtime/test_refusals.py",
)

TARGETS = (
    Target("bot.runtime.delivery.outbox", DELIVERY),
    Target("bot.runtime.store.outbox.claim", DELIVERY),
    Target("bot.runtime.store.outbox.settle", DELIVERY),
    Target("bot.runtime.store.outbox.write", DELIVERY),
    Target("bot.runtime.writer", _runtime("writer", "saved", "inbox")),
    Target("bot.runtime.alarms", _runtime("timers", "time", "restart")),
    Target("bot.runtime.rate_limit", _runtime("limits")),
    Target("bot.runtime.vault", (*_runtime("vault"), "tests/trust/test_keys.py")),
    Target("bot.core.permissions", RIGHTS),
    Target("bot.core.refusals", RIGHTS),
    Target("bot.core.meeting.roles", RIGHTS),
    Target("bot.core.learning_set.roles", RIGHTS),
)
