"""All figures, one JSON line each as they come, then the table."""

from __future__ import annotations

import sys

from bench import (
    command_line,
    discord_interactions,
    discord_memory,
    discord_votes,
    drain,
    drain_killed,
    drain_postgres,
    engine,
    fan_out,
    flat,
    group_commit,
    lag,
    restart,
    slack_ack,
    slack_vote,
    two_processes,
)
from bench.measure import Figure, quiet

SCRIPTS = {
    "g1": slack_ack,
    "g2": slack_vote,
    "g3": discord_votes,
    "g4": group_commit,
    "g5": flat,
    "g6": drain,
    "g6b": drain_postgres,
    "g6c": drain_killed,
    "g7": lag,
    "g12": command_line,
    "g13": engine,
    "g15": fan_out,
    "g16": two_processes,
    "restart": restart,
    "discord-ack": discord_interactions,
    "discord-memory": discord_memory,
}


def table(figures: list[Figure]) -> str:
    """The figures as Markdown."""
    rows = ["| id | what | ratio | min-max | goal | floor | |", "|---|---|---|---|---|---|---|"]
    for one in figures:
        sign = "<=" if one.most else ">="
        rows.append(
            f"| {one.id} | {one.what} | {one.ratio} | {one.min}-{one.max} "
            f"| {sign} {one.goal} | {sign} {one.floor} | {one.verdict} |"
        )
    return "\n".join(rows)


def main() -> int:
    """Run what is named, or everything; exit 1 where a figure is below its floor."""
    quiet()
    wanted = [word for word in sys.argv[1:] if word in SCRIPTS] or list(SCRIPTS)
    figures: list[Figure] = []
    for name in wanted:
        for one in SCRIPTS[name].main():
            one.print()
            figures.append(one)
    print(f"\n{table(figures)}")
    return 1 if any(one.verdict == "BELOW" for one in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
