"""Choosing the issue: the vote, its close, the result, and what happens where there is none."""

from datetime import timedelta

import pytest

from bot.core.meeting.commands import CountVotes
from bot.core.meeting.phases.choosing.ballot import Ballot, Bids
from bot.core.signals import Recounted
from tests.core.reading import words_of
from tests.core.stage import Stage


def vote(names: str = "ana ben chidi dana eve farid", **words: str) -> Stage:
    """Six people before a ballot of three issues: Ben's, Dana's and Eve's."""
    play = Stage.at("bids", names, **words)
    play.bid(ben="Say no?", dana="Stop?", eve="Whose?")
    return play


# --- voting ---------------------------------------------------------------------------------------


def test_the_ballot_shows_each_issue_with_its_number():
    play = vote()

    card = play.current()
    assert card.reactions == ("1️⃣", "2️⃣", "3️⃣")
    assert "1️⃣\nBen: Say no?" in words_of(card)


def test_all_have_voted_and_twenty_seconds_later_it_is_closed():
    play = vote()
    for who in ("ana", "chidi", "dana", "eve", "farid"):
        play.react(who, "1️⃣")
    assert "Closing in 20 seconds" not in play.text()

    play.react("ben", "2️⃣")
    assert "Everyone has voted. Closing in 20 seconds." in play.text()
    assert play.rings_at("last_call") == play.now + timedelta(seconds=20)

    play.wait(seconds=20)
    assert play.presenter == "ben"
    assert play.session.log[-1].by == "clock"


def test_the_result_names_the_winner_and_how_it_was_counted_and_no_figure():
    play = vote()
    play.vote(dict.fromkeys(("ana", "chidi", "dana", "eve", "farid"), "1️⃣") | {"ben": "3️⃣"})

    result = words_of(play.card("The vote is closed"))

    assert result.startswith("The vote is closed\nBen presents.")
    assert "1 vote from each of 6 members. Own issues and my marks don't count." in result
    assert "Thank you for every issue." in result
    counted = result.replace("1 vote from each of 6 members", "")
    assert not any(digit in counted for digit in "0123456789")
    assert "Eve" not in result
    assert "Dana" not in result


def test_only_the_chosen_issue_stays_on_the_ballot():
    play = vote()
    play.vote(dict.fromkeys(("ana", "chidi", "dana", "eve", "farid"), "1️⃣") | {"ben": "3️⃣"})

    assert "Say no?" in play.text()
    assert "Whose?" not in play.text()
    assert "Stop?" not in play.text()


def test_a_vote_for_oneself_is_explained():
    play = vote()

    play.react("ben", "1️⃣")

    assert play.code == "own_issue"
    play.press("ben", "My vote")
    assert "You haven't voted yet." in play.told("ben")
    assert not play.sees("ben", "Vote 1")


def test_a_vote_for_a_number_that_is_not_there_is_explained():
    play = vote()

    play.react("ana", "7️⃣")

    assert play.code == "not_open"


def test_the_vote_of_somebody_who_is_not_in_the_set_counts_for_nothing():
    play = vote()
    before = play.session

    play.react("zoe", "1️⃣")
    assert play.session is before
    assert play.code == "ignored"

    play.press("zoe", "My vote")
    assert play.code == "not_member"


def test_a_reaction_delivered_twice_is_one_vote():
    play = vote()
    play.react("ana", "1️⃣")
    before = play.session

    play.react("ana", "1️⃣")

    assert play.session is before


def test_a_vote_taken_off_that_was_never_given_changes_nothing():
    play = vote()
    before = play.session

    play.react("ana", "1️⃣", on=False)

    assert play.session is before


def test_other_reactions_mean_nothing():
    play = vote()
    before = play.session

    play.react("ana", "🎉")
    play.react("ana", "1️⃣", slot=play.session.slot("board"))
    play.react("ana", "1️⃣", slot="some:other:message")

    assert play.session is before


def test_a_vote_by_button_shows_what_counts():
    play = vote()
    play.react("ana", "1️⃣")
    play.press("ana", "My vote")
    assert "Your vote counts for number 1." in play.told("ana")

    play.press("ana", "Vote 2")
    assert "Your vote counts for number 2." in play.told("ana")
    assert "it isn't secret" in play.told("ana")

    play.press("ana", "Take back 2")
    assert "Your vote counts for number 1." in play.told("ana")
    play.type("ana", "vote")
    assert "Your vote counts for number 1." in play.told("ana")


