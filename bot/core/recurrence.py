"""Rules of a rhythm expanded to local times; the only file that knows dateutil."""

from __future__ import annotations

from datetime import datetime

from dateutil.rrule import rrulestr


def first_after(rule: str, first: datetime, after: datetime) -> datetime | None:
    """The first local time of the rule later than `after`; the rule begins at `first`."""
    return rrulestr(rule, dtstart=first).after(after)
