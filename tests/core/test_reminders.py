"""Who is reminded of what and when: the table, quiet hours, snooze, stop, and the follow-up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core import engine, notice_cards
from bot.core.decision import Deadline
from bot.core.signals import Pressed
from bot.core.walltime import local
from tests.core.stage import Meeting, wall, words_of


def planned(**action: str) -> Meeting:
    """Ben's meeting of 1 March at 18:00 is over, and so many words of his stand as an action."""
    play = Meeting.at("action_plan")
    play.fill("ben", "Add an action", **{"what": "Talk to Mia", **action})
    play.press("ben", "That's all")
    play.go_on_to("close")
    play.close()
    return play


def without_next(play: Meeting) -> Meeting:
    """The same set with no meeting planned."""
    held = tuple(m for m in play.set.meetings if m.session)
    play.room = replace(play.room, set=replace(play.set, meetings=held))
    return play


def reminders(play: Meeting) -> list[tuple[str, str]]:
    """What is due about actions, in local time."""
    return [
        (d.what.removeprefix("remind_"), f"{local_time(d):%m-%d %H:%M}")
        for d in sorted(engine.deadlines(play.set), key=lambda d: d.at)
        if d.what.startswith("remind_") or d.what == "follow_up"
    ]


def local_time(due: Deadline) -> datetime:
    return local(due.at, "Europe/London")


# --- the table ------------------------------------------------------------------------------------


def test_four_messages_at_the_clock_time_of_the_meeting_across_the_change_of_clocks():
    play = without_next(planned(visibility="me"))

    assert reminders(play) == [
        ("day_2", "03-03 18:00"),
        ("half_way", "03-22 18:00"),
        ("three_days", "04-09 18:00"),
        ("due", "04-12 18:00"),
    ]


def test_the_due_message_is_not_sent_where_the_set_meets_that_day():
    assert [what for what, _ in reminders(planned(visibility="me"))] == [
        "day_2",
        "half_way",
        "three_days",
    ]


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ("2027-03-03", ["due"]),
        ("2027-03-05", ["day_2", "due"]),
        ("2027-03-07", ["day_2", "half_way", "due"]),
        ("2027-03-09", ["day_2", "half_way", "three_days", "due"]),
    ],
)
def test_a_near_date_leaves_out_what_would_come_too_close(due, expected):
    assert [what for what, _ in reminders(planned(due=due, visibility="me"))] == expected


def test_what_is_asked_depends_on_when():
    play = without_next(planned())
    play.pass_time(days=2)
    assert play.mail["ben"][-1].title == "Still your plan?"
    assert [b.label for b in play.mail["ben"][-1].buttons()] == [
        "Yes",
        "Change the words",
        "Stop reminding",
    ]
    assert "Written 2 days ago." in words_of(play.mail["ben"][-1])
    assert play.mail["ben"][-1].summary == "You asked me to ask about your action."

    play.pass_time(days=19)
    card = play.mail["ben"][-1]
    assert card.title == "How are your actions going?"
    assert "Halfway to your date." in words_of(card)
    assert [b.label for b in card.buttons()] == [
        "Done",
        "Partly",
        "Changed",
        "Dropped",
        "Snooze",
        "Stop reminding",
    ]
    assert "I can't read replies." in words_of(card)


def test_closed_actions_remind_nobody():
    play = planned()
    play.type("ben", "done")
    play.press("ben", "Done")

    assert reminders(play) == []
    play.pass_time(days=30)
    assert all(card.title != "How are your actions going?" for card in play.mail["ben"])


def test_a_reminder_of_an_action_closed_meanwhile_is_of_no_use():
    play = planned()
    play.pass_time(days=2)
    notice = play.notices[-1]
    assert notice_cards.draw(play.room, notice) is not None
    play.type("ben", "done")
    play.press("ben", "Dropped")

    assert notice_cards.draw(play.room, notice) is None


