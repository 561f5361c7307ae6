"""The bot is restarted with a form open, with buttons on screen, and in mid-vote."""

from __future__ import annotations

from tests.adapters.slack.harness import Machine, found, six
from tests.adapters.slack.test_whole_set import check_in, offer
from tests.standins.slack import Slack


async def test_a_form_opened_before_is_taken_after(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running():
        await ana.types("/als start", room)
        form = await ana.sees_form("Start a set")
    async with machine.running() as running:
        await form.fill({"Name": "Aurora"}).submit()
        assert not form.errors
        await running.settle()
        await ana.sees("Arriving", in_=room)


async def test_buttons_on_screen_work_after_and_the_meeting_goes_on(machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        await running.settle()
        ana = people["Ana"]
        await ana.presses("More", in_=room)
        await ana.sees("Hold a silence", in_=room)
    async with machine.running() as running:
        await check_in(running, people, room)
        await ana.presses("Hold a silence", in_=room)
        await ana.presses("Offer an issue", in_=room)
        form = await ana.sees_form("Your issue")
        await form.fill({"Issue": "Our funds"}).submit()
        assert not form.errors


async def test_votes_cast_while_it_was_away_count(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        await check_in(running, people, room)
        await offer(running, people, room)
        ballot = await people["Ana"].sees_message("Which issue will you hear today?", in_=room)
        people["Ana"].reacts("two", ballot)
        await running.settle()
    slack.delivery.retry_after, slack.delivery.patience = (), 1.0
    for name in ("Chidi", "Dana", "Eve", "Farid"):
        people[name].reacts("two", ballot)
    people["Ben"].reacts("one", ballot)
    await slack.delivery.settle()
    assert slack.delivery.unacknowledged
    slack.delivery.patience = 3.0
    async with machine.running() as running:
        await running.bot.service.reconcile("slack:")
        await running.move(minutes=5)
        await people["Ana"].sees("Ben presents", in_=room)
