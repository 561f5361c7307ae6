"""Every card: plain sentences, buttons that mean something, sizes that fit a message."""

import re

import pytest

from bot.core.cards import Button, Buttons, Card, Text, Tone, text
from bot.core.decision import Refusal
from bot.core.meeting.formats import FORMATS, PHASES
from bot.core.meeting.phases.choosing.ballot import Bid, Bids
from bot.core.meeting.phases.sample import meeting_at
from bot.core.wording import AGREEMENT, TITLE_LIMIT, WHAT_THE_BOT_SEES
from tests.core.reading import size_of, words_of
from tests.core.stage import EIGHT, Stage

LONGEST_SENTENCE = 20


def sentences(card: Card) -> list[str]:
    """What the bot itself says on a card, sentence by sentence."""
    said = [block.text for block in card.blocks if isinstance(block, Text)]
    return [s for text in said for s in re.split(r"(?<=[.!?])\s+", text) if s]


def too_long(card: Card) -> list[str]:
    return [s for s in sentences(card) if len(s.split()) > LONGEST_SENTENCE]


@pytest.mark.parametrize("key", PHASES)
def test_every_phase_draws_its_examples(key):
    cards = PHASES[key].examples()

    assert len(cards) >= 3
    for card in cards:
        assert card.title
        assert card.summary
        assert size_of(card) <= 4000
        assert too_long(card) == []


@pytest.mark.parametrize("key", FORMATS)
@pytest.mark.parametrize("facilitation", ["led", "rotating", "bot-held"])
def test_a_whole_meeting_speaks_in_short_sentences(key, facilitation):
    play = Stage.at("close", format=key, facilitation=facilitation)
    play.close()
    play.wait(days=43)
    for who in ("ana", "ben", "eve"):
        for card in play.cards(who):
            assert too_long(card) == []


def test_the_agreement_is_short_sentences_too():
    texts = (*AGREEMENT, WHAT_THE_BOT_SEES)

    assert [s for s in texts if too_long(Card("", (Text(s),)))] == []


def test_a_ballot_of_nine_long_issues_fits_into_one_message():
    play = Stage.at("bids", EIGHT)
    words = "w" * TITLE_LIMIT
    offers = tuple(Bid(who, words, words) for who in (*EIGHT.split(), "isa"))
    full = play.session.remember(Bids(offers, tuple(EIGHT.split())), play.session.at)
    play.room = type(play.room)(play.set, full, play.room.place)
    play.press("ana", "Next phase")
    play.press("ana", "My vote")

    assert play.phase == "choose"
    assert size_of(play.current()) <= 4000
    assert len(play.current().reactions) == 9
    assert len(play.told("ana")) <= 4000


def test_the_reasons_of_a_few_issues_are_shown_in_full():
    play = Stage.at("bids")
    play.fill("ben", "Offer an issue", title="t" * 300, why="y" * 300)
    play.fill("eve", "Offer an issue", title="Whose?", why="z" * 300)
    play.press("ana", "Next phase")

    assert "y" * 300 in words_of(play.current())
    assert "z" * 300 in words_of(play.current())


def test_the_words_of_people_never_stand_in_a_summary():
    play = Stage.at("explore")
    play.fill("eve", "Ask", question="What matters most?")

    for card in play.cards("eve"):
        assert "What matters" not in card.summary
        assert "The issue of" not in card.summary


def test_no_button_says_what_it_means_by_a_sign_alone():
    play = Stage.at("close", format="180-wide")
    labels = {b.label for card in play.cards("ana") for b in card.buttons()}
    labels |= {b.label for phase in PHASES.values() for c in phase.examples() for b in c.buttons()}

    assert all(re.search("[A-Za-z]{2}", label) for label in labels)
    assert all(len(label) <= 75 for label in labels)


def test_a_card_knows_its_buttons_in_reading_order():
    first, second = Button("One", "one"), Button("Two", "two")

    card = Card("x", (Buttons((first,)), Text("y", Tone.QUIET), Buttons((second,))))

    assert card.buttons() == (first, second)


def test_everything_refused_is_one_sentence_that_ends():
    """Refusals that are constants; those made on the way are held to it by the state machine."""
    import gc

    found = [r for r in gc.get_objects() if isinstance(r, Refusal) and r.sentence]

    assert len(found) > 10
    assert [r.sentence for r in found if not one_sentence(r.sentence)] == []


def one_sentence(sentence: str) -> bool:
    return sentence[-1] in ".?!" and not re.search(r"[.!?]\s+[A-Z]", sentence)


def test_an_example_meeting_is_one_that_could_be():
    session = meeting_at("reflect", full=True)

    assert session.step.phase == "reflect"
    assert session.presenter == "ben"
    assert not meeting_at("arrive", full=False).clock.said


def test_one_paragraph_is_made_of_the_sentences_that_apply():
    assert text("One.", "", "Two.").text == "One. Two."
