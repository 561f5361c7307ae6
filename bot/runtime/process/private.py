"""Files and folders for their owner alone, from the first byte on."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

FILE = 0o600
FOLDER = 0o700
OTHERS = 0o077
"""What the owner's group and everybody else may do."""


def make_folder(path: Path) -> None:
    """A folder for its owner alone, where there was none; one that stands stays as it is."""
    path.mkdir(parents=True, exist_ok=True, mode=FOLDER)


def create(path: Path) -> None:
    """An empty file for its owner alone, where there was none."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE))


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file for its owner alone that is there whole or as it was."""
    fresh = path.with_name(path.name + ".part")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE)
    with os.fdopen(handle, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def narrow(paths: Iterable[Path], mode: int = FILE) -> None:
    """Take from others what they may do with those of these that are there and are ours."""
    for path in paths:
        with suppress(OSError):
            if path.stat().st_mode & OTHERS:
                path.chmod(mode)


def narrow_stream(handle: int) -> None:
    """The same for an open file, as for a log that a shell has opened; anything else stays."""
    with suppress(OSError):
        if os.name != "nt" and stat.S_ISREG(os.fstat(handle).st_mode):
            os.fchmod(handle, FILE)


def is_wide(folder: Path) -> bool:
    """Whether others than its owner may do anything in that folder."""
    return os.name != "nt" and bool(folder.stat().st_mode & OTHERS)