def test_who_has_left_the_set_is_not_reminded():
    play = planned()
    play.pass_time(days=2)
    notice = play.notices[-1]
    gone = replace(play.member("ben"), left_at=play.now)
    play.room = replace(play.room, set=play.set.with_member(gone))

    assert reminders(play) == []
    assert notice_cards.draw(play.room, notice) is None


def test_an_archived_set_is_silent():
    play = planned()
    play.room = replace(play.room, set=replace(play.set, archived_at=play.now))

    assert engine.deadlines(play.set) == ()


def test_several_actions_make_one_message_a_day():
    play = Meeting.at("action_plan")
    for what in ("Talk to Mia", "Write it down"):
        play.fill("ben", "Add an action", what=what)
    play.press("ben", "That's all")
    play.go_on_to("close")
    play.close()
    before = len(play.mail["ben"])

    play.pass_time(days=2)

    assert len(play.mail["ben"]) == before + 1
    assert "Talk to Mia" in words_of(play.mail["ben"][-1])
    assert "Write it down" in words_of(play.mail["ben"][-1])


# --- quiet hours ----------------------------------------------------------------------------------


def test_a_message_waits_for_the_end_of_the_readers_quiet_hours():
    play = Meeting()
    play.zones = {"ben": "Asia/Tokyo"}
    play.type_form("ana", "start", name="Aurora")
    for who in ["ana", "ben", "chidi", "dana"]:
        play.arrive(who)
    play.type_form("ben", "action", what="Talk to Mia", due="2027-04-01")

    day_2 = next(d for d in engine.deadlines(play.set) if d.what == "remind_day_2")

    assert day_2.at == datetime(2027, 3, 3, 23, 0, tzinfo=UTC)  # 08:00 in Tokyo, the day after
    play.pass_time(days=3)
    assert play.notices[-1].slot.endswith(":2027-03-04")


# --- snooze and stop ------------------------------------------------------------------------------


def test_snooze_comes_back_in_three_days():
    play = without_next(planned())
    play.pass_time(days=22)
    play.press("ben", "Snooze")
    assert play.told("ben") == "I'll remind you on Friday 26 March 2027, 18:00."

    play.pass_time(days=3)

    assert "You snoozed this." in words_of(play.mail["ben"][-1])
    assert play.sees("ben", "Snooze")


def test_snooze_never_passes_the_meeting():
    play = planned()
    play.pass_time(days=40)
    play.press("ben", "Snooze")

    assert play.set.actions[0].snoozed_until == play.set.starts_at(play.set.planned()[0])


def test_a_snooze_in_the_evening_comes_back_in_the_morning():
    play = without_next(planned())
    play.pass_time(days=22)
    play.now = play.now.replace(hour=22)
    play.press("ben", "Snooze")

    assert play.told("ben") == "I'll remind you on Saturday 27 March 2027, 08:00."


def test_stop_is_for_good():
    play = planned()
    play.pass_time(days=2)
    play.press("ben", "Stop reminding")

    assert "I won't remind you again." in play.told("ben")
    assert [what for what, _ in reminders(play)] == []


def test_another_date_begins_the_table_anew():
    play = without_next(planned(visibility="me"))
    play.pass_time(days=10)
    play.type("ben", "actions")
    play.fill("ben", "Change the words", due="2027-05-10")

    assert [what for what, _ in reminders(play)] == ["half_way", "three_days", "due"]


# --- late, early, twice ---------------------------------------------------------------------------


def test_a_reminder_that_rings_twice_or_too_early_says_nothing_new():
    play = planned()
    day_2 = next(d for d in play.deadlines() if d.what == "remind_day_2")
    play.ring(day_2)
    assert all(n.card != "reminder" for n in play.notices)

    play.now = day_2.at
    play.ring(day_2)
    play.ring(day_2)
    slots = [n.slot for n in play.notices if n.card == "reminder"]
    assert len(slots) == 2
    assert len(set(slots)) == 1


