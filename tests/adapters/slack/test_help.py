"""Help and the organiser's look on Slack: answered privately, also where the bot may do nothing."""

from __future__ import annotations

import pytest

from tests.adapters.slack.test_bad_inputs import Ballot, ballot  # noqa: F401
from tests.standins.slack_world import BOT


@pytest.fixture
def mode() -> str:
    return "socket"


async def test_help_is_answered_where_the_bot_was_thrown_out(ballot: Ballot):  # noqa: F811
    eve = ballot.people["Eve"]
    await eve.presses("More", in_=ballot.room)
    await ballot.running.settle()
    if BOT in ballot.room.members:
        ballot.room.members.remove(BOT)

    await eve.presses("I need help", in_=ballot.room)

    assert "nobody monitors me" in await eve.sees("nobody monitors me", in_=ballot.room)


async def test_an_organiser_looks_at_counts_and_nobody_else_does(ballot: Ballot):  # noqa: F811
    boss = ballot.slack.person("Boss", is_admin=True)
    ballot.room.members.append(boss.id)
    for what in ("doctor", "sets", "delivery", "audit"):
        await boss.types(f"/als admin {what}", ballot.room)
        await ballot.running.settle()
    said = "\n".join(boss.private())
    assert "Where people find help" in said
    assert "meets now" in said
    for word in ("Ana", "Aurora", "spring campaign"):
        assert word not in said

    guest = ballot.slack.person("Guest", is_admin=True, stranger=True)
    ballot.room.members.append(guest.id)
    for nobody in (ballot.people["Eve"], guest):
        await nobody.types("/als admin sets", ballot.room)
        await ballot.running.settle()
        assert "ask one of them" in nobody.private()[-1]
