"""How each person wants to be written to, how often at most, and when a set is asked for a date."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import notice_cards
from bot.core.decision import Matter, Notice
from bot.core.learning_set.actions.reminders import reminders_of
from bot.core.learning_set.commands import ChangePreferences
from bot.core.preferences import USUAL, Preferences, read_quiet
from bot.core.signals import Pressed
from bot.core.walltime import local, out_of_quiet
from tests.core.reading import at, labels, named, words_of
from tests.core.road import LONDON, Heard
from tests.core.stage import Stage


def change(town: Stage, who: str = "ben", **words: str) -> Heard:
    """`/als settings`, handed in."""
    return town.hand_in(who, town.type(who, "settings").form, **words)


def local_days(town: Stage, zone: str = "Europe/London") -> list[str]:
    """When the set's one action is still reminded of."""
    found = reminders_of(town.set, town.set.actions[0])
    return [f"{rule.key} {local(when, zone):%m-%d %H:%M}" for rule, when in found]


# --- /als settings --------------------------------------------------------------------------------


def test_the_form_shows_what_holds(led: Stage) -> None:
    form = led.type("ben", "settings").form

    assert form.title == "Your settings"
    assert [f.value for f in form.fields] == ["en", "Europe/London", "20:00-08:00", "on"]


def test_what_was_chosen_is_said_in_words_and_shown_again(led: Stage) -> None:
    heard = change(led, language="de", zone="Asia/Kolkata", quiet="22 to 7", direct="on")

    assert heard.sentence == (
        "Saved: quiet hours 22:00-07:00 in Asia/Kolkata. I'll DM you when "
        "something is due. I read dates in Deutsch and in English."
    )
    form = led.type("ben", "settings").form
    assert [f.value for f in form.fields] == ["de", "Asia/Kolkata", "22:00-07:00", "on"]
    assert led.set.preferences_of("eve") == replace(USUAL, zone=LONDON)


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("20:00-08:00", (time(20), time(8))),
        ("22-7", (time(22), time(7))),
        ("21:30 - 6:45", (time(21, 30), time(6, 45))),
        ("13 to 15", (time(13), time(15))),
        ("none", (time(0), time(0))),
        ("24-7", None),
        ("20:60-8", None),
        ("at night", None),
        ("", None),
    ],
)
def test_quiet_hours_as_people_type_them(typed: str, hours: tuple[time, time] | None) -> None:
    assert read_quiet(typed) == hours


def test_quiet_hours_that_cannot_be_read_are_asked_again(led: Stage) -> None:
    before = led.set

    heard = change(led, quiet="at night")

    assert (heard.code, heard.refusal and heard.refusal.field) == ("unreadable", "quiet")
    assert led.set is before


def test_only_members_have_settings(led: Stage) -> None:
    assert led.type("zoe", "settings").code == "not_member"
    assert Stage().type("zoe", "settings").code == "no_set"
    command = ChangePreferences(who="zoe", zone="UTC", quiet="none", direct="on")
    assert led.decide(command).code == "not_member"


# --- what follows from it -------------------------------------------------------------------------


def test_reminders_move_with_ones_own_quiet_hours(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")

    change(led, quiet="17:00-09:30")

    assert local_days(led) == [
        "day_2 03-04 09:30",
        "half_way 03-23 09:30",
        "three_days 04-10 09:30",
        "due 04-13 09:30",
    ]


def test_without_quiet_hours_nothing_moves() -> None:
    town = Stage(now=at("2027-03-01 21:30")).found("ana", "ben")
    town.keep("ben", "Talk to Mia")

    heard = change(town, quiet="none")

    assert local_days(town)[0] == "day_2 03-03 21:30"
    assert heard.sentence.startswith("Saved: no quiet hours in Europe/London.")


def test_quiet_hours_in_the_day_end_the_same_day() -> None:
    noon = at("2027-03-01 13:30")

    assert out_of_quiet(noon, "Europe/London", time(13), time(15)) == at("2027-03-01 15:00")
    assert out_of_quiet(noon, "Europe/London", time(14), time(15)) == noon


def test_a_person_who_wants_no_direct_messages_gets_none(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.plan("2027-04-12T18:00")
    led.press("ben", "Coming")
    before = len(led.private("ben"))

    heard = change(led, direct="off")

    assert heard.sentence.endswith("Everything stays under /als actions.")
    led.plan("2027-04-19T18:00")
    led.wait(days=60)
    assert len(led.private("ben")) == before
    assert led.type("ben", "settings").form.fields[3].value == "off"
    notice = Notice(Matter.REMINDER, "slot", "reminder", "ben:2027-03-03", to="ben")
    assert notice_cards.draw(led.room, notice) is None


def test_a_week_without_reminders_gathers_them_into_one(led: Stage) -> None:
    led.keep("ben", "First", due="2027-03-06")
    led.keep("ben", "Second", due="2027-03-05")
    before = len(led.private("ben"))

    heard = change(led, direct="week")
    led.until(at("2027-03-08 17:59"))

    assert heard.sentence.endswith("I'll send you no reminders for a week.")
    assert len(led.private("ben")) == before
    led.until(at("2027-03-09 18:00"))
    assert len(led.private("ben")) == before + 1
    assert led.type("ben", "settings").form.fields[3].value == "week"


def test_keeping_the_settings_again_does_not_begin_the_week_afresh(led: Stage) -> None:
    change(led, direct="week")
    until = led.set.preferences_of("ben").snoozed_until
    led.wait(days=2)

    change(led, quiet="none")

    assert led.set.preferences_of("ben").snoozed_until == until
    led.wait(days=9)
    change(led, quiet="none")
    assert led.set.preferences_of("ben").snoozed_until == led.now + timedelta(days=7)


times = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 59)))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1))  # noqa: DTZ001


