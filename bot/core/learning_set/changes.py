"""What can be changed of a set as a whole: purpose, rhythm, size, agreement; resting and ending."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.decision import Deciders, Decision, Matter, Notice, Refusal, Where, on
from bot.core.learning_set.change_cards import archive_question
from bot.core.learning_set.commands import ArchiveSet, ChangeAgreement, ChangeSet, FreezeSet
from bot.core.learning_set.meetings.held import with_next, without_missed
from bot.core.learning_set.members.membership import place_free, set_card_again
from bot.core.learning_set.rhythm import anchored
from bot.core.learning_set.state import MOST_MEMBERS, SMALLEST, MeetingStatus, SetState
from bot.core.walltime import local
from bot.core.wording import AGREEMENT

LIMITS = AGREEMENT[1]
"""The limits of confidentiality: said in every agreement, whatever else a set agrees on."""

MOST_RULES = 12
SIZE = Refusal(f"A set has {SMALLEST} to {MOST_MEMBERS} people; give a number.", "size", "size")
QUORUM = Refusal("A meeting needs at least two, and no more than the set has.", "quorum", "quorum")
RULES = Refusal(f"Write one to {MOST_RULES} rules, each on a line of its own.", "rules", "lines")
RUNNING = Refusal("A meeting is on; end it first, then the set can rest.", "running")


def _change(state: SetState, command: ChangeSet, now: datetime) -> Decision[SetState] | Refusal:
    size = state.size if command.size is None else command.size
    quorum = state.quorum if command.quorum is None else command.quorum
    here = len(state.present_members)
    if not SMALLEST <= size <= MOST_MEMBERS:
        return SIZE
    if size < here:
        return Refusal(f"{here} people are in it already; give at least {here}.", "size", "size")
    if not 2 <= quorum <= size:
        return QUORUM
    rhythm = state.rhythm if command.rhythm is None else command.rhythm
    changed = replace(
        state,
        purpose=command.purpose,
        rhythm=anchored(rhythm, _last(state, now)),
        size=size,
        quorum=quorum,
        listed=state.listed if command.listed is None else command.listed,
    )
    if changed == state:
        return Decision(state, answer="It is as it was.")
    notices = (*set_card_again(changed), *(place_free(changed, now) if size > state.size else ()))
    asks = changed.listed and not state.listed
    return Decision(changed, notices, answer="Changed. It holds from now on.", calendar=asks)


def _last(state: SetState, now: datetime) -> datetime:
    """The meeting that the rhythm goes on from."""
    planned = state.planned()
    walls = [m.wall for m in state.meetings if m.status is MeetingStatus.HELD]
    return planned[0].wall if planned else max(walls, default=local(now, state.zone))


def _agreement(
    state: SetState, command: ChangeAgreement, now: datetime
) -> Decision[SetState] | Refusal:
    rules = tuple(line.strip() for line in command.lines if line.strip())
    if not 0 < len(rules) <= MOST_RULES:
        return RULES
    if LIMITS not in rules:
        rules = (*rules, LIMITS)
    if rules == state.agreement:
        return Decision(state, answer="It is as it was.")
    slot = f"{state.id}:agreement:{now.timestamp():.0f}"
    told = Notice(Matter.NOTICE, slot, "agreement", state.id, Where.PLACE)
    state = replace(state, agreement=rules)
    return Decision(state, (told,), answer="Changed. The set reads it in its place.")


def _freeze(state: SetState, command: FreezeSet, now: datetime) -> Decision[SetState] | Refusal:
    if command.on is (state.frozen_at is not None):
        return Decision(state, answer="It is so already.")
    if command.on:
        if state.session:
            return RUNNING
        state = replace(state, frozen_at=now)
        answer = "The set rests: no meeting, no prompt and no reminder until you press Go on."
        return Decision(state, set_card_again(state), answer=answer)
    state = without_missed(replace(state, frozen_at=None), now)
    missed = [m for m in state.meetings if m.status is MeetingStatus.NOT_HELD]
    if not state.planned() and missed:
        last = max(missed, key=lambda m: m.wall)
        state = with_next(state, last.id, last.wall, now)
    return Decision(state, set_card_again(state), answer="The set goes on.")


def _archive(state: SetState, command: ArchiveSet, now: datetime) -> Decision[SetState] | Refusal:
    if state.session:
        return RUNNING
    if not command.sure:
        return Decision(state, answer=archive_question(state, command.who))
    farewell = Notice(Matter.NOTICE, f"{state.id}:farewell", "farewell", state.id, Where.PLACE)
    state = replace(state, archived_at=now, proposal=None, deeds=())
    return Decision(state, (farewell,), answer="The set has come to its end. Thank you for it.")


DECIDERS: Deciders[SetState] = {
    **on(ChangeSet, _change),
    **on(ChangeAgreement, _agreement),
    **on(FreezeSet, _freeze),
    **on(ArchiveSet, _archive),
}
"""Who decides each command that changes a set as a whole."""
