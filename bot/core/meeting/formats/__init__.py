"""The formats of a meeting, and the register of phases they use."""

from __future__ import annotations

from bot.core.meeting.formats.deep import DEEP
from bot.core.meeting.formats.hundred_twenty import HUNDRED_TWENTY
from bot.core.meeting.formats.ninety import NINETY
from bot.core.meeting.formats.plan import Format, Part, turn_seconds
from bot.core.meeting.formats.sixty import SIXTY
from bot.core.meeting.formats.wide import WIDE
from bot.core.meeting.phases.phase import Phase

FORMATS: dict[str, Format] = {f.key: f for f in (SIXTY, NINETY, HUNDRED_TWENTY, DEEP, WIDE)}
"""Every format by its key, shortest first."""

PHASES: dict[str, Phase] = {
    part.phase.key: part.phase for f in FORMATS.values() for part in f.parts()
}
"""Every phase that some format uses, by its key: adding one to a format is all it takes."""

__all__ = ["FORMATS", "PHASES", "Format", "Part", "turn_seconds"]