@given(moments, times, times, st.sampled_from(("Europe/London", "Asia/Kolkata", "Africa/Cairo")))
@settings(max_examples=200, deadline=None)
def test_nothing_is_ever_sent_in_quiet_hours(
    wall: datetime, start: time, end: time, zone: str
) -> None:
    preferences = Preferences(zone=zone, quiet_from=start, quiet_to=end)
    moment = at(f"{wall:%Y-%m-%d %H:%M}", zone)

    sent = preferences.soonest(moment, "UTC")

    shown = local(sent, zone).time()
    assert moment <= sent < moment + timedelta(days=2)
    inside = (shown >= start or shown < end) if start > end else start <= shown < end
    # Where clocks jump over the end of the hours, the first moment after the jump counts.
    assert not inside or shown > end


# --- four at most ---------------------------------------------------------------------------------


def test_an_action_is_reminded_of_four_times_at_most_however_often_its_date_is_changed(
    led: Stage,
) -> None:
    led.keep("ben", "Talk to Mia", due="2027-03-20")
    for due in ("2027-04-20", "2027-05-20", "2027-06-20", "2027-07-20"):
        led.wait(days=17)
        form = led.press("ben", "Change the words", led.type("ben", "actions").card).form
        led.hand_in("ben", form, due=due)

    led.wait(days=120)

    reminded = [n for n, _ in led.said if n.matter is Matter.REMINDER]
    assert len(reminded) == 4
    assert led.set.actions[0].reminded == 4


def test_what_one_asked_for_by_snooze_comes_all_the_same(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.change(actions=tuple(replace(a, reminded=4) for a in led.set.actions))
    led.do("ben", Pressed("snooze", value=led.set.actions[0].id))

    led.until(at("2027-04-30 18:00"))

    assert sum(n.matter is Matter.REMINDER for n, _ in led.said) == 1
    assert led.set.actions[0].reminded == 4


# --- who plans ------------------------------------------------------------------------------------


def test_two_days_before_who_plans_hears_who_comes_alone_and_out_of_quiet_hours(led: Stage) -> None:
    change(led, "ana", quiet="17:00-09:00")
    led.plan("2027-04-12T18:00")
    led.press("ben", "Coming")
    led.press("eve", "Maybe")

    led.until(at("2027-04-11 09:00"))

    card = led.private("ana")[-1]
    assert card.title == "Who's coming to Aurora"
    assert named(card) == {
        "Coming": ("Ben",),
        "Maybe": ("Eve",),
        "No answer yet": ("Ana", "Chidi", "Dana"),
    }
    assert labels(card) == []
    assert all(c.title != card.title for c in (*led.private("ben"), *led.public()))


def test_a_meeting_planned_for_tomorrow_is_not_counted_before_anybody_could_answer(
    led: Stage,
) -> None:
    led.plan("2027-03-02T18:00")

    assert "answers" not in led.until(at("2027-03-02 18:00"))


# --- a set without a date -------------------------------------------------------------------------


def once(town: Stage) -> None:
    """A set that has met, and plans nothing by itself."""
    form = town.type("ana", "schedule").form
    town.hand_in("ana", form, when="2027-03-01T18:05", every="once")


def test_a_set_without_a_date_is_asked_once_six_weeks_on(led: Stage) -> None:
    once(led)
    led.meet()

    rang = led.until(at("2028-03-01 18:00"))

    assert rang.count("ask_next") == 1
    (card,) = led.said_as("ask_next")
    assert labels(card) == ["Plan a meeting"]
    assert led.press("ana", "Plan a meeting", card).form.title == "When do you meet?"


def test_the_question_is_part_of_the_follow_up_of_that_day(led: Stage) -> None:
    once(led)
    led.meet(("Talk to Mia", "set"))

    rang = led.until(at("2028-03-01 18:00"))

    assert "ask_next" not in rang
    (card,) = led.said_as("follow_up")
    assert "No next meeting is planned. Type /als schedule" in words_of(card)
    assert words_of(card).endswith("Others may have been asked privately.")


def test_a_set_that_has_planned_again_is_not_asked(led: Stage) -> None:
    once(led)
    led.meet()
    led.plan("2027-05-03T18:00")

    assert "ask_next" not in led.until(at("2027-04-30 18:00"))
    notice = Notice(Matter.FOLLOW_UP, "slot", "ask_next", led.set.meetings[0].id)
    assert notice_cards.draw(led.room, notice) is None
