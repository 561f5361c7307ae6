"""Wall-clock time plus a zone name, turned into instants late and by rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def instant(wall: datetime, zone: str) -> datetime:
    """The UTC instant at which clocks in `zone` show `wall` (naive local time).

    A time that does not exist (clocks jump over it) becomes the first valid instant after the gap;
    a time that comes twice means the first.
    """
    tz = ZoneInfo(zone)
    first = wall.replace(tzinfo=tz, fold=0)
    if first.astimezone(UTC).astimezone(tz).replace(tzinfo=None) == wall:
        return first.astimezone(UTC)
    return _end_of_gap(wall, tz)


def _end_of_gap(wall: datetime, tz: ZoneInfo) -> datetime:
    # With fold=1 the offset after the jump is used, which lands before the gap's end; with fold=0
    # the one before, which lands after it. The jump itself lies between the two.
    low = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    high = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    before = low.astimezone(tz).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(tz).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def local(at: datetime, zone: str) -> datetime:
    """What clocks in `zone` show at the instant `at`, as naive local time."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def is_wall(typed: str) -> bool:
    """Whether that is an ISO date, perhaps with a time, and without a zone of its own."""
    try:
        return datetime.fromisoformat(typed).tzinfo is None
    except ValueError:
        return False


def days_later(wall: datetime, days: int) -> datetime:
    """The same local time so many days on."""
    return wall + timedelta(days=days)


def at_clock_time(day: str, wall: datetime) -> datetime | None:
    """An ISO date at the clock time of `wall`; an ISO date and time as it is; None for no date."""
    if not day:
        return None
    found = datetime.fromisoformat(day)
    return found if "T" in day else found.replace(hour=wall.hour, minute=wall.minute)


def out_of_quiet(at: datetime, zone: str, start: time = time(20), end: time = time(8)) -> datetime:
    """`at`, or the end of the quiet hours it falls into, in `zone`.

    Quiet hours may pass midnight; two times that are the same are no quiet hours at all.
    """
    wall = local(at, zone)
    now, overnight = wall.time(), start > end
    quiet = (now >= start or now < end) if overnight else start <= now < end
    if not quiet:
        return at
    day = wall.date() + timedelta(days=1 if overnight and now >= start else 0)
    return instant(datetime.combine(day, end), zone)


def day_in_words(day: date | datetime) -> str:
    """A date as people say it: `Monday 12 April 2027`."""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def moment_in_words(wall: datetime) -> str:
    """A local date and time as people say it: `Monday 12 April 2027, 18:00`."""
    return f"{day_in_words(wall)}, {wall:%H:%M}"
