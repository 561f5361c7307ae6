"""What goes wrong on the way to Slack and back: nothing is lost, nothing is said twice."""

from __future__ import annotations

import asyncio

import pytest

from bot.runtime.ports.incoming import Answer, File
from tests.adapters.slack.harness import Machine, Running, found, six
from tests.adapters.slack.test_whole_set import check_in, offer
from tests.standins.slack import Channel, NotAnswered, Person, Slack
from tests.standins.slack_world import BOT

FAULTS = ["reset", "lost", "500", "500_done", "fatal_done", "html", "cut", "error:internal_error"]


@pytest.fixture
def mode() -> str:
    return "socket"


def bot_posts(slack: Slack, room: Channel, words: str) -> int:
    """How many messages of the bot in the room say this."""
    return sum(words in str(m.blocks) for m in room.messages if m.user == BOT)


async def begin(slack: Slack, room: Channel, ana: Person) -> None:
    await ana.types("/als start", room)
    form = await ana.sees_form("Start a set")
    await form.fill({"Name": "Aurora", "Who holds the process?": "The bot"}).submit()


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_post_of_unsure_fate_stands_once(machine: Machine, slack: Slack, fault: str):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    slack.world.scopes.add("groups:history")
    async with machine.running() as running:
        slack.breaks("chat.postMessage", fault)
        await begin(slack, room, ana)
        await running.settle()
        await running.move(seconds=61)
        await running.move(seconds=61)
        await ana.sees("Arriving", in_=room)
    assert bot_posts(slack, room, "90 minutes, one presenter") == 1


@pytest.mark.parametrize("fault", ["lost", "fatal_done"])
async def test_without_the_history_scope_slacks_own_word_is_proof(
    machine: Machine, slack: Slack, fault: str
):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running() as running:
        slack.breaks("chat.postMessage", fault)
        await begin(slack, room, ana)
        await running.settle()
        await running.move(seconds=61)
        await ana.sees("Arriving", in_=room)
    assert bot_posts(slack, room, "90 minutes, one presenter") == 1


