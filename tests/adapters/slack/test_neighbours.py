"""Two look-alike workspaces, the same ids in both: nothing of one is ever shown in the other."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.core.cards import Button, Card
from bot.core.signals import Caller, Pressed, Signal, Typed
from bot.runtime.clock import RunningClock
from bot.runtime.ports.incoming import Incoming
from tests.adapters.slack.doors import Browser, many_workspaces
from tests.adapters.slack.harness import Machine, Running
from tests.runtime.people import action, drafted, founding
from tests.standins.slack import Channel, Person, Slack, running
from tests.standins.slack_world import TEAM

GESTURES = 1000
WORDS = ("Hereword", "Thereword")
ACTIONS = ("more", "my_vote", "next", "show_mine", "change", "done", "outcomes", "still_meant")
LINES = ("home", "actions", "status", "report", "set people", "calendar", "next", "settings")


@dataclass
class Side:
    """One workspace: its channel, the word that only it may show, and what could be named of it."""

    slack: Slack
    word: str
    people: list[Person] = field(default_factory=list)
    place: Channel | None = None
    names: tuple[str, ...] = ()

    @property
    def installation(self) -> str:
        return f"slack:{self.slack.world.team}"

    @property
    def room(self) -> Channel:
        assert self.place is not None
        return self.place

    def shown(self) -> str:
        """Everything that came to this workspace: each call, and each answer to somebody alone."""
        world = self.slack.world
        said = [call.args for call in self.slack.web.calls]
        heard = [(m.text, m.blocks) for m in world.private]
        return json.dumps([said, heard, [v.view for v in world.views.values()]])

    async def begins(self, bot: Running) -> None:
        """A set in the channel that has an action, a draft and a meeting, all with its word."""
        self.people = [self.slack.person(name) for name in ("Ana", "Ben", "Chidi")]
        self.place = self.slack.channel("set", self.people)
        signals: list[tuple[Signal, int]] = [
            (founding(name=self.word), 1),
            (Pressed("agree"), 3),
            (action(self.word), 3),
            (drafted(self.word), 1),
            (Typed("start"), 1),
            (Pressed("here"), 3),
        ]
        for number, (signal, many) in enumerate(signals):
            for person in self.people[:many]:
                caller = Caller(person.id, person.user.name, "Europe/London")
                delivery = f"{self.word}{number}{person.id}"
                there = Incoming(delivery, self.installation, self.place.id, caller, signal)
                await bot.bot.service.receive(there)
        with bot.bot.store.reading() as unit:
            room = unit.room_of_place(self.installation, self.place.id)
        assert room.set is not None
        assert room.live is not None
        self.names = (room.set.id, room.live.id, *(a.id for a in room.set.actions))


@pytest.fixture
async def twins(clock: RunningClock) -> AsyncIterator[tuple[Slack, Slack]]:
    """Two workspaces of one Slack, alike to the last id."""
    async with running(lambda: clock.now().timestamp()) as one:
        other = Slack(one.world.clock, f"{TEAM}2", "xoxb-neighbour")
        one.neighbours.append(other)
        await other.start()
        try:
            yield one, other
        finally:
            await other.stop()


async def test_a_thousand_gestures_in_one_workspace_show_nothing_of_the_other(
    twins: tuple[Slack, Slack], tmp_path: Path, clock: RunningClock
) -> None:
    here, there = (Side(slack, word) for slack, word in zip(twins, WORDS, strict=True))
    machine = Machine(here.slack, tmp_path, "http", clock)
    async with machine.running() as bot, many_workspaces(machine, bot) as adapter:
        bot.bot.platforms["slack"] = adapter.outbound
        there.slack.delivery.http_url = here.slack.delivery.http_url
        for side in (here, there):
            browser = Browser(adapter)
            state = await browser.begins()
            assert await browser.comes_back(state, code=side.slack.world.code) == 200
            await side.begins(bot)
        assert [p.id for p in here.people] == [p.id for p in there.people]
        assert here.room.id == there.room.id
        await bot.bot.settle()
        chance = random.Random(9)

        for _ in range(GESTURES):
            me, other = chance.sample((here, there), 2)
            named = chance.choice((me, other))
            who = chance.choice(me.people)
            match chance.randrange(4):
                case 0:
                    card = Card("", subject=chance.choice(named.names[:2]), step=0)
                    button = Button("", chance.choice(ACTIONS), chance.choice((*named.names, "")))
                    sealer = chance.choice((me, other)).installation
                    place = chance.choice((me.room, me.slack.world.direct(who.id)))
                    await forged(who, place, bot.bot.signer.seal(sealer, card, button))
                case 1:
                    action_id = chance.choice(named.names[2:])
                    await who.types(f"/als done action={action_id}", me.room)
                case 2:
                    await who.opens_home()
                case _:
                    await who.types(f"/als {chance.choice(LINES)}", me.room)
        for side in (here, there):
            await side.slack.settle()
        await adapter.desk.quiet()
        await bot.bot.settle()

    for side, other in ((here, there), (there, here)):
        shown = side.shown()
        assert shown.count(side.word) > GESTURES // 10, "the words were looked for in vain"
        assert other.word not in shown
        assert other.installation not in shown


async def forged(who: Person, place: Channel, action_id: str) -> None:
    """A press with that id, on whatever message of the bot's stands in the channel."""
    payload = who.envelope("block_actions") | who._container(place.messages[0])
    payload["actions"] = [{"type": "button", "action_id": action_id, "block_id": "b"}]
    await who.slack.delivery.interact("interactive", payload)
