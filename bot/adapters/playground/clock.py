"""The movable clock: where each of its buttons leads, and what happened on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.adapters.playground.outbound import BOT, World
from bot.runtime.ports import Look, Stage

MINUTE = timedelta(minutes=1)
SIX_WEEKS = timedelta(weeks=6)

MOST_STEPS = 50
"""Due rows that `phase` steps through at most before it gives up."""

NO_MEETING = "No meeting is on just now."
NO_CLOCK = "This part has no clock; it waits for people."
NONE_PLANNED = "No meeting is planned yet; close one, and the next is six weeks later."


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the clock came from and got to, and what happened on the way, in short sentences."""

    before: datetime
    after: datetime
    said: tuple[str, ...]


def why_not(look: Look, now: datetime) -> dict[str, str]:
    """Each button of the clock, with one sentence where it leads nowhere just now."""
    phase = NO_MEETING if not look.phase else "" if look.ends_at else NO_CLOCK
    meeting = "" if look.next_meeting and look.next_meeting > now else NONE_PLANNED
    return {"minute": "", "phase": phase, "meeting": meeting, "weeks": ""}


async def move(stage: Stage, world: World, installation: str, to: str) -> Moved | str:
    """Move the clock as that button says; a sentence where it leads nowhere."""
    look, now = stage.look(installation, world.place), stage.now()
    refusal = why_not(look, now).get(to, "I do not know that button; reload the page, please.")
    if refusal:
        return refusal
    known = {message.ref for message in world}
    match to:
        case "phase":
            await _end_phase(stage, world, installation, look)
        case "meeting":
            await stage.move_to(look.next_meeting or now)
        case "weeks":
            await stage.move_to(six_weeks_on(now, look.zone))
        case _:
            await stage.move_to(now + MINUTE)
    after = stage.look(installation, world.place)
    return Moved(now, stage.now(), (*_phases(look, after), *_messages(world, known)))


def six_weeks_on(now: datetime, zone: str) -> datetime:
    """The same wall time six weeks later, whatever summer time does."""
    wall = now.astimezone(_zone(zone))
    return (wall.replace(tzinfo=None) + SIX_WEEKS).replace(tzinfo=wall.tzinfo)


async def _end_phase(stage: Stage, world: World, installation: str, look: Look) -> None:
    """To the end of the part's time; where that is past, on until the part is over."""
    if look.ends_at is not None and look.ends_at > stage.now():
        await stage.move_to(look.ends_at)
        return
    for _ in range(MOST_STEPS):
        due = stage.next_due()
        now_at = stage.look(installation, world.place)
        if due is None or (now_at.phase, now_at.step) != (look.phase, look.step):
            return
        await stage.move_to(max(due, stage.now()))


def _phases(before: Look, after: Look) -> tuple[str, ...]:
    if (before.phase, before.step) == (after.phase, after.step):
        return ()
    return (f"“{after.phase}” has begun.",) if after.phase else ("The meeting is over.",)


def _messages(world: World, known: set[str]) -> tuple[str, ...]:
    new = [m for m in world if m.ref not in known and m.author == BOT]
    public = sum(not m.reader for m in new)
    private = Counter(m.reader for m in new if m.direct)
    said: list[str] = []
    if public:
        said.append(f"{_count(public, 'new message')} in the channel.")
    if private:
        who = ", ".join(f"{world.people.get(person, person)} {n}" for person, n in private.items())
        said.append(f"{_count(private.total(), 'direct message')}: {who}.")
    return tuple(said) or ("Nothing was due.",)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError):
        return ZoneInfo("UTC")
