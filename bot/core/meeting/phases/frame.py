"""The foot of a running phase's card: its clock, what people ask for, who may move it on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.core.cards import Block, Button, Text, Tone, Until, buttons
from bot.core.meeting import course
from bot.core.meeting.clock import Still
from bot.core.meeting.session import BOT, Facilitation, Session
from bot.core.wording import LONGER, READY, minutes

INTERRUPTED = "The meeting was interrupted. The clock is paused."

MORE = Button("More", "more")
NEXT = Button("Next phase", "next")

STANDS = {
    Still.PAUSE: "Paused.",
    Still.SILENCE: "Silence. The clock is paused.",
    Still.TIME_OUT: "Time-out: how are we working together?",
}

HOW_TO_MOVE = Text(f"React {READY} to move on, {LONGER} for more time. More than half decides.")

WISHES = {
    "next": "{are} ready to move on",
    "longer": "would like more time",
    "back": "would like to go back",
    "end": "would like to end the meeting",
}
"""What more than half decide where the bot holds the process."""


def foot(
    session: Session, own: tuple[Button, ...], *, next_phase: bool
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """The blocks under a running phase's words, and the reactions that count in every phase."""
    together = session.holder == BOT and session.clock.seconds > 0
    seeds = (READY, LONGER) if together else ()
    if session.interrupted is not None:
        return (Text(INTERRUPTED, Tone.STRONG), *buttons(MORE)), seeds
    row = (*own, *_who_holds(session), *((NEXT,) if next_phase else ()), MORE)
    shown = (*_clock(session), *_shortened(session), *_wishes(session, together), *buttons(*row))
    return shown, seeds


def _clock(session: Session) -> Iterator[Block]:
    clock = session.clock
    if clock.stands is not None:
        yield Text(STANDS[clock.stands.why], Tone.STRONG)
        yield Until("Resumes", clock.stands.until)
    elif clock.seconds and "time_up" in clock.said:
        yield Text("Time's up. Finish your thought.", Tone.QUIET)
        if not waits_for_holder(session):
            yield Until("Moves on", waits_until(session))
    elif clock.seconds:
        yield Until("Ends", clock.ends_at, countdown=True)


def waits_for_holder(session: Session) -> bool:
    """Whether the end of a phase's time is for a person to settle, not for the clock."""
    led = session.process.facilitation is Facilitation.LED
    return led and session.holder != BOT and not session.has_left(session.holder)


def waits_until(session: Session) -> datetime:
    """When the clock moves on from a part whose time was up, unless somebody does before."""
    clock = session.clock
    grace = clock.seconds if waits_for_holder(session) else session.grace
    return clock.ends_at + timedelta(seconds=grace)


def _shortened(session: Session) -> Iterator[Block]:
    missing = session.step.seconds - session.clock.seconds
    if missing >= 60:
        yield Text(f"{minutes(missing)} shorter than planned, to end on time.", Tone.QUIET)


def _wishes(session: Session, together: bool) -> Iterator[Block]:
    if together and _first_together(session):
        yield HOW_TO_MOVE
    for wish, words in WISHES.items():
        wishing = course.wishing(session, wish)
        if wishing:
            doing = words.format(are="is" if wishing == 1 else "are")
            yield Text(f"{wishing} of {len(session.here)} {doing}.", Tone.QUIET)


def _first_together(session: Session) -> bool:
    """Whether this is the first card on which people move the meeting together."""
    before = [session.plan[step] for step in course.earlier(session, session.at)]
    if session.process.stand_in == BOT:
        return not any(step.round == session.step.round for step in before)
    if session.process.facilitation is Facilitation.BOT_HELD:
        return not any(step.seconds for step in before)
    return True


def how_to_move(session: Session) -> tuple[Block, ...]:
    """How a part is left together, for somebody who comes late; nothing where a person decides."""
    return (HOW_TO_MOVE,) if session.holder == BOT and session.clock.seconds > 0 else ()


def _who_holds(session: Session) -> Iterator[Button]:
    process = session.process
    presents = session.step.phase == "present" and process.holder == session.presenter
    if presents and process.stand_in in (None, BOT):
        yield Button("I'll hold it", "hold_round")
    if course.open_to_take_over(session):
        yield Button("Take over", "take_over")
