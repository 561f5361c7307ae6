"""A whole set meets on Discord: six people, by what they see and press."""

from __future__ import annotations

from datetime import timedelta

from tests.adapters.discord.hall import NAMES, Hall
from tests.adapters.discord.play import found, meet_up_to_the_vote, offer, play_to_the_end
from tests.standins.discord import DIRECT, PUBLIC_THREAD, Message, person, shown, until


async def vote(hall: Hall, ballot: Message) -> None:
    for name, emoji in zip(NAMES, ("2️⃣", "1️⃣", "2️⃣", "1️⃣", "2️⃣", "2️⃣"), strict=True):
        await hall[name].reacts(emoji, ballot)


async def test_a_whole_set_in_a_channel_of_its_own(hall: Hall):
    place = await hall.private()
    await found(hall, place)
    await vote(hall, await meet_up_to_the_vote(hall))
    await play_to_the_end(hall, presenter="Ben")
    for name in NAMES:
        notes = await hall[name].sees("Your notes from the meeting.", direct=True)
        await hall[name].presses("Show my words", notes)
    await hall["Ben"].sees("I will talk to Mia.", direct=True)
    public = [m for m in hall.server.messages() if m.channel.type != DIRECT and not m.for_one]
    assert [t.type for t in hall.guild.threads() if t.parent is place] == [PUBLIC_THREAD]
    assert not any("tired" in shown(m) for m in public), "what was not chosen stays with its owner"


async def test_a_whole_set_in_a_private_room_of_a_channel_that_everybody_reads(hall: Hall):
    place = hall.wide()
    outsider = person(hall.server, "Olga", hall.guild)
    await found(hall, place)
    await vote(hall, await meet_up_to_the_vote(hall))
    await play_to_the_end(hall, presenter="Ben")
    [room] = [t for t in hall.guild.threads() if t.parent is place]
    assert {p.name for p in room.people if not p.bot} == set(NAMES)
    seen = "\n".join(shown(m) for m in outsider.messages())
    assert seen == "A set meets here\nIt meets in a private thread of this channel.\n[I'm here]"


async def test_the_gateway_closes_in_mid_vote_and_is_resumed(hall: Hall):
    await found(hall, await hall.private())
    ballot = await meet_up_to_the_vote(hall)
    await hall["Ana"].reacts("2️⃣", ballot)
    await hall.server.gateway.drop(resumable=True)
    for name in NAMES[1:]:
        await hall[name].reacts("1️⃣" if name == "Ben" else "2️⃣", ballot)
    await hall["Ana"].sees("Closing in 20 seconds")
    assert hall.server.gateway.resumed == 1
    await hall.pass_time(timedelta(seconds=21))
    await hall["Ana"].sees("Ben presents.")


async def test_the_session_is_lost_in_mid_vote_and_what_was_missed_counts(hall: Hall):
    await found(hall, await hall.private())
    ballot = await meet_up_to_the_vote(hall)
    await hall["Ana"].reacts("2️⃣", ballot)
    await hall.server.gateway.drop(resumable=False)
    for name in NAMES[1:]:
        await hall[name].reacts("1️⃣" if name == "Ben" else "2️⃣", ballot, burst=name == "Eve")
    await until(lambda: hall.recounted or None, "the recount", 20)
    assert hall.server.gateway.resumed == 0
    await hall["Ana"].sees("Closing in 20 seconds")
    await hall.pass_time(timedelta(seconds=21))
    await hall["Ana"].sees("Ben presents.")


async def test_the_bot_is_restarted_in_mid_vote_with_a_form_open(hall: Hall):
    await found(hall, await hall.private())
    for name in NAMES:
        await hall[name].presses("Done")
    await hall["Ana"].sees("[Offer an issue]")
    await hall["Ana"].presses("Offer an issue")
    form = await hall["Ana"].sees_form("Your issue")
    await hall.restart()
    await form.fill({"Issue": "Written before, sent after"}).submit()
    await offer(hall["Ben"], "How do I hand over the team I founded?")
    for name in NAMES[2:]:
        await hall[name].presses("Nothing today")
    ballot = await hall["Eve"].sees("[My vote]")
    await hall["Ana"].reacts("2️⃣", ballot)
    await hall.close()
    await hall["Chidi"].reacts("2️⃣", ballot)
    await hall.open()
    await hall["Ben"].presses("My vote", ballot)
    await hall["Ben"].sees("Written before, sent after")
    for name in ("Dana", "Eve", "Farid"):
        await hall[name].reacts("2️⃣", ballot)
    await hall["Ben"].reacts("1️⃣", ballot)
    await until(lambda: len(hall.votes()) == len(NAMES) or None, "all votes")
    await hall.pass_time(timedelta(seconds=61))  # what was being sent at the stop rests a minute
    await hall.pass_time(timedelta(seconds=21))
    await hall["Ana"].sees("Ben presents.")


async def test_a_reply_lost_after_the_work_was_done_makes_no_second_post(hall: Hall):
    place = await hall.private()
    hall.server.faults.add("POST", f"/channels/{place.id}/messages$", "lost")
    await hall["Ana"].types("/als start", place)
    form = await hall["Ana"].sees_form("Start a set")
    await form.fill({"Name": "Aurora"}).submit()
    await until(lambda: place.messages or None, "the board")
    await hall.pass_time(timedelta(seconds=61))
    await hall["Ana"].sees("Arriving")
    boards = [m for m in place.messages if not m.ephemeral]
    assert len(boards) == 1


async def test_every_event_twice_changes_nothing(hall: Hall):
    hall.server.gateway.twice = True
    await found(hall, await hall.private())
    await vote(hall, await meet_up_to_the_vote(hall))
    await hall["Ana"].sees("Closing in 20 seconds")
    await hall.pass_time(timedelta(seconds=21))
    await hall["Ana"].sees("Ben presents.")
    titles = [shown(m).split("\n")[0] for m in hall.server.messages() if not m.ephemeral]
    assert len([t for t in titles if t == "Arriving"]) == 1
