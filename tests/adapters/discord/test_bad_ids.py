"""Bad input on Discord: ids and rights."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.cards import Button, Card
from bot.core.signals import Caller, Pressed, Typed
from bot.runtime.ports.incoming import Incoming
from tests.adapters.discord.hall import NAMES, Hall
from tests.adapters.discord.play import ISSUES, come_in, forged, found
from tests.standins.discord import Channel, Interaction, Message, Person, person, shown, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOT_OURS = "I do not know that button"


def sealed(hall: Hall, action: str, *, subject: str = "", value: str = "", of: str = "") -> str:
    """An id that our own signer has made, for whatever installation."""
    card = Card("", subject=subject, step=0)
    return hall.bot.signer.seal(of or hall.installation, card, Button("", action, value))


async def told(hall: Hall, who: str, custom_id: str) -> str:
    """What somebody hears who presses an id that no button carries."""
    board = await hall[who].sees("[Pass]")
    one = await forged(hall[who], board, custom_id)
    return "".join(shown(m) for m in one.said)


def step(hall: Hall) -> int:
    session = hall.room().live
    assert session is not None
    return session.at


async def test_a_set_id_of_another_server_is_nobodys(standing: Hall):
    board = await standing["Ana"].sees("[Pass]")
    other = sealed(standing, "next", subject="s", of="discord:1")
    one = await forged(standing["Ana"], board, other)
    assert NOT_OURS in shown(one.said[0])


async def test_a_set_id_of_another_set_does_nothing_here(standing: Hall):
    before = step(standing)
    answer = await told(standing, "Ana", sealed(standing, "next", subject="another"))
    assert "belongs to a meeting that is over" in answer
    assert step(standing) == before


@pytest.mark.parametrize(
    "custom_id",
    [
        pytest.param("not a number", id="not a number"),
        pytest.param("-1", id="negative"),
        pytest.param(str(2**63), id="2 to the 63"),
        pytest.param("1|next|x' OR 1=1 --|0||AAAAAAAAAAA", id="SQL in an id"),
    ],
)
async def test_what_is_no_id_is_nobodys(standing: Hall, custom_id: str):
    assert NOT_OURS in await told(standing, "Ana", custom_id)


async def test_sql_in_a_signed_id_is_only_words(standing: Hall):
    words = "x'; DROP TABLE sessions; --"
    answer = await told(standing, "Ana", sealed(standing, "next", subject=words))
    assert "belongs to a meeting that is over" in answer
    assert standing.room().live is not None


async def test_a_changed_custom_id_is_nobodys(standing: Hall):
    mine = sealed(standing, "next", subject="s")
    for changed in (mine.replace("next", "ende"), mine[:-3] + "AAA", mine + "A", mine[1:]):
        assert NOT_OURS in await told(standing, "Ana", changed)


async def test_a_valid_seal_of_another_row_does_not_fit_this_one(standing: Hall):
    session = standing.room().live
    assert session is not None
    mine = sealed(standing, "next", subject=session.id)
    other = sealed(standing, "next", subject="elsewhere")
    glued = mine[: -len(other.rpartition("|")[2])] + other.rpartition("|")[2]
    assert NOT_OURS in await told(standing, "Ana", glued)


async def test_a_button_of_last_years_schema_is_nobodys(standing: Hall):
    mine = sealed(standing, "next", subject="s")
    assert NOT_OURS in await told(standing, "Ana", "0" + mine)
    assert NOT_OURS in await told(standing, "Ana", "als:next:s")


async def test_nobody_makes_themselves_the_facilitator(standing: Hall):
    state = standing.room().set
    assert state is not None
    for action in ("take_over", "still_here", "take_back", "hold_round", "facilitator"):
        await told(standing, "Eve", sealed(standing, action, subject=state.session))
    after = standing.room().set
    assert after is not None
    assert after.facilitator == state.facilitator == str(standing["Ana"].user.id)


async def test_an_admin_who_asks_for_content_gets_none(standing: Hall):
    place = next(c for c in standing.guild.channels.values() if c.name == "set")
    boss = person(standing.server, "Boss", standing.guild)
    boss_role = standing.guild.role("admin", 1 << 3)
    standing.guild.members[boss.user.id] = {boss_role.id}
    for line in ("/als actions", "/als report", "/als set people", "/als vote", "/als status"):
        one = await boss.types(line, place)
        heard = "".join(shown(m) for m in one.said)
        assert "Ben" not in heard, line
        assert "Aurora meets" not in heard, line


async def test_an_operator_who_reads_the_database_finds_no_content(standing: Hall):
    one = await standing["Eve"].types(
        '/als action what:"Zanzibar by boat"', _place(standing), wait=True
    )
    assert one.answer == 9
    form = await standing["Eve"].sees_form("Your action")
    await form.fill({"Who may see it?": "My set"}).submit()
    await until(lambda: _actions(standing) or None, "the action")
    files = [f.read_bytes() for f in standing.folder.iterdir() if f.is_file()]
    assert not any(b"Zanzibar" in content for content in files)
    assert not any(b"Aurora" in content for content in files)


def _place(hall: Hall) -> Channel:
    return next(c for c in hall.guild.channels.values() if c.name == "set")


def _actions(hall: Hall) -> list[str]:
    state = hall.room().set
    return [a.id for a in state.actions] if state is not None else []


async def test_an_action_whose_owner_is_another_is_not_theirs_to_settle(standing: Hall):
    await standing["Dana"].types('/als action what:"Call Mia"', _place(standing))
    form = await standing["Dana"].sees_form("Your action")
    await form.submit()
    mine = str(standing["Dana"].user.id)
    state = await until(lambda: _owning(standing, mine), "Dana's action")
    answer = await told(
        standing, "Eve", sealed(standing, "dropped", subject=standing_id(standing), value=state)
    )
    assert "Call Mia" not in answer
    found_set = standing.room().set
    assert found_set is not None
    action = found_set.action(state)
    assert action is not None
    assert action.outcome.value == "open"


def standing_id(hall: Hall) -> str:
    state = hall.room().set
    assert state is not None
    return state.id


def _owning(hall: Hall, owner: str) -> str | None:
    state = hall.room().set
    return next((a.id for a in state.actions if a.owner == owner), None) if state else None


async def test_a_stranger_of_another_server_gets_only_their_own(standing: Hall):
    other = standing.server.guild("Elsewhere")
    olga = person(standing.server, "Olga", other)
    channel = standing.server.channel(other, "there")
    one = await olga.types("/als-mine", channel)
    assert "Aurora" not in "".join(shown(m) for m in one.said)
    direct = standing.server.direct(olga.user)
    one = await olga.types("/als-mine", direct)
    assert "You are in no set that I know." in shown(one.said[0])


async def test_the_same_user_id_on_both_platforms_is_two_people(standing: Hall):
    service, ana = standing.bot.service, str(standing["Ana"].user.id)
    incoming = Incoming(
        "s1", "slack:T1", str(_place(standing).id), Caller(ana, "Ana"), Typed("home")
    )
    answer = await service.receive(incoming)
    assert answer.refusal is not None
    assert answer.refusal.code == "no_set"
    assert await service.homes("slack", ana) == ()
    foreign = sealed(standing, "next", subject=standing_id(standing), of="slack:T1")
    assert standing.bot.signer.open(standing.installation, foreign) is None
    pressed = replace(incoming, delivery="s2", signal=Pressed("next", standing_id(standing)))
    assert (await service.receive(pressed)).refusal is not None


async def leaves(hall: Hall, name: str) -> None:
    """Somebody leaves the server, and it is noticed."""
    del hall.guild.members[hall[name].user.id]
    who = str(hall[name].user.id)
    await hall.platform.gone(hall.installation, who)
    await until(lambda: not _agreed(hall, who) or None, f"{name} gone")


def _agreed(hall: Hall, who: str) -> bool:
    state = hall.room().set
    return state is not None and state.agreed(who)


async def test_an_ex_member_who_clicks_reads_nothing(standing: Hall):
    card = await standing["Farid"].sees("[Pass]")
    await leaves(standing, "Farid")
    ghost = Person(standing.server, standing["Farid"].user)
    standing.guild.members[ghost.user.id] = set()  # back in the server, not in the set
    for label in ("Done", "Pass", "More"):
        one = await ghost.presses(label, card)
        heard = "".join(shown(m) for m in one.said)
        assert heard, label
        assert not any(words in heard for words in ISSUES.values())
    session = standing.room().live
    assert session is not None
    assert not session.is_here(str(ghost.user.id))


async def test_when_the_last_facilitator_leaves_the_set_has_another(standing: Hall):
    await leaves(standing, "Ana")
    state = standing.room().set
    assert state is not None
    assert state.facilitator == str(standing["Ben"].user.id)
    standing.guild.members[standing["Ana"].user.id] = set()


@pytest.mark.asyncio(loop_scope="function")
async def test_a_form_opened_before_removal_hands_the_words_back(hall: Hall):
    await found(hall, await hall.private())
    for name in NAMES:
        await hall[name].presses("Done")
    await hall["Farid"].sees("[Offer an issue]")
    await hall["Farid"].presses("Offer an issue")
    form = await hall["Farid"].sees_form("Your issue")
    await leaves(hall, "Farid")
    hall.guild.members[hall["Farid"].user.id] = set()
    one = await form.fill({"Issue": "My words to keep"}).submit()
    assert "My words to keep" in "".join(shown(m) for m in one.said)
    session = hall.room().live
    assert session is not None
    bids = [m for m in session.memories if hasattr(m, "offers")]
    assert not any(b.offers for b in bids)
    await come_in(hall["Farid"])


@pytest.mark.asyncio(loop_scope="function")
async def test_a_form_of_somebody_else_is_not_taken_from_a_stranger(hall: Hall):
    await found(hall, await hall.private())
    for name in NAMES:
        await hall[name].presses("Done")
    olga = person(hall.server, "Olga", hall.guild)
    await hall["Ana"].sees("[Offer an issue]")
    await hall["Ana"].presses("Offer an issue")
    form = await hall["Ana"].sees_form("Your issue")
    data = {"custom_id": form.modal["custom_id"], "components": []}
    sent = Interaction(olga.user, form.interaction.channel, 5, data, hall.guild)
    await olga.begin(sent)
    assert sent.said
    assert "Aurora" not in shown(sent.said[0])
    assert isinstance(sent.said[0], Message)
