"""All figures, one JSON line each as they come, then the table."""

from __future__ import annotations

import sys

from bench import (
    discord_interactions,
    discord_memory,
    discord_votes,
    g4_group_commit,
    g5_flat,
    g6_drain,
    g6b_postgres,
    g6c_kill,
    g7_lag,
    g12_cli,
    g13_engine,
    g15_fan_out,
    g16_two,
    restart,
    slack_ack,
    slack_vote,
)
from bench.measure import Figure, quiet

SCRIPTS = {
    "g1": slack_ack,
    "g2": slack_vote,
    "g3": discord_votes,
    "g4": g4_group_commit,
    "g5": g5_flat,
    "g6": g6_drain,
    "g6b": g6b_postgres,
    "g6c": g6c_kill,
    "g7": g7_lag,
    "g12": g12_cli,
    "g13": g13_engine,
    "g15": g15_fan_out,
    "g16": g16_two,
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
