"""What a format is: phases with minutes, a round repeated per presenter, breaks between rounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core.meeting.phases.closing.break_ import BREAK
from bot.core.meeting.phases.phase import Phase
from bot.core.meeting.session import Step


@dataclass(frozen=True, slots=True)
class Part:
    """A phase and its minutes."""

    phase: Phase
    minutes: int


@dataclass(frozen=True, slots=True)
class Format:
    """A meeting's plan as data. `breaks` are the minutes after the first, second… round.

    After `longest_interruption` a meeting does not go on by itself; one sitting can bear an hour.
    """

    key: str
    title: str
    opening: tuple[Part, ...]
    round: tuple[Part, ...]
    closing: tuple[Part, ...]
    rounds: int = 1
    breaks: tuple[int, ...] = ()
    longest_interruption: timedelta = timedelta(hours=1)

    def parts(self) -> tuple[Part, ...]:
        """Every part as it comes, rounds written out."""
        return tuple(part for part, _ in self._numbered())

    def steps(self) -> tuple[Step, ...]:
        """The plan of a meeting of this format."""
        return tuple(
            Step(part.phase.key, part.minutes * 60, number) for part, number in self._numbered()
        )

    def with_part(self, part: Part, after: str) -> Format:
        """This format with one more part after the phase of that key, in every round if there."""

        def widened(parts: tuple[Part, ...]) -> tuple[Part, ...]:
            return tuple(
                new for old in parts for new in ((old, part) if old.phase.key == after else (old,))
            )

        return replace(
            self,
            opening=widened(self.opening),
            round=widened(self.round),
            closing=widened(self.closing),
        )

    @property
    def minutes(self) -> int:
        """The whole length, without the arriving before."""
        return sum(part.minutes for part in self.parts())

    def _numbered(self) -> tuple[tuple[Part, int], ...]:
        middle: list[tuple[Part, int]] = []
        for number in range(1, self.rounds + 1):
            middle += [(part, number) for part in self.round]
            if number <= len(self.breaks):
                middle.append((Part(BREAK, self.breaks[number - 1]), 0))
        opening = [(part, 0) for part in self.opening]
        closing = [(part, 0) for part in self.closing]
        return (*opening, *middle, *closing)


def turn_seconds(minutes: int, people: int) -> int:
    """Seconds each person gets in a turn phase of so many minutes (docs/method.md, Time)."""
    return round(minutes * 60 / people)
