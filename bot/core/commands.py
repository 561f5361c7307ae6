"""What people want, in the meeting's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.cards import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Somebody (or the clock, as `session.CLOCK`) wants something. `right` names its rights row."""

    who: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class InSession(Command):
    """A command to the running meeting. `step` is the step the person saw; None where none was."""

    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution(InSession):
    """Words or a choice that only those who may speak in the phase can hand in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSet(Command):
    """A command to the set, between or beside its meetings."""


# --- moving the meeting ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession(InSession):
    """Start a meeting: the set hands over what the meeting needs to know."""

    opening: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrive(InSession):
    """I'm here. A late-comer joins the end of turns."""

    name: str = ""
    waiting_since: datetime | None = None
    expected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Next(InSession):
    """Move on; `to` names a phase, which may lie behind."""

    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Back(InSession):
    """Go back to the step before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(InSession):
    """Give this step more minutes."""

    minutes: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(InSession):
    """Stop the phase clock, or let it go on where it stands."""


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
class ShowHelp(InSession):
    """I need help: a quiet word, for their eyes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReport(InSession):
    """The last summary and my own keepsake, for their eyes only."""


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
class CloseVote(InSession):
    """Close the vote now."""


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
    """An action's owner has given their word on it; `words` only where they share them here."""

    action: str
    words: str = ""


# --- the set -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSet(ToSet):
    """Found a set in a place. `start` is the id of a meeting to open at once, if one."""

    id: str
    place: str
    name: str
    who_name: str
    zone: str
    format: str
    facilitation: str
    start: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartMeeting(ToSet):
    """Open the next planned meeting now, or one made up on the spot."""

    session: str
    seed: int
    format: str = ""
    grace: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMeeting(ToSet):
    """Plan the next meeting, or move it; `wall` is local time in the set's zone."""

    meeting: str
    wall: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Agree(ToSet):
    """I agree: joins the set, and arrives where a meeting is on."""

    name: str
    zone: str = ""
    arriving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAgreement(ToSet):
    """The agreement, for this person's eyes, with `I agree` and `Not now`."""

    arriving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNow(ToSet):
    """Not now: nothing is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSet(ToSet):
    """A private answer drawn from the set: help, home, people, actions."""

    card: str
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAction(ToSet):
    """Keep a new action point of its owner."""

    action: str
    what: str
    due: datetime | None
    how: str = ""
    helper: str = ""
    visibility: str = "me"
    session: str = ""
    made_in_round: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAction(ToSet):
    """New words, date or audience for one's own action."""

    action: str
    what: str | None = None
    due: datetime | None = None
    visibility: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAction(ToSet):
    """One's own action is taken away."""

    action: str
    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAction(ToSet):
    """How it went with one's own action: the press saves the outcome."""

    action: str
    outcome: str
    session: str = ""
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TellAction(ToSet):
    """Words to an outcome already saved."""

    action: str
    happened: str = ""
    learned: str = ""
    what_now: str = ""
    due: datetime | None = None
    visibility: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindAction(ToSet):
    """Snooze or stop the reminders of one's own action, or say that it is still meant."""

    action: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepDraft(ToSet):
    """An issue drafted before the meeting, for nobody's eyes but the owner's."""

    title: str
    why: str = ""
    urgency: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedPerson(ToSet):
    """Whether direct messages get through to somebody."""

    person: PersonId
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSession(ToSet):
    """The meeting is over: what the set keeps of it."""

    session: str
    held: bool
    attended: tuple[PersonId, ...] = ()
    presented: tuple[PersonId, ...] = ()
    holder: PersonId = ""
    next_local: datetime | None = None
    bids: tuple[tuple[PersonId, str, str, int], ...] = ()
    pulse: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClockSpeaks(ToSet):
    """A deadline of the set has come."""

    what: str
    subject: str = ""
    due_at: datetime | None = None
    fresh: str = ""
