"""A delivery counts once, however often it comes, and always gets the same answer."""

import asyncio

import pytest

from bot.app.bot import Bot
from bot.core.signals import Pressed, Typed
from bot.runtime.ports.incoming import Answer
from tests.runtime.conftest import KEY
from tests.runtime.people import action, begin, found, founding, gesture, press, running, the_set


async def test_the_same_delivery_twice_is_one_effect_and_one_answer(bot):
    await found(bot.service, "Ana", "Ben", "Chidi")
    kept = gesture("Ana", action("I will call."))

    answers = [await bot.service.receive(kept) for _ in range(2)]

    assert answers[0] == answers[1]
    assert answers[0].told != ()
    assert len(the_set(bot).actions) == 1


@pytest.mark.parametrize(
    "signal",
    [
        Typed("home"),  # answered by a card
        Typed("actions"),
        Pressed("join"),
        Typed("nonsense"),  # answered by a refusal
        founding(),  # the set is there already
    ],
    ids=["home", "actions", "join", "nonsense", "founding"],
)
async def test_a_repeat_gets_the_same_card_or_refusal_also_after_a_restart(
    bot, reopen, clock, signal
):
    await found(bot.service, "Ana", "Ben", "Chidi")
    asked = gesture("Ana", signal)
    first = await bot.service.receive(asked)

    restarted = Bot(reopen(), [KEY], clock, {}, threaded=False)
    await restarted.service.receive(gesture("Ben", action("Meanwhile, something else.")))

    assert await restarted.service.receive(asked) == first
    assert first != Answer()


async def test_a_repeat_of_what_changed_the_board_is_no_second_change(bot):
    await begin(bot, "Ana", "Ben", "Chidi")
    first = await press(bot, "Ana", "spoken", delivery="once")
    version = running(bot).version

    again = await press(bot, "Ana", "spoken", delivery="once")

    assert again == first == Answer(changed=True)
    assert running(bot).version == version


async def test_ten_at_once_are_one_effect_and_ten_equal_answers(bot, reopen):
    await found(bot.service, "Ana", "Ben", "Chidi")
    threaded = Bot(reopen(), [KEY], bot.clock, {})
    kept = gesture("Ana", action("I will call."))

    answers = await asyncio.gather(*(threaded.service.receive(kept) for _ in range(10)))

    threaded.writer.close()
    assert len(set(map(str, answers))) == 1
    assert answers[0].refusal is None
    assert len(threaded.store.room(the_set(bot).id).set.actions) == 1


async def test_two_who_press_next_at_once_move_one_step(bot):
    await begin(bot, "Ana", "Ben", "Chidi")
    at = running(bot).at

    pressed = Pressed("next", running(bot).id, at)
    for who in ("Ana", "Ben", "Chidi"):
        await bot.service.receive(gesture(who, pressed))

    assert running(bot).at == at + 2 or running(bot).at == at + 1
    assert sum(move.step > at for move in running(bot).log) == 1


async def test_nothing_is_claimed_where_nothing_was_stored(bot, monkeypatch):
    await found(bot.service, "Ana", "Ben", "Chidi")
    kept = gesture("Ana", action("I will call."))

    with monkeypatch.context() as broken:
        broken.setattr("bot.runtime.store.unit.changes.Changes.flush", _fail)
        failed = await bot.service.receive(kept)
    again = await bot.service.receive(kept)

    assert failed.refusal is not None
    assert failed.reference in failed.refusal.sentence
    assert again.refusal is None
    assert len(the_set(bot).actions) == 1


def _fail(unit: object) -> None:
    raise OSError("the disk is full")


async def test_deliveries_of_two_installations_with_one_id_are_two(bot):
    await found(bot.service, "Ana", "Ben", "Chidi")

    here = await bot.service.receive(gesture("Ana", Typed("home"), delivery="same"))
    there = await bot.service.receive(
        gesture("Ana", Typed("home"), delivery="same", installation="demo:other")
    )

    assert here != there
