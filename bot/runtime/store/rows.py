"""Domain values to rows and back: what of a set is sealed, and what can be queried."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any, TypeVar

from bot.core.learning_set.actions.action import ActionPoint, Outcome
from bot.core.learning_set.state import (
    Deed,
    Direct,
    Draft,
    Meeting,
    MeetingStatus,
    Member,
    Proposal,
    Reply,
    Rsvp,
    SetState,
)
from bot.core.meeting.session import Facilitation
from bot.core.preferences import Preferences
from bot.runtime import codec
from bot.runtime.vault import Sealed, Vault

Row = dict[str, Any]
T = TypeVar("T")


def set_row(state: SetState, installation: str, vault: Vault) -> Row:
    """A set's own columns."""
    return {
        "id": state.id,
        "installation_id": installation,
        "place_key": vault.blind(installation, state.place),
        "place": vault.seal(installation, state.place),
        "name": vault.seal(installation, state.name),
        "purpose": vault.seal(installation, state.purpose),
        "agreement": vault.seal(installation, json.dumps(state.agreement)),
        "zone": state.zone,
        "format": state.format,
        "facilitation": state.facilitation.value,
        "facilitator": state.facilitator,
        "link": vault.seal(installation, state.link),
        "rhythm_weeks": 0,
        "rhythm": state.rhythm,
        "proposal": _sealed(state.proposal, installation, vault),
        "size": state.size,
        "quorum": state.quorum,
        "carded": state.carded,
        "session_id": state.session,
        "status": "archived" if state.archived_at else "active",
        "version": state.version,
        "created_at": state.created_at,
        "archived_at": state.archived_at,
        "frozen_at": state.frozen_at,
        "listed": state.listed,
    }


def member_row(set_id: str, position: int, m: Member, installation: str, vault: Vault) -> Row:
    """A member's columns."""
    return {
        "set_id": set_id,
        "person": m.person,
        "position": position,
        "name": vault.seal(installation, m.name),
        "joined_at": m.joined_at,
        "agreed_at": m.agreed_at,
        "last_presented_at": m.last_presented_at,
        "last_held_at": m.last_held_at,
        "left_at": m.left_at,
        "zone": m.preferences.zone,
        "direct": m.direct.value,
        "turn_at": m.turn_at,
        "waits_since": m.waits_since,
        "feed": m.feed,
    }


def meeting_row(set_id: str, position: int, m: Meeting, installation: str, vault: Vault) -> Row:
    """A meeting's columns."""
    return {
        "id": m.id,
        "set_id": set_id,
        "position": position,
        "wall": m.wall.isoformat(),
        "format": m.format,
        "status": m.status.value,
        "planned_at": m.planned_at,
        "session_id": m.session,
        "sequence": m.sequence,
        "attended": m.attended,
        "pulse_sum": m.pulse_sum,
        "pulse_count": m.pulse_count,
        "reason": vault.seal(installation, m.reason),
        "entry": m.entry,
    }


def rsvp_rows(meeting: Meeting) -> list[Row]:
    """What those invited to a meeting have answered."""
    return [
        {
            "meeting_id": meeting.id,
            "person": r.person,
            "answer": r.reply.value,
            "answered_at": r.at,
        }
        for r in meeting.rsvps
    ]


def action_row(set_id: str, position: int, a: ActionPoint, installation: str, vault: Vault) -> Row:
    """An action point's columns; its words are sealed."""
    sealed = {
        key: vault.seal(installation, getattr(a, key))
        for key in ("what", "how", "helper", "happened", "learned")
    }
    return {
        **sealed,
        "id": a.id,
        "set_id": set_id,
        "position": position,
        "owner": a.owner,
        "session_id": a.session,
        "due": a.due.isoformat(),
        "meeting_wall": a.meeting_wall.isoformat(),
        "visibility": a.visibility,
        "learning_visibility": a.learning_visibility,
        "outcome": a.outcome.value,
        "reminders": a.reminders,
        "made_at": a.made_at,
        "changed_at": a.changed_at,
        "reported_at": a.reported_at,
        "closed_at": a.closed_at,
        "snoozed_until": a.snoozed_until,
        "reminded": a.reminded,
    }


def draft_row(set_id: str, position: int, d: Draft, installation: str, vault: Vault) -> Row:
    """A kept issue's columns; its words are sealed."""
    return {
        "set_id": set_id,
        "owner": d.owner,
        "position": position,
        "title": vault.seal(installation, d.title),
        "why": vault.seal(installation, d.why),
        "urgency": d.urgency,
    }


def deed_row(set_id: str, position: int, d: Deed, installation: str, vault: Vault) -> Row:
    """What somebody did last; the words of what there was before are sealed."""
    return {
        "set_id": set_id,
        "person": d.person,
        "position": position,
        "at": d.at,
        "before": vault.seal(installation, codec.dump_value(d)),
    }


