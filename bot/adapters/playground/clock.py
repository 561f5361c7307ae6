"""The movable clock: where each of its buttons leads, and what happened on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.adapters.playground.outbound import BOT, World
from bot.runtime.ports.stage import Look, Stage

MINUTE = timedelta(minutes=1)
SIX_WEEKS = timedelta(weeks=6)

MOST_STEPS = 50
"""Due rows that `phase` steps through at most before it gives up."""

DUE = {
    "two_minutes": "two minutes left",
    "time_up": "the time of this part is up",
    "move_on": "the meeting moves on by itself",
    "holder_silent": "somebody else may take over",
    "claim_over": "who offered takes over",
    "stand_in": "the bot holds this round",
    "go_on": "the clock goes on",
    "start": "the planned start",
    "ask_quorum": "ask what to do, if too few are here",
    "give_up": "close without a meeting, if too few are here",
    "unanswered": "close the interrupted meeting, if nobody answers",
    "holder_missing": "somebody else may hold the process",
    "all_heard": "everyone has been heard",
    "last_call": "the vote closes",
    "count": "stop waiting for the count",
    "long_wait": "say how many questions wait",
    "open": "the door opens, prompt: soon",
    "week_before": "prompt: in a week",
    "answers": "who has answered, to the facilitator alone",
    "ask_next": "ask whether the set wants a next meeting",
    "day_before": "prompt: tomorrow",
    "remind_day_2": "reminder: is this still what you meant?",
    "remind_half_way": "reminder: half the time has gone",
    "remind_three_days": "reminder: three days left",
    "remind_due": "reminder: the day itself",
    "remind_snoozed": "reminder: asked to come back",
    "follow_up": "six weeks on: how did it go?",
}
"""What falls due, in words for the inspector."""

NO_MEETING = "No meeting is on just now."
NO_CLOCK = "This part has no clock; it waits for people."
WHAT_NOW = "“Next phase” moves on, and so does “End of phase” once more."
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


async def move(stage: Stage, world: World, installation: str, to: str, zone: str) -> Moved | str:
    """Move the clock as that button says; a sentence where it leads nowhere.

    Weeks are counted in the set's zone, in `zone` while there is none.
    """
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
            await stage.move_to(six_weeks_on(now, look.zone if look.set_name else zone))
        case _:
            await stage.move_to(now + MINUTE)
    after = stage.look(installation, world.place)
    said = (*_phases(look, after, stage.now()), *_messages(world, known))
    return Moved(now, stage.now(), said or ("Nothing was due.",))


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


def part(look: Look) -> str:
    """The part of the meeting that runs, as its card calls it; empty where none does."""
    if not look.phase:
        return ""
    return look.steps[look.step] if look.step < len(look.steps) else look.phase


def in_words(what: str) -> str:
    """What falls due, in words; something unknown by its own name."""
    return DUE.get(what, what.replace("_", " "))


def _phases(before: Look, after: Look, now: datetime) -> tuple[str, ...]:
    if (before.phase, before.step) == (after.phase, after.step):
        up = after.ends_at is not None and after.ends_at <= now
        return (f"The time for “{part(after)}” is up; {WHAT_NOW}",) if up else ()
    return (f"“{part(after)}” has begun.",) if after.phase else ("The meeting is over.",)


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
    return tuple(said)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
