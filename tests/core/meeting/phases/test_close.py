"""The end of a meeting: what we learned, what each takes home, and what is deleted."""

from dataclasses import replace

import pytest

from bot.core import notice_cards
from bot.core.cards import Until
from bot.core.learning_set.commands import Agree
from bot.core.meeting import posts
from bot.core.meeting.commands import ShareLearning
from bot.core.meeting.phases.choosing.ballot import Ballot
from bot.core.meeting.phases.closing.learning_review import Learnings
from bot.core.meeting.summaries import summary_card
from bot.core.signals import Pressed
from tests.core.reading import at, labels, size_of, words_of
from tests.core.stage import SIX, Stage

# --- learning review ------------------------------------------------------------------------------


def test_a_learning_line_is_for_its_owner_alone():
    play = Stage.at("learning_review")
    play.fill("eve", "What I learned", learning="Silence helped me.", pulse="4")

    assert play.told("eve") == "Kept for you."
    assert "Silence helped me." not in play.text("ben")
    play.go_on_to("close")
    play.close()
    assert "Silence helped me." in play.text("eve")
    assert "Silence helped me." not in play.text("ben")


def test_a_second_line_changes_the_words_and_counts_no_second_number():
    play = Stage.at("learning_review")
    empty = play.open("eve", "What I learned")
    play.hand_in("eve", empty, learning="First.", pulse="4")
    assert [f.value for f in play.open("eve", "What I learned").fields] == ["First."]

    play.hand_in("eve", empty, learning="Second.", pulse="1")

    assert play.session.memory(Learnings).pulses == (4,)
    assert play.session.memory(Learnings).words == (("eve", "Second."),)


def test_numbers_are_kept_without_names_in_no_order_of_theirs():
    play = Stage.at("learning_review")
    for who, pulse in (("eve", "5"), ("ana", "2"), ("ben", ""), ("dana", "4")):
        play.fill(who, "What I learned", learning="x", pulse=pulse)

    assert play.session.memory(Learnings).pulses == (2, 4, 5)


def test_a_number_out_of_range_counts_for_nothing():
    play = Stage.at("learning_review")

    play.decide(ShareLearning(who="eve", learning="x", pulse=99))

    assert play.session.memory(Learnings).pulses == ()


@pytest.mark.parametrize(("answers", "shown"), [(3, False), (4, True)])
def test_how_we_worked_is_shown_once_four_have_answered(answers, shown):
    play = Stage.at("learning_review")
    for who in SIX.split()[:answers]:
        play.fill(who, "What I learned", learning="x", pulse="4")
    assert "How we worked together" not in play.text()
    play.go_on_to("close")
    play.close()

    assert ("How we worked together: 4.0 of 5, from 4 answers." in play.text()) is shown
    assert play.set.meetings[0].pulse_count == (4 if shown else 0)
    assert play.set.meetings[0].pulse_sum == (16 if shown else 0)


def test_passing_is_fine_and_everyone_moves_on():
    play = Stage.at("learning_review")
    for who in SIX.split():
        play.press(who, "Pass")

    assert play.phase == "close"


def test_going_back_to_the_review_asks_everyone_again():
    play = Stage.at("close")
    play.more("ana")
    play.press("ana", "Back")

    assert play.phase == "learning_review"
    assert "0 of 6 have answered." in play.text()


# --- close ----------------------------------------------------------------------------------------


def test_the_close_names_the_next_date_and_what_is_deleted():
    play = Stage.at("close")

    assert "We meet again" in play.text()
    assert "“Clear the words” deletes what I posted of yours." in play.text()


def test_the_close_names_the_date_that_is_planned_already():
    play = Stage.at("close")
    play.plan("2027-05-03T19:00")

    card = play.newest("Close the meeting")

    assert next(b.at for b in card.blocks if isinstance(b, Until)) == at("2027-05-03 19:00")
    assert labels(card) == ["Clear the words", "Close the meeting", "More"]


def test_the_summary_says_nothing_of_a_date_that_nobody_knows():
    session = Stage.over().session

    assert any(isinstance(b, Until) for b in summary_card(session).blocks)
    bare = summary_card(replace(session, next_at=None))
    assert not any(isinstance(b, Until) for b in bare.blocks)


def test_who_holds_the_process_closes_and_everyone_who_came_takes_something_home():
    play = Stage.at("close")
    play.press("ben", "Close the meeting")
    assert play.code == "not_facilitator"
    assert play.do("eve", Pressed("answered")).code == "wrong_phase"

    play.press("ana", "Close the meeting")

    assert play.phase == "over"
    assert "Thank you for your attention to each other." in words_of(play.card("Closing"))
    assert play.session.status == "held"
    assert play.session.closed_by == "ana"
    assert {n.to for n in play.notices if n.card == "keepsake"} == set(SIX.split())
    assert "Six people met. Ben presented." in play.text("eve")


