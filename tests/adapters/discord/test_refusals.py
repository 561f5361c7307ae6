"""Every refusal on Discord, in five disguises."""

from __future__ import annotations

import copy

import pytest

from bot.core.learning_set.state import SetState
from bot.core.meeting.session import Session
from tests.adapters.discord.hall import NAMES, Hall
from tests.adapters.discord.play import found
from tests.standins.discord import Channel, Interaction, shown
from tests.trust.removing import remove, stands

VERBS = ("vote", "status", "actions", "done", "report", "home", "set people", "schedule", "next")


@pytest.fixture
async def place(hall: Hall) -> Channel:
    """A set whose meeting asks for issues."""
    made = await hall.private()
    await found(hall, made)
    for name in NAMES:
        await hall[name].presses("Done")
    await hall["Ana"].sees("[Offer an issue]")
    return made


def here(hall: Hall) -> str:
    return f"discord:{hall.guild.id}"


def leave(hall: Hall, place: Channel, name: str = "Eve") -> None:
    remove(hall.bot, here(hall), str(place.id), str(hall[name].user.id))


def state(hall: Hall, place: Channel) -> tuple[SetState | None, Session | None]:
    return stands(hall.bot, here(hall), str(place.id))


async def test_typed_commands_of_a_former_member(hall: Hall, place: Channel):
    leave(hall, place)
    before = state(hall, place)
    for verb in VERBS:
        one = await hall["Eve"].types(f"/als {verb}", place)
        said = shown(one.said[0])
        assert "I'm here" in said or "The facilitator plans" in said, verb
        assert "Aurora" not in said
    assert state(hall, place) == before


async def test_old_buttons_of_a_former_member(hall: Hall, place: Channel):
    leave(hall, place)
    before = state(hall, place)
    for label in ("Offer an issue", "Nothing today", "Next phase", "More"):
        one = await hall["Eve"].presses(label)
        assert "I'm here" in shown(one.said[0]), label
    assert state(hall, place) == before


async def test_a_form_that_was_opened_before_they_left(hall: Hall, place: Channel):
    await hall["Eve"].presses("Offer an issue")
    form = await hall["Eve"].sees_form("Your issue")
    leave(hall, place)
    before = state(hall, place)
    one = await form.fill({"Issue": "Something of my own."}).submit()
    assert "I'm here" in shown(one.said[0])
    assert state(hall, place) == before


async def test_a_payload_that_is_played_again_after_they_left(hall: Hall, place: Channel):
    one = await hall["Eve"].presses("More")
    leave(hall, place)
    before = state(hall, place)
    again = Interaction(one.who, one.channel, one.kind, copy.deepcopy(one.data), hall.guild)
    again.message = one.message
    await hall["Eve"].begin(again)
    assert "I'm here" in shown(again.said[0])
    assert state(hall, place) == before


async def test_a_role_that_was_handed_over(hall: Hall):
    place = await hall.private()
    await found(hall, place, holds="I do")
    await hall["Ana"].presses("More")
    await hall["Ana"].presses("Hand over")
    await hall["Ben"].presses("More")
    await hall["Ben"].presses("Take over")
    await hall["Ben"].presses("Facilitate this meeting")
    await hall.bot.settle()
    before = state(hall, place)
    assert before[1] is not None
    assert before[1].holder == str(hall["Ben"].user.id)
    one = await hall["Ana"].presses("Next phase")
    assert "facilitates" in shown(one.said[0])
    assert state(hall, place) == before