def test_a_second_thought_opens_the_vote_again():
    play = vote()
    for who in ("ana", "chidi", "dana", "eve", "farid"):
        play.react(who, "1️⃣")
    play.react("ben", "2️⃣")
    play.react("ana", "1️⃣", on=False)

    play.wait(seconds=20)

    assert play.phase == "choose"
    assert "Closing in 20 seconds" not in play.text()


def test_a_vote_after_the_close_is_refused():
    play = vote()
    late = play.session.ballot_slot
    play.press("ana", "My vote")
    button = play.button("ana", "Vote 1")
    play.press("ana", "Close the vote")
    assert play.phase == "present"

    play.do("ana", button)
    assert play.code == "closed"

    play.react("ana", "1️⃣", slot=late)
    assert play.code == "ignored"


def test_the_person_who_votes_is_here():
    play = vote()
    play.more("farid")
    play.press("farid", "I have to go")
    assert "farid" not in play.here

    play.react("farid", "1️⃣")

    assert "farid" in play.here


# --- closing --------------------------------------------------------------------------------------


def test_only_who_holds_the_process_closes_the_vote():
    play = vote()
    play.press("ben", "Close the vote")
    assert play.code == "not_facilitator"

    play.react("ana", "2️⃣")
    play.press("ana", "Close the vote")
    assert play.presenter == "dana"


def test_closing_asks_the_platform_and_waits_ten_seconds():
    play = vote()
    play.platform_answers = False
    play.react("ana", "2️⃣")
    play.press("ana", "Close the vote")
    assert play.phase == "choose"
    assert "The vote has closed. I'm counting." in play.text()
    assert not play.sees("ana", "Close the vote")

    play.react("eve", "1️⃣")
    assert play.code == "closed"
    play.press("ana", "Next phase")
    assert play.phase == "choose"

    play.wait(seconds=10)
    assert play.presenter == "dana"
    assert "I couldn't recount the reactions" in play.text()


def test_the_platforms_word_counts_more_than_what_was_seen():
    play = vote()
    play.platform_answers = False
    play.react("ana", "2️⃣")
    play.press("ana", "Close the vote")

    play.recount({("eve", "1️⃣"), ("farid", "1️⃣"), ("bot", "1️⃣"), ("zoe", "2️⃣"), ("ana", "🎉")})

    assert play.presenter == "ben"
    assert "I couldn't recount the reactions" not in play.text()


def test_where_the_platform_lists_too_few_the_card_says_so():
    play = vote()
    play.platform_answers = False
    play.react("ana", "2️⃣")
    play.press("ana", "Close the vote")

    play.recount(set(), complete=False)

    assert play.presenter == "dana"
    assert "I couldn't recount the reactions" in play.text()


def test_the_answer_about_another_card_means_nothing():
    play = vote()
    play.platform_answers = False
    play.press("ana", "Close the vote")
    play.do("clock", Recounted("another:card", frozenset({("eve", "1️⃣")})))

    assert play.code == "ignored"
    assert play.phase == "choose"


def test_a_recount_in_the_middle_of_the_vote_adds_what_was_missed():
    play = vote()
    seen = {(who, "2️⃣") for who in ("ana", "ben", "chidi", "eve", "farid")} | {("dana", "1️⃣")}

    play.recount(seen)

    assert "Everyone has voted. Closing in 20 seconds." in play.text()
    play.recount({("ana", "1️⃣"), ("ana", "2️⃣")})
    assert "Closing in 20 seconds" not in play.text()


def test_too_many_marks_whose_order_is_unknown_do_not_count_and_the_card_says_so():
    play = vote()

    play.recount({("ana", "1️⃣"), ("ana", "2️⃣")})

    assert "Some reactions don't count. See My vote." in play.text("eve")
    play.press("ana", "My vote")
    assert "I can't tell which reaction came last" in play.told("ana")


def test_who_is_seen_to_have_voted_is_here():
    play = Stage.with_people("ana ben chidi dana eve")
    play.type("farid", "set join")
    play.press("farid", "I agree")
    play.everyone_speaks()
    play.bid(ben="Say no?", dana="Stop?")

    play.recount({("farid", "1️⃣")})

    assert "farid" in play.here


def test_a_person_cannot_be_the_platform():
    play = vote()

    play.decide(CountVotes(who="ana", votes=frozenset({("ana", 2)})))

    assert play.code == "not_member"


def test_at_the_end_of_its_time_the_vote_closes_after_the_grace():
    play = vote(facilitation="rotating")
    play.react("ana", "2️⃣")

    play.wait(minutes=3)
    assert play.phase == "choose"

    play.wait(minutes=2)
    assert play.presenter == "dana"


