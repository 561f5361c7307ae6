"""Words for the set alone: each card that carries some says what others may see instead."""

from __future__ import annotations

from bot.core import notice_cards
from bot.core.cards import Card
from bot.core.decision import Matter
from bot.core.learning_set.catching_up import Late, catch_up
from bot.core.meeting import posts
from tests.core_set.town import MONDAY, Town, at, labels, quotes, words


def instead(card: Card) -> Card:
    assert card.for_others is not None
    return card.for_others


def test_the_six_week_post_names_its_owners_to_others_and_quotes_nothing(led: Town) -> None:
    led.plan("2027-04-19T18:00")
    led.meet(("Talk to Mia", "set"))
    led.until(at("2027-04-12 18:00"))
    (card,) = (c for c in led.public() if c.title == "6 weeks on")
    assert quotes(card) == ["Talk to Mia"]

    others = instead(card)

    assert "On Monday 1 March 2027 Ben took on an action." in words(others)
    assert "Mia" not in words(others)
    assert labels(others) == labels(card)
    assert others.calls == ()


def test_so_does_the_meeting_card_that_holds_the_follow_up(led: Town) -> None:
    led.meet(("Talk to Mia", "set"))
    led.until(at("2027-04-12 18:00"))
    (card,) = (c for c in led.public() if c.title == "Aurora meets soon")

    others = instead(card)

    assert quotes(card) == ["Talk to Mia"]
    assert "Ben took on an action." in words(others)
    assert "Mia" not in words(others)


def test_why_a_meeting_is_cancelled_is_for_the_set(led: Town) -> None:
    led.plan("2027-04-12T18:00")
    question = led.type("Ana", "cancel", reason="Ben is in hospital").card
    led.press("Ana", next(b for b in labels(question) if b.startswith("Cancel")), question)
    card = led.public()[-1]
    assert "Ben is in hospital" in words(card)

    assert "hospital" not in words(instead(card))


def test_a_prompt_without_words_is_for_everybody(led: Town) -> None:
    led.plan("2027-04-12T18:00")

    assert led.public()[-1].for_others is None


def test_what_was_said_in_a_meeting_is_for_the_set_once_it_is_over(led: Town) -> None:
    led.begin("Ana", "Ben", "Chidi")
    led.to("bids")
    led.offer("Ben", "How do I say no?")
    led.to("action_plan")
    led.act("Talk to Mia", visibility="set")
    led.close()
    quoting = [p for p in posts.posts(led.session) if quotes(p.card)]
    assert "Talk to Mia" in [q for p in quoting for q in quotes(p.card)]

    for post in quoting:
        drawn = posts.stands(led.session, post.notice.slot)
        assert drawn is not None
        assert quotes(drawn) == quotes(post.card)
        assert not quotes(instead(drawn))
        assert "Mia" not in words(instead(drawn))
    assert posts.stands(led.session, "no such slot") is None


def test_while_it_runs_its_words_are_its_own_business(led: Town) -> None:
    led.begin("Ana", "Ben", "Chidi")
    led.to("bids")
    led.offer("Ben", "How do I say no?")
    led.to("action_plan")
    led.act("Talk to Mia", visibility="set")

    for post in posts.posts(led.session):
        drawn = posts.stands(led.session, post.notice.slot)
        assert drawn == post.card


def test_a_catch_up_keeps_the_words_of_each_of_its_messages_to_the_set(led: Town) -> None:
    led.plan("2027-04-19T18:00")
    led.meet(("Talk to Mia", "set"))
    led.until(at("2027-04-18 19:00"))
    wanted = (Matter.FOLLOW_UP, Matter.PROMPT)
    late = [Late(led.set, n, MONDAY) for n, _ in led.said if n.matter in wanted]

    card = catch_up(late, led.now, lambda one: notice_cards.draw(led.room, one.notice, led.now))

    assert card is not None
    assert "Talk to Mia" in quotes(card)
    assert not quotes(instead(card))
    assert "Aurora meets tomorrow" in words(instead(card))
