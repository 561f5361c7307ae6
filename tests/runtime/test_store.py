"""What is decided is what is loaded again, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.learning_set.actions.action import Outcome
from bot.core.learning_set.place import Room
from bot.core.learning_set.state import SetState
from bot.core.signals import Pressed
from bot.runtime.clock import MovableClock
from bot.runtime.store.store import Store
from bot.runtime.store.unit.changes import Conflict
from bot.runtime.vault import Vault
from tests.runtime.conftest import INSTALLATION, KEY, Open
from tests.runtime.people import action, begin, drafted, found, gesture, press, running, the_set


def fresh_store(reopen: Open, clock: MovableClock) -> Store:
    """A store that remembers nothing: what it says was read from the database."""
    return Store(reopen(), Vault([KEY], clock.chance), clock)


def keep(store: Store, before: SetState, after: SetState) -> None:
    with store.transaction() as unit:
        unit.installations.know(INSTALLATION)
        unit.changes.keep(INSTALLATION, Room(before), Room(after), ())


async def rich(bot: Bot) -> SetState:
    """A set with members, a plan, kept issues and actions."""
    await found(bot.service, "Ana", "Ben", "Chidi", "Dana")
    for who in ("Ana", "Ben", "Chidi"):
        await bot.service.receive(gesture(who, drafted(f"An issue of {who}.")))
        await bot.service.receive(gesture(who, action(f"{who} will call.", how="I have called.")))
    return the_set(bot)


async def test_a_set_is_loaded_as_it_was_saved(bot, reopen, clock):
    saved = await rich(bot)

    assert fresh_store(reopen, clock).room(saved.id).set == saved
    assert len(saved.members) == 4
    assert len(saved.actions) == 3
    assert len(saved.drafts) == 3


CHANGES: tuple[Callable[[SetState], SetState], ...] = (
    lambda s: replace(s, name="Borealis", purpose="To think.", agreement=("We listen.",)),
    lambda s: replace(s, members=s.members[:-1]),
    lambda s: replace(s, members=(replace(s.members[0], name="Anna"), *s.members[1:])),
    lambda s: replace(s, members=(s.members[0], *s.members[2:])),
    lambda s: replace(s, actions=()),
    lambda s: replace(s, actions=s.actions[1:]),
    lambda s: replace(
        s, actions=(*s.actions[:2], replace(s.actions[2], outcome=Outcome.DONE, learned="Ah."))
    ),
    lambda s: replace(s, actions=(replace(s.actions[0], id="new"), *s.actions)),
    lambda s: replace(s, drafts=tuple(reversed(s.drafts))),
    lambda s: replace(s, drafts=s.drafts[2:], members=s.members[:2], actions=()),
)


async def test_what_was_changed_added_or_removed_is_what_is_loaded(bot, reopen, clock):
    first = await rich(bot)
    for change in CHANGES:
        before = the_set(bot)
        after = replace(change(first), version=before.version)

        keep(bot.store, before, after)

        loaded = fresh_store(reopen, clock).room(before.id).set
        assert loaded == replace(after, version=before.version + 1)
        assert the_set(bot) == loaded


async def test_who_was_slower_is_told_of_the_conflict_and_changes_nothing(bot, reopen, clock):
    before = await rich(bot)
    other = fresh_store(reopen, clock)
    keep(other, before, replace(before, name="Theirs"))

    with pytest.raises(Conflict):
        keep(bot.store, before, replace(before, name="Ours"))

    assert the_set(bot).name == "Theirs"


async def test_a_command_that_lost_the_race_is_decided_again_on_what_is_true(bot, reopen, clock):
    before = await rich(bot)
    keep(fresh_store(reopen, clock), before, replace(before, name="Theirs"))

    answer = await bot.service.receive(gesture("Dana", action("Dana will rest.")))

    assert answer.refusal is None
    assert the_set(bot).name == "Theirs"
    assert [a.what for a in the_set(bot).open_actions("dana")] == ["Dana will rest."]


async def test_a_refused_command_writes_nothing(bot):
    await begin(bot, "Ana", "Ben", "Chidi")
    before = running(bot)

    answer = await press(bot, "Ana", "finish_telling")

    assert answer.refusal is not None
    assert running(bot).version == before.version


async def test_places_of_two_installations_are_two_places(bot):
    await found(bot.service, "Ana", "Ben", "Chidi")

    stranger = gesture("Ana", Pressed("join"), installation="demo:other")
    answer = await bot.service.receive(stranger)

    assert answer.refusal is not None


async def test_words_of_a_held_meeting_are_purged_a_day_after_their_keepsakes(
    bot, clock, platform: MemoryPlatform
):
    await begin(bot, "Ana", "Ben", "Chidi")
    await press(bot, "Ana", "end_sure")
    await press(bot, "Ben", "end_sure")
    await bot.settle()
    assert running(bot).closed_at is not None

    clock.move_by(timedelta(hours=23))
    assert (await bot.alarms.purge())["snapshots"] == 0
    clock.move_by(timedelta(hours=2))
    assert (await bot.alarms.purge())["snapshots"] == 1

    with bot.store.reading() as unit:
        room = unit.room(the_set(bot).id)
    assert room.session is None


async def test_keepsakes_that_were_not_delivered_keep_the_words_for_two_weeks(bot, clock, platform):
    await begin(bot, "Ana", "Ben", "Chidi")
    platform.closed.update({"ana", "ben", "chidi"})
    await press(bot, "Ana", "learned")
    await press(bot, "Ana", "end_sure")
    await press(bot, "Ben", "end_sure")
    kept = bool(running(bot).keepsakes)
    clock.move_by(timedelta(days=2))
    first = (await bot.alarms.purge())["snapshots"]
    clock.move_by(timedelta(days=13))
    second = (await bot.alarms.purge())["snapshots"]

    assert (first, second) == ((0, 1) if kept else (1, 0))


async def test_the_inbox_forgets_after_a_week(bot, clock):
    await found(bot.service, "Ana", "Ben", "Chidi")
    clock.move_by(timedelta(days=8))

    assert (await bot.alarms.purge())["deliveries"] == 4
