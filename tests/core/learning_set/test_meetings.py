"""Planned meetings, prompts, starting by hand, and what the set keeps of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import engine, notice_cards
from bot.core.cards import Until
from bot.core.decision import Decision, Matter, Notice, Refusal
from bot.core.learning_set.commands import StartMeeting
from bot.core.learning_set.state import Meeting, MeetingStatus, due_by_default, next_holder
from bot.core.meeting.commands import EndMeeting, OpenSession
from bot.core.meeting.session import BOT
from bot.core.signals import Pressed, Rang, Submitted, Typed
from tests.core.reading import at, labels, words_of
from tests.core.stage import CAST, Stage


def prompts(town: Stage) -> list[str]:
    """The titles of the prompts the set has had, in order."""
    return [c.title for n, c in town.said if n.matter is Matter.PROMPT]


# --- who may plan and start -----------------------------------------------------------------------


@pytest.mark.parametrize("facilitation", ["rotating", "bot-held"])
def test_where_nobody_leads_every_member_plans_and_starts(facilitation: str) -> None:
    town = Stage().found(*CAST, facilitation=facilitation)

    assert town.plan("2027-03-08T18:00", "eve").refusal is None
    assert town.type("dana", "start").refusal is None
    assert town.phase == "arrive"


def test_in_a_led_set_only_its_facilitator_plans_and_starts(led: Stage) -> None:
    form = led.type("ana", "schedule").form

    for heard in (led.hand_in("ben", form, when="2027-03-08T18:00"), led.type("ben", "start")):
        assert heard.code == "not_facilitator"
        assert "ask them" in heard.sentence
    assert led.set.planned() == ()


@pytest.mark.parametrize("facilitation", ["led", "rotating", "bot-held"])
def test_a_stranger_plans_and_starts_nothing(facilitation: str) -> None:
    town = Stage().found(*CAST, facilitation=facilitation)

    plan = Submitted("schedule", (("when", "2027-03-08T18:00"),))
    assert town.do("zoe", plan).code == "not_facilitator"
    assert town.opened("zoe", Typed("schedule")).code == "not_facilitator"
    assert town.type("zoe", "start").code == "not_facilitator"


def test_a_founder_who_has_not_agreed_yet_may_plan_already() -> None:
    town = Stage().found("ben", "chidi")

    assert town.plan("2027-03-08T18:00").refusal is None


@pytest.mark.parametrize(
    ("facilitation", "holder"), [("led", "ana"), ("rotating", "ana"), ("bot-held", BOT)]
)
def test_who_holds_the_process_of_a_new_meeting(facilitation: str, holder: str) -> None:
    town = Stage().found(*CAST, facilitation=facilitation)

    town.type("ana", "start")

    assert town.session.holder == holder


def test_turns_go_round_who_held_it_longest_ago_next() -> None:
    town = Stage().found(*CAST, facilitation="rotating")
    town.meet()
    assert next_holder(town.set) == "ben"

    held = {"ben": 4, "chidi": 2, "dana": 3, "eve": 3}
    town.change(
        members=tuple(
            replace(m, last_held_at=town.now - timedelta(days=held.get(m.person, 1)))
            for m in town.set.members
        )
    )
    assert next_holder(town.set) == "ben"


def test_an_empty_set_falls_back_to_its_founder(town: Stage) -> None:
    town.found()

    assert next_holder(town.set) == "ana"


# --- planning -------------------------------------------------------------------------------------


def test_a_planned_meeting_is_told_to_the_set(led: Stage) -> None:
    led.plan("2027-03-08T18:00")

    card = led.public()[-1]
    assert card.title == "Aurora has a date"
    assert [b.at for b in card.blocks if isinstance(b, Until)] == [at("2027-03-08 18:00")]


def test_planning_again_moves_the_meeting_and_tells_the_set_once_more(led: Stage) -> None:
    led.plan("2027-03-08T18:00")
    led.wait(days=3)
    led.plan("2027-03-09T18:00")

    (meeting,) = led.set.planned()
    assert (f"{meeting.wall}", meeting.sequence) == ("2027-03-09 18:00:00", 1)
    assert prompts(led) == ["Aurora has a date", "Aurora has moved its meeting"]


def test_the_same_date_again_says_nothing(led: Stage) -> None:
    led.plan("2027-03-08T18:00")
    before, said = led.set, len(led.said)

    led.plan("2027-03-08T18:00")

    assert (led.set, len(led.said)) == (before, said)


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("2027-03-01T17:59", "past"),
        ("2027-03-01T18:00", "past"),
        ("0001-01-01T00:00", "past"),
        ("2029-03-04T18:00", "far"),
        ("2127-03-01T18:00", "far"),
        ("9999-12-31T23:59", "far"),
        ("2027-03-08", "unreadable"),
        ("soon", "unreadable"),
        ("T", "unreadable"),
        ("2027-03-08T18:00+02:00", "unreadable"),
        ("", "empty"),
    ],
)
def test_dates_that_cannot_be_planned(led: Stage, when: str, code: str) -> None:
    before = led.set

    heard = led.plan(when)

    assert (heard.code, heard.refusal and heard.refusal.field) == (code, "when")
    assert led.set is before


def test_planning_the_next_one_while_we_meet_tells_the_meeting(led: Stage) -> None:
    led.type("ana", "start")

    led.plan("2027-05-03T18:00")

    assert led.session.next_at == at("2027-05-03 18:00")


# --- prompts --------------------------------------------------------------------------------------


def test_prompts_come_in_order_at_the_sets_own_clock_time(led: Stage) -> None:
    led.plan("2027-04-12T18:00")

    assert led.until(at("2027-04-12 18:00")) == [
        "week_before",
        "answers",
        "day_before",
        "open",
        "start",
        "start",
    ]
    assert prompts(led) == [
        "Aurora has a date",
        "Aurora meets in a week",
        "Aurora meets tomorrow",
        "Aurora meets soon",
        "Aurora meets now",
    ]


def test_the_door_opens_a_quarter_of_an_hour_before(led: Stage) -> None:
    led.plan("2027-04-12T18:00")

    led.until(at("2027-04-12 17:44"))
    assert led.room.session is None
    led.until(at("2027-04-12 17:45"))

    assert led.phase == "arrive"
    assert led.session.starts_at == at("2027-04-12 18:00")
    (meeting,) = led.set.meetings
    assert meeting.status is MeetingStatus.LIVE


def test_a_meeting_planned_for_soon_gets_only_the_prompts_still_to_come(led: Stage) -> None:
    led.plan("2027-03-01T18:10")

    assert led.until(at("2027-03-01 18:10"))[:2] == ["open", "start"]


def test_the_prompts_of_a_moved_meeting_do_not_come(led: Stage) -> None:
    led.plan("2027-03-08T18:00")
    led.wait(hours=1)
    led.plan("2027-03-29T18:00")

    assert led.until(at("2027-03-20 18:00")) == []


def test_the_set_is_told_that_it_meets_now_until_it_has_begun(led: Stage) -> None:
    led.plan("2027-04-12T18:00")
    led.until(at("2027-04-12 17:50"))
    (meeting,) = led.set.meetings
    notice = Notice(Matter.PROMPT, "slot", "prompt", f"{meeting.id}:start")
    drawn = notice_cards.draw(led.room, notice)
    assert drawn is not None
    assert labels(drawn) == ["Start"]

    for who in CAST:
        led.press(who, "I'm here")
    led.press("ana", "Begin")

    assert led.begun
    assert notice_cards.draw(led.room, notice) is None
    other = replace(notice, subject=f"{meeting.id}:open")
    assert notice_cards.draw(led.room, other) is not None


def test_a_prompt_for_a_meeting_that_is_over_or_unknown_is_not_drawn(led: Stage) -> None:
    led.meet()
    held = led.set.meetings[0]

    for subject in (f"{held.id}:start", "unknown:open"):
        notice = Notice(Matter.PROMPT, "slot", "prompt", subject)
        assert notice_cards.draw(led.room, notice) is None


def test_a_start_that_rang_too_early_or_again_changes_nothing(led: Stage) -> None:
    led.plan("2027-04-12T18:00")
    (meeting,) = led.set.meetings
    before = led.set

    for what, subject in (("open", meeting.id), ("start", meeting.id), ("open", "unknown")):
        led.do("clock", Rang(what, subject))

    assert led.set is before
    assert led.room.session is None


def test_the_door_of_a_second_meeting_does_not_open_while_one_is_on(led: Stage) -> None:
    led.plan("2027-03-01T20:00")
    led.type("ana", "start")
    running = led.session

    # Nothing but the set's own clock: the meeting goes on meanwhile.
    led.now = at("2027-03-01 19:45")
    (meeting,) = led.set.planned()
    led.do("clock", Rang("open", meeting.id))

    assert led.session is running
    assert led.set.planned() == (), "the set meets already; that is its meeting of the day"


def test_a_meeting_nobody_opened_in_time_is_missed_and_the_next_one_planned(led: Stage) -> None:
    led.plan("2027-03-08T18:00")
    led.now = at("2027-03-08 20:00")
    (meeting,) = led.set.planned()

    led.do("clock", Rang("open", meeting.id))

    missed, following = led.set.meetings
    assert missed.status is MeetingStatus.NOT_HELD
    assert f"{following.wall}" == "2027-04-19 18:00:00"


def test_after_a_missed_meeting_a_later_one_that_is_planned_stands(led: Stage) -> None:
    led.plan("2027-03-08T18:00")
    later = Meeting("later", led.now.replace(tzinfo=None) + timedelta(days=30), "90")
    led.change(meetings=(*led.set.meetings, later))
    led.now = at("2027-03-08 20:00")

    led.do("clock", Rang("open", led.set.meetings[0].id))

    assert led.set.planned() == (later,)
    assert len(led.set.meetings) == 2


def test_planning_after_a_missed_meeting_makes_a_new_one(led: Stage) -> None:
    led.plan("2027-03-08T18:00")
    led.now = at("2027-03-08 20:00")

    led.plan("2027-03-15T18:00")

    assert [m.status for m in led.set.meetings] == [
        MeetingStatus.NOT_HELD,
        MeetingStatus.PLANNED,
    ]


def test_an_archived_set_is_never_spoken_to(led: Stage) -> None:
    led.plan("2027-04-12T18:00")
    led.keep("ben", "Write it down")
    led.change(archived_at=led.now)

    assert engine.deadlines(led.set) == ()


# --- starting by hand -----------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [-60, -10, 10, 60])
def test_a_start_near_a_planned_meeting_is_that_meeting(led: Stage, minutes: int) -> None:
    led.plan("2027-03-08T18:00")
    led.now = at("2027-03-08 18:00") + timedelta(minutes=minutes)

    led.type("ana", "start", format="60")

    (meeting,) = led.set.meetings
    assert (meeting.status, meeting.format) == (MeetingStatus.LIVE, "60")
    assert led.session.starts_at == max(led.now, at("2027-03-08 18:00"))


@pytest.mark.parametrize("minutes", [-61, 61])
def test_a_start_far_from_the_planned_one_is_a_meeting_of_its_own(led: Stage, minutes: int) -> None:
    led.plan("2027-03-08T18:00")
    planned = led.set.planned()
    led.now = at("2027-03-08 18:00") + timedelta(minutes=minutes)

    led.type("ana", "start")

    assert led.set.planned() == planned
    assert led.session.wall.hour == led.now.hour
    # After it, the one that is planned; else the next in the rhythm, six weeks from today.
    assert led.session.next_at == at("2027-03-08 18:00" if minutes < 0 else "2027-04-19 19:01")


def test_180_minutes_means_the_deep_format(led: Stage) -> None:
    led.type("ana", "start", format="180")

    assert led.session.format == "180-deep"


def test_an_unknown_length_is_refused_with_those_there_are(led: Stage) -> None:
    heard = led.do("ana", Typed("start", (("format", "45"),)))

    assert heard.code == "format"
    assert "60, 90, 120, 180-deep, 180-wide" in heard.sentence


def test_a_second_start_is_refused_while_a_meeting_is_on(led: Stage) -> None:
    led.type("ana", "start")
    running = led.session

    assert led.type("ana", "start").code == "running"
    assert led.session is running


def test_the_start_button_begins_where_the_door_is_open(led: Stage) -> None:
    led.plan("2027-04-12T18:00")
    led.until(at("2027-04-12 17:59"))
    led.press("ben", "I'm here")
    led.press("chidi", "I'm here")
    led.until(at("2027-04-12 18:00"))

    led.press("ana", "Start")

    assert led.begun
    assert led.press("ana", "Start").code == "begun"


def test_the_start_button_opens_a_meeting_where_none_is_on(led: Stage) -> None:
    led.do("ana", Pressed("begin"))

    assert led.phase == "arrive"


def test_the_meeting_knows_who_has_waited_longest_and_who_owes_a_word(led: Stage) -> None:
    led.keep("eve", "First promise")
    led.wait(days=1)
    led.keep("ben", "Second promise")
    led.meet(("Third promise", "set"))
    led.wait(days=1)

    led.type("ana", "start")

    since = {p.person: p.waiting_since for p in led.session.people}
    assert since["ben"] > since["eve"]
    assert [o.owner for o in led.session.owed] == ["eve", "ben", "ben"]


# --- what is kept of a meeting --------------------------------------------------------------------


def test_a_held_meeting_plans_the_next_one_six_weeks_on_at_the_same_local_time(led: Stage) -> None:
    led.meet()

    held, following = led.set.meetings
    assert (held.status, held.attended) == (MeetingStatus.HELD, 5)
    assert f"{following.wall}" == "2027-04-12 18:00:00"
    assert led.set.starts_at(following) == at("2027-04-12 18:00")
    assert led.set.session == ""


def test_a_meeting_that_was_planned_already_stands(led: Stage) -> None:
    led.plan("2027-05-03T18:00")

    led.meet()

    assert [f"{m.wall}" for m in led.set.planned()] == ["2027-05-03 18:00:00"]
    assert led.session.next_at == at("2027-05-03 18:00")


def test_who_presented_and_who_held_it_wait_longest_from_today(led: Stage) -> None:
    led.meet()

    ana, ben = led.set.member("ana"), led.set.member("ben")
    assert ana is not None
    assert ben is not None
    assert (ana.last_held_at, ana.last_presented_at) == (led.now, None)
    assert (ben.last_held_at, ben.last_presented_at) == (None, led.now)


def test_a_presenter_or_holder_who_is_no_member_any_more_is_passed_over(led: Stage) -> None:
    led.begin(*CAST)
    led.to("bids")
    led.offer("ben", "How do I say no?")
    led.to("action_plan")
    gone = tuple(replace(m, left_at=led.now) for m in led.set.members)
    led.change(members=gone)

    led.decide(EndMeeting(who="ana", sure=True))

    assert led.set.meetings[0].status is MeetingStatus.HELD
    assert led.set.members == gone


def test_a_meeting_that_was_not_held_plans_the_next_and_keeps_what_people_drafted(
    led: Stage,
) -> None:
    led.hand_in("ben", led.type("ben", "bid").form, title="Kept")
    led.plan("2027-03-08T18:00")

    led.until(at("2027-03-08 18:40"))

    assert [m.status for m in led.set.meetings] == [
        MeetingStatus.NOT_HELD,
        MeetingStatus.PLANNED,
    ]
    assert f"{led.set.planned()[0].wall}" == "2027-04-19 18:00:00"
    assert led.set.draft_of("ben") is not None
    home = led.type("ben", "home").card
    assert "Next meeting" in words_of(home)


def test_an_issue_that_was_not_chosen_stays_with_its_owner(led: Stage) -> None:
    led.hand_in("eve", led.type("eve", "bid").form, title="Eve was not there")
    led.hand_in("dana", led.type("dana", "bid").form, title="Dana came and kept it back")
    led.begin("ana", "ben", "chidi", "dana")
    led.to("bids")
    led.offer("ben", "Taken")
    led.offer("chidi", "Left over", why="Soon", urgency="3")
    led.to("choose")
    led.press("ana", "Close the vote")
    presenter = led.session.presenter
    led.to("close")
    led.close()

    drafts = {d.owner: d.title for d in led.set.drafts}

    left = {"ben": "Taken", "chidi": "Left over"}
    left.pop(str(presenter))
    assert drafts == {"eve": "Eve was not there"} | left


def test_the_next_date_is_still_to_come_even_after_a_long_gap(led: Stage) -> None:
    led.type("ana", "start")
    led.now += timedelta(days=100)

    sure = led.press("ana", "End", led.press("ana", "More").card).card
    led.press("ana", "End the meeting for no people", sure)

    assert f"{led.set.planned()[0].wall}" == "2027-07-05 18:00:00"


# --- defaults -------------------------------------------------------------------------------------


def test_an_action_without_a_date_is_due_at_the_next_meeting_else_six_weeks_on(led: Stage) -> None:
    wall = led.now.replace(tzinfo=None)
    assert due_by_default(led.set, wall, led.now) == wall + timedelta(days=42)

    led.plan("2027-03-15T18:00")

    assert f"{due_by_default(led.set, wall, led.now)}" == "2027-03-15 18:00:00"


def test_a_meeting_is_changed_in_its_place(led: Stage) -> None:
    led.plan("2027-03-15T18:00")
    (meeting,) = led.set.meetings
    other = Meeting("other", meeting.wall, "90")

    changed = led.set.with_meeting(other).with_meeting(replace(meeting, attended=3))

    assert [m.id for m in changed.meetings] == [meeting.id, "other"]
    assert changed.meetings[0].attended == 3


def test_the_core_opens_a_meeting_from_nothing_else(led: Stage) -> None:
    start = StartMeeting(who="ana", session="s", seed=1)
    decision = engine.decide(led.set, start, led.now)
    assert isinstance(decision, Decision)
    (opening,) = decision.then
    assert isinstance(opening, OpenSession)

    opened = engine.decide(None, opening, led.now)

    assert isinstance(opened, Decision)
    assert opened.state.step.phase == "arrive"


def test_a_meeting_that_runs_is_not_opened_again() -> None:
    play = Stage.at("explore")

    again = engine.decide(play.session, OpenSession(who="ana", opening=play.session), play.now)

    assert isinstance(again, Refusal)


def test_a_meeting_that_falls_into_a_gap_opens_after_it(led: Stage) -> None:
    led.plan("2027-03-28T01:30")

    assert led.rings_at("open") == at("2027-03-28 00:45")
    assert f"{led.set.planned()[0].wall}" == "2027-03-28 01:30:00"
