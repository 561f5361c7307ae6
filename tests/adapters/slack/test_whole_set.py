"""Six people, a whole set in Slack, by what they see and press."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.adapters.slack.harness import NAMES, PLACE, Machine, Running, found, six
from tests.standins.slack import Channel, Person, Slack

ISSUES = {
    "Ana": "I promised to lead the spring campaign and I am already tired.",
    "Ben": "How do I hand over the team I founded?",
    "Chidi": "Our funder wants numbers and we do people.",
    "Dana": "I cannot say no to the chair.",
}
BALLOT = {"Ana": "two", "Ben": "one", "Chidi": "2", "Dana": "one", "Eve": "one", "Farid": "one"}
People = dict[str, Person]


async def test_a_whole_set_from_founding_to_the_follow_up(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        await check_in(running, people, room)
        await offer(running, people, room)
        await vote(running, people, room)
        await tell_and_ask(running, people, room)
        await reflect_and_plan(running, people, room)
        await learn_and_close(running, people, room)
        await six_weeks_on(running, people, room)
    assert not slack.delivery.unacknowledged
    assert not [word for word in (*ISSUES.values(), "Mia", "voice") if word in lock_screens(slack)]
    assert not [c for c in slack.web.calls if c.error not in ("", "already_reacted")]


async def check_in(running: Running, people: People, room: Channel) -> None:
    await people["Ana"].sees("Check-in", in_=room)
    for person in people.values():
        await person.presses("Done", in_=room)
        await running.settle()


async def offer(running: Running, people: People, room: Channel) -> None:
    for name, issue in ISSUES.items():
        await people[name].presses("Offer an issue", in_=room)
        form = await people[name].sees_form("Your issue")
        await form.fill({"Issue": issue}).submit()
        assert not form.errors
        await people[name].sees("Saved", in_=room)
    for name in ("Eve", "Farid"):
        await people[name].presses("Nothing today", in_=room)
    await running.settle()


async def vote(running: Running, people: People, room: Channel) -> None:
    ballot = await people["Ana"].sees_message("Which issue will you hear today?", in_=room)
    assert ballot.thread_ts
    for name, choice in {**BALLOT, "Chidi": "two"}.items():
        people[name].reacts(choice, ballot)
    await running.settle()
    await running.move(seconds=25)
    await people["Eve"].sees("Ana presents", in_=room)


async def tell_and_ask(running: Running, people: People, room: Channel) -> None:
    ana = people["Ana"]
    await ana.presses("I've finished", in_=room)
    form = await ana.sees_form("What would you like from us?")
    await form.fill({"Key question": "What is mine to do here?"}).submit()
    await running.settle()
    for words, outcome in (("How long have you done this?", "Answered"), ("Who knows?", "Park")):
        await people["Eve"].presses("Ask", in_=room)
        question = await people["Eve"].sees_form("Your question")
        await question.fill({"Question": words}).submit()
        assert not question.errors
        await ana.sees(words, in_=room)
        await ana.presses(outcome, in_=room)
        await running.move(minutes=1)
    for _ in ("clarify", "explore"):
        await ana.presses("Enough", in_=room)
        await running.settle()


async def reflect_and_plan(running: Running, people: People, room: Channel) -> None:
    for name in NAMES[1:]:
        await people[name].presses("Reflect", in_=room)
        form = await people[name].sees_form("What stayed with you?")
        await form.fill({"Reflection": f"I noticed your voice, says {name}."}).submit()
    await running.settle()
    await people["Ana"].presses("Add an action", in_=room)
    form = await people["Ana"].sees_form("Your action")
    await form.fill(
        {"What will you do?": "I will talk to Mia.", "Who may see it?": "My set"}
    ).submit()
    assert not form.errors
    await running.settle()
    await people["Ana"].presses("That's all", in_=room)
    await running.settle()


async def learn_and_close(running: Running, people: People, room: Channel) -> None:
    for person in people.values():
        await person.presses("What I learned", in_=room)
        form = await person.sees_form("What I learned")
        await form.fill({"Learning": "I can ask and wait."}).submit()
        await running.settle()
    await people["Ana"].sees("We meet again", in_=room)
    for name in NAMES[:4]:
        await people[name].presses("Close the meeting", in_=room)
        await running.settle()
    await people["Ana"].sees("From your meeting", in_="dm")


async def six_weeks_on(running: Running, people: People, room: Channel) -> None:
    ana = people["Ana"]
    meeting = running.bot.look(PLACE, room.id).next_meeting
    assert meeting is not None
    await running.bot.move_to(meeting - timedelta(minutes=10))
    await running.settle()
    await ana.sees("How are your actions going?", in_="dm")
    await ana.sees("Ana took on an action", in_=room)
    await ana.presses("Done", in_=room)
    form = await ana.sees_form("How did it go?")
    await form.fill({"What happened?": "We spoke, and it was easier than I feared."}).submit()
    assert not form.errors
    await ana.sees("Saved.", in_=room)
    for person in people.values():
        await person.presses("I'm here", in_=room)
    await running.move(minutes=11)
    await check_in(running, people, room)
    await ana.sees("What would you like to think about today?", in_=room)
    assert not running.bot.look(PLACE, room.id).owing


def lock_screens(slack: Slack) -> str:
    """Every text a locked telephone would have shown."""
    messages = [m for c in slack.world.channels.values() for m in c.messages]
    return "\n".join(m.text for m in [*messages, *slack.world.private])


@pytest.mark.slow
async def test_the_same_with_everything_going_wrong(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    slack.delivery.copies = 2
    acts = (check_in, offer, vote, tell_and_ask, reflect_and_plan, learn_and_close, six_weeks_on)
    async with machine.running() as running:
        await found(people, room)
        for act in acts:
            for method in ("chat.postMessage", "chat.update", "reactions.add"):
                slack.breaks(method, "429", retry_after="1")
                slack.breaks(method, "slow", seconds=0.2)
            slack.breaks("chat.update", "reset")
            slack.breaks("chat.update", "500_done")
            slack.breaks("reactions.add", "lost")
            slack.breaks("users.info", "500")
            slack.breaks("chat.postEphemeral", "lost")
            if machine.mode == "socket":
                await slack.delivery.close_sockets()
                await slack.delivery.connected(20)
            await running.settle()
            await act(running, people, room)
    result = [m for m in room.messages if m.thread_ts and "Ana presents" in str(m.blocks)]
    assert len(result) == 1
