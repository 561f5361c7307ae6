"""A phase says what is whose: one that remembers people cannot be defined without."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.core.cards import PersonId
from bot.core.meeting.formats import PHASES
from bot.core.meeting.phases.belongings import holds_people
from bot.core.meeting.phases.phase import Phase, Speaks
from bot.core.meeting.phases.sample import meeting_at
from tests.core.person.test_forgetting import NEVER


@dataclass(frozen=True, slots=True)
class Weights:
    """Who carries what, deep down."""

    all: tuple[tuple[PersonId, int], ...] = ()
    nested: tuple[frozenset[int] | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    """Nobody's."""

    count: int = 0
    long: timedelta | None = None
    few: tuple[bool, ...] = ()


def a_phase(memory: type, **said: Any) -> type[Phase]:
    """A phase as somebody might write it."""
    words = {"key": "own", "title": "Own", "purpose": "To be.", "speaks": Speaks.ALL}
    return type("Own", (Phase,), {**words, "memory": memory, **said})


def test_a_phase_that_remembers_people_cannot_be_defined_without_saying_what_is_whose():
    with pytest.raises(TypeError, match="Own remembers people or their words in Weights") as found:
        a_phase(Weights)

    for name in ("words_of", "keepsake", "forget", "CONTRIBUTING.md"):
        assert name in str(found.value)
    with pytest.raises(TypeError, match=r"Please write forget \(its memory without some people"):
        a_phase(Weights, words_of=None, keepsake=None)


def test_one_that_posts_words_also_says_what_replaces_them():
    answers = dict.fromkeys(("words_of", "keepsake", "forget"))

    assert a_phase(Weights, **answers)
    with pytest.raises(TypeError, match="clear"):
        a_phase(Weights, **answers, posts=None)
    assert a_phase(Weights, **answers, posts=None, clear=None)


def test_one_that_builds_on_another_has_its_answers():
    first = a_phase(Weights, **dict.fromkeys(("words_of", "keepsake", "forget")))

    assert type("Second", (first,), {"memory": Weights})


def test_a_memory_of_nobody_needs_no_answer():
    phase = a_phase(Steps)()
    session = meeting_at("own", full=True)
    session = session.remember(Steps(3), session.at)

    assert not holds_people(Steps)
    assert phase.words_of(session, session.at, "ben") == ()
    assert phase.keepsake(session, session.at, "ben") == ()
    assert phase.forget(session, session.at, frozenset({"ben"})) == Steps(3)
    assert phase.clear(session, session.at, frozenset({"ben"})) == Steps(3)
    assert phase.closed(session, session.at) == Steps(3)


@pytest.mark.parametrize("kind", [str, Any, dict[int, Any], list[str], tuple[int, str], Weights])
def test_what_might_hold_a_person_is_taken_to_hold_one(kind):
    assert holds_people(kind)


@pytest.mark.parametrize("key", PHASES)
def test_every_phase_of_every_format_forgets_the_people_in_its_example(key):
    """Given the phase's own example in full swing, when all are forgotten, none is left in it."""
    session = meeting_at(key, full=True)
    phase = PHASES[key]
    memory = phase.example if phase.example is not None else phase.enter(session, session.at, NEVER)
    session = session.remember(memory, session.at)
    all_of_them = frozenset(p.person for p in session.people)

    for who in all_of_them:
        own = phase.words_of(session, session.at, who)
        assert all(isinstance(what, str) and isinstance(said, str) for what, said in own)
    left = phase.forget(session, session.at, all_of_them)

    assert not re.findall("|".join(rf"'{who}'" for who in all_of_them), repr(left))
