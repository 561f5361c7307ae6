"""What an option could be while it is being typed: read-only, quick, and only what is one's own."""

from __future__ import annotations

from bot.core.cards import Choice
from bot.core.learning_set.place import Room
from bot.core.meeting.controls import reachable_phases
from bot.core.meeting.formats import PHASES
from bot.core.signals import Caller, Typed
from bot.core.verbs import Suggests, option_of
from bot.core.wording import shorten, tidy

LONGEST_LABEL = 90


def suggest(room: Room, who: Caller, signal: Typed, option: str) -> tuple[Choice, ...]:
    """What this person could type for an option, given what they have typed so far.

    Never a word of anybody else's. Dates are not among them: the shell reads those.
    """
    known = option_of(signal.verb, option)
    match known.suggests if known is not None else None:
        case Suggests.PHASE:
            offered = _phases(room, who)
        case Suggests.OWN_ACTION:
            offered = _actions(room, who)
        case _:
            offered = ()
    typed = tidy(signal.get(option), one_line=True).casefold()
    return tuple(c for c in offered if typed in c.label.casefold() or typed == c.value)


def _phases(room: Room, who: Caller) -> tuple[Choice, ...]:
    session = room.live
    if session is None or session.who(who.person) is None:
        return ()
    return tuple(Choice(key, PHASES[key].title) for key in reachable_phases(session))


def _actions(room: Room, who: Caller) -> tuple[Choice, ...]:
    mine = room.set.open_actions(who.person) if room.set is not None else ()
    return tuple(Choice(a.id, shorten(tidy(a.what, one_line=True), LONGEST_LABEL)) for a in mine)
