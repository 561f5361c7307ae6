"""Events, words and ids that somebody means badly, or that only come badly."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.adapters.slack.connection.api import call, client
from bot.adapters.slack.markup import escape
from bot.core.cards import Button, Card
from bot.core.learning_set.state import SetState
from bot.core.meeting.phases.choosing.bids import BID_FORM
from bot.core.signals import Caller, Typed
from bot.core.wording import plain_emoji, tidy
from bot.runtime.ports.incoming import Incoming
from bot.runtime.ports.outgoing import NotSent
from tests.adapters.slack.harness import PLACE, Machine, Running, found, six
from tests.adapters.slack.test_whole_set import check_in, offer
from tests.standins.slack import Channel, Fault, Message, Person, Slack
from tests.standins.slack_blocks import mentioned, texts
from tests.standins.slack_deliver import event_envelope
from tests.standins.slack_world import BOT, BOT_TOKEN, User


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

    @property
    def set(self) -> SetState:
        """The set as it is stored."""
        with self.running.bot.store.reading() as unit:
            found = unit.room_of_place(PLACE, self.room.id).set
        assert found is not None
        return found

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


# --- events ----------------------------------------------------------------------------------


async def test_the_same_event_id_three_times(ballot: Ballot):
    eve = ballot.people["Eve"]
    eve.reacts("two", ballot.message)
    await ballot.sends(ballot.reaction(eve.id, "two"), times=3)
    await wins(ballot, "Ben")


async def test_the_same_event_over_two_sockets(ballot: Ballot):
    ballot.slack.delivery.copies = 2
    ballot.people["Eve"].reacts("two", ballot.message)
    await ballot.running.settle()
    await wins(ballot, "Ben")


async def test_retry_3_only(ballot: Ballot):
    eve = ballot.people["Eve"]
    eve.reacts("three", ballot.message)
    envelope = event_envelope(ballot.slack.world, ballot.reaction(eve.id, "three"))
    await ballot.slack.delivery._send("events_api", envelope, (3, "timeout"))
    await wins(ballot, "Chidi")


async def test_removed_before_added(ballot: Ballot):
    eve = ballot.people["Eve"]
    await ballot.sends(ballot.reaction(eve.id, "two", "reaction_removed"))
    await ballot.sends(ballot.reaction(eve.id, "two"))
    ballot.people["Farid"].reacts("four", ballot.message)
    await wins(ballot, "Dana")


async def test_reaction_on_a_deleted_poll(ballot: Ballot):
    await ballot.sends(ballot.reaction(ballot.people["Eve"].id, "two", ts="1.000001"))
    ballot.people["Farid"].reacts("four", ballot.message)
    await wins(ballot, "Dana")


async def test_reaction_after_closing(ballot: Ballot):
    ballot.people["Farid"].reacts("four", ballot.message)
    await wins(ballot, "Dana")
    ballot.people["Eve"].reacts("two", ballot.message)
    await ballot.running.settle()
    assert "Ben presents" not in ballot.people["Ana"].screen(ballot.room)


@pytest.mark.parametrize("who", ["by a bot", "by our own bot", "by a non-member"])
async def test_reaction_of_somebody_who_has_no_vote(ballot: Ballot, who: str):
    world = ballot.slack.world
    world.users["U0ROBOT"] = User("U0ROBOT", "Robot", is_bot=True)
    stranger = ballot.slack.person("Zoe", stranger=True)
    known = {"by a bot": "U0ROBOT", "by our own bot": BOT, "by a non-member": stranger.id}
    person = known[who]
    await ballot.sends(ballot.reaction(person, "two"))
    if person != BOT:
        ballot.message.reactions.setdefault("two", []).append(person)
    ballot.people["Farid"].reacts("four", ballot.message)
    await wins(ballot, "Dana")


async def test_reaction_by_a_person_who_just_left(ballot: Ballot):
    eve = ballot.people["Eve"]
    await gone(ballot, "Eve")
    eve.reacts("two", ballot.message)
    ballot.people["Farid"].reacts("four", ballot.message)
    await wins(ballot, "Dana")


async def test_unknown_emoji(ballot: Ballot):
    await ballot.sends(ballot.reaction(ballot.people["Eve"].id, "tada"))
    ballot.people["Farid"].reacts("three", ballot.message)
    await wins(ballot, "Chidi")


async def test_skin_tone_variant(ballot: Ballot):
    eve = ballot.people["Eve"]
    await ballot.sends(ballot.reaction(eve.id, "white_check_mark::skin-tone-6"))
    await ballot.sends(ballot.reaction(eve.id, "+1::skin-tone-2"))
    assert plain_emoji("✅🏿") == "✅"
    ballot.people["Farid"].reacts("three", ballot.message)
    await wins(ballot, "Chidi")


async def test_burst_reaction_is_discords_and_an_unknown_key_here(ballot: Ballot):
    eve = ballot.people["Eve"]
    eve.reacts("two", ballot.message)
    await ballot.sends(ballot.reaction(eve.id, "two") | {"burst": True})
    await wins(ballot, "Ben")


async def test_a_hundred_flips_in_a_second(ballot: Ballot):
    eve = ballot.people["Eve"]
    for _ in range(50):
        eve.reacts("two", ballot.message)
        eve.unreacts("two", ballot.message)
    eve.reacts("three", ballot.message)
    await ballot.running.settle()
    await wins(ballot, "Chidi")


async def test_event_of_an_unknown_team(ballot: Ballot):
    foreign: dict[str, object] = {"team_id": "T0OTHER", "context_team_id": "T0OTHER"}
    reaction = ballot.reaction(ballot.people["Eve"].id, "two")
    await ballot.sends(reaction, 1, **foreign, authorizations=[])
    ballot.people["Farid"].reacts("four", ballot.message)
    await wins(ballot, "Dana")


async def test_event_with_enterprise_id_only(ballot: Ballot):
    nobody: dict[str, object] = {"team_id": None, "context_team_id": None, "enterprise_id": "E0X"}
    reaction = ballot.reaction(ballot.people["Eve"].id, "two")
    await ballot.sends(reaction, 1, **nobody, authorizations=[])
    ballot.people["Farid"].reacts("four", ballot.message)
    await wins(ballot, "Dana")


# --- words -----------------------------------------------------------------------------------

TEXTS = {
    "empty": "",
    "only spaces": "     ",
    "only zero-width": "\u200b\u200d\ufeff",
    "300": "x" * 300,
    "301": "y" * 301,
    "2000": "z" * 2000,
    "2001": "z" * 2001,
    "3000": "w" * 3000,
    "3001": "w" * 3001,
    "40,000": "v " * 20_000,
    "4-byte emoji at the cut": "u" * 299 + "👩‍👩‍👧‍👦",
    "combining marks x500": "e" + "\u0301" * 500,
    "right-to-left override": "\u202eright to left",
    "NUL": "a\0b",
    "lone surrogate": "a\ud800b",
    "<!channel>": "<!channel> <!here> <!everyone>",
    "<!subteam^S1>": "<!subteam^S1> <@U12345>",
    "@everyone": "@everyone",
    "<@&role>": "<@&role>",
    "<https://evil|bank>": "<https://evil|bank>",
    "``` and |||| spoilers": "``` |||| *_~`",
    "already escaped": "&lt;!here&gt; &amp;",
}
TITLE = next(f.limit for f in BID_FORM.fields if f.key == "title")


@pytest.mark.parametrize("case", TEXTS)
async def test_words_as_an_issue(machine: Machine, slack: Slack, case: str, caplog, capsys):
    evil, people = TEXTS[case], six(slack)
    room = slack.channel("aurora", list(people.values()))
    async with machine.running() as running:
        await found(people, room)
        await check_in(running, people, room)
        ana = people["Ana"]
        await ana.presses("Offer an issue", in_=room)
        form = await ana.sees_form("Your issue")
        form.values["title"] = {"answer": {"type": "plain_text_input", "value": evil}}
        payload = ana.envelope("view_submission")
        payload["view"] = form.view.as_payload() | {"state": form._state()}
        form._answered(await slack.delivery.interact("interactive", payload))
        await running.move(minutes=20)
    words = tidy(evil)
    assert bool(form.errors) is not (0 < len(words) <= TITLE)
    assert form.open is bool(form.errors)
    sent = [t for m in room.messages for t in (*texts(m.blocks), m.text) if m.user == BOT]
    assert form.errors or any(escape(words) in text for text in sent)
    assert {who for text in sent for who in mentioned(text)} <= {p.id for p in people.values()}
    assert not [c for c in slack.web.calls if c.error in ("invalid_blocks", "msg_too_long")]
    assert len(evil) < 8 or evil not in caplog.text + capsys.readouterr().out


# --- ids and rights --------------------------------------------------------------------------

IDS = {
    "not a number": "x",
    "negative": "-1",
    "2^63": str(2**63),
    "SQL in an id": "1' OR '1'='1",
    "changed custom_id": "1|vote|s|0|x|AAAAAAAAAAA",
    "empty": "",
    "bars": "|" * 5,
    "not ASCII": "é",
}


@pytest.mark.parametrize("case", IDS)
async def test_an_id_that_is_not_ours(ballot: Ballot, case: str):
    await pressed_with(ballot, "Eve", IDS[case])
    await ballot.people["Eve"].sees("That button is not one of mine any more", in_=ballot.room)


async def pressed_with(ballot: Ballot, name: str, action_id: str) -> str:
    """What somebody is told who presses a button with this id."""
    person = ballot.people[name]
    payload = person.envelope("block_actions") | person._container(ballot.message)
    payload["actions"] = [{"type": "button", "action_id": action_id, "block_id": "b"}]
    before = len(person.private())
    await ballot.slack.delivery.interact("interactive", payload)
    await ballot.running.settle()
    return "\n".join(person.private()[before:])


def sealed(ballot: Ballot, button: Button, subject: str = "", place: str = PLACE) -> str:
    """An id that the bot itself has made."""
    return ballot.running.bot.signer.seal(place, Card("", subject=subject), button)


async def gone(ballot: Ballot, name: str) -> None:
    """Somebody has no account any more."""
    person = ballot.people[name]
    ballot.slack.happens("user_change", user={"id": person.id, "deleted": True})
    await ballot.running.settle()


async def test_set_id_of_another_workspace(ballot: Ballot):
    eve = ballot.people["Eve"]
    there = sealed(ballot, Button("My vote", "my_vote"), place="slack:T0OTHER")
    assert "not one of mine" in await pressed_with(ballot, "Eve", there)
    payload = eve.envelope("block_actions") | {"team": {"id": "T0OTHER", "domain": "x"}}
    payload |= eve._container(ballot.message)
    here = sealed(ballot, Button("My vote", "my_vote"))
    payload["actions"] = [{"type": "button", "action_id": here, "block_id": "b"}]
    before = len(eve.private())
    await ballot.slack.delivery.interact("interactive", payload)
    await ballot.running.settle()
    assert not any("vote" in said for said in eve.private()[before:])


async def test_set_id_of_another_set(ballot: Ballot):
    other = sealed(ballot, Button("My vote", "my_vote"), subject="0" * 20)
    assert "belongs to a meeting that is over" in await pressed_with(ballot, "Eve", other)


async def test_changed_custom_id_and_valid_hmac_of_another_row(ballot: Ballot):
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


async def test_button_of_last_years_schema(ballot: Ballot):
    now = sealed(ballot, Button("My vote", "my_vote"))
    version, _, rest = now.partition("|")
    assert "not one of mine" in await pressed_with(ballot, "Eve", f"{int(version) - 1}|{rest}")


async def test_modal_opened_before_removal(ballot: Ballot):
    eve = ballot.people["Eve"]
    await eve.types("/als action", ballot.room)
    form = await eve.sees_form("Your action")
    await gone(ballot, "Eve")
    await form.fill({"What will you do?": "Call Mia"}).submit()
    assert form.open
    assert "Press I'm here" in str(form.errors)


async def test_action_owner_changed_meanwhile(ballot: Ballot):
    await ballot.people["Ben"].types("/als action what=Call", ballot.room)
    await (await ballot.people["Ben"].sees_form("Your action")).submit()
    await ballot.running.settle()
    action = ballot.set.actions[0].id
    done = sealed(ballot, Button("Done", "done", action))
    told = await pressed_with(ballot, "Eve", done)
    assert "Call" not in told
    assert ballot.set.actions[0].open


async def test_self_promotion_to_facilitator(ballot: Ballot):
    await ballot.people["Eve"].types("/als set people facilitator=@Eve", ballot.room)
    await ballot.running.settle()
    assert ballot.set.facilitator == ballot.people["Ana"].id


async def test_last_facilitator_leaves(ballot: Ballot):
    await gone(ballot, "Ana")
    assert ballot.set.facilitator == ballot.people["Ben"].id
    await ballot.people["Ben"].sees("Ana has no account here any more", in_="dm")


async def test_admin_asks_for_content(ballot: Ballot):
    admin = ballot.slack.person("Max")
    ballot.room.members.append(admin.id)
    for words in ("admin sets", "admin delivery", "report", "actions set", "home"):
        await admin.types(f"/als {words}", ballot.room)
    await ballot.running.settle()
    assert "spring campaign" not in "\n".join(admin.private())


async def test_operator_asks_for_content(ballot: Ballot):
    look = str(ballot.running.bot.look(PLACE, ballot.room.id))
    assert "spring campaign" not in look
    assert "Our funder" not in look


async def test_ex_member_clicks(ballot: Ballot):
    await gone(ballot, "Eve")
    for action in ("my_vote", "withdraw", "more", "next"):
        told = await pressed_with(ballot, "Eve", sealed(ballot, Button("x", action)))
        assert "Press I'm here" in told, action


async def test_slack_connect_stranger(ballot: Ballot):
    zoe = ballot.slack.person("Zoe", stranger=True)
    ballot.room.members.append(zoe.id)
    for label in ("My vote", "Withdraw my issue", "Close the vote", "Next phase", "More"):
        before = len(zoe.private())
        await zoe.presses(label, in_=ballot.message)
        await ballot.running.settle()
        assert "Press I'm here" in zoe.private()[before]
        assert "Ana" not in zoe.private()[before]


async def test_same_user_id_on_both_platforms(ballot: Ballot):
    eve = Caller(ballot.people["Eve"].id, "Eve")
    answer = await ballot.running.bot.service.receive(
        Incoming("d70", "discord:1", ballot.room.id, eve, Typed("status"))
    )
    assert answer.refusal is not None
    assert answer.refusal.code == "no_set"


# --- trouble of the platform -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "retry_after"),
    [("429 without Retry-After", None), ("Retry-After: 86400", "86400")],
)
async def test_a_limit(ballot: Ballot, case: str, retry_after: str | None):
    ballot.slack.breaks("chat.postMessage", "429", retry_after=retry_after)
    ballot.people["Farid"].reacts("four", ballot.message)
    await ballot.running.move(minutes=5)
    rows = ballot.running.bot.look(PLACE, ballot.room.id).outbox
    assert "ratelimited" in [row.why for row in rows]
    assert not [row for row in rows if row.state == "dead"]


@pytest.mark.parametrize(
    ("case", "fault"),
    [
        ("HTML instead of JSON", "html"),
        ("200 with ok:false", "error:fatal_error"),
        ("answer cut in the middle", "cut"),
    ],
)
async def test_an_answer_that_says_nothing(ballot: Ballot, case: str, fault: str):
    ballot.slack.world.scopes.add("groups:history")
    ballot.slack.web.faults["chat.postMessage"] = [Fault(fault)]
    ballot.people["Farid"].reacts("four", ballot.message)
    await ballot.running.move(minutes=5)
    await ballot.running.move(minutes=2)
    replies = [m for m in ballot.room.messages if m.thread_ts]
    results = [m for m in replies if "Dana presents" in str(m.blocks)]
    assert len(results) == 1


async def test_tls_error(slack: Slack):
    web = client(BOT_TOKEN, slack.api_url.replace("http:", "https:"), None)
    with pytest.raises(NotSent):
        await call(web, "chat.postMessage", channel="C1", text="x")
    assert not slack.web.calls


async def test_channel_archived_in_the_middle_of_a_meeting(ballot: Ballot):
    ballot.room.archived = True
    await ballot.running.move(minutes=6)
    ballot.room.archived = False
    ballot.slack.happens("group_unarchive", channel=ballot.room.id, user="U1")
    await ballot.running.settle()
    look = ballot.running.bot.look(PLACE, ballot.room.id)
    assert look.phase in ("present", "choose", "clarify")
    assert all(row.state != "dead" for row in look.outbox)
    await ballot.people["Ana"].sees("presents", in_=ballot.room)


async def test_thread_locked(ballot: Ballot):
    locked = "error:restricted_action_thread_locked"
    ballot.slack.breaks("chat.postMessage", locked, times=1)
    ballot.people["Farid"].reacts("four", ballot.message)
    await ballot.running.move(minutes=5)
    rows = ballot.running.bot.look(PLACE, ballot.room.id).outbox
    assert not [row for row in rows if row.state == "dead"]
    assert "restricted_action_thread_locked" in [row.why for row in rows]


async def test_token_revoked_in_the_middle(ballot: Ballot):
    ballot.slack.world.token_error = "token_revoked"
    await ballot.running.move(minutes=6)
    ballot.slack.web.calls.clear()
    await ballot.running.move(minutes=6)
    posts = [c for c in ballot.slack.web.calls if c.method.startswith("chat.")]
    assert len(posts) <= 1


async def test_dms_closed(machine: Machine, slack: Slack):
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
