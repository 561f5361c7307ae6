"""Reminders: four at most for each action, at the reader's hours, and never once it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core import notice_cards
from bot.core.cards import Card
from bot.core.decision import Matter, Notice
from bot.core.learning_set.actions.reminders import reminders_of, zone_of
from bot.core.learning_set.commands import SetClockSpeaks
from bot.core.signals import Pressed, Rang
from bot.core.walltime import local
from tests.core.reading import at, labels, quotes, words_of
from tests.core.road import EVENING
from tests.core.stage import Stage


def coming(town: Stage) -> dict[str, datetime]:
    """What the set's one action is still reminded of, and when."""
    (action,) = town.set.actions
    return {rule.key: when for rule, when in reminders_of(town.set, action)}


def local_days(town: Stage) -> dict[str, str]:
    """The same as London dates and times."""
    return {
        key: f"{local(when, 'Europe/London'):%m-%d %H:%M}" for key, when in coming(town).items()
    }


# --- when -----------------------------------------------------------------------------------------


def test_four_reminders_at_the_clock_time_of_the_meeting_across_the_clock_change(
    led: Stage,
) -> None:
    led.keep("ben", "Talk to Mia")

    assert local_days(led) == {
        "day_2": "03-03 18:00",
        "half_way": "03-22 18:00",
        "three_days": "04-09 18:00",
        "due": "04-12 18:00",
    }
    assert coming(led)["day_2"].hour == 18
    assert coming(led)["due"].hour == 17


