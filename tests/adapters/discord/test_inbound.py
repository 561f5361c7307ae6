"""What people do on Discord, as signals; and what each of them alone is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.adapters import conversation
from bot.adapters.discord import commands
from bot.core.cards import Block, Button, Card, Choice, Field, FieldKind, Form, Quote, Text, buttons
from bot.core.decision import Refusal
from bot.core.signals import Pressed, Reacted, Submitted, Typed
from bot.core.verbs import VERBS, Verb, VerbOption
from bot.runtime.ports.incoming import Answer, File
from bot.runtime.ports.outgoing import Destination, Op, Outgoing
from tests.adapters.discord.line import Line
from tests.standins.discord import (
    FORUM,
    PERMISSIONS,
    PRIVATE_THREAD,
    VOICE,
    Message,
    person,
    rules,
    shown,
    until,
)
from tests.standins.discord.world import Channel

CARD = Card("Choosing", buttons(Button("More", "more", "7")), "Now.", "subject", 3)
URGENCY = (Choice("1", "Low"), Choice("2", "Mid"), Choice("", "No word"))
FORM = Form(
    "bid",
    "Your issue",
    (
        Field("title", "Issue"),
        Field("urgency", "How urgent?", FieldKind.CHOICE, value="2", choices=URGENCY),
    ),
    subject="subject",
    step=3,
    value="v",
)


async def posted(line: Line, card: Card = CARD, **more: Any):
    ref = await line.outbound.post(line.out(card, **more))
    channel = line.server.channels[int(ref.split("/")[0])]
    return channel.message(int(ref.split("/")[1]))


# --- commands ------------------------------------------------------------------------------------


def test_every_verb_is_registered_once_and_fits():
    made = commands.commands()
    rules.check_commands(made)
    every = next(c for c in made if c["name"] == "als")["options"]
    names = {f"{o['name']} {i['name']}" for o in every if o["type"] == 2 for i in o["options"]}
    names |= {o["name"] for o in every if o["type"] == 1}
    assert names == {v.name for v in VERBS if not v.name.startswith("admin ")}
    gated = next((c["options"] for c in made if c["name"] == "als-admin"), [])
    assert {f"admin {o['name']}" for o in gated} == {v.name for v in VERBS} - names


def test_admin_verbs_stand_apart_and_are_gated():
    usual = (v for v in VERBS if not v.name.startswith("admin "))
    verbs = (*usual, Verb("admin doctor", "Looks.", VERBS[0].right, (VerbOption("deep", "Deep?"),)))
    rules.check_commands(commands.commands(verbs))
    admin = next(c for c in commands.commands(verbs) if c["name"] == "als-admin")
    assert admin["default_member_permissions"] == 32
    assert [o["name"] for o in admin["options"]] == ["doctor"]


async def test_commands_are_registered_only_when_they_changed(line: Line):
    assert line.server.syncs == 1
    await line.hang_up()
    await line.connect()
    assert line.server.syncs == 1
    line.server.commands[0]["options"][0]["description"] = "Old words."
    await line.hang_up()
    await line.connect()
    assert line.server.syncs == 2


async def test_a_command_with_a_group_and_typed_options(line: Line):
    await line.ana.types("/als extend minutes:5", line.place)
    await line.ana.types("/als set join", line.place)
    await line.ana.types("/als start format:90", line.place)
    signals = [i.signal for i in line.listener.came]
    assert signals == [
        Typed("extend", (("minutes", "5"),)),
        Typed("set join"),
        Typed("start", (("format", "90"),)),
    ]
    [first, *_] = line.listener.came
    assert (first.installation, first.place) == (line.installation, str(line.place.id))
    assert first.who.name == "Ana"


async def test_where_no_set_can_live_the_answer_says_where_to_go(line: Line):
    talk = line.server.channel(line.guild, "talk", type=VOICE)
    forum = line.server.channel(line.guild, "forum", type=FORUM)
    post = line.server.channel(line.guild, "post", type=11, parent=forum, owner=line.ana.user)
    await line.hang_up()
    await line.connect()
    for channel in (talk, post):
        one = await line.ana.types("/als start", channel)
        assert "A set cannot live here" in shown(one.said[0])
    assert line.listener.came == []


async def test_a_thread_of_a_place_is_the_place_and_a_peoples_private_one_its_own(line: Line):
    usual = line.server.channel(line.guild, "t", type=11, parent=line.place, owner=line.ana.user)
    own = Channel("p", PRIVATE_THREAD, guild=line.guild, parent=line.open, owner=line.ana.user)
    line.server.channels[own.id] = line.guild.channels[own.id] = own
    own.people = [line.ana.user, line.server.bot]
    await line.ana.types("/als status", usual)
    await line.ana.types("/als status", own)
    assert [i.place for i in line.listener.came] == [str(line.place.id), str(own.id)]


async def test_a_missing_permission_is_named_with_a_new_invite_link(line: Line):
    line.guild.roles[line.guild.id].permissions &= ~PERMISSIONS["create_private_threads"]
    await line.hang_up()
    await line.connect()
    await line.ana.types("/als start", line.place)
    said = await line.ana.sees("I lack a permission here: Create Private Threads.")
    assert "discord.com/oauth2/authorize" in shown(said)
    assert line.listener.came == []


# --- answers ------------------------------------------------------------------------------------


async def test_a_refusal_and_a_card_are_for_one_person(line: Line):
    line.listener.answer = Answer(refusal=Refusal("Not now, please."))
    await line.ana.types("/als status", line.place)
    assert (await line.ana.sees("Not now, please.")).ephemeral
    line.listener.answer = Answer((Card("Where we are", (Text("Here *really*"),)),))
    await line.ana.types("/als status", line.place)
    await line.ana.sees("Here *really*")
    ben = person(line.server, "Ben", line.guild)
    assert ben.sees_now("Here *really*") is None


async def test_a_press_that_changes_something_visible_gets_no_further_word(line: Line):
    message = await posted(line)
    one = await line.ana.presses("More", message)
    assert (one.answer, one.said) == (6, [])
    [came] = line.listener.came
    assert came.signal == Pressed("more", "subject", 3, "7")
    assert came.message == f"{line.place.id}/{message.id}"


async def test_what_takes_long_is_put_off_at_two_seconds_and_then_told(
    line: Line, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(conversation, "GUARD", 0.05)
    line.listener.takes = 0.2
    line.listener.answer = Answer(("Kept.",))
    one = await line.ana.types("/als status", line.place)
    assert one.answer == 5
    assert (await line.ana.sees("Kept.")).ephemeral
    assert len(one.said) == 1
    message = await posted(line)
    one = await line.ana.presses("More", message)
    assert one.answer == 6
    await until(lambda: len(one.said) == 1 or None, "the word after")
    line.listener.answer = Answer(changed=True)
    one = await line.ana.types("/als status", line.place)
    await until(lambda: any(a.method == "DELETE" for a in line.server.asked) or None, "tidied up")


async def test_an_answer_to_a_private_card_replaces_it(line: Line):
    line.listener.answer = Answer((Card("My vote", buttons(Button("Vote 1", "vote", "1"))),))
    await line.ana.types("/als vote", line.place)
    mine = await line.ana.sees("My vote")
    line.listener.answer = Answer((Card("My vote", (Text("It counts for 1."),)),))
    one = await line.ana.presses("Vote 1")
    assert one.answer == 7
    assert "It counts for 1." in shown(mine)


async def test_a_long_card_comes_in_several_messages(line: Line):
    rows: list[Block] = []
    for n in range(12):
        row = (Button(f"B{n}{k}", "done", f"{n}{k}") for k in range(4))
        rows += [Quote(f"Action {n}"), *buttons(*row)]
    line.listener.answer = Answer((Card("Your actions", tuple(rows)),))
    one = await line.ana.types("/als actions", line.place)
    await until(lambda: len(one.said) == 2 or None, "both halves")
    assert all(m.ephemeral for m in one.said)
    assert "[B113]" in shown(one.said[1])


async def test_late_answers_and_lost_replies_do_not_answer_twice(line: Line):
    line.server.faults.add("POST", "/callback$", "lost")
    line.listener.answer = Answer(("Kept.",))
    await line.ana.types("/als status", line.place)
    await asyncio.sleep(0.1)
    callbacks = [a for a in line.server.asked if a.path.endswith("/callback")]
    assert len(callbacks) == 1


async def test_a_duplicated_dispatch_is_brought_with_the_same_delivery(line: Line):
    line.server.gateway.twice = True
    await line.ana.types("/als status", line.place)
    await until(lambda: len(line.listener.came) == 2 or None, "both")
    assert len({i.delivery for i in line.listener.came}) == 1
    await asyncio.sleep(0.05)
    codes = [a.status for a in line.server.asked if a.path.endswith("/callback")]
    assert codes == [200, 400], "the second callback is refused and nobody notices"


# --- forms ----------------------------------------------------------------------------------------


async def test_a_form_opens_is_filled_in_and_handed_in(line: Line):
    message = await posted(line)
    line.listener.opens = FORM
    await line.ana.presses("More", message)
    form = await line.ana.sees_form("Your issue")
    assert form.labels == ["Issue", "How urgent?"]
    await form.fill({"Issue": "Tired", "How urgent?": "No word"}).submit()
    [came] = line.listener.came
    assert came.signal == Submitted("bid", (("title", "Tired"), ("urgency", "")), "subject", 3, "v")


async def test_a_refused_form_gives_the_words_back_and_opens_again_filled(line: Line):
    line.listener.opens = FORM
    await line.ana.types("/als bid", line.place)
    line.listener.answer = Answer(refusal=Refusal("Too long.", "too_long", "title"))
    form = await line.ana.sees_form("Your issue")
    await form.fill({"Issue": "My *long* words"}).submit()
    back = await line.ana.sees("Too long.")
    assert "My *long* words" in shown(back)
    await line.ana.presses("Correct it")
    again = await line.ana.sees_form("Your issue")
    assert again.values["Issue"] == "My *long* words"
    line.listener.answer = Answer(changed=True)
    await again.submit()
    assert line.title() == "My *long* words"


async def test_a_form_open_over_a_restart_is_still_taken(line: Line):
    line.listener.opens = FORM
    await line.ana.types("/als bid", line.place)
    form = await line.ana.sees_form("Your issue")
    await line.hang_up()
    await line.connect()
    await form.fill({"Issue": "Still here"}).submit()
    assert line.title() == "Still here"
    line.listener.answer = Answer(refusal=Refusal("That part is over."))
    await line.ana.types("/als bid", line.place)
    form = await line.ana.sees_form("Your issue")
    await line.hang_up()
    await line.connect()
    await form.fill({"Issue": "Words to keep"}).submit()
    assert "Words to keep" in shown(await line.ana.sees("That part is over."))


async def test_a_button_works_after_a_restart_as_before_it(line: Line):
    message = await posted(line)
    await line.hang_up()
    await line.connect()
    await line.ana.presses("More", message)
    assert line.listener.came[-1].signal == Pressed("more", "subject", 3, "7")


async def test_a_press_that_counts_by_itself_also_opens_its_form(line: Line):
    message = await posted(line)
    line.listener.opens = replace(FORM, counts=True)
    line.listener.answer = Answer((FORM, "The set will hear of it."), changed=True)
    one = await line.ana.presses("More", message)
    assert one.answer == 9
    await line.ana.sees("The set will hear of it.")
    assert len(line.listener.came) == 1


# --- files ----------------------------------------------------------------------------------------

CALENDAR = File("aurora.ics", "text/calendar", "BEGIN:VCALENDAR", "The meetings of Aurora.")


def handed(messages: list[Message]) -> list[tuple[str, str]]:
    """The files on these messages: names and what is in them."""
    return [(a.name, a.content.decode()) for m in messages for a in m.attachments]


async def test_a_file_comes_with_the_answer_for_one_person_alone(line: Line):
    line.listener.answer = Answer(files=(CALENDAR,))
    one = await line.ana.types("/als home", line.place)
    assert handed(one.said) == [("aurora.ics", "BEGIN:VCALENDAR")]
    assert one.said[0].ephemeral
    assert "The meetings of Aurora." in shown(one.said[0])


async def test_a_file_follows_what_is_told_and_may_be_pressed_for(line: Line):
    message = await posted(line)
    line.listener.answer = Answer(("Here it is.",), files=(CALENDAR, CALENDAR))
    one = await line.ana.presses("More", message)
    await until(lambda: len(one.said) == 3 or None, "the sentence and both files")
    assert [len(m.attachments) for m in one.said] == [0, 1, 1]
    assert all(m.ephemeral for m in one.said)


async def test_a_file_that_asks_for_it_comes_by_direct_message(line: Line):
    line.listener.answer = Answer(files=(replace(CALENDAR, direct=True),))
    one = await line.ana.types("/als home", line.place)
    await line.ana.sees("I have sent you aurora.ics by direct message.")
    assert handed(one.said) == []
    direct = line.server.direct(line.ana.user)
    assert handed(direct.messages) == [("aurora.ics", "BEGIN:VCALENDAR")]
    await line.ana.types("/als-mine", direct)
    assert len(handed(direct.messages)) == 2


@pytest.mark.parametrize(
    ("fault", "told"),
    [(None, "open direct messages from this server"), ("lost", "look at our direct messages")],
)
async def test_a_file_that_cannot_be_handed_over_is_told(line: Line, fault: str | None, told: str):
    line.ana.user.dms_closed = fault is None
    if fault is not None:
        line.server.faults.add("POST", "/messages$", fault)
    line.listener.answer = Answer(files=(replace(CALENDAR, direct=True),))
    await line.ana.types("/als home", line.place)
    await line.ana.sees(told)


# --- suggestions ----------------------------------------------------------------------------------


async def test_what_could_be_typed_is_suggested_and_taken(line: Line):
    line.listener.suggests = (Choice("choose", "Choosing the issue"), Choice("close", "x" * 120))
    offered = await line.ana.completes("/als next to:c", line.place)
    assert offered == ["Choosing the issue", "x" * 99 + "…"]
    [(incoming, option)] = line.listener.asked
    assert (incoming.signal, option) == (Typed("next", (("to", "c"),)), "to")
    assert incoming.place == str(line.place.id)
    assert line.listener.came == [], "nothing is done while somebody types"


async def test_in_a_direct_message_each_server_is_asked_what_it_suggests(line: Line):
    line.listener.suggests = (Choice("a1", "Call Mia"),)
    direct = line.server.direct(line.ana.user)
    assert await line.ana.completes("/als done action:", direct) == ["Call Mia"]
    assert line.listener.asked[0][0].direct


# --- direct messages, own things, context menu ---------------------------------------------------


async def test_a_button_in_a_direct_message_knows_its_server(line: Line):
    out = Outgoing(
        Op.POST,
        line.installation,
        Destination("", "", str(line.ana.user.id)),
        "1" * 32,
        replace(CARD, loud=True),
    )
    line.server.guild("Another")
    await line.outbound.post(out)
    await line.ana.sees("Now.", direct=True)
    await line.ana.presses("More")
    [came] = line.listener.came
    assert (came.installation, came.direct, came.place) == (line.installation, True, "")


async def test_als_mine_asks_in_each_server_that_knows_one(line: Line):
    line.listener.answer = Answer((Card("Your actions", (Text("Call Mia"),)),))
    await line.ana.types("/als-mine", line.server.direct(line.ana.user))
    await line.ana.sees("Call Mia", direct=True)
    [came] = line.listener.came
    assert (came.signal, came.direct) == (Typed("actions", (("whose", "me"),)), True)


async def test_save_as_action_point_takes_ones_own_message_only(line: Line):
    line.listener.opens = FORM
    ben = person(line.server, "Ben", line.guild)
    theirs = await ben.says("I will call Mia", line.open)
    await line.ana.uses("Save as action point", theirs)
    await line.ana.sees("Only your own words")
    one = await ben.uses("Save as action point", theirs)
    assert one.answer == 9


# --- the door -------------------------------------------------------------------------------------


async def test_the_door_of_a_wide_channel_lets_in_only_after_the_agreement(line: Line):
    board = await line.outbound.post(line.out(CARD, place=line.open))
    room = line.server.channels[int(board.split("/")[0])]
    agreement = Card(
        "What we agree on", buttons(Button("I agree", "agree"), Button("Not now", "not_now"))
    )
    line.listener.answer = Answer((agreement,))
    await line.ana.presses("I'm here")
    assert not line.ana.can_see(room)
    line.listener.answer = Answer()
    await line.ana.presses("Not now")
    assert not line.ana.can_see(room)
    line.listener.answer = Answer((agreement,))
    await line.ana.presses("I'm here", line.open.messages[0])
    line.listener.answer = Answer(changed=True)
    await line.ana.presses("I agree")
    assert line.ana.can_see(room)
    await line.ana.sees(f"discord.com/channels/{line.guild.id}/{room.id}")
    refused = person(line.server, "Ben", line.guild)
    line.listener.answer = Answer(refusal=Refusal("No meeting is on."))
    await refused.presses("I'm here", line.open.messages[0])
    assert not refused.can_see(room)


# --- reactions -----------------------------------------------------------------------------------


async def test_only_reactions_that_can_count_are_brought(line: Line):
    message = await posted(line)
    await line.ana.reacts("2️⃣", message, burst=True)
    await line.ana.reacts("🎉", message)
    await line.ana.unreacts("2️⃣", message)
    await line.outbound.react(
        line.out(op=Op.REACT, ref=f"{line.place.id}/{message.id}", reactions=("1️⃣",))
    )
    await until(lambda: len(line.listener.came) == 2 or None, "both")
    ref = f"{line.place.id}/{message.id}"
    assert [(i.signal, i.message) for i in line.listener.came] == [
        (Reacted("", "2️⃣", True), ref),
        (Reacted("", "2️⃣", False), ref),
    ]


async def test_a_lost_session_asks_for_a_recount_and_a_resumed_one_does_not(line: Line):
    message = await posted(line)
    assert line.listener.backs == 1
    await line.server.gateway.drop(resumable=True)
    await line.ana.reacts("1️⃣", message)
    await until(lambda: line.listener.came or None, "the replayed reaction")
    assert line.listener.backs == 1
    await line.server.gateway.drop(resumable=False)
    await until(lambda: line.listener.backs == 2 or None, "the call for a recount", 15)


@pytest.mark.parametrize(
    ("option", "said", "heard"),
    [
        ("add", "<@123>", "123"),
        ("remove", "it is <@!123>", "123"),
        ("facilitator", "Ben", "Ben"),
    ],
)
def test_a_mention_in_an_option_that_names_somebody_is_their_id(option: str, said: str, heard: str):
    people = {
        "type": commands.SUBCOMMAND,
        "name": "people",
        "options": [{"type": commands.STRING, "name": option, "value": said}],
    }
    group = {"type": commands.GROUP, "name": "set", "options": [people]}

    used = commands.verb_of({"name": commands.COMMAND, "options": [group]})

    assert used == ("set people", ((option, heard),), "")
