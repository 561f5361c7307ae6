"""A platform's own calendar: where it has none nothing is asked about it or put there."""

from collections.abc import Collection

from sqlalchemy import select

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.cards import Form
from bot.core.signals import Pressed, Submitted
from bot.runtime.ports.outgoing import Outgoing
from bot.runtime.store.tables.messages import outbox
from tests.runtime.people import found, gesture, the_set

CHANGED = (("purpose", ""), ("every", "6 weeks"), ("size", "8"), ("quorum", "4"), ("listed", "yes"))
PLANNED = (("when", "2027-04-12T18:00"), ("every", ""), ("length", ""), ("where", "The library"))


async def test_it_is_not_asked_for(bot: Bot, platform: MemoryPlatform) -> None:
    await found(bot.service, "Ana", "Ben")
    form = await bot.service.form(gesture("Ana", Pressed("change_set", the_set(bot).id)))
    assert isinstance(form, Form)
    assert [f.key for f in form.fields] == ["purpose", "every", "size", "quorum"]


async def test_an_entry_is_of_no_use_there_and_all_else_goes_on(
    bot: Bot, platform: MemoryPlatform
) -> None:
    await found(bot.service, "Ana", "Ben")
    changed = await bot.service.receive(gesture("Ana", Submitted("change_set", CHANGED)))
    assert changed.told == ("Updated.",)
    asked = await bot.service.receive(gesture("Ana", Submitted("schedule", PLANNED)))
    assert asked.refusal is None
    await bot.settle()
    with bot.store.reading() as unit:
        query = select(outbox.c.state, outbox.c.last_error_class).where(outbox.c.kind == "entry")
        assert unit.connection.execute(query).all() == [("expired", "of_no_use")]
    assert any("next meeting" in m.card.title for m in platform.messages.values())


class WithCalendar(MemoryPlatform):
    """A platform that lists meetings in a calendar of its own."""

    async def cannot_list(self, installation: str, where: str, members: Collection[str]) -> str:
        return ""

    async def post(self, out: Outgoing) -> str:
        if out.entry is None:
            return await super().post(out)
        listed.append(out)
        return "entry"


listed: list[Outgoing] = []


async def test_where_a_platform_keeps_a_calendar_the_entry_is_put_there(bot: Bot) -> None:
    listed.clear()
    bot.platforms["demo"] = WithCalendar()
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(gesture("Ana", Submitted("change_set", CHANGED)))
    await bot.service.receive(gesture("Ana", Submitted("schedule", PLANNED)))
    await bot.settle()

    (out,) = listed
    assert out.destination.calendar
    with bot.store.reading() as unit:
        query = select(outbox.c.state).where(outbox.c.kind == "entry")
        assert unit.connection.execute(query).scalars().all() == ["sent"]
