"""What every platform does alike: one suite, each adapter through it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bot.core.cards import Button, Buttons, Card, Fields, Option, Options, Quote, Text, Tone, Until
from bot.core.meeting.formats import PHASES
from bot.core.wording import DIGITS
from bot.runtime.ports.incoming import File
from bot.runtime.ports.outgoing import (
    Absent,
    Destination,
    Found,
    NotSent,
    Op,
    Outgoing,
    Refused,
    Trouble,
)
from tests.adapters.platforms import PLATFORMS, Bringing, Platform, at

HELLO = Card("Hello", (Text("How are you today?"),), summary="A greeting.")
BALLOT = Card(
    "Choosing",
    (
        Text("Here are the issues.", Tone.QUIET),
        Options((Option(DIGITS[0], "Ana: The team", "since May"), Option(DIGITS[1], "Ben: Funds"))),
        Until("Ends", datetime(2027, 3, 1, 18, 0, tzinfo=UTC), countdown=True),
        Fields((("Length", "90 minutes"),)),
        Quote("My own words", "Ana"),
        Buttons((Button("My vote", "my_vote"), Button("More", "more"))),
    ),
    summary="The vote is open.",
    reactions=DIGITS[:2],
)


@pytest.fixture(params=sorted(PLATFORMS))
async def platform(request):
    async with PLATFORMS[request.param]() as opened:
        yield opened


def outgoing(
    platform: Platform, card: Card = HELLO, *, parent: str = "", person: str = ""
) -> Outgoing:
    place = "" if person else platform.place
    destination = Destination(place, parent, person)
    return Outgoing(Op.POST, platform.installation, destination, uuid4().hex, card)


KEYS: dict[str, str] = {}
"""The key of each post by its reference: what is done to it later carries the same, as in life."""


async def post(
    platform: Platform, card: Card = HELLO, *, parent: str = "", person: str = ""
) -> str:
    out = outgoing(platform, card, parent=parent, person=person)
    ref = await platform.outbound.post(out)
    KEYS[ref] = out.key
    return ref


def about(platform: Platform, op: Op, ref: str, card: Card | None = None) -> Outgoing:
    reactions = card.reactions if card else ()
    place = Destination(platform.place)
    return Outgoing(op, platform.installation, place, KEYS[ref], card, ref, reactions)


async def test_a_post_is_read_in_the_channel(platform: Platform):
    ref = await post(platform)
    assert "How are you today?" in (platform.reads(ref) or "")
    assert platform.parent_of(ref) == ""
    assert not platform.direct(ref)


async def test_a_reply_stands_in_the_thread_of_its_parent(platform: Platform):
    board = await post(platform)
    reply = await post(platform, BALLOT, parent=board)
    assert platform.parent_of(reply) == board


async def test_a_direct_message_reaches_one_person(platform: Platform):
    assert platform.direct(await post(platform, person=platform.person))


DATES = File("aurora.ics", "text/calendar", "BEGIN:VCALENDAR\r\nSUMMARY:Zoë\r\n", "Your meetings.")
FILES = [name for name in sorted(PLATFORMS) if name != "discord"]
"""Where files come by direct message. Discord brings them with the answer itself."""


@pytest.mark.parametrize("platform", FILES, indirect=True)
async def test_a_file_reaches_its_one_reader_whole(platform: Platform):
    assert isinstance(platform, Bringing)
    await platform.bring(DATES)
    assert platform.files() == [(DATES.name, DATES.text)]


@pytest.mark.parametrize("platform", FILES, indirect=True)
async def test_a_file_for_somebody_who_takes_no_messages_is_the_persons_matter(platform: Platform):
    assert isinstance(platform, Bringing)
    platform.close_direct()
    with pytest.raises(Refused) as refused:
        await platform.bring(DATES)
    assert refused.value.trouble is Trouble.PERSON
    assert not platform.files()


async def test_everything_on_a_card_can_be_read(platform: Platform):
    read = platform.reads(await post(platform, BALLOT)) or ""
    for words in (
        "Choosing",
        "issues",
        "The team",
        "since May",
        "Funds",
        "90 minutes",
        "own words",
    ):
        assert words in read, words


async def test_an_edit_done_twice_does_no_harm(platform: Platform):
    ref = await post(platform)
    edit = about(platform, Op.EDIT, ref, replace(HELLO, blocks=(Text("Good night."),)))
    await platform.outbound.edit(edit)
    await platform.outbound.edit(edit)
    assert "Good night." in (platform.reads(ref) or "")
    assert "How are you" not in (platform.reads(ref) or "")
    assert platform.count() == 1


async def test_a_post_can_still_be_found_after_it_was_edited_and_marked(platform: Platform):
    out = outgoing(platform, BALLOT)
    ref = await platform.outbound.post(out)
    KEYS[ref] = out.key
    await platform.outbound.edit(about(platform, Op.EDIT, ref, HELLO))
    await platform.outbound.react(about(platform, Op.REACT, ref, BALLOT))

    found = await platform.outbound.look_up(out, at())

    assert isinstance(found, Found)
    assert found.ref == ref
    assert "How are you today?" in (platform.reads(ref) or "")
    await platform.outbound.delete(about(platform, Op.DELETE, ref))
    assert isinstance(await platform.outbound.look_up(out, at()), Absent)


async def test_a_deletion_done_twice_does_no_harm(platform: Platform):
    ref = await post(platform)
    for _ in range(2):
        await platform.outbound.delete(about(platform, Op.DELETE, ref))
    assert platform.reads(ref) is None


async def test_editing_what_is_gone_is_refused_as_gone(platform: Platform):
    ref = await post(platform)
    await platform.outbound.delete(about(platform, Op.DELETE, ref))
    with pytest.raises(Refused) as refused:
        await platform.outbound.edit(about(platform, Op.EDIT, ref, HELLO))
    assert refused.value.trouble is Trouble.GONE


async def test_marks_stand_in_order_and_once(platform: Platform):
    ref = await post(platform, BALLOT)
    for _ in range(2):
        await platform.outbound.react(about(platform, Op.REACT, ref, BALLOT))
    assert platform.marks(ref) == list(BALLOT.reactions)


async def test_people_are_counted_and_the_bot_is_not(platform: Platform):
    ref = await post(platform, BALLOT)
    await platform.outbound.react(about(platform, Op.REACT, ref, BALLOT))
    platform.react(ref, DIGITS[0])
    platform.react(ref, DIGITS[1])
    platform.react(ref, DIGITS[1], on=False)

    seen = await platform.outbound.reactions(platform.installation, ref)

    assert seen.votes == {(platform.person, DIGITS[0])}
    assert seen.complete


async def test_an_archived_channel_is_a_matter_of_the_destination(platform: Platform):
    platform.archive()
    with pytest.raises(Refused) as refused:
        await post(platform)
    assert refused.value.trouble is Trouble.DESTINATION


async def test_closed_direct_messages_are_a_matter_of_the_person(platform: Platform):
    platform.close_direct()
    with pytest.raises(Refused) as refused:
        await post(platform, person=platform.person)
    assert refused.value.trouble is Trouble.PERSON


@pytest.mark.parametrize("where", ["channel", "thread", "direct"])
async def test_a_post_whose_answer_was_lost_is_found_by_its_key(platform: Platform, where: str):
    parent = await post(platform)
    await post(platform, parent=parent)
    out = outgoing(
        platform,
        parent=parent if where == "thread" else "",
        person=platform.person if where == "direct" else "",
    )
    if where == "direct":
        await post(platform, person=platform.person)
    before = platform.count()
    if platform.lose_next_answer():
        with pytest.raises(Exception, match=r"\w") as lost:
            await platform.outbound.post(out)
        assert not isinstance(lost.value, Refused | NotSent)
    else:
        await platform.outbound.post(out)

    found = await platform.outbound.look_up(out, at())

    assert isinstance(found, Found)
    assert platform.count() == before + 1
    assert "How are you today?" in (platform.reads(found.ref) or "")


async def test_a_post_that_never_left_is_absent(platform: Platform):
    await post(platform)
    out = outgoing(platform)
    assert isinstance(await platform.outbound.look_up(out, at()), Absent)


async def test_a_post_made_again_or_late_can_be_sent(platform: Platform):
    out = replace(outgoing(platform), again=True, late_since=at() - timedelta(hours=2))
    assert platform.reads(await platform.outbound.post(out)) is not None


@pytest.mark.parametrize("phase", sorted(PHASES))
async def test_every_card_of_every_phase_can_be_posted(platform: Platform, phase: str):
    for card in PHASES[phase].examples():
        read = platform.reads(await post(platform, card)) or ""
        assert card.title in read
        for button in card.buttons():
            assert button.label in read
