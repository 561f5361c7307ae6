"""A whole meeting in which everybody hands in words that can be told apart, by every route."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from bot.app.bot import Bot
from bot.core.signals import Pressed, Submitted, Typed
from bot.runtime.ports.incoming import Answer
from tests.runtime.people import action, begin, drafted, gesture, press, running

SIX = ("Ana", "Ben", "Chidi", "Dana", "Eve", "Farid")


def canary(who: str, what: str) -> str:
    """A word that stands nowhere else."""
    return f"Canary{what.title()}Of{who.title()}Xq"


async def hand_in(bot: Bot, who: str, form: str, value: str = "", **fields: str) -> Answer:
    """A form of the running meeting."""
    session = running(bot)
    filled = Submitted(form, tuple(fields.items()), session.id, session.at, value)
    answer = await bot.service.receive(gesture(who, filled))
    assert answer.refusal is None, (form, answer.refusal)
    return answer


async def move_on(bot: Bot) -> None:
    """Everybody asks for the next part until it comes."""
    at = running(bot).at
    for who in SIX:
        if running(bot).at == at and running(bot).live:
            await press(bot, who, "next")
    await bot.settle()


async def go_to(bot: Bot, phase: str) -> None:
    for _ in range(20):
        if running(bot).step.phase == phase:
            return
        await move_on(bot)
    raise AssertionError(phase)


async def meet(bot: Bot, presenter: str = "Ben") -> None:
    """Found, meet, say something at every place where words can be said, and stop at the close."""
    await begin(bot, *SIX)
    for who in SIX:
        kept = await bot.service.receive(
            gesture(who, action(canary(who, "act"), how=canary(who, "how")))
        )
        assert kept.refusal is None
    await go_to(bot, "bids")
    for who in SIX:
        await hand_in(
            bot, who, "bid", title=canary(who, "bid"), why=canary(who, "why"), urgency="2"
        )
    await go_to(bot, "choose")
    number = next(n for n, b in enumerate(bids_of(bot), 1) if b.owner == presenter.casefold())
    for who in SIX:
        if who != presenter:
            await press(bot, who, "vote", str(number))
    await bot.move_to(bot.now() + timedelta(minutes=6))
    await go_to(bot, "present")
    await hand_in(bot, presenter, "key_question", key_question=canary(presenter, "key"))
    for phase in ("clarify", "explore"):
        await go_to(bot, phase)
        for who in (SIX[0], SIX[4]):
            await hand_in(bot, who, "ask", question=canary(who, phase))
    await go_to(bot, "reflect")
    for who in SIX:
        if who != presenter:
            await hand_in(bot, who, "reflect", reflection=canary(who, "reflection"))
    await go_to(bot, "action_plan")
    await hand_in(
        bot,
        presenter,
        "action",
        "plan",
        what=canary(presenter, "plan"),
        due="",
        how="",
        helper=canary(presenter, "helper"),
        visibility="set",
    )
    await go_to(bot, "learning_review")
    for who in SIX:
        await hand_in(bot, who, "learned", learning=canary(who, "learning"), pulse="4")
    await go_to(bot, "close")


def bids_of(bot: Bot):
    from bot.core.meeting.phases.choosing.ballot import Bids

    return next(m for m in running(bot).memories if isinstance(m, Bids)).offers


async def close(bot: Bot) -> None:
    for who in SIX:
        if running(bot).live:
            await press(bot, who, "close_meeting")
    await bot.settle()
    assert not running(bot).live


async def draft(bot: Bot, who: str) -> None:
    answer = await bot.service.receive(gesture(who, drafted(canary(who, "draft"))))
    assert answer.refusal is None


async def report(bot: Bot, who: str) -> None:
    """An outcome with words, for the person's own first action."""
    with bot.store.reading() as unit:
        state = unit.room_of_place("demo:story", "#aurora").set
    mine = state.open_actions(who.casefold())[0]
    await bot.service.receive(gesture(who, Pressed("partly", value=mine.id)))
    told = Submitted(
        "report",
        (
            ("happened", canary(who, "happened")),
            ("learned", canary(who, "learned")),
            ("visibility", "me"),
            ("what_now", canary(who, "act")),
            ("due", ""),
        ),
        value=mine.id,
    )
    answer = await bot.service.receive(gesture(who, told))
    assert answer.refusal is None


def rows(file: Path) -> str:
    """Everything that stands in any table, as one text."""
    with closing(sqlite3.connect(file)) as opened:
        return "\n".join(opened.iterdump())


async def asks(bot: Bot, who: str, verb: str, **args: str) -> Answer:
    return await bot.service.receive(gesture(who, Typed(verb, tuple(args.items()))))
