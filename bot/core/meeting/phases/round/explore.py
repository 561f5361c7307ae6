"""Explore: open questions that help the presenter think; silence is work."""

from __future__ import annotations

from typing import ClassVar

from bot.core.meeting.phases.round.ask import Asking


class Explore(Asking):
    """Open questions; the presenter answers, keeps silent, passes or parks."""

    key: ClassVar[str] = "explore"
    title: ClassVar[str] = "Open questions"
    purpose: ClassVar[str] = (
        "Ask what you couldn't guess the answer to. No advice, no stories. After an "
        "answer, count to 10. Silence is an answer too."
    )


EXPLORE = Explore()
