"""Bad luck about privacy, case by case: canary words, exports, erasure, restore, and counts."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.adapters.plain import render
from bot.app.bot import Bot
from bot.core.signals import Pressed
from bot.runtime.process import logs
from bot.runtime.store.upkeep import backup
from tests.runtime.people import gesture, running, the_set
from tests.trust.test_mydata import names_anywhere, standing, whole
from tests.trust.test_safeguarding import admin, text
from tests.trust.words import SIX, asks, close, draft, meet, report, rows

CANARY = re.compile(r"Canary\w+Xq")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    logs.configure("json", stream, level=10)
    return stream


def canaries(said: str) -> set[str]:
    return set(CANARY.findall(said))


def read_by(platform: MemoryPlatform, person: str) -> str:
    """The posts in one person's direct messages."""
    mine = (m for m in platform.messages.values() if m.destination.person == person)
    return "\n".join(render(m.card, "UTC", {}) for m in mine)


async def test_canary_words_stand_only_where_they_belong(
    bot: Bot, platform: MemoryPlatform, file: Path, tmp_path: Path, log: io.StringIO, monkeypatch
):
    await meet(bot)
    assert len(canaries(repr(running(bot)))) >= 25
    await report(bot, "Eve")
    await close(bot)
    await draft(bot, "Eve")
    for verb in ("home", "report", "actions", "mydata export", "privacy", "status"):
        await asks(bot, "Eve", verb)
    await break_everything(bot, monkeypatch)

    copy, keys = backup.make(bot.store.database, bot.vault, bot.now(), tmp_path / "kept")
    await bot.alarms.purge()

    assert len(canaries(repr(the_set(bot)))) >= 15, "the words are there, sealed"
    nowhere = {
        "log": log.getvalue(),
        "dump": rows(file),
        "backup": copy.read_bytes().decode("latin-1"),
        "keys": keys.read_bytes().decode("latin-1"),
        "notifications": "\n".join(m.card.summary for _, m in platform.log),
    }
    for beside in sorted(file.parent.glob("als.db*")):
        nowhere[beside.name] = beside.read_bytes().decode("latin-1")
    found = {place: canaries(said) for place, said in nowhere.items()}
    assert {place: words for place, words in found.items() if words} == {}
    for who in set(SIX) - {"Eve"}:
        files = (await asks(bot, who, "mydata export")).files
        assert "OfEveXq" not in files[0].text + files[1].text
        # A presenter takes home what they were given; nobody else reads another's words privately.
        if who != "Ben":
            assert {
                c for c in canaries(read_by(platform, who.casefold())) if f"Of{who}" not in c
            } == set()


async def break_everything(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults at the database, the platform and the core, with words under way."""
    from tests.runtime.people import action

    with monkeypatch.context() as patched:
        patched.setattr(
            "bot.core.engine.decide", lambda *given: (_ for _ in ()).throw(ValueError(str(given)))
        )
        answer = await bot.service.receive(gesture("Eve", action("CanaryFaultOfEveXq")))
    assert answer.refusal is not None
    assert canaries(answer.refusal.sentence) == set()
    with monkeypatch.context() as patched:
        patched.setattr(
            "bot.runtime.store.rows.action_row",
            lambda *given: {"what": "CanaryRowOfEveXq", "id": given},
        )
        answer = await bot.service.receive(gesture("Eve", action("CanaryRowOfEveXq")))
    assert answer.refusal is not None or answer.told


async def test_export_contains_no_other_persons_words(bot: Bot):
    await whole(bot)

    for who in SIX:
        answer = await asks(bot, who, "mydata export")
        said = "\n".join(file.text for file in answer.files)
        assert canaries(said)
        assert {c for c in canaries(said) if f"Of{who}Xq" not in c} == set()
        for other in set(SIX) - {who}:
            assert not re.search(rf"\b{other}\b", said)
        assert json.loads(answer.files[1].text)["sets"]


async def test_nothing_of_an_erased_person_left_in_any_table(
    bot: Bot, platform: MemoryPlatform, file: Path
):
    await whole(bot)

    for who in ("Eve", "Ben"):
        await bot.service.receive(gesture(who, Pressed("forget_sure")))
        await bot.settle()

        person = who.casefold()
        assert not re.search(rf"(?<![\w=+/-]){person}(?![\w=+/-])", rows(file))
        assert not names_anywhere(bot, person)
        assert f"Of{who}Xq" not in standing(platform)
        assert f"Of{who}Xq" not in repr(the_set(bot)) + repr(running(bot))


async def test_restore_does_not_bring_them_back(bot: Bot, file: Path, tmp_path: Path):
    await whole(bot)
    copy, _ = backup.make(bot.store.database, bot.vault, bot.now(), tmp_path / "kept")
    await bot.service.receive(gesture("Eve", Pressed("forget_sure")))
    bot.close()
    backup.restore(copy, file, bot.vault, bot.now())
    bot.store._cache.clear()

    assert names_anywhere(bot, "eve")
    assert bot.erase_again() == 1

    assert not names_anywhere(bot, "eve")
    assert "'eve'" not in rows(file)


async def test_report_with_4_people_shows_nothing(bot: Bot):
    from tests.runtime.people import found

    await found(bot.service, *SIX[:4])
    for who in SIX[:4]:
        await asks(bot, who, "mydata export")

    shown = "\n".join([text(await admin(bot, what)) for what in ("sets", "audit")])

    assert "fewer than 5" in shown
    assert not re.search(r"\b4\b|members|people|person", shown)


async def test_subtraction_of_two_reports_reveals_nobody(bot: Bot):
    from tests.runtime.people import found

    await found(bot.service, *SIX)
    await asks(bot, "Ana", "mydata export")
    before = [text(await admin(bot, what)) for what in ("sets", "audit")]

    await asks(bot, "Ben", "mydata export")
    await bot.service.receive(gesture("Zoe", Pressed("agree")))
    after = [text(await admin(bot, what)) for what in ("sets", "audit")]

    assert before[0] == after[0]
    export = [line for line in before[1].split("\n") if "export" in line]
    assert export
    assert export == [line for line in after[1].split("\n") if "export" in line]
