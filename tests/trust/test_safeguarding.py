"""Help, concern, burning, and the organiser: what each is told, and what nobody is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.adapters.plain import render
from bot.app.bot import Bot
from bot.core.signals import Caller, Pressed, Typed
from bot.runtime.ports.incoming import Answer
from tests.runtime.conftest import INSTALLATION
from tests.runtime.people import action, begin, found, gesture, press, the_set
from tests.trust.words import asks, rows


def text(answer: Answer) -> str:
    assert answer.refusal is None, answer.refusal
    return "\n".join(t if isinstance(t, str) else render(t, "UTC", {}) for t in answer.told)


async def admin(bot: Bot, what: str, **args: str) -> Answer:
    typed = gesture("Mia", Typed(f"admin {what}", tuple(args.items())), place="#anywhere")
    return await bot.service.receive(replace(typed, who=Caller("mia", "Mia", admin=True)))


async def admin_presses(bot: Bot, button: str, value: str) -> Answer:
    pressed = gesture("Mia", Pressed(button, value=value))
    return await bot.service.receive(replace(pressed, who=Caller("mia", "Mia", admin=True)))


def direct(platform: MemoryPlatform, person: str) -> str:
    mine = (m for m in platform.messages.values() if m.destination.person == person)
    return "\n".join(render(m.card, "UTC", {}) for m in mine)


# --- help -----------------------------------------------------------------------------------------


async def test_help_is_answered_anywhere_from_one_read(bot: Bot, monkeypatch):
    await admin(bot, "signpost", words="Samaritans 116 123", country="gb")
    await admin(bot, "signpost", words="Ring Mia", lead="<@U777>")
    await begin(bot, "Ana", "Ben")
    # Not even the writer is asked, so that nothing can hold the answer up.
    monkeypatch.setattr(bot.service, "take", None)

    in_meeting = await press(bot, "Ana", "need_help")
    stranger = await bot.service.receive(gesture("Zoe", Pressed("need_help"), place="#elsewhere"))
    by_message = await bot.service.receive(gesture("Zoe", Pressed("need_help"), place=""))

    for answer in (in_meeting, stranger, by_message):
        for words in ("nobody monitors me", "Samaritans 116 123", "Ring Mia", "GB"):
            assert words in text(answer)
        assert "U777" not in text(answer)


# --- concern --------------------------------------------------------------------------------------


async def test_a_concern_reaches_the_lead_without_content(bot: Bot, platform, file: Path):
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(gesture("Ben", action("Tell nobody about the bank")))
    assert (await asks(bot, "Ben", "concern")).refusal.code == "no_lead"
    await admin(bot, "signpost", lead="lea")

    asked = await asks(bot, "Ben", "concern")
    assert "don't hear what was said" in text(asked)
    answer = await bot.service.receive(gesture("Ben", Pressed("concern_sure")))
    await bot.settle()

    assert "I've told the lead" in text(answer)
    assert "Ben from the set Aurora asks you to get in touch" in direct(platform, "lea")
    assert "bank" not in direct(platform, "lea")
    assert (await asks(bot, "Zoe", "concern")).refusal.code == "not_member"
    for line in rows(file).split("\n"):
        assert not ('INTO "audit"' in line and "ben" in line.casefold())


# --- burning --------------------------------------------------------------------------------------


@pytest.mark.parametrize("facilitation", ["led", "bot-held"])
async def test_a_set_burns_when_most_want_it_and_the_facilitator(
    bot: Bot, platform, file: Path, facilitation: str
):
    await found(bot.service, "Ana", "Ben", "Chidi", "Dana", facilitation=facilitation)
    await bot.settle()
    assert platform.messages
    asked = await asks(bot, "Ben", "set burn")
    assert "No member of 4" in text(asked) or "no members of 4" in text(asked).casefold()

    for who in ("Ben", "Chidi", "Dana"):
        await bot.service.receive(gesture(who, Pressed("burn_sure")))
        if who == "Chidi" or facilitation == "led":
            assert the_set(bot).name == "Aurora"
    if facilitation == "led":
        await bot.service.receive(gesture("Ana", Pressed("burn_sure")))
    await bot.settle()

    assert platform.messages == {}
    for table in ("learning_sets", "members", "message_refs", "burn_wishes"):
        assert f'INTO "{table}"' not in rows(file)
    assert (await asks(bot, "Ana", "home")).refusal.code == "no_set"


async def test_a_request_to_delete_is_over_after_a_day(bot: Bot, clock):
    await found(bot.service, "Ana", "Ben", "Chidi")
    await bot.service.receive(gesture("Ana", Pressed("burn_sure")))
    clock.move_to(clock.now().replace(day=3))

    answer = await bot.service.receive(gesture("Ben", Pressed("burn_sure")))

    assert "1 member of 3" in text(answer)
    assert the_set(bot).name == "Aurora"


# --- the organiser --------------------------------------------------------------------------------


async def test_an_organiser_sees_counts_and_states_and_no_word(bot: Bot):
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(gesture("Ben", action("Tell nobody about the bank")))
    await asks(bot, "Ben", "mydata export")
    await bot.settle()

    shown = "\n".join([text(await admin(bot, w)) for w in ("doctor", "sets", "delivery", "audit")])

    for word in ("Ana", "Ben", "ben", "Aurora", "bank"):
        assert word not in shown
    for word in ("active", "not set yet", "Sent", "export", "fewer than 5"):
        assert word in shown


@pytest.mark.parametrize("what", ["doctor", "sets", "delivery", "audit", "archive", "signpost"])
async def test_nobody_else_looks(bot: Bot, what: str):
    await found(bot.service, "Ana", "Ben")

    refused = await asks(bot, "Ana", f"admin {what}", set="x")

    assert refused.refusal.code == "not_admin"


async def test_an_organiser_archives_or_deletes_a_set_by_its_number(bot: Bot, file: Path):
    await found(bot.service, "Ana", "Ben")
    number = the_set(bot).id[:8]
    for bad in ("", "x", "%", "'; --", number[:7], "00000000"):
        assert (await admin(bot, "purge", set=bad)).refusal.code == "no_such_set"

    assert "Archive the set?" in text(await admin(bot, "archive", set=number))
    assert "Archived" in text(await admin_presses(bot, "archive_sure", number))
    assert (await asks(bot, "Ana", "home")).refusal.code == "no_set"
    assert "Delete the set for good?" in text(await admin(bot, "purge", set=number))
    assert "Deleted" in text(await admin_presses(bot, "purge_sure", number))
    assert 'INTO "learning_sets"' not in rows(file)
    assert (await admin(bot, "signpost")).refusal.code == "empty"


async def test_an_organiser_of_another_workspace_finds_no_number(bot: Bot):
    await found(bot.service, "Ana", "Ben")
    typed = gesture("Mia", Typed("admin purge", (("set", the_set(bot).id[:8]),)))
    there = replace(typed, who=Caller("mia", "Mia", admin=True), installation="demo:other")

    answer = await bot.service.receive(there)

    assert answer.refusal is not None
    assert answer.refusal.code == "no_such_set"
    assert there.installation != INSTALLATION
