"""One's own data: taken along, deleted everywhere, and not brought back by a restore."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.adapters.plain import render
from bot.app.bot import Bot
from bot.core.signals import Pressed
from bot.runtime import codec
from bot.runtime.store.database import Database
from bot.runtime.store.upkeep import backup, erasing
from bot.runtime.vault import KeyMissing
from tests.runtime.conftest import INSTALLATION, KEY
from tests.runtime.people import gesture, running, the_set
from tests.trust.words import SIX, asks, canary, close, draft, meet, report, rows

EVE = [canary("Eve", w) for w in ("act", "how", "bid", "why", "clarify", "reflection", "learning")]


def standing(platform: MemoryPlatform) -> str:
    """What can be read anywhere now."""
    return "\n".join(render(m.card, "UTC", {}) for m in platform.messages.values())


async def whole(bot: Bot) -> None:
    await meet(bot)
    await report(bot, "Eve")
    await close(bot)


async def test_an_export_holds_ones_own_words_and_nobody_elses(bot: Bot):
    await whole(bot)

    answer = await asks(bot, "Eve", "mydata export")

    text, machine = answer.files
    assert all(file.direct for file in answer.files)
    told = json.loads(machine.text)
    for word in (*EVE, canary("Eve", "happened")):
        assert word in text.text, word
        assert word in machine.text
    for other in set(SIX) - {"Eve"}:
        assert f"Of{other}Xq" not in text.text + machine.text
        assert other not in text.text + machine.text
    assert len(told["sets"]) == 1
    assert (await asks(bot, "Zoe", "mydata export")).files[1].text.count("words") == 0


async def test_who_is_forgotten_stands_in_no_row_and_no_message(
    bot: Bot, platform: MemoryPlatform, file: Path
):
    await whole(bot)
    assert canary("Eve", "reflection") in standing(platform)
    others = standing(platform).count("OfAnaXq")

    asked = await asks(bot, "Eve", "mydata forget")
    assert "can't be undone" in str(asked.told[0])
    answer = await bot.service.receive(gesture("Eve", Pressed("forget_sure")))
    assert answer.refusal is None
    began = bot.now()
    await bot.settle()

    assert (bot.now() - began).total_seconds() < 60
    assert "OfEveXq" not in standing(platform)
    assert "Eve" not in standing(platform).replace("Everything", "").replace("Everyone", "")
    assert standing(platform).count("OfAnaXq") == others
    assert not names_anywhere(bot, "eve")
    assert "'eve'" not in rows(file)
    assert ":eve:" not in rows(file)
    assert the_set(bot).name_of("eve") == "A former member"
    kept = (await asks(bot, "Ben", "report")).told[0]
    assert "OfAnaXq" in render(kept, "UTC", {})


def names_anywhere(bot: Bot, person: str) -> bool:
    with bot.store.reading() as unit:
        room = unit.room_of_place(INSTALLATION, "#aurora")
    return f"'{person}'" in repr(room)


@pytest.mark.parametrize("who", ["Ana", "Ben", "Eve"])
async def test_forgetting_while_the_meeting_runs_leaves_one_that_goes_on(
    bot: Bot, platform: MemoryPlatform, who: str
):
    """Given the facilitator, the presenter or another, when they go, nothing stored names them."""
    await meet(bot)

    await bot.service.receive(gesture(who, Pressed("forget_sure")))
    await bot.settle()

    stored = codec.dump(running(bot))
    assert running(bot).live
    assert f'"{who.lower()}"' not in stored.lower()
    assert f"Of{who}Xq" not in stored + standing(platform)
    assert not names_anywhere(bot, who.lower())
    await close(bot)


async def test_others_keep_everything(bot: Bot):
    await whole(bot)
    before = (await asks(bot, "Ana", "mydata export")).files[1].text

    await bot.service.receive(gesture("Eve", Pressed("forget_sure")))

    after = (await asks(bot, "Ana", "mydata export")).files[1].text
    assert json.loads(after)["sets"] == json.loads(before)["sets"]


async def test_a_restore_does_not_bring_them_back_and_a_second_one_neither(
    bot: Bot, file: Path, tmp_path: Path, clock, platform
):
    await whole(bot)
    copy, _ = backup.make(bot.store.database, bot.vault, bot.now(), tmp_path / "kept")
    await bot.service.receive(gesture("Eve", Pressed("forget_sure")))
    bot.close()

    for turn in range(2):
        backup.restore(copy, file, bot.vault, bot.now())
        assert "'eve'" in rows(file), turn
        database = Database(f"sqlite:///{file}")
        assert backup.settle_copy(database, bot.now())
        opened = Bot(database, [KEY], clock, {"demo": platform}, grace=0, threaded=False)
        assert opened.erase_again() == 1
        assert not names_anywhere(opened, "eve")
        assert the_set(opened).name_of("ana") == "Ana"
        opened.close()
        assert "'eve'" not in rows(file)
        assert "OfEveXq" not in rows(file)


async def test_who_came_back_after_being_forgotten_is_not_forgotten_again(bot: Bot, clock):
    await whole(bot)
    await bot.service.receive(gesture("Eve", Pressed("forget_sure")))
    clock.move_to(clock.now().replace(hour=23))
    await bot.service.receive(gesture("Eve", Pressed("agree")))

    assert bot.erase_again() == 0
    assert the_set(bot).agreed("eve")


async def test_the_list_of_the_erased_names_nobody(bot: Bot, file: Path):
    await whole(bot)
    await bot.service.receive(gesture("Eve", Pressed("forget_sure")))

    (line,) = [row for row in rows(file).split("\n") if 'INTO "erasures"' in row]
    assert "eve" not in line
    with bot.store.reading() as unit:
        assert erasing.mark(unit, INSTALLATION, "eve") in line
        try:
            other = erasing.mark(unit, "demo:other", "eve")
        except KeyMissing:
            other = ""
        assert other not in line or other == ""


async def test_a_draft_goes_with_its_owner(bot: Bot, file: Path):
    await whole(bot)
    await draft(bot, "Eve")
    assert the_set(bot).draft_of("eve")

    await bot.service.receive(gesture("Eve", Pressed("forget_sure")))

    assert the_set(bot).draft_of("eve") is None
