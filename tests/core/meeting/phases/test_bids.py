"""Offering issues: one each, written alone, seen by nobody before the vote."""

from dataclasses import replace

from bot.core.decision import Refusal
from bot.core.input import forms_opened
from bot.core.meeting.commands import OfferIssue
from bot.core.meeting.phases.choosing.ballot import Bid, Bids
from bot.core.meeting.phases.choosing.bids import FULL, offered
from bot.core.signals import Typed
from tests.core.reading import words_of
from tests.core.stage import Stage


def test_an_issue_is_seen_by_nobody_before_all_have_answered():
    play = Stage.at("bids")
    play.fill("ben", "Offer an issue", title="How do I say no?", why="It meets on Friday.")

    assert "I have your issue." in play.told("ben")
    assert "How do I say no?" not in play.text("eve")
    assert "1 of 6 have answered." in play.text("eve")


def test_all_issues_appear_together_once_everyone_has_answered():
    play = Stage.at("bids")
    play.bid(ben="How do I say no?", eve="Whose project is this?")

    assert play.phase == "choose"
    assert "Ben: How do I say no?" in play.text()
    assert "Eve: Whose project is this?" in play.text()


def test_an_issue_can_be_changed_and_the_form_holds_the_words():
    play = Stage.at("bids")
    play.fill("ben", "Offer an issue", title="First", urgency="3")
    form = play.open("ben", "Offer an issue")
    assert [f.value for f in form.fields] == ["First", "", "3"]

    play.hand_in("ben", form, title="Second")

    assert play.told("ben") == "I have your new words."
    assert "1 of 6 have answered." in play.text()


def test_nothing_today_takes_an_issue_back_and_an_issue_takes_that_back():
    play = Stage.at("bids")
    play.fill("ben", "Offer an issue", title="First")
    play.press("ben", "Nothing today")
    play.press("ben", "Nothing today")
    assert play.session.memory(Bids).open() == ()

    play.fill("ben", "Offer an issue", title="After all")
    assert [b.title for _, b in play.session.memory(Bids).open()] == ["After all"]
    assert "1 of 6 have answered." in play.text()


def test_nobody_who_has_not_agreed_can_offer_an_issue():
    play = Stage.at("bids")

    refusal = play.cannot_open("zoe", "Offer an issue")

    assert refusal.code == "not_member"


def test_not_even_the_facilitator_who_has_not_agreed():
    play = Stage.started("ana")
    for who in ("ben", "chidi", "dana", "eve"):
        play.arrive(who)
    play.go_on_to("bids")
    form = play.open("ben", "Offer an issue")

    play.hand_in("ana", form, title="Mine")

    assert play.code == "not_member"


def test_a_form_sent_within_a_minute_after_the_part_is_on_the_ballot():
    play = Stage.at("bids")
    form = play.open("ben", "Offer an issue")
    play.fill("eve", "Offer an issue", title="Mine")
    play.fill("dana", "Offer an issue", title="And mine")
    play.press("ana", "Next phase")
    play.wait(seconds=60)

    play.hand_in("ben", form, title="Just in time")

    assert "Ben: Just in time" in play.text()


def test_a_form_sent_later_is_refused_and_changes_nothing():
    play = Stage.at("bids")
    form = play.open("ben", "Offer an issue")
    play.fill("eve", "Offer an issue", title="Mine")
    play.fill("dana", "Offer an issue", title="And mine")
    play.press("ana", "Next phase")
    play.wait(seconds=61)
    before = play.session

    play.hand_in("ben", form, title="Too late")

    assert play.code == "just_moved"
    assert play.session is before


def test_an_issue_that_comes_when_the_vote_is_over_stays_with_its_owner():
    play = Stage.at("bids")
    form = play.open("ben", "Offer an issue")
    play.fill("eve", "Offer an issue", title="Mine")
    play.press("ana", "Next phase")
    assert play.phase == "present"

    play.hand_in("ben", form, title="A little late")

    assert "your issue stays with you" in play.told("ben")
    assert play.session.presenters == ("eve",)
    assert "A little late" not in play.text("dana")


def test_words_for_an_issue_already_voted_on_come_too_late():
    play = Stage.at("bids")
    play.fill("eve", "Offer an issue", title="Mine")
    form = play.open("eve", "Offer an issue")
    play.press("ana", "Next phase")

    play.hand_in("eve", form, title="Other words")

    assert play.code == "closed"
    assert "Other words" not in play.text()


def test_nothing_today_a_moment_too_late_takes_nothing_back():
    play = Stage.at("bids")
    late = play.button("eve", "Nothing today")
    play.fill("eve", "Offer an issue", title="Mine")
    play.press("ana", "Next phase")

    play.do("eve", late)

    assert play.presenter == "eve"
    assert play.session.memory(Bids, play.step("bids")) == Bids((Bid("eve", "Mine"),), ("eve",))


def test_there_is_room_for_nine_issues():
    play = Stage.at("bids")
    nine = Bids(tuple(Bid(f"p{n}", "x") for n in range(9)))
    full = play.session.remember(nine, play.session.at)

    assert offered(full, full.at, OfferIssue(who="ben", title="x"), late=False) is FULL
    mine = replace(nine, offers=(*nine.offers[:8], Bid("ben", "x")))
    known = play.session.remember(mine, play.session.at)
    assert offered(known, known.at, OfferIssue(who="ben", title="y"), late=False) is not FULL


def test_a_draft_of_before_the_meeting_fills_the_form():
    play = Stage.with_people()
    play.type_form("ben", "bid", title="Thought of yesterday")
    assert "Kept for you alone." in play.told("ben")
    play.everyone_speaks()

    form = play.open("ben", "Offer an issue")

    assert form.fields[0].value == "Thought of yesterday"
    assert form.step == play.session.at
    assert play.open("eve", "Offer an issue").fields[0].value == ""


def test_the_form_of_a_command_takes_its_words():
    play = Stage.at("bids")
    play.type_form("ben", "pitch")
    assert play.code == "empty"

    form = play.open("ben", "Offer an issue")
    assert words_of(form).startswith("Your issue")


def test_going_back_to_the_bids_lets_everyone_think_again():
    play = Stage.at("bids")
    play.bid(ben="One", eve="Two")
    play.more("ana")

    play.press("ana", "Back")

    assert play.phase == "bids"
    assert "0 of 6 have answered." in play.text()
    play.fill("dana", "Offer an issue", title="Three")
    play.press("ana", "Next phase")
    assert {"One", "Two", "Three"} <= set(words_of(play.current()).replace(": ", "\n").split("\n"))


def test_a_card_of_an_earlier_part_opens_no_form_any_more():
    play = Stage.at("bids")
    offer = play.button("ben", "Offer an issue")
    play.bid(dana="One", eve="Two")

    opened = forms_opened.form(play.room, play.caller("ben"), offer)

    assert isinstance(opened, Refusal)
    assert opened.code == "just_moved"


def test_a_draft_begun_before_the_vote_and_sent_after_it_is_handed_back():
    play = Stage.with_people()
    form = play.open_by("eve", Typed("bid"))
    play.go_on_to("present")

    play.hand_in("eve", form, title="For another time")

    assert play.code == "later"
    assert play.draft("eve") == ""
