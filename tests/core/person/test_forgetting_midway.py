"""Forgetting somebody in the middle of something: what they held or owed goes on without them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import engine
from bot.core.decision import Decision, Refusal
from bot.core.meeting import commands as meeting_commands
from bot.core.meeting import course
from bot.core.meeting.forgetting import without_in
from bot.core.meeting.phases.choosing.ballot import Ballot, Bids, bids_on_table, tally
from bot.core.meeting.session import BOT, CLOCK, FORMER, Presence
from tests.core.person.test_forgetting import canary, forget, goes_on_to_its_end
from tests.core.stage import EIGHT, SIX, Stage


@pytest.mark.parametrize("phase", ["present", "clarify", "explore", "reflect", "action_plan"])
def test_the_presenter_is_forgotten_and_their_round_is_over(phase):
    play = Stage.at(phase, format="120")

    session = forget(play, "ben")

    assert play.phase == "break" or session.step.round == 2 or play.phase == "learning_review"
    assert session.presenters[0] == FORMER
    assert FORMER in session.log[-1].by


def test_a_presenter_of_a_later_round_is_forgotten_and_that_round_is_left_out():
    play = Stage.at("present", format="120")
    later = play.session.presenters[1]

    forget(play, later)
    play.go_on_to("learning_review")

    assert 2 not in {play.session.plan[move.step].round for move in play.session.log}


@pytest.mark.parametrize("facilitation", ["led", "rotating"])
@pytest.mark.parametrize("phase", ["check_in", "bids", "choose", "explore", "reflect", "close"])
def test_who_leads_is_forgotten_and_all_hold_it_together(phase, facilitation):
    play = Stage.at(phase, facilitation=facilitation)
    leads = play.holder

    session = forget(play, leads)

    assert session.process.current == BOT
    assert not course.open_to_take_over(session)
    goes_on_to_its_end(play, leads)


def test_who_stands_in_or_asks_to_take_over_is_forgotten():
    play = Stage.at("explore")
    process = replace(
        play.session.process,
        stand_in="eve",
        wishes=frozenset({("eve", "next"), ("dana", "next")}),
    )
    play.decide(meeting_commands.HandOver(who="ana"))
    offered = replace(process, offered=True)
    play.room = replace(play.room, session=replace(play.session, process=offered))

    found = forget(play, "eve").process

    assert found.stand_in == BOT
    assert found.offered
    assert found.wishes == {("dana", "next")}


def test_who_asks_for_the_process_is_forgotten_and_nobody_is_asked_any_more():
    play = Stage.at("explore")
    play.wait(minutes=60)
    claimed = replace(play.session, clock=play.session.clock.say("holder_silent"))
    play.room = replace(play.room, session=claimed)
    play.decide(meeting_commands.TakeOver(who="eve", sure=True))
    assert play.session.process.claim is not None

    assert forget(play, "eve").process.claim is None


def test_the_asker_of_the_question_in_flight_is_forgotten_and_the_next_one_comes():
    play = Stage.at("explore")
    play.fill("eve", "Ask", question=canary("eve", 1))
    play.fill("dana", "Ask", question=canary("dana", 1))
    play.fill("farid", "Ask", question=canary("farid", 1))

    forget(play, "eve")

    assert canary("dana", 1) in play.text("ben")
    assert canary("farid", 1) not in play.text("ben")
    play.press("ben", "Answered")
    assert canary("farid", 1) in play.text("ben")


def test_in_a_pause_the_next_question_waits_until_it_goes_on():
    play = Stage.at("explore")
    play.fill("eve", "Ask", question=canary("eve", 1))
    play.fill("dana", "Ask", question=canary("dana", 1))
    play.decide(meeting_commands.Pause(who="ana", on=True))

    forget(play, "eve")
    assert canary("dana", 1) not in play.text("ben")
    play.decide(meeting_commands.Pause(who="ana", on=False))

    assert canary("dana", 1) in play.text("ben")


def test_somebody_in_the_queue_is_forgotten_and_the_numbers_of_the_others_stay():
    play = Stage.at("explore")
    for who in ("dana", "eve", "farid"):
        play.fill(who, "Ask", question=canary(who, 1))

    forget(play, "eve")
    play.press("ben", "Answered")

    assert canary("farid", 1) in play.text("ben")
    assert play.session.memories[play.session.at].number(3).asker == "farid"


def test_the_last_one_waited_for_is_forgotten_and_the_meeting_moves_on():
    play = Stage.at("check_in")
    for who in SIX.split()[:-1]:
        play.press(who, "Done")
    assert play.phase == "check_in"

    forget(play, SIX.split()[-1])

    assert play.phase == "bids"


def test_an_issue_on_the_ballot_goes_and_the_numbers_of_the_others_stay():
    play = Stage.at("choose")
    play.react("ana", "1️⃣")
    play.react("dana", "2️⃣")
    (first, second, *_) = play.session.memory(Bids, play.session.steps("bids")[0]).offers
    gone = first.owner

    forget(play, gone)

    bids = bids_on_table(play.session, play.session.steps("choose")[0])
    assert not bids.offers[0].stands
    assert bids.offers[1] == second
    goes_on_to_its_end(play, gone)


def test_a_tie_is_still_broken_by_the_longest_wait():
    play = Stage.at("bids", EIGHT)
    play.bid(ben="Of ben", eve="Of eve", dana="Of dana")
    session = play.session
    waits = {"ben": 0, "eve": 9, "dana": 3}
    people = tuple(
        replace(p, waiting_since=p.waiting_since - timedelta(days=waits.get(p.person, 0)))
        for p in session.people
    )
    play.room = replace(play.room, session=replace(session, people=people))
    numbers = {b.owner: n for n, b in enumerate(session.memory(Bids, session.at - 1).offers, 1)}
    for voter, owner in (("ana", "ben"), ("chidi", "dana"), ("farid", "eve")):
        play.decide(meeting_commands.CastVote(who=voter, bid=numbers[owner]))

    forget(play, "eve")
    bids = bids_on_table(play.session, play.session.at)
    found = tally(play.session, play.session.memory(Ballot), bids, 1)

    assert found.chosen == (numbers["dana"],)
    assert found.decided_by == "wait"


def test_two_are_forgotten_and_the_rest_goes_on():
    play = Stage.at("reflect")
    for who in ("dana", "eve"):
        play.fill(who, "Reflect", reflection=canary(who, 1))

    forget(play, "dana")
    session = forget(play, "eve")

    assert sum(p.person == FORMER for p in session.people) == 2
    assert "have answered" in play.text("ana")
    goes_on_to_its_end(play, "eve")


def test_who_never_came_and_who_only_reads_along_leave_nothing_either():
    play = Stage.at("check_in")
    play.decide(meeting_commands.NameReaders(who=CLOCK, others=(("zoe", "Zoe"),)))
    play.decide(meeting_commands.Arrive(who="hana", name="Hana", expected=True))
    assert play.session.who("hana").presence is Presence.EXPECTED

    forget(play, "hana")
    session = forget(play, "zoe")

    assert session.who(FORMER) is None
    assert session.has_left(FORMER)


def test_forgetting_somebody_unknown_changes_nothing():
    play = Stage.at("explore")
    play.fill("eve", "Ask", question="Who else?")

    assert without_in(play.session, "zoe", play.now + timedelta(minutes=1)) == play.session


def test_a_meeting_that_would_be_over_is_closed_by_those_who_are_there():
    play = Stage.at("action_plan")
    at, session = play.session.at, play.session
    last = replace(session, plan=session.plan[: at + 1], memories=session.memories[: at + 1])

    found = without_in(last, "ben", play.now)

    assert found.live
    assert "ben" not in repr(found.people)
    assert isinstance(
        engine.decide(found, meeting_commands.EndMeeting(who="ana", sure=True), play.now), Decision
    )


def test_a_meeting_that_is_over_stays_as_it_was_for_the_others():
    play = Stage.at("learning_review")
    for who in ("ana", "eve"):
        play.fill(who, "What I learned", learning=canary(who, 1))
    play.go_on_to("close")
    play.close()

    session = forget(play, "eve")

    assert session.closed_at is not None
    told = engine.decide(session, meeting_commands.ShowReport(who="ana"), play.now)
    assert not isinstance(told, Refusal)
    assert canary("ana", 1) in repr(told.answer)
    assert course.presented(session) == ("ben",)
