"""What people want, in the meeting's language; what they want of a set is in `set_commands`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.cards import PersonId
from bot.core.command import Contribution, InSession
from bot.core.meeting.session import Session
from bot.core.permissions import Right

# --- moving the meeting ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession(InSession, needs=Right.FOLLOW):
    """Start a meeting: the set hands over what the meeting needs to know."""

    opening: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrive(InSession, needs=Right.FOLLOW):
    """I'm here. A late-comer joins the end of turns; `expected` are announced, but not here yet."""

    name: str = ""
    waiting_since: datetime | None = None
    expected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NameReaders(InSession, needs=Right.TELL_TIME):
    """Who can read here and is not in the set, as the platform knows it."""

    others: tuple[tuple[PersonId, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptReaders(InSession, needs=Right.ADVANCE):
    """The meeting goes on although others can read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackArrival(InSession):
    """The sign of being here was taken off again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next(InSession, needs=Right.ADVANCE):
    """Move on; `to` names a phase, which may lie behind."""

    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Back(InSession, needs=Right.ADVANCE):
    """Go back to the step before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(InSession, needs=Right.ADVANCE):
    """Give this step more minutes. A `mark` is a reaction that asks for it, which counts once."""

    minutes: int = 2
    mark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackWish(InSession, needs=Right.ADVANCE):
    """I take back my request for what more than half of us decide, such as `next`."""

    wish: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(InSession, needs=Right.ADVANCE):
    """The facilitator would rather wait for a silent presenter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(InSession, needs=Right.ADVANCE):
    """Stop the phase clock (`on`) or let it go on; None turns it over."""

    on: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldSilence(InSession, needs=Right.HOLD_SILENCE):
    """A held silence, 30 to 180 seconds, that anyone may call."""

    seconds: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOut(InSession, needs=Right.HOLD_SILENCE):
    """A process check: content stops until the process goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRound(InSession):
    """The presenter ends their own round. No reason is asked."""

    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOut(InSession):
    """I have to go: the facilitator alone is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveMeeting(InSession, needs=Right.FOLLOW):
    """Somebody is not in the set any more: the meeting goes on without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMeeting(InSession, needs=Right.ADVANCE):
    """End the whole meeting."""

    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(InSession, needs=Right.ADVANCE):
    """The facilitator lets anyone take it over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver(InSession, needs=Right.TAKE_OVER):
    """Hold the process for this meeting."""

    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StillHere(InSession, needs=Right.ADVANCE):
    """The facilitator answers a take-over: no need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(InSession, needs=Right.ADVANCE):
    """The facilitator who lost the process takes it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRound(InSession, needs=Right.TAKE_OVER):
    """I'll facilitate while its holder presents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowMore(InSession):
    """Everything this person may do now, for their eyes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStatus(InSession, needs=Right.SEE_STATUS):
    """Where we are and who is next, for their eyes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowVote(InSession, needs=Right.VOTE):
    """What counts for me now in the vote, for their eyes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReport(InSession, needs=Right.SEE_REPORT):
    """The last meeting's summary and my own, for my eyes only; long ones in parts, from 1."""

    part: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteOutage(InSession, needs=Right.TELL_TIME):
    """Nobody could be heard from `since` (zone-aware UTC) until now."""

    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOn(InSession, needs=Right.ADVANCE):
    """The interrupted meeting goes on where it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseInterrupted(InSession, needs=Right.ADVANCE):
    """The interrupted meeting is closed where it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowInterruption(InSession, needs=Right.SEE_STATUS):
    """What is the matter with the meeting, and what can be done about it, for their eyes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSpeaks(InSession, needs=Right.TELL_TIME):
    """A deadline of the session has come."""

    what: str
    subject: str = ""


# --- taking part in phases ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HaveSpoken(Contribution):
    """I have had my turn (or pass it)."""

    passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferIssue(Contribution, needs=Right.ADD_ISSUE):
    """My bid: an issue I would like to bring today."""

    title: str
    why: str = ""
    urgency: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawIssue(Contribution, needs=Right.OWN_ISSUE):
    """I take my issue back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote(InSession, needs=Right.VOTE):
    """A vote for a bid, put on or taken off. `by_button` outranks reactions."""

    bid: int
    on: bool = True
    by_button: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CountVotes(InSession, needs=Right.TELL_TIME):
    """The platform's own word on the reactions: (person, bid) pairs."""

    votes: frozenset[tuple[PersonId, int]]
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishTelling(Contribution):
    """The presenter has told it, perhaps with a key question."""

    key_question: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskQuestion(Contribution):
    """A question for the presenter, or new words for the one I have waiting."""

    question: str
    replaces: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackQuestion(InSession):
    """My waiting question need not be asked."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleQuestion(InSession):
    """The question in flight is answered, passed, or parked for the presenter to keep."""

    number: int
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnoughQuestions(InSession):
    """The presenter has enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflect(Contribution):
    """What stayed with me."""

    reflection: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAction(Contribution, needs=Right.OWN_ACTION):
    """An action in the presenter's words. `due` is local wall time in the set's zone."""

    action: str
    what: str
    due: datetime | None = None
    how: str = ""
    helper: str = ""
    visibility: str = "set"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishPlanning(Contribution, needs=Right.OWN_ACTION):
    """That's all, or no action: I will sit with it."""

    none: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLearning(Contribution):
    """What I learned, and perhaps how we worked together, 1 to 5."""

    learning: str = ""
    pulse: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearWords(InSession, needs=Right.CLEAR_WORDS):
    """Delete what the bot posted of my words (the presenter: of the whole round)."""
