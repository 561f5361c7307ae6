"""Who may do what and who may see what: two tables by role, and the questions asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    """One cell of the table, where a row and a column meet."""

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
    """A request, which is granted once enough of those here have made it."""


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
"""Any member here may ask to move a meeting on. Where the bot facilitates, their press counts as a
request; where a person does, it is refused. To join a second time changes nothing."""

CLOCK_MAY = frozenset({Right.START, Right.TELL_TIME, Right.FOLLOW})

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


OF_MEMBERS = frozenset(right for right in Right if may(frozenset({Role.MEMBER}), right))
"""What every member may do, whatever else they are."""


# --- what may be seen -----------------------------------------------------------------------------


class Visible(StrEnum):
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


SEES: dict[Visible, dict[str, Cell]] = {
    #                   X N M P F G A O D
    Visible.SET:        _row("- - Y Y Y - c c -"),
    Visible.WELCOME:    _row("- o o o o o o - o"),
    Visible.NOTICE:     _row("- o o o o o o - o"),
    Visible.PROMPT:     _row("- - o o o - - - -"),
    Visible.ISSUE:      _row("- - Y Y Y - - - -"),
    Visible.DRAFT:      _row("- - o o o - - - o"),
    Visible.BALLOT:     _row("- - o o o - - - -"),
    Visible.TALK:       _row("- - Y Y Y - - - -"),
    Visible.KEEPSAKE:   _row("- - o o o - - - -"),
    Visible.ACTION:     _row("- - s s s - - - o"),
    Visible.LEARNING:   _row("- - s s s - - - o"),
    Visible.REMINDER:   _row("- - o o o - - - -"),
    Visible.ATTENDANCE: _row("- - Y Y Y - c - o"),
    Visible.DELIVERY:   _row("- - - - Y - c c -"),
}  # fmt: skip
"""Who sees which words. A count is never a word: `c` and `a` show nothing here."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be shown: what it is, whose, and whether they let the set see it."""

    kind: Visible
    owner: str = ""
    shared: bool = False


def may_see(roles: frozenset[Role], who: str, thing: Thing) -> bool:
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