async def test_silence_is_proof_where_slack_was_telling(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        # Slack tells the time in whole seconds: what it told of before must be surely before.
        await running.move(seconds=3)
        slack.breaks("chat.postMessage", "reset")
        for person in people.values():
            await person.presses("Done", in_=room)
        await running.settle()
        await running.move(seconds=61)
        await people["Ana"].sees("Offering issues", in_=room)
    assert bot_posts(slack, room, "Offer one issue privately") == 1


async def test_a_limit_is_waited_for(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running() as running:
        slack.breaks("chat.postMessage", "429", retry_after="40")
        await begin(slack, room, ana)
        await running.settle()
        await running.move(seconds=35)
        assert bot_posts(slack, room, "Aurora") == 0
        await running.move(seconds=10)
        await ana.sees("Arriving", in_=room)


@pytest.mark.parametrize("retry_after", [None, "86400", "soon"])
async def test_a_limit_without_a_believable_length(machine, slack, retry_after):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running() as running:
        slack.breaks("chat.postMessage", "429", retry_after=retry_after)
        await begin(slack, room, ana)
        await running.settle()
        await running.move(minutes=61)
        assert bot_posts(slack, room, "90 minutes, one presenter") == 1


async def test_a_slack_that_is_away_is_waited_for(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    slack.world.scopes.add("groups:history")
    async with machine.running() as running:
        await ana.types("/als start", room)
        form = await ana.sees_form("Start a set")
        slack.breaks("*", "reset", times=3)
        await form.fill({"Name": "Aurora"}).submit()
        await running.settle()
        slack.web.faults.clear()
        for _ in range(4):
            await running.move(seconds=61)
        await ana.sees("Arriving", in_=room)
    assert bot_posts(slack, room, "90 minutes, one presenter") == 1


async def test_a_name_that_does_not_come_does_not_keep_anyone_waiting(machine, slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running():
        slack.breaks("users.info", "slow", seconds=2.5)
        await ana.types("/als start", room)
        await ana.sees_form("Start a set")


async def test_a_form_whose_three_seconds_are_over_says_so(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running():
        slack.breaks("views.open", "error:expired_trigger_id")
        await ana.types("/als start", room)
        await ana.sees("That took too long and the form could not open.", in_=room)


DATES = File("aurora.ics", "text/calendar", "BEGIN:VCALENDAR", "Your set's <meetings>.")


def answering(running: Running, *files: File) -> None:
    """Let the bot answer everything with these files."""
    desk = running.adapter.desk

    class Bringing:
        form = desk._receiver.form

        async def receive(self, incoming):
            return Answer(("Here you are.",), files=files)

    desk._receiver = Bringing()


async def test_a_file_comes_by_direct_message_and_its_name_says_what_it_is(machine, slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running() as running:
        answering(running, DATES)
        await ana.types("/als home", room)
        await ana.sees("Here you are.", in_=room)
        await running.settle()
        assert ana.files() == [("aurora.ics", "BEGIN:VCALENDAR")]
        assert not ana.files(room)
        await ana.sees("Your set's <meetings>.", in_="dm")


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("files.getUploadURLExternal", "error:missing_scope"),
        ("files.getUploadURLExternal", "reset"),
        ("upload", "500"),
        ("files.completeUploadExternal", "429"),
        ("conversations.open", "error:user_disabled"),
    ],
)
async def test_a_file_that_does_not_get_through_is_said_so(machine, slack, method, fault):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running() as running:
        answering(running, DATES)
        slack.breaks(method, fault)
        await ana.types("/als home", room)
        await ana.sees("I could not bring aurora.ics by direct message", in_=room)
        await running.settle()
    assert not ana.files()


async def slow_receive(running: Running, seconds: float) -> None:
    """Let everything take that long before it is stored."""
    desk = running.adapter.desk
    receive = desk._receiver.receive

    class Slow:
        form = desk._receiver.form

        async def receive(self, incoming):
            await asyncio.sleep(seconds)
            return await receive(incoming)

    desk._receiver = Slow()


async def test_what_takes_longer_than_two_seconds_says_saving_and_then_the_outcome(machine, slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running() as running:
        await ana.types("/als start", room)
        form = await ana.sees_form("Start a set")
        await slow_receive(running, 2.4)
        await form.fill({"Name": "n" * 81}).submit()
        assert "Saving" in form.text
        await ana.sees("takes 80 characters")
        await form.fill({"Name": "Aurora"}).submit()
        await ana.sees("To call the others, copy this")
        await ana.types("/als status", room)
        await ana.sees("Saving…", in_=room)
        await running.settle()
        await ana.sees("Then: Check-in.", in_=room)


async def test_events_twice_backwards_and_late_change_nothing(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        await check_in(running, people, room)
        await offer(running, people, room)
        ballot = await people["Ana"].sees_message("Here are the issues on offer", in_=room)
        slack.delivery.hold()
        for name in ("Ben", "Chidi", "Dana", "Eve", "Farid"):
            people[name].reacts("three" if name != "Chidi" else "one", ballot)
        people["Ana"].reacts("two", ballot)
        people["Ana"].unreacts("two", ballot)
        people["Ana"].reacts("four", ballot)
        await slack.delivery.release(backwards=True, copies=2)
        await running.move(seconds=30)
        await running.move(minutes=10)
        await people["Ana"].sees("Chidi presents", in_=room)


async def test_votes_cast_while_the_socket_was_down_count(machine: Machine, slack: Slack):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    slack.delivery.retry_after = ()
    async with machine.running() as running:
        await found(people, room)
        await check_in(running, people, room)
        await offer(running, people, room)
        ballot = await people["Ana"].sees_message("Here are the issues on offer", in_=room)
        await slack.delivery.close_sockets()
        for name in ("Ana", "Ben", "Chidi", "Eve", "Farid"):
            people[name].reacts("four", ballot)
        people["Dana"].reacts("one", ballot)
        await slack.delivery.settle()
        assert slack.delivery.unacknowledged
        await slack.delivery.connected(20)
        await asyncio.sleep(2.5)
        await running.move(minutes=5)
        await people["Ana"].sees("Dana presents", in_=room)


async def test_a_line_that_went_deaf_is_rebuilt(machine: Machine, slack: Slack):
    ana = slack.person("Ana")
    room = slack.channel("aurora", [ana])
    async with machine.running() as running:
        line = running.adapter.line
        assert line is not None
        line._deaf_after = 1.0
        handler = line._handler
        assert handler is not None
        # As in the library's own trouble: nothing watches, nothing receives, and all seems well.
        handler.client.auto_reconnect_enabled = False
        for task in (handler.client.current_session_monitor, handler.client.message_receiver):
            assert task is not None
            task.cancel()
        slack.delivery.patience = 0.3
        with pytest.raises(NotAnswered):
            await ana.types("/als home", room)
        async with asyncio.timeout(10):
            while not line.rebuilt or len(slack.delivery.sockets) > 1:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        line._deaf_after = 28.0
        slack.delivery.patience = 3.0
        await ana.types("/als home", room)
        await ana.sees("There is no set here yet", in_=room)


async def test_a_line_that_cannot_be_rebuilt_gives_up(machine: Machine, slack: Slack, monkeypatch):
    from bot.adapters.slack.connection import socket as lines

    async with machine.running() as running:
        line = running.adapter.line
        assert line is not None

        async def fails() -> None:
            raise ConnectionError

        monkeypatch.setattr(line, "_connect", fails)
        monkeypatch.setattr(lines, "LOOK_EVERY", 0.01)
        line._deaf_after = -1.0
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(asyncio.shield(line.failed), 10)


async def test_slacks_own_pace_is_kept(machine: Machine, slack: Slack):
    from bot.app.serve import PACES

    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    slack.world.post_limit = 1.0
    async with machine.running(paces=PACES) as running:
        ana = people["Ana"]
        await begin(slack, room, ana)
        for _ in range(12):
            await running.move(seconds=1.1)
        for person in people.values():
            await person.presses("I'm here", in_=room)
            await person.presses("I agree", in_=room)
        for _ in range(30):
            await running.move(seconds=1.1)
        await ana.sees("Farid has joined", in_=room)
    assert not [c for c in slack.web.calls if c.error == "ratelimited"]
