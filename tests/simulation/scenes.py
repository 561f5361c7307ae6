"""What people do in the simulation: a short scene (one vote, one reminder) and a whole set."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bot.app.opening import open_database
from bot.core.signals import Pressed, Reacted, Submitted, Typed
from bot.runtime.delivery.outbox import Outbox
from tests.simulation.life import PLACE, Gesture, Lives
from tests.simulation.slack import Seat, Slack
from tests.simulation.world import MOST_DRIFT, MOST_SKEW, TURNED_ON, SimClock, World

START = datetime(2027, 3, 1, 18, tzinfo=UTC)
PEOPLE = ("ana", "ben", "chidi", "dana")
REMINDER_AFTER = timedelta(minutes=4)
CANARY = "kanarienvogel"
"""A word that people write everywhere; it may be found in no plain column."""

ISSUES = ("ana", "ben", "chidi")

NEIGHBOURS = ("xena", "yuri", "zoe")
NEXT_DOOR = "sim:b"
"""Another installation in the same database, whose set has the same name in a place of the same name."""


@dataclass(slots=True)
class Stage:
    """A prepared world to start runs from: a database file and the platform's current posts."""

    path: Path
    slack: Slack
    now: datetime


def seeded(seed: int, purpose: str) -> Random:
    """Chance for one purpose of one run."""
    return Random(f"{seed}:{purpose}")


def prepare(folder: Path) -> Stage:
    """A set of four before a ballot, with an action of Ben's that is reminded of minutes later."""
    path = folder / "stage.db"
    opens = START - timedelta(days=2)
    open_database(f"sqlite:///{path}", opens).close()
    clock = SimClock(opens, seeded(0, "chance"))
    world = World(clock, Random(0))
    slack = Slack(world)
    lives = Lives(path, world, slack, Random(0))
    _found(lives)
    _found_next_door(lives)
    world.pass_time(REMINDER_AFTER)
    lives.submit("ben", "action", "own", what=f"Talk to Mia {CANARY}", visibility="set")
    _next_door(lives, "yuri", "action", "own", what=f"Talk to Max {CANARY}", visibility="set")
    world.pass_time(START - clock.now())
    lives.bring("ana", Typed("start"))
    for who in PEOPLE:
        lives.press(who, "here")
    for who in PEOPLE:
        lives.press(who, "spoken")
    lives.press("ben", "still_meant")
    if lives.room().live.step.phase == "action_report":
        lives.press("ana", "next")
    for who in ISSUES:
        lives.submit(who, "bid", title=f"{CANARY} of {who}")
    lives.press("dana", "nothing_today")
    lives.close()
    _checkpoint(path)
    return Stage(path, slack, clock.now())


def _found(lives: Lives) -> None:
    lives.submit(
        "ana", "start_set", "new", name="Aurora", zone="Europe/London", format="60",
        facilitation="led",
    )  # fmt: skip
    for who in PEOPLE:
        lives.press(who, "agree")


def _found_next_door(lives: Lives) -> None:
    _next_door(
        lives, "xena", "start_set", "new", name="Aurora", zone="Europe/London", format="60",
        facilitation="led",
    )  # fmt: skip
    for who in NEIGHBOURS:
        lives.bring(who, Pressed("agree"), installation=NEXT_DOOR)


def _next_door(lives: Lives, who: str, form: str, value: str, **words: str) -> None:
    signal = Submitted(form, tuple(words.items()), value=value)
    answer = lives.bring(who, signal, installation=NEXT_DOOR)
    assert answer.refusal is None, answer.refusal


