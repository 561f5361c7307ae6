"""The live session as versioned JSON and back, and private answers kept for repeated deliveries."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec

from bot.core import cards
from bot.core.cards import Card, Form
from bot.core.decision import Refusal
from bot.core.meeting.formats import PHASES
from bot.core.meeting.session import Session
from bot.runtime.ports.incoming import Answer, File, Told

T = TypeVar("T")

VERSION = 1
"""The snapshot's format number; a newer one is refused, an older one is upgraded when read."""


class SnapshotTooNew(Exception):
    """A snapshot was written by a newer version of the bot."""


@dataclass(frozen=True)
class _Snapshot:
    version: int
    session: Session
    memories: list[msgspec.Raw]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Snapshot)


def dump(session: Session) -> str:
    """The whole session as JSON text. `load` gives back an equal one."""
    bare = {**vars(session), "memories": ()}
    snapshot = {"version": VERSION, "session": bare, "memories": session.memories}
    return _encoder.encode(snapshot).decode()


def load(text: str) -> Session:
    """The session of a snapshot. Raises TooNew, or msgspec.ValidationError for a corrupt one."""
    snapshot = _decoder.decode(text)
    if snapshot.version > VERSION:
        raise SnapshotTooNew(f"snapshot version {snapshot.version}")
    session = snapshot.session
    memories = tuple(
        _memory(step.phase, raw) for step, raw in zip(session.plan, snapshot.memories, strict=True)
    )
    return replace(session, memories=memories)


def _memory(phase: str, raw: msgspec.Raw) -> Any:
    if bytes(raw) == b"null":
        return None
    return msgspec.json.decode(raw, type=PHASES[phase].memory)


def dump_value(value: Any) -> str:
    """A small frozen value of the core as JSON text."""
    return _encoder.encode(value).decode()


def load_value(text: str, kind: type[T]) -> T:
    """The value again. Raises msgspec.ValidationError for one that is no such thing."""
    return msgspec.json.decode(text, type=kind)


# --- answers ---

_SHOWN = {
    kind.__name__: kind
    for kind in (
        cards.Text,
        cards.Fields,
        cards.People,
        cards.Quote,
        cards.Until,
        cards.Buttons,
        cards.Options,
        cards.Image,
    )
}


def dump_answer(answer: Answer) -> str:
    """An answer as JSON text, for when the same delivery comes again."""
    told = [_told(item) for item in answer.told]
    kept = {
        "told": told,
        "refusal": answer.refusal,
        "changed": answer.changed,
        "files": answer.files,
    }
    return _encoder.encode(kept).decode()


def load_answer(text: str) -> Answer:
    """The answer again."""
    kept = msgspec.json.decode(text)
    refusal = msgspec.convert(kept["refusal"], Refusal | None)
    told = tuple(_untold(item) for item in kept["told"])
    files = msgspec.convert(kept.get("files", ()), tuple[File, ...])
    return Answer(told, refusal, kept["changed"], files=files)


def _told(item: Told) -> dict[str, Any]:
    if isinstance(item, Card):
        blocks = [{"is": type(b).__name__, "as": b} for b in item.blocks]
        fields = {f.name: getattr(item, f.name) for f in dataclasses.fields(Card)}
        # An answer is for one person, so what others would see instead is not kept.
        return {"is": "card", "as": {**fields, "blocks": blocks, "for_others": None}}
    return {"is": "form" if isinstance(item, Form) else "text", "as": item}


def _untold(item: dict[str, Any]) -> Told:
    if item["is"] == "text":
        return str(item["as"])
    if item["is"] == "form":
        return msgspec.convert(item["as"], Form)
    blocks = tuple(msgspec.convert(b["as"], _SHOWN[b["is"]]) for b in item["as"]["blocks"])
    bare = msgspec.convert({**item["as"], "blocks": []}, _BareCard)
    return Card(
        **{f.name: getattr(bare, f.name) for f in dataclasses.fields(Card)} | {"blocks": blocks}
    )


@dataclass(frozen=True)
class _BareCard:
    """A card's own fields, without its blocks, which are of many kinds."""

    title: str
    blocks: tuple[()] = ()
    summary: str = ""
    subject: str = ""
    step: int | None = None
    calls: tuple[str, ...] = ()
    reactions: tuple[str, ...] = ()
    loud: bool = False
    follows: tuple[str, ...] = ()
    for_others: None = None
