"""The marks under a message: put there once, and not again when the message changes."""

from __future__ import annotations

from datetime import timedelta

from bot.adapters.memory import MemoryPlatform
from bot.runtime.ports.outgoing import Outgoing
from tests.runtime.test_outbox import offered


class Marked(MemoryPlatform):
    """Knows how often it was asked for marks, and for which."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    async def react(self, out: Outgoing) -> None:
        self.asked.append((out.ref, out.reactions))
        await super().react(out)


async def test_the_marks_of_a_ballot_are_put_there_once_and_not_when_the_vote_is_over(bot, clock):
    """Given a ballot, when it is closed and the story begins, then each has had its marks once."""
    platform = bot.platforms["demo"] = Marked()
    await offered(bot, platform)
    for _ in range(3):
        clock.move_by(timedelta(minutes=1))
        await bot.settle()

    ballot, story = [ref for ref, _ in platform.asked]
    assert ballot != story
    assert platform.messages[ballot].card.reactions == ()
    assert all(marks for _, marks in platform.asked)
