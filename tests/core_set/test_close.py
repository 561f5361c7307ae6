"""The close: the next date, one's own words taken home, and what is deleted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import notice_cards
from bot.core.cards import Card, Text, Until
from bot.core.decision import Matter, Notice, Where
from bot.core.learning_set.commands import Agree
from bot.core.meeting import posts
from bot.core.meeting.phases.closing.close import CLOSE
from bot.core.meeting.summaries import ROOM_FOR_WORDS, keepsake_cards, summary_card
from bot.core.signals import Pressed
from tests.core_set.town import CAST, Town, at, labels, quotes, words


@pytest.fixture
def closing(led: Town) -> Town:
    """A meeting in its close, in which everybody has handed something in."""
    led.begin(*CAST)
    led.to("bids")
    led.offer("Ben", "How do I say no?")
    led.offer("Chidi", "Whose project is this?")
    led.to("choose")
    for who in ("Ana", "Dana", "Eve"):
        led.do(who, Pressed("vote", led.session.id, led.session.at, "1"))
    led.press("Ana", "Close the vote")
    led.hand_in("Ben", led.press("Ben", "I've finished").form, question="What keeps me?")
    led.to("explore")
    for who, question in (("Dana", "What would be enough?"), ("Eve", "Who else sees it?")):
        led.hand_in(who, led.press(who, "Ask").form, question=question)
    led.press("Ben", "Park")
    led.hand_in("Chidi", led.press("Chidi", "Ask").form, question="And then?")
    led.hand_in("Ana", led.press("Ana", "Ask").form, question="Oh, never mind")
    led.press("Ana", "Take back my question", led.press("Ana", "More").card)
    led.to("reflect")
    led.hand_in("Eve", led.press("Eve", "Reflect").form, reflection="I felt the weight of it")
    led.to("action_plan")
    led.act("Talk to Mia")
    led.to("learning_review")
    for who, pulse in (("Ana", "5"), ("Ben", "4"), ("Chidi", "4"), ("Dana", "3")):
        form = led.press(who, "What I learned").form
        led.hand_in(who, form, learning=f"{who} learned this" if who != "Dana" else "", pulse=pulse)
    led.to("close")
    return led


def test_it_says_when_we_meet_again_and_what_happens_to_the_words(closing: Town) -> None:
    card = closing.newest("Close the meeting")

    assert next(b.at for b in card.blocks if isinstance(b, Until)) == at("2027-04-12 18:00")
    assert "delete my copy" in words(card)
    assert labels(card) == ["Clear the words", "Close the meeting", "More"]


def test_it_says_the_date_that_is_planned_already(closing: Town) -> None:
    closing.plan("2027-05-03T19:00")

    card = closing.newest("Close the meeting")

    assert next(b.at for b in card.blocks if isinstance(b, Until)) == at("2027-05-03 19:00")


def test_only_who_holds_the_process_closes(closing: Town) -> None:
    assert closing.press("Eve", "Close the meeting").code == "not_facilitator"
    assert closing.do("Eve", Pressed("answered")).code == "wrong_phase"

    closing.press("Ana", "Close the meeting")

    assert not closing.session.live
    (card,) = (p.card for p in posts.posts(closing.session) if p.card.title == "Closing")
    assert "Thank you for your attention to each other." in words(card)
    assert CLOSE.understand(closing.session, closing.session.at, "ana", Pressed("other")) is None


def test_the_presenter_takes_home_what_they_were_given(closing: Town) -> None:
    closing.close()

    card = closing.private("Ben")[-1]

    assert words(card).splitlines()[:-1] == [
        "From your meeting",
        "Telling the story",
        "“What keeps me?” your key question",
        "Open questions",
        "“What would be enough?” Dana, parked",
        "“Who else sees it?” Eve",
        "“And then?” Chidi, not asked aloud",
        "Reflecting",
        "“I felt the weight of it” Eve",
        "Action points",
        "“Talk to Mia” your action",
        "What you learned",
        "“Ben learned this”",
    ]


def test_everyone_else_takes_home_their_own(closing: Town) -> None:
    closing.close()

    assert quotes(closing.private("Chidi")[-1]) == [
        "Whose project is this?",
        "Chidi learned this",
    ]
    assert "Your issue stays with you" in words(closing.private("Chidi")[-1])
    assert quotes(closing.private("Ana")[-1]) == ["Ana learned this"]
    assert "Thank you for coming." in words(closing.private("Dana")[-1])
    draft = closing.set.draft_of("chidi")
    assert draft is not None
    assert draft.title == "Whose project is this?"


def test_the_pulse_is_a_sum_without_names(closing: Town) -> None:
    closing.close()

    held = closing.set.meetings[0]
    assert (held.pulse_sum, held.pulse_count) == (16, 4)
    summary = _summary(closing)
    assert "4.0 of 5, from 4 answers" in words(summary)
    assert "5 people met. Ben presented." in words(summary)


def _summary(town: Town) -> Card:
    return next(p.card for p in posts.posts(town.session) if p.card.title == "Thank you all")


def test_a_meeting_nobody_presented_in_is_summed_up_too(led: Town) -> None:
    led.begin("Ana", "Ben", "Chidi")
    sure = led.press("Ana", "End", led.press("Ana", "More").card).card
    led.press("Ana", labels(sure)[0], sure)

    said = words(_summary(led))
    assert "3 people met." in said
    assert "of 5" not in said


def test_the_summary_says_nothing_of_a_date_that_nobody_knows(closing: Town) -> None:
    closing.close()
    bare = replace(closing.session, next_at=None)

    assert not any(isinstance(b, Until) for b in summary_card(bare).blocks)
    assert any(isinstance(b, Until) for b in summary_card(closing.session).blocks)


# --- /als report ----------------------------------------------------------------------------------


def test_before_the_close_the_report_says_when_it_comes(closing: Town) -> None:
    assert closing.do("Ben", Pressed("my_report")).card.title == "Not yet"


def test_ones_own_report_and_the_sets_for_who_was_not_there(closing: Town) -> None:
    closing.close()

    assert quotes(closing.do("Ben", Pressed("my_report")).card)[0] == "What keeps me?"
    assert closing.do("Zoe", Pressed("my_report")).code == "not_member"
    closing.decide(Agree(who="zoe", name="Zoe"))
    assert closing.do("Zoe", Pressed("my_report")).card.title == "Thank you all"


def test_a_meeting_that_was_not_held_says_so(led: Town) -> None:
    led.type("Ana", "start")
    led.wait(minutes=31)

    assert not led.session.live
    assert led.do("Ben", Pressed("my_report")).card.title == "No meeting"


def test_long_words_come_in_parts(closing: Town) -> None:
    at_reflect = closing.session.steps("reflect")[0]
    reflections = closing.session.memories[at_reflect]
    long = tuple((who.casefold(), who[0] * 2000) for who in CAST if who != "Ben")
    closing.room = replace(
        closing.room,
        session=closing.session.remember(replace(reflections, words=long), at_reflect),
    )

    closing.close()

    cards = [c for c in closing.private("Ben") if c.title.startswith("From your meeting")]
    assert [c.title for c in cards] == ["From your meeting"] + [
        f"From your meeting, part {n}" for n in range(2, len(cards) + 1)
    ]
    assert all(sum(len(q) for q in quotes(c)) <= ROOM_FOR_WORDS for c in cards)
    assert ["I delete my copy" in words(c) for c in cards] == [False] * (len(cards) - 1) + [True]

    first = closing.do("Ben", Pressed("my_report")).card
    second = closing.press("Ben", "Show the rest", first).card
    assert second.title == "From your meeting, part 2"
    last = closing.do("Ben", Pressed("my_report", value="99")).card
    assert "Show the rest" not in labels(last)


def test_a_keepsake_is_drawn_only_while_it_is_there(closing: Town) -> None:
    closing.close()
    session = closing.session
    slot = session.slot("keepsake:ben")
    notice = Notice(Matter.KEEPSAKE, slot, "keepsake", session.id, Where.DIRECT, "ben")
    assert notice_cards.draw(closing.room, notice) == keepsake_cards(session, "ben")[0]

    gone = replace(closing.room, session=replace(session, keepsakes=()))
    assert notice_cards.draw(gone, notice) is None
    assert notice_cards.draw(closing.room, replace(notice, slot=f"{slot}:7")) is None
    assert notice_cards.draw(replace(closing.room, session=None), notice) is None


def test_bids_that_are_empty_of_words_are_still_no_trouble(closing: Town) -> None:
    closing.do("Chidi", Pressed("clear_words"))
    closing.close()

    assert isinstance(closing.private("Chidi")[-1].blocks[0], Text)
