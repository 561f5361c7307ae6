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
from bot.core.personal_commands import AskHelp as AskHelp
from bot.core.personal_commands import BurnSet as BurnSet
from bot.core.personal_commands import ExportMine as ExportMine
from bot.core.personal_commands import ForgetMe as ForgetMe
from bot.core.personal_commands import LookAfter as LookAfter
from bot.core.personal_commands import PutAway as PutAway
from bot.core.personal_commands import RaiseConcern as RaiseConcern
from bot.core.personal_commands import SetSignpost as SetSignpost
from bot.core.personal_commands import ShowPrivacy as ShowPrivacy
from bot.core.session import Session
from bot.core.set_commands import Agree as Agree
from bot.core.set_commands import ArchiveSet as ArchiveSet
from bot.core.set_commands import CancelMeeting as CancelMeeting
from bot.core.set_commands import ChangeAction as ChangeAction
from bot.core.set_commands import ChangeAgreement as ChangeAgreement
from bot.core.set_commands import ChangeHabits as ChangeHabits
from bot.core.set_commands import ChangePeople as ChangePeople
from bot.core.set_commands import ChangeSet as ChangeSet
from bot.core.set_commands import CloseSession as CloseSession
from bot.core.set_commands import ConfirmProposal as ConfirmProposal
from bot.core.set_commands import CountReplies as CountReplies
from bot.core.set_commands import CreateSet as CreateSet
from bot.core.set_commands import DeleteAction as DeleteAction
from bot.core.set_commands import FollowPerson as FollowPerson
from bot.core.set_commands import FollowPlace as FollowPlace
from bot.core.set_commands import FreezeSet as FreezeSet
from bot.core.set_commands import KeepAction as KeepAction
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
class OpenSession(InSession):
    """Start a meeting: the set hands over what the meeting needs to know."""

    opening: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrive(InSession):
    """I'm here. A late-comer joins the end of turns; `expected` are announced, but not here yet."""

    name: str = ""
    waiting_since: datetime | None = None
    expected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NameReaders(InSession):
    """Who can read here and is not in the set, as the platform knows it."""

    others: tuple[tuple[PersonId, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptReaders(InSession):
    """The meeting goes on although others can read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackArrival(InSession):
    """The sign of being here was taken off again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next(InSession):
    """Move on; `to` names a phase, which may lie behind."""

    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Back(InSession):
    """Go back to the step before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(InSession):
    """Give this step more minutes. A `mark` is a reaction that asks for it, which counts once."""

    minutes: int = 2
    mark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackWish(InSession):
    """I no longer wish for what more than half of us would decide, such as `next`."""

    wish: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(InSession):
    """Who holds the process would rather wait for a silent presenter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(InSession):
    """Stop the phase clock (`on`) or let it go on; None turns it over."""

    on: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldSilence(InSession):
    """A held silence, 30 to 180 seconds, that anyone may call."""

    seconds: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOut(InSession):
    """A process check: content stops until the process goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRound(InSession):
    """The presenter ends their own round. No reason is asked."""

    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOut(InSession):
    """I have to go: the facilitator alone is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveMeeting(InSession):
    """Somebody is not in the set any more: the meeting goes on without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMeeting(InSession):
    """End the whole meeting."""

    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(InSession):
    """Who holds the process lets anyone take it over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver(InSession):
    """Hold the process for this meeting."""

    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StillHere(InSession):
    """The facilitator answers a take-over: no need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack(InSession):
    """The facilitator who lost the process takes it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRound(InSession):
    """I'll hold the process while its holder presents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowMore(InSession):
    """Everything this person may do now, for their eyes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStatus(InSession):
    """Where we are and who is next, for their eyes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowVote(InSession):
    """What counts for me now in the vote, for their eyes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReport(InSession):
    """The last summary and my own keepsake, for their eyes only; long ones in parts, from 1."""

    part: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetNext(InSession):
    """The set has planned its next meeting while this one runs, or cancelled it (None)."""

    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSpeaks(InSession):
    """A deadline of the session has come."""

    what: str
    subject: str = ""


# --- taking part in phases ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HaveSpoken(Contribution):
    """I have had my turn (or pass it)."""

    passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferIssue(Contribution):
    """My bid: an issue I would like to bring today."""

    title: str
    why: str = ""
    urgency: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawIssue(Contribution):
    """I take my issue back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote(InSession):
    """A vote for a bid, put on or taken off. `by_button` outranks reactions."""

    bid: int
    on: bool = True
    by_button: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CountVotes(InSession):
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
class PlanAction(Contribution):
    """An action in the presenter's words. `due` is local wall time in the set's zone."""

    action: str
    what: str
    due: datetime | None = None
    how: str = ""
    helper: str = ""
    visibility: str = "set"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishPlanning(Contribution):
    """That's all, or no action: I will sit with it."""

    none: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLearning(Contribution):
    """What I learned, and perhaps how we worked together, 1 to 5."""

    learning: str = ""
    pulse: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearWords(InSession):
    """Delete what the bot posted of my words (the presenter: of the whole round)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHeard(InSession):
    """An action's owner has given their word on it.

    `told` says that they have filled in the form; `words` and `learned` only where they share them.
    """

    action: str
    told: bool = False
    words: str = ""
    learned: str = ""
