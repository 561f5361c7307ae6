"""The page's doors, over real sockets."""

import asyncio
import json
import logging

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from bot.adapters.playground.connect import LARGEST_MESSAGE, MOST_TABS, Playground
from bot.runtime.ports.incoming import File
from tests.playground.conftest import Tab, address, button, origin, titles
from tests.playground.tiny_bot import TinyBot

# The door.


async def test_the_page_opens_with_its_key_alone(playground, browser):
    async with browser.get(playground.url) as answer:
        page = await answer.text()
        assert answer.status == 200
        assert "What is an Action Learning Set?" in page
        assert playground.token not in page
    for url in (address(playground, "/").partition("?")[0], playground.url + "x"):
        async with browser.get(url) as answer:
            assert answer.status == 403
            assert "the exact address that the terminal shows" in await answer.text()


async def test_every_answer_forbids_what_the_page_does_not_need(playground, browser):
    base = playground.url.partition("/?")[0]
    for url in (playground.url, f"{base}/static/app.js", f"{base}/nothing", f"{base}/"):
        async with browser.get(url) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_page_holds_no_script_and_no_style_of_its_own_and_asks_nobody(
    playground, browser
):
    async with browser.get(playground.url) as answer:
        page = await answer.text()

    assert "<script>" not in page
    assert "<style" not in page
    assert "style=" not in page
    assert " on" + "click" not in page
    assert "http://" not in page
    assert "https://" not in page


GESTURE = "00000000-0000-4000-8000-000000000001"
"""One id for what is refused before it counts: a case keeps its name from run to run."""


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", ""])
async def test_another_name_for_this_machine_is_refused(playground, browser, host):
    async with browser.get(playground.url, headers={"Host": host}) as answer:
        assert answer.status in (400, 403)


@pytest.mark.parametrize("name", ["..%2fserver.py", "server.py", "%2e%2e/render.py", "", "nothing"])
async def test_no_other_file_is_given_out(playground, browser, name):
    base = playground.url.partition("/?")[0]
    async with browser.get(f"{base}/static/{name}") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("key", "headers"),
    [
        (True, {"Origin": "https://evil.example"}),
        (True, {"Origin": "null"}),
        (True, {}),
        (False, None),
    ],
)
async def test_the_socket_takes_no_foreign_page_and_no_wrong_key(playground, browser, key, headers):
    url = address(playground) if key else address(playground) + "x"

    with pytest.raises(WSServerHandshakeError) as refused:
        await browser.ws_connect(url, headers=origin(playground) if headers is None else headers)

    assert refused.value.status == 403


async def test_it_serves_this_machine_alone():
    bot = TinyBot()

    with pytest.raises(ValueError, match="this machine alone"):
        await Playground(bot, bot, bot).start("0.0.0.0", 0)


async def test_a_taken_port_is_left_for_another_and_that_is_said(playground, bot):
    taken = int(playground.url.partition("/?")[0].rpartition(":")[2])
    second = Playground(bot, bot, bot)

    url = await second.start(port=taken)

    assert f":{taken}/" not in url
    assert second.note == f"Port {taken} is taken, so the page is on port {second._port}."
    assert playground.note == ""
    await second.stop()


async def test_two_pages_have_two_keys(bot):
    assert Playground(bot, bot, bot).token != Playground(bot, bot, bot).token


async def test_one_tab_too_many_is_asked_to_wait(playground, open_tab, browser):
    for _ in range(MOST_TABS):
        await open_tab()

    with pytest.raises(WSServerHandshakeError) as refused:
        await browser.ws_connect(address(playground), headers=origin(playground))

    assert refused.value.status == 503


# What comes in.


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "[]",
        json.dumps({"do": "fly", "id": GESTURE, "who": "ana"}),
        json.dumps({"do": "press", "id": GESTURE, "who": "ana"}),
        json.dumps({"do": "watch", "id": GESTURE, "who": "mallory"}),
        json.dumps({"do": "clock", "id": GESTURE, "who": "ana", "to": "yesterday"}),
        json.dumps({"do": "press", "id": GESTURE, "who": "ana", "message": "m1", "button": "x"}),
        json.dumps({"do": "submit", "id": GESTURE, "who": "ana", "token": "x", "fields": {}}),
        json.dumps(
            {"do": "inspect", "id": GESTURE, "who": "ana", "message": "m1", "look": "plain"}
        ),
    ],
)
async def test_what_cannot_be_done_is_refused_in_a_sentence_and_the_tab_stays(open_tab, raw):
    tab = await open_tab()

    await tab.socket.send_str(raw)
    reply = await tab.next("reply")

    assert reply["refused"].endswith(".")
    assert "form" in await tab.send("write", words="/als start")


async def test_bytes_are_refused_and_too_many_close_the_tab(open_tab):
    tab = await open_tab()
    await tab.socket.send_bytes(b"\x00\x01")
    assert "refused" in await tab.next("reply")

    await tab.socket.send_str("x" * (LARGEST_MESSAGE + 1))

    closed = await tab.socket.receive(timeout=10)
    while closed.type is WSMsgType.TEXT:
        closed = await tab.socket.receive(timeout=10)
    assert closed.type is WSMsgType.CLOSE
    assert closed.data == 1009


