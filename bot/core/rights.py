"""Who may do what and who may see what: two tables by role, and the functions that everybody asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core import commands as c
from bot.core.cards import PersonId
from bot.core.learning_set import SetState
from bot.core.session import BOT, CLOCK, Facilitation, Refusal, Session


class Role(StrEnum):
    """The columns of both tables, and the clock.

    A stranger (X) and the operator (O) never come in by a chat: the store gives a stranger an empty
    place, and the operator has the command line. A facilitator of another set (G) is like anybody
    in the workspace who is not in this one.
    """

    STRANGER = "X"
    NOBODY = "N"
    MEMBER = "M"
    PRESENTER = "P"
    FACILITATOR = "F"
    ELSEWHERE = "G"
    ADMIN = "A"
    OPERATOR = "O"
    FORMER = "D"
    CLOCK = "clock"


COLUMNS = "XNMPFGAOD"


class Cell(StrEnum):
    """What stands where a row and a column meet."""

    NO = "-"
    YES = "Y"
    OWN = "o"
    INVITED = "i"
    """Seeing the set's card in its place is the invitation."""

    SHARED = "s"
    """One's own, and of others what they let the set see."""

    SUMS = "a"
    COUNTS = "c"
    ORPHANED = "r"
    """Only where the facilitator has gone silent."""

    WISH = "w"
    """A wish, which comes true when enough of those here have it."""


class Right(StrEnum):
    """The rows of the first table: what can be done."""

    CREATE_SET = "create a set"
    JOIN = "join"
    ASK_HELP = "ask for help"
    SEE_SET = "see who is in the set"
    SEE_STATUS = "see where the meeting is"
    SEE_ACTIONS = "list the actions of the set"
    SEE_WORDS = "read the words behind a neutral message"
    SEE_REPORT = "read one's own notes of a meeting"
    CHANGE_SET = "change the set, plan its meetings"
    NEXT_FACILITATOR = "name another facilitator"
    FREEZE = "freeze the set"
    BURN = "burn the set"
    ARCHIVE = "archive the set"
    PURGE = "archive or delete a set, without reading it"
    START = "start a meeting"
    ADVANCE = "move the meeting"
    TAKE_OVER = "take the process over"
    TAKE_PART = "take part in a meeting"
    HOLD_SILENCE = "hold a silence"
    ADD_ISSUE = "add an issue"
    OWN_ISSUE = "withdraw one's own issue"
    CLEAR_WORDS = "have one's own words of a meeting deleted"
    VOTE = "vote"
    OWN_ACTION = "keep, change and report on one's own action"
    OWN_REMINDERS = "change one's own reminders"
    OWN_SETTINGS = "change one's own language, zone and quiet hours"
    EXPORT = "export one's own data"
    ERASE = "erase one's own data"
    CONCERN = "raise a concern"
    LOOK_AFTER = "look after the installation, counts only"
    SIGNPOST = "say where people find help"
    TELL_TIME = "be the clock"
    FOLLOW = "follow from a decision that was allowed"


def _row(cells: str) -> dict[str, Cell]:
    return {column: Cell(cell) for column, cell in zip(COLUMNS, cells.split(), strict=True)}


