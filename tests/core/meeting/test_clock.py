"""The clock of a step: its end, more time, standing still, and what it does by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import notice_cards
from bot.core.meeting.clock import Still
from bot.core.meeting.commands import HoldSilence
from bot.core.meeting.phases.choosing.ballot import Bids
from tests.core.reading import labels, words_of
from tests.core.road import EVENING
from tests.core.stage import Stage

MINUTE = timedelta(minutes=1)


def test_two_minutes_before_the_end_the_place_is_told():
    play = Stage.at("bids")

    play.to_the_end(minutes=-2)

    assert play.public()[-1].title == "Two minutes left for “Offering issues”"


def test_a_short_part_has_no_two_minute_word():
    play = Stage.at("choose")
    before = len(play.public())

    play.wait(minutes=2)

    assert len(play.public()) == before


# --- led: asks once, waits a whole phase longer ---------------------------------------------------


def test_a_facilitator_is_asked_once_and_the_meeting_waits_a_whole_phase_longer():
    play = Stage.with_people()
    play.to_the_end()
    assert play.private("ana")[-1].title == "The time for “Check-in” is up"
    assert "The time for this part is up. Finish your sentence in peace." in play.text()
    assert len(play.private("ana")) == 2

    play.wait(seconds=play.session.clock.seconds - 6)
    assert play.phase == "check_in"
    assert len(play.private("ana")) == 2

    play.wait(minutes=0.1)
    assert play.phase == "bids"
    assert play.session.log[-1].by == "clock"


def test_the_facilitator_moves_on_from_the_message():
    play = Stage.with_people()
    play.to_the_end()
    card = play.private("ana")[-1]
    assert labels(card) == ["Next phase", "+2 minutes"]

    play.press("ana", "+2 minutes")
    assert play.session.clock.ends_at == play.now + 2 * MINUTE
    play.press("ana", "Next phase")
    assert play.phase == "bids"


def test_the_message_is_of_no_use_once_there_is_more_time():
    play = Stage.at("bids")
    play.to_the_end()
    notice = play.notices[-1]
    play.press("ana", "+2 minutes")

    assert notice_cards.draw(play.room, notice) is None
    assert notice_cards.draw(play.room, replace(notice, card="two_minutes")) is not None


# --- rotating and bot-held: grace -----------------------------------------------------------------


@pytest.mark.parametrize("facilitation", ["rotating", "bot-held"])
def test_without_a_facilitator_the_clock_moves_on_after_its_grace(facilitation):
    play = Stage.with_people(facilitation=facilitation)
    play.to_the_end()
    assert play.phase == "check_in"
    assert "Moves on" in play.text()

    play.wait(minutes=2)

    assert play.phase == "bids"


def test_a_led_meeting_whose_facilitator_has_left_moves_on_after_its_grace():
    play = Stage.with_people()
    play.more("ana")
    play.press("ana", "I have to go")
    mail = len(play.private("ana"))

    play.to_the_end(minutes=2)

    assert play.phase == "bids"
    assert len(play.private("ana")) == mail


@pytest.mark.parametrize("key", ["60", "90", "120", "180-deep", "180-wide"])
def test_a_meeting_left_to_the_clock_takes_exactly_its_minutes(key):
    play = _with_something_to_do(key)
    began = play.now
    while play.phase != "over":
        if play.phase == "bids" and not play.session.memory(Bids).offers:
            for who in ("ben", "dana", "eve", "farid"):
                play.fill(who, "Offer an issue", title=f"The issue of {who}")
        due = play.next_due()
        play.now = due.at
        play.ring(due)

    assert play.now - began == timedelta(minutes=int(key[:3].rstrip("-")))
    assert play.visited[1:] == [s.phase for s in play.session.plan[1:]]


def _with_something_to_do(key: str) -> Stage:
    """The second meeting of a set, in that format, without any grace, with a report to hear."""
    play = Stage.at("action_plan", facilitation="bot-held")
    play.fill("ben", "Add an action", what="Talk to Mia")
    play.press("ben", "That's all")
    play.go_on_to("close")
    play.close()
    play.room = replace(play.room, set=replace(play.set, format=key, meetings=()))
    play.type("ana", "start", format=key)
    for who in ["ana", "ben", "chidi", "dana", "eve", "farid"]:
        if play.phase == "arrive":
            play.arrive(who)
    play.room = replace(play.room, session=replace(play.session, grace=0, quorum=9))
    for who in ["ana", "ben", "chidi", "dana", "eve", "farid"]:
        play.arrive(who)
    return play


# --- more time ------------------------------------------------------------------------------------


def test_more_minutes_move_the_end():
    play = Stage.with_people()
    ends = play.session.clock.ends_at

    play.type("ana", "extend", minutes="5")
    assert play.session.clock.ends_at == ends + 5 * MINUTE
    play.wait(minutes=1)
    play.type("ana", "extend")
    assert play.session.clock.ends_at == ends + 7 * MINUTE


def test_after_the_end_two_minutes_are_two_minutes_from_now():
    play = Stage.with_people()
    play.to_the_end(minutes=3)

    play.type("ana", "extend", minutes="2")

    assert play.session.clock.ends_at == play.now + 2 * MINUTE


def test_a_double_click_gives_the_time_once():
    play = Stage.with_people()
    play.more("ana")
    button = play.button("ana", "+2 minutes")
    play.do("ana", button)
    before = play.session

    play.do("ana", button)
    assert play.session is before
    play.wait(seconds=3)
    play.do("ana", button)

    assert play.session.clock.extra == 240


@pytest.mark.parametrize("minutes", ["0", "31", "-2", "soon", "9999999999999"])
def test_a_length_that_makes_no_sense_is_refused(minutes):
    play = Stage.with_people()

    play.type("ana", "extend", minutes=minutes)

    assert play.code == "minutes"


def test_arriving_has_no_clock_to_extend_or_to_stop():
    play = Stage.started("ana")
    play.arrive("ana")

    for verb in ("extend", "pause"):
        play.type("ana", verb)
        assert play.code == "no_clock"
    assert {"+2 minutes", "Pause", "Hold a silence", "Time-out"} & play.more("ana") == set()


def test_a_little_more_time_does_not_announce_two_minutes_again():
    play = Stage.at("bids")
    play.to_the_end(minutes=-0.5)
    play.type("ana", "extend", minutes="1")
    assert all(d.what != "two_minutes" for d in play.deadlines())

    play.wait(seconds=3)
    play.type("ana", "extend", minutes="5")
    assert play.rings_at("two_minutes") == play.session.clock.ends_at - 2 * MINUTE


# --- standing still -------------------------------------------------------------------------------


def test_a_pause_stops_the_clock_until_it_is_ended():
    play = Stage.with_people()
    ends = play.session.clock.ends_at
    play.more("ana")
    play.press("ana", "Pause")
    assert "The clock stands still." in play.text()

    play.wait(minutes=20)
    play.more("ana")
    play.press("ana", "Resume")

    assert play.session.clock.ends_at == ends + 20 * MINUTE
    assert play.phase == "check_in"


def test_pause_by_command_turns_over():
    play = Stage.with_people()
    play.type("ana", "pause")
    assert play.session.clock.still is Still.PAUSE
    play.type("ana", "pause")
    assert play.session.clock.still is None


def test_pressing_pause_or_resume_twice_changes_nothing():
    play = Stage.with_people()
    play.more("ana")
    pause = play.button("ana", "Pause")
    play.do("ana", pause)
    before = play.session
    play.do("ana", pause)
    assert play.session.clock == before.clock

    play.more("ana")
    resume = play.button("ana", "Resume")
    play.do("ana", resume)
    before = play.session
    play.do("ana", resume)
    assert play.session is before


def test_a_pause_that_is_forgotten_ends_after_an_hour():
    play = Stage.with_people()
    play.type("ana", "pause")

    play.wait(minutes=60)

    assert play.session.clock.still is None


def test_nothing_moves_by_itself_in_a_pause_and_all_moves_afterwards():
    play = Stage.with_people()
    play.type("ana", "pause")
    for who in play.here:
        play.press(who, "Done")
    assert play.phase == "check_in"

    play.type("ana", "pause")

    assert play.phase == "bids"


def test_the_facilitator_may_move_on_from_a_pause():
    play = Stage.with_people()
    play.type("ana", "pause")

    play.press("ana", "Next phase")

    assert play.phase == "bids"
    assert play.session.clock.still is None


def test_nobody_else_ends_the_facilitators_pause():
    play = Stage.with_people()
    play.type("ana", "pause")

    play.type("eve", "pause")

    assert play.code == "not_facilitator"


def test_a_members_pause_is_a_held_silence():
    play = Stage.with_people()

    play.type("eve", "pause")

    assert play.session.clock.still is Still.SILENCE
    assert "We hold a silence; the clock stands still." in play.text()
    play.wait(seconds=60)
    assert play.session.clock.still is None


@pytest.mark.parametrize(("asked", "held"), [(1, 30), (90, 90), (10**9, 180)])
def test_a_silence_lasts_between_half_a_minute_and_three(asked, held):
    play = Stage.with_people()

    play.decide(HoldSilence(who="eve", seconds=asked))

    assert play.rings_at("go_on") == EVENING + timedelta(seconds=held)


def test_a_silence_in_a_silence_changes_nothing_and_in_a_pause_is_yours_already():
    play = Stage.with_people()
    play.more("eve")
    silence = play.button("eve", "Hold a silence")
    play.do("eve", silence)
    before = play.session
    play.do("farid", silence)
    assert play.session is before

    play.type("ana", "pause")
    assert play.session.clock.still is None
    play.type("ana", "pause")
    play.do("farid", silence)
    assert play.code == "still"


def test_who_is_not_here_holds_no_silence():
    play = Stage.with_people()
    play.more("eve")
    silence = play.button("eve", "Hold a silence")
    play.press("eve", "I have to go")

    play.do("eve", silence)

    assert play.code == "not_here"


def test_in_a_time_out_content_waits():
    play = Stage.at("bids")
    play.more("eve")
    play.press("eve", "Time-out")
    assert "Time-out: we look at how we work, and content waits." in play.text()
    before = play.session

    play.fill("ben", "Offer an issue", title="Say no?")
    assert play.code == "time_out"
    assert play.session is before

    play.more("ana")
    play.press("ana", "Resume")
    play.fill("ben", "Offer an issue", title="Say no?")
    assert play.code == ""


def test_a_time_out_takes_the_place_of_a_silence():
    play = Stage.with_people()
    play.type("eve", "pause")
    play.wait(seconds=20)
    play.more("farid")
    play.press("farid", "Time-out")

    assert play.session.clock.still is Still.TIME_OUT
    assert play.session.clock.stood == timedelta(seconds=20)


def test_where_the_bot_holds_the_process_a_time_out_ends_after_ten_minutes_or_by_anyone():
    play = Stage.with_people(facilitation="bot-held")
    play.more("eve")
    play.press("eve", "Time-out")
    assert play.rings_at("go_on") == play.now + 10 * MINUTE

    play.more("farid")
    play.press("farid", "Resume")
    assert play.session.clock.still is None


@given(st.lists(st.tuples(st.integers(1, 200), st.integers(1, 500)), max_size=6))
def test_the_time_kept_is_the_same_after_any_number_of_pauses(pauses):
    play = Stage.with_people("ana ben chidi dana", facilitation="led")
    ends, stood = play.session.clock.ends_at, 0
    for runs, stands in pauses:
        if play.now + timedelta(seconds=runs) >= ends + timedelta(seconds=stood):
            break
        play.wait(seconds=runs)
        play.type("ana", "pause")
        play.wait(seconds=stands)
        play.type("ana", "pause")
        stood += stands

    assert play.session.clock.ends_at == ends + timedelta(seconds=stood)
    left = play.session.clock.ends_at - play.now
    play.wait(seconds=left.total_seconds())
    assert "time_up" in play.session.clock.said


# --- late, early, twice ---------------------------------------------------------------------------


def test_a_deadline_delivered_twice_speaks_once():
    play = Stage.with_people(facilitation="rotating")
    play.to_the_end()
    move_on = play.next_due()
    play.now = move_on.at
    play.ring(move_on)
    assert play.phase == "bids"
    before = play.room

    play.ring(move_on)

    assert play.room is before
    assert play.sentence == ""


def test_a_deadline_that_comes_too_early_or_after_more_time_says_nothing():
    play = Stage.with_people()
    time_up = next(d for d in play.deadlines() if d.what == "time_up")
    before = play.room
    play.ring(time_up)
    assert play.room is before

    play.type("ana", "extend", minutes="10")
    play.now = time_up.at
    before = play.room
    play.ring(time_up)
    assert play.room is before


def test_a_late_deadline_is_as_good_as_one_in_time():
    play = Stage.with_people(facilitation="rotating")
    play.now += timedelta(minutes=30)

    play.wait(seconds=0)

    assert play.phase != "check_in"


def test_a_meeting_that_is_over_has_no_deadline():
    play = Stage.at("close")
    play.close()

    assert all(d.step is None for d in play.deadlines())


def test_words_under_a_card_say_when_it_is_over():
    play = Stage.with_people()
    play.press("ana", "Next phase")

    assert "This part is over." in words_of(play.card("Check-in"))
