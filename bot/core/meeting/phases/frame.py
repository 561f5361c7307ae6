"""The foot of a running phase's card: its clock, what people wish for, who may move it on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.core.cards import Block, Button, Text, Tone, Until, buttons
from bot.core.meeting import course
from bot.core.meeting.clock import Still
from bot.core.meeting.session import BOT, Facilitation, Session
from bot.core.wording import LONGER, READY, minutes

INTERRUPTED = "The meeting was interrupted; the clock stands still."

MORE = Button("More", "more")
NEXT = Button("Next phase", "next")

STANDS = {
    Still.PAUSE: "The clock stands still.",
    Still.SILENCE: "We hold a silence; the clock stands still.",
    Still.TIME_OUT: "Time-out: we look at how we work, and content waits.",
}

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
        yield Until("Goes on", clock.stands.until)
    elif clock.seconds and "time_up" in clock.said:
        yield Text("The time for this part is up. Finish your sentence in peace.", Tone.QUIET)
        if not waits_for_holder(session):
            yield Until("Moves on", clock.ends_at + timedelta(seconds=session.grace))
    elif clock.seconds:
        yield Until("Ends", clock.ends_at, countdown=True)


def waits_for_holder(session: Session) -> bool:
    """Whether the end of a phase's time is for a person to settle, not for the clock."""
    led = session.process.facilitation is Facilitation.LED
    return led and session.holder != BOT and not session.has_left(session.holder)


def _shortened(session: Session) -> Iterator[Block]:
    missing = session.step.seconds - session.clock.seconds
    if missing >= 60:
        yield Text(f"{minutes(missing)} shorter than planned, to keep your end time.", Tone.QUIET)


def _wishes(session: Session, together: bool) -> Iterator[Block]:
    if together:
        yield Text(
            f"{READY} says that you are ready to move on, {LONGER} that you would like more time. "
            "More than half decide.",
            Tone.QUIET,
        )
    for wish, words in WISHES.items():
        wishing = course.wishing(session, wish)
        if wishing:
            doing = words.format(are="is" if wishing == 1 else "are")
            yield Text(f"{wishing} of {len(session.here)} {doing}.", Tone.QUIET)


def _who_holds(session: Session) -> Iterator[Button]:
    process = session.process
    presents = session.step.phase == "present" and process.holder == session.presenter
    if presents and process.stand_in in (None, BOT):
        yield Button("I'll hold it", "hold_round")
    if course.open_to_take_over(session):
        yield Button("Take over", "take_over")
