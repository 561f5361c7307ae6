"""Every refusal in five disguises: typed ids, an old button, a form opened before, a replay, a stale role."""

from dataclasses import replace

import pytest

from bot.app.bot import Bot
from bot.core import permissions
from bot.core.cards import Form
from bot.core.input import access
from bot.core.input.forms import OPENED_BY
from bot.core.input.personal import PRESSED
from bot.core.input.pressed import _DOORS, _GENERAL, _TO_SET
from bot.core.permissions import Right
from bot.core.signals import Caller, Pressed, Signal, Submitted, Typed
from bot.core.verbs import VERBS
from bot.runtime.ports.incoming import Answer
from tests.runtime.conftest import INSTALLATION, MONDAY
from tests.runtime.people import action, begin, drafted, gesture, press, running, the_set

SIX = ("Ana", "Ben", "Chidi", "Dana", "Eve", "Farid")
BAD_IDS = ("", "x", "-1", str(2**63), "1' OR '1'='1", "another-set")
BUTTONS = sorted({*_DOORS, *_GENERAL, *_TO_SET, *PRESSED, *OPENED_BY})
KIND = {"not_member", "not_facilitator", "not_admin", "not_yours", "old", "no_set"}


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'als.db'}"


@pytest.fixture
async def led(bot: Bot) -> Bot:
    """A meeting led by Ana, at its check-in."""
    await begin(bot, *SIX, facilitation="led")
    return bot


async def remove(bot: Bot, who: str) -> None:
    """Somebody is no member any more."""
    await change(bot, left_at=MONDAY, who=who)


async def change(bot: Bot, *, who: str, **values: object) -> None:
    def job(unit):
        room = unit.room_of_place(INSTALLATION, "#aurora")
        member = next(m for m in room.set.members if m.person == who)
        after = replace(room, set=room.set.with_member(replace(member, **values)))
        unit.changes.keep(INSTALLATION, room, after, ())

    bot.writer.do(job).result()


def stands(bot: Bot) -> tuple[object, object]:
    """What must not have changed."""
    state, session = the_set(bot), running(bot)
    return replace(state, version=0), replace(session, version=0)


async def is_refused(bot: Bot, who: str, signal: Signal, **more: str) -> Answer:
    before = stands(bot)
    if isinstance(signal, Pressed | Typed):
        opened = await bot.service.form(gesture(who, signal))
        assert not isinstance(opened, Form), signal
    answer = await bot.service.receive(gesture(who, signal, **more))
    assert answer.refusal is not None, signal
    assert answer.refusal.code in KIND, (signal, answer.refusal)
    assert not answer.told
    assert stands(bot) == before
    return answer


def verbs_for(*rows: Right) -> list[Typed]:
    return [Typed(v.name, (("action", "x"),)) for v in VERBS if v.right in rows]


def refused_to(role: permissions.Role) -> list[Right]:
    return [
        r
        for r in Right
        if not permissions.may(frozenset({role}), r) and r not in permissions.CLOCK_MAY
    ]


NOBODY, FORMER, MEMBER = permissions.Role.NOBODY, permissions.Role.FORMER, permissions.Role.MEMBER


@pytest.mark.parametrize("who", ["Zoe", "Eve"])
async def test_typed_ids_give_nothing_to_who_is_not_in_the_set(led: Bot, who: str):
    if who == "Eve":
        await remove(led, "eve")
    rows = refused_to(FORMER if who == "Eve" else NOBODY)
    for typed in verbs_for(*rows):
        await is_refused(led, who, typed)
    for bad in BAD_IDS:
        await is_refused(led, who, Typed("done", (("action", bad),)))
        await is_refused(led, who, Typed("next", (("to", bad),)))


@pytest.mark.parametrize("who", ["Zoe", "Eve"])
async def test_an_old_button_gives_nothing_to_who_is_not_in_the_set(led: Bot, who: str):
    session = running(led)
    if who == "Eve":
        await remove(led, "eve")
    rows = refused_to(FORMER if who == "Eve" else NOBODY)
    for name in BUTTONS:
        if access.row_of(Caller(who.lower(), who), Pressed(name)) in rows:
            for subject in (session.id, the_set(led).id, "gone"):
                await is_refused(led, who, Pressed(name, subject, 0, "x"))


async def test_a_form_opened_before_one_was_removed_is_handed_in_in_vain(led: Bot):
    await press(led, "Ana", "next")
    opened = await led.service.form(gesture("Eve", Pressed("offer", running(led).id)))
    assert isinstance(opened, Form)
    await remove(led, "eve")

    for filled in (
        Submitted("bid", (("title", "Mine"), ("why", ""), ("urgency", "2")), "", opened.step),
        drafted("Mine"),
        action("Mine"),
        Submitted("schedule", (("when", "2027-03-20T18:00"),)),
        Submitted("report", (("happened", "It went well"),), value="x"),
        Submitted("question", (("question", "Why?"),)),
    ):
        await is_refused(led, "Eve", filled)


async def test_a_payload_played_again_does_nothing_a_second_time(led: Bot):
    answer = await led.service.receive(gesture("Eve", action("Mine"), delivery="once"))
    assert answer.refusal is None
    await remove(led, "eve")
    before = stands(led)

    again = await led.service.receive(gesture("Eve", action("Mine"), delivery="once"))
    other = await led.service.receive(gesture("Eve", action("Mine"), delivery="twice"))

    assert again == answer
    assert other.refusal is not None
    assert other.refusal.code == "not_member"
    assert stands(led) == before


async def test_a_role_that_was_handed_over_is_gone(led: Bot):
    await press(led, "Ana", "hand_over")
    await press(led, "Ben", "take_over")
    await press(led, "Ben", "take_over_sure")
    assert running(led).holder == "ben"

    for button in ("next", "extend", "end_sure"):
        before = stands(led)
        answer = await press(led, "Ana", button)
        assert answer.refusal is not None
        assert answer.refusal.code == "not_facilitator"
        assert stands(led) == before


async def test_what_the_facilitator_does_is_not_for_members(led: Bot):
    for typed in (*verbs_for(*refused_to(MEMBER)), Typed("schedule"), Typed("start")):
        await is_refused(led, "Eve", typed)
    for name in BUTTONS:
        row = access.row_of(Caller("eve", "Eve"), Pressed(name))
        if row in refused_to(MEMBER) and name != "begin":
            await is_refused(led, "Eve", Pressed(name, running(led).id, 0))


async def test_a_facilitator_of_another_set_is_nobody_here(led: Bot):
    elsewhere = gesture("Gus", founding_of_another(), place="#elsewhere")
    assert (await led.service.receive(elsewhere)).refusal is None

    for typed in verbs_for(*refused_to(NOBODY)):
        await is_refused(led, "Gus", typed)


def founding_of_another() -> Submitted:
    fields = {"name": "Borealis", "format": "90", "zone": "Europe/London", "facilitation": "led"}
    return Submitted("start_set", tuple(fields.items()))


async def test_another_workspace_finds_no_set_at_all(led: Bot):
    for verb in VERBS:
        incoming = gesture("Ana", Typed(verb.name), installation="demo:other")
        answer = await led.service.receive(incoming)
        assert answer.refusal is not None or "Aurora" not in str(answer), verb.name
    for name in BUTTONS:
        pressed = Pressed(name, running(led).id, 0, "x")
        answer = await led.service.receive(gesture("Ana", pressed, installation="demo:other"))
        assert "Aurora" not in str(answer), name
        direct = gesture("Ana", pressed, installation="demo:other", place="")
        assert "Aurora" not in str(await led.service.receive(direct)), name
