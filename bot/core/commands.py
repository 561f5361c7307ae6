"""What people want, in the meeting's language; what they want of a set is in `set_commands`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.cards import PersonId
from bot.core.command_kinds import Command as Command
from bot.core.command_kinds import Contribution as Contribution
from bot.core.command_kinds import ForPerson as ForPerson
from bot.core.command_kinds import InSession as InSession
from bot.core.command_kinds import ToSet as ToSet
from bot.core.exchange import CloseSession as CloseSession
from bot.core.exchange import KeepAction as KeepAction
from bot.core.exchange import MeetNext as MeetNext
from bot.core.exchange import ReportHeard as ReportHeard
from bot.core.personal_commands import AskHelp as AskHelp
from bot.core.personal_commands import BurnSet as BurnSet
from bot.core.personal_commands import ExportMine as ExportMine
from bot.core.personal_commands import ForgetMe as ForgetMe
from bot.core.personal_commands import LookAfter as LookAfter
from bot.core.personal_commands import PutAway as PutAway
from bot.core.personal_commands import RaiseConcern as RaiseConcern
from bot.core.personal_commands import SetSignpost as SetSignpost
from bot.core.personal_commands import ShowPrivacy as ShowPrivacy
from bot.core.rights import Right
from bot.core.session import Session
from bot.core.set_commands import Agree as Agree
from bot.core.set_commands import ArchiveSet as ArchiveSet
from bot.core.set_commands import CancelMeeting as CancelMeeting
from bot.core.set_commands import ChangeAction as ChangeAction
from bot.core.set_commands import ChangeAgreement as ChangeAgreement
from bot.core.set_commands import ChangeHabits as ChangeHabits
from bot.core.set_commands import ChangePeople as ChangePeople
from bot.core.set_commands import ChangeSet as ChangeSet
from bot.core.set_commands import ConfirmProposal as ConfirmProposal
from bot.core.set_commands import CountReplies as CountReplies
from bot.core.set_commands import CreateSet as CreateSet
from bot.core.set_commands import DeleteAction as DeleteAction
from bot.core.set_commands import FollowPerson as FollowPerson
from bot.core.set_commands import FollowPlace as FollowPlace
from bot.core.set_commands import FreezeSet as FreezeSet
from bot.core.set_commands import KeepDraft as KeepDraft
from bot.core.set_commands import LeaveSet as LeaveSet
from bot.core.set_commands import NotNow as NotNow
from bot.core.set_commands import PlanMeeting as PlanMeeting
from bot.core.set_commands import ReachedPerson as ReachedPerson
from bot.core.set_commands import RemindAction as RemindAction
from bot.core.set_commands import RenewCalendar as RenewCalendar
from bot.core.set_commands import ReplyToMeeting as ReplyToMeeting
from bot.core.set_commands import ReportAction as ReportAction
from bot.core.set_commands import SetClockSpeaks as SetClockSpeaks
from bot.core.set_commands import ShowAgreement as ShowAgreement
from bot.core.set_commands import ShowSet as ShowSet
from bot.core.set_commands import SkipTurn as SkipTurn
from bot.core.set_commands import StartMeeting as StartMeeting
from bot.core.set_commands import SwapTurns as SwapTurns
from bot.core.set_commands import TellAction as TellAction
from bot.core.set_commands import UndoDeed as UndoDeed
from bot.core.set_commands import UseAnyway as UseAnyway
from bot.core.set_commands import WaitForPlace as WaitForPlace

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
    """I no longer wish for what more than half of us would decide, such as `next`."""

    wish: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(InSession, needs=Right.ADVANCE):
    """Who holds the process would rather wait for a silent presenter."""


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
    """Who holds the process lets anyone take it over."""


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
    """I'll hold the process while its holder presents."""


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
    """The last summary and my own keepsake, for their eyes only; long ones in parts, from 1."""

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
