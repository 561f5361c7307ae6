"""Words for the set alone: each card that carries some says what others may see instead."""

from __future__ import annotations

from bot.core import notice_cards
from bot.core.cards import Card
from bot.core.decision import Matter
from bot.core.learning_set.catching_up import Late, catch_up
from bot.core.meeting import posts
from tests.core.reading import at, labels, quotes, words_of
from tests.core.road import EVENING
from tests.core.stage import Stage


def instead(card: Card) -> Card:
    assert card.for_others is not None
    return card.for_others


def test_the_six_week_post_names_its_owners_to_others_and_quotes_nothing(led: Stage) -> None:
    led.plan("2027-04-19T18:00")
    led.meet(("Talk to Mia", "set"))
    led.until(at("2027-04-12 18:00"))
    (card,) = led.said_as("follow_up")
    assert quotes(card) == ["Talk to Mia"]

    others = instead(card)

    assert "On Monday 1 March 2027 Ben chose something to do." in words_of(others)
    assert "Mia" not in words_of(others)
    assert labels(others) == labels(card)
    assert others.calls == ()


def test_so_does_the_meeting_card_that_holds_the_follow_up(led: Stage) -> None:
    led.meet(("Talk to Mia", "set"))
    led.until(at("2027-04-12 18:00"))
    (card,) = led.said_as("prompt", ":open")

    others = instead(card)

    assert quotes(card) == ["Talk to Mia"]
    assert "Ben chose something to do." in words_of(others)
    assert "Mia" not in words_of(others)


def test_why_a_meeting_is_cancelled_is_for_the_set(led: Stage) -> None:
    led.plan("2027-04-12T18:00")
    question = led.type("ana", "cancel", reason="Ben is in hospital").card
    led.press("ana", next(b for b in labels(question) if b.startswith("Cancel")), question)
    card = led.public()[-1]
    assert "Ben is in hospital" in words_of(card)

    assert "hospital" not in words_of(instead(card))


def test_a_prompt_without_words_is_for_everybody(led: Stage) -> None:
    led.plan("2027-04-12T18:00")

    assert led.public()[-1].for_others is None


def test_what_was_said_in_a_meeting_is_for_the_set_once_it_is_over(led: Stage) -> None:
    led.begin("ana", "ben", "chidi")
    led.to("bids")
    led.offer("ben", "How do I say no?")
    led.to("action_plan")
    led.act("Talk to Mia", visibility="set")
    led.to("close")
    led.close()
    quoting = [p for p in posts.posts(led.session) if quotes(p.card)]
    assert "Talk to Mia" in [q for p in quoting for q in quotes(p.card)]

    for post in quoting:
        drawn = posts.stands(led.session, post.notice.slot)
        assert drawn is not None
        assert quotes(drawn) == quotes(post.card)
        assert not quotes(instead(drawn))
        assert "Mia" not in words_of(instead(drawn))
    assert posts.stands(led.session, "no such slot") is None


def test_while_it_runs_its_words_are_its_own_business(led: Stage) -> None:
    led.begin("ana", "ben", "chidi")
    led.to("bids")
    led.offer("ben", "How do I say no?")
    led.to("action_plan")
    led.act("Talk to Mia", visibility="set")

    for post in posts.posts(led.session):
        drawn = posts.stands(led.session, post.notice.slot)
        assert drawn == post.card


def test_a_catch_up_keeps_the_words_of_each_of_its_messages_to_the_set(led: Stage) -> None:
    led.plan("2027-04-19T18:00")
    led.meet(("Talk to Mia", "set"))
    led.until(at("2027-04-18 19:00"))
    wanted = (Matter.FOLLOW_UP, Matter.PROMPT)
    late = [Late(led.set, n, EVENING) for n, _ in led.said if n.matter in wanted]

    card = catch_up(late, led.now, lambda one: notice_cards.draw(led.room, one.notice, led.now))

    assert card is not None
    assert "Talk to Mia" in quotes(card)
    assert not quotes(instead(card))
    assert "Aurora meets tomorrow" in words_of(instead(card))
