"""Two look-alike workspaces with the same ids everywhere: nothing of one is ever seen from the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.adapters.memory import MemoryPlatform, RemoteMemory
from bot.app.bot import Bot
from bot.core.cards import Button, Card
from bot.core.learning_set.place import Room
from bot.core.learning_set.roles import in_place
from bot.core.permissions import Right, Role, may
from bot.core.signals import Pressed, Typed
from bot.core.verbs import VERBS
from bot.runtime.store import figures
from bot.runtime.store.unit_of_work import Unit
from tests.runtime.people import action, drafted, founding, gesture

PAIRS = 100_000
THROUGH_ADAPTERS = 1_000
HERE, THERE = "demo:T0000001", "discord:T0000001"
WEIGHTS = (8, 1, 1, 1, 8, 1, 1)
"""How often each way is tried: what asks the database less often than what does not."""

PEOPLE = ("U1", "U2", "U3")
PLACES = ("C1", "C2")


@pytest.fixture
async def both(bot: Bot, platform: MemoryPlatform) -> Bot:
    """The same people in the same places of both, with different words."""
    bot.platforms["discord"] = MemoryPlatform()
    for installation, word in ((HERE, "Hereword"), (THERE, "Thereword")):
        for place in PLACES:
            for signal in (
                founding(name=word),
                *(Pressed("agree") for _ in PEOPLE),
                action(word),
                drafted(word),
                Typed("start"),
            ):
                for person in PEOPLE:
                    await bot.service.receive(
                        gesture(person, signal, installation=installation, place=place)
                    )
    await bot.settle()
    return bot


class Targets:
    """Everything in one workspace that somebody could name."""

    def __init__(self, bot: Bot, installation: str) -> None:
        self.installation = installation
        with bot.store.reading() as unit:
            rooms = [unit.room_of_place(installation, place) for place in PLACES]
        self.sets = [r.set.id for r in rooms if r.set]
        self.sessions = [r.session.id for r in rooms if r.session]
        self.actions = [a.id for r in rooms if r.set for a in r.set.actions]
        self.refs = ["m1", "m2", "m3"]
        seal = bot.signer.seal
        self.buttons = [
            seal(installation, Card("", subject=subject, step=0), Button("", "more"))
            for subject in (*self.sets, *self.sessions)
        ]


def looks(unit: Unit, bot: Bot, target: Targets) -> list[Callable[[str, random.Random], Any]]:
    """Every way to ask for something by a name; each takes who asks."""
    return [
        lambda me, r: unit.room_of_place(me, r.choice(PLACES)),
        lambda me, r: unit.room_of_subject(me, r.choice(target.sets)),
        lambda me, r: unit.room_of_subject(me, r.choice(target.sessions)),
        lambda me, r: unit.slot_of(me, r.choice(target.refs)),
        lambda me, r: bot.signer.open(me, r.choice(target.buttons)),
        lambda me, r: figures.set_of_number(unit, me, r.choice(target.sets)[:8]),
        lambda me, r: unit.rooms_of_person(me, r.choice(PEOPLE)),
    ]


def of(found: Any) -> Iterator[str]:
    """The ids of sets in what was found."""
    for one in (
        found if isinstance(found, tuple) and found and isinstance(found[0], Room) else [found]
    ):
        if isinstance(one, Room) and one.set is not None:
            yield one.set.id
        elif isinstance(one, Pressed):
            yield one.subject
        elif isinstance(one, tuple) and len(one) == 2:
            yield one[1]
        elif isinstance(one, str):
            yield one


async def test_two_look_alike_workspaces_see_nothing_of_each_other(both: Bot):
    here, there = Targets(both, HERE), Targets(both, THERE)
    mine = {t.installation: {*t.sets, *t.sessions} for t in (here, there)}
    assert not mine[HERE] & mine[THERE]
    chance = random.Random(7)
    found, leaks = 0, 0
    with both.store.reading() as unit:
        ways = {t.installation: looks(unit, both, t) for t in (here, there)}
        for _ in range(PAIRS):
            me, named = chance.choice((HERE, THERE)), chance.choice((HERE, THERE))
            (way,) = chance.choices(ways[named], WEIGHTS)
            seen = set(of(way(me, chance)))
            found += bool(seen)
            leaks += bool(seen - mine[me])
        room = unit.room_of_place(HERE, "C1")

    assert leaks == 0
    assert found > PAIRS // 4
    assert not may(in_place(room.set, room.session, "U9"), Right.SEE_SET)
    assert may(in_place(room.set, room.session, "u1"), Right.SEE_SET)
    assert Role.STRANGER not in in_place(room.set, room.session, "u1")


async def test_a_thousand_gestures_through_an_adapter_leak_nothing(both: Bot):
    targets = [Targets(both, HERE), Targets(both, THERE)]
    words = {HERE: "Thereword", THERE: "Hereword"}
    adapter = RemoteMemory("http://127.0.0.1:1", both.service, both.signer, both.service.quiet)
    chance = random.Random(8)
    told = 0
    verbs = [v.name for v in VERBS if v.name not in ("mydata forget", "set burn")]
    for number in range(THROUGH_ADAPTERS):
        me, named = chance.choice((HERE, THERE)), chance.choice(targets)
        gesture: dict[str, Any] = {
            "delivery": f"a{number}",
            "installation": me,
            "place": chance.choice((*PLACES, "")),
            "who": chance.choice(("u1", "u2", "u9")),
        }
        match chance.randrange(4):
            case 0:
                gesture["button"] = chance.choice(named.buttons)
            case 1:
                gesture["react"], gesture["ref"] = "✅", chance.choice(named.refs)
            case 2:
                ids = (*named.sets, *named.actions)
                gesture["type"] = chance.choice(verbs)
                gesture["args"] = {
                    "action": chance.choice(ids),
                    "set": chance.choice(named.sets)[:8],
                }
            case _:
                gesture["form"] = chance.choice(("action", "change_action", "report"))
                gesture["fields"] = {"what": "", "happened": ""}
                gesture["subject"] = chance.choice((*named.sets, *named.sessions))
                gesture["value"] = chance.choice(named.actions)
        answer = str(await adapter._answer(gesture))
        told += "word" in answer
        assert words[me] not in answer, gesture

    assert told > 20