def test_a_vote_in_a_pause_waits_for_the_meeting_to_go_on():
    play = vote()
    play.more("ana")
    play.press("ana", "Pause")
    for who in ("ana", "chidi", "dana", "eve", "farid"):
        play.react(who, "1️⃣")
    play.react("ben", "2️⃣")

    play.wait(minutes=5)
    assert play.phase == "choose"

    play.more("ana")
    play.press("ana", "Resume")
    play.wait(seconds=0)
    assert play.presenter == "ben"


# --- nothing, one, all withdrawn ------------------------------------------------------------------


def test_one_issue_is_taken_without_a_vote():
    play = Stage.at("bids")
    play.bid(ben="Say no?")

    assert play.presenter == "ben"
    assert "choose" in play.visited
    assert words_of(play.card("The issue is chosen")) == (
        "The issue is chosen\nBen presents.\n“Say no?” Ben"
    )


def test_as_many_issues_as_rounds_are_all_taken():
    play = Stage.at("bids", format="120")
    play.bid(ben="Say no?", eve="Whose?")

    assert sorted(play.session.presenters) == ["ben", "eve"]
    assert "present, in this order." in play.text()


def test_nobody_bids_and_the_first_who_does_is_taken():
    play = Stage.at("bids")
    play.bid()
    assert play.phase == "choose"
    assert "No one has an issue on offer. That happens, and it's fine." in play.text()

    play.fill("dana", "Offer an issue", title="After all")

    assert play.presenter == "dana"


def test_with_nothing_on_offer_only_ending_the_meeting_is_left():
    play = Stage.at("bids")
    play.bid()

    play.press("ana", "Next phase")

    assert play.code == "no_issue"


@pytest.mark.parametrize(("facilitation", "minutes"), [("rotating", 5), ("led", 6)])
def test_with_nothing_on_offer_the_clock_leads_to_the_close(facilitation, minutes):
    play = Stage.at("bids", facilitation=facilitation)
    play.bid()

    play.wait(minutes=minutes)

    assert play.phase == "close"
    assert play.session.presenters == ()


def test_a_withdrawn_issue_is_off_the_table_and_stays_with_its_owner():
    play = vote()
    play.react("ana", "1️⃣")
    play.press("ben", "Withdraw my issue")

    assert "You keep it" in play.told("ben")
    assert "Say no?" not in play.text("eve")
    play.react("chidi", "1️⃣")
    assert play.code == "not_open"
    play.press("ben", "Withdraw my issue")
    assert play.code == "nothing_there"


def test_withdrawing_until_one_is_left_chooses_it():
    play = vote()
    play.press("ben", "Withdraw my issue")
    play.press("dana", "Withdraw my issue")

    assert play.presenter == "eve"


def test_once_the_vote_is_closed_nobody_withdraws_any_more():
    play = vote()
    withdraw = play.button("ben", "Withdraw my issue")
    play.platform_answers = False
    play.press("ana", "Close the vote")

    play.do("ben", withdraw)

    assert play.sentence == ("The vote has just closed. If you're chosen, you can stop your round.")
    assert "Withdraw my issue" not in play.more("ben")


def test_all_withdraw_one_after_the_other_and_the_last_one_presents():
    play = vote()
    withdraw = play.button("eve", "Withdraw my issue")
    play.press("ben", "Withdraw my issue")
    play.press("dana", "Withdraw my issue")
    assert play.presenter == "eve"

    play.do("eve", withdraw)
    assert "you can stop your round" in play.sentence


def test_the_owner_of_an_issue_leaves_and_it_is_off_the_table():
    play = vote()
    for who in ("ben", "dana"):
        play.more(who)
        play.press(who, "I have to go")

    assert play.presenter == "eve"


def test_everybody_with_an_issue_leaves_while_it_is_counted():
    play = vote()
    play.platform_answers = False
    play.press("ana", "Close the vote")
    for who in ("ben", "dana", "eve"):
        play.more(who)
        play.press(who, "I have to go")

    play.wait(seconds=10)

    assert play.phase == "choose"
    assert "No one has an issue on offer." in play.text()
    play.fill("chidi", "Offer an issue", title="Then mine")
    assert play.presenter == "chidi"


def test_an_offer_comes_too_late_where_there_is_a_ballot():
    play = vote()
    assert not play.sees("farid", "Offer an issue")

    play.type("farid", "bid")

    assert play.code == "too_late"


