"""Explore: open questions that help the presenter think; silence is work."""

from __future__ import annotations

from typing import ClassVar

from bot.core.meeting.phases.round.ask import Asking


class Explore(Asking):
    """Open questions; the presenter answers, keeps silent, passes or parks."""

    key: ClassVar[str] = "explore"
    title: ClassVar[str] = "Open questions"
    purpose: ClassVar[str] = (
        "Ask what you could not guess the answer to. No advice, no stories of your own. "
        "After an answer, count to ten."
    )


EXPLORE = Explore()