TABLE: dict[Right, dict[str, Cell]] = {
    #                             X N M P F G A O D
    Right.CREATE_SET:       _row("- Y Y Y Y Y Y - -"),
    Right.JOIN:             _row("- i Y Y Y i i - i"),
    Right.ASK_HELP:         _row("- Y Y Y Y Y Y - Y"),
    Right.SEE_SET:          _row("- - Y Y Y - - - -"),
    Right.SEE_STATUS:       _row("- - Y Y Y - - - -"),
    Right.SEE_ACTIONS:      _row("- - s s s - - - -"),
    Right.SEE_WORDS:        _row("- o s s s o o - o"),
    Right.SEE_REPORT:       _row("- - o o o - - - -"),
    Right.CHANGE_SET:       _row("- - - - Y - - - -"),
    Right.NEXT_FACILITATOR: _row("- - - - Y - r r -"),
    Right.FREEZE:           _row("- - - - Y - - - -"),
    Right.BURN:             _row("- - w w w - - - -"),
    Right.ARCHIVE:          _row("- - - - Y - Y Y -"),
    Right.PURGE:            _row("- - - - - - Y Y -"),
    Right.START:            _row("- - - - Y - - - -"),
    Right.ADVANCE:          _row("- - w w Y - - - -"),
    Right.TAKE_OVER:        _row("- - r r Y - - - -"),
    Right.TAKE_PART:        _row("- - Y Y Y - - - -"),
    Right.HOLD_SILENCE:     _row("- - Y Y Y - - - -"),
    Right.ADD_ISSUE:        _row("- - Y Y Y - - - -"),
    Right.OWN_ISSUE:        _row("- - o o o - - - -"),
    Right.CLEAR_WORDS:      _row("- - o o o - - - o"),
    Right.VOTE:             _row("- - Y Y Y - - - -"),
    Right.OWN_ACTION:       _row("- - o o o - - - -"),
    Right.OWN_REMINDERS:    _row("- - o o o - - - -"),
    Right.OWN_SETTINGS:     _row("- o o o o o o - o"),
    Right.EXPORT:           _row("- o o o o o o - o"),
    Right.ERASE:            _row("- o o o o o o - o"),
    Right.CONCERN:          _row("- - Y Y Y - - - -"),
    Right.LOOK_AFTER:       _row("- - - - - - c c -"),
    Right.SIGNPOST:         _row("- - - - - - Y - -"),
    Right.TELL_TIME:        _row("- - - - - - - - -"),
    Right.FOLLOW:           _row("- Y Y Y Y Y Y - Y"),
}  # fmt: skip
"""Moving a meeting is asked of members here and settled by who holds the process: a member's press
counts as a wish where the bot holds it, and is refused where a person does. To join a second time
changes nothing."""

CLOCK_MAY = frozenset({Right.START, Right.TELL_TIME, Right.FOLLOW})

NEEDS: dict[type[c.Command], Right] = {
    c.CreateSet: Right.CREATE_SET,
    c.ShowAgreement: Right.JOIN,
    c.Agree: Right.JOIN,
    c.NotNow: Right.JOIN,
    c.ShowSet: Right.SEE_SET,
    c.RenewCalendar: Right.SEE_SET,
    c.PlanMeeting: Right.CHANGE_SET,
    c.CancelMeeting: Right.CHANGE_SET,
    c.ConfirmProposal: Right.CHANGE_SET,
    c.ReplyToMeeting: Right.SEE_SET,
    c.ChangeHabits: Right.OWN_SETTINGS,
    c.UndoDeed: Right.SEE_SET,
    c.ChangePeople: Right.CHANGE_SET,
    c.ChangeSet: Right.CHANGE_SET,
    c.ChangeAgreement: Right.CHANGE_SET,
    c.FreezeSet: Right.FREEZE,
    c.ArchiveSet: Right.ARCHIVE,
    c.WaitForPlace: Right.JOIN,
    c.LeaveSet: Right.SEE_SET,
    c.SkipTurn: Right.SEE_SET,
    c.SwapTurns: Right.SEE_SET,
    c.LeaveMeeting: Right.FOLLOW,
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
    c.CountReplies: Right.TELL_TIME,
    c.FollowPlace: Right.TELL_TIME,
    c.FollowPerson: Right.TELL_TIME,
    c.NameReaders: Right.TELL_TIME,
    c.UseAnyway: Right.CHANGE_SET,
    # An action point is its owner's, wherever they are.
    c.KeepAction: Right.OWN_ACTION,
    c.ChangeAction: Right.OWN_ACTION,
    c.DeleteAction: Right.OWN_ACTION,
    c.ReportAction: Right.OWN_ACTION,
    c.TellAction: Right.OWN_ACTION,
    c.RemindAction: Right.OWN_REMINDERS,
    # Moving the meeting.
    c.Next: Right.ADVANCE,
    c.Back: Right.ADVANCE,
    c.Extend: Right.ADVANCE,
    c.Pause: Right.ADVANCE,
    c.Wait: Right.ADVANCE,
    c.AcceptReaders: Right.ADVANCE,
    c.EndMeeting: Right.ADVANCE,
    c.HandOver: Right.ADVANCE,
    c.StillHere: Right.ADVANCE,
    c.TakeBack: Right.ADVANCE,
    c.TakeBackWish: Right.ADVANCE,
    c.TakeOver: Right.TAKE_OVER,
    c.HoldRound: Right.TAKE_OVER,
    # Taking part in it.
    c.TakeBackArrival: Right.TAKE_PART,
    c.HoldSilence: Right.HOLD_SILENCE,
    c.TimeOut: Right.HOLD_SILENCE,
    c.StopRound: Right.TAKE_PART,
    c.StepOut: Right.TAKE_PART,
    c.ShowMore: Right.TAKE_PART,
    c.ShowStatus: Right.SEE_STATUS,
    c.ShowReport: Right.SEE_REPORT,
    c.ClearWords: Right.CLEAR_WORDS,
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
    # Of the bot itself.
    c.ShowPrivacy: Right.ASK_HELP,
    c.AskHelp: Right.ASK_HELP,
    c.ExportMine: Right.EXPORT,
    c.ForgetMe: Right.ERASE,
    c.BurnSet: Right.BURN,
    c.RaiseConcern: Right.CONCERN,
    c.LookAfter: Right.LOOK_AFTER,
    c.PutAway: Right.PURGE,
    c.SetSignpost: Right.SIGNPOST,
}
"""The row of the table each command stands in; one that a phase adds for itself takes part."""


