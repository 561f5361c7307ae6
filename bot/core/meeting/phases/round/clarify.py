"""Clarify: facts only, short answers, one question at a time; late meetings shorten it."""

from __future__ import annotations

from typing import ClassVar

from bot.core.meeting.phases.round.ask import Asking


class Clarify(Asking):
    """Facts the others need in order to understand."""

    key: ClassVar[str] = "clarify"
    title: ClassVar[str] = "Clarifying questions"
    purpose: ClassVar[str] = "Ask for the facts you need: who, what, when, how many."
    shrinks: ClassVar[bool] = True


CLARIFY = Clarify()
