"""Keys: rotation that may be killed at any point, and a dump that holds no word."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app.bot import Bot
from bot.runtime.store.tables.installed import data_keys
from bot.runtime.store.upkeep import key_rotation
from bot.runtime.vault import DataKey, KeyMissing, Vault, new_master_key
from tests.runtime.conftest import KEY
from tests.runtime.people import action, drafted, founding, gesture
from tests.trust.words import rows

WORKSPACES = 5


class Killed(BaseException):
    """The process ends here."""


async def workspaces(bot: Bot) -> None:
    for n in range(WORKSPACES):
        for signal in (founding(name="Secretname"), action("Secretact"), drafted("Secretdraft")):
            await bot.service.receive(gesture("Ana", signal, installation=f"demo:{n}"))


def vault(*keys: str) -> Vault:
    return Vault(keys, lambda: "0" * 32)


def learned(bot: Bot, *keys: str) -> int:
    """How many data keys these master keys open."""
    opened = vault(*keys)
    with bot.store.database.read() as connection:
        found = [
            DataKey(row.id, row.installation_id, row.wrapped)
            for row in connection.execute(select(data_keys))
        ]
    for key in found:
        opened.learn((key,))
    return len(found)


@pytest.mark.parametrize("steps", range(WORKSPACES + 1))
async def test_a_rotation_killed_at_any_step_goes_on_where_it_stopped(
    bot: Bot, monkeypatch, steps: int
):
    await workspaces(bot)
    monkeypatch.setattr(key_rotation, "BATCH", 1)
    new = new_master_key()
    both = vault(new, KEY)
    done = 0

    def one_more() -> None:
        nonlocal done
        done += 1
        if done > steps:
            raise Killed

    with pytest.raises(Killed) if steps < WORKSPACES else monkeypatch.context():
        key_rotation.rotate(bot.store.database, both, one_more)

    assert learned(bot, new, KEY) == WORKSPACES
    rest = key_rotation.rotate(bot.store.database, both)
    assert rest == max(WORKSPACES - steps - 1, 0)
    assert key_rotation.rotate(bot.store.database, both) == 0
    assert learned(bot, new) == WORKSPACES
    with pytest.raises(KeyMissing):
        learned(bot, KEY)


async def test_a_batch_that_is_cut_in_the_middle_is_undone(bot: Bot, monkeypatch):
    await workspaces(bot)
    new = new_master_key()
    both = vault(new, KEY)
    real, calls = both.wrapped_anew, 0

    def breaks(wrapped: str) -> str | None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Killed
        return real(wrapped)

    monkeypatch.setattr(both, "wrapped_anew", breaks)
    with pytest.raises(Killed):
        key_rotation.rotate(bot.store.database, both)

    assert learned(bot, KEY) == WORKSPACES


async def test_words_open_as_before_after_a_rotation(bot: Bot):
    await workspaces(bot)
    new = new_master_key()
    key_rotation.rotate(bot.store.database, vault(new, KEY))
    bot.vault.forget_all()
    bot.vault._wrapping = vault(new)._wrapping
    bot.store._cache.clear()

    with bot.store.reading() as unit:
        room = unit.room_of_place("demo:1", "#aurora")

    assert room.set is not None
    assert room.set.actions[0].what == "Secretact"


async def test_a_key_that_is_not_here_stops_it(bot: Bot):
    await workspaces(bot)

    with pytest.raises(KeyMissing):
        key_rotation.rotate(bot.store.database, vault(new_master_key()))

    assert learned(bot, KEY) == WORKSPACES


async def test_a_dump_of_the_database_holds_no_word(bot: Bot, file: Path):
    await workspaces(bot)

    dump = rows(file)

    assert 'INTO "learning_sets"' in dump
    for word in ("Secretname", "Secretact", "Secretdraft", "#aurora"):
        assert word not in dump
