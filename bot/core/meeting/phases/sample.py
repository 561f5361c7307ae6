"""Made-up meetings for examples, sparse and full, drawn by every platform's tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.meeting.clock import StepClock
from bot.core.meeting.session import (
    Facilitation,
    Owed,
    Participant,
    Presence,
    Process,
    Session,
    Step,
    Transition,
)

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
NAMES = ("Ana", "Ben", "Chidi", "Dana", "Eve", "Farid")
BEFORE_VOTE = ("arrive", "check_in", "action_report", "bids", "choose")
ROUND = ("present", "clarify", "explore", "reflect", "action_plan")
AFTER = ("break", "learning_review", "close")


def people(number: int) -> tuple[Participant, ...]:
    """So many participants, all here; the longest waiting first."""
    return tuple(
        Participant(name.lower(), name, NOON - timedelta(days=90 - n), Presence.HERE)
        for n, name in enumerate(NAMES[:number])
    )


def meeting_at(phase: str, *, full: bool) -> Session:
    """A meeting that has just come to `phase`, with four people or with six and a second round."""
    plan = _plan(phase)
    at = next(n for n, step in enumerate(plan) if step.phase == phase)
    session = Session(
        id="sample",
        set_id="set",
        title="Aurora",
        meeting="meeting",
        seed=7,
        format="90",
        zone="Europe/London",
        wall=NOON.replace(tzinfo=None),
        starts_at=NOON,
        opened_at=NOON - timedelta(minutes=15),
        plan=plan,
        clock=StepClock(NOON, plan[at].seconds),
        process=Process(Facilitation.LED, "ana", "ana"),
        people=people(6 if full else 4),
        at=at,
        memories=(None,) * len(plan),
        presenters=("ben", "chidi") if full else ("ben",),
        log=(Transition(at, NOON, "ana"),),
        owed=(Owed("action", "ben"), Owed("other", "chidi")),
    )
    return replace(session, clock=session.clock.say("time_up")) if full else session


def _plan(phase: str) -> tuple[Step, ...]:
    known = (*BEFORE_VOTE, *ROUND, *AFTER)
    extra = () if phase in known else (Step(phase, 300),)
    return (*(Step(key, 420, int(key in ROUND)) for key in known), *extra)
