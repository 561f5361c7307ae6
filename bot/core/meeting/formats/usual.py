"""The usual shape of a meeting, so that a format is nothing but its minutes."""

from __future__ import annotations

from bot.core.meeting.formats.plan import Format, Part
from bot.core.meeting.phases.choosing.bids import BIDS
from bot.core.meeting.phases.choosing.choose import CHOOSE
from bot.core.meeting.phases.closing.close import CLOSE
from bot.core.meeting.phases.closing.learning_review import LEARNING_REVIEW
from bot.core.meeting.phases.gathering.action_report import ACTION_REPORT
from bot.core.meeting.phases.gathering.arrive import ARRIVE
from bot.core.meeting.phases.gathering.check_in import CHECK_IN
from bot.core.meeting.phases.round.action_plan import ACTION_PLAN
from bot.core.meeting.phases.round.clarify import CLARIFY
from bot.core.meeting.phases.round.explore import EXPLORE
from bot.core.meeting.phases.round.present import PRESENT
from bot.core.meeting.phases.round.reflect import REFLECT

OPENING = (CHECK_IN, ACTION_REPORT, BIDS, CHOOSE)
ROUND = (PRESENT, CLARIFY, EXPLORE, REFLECT, ACTION_PLAN)
CLOSING = (LEARNING_REVIEW, CLOSE)


def usual(
    key: str,
    title: str,
    *,
    opening: tuple[int, int, int, int],
    round: tuple[int, int, int, int, int],
    closing: tuple[int, int],
    rounds: int = 1,
    breaks: tuple[int, ...] = (),
) -> Format:
    """A format of the usual shape; the numbers are minutes, in the order of the phases above."""
    return Format(
        key=key,
        title=title,
        opening=(Part(ARRIVE, 0), *map(Part, OPENING, opening)),
        round=tuple(map(Part, ROUND, round)),
        closing=tuple(map(Part, CLOSING, closing)),
        rounds=rounds,
        breaks=breaks,
    )
