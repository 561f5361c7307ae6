"""Two look-alike servers, the same people in both: nothing of one is ever shown in the other."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import partial

from bot.core.cards import Button, Card
from bot.core.signals import Caller, Pressed, Signal, Typed
from bot.runtime.ports.incoming import Incoming
from tests.adapters.discord.hall import NAMES, Hall
from tests.adapters.discord.play import forged
from tests.runtime.people import action, drafted, founding
from tests.standins.discord import Channel, Guild, Interaction, Message, shown, until

GESTURES = 300
WORDS = ("Hereword", "Thereword")
ACTIONS = ("more", "my_vote", "next", "show_mine", "change", "done", "outcomes", "still_meant")
LINES = ("home", "actions", "status", "report", "set people", "calendar", "next")


@dataclass
class Side:
    """One server: its channel, the word that only it may show, and what could be named of it."""

    guild: Guild
    place: Channel
    word: str
    names: tuple[str, ...] = ()

    @property
    def installation(self) -> str:
        return f"discord:{self.guild.id}"


async def begun(hall: Hall, guild: Guild, word: str) -> Side:
    """A server with a set in its channel that has an action, a draft and a meeting, all with its word."""
    side = Side(guild, hall.server.channel(guild, "set"), word)
    side.place.close_to_all_but((*(p.user for p in hall.people.values()), hall.server.bot))
    await hall.server.changed(side.place)
    people = [hall[name] for name in NAMES[:3]]
    signals: list[tuple[Signal, int]] = [
        (founding(name=word), 1),
        (Pressed("agree"), 3),
        (action(word), 3),
        (drafted(word), 1),
        (Typed("start"), 1),
        (Pressed("here"), 3),
    ]
    for number, (signal, many) in enumerate(signals):
        for person in people[:many]:
            caller = Caller(str(person.user.id), person.name, "Europe/London")
            delivery = f"{word}{number}{person.name}"
            there = Incoming(delivery, side.installation, str(side.place.id), caller, signal)
            await hall.bot.service.receive(there)
    with hall.bot.store.reading() as unit:
        room = unit.room_of_place(side.installation, str(side.place.id))
    assert room.set is not None
    assert room.live is not None
    side.names = (room.set.id, room.live.id, *(a.id for a in room.set.actions))
    return side


def told(one: Interaction) -> str:
    """Everything that was shown to the person who acted: messages, a form, suggestions."""
    said = "\n".join(shown(message) for message in one.said)
    return said + json.dumps([one.modal, one.suggestions])


async def test_three_hundred_gestures_in_one_server_show_nothing_of_the_other(hall: Hall) -> None:
    twin = hall.server.guild("Peers")
    for name in NAMES:
        twin.join(hall[name].user)
    await hall.close()
    await hall.open()
    here, there = [
        await begun(hall, guild, word)
        for guild, word in zip((hall.guild, twin), WORDS, strict=True)
    ]
    await hall.bot.settle()
    boards = {}
    for side in (here, there):
        boards[side.word] = await until(partial(with_buttons, side.place), "a board")
    chance = random.Random(9)
    own = 0

    for _ in range(GESTURES):
        me, other = chance.sample((here, there), 2)
        named = chance.choice((me, other))
        who = hall[chance.choice(NAMES[:3])]
        match chance.randrange(3):
            case 0:
                card = Card("", subject=chance.choice(named.names[:2]), step=0)
                value = chance.choice((*named.names, ""))
                button = Button("", chance.choice(ACTIONS), value)
                sealer = chance.choice((me, other)).installation
                sealed = hall.bot.signer.seal(sealer, card, button)
                one = await forged(who, boards[me.word], sealed)
            case 1:
                line = f"als done action:{chance.choice(named.names[2:])}"
                one = await who.types(line, me.place)
            case _:
                one = await who.types(f"als {chance.choice(LINES)}", me.place)
        seen = told(one)
        own += me.word in seen
        assert other.word not in seen

    assert own > GESTURES // 10, "one's own is shown, so the words were looked for in vain"
    for side, other in ((here, there), (there, here)):
        assert not any(other.word in shown(message) for message in side.place.messages)


def with_buttons(place: Channel) -> Message | None:
    return next((m for m in place.messages if "[" in shown(m)), None)
