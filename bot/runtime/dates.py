"""Reading dates and time zones as people type them, before the core sees the form."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from bot.core.cards import Choice, FieldKind
from bot.core.input.forms import FORMS
from bot.core.preferences import LANGUAGES
from bot.core.signals import Submitted
from bot.core.verbs import Suggests
from bot.core.walltime import day_in_words, local, moment_in_words
from bot.core.wording import tidy


def read_fields(form: Submitted, now: datetime, zone: str, language: str = "") -> Submitted:
    """The form with dates in ISO and zones by their exact name; what cannot be read stays typed.

    Dates are read in `language` (a code of two letters) and in English.
    """
    known = FORMS.get(form.form)
    if known is None:
        return form
    kinds = {field.key: field.kind for field in known.fields}
    today = local(now, zone)
    read = tuple((key, _read(kinds.get(key), typed, today, language)) for key, typed in form.fields)
    guessed = frozenset(
        key
        for (key, typed), (_, value) in zip(form.fields, read, strict=True)
        if value != typed and _exact(tidy(typed, one_line=True)) is None
    )
    return replace(form, fields=read, guessed=guessed)


READ = frozenset({Suggests.DATE, Suggests.MOMENT})
"""What is suggested by reading what has been typed so far as a date."""


def suggest(
    what: Suggests, typed: str, now: datetime, zone: str, language: str = ""
) -> tuple[Choice, ...]:
    """How a date is understood that somebody is typing just now; nothing where it is not yet one."""
    words, today = tidy(typed, one_line=True)[:100], local(now, zone)
    reader = read_moment if what is Suggests.MOMENT else read_date
    read = reader(words, today, language)
    if not words or read is None:
        return ()
    at = datetime.fromisoformat(read)
    said = moment_in_words(at) if "T" in read else day_in_words(at)
    return (Choice(read, said),)


def _read(kind: FieldKind | None, typed: str, today: datetime, language: str) -> str:
    words = tidy(typed, one_line=True)[:100]
    if kind is FieldKind.DATE and words:
        return read_date(words, today, language) or typed
    if kind is FieldKind.MOMENT and words:
        return read_moment(words, today, language) or typed
    if kind is FieldKind.ZONE and words:
        return read_zone(words) or typed
    return typed


def read_date(words: str, today: datetime, language: str = "") -> str | None:
    """An ISO date for what was typed, seen from the local time `today`; None where unreadable.

    A clock time is kept where it was typed in ISO (`2027-04-12T15:00`).
    """
    exact = _exact(words)
    if exact is not None:
        return exact
    found = _parse(_own_words(words, language), today, language)
    return None if found is None else found.date().isoformat()


def _parse(words: str, today: datetime, language: str) -> datetime | None:
    if _OFFSET.search(words) and "T" in words.upper():
        return None
    import dateparser

    settings = {
        "RELATIVE_BASE": today,
        "PREFER_DATES_FROM": "future",
        "DATE_ORDER": "DMY",
        "RETURN_AS_TIMEZONE_AWARE": False,
        "REQUIRE_PARTS": [],
    }
    usual = _usual(words)
    languages = [language, "en"] if language in _KNOWN and language != "en" else ["en"]
    found: datetime | None = dateparser.parse(usual, languages=languages, settings=settings)
    return None if found is None else found.replace(second=0, microsecond=0)


_KNOWN = frozenset(choice.value for choice in LANGUAGES)
_HOUR = re.compile(r"(?<![\d:])(\d{1,2})(?::(\d\d))?\s?(?:uhr|h)\s?(\d\d)?(?!\w)")
_SPARE = {
    "de": "am um nächsten nächste nächster kommenden kommende",
    "es": "el a la las próximo próxima",
    "fr": "à le prochain prochaine",
    "it": "alle il prossimo prossima",
    "nl": "op om volgende komende",
    "pt": "às na no próximo próxima",
    "sv": "kl på nästa",
}
"""Words around a date that the parser does not know; a weekday is the coming one without them."""


def _own_words(words: str, language: str) -> str:
    """What was typed in that language, as the parser knows it."""
    if language not in _KNOWN or language == "en":
        return words
    spare = _SPARE.get(language, "").split()
    kept = " ".join(w for w in words.casefold().split() if w not in spare)
    kept = kept.replace("fra ", "tra ") if language == "it" else kept
    return _HOUR.sub(lambda m: f"{m[1]}:{m[2] or m[3] or '00'}", kept)


_CLOCK_TIME = re.compile(r"(?<!\d)\d{1,2}(:\d\d|\s?[ap]m)\b", re.IGNORECASE)
_OFFSET = re.compile(r"\d(Z|[+-]\d\d:?\d\d)$", re.IGNORECASE)
"""An offset from UTC at the end of a clock time: a moment is local to the set, so we do not guess."""


def read_moment(words: str, today: datetime, language: str = "") -> str | None:
    """An ISO date and time for what was typed; None where the time of day is missing."""
    exact = _exact(words)
    if exact is not None:
        return exact if "T" in exact else None
    words = _own_words(words, language)
    if _CLOCK_TIME.search(words) is None or _either(words):
        return None
    found = _parse(words, today, language)
    return None if found is None else found.isoformat(timespec="minutes")


_EITHER = re.compile(r"(?<![\d-])(0?[1-9]|1[0-2])[/.-](0?[1-9]|1[0-2])\b")
"""A day and a month in figures, either of which may be the other: we do not guess a meeting."""


def _either(words: str) -> bool:
    found = _EITHER.search(words)
    return found is not None and int(found[1]) != int(found[2])


def _exact(words: str) -> str | None:
    try:
        found = datetime.fromisoformat(words)
    except ValueError:
        return None
    if found.tzinfo is not None:
        return None
    timed = _CLOCK_TIME.search(words) is not None
    return found.isoformat(timespec="minutes") if timed else found.date().isoformat()


def _usual(words: str) -> str:
    """`next friday` is what the parser calls `friday`: the coming one."""
    lowered = words.casefold().strip()
    for before in ("next ", "on ", "by ", "this "):
        lowered = lowered.removeprefix(before)
    return "in 7 days" if lowered == "week" else "in 1 month" if lowered == "month" else lowered


@cache
def _zones() -> dict[str, str]:
    names = sorted(available_timezones())
    cities = {name.rpartition("/")[2].replace("_", " ").casefold(): name for name in names}
    return {**cities, **{name.casefold(): name for name in names}}


def read_zone(words: str) -> str | None:
    """A zone's exact name for what was typed: any case, or its city alone."""
    known = _zones()
    return known.get(words.casefold()) or known.get(words.replace("_", " ").casefold())