async def test_our_own_mistake_is_said_so_and_the_words_stay_out_of_the_log(
    open_tab, bot, caplog, capsys
):
    tab = await open_tab()
    opened = await tab.send("write", words="/als start")
    bot.failing = True

    with caplog.at_level(logging.DEBUG):
        reply = await tab.fill(opened, name="A very private name")

    assert reply["refused"] == (
        "Something went wrong on this machine; the terminal says more. Please try again."
    )
    said = caplog.text + capsys.readouterr().out
    assert "RuntimeError" in said
    assert "private" not in said
    assert "must not be logged" not in said


# What people do.


async def test_a_file_is_a_link_that_only_this_page_can_follow(open_tab, playground, browser):
    tab = await open_tab()
    file = File("Zoë's dates.ics", "text/calendar", "BEGIN:VCALENDAR", "Your meetings.")
    playground.world.bring("ana", file)
    playground.world.tell()

    shown = await tab.sees(lambda state: next((m for m in state["direct"] if m["file"]), None))

    assert (shown["words"], shown["file"]) == ("Your meetings.", "Zoë's dates.ics")
    address = f"{playground.url.partition('/?')[0]}/file/{shown['id']}"
    async with browser.get(f"{address}?k={playground.token}") as kept:
        assert await kept.text() == "BEGIN:VCALENDAR"
        assert kept.headers["Content-Disposition"].startswith("attachment;")
        assert kept.content_type == "application/octet-stream"
    async with browser.get(address) as foreign:
        assert foreign.status == 403
    async with browser.get(f"{address}0?k={playground.token}") as gone:
        assert gone.status == 404


async def test_an_answer_with_files_lands_among_the_direct_messages(open_tab, bot):
    tab = await open_tab()
    file = File("aurora.ics", "text/calendar", "BEGIN:VCALENDAR", "Your meetings.")
    bot.files = (file,)
    await tab.send("write", words="/als help")
    await tab.sees(lambda state: [m for m in state["direct"] if m["file"] == "aurora.ics"])


async def found(tab):
    opened = await tab.send("write", words="/als start")
    await tab.fill(opened, name="Aurora")
    await tab.sees(lambda state: "Arriving" in titles(state))


def board_of(tab):
    return next(
        m["id"] for m in tab.state["channel"] if m["card"] and m["card"]["title"] == "Aurora"
    )


async def test_what_stays_the_same_is_said_once(open_tab):
    tab = await open_tab()

    assert [person["name"] for person in tab.hello["personas"]] == [
        "Ana",
        "Ben",
        "Chidi",
        "Dana",
        "Eve",
        "Farid",
    ]
    assert {"start", "bid", "set join"} <= {verb["name"] for verb in tab.hello["verbs"]}
    assert tab.hello["looks"] == ["Slack"]


async def test_a_gesture_reaches_the_bot_with_its_own_id_and_person(open_tab, bot):
    tab = await open_tab()
    await found(tab)
    await tab.play("ben")
    await tab.press("I'm here")

    last = bot.deliveries[-1]
    assert (last.installation, last.place, last.who.person) == ("playground", "aurora", "ben")
    assert last.delivery
    assert len({incoming.delivery for incoming in bot.deliveries}) == len(bot.deliveries)


async def test_two_tabs_play_in_one_world_and_see_what_their_person_may(open_tab):
    ana, ben = await open_tab(), await open_tab()
    await ben.play("ben")
    await found(ana)

    await ben.sees(lambda state: "Arriving" in titles(state))
    await ben.press("I'm here")
    mine = await ben.sees(lambda state: [m for m in state["channel"] if m["only"]])

    assert mine[0]["only"] == "Ben"
    assert mine[0]["card"]["title"] == "What we agree on in Aurora"
    await ben.press("I agree")
    await ana.sees(lambda state: "Ben has joined Aurora" in titles(state))
    assert all(message["only"] in ("", "Ana") for message in ana.state["channel"])
    assert ana.state["direct"] == []
    await ben.sees(lambda state: titles(state, "direct") == ["Welcome to Aurora"])
    await ana.sees(lambda state: state["unread"]["ben"] == 1)
    await ben.send("read")
    await ana.sees(lambda state: state["unread"]["ben"] == 0)


async def test_who_comes_back_gets_the_whole_picture(open_tab):
    first = await open_tab()
    await found(first)
    await first.press("I'm here")
    before = await first.sees(lambda state: "What we agree on in Aurora" in titles(state) and state)
    await first.socket.close()

    again = await open_tab()

    picture = ("channel", "direct", "look", "deeds", "unread")
    assert {key: again.state[key] for key in picture} == {key: before[key] for key in picture}


async def test_a_refused_form_stays_open_and_says_which_field(open_tab):
    tab = await open_tab()
    opened = await tab.send("write", words="/als start")

    refused = await tab.fill(opened, name="  ")
    taken = await tab.fill(opened, name="Aurora")
    twice = await tab.fill(opened, name="Aurora")

    assert refused["field"] == "name"
    assert refused["refused"] == "“Name” is still empty; a few words are enough."
    assert "refused" not in taken
    assert "open it again" in twice["refused"]