def test_each_says_why_it_comes_and_shows_nothing_on_a_lock_screen(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")

    led.wait(days=43)

    _, *cards = led.private("ben")
    assert [c.title for c in cards] == [
        "Still your plan?",
        "How are your actions going?",
        "How are your actions going?",
        "How are your actions going?",
    ]
    reasons = ("2 days ago", "Halfway", "in 3 days", "Due today")
    for card, reason in zip(cards, reasons, strict=True):
        assert reason in words_of(card)
        assert "I can't read replies" in words_of(card)
        assert card.summary == "You asked me to ask about your action."
        assert card.loud
    assert labels(cards[0]) == ["Yes", "Change the words", "Stop reminding"]
    assert labels(cards[1]) == ["Done", "Partly", "Changed", "Dropped", "Snooze", "Stop reminding"]


@pytest.mark.parametrize(
    ("days", "keys"),
    [
        (1, ["due"]),
        (2, ["due"]),
        (3, ["day_2", "due"]),
        (5, ["day_2", "due"]),
        (6, ["day_2", "half_way", "due"]),
        (7, ["day_2", "half_way", "three_days", "due"]),
    ],
)
def test_a_near_date_leaves_room_for_fewer(led: Stage, days: int, keys: list[str]) -> None:
    due = EVENING + timedelta(days=days)

    led.keep("ben", "Talk to Mia", due=f"{due:%Y-%m-%d}")

    assert list(coming(led)) == keys


def test_no_due_message_where_the_set_meets_that_day(led: Stage) -> None:
    led.plan("2027-04-12T18:00")

    led.keep("ben", "Talk to Mia")

    assert list(coming(led)) == ["day_2", "half_way", "three_days"]


def test_moving_the_meeting_away_brings_the_due_message_back(led: Stage) -> None:
    led.plan("2027-04-12T18:00")
    led.keep("ben", "Talk to Mia")

    led.plan("2027-04-19T18:00")

    assert "due" in coming(led)


def test_quiet_hours_are_those_of_the_owner(led: Stage) -> None:
    led.zones["priya"] = "Asia/Kolkata"
    led.join("priya")

    led.keep("priya", "Talk to Mia")

    # 18:00 in London is half past eleven at night in Kolkata.
    assert coming(led)["day_2"] == at("2027-03-04 08:00", "Asia/Kolkata")
    assert coming(led)["due"] == at("2027-04-13 08:00", "Asia/Kolkata")


def test_a_late_set_is_reminded_in_the_morning() -> None:
    town = Stage(now=at("2027-03-01 21:30")).found("ana", "ben")

    town.keep("ben", "Talk to Mia")

    assert local_days(town)["day_2"] == "03-04 08:00"


def test_an_early_set_is_reminded_at_eight() -> None:
    town = Stage(now=at("2027-03-01 06:30")).found("ana", "ben")

    town.keep("ben", "Talk to Mia")

    assert local_days(town)["day_2"] == "03-03 08:00"


# --- one message a day ----------------------------------------------------------------------------


def test_all_of_a_day_comes_in_one_message(led: Stage) -> None:
    for n in range(6):
        led.keep("ben", f"Number {n}")

    led.until(at("2027-03-03 18:00"))

    _, card = led.private("ben")
    assert quotes(card) == ["Number 0", "Number 1", "Number 2", "Number 3"]
    assert "And 2 more actions." in words_of(card)
    rest = led.press("ben", "Show mine", card).card
    assert rest.title == "Your actions"


def test_one_more_action_is_said_in_the_singular(led: Stage) -> None:
    for n in range(5):
        led.keep("ben", f"Number {n}")

    led.until(at("2027-03-03 18:00"))

    assert "And 1 more action." in words_of(led.private("ben")[-1])


def test_an_action_with_two_reasons_on_one_day_is_shown_once(led: Stage) -> None:
    led.keep("ben", "Talk to Mia", due="2027-03-08")
    led.now = at("2027-03-05 12:00")
    led.do("ben", Pressed("snooze", value=led.set.actions[0].id))
    assert local_days(led) == {"snoozed": "03-08 12:00", "due": "03-08 18:00"}

    led.until(at("2027-03-08 19:00"))

    card = led.private("ben")[-1]
    assert quotes(card) == ["Talk to Mia"]
    assert "Due today." in words_of(card)
    assert len(labels(card)) == len(set(labels(card)))


def test_a_reminder_is_drawn_from_what_is_true_when_it_is_sent(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    notice = Notice(Matter.REMINDER, "slot", "reminder", "ben:2027-03-03")
    assert notice_cards.draw(led.room, notice) is not None

    led.push("ben", Pressed("done"))

    assert notice_cards.draw(led.room, notice) is None


def test_nobody_who_has_left_is_reminded(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.leave("ben")

    assert coming(led) == {}
    notice = Notice(Matter.REMINDER, "slot", "reminder", "ben:2027-03-03")
    assert notice_cards.draw(led.room, notice) is None


def test_a_member_whose_zone_is_unknown_has_the_sets(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.change(members=())

    assert zone_of(led.set, led.set.actions[0]) == "Europe/London"


# --- what people do about them --------------------------------------------------------------------


def test_yes_it_is_still_meant_changes_nothing(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.until(at("2027-03-03 18:00"))
    before = led.set

    heard = led.press("ben", "Yes", led.private("ben")[-1])

    assert heard.sentence == "Good. Nothing has changed."
    assert led.set is before


def test_stop_reminding_means_it(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.until(at("2027-03-03 18:00"))

    heard = led.press("ben", "Stop reminding", led.private("ben")[-1])

    assert "It stays under /als actions" in heard.sentence
    assert coming(led) == {}
    said = len(led.private("ben"))
    led.wait(days=60)
    assert len(led.private("ben")) == said
    assert quotes(led.type("ben", "actions").card) == ["Talk to Mia"]


def test_snooze_is_three_days_at_the_same_local_time(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.until(at("2027-03-22 18:00"))
    led.wait(hours=1)

    heard = led.press("ben", "Snooze", led.private("ben")[-1])

    assert heard.sentence == "I'll remind you on Thursday 25 March 2027, 19:00."
    led.until(at("2027-03-25 19:00"))
    assert "You snoozed this." in words_of(led.private("ben")[-1])


def test_snooze_across_the_clock_change_keeps_the_local_time(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.now = at("2027-03-27 10:00")

    led.do("ben", Pressed("snooze", value=led.set.actions[0].id))

    assert coming(led)["snoozed"] == at("2027-03-30 10:00")


def test_snooze_never_goes_past_the_meeting(led: Stage) -> None:
    led.plan("2027-04-12T18:00")
    led.keep("ben", "Talk to Mia")
    led.until(at("2027-04-10 12:00"))

    heard = led.do("ben", Pressed("snooze", value=led.set.actions[0].id))

    assert heard.sentence == "I'll remind you on Monday 12 April 2027, 18:00."


def test_snooze_ends_outside_quiet_hours(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.now = at("2027-03-22 21:00")

    heard = led.do("ben", Pressed("snooze", value=led.set.actions[0].id))

    assert heard.sentence == "I'll remind you on Friday 26 March 2027, 08:00."


def test_what_would_come_within_the_snooze_is_left_out(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.now = at("2027-04-08 18:00")

    led.do("ben", Pressed("snooze", value=led.set.actions[0].id))

    assert list(coming(led)) == ["snoozed", "due"]


def test_another_date_is_reminded_of_afresh_and_nothing_twice(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.until(at("2027-03-10 18:00"))
    form = led.press("ben", "Change the words", led.type("ben", "actions").card).form

    led.hand_in("ben", form, due="2027-05-10")

    assert local_days(led) == {
        "half_way": "04-05 18:00",
        "three_days": "05-07 18:00",
        "due": "05-10 18:00",
    }


def test_an_open_outcome_goes_on_being_reminded_of_and_a_closing_one_not(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.push("ben", Pressed("partly"))
    assert len(coming(led)) == 4

    led.push("ben", Pressed("dropped"))

    assert coming(led) == {}


@pytest.mark.parametrize("action", ["snooze", "stop_reminding", "still_meant"])
def test_only_its_owner_answers_a_reminder(led: Stage, action: str) -> None:
    led.keep("ben", "Talk to Mia")
    before = led.set

    for who in ("eve", "ben"):
        value = led.set.actions[0].id if who == "eve" else "gone"
        assert led.do(who, Pressed(action, value=value)).code == "not_yours"
    assert led.set is before


def test_nobody_but_the_clock_is_the_clock(led: Stage) -> None:
    assert led.decide(SetClockSpeaks(who="ben", what="open")).code == "not_member"
    assert Stage().do("clock", Rang("open", "x")).code == "ignored"
    assert led.do("clock", Rang("move_on", step=1)).code == "ignored"


# --- six weeks on ---------------------------------------------------------------------------------


@pytest.fixture
def six_weeks(led: Stage) -> Stage:
    """Six weeks after a meeting in which Ben planned one action for the set and one for himself.

    The set meets a week later than that.
    """
    led.plan("2027-04-19T18:00")
    led.meet(("Talk to Mia", "set"), ("Secret thing", "me"))
    led.keep("eve", "Also secret")
    return led


def follow_up(town: Stage) -> Card:
    """The post in the set's place."""
    (card,) = town.said_as("follow_up")
    return card


def test_six_weeks_on_at_the_same_local_time(six_weeks: Stage) -> None:
    six_weeks.until(at("2027-04-12 17:59"))
    assert six_weeks.said_as("follow_up") == []

    six_weeks.until(at("2027-04-12 18:00"))

    card = follow_up(six_weeks)
    assert "On Monday 1 March 2027 Ben took on an action." in words_of(card)
    assert quotes(card) == ["Talk to Mia"]
    assert labels(card) == ["Done", "Partly", "Changed", "Dropped", "Still going", "Show mine"]
    assert card.summary == "It's 6 weeks since your meeting."


def test_what_is_for_oneself_is_neither_named_nor_counted(six_weeks: Stage) -> None:
    six_weeks.until(at("2027-04-12 18:00"))

    said = words_of(follow_up(six_weeks))
    assert "ecret" not in said
    assert "Eve" not in said
    assert not any(
        digit in said.replace("1 March 2027", "").replace("6 weeks on", "") for digit in "23456789"
    )
    assert said.endswith("Others may have been asked privately.")


def test_it_ends_the_same_where_nobody_was_asked_privately(led: Stage) -> None:
    led.plan("2027-04-19T18:00")
    led.meet(("Talk to Mia", "set"))

    led.until(at("2027-04-12 18:00"))

    assert words_of(follow_up(led)).endswith("Others may have been asked privately.")


def test_there_is_none_where_all_of_it_is_private(led: Stage) -> None:
    led.plan("2027-04-19T18:00")
    led.meet(("Secret thing", "me"))

    assert "follow_up" not in led.until(at("2027-04-18 18:00"))


def test_there_is_none_where_all_are_done(six_weeks: Stage) -> None:
    which = six_weeks.push("ben", Pressed("done")).card
    six_weeks.press("ben", "This one (2)", which)
    six_weeks.push("ben", Pressed("done"))

    assert "follow_up" not in six_weeks.until(at("2027-04-18 18:00"))
    session = six_weeks.session.id
    notice = Notice(Matter.FOLLOW_UP, "slot", "follow_up", session)
    assert notice_cards.draw(six_weeks.room, notice) is None


def test_it_acts_on_the_pressers_own_action_and_never_shows_who_answered(six_weeks: Stage) -> None:
    six_weeks.until(at("2027-04-12 18:00"))
    card = follow_up(six_weeks)

    which = six_weeks.press("ben", "Partly", card).card
    assert quotes(which) == ["Talk to Mia", "Secret thing"]
    assert six_weeks.press("eve", "Done", card).form.title == "How did it go?"
    assert six_weeks.press("dana", "Done", card).code == "no_action"
    mine = six_weeks.press("ben", "Show mine", card).card

    assert set(quotes(mine)) == {"Talk to Mia", "Secret thing"}
    assert follow_up(six_weeks) == card


def test_a_long_follow_up_is_cut_so_that_it_stays_one_message(led: Stage) -> None:
    led.plan("2027-04-19T18:00")
    led.meet(*((f"{n}" + "x" * 299, "set") for n in range(3)))
    for n in range(9):
        shared = replace(led.set.actions[0], id=f"more{n}", owner="eve")
        led.change(actions=(*led.set.actions, shared))

    led.until(at("2027-04-12 18:00"))

    card = follow_up(led)
    assert sum(len(q) for q in quotes(card)) <= 2400
    assert "Ben and Eve took on" in words_of(card)
    assert all(q.endswith("…") for q in quotes(card))


def test_it_is_part_of_the_meeting_card_where_the_set_meets_that_day(led: Stage) -> None:
    led.meet(("Talk to Mia", "set"), ("Secret thing", "me"))

    rang = led.until(at("2027-04-12 18:00"))

    assert "follow_up" not in rang
    (card,) = led.said_as("prompt", ":open")
    assert quotes(card) == ["Talk to Mia"]
    assert words_of(card).endswith("Others may have been asked privately.")
    assert led.press("ben", "Done", card).card.title == "Which action?"


def test_what_stood_on_the_card_of_a_meeting_that_was_not_held_is_not_posted_again(
    led: Stage,
) -> None:
    led.meet(("Talk to Mia", "set"))

    rang = led.until(at("2027-05-20 18:00"))

    assert "give_up" in rang
    assert "follow_up" not in rang
    assert [quotes(c) for c in led.public() if "Talk to Mia" in quotes(c)] == [["Talk to Mia"]]


def test_it_comes_by_itself_where_nobody_opened_the_meeting_of_that_day(led: Stage) -> None:
    led.meet(("Talk to Mia", "set"))
    led.until(at("2027-04-12 17:30"))
    (meeting,) = led.set.planned()
    led.now = at("2027-04-12 20:00")

    led.do("clock", Rang("open", meeting.id))

    assert "follow_up" in led.wait(minutes=1)
    assert quotes(follow_up(led)) == ["Talk to Mia"]


def test_a_meeting_card_on_another_day_has_no_follow_up(six_weeks: Stage) -> None:
    six_weeks.until(at("2027-04-19 18:00"))

    (card,) = six_weeks.said_as("prompt", ":open")
    assert quotes(card) == []
    assert labels(card) == []


# --- late, early, twice ---------------------------------------------------------------------------


def test_a_reminder_that_rings_too_early_says_nothing_and_twice_the_same(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    day_2 = next(d for d in led.deadlines() if d.what == "remind_day_2")
    assert led.ring(day_2).notices == []

    led.now = day_2.at
    slots = {n.slot for _ in range(2) for n in led.ring(day_2).notices}

    assert len(slots) == 1
    assert len(led.private("ben")) == 2


def test_a_reminder_nobody_asked_for_changes_nothing(led: Stage) -> None:
    before = led.set

    assert led.do("clock", Rang("remind_day_2", "no such action")).notices == []
    assert led.do("clock", Rang("nonsense", "x")).notices == []

    assert led.set is before


def test_reminders_expire_after_three_days_and_the_follow_up_after_a_week(led: Stage) -> None:
    led.plan("2027-04-19T18:00")
    led.meet(("Talk to Mia", "set"))
    led.change(meetings=tuple(m for m in led.set.meetings if m.session))
    (action,) = led.set.actions
    led.change(actions=(replace(action, due=action.due - timedelta(days=7)),))

    led.until(at("2027-04-12 18:00"))

    until = {n.card: n.until for n, _ in led.said if n.card in ("reminder", "follow_up")}
    assert until == {"reminder": at("2027-04-15 18:00"), "follow_up": at("2027-04-19 18:00")}
