"""The six-week follow-up in a set's place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.core.cards import Block, Button, Card, Quote, Text, Tone, buttons
from bot.core.exchange import OUTCOME_BUTTONS
from bot.core.learning_set.actions import reminders
from bot.core.learning_set.actions.action import ActionPoint
from bot.core.learning_set.state import Meeting, SetState
from bot.core.meeting.session import in_words
from bot.core.walltime import day_in_words
from bot.core.wording import TITLE_LIMIT, shorten

PRIVATELY = "Others may have been asked privately."

ROOM_FOR_ACTIONS = 2400
"""Characters the actions of one follow-up may take together."""


def of_the_day(state: SetState, meeting: Meeting, *, words: bool) -> Iterator[Block]:
    """What is followed up in the meeting's own card, since the set meets that day.

    Without `words` the owners are named and nothing is quoted.
    """
    found: list[ActionPoint] = []
    for session in dict.fromkeys(a.session for a in state.actions if a.session):
        wall = reminders.follow_up_wall(state, session)
        if wall is not None and wall.date() == meeting.wall.date():
            found.extend(reminders.followed_up(state, session))
    yield from _blocks(state, tuple(found), words=words)


def follow_up_card(state: SetState, session: str) -> Card | None:
    """Six weeks on, in the set's place; nothing where nobody is left to name."""
    waiting = reminders.followed_up(state, session)
    if not waiting:
        return None
    named = Card(
        "6 weeks on",
        tuple(_blocks(state, waiting, words=False)),
        summary="It's 6 weeks since your meeting.",
        subject=state.id,
        loud=True,
    )
    return replace(named, blocks=tuple(_blocks(state, waiting, words=True)), for_others=named)


def _blocks(state: SetState, waiting: tuple[ActionPoint, ...], *, words: bool) -> Iterator[Block]:
    """The owners, the words they share, one row of outcomes; nothing that shows who answered."""
    if not waiting:
        return
    owners = in_words(state.name_of(o) for o in dict.fromkeys(a.owner for a in waiting))
    since = day_in_words(waiting[0].meeting_wall)
    yield Text(f"On {since} {owners} took on an action.")
    yield Text("How did it go? “Dropped” and “Changed” are as good as “Done”.")
    if reminders.without_a_date(state):
        yield Text("No next meeting is planned. Type /als schedule if you want one.")
    room = min(ROOM_FOR_ACTIONS // len(waiting), TITLE_LIMIT)
    for action in waiting if words else ():
        yield Quote(shorten(action.what, room), state.name_of(action.owner))
    yield from buttons(*OUTCOME_BUTTONS, Button("Show mine", "show_mine"))
    yield Text(PRIVATELY, Tone.QUIET)


def ask_next_card(state: SetState) -> Card | None:
    """Whether the set wants to meet again; nothing where it has a date by now."""
    if not reminders.without_a_date(state):
        return None
    return Card(
        f"Does {state.name} want to meet again?",
        (
            Text("No meeting is planned. You can plan one if you like. I won't ask again."),
            *buttons(Button("Plan a meeting", "schedule")),
        ),
        summary="Does your set want to meet again?",
        subject=state.id,
        loud=True,
    )
