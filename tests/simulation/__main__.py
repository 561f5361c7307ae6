"""`make simulate RUNS=n SEED=s`: the full sweep, with one closing line and an exit code."""

from __future__ import annotations

import argparse
import sys

from tests.simulation import runs
from tests.simulation.world import TURNED_ON


def main() -> int:
    """Run, print the closing line, and name the seed and point of every violation."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--runs", type=int, default=2000, help="how many (seed, crash point) pairs")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--scene", choices=("short", "whole"), default="short")
    parser.add_argument("--each", type=int, default=1_000_000, help="crash points of one seed")
    parser.add_argument("--also", default="", help="troubles that are off by default, by commas")
    asked = parser.parse_args()
    switches = (*TURNED_ON, *(switch for switch in asked.also.split(",") if switch))
    tally = runs.sweep(asked.runs, asked.seed, asked.scene, asked.each, switches)
    for violation in tally.violations[:50]:
        print(violation)
    print(tally.troubles())
    print(tally.closing_line())
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
