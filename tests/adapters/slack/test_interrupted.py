"""The bot was gone for days in the middle of a meeting, on Slack over real sockets."""

from __future__ import annotations

from datetime import timedelta

from tests.adapters.slack.harness import Machine, found, six
from tests.standins.slack import Slack


async def test_three_days_later_it_asks_and_goes_on_where_it_was(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        await running.move(minutes=1)
        await people["Ana"].sees("Check-in", in_=room)
    machine.clock.move_by(timedelta(days=3))
    async with machine.running() as running:
        await running.settle()
        await people["Ana"].sees("This meeting was interrupted", in_=room)
        await people["Eve"].types("/als start", room)
        await people["Eve"].presses("Go on", in_=room)
        await running.settle()
        await people["Eve"].sees("The meeting went on from here", in_=room)
        await people["Ben"].presses("Done", in_=room)
        await running.settle()


async def test_closed_by_most_of_them_everyone_gets_what_is_theirs(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        await running.move(minutes=1)
    machine.clock.move_by(timedelta(days=200))
    async with machine.running() as running:
        await running.settle()
        for name in ("Ana", "Ben", "Chidi", "Dana"):
            await people[name].presses("Close it", in_=room)
            await running.settle()
        await people["Ana"].sees("The meeting was closed", in_=room)
