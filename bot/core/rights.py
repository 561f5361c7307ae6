"""Who may do what: one table of rights by role, and the right each command needs."""

from __future__ import annotations

from enum import StrEnum

from bot.core import commands as c
from bot.core.cards import PersonId
from bot.core.learning_set import SetState
from bot.core.session import BOT, CLOCK, Facilitation, Refusal, Session


class Role(StrEnum):
    """The columns of the table, as far as a set can know them."""

    NOBODY = "N"
    MEMBER = "M"
    PRESENTER = "P"
    FACILITATOR = "F"
    FORMER = "D"
    CLOCK = "clock"


class Right(StrEnum):
    """The rows of the table."""

    CREATE_SET = "create a set"
    JOIN = "join"
    SEE_SET = "see who is in the set"
    CHANGE_SET = "change the set, plan its meetings"
    START = "start a meeting"
    TAKE_PART = "take part in a meeting"
    ADVANCE = "move the meeting"
    ADD_ISSUE = "add an issue"
    OWN_ISSUE = "withdraw one's own issue"
    VOTE = "vote"
    OWN_ACTION = "keep, change and report on one's own action"
    TELL_TIME = "be the clock"
    FOLLOW = "follow from a decision that was allowed"


_SET = frozenset({Role.MEMBER, Role.PRESENTER, Role.FACILITATOR})

TABLE: dict[Right, frozenset[Role]] = {
    Right.CREATE_SET: frozenset(Role) - {Role.CLOCK},
    Right.JOIN: frozenset(Role) - {Role.CLOCK},
    Right.SEE_SET: _SET,
    Right.CHANGE_SET: frozenset({Role.FACILITATOR}),
    Right.START: frozenset({Role.FACILITATOR, Role.CLOCK}),
    Right.TAKE_PART: _SET,
    Right.ADVANCE: _SET,
    Right.ADD_ISSUE: _SET,
    Right.OWN_ISSUE: _SET,
    Right.VOTE: _SET,
    Right.OWN_ACTION: _SET,
    Right.TELL_TIME: frozenset({Role.CLOCK}),
    Right.FOLLOW: frozenset(Role),
}
"""Moving a meeting is asked of members here and settled by who holds the process: a member's press
counts as a wish where the bot holds it, and is refused where a person does."""

