"""What happens to a weekly hour when clocks change: our rule beside APScheduler's own triggers.

`python -m bench.clock_changes` prints the table of the README.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.triggers.calendarinterval import CalendarIntervalTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.core.walltime import instant

CASES = (
    ("daily 01:30, London, the repeated hour", "Europe/London", "2026-10-24T01:30", 1, 3),
    ("daily 01:30, London, the missing hour", "Europe/London", "2027-03-27T01:30", 1, 3),
    ("daily 00:00, Beirut, midnight missing", "Asia/Beirut", "2027-03-27T00:00", 1, 3),
    ("daily 00:00, Cairo, midnight missing", "Africa/Cairo", "2027-04-29T00:00", 1, 3),
    ("daily 00:00, Santiago, midnight missing", "America/Santiago", "2027-09-04T00:00", 1, 3),
    ("weekly 01:30, London, the missing hour", "Europe/London", "2027-03-21T01:30", 7, 3),
    ("weekly 18:00, London, through October", "Europe/London", "2026-10-16T18:00", 7, 4),
    ("every six weeks 18:00, London, through March", "Europe/London", "2027-03-01T18:00", 42, 3),
    ("every six weeks 02:10, Lord Howe", "Australia/Lord_Howe", "2027-08-22T02:10", 42, 3),
)


def ours(wall: datetime, zone: str, days: int, times: int) -> list[datetime]:
    """Wall time plus zone plus rule, turned into instants late."""
    return [instant(wall + timedelta(days=days * n), zone) for n in range(times)]


def fired(trigger: Any, start: datetime, end: datetime) -> list[datetime]:
    """Everything a trigger would fire between two instants."""
    found: list[datetime] = []
    previous, now = None, start - timedelta(seconds=1)
    while len(found) < 20:
        at = trigger.get_next_fire_time(previous, now)
        if at is None or at > end:
            break
        found.append(at.astimezone(UTC))
        # The scheduler asks again a moment after it has fired, by its own clock.
        previous, now = at, at.astimezone(UTC) + timedelta(seconds=1)
    return found


def triggers(wall: datetime, zone: str, days: int) -> dict[str, Any]:
    """The ways APScheduler offers to say the same."""
    tz, clock = ZoneInfo(zone), {"hour": wall.hour, "minute": wall.minute}
    first = wall.replace(tzinfo=tz)
    made: dict[str, Any] = {}
    if days == 1:
        made["cron"] = CronTrigger(**clock, timezone=tz)
    elif days == 7:
        made["cron"] = CronTrigger(day_of_week=wall.weekday(), **clock, timezone=tz)
    made["calendar interval"] = CalendarIntervalTrigger(
        days=days, **clock, start_date=wall.date(), timezone=tz
    )
    made["interval"] = IntervalTrigger(days=days, start_date=first, timezone=tz)
    return made


def verdict(found: list[datetime], right: list[datetime]) -> str:
    """In a word or two, how what fired differs from what was meant."""
    if found == right:
        return "right"
    if len(found) > len(right):
        return f"{len(found)} times for {len(right)}"
    if len(found) < len(right):
        missed = len(right) - len(found)
        return f"misses {missed} of {len(right)}"
    late = [f - r for f, r in zip(found, right, strict=True) if f != r]
    minutes = round(max(late, key=abs).total_seconds() / 60)
    return f"{abs(minutes)} min {'late' if minutes > 0 else 'early'}, {len(late)} of {len(right)}"


def table() -> str:
    """The comparison as a Markdown table."""
    kinds = ("cron", "calendar interval", "interval")
    rows = [
        "| What was meant | als-bot | cron | calendar interval | interval |",
        "|---|---|---|---|---|",
    ]
    for title, zone, begins, days, times in CASES:
        wall = datetime.fromisoformat(begins)
        right = ours(wall, zone, days, times)
        end = right[-1] + timedelta(hours=12)
        made = triggers(wall, zone, days)
        cells = [
            verdict(fired(made[kind], right[0], end), right) if kind in made else "cannot say it"
            for kind in kinds
        ]
        rows.append(f"| {title} | right | {' | '.join(cells)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
