"""The Slack stand-in holds bare slack-bolt to Slack's rules."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack import NotAnswered, NotSeen, Slack, running
from tests.standins.slack_world import APP_TOKEN, BOT_TOKEN, SECRET

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}}
ROW = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    ],
}
FORM = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "A form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "callback_id": "form",
    "blocks": [
        {
            "type": "input",
            "block_id": "name",
            "label": {"type": "plain_text", "text": "Name"},
            "element": {"type": "plain_text_input", "action_id": "v"},
        }
    ],
}


@pytest.fixture
async def slack():
    async with running() as open_slack:
        yield open_slack


@pytest.fixture
def client(slack: Slack) -> AsyncWebClient:
    return AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url, retry_handlers=[])


def bare(slack: Slack, seen: list[str]) -> AsyncApp:
    client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url)
    app = AsyncApp(client=client, signing_secret=SECRET, process_before_response=True)

    @app.command("/als")
    async def command(ack, body, client, command):
        if command["text"] == "form":
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)
            await ack()
        elif command["text"] == "late":
            await asyncio.sleep(0.5)
            await ack()
        else:
            await client.chat_postMessage(
                channel=command["channel_id"], text="Hi", blocks=[SECTION, ROW]
            )
            await ack("Heard you")

    @app.action("go")
    async def go(ack, body, respond):
        await ack()
        seen.append("pressed by " + body["user"]["id"])
        await respond("Gone", replace_original=False)

    @app.view("form")
    async def sent(ack, view):
        value = view["state"]["values"]["name"]["v"]["value"]
        if value == "bad":
            await ack(response_action="errors", errors={"name": "Not that"})
        else:
            seen.append(value)
            await ack()

    @app.event("reaction_added")
    async def reacted(event):
        seen.append(event["reaction"])

    return app


@pytest.fixture(params=["socket", "http"])
async def bolt(request, slack: Slack):
    seen: list[str] = []
    app = bare(slack, seen)
    if request.param == "socket":
        handler = AsyncSocketModeHandler(app, APP_TOKEN)
        await handler.connect_async()
        await slack.delivery.connected()
        yield seen
        await handler.close_async()
        return

    async def take(asked: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(asked)))

    server = web.Application()
    server.router.add_post("/slack/events", take)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    slack.delivery.http_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield seen
    await runner.cleanup()


async def test_people_act_by_what_they_see(slack: Slack, bolt: list[str]):
    ana, ben = slack.person("Ana"), slack.person("Ben")
    room = slack.channel("room", [ana, ben])

    await ana.types("/als hello", room)
    await ana.sees("Heard you", in_=room)
    await ben.presses("Go", in_=room)
    await ben.sees("Gone", in_=room)

    assert bolt == [f"pressed by {ben.id}"]
    assert "Gone" not in ana.screen(room)


async def test_a_form_is_filled_in_by_its_labels(slack: Slack, bolt: list[str]):
    ana = slack.person("Ana")
    room = slack.channel("room", [ana])
    await ana.types("/als form", room)
    form = await ana.sees_form("A form")

    await form.fill({"Name": "bad"}).submit()
    assert form.open
    assert form.errors == {"Name": "Not that"}
    with pytest.raises(NotSeen, match="please fill in"):
        await form.fill({"Name": ""}).submit()
    await form.fill({"Name": "good"}).submit()

    assert bolt == ["good"]
    assert "A form" not in ana.screen()


async def test_reactions_have_one_name_and_come_as_events(slack: Slack, bolt: list[str]):
    ana = slack.person("Ana")
    room = slack.channel("room", [ana])
    await ana.types("/als hello", room)
    message = await ana.sees_message("Hello", room)

    ana.reacts("thumbsup", message)
    assert ana.refused("+1", message) == "already_reacted"
    await slack.settle()

    assert bolt == ["+1"]


async def test_an_interaction_not_acknowledged_in_time_fails(slack: Slack, bolt: list[str]):
    ana = slack.person("Ana")
    slack.delivery.patience = 0.2
    with pytest.raises(NotAnswered):
        await ana.types("/als late", slack.channel("room", [ana]))


async def test_an_event_is_retried_until_acknowledged(slack: Slack, bolt: list[str]):
    slack.world.events.add("member_joined_channel")
    slack.delivery.retry_after, slack.delivery.patience = (0.0, 0.01, 0.01), 0.1
    slack.happens("member_joined_channel", user="U1", channel="C1")
    await slack.settle()
    assert len(slack.delivery.unacknowledged) == 1


async def error_of(call) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_trigger_opens_one_view_within_three_seconds(slack, client):
    now = [1_800_000_000.0]
    slack.world.clock = lambda: now[0]
    first, second = slack.world.trigger("U1"), slack.world.trigger("U1")
    await client.views_open(trigger_id=first, view=FORM)
    assert await error_of(client.views_open(trigger_id=first, view=FORM)) == "exchanged_trigger_id"
    now[0] += 3.1
    assert await error_of(client.views_open(trigger_id=second, view=FORM)) == "expired_trigger_id"


async def test_channels_have_doors(slack, client):
    ana = slack.person("Ana")
    open_one = slack.channel("open", [ana], private=False, bot=False)
    closed = slack.channel("closed", [ana], bot=False)
    done = slack.channel("done", [ana], archived=True)
    post = client.chat_postMessage
    assert await error_of(post(channel=open_one.id, text="x")) == "not_in_channel"
    assert await error_of(post(channel=closed.id, text="x")) == "channel_not_found"
    assert await error_of(post(channel=done.id, text="x")) == "is_archived"
    slack.world.scopes.discard("chat:write")
    assert await error_of(post(channel=done.id, text="x")) == "missing_scope"
    slack.world.token_error = "token_revoked"
    assert await error_of(post(channel=done.id, text="x")) == "token_revoked"


async def test_payloads_slack_would_refuse_are_refused(slack, client):
    room = slack.channel("room", [slack.person("Ana")]).id
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    for blocks in ([long], [SECTION] * 51, [{"type": "actions", "elements": []}], [{"type": "x"}]):
        call = client.chat_postMessage(channel=room, text="x", blocks=blocks)
        assert await error_of(call) == "invalid_blocks"
    total = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5
    call = client.chat_postMessage(channel=room, text="x", blocks=total)
    assert await error_of(call) == "msg_blocks_too_long"
    call = client.api_call("chat.postMessage", json={"channel": room})
    assert await error_of(call) == "no_text"


async def test_ephemeral_messages_are_in_no_history_and_metadata_comes_back(slack, client):
    ana = slack.person("Ana")
    room = slack.channel("room", [ana])
    slack.world.scopes.add("groups:history")
    await client.chat_postEphemeral(channel=room.id, user=ana.id, text="Only you")
    metadata = {"event_type": "als_message", "event_payload": {"key": "1"}}
    await client.chat_postMessage(channel=room.id, text="All", metadata=metadata)

    told = await client.conversations_history(channel=room.id, include_all_metadata=True)

    assert [m["text"] for m in told["messages"]] == ["All"]
    assert told["messages"][0]["metadata"] == metadata
    assert "Only you" in ana.screen(room)


async def test_calls_go_wrong_as_asked(slack, client):
    room = slack.channel("room", [slack.person("Ana")])
    slack.breaks("chat.postMessage", "429", retry_after="7")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=room.id, text="x")
    assert caught.value.response.headers["Retry-After"] == "7"
    for kind, posted in (("reset", 0), ("lost", 1), ("500", 1), ("500_done", 2), ("html", 2)):
        slack.breaks("chat.postMessage", kind)
        with pytest.raises((aiohttp.ClientError, SlackApiError)):
            await client.chat_postMessage(channel=room.id, text="x")
        assert len(room.messages) == posted, kind
    await slack.refuse()
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.chat_postMessage(channel=room.id, text="x")
    await slack.listen()
    assert (await client.chat_postMessage(channel=room.id, text="x"))["ok"]


async def test_posts_have_a_pace(slack, client):
    slack.world.post_limit = 1.0
    room = slack.channel("room", [slack.person("Ana")])
    for _ in range(6):
        await client.chat_postMessage(channel=room.id, text="x")
    assert await error_of(client.chat_postMessage(channel=room.id, text="x")) == "ratelimited"


async def test_an_answer_url_is_good_for_five_answers(slack):
    ana = slack.person("Ana")
    url = slack.response_url(ana.id, slack.channel("room", [ana]).id, None)
    async with aiohttp.ClientSession() as session:
        statuses = []
        for _ in range(6):
            async with session.post(url, json={"text": "x"}) as answer:
                statuses.append(answer.status)
    assert statuses == [200] * 5 + [404]


async def test_a_deaf_socket_stays_open_and_says_nothing(slack):
    app = bare(slack, [])
    handler = AsyncSocketModeHandler(app, APP_TOKEN)
    await handler.connect_async()
    await slack.delivery.connected()
    slack.delivery.deaf = True
    slack.delivery.patience = 0.1
    ana = slack.person("Ana")
    with pytest.raises(NotAnswered):
        await ana.types("/als hello", slack.channel("room", [ana]))
    assert json.dumps([s.closed for s in slack.delivery.sockets]) == "[false]"
    await handler.close_async()
