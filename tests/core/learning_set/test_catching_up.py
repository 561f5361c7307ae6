"""After an outage: one message for each reader, and what it says is true now."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.core import notice_cards as core_drawing
from bot.core.cards import Button, Card, Text, Until, buttons
from bot.core.decision import Matter, Notice, Where
from bot.core.learning_set.catching_up import Draw, Late, catch_up, overtaken
from bot.core.signals import Pressed
from tests.core.reading import at, labels, pressing, quotes, words_of
from tests.core.road import EVENING
from tests.core.stage import Stage

OUTCOMES = ["Done", "Partly", "Changed", "Dropped", "Still going"]
OLD = ("ago", "half the time", "in three days", "Is this still what you meant?", "was due today")


def missed(town: Stage, *matters: Matter) -> list[Late]:
    """Everything of these kinds that was to be said, as if none of it had got through."""
    said = [n for n, _ in town.said if n.matter in matters]
    return [Late(town.set, n, EVENING + timedelta(days=2 + d)) for d, n in enumerate(said)]


def one_message(town: Stage, late: list[Late], now: datetime | None = None) -> Card:
    """What the reader gets."""
    card = catch_up(late, now or town.now, drawing(town, now))
    assert card is not None
    return card


def drawing(town: Stage, now: datetime | None = None) -> Draw:
    return lambda one: core_drawing.draw(town.room, one.notice, now or town.now)


def moments(card: Card) -> dict[str, datetime]:
    return {b.label: b.at for b in card.blocks if isinstance(b, Until)}


# --- reminders ------------------------------------------------------------------------------------


def test_an_outage_over_all_reminders_leaves_one_row_for_each_action(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.keep("ben", "Ask Tom")
    led.wait(days=43)
    late = missed(led, Matter.REMINDER)
    assert len(late) == 4

    card = one_message(led, late)

    assert card.title == "While I was away"
    assert quotes(card) == ["Talk to Mia", "Ask Tom"]
    assert labels(card) == OUTCOMES * 2
    assert not any(old in words_of(card) for old in OLD)
    assert moments(card) == {
        "The oldest of it was due": late[0].meant,
        "It was due": at("2027-04-12 18:00"),
    }
    assert led.press("ben", "Done", card).form.title == "How did it go?"
    assert "Talk" not in card.summary


def test_a_reminder_that_a_later_one_has_overtaken_is_gone(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.wait(days=43)
    late = missed(led, Matter.REMINDER)

    assert overtaken(late) == {one.notice.slot for one in late[:3]}


def test_one_of_which_an_action_is_in_no_later_one_is_still_said(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.keep("ben", "Ask Tom", due="2027-06-30")
    led.until(at("2027-04-13 12:00"))
    late = missed(led, Matter.REMINDER)

    card = one_message(led, late)

    assert sorted(quotes(card)) == ["Ask Tom", "Talk to Mia"]
    assert moments(card)["It was due"] == at("2027-04-12 18:00")
    assert moments(card)["It is due"] == at("2027-06-30 18:00")


def test_what_is_due_on_the_very_day_says_so(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.until(at("2027-04-12 18:30"))

    card = one_message(led, missed(led, Matter.REMINDER))

    assert "It is due today" in moments(card)


def test_what_is_closed_meanwhile_is_not_in_it(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.wait(days=43)
    led.push("ben", Pressed("done"))
    late = missed(led, Matter.REMINDER)

    assert catch_up(late, led.now, drawing(led)) is None


def test_more_actions_than_fit_are_counted(led: Stage) -> None:
    for number in range(6):
        led.keep("ben", f"Number {number}")
    led.wait(days=43)

    card = one_message(led, missed(led, Matter.REMINDER))

    assert len(quotes(card)) == 4
    assert "And two more actions." in words_of(card)
    assert labels(card)[-1] == "Show mine"


def test_reminders_of_two_sets_come_in_one_message(led: Stage) -> None:
    other = Stage().found("ana", "ben", name="Borealis")
    for town, what in ((led, "Talk to Mia"), (other, "Ask Tom")):
        town.keep("ben", what)
        town.wait(days=43)
    other.change(id="other")
    rooms = {led.set.id: led.room, "other": other.room}
    late = [*missed(led, Matter.REMINDER), *missed(other, Matter.REMINDER)]

    card = catch_up(
        late, led.now, lambda one: core_drawing.draw(rooms[one.state.id], one.notice, led.now)
    )

    assert card is not None
    assert quotes(card) == ["Talk to Mia", "Ask Tom"]
    assert "From your set Aurora." in words_of(card)
    assert "From your set Borealis." in words_of(card)


@pytest.mark.parametrize(
    ("day", "now", "title", "reason"),
    [
        ("2027-03-03", "2027-03-05 09:00", "Is this still what you meant?", "on Monday 1 March"),
        ("2027-03-03", "2027-04-14 09:00", "What you chose to do", "has passed"),
        ("2027-04-09", "2027-04-11 09:00", "What you chose to do", "you chose is tomorrow"),
        ("2027-04-09", "2027-04-10 09:00", "What you chose to do", "you chose is in two days"),
        ("2027-04-12", "2027-04-13 09:00", "What you chose to do", "has passed"),
    ],
)
def test_one_reminder_that_comes_late_says_what_is_true_now(
    led: Stage, day: str, now: str, title: str, reason: str
) -> None:
    led.keep("ben", "Talk to Mia")
    notice = Notice(Matter.REMINDER, "slot", "reminder", f"ben:{day}")

    card = core_drawing.draw(led.room, notice, at(now))

    assert card is not None
    assert card.title == title
    assert reason in words_of(card)


# --- prompts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ("2027-04-05 18:00", "meets in a week"),
        ("2027-04-09 18:00", "meets in three days"),
        ("2027-04-11 18:00", "meets tomorrow"),
        ("2027-04-12 09:00", "meets today"),
    ],
)
def test_a_prompt_that_comes_late_counts_its_days_from_now(led: Stage, now: str, says: str) -> None:
    led.plan("2027-04-12T18:00")
    led.until(at("2027-04-05 18:00"))
    notice = next(n for n, _ in led.said if n.subject.endswith("week_before"))

    card = core_drawing.draw(led.room, notice, at(now))

    assert card is not None
    assert card.title == f"Aurora {says}"


def test_of_two_prompts_for_one_meeting_the_newer_is_left(led: Stage) -> None:
    led.plan("2027-04-12T18:00")
    led.until(at("2027-04-11 19:00"))
    late = [
        one
        for one in missed(led, Matter.PROMPT)
        if one.notice.subject.rpartition(":")[2] in ("planned", "week_before", "day_before")
    ]

    card = one_message(led, late)

    strong = [b.text for b in card.blocks if isinstance(b, Text) and b.tone == "strong"]
    assert strong == ["Aurora has a date", "Aurora meets tomorrow"]


# --- one of several -------------------------------------------------------------------------------


def test_one_message_alone_comes_as_it_is(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.until(at("2027-03-03 18:00"))

    card = one_message(led, missed(led, Matter.REMINDER))

    assert card.title == "Is this still what you meant?"


def test_buttons_still_speak_of_the_card_they_came_from(led: Stage) -> None:
    cards = {
        "one": Card("One", buttons(Button("A", "a", subject="mine")), subject="card"),
        "two": Card("Two", buttons(Button("B", "b")), subject="other"),
    }
    late = [
        Late(led.set, Notice(Matter.NOTICE, slot, slot, where=Where.DIRECT), EVENING)
        for slot in cards
    ]

    card = catch_up(late, led.now, lambda one: cards[one.notice.slot])

    assert card is not None
    assert (pressing("A", card).subject, pressing("B", card).subject) == ("mine", "other")
    assert card.for_others is None