def state_from(
    row: Mapping[str, Any],
    members: Iterable[Mapping[str, Any]],
    meetings: Iterable[Mapping[str, Any]],
    actions: Iterable[Mapping[str, Any]],
    drafts: Iterable[Mapping[str, Any]],
    rsvps: Iterable[Mapping[str, Any]],
    deeds: Iterable[Mapping[str, Any]],
    preferences: Mapping[str, Preferences],
    vault: Vault,
) -> SetState:
    """The set a row and its children stand for, words unsealed."""
    open_ = vault.unseal
    replies: dict[str, list[Rsvp]] = {}
    for r in rsvps:
        rsvp = Rsvp(r["person"], Reply(r["answer"]), r["answered_at"])
        replies.setdefault(r["meeting_id"], []).append(rsvp)
    return SetState(
        id=row["id"],
        place=open_(row["place"]),
        name=open_(row["name"]),
        zone=row["zone"],
        format=row["format"],
        facilitation=Facilitation(row["facilitation"]),
        facilitator=row["facilitator"],
        created_at=row["created_at"],
        purpose=open_(row["purpose"] or ""),
        agreement=tuple(json.loads(open_(row["agreement"]))),
        rhythm=_rhythm(row),
        link=open_(row["link"] or ""),
        proposal=_unsealed(row["proposal"], Proposal, vault),
        size=row["size"],
        quorum=row["quorum"],
        members=tuple(_member(m, preferences.get(m["person"]), vault) for m in members),
        meetings=tuple(_meeting(m, tuple(replies.get(m["id"], ())), vault) for m in meetings),
        actions=tuple(_action(a, vault) for a in actions),
        drafts=tuple(
            Draft(d["owner"], open_(d["title"]), open_(d["why"] or ""), d["urgency"])
            for d in drafts
        ),
        deeds=tuple(codec.load_value(open_(d["before"]), Deed) for d in deeds),
        session=row["session_id"],
        carded=row["carded"],
        archived_at=row["archived_at"],
        frozen_at=row["frozen_at"],
        listed=row["listed"],
        version=row["version"],
    )


def _member(m: Mapping[str, Any], preferences: Preferences | None, vault: Vault) -> Member:
    return Member(
        person=m["person"],
        name=vault.unseal(m["name"]),
        joined_at=m["joined_at"],
        agreed_at=m["agreed_at"],
        last_presented_at=m["last_presented_at"],
        last_held_at=m["last_held_at"],
        left_at=m["left_at"],
        direct=Direct(m["direct"]),
        preferences=preferences or Preferences(zone=m["zone"]),
        turn_at=m["turn_at"],
        waits_since=m["waits_since"],
        feed=m["feed"],
    )


def preferences_row(installation: str, member: Member) -> Row:
    """How a person wants to be written to, whichever set they said it in."""
    preferences = member.preferences
    return {
        "installation_id": installation,
        "person": member.person,
        "zone": preferences.zone,
        "language": preferences.language,
        "quiet_from": f"{preferences.quiet_from:%H:%M}",
        "quiet_to": f"{preferences.quiet_to:%H:%M}",
        "direct_off": preferences.direct_off,
        "snoozed_until": preferences.snoozed_until,
    }


def preferences_from(row: Mapping[str, Any]) -> Preferences:
    """The preferences a row of `people` stands for."""
    return Preferences(
        zone=row["zone"],
        quiet_from=time.fromisoformat(row["quiet_from"]),
        quiet_to=time.fromisoformat(row["quiet_to"]),
        direct_off=bool(row["direct_off"]),
        snoozed_until=row["snoozed_until"],
        language=row["language"],
    )


def _rhythm(row: Mapping[str, Any]) -> str:
    """The rule; a set from before there were rules met every so many weeks."""
    if row["rhythm"] is not None:
        return str(row["rhythm"])
    return f"FREQ=WEEKLY;INTERVAL={row['rhythm_weeks']}"


def _sealed(value: object, installation: str, vault: Vault) -> Sealed | None:
    return None if value is None else vault.seal(installation, codec.dump_value(value))


def _unsealed(sealed: str | None, kind: type[T], vault: Vault) -> T | None:
    return None if sealed is None else codec.load_value(vault.unseal(sealed), kind)


def _meeting(m: Mapping[str, Any], rsvps: tuple[Rsvp, ...], vault: Vault) -> Meeting:
    return Meeting(
        id=m["id"],
        wall=datetime.fromisoformat(m["wall"]),
        format=m["format"],
        status=MeetingStatus(m["status"]),
        planned_at=m["planned_at"],
        session=m["session_id"],
        sequence=m["sequence"],
        attended=m["attended"],
        pulse_sum=m["pulse_sum"],
        pulse_count=m["pulse_count"],
        reason=vault.unseal(m["reason"] or ""),
        entry=m["entry"],
        rsvps=rsvps,
    )


def _action(a: Mapping[str, Any], vault: Vault) -> ActionPoint:
    words = {
        key: vault.unseal(a[key] or "") for key in ("what", "how", "helper", "happened", "learned")
    }
    return ActionPoint(
        **words,
        id=a["id"],
        owner=a["owner"],
        due=datetime.fromisoformat(a["due"]),
        meeting_wall=datetime.fromisoformat(a["meeting_wall"]),
        made_at=a["made_at"],
        changed_at=a["changed_at"],
        session=a["session_id"],
        visibility=a["visibility"],
        outcome=Outcome(a["outcome"]),
        learning_visibility=a["learning_visibility"],
        reported_at=a["reported_at"],
        closed_at=a["closed_at"],
        reminders=a["reminders"],
        snoozed_until=a["snoozed_until"],
        reminded=a["reminded"],
    )
