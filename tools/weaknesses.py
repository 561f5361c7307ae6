"""Asks whether a pinned package has a known weakness; without a network it says so and lets pass."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 180
COULD_NOT_ASK = (
    "I could not ask whether a pinned package has a known weakness (no answer). "
    "Nothing is said about the packages; run `make audit` again where there is a network."
)

Ask = Callable[[], str]


def ask() -> str:
    """What pip-audit answers, as JSON; empty where it could not ask."""
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip"]
    options = ["--progress-spinner=off", "--timeout=15", "-f", "json", "-r", "requirements.txt"]
    try:
        done = subprocess.run(
            [*command, *options],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def found(answer: str) -> list[str] | None:
    """A line for each weakness; None where there is no answer."""
    try:
        packages = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    return [
        f"{package['name']} {package['version']}: {weakness['id']}"
        + (f", fixed in {weakness['fix_versions'][-1]}" if weakness.get("fix_versions") else "")
        for package in packages
        for weakness in package.get("vulns", [])
    ]


def main(asked: Ask = ask, *, strict: bool = False) -> int:
    """0: none known, or nobody could be asked; 1: at least one is known; 2: `--strict` got no answer."""
    lines = found(asked())
    if lines is None:
        print(COULD_NOT_ASK)
        return 2 if strict else 0
    for line in lines:
        print(line)
    print(f"{len(lines)} known weaknesses in the pinned packages.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(strict="--strict" in sys.argv[1:]))