def test_a_reminder_nobody_asked_for_changes_nothing():
    play = planned()
    before = play.set

    play.ring(Deadline(play.now, "remind_day_2", "no such action"))
    play.ring(Deadline(play.now, "nonsense", "x"))

    assert play.set is before


def test_a_reminder_is_of_use_until_three_days_after_the_date():
    play = planned()
    play.pass_time(days=2)

    due = datetime(2027, 4, 12, 17, 0, tzinfo=UTC)
    assert play.notices[-1].until == due + timedelta(days=3)


# --- the follow-up --------------------------------------------------------------------------------


def test_six_weeks_on_the_place_is_told_by_name():
    play = without_next(planned(visibility="set"))
    play.pass_time(days=42)

    card = next(c for c in play.prompts if c.title == "6 weeks on")

    assert "On Monday 1 March 2027 Ben took on an action." in words_of(card)
    assert "Talk to Mia\nBen" in words_of(card)
    assert [b.label for b in card.buttons()] == [
        "Done",
        "Partly",
        "Changed",
        "Dropped",
        "Still going",
        "Show mine",
    ]
    assert words_of(card).endswith("Others may have been asked privately.")
    assert play.now.hour == 18
    assert play.notices[-1].until == datetime(2027, 4, 19, 17, 0, tzinfo=UTC)


def test_what_is_for_oneself_is_never_named_or_counted():
    play = without_next(planned(visibility="me"))
    assert ("follow_up", "04-12 18:00") not in reminders(play)

    play.pass_time(days=43)

    assert all(c.title != "6 weeks on" for c in play.prompts)
    assert "Ben" not in " ".join(words_of(c) for c in play.prompts if "joined" not in c.title)


def test_where_the_set_meets_that_day_it_is_part_of_the_meetings_prompt():
    play = planned(visibility="set")
    play.pass_time(days=42)

    door = next(c for c in play.prompts if c.title == "Aurora meets soon")

    assert "Talk to Mia\nBen" in words_of(door)
    assert words_of(door).endswith("Others may have been asked privately.")
    assert all(c.title != "6 weeks on" for c in play.prompts)


def test_a_prompt_of_another_day_has_no_follow_up():
    play = planned(visibility="set")
    play.type_form("ana", "schedule", when="2027-03-30T18:00")
    play.pass_time(days=29)

    door = next(c for c in play.prompts if c.title == "Aurora meets soon")

    assert "Talk to Mia" not in words_of(door)


def test_the_follow_up_acts_on_the_pressers_own_and_never_changes():
    play = without_next(planned(visibility="set"))
    play.pass_time(days=42)
    card = next(c for c in play.prompts if c.title == "6 weeks on")
    done = Pressed("done", card.subject)

    play.bring("eve", done)
    assert play.code == "no_action"
    play.bring("ben", done)
    assert play.set.actions[0].outcome == "done"

    notice = next(n for n in play.notices if n.card == "follow_up")
    assert notice_cards.draw(play.room, notice) is None


def test_an_answered_action_is_not_followed_up():
    play = without_next(planned(visibility="set"))
    play.type("ben", "done")
    play.press("ben", "Done")
    play.pass_time(days=43)

    assert all(c.title != "6 weeks on" for c in play.prompts)


def test_the_hour_stays_whatever_clocks_do():
    before, after = planned(visibility="set"), without_next(planned(visibility="set"))

    assert [d for d in reminders(before) if d[0] == "follow_up"] == []
    assert [d for d in reminders(after) if d[0] == "follow_up"] == [("follow_up", "04-12 18:00")]


def test_a_meeting_that_falls_into_a_gap_opens_after_it():
    play = Meeting.at("close")
    play.close()
    play.type_form("ana", "schedule", when="2027-03-28T01:30")

    opening = next(d for d in play.deadlines() if d.what == "open")

    assert opening.at == datetime(2027, 3, 28, 0, 45, tzinfo=UTC)
    assert play.set.planned()[0].wall == wall("2027-03-28T01:30")