NEEDS: dict[type[c.Command], Right] = {
    c.CreateSet: Right.CREATE_SET,
    c.ShowAgreement: Right.JOIN,
    c.Agree: Right.JOIN,
    c.NotNow: Right.JOIN,
    c.ShowSet: Right.SEE_SET,
    c.PlanMeeting: Right.CHANGE_SET,
    c.CancelMeeting: Right.CHANGE_SET,
    c.ConfirmProposal: Right.CHANGE_SET,
    c.ReplyToMeeting: Right.SEE_SET,
    c.ChangeHabits: Right.SEE_SET,
    c.StartMeeting: Right.START,
    c.OpenSession: Right.FOLLOW,
    c.CloseSession: Right.FOLLOW,
    c.Arrive: Right.FOLLOW,
    c.ReportHeard: Right.FOLLOW,
    c.MeetNext: Right.FOLLOW,
    c.SetClockSpeaks: Right.TELL_TIME,
    c.ClockSpeaks: Right.TELL_TIME,
    c.CountVotes: Right.TELL_TIME,
    c.ReachedPerson: Right.TELL_TIME,
    # An action point is its owner's, wherever they are.
    c.KeepAction: Right.OWN_ACTION,
    c.ChangeAction: Right.OWN_ACTION,
    c.DeleteAction: Right.OWN_ACTION,
    c.ReportAction: Right.OWN_ACTION,
    c.TellAction: Right.OWN_ACTION,
    c.RemindAction: Right.OWN_ACTION,
    # Moving the meeting.
    c.Next: Right.ADVANCE,
    c.Back: Right.ADVANCE,
    c.Extend: Right.ADVANCE,
    c.Pause: Right.ADVANCE,
    c.Wait: Right.ADVANCE,
    c.EndMeeting: Right.ADVANCE,
    c.HandOver: Right.ADVANCE,
    c.TakeOver: Right.ADVANCE,
    c.StillHere: Right.ADVANCE,
    c.TakeBack: Right.ADVANCE,
    c.HoldRound: Right.ADVANCE,
    c.TakeBackWish: Right.ADVANCE,
    # Taking part in it.
    c.TakeBackArrival: Right.TAKE_PART,
    c.HoldSilence: Right.TAKE_PART,
    c.TimeOut: Right.TAKE_PART,
    c.StopRound: Right.TAKE_PART,
    c.StepOut: Right.TAKE_PART,
    c.ShowMore: Right.TAKE_PART,
    c.ShowStatus: Right.TAKE_PART,
    c.ShowHelp: Right.TAKE_PART,
    c.ShowReport: Right.TAKE_PART,
    c.ClearWords: Right.TAKE_PART,
    c.HaveSpoken: Right.TAKE_PART,
    c.KeepDraft: Right.ADD_ISSUE,
    c.OfferIssue: Right.ADD_ISSUE,
    c.WithdrawIssue: Right.OWN_ISSUE,
    c.CastVote: Right.VOTE,
    c.ShowVote: Right.VOTE,
    c.FinishTelling: Right.TAKE_PART,
    c.AskQuestion: Right.TAKE_PART,
    c.TakeBackQuestion: Right.TAKE_PART,
    c.SettleQuestion: Right.TAKE_PART,
    c.EnoughQuestions: Right.TAKE_PART,
    c.Reflect: Right.TAKE_PART,
    c.PlanAction: Right.OWN_ACTION,
    c.FinishPlanning: Right.OWN_ACTION,
    c.ShareLearning: Right.TAKE_PART,
}
"""The row of the table each command stands in; one that a phase adds for itself takes part."""

NOT_MEMBER = Refusal("Press I'm here on the set's board first; it takes a moment.", "not_member")
NOT_FACILITATOR = Refusal(
    "The facilitator plans and starts the meetings of this set; ask them.", "not_facilitator"
)


def in_session(session: Session, who: PersonId) -> frozenset[Role]:
    """A person's roles in a running meeting."""
    if who == CLOCK:
        return frozenset({Role.CLOCK})
    roles = {Role.MEMBER} if session.who(who) is not None else {Role.NOBODY}
    if who == session.presenter:
        roles.add(Role.PRESENTER)
    if who in (session.process.holder, session.process.home, session.holder) and who != BOT:
        roles.add(Role.FACILITATOR)
    return frozenset(roles)


def in_set(state: SetState, who: PersonId) -> frozenset[Role]:
    """A person's roles in a set between its meetings.

    Where turns are taken or the bot holds the process, every member may start a meeting.
    """
    if who == CLOCK:
        return frozenset({Role.CLOCK})
    roles = set[Role]()
    if state.agreed(who):
        roles.add(Role.MEMBER)
        if state.facilitation is not Facilitation.LED:
            roles.add(Role.FACILITATOR)
    if who == state.facilitator and state.member(who) is not None:
        roles.add(Role.FACILITATOR)
    if not roles:
        known = any(m.person == who for m in state.members)
        roles.add(Role.FORMER if known and state.member(who) is None else Role.NOBODY)
    return frozenset(roles)


def needed(command: c.Command) -> Right:
    """The row of the table a command stands in."""
    return NEEDS.get(type(command), Right.TAKE_PART)


def refused(roles: frozenset[Role], command: c.Command) -> Refusal | None:
    """Why somebody of these roles may not do this; None where they may."""
    right = needed(command)
    if roles & TABLE[right]:
        return None
    return NOT_FACILITATOR if right in (Right.START, Right.CHANGE_SET) else NOT_MEMBER