async def test_a_form_is_answered_only_by_whom_it_was_opened_for(open_tab):
    tab = await open_tab()
    opened = await tab.send("write", words="/als start")
    tab.who = "ben"

    assert "refused" in await tab.fill(opened, name="Aurora")


async def test_a_button_only_counts_on_the_message_it_stands_on(open_tab):
    tab = await open_tab()
    await found(tab)
    message, sealed = button(tab.state, "Begin")
    board = board_of(tab)

    assert board != message
    reply = await tab.send("press", message=board, button=sealed)

    assert "not in use any more" in reply["refused"]


async def test_nobody_presses_what_only_somebody_else_sees(open_tab):
    tab = await open_tab()
    await found(tab)
    await tab.press("I'm here")
    await tab.sees(lambda state: button(state, "I agree"))
    message, sealed = button(tab.state, "I agree")
    tab.who = "ben"

    assert "refused" in await tab.send("press", message=message, button=sealed)


async def test_a_private_refusal_is_told_in_the_channel_to_one_person(open_tab):
    tab = await open_tab()
    await found(tab)

    reply = await tab.press("Begin")

    assert reply["told"]
    await tab.sees(lambda state: any(m["only"] == "Ana" for m in state["channel"]))
    await tab.play("ben")
    assert not any(m["only"] for m in tab.state["channel"])


async def test_ordinary_words_are_seen_by_all_and_never_reach_the_bot(open_tab, bot):
    tab = await open_tab()
    before = len(bot.deliveries)

    await tab.send("write", words="Hello everybody")
    await tab.play("ben")

    assert "Hello everybody" in titles(tab.state)
    assert len(bot.deliveries) == before


async def test_a_double_click_is_one_press_each_with_its_own_id(open_tab):
    tab = await open_tab()
    await found(tab)
    await tab.press("I'm here")
    await tab.sees(lambda state: button(state, "I agree"))
    message, sealed = button(tab.state, "I agree")

    first = await tab.send("press", message=message, button=sealed)
    second = await tab.send("press", message=message, button=sealed)

    assert "refused" not in first
    assert "not in use any more" in second["refused"]


async def test_payloads_are_shown_in_every_look(open_tab):
    tab = await open_tab()
    await found(tab)
    board = board_of(tab)

    plain = await tab.send("inspect", message=board, look="plain")
    slack = await tab.send("inspect", message=board, look="Slack")

    assert plain["payload"]["title"] == "Aurora"
    assert slack["payload"] == {"slack": "Aurora"}


async def test_starting_over_empties_everything(open_tab):
    tab = await open_tab()
    await found(tab)

    await tab.send("reset")

    await tab.sees(lambda state: state["channel"] == [] and state["look"]["set"] == "")
    assert tab.state["deeds"] == []


# The clock.


async def test_the_clock_says_where_it_cannot_lead(open_tab):
    tab = await open_tab()

    assert tab.state["clock"]["phase"] == "No meeting is on just now."
    assert "No meeting is planned yet" in (await tab.send("clock", to="meeting"))["refused"]
    assert "refused" not in await tab.send("clock", to="minute")
    moved = await tab.sees(lambda state: state["moved"])
    assert (moved["from"], moved["to"]) == (
        "2027-03-01T18:00:00+00:00",
        "2027-03-01T18:01:00+00:00",
    )
    assert moved["said"] == ["Nothing was due."]


async def test_six_weeks_keep_the_wall_time_over_the_change_of_summer_time(open_tab):
    tab = await open_tab()

    await tab.send("clock", to="weeks")

    moved = await tab.sees(lambda state: state["moved"])
    assert moved["to"] == "2027-04-12T18:00:00+01:00"


async def test_a_running_clock_is_told_from_second_to_second(playground, open_tab, bot):
    tab = await open_tab()

    told = await asyncio.wait_for(tab.next("now"), 10)

    assert told["now"] == "2027-03-01T18:00:00+00:00"


# Other platforms' looks.


async def test_a_chosen_look_brings_every_cards_payload(open_tab):
    tab = await open_tab()
    await found(tab)
    assert all(message["payload"] is None for message in tab.state["channel"])

    await tab.send("watch", look="Slack")
    await tab.sees(lambda state: state["shown"] == "Slack")

    payloads = [message["payload"] for message in tab.state["channel"] if message["card"]]
    assert {"slack": "Aurora"} in payloads
    assert all(payloads)


async def test_a_look_that_fails_leaves_the_plain_card(browser, bot):
    def failing(card):
        raise ValueError("words that must not be logged")

    page = Playground(bot, bot, bot, looks={"Broken": failing})
    bot.world = page.world
    await page.start(port=0)
    async with browser.ws_connect(address(page), headers=origin(page)) as socket:
        tab = Tab(socket)
        await found(tab)
        await tab.send("watch", look="Broken")
        await tab.sees(lambda state: state["shown"] == "Broken")

    board = next(message for message in tab.state["channel"] if message["card"])
    assert board["payload"] is None
    assert board["card"]["title"] == "Aurora"
    await page.stop()
