"""Empty databases for tests: made once and copied, since migrating takes a tenth of a second."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bot.app.opening import open_database


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory(prefix="als-empty-") as folder:
        path = Path(folder) / "als.db"
        open_database(f"sqlite:///{path}", datetime(2027, 3, 1, tzinfo=UTC)).close()
        return path.read_bytes()


def begin(path: Path) -> str:
    """The address of the SQLite file there: empty and at the newest revision, where it was not."""
    if not path.exists():
        path.write_bytes(_empty())
    return f"sqlite:///{path}"