def _each(right: Right, names: str) -> dict[str, Right]:
    return dict.fromkeys(names.split(), right)


BUTTONS: dict[str, Right] = {
    "try_again": Right.CREATE_SET,
    **_each(Right.JOIN, "here join agree not_now"),
    "need_help": Right.ASK_HELP,
    "show_people": Right.SEE_SET,
    "calendar": Right.SEE_SET,
    "show_shared": Right.SEE_ACTIONS,
    "show_words": Right.SEE_WORDS,
    "my_report": Right.SEE_REPORT,
    **_each(Right.CHANGE_SET, "take_out change_set change_agreement"),
    **_each(Right.FREEZE, "freeze go_on"),
    **_each(Right.ARCHIVE, "end_set end_set_sure"),
    **_each(Right.SEE_SET, "coming away maybe leave_set skip_turn swap swap_with"),
    "wait_for_place": Right.JOIN,
    **_each(Right.CHANGE_SET, "schedule correct_plan proposal cancel_meeting go_on_here rest_here"),
    "begin": Right.START,
    **_each(Right.ADVANCE, "next back extend pause wait hand_over still_here take_back_process"),
    **_each(Right.ADVANCE, "end end_sure close_vote close_meeting back_from_break accept_readers"),
    **_each(Right.TAKE_OVER, "take_over take_over_sure hold_round"),
    **_each(Right.HOLD_SILENCE, "silence time_out"),
    **_each(Right.TAKE_PART, "more step_out stop_round stop_sure spoken pass"),
    "clear_words": Right.CLEAR_WORDS,
    **_each(Right.TAKE_PART, "finish_telling ask change_question take_back enough answered"),
    **_each(Right.TAKE_PART, "pass_question park next_question reflect nothing_to_add"),
    **_each(Right.TAKE_PART, "learned pass_learning"),
    **_each(Right.ADD_ISSUE, "offer nothing_today"),
    "withdraw": Right.OWN_ISSUE,
    **_each(Right.VOTE, "vote unvote my_vote"),
    **_each(Right.OWN_ACTION, "show_mine outcomes which save_action change_action share_action"),
    **_each(Right.OWN_ACTION, "unshare_action delete_action delete_sure add_action no_action"),
    **_each(Right.OWN_ACTION, "thats_all done partly changed dropped going"),
    "export_mine": Right.EXPORT,
    **_each(Right.ERASE, "forget_me forget_sure"),
    "burn_sure": Right.BURN,
    "concern_sure": Right.CONCERN,
    **_each(Right.PURGE, "archive_sure purge_sure"),
    **_each(Right.OWN_REMINDERS, "still_meant snooze stop_reminding"),
}
"""The row each button stands in, wherever it is pressed; one that a phase adds takes part."""

