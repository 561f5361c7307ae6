"""A meeting's current posts: its board, a card for each visit of a step, people's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.core.cards import Card, Options, Quote, Text, Tone
from bot.core.decision import Matter, Notice, Post, Where
from bot.core.meeting.formats import PHASES
from bot.core.meeting.interruption.cards import interruption_post
from bot.core.meeting.interruption.rules import closes_at
from bot.core.meeting.panels import board
from bot.core.meeting.remembered import with_memories
from bot.core.meeting.session import Session, Status
from bot.core.meeting.summaries import summary_card


def posts(session: Session) -> tuple[Post, ...]:
    """Every post this meeting should have in the channel now, oldest first."""
    return tuple(_standing(session, frozenset(range(len(session.log)))))


def stands(session: Session, slot: str) -> Card | None:
    """The card of one slot as it is drawn to be sent; None where nothing should stand there.

    Once the meeting is over, what people said in it is for the set alone.
    """
    card = next((p.card for p in posts(session) if p.notice.slot == slot), None)
    if card is None or session.live or not any(isinstance(b, Quote | Options) for b in card.blocks):
        return card
    kept = tuple(b for b in card.blocks if not isinstance(b, Quote | Options))
    said = Text("What was said stays in the set.", Tone.QUIET)
    return replace(card, for_others=replace(card, blocks=(*kept, said)))


def changes(before: Session | None, after: Session) -> tuple[Post, ...]:
    """How a decision changes the current posts: new ones, and ones to edit."""
    if before is not None and _looks_alike(before, after):
        return ()
    visits = _touched(before, after)
    old = {} if before is None else {p.notice.slot: p.card for p in _standing(before, visits)}
    return tuple(p for p in _standing(after, visits) if old.get(p.notice.slot) != p.card)


def gone(before: Session | None, after: Session) -> tuple[str, ...]:
    """The slots of words that stood before a decision and should not stand any more."""
    if before is None:
        return ()
    steps = range(len(after.plan)) if before.cleared != after.cleared else _changed(before, after)
    now = set(_slots_of_words(after, steps))
    return tuple(slot for slot in _slots_of_words(before, steps) if slot not in now)


def _slots_of_words(session: Session, steps: Iterable[int]) -> Iterator[str]:
    shown = _as_cleared(session)
    for step in steps:
        if session.memories[step] is not None:
            for post in PHASES[session.plan[step].phase].posts(shown, step):
                yield post.notice.slot


def _changed(before: Session, after: Session) -> tuple[int, ...]:
    pairs = enumerate(zip(before.memories, after.memories, strict=True))
    return tuple(step for step, (old, new) in pairs if old is not new)


def _looks_alike(before: Session, after: Session) -> bool:
    """Whether all that differs is what a phase remembers and shows to nobody, as votes are."""
    was = vars(before)
    for name, value in vars(after).items():
        if value is not was[name] and name not in ("memories", "version"):
            return False
    return all(
        PHASES[after.plan[step].phase].looks_alike(before.memories[step], after.memories[step])
        for step in _changed(before, after)
    )


def _touched(before: Session | None, after: Session) -> frozenset[int]:
    """The visits whose cards can differ: the last ones, and those whose memory has changed."""
    if before is None or before.cleared != after.cleared:
        return frozenset(range(len(after.log)))
    changed = set(_changed(before, after))
    last = range(len(before.log) - 1, len(after.log))
    return frozenset({*last, *(v for v, move in enumerate(after.log) if move.step in changed)})


def _standing(session: Session, visits: frozenset[int]) -> Iterator[Post]:
    shown = _as_cleared(session)
    place = Notice(Matter.BOARD, session.slot("board"), "post", session.id, Where.PLACE)
    yield Post(place, board(session))
    last = {move.step: visit for visit, move in enumerate(session.log)}
    for visit, move in enumerate(session.log):
        if visit not in visits or session.memories[move.step] is None:
            continue
        phase = PHASES[session.plan[move.step].phase]
        newest = visit == len(session.log) - 1
        card = phase.card(shown, move.step, over=not newest)
        if move.follows:
            card = replace(card, follows=move.follows)
        yield Post(Notice(Matter.PHASE, session.visit_slot(visit), "post", session.id), card)
        if last[move.step] == visit:
            yield from phase.posts(shown, move.step)
    for number, found in enumerate(session.interruptions):
        yield interruption_post(session, number, closes_at(session, found))
    if session.status is Status.HELD:
        summary = Notice(Matter.RESULT, session.slot("summary"), "post", session.id)
        yield Post(summary, summary_card(session))


def _as_cleared(session: Session) -> Session:
    """The meeting without the words that people have cleared; it still remembers them."""
    if not session.cleared:
        return session
    return with_memories(session, lambda phase, at: phase.clear(session, at, session.cleared))
