"""Every refusal on Slack, in five disguises."""

from __future__ import annotations

import pytest

from tests.adapters.slack.harness import PLACE, Machine, found, six
from tests.adapters.slack.test_bad_inputs import Ballot, ballot  # noqa: F401
from tests.standins.slack import Slack
from tests.trust.removing import remove, stands

VERBS = ("vote", "status", "actions", "done", "report", "home", "set people", "schedule", "next")


@pytest.fixture
def mode() -> str:
    return "socket"


@pytest.fixture
def without_eve(ballot: Ballot) -> Ballot:  # noqa: F811
    remove(ballot.running.bot, PLACE, ballot.room.id, ballot.people["Eve"].id)
    return ballot


def state(of: Ballot) -> tuple[object, object]:
    return stands(of.running.bot, PLACE, of.room.id)


async def heard(of: Ballot, since: int) -> str:
    await of.running.settle()
    return of.people["Eve"].private()[since]


@pytest.mark.parametrize("verb", VERBS)
async def test_a_typed_command_of_a_former_member(without_eve: Ballot, verb: str):
    eve, before, was = without_eve.people["Eve"], state(without_eve), 0
    was = len(eve.private())
    await eve.types(f"/als {verb} s0me-1d 9223372036854775808", without_eve.room)
    said = await heard(without_eve, was)
    assert "Press I'm here" in said or "The facilitator plans" in said
    assert state(without_eve) == before


async def test_an_old_button_of_a_former_member(without_eve: Ballot):
    eve, before = without_eve.people["Eve"], state(without_eve)
    for label in ("My vote", "Withdraw my issue", "Close the vote", "Next phase", "More"):
        was = len(eve.private())
        await eve.presses(label, in_=without_eve.message)
        assert "Press I'm here" in await heard(without_eve, was)
    assert state(without_eve) == before


async def test_a_form_that_was_opened_before_they_left(ballot: Ballot):  # noqa: F811
    eve = ballot.people["Eve"]
    await eve.types("/als action", ballot.room)
    form = await eve.sees_form("Your action")
    remove(ballot.running.bot, PLACE, ballot.room.id, eve.id)
    before = state(ballot)
    await form.fill({"What will you do?": "Something of my own."}).submit()
    assert "Press I'm here" in str(form.errors)
    assert state(ballot) == before


async def test_a_payload_that_is_played_again_after_they_left(ballot: Ballot):  # noqa: F811
    eve = ballot.people["Eve"]
    sealed = next(
        e["action_id"]
        for block in ballot.message.blocks
        if block["type"] == "actions"
        for e in block["elements"]
        if e["text"]["text"] == "More"
    )
    payload = eve.envelope("block_actions") | eve._container(ballot.message)
    payload["actions"] = [{"type": "button", "action_id": sealed, "block_id": "b"}]
    await ballot.slack.delivery.interact("interactive", payload)
    await ballot.running.settle()
    remove(ballot.running.bot, PLACE, ballot.room.id, eve.id)
    before, was = state(ballot), len(eve.private())
    await ballot.slack.delivery.interact("interactive", payload)
    assert "Press I'm here" in await heard(ballot, was)
    assert state(ballot) == before


async def test_a_role_that_was_handed_over(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room, "I do")
        ana, ben = people["Ana"], people["Ben"]
        await ana.presses("More", in_=room)
        await ana.presses("Hand over", in_=room)
        await running.settle()
        await ben.presses("More", in_=room)
        await ben.presses("Take over", in_=room)
        await running.settle()
        await ben.presses("Facilitate this meeting", in_=room)
        await running.settle()
        before, was = stands(running.bot, PLACE, room.id), len(ana.private())
        await ana.presses("Next phase", in_=room)
        await running.settle()
        assert "facilitates" in ana.private()[was]
        assert before[1].holder == ben.id
        assert stands(running.bot, PLACE, room.id) == before
