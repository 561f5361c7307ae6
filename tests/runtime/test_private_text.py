"""The words behind a neutral message come even to somebody who presses it at once."""

import asyncio

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.signals import Pressed
from bot.runtime.delivery import private_text
from bot.runtime.ports.incoming import Answer, Incoming
from bot.runtime.ports.outgoing import Outgoing
from tests.runtime.people import found, gesture, the_set


def asked(message: str) -> Incoming:
    return gesture("Ana", Pressed(private_text.SHOW_WORDS), message=message)


class _Eager(MemoryPlatform):
    """A platform on which Ana presses every message the moment it lands."""

    def __init__(self, bot: Bot) -> None:
        super().__init__()
        self._bot = bot
        self.pressed: list[asyncio.Task[Answer]] = []

    async def post(self, out: Outgoing) -> str:
        ref = await super().post(out)
        self.pressed.append(asyncio.create_task(self._bot.service.receive(asked(ref))))
        await asyncio.sleep(0.01)
        return ref


async def test_a_message_that_is_pressed_before_its_reference_is_stored(bot):
    platform = bot.platforms["demo"] = _Eager(bot)
    await found(bot.service, "Ana", "Ben", "Chidi")

    await bot.settle()

    answers = [await task for task in platform.pressed]
    assert len(answers) > 1
    assert [a for a in answers if a.refusal is private_text.GONE] == []


async def test_a_message_that_is_none_of_ours_has_nothing_behind_it(bot):
    await found(bot.service, "Ana", "Ben", "Chidi")

    answer = await bot.service.receive(asked("9.9"))

    assert answer.refusal is private_text.GONE
    assert the_set(bot).name