FORMS: dict[str, Right] = {
    "start_set": Right.CREATE_SET,
    "schedule": Right.CHANGE_SET,
    "settings": Right.OWN_SETTINGS,
    "change_set": Right.CHANGE_SET,
    "agreement": Right.CHANGE_SET,
    "bid": Right.ADD_ISSUE,
    "action": Right.OWN_ACTION,
    "change_action": Right.OWN_ACTION,
    "report": Right.OWN_ACTION,
}
"""The row each form stands in; one that a phase asks for takes part."""

NOT_MEMBER = Refusal("Press I'm here on the set's board first; it takes a moment.", "not_member")
NOT_FACILITATOR = Refusal(
    "The facilitator plans and starts the meetings of this set; ask them.", "not_facilitator"
)
NOT_ADMIN = Refusal(
    "Those who manage this workspace or server can do that; ask one of them.", "not_admin"
)


def of_button(action: str) -> Right:
    """The row a button stands in."""
    return BUTTONS.get(action, Right.TAKE_PART)


def of_form(key: str) -> Right:
    """The row a form stands in."""
    return FORMS.get(key, Right.TAKE_PART)


ANSWERS: dict[str, Right] = {
    "help": Right.ASK_HELP,
    "actions": Right.OWN_ACTION,
    "done": Right.OWN_ACTION,
    "which": Right.OWN_ACTION,
    "actions_set": Right.SEE_ACTIONS,
}
"""The rows of answers drawn from the set; any other shows the set itself."""


def needed(command: c.Command) -> Right:
    """The row of the table a command stands in."""
    if isinstance(command, c.ShowSet):
        return ANSWERS.get(command.card, Right.SEE_SET)
    return NEEDS.get(type(command), Right.TAKE_PART)


# --- roles ---------------------------------------------------------------------------------------


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


def in_place(state: SetState | None, session: Session | None, who: PersonId) -> frozenset[Role]:
    """A person's roles wherever they speak: in the set and, while one runs, in its meeting.

    Who has left the set has left its meeting too.
    """
    if state is None:
        return frozenset({Role.NOBODY})
    roles = in_set(state, who)
    if session is not None and session.live and Role.FORMER not in roles:
        roles |= in_session(session, who)
    return roles


WITHOUT_A_SET = frozenset(
    {
        Right.ASK_HELP,
        Right.OWN_SETTINGS,
        Right.EXPORT,
        Right.ERASE,
        Right.LOOK_AFTER,
        Right.PURGE,
        Right.SIGNPOST,
    }
)
"""What is asked of the bot itself, also where no set lives."""

# --- what may be done ---------------------------------------------------------------------------


def cell(right: Right, role: Role) -> Cell:
    """Where a row and a column meet."""
    if role is Role.CLOCK:
        return Cell.YES if right in CLOCK_MAY else Cell.NO
    return TABLE[right][role.value]


def may(roles: frozenset[Role], right: Right) -> bool:
    """Whether anybody of these roles may do this at all; whose it is, is asked further on."""
    return any(cell(right, role) is not Cell.NO for role in roles)


def stopped(roles: frozenset[Role], right: Right) -> Refusal | None:
    """Why somebody of these roles may not do this; None where they may."""
    if may(roles, right):
        return None
    if right in (Right.LOOK_AFTER, Right.PURGE, Right.SIGNPOST):
        return NOT_ADMIN
    led = (Right.START, Right.CHANGE_SET, Right.NEXT_FACILITATOR, Right.FREEZE, Right.ARCHIVE)
    return NOT_FACILITATOR if right in led else NOT_MEMBER


_OF_MEMBERS = frozenset(
    kind for kind, right in NEEDS.items() if may(frozenset({Role.MEMBER}), right)
)
"""The commands every member may give, whatever else they are."""


