"""What people want of a set, between or beside its meetings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.cards import PersonId
from bot.core.command import ToSet
from bot.core.permissions import Right
from bot.core.preferences import Preferences
from bot.core.signals import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSet(ToSet, needs=Right.CREATE_SET):
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
class StartMeeting(ToSet, needs=Right.START):
    """Open the next planned meeting now, or one made up on the spot."""

    session: str
    seed: int
    format: str = ""
    grace: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMeeting(ToSet, needs=Right.CHANGE_SET):
    """Plan the next meeting, or move it; `wall` is local time in the set's zone.

    What is None stays as it is. `asked` says that the date was read from somebody's own words, so
    that they are asked whether it is right before anybody is told.
    """

    meeting: str
    wall: datetime
    rhythm: str | None = None
    format: str | None = None
    link: str | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelMeeting(ToSet, needs=Right.CHANGE_SET):
    """Take a planned meeting away; `key` makes the id of the question whether one is sure."""

    key: str
    meeting: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmProposal(ToSet, needs=Right.CHANGE_SET):
    """Yes, it is right: what was proposed is done, and the others are told."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToMeeting(ToSet, needs=Right.SEE_SET):
    """Coming, Can't come or Maybe, put on or (`on` false) taken off again.

    `quiet` is a reaction, which shows by itself and is answered by nothing.
    """

    meeting: str
    reply: str
    on: bool = True
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CountReplies(ToSet, needs=Right.TELL_TIME):
    """Reactions that an invitation bears, as the platform tells them after an outage."""

    meeting: str
    replies: tuple[tuple[str, str], ...]
    """Who, and what they reply: one each, from those who gave one only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agree(ToSet, needs=Right.JOIN):
    """I agree: joins the set, and arrives where a meeting is on."""

    name: str
    zone: str = ""
    arriving: bool = False
    preferences: Preferences | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAgreement(ToSet, needs=Right.JOIN):
    """The agreement, for this person's eyes, with `I agree` and `Not now`."""

    arriving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNow(ToSet, needs=Right.JOIN):
    """Not now: nothing is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSet(ToSet, needs=Right.SEE_SET):
    """A private answer drawn from the set: help, home, people, actions."""

    card: str
    subject: str = ""

    @property
    def permission(self) -> Right:
        """What is asked for depends on what is drawn."""
        return _SHOWN.get(self.card, self.needs)


_SHOWN = {
    "help": Right.ASK_HELP,
    "actions": Right.OWN_ACTION,
    "done": Right.OWN_ACTION,
    "which": Right.OWN_ACTION,
    "actions_set": Right.SEE_ACTIONS,
}
"""The permission of an answer that shows something else than the set itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewCalendar(ToSet, needs=Right.SEE_SET):
    """Another address for one's own calendar; the one before it is dead from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAction(ToSet, needs=Right.OWN_ACTION):
    """New words, date or audience for one's own action."""

    action: str
    what: str | None = None
    due: datetime | None = None
    visibility: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAction(ToSet, needs=Right.OWN_ACTION):
    """One's own action is taken away."""

    action: str
    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAction(ToSet, needs=Right.OWN_ACTION):
    """How it went with one's own action: the press saves the outcome."""

    action: str
    outcome: str
    session: str = ""
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TellAction(ToSet, needs=Right.OWN_ACTION):
    """Words to an outcome already saved."""

    action: str
    happened: str = ""
    learned: str = ""
    what_now: str = ""
    due: datetime | None = None
    visibility: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindAction(ToSet, needs=Right.OWN_REMINDERS):
    """Snooze or stop the reminders of one's own action, or say that it is still meant."""

    action: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoDeed(ToSet, needs=Right.SEE_SET):
    """Take back what I did last, if that was in the last ten minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePeople(ToSet, needs=Right.CHANGE_SET):
    """Invite somebody, take somebody out, or name another facilitator: as typed, or an id."""

    add: str = ""
    remove: str = ""
    facilitator: str = ""
    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitForPlace(ToSet, needs=Right.JOIN):
    """Tell me when a place is free."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveSet(ToSet, needs=Right.SEE_SET):
    """I leave; `how` is who is told (`set` or `facilitator`), empty while that is asked."""

    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipTurn(ToSet, needs=Right.SEE_SET):
    """I do not facilitate next; I am last in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapTurns(ToSet, needs=Right.SEE_SET):
    """I swap my turn with another; empty while that is asked."""

    other: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet(ToSet, needs=Right.CHANGE_SET):
    """What the set is for, how often it meets, for how many; what is None stays as it is."""

    purpose: str = ""
    rhythm: str | None = None
    size: int | None = None
    quorum: int | None = None
    listed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAgreement(ToSet, needs=Right.CHANGE_SET):
    """What the set agrees on, a rule a line."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeSet(ToSet, needs=Right.FREEZE):
    """The set rests (`on`), or goes on."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSet(ToSet, needs=Right.ARCHIVE):
    """The set comes to its end."""

    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreferences(ToSet, needs=Right.OWN_SETTINGS):
    """How this person wants to be written to from now on, in every set of theirs."""

    zone: str
    quiet: str
    direct: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepDraft(ToSet, needs=Right.ADD_ISSUE):
    """An issue drafted before the meeting, for nobody's eyes but the owner's."""

    title: str
    why: str = ""
    urgency: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedPerson(ToSet, needs=Right.TELL_TIME):
    """Whether direct messages get through to somebody."""

    person: PersonId
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowPlace(ToSet, needs=Right.TELL_TIME):
    """Something happened to the set's place; `place` is its new id where it has one."""

    change: Change
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowPerson(ToSet, needs=Right.TELL_TIME):
    """Somebody left the place or the workspace; `here` says that they were in the meeting."""

    person: PersonId
    change: Change
    here: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UseAnyway(ToSet, needs=Right.CHANGE_SET):
    """Whether the set goes on in a place that others can now read."""

    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClockSpeaks(ToSet, needs=Right.TELL_TIME):
    """A deadline of the set has come."""

    what: str
    subject: str = ""
    due_at: datetime | None = None
    fresh: str = ""
