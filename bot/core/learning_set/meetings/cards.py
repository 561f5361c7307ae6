"""Cards about meetings to come: prompts, invitations and answers to them, moves, cancellations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.core.cards import Block, Button, Card, Fields, Style, Text, Tone, Until, buttons, people
from bot.core.learning_set.actions import follow_up
from bot.core.learning_set.rhythm import anchored, rhythm_in_words
from bot.core.learning_set.state import Meeting, MeetingStatus, Proposal, Reply, SetState
from bot.core.meeting.formats import FORMATS
from bot.core.walltime import local, moment_in_words
from bot.core.wording import AWAY, COMING, capital, count

PROMPTS = {
    "planned": "{set}: next meeting",
    "moved": "{set}: meeting moved",
    "week_before": "{set} meets in a week",
    "day_before": "{set} meets tomorrow",
    "open": "{set} meets soon",
    "start": "{set} meets now",
    "after_all": "{set}: meeting back on",
    "cancelled": "{set}: meeting cancelled",
}
WEEK = 7
INVITING = frozenset({"planned", "moved", "after_all", "week_before", "day_before"})
"""The prompts that ask who comes, by button and by reaction."""

REPLIES = (
    Button("Coming", "coming", style=Style.PRIMARY),
    Button("Can't come", "away"),
    Button("Maybe", "maybe"),
)


def prompt_card(state: SetState, meeting: Meeting, which: str, now: datetime | None = None) -> Card:
    """A prompt before a meeting; when its door opens, with the six-week follow-up of that day.

    It is said as at `now` (by default when it was meant for), for it may come late.
    """
    asks = which in INVITING
    plain, whole = (
        Card(
            _when(state, meeting, which, now).format(set=state.name),
            tuple(_prompt_blocks(state, meeting, which, words=words)),
            summary="Your set's meeting is cancelled."
            if which == "cancelled"
            else "Your set meets.",
            subject=state.id,
            reactions=(COMING, AWAY) if asks else (),
            loud=True,
        )
        for words in (False, True)
    )
    return plain if whole == plain else replace(whole, for_others=plain)


def _when(state: SetState, meeting: Meeting, which: str, now: datetime | None) -> str:
    """What the prompt says of its meeting, with a hole for the set; days are counted from `now`."""
    if now is None or which not in ("week_before", "day_before"):
        return PROMPTS[which]
    days = (meeting.wall.date() - local(now, state.zone).date()).days
    if days == WEEK:
        return PROMPTS["week_before"]
    if days > 1:
        return "{set} meets in " + count(days, "day")
    return PROMPTS["day_before"] if days == 1 else "{set} meets today"


def _prompt_blocks(
    state: SetState, meeting: Meeting, which: str, *, words: bool
) -> Iterator[Block]:
    if which == "cancelled":
        yield from _cancelled(state, meeting, words=words)
        return
    yield Until("Start", state.starts_at(meeting), countdown=True)
    if which in INVITING:
        yield Text(f"{in_words(state, meeting)}, {FORMATS[meeting.format].title}.")
    if which == "moved":
        yield Text("New time. Please answer again.")
    if state.link:
        yield Fields((("Where", state.link),))
    if which == "week_before" and any(a.open and a.shared for a in state.actions):
        yield Text("If you took on an action, be ready to say how it went.")
    if which in INVITING:
        yield from buttons(*_replies(meeting))
        if which != "day_before":
            yield Text("Or react ✅ or ❌. Everyone sees it.", Tone.QUIET)
    if which == "open":
        yield Text("Find somewhere private, then press “I'm here”.")
        yield from follow_up.of_the_day(state, meeting, words=words)
    if which == "start":
        yield from buttons(Button("Start", "begin", style=Style.PRIMARY))


def _replies(meeting: Meeting) -> tuple[Button, ...]:
    return tuple(Button(b.label, b.action, meeting.id, b.style) for b in REPLIES)


def _cancelled(state: SetState, meeting: Meeting, *, words: bool) -> Iterator[Block]:
    yield Text(f"The meeting on {in_words(state, meeting)} is cancelled.")
    if meeting.reason and words:
        yield Text(f"Reason: {meeting.reason}")
    following = state.planned()
    if following:
        yield Until("We meet again", state.starts_at(following[0]))


def in_words(state: SetState, meeting: Meeting | Proposal) -> str:
    """`Monday 12 April 2027, 18:00 (Europe/London)`."""
    return f"{moment_in_words(meeting.wall)} ({state.zone})"


# --- questions before others are told -------------------------------------------------------------


def plan_question(state: SetState, proposal: Proposal) -> Card:
    """What was understood, in words, before anybody else learns of it."""
    planned = state.planned()
    rows = [
        ("When", in_words(state, proposal)),
        ("How often", capital(rhythm_in_words(anchored(proposal.rhythm, proposal.wall)))),
        ("How long", FORMATS[proposal.format].title),
    ]
    if proposal.link:
        rows.append(("Where", proposal.link))
    others = _others(state, proposal.by)
    told = f" and notify {others}" if others else ""
    deed = "Move" if planned else "Schedule"
    return Card(
        "Is this right?",
        (
            Fields(tuple(rows)),
            *buttons(
                Button(f"{deed}{told}", "proposal", proposal.key, Style.PRIMARY),
                Button("Correct it", "correct_plan", proposal.key),
            ),
        ),
        summary="Is this date right?",
        subject=state.id,
    )


def _others(state: SetState, who: str) -> int:
    """How many people hear of it beside the one who does it."""
    return sum(m.person != who for m in state.present_members)


def sure_to_cancel(state: SetState, meeting: Meeting, proposal: Proposal) -> Card:
    """Others are told, so it is asked."""
    blocks: list[Block] = [Text(f"The meeting on {in_words(state, meeting)}.")]
    if proposal.reason:
        blocks.append(Text(f"Reason: {proposal.reason}"))
    others = _others(state, proposal.by)
    told = f" and tell {count(others, 'person', 'people')}" if others else ""
    deed = f"Cancel the meeting{told}"
    blocks.extend(
        buttons(
            Button(deed, "proposal", proposal.key, Style.DANGER),
            Button("Move it instead", "schedule"),
        )
    )
    return Card("Cancel this meeting?", tuple(blocks), "Are you sure?", state.id)


# --- who comes ------------------------------------------------------------------------------------

_SAID = {
    Reply.COMING: "Noted: you're coming",
    Reply.AWAY: "Noted: you can't come",
    Reply.MAYBE: "Noted: you might come",
}


def reply_answer(state: SetState, meeting: Meeting, reply: Reply) -> Card | str:
    """To who has answered; a new press changes it."""
    return f"{_SAID[reply]} on {in_words(state, meeting)}. Press another button to change it."


def rsvps_card(state: SetState, meeting: Meeting, which: str) -> Card | None:
    """Who has answered and who has not: for the person who plans, by direct message only."""
    if meeting.status is not MeetingStatus.PLANNED:
        return None
    members = state.present_members
    blocks: list[Block] = [Until("Start", state.starts_at(meeting))]
    for reply, label in ((Reply.COMING, "Coming"), (Reply.MAYBE, "Maybe"), (Reply.AWAY, "Can't")):
        said = [m for m in members if meeting.reply_of(m.person) is reply]
        if said:
            blocks.append(people(label, ((m.person, m.name) for m in said)))
    silent = [m for m in members if meeting.reply_of(m.person) is None]
    if silent:
        blocks.append(people("No answer yet", ((m.person, m.name) for m in silent)))
    few = which == "too_few"
    if few:
        quorum = count(state.quorum, "person", "people")
        blocks.append(Text(f"A meeting needs {quorum}. Would another date suit more of you?"))
        blocks.extend(
            buttons(
                Button("Find another date", "schedule", style=Style.PRIMARY),
                Button("Cancel the meeting", "cancel_meeting", meeting.id),
            )
        )
    title = "Few can come" if few else f"Who's coming to {state.name}"
    return Card(title, tuple(blocks), "Who's coming to your meeting.", state.id, loud=True)
