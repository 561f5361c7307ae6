"""One `als run` per database: a lock the system itself lifts when the process ends, however it ends."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import IO

from bot.runtime.process import private

NAME = "als.lock"

FAR = 1 << 20
"""The byte that Windows locks: beyond what is written, so that others can read who holds it."""


class Held(Exception):
    """Another process holds the lock: `pid` says which, `since` since when, where they are known."""

    def __init__(self, pid: int | None, since: str) -> None:
        """`since` is ISO text in UTC, empty where it is unknown."""
        super().__init__(f"held by {pid}")
        self.pid = pid
        self.since = since


class Lock:
    """Holds a folder for this process until `release`, or until the process is gone.

    Links to the folder are the folder itself.
    """

    def __init__(self, folder: Path, now: datetime) -> None:
        """Takes the lock. Raises Held at once where another process has it."""
        place = folder.resolve() / NAME
        self._file = open(place, "a+", encoding="utf-8", opener=_private)  # noqa: SIM115
        self._also: dict[Path, IO[str]] = {}
        try:
            _lock(self._file)
        except OSError:
            pid, since = _holder(self._file)
            self._file.close()
            raise Held(pid, since) from None
        self._write({"pid": os.getpid(), "since": now.isoformat(timespec="seconds")})

    def hold(self, path: Path) -> None:
        """Hold a file in it as well, whatever other names it has, where the system can do that.

        A file that is not there is held as soon as this is called again. Raises Held where another
        process holds it; who that is can then not be known.
        """
        if not ON_THE_FILE or path in self._also or not path.exists():
            return
        file = open(path, encoding="utf-8")  # noqa: SIM115
        try:
            _lock(file)
        except OSError:
            file.close()
            raise Held(None, "") from None
        self._also[path] = file

    def release(self) -> None:
        """Let others have it. The file stays: removing it could take it from under another."""
        for file in self._also.values():
            file.close()
        self._write({})
        self._file.close()

    def _write(self, holder: dict[str, object]) -> None:
        self._file.truncate(0)
        self._file.write(json.dumps(holder) if holder else "")
        self._file.flush()


def _holder(file: IO[str]) -> tuple[int | None, str]:
    file.seek(0)
    try:
        known = json.loads(file.read())
        return int(known["pid"]), str(known["since"])
    except (ValueError, KeyError, TypeError):
        return None, ""


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, private.FILE)


ON_THE_FILE = sys.platform == "linux"
"""Elsewhere a lock of ours on the database itself and SQLite's own would be in each other's way."""

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