def _checkpoint(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def enter(
    stage: Stage,
    folder: Path,
    seed: int,
    at: int | None,
    *,
    switches: tuple[str, ...] = TURNED_ON,
    outbox: type[Outbox] = Outbox,
    seat: type[Seat] = Seat,
) -> Lives:
    """A bot on a copy of the stage, to be killed at point `at`, in a world that now fails."""
    path = folder / "run.db"
    for stale in (*folder.glob("run*.db*"), *folder.glob("copies/*")):
        stale.unlink()
    shutil.copy(stage.path, path)
    chosen = seeded(seed, "troubles")
    some = frozenset(s for s in switches if chosen.random() < (SELDOM if s in DEAR else OFTEN))
    world = World(SimClock(stage.now, seeded(seed, "chance")), seeded(seed, "faults"), some)
    world.rate = 0.2
    _set_the_clocks(world, chosen)
    processes = chosen.choice((2, 3)) if "several processes" in some else 1
    return Lives(
        path,
        world,
        stage.slack.copied(world),
        seeded(seed, "people"),
        at=at,
        processes=processes,
        outbox=outbox,
        seat=seat,
    )


OFTEN, SELDOM = 0.4, 0.15
"""How often a trouble that is turned on is there in a run: the dear ones less often."""

DEAR = ("several processes",)
"""Runs with several processes take several times as long as others."""


def _set_the_clocks(world: World, chosen: Random) -> None:
    skew = chosen.uniform(-1, 1) * MOST_SKEW
    drift = chosen.uniform(-1, 1) * MOST_DRIFT
    if world.on("skew"):
        world.skew, world.drift = skew, drift
        world.note(f"platform's clock {'ahead' if skew > timedelta(0) else 'behind'}")
        world.note("platform's clock drifts")


def short(lives: Lives) -> None:
    """One phase and one reminder: a vote with its count, and what Ben asked to be reminded of."""
    random, world, slack = lives.random, lives.world, lives.slack
    choices = {"ana": "2️⃣", "ben": "1️⃣", "chidi": "1️⃣", "dana": "1️⃣"}
    order = list(choices)
    random.shuffle(order)
    _people_are_busy(lives)
    for who in order:
        lives.react(who, choices[who], told=random.random() < 0.8)
    if random.random() < 0.3:
        lives.react(order[0], choices[order[0]], on=False, told=random.random() < 0.8)
    if random.random() < 0.15:
        lives.change_mind("ana", "3️⃣")
    jump = random.choice((-1, 1)) if random.random() < 0.2 else 0
    world.jump(timedelta(hours=jump))
    if random.random() < 0.2:
        slack.close("ben")
    if random.random() < 0.1:
        slack.archive(PLACE)
    lives.press("ana", "close_vote", twice=random.random() < 0.5)
    _go_on(lives)
    copies = world.on("restore") and len(lives.processes) == 1
    lives.may_copy = copies
    if copies:
        # What people did after the copy is gone with it, and they are not asked to do it again.
        lives.coming.clear()
    lives.wait(timedelta(seconds=15))
    lives.see_the_count()
    slack.unarchive()
    lives.do_the_rest()
    back = REMINDER_AFTER * random.random() * 1.2
    lives.wait(back)
    lives.put_back()
    _go_on(lives)
    lives.wait(REMINDER_AFTER - back + timedelta(seconds=60))
    lives.wait(timedelta(hours=max(-jump, 0)))
    calm(lives)


def _go_on(lives: Lives) -> None:
    """Where the bot asks whether an interrupted meeting goes on, it does, and the vote is closed."""
    session = lives.room().live
    if session is None or session.interrupted is None:
        return
    lives.press("ana", "go_on_meeting")
    lives.press("ana", "close_vote")


def _people_are_busy(lives: Lives) -> None:
    """What some of them will do at the very moment when a request is in flight."""
    ref = lives.ballot()
    lives.coming = [
        Gesture("press in flight", "ana", lives.pressed("extend", "2")),
        lives.wants("dana", f"Ring Jo {CANARY}"),
    ]
    if ref is not None:
        lives.coming += [
            Gesture("reaction in flight", "chidi", Reacted("", "3️⃣"), ref),
            Gesture("reaction in flight", "chidi", Reacted("", "3️⃣", on=False), ref),
        ]
    lives.random.shuffle(lives.coming)


def calm(lives: Lives) -> None:
    """The platform is well again; what was unsure settles."""
    lives.world.rate = 0.0
    for _ in range(CALM):
        lives.wait(timedelta(seconds=30))
        if not lives.unsettled():
            return
    # A channel that was archived is tried again after an hour.
    lives.wait(timedelta(minutes=70))


CALM = 30
"""Half minutes after which nothing of a usual run is under way any more."""


def whole(lives: Lives) -> None:
    """The rest of a meeting, six weeks, an outage in between, and the next meeting's prompts."""
    random = lives.random
    for who, emoji in zip(PEOPLE, ("2️⃣", "1️⃣", "1️⃣", "1️⃣"), strict=True):
        lives.react(who, emoji, told=random.random() < 0.8)
    lives.wait(timedelta(minutes=4))
    lives.press("ana", "close_vote")
    lives.wait(timedelta(minutes=1))
    lives.see_the_count()
    _play_round(lives, random)
    lives.wait(timedelta(minutes=30))
    lives.press("ana", "close_meeting")
    lives.press("ana", "end_sure")
    lives.wait(timedelta(days=1))
    if random.random() < 0.5:
        lives.leave(random.choice(("ben", "dana")))
    lives.wait(timedelta(days=2))
    if random.random() < 0.5:
        lives.slack.close(random.choice(PEOPLE))
    lives.sleep(timedelta(days=random.choice((1, 8, 30))))
    if random.random() < 0.5:
        lives.world.jump(timedelta(hours=random.choice((-1, 1, 24))))
    lives.wait(timedelta(days=44))
    calm(lives)


def _play_round(lives: Lives, random: Random) -> None:
    session = lives.room().live
    presenter = session.presenter if session else None
    if presenter is None:
        return
    others = [who for who in PEOPLE if who != presenter]
    lives.submit(presenter, "key_question", question=f"What is mine? {CANARY}")
    for phase in ("clarify", "explore"):
        _ask(lives, presenter, others, phase, random)
    for who in others:
        lives.submit(who, "reflect", reflection=f"I noticed {CANARY}")
    lives.submit(presenter, "action", "plan", what=f"I will {CANARY}", visibility="set")
    lives.press(presenter, "thats_all")
    for who in PEOPLE:
        lives.submit(who, "learned", learning=f"To wait {CANARY}", pulse="4")


def _ask(lives: Lives, presenter: str, others: list[str], phase: str, random: Random) -> None:
    for number, who in enumerate(others[:2], 1):
        lives.submit(who, "ask", question=f"What {phase} {CANARY}?")
        lives.wait(timedelta(seconds=random.randint(5, 200)))
        lives.press(presenter, "answered", str(number))
    lives.press(presenter, "enough")
