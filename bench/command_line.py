"""G12: `als --version`, against starting Python and doing nothing."""

from __future__ import annotations

import subprocess
import sys

from bench.measure import Figure, figure, in_turn, quick, quiet, seconds


def _run(*words: str) -> float:
    return seconds(
        lambda: subprocess.run([sys.executable, *words], check=True, capture_output=True)
    )


def main() -> list[Figure]:
    """The figure."""
    rounds = 5 if quick() else 11
    pairs = in_turn(rounds, lambda: _run("-m", "bot", "--version"), lambda: _run("-c", "pass"))
    ratios = [ours / theirs for ours, theirs in pairs]
    fastest = min(ours for ours, _ in pairs)
    return [figure("G12", "als --version", ratios, 4, 10, most=True, milliseconds=fastest * 1000)]


if __name__ == "__main__":
    quiet()
    for one in main():
        one.print()
