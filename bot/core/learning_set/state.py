"""A set between its meetings: members, agreement, meetings, actions, and whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.cards import PersonId
from bot.core.learning_set.actions.action import ActionPoint
from bot.core.learning_set.rhythm import EVERY_SIX_WEEKS
from bot.core.meeting.session import FORMER_NAME, Facilitation
from bot.core.preferences import USUAL, Preferences
from bot.core.walltime import days_later, instant, local
from bot.core.wording import AGREEMENT

SMALLEST, LARGEST = 4, 8
MOST_MEMBERS = 9
"""What a facilitator may widen a set to; beyond it people starve of time."""

DEFAULT_QUORUM = 4

NEVER_HELD = timedelta(days=36_500)

UNDO_WITHIN = timedelta(minutes=10)
"""How long one can take back what one did."""

NEAR = timedelta(hours=1)
"""A meeting started by hand this near to a planned one is that one."""


class MeetingStatus(StrEnum):
    """How a meeting of the set stands."""

    PLANNED = "planned"
    LIVE = "live"
    HELD = "held"
    NOT_HELD = "not held"
    CANCELLED = "cancelled"


class Reply(StrEnum):
    """What a member says about coming to a meeting."""

    COMING = "coming"
    AWAY = "away"
    MAYBE = "maybe"


class Direct(StrEnum):
    """Whether direct messages get through to a member."""

    UNKNOWN = "unknown"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Member:
    """One person in the set, from joining to leaving.

    `turn_at` stands where they skipped or swapped their turn to facilitate, `waits_since`
    where they wait for a place. `feed` is the number of the address their calendar subscribes to:
    it grows when they renew it and when they leave, and the addresses before it are dead.
    """

    person: PersonId
    name: str
    joined_at: datetime
    agreed_at: datetime | None = None
    last_presented_at: datetime | None = None
    last_held_at: datetime | None = None
    left_at: datetime | None = None
    direct: Direct = Direct.UNKNOWN
    preferences: Preferences = USUAL
    turn_at: datetime | None = None
    waits_since: datetime | None = None
    feed: int = 1

    @property
    def agreed(self) -> bool:
        """Whether they are in the set now and have accepted its agreement."""
        return self.agreed_at is not None and self.left_at is None

    def gone(self, now: datetime) -> Member:
        """As they are once they have left; who comes back gets another calendar address."""
        return replace(self, left_at=now, turn_at=None, feed=self.feed + 1)

    @property
    def turn(self) -> datetime:
        """Since when they wait for their turn; who has never held the process comes first."""
        return self.turn_at or self.last_held_at or self.joined_at - NEVER_HELD


@dataclass(frozen=True, slots=True)
class Rsvp:
    """One member's answer to the invitation; the newest counts."""

    person: PersonId
    reply: Reply
    at: datetime


@dataclass(frozen=True, slots=True)
class Meeting:
    """A planned, running or past meeting; `wall` is local time in the set's zone.

    `planned_at` is when it was planned; None for one begun on the spot. `sequence` counts the times
    it was moved, as calendars do. `reason` is why it was cancelled, where somebody said so. `entry` names its
    entry in the platform's own calendar, where it has one.
    """

    id: str
    wall: datetime
    format: str
    status: MeetingStatus = MeetingStatus.PLANNED
    planned_at: datetime | None = None
    session: str = ""
    sequence: int = 0
    attended: int = 0
    pulse_sum: int = 0
    pulse_count: int = 0
    reason: str = ""
    entry: str = ""
    rsvps: tuple[Rsvp, ...] = ()

    def reply_of(self, person: PersonId) -> Reply | None:
        """What that person has answered, if anything."""
        return next((r.reply for r in self.rsvps if r.person == person), None)

    def with_replies_of(self, person: PersonId, *rsvps: Rsvp) -> Meeting:
        """The meeting with these as all that person has answered, in the order people did."""
        others = (r for r in self.rsvps if r.person != person)
        in_order = sorted((*others, *rsvps), key=lambda r: (r.at, r.person))
        return replace(self, rsvps=tuple(in_order))

    def replied(self, reply: Reply) -> tuple[PersonId, ...]:
        """Everybody who has given that answer, in the order they did."""
        return tuple(r.person for r in self.rsvps if r.reply is reply)