def test_a_late_offer_meets_another_one():
    play = Stage.at("bids", format="120")
    play.bid()
    form = play.open("dana", "Offer an issue")
    other = play.open("eve", "Offer an issue")
    play.hand_in("dana", form, title="Mine")

    play.hand_in("eve", other, title="Mine too")

    assert play.phase == "present"
    assert play.code == "too_late"


def test_a_draft_fills_the_late_offer():
    play = Stage.with_people()
    play.type_form("dana", "bid", title="Thought of yesterday")
    play.everyone_speaks()
    play.bid()

    assert play.open("dana", "Offer an issue").fields[0].value == "Thought of yesterday"


# --- voting again ---------------------------------------------------------------------------------


def test_back_right_after_the_vote_votes_again_on_a_fresh_card():
    play = vote()
    play.vote(dict.fromkeys(("ana", "chidi", "dana", "eve", "farid"), "1️⃣") | {"ben": "3️⃣"})
    first = play.session.ballot_slot
    play.more("ana")
    play.press("ana", "Back")
    assert play.phase == "choose"
    assert play.session.memory(Ballot) == Ballot()
    assert play.session.ballot_slot != first

    play.vote(dict.fromkeys(("ana", "ben", "chidi", "eve", "farid"), "2️⃣") | {"dana": "1️⃣"})

    assert play.presenter == "dana"


def test_what_was_told_before_the_second_vote_is_not_given_to_the_new_presenter():
    play = vote()
    play.vote(dict.fromkeys(("ana", "chidi", "dana", "eve", "farid"), "1️⃣") | {"ben": "3️⃣"})
    play.more("ana")
    play.press("ana", "Back")
    play.vote(dict.fromkeys(("ana", "ben", "chidi", "eve", "farid"), "2️⃣") | {"dana": "1️⃣"})

    assert play.open("dana", "I've finished").fields[0].value == ""


def test_a_round_under_way_keeps_its_presenter():
    play = Stage.at("clarify")
    play.type("ana", "next", to="choose")
    assert play.code == "just_moved"
    play.wait(seconds=3)

    play.type("ana", "next", to="choose")

    assert play.code == "unknown_phase"
    assert "choose" not in play.sentence
    assert play.phase == "clarify"


def test_a_second_vote_leaves_the_first_round_as_it_was():
    play = Stage.at("bids", format="120")
    play.bid(ben="Say no?", dana="Stop?", eve="Whose?")
    play.vote(dict.fromkeys(("ana", "chidi", "farid"), "1️⃣") | {"ben": "3️⃣", "dana": "3️⃣", "eve": "1️⃣"})
    assert play.session.presenters == ("ben", "eve")
    play.go_on_to("explore")
    play.wait(seconds=3)

    play.type("ana", "next", to="choose")
    assert play.phase == "choose"
    assert "Say no?" not in words_of(play.current())
    play.vote(dict.fromkeys(("ana", "ben", "chidi", "eve", "farid"), "2️⃣") | {"dana": "3️⃣"})

    assert play.session.presenters == ("ben", "dana")
    assert play.presenter == "ben"


def test_jumping_over_the_bids_leaves_the_table_empty_and_open():
    play = Stage.with_people()
    play.wait(seconds=3)
    play.type("ana", "next", to="choose")
    assert play.phase == "choose"
    assert "No one has an issue on offer." in play.text()

    play.fill("ben", "Offer an issue", title="Then mine")

    assert play.presenter == "ben"
    assert [b.owner for b in play.session.memory(Bids, play.step("bids")).offers] == ["ben"]


def test_a_second_vote_on_nothing_goes_on_with_the_round_that_runs():
    play = Stage.at("clarify", format="120")
    for who in ("dana", "eve"):
        play.more(who)
        play.press(who, "I have to go")
    play.wait(seconds=3)
    play.type("ana", "next", to="choose")
    assert play.phase == "choose"

    play.press("ana", "Next phase")

    assert play.session.presenters == ("ben",)
    assert (play.phase, play.presenter) == ("present", "ben")


def test_while_the_platform_is_asked_the_clock_does_not_press():
    play = vote(facilitation="rotating")
    play.platform_answers = False
    play.wait(minutes=5)

    assert [d.what for d in play.deadlines() if d.step is not None] == ["count"]


def test_the_platforms_word_on_a_meeting_that_is_over_means_nothing():
    play = Stage.at("close")
    play.close()

    play.do("clock", Recounted(play.session.ballot_slot, frozenset()))

    assert play.code == "ignored"
