"""Holds each run to the invariants: nothing lost, doubled, stale or misdirected."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from bot.core.cards import Quote
from bot.core.meeting import posts
from bot.core.meeting.phases.choosing.ballot import Ballot
from bot.core.meeting.session import Session, Status
from bot.core.signals import Pressed, Submitted
from bot.core.wording import DIGITS
from tests.simulation.life import PLACE, Lives
from tests.simulation.scenes import CANARY, NEIGHBOURS, NEXT_DOOR, PEOPLE, Stage
from tests.simulation.slack import Landing, Message
from tests.simulation.world import LATEST_LANDING

EXCUSED = ("of_no_use", "withdrawn", "merged", "overtaken")
"""Reasons for which a message is rightly never sent."""

REMINDER = "Still your plan?"
RESULT = "The vote is closed"
CATCH_UP = "Here's what you missed"
UNDELIVERED = "Some messages didn't arrive"

SIGNALS = ("two_minutes", "time_up", "claim", "silent")
"""Time signals: said once at most, and of no use when their moment is over."""

ENOUGH = timedelta(minutes=10)
"""In so long a time, in which it could be sent, a message is sent, whatever goes wrong on the way."""

LATE_LANDING = timedelta(seconds=LATEST_LANDING + 10)


@dataclass(slots=True)
class Verdict:
    """What was wrong in a run, if anything."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    misdirected: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        """Every violation, with its kind."""
        kinds = ("lost", "doubled", "stale", "misdirected", "broken")
        return [f"{kind}: {what}" for kind in kinds for what in getattr(self, kind)]


def check(lives: Lives, stage: Stage, *, outages: bool) -> Verdict:
    """The verdict on a run that has come to its end."""
    verdict = Verdict()
    rows = _rows(lives)
    landed = lives.slack.landed[len(stage.slack.landed) :]
    late = outages or lives.restored
    _nothing_lost(verdict, lives, rows)
    _what_was_promised(verdict, lives, landed)
    _nothing_doubled(verdict, lives, landed)
    _nothing_stale(verdict, rows, landed)
    _nothing_misdirected(verdict, lives, landed)
    _one_catch_up(verdict, landed, late)
    _votes_are_the_platforms(verdict, lives)
    _steps_go_forward(verdict, lives)
    _saved_is_stored(verdict, lives)
    _written_down_once(verdict, lives)
    _what_stands_is_true(verdict, lives, rows)
    _no_plain_words(verdict, lives)
    return verdict


def _rows(lives: Lives) -> list[sqlite3.Row]:
    with sqlite3.connect(lives.path) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT * FROM outbox ORDER BY seq").fetchall()


def _nothing_lost(verdict: Verdict, lives: Lives, rows: list[sqlite3.Row]) -> None:
    ever = {item.message.key for item in lives.slack.landed}
    now = f"{lives.clock.now().replace(tzinfo=None)}"
    for row in rows:
        name = f"{row['kind']} {row['op']} {row['state']} {row['last_error_class']}"
        shut = row["person"] in lives.slack.closed
        if shut and row["state"] == "due" and row["not_before"] > now:
            continue  # It waits until that person is tried again, a week later.
        if row["state"] in ("due", "sending", "unsure"):
            verdict.lost.append(f"never settled: {name}")
        elif row["op"] != "post":
            continue
        elif row["state"] == "sent" and row["key"] not in ever:
            verdict.lost.append(f"sent but not there: {name}")
        elif row["card"] in SIGNALS:
            continue
        elif row["state"] == "expired" and row["last_error_class"] not in EXCUSED:
            if row["last_error_class"] == "too_late" and row["key"] in ever:
                continue  # It stands there; only the answer that says so could not be had in time.
            if row["last_error_class"] != "too_late" or not _was_too_late(lives, row):
                verdict.lost.append(f"expired: {name}")
        elif row["state"] == "dead" and not shut:
            verdict.lost.append(f"dead: {name}")


def _was_too_late(lives: Lives, row: sqlite3.Row) -> bool:
    """Whether nobody could have sent it in time: by when it was due, and when anything could go."""
    due, until = (_instant(row[name]) for name in ("due_at", "expires_at"))
    to = row["person"] or PLACE
    shut = sorted(
        (max(since, due), min(to_time, until))
        for where, since, to_time in lives.world.unable
        if where in ("", to) and since < until and to_time > due
    )
    able, at = timedelta(0), due
    for since, back in shut:
        able += max(since - at, timedelta(0))
        at = max(at, back)
    return able + max(until - at, timedelta(0)) < ENOUGH


def _instant(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


def _what_was_promised(verdict: Verdict, lives: Lives, landed: list[Landing]) -> None:
    """What people were promised, counted on the platform itself and not in our own books.

    A second copy with the same key is one message: whether it may be there, the books must say.
    """
    for who in ("ben", "yuri"):
        reached = [i.message for i in landed if i.message.destination.person == who]
        reminders = {m.key for m in reached if m.card.title == REMINDER}
        if len(reminders) != 1 and who not in lives.slack.closed:
            verdict.lost.append(f"{len(reminders)} reminders reached {who}")
    results = {i.message.key for i in landed if i.message.card.title == RESULT}
    if len(results) != 1 and not (lives.slack.places_closed and not results):
        verdict.lost.append(f"{len(results)} results were told")
    if not results and "ana" not in _told_of_trouble(landed):
        verdict.lost.append("nobody was told that the result could not be")


def _told_of_trouble(landed: list[Landing]) -> set[str]:
    return {i.message.destination.person for i in landed if i.message.card.title == UNDELIVERED}


def _nothing_doubled(verdict: Verdict, lives: Lives, landed: list[Landing]) -> None:
    """A second copy may stand only where it says so, and where the first could not be looked up."""
    copies = Counter(i.message.key for i in lives.slack.landed if not i.message.again)
    for number in copies.values():
        if number > 1:
            verdict.doubled.append(f"one key landed {number} times")
    for item in landed:
        if item.message.again and item.message.key not in lives.slack.could_not_ask:
            verdict.doubled.append(f"“{item.message.card.title}” again, though it could be asked")
    # What did not arrive is told once a day, perhaps in the same words as the day before.
    said = Counter(
        (
            item.installation,
            item.message.destination.person,
            item.message.card,
            item.at.date() if item.message.card.title == UNDELIVERED else None,
        )
        for item in landed
        if item.message.destination.person and not item.message.again
    )
    for (_, person, card, _), number in said.items():
        if number > 1:
            verdict.doubled.append(f"{person} got “{card.title}” {number} times")


def _nothing_stale(verdict: Verdict, rows: list[sqlite3.Row], landed: list[Landing]) -> None:
    until = {row["key"]: row["expires_at"] for row in rows if row["expires_at"]}
    for item in landed:
        limit = until.get(item.message.key)
        if limit is None:
            continue
        last = f"{(item.at - LATE_LANDING).replace(tzinfo=None)}"
        if last > limit:
            verdict.stale.append(f"“{item.message.card.title}” landed at {item.at} after {limit}")


def _nothing_misdirected(verdict: Verdict, lives: Lives, landed: list[Landing]) -> None:
    for item in landed:
        person = item.message.destination.person
        mine = NEIGHBOURS if item.installation == NEXT_DOOR else PEOPLE
        if person and person not in mine:
            verdict.misdirected.append(f"to {person} by {item.installation}")
        left = lives.left.get(person) if mine is PEOPLE else None
        if left is not None and item.at > left + LATE_LANDING:
            verdict.misdirected.append(f"“{item.message.card.title}” to {person}, who had left")
        if not person and item.message.destination.place != "#aurora":
            verdict.misdirected.append(f"to {item.message.destination.place}")


def _one_catch_up(verdict: Verdict, landed: list[Landing], outages: bool) -> None:
    late = Counter(
        (item.installation, item.message.destination.place, item.message.destination.person)
        for item in landed
        if item.message.card.title == CATCH_UP
    )
    for item in landed:
        said = [b.words for b in item.message.card.blocks if isinstance(b, Quote)]
        if item.message.card.title == CATCH_UP and len(said) != len(set(said)):
            verdict.stale.append("a catch-up says one thing twice")
    most = max(late.values(), default=0)
    if most > (1 if outages else 0):
        verdict.broken.append(f"{most} catch-up messages to one destination")


def _votes_are_the_platforms(verdict: Verdict, lives: Lives) -> None:
    """As the count left them; when the meeting is over, nobody's choice is kept."""
    lives.see_the_count()
    memory = lives.counted
    if memory is None or memory.result is None or not memory.result.recounted:
        return
    # Several times where people went on reacting: the count that closed the vote is the one.
    told = [{(who, DIGITS.index(e) + 1) for who, e in seen} for seen in lives.slack.counted]
    if set(memory.reactions) | memory.unordered not in told:
        verdict.broken.append("the votes are not the platform's")


