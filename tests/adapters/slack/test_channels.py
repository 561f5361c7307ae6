"""The life of a channel: doors, readers, archives, people who go, installations that end."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.signals import Change, PersonGone, PlaceChanged
from tests.adapters.platforms import Silent
from tests.adapters.slack.harness import NAMES, Machine, found, removed, six
from tests.adapters.slack.test_whole_set import check_in
from tests.standins.slack import Channel, NotSeen, Person, Slack
from tests.standins.slack_blocks import visible
from tests.standins.slack_world import BOT, User


@pytest.fixture
def mode() -> str:
    return "socket"


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
        await ana.sees("I didn't start anything.", in_=room)
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
        screen = await ana.sees("People from other companies are in this channel.", in_=room)
        assert "take part by buttons" in screen
        assert "no DMs" in screen.replace("\n", " ")
        await ana.presses("Use it anyway", in_=room)
        await ana.sees_form("Start a set")


async def test_where_no_set_can_live_the_answer_says_where_to_go(machine: Machine, slack: Slack):
    ana, ben = slack.person("Ana"), slack.person("Ben")
    group = slack.channel("mpdm-ana--ben", [ana, ben], mpim=True)
    async with machine.running():
        for place in ("dm", group):
            await ana.types("/als start", place)
            await ana.sees("A set needs a channel.", in_=place)


async def a_meeting(machine: Machine, slack: Slack, room: Channel) -> dict[str, Person]:
    everyone = [Person(slack, slack.world.users[m]) for m in room.members]
    people = {p.user.name: p for p in everyone if p.user.name in NAMES}
    await found(people, room)
    return people


@pytest.fixture
def room(slack: Slack) -> Channel:
    return slack.channel("aurora", list(six(slack).values()))


async def test_an_archived_channel_rests_and_goes_on_where_it_was(machine, slack, room):
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        room.archived = True
        slack.happens("group_archive", channel=room.id, user=people["Ana"].id)
        await running.settle()
        tried = len(slack.web.calls)
        for person in people.values():
            await person.presses("Done", in_=room)
        await running.settle()
        await people["Ana"].sees("The channel of Aurora was archived", in_="dm")
        posted = [c for c in slack.web.calls[tried:] if c.args.get("channel") == room.id]
        assert not [c for c in posted if c.method.startswith("chat.") and "user" not in c.args]
        room.archived = False
        slack.happens("group_unarchive", channel=room.id, user=people["Ana"].id)
        await running.settle()
        await people["Ana"].sees("Offering issues", in_=room)
    assert not [c for c in slack.web.calls if c.error == "is_archived" and "user" not in c.args]


async def test_a_renamed_channel_is_the_same_set(machine, slack, room):
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        room.name = "borealis"
        slack.happens("group_rename", channel={"id": room.id, "name": "borealis", "created": 1})
        await check_in(running, people, room)
        await people["Ana"].sees("Offering issues", in_=room)
        assert "archived" not in people["Ana"].screen("dm")


async def test_a_channel_made_private_goes_on_and_is_not_stopped_again(machine, slack):
    ana = slack.person("Ana")
    room = slack.channel("lobby", [ana], private=False)
    async with machine.running() as running:
        await ana.types("/als start", room)
        await ana.presses("Use it anyway", in_=room)
        form = await ana.sees_form("Start a set")
        await form.fill({"Name": "Aurora"}).submit()
        await running.settle()
        room.private = True
        await ana.presses("I'm here", in_=room)
        await ana.presses("I agree", in_=room)
        await running.settle()
        await ana.sees("Here: Ana", in_=room)


async def test_a_channel_with_a_new_id_takes_the_set_along(machine, slack, room):
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        old = room.id
        slack.moves(room, "C0MOVED")
        slack.happens("channel_id_changed", old_channel_id=old, new_channel_id="C0MOVED")
        await running.settle()
        await people["Ana"].types("/als status", room)
        await people["Ana"].sees("Next: How it went.", in_=room)
        await check_in(running, people, room)
        await people["Ana"].sees("Offering issues", in_=room)


async def test_a_channel_shared_in_mid_life_rests_until_the_facilitator_says_so(
    machine, slack, room
):
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        slack.happens("channel_shared", channel=room.id, connected_team_id="T0OTHER")
        await running.settle()
        told = await people["Ana"].sees("People from another company can now read", in_="dm")
        assert "take part by buttons but get no DMs" in told
        for person in people.values():
            await person.presses("Done", in_=room)
        await running.settle()
        assert "Offering issues" not in people["Ana"].screen(room)
        await people["Ana"].presses("Not here", in_="dm")
        await people["Ana"].sees("I'll post nothing there.", in_="dm")
        await people["Ana"].presses("Use it anyway", in_="dm")
        await running.settle()
        await people["Ana"].sees("Offering issues", in_=room)


async def test_a_channel_unshared_again_goes_on_by_itself(machine, slack, room):
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        slack.happens("channel_shared", channel=room.id, connected_team_id="T0OTHER")
        await running.settle()
        slack.happens("channel_unshared", channel=room.id, is_ext_shared=False)
        await check_in(running, people, room)
        await people["Ana"].sees("Offering issues", in_=room)


async def test_guests_take_part_by_buttons_and_get_no_direct_messages(machine, slack):
    ana, gus = slack.person("Ana"), slack.person("Gus", stranger=True)
    room = slack.channel("joint", [ana, gus], shared=True)
    async with machine.running() as running:
        await ana.types("/als start", room)
        await ana.presses("Use it anyway", in_=room)
        form = await ana.sees_form("Start a set")
        await form.fill({"Name": "Aurora"}).submit()
        await gus.presses("I'm here", in_=room)
        await gus.presses("I agree", in_=room)
        await running.settle()
        await ana.sees("Here: Gus", in_=room)
        assert "Welcome" not in gus.screen("dm")
    assert not [c for c in slack.calls("conversations.open") if c.args["users"] == gus.id]


async def test_the_bot_thrown_out_and_invited_again(machine, slack, room):
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        room.members.remove(BOT)
        slack.happens("group_left", channel=room.id)
        await running.settle()
        await people["Ana"].sees("I'm no longer in the channel of Aurora", in_="dm")
        slack.invite(room)
        slack.happens("member_joined_channel", user=BOT, channel=room.id, channel_type="G")
        await check_in(running, people, room)
        await people["Ana"].sees("Offering issues", in_=room)


async def test_a_deleted_channel_is_told_to_the_facilitator(machine, slack, room):
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        slack.happens("group_deleted", channel=room.id)
        await running.settle()
        await people["Ana"].sees("The channel of Aurora was deleted", in_="dm")


async def test_who_leaves_the_channel_steps_out_and_is_missed_by_the_facilitator_alone(
    machine, slack, room
):
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        room.members.remove(people["Ben"].id)
        slack.happens("member_left_channel", user=people["Ben"].id, channel=room.id)
        await running.settle()
        await people["Ana"].sees("Ben has left the channel of Aurora", in_="dm")
        await people["Ana"].types("/als set people", room)
        await running.settle()
        assert any("Ben" in told for told in people["Ana"].private()[-2:])
        board = await people["Ana"].sees_message("90 minutes, 1 presenter", in_=room)
        assert "Ben" not in visible(slack.world, board.blocks, "", "UTC")
        assert "Ben has left" not in people["Ana"].screen(room)


async def test_a_deactivated_facilitator_hands_the_set_on(machine, slack, room):
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        people["Ana"].user.deleted = True
        slack.happens("user_change", user={"id": people["Ana"].id, "deleted": True})
        await running.settle()
        await people["Ben"].sees("Ana no longer has an account here", in_="dm")
        await people["Ben"].types("/als set people", room)
        assert "Ana" not in people["Ben"].private()[-1]


async def test_other_readers_are_named_and_the_facilitator_chooses_before_the_first_issue(
    machine, slack, room
):
    zoe = slack.person("Zoe")
    room.members.append(zoe.id)
    room.members.append("U0ROBOT")
    slack.world.users["U0ROBOT"] = User("U0ROBOT", "Robot", is_bot=True)
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await check_in(running, people, room)
        card = await people["Ana"].sees_message("Others can read here", in_=room)
        named = visible(slack.world, card.blocks, "", "UTC")
        assert "Zoe" in named
        assert "Robot" not in named
        await people["Ben"].presses("Offer an issue", in_=room)
        form = await people["Ben"].sees_form("Your issue")
        await form.fill({"Issue": "Our funds"}).submit()
        assert "The facilitator first chooses" in form.errors["Issue"]
        await people["Ana"].presses("Use it anyway", in_=room)
        await running.settle()
        await people["Ana"].sees("You can go on here.", in_=room)
        await form.submit()
        assert not form.errors


async def test_without_the_right_to_know_nobody_is_named(machine, slack, room):
    room.members.append(slack.person("Zoe").id)
    slack.world.scopes.discard("groups:read")
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await check_in(running, people, room)
        await people["Ana"].sees("Offering issues", in_=room)
        assert "Others can read here" not in people["Ana"].screen(room)


async def test_what_happens_in_slack_is_passed_on_however_often(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    heard = Silent()
    async with machine.running(hears=heard) as running:
        slack.delivery.copies = 2
        slack.happens("group_archive", channel=room.id, user=ana.id)
        slack.happens("channel_rename", channel={"id": room.id, "name": "new", "created": 1})
        slack.happens("channel_shared", channel=room.id, connected_team_id="T0OTHER")
        slack.happens("channel_unshared", channel=room.id, is_ext_shared=True)
        slack.happens("channel_id_changed", old_channel_id=room.id, new_channel_id="C0NEW")
        slack.happens("member_left_channel", user=ana.id, channel=room.id, channel_type="G")
        slack.happens("user_change", user={"id": ana.id, "deleted": True})
        slack.happens("group_left", channel=room.id)
        await running.settle()
    assert not slack.delivery.unacknowledged
    assert set(heard.told) == {
        ("slack:", "reconcile"),
        (room.id, PlaceChanged(Change.ARCHIVED)),
        (room.id, PlaceChanged(Change.RENAMED)),
        (room.id, PlaceChanged(Change.SHARED)),
        (room.id, PlaceChanged(Change.MOVED, "C0NEW")),
        (room.id, PlaceChanged(Change.BOT_LEFT)),
        (room.id, PersonGone(ana.id, Change.LEFT)),
        ("", PersonGone(ana.id, Change.DEACTIVATED)),
    }


@pytest.mark.parametrize("told", ["app_uninstalled", "tokens_revoked"])
async def test_after_a_removal_nothing_is_sent_until_it_is_installed_again(
    machine, slack, room, told
):
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        slack.world.token_error = "token_revoked"
        slack.happens(told, tokens={"oauth": [], "bot": [BOT]})
        await removed(running)
        await running.settle()
        before = len(slack.web.calls)
        await running.move(minutes=30)
        assert [c.method for c in slack.web.calls[before:]] == []
    slack.world.token_error = ""
    async with machine.running() as running:
        await running.settle()
        await people["Ana"].sees("Thank you all", in_=room)


async def test_a_persons_own_token_revoked_is_not_ours(machine, slack, room):
    async with machine.running() as running:
        slack.happens("tokens_revoked", tokens={"oauth": ["U1"], "bot": []})
        await running.settle()
        people = await a_meeting(machine, slack, room)
        await people["Ana"].sees("Check-in", in_=room)


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
        await people["Ben"].sees("Saved, only for you")
        await running.settle()


async def test_a_message_becomes_an_action_of_ones_own(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        said = await people["Ben"].says("I'll ring Mia &amp; ask", room)
        await people["Ben"].uses_shortcut("action", said)
        form = await people["Ben"].sees_form("Your action")
        await form.fill({"Who may see it?": "Only me"}).submit()
        assert not form.errors
        await running.settle()
        await people["Ben"].types("/als actions", room)
        await people["Ben"].sees("I'll ring Mia & ask", in_=room)


async def test_private_answers_to_a_command_stand_in_the_meetings_thread(machine, slack, room):
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await running.settle()
        board = await people["Ana"].sees_message("90 minutes, 1 presenter", in_=room)
        await people["Ana"].types("/als status", room)
        answer = await people["Ana"].sees_message("Next: How it went.", in_=room)
        assert answer.to == people["Ana"].id
        assert answer.thread_ts == board.ts
        await people["Ana"].types("/als action what=Call", room)
        await (await people["Ana"].sees_form("Your action")).submit()
        kept = await people["Ana"].sees_message("Saved", in_=room)
        assert kept.thread_ts == board.ts


async def test_while_the_thread_is_empty_an_answer_stands_in_the_channel(machine, slack, room):
    people = {p.user.name: p for p in (Person(slack, u) for u in slack.world.users.values())}
    async with machine.running() as running:
        ana = people["Ana"]
        slack.breaks("chat.postMessage", "429", times=9, retry_after="30")
        await ana.types("/als start", room)
        form = await ana.sees_form("Start a set")
        await form.fill({"Name": "Aurora"}).submit()
        await running.settle()
        await ana.types("/als status", room)
        await running.settle()
        assert [m.thread_ts for m in slack.world.private if m.to == ana.id][-1] == ""


async def test_everyone_here_is_named_once_in_the_thread_and_so_follows_it(machine, slack, room):
    late = slack.person("Lou")
    room.members.append(late.id)
    async with machine.running() as running:
        people = await a_meeting(machine, slack, room)
        await check_in(running, people, room)
        board = await people["Ana"].sees_message("90 minutes, 1 presenter", in_=room)
        await late.presses("I'm here", in_=board)
        await late.presses("I agree", in_=room)
        await people["Ana"].presses("Use it anyway", in_=room)
        await running.settle()
        for name in ("Ben", "Chidi"):
            await people[name].presses("Offer an issue", in_=room)
            form = await people[name].sees_form("Your issue")
            await form.fill({"Issue": "Our funds"}).submit()
        for person in (*people.values(), late):
            if person.user.name not in ("Ben", "Chidi"):
                await person.presses("Nothing today", in_=room)
        await running.settle()
        await people["Ana"].sees("Which issue will you hear today?", in_=room)
    named = [who for who, message in slack.world.pings if message.thread_ts]
    assert sorted(named) == sorted(m for m in room.members if m != BOT)


async def listen(person: Person, room: Channel, text: str) -> None:
    await person.types(f"/als {text}", room)


async def test_an_unknown_word_brings_the_nearest(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running():
        await listen(ana, room, "strat")
        await ana.sees("Did you mean /als start?", in_=room)
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
