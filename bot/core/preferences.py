"""How a person wants to be written to: their zone, quiet hours, pauses; the same in all their sets."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot.core.cards import Choice, Field, FieldKind, Form
from bot.core.permissions import Right
from bot.core.walltime import out_of_quiet

PAUSE = timedelta(days=7)

DIRECT = (
    Choice("on", "As they come"),
    Choice("week", "Not for a week"),
    Choice("off", "Never"),
)

LANGUAGES = (
    Choice("en", "English"),
    Choice("de", "Deutsch"),
    Choice("es", "Español"),
    Choice("fr", "Français"),
    Choice("it", "Italiano"),
    Choice("nl", "Nederlands"),
    Choice("pl", "Polski"),
    Choice("pt", "Português"),
    Choice("sv", "Svenska"),
    Choice("uk", "Українська"),
)
"""The languages in which dates are read as people type them. What the bot writes is English."""

SETTINGS_FORM = Form(
    key="settings",
    needs=Right.OWN_SETTINGS,
    title="Your settings",
    fields=(
        Field(
            "language",
            "Language",
            FieldKind.CHOICE,
            value="en",
            choices=LANGUAGES,
            hint="I read dates in this language. I write in English.",
        ),
        Field("zone", "Time zone", FieldKind.ZONE, hint="Like Europe/London."),
        Field("quiet", "Quiet hours", limit=20, hint="Like 20:00-08:00, or none."),
        Field("direct", "Private messages", FieldKind.CHOICE, value="on", choices=DIRECT),
    ),
    submit="Save",
    intro="These are yours alone, in all your sets.",
)


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a person wants to be written to, in every set they are in.

    `zone` is theirs where it is known, `language` the one in which they type dates. Nothing is sent
    between `quiet_from` and `quiet_to`, nor before `snoozed_until`, nor at all where `direct_off`.
    """

    zone: str = ""
    quiet_from: time = time(20)
    quiet_to: time = time(8)
    direct_off: bool = False
    snoozed_until: datetime | None = None
    language: str = ""

    def soonest(self, at: datetime, zone: str) -> datetime:
        """The first moment from `at` on at which they may be written to; `zone` where none is known."""
        if self.snoozed_until is not None:
            at = max(at, self.snoozed_until)
        return out_of_quiet(at, self.zone or zone, self.quiet_from, self.quiet_to)

    @property
    def quiet(self) -> str:
        """Their quiet hours as they are typed: `20:00-08:00`, or `none`."""
        if self.quiet_from == self.quiet_to:
            return "none"
        return f"{self.quiet_from:%H:%M}-{self.quiet_to:%H:%M}"


USUAL = Preferences()

_HOURS = re.compile(r"(\d{1,2})(?::([0-5]\d))?(?:-|–| to )(\d{1,2})(?::([0-5]\d))?")


def read_quiet(typed: str) -> tuple[time, time] | None:
    """From when to when it is quiet; the same time twice for `none`; None where unreadable."""
    words = typed.casefold().replace(" - ", "-").strip()
    if words in ("none", "no", "off", "never"):
        return time(0), time(0)
    found = _HOURS.fullmatch(words)
    if found is None:
        return None
    hours = int(found[1]), int(found[3])
    if max(hours) > 23:
        return None
    return time(hours[0], int(found[2] or 0)), time(hours[1], int(found[4] or 0))


def settings_form(preferences: Preferences, zone: str, subject: str) -> Form:
    """The form with what holds for this person now."""
    direct = "off" if preferences.direct_off else "week" if preferences.snoozed_until else "on"
    known = {
        "language": preferences.language or LANGUAGES[0].value,
        "zone": preferences.zone or zone,
        "quiet": preferences.quiet,
        "direct": direct,
    }
    fields = tuple(replace(f, value=known[f.key]) for f in SETTINGS_FORM.fields)
    return replace(SETTINGS_FORM, fields=fields, subject=subject)


def in_words(habits: Preferences, zone: str) -> str:
    """What is kept, in a few sentences."""
    where = habits.zone or zone
    quiet = "no quiet hours" if habits.quiet == "none" else f"quiet hours {habits.quiet}"
    if habits.direct_off:
        sent = "I'll send you no DMs. Everything stays under /als actions."
    elif habits.snoozed_until is not None:
        sent = "I'll send you no reminders for a week."
    else:
        sent = "I'll DM you when something is due."
    names = (c.label for c in LANGUAGES[1:] if c.value == habits.language)
    read = "".join(f" I read dates in {name} and in English." for name in names)
    return f"Saved: {quiet} in {where}. {sent}{read}"