@dataclass(frozen=True, slots=True)
class Draft:
    """An issue that stays with its owner: drafted beforehand, or not chosen last time."""

    owner: PersonId
    title: str
    why: str = ""
    urgency: int = 2


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody is about to do that others are told of, until they say that it is right.

    `key` is on the button that says so: an older one is answered by the newest proposal alone.
    """

    key: str
    by: PersonId
    deed: str
    wall: datetime
    meeting: str = ""
    rhythm: str = ""
    format: str = ""
    link: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """What a person did last, with what there was before, so that it can be taken back.

    `sequence` is the meeting's after that; `made` is a meeting that came of it.
    """

    person: PersonId
    at: datetime
    what: str
    subject: str = ""
    action: ActionPoint | None = None
    draft: Draft | None = None
    meeting: Meeting | None = None
    sequence: int = 0
    made: str = ""
    rhythm: str = ""
    format: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class SetState:
    """A frozen view of one set's rows. Saved by difference; `version` is the store's.

    `rhythm` is a rule of `rhythm.py`, empty for a set that plans each meeting by itself.
    `link` is where it meets: a call, or a place in words. `listed` says that its meetings are to
    stand in the platform's own calendar too, where it has one.
    """

    id: str
    place: str
    name: str
    zone: str
    format: str
    facilitation: Facilitation
    facilitator: PersonId
    created_at: datetime
    purpose: str = ""
    agreement: tuple[str, ...] = AGREEMENT
    rhythm: str = EVERY_SIX_WEEKS
    link: str = ""
    size: int = LARGEST
    quorum: int = DEFAULT_QUORUM
    members: tuple[Member, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    actions: tuple[ActionPoint, ...] = ()
    drafts: tuple[Draft, ...] = ()
    session: str = ""
    carded: bool = False
    archived_at: datetime | None = None
    frozen_at: datetime | None = None
    listed: bool = False
    proposal: Proposal | None = None
    deeds: tuple[Deed, ...] = ()
    version: int = 0

    def member(self, person: PersonId) -> Member | None:
        """That person's membership, if they are in the set now."""
        return next((m for m in self.members if m.person == person and m.left_at is None), None)

    def known(self, person: PersonId) -> Member | None:
        """That person's membership, also where they have left."""
        return next((m for m in self.members if m.person == person), None)

    @property
    def taken(self) -> frozenset[PersonId]:
        """Whose places are taken. The founder's is kept until they have agreed, or left."""
        kept = {self.facilitator} if self.member(self.facilitator) is not None else set()
        return frozenset({m.person for m in self.members if m.agreed} | kept)

    def agreed(self, person: PersonId) -> bool:
        """Whether that person is a member who has accepted the agreement."""
        found = self.member(person)
        return found is not None and found.agreed

    @property
    def waiting(self) -> tuple[Member, ...]:
        """Those who wait for a place."""
        waits = (m for m in self.members if m.waits_since is not None and m.left_at is None)
        return tuple(m for m in waits if not m.agreed)

    @property
    def present_members(self) -> tuple[Member, ...]:
        """The agreed members, in the order they joined."""
        return tuple(m for m in self.members if m.agreed)

    def preferences_of(self, person: PersonId) -> Preferences:
        """How that person wants to be written to."""
        return next((m.preferences for m in self.members if m.person == person), USUAL)

    def name_of(self, person: PersonId) -> str:
        """How people call them."""
        return next((m.name for m in self.members if m.person == person), FORMER_NAME)

    def action(self, action: str) -> ActionPoint | None:
        """The action of that id."""
        return next((a for a in self.actions if a.id == action), None)

    def open_actions(self, owner: PersonId) -> tuple[ActionPoint, ...]:
        """That person's actions that still wait for a word, oldest promise first."""
        mine = (a for a in self.actions if a.owner == owner and a.open)
        return tuple(sorted(mine, key=lambda a: (a.due, a.made_at)))

    def meeting(self, meeting: str) -> Meeting | None:
        """The meeting of that id."""
        return next((m for m in self.meetings if m.id == meeting), None)

    def starts_at(self, meeting: Meeting) -> datetime:
        """The instant that meeting starts."""
        return instant(meeting.wall, self.zone)

    def planned(self) -> tuple[Meeting, ...]:
        """The meetings still to come, soonest first."""
        coming = (m for m in self.meetings if m.status is MeetingStatus.PLANNED)
        return tuple(sorted(coming, key=lambda m: m.wall))

    def with_member(self, member: Member) -> SetState:
        """The set with that member added or changed."""
        others = tuple(m for m in self.members if m.person != member.person)
        if len(others) == len(self.members):
            return replace(self, members=(*self.members, member))
        changed = tuple(member if m.person == member.person else m for m in self.members)
        return replace(self, members=changed)

    def with_meeting(self, meeting: Meeting) -> SetState:
        """The set with that meeting added or changed."""
        if self.meeting(meeting.id) is None:
            return replace(self, meetings=(*self.meetings, meeting))
        changed = tuple(meeting if m.id == meeting.id else m for m in self.meetings)
        return replace(self, meetings=changed)

    def with_action(self, action: ActionPoint) -> SetState:
        """The set with that action added or changed."""
        if self.action(action.id) is None:
            return replace(self, actions=(*self.actions, action))
        changed = tuple(action if a.id == action.id else a for a in self.actions)
        return replace(self, actions=changed)

    def with_deed(self, deed: Deed) -> SetState:
        """The set with each person's last action, as long as they can undo it."""
        fresh = (d for d in self.deeds if d.person != deed.person and deed.at - d.at <= UNDO_WITHIN)
        return replace(self, deeds=(*fresh, deed))

    def without_plans_of(self, person: PersonId) -> SetState:
        """The set without what that person had in hand: saved issues, answers, undo."""
        return replace(
            self,
            drafts=tuple(d for d in self.drafts if d.owner != person),
            deeds=tuple(d for d in self.deeds if d.person != person),
            meetings=tuple(m.with_replies_of(person) for m in self.meetings),
        )

    def draft_of(self, owner: PersonId) -> Draft | None:
        """The issue that person keeps for the next meeting."""
        return next((d for d in self.drafts if d.owner == owner), None)

    def with_draft(self, draft: Draft) -> SetState:
        """The set with one draft per person."""
        others = tuple(d for d in self.drafts if d.owner != draft.owner)
        return replace(self, drafts=(*others, draft))


