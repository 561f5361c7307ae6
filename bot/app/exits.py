"""How a command ends: its exit codes, and why it cannot go on."""

from __future__ import annotations

DONE, FAILED, USAGE, RUNNING, NEWER = 0, 1, 2, 3, 4
"""The exit codes: done, refused or failed, usage or settings, already running, database newer."""


class CannotStart(Exception):
    """The bot cannot start; one sentence says why and what to do, `code` is the exit code."""

    def __init__(self, sentence: str, code: int = USAGE) -> None:
        """The sentence is for the person at the terminal."""
        super().__init__(sentence)
        self.code = code