def refused_in_session(session: Session, command: c.InSession) -> Refusal | None:
    """Why somebody may not do this in a running meeting; None where they may."""
    if type(command) in _OF_MEMBERS and session.who(command.who) is not None:
        return None
    return refused(in_session(session, command.who), command)


def refused(roles: frozenset[Role], command: c.Command) -> Refusal | None:
    """Why somebody of these roles may not want this; None where they may."""
    return stopped(roles, needed(command))


# --- what may be seen -----------------------------------------------------------------------------


class Kind(StrEnum):
    """The rows of the second table: what can be shown."""

    SET = "the set, its members and its meetings"
    WELCOME = "the first word to somebody who has joined"
    NOTICE = "a word to one person about the set's messages"
    PROMPT = "a word to those who hold the process"
    ISSUE = "an issue on the table"
    DRAFT = "an issue kept for later"
    BALLOT = "who voted for what"
    TALK = "questions and reflections of a meeting"
    KEEPSAKE = "what one takes home from a meeting"
    ACTION = "the words of an action"
    LEARNING = "what became of an action, in words"
    REMINDER = "a reminder of an action"
    ATTENDANCE = "who was there, and when"
    DELIVERY = "how messages fared"


SEES: dict[Kind, dict[str, Cell]] = {
    #                   X N M P F G A O D
    Kind.SET:        _row("- - Y Y Y - c c -"),
    Kind.WELCOME:    _row("- o o o o o o - o"),
    Kind.NOTICE:     _row("- o o o o o o - o"),
    Kind.PROMPT:     _row("- - o o o - - - -"),
    Kind.ISSUE:      _row("- - Y Y Y - - - -"),
    Kind.DRAFT:      _row("- - o o o - - - o"),
    Kind.BALLOT:     _row("- - o o o - - - -"),
    Kind.TALK:       _row("- - Y Y Y - - - -"),
    Kind.KEEPSAKE:   _row("- - o o o - - - -"),
    Kind.ACTION:     _row("- - s s s - - - o"),
    Kind.LEARNING:   _row("- - s s s - - - o"),
    Kind.REMINDER:   _row("- - o o o - - - -"),
    Kind.ATTENDANCE: _row("- - Y Y Y - c - o"),
    Kind.DELIVERY:   _row("- - - - Y - c c -"),
}  # fmt: skip
"""Who sees which words. A count is never a word: `c` and `a` show nothing here."""

OF_CARD: dict[str, Kind] = {
    "welcome": Kind.WELCOME,
    "undelivered": Kind.NOTICE,
    "concern": Kind.NOTICE,
    "invitation": Kind.WELCOME,
    "place_free": Kind.WELCOME,
    "keepsake": Kind.KEEPSAKE,
    "reminder": Kind.REMINDER,
    "claim": Kind.PROMPT,
    "silent": Kind.PROMPT,
    "time_up": Kind.PROMPT,
}
"""What a direct message shows, by the card it carries; any other shows the set."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be shown: what it is, whose, and whether they let the set see it."""

    kind: Kind
    owner: PersonId = ""
    shared: bool = False


def may_see(roles: frozenset[Role], who: PersonId, thing: Thing) -> bool:
    """Whether this person may read it: asked by every card, message, export and report."""
    cells = {SEES[thing.kind][role.value] for role in roles if role is not Role.CLOCK}
    if Cell.YES in cells:
        return True
    if thing.owner == who:
        return bool(cells & {Cell.OWN, Cell.SHARED})
    return thing.shared and Cell.SHARED in cells


def set_may_see(thing: Thing) -> bool:
    """Whether it may stand where the whole set reads it."""
    return may_see(frozenset({Role.MEMBER}), "", thing)


def may_be_told(state: SetState, who: PersonId, card: str) -> bool:
    """Whether a direct message with that card may go to this person now."""
    kind = OF_CARD.get(card, Kind.SET)
    return may_see(in_set(state, who), who, Thing(kind, owner=who))