def test_the_clock_closes_a_meeting_that_nobody_closes():
    play = Stage.at("close", facilitation="rotating")

    play.wait(minutes=4)

    assert play.phase == "over"
    assert play.session.closed_by == "clock"
    assert play.set.session == ""


def test_the_set_remembers_who_presented_and_who_held_the_process():
    play = Stage.at("close")
    play.close()

    assert play.member("ben").last_presented_at == play.now
    assert play.member("eve").last_presented_at is None
    assert play.member("ana").last_held_at == play.now
    assert play.set.meetings[0].attended == 6


def test_an_issue_that_was_not_chosen_goes_to_its_owner_alone():
    play = Stage.at("close")
    play.close()

    assert "The issue of eve" in play.text("eve")
    assert "The issue of eve" not in play.text("ana")
    assert play.draft("eve") == "The issue of eve"
    assert play.draft("ben") == ""
    assert "The issue of eve" not in " ".join(words_of(p.card) for p in posts.posts(play.session))


def test_a_withdrawn_issue_stays_with_its_owner_too():
    play = Stage.at("bids")
    play.bid(ben="Say no?", dana="Stop?", eve="Whose?")
    play.press("eve", "Withdraw my issue")
    play.vote(dict.fromkeys(("ana", "chidi", "dana", "eve", "farid"), "1️⃣") | {"ben": "2️⃣"})
    play.go_on_to("close")
    play.close()

    assert {d.owner for d in play.set.drafts} == {"dana", "eve"}


def test_a_draft_of_somebody_who_was_not_there_is_kept_and_an_unused_one_goes():
    play = Stage.with_people()
    play.type("gwen", "set join")
    play.press("gwen", "I agree")
    play.type_form("gwen", "bid", title="Mine, another time")
    play.type_form("farid", "bid", title="Not today after all")
    play.everyone_speaks()
    play.usual_bids()
    play.go_on_to("close")
    play.close()

    assert {d.owner for d in play.set.drafts} == {"gwen", "eve"}


def test_the_presenter_takes_home_what_they_were_given():
    play = Stage.at("present")
    play.fill("ben", "I've finished", question="What keeps me?")
    play.fill("eve", "Ask", question="How many?")
    play.press("ben", "Answered")
    play.press("ben", "Enough")
    play.fill("eve", "Ask", question="What matters?")
    play.press("ben", "Park")
    play.fill("dana", "Ask", question="And if not?")
    play.fill("farid", "Ask", question="Never mind?")
    play.press("farid", "Take it back")
    play.press("ben", "Enough")
    play.fill("eve", "Reflect", reflection="I noticed.")
    play.press("ana", "Next phase")
    play.fill("ben", "Add an action", what="Talk to Mia", visibility="me")
    play.press("ben", "That's all")
    play.go_on_to("close")
    play.close()

    keepsake = words_of(play.private("ben")[-1])

    assert keepsake.splitlines()[:-1] == [
        "From your meeting",
        "Telling the story",
        "“What keeps me?” your key question",
        "Clarifying questions",
        "“How many?” Eve",
        "Open questions",
        "“What matters?” Eve, parked",
        "“And if not?” Dana",
        "Reflecting",
        "“I noticed.” Eve",
        "Action points",
        "“Talk to Mia” your action",
    ]
    assert "I keep these words for a day" in keepsake
    assert "What matters?" not in words_of(play.private("eve")[-1])


def test_who_had_nothing_to_keep_is_thanked():
    play = Stage.at("close")
    play.close()

    assert "Thank you for coming." in words_of(play.private("farid")[-1])


def test_who_had_to_go_takes_their_words_home_too():
    play = Stage.at("learning_review")
    play.fill("eve", "What I learned", learning="Silence helped me.")
    play.more("eve")
    play.press("eve", "I have to go")
    play.go_on_to("close")
    play.close()

    assert "Silence helped me." in words_of(play.private("eve")[-1])


def test_a_long_keepsake_comes_in_parts_and_loses_no_word():
    play = Stage.at("explore")
    for n in range(12):
        play.fill("eve" if n % 2 else "dana", "Ask", question=f"{n} " + "q" * 295)
        play.press("ben", "Answered")
    play.press("ben", "Enough")
    for who in ("ana", "chidi", "dana", "eve", "farid"):
        play.fill(who, "Reflect", reflection=f"{who} " + "r" * 1990)
    play.go_on_to("close")
    play.close()

    parts = [card for card in play.private("ben") if card.title.startswith("From your meeting")]
    whole = "\n".join(words_of(card) for card in parts)

    assert len(parts) > 3
    assert all(size_of(card) <= 4000 for card in parts)
    assert all(f"{n} " + "q" * 295 in whole for n in range(12))
    assert all(f"{who} " + "r" * 1990 in whole for who in ("ana", "eve", "farid"))
    assert len({n.slot for n in play.notices if n.to == "ben" and n.card == "keepsake"}) == len(
        parts
    )
    play.type("ben", "report")
    for card in parts[:-1]:
        assert words_of(card) in play.told("ben")
        play.press("ben", "Show the rest")
    assert words_of(parts[-1]) == play.told("ben")


