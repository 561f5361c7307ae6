"""A person's own words and acts: given to them as files, and taken out of everything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.core.cards import Button, Card, PersonId, Style, Text, Tone, buttons
from bot.core.learning_set import roles as set_roles
from bot.core.learning_set.actions.action import IN_WORDS, ActionPoint
from bot.core.learning_set.place import Room
from bot.core.learning_set.state import SetState
from bot.core.meeting import course
from bot.core.meeting.remembered import remembered
from bot.core.meeting.session import BOT, Facilitation, Presence, Session
from bot.core.permissions import Thing, Visible, may_see

A_MEMBER = "[a member]"

FORGET_CARD = Card(
    "Forget everything of yours?",
    (
        Text("I delete your words, actions, votes and name, in every set here."),
        Text("I also delete my messages that quote you. What others wrote stays theirs."),
        Text("You leave your sets. This can't be undone. You can export your data first."),
        Text("I can't delete what you typed into channels yourself.", Tone.QUIET),
        *buttons(
            Button("Forget me for good", "forget_sure", style=Style.DANGER),
            Button("Export my data", "export_mine"),
        ),
    ),
    summary="Are you sure?",
)

FORGOTTEN = (
    "I've deleted everything of yours here. My messages that quoted you go "
    "within a minute. What you typed into channels yourself stays."
)


# --- export --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mine:
    """What is one person's own of one set: acts as named values, words as said."""

    acts: tuple[tuple[str, Any], ...]
    words: tuple[tuple[str, str], ...]


def all_of_mine(rooms: Iterable[Room], who: PersonId) -> tuple[Mine, ...]:
    """The same of each of these rooms where what they said is theirs to see."""
    return tuple(mine(room, who) for room in rooms if _may_take(room, who))


def _may_take(room: Room, who: PersonId) -> bool:
    roles = set_roles.in_place(room.set, room.session, who)
    return may_see(roles, who, Thing(Visible.ACTION, who))


def mine(room: Room, who: PersonId) -> Mine:
    """What this person may take with them: their own words and acts, others' names replaced."""
    state = room.set
    if state is None:
        return Mine((), ())
    others = tuple(m.name for m in state.members if m.person != who)
    words = (*_kept_words(state, who), *_said(room.session, who))
    shown = tuple((what, without_names(said, others)) for what, said in words if said)
    return Mine((*_membership(state, who), *_acts(room.session, who)), shown)


def _membership(state: SetState, who: PersonId) -> Iterator[tuple[str, Any]]:
    for member in (m for m in state.members if m.person == who):
        yield "name", member.name
        yield "joined", _at(member.joined_at)
        yield "agreed", _at(member.agreed_at)
        yield "left", _at(member.left_at)
        yield "habits", _plain_values(member.preferences)
        yield "presented last", _at(member.last_presented_at)
        yield "facilitated last", _at(member.last_held_at)
        yield "facilitator", state.facilitator == who
    for action in (a for a in state.actions if a.owner == who):
        yield "action", _action_acts(action)

    for meeting in state.meetings:
        reply = meeting.reply_of(who)
        if reply is not None:
            yield "answered an invitation", {"meeting": meeting.wall.isoformat(), "with": reply}


def _plain_values(value: Any) -> dict[str, Any]:
    """A small value as names and plain words."""
    return {name: str(getattr(value, name)) for name in value.__dataclass_fields__}


def _action_acts(action: ActionPoint) -> dict[str, Any]:
    return {
        "made": _at(action.made_at),
        "due": action.due.isoformat(),
        "outcome": IN_WORDS[action.outcome],
        "shared with the set": action.shared,
        "closed": _at(action.closed_at),
        "reminders": action.reminders,
    }


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _kept_words(state: SetState, who: PersonId) -> Iterator[tuple[str, str]]:
    for draft in (d for d in state.drafts if d.owner == who):
        yield "issue kept for later", draft.title
        yield "why now", draft.why
    for action in (a for a in state.actions if a.owner == who):
        yield "action", action.what
        yield "how I will know", action.how
        yield "who could help", action.helper
        yield "what happened", action.happened
        yield "what I learned", action.learned


def _acts(session: Session | None, who: PersonId) -> Iterator[tuple[str, Any]]:
    if session is None or session.who(who) is None:
        return
    yield "came to the last meeting", session.who(who) is not None and who in _came(session)
    yield "presented in it", who in course.presented(session)


def _came(session: Session) -> frozenset[PersonId]:
    return frozenset(p.person for p in session.people if p.presence is not Presence.EXPECTED)


def _said(session: Session | None, who: PersonId) -> Iterator[tuple[str, str]]:
    """One's own words of the last meeting, while they are kept."""
    if session is not None:
        for phase, at in remembered(session):
            yield from phase.words_of(session, at, who)


def without_names(said: str, names: Iterable[str]) -> str:
    """The words with other people's names replaced, whole or by their first part."""
    known = {part for name in names for part in (name, name.split(" ")[0]) if len(part) > 1}
    for name in sorted(known, key=len, reverse=True):
        said = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", A_MEMBER, said, flags=re.IGNORECASE)
    return said


def as_json(sets: Iterable[Mine], settings: Iterable[tuple[str, object]], at: datetime) -> str:
    """The export for machines."""
    told = {
        "exported": at.isoformat(),
        "settings": dict(settings),
        "sets": [
            {
                "acts": [{what: value} for what, value in one.acts],
                "words": [{"what": what, "words": said} for what, said in one.words],
            }
            for one in sets
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def as_text(sets: Iterable[Mine], settings: Iterable[tuple[str, object]], at: datetime) -> str:
    """The export for people."""
    lines = [f"Your own words and acts, as kept on {at:%d %B %Y %H:%M} UTC.", ""]
    lines += [f"{what}: {value}" for what, value in settings]
    for number, one in enumerate(sets, 1):
        lines += ["", f"Set {number}", ""]
        lines += [f"{what}: {_plain(value)}" for what, value in one.acts if value is not None]
        for what, said in one.words:
            lines += ["", f"{what}:", *(f"    {line}" for line in said.split("\n"))]
    return "\n".join((*lines, ""))


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items() if v is not None)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return {True: "yes", False: "no"}.get(value, str(value)) if value in (True, False) else value


# --- being forgotten --------------------------------------------------------------------------


def without(state: SetState, who: PersonId) -> SetState:
    """The set as if this person had never handed anything in; what others did stays theirs."""
    state = replace(
        state.without_plans_of(who),
        members=tuple(m for m in state.members if m.person != who),
        actions=tuple(a for a in state.actions if a.owner != who),
        proposal=None
        if state.proposal is not None and state.proposal.by == who
        else state.proposal,
    )
    if state.facilitator != who:
        return state
    # Nobody is made to lead: those who are left move their meetings on together.
    return replace(state, facilitator=BOT, facilitation=Facilitation.BOT_HELD)
