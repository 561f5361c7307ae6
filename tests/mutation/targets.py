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
    """The smallest set found to guard it. All tests run on SQLite; one on PostgreSQL is named."""

    quick: tuple[str, ...] = ()
    """The few of these that are asked about a line that runs when the module is loaded."""

    own: tuple[str, ...] = ()
    """Those written for it: asked before others that reach a line only in passing."""

    @property
    def path(self) -> Path:
        """Its file."""
        return ROOT / (self.module.replace(".", "/") + ".py")


def _runtime(*names: str) -> tuple[str, ...]:
    return tuple(f"tests/runtime/test_{name}.py" for name in names)


CLAIMS = "tests/runtime/test_claims.py"
ON_POSTGRESQL = f"{CLAIMS}::test_while_another_process_chooses_nobody_else_does[postgresql]"
ROWS = (
    CLAIMS,
    *_runtime("holding_back", "merging", "settling", "resting", "written_down", "waiting"),
)
STORING = (
    *ROWS,
    *_runtime("outbox", "pace", "outage", "entries", "private_text", "late_edits"),
    ON_POSTGRESQL,
)
OUTCOMES = ("tests/runtime/delivery/", *_runtime("idle", "reacting"))
DELIVERY = (*STORING, *OUTCOMES, *_runtime("platform_time"))
AT_ONCE = (*ROWS, *_runtime("outbox", "outage", "entries", "private_text"))
TURNS = "tests/processes/test_commit_in_doubt.py::test_two_processes_take_turns_at_one_set"
WRITING = (*_runtime("writer", "doubt", "limits", "inbox"), TURNS)
ALARMS = _runtime("timers", "purging", "ringing")
SEALING = (*_runtime("vault", "sealing"), "tests/trust/test_keys.py")
RIGHTS = ("tests/core/test_rights.py", "tests/core/meeting/phases/test_check_in.py")

TARGETS = (
    Target("bot.runtime.delivery.outbox", DELIVERY, OUTCOMES, OUTCOMES),
    Target("bot.runtime.delivery.outcomes", DELIVERY, OUTCOMES, OUTCOMES),
    Target("bot.runtime.delivery.rests", DELIVERY, OUTCOMES, OUTCOMES),
    Target("bot.runtime.store.outbox.claim", STORING, AT_ONCE, ROWS),
    Target("bot.runtime.store.outbox.take", STORING, AT_ONCE, ROWS),
    Target("bot.runtime.store.outbox.late", STORING, AT_ONCE, ROWS),
    Target("bot.runtime.store.outbox.overview", STORING, AT_ONCE, ROWS),
    Target("bot.runtime.store.outbox.resting", STORING, AT_ONCE, ROWS),
    Target("bot.runtime.store.outbox.settle", STORING, AT_ONCE, ROWS),
    Target("bot.runtime.store.outbox.write", STORING, AT_ONCE, ROWS),
    Target("bot.runtime.writer", WRITING),
    Target("bot.runtime.alarms", ALARMS),
    Target("bot.runtime.rate_limit", _runtime("limits")),
    Target("bot.runtime.vault", SEALING, _runtime("vault", "sealing")),
    Target("bot.core.permissions", RIGHTS),
    Target("bot.core.refusals", RIGHTS),
    Target("bot.core.meeting.roles", RIGHTS),
    Target("bot.core.learning_set.roles", RIGHTS),
)
