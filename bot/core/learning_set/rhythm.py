"""How often a set meets: rules as text (RFC 5545), read from words and said in words."""

from __future__ import annotations

import re
from datetime import datetime

from bot.core.walltime import days_later
from bot.core.wording import NUMBERS, count, ordinal

EVERY_SIX_WEEKS = "FREQ=WEEKLY;INTERVAL=6"
MOST = {"WEEKLY": 52, "MONTHLY": 12}
"""A year at most, in weeks and in months."""

_WORDS = {
    "weekly": "every week",
    "fortnightly": "every 2 weeks",
    "fortnight": "every 2 weeks",
    "biweekly": "every 2 weeks",
    "monthly": "every month",
    "quarterly": "every 3 months",
    "quarter": "every 3 months",
    "yearly": "every 12 months",
    "year": "every 12 months",
}
_ONCE = frozenset({"once", "never", "no", "not", "none", "only once", "just once"})
_NUMBERS = {
    **{name: number for number, name in enumerate(NUMBERS) if number},
    "ten": 10,
    "twelve": 12,
    "other": 2,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "sixth": 6,
}
_TYPED = re.compile(r"(?:every )?(?:(\d{1,6}|[a-z]+) )?(week|month)s?")
_RULE = re.compile(
    r"FREQ=(WEEKLY|MONTHLY);INTERVAL=(\d{1,2})(?:;BYDAY=(-1|[1-4])(MO|TU|WE|TH|FR|SA|SU))?"
)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def read_rhythm(typed: str) -> str | None:
    """The rule for what was typed (`6 weeks`, `monthly`, `once`); None where it cannot be one.

    Meeting once only is the empty rule.
    """
    words = " ".join(typed.casefold().split()).rstrip(".")
    if words in _ONCE:
        return ""
    if is_rule(typed):
        return typed
    found = _TYPED.fullmatch(_WORDS.get(words.removeprefix("every "), words))
    if found is None:
        return None
    number, unit = found[1] or "1", found[2]
    each = int(number) if number.isdecimal() else _NUMBERS.get(number, 0)
    freq = "WEEKLY" if unit == "week" else "MONTHLY"
    return f"FREQ={freq};INTERVAL={each}" if 1 <= each <= MOST[freq] else None


def is_rule(rule: str) -> bool:
    """Whether this is a rule as we write them."""
    found = _RULE.fullmatch(rule)
    return found is not None and 1 <= int(found[2]) <= MOST[found[1]]


def anchored(rule: str, wall: datetime) -> str:
    """The rule as it holds from that meeting on: by months, on that weekday of the month."""
    freq, each, _, _ = _parts(rule)
    if freq != "MONTHLY":
        return rule
    week = (wall.day - 1) // 7 + 1
    which = "-1" if week > 4 else str(week)
    return f"FREQ=MONTHLY;INTERVAL={each};BYDAY={which}{_DAYS[wall.weekday()]}"


def rhythm_in_words(rule: str) -> str:
    """`every six weeks`, `every two months, on the last Friday`, `once`."""
    freq, each, week, day = _parts(rule)
    if not freq:
        return "once"
    unit = "week" if freq == "WEEKLY" else "month"
    often = f"every {unit}" if each == 1 else f"every {count(each, unit)}"
    if not day:
        return often
    which = "last" if week == "-1" else ordinal(int(week))
    return f"{often}, on the {which} {_NAMES[_DAYS.index(day)]}"


def typed_again(rule: str) -> str:
    """The rule as somebody would type it: what a form shows to be changed."""
    freq, each, _, _ = _parts(rule)
    return count(each, "week" if freq == "WEEKLY" else "month") if freq else "once"


def following(rule: str, wall: datetime, after: datetime) -> datetime | None:
    """The first meeting of the rhythm that began at `wall` which is later than `after`."""
    freq, each, _, _ = _parts(rule)
    if not freq:
        return None
    if freq == "WEEKLY":
        step = 7 * each
        times = max(1, (after - wall).days // step)
        found = days_later(wall, times * step)
        return found if found > after else days_later(found, step)
    from bot.core.recurrence import first_after

    return first_after(rule, wall, max(wall, after))


def _parts(rule: str) -> tuple[str, int, str, str]:
    found = _RULE.fullmatch(rule)
    return (found[1], int(found[2]), found[3] or "", found[4] or "") if found else ("", 0, "", "")
