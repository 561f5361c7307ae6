"""The life of a channel: doors, readers, archives, people who go, installations that end."""

from __future__ import annotations

import asyncio

import pytest

from bot.adapters.slack.life import Change
from tests.adapters.slack.harness import PLACE, Machine, found, six
from tests.standins.slack import Channel, NotSeen, Person, Slack


@pytest.fixture
def mode() -> str:
    return "socket"


class Heard:
    """Somebody who wants to know."""

    def __init__(self) -> None:
        self.said: list[tuple[str, ...]] = []

    async def place(self, installation: str, place: str, change: Change) -> None:
        self.said.append((place, change))

    async def person(self, installation: str, person: str, place: str, change: Change) -> None:
        self.said.append((person, place, change))

    async def installation(self, installation: str, change: Change) -> None:
        self.said.append((installation, change))

    async def connected(self) -> None:
        self.said.append(("connected",))


async def test_the_bot_is_invited_before_a_form_opens(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("closed", [ana], bot=False)
    async with machine.running():
        await ana.types("/als start", room)
        await ana.sees("Type /invite @als, then press Try again.", in_=room)
        await ana.presses("Try again", in_=room)
        with pytest.raises(NotSeen):
            await asyncio.wait_for(ana.sees_form("Start a set"), 5)
        slack.invite(room)
        await ana.presses("Try again", in_=room)
        await ana.sees_form("Start a set")


async def test_a_public_channel_is_stopped_once(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("lobby", [ana], private=False)
    async with machine.running():
        await ana.types("/als start", room)
        await ana.sees("Everyone in the workspace can read this channel.", in_=room)
        await ana.presses("Not here", in_=room)
        await ana.sees("Nothing was started.", in_=room)
        await ana.types("/als start", room)
        await ana.presses("Use it anyway", in_=room)
        form = await ana.sees_form("Start a set")
        await form.fill({"Name": "Aurora"}).submit()
        await ana.sees("Arriving", in_=room)


async def test_guests_of_other_companies_have_to_be_confirmed(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("joint", [ana], shared=True)
    async with machine.running():
        await ana.types("/als start", room)
        screen = await ana.sees("People of other companies are in this channel.", in_=room)
        assert "take part by buttons" in screen
        assert "no direct messages" in screen.replace("\n", " ")
        await ana.presses("Use it anyway", in_=room)
        await ana.sees_form("Start a set")


async def test_where_no_set_can_live_the_answer_says_where_to_go(machine: Machine, slack: Slack):
    ana, ben = slack.person("Ana"), slack.person("Ben")
    group = slack.channel("mpdm-ana--ben", [ana, ben], mpim=True)
    async with machine.running():
        for place in ("dm", group):
            await ana.types("/als start", place)
            await ana.sees("A set lives in a channel.", in_=place)


async def test_an_archived_channel_rests_and_goes_on(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        await running.settle()
        room.archived = True
        slack.happens("group_archive", channel=room.id, user=people["Ana"].id)
        await running.settle()
        for person in people.values():
            await person.presses("Done", in_=room)
        await running.settle()
        assert "Offering issues" not in people["Ana"].screen(room)
        room.archived = False
        slack.happens("group_unarchive", channel=room.id, user=people["Ana"].id)
        await running.move(hours=1, minutes=1)
        posted = "\n".join(m.text for m in room.messages)
        assert posted


async def test_what_happens_in_slack_is_passed_on_however_often(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    heard = Heard()
    async with machine.running(life=heard) as running:
        slack.delivery.copies = 2
        slack.happens("group_archive", channel=room.id, user=ana.id)
        slack.happens("channel_rename", channel={"id": room.id, "name": "new", "created": 1})
        slack.happens("member_left_channel", user=ana.id, channel=room.id, channel_type="G")
        slack.happens("user_change", user={"id": ana.id, "deleted": True})
        slack.happens("group_left", channel=room.id)
        slack.happens("app_uninstalled")
        slack.happens("tokens_revoked", tokens={"oauth": [], "bot": ["U0ALSBOT"]})
        await running.settle()
        assert await running.adapter.outbound._clients(PLACE) is None
    assert not slack.delivery.unacknowledged
    assert set(heard.said) == {
        ("connected",),
        (room.id, Change.ARCHIVED),
        (room.id, Change.RENAMED),
        (room.id, Change.BOT_LEFT),
        (ana.id, room.id, Change.LEFT),
        (ana.id, "", Change.DEACTIVATED),
        (PLACE, Change.UNINSTALLED),
        (PLACE, Change.REVOKED),
    }


async def test_after_a_removal_nothing_is_sent_any_more(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        await running.settle()
        slack.world.token_error = "token_revoked"
        slack.happens("tokens_revoked", tokens={"oauth": [], "bot": ["U0ALSBOT"]})
        await running.settle()
        before = len(slack.web.calls)
        await running.move(minutes=30)
        assert [c.method for c in slack.web.calls[before:]] == []


async def test_the_home_tab_shows_what_is_mine(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    stranger = slack.person("Zoe")
    async with machine.running() as running:
        await stranger.opens_home()
        await running.settle()
        assert stranger.screen("home")
        await found(people, room)
        await people["Ana"].opens_home()
        await running.settle()
        await people["Ana"].sees("Aurora", in_="home")
        await people["Ana"].types("/als", room)
        await people["Ana"].sees("Aurora", in_=room)


async def test_the_global_shortcut_opens_the_issue(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        await people["Ben"].uses_shortcut("bid")
        form = await people["Ben"].sees_form("Your issue")
        await form.fill({"Issue": "Our funds"}).submit()
        assert not form.errors
        await people["Ben"].sees("Kept for you alone")
        await running.settle()


async def listen(person: Person, room: Channel, text: str) -> None:
    await person.types(f"/als {text}", room)


async def test_an_unknown_word_brings_the_nearest(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running():
        await listen(ana, room, "strat")
        await ana.sees("did you mean /als start?", in_=room)
        with pytest.raises(NotSeen, match="not supported in threads"):
            await ana.types("/als", room, thread=await ana.says("hello", room))


async def test_a_field_that_cannot_be_taken_stays_in_its_form(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running():
        await ana.types("/als start", room)
        form = await ana.sees_form("Start a set")
        await form.fill({"Name": "n" * 81, "Time zone": "Mars/Olympus"}).submit()
        assert list(form.errors) == ["Name"]
        await form.fill({"Name": "Aurora"}).submit()
        assert list(form.errors) == ["Time zone"]
        await form.fill({"Time zone": "Europe/Paris"}).submit()
        assert not form.errors
        await ana.sees("Aurora", in_=room)