def _steps_go_forward(verdict: Verdict, lives: Lives) -> None:
    session = lives.room().session
    steps = [move.step for move in session.log] if session else []
    if any(later <= earlier for earlier, later in pairwise(steps)):
        verdict.broken.append(f"steps went {steps}")


def _saved_is_stored(verdict: Verdict, lives: Lives) -> None:
    session = lives.room().session
    closed = any(isinstance(s, Pressed) and s.action == "close_vote" for _, s in lives.acknowledged)
    meets = lives.room().live
    if closed and meets is not None and _ballot(meets).result is None:
        verdict.broken.append("the vote's close was acknowledged and is not stored")
    ended = {
        signal.subject
        for _, signal in lives.acknowledged
        if isinstance(signal, Pressed) and signal.action in ("end_sure", "close_meeting")
    }
    if session is not None and session.id in ended and session.status is not Status.HELD:
        verdict.broken.append("the end was acknowledged and is not stored")


def _ballot(session: Session) -> Ballot:
    return next((m for m in session.memories if isinstance(m, Ballot)), Ballot())


def _written_down_once(verdict: Verdict, lives: Lives) -> None:
    """What somebody wrote down is there once, whatever they were told meanwhile."""
    state = lives.room().set
    if state is None:
        verdict.broken.append("the set is gone")
        return
    stored = Counter(action.what for action in state.actions)
    saved = {
        dict(signal.fields).get("what")
        for _, signal in lives.acknowledged
        if isinstance(signal, Submitted)
    }
    for what in lives.wanted:
        if stored[what] > 1:
            verdict.doubled.append(f"an action was stored {stored[what]} times")
        elif not stored[what] and what in saved:
            verdict.lost.append("an action was acknowledged and is not stored")


def _what_stands_is_true(verdict: Verdict, lives: Lives, rows: list[sqlite3.Row]) -> None:
    """A message that is edited shows at the end what is true now."""
    room = lives.room()
    if room.live is None:
        return
    slots = {row["key"]: row["slot"] for row in rows if row["op"] == "post"}
    truth = {post.notice.slot: post.card for post in posts.posts(room.live)}
    copies: dict[str, list[Message]] = {}
    for message in lives.slack.messages.values():
        copies.setdefault(message.key, []).append(message)
    for key, standing in copies.items():
        wanted = truth.get(slots.get(key, ""))
        # Of several copies the bot knows one: the reference of the others never reached it.
        if wanted is not None and all(wanted != message.card for message in standing):
            verdict.stale.append(f"“{standing[0].card.title}” is not what it should show by now")


def _no_plain_words(verdict: Verdict, lives: Lives) -> None:
    for path in lives.path.parent.glob("run.db*"):
        if CANARY.encode() in path.read_bytes():
            verdict.broken.append(f"plain words in {path.suffix}")
