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
    ADD_ISSUE = "add an issue"
    OWN_ISSUE = "withdraw one's own issue"
    VOTE = "vote"
    START = "start a meeting"
    ADVANCE = "move the meeting"
    TAKE_PART = "take part in a meeting"
    OWN_ACTION = "keep, change and report on one's own action"
    TELL_TIME = "be the clock"
    FOLLOW = "follow from a decision that was allowed"
    CHANGE_SET = "change the set, plan its meetings"


TABLE: dict[Right, frozenset[Role]] = {
    Right.CREATE_SET: frozenset(Role) - {Role.CLOCK},
    Right.JOIN: frozenset(
        {Role.NOBODY, Role.FORMER, Role.MEMBER, Role.PRESENTER, Role.FACILITATOR}
    ),
    Right.SEE_SET: frozenset({Role.MEMBER, Role.PRESENTER, Role.FACILITATOR}),
    Right.ADD_ISSUE: frozenset({Role.MEMBER, Role.PRESENTER, Role.FACILITATOR}),
    Right.OWN_ISSUE: frozenset({Role.MEMBER, Role.PRESENTER, Role.FACILITATOR}),
    Right.VOTE: frozenset({Role.MEMBER, Role.PRESENTER, Role.FACILITATOR}),
    Right.START: frozenset({Role.FACILITATOR, Role.CLOCK}),
    Right.ADVANCE: frozenset({Role.MEMBER, Role.PRESENTER, Role.FACILITATOR}),
    Right.TAKE_PART: frozenset({Role.MEMBER, Role.PRESENTER, Role.FACILITATOR}),
    Right.OWN_ACTION: frozenset({Role.MEMBER, Role.PRESENTER, Role.FACILITATOR}),
    Right.TELL_TIME: frozenset({Role.CLOCK}),
    Right.FOLLOW: frozenset(Role),
    Right.CHANGE_SET: frozenset({Role.FACILITATOR}),
}
"""Moving a meeting is asked of members here and settled by who holds the process: a member's press
counts as a wish where the bot holds it, and is refused where a person does."""

NEEDS: dict[type[c.Command], Right] = {
    c.CreateSet: Right.CREATE_SET,
    c.Agree: Right.JOIN,
    c.ShowAgreement: Right.JOIN,
    c.NotNow: Right.JOIN,
    c.ShowSet: Right.SEE_SET,
    c.StartMeeting: Right.START,
    c.KeepAction: Right.OWN_ACTION,
    c.ChangeAction: Right.OWN_ACTION,
    c.DeleteAction: Right.OWN_ACTION,
    c.ReportAction: Right.OWN_ACTION,
    c.TellAction: Right.OWN_ACTION,
    c.RemindAction: Right.OWN_ACTION,
    c.KeepDraft: Right.ADD_ISSUE,
    c.SetClockSpeaks: Right.TELL_TIME,
    c.ReachedPerson: Right.TELL_TIME,
    c.CloseSession: Right.FOLLOW,
    c.PlanMeeting: Right.CHANGE_SET,
    c.OfferIssue: Right.ADD_ISSUE,
    c.WithdrawIssue: Right.OWN_ISSUE,
    c.CastVote: Right.VOTE,
    c.ShowVote: Right.VOTE,
    c.Next: Right.ADVANCE,
    c.Back: Right.ADVANCE,
    c.Extend: Right.ADVANCE,
    c.Pause: Right.ADVANCE,
    c.EndMeeting: Right.ADVANCE,
    c.HandOver: Right.ADVANCE,
    c.ClockSpeaks: Right.TELL_TIME,
    c.CountVotes: Right.TELL_TIME,
}
"""The right each command needs; one that is missing here needs `TAKE_PART`."""


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
    if right in (Right.START, Right.CHANGE_SET):
        return Refusal(
            "The facilitator plans and starts the meetings of this set; ask them.",
            "not_facilitator",
        )
    return Refusal("Press I'm here on the set's board first; it takes a moment.", "not_member")
