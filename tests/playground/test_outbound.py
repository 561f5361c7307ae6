"""Messages into the world of the page."""

from datetime import UTC, datetime

import pytest

from bot.adapters.playground.outbound import MOST_PRIVATE, World, WorldOutbound
from bot.core.cards import Card
from bot.runtime.ports.outgoing import Absent, Destination, Found, Op, Outgoing, Refused, Trouble

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return World("aurora", {"ana": "Ana", "ben": "Ben"}, lambda: NOON)


def out(op: Op, key: str = "k1", *, ref: str = "", title: str = "Board", **where: str) -> Outgoing:
    destination = Destination(**where) if where else Destination(place="aurora")
    return Outgoing(op, "playground", destination, key, Card(title), ref, reactions=("1️⃣",))


async def test_a_post_stands_in_the_channel_and_is_found_by_its_key(world):
    outbound = WorldOutbound(world)

    ref = await outbound.post(out(Op.POST))

    assert [message.ref for message in world.seen_by("ben")] == [ref]
    assert await outbound.look_up(out(Op.POST), NOON) == Found(ref)
    assert await outbound.look_up(out(Op.POST, "k2"), NOON) == Absent()


async def test_everybody_on_the_page_reads_the_channel(world):
    outbound = WorldOutbound(world)

    assert await outbound.read_only_by("playground", "aurora", ("ana", "ben", "chidi"))
    assert not await outbound.read_only_by("playground", "aurora", ("ana",))


async def test_the_same_key_posts_once(world):
    outbound = WorldOutbound(world)

    assert await outbound.post(out(Op.POST)) == await outbound.post(out(Op.POST))
    assert len(world.seen_by("ana")) == 1


async def test_a_direct_message_is_one_persons_alone(world):
    await WorldOutbound(world).post(out(Op.POST, person="ben"))

    assert world.seen_by("ben") == ()
    assert len(world.seen_by("ben", direct=True)) == 1
    assert world.seen_by("ana", direct=True) == ()
    assert (world.unread("ana"), world.unread("ben")) == (0, 1)
    world.has_read("ben")
    assert world.unread("ben") == 0


async def test_an_edit_changes_the_card_and_its_seeds_where_it_stands(world):
    outbound = WorldOutbound(world)
    ref = await outbound.post(out(Op.POST))
    other = await outbound.post(out(Op.POST, "k2"))

    await outbound.edit(out(Op.EDIT, ref=ref, title="Over"))
    await outbound.edit(out(Op.EDIT, ref=ref, title="Over"))

    first, second = world.seen_by("ana")
    assert (first.ref, second.ref) == (ref, other)
    assert first.card == Card("Over")
    assert first.seeded == ("1️⃣",)


async def test_a_deleted_message_is_gone_and_deleting_twice_is_fine(world):
    outbound = WorldOutbound(world)
    ref = await outbound.post(out(Op.POST))

    await outbound.delete(out(Op.DELETE, ref=ref))
    await outbound.delete(out(Op.DELETE, ref=ref))

    assert world.seen_by("ana") == ()
    for change in (outbound.edit, outbound.react):
        with pytest.raises(Refused) as refused:
            await change(out(Op.EDIT, ref=ref))
        assert refused.value.trouble is Trouble.GONE


async def test_reactions_are_peoples_own_and_never_the_bots(world):
    outbound = WorldOutbound(world)
    ref = await outbound.post(out(Op.POST))
    await outbound.react(out(Op.REACT, ref=ref))

    assert world.react(ref, "ana", "1️⃣", on=True)
    assert not world.react(ref, "ana", "1️⃣", on=True)
    assert world.react(ref, "ben", "1️⃣", on=True)
    assert world.react(ref, "ben", "1️⃣", on=False)

    seen = await outbound.reactions("playground", ref)
    assert seen.votes == frozenset({("ana", "1️⃣")})
    assert seen.complete
    with pytest.raises(Refused):
        await outbound.reactions("playground", "m999")


@pytest.mark.parametrize(
    ("where", "trouble"),
    [
        ({"place": "elsewhere"}, Trouble.DESTINATION),
        ({"person": "stranger"}, Trouble.PERSON),
    ],
)
async def test_where_nobody_is_nothing_is_sent(world, where, trouble):
    with pytest.raises(Refused) as refused:
        await WorldOutbound(world).post(out(Op.POST, **where))

    assert refused.value.trouble is trouble


async def test_ordinary_words_go_into_the_newest_thread(world):
    outbound = WorldOutbound(world)
    board = await outbound.post(out(Op.POST))
    await outbound.post(out(Op.POST, "k2", place="aurora", parent=board))

    said = world.say("ana", "  hello\u202e\x07  ")

    assert said is not None
    assert (said.words, said.parent) == ("hello", board)
    assert world.say("ana", " \u200b ") is None


def test_private_answers_are_one_persons_and_do_not_pile_up(world):
    for number in range(MOST_PRIVATE + 5):
        world.answer("ana", f"answer {number}")
    world.answer("ana", "answer 16")

    mine = [message.words for message in world.seen_by("ana")]
    assert len(mine) == MOST_PRIVATE
    assert mine[-1] == "answer 16"
    assert mine.count("answer 16") == 1
    assert world.seen_by("ben") == ()


async def test_only_private_answers_can_be_put_away_and_only_by_their_reader(world):
    ref = await WorldOutbound(world).post(out(Op.POST))
    answer = world.answer("ana", "for you")

    world.dismiss("ben", answer.ref)
    world.dismiss("ana", ref)
    assert len(world.seen_by("ana")) == 2

    world.dismiss("ana", answer.ref)
    assert [message.ref for message in world.seen_by("ana")] == [ref]
