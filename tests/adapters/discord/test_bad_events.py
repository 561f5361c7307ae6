"""Bad input on Discord: events."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.adapters.discord.hall import NAMES, Hall
from tests.standins.discord import Message, Reaction, User, person, shown, until
from tests.standins.discord.rest import put_reaction, take_reaction

pytestmark = pytest.mark.asyncio(loop_scope="module")

Voting = tuple[Hall, Message]


async def heard(hall: Hall, ballot: Message) -> None:
    """Everything that was done before has come in: a vote that came after it counts."""
    await hall["Dana"].reacts("3️⃣", ballot)
    await until(lambda: ("Dana", 3) in hall.cast() or None, "Dana's vote")
    await hall["Dana"].unreacts("3️⃣", ballot)
    await until(lambda: "Dana" not in hall.votes() or None, "Dana's vote gone")


async def stranger_reacts(hall: Hall, ballot: Message, user: User, emoji: str = "1️⃣") -> None:
    await put_reaction(hall.server, ballot, Reaction(emoji, user))
    await heard(hall, ballot)


async def test_the_same_event_three_times_is_one(voting: Voting):
    hall, ballot = voting
    await hall["Eve"].presses("My vote", ballot)
    one = await hall["Eve"].presses("Vote 2")
    for _ in range(2):
        await hall.server.interactions.start(one)
    await until(lambda: ("Eve", 2) in hall.pressed() or None, "the vote")
    await hall["Eve"].presses("Take back 2")
    await until(lambda: not hall.pressed() or None, "the vote taken back")
    await hall.server.interactions.start(one)
    await heard(hall, ballot)
    assert hall.pressed() == set(), "a press that comes again changes nothing"


async def test_the_same_event_over_two_sockets_is_one(voting: Voting):
    hall, ballot = voting
    hall.server.gateway.twice = True
    await hall["Eve"].reacts("1️⃣", ballot)
    await until(lambda: ("Eve", 1) in hall.cast() or None, "the vote")
    await hall["Eve"].unreacts("1️⃣", ballot)
    await until(lambda: "Eve" not in hall.votes() or None, "the vote taken back")
    one = await hall["Eve"].presses("My vote", ballot)
    hall.server.gateway.twice = False
    await heard(hall, ballot)
    assert len(one.said) == 1


async def test_only_the_last_delivery_arrives_by_replay_and_counts_once(voting: Voting):
    hall, ballot = voting
    await hall.server.gateway.drop(resumable=True)
    await hall["Eve"].reacts("1️⃣", ballot)
    await until(lambda: ("Eve", 1) in hall.cast() or None, "the replayed vote", 20)
    await hall["Eve"].unreacts("1️⃣", ballot)
    await until(lambda: "Eve" not in hall.votes() or None, "the vote taken back")


async def test_removed_before_added_ends_as_the_platform_has_it(voting: Voting):
    hall, ballot = voting
    flip = Reaction("2️⃣", hall["Eve"].user)
    ballot.reactions.append(flip)
    await take_reaction(hall.server, ballot, flip)
    await heard(hall, ballot)
    assert "Eve" not in hall.votes()


async def test_a_reaction_by_a_bot_is_not_a_vote(voting: Voting):
    hall, ballot = voting
    robot = User("Robot", bot=True)
    hall.guild.join(robot)
    await stranger_reacts(hall, ballot, robot)
    assert hall.votes() == set()
    ref = f"{ballot.channel.id}/{ballot.id}"
    counted = await hall.platform.outbound.reactions(hall.installation, ref)
    assert str(robot.id) not in {voter for voter, _ in counted.votes}


async def test_a_reaction_by_our_own_bot_is_not_a_vote(voting: Voting):
    hall, ballot = voting
    mine = [r for r in ballot.reactions if r.user is hall.server.bot]
    assert mine, "the numbers to vote with"
    await heard(hall, ballot)
    assert hall.votes() == set()


async def test_a_reaction_by_a_non_member_is_not_a_vote(voting: Voting):
    hall, ballot = voting
    await stranger_reacts(hall, ballot, person(hall.server, "Olga", hall.guild).user)
    assert hall.votes() == set()


async def test_a_reaction_by_a_person_who_just_left_is_not_a_vote(voting: Voting):
    hall, ballot = voting
    olga = person(hall.server, "Olena", hall.guild)
    del hall.guild.members[olga.user.id]
    await stranger_reacts(hall, ballot, olga.user, "2️⃣")
    assert hall.votes() == set()


async def test_an_unknown_emoji_means_nothing(voting: Voting):
    hall, ballot = voting
    await hall["Eve"].reacts("🦄", ballot)
    await heard(hall, ballot)
    assert hall.votes() == set()


async def test_a_skin_tone_or_variant_is_the_same_emoji(voting: Voting):
    hall, ballot = voting
    await hall["Eve"].reacts("2\u20e3", ballot)
    await until(lambda: ("Eve", 2) in hall.cast() or None, "the vote without its selector")
    await hall["Eve"].unreacts("2\u20e3", ballot)
    await until(lambda: "Eve" not in hall.votes() or None, "the vote taken back")


async def test_a_discord_burst_reaction_counts_as_one(voting: Voting):
    hall, ballot = voting
    await hall["Eve"].reacts("2️⃣", ballot, burst=True)
    await until(lambda: ("Eve", 2) in hall.cast() or None, "the burst")
    await hall["Eve"].unreacts("2️⃣", ballot)
    await until(lambda: "Eve" not in hall.votes() or None, "the burst taken back")


async def test_a_hundred_flips_in_a_second_end_where_the_last_one_stands(voting: Voting):
    hall, ballot = voting
    for _ in range(50):
        await hall["Eve"].reacts("2️⃣", ballot)
        await hall["Eve"].unreacts("2️⃣", ballot)
    await hall["Eve"].reacts("2️⃣", ballot)
    await heard(hall, ballot)
    assert hall.cast() == {("Eve", 2)}
    await hall["Eve"].unreacts("2️⃣", ballot)
    await until(lambda: not hall.votes() or None, "the last one taken back")


async def test_an_event_of_an_unknown_server_learns_nothing(voting: Voting):
    hall, _ = voting
    other = hall.server.guild("Elsewhere")
    zoe = person(hall.server, "Zoe", other)
    channel = hall.server.channel(other, "there")
    await hall.server.gateway.dispatch("GUILD_CREATE", other.json(hall.server.bot), other.id)
    for line in ("/als home", "/als actions", "/als status", "/als report"):
        await zoe.types(line, channel)
    seen = "".join(shown(m) for m in zoe.messages())
    assert "There's no set here yet" in seen
    assert "Aurora" not in seen


async def test_an_event_without_a_server_is_nobodys_vote(voting: Voting):
    hall, ballot = voting
    data = {
        "user_id": str(hall["Eve"].user.id),
        "channel_id": str(ballot.channel.id),
        "message_id": str(ballot.id),
        "emoji": {"id": None, "name": "1️⃣"},
        "burst": False,
        "type": 0,
    }
    await hall.server.gateway.dispatch("MESSAGE_REACTION_ADD", data, hall.guild.id)
    await heard(hall, ballot)
    assert hall.votes() == set()


async def test_a_reaction_after_closing_changes_nothing(voting: Voting):
    hall, ballot = voting
    for name in NAMES:
        await hall[name].reacts("1️⃣" if name == "Ben" else "2️⃣", ballot)
    await hall["Ana"].sees("Closing in 20 seconds")
    await hall.pass_time(timedelta(seconds=21))
    await hall["Ana"].sees("Ben presents.")
    await hall["Eve"].reacts("3️⃣", ballot)
    await asyncio.sleep(0.2)
    session = hall.room().live
    assert session is not None
    assert session.presenter == str(hall["Ben"].user.id)
    assert session.step.phase == "present"


async def test_a_reaction_on_a_deleted_poll_changes_nothing(voting: Voting):
    hall, ballot = voting
    before = hall.room().live
    ballot.deleted = True
    await hall["Farid"].reacts("3️⃣", ballot)
    await hall["Farid"].unreacts("3️⃣", ballot)
    await asyncio.sleep(0.2)
    after = hall.room().live
    assert before is not None
    assert after is not None
    assert (after.at, after.memories, after.presenter) == (
        before.at,
        before.memories,
        before.presenter,
    )
