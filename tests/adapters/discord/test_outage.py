"""After an outage: one message for each reader on Discord, with buttons, and nothing a lock screen
must not show.
"""

from __future__ import annotations

from datetime import timedelta

from tests.adapters.discord.hall import BEGINS, Hall
from tests.adapters.discord.play import found
from tests.adapters.promises import promised
from tests.standins.discord import Channel, Message, shown, until


async def away(hall: Hall, *what: str) -> Channel:
    """A set whose Ben has promised things; then the bot is away for six weeks and a day."""
    place = await hall.private()
    await found(hall, place)
    await hall.pass_time(timedelta(hours=3))
    ben = str(hall["Ben"].user.id)
    made = hall.clock.now()
    for words in what:
        await promised(hall.bot, hall.installation, str(place.id), ben, words, made)
    await hall.close()
    hall.clock.move_to(BEGINS + timedelta(days=43))
    await hall.open()
    await hall.pass_time(timedelta(hours=1))
    return place


def newest(hall: Hall, words: str) -> list[Message]:
    """Direct messages to Ben with these words."""
    return [m for m in hall["Ben"].messages() if m.channel.type == 1 and words in shown(m)]


def closed(hall: Hall) -> list[str]:
    state = hall.room().set
    return [a.what for a in state.actions if not a.open] if state is not None else []


async def test_an_outage_over_many_reminders_leaves_one_message_with_its_buttons(hall: Hall):
    before = len(newest(hall, ""))
    place = await away(hall, "Talk to Mia", "Ask Tom")

    (message,) = newest(hall, "Some messages are late.")

    said = shown(message)
    assert "Mia" not in said
    assert "Late, sorry. Due" not in said
    assert said.count("Was due") == 2
    assert "1. Was due" in said
    assert "2. Was due" in said
    for number in (1, 2):
        for label in ("Done", "Partly", "Changed", "Dropped", "Still going"):
            assert f"[{number}. {label}]" in said
    assert len(newest(hall, "")) - before == 3, "the welcome, the keepsake, and this"
    late = [m for m in place.messages if not m.ephemeral and "Late, sorry" in shown(m)]
    assert len(late) == 1
    assert "It's 6 weeks since your meeting." in shown(late[0])
    assert "Mia" not in shown(late[0])


async def test_the_words_behind_it_are_those_of_all_it_stands_for(hall: Hall):
    await away(hall, "Talk to Mia", "Ask Tom")
    (message,) = newest(hall, "Some messages are late.")

    await hall["Ben"].presses("Show my words", message)

    words = await hall["Ben"].sees("I couldn't reach you for a while.")
    assert shown(words).count("Talk to Mia") == shown(words).count("Ask Tom") == 1
    await hall["Ben"].presses("2. Done", message)
    await hall["Ben"].sees_form("How did it go?")
    await until(lambda: closed(hall) == ["Ask Tom"] or None, "the outcome")
