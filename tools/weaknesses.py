"""Asks whether a pinned package has a known weakness; without a network it says so and lets pass."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parent.parent / "requirements.txt"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", re.MULTILINE)
MARKER = re.compile(r"^(?=([A-Za-z0-9._-]+))(\S+==\S+) ;.*\\$", re.MULTILINE)
SECONDS = 180
COULD_NOT_ASK = (
    "I could not ask whether a pinned package has a known weakness (no answer). "
    "Nothing is said about the packages; run `make audit` again where there is a network."
)

Ask = Callable[[], str]


def ask() -> str:
    """What pip-audit answers, as JSON; empty where it could not ask."""
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip"]
    options = ["--progress-spinner=off", "--timeout=15", "-f", "json"]
    with tempfile.TemporaryDirectory() as folder:
        everywhere = Path(folder) / "requirements.txt"
        everywhere.write_text(for_every_system(LOCK.read_text(encoding="utf-8")), encoding="utf-8")
        try:
            done = subprocess.run(
                [*command, *options, "-r", str(everywhere)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout


def for_every_system(lock: str) -> str:
    """The lock without its markers, for pip-audit passes over what this system does not need.

    A package pinned twice keeps its markers, since one version of it is needed here in any case.
    """
    names = PINNED.findall(lock)
    return MARKER.sub(lambda at: at[0] if names.count(at[1]) > 1 else f"{at[2]} \\", lock)


@dataclass(frozen=True)
class Audit:
    """What is known about the pinned packages: a line for each weakness, and who was not looked up."""

    weaknesses: tuple[str, ...]
    audited: frozenset[str]

    def unaudited(self, pinned: Iterable[str]) -> tuple[str, ...]:
        """The pinned packages of which nothing is known, by name."""
        return tuple(sorted({_plain(name) for name in pinned} - self.audited))


def read(answer: str) -> Audit | None:
    """What pip-audit found out; None where there is no answer.

    A package it skipped (`skip_reason`) does not count as audited.
    """
    try:
        packages = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    looked_up = [package for package in packages if "vulns" in package]
    lines = (_line(package, weakness) for package in looked_up for weakness in package["vulns"])
    return Audit(tuple(lines), frozenset(_plain(package["name"]) for package in looked_up))


def _line(package: dict[str, Any], weakness: dict[str, Any]) -> str:
    line = f"{package['name']} {package['version']}: {weakness['id']}"
    fixed = weakness.get("fix_versions")
    return f"{line}, fixed in {fixed[-1]}" if fixed else line


def _plain(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> tuple[str, ...]:
    """The names of the packages that run the bot, those for other systems too."""
    return tuple(PINNED.findall(LOCK.read_text(encoding="utf-8")))


def main(asked: Ask = ask, *, strict: bool = False, packages: Iterable[str] | None = None) -> int:
    """Prints what is known and returns the exit code.

    0: no weakness is known; 1: at least one is; 2: `strict`, and not every package was audited.
    """
    audit = read(asked())
    if audit is None or not audit.audited:
        print(COULD_NOT_ASK)
        return 2 if strict else 0
    for line in audit.weaknesses:
        print(line)
    missing = audit.unaudited(pinned() if packages is None else packages)
    if missing:
        print(f"Not audited, so nothing is known about them: {', '.join(missing)}.")
    print(f"{len(audit.weaknesses)} known weaknesses in {len(audit.audited)} audited packages.")
    if audit.weaknesses:
        return 1
    return 2 if strict and missing else 0


if __name__ == "__main__":
    sys.exit(main(strict="--strict" in sys.argv[1:]))