def test_a_keepsake_is_drawn_for_those_who_came_only():
    play = Stage.at("close")
    play.close()
    notice = next(n for n in play.notices if n.card == "keepsake")

    other = replace(notice, to="zoe", slot=play.session.slot("keepsake:zoe"))
    later = replace(notice, slot=f"{notice.slot}:9")

    assert notice_cards.draw(play.room, notice) is not None
    assert notice_cards.draw(play.room, other) is None
    assert notice_cards.draw(play.room, later) is None
    gone = replace(play.session, keepsakes=())
    assert notice_cards.draw(replace(play.room, session=gone), notice) is None
    assert notice_cards.draw(replace(play.room, session=None), notice) is None


# --- afterwards -----------------------------------------------------------------------------------


def test_the_report_before_the_close_says_when_it_comes():
    play = Stage.at("explore")

    play.type("eve", "report")

    assert "What is yours of it comes to you privately at its close." in play.told("eve")


def test_the_report_after_the_close_is_ones_own():
    play = Stage.at("learning_review")
    play.fill("eve", "What I learned", learning="Silence helped me.")
    play.go_on_to("close")
    play.close()

    play.type("eve", "report")
    assert "Silence helped me." in play.told("eve")
    play.press("ben", "My notes")
    assert "Silence helped me." not in play.told("ben")
    assert "From your meeting" in play.told("ben")


def test_who_voted_for_what_is_gone_with_the_close():
    play = Stage.at("close")
    ballots = [m for m in play.session.memories if isinstance(m, Ballot)]
    assert any(m.reactions or m.pressed or m.unordered for m in ballots)

    play.close()

    (ballot,) = (m for m in play.session.memories if isinstance(m, Ballot))
    assert ballot == Ballot(result=ballots[0].result)
    assert ballot.result is not None


def test_somebody_who_was_not_there_reads_the_summary_once_they_are_a_member():
    play = Stage.with_people()
    assert play.type("zoe", "report").code == "not_member"
    play.type("gwen", "set join")
    play.press("gwen", "I agree")
    play.go_on_to("close")
    play.close()

    play.type("gwen", "report")

    assert "Six people met. Ben presented." in play.told("gwen")


def test_a_meeting_that_was_not_held_reports_so():
    play = Stage.at_second_door()
    play.wait(minutes=45)

    play.type("ana", "report")

    assert "This meeting was not held." in play.told("ana")


def test_words_can_be_cleared_after_the_close():
    play = Stage.at("reflect")
    play.fill("eve", "Reflect", reflection="I noticed.")
    play.go_on_to("close")
    play.close()

    play.press("eve", "Clear the words")

    assert "I noticed." not in play.text("dana")
    assert "What people typed themselves remains" in play.told("eve")
    before = play.session
    play.press("eve", "Clear the words")
    assert play.session is before


def test_somebody_who_was_not_there_has_nothing_to_clear():
    play = Stage.at("close")

    play.press("zoe", "Clear the words")

    assert play.code == "not_member"
    play.close()
    play.press("zoe", "Clear the words")
    assert play.code == "not_member"
    play.decide(Agree(who="zoe", name="Zoe"))
    play.press("zoe", "Clear the words")
    assert play.code == "not_member"


def test_when_the_meeting_is_over_nothing_of_it_can_be_pressed():
    play = Stage.at("explore")
    ask, more = play.open("eve", "Ask"), play.button("eve", "More")
    play.more("eve")
    help_me = play.button("eve", "I need help")
    play.more("ana")
    play.press("ana", "End")
    play.press("ana", "End the meeting for six people")
    assert play.phase == "over"
    before = play.session

    play.hand_in("eve", ask, question="Why?")
    assert play.code == "no_meeting"
    play.do("eve", more)
    assert "From your meeting" in play.told("eve")
    play.do("eve", help_me)
    assert "call your local emergency number" in play.told("eve")
    play.type("ana", "next")
    assert play.code == "no_meeting"
    assert play.session is before


def test_an_old_button_after_the_end_says_that_it_is_over():
    play = Stage.at("close")
    old = play.button("ana", "Close the meeting")
    play.more("ana")
    pause = play.button("ana", "Pause")
    play.close()

    play.do("ana", old)
    assert play.code == "no_meeting"
    play.do("ana", pause)
    assert play.code == "over"


def test_a_meeting_without_a_presenter_says_only_who_met():
    play = Stage.at("bids")
    play.bid()
    play.wait(seconds=3)
    play.type("ana", "next", to="close")
    play.close()

    assert "Six people met." in play.text("eve")
    assert "presented" not in play.text("eve")


def test_who_clears_their_words_takes_their_issue_home_all_the_same():
    play = Stage.at("close")
    play.press("eve", "Clear the words")
    play.close()

    assert "The issue of eve" in words_of(play.private("eve")[-1])
    assert "The issue of eve" not in play.text("ana")
