"""A meeting during which the bot was gone: short, it gets its time back; long, somebody decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core import engine, notice_cards
from bot.core.cards import Card
from bot.core.decision import Deadline
from bot.core.input import forms_opened, understanding
from bot.core.meeting import panels, posts
from bot.core.meeting.phases.choosing.ballot import Ballot, Bids
from bot.core.meeting.session import Status
from bot.core.signals import Pressed, Typed, WasAway
from tests.core.meeting.phases.test_action_report import second_meeting
from tests.core.reading import labels, words_of
from tests.core.road import LONDON
from tests.core.stage import SIX, Stage

MINUTE = timedelta(minutes=1)
FACILITATIONS = ("led", "rotating", "bot-held")
PHASES = (
    *("check_in", "bids", "choose", "present", "clarify", "explore"),
    *("reflect", "action_plan", "learning_review", "close"),
)
SHORT_ENOUGH = (10, 59)
TOO_LONG = (61, 3 * 24 * 60, 200 * 24 * 60)


def of_the_meeting(play: Stage) -> dict[tuple[str, str], datetime]:
    """When the clock speaks next to the meeting, by what about."""
    assert play.room.live is not None
    due: tuple[Deadline, ...] = engine.deadlines(play.room.live)
    return {(d.what, d.subject): d.at for d in due}


def a_little_into(phase: str, facilitation: str = "led", format: str = "180-wide") -> Stage:
    """A meeting some time into one of its parts, long before its end unless that part is late."""
    play = Stage.at(phase, facilitation=facilitation, format=format)
    play.wait(seconds=30)
    return play


# --- short enough: the clock gives the time back ----------------------------------------------


@pytest.mark.parametrize("facilitation", FACILITATIONS)
@pytest.mark.parametrize("phase", PHASES[:-2])
@pytest.mark.parametrize("minutes", SHORT_ENOUGH)
def test_after_a_short_interruption_every_deadline_is_later_by_just_that(
    phase: str, facilitation: str, minutes: int
):
    play = a_little_into(phase, facilitation)
    before, cards = of_the_meeting(play), len(posts.posts(play.session))

    play.away(minutes=minutes)

    after = of_the_meeting(play)
    assert after == {what: at + minutes * MINUTE for what, at in before.items()}
    assert len(posts.posts(play.session)) == cards
    assert play.phase == phase


def test_the_lengths_of_the_parts_to_come_are_kept():
    untouched, play = Stage.with_people(), Stage.with_people()

    play.away(minutes=30)

    for meeting in (untouched, play):
        meeting.go_on_to("explore")
    assert play.session.clock.seconds == untouched.session.clock.seconds


def test_told_twice_of_the_same_outage_the_time_is_given_back_once():
    play = Stage.with_people()
    gone = WasAway(play.now)
    play.away(minutes=10)
    ends_at = play.session.clock.ends_at

    play.do("clock", gone)

    assert play.session.clock.ends_at == ends_at


def test_an_absence_of_seconds_changes_nothing():
    play = Stage.with_people()
    before = play.session

    play.away(minutes=0.9)

    assert play.session is before


def test_a_meeting_that_began_after_the_bot_was_last_noted_loses_nothing():
    long_ago = Stage.started().now - timedelta(days=3)
    play = Stage.with_people()
    before = play.session

    play.do("clock", WasAway(long_ago))

    assert play.session is before


def test_a_pause_stays_a_pause_and_keeps_what_was_left_of_it():
    play = Stage.with_people()
    play.wait(minutes=2)
    left = play.session.clock.ends_at - play.now
    play.more("ana")
    play.press("ana", "Pause")
    play.wait(minutes=5)
    before = of_the_meeting(play)

    play.away(minutes=20)

    assert of_the_meeting(play) == {what: at + 20 * MINUTE for what, at in before.items()}
    play.more("ana")
    play.press("ana", "Resume")
    assert play.session.clock.ends_at == play.now + left


def test_somebody_asked_whether_they_are_there_has_their_minute_all_the_same():
    play = Stage.with_people()
    play.to_the_end(minutes=3)
    play.press("ben", "Take over")
    play.press("ben", "Take over the process")
    before = play.rings_at("claim_over")

    play.away(minutes=10)

    assert play.rings_at("claim_over") == before + 10 * MINUTE
    assert play.holder == "ana"


def test_an_outage_over_a_change_of_the_clocks_counts_real_minutes():
    night = datetime(2027, 3, 28, 0, 50, tzinfo=UTC)
    play = Stage.with_people(now=night, zone=LONDON)
    left = play.session.clock.ends_at - play.now

    play.away(minutes=20)

    assert play.session.interrupted is None
    assert play.session.clock.ends_at == play.now + left


def test_a_question_in_flight_has_waited_no_longer_than_before():
    play = Stage.at("clarify")
    play.fill("ana", "Ask", question="Since when?")
    play.wait(minutes=2)

    play.away(minutes=10)

    assert play.rings_at("long_wait") == play.now + MINUTE


def test_the_last_to_report_has_their_minute_to_write_all_the_same():
    play = second_meeting()
    nobody_yet = play.copy()
    play.press("ben", "Done")
    due = play.rings_at("all_heard")

    play.away(minutes=10)
    nobody_yet.away(minutes=10)

    assert play.rings_at("all_heard") == due + 10 * MINUTE
    assert nobody_yet.phase == "action_report"


def test_a_presenter_who_writes_actions_is_no_more_silent_than_before():
    play = Stage.at("action_plan")
    play.fill("ben", "Add an action", what="Talk to Mia", visibility="set")
    play.wait(minutes=1)

    play.away(minutes=10)

    assert play.rings_at("long_wait") == play.now + 2 * MINUTE


def test_the_last_call_of_a_vote_is_not_overslept():
    play = Stage.at("choose")
    for who in play.here:
        play.react(who, "2️⃣" if who == "ben" else "1️⃣")
    play.wait(seconds=5)

    play.away(minutes=10)

    assert play.phase == "choose"
    play.wait(seconds=15)
    assert play.presenter == "ben"


def test_a_count_under_way_waits_for_the_platform_as_long_as_before():
    play = Stage.at("choose")
    play.platform_answers = False
    play.react("ana", "1️⃣")
    play.press("ana", "Close the vote")

    play.away(minutes=10)

    assert play.rings_at("count") == play.now + timedelta(seconds=10)
    assert play.phase == "choose"


# --- arriving -----------------------------------------------------------------------------------


def test_an_outage_before_the_start_costs_nothing():
    play = Stage.at_second_door()
    before = play.session

    play.away(minutes=10)

    assert play.session is before


def test_those_who_waited_at_the_door_get_their_half_hour_all_the_same():
    play = Stage.at_second_door()

    play.away(minutes=15 + 20)

    assert play.rings_at("give_up") == play.session.starts_at + 50 * MINUTE
    assert play.phase == "arrive"


def test_a_meeting_that_nobody_began_in_three_days_does_not_begin_by_itself():
    play = Stage.at_second_door()
    for who in ["ana", "ben", "chidi", "dana"]:
        play.arrive(who)

    play.away(days=3)

    assert play.phase == "arrive"
    assert play.session.interrupted is not None
    play.press("ana", "Close it")
    assert play.session.status is Status.NOT_HELD


# --- too long: somebody decides -----------------------------------------------------------------


@pytest.mark.parametrize("facilitation", FACILITATIONS)
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("minutes", TOO_LONG)
def test_after_a_long_interruption_nothing_goes_on_by_itself(
    phase: str, facilitation: str, minutes: int
):
    play = a_little_into(phase, facilitation)
    since, mail = play.now, [play.private(who) for who in SIX.split()]

    play.away(minutes=minutes)

    assert play.phase == phase
    assert {what for what, _ in of_the_meeting(play)} <= {"unanswered", "holder_silent"}
    found = play.session.interrupted
    assert found is not None
    assert found.since == since
    card = play.card("This meeting was interrupted")
    assert labels(card) == ["Go on", "Close it", "More"]
    assert [play.private(who) for who in SIX.split()] == mail


def test_an_interruption_longer_than_the_meeting_had_left_is_too_long():
    play = Stage.at("close")

    play.away(minutes=10)

    assert play.session.interrupted is not None


def test_the_last_minutes_bear_a_short_one():
    play = Stage.at("close")
    play.wait(seconds=play.session.clock.seconds)

    play.away(minutes=2)

    assert play.session.interrupted is None


@pytest.mark.parametrize("phase", ["check_in", "bids", "clarify", "reflect", "learning_review"])
def test_go_on_takes_up_the_part_with_the_time_it_had_left(phase: str):
    play = Stage.at(phase)
    play.wait(minutes=1)
    left = play.session.clock.ends_at - play.now
    cards = len(posts.posts(play.session))
    play.away(days=3)

    play.wait(minutes=7)
    play.press("ana", "Go on")

    assert play.phase == phase
    assert play.session.clock.ends_at == play.now + left
    assert len(posts.posts(play.session)) == cards + 2, "the message, and the part's card again"
    assert play.sees("ana", "Next phase")
    assert "It went on where it was." in play.text()
    assert not play.sees("ana", "Go on")


def test_go_on_leaves_at_least_two_minutes():
    play = Stage.with_people()
    play.wait(minutes=8)
    play.away(days=3)

    play.press("ana", "Go on")

    assert play.session.clock.ends_at == play.now + 2 * MINUTE
    play.wait(minutes=2)
    assert "The time for this part is up" in play.text()


def test_go_on_ends_a_pause():
    play = Stage.with_people()
    play.wait(minutes=2)
    left = play.session.clock.ends_at - play.now
    play.more("ana")
    play.press("ana", "Pause")
    play.away(days=3)

    play.press("ana", "Go on")

    assert play.session.clock.still is None
    assert play.session.clock.ends_at == play.now + left


@pytest.mark.parametrize("heard", [False, True])
def test_go_on_lets_the_last_to_report_write(heard: bool):
    play = second_meeting()
    if heard:
        play.press("ben", "Done")
    play.away(days=3)

    play.press("ana", "Go on")

    assert play.phase == "action_report"
    assert not heard or play.rings_at("all_heard") == play.now + MINUTE


def test_a_vote_is_counted_again_before_it_goes_on_and_no_vote_is_lost():
    play = Stage.at("choose")
    play.react("ana", "1️⃣")
    play.reactions[play.session.ballot_slot] |= {("chidi", "1️⃣"), ("eve", "1️⃣")}
    play.away(minutes=90)
    play.react("dana", "1️⃣")
    assert play.code == "interrupted"
    slot = play.session.ballot_slot

    play.press("ana", "Go on")

    assert play.session.ballot_slot == slot, "reactions count on the card where they are"
    ballot = play.session.memory(Ballot)
    voted = {who for who, _ in {*ballot.reactions, *ballot.unordered}}
    assert voted == {"ana", "chidi", "dana", "eve"}


def test_a_count_that_was_under_way_is_made_anew():
    play = Stage.at("choose")
    play.platform_answers = False
    for who in play.here:
        play.react(who, "2️⃣" if who == "ben" else "1️⃣")
    play.press("ana", "Close the vote")
    play.away(days=3)
    play.platform_answers = True

    play.press("ana", "Go on")

    assert play.presenter == "ben"


def test_the_last_call_of_an_interrupted_vote_is_given_anew():
    play = Stage.at("choose")
    for who in play.here:
        play.react(who, "2️⃣" if who == "ben" else "1️⃣")
    play.away(days=3)

    play.press("ana", "Go on")

    assert play.rings_at("last_call") == play.now + timedelta(seconds=20)


@pytest.mark.parametrize("facilitation", FACILITATIONS)
def test_close_it_ends_the_meeting_as_always(facilitation: str):
    play = Stage.at("explore", facilitation=facilitation)
    play.away(days=3)

    play.move_on("Close it")

    assert play.session.status is Status.HELD
    assert play.set.session == ""
    assert set(play.session.keepsakes) == set(play.here)
    assert play.draft("eve") == "The issue of eve"
    assert "It was closed." in play.text()
    assert not play.sees("ana", "Go on")


def test_unanswered_for_a_day_it_closes_and_nothing_is_lost():
    play = Stage.at("learning_review")
    play.fill("ana", "What I learned", learning="To ask.")
    play.away(days=200)

    play.wait(minutes=24 * 60 - 1)
    assert play.session.live
    play.wait(minutes=1)

    assert play.session.status is Status.HELD
    assert play.session.closed_by == "clock"
    assert set(play.session.keepsakes) == set(play.here)
    assert play.draft("eve") == "The issue of eve"
    assert "Nobody answered, so it was closed." in play.text()


def test_it_closes_in_time_for_the_next_meeting():
    play = Stage.with_people()
    play.type_form("ana", "schedule", when="2027-03-02T18:00")
    play.away(minutes=90)
    assert play.session.next_at is not None

    assert play.rings_at("unanswered") == play.session.next_at - 16 * MINUTE


def test_away_once_more_while_it_waits_there_is_still_a_day_to_answer():
    play = Stage.with_people()
    play.away(days=3)
    closes = play.rings_at("unanswered")
    play.wait(minutes=30)

    play.away(days=2)

    assert play.rings_at("unanswered") == closes + timedelta(days=2)
    assert len(play.session.interruptions) == 1
    play.press("ana", "Go on")
    assert play.phase == "check_in"


def test_interrupted_twice_each_has_its_own_message():
    play = Stage.with_people()
    play.away(days=3)
    play.press("ana", "Go on")
    play.wait(minutes=1)

    play.away(minutes=90)

    titles = [p.card.title for p in posts.posts(play.session)]
    assert titles.count("This meeting was interrupted") == 2
    play.press("ana", "Go on")
    assert play.session.interrupted is None


# --- who decides --------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["Go on", "Close it"])
def test_where_somebody_holds_the_process_it_is_theirs_to_say(label: str):
    play = Stage.with_people()
    play.away(days=3)

    play.press("ben", label)

    assert play.code == "not_facilitator"
    assert play.session.interrupted is not None


def test_where_the_bot_holds_it_anyone_here_says_go_on():
    play = Stage.at("bids", facilitation="bot-held")
    play.away(days=3)

    play.press("eve", "Go on")

    assert play.session.interrupted is None


def test_where_the_bot_holds_it_more_than_half_close_it():
    play = Stage.at("bids", facilitation="bot-held")
    play.away(days=3)

    for who in ("ana", "ben", "chidi"):
        play.press(who, "Close it")
    assert "3 of 6 would like to close it." in play.text()
    play.press("dana", "Close it")

    assert play.phase == "over"


def test_a_holder_who_does_not_come_back_can_be_followed():
    play = Stage.with_people()
    play.away(days=3)
    play.wait(minutes=10)

    play.press("ben", "Take over")
    play.press("ben", "Take over the process")
    play.wait(minutes=1)
    play.press("ben", "Go on")

    assert play.holder == "ben"
    assert play.session.interrupted is None


# --- what else is pressed meanwhile ----------------------------------------------------------------


def test_start_says_what_is_the_matter_and_offers_the_same():
    play = Stage.with_people()
    play.away(days=3)

    play.type("ana", "start")

    answer = play.answers["ana"][-1]
    assert isinstance(answer, Card)
    assert answer.title == "This meeting was interrupted"
    assert labels(answer) == ["Go on", "Close it", "More"]


def test_start_by_another_shows_who_decides():
    play = Stage.with_people(facilitation="rotating")
    play.away(days=3)
    other = next(who for who in play.here if who != play.holder)

    play.type(other, "start")

    answer = play.answers[other][-1]
    assert isinstance(answer, Card)
    assert "decides whether we go on or close it" in words_of(answer)
    assert labels(answer) == ["More"]


def test_begin_in_the_prompt_says_the_same():
    play = Stage.with_people()
    play.away(days=3)

    play.do("ana", Pressed("begin", play.set.id))

    answer = play.answers["ana"][-1]
    assert isinstance(answer, Card)
    assert answer.title == "This meeting was interrupted"


def test_an_old_button_of_the_holder_shows_what_can_be_done():
    play = Stage.with_people()
    old = play.button("ana", "Next phase")
    play.away(days=3)

    play.do("ana", old)

    assert play.phase == "check_in"
    answer = play.answers["ana"][-1]
    assert isinstance(answer, Card)
    assert "Go on" in {b.label for b in answer.buttons()}


def test_an_old_turn_button_says_who_can_go_on():
    play = Stage.with_people()
    old = play.button("ben", "Done")
    play.away(days=3)

    play.do("ben", old)

    assert play.sentence == (
        "This meeting was interrupted; Ana can press Go on or Close it on its newest card."
    )


def test_words_of_a_form_opened_before_are_handed_back():
    play = Stage.at("bids")
    form, button = play.open("eve", "Offer an issue"), play.button("eve", "Offer an issue")
    play.away(days=3)

    play.hand_in("eve", form, title="Our funds")

    assert play.code == "interrupted"
    opened = forms_opened.form(play.room, play.caller("eve"), button)
    assert getattr(opened, "code", "") == "interrupted"
    play.press("ana", "Go on")
    play.hand_in("eve", form, title="Our funds")
    assert play.session.memory(Bids).of("eve") is not None


def test_more_offers_only_what_can_be_done():
    play = Stage.with_people()
    play.away(days=3)

    assert {"Go on", "Close it", "End", "I have to go"} <= play.more("ana")
    assert not {"Next phase", "Pause", "Hold a silence", "+2 minutes"} & play.more("ana")
    assert "Go on" not in play.more("ben")


def test_a_late_close_it_does_not_end_a_meeting_that_has_gone_on():
    play = Stage.with_people()
    play.away(days=3)
    late, again = play.button("ana", "Close it"), play.button("ana", "Go on")
    play.do("ana", again)

    for press in (late, again):
        play.do("ana", press)
        assert play.code == "goes_on"
    assert play.phase == "check_in"


def test_start_typed_while_another_made_it_go_on_is_told_so():
    play = Stage.with_people()
    play.away(days=3)
    meant = understanding.understand(play.room, play.caller("ana"), Typed("start"))
    play.press("ana", "Go on")

    play.decide(meant)

    assert play.code == "goes_on"


def test_a_late_go_on_does_not_wake_a_meeting_that_is_closed():
    play = Stage.with_people()
    play.away(days=3)
    late = play.button("ana", "Go on")
    play.press("ana", "Close it")

    play.do("ana", late)

    assert play.code == "over"


def test_a_presenter_who_goes_meanwhile_ends_their_round_once_it_goes_on():
    play = Stage.at("clarify")
    play.away(days=3)
    play.more("ben")
    play.press("ben", "I have to go")
    assert play.phase == "clarify"

    play.press("ana", "Go on")

    assert play.phase == "learning_review"


def test_what_the_clock_wanted_to_say_is_of_no_use_any_more():
    play = Stage.with_people()
    play.wait(minutes=7)
    notice = play.notices[-1]
    assert notice_cards.draw(play.room, notice) is not None

    play.away(days=3)

    assert notice_cards.draw(play.room, notice) is None


def test_status_and_board_say_that_it_was_interrupted():
    play = Stage.with_people()
    play.away(days=3)

    play.type("ben", "status")

    assert "The meeting was interrupted; the clock stands still." in play.told("ben")
    board = words_of(panels.board(play.session))
    assert "The meeting was interrupted; the clock stands still." in board


def test_nobody_is_told_of_an_outage_without_a_meeting():
    play = Stage.before_second()

    play.do("clock", WasAway(play.now - timedelta(days=3)))

    assert play.code == "ignored"
