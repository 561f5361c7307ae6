"""A meeting's snapshot is read back as the meeting it was, in every phase; so are answers."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.app.plot import tell
from bot.core.cards import (
    Button,
    Buttons,
    Card,
    Field,
    Fields,
    Form,
    Image,
    Option,
    Options,
    People,
    Quote,
    Text,
    Tone,
    Until,
)
from bot.core.decision import Refusal
from bot.core.meeting.formats import PHASES
from bot.core.meeting.phases.sample import meeting_at
from bot.core.meeting.session import Session, Transition
from bot.runtime import codec
from bot.runtime.clock import MovableClock
from bot.runtime.ports.incoming import Answer
from tests.runtime.people import story

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("full", [False, True])
def test_a_meeting_in_every_phase_is_read_back_equal(phase, full):
    meeting = meeting_at(phase, full=full)

    assert codec.load(codec.dump(meeting)) == meeting


@given(name=WORDS, seed=st.integers(0, 2**63 - 1), key=WORDS, at=st.datetimes())
def test_whatever_stands_in_a_meeting_is_read_back_equal(name, seed, key, at):
    meeting = meeting_at("present", full=True)
    people = tuple(replace(p, name=name) for p in meeting.people)
    log = (*meeting.log, Transition(1, at.replace(tzinfo=UTC), key))
    changed = replace(meeting, title=name, seed=seed, people=people, log=log)

    assert codec.load(codec.dump(changed)) == changed


async def test_every_meeting_of_the_story_is_read_back_equal_after_every_gesture(bot, platform):
    seen: dict[str, Session] = {}
    kept = codec.dump

    def look(session: Session) -> str:
        text = kept(session)
        assert codec.load(text) == session
        seen[session.step.phase] = session
        return text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "dump", look)
        await play(bot, platform)

    assert set(seen) == set(PHASES) - {"break"}


async def play(bot: Bot, platform: MemoryPlatform) -> None:
    clock = bot.clock
    assert isinstance(clock, MovableClock)
    await tell(story(bot, platform, []), datetime.fromisoformat("2027-03-09T18:00"), "90")


def test_a_snapshot_of_a_newer_version_is_refused():
    newer = codec.dump(meeting_at("present", full=True)).replace('"version":1', '"version":2', 1)

    with pytest.raises(codec.SnapshotTooNew):
        codec.load(newer)


@pytest.mark.parametrize("broken", ["", "{}", "null", '{"version":1,"session":7,"memories":[]}'])
def test_a_corrupt_snapshot_is_an_error_of_its_own(broken):
    with pytest.raises(msgspec.DecodeError):
        codec.load(broken)


EVERY_BLOCK = Card(
    title="All",
    blocks=(
        Text("Words.", Tone.STRONG),
        Fields((("Name", "Ana"),)),
        People("Here", ("ana",), ("Ana",)),
        Quote("Mine.", "Ana"),
        Until("Ends", NOON, countdown=True),
        Buttons((Button("Next", "next", "1", subject="s1"),)),
        Options((Option("1️⃣", "One", "why"),)),
        Image("https://example.org/a.png", "a chart"),
    ),
    summary="A card.",
    subject="s1",
    step=3,
    calls=("ana",),
    reactions=("✅",),
    loud=True,
)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(),
        Answer(changed=True),
        Answer(refusal=Refusal("Wait for your turn, please.", "out_of_turn", "title")),
        Answer(("Kept.", EVERY_BLOCK, Form("bid", "Your issue", (Field("title", "Issue"),)))),
    ],
)
def test_an_answer_is_read_back_equal(answer):
    assert codec.load_answer(codec.dump_answer(answer)) == answer


def test_a_new_block_is_not_forgotten_here():
    known = {type(block).__name__ for block in EVERY_BLOCK.blocks}

    assert known == set(codec._SHOWN)
    assert all(re.fullmatch(r"[A-Z]\w+", name) for name in known)