def due_by_default(state: SetState, meeting_wall: datetime, now: datetime) -> datetime:
    """When an action without a date is due: the next meeting, else 42 days on, same local time."""
    today = local(now, state.zone)
    later = (m.wall for m in state.planned() if m.wall > max(today, meeting_wall))
    return next(later, days_later(meeting_wall, 42))


def next_holder(state: SetState) -> PersonId:
    """Whose turn it is to facilitate: who did so longest ago, else who joined first."""

    members = state.present_members
    return min(members, key=lambda m: m.turn).person if members else state.facilitator


def takes_turns(state: SetState) -> bool:
    """Whether members take turns in holding the process."""
    return state.facilitation is Facilitation.ROTATING


def longest_here(state: SetState) -> PersonId | None:
    """Who facilitates where nobody does: the member who has been here longest."""
    first = min(state.present_members, key=lambda m: m.joined_at, default=None)
    return first.person if first is not None else None


def has_room_for(state: SetState, person: PersonId) -> bool:
    """Whether they may come in."""
    return person in state.taken or len(state.taken) < state.size


def meets_on(state: SetState, wall: datetime) -> bool:
    """Whether the set meets on that local day: people arrive, or have arrived, then."""
    to_come = (m for m in state.meetings if m.session or m.status is MeetingStatus.PLANNED)
    return any(m.wall.date() == wall.date() for m in to_come)
