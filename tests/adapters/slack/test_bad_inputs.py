"""Events, words and ids that somebody means badly, or that only come badly."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.core.wording import plain_emoji
from tests.adapters.slack.harness import PLACE, Machine, Running, found, six
from tests.adapters.slack.test_render import EVIL
from tests.adapters.slack.test_whole_set import check_in, offer
from tests.standins.slack import Channel, Fault, Message, Person, Slack
from tests.standins.slack_blocks import mentioned, texts
from tests.standins.slack_deliver import event_envelope
from tests.standins.slack_world import BOT, User


@pytest.fixture
def mode() -> str:
    return "socket"


@dataclass
class Ballot:
    """A set in mid-vote."""

    running: Running
    slack: Slack
    people: dict[str, Person]
    room: Channel
    message: Message

    async def sends(self, event: dict[str, object], times: int = 1, **more: object) -> None:
        """An event comes, as the envelope says."""
        envelope = event_envelope(self.slack.world, {"event_ts": "1.1", **event}) | more
        for _ in range(times):
            await self.slack.delivery.deliver(copy.deepcopy(envelope))

    def reaction(self, who: str, name: str, kind: str = "reaction_added", **more: str):
        item = {"type": "message", "channel": self.room.id, "ts": more.pop("ts", self.message.ts)}
        return {"type": kind, "user": who, "reaction": name, "item": item, "item_user": BOT}

    async def counts_for(self, name: str) -> str:
        """What `My vote` says."""
        person = self.people[name]
        await person.presses("My vote", in_=self.room)
        await self.running.settle()
        return person.private()[-1]


@pytest.fixture
async def ballot(machine: Machine, slack: Slack, caplog, capsys) -> AsyncIterator[Ballot]:
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    slack.delivery.retry_after = (0.0, 0.01, 0.01)
    async with machine.running() as running:
        await found(people, room)
        await check_in(running, people, room)
        await offer(running, people, room)
        message = await people["Ana"].sees_message("Here are the issues on offer", in_=room)
        yield Ballot(running, slack, people, room, message)
    said = caplog.text + capsys.readouterr().out
    for secret in ("spring campaign", "Our funder", "xoxb-", "xapp-"):
        assert secret not in said


async def wins(ballot: Ballot, name: str) -> None:
    await ballot.running.move(minutes=5)
    await ballot.people["Ana"].sees(f"{name} presents", in_=ballot.room)


async def test_17_the_same_event_three_times(ballot: Ballot):
    eve = ballot.people["Eve"]
    eve.reacts("two", ballot.message)
    await ballot.sends(ballot.reaction(eve.id, "two"), times=3)
    await wins(ballot, "Ben")


async def test_18_the_same_event_over_two_sockets(ballot: Ballot):
    ballot.slack.delivery.copies = 2
    ballot.people["Eve"].reacts("two", ballot.message)
    await ballot.running.settle()
    await wins(ballot, "Ben")


async def test_19_only_the_third_retry_comes(ballot: Ballot):
    eve = ballot.people["Eve"]
    eve.reacts("three", ballot.message)
    envelope = event_envelope(ballot.slack.world, ballot.reaction(eve.id, "three"))
    await ballot.slack.delivery._send("events_api", envelope, (3, "timeout"))
    await wins(ballot, "Chidi")


async def test_20_removed_comes_before_added(ballot: Ballot):
    eve = ballot.people["Eve"]
    await ballot.sends(ballot.reaction(eve.id, "two", "reaction_removed"))
    await ballot.sends(ballot.reaction(eve.id, "two"))
    ballot.people["Farid"].reacts("four", ballot.message)
    await wins(ballot, "Dana")


async def test_21_22_a_reaction_on_what_is_gone_or_closed(ballot: Ballot):
    await ballot.sends(ballot.reaction(ballot.people["Eve"].id, "two", ts="1.000001"))
    ballot.people["Farid"].reacts("four", ballot.message)
    await wins(ballot, "Dana")
    ballot.people["Eve"].reacts("two", ballot.message)
    await ballot.running.settle()
    assert "Ben presents" not in ballot.people["Ana"].screen(ballot.room)


async def test_23_24_25_bots_ourselves_and_strangers_do_not_count(ballot: Ballot):
    ballot.slack.world.users["U0ROBOT"] = User("U0ROBOT", "Robot", is_bot=True)
    stranger = ballot.slack.person("Zoe", stranger=True)
    for who in ("U0ROBOT", BOT, stranger.id):
        await ballot.sends(ballot.reaction(who, "two"))
        if who != BOT:
            ballot.message.reactions.setdefault("two", []).append(who)
    ballot.people["Farid"].reacts("four", ballot.message)
    await wins(ballot, "Dana")


async def test_27_28_30_odd_emoji_and_a_hundred_flips(ballot: Ballot):
    eve = ballot.people["Eve"]
    await ballot.sends(ballot.reaction(eve.id, "tada"))
    await ballot.sends(ballot.reaction(eve.id, "white_check_mark::skin-tone-6"))
    for _ in range(50):
        eve.reacts("two", ballot.message)
        eve.unreacts("two", ballot.message)
    eve.reacts("three", ballot.message)
    await ballot.running.settle()
    assert plain_emoji("✅🏿") == "✅"
    await wins(ballot, "Chidi")


async def test_31_32_an_event_of_another_workspace_or_organisation(ballot: Ballot):
    eve = ballot.people["Eve"].id
    foreign: dict[str, object] = {
        "team_id": "T0OTHER",
        "context_team_id": "T0OTHER",
        "authorizations": [],
    }
    await ballot.sends(ballot.reaction(eve, "two"), 1, **foreign)
    nobody: dict[str, object] = {
        "team_id": None,
        "context_team_id": None,
        "enterprise_id": "E0OTHER",
    }
    await ballot.sends(ballot.reaction(eve, "two"), 1, **nobody, authorizations=[])
    ballot.people["Farid"].reacts("four", ballot.message)
    await wins(ballot, "Dana")


# --- words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("evil", EVIL)
async def test_33_to_52_any_words_as_an_issue(machine: Machine, slack: Slack, evil: str, caplog):
    people = six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        await check_in(running, people, room)
        ana = people["Ana"]
        await ana.presses("Offer an issue", in_=room)
        form = await ana.sees_form("Your issue")
        form.values["title"] = {"answer": {"type": "plain_text_input", "value": evil[:3000]}}
        payload = ana.envelope("view_submission")
        payload["view"] = form.view.as_payload() | {"state": form._state()}
        told = await slack.delivery.interact("interactive", payload)
        form._answered(told)
        await running.move(minutes=20)
        taken = not form.errors
    assert taken or form.open
    sent = [t for m in room.messages for t in (*texts(m.blocks), m.text) if m.user == BOT]
    called = {who for text in sent for who in mentioned(text)}
    assert called <= {p.id for p in people.values()}
    assert not [c for c in slack.web.calls if c.error in ("invalid_blocks", "msg_too_long")]
    assert evil.strip() == "" or len(evil) < 8 or evil not in caplog.text


# --- ids and rights ---------------------------------------------------------------------------------


BAD_IDS = ["", "x", "-1", str(2**63), "1' OR '1'='1", "1|vote|s|0|x|AAAAAAAAAAA", "|" * 5, "é"]


@pytest.mark.parametrize("bad", BAD_IDS)
async def test_53_to_61_ids_that_are_not_ours(ballot: Ballot, bad: str):
    eve = ballot.people["Eve"]
    for block in ballot.message.blocks:
        for element in block.get("elements", ()):
            if element.get("type") == "button":
                element["action_id"] = bad
    await eve.presses("My vote", in_=ballot.message)
    await eve.sees("That button is not one of mine any more", in_=ballot.room)


async def test_59_60_a_changed_id_and_the_seal_of_another(ballot: Ballot):
    eve = ballot.people["Eve"]
    buttons = [e for b in ballot.message.blocks if b["type"] == "actions" for e in b["elements"]]
    first, second = buttons[0]["action_id"], buttons[1]["action_id"]
    body, _, _ = first.rpartition("|")
    _, _, seal = second.rpartition("|")
    for forged in (first.replace("my_vote", "end_sure"), f"{body}|{seal}"):
        buttons[0]["action_id"] = forged
        before = len(eve.private())
        await eve.presses("My vote", in_=ballot.message)
        await ballot.running.settle()
        assert "not one of mine" in eve.private()[before]


async def test_62_68_who_has_not_agreed_can_do_nothing(ballot: Ballot):
    zoe = ballot.slack.person("Zoe")
    ballot.room.members.append(zoe.id)
    for label in ("My vote", "Withdraw my issue", "Close the vote", "Next phase", "More"):
        before = len(zoe.private())
        await zoe.presses(label, in_=ballot.message)
        await ballot.running.settle()
        assert "Press I'm here" in zoe.private()[before]
        assert "Ana" not in zoe.private()[before]


async def test_53_the_same_button_in_another_workspace(ballot: Ballot):
    eve = ballot.people["Eve"]
    sealed = next(
        e["action_id"]
        for b in ballot.message.blocks
        if b["type"] == "actions"
        for e in b["elements"]
    )
    signer = ballot.running.bot.signer
    assert signer.open(PLACE, sealed) is not None
    assert signer.open("slack:T0OTHER", sealed) is None
    payload = eve.envelope("block_actions") | {"team": {"id": "T0OTHER", "domain": "x"}}
    payload |= eve._container(ballot.message)
    payload["actions"] = [{"type": "button", "action_id": sealed, "block_id": "b"}]
    before = len(eve.private())
    await ballot.slack.delivery.interact("interactive", payload)
    await ballot.running.settle()
    assert not any("vote" in said for said in eve.private()[before:])


# --- trouble of the platform ------------------------------------------------------------------------


async def test_95_the_channel_is_archived_in_mid_meeting(ballot: Ballot):
    ballot.room.archived = True
    await ballot.running.move(minutes=6)
    ballot.room.archived = False
    look = ballot.running.bot.look(PLACE, ballot.room.id)
    assert look.phase in ("present", "choose", "clarify")
    assert all(row.state != "dead" for row in look.outbox)


async def test_97_the_token_is_revoked_in_mid_meeting(ballot: Ballot):
    ballot.slack.world.token_error = "token_revoked"
    await ballot.running.move(minutes=6)
    ballot.slack.web.calls.clear()
    await ballot.running.move(minutes=6)
    posts = [c for c in ballot.slack.web.calls if c.method.startswith("chat.")]
    assert len(posts) <= 1


async def test_98_closed_direct_messages_are_the_persons_matter(machine: Machine, slack: Slack):
    people = six(slack)
    people["Ben"].user.dms_closed = True
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        await running.settle()
        await people["Ana"].sees("Welcome to Aurora", in_="dm")
        assert "Welcome" not in people["Ben"].screen("dm")
        await people["Ben"].sees("Check-in", in_=room)
        outbox = running.bot.look(PLACE, room.id).outbox
    assert [row.why for row in outbox if row.state == "dead"] == ["messages_tab_disabled"]


@pytest.mark.parametrize("kind", ["html", "cut", "error:fatal_error"])
async def test_91_92_93_an_answer_that_says_nothing(ballot: Ballot, kind: str):
    ballot.slack.world.scopes.add("groups:history")
    ballot.slack.web.faults["chat.postMessage"] = [Fault(kind)]
    ballot.people["Farid"].reacts("four", ballot.message)
    await ballot.running.move(minutes=5)
    await ballot.running.move(minutes=2)
    replies = [m for m in ballot.room.messages if m.thread_ts]
    results = [m for m in replies if "Dana presents" in str(m.blocks)]
    assert len(results) == 1
