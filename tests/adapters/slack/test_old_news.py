"""What Slack tells late, again or out of order of channels and people: only the newest counts."""

from __future__ import annotations

import pytest

from tests.adapters.slack.harness import Machine, Running, six
from tests.adapters.slack.test_channels import a_meeting
from tests.adapters.slack.test_whole_set import check_in, offer
from tests.standins.slack import Channel, Person, Slack
from tests.standins.slack_world import BOT


@pytest.fixture
def mode() -> str:
    return "socket"


@pytest.fixture
def room(slack: Slack) -> Channel:
    return slack.channel("aurora", list(six(slack).values()))


async def goes_on(running: Running, people: dict[str, Person], room: Channel) -> None:
    """What the meeting has to say there is said."""
    await check_in(running, people, room)
    await people["Ana"].sees("Offering issues", in_=room)


PAIRS = [
    ({"kind": "group_archive"}, {"kind": "group_unarchive"}),
    (
        {"kind": "channel_shared", "connected_team_id": "T0OTHER"},
        {"kind": "channel_unshared", "previously_connected_team_id": "T0OTHER"},
    ),
    (
        {"kind": "member_left_channel", "user": BOT, "channel_type": "G"},
        {"kind": "member_joined_channel", "user": BOT, "channel_type": "G"},
    ),
]


@pytest.mark.parametrize(("first", "then"), PAIRS, ids=lambda e: e["kind"])
async def test_what_was_taken_back_before_it_was_told_stops_nothing(
    machine: Machine, slack: Slack, room: Channel, first: dict[str, str], then: dict[str, str]
) -> None:
    """Given a channel closed and opened again, when that is told the wrong way round, then it goes on."""
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        slack.delivery.hold()
        slack.happens(**first, channel=room.id)
        slack.happens(**then, channel=room.id)
        await slack.delivery.release(backwards=True, copies=2)
        await goes_on(running, people, room)


async def test_an_archive_told_again_after_it_was_undone_stops_nothing(
    machine: Machine, slack: Slack, room: Channel
) -> None:
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        slack.happens("group_archive", channel=room.id)
        await slack.settle()
        [archived] = [e for e in slack.delivery.delivered if e["event"]["type"] == "group_archive"]
        slack.happens("group_unarchive", channel=room.id)
        await slack.settle()
        await slack.delivery.deliver(archived)
        await goes_on(running, people, room)


async def test_who_left_and_came_back_in_the_wrong_order_is_still_here(
    machine: Machine, slack: Slack, room: Channel
) -> None:
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        slack.delivery.hold()
        for kind in ("member_left_channel", "member_joined_channel"):
            slack.happens(kind, user=people["Eve"].id, channel=room.id, channel_type="G")
        for deleted in (True, False):
            slack.happens("user_change", user={"id": people["Eve"].id, "deleted": deleted})
        await slack.delivery.release(backwards=True)
        await running.settle()
        with running.bot.store.reading() as unit:
            state = unit.room_of_place("slack:T0STANDIN", room.id).set
        assert state is not None
        assert people["Eve"].id in {m.person for m in state.present_members}
        await goes_on(running, people, room)


async def test_a_vote_told_again_after_it_was_taken_back_does_not_count(
    machine: Machine, slack: Slack, room: Channel
) -> None:
    """Given Eve's vote, taken back, when Slack tells of the vote again, then it stays taken back."""
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await check_in(running, people, room)
        await offer(running, people, room)
        ballot = await people["Ana"].sees_message("Which issue will you hear today?", in_=room)
        people["Eve"].reacts("two", ballot)
        await slack.settle()
        [vote] = [
            e
            for e in slack.delivery.delivered
            if e["event"]["type"] == "reaction_added" and e["event"]["user"] == people["Eve"].id
        ]
        people["Eve"].unreacts("two", ballot)
        await slack.settle()
        await slack.delivery.deliver(vote)
        await running.settle()
        with running.bot.store.reading() as unit:
            session = unit.room_of_place("slack:T0STANDIN", room.id).live
        assert session is not None
        assert people["Eve"].id not in str(session.memories[session.at].reactions)
