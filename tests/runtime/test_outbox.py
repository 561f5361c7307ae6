"""Slots: posted once, edited to the newest, in order, and drawn only when they are sent."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.adapters.memory import BOT, MemoryPlatform
from bot.app.bot import Bot
from bot.core.cards import Card
from bot.core.decision import Matter, Notice, Where
from bot.core.signals import Pressed, Reacted
from bot.runtime.ports.outgoing import Absent, Found, LookedUp, Outgoing, Refused, Trouble
from bot.runtime.store.tables.messages import outbox
from bot.runtime.store.unit_of_work import Unit
from tests.runtime.conftest import INSTALLATION
from tests.runtime.people import action, begin, drafted, found, gesture, press, running, the_set


def standing(platform: MemoryPlatform, title: str) -> Card:
    (card,) = [m.card for m in platform.messages.values() if m.card.title == title]
    return card


def said(platform: MemoryPlatform, what: str, title: str) -> int:
    return sum(w == what and m.card.title == title for w, m in platform.log)


async def offered(bot: Bot, platform: MemoryPlatform) -> None:
    """A meeting with three issues on the ballot."""
    await begin(bot, "Ana", "Ben", "Chidi")
    for who in ("Ana", "Ben", "Chidi"):
        await press(bot, who, "spoken")
    for who in ("Ana", "Ben", "Chidi"):
        await bot.service.receive(gesture(who, drafted(f"An issue of {who}.")))
    await bot.settle()


async def test_a_slot_is_posted_once_and_edited_afterwards(bot, platform):
    await begin(bot, "Ana", "Ben", "Chidi")
    await bot.settle()
    await press(bot, "Ana", "spoken")
    await bot.settle()
    await press(bot, "Ben", "spoken")
    await bot.settle()

    assert said(platform, "post", "Check-in") == 1
    assert said(platform, "edit", "Check-in") == 2


async def test_edits_that_wait_are_one_edit_to_the_newest(bot, platform):
    await begin(bot, "Ana", "Ben", "Chidi", "Dana")
    await bot.settle()
    for who in ("Ana", "Ben", "Chidi"):
        await press(bot, who, "spoken")

    await bot.settle()

    assert said(platform, "edit", "Check-in") == 1
    assert "3 of 4 have spoken." in str(standing(platform, "Check-in"))


async def test_a_card_that_was_not_sent_yet_needs_no_edit(bot, platform):
    await begin(bot, "Ana", "Ben", "Chidi", "Dana")
    await press(bot, "Ana", "spoken")

    await bot.settle()

    assert said(platform, "edit", "Check-in") == 0
    assert "1 of 4 have spoken." in str(standing(platform, "Check-in"))


async def test_replies_wait_for_the_board_they_hang_on(bot, platform, clock):
    refuse = _Refusing(platform, times=1, title="Aurora")
    bot.platforms["demo"] = refuse
    await begin(bot, "Ana", "Ben", "Chidi")

    await bot.settle()
    assert said(platform, "post", "Check-in") == 0
    clock.move_by(timedelta(minutes=1))
    await bot.settle()

    titles = [m.card.title for what, m in platform.log if what == "post"]
    assert titles.index("Aurora") < titles.index("Check-in")
    check_in = next(m for m in platform.messages.values() if m.card.title == "Check-in")
    board = next(m for m in platform.messages.values() if m.card.title == "Aurora")
    assert check_in.destination.parent == board.ref


async def test_a_history_that_lags_is_asked_a_second_time_before_it_is_believed(
    bot, platform, clock
):
    """Given a post whose answer was lost, and a history that shows it a minute late."""
    lagging = _Lagging(platform, lambda card: card.title == "Aurora")
    bot.platforms["demo"] = lagging
    await begin(bot, "Ana", "Ben", "Chidi")
    await bot.settle()

    for _ in range(4):
        clock.move_by(timedelta(seconds=61))
        await bot.settle()

    assert lagging.asked == [Absent(sure=False), Found(lagging.landed)]
    assert [m.card.title for what, m in platform.log if what == "post"].count("Aurora") == 1


class _Lagging(MemoryPlatform):
    """A platform that loses the answer to the first post of its kind, and shows it only later."""

    def __init__(self, behind: MemoryPlatform, is_it: Callable[[Card], bool]) -> None:
        super().__init__(behind.messages, behind.closed, behind.archived, log=behind.log)
        self._is_it = is_it
        self.landed = ""
        self.asked: list[LookedUp] = []

    async def post(self, out: Outgoing) -> str:
        ref = await super().post(out)
        if out.card is not None and self._is_it(out.card) and not self.landed:
            self.landed = ref
            raise ConnectionResetError
        return ref

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        seen = await super().look_up(out, since)
        self.asked.append(seen if self.asked else Absent(sure=False))
        return self.asked[-1]


class _Refusing(MemoryPlatform):
    """A platform that says "not now" to the first posts of a title."""

    def __init__(self, behind: MemoryPlatform, times: int, title: str) -> None:
        super().__init__(behind.messages, behind.closed, behind.archived, log=behind.log)
        self._times, self._title = times, title

    async def post(self, out: Outgoing) -> str:
        if out.card is not None and out.card.title == self._title and self._times:
            self._times -= 1
            raise Refused(Trouble.WAIT, "rate_limited", 5)
        return await super().post(out)


async def test_the_reactions_that_count_are_put_there_by_the_bot(bot, platform):
    await offered(bot, platform)

    ballot = next(m for m in platform.messages.values() if "1️⃣" in m.card.reactions)

    assert {e for who, e in ballot.reactions if who == BOT} == set(ballot.card.reactions)


async def test_they_are_put_there_too_where_the_ballot_is_found_only_later(bot, platform, clock):
    lagging = bot.platforms["demo"] = _Lagging(platform, lambda card: bool(card.reactions))
    await offered(bot, platform)
    for _ in range(2):
        clock.move_by(timedelta(seconds=61))
        await bot.settle()

    ballot = platform.messages[lagging.landed]
    assert {e for who, e in ballot.reactions if who == BOT} == set(ballot.card.reactions) != set()


async def test_a_reaction_on_the_ballot_counts_and_one_elsewhere_does_not(bot, platform):
    await offered(bot, platform)
    ballot = next(m for m in platform.messages.values() if "1️⃣" in m.card.reactions)
    board = next(m for m in platform.messages.values() if m.card.title == "Aurora")
    before = running(bot).version

    for ref in (board.ref, "nothing-of-ours"):
        await bot.service.receive(gesture("Ana", Reacted("", "2️⃣"), message=ref, delivery=""))
    assert running(bot).version == before

    await bot.service.receive(gesture("Ana", Reacted("", "2️⃣"), message=ballot.ref, delivery=""))
    assert running(bot).version > before


async def test_what_is_sent_is_drawn_from_what_is_true_then(bot, platform, clock):
    await found(bot.service, "Ana", "Ben", "Chidi")
    await bot.service.receive(gesture("Ana", action("Words to be changed.")))
    kept = the_set(bot).actions[0]
    await bot.service.receive(gesture("Ana", Pressed("delete_sure", value=kept.id)))
    clock.move_by(timedelta(days=60))
    await bot.settle()

    assert the_set(bot).actions == ()
    assert "Words to be changed." not in str(platform.log)


async def test_no_row_of_the_outbox_holds_a_word(bot, platform):
    await offered(bot, platform)

    with bot.store.database.read() as connection:
        everything = str(connection.execute(select(outbox)).all())

    assert "An issue of" not in everything
    assert "Aurora" not in everything


class _Hanging(MemoryPlatform):
    """The request leaves, and no answer comes."""

    async def post(self, out: Outgoing) -> str:
        self.left.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody wakes it")

    def __init__(self) -> None:
        super().__init__()
        self.left = asyncio.Event()


async def test_a_process_that_stops_gives_back_what_has_certainly_not_left(bot, platform):
    """Given three posts to one place, when the bot stops in the first, then the others are due at once."""
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    set_id = the_set(bot).id

    def say(unit: Unit) -> None:
        room = unit.room(set_id)
        slots = [f"{set_id}:copy:{n}" for n in range(3)]
        notices = [Notice(Matter.BOARD, slot, "set", set_id, Where.PLACE) for slot in slots]
        unit.changes.keep(INSTALLATION, room, room, notices)

    bot.writer.do(say).result()
    hanging = bot.platforms["demo"] = _Hanging()

    sending = asyncio.ensure_future(bot.outbox.drain())
    await hanging.left.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)

    with bot.store.reading() as unit:
        query = select(outbox.c.state, outbox.c.attempts).where(outbox.c.slot.contains(":copy:"))
        kept = unit.connection.execute(query.order_by(outbox.c.seq)).all()
    assert [row.state for row in kept] == ["sending", "due", "due"]
    assert [row.attempts for row in kept] == [1, 0, 0]


class _Unasked(MemoryPlatform):
    """A platform that takes a post without an answer, and then cannot be asked either."""

    def __init__(self) -> None:
        super().__init__()
        self.quiet = False
        self.asked = 0

    async def post(self, out: Outgoing) -> str:
        if self.quiet and not out.again:
            raise ConnectionResetError
        return await super().post(out)

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        self.asked += 1
        raise TimeoutError


async def test_a_look_up_that_only_ever_fails_is_given_up_while_the_message_is_of_use(bot, clock):
    bot.platforms["demo"] = platform = _Unasked()
    await begin(bot, "Ana", "Ben", "Chidi")
    await bot.settle()
    platform.quiet = True
    await press(bot, "Ana", "next")
    for who in ("Ben", "Chidi"):
        await press(bot, who, "next")
    await bot.settle()

    for _ in range(4):
        clock.move_by(timedelta(seconds=61))
        await bot.settle()

    assert platform.asked
    assert [m for m in platform.messages.values() if m.again]
