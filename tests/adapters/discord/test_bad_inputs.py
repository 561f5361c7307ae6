"""Bad input on Discord, case by case: events, texts, ids and rights, limits, platform trouble.

The number in each name is the case's number in the list every platform works through.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.adapters.discord.api import Unsure
from bot.core.cards import Button, Card, Text, buttons
from bot.core.signals import Reacted
from bot.core.wording import tidy
from bot.runtime.ports import NotSent, Op, Refused, Trouble
from tests.adapters.discord.hall import NAMES, Hall
from tests.adapters.discord.line import KEY, Line
from tests.adapters.discord.play import found, meet_up_to_the_vote, offer
from tests.standins.discord import (
    Interaction,
    Message,
    Person,
    Reaction,
    User,
    person,
    rules,
    shown,
    until,
)
from tests.standins.discord.rest import put_reaction, take_reaction

CARD = Card("Choosing", (Text("Which?"), *buttons(Button("More", "more"))), "Your set meets.")


async def posted(line: Line) -> Message:
    ref = await line.outbound.post(line.out(CARD))
    return line.place.message(int(ref.split("/")[1]))


async def forged(who: Person, message: Message, custom_id: str) -> Interaction:
    """A press with an id that is not on the button."""
    data = {"custom_id": custom_id, "component_type": 2, "id": 3}
    button = next(c for c in rules.inside(message.components) if c["type"] == rules.BUTTON)
    kept, button["custom_id"] = button["custom_id"], custom_id
    one = Interaction(who.user, message.channel, 3, data, message.channel.guild, message)
    await who.begin(one)
    button["custom_id"] = kept
    return one


# --- B: events -----------------------------------------------------------------------------------


async def test_b17_b18_the_same_press_three_times_and_over_two_sockets(hall: Hall):
    hall.server.gateway.twice = True
    await found(hall, await hall.private())
    await hall["Ana"].sees("Farid has joined Aurora")
    names = [shown(m) for m in hall.server.messages() if "has joined" in shown(m)]
    assert sorted(names) == [f"{name} has joined Aurora" for name in NAMES]


async def test_b19_what_happened_while_no_socket_was_open_comes_once(line: Line):
    message = await posted(line)
    await line.server.gateway.drop(resumable=True)
    await line.ana.reacts("1️⃣", message)
    await until(lambda: line.listener.came or None, "the replay")
    await asyncio.sleep(0.1)
    assert len(line.listener.came) == 1


async def test_b20_b30_removed_before_added_and_a_hundred_flips(hall: Hall):
    await found(hall, await hall.private())
    ballot = await meet_up_to_the_vote(hall)
    flip = Reaction("2️⃣", hall["Eve"].user)
    ballot.reactions.append(flip)
    await take_reaction(hall.server, ballot, flip)
    for _ in range(50):
        await hall["Ana"].reacts("2️⃣", ballot)
        await hall["Ana"].unreacts("2️⃣", ballot)
    await hall["Ana"].reacts("2️⃣", ballot)
    await hall["Ana"].presses("My vote", ballot)
    await hall["Ana"].sees("Your vote counts for number 2.")
    await hall["Eve"].presses("My vote", ballot)
    await hall["Eve"].sees("You have no vote in yet.")


async def test_b21_b22_a_reaction_on_a_deleted_or_a_closed_ballot_changes_nothing(hall: Hall):
    await found(hall, await hall.private())
    ballot = await meet_up_to_the_vote(hall)
    for name in NAMES:
        await hall[name].reacts("1️⃣" if name == "Ben" else "2️⃣", ballot)
    await hall["Ana"].sees("closing in 20 seconds")
    await hall.pass_time(timedelta(seconds=21))
    await hall["Ana"].sees("Ben presents.")
    await hall["Eve"].reacts("3️⃣", ballot)
    ballot.deleted = True
    await hall["Farid"].reacts("3️⃣", ballot)
    await hall["Ana"].sees("Ben presents.")


async def test_b23_b24_a_bots_reaction_and_our_own_are_not_brought(line: Line):
    message = await posted(line)
    robot = User("Robot", bot=True)
    line.guild.join(robot)
    await put_reaction(line.server, message, Reaction("1️⃣", robot))
    await line.outbound.react(line.out(op=Op.REACT, ref=_ref(message), reactions=("1️⃣",)))
    await line.ana.reacts("2️⃣", message)
    await until(lambda: line.listener.came or None, "a person's")
    assert [i.signal for i in line.listener.came] == [Reacted("", "2️⃣", True)]
    counted = await line.outbound.reactions(line.installation, _ref(message))
    assert counted.votes == {(str(line.ana.user.id), "2️⃣")}


def _ref(message: Message) -> str:
    return f"{message.channel.id}/{message.id}"


async def test_b25_b26_a_stranger_and_somebody_who_just_left_do_not_vote(hall: Hall):
    await found(hall, await hall.private())
    ballot = await meet_up_to_the_vote(hall)
    stranger = person(hall.server, "Olga", hall.guild)
    await put_reaction(hall.server, ballot, Reaction("1️⃣", stranger.user))
    await put_reaction(hall.server, ballot, Reaction("3️⃣", stranger.user))
    hall.guild.members.pop(hall["Farid"].user.id)
    for name in NAMES:
        await hall[name].reacts("1️⃣" if name == "Ben" else "2️⃣", ballot)
    await hall["Ana"].sees("closing in 20 seconds")
    await hall.pass_time(timedelta(seconds=21))
    await hall["Ana"].sees("Ben presents.")


async def test_b27_b28_b29_unknown_emoji_skin_tones_and_super_reactions(line: Line):
    message = await posted(line)
    await line.ana.reacts("🦄", message)
    await line.ana.reacts("1⃣", message)
    await line.ana.reacts("2️⃣", message, burst=True)
    await until(lambda: len(line.listener.came) == 2 or None, "both numbers")
    assert [i.signal for i in line.listener.came] == [
        Reacted("", "1️⃣", True),
        Reacted("", "2️⃣", True),
    ]


async def test_b31_a_server_that_nothing_is_known_of(hall: Hall):
    other = hall.server.guild("Elsewhere")
    ana = person(hall.server, "Zoe", other)
    channel = hall.server.channel(other, "there")
    await found(hall, await hall.private())
    await ana.types("/als home", channel)
    seen = "".join(shown(m) for m in ana.messages())
    assert "Aurora" not in seen


# --- C: text --------------------------------------------------------------------------------------

TEXTS = {
    "c36": "x" * 300,
    "c41": "x" * 295 + "👩‍👩‍👧",
    "c42": "Z" + "\u0301" * 250,
    "c43": "\u202egnp.exe",
    "c44": "nul \x00 here",
    "c46": "<!channel>",
    "c47": "<!subteam^S1>",
    "c48": "@everyone @here",
    "c49": "<@&123456789012345678>",
    "c50": "[bank](https://evil.example) <https://evil|bank>",
    "c51": "``` code ``` |||| spoiler ||||",
    "c52": "&lt;!here&gt;",
}
REFUSED = {
    "c33": "",
    "c34": "   ",
    "c35": "\u200b\u200c\u2060",
    "c37": "y" * 301,
    "c38": "y" * 2001,
    "c39": "y" * 3001,
    "c40": "y" * 4000,
}


async def test_c33_to_c52_whatever_is_typed_is_shown_as_it_is_or_handed_back(hall: Hall):
    await found(hall, await hall.private())
    for name in NAMES:
        await hall[name].sees("[Pass]")
        await hall[name].presses("Done")
    ana = hall["Ana"]
    for case, words in REFUSED.items():
        await ana.presses("Offer an issue")
        form = await ana.sees_form("Your issue")
        form.values["Issue"] = words or " "
        one = await form.submit()
        assert "Not taken yet" in shown(one.said[0]), case
        assert words.strip("\u200b\u200c\u2060 ")[:200] in shown(one.said[0]), case
    for case, words in TEXTS.items():
        await ana.presses("Offer an issue")
        form = await ana.sees_form("Your issue")
        await form.fill({"Issue": words}).submit()
        await ana.presses("Offer an issue")
        again = await ana.sees_form("Your issue")
        assert again.values["Issue"] == tidy(words, one_line=True), case
        ana.put_away(again.interaction)
    await offer(hall["Ben"], TEXTS["c48"] + TEXTS["c49"])
    for name in NAMES[2:]:
        await hall[name].presses("Nothing today")
    ballot = await hall["Eve"].sees("[My vote]")
    assert tidy(TEXTS["c48"] + TEXTS["c49"]) in shown(ballot)
    assert not any(m.mentions for m in hall.server.messages() if m.author.bot)


# --- D: ids and rights ----------------------------------------------------------------------------


async def test_d53_to_d61_a_forged_foreign_or_old_id_is_nobodys(hall: Hall):
    await found(hall, await hall.private())
    board = await hall["Ana"].sees("[Next phase]")
    signer, me = hall.bot.signer, f"discord:{hall.guild.id}"
    mine = signer.seal(me, Card("", subject="s", step=0), Button("", "next"))
    for case in (
        signer.seal("discord:1", Card("", subject="s"), Button("", "next")),
        mine.replace("next", "ende"),
        mine[:-3] + "AAA",
        "not an id",
        "-1",
        str(2**63),
        "1|next|x' OR 1=1 --|0||AAAAAAAAAAA",
        "0" + mine,
    ):
        one = await forged(hall["Ana"], board, case)
        assert "I do not know that button" in shown(one.said[0]), case


async def test_d60_a_valid_id_of_another_set_does_nothing_here(hall: Hall):
    await found(hall, await hall.private())
    board = await hall["Ana"].sees("[Next phase]")
    me = f"discord:{hall.guild.id}"
    other = hall.bot.signer.seal(me, Card("", subject="another", step=0), Button("", "next"))
    one = await forged(hall["Ana"], board, other)
    assert "belongs to a meeting that is over" in shown(one.said[0])


async def test_d62_d68_a_form_or_a_button_of_somebody_who_is_no_member(hall: Hall):
    await found(hall, await hall.private())
    for name in NAMES:
        await hall[name].presses("Done")
    await hall["Ana"].sees("[Offer an issue]")
    olga = person(hall.server, "Olga", hall.guild)
    place = next(c for c in hall.guild.channels.values() if c.name == "set")
    place.overwrites[olga.user.id] = (1, 1 << 10, 0)  # somebody lets her read
    one = await olga.presses("Offer an issue")
    assert "I'm here" in shown(one.said[0])
    await hall["Ana"].presses("Offer an issue")
    form = await hall["Ana"].sees_form("Your issue")
    stolen = form.modal["custom_id"]
    data = {"custom_id": stolen, "components": []}
    sent = Interaction(olga.user, form.interaction.channel, 5, data, hall.guild)
    await olga.begin(sent)
    assert sent.said
    assert "Aurora" not in shown(sent.said[0])


async def test_d66_an_administrator_reads_no_content(hall: Hall):
    place = await hall.private()
    await found(hall, place)
    await meet_up_to_the_vote(hall)
    boss = person(hall.server, "Boss", hall.guild)
    hall.guild.members[boss.user.id] = {hall.guild.role("admin", 1 << 3).id}
    for line in ("/als home", "/als actions", "/als report", "/als set people"):
        one = await boss.types(line, place)
        assert all("tired" not in shown(m) for m in one.said)


async def test_d70_the_same_id_on_another_platform_is_another_person(hall: Hall):
    await found(hall, await hall.private())
    sealed = hall.bot.signer.seal("slack:T1", Card("", subject="s"), Button("", "next"))
    assert hall.bot.signer.open(f"discord:{hall.guild.id}", sealed) is None


# --- F: limits --------------------------------------------------------------------------------------


async def test_f81_a_second_bid_changes_the_first(hall: Hall):
    await found(hall, await hall.private())
    for name in NAMES:
        await hall[name].presses("Done")
    await hall["Ana"].sees("[Offer an issue]")
    for words in ("The first", "The second"):
        await offer(hall["Ana"], words)
    await offer(hall["Ben"], "Another")
    for name in NAMES[2:]:
        await hall[name].presses("Nothing today")
    ballot = await hall["Eve"].sees("[My vote]")
    assert "The first" not in shown(ballot)
    assert "The second" in shown(ballot)


async def test_f85_a_thousand_reactions_of_strangers_are_survived(hall: Hall):
    await found(hall, await hall.private())
    ballot = await meet_up_to_the_vote(hall)
    for n in range(1000):
        await put_reaction(hall.server, ballot, Reaction("1️⃣", User(f"U{n}")))
    for name in NAMES:
        await hall[name].reacts("1️⃣" if name == "Ben" else "2️⃣", ballot)
    await hall["Ana"].sees("closing in 20 seconds")
    await hall.pass_time(timedelta(seconds=21))
    await hall["Ana"].sees("Ben presents.")


async def test_f87_f88_a_ballot_of_one_and_of_more_than_there_are_numbers(line: Line):
    ref = await line.outbound.post(line.out(CARD))
    many = tuple(f"{n}\u20e3" for n in range(10)) + tuple("🇦🇧🇨🇩🇪🇫🇬🇭🇮🇯")
    out = line.out(op=Op.REACT, ref=ref, reactions=(*many, "🦄"))
    with pytest.raises(Refused) as refused:
        await line.outbound.react(out)
    assert refused.value.trouble is Trouble.GONE, "the twenty-first is left out, and that is final"


# --- G: platform trouble ---------------------------------------------------------------------------


async def test_g89_g90_limits_without_and_with_a_very_long_wait(line: Line):
    for headers, seconds, wait in (({}, 0.0, None), ({"Via": "x"}, 86400.0, 86400.0)):
        line.server.faults.add("POST", "/messages$", "429", headers=headers, seconds=seconds)
        with pytest.raises(Refused) as refused:
            await line.outbound.post(line.out(CARD))
        assert (refused.value.trouble, refused.value.retry_after) == (Trouble.WAIT, wait)


@pytest.mark.parametrize("kind", ["html", "cut", "reset", "lost"])
async def test_g91_g93_what_cannot_be_read_is_unsure(line: Line, kind: str):
    line.server.faults.add("POST", "/messages$", kind, times=5)
    with pytest.raises((Unsure, TypeError)):
        await line.outbound.post(line.out(CARD))


async def test_g92_a_success_that_is_an_error_is_taken_by_its_code(line: Line):
    line.server.faults.add("POST", "/messages$", "400", code=50035)
    with pytest.raises(Refused) as refused:
        await line.outbound.post(line.out(CARD))
    assert refused.value.trouble is Trouble.FORM


async def test_g94_no_connection_at_all_is_not_sent(line: Line):
    await line.server.stop()
    with pytest.raises(NotSent):
        await line.outbound.post(line.out(CARD))
    await line.server.start()


async def test_g95_g96_a_channel_deleted_and_a_thread_locked_in_the_middle(line: Line):
    board = await line.outbound.post(line.out(CARD))
    inside = await line.outbound.post(line.out(CARD, parent=board, key=KEY[::-1]))
    thread = line.server.channels[int(inside.split("/")[0])]
    thread.locked = thread.archived = True
    with pytest.raises(Refused) as refused:
        await line.outbound.edit(line.out(CARD, op=Op.EDIT, ref=inside))
    assert refused.value.trouble is Trouble.DESTINATION
    line.place.deleted = True
    with pytest.raises(Refused) as refused:
        await line.outbound.post(line.out(CARD, key="9" * 32))
    assert refused.value.trouble is Trouble.DESTINATION


async def test_g97_the_token_is_revoked_in_the_middle(line: Line):
    line.server.token = "another"
    with pytest.raises(Refused) as refused:
        await line.outbound.post(line.out(CARD))
    assert refused.value.trouble is Trouble.INSTALLATION
    line.server.token = "token-of-the-stand-in"


async def test_g98_closed_direct_messages_are_told_at_the_next_press(hall: Hall):
    hall["Ben"].user.dms_closed = True
    await found(hall, await hall.private())
    await until(
        lambda: any(a.status == 403 for a in hall.server.asked) or None, "the refused welcome"
    )
    await hall["Ben"].types(
        "/als home", next(c for c in hall.guild.channels.values() if c.name == "set")
    )
    await hall["Ben"].sees("private messages do not reach you")


async def test_nothing_people_wrote_is_in_the_log(
    hall: Hall, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    hall.server.faults.add("POST", "/callback$", "500", times=1)
    await found(hall, await hall.private())
    await meet_up_to_the_vote(hall)
    seen = capsys.readouterr()
    for words in ("tired", "hand over", "Aurora", "Ana"):
        assert words not in seen.out + seen.err + caplog.text
