"""Action points: in their owner's words, seen by whom the owner says, closed by the owner."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import engine
from bot.core.decision import Refusal
from bot.core.exchange import KeepAction
from bot.core.learning_set.actions.action import MOST_IN_SET, MOST_OPEN, ActionPoint, Outcome
from bot.core.learning_set.commands import ChangeAction, ReportAction, TellAction
from bot.core.meeting import posts
from bot.core.meeting.commands import HaveSpoken
from bot.core.meeting.phases.gathering.action_report import Reports
from bot.core.signals import Pressed, Submitted
from tests.core_set.town import CAST, Town, at, labels, quotes, words


def only(town: Town) -> ActionPoint:
    """The one action of the set."""
    (action,) = town.set.actions
    return action


# --- keeping --------------------------------------------------------------------------------------


def test_an_action_of_ones_own_is_private_until_its_owner_shares_it(led: Town) -> None:
    heard = led.keep("Ben", "Talk to Mia", how="She nods", helper="Eve")

    assert heard.sentence == "Saved, due Monday 12 April 2027, 18:00."
    action = only(led)
    assert (action.owner, action.what, action.visibility) == ("ben", "Talk to Mia", "me")
    assert (action.how, action.helper, action.session) == ("She nods", "Eve", "")
    assert words(led.type("Eve", "actions", whose="set").card).endswith("No shared actions yet.")


def test_an_action_is_due_on_its_date_at_the_clock_time_of_the_meetings(led: Town) -> None:
    led.plan("2027-03-08T19:30")

    led.keep("Ben", "Talk to Mia", due="2027-03-20")

    assert f"{only(led).due}" == "2027-03-20 19:30:00"


def test_without_any_meeting_the_clock_time_is_that_of_the_founding(led: Town) -> None:
    led.wait(hours=3)

    led.keep("Ben", "Talk to Mia", due="2027-03-20")

    assert f"{only(led).due}" == "2027-03-20 18:00:00"


@pytest.mark.parametrize(
    ("due", "code", "hint"),
    [
        ("2027-03-01", "past", "from tomorrow on"),
        ("2026-12-24", "past", "from tomorrow on"),
        ("0001-01-01", "past", "from tomorrow on"),
        ("2029-04-01", "far", "2 years"),
        ("2127-03-01", "far", "2 years"),
        ("9999-12-31", "far", "2 years"),
        ("31 February", "unreadable", "12 April"),
        ("2027-02-30", "unreadable", "12 April"),
        ("2027-04-12T18:00Z", "unreadable", "12 April"),
    ],
)
def test_dates_an_action_cannot_have(led: Town, due: str, code: str, hint: str) -> None:
    before = led.set

    heard = led.keep("Ben", "Talk to Mia", due=due)

    assert heard.code == code
    assert hint in heard.sentence
    assert heard.refusal is not None
    assert heard.refusal.field == "due"
    assert led.set is before


def test_the_same_action_delivered_twice_is_kept_once(led: Town) -> None:
    filled = Submitted("action", (("what", "Talk"),), value="own", fresh="once")
    led.do("Ben", filled)
    before = led.set

    led.do("Ben", filled)

    assert led.set is before


def test_thirty_open_actions_are_enough_for_anybody(led: Town) -> None:
    for n in range(MOST_OPEN):
        led.keep("Ben", f"Number {n}")

    heard = led.keep("Ben", "One more")

    assert heard.sentence == "You have 30 open actions. Close one first."
    assert len(led.set.actions) == MOST_OPEN
    assert led.keep("Eve", "Mine").refusal is None


def test_a_set_keeps_two_hundred_actions(led: Town) -> None:
    led.keep("Ben", "One of many")
    one = only(led)
    many = tuple(replace(one, id=str(n), owner="gone") for n in range(MOST_IN_SET - 1))
    led.change(actions=(one, *many))

    assert led.keep("Eve", "One more").code == "set_full"


def test_a_visibility_we_do_not_know_means_only_me(led: Town) -> None:
    led.decide(KeepAction(who="ben", action="a", what="Talk", due=None, visibility="world"))

    assert only(led).visibility == "me"


def test_no_action_for_strangers(led: Town) -> None:
    assert led.type("Zoe", "action").code == "not_member"
    assert led.do("Zoe", Pressed("save_action")).code == "not_member"
    filled = Submitted("action", (("what", "Talk"),), value="own")
    assert led.do("Zoe", filled).code == "not_member"
    nowhere = Town().opened("Zoe", Pressed("save_action"))
    assert isinstance(nowhere, Refusal)
    assert nowhere.code == "no_set"


# --- changing -------------------------------------------------------------------------------------


def test_only_its_owner_changes_an_action(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")
    mine = led.type("Ben", "actions").card
    form = led.press("Ben", "Change the words", mine).form
    assert {f.key: f.value for f in form.fields} == {
        "what": "Talk to Mia",
        "due": "2027-04-12",
    }

    assert led.press("Eve", "Change the words", mine).code == "not_yours"
    assert led.hand_in("Eve", form, what="Stolen").code == "not_yours"
    assert only(led).what == "Talk to Mia"

    assert led.hand_in("Ben", form, what="Write to Mia").sentence == "Updated."
    assert only(led).what == "Write to Mia"


def test_a_date_that_is_not_changed_does_not_start_anything_afresh(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")
    made = only(led)
    led.wait(days=1)
    form = led.press("Ben", "Change the words", led.type("Ben", "actions").card).form

    led.hand_in("Ben", form, what="Write to Mia")

    assert only(led).changed_at == made.changed_at


def test_another_date_counts_from_now_and_ends_a_snooze(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")
    led.do("Ben", Pressed("snooze", value=only(led).id))
    led.wait(days=1)
    form = led.press("Ben", "Change the words", led.type("Ben", "actions").card).form

    led.hand_in("Ben", form, due="2027-05-03")

    action = only(led)
    assert (f"{action.due}", action.changed_at) == ("2027-05-03 18:00:00", led.now)
    assert action.snoozed_until is None


def test_a_date_that_has_passed_is_no_change(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")
    form = led.press("Ben", "Change the words", led.type("Ben", "actions").card).form

    assert led.hand_in("Ben", form, due="2027-02-01").code == "past"
    assert f"{only(led).due}" == "2027-04-12 18:00:00"


def test_words_are_not_emptied_by_leaving_them_out(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")

    led.decide(ChangeAction(who="ben", action=only(led).id, visibility="nobody"))

    assert (only(led).what, only(led).visibility) == ("Talk to Mia", "me")


def test_sharing_and_hiding_again(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")

    led.press("Ben", "Share with the set", led.type("Ben", "actions").card)
    shared = led.type("Eve", "actions", whose="set").card
    assert quotes(shared) == ["Talk to Mia"]
    assert "Ben" in words(shared)

    led.press("Ben", "Only me", led.type("Ben", "actions").card)
    assert quotes(led.type("Eve", "actions", whose="set").card) == []


def test_an_action_that_is_gone_cannot_be_changed(led: Town) -> None:
    filled = Submitted("change_action", (("what", "New"), ("due", "2027-03-09")), value="gone")

    assert led.do("Ben", filled).code == "not_yours"


# --- deleting -------------------------------------------------------------------------------------


def test_deleting_is_asked_and_then_for_good(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")

    sure = led.press("Ben", "Delete", led.type("Ben", "actions").card).card
    assert quotes(sure) == ["Talk to Mia"]
    assert labels(sure) == ["Delete it for good"]
    assert len(led.set.actions) == 1

    assert led.press("Eve", "Delete it for good", sure).code == "not_yours"
    assert led.press("Ben", "Delete it for good", sure).sentence == "Deleted."
    assert led.set.actions == ()
    assert led.press("Ben", "Delete it for good", sure).code == "not_yours"


def test_a_deleted_action_is_owed_no_more_in_the_running_meeting(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")
    led.type("Ana", "start")
    assert [o.owner for o in led.session.owed] == ["ben"]

    sure = led.press("Ben", "Delete", led.type("Ben", "actions").card).card
    led.press("Ben", "Delete it for good", sure)

    assert led.session.owed == ()


# --- outcomes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "outcome", "closes"),
    [
        ("Done", Outcome.DONE, True),
        ("Dropped", Outcome.DROPPED, True),
        ("Partly", Outcome.PARTLY, False),
        ("Changed", Outcome.CHANGED, False),
        ("Still going", Outcome.GOING, False),
    ],
)
def test_the_press_saves_the_outcome_and_the_form_adds_words(
    led: Town, label: str, outcome: Outcome, closes: bool
) -> None:
    led.keep("Ben", "Talk to Mia")

    asked = led.press("Ben", label, led.type("Ben", "done").card)

    action = only(led)
    assert (action.outcome, action.open) == (outcome, not closes)
    assert action.reported_at == led.now
    assert action.closed_at == (led.now if closes else None)
    assert len(asked.form.fields) == (3 if closes else 5)

    heard = led.hand_in(
        "Ben", asked.form, happened="We spoke", learned="Ask early", what_now="Write it down"
    )
    assert heard.sentence == "Saved."
    action = only(led)
    assert (action.happened, action.learned) == ("We spoke", "Ask early")
    assert action.learning_visibility == "me"
    assert action.what == ("Talk to Mia" if closes else "Write it down")


def test_words_may_be_left_out_and_earlier_ones_stay(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")
    form = led.press("Ben", "Partly", led.type("Ben", "done").card).form
    led.hand_in("Ben", form, happened="We spoke")

    led.hand_in("Ben", form, learned="Ask early", visibility="My set", due="2027-05-03")

    action = only(led)
    assert (action.happened, action.learned) == ("We spoke", "Ask early")
    assert (action.learning_visibility, f"{action.due}") == ("set", "2027-05-03 18:00:00")


def test_one_open_action_needs_no_asking_which(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")
    assert labels(led.type("Ben", "done").card) == [
        "Done",
        "Partly",
        "Changed",
        "Dropped",
        "Still going",
    ]

    heard = led.push("Ben", Pressed("done"))

    assert heard.form.title == "How did it go?"
    assert only(led).outcome is Outcome.DONE


def test_a_double_click_closes_nothing_else(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")
    led.push("Ben", Pressed("done"))

    again = led.push("Ben", Pressed("done"))

    assert again.refusal is None
    assert only(led).outcome is Outcome.DONE
    assert led.push("Ben", Pressed("dropped")).code == "no_action"


def test_a_minute_later_the_same_press_finds_nothing_open(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")
    led.push("Ben", Pressed("done"))
    led.wait(seconds=61)

    assert led.push("Ben", Pressed("done")).code == "no_action"
    assert led.push("Eve", Pressed("done")).code == "no_action"


def test_with_several_open_actions_one_is_asked_which(led: Town) -> None:
    for n in range(10):
        led.keep("Ben", f"Number {n}", due=f"2027-04-{10 + n}")

    asked = led.push("Ben", Pressed("done")).card
    assert asked.title == "Which action?"
    assert quotes(asked) == [f"Number {n}" for n in range(8)]
    rest = led.press("Ben", "Show the rest", asked).card
    assert quotes(rest) == ["Number 8", "Number 9"]
    assert "Show the rest" not in labels(rest)

    led.press("Ben", "This one (2)", rest)

    closed = [a.what for a in led.set.actions if not a.open]
    assert closed == ["Number 9"]
    assert len(led.type("Ben", "done").card.buttons()) > 5


def test_ones_own_actions_come_by_threes(led: Town) -> None:
    for n in range(4):
        led.keep("Ben", f"Number {n}", how="It shows", helper="Eve")

    first = led.type("Ben", "actions").card
    assert quotes(first) == ["Number 0", "Number 1", "Number 2"]
    assert "How you'll know: It shows" in words(first)
    assert "Who could help: Eve" in words(first)
    assert "Open · Only you can see it · Due" in words(first)

    rest = led.press("Ben", "Show the rest", first).card
    assert quotes(rest) == ["Number 3"]
    beyond = led.push("Ben", Pressed("show_mine", value="7")).card
    assert quotes(beyond) == quotes(first)


def test_who_has_no_action_is_shown_how_to_keep_one(led: Town) -> None:
    card = led.type("Ben", "actions").card

    assert labels(card) == ["Save an action for me"]
    assert led.press("Ben", "Save an action for me", card).form.title == "Your action"


def test_what_the_set_shares_comes_in_pages_too(led: Town) -> None:
    for n in range(9):
        led.keep("Ben", f"Number {n}", visibility="My set")

    shared = led.type("Eve", "actions", whose="set").card
    assert len(quotes(shared)) == 8
    assert quotes(led.press("Eve", "Show the rest", shared).card) == ["Number 8"]


def test_nobody_reports_on_anothers_action(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")
    card = led.type("Ben", "done").card

    assert led.press("Eve", "Done", card).code == "not_yours"
    filled = Submitted("report", (("happened", "Lies"),), value=only(led).id)
    assert led.do("Eve", filled).code == "not_yours"
    assert led.do("Zoe", Pressed("done")).code == "not_member"
    assert only(led).outcome is Outcome.OPEN


@pytest.mark.parametrize("outcome", ["open", "excellent", ""])
def test_there_are_five_outcomes_and_no_more(led: Town, outcome: str) -> None:
    led.keep("Ben", "Talk to Mia")
    before = led.set

    assert led.decide(ReportAction(who="ben", action="", outcome=outcome)).code == "no_action"
    assert led.set is before


def test_a_word_on_an_action_with_a_date_that_has_passed_is_refused(led: Town) -> None:
    led.keep("Ben", "Talk to Mia")
    told = TellAction(who="ben", action=only(led).id, due=only(led).due - timedelta(days=60))

    assert led.decide(told).code == "past"


def test_actions_of_a_former_member_are_shared_no_more(led: Town) -> None:
    led.keep("Ben", "Talk to Mia", visibility="My set")
    gone = tuple(replace(m, left_at=led.now) if m.person == "ben" else m for m in led.set.members)

    led.change(members=gone)

    assert quotes(led.type("Eve", "actions", whose="set").card) == []


# --- reports in the next meeting ------------------------------------------------------------------


@pytest.fixture
def again(led: Town) -> Town:
    """The second meeting of a set in which Ben promised two things and Eve one, at its report."""
    led.meet(("Talk to Mia", "set"), ("Sleep on it", "me"))
    led.keep("Eve", "Ask for help")
    led.until(at("2027-04-12 17:50"))
    for who in CAST:
        led.press(who, "I'm here")
    led.until(at("2027-04-12 18:00"))
    led.to("action_report")
    return led


def test_the_report_opens_with_those_who_owe_a_word_and_none_of_their_words(again: Town) -> None:
    card = again.newest("Still going")

    assert "It's Ben's turn, then Eve's." in words(card)
    assert "Mia" not in words(card)


def test_the_owner_says_which_and_shares_what_they_like(again: Town) -> None:
    which = again.press("Ben", "Done").card
    form = again.press("Ben", "This one (1)", which).form
    again.hand_in("Ben", form, happened="We spoke", learned="Ask early", visibility="set")
    form = again.press("Ben", "Partly").form
    again.hand_in("Ben", form, happened="Not for your eyes")

    said = [words(p.card) for p in posts.posts(again.session)]
    assert "How it went for Ben\n“We spoke” Ben" in said
    assert "What Ben learned\n“Ask early” Ben" in said
    assert not any("Not for your eyes" in s for s in said)


def test_it_moves_on_once_all_have_told_and_else_after_a_minute(again: Town) -> None:
    again.press("Ben", "This one (1)", again.press("Ben", "Done").card)
    again.press("Ben", "Dropped")
    form = again.press("Eve", "Changed").form
    assert "Everyone has been heard" in words(again.newest("Still going"))
    assert again.phase == "action_report"

    again.wait(seconds=59)
    assert again.phase == "action_report"
    again.hand_in("Eve", form, happened="It turned out otherwise")
    assert again.phase == "action_report"
    again.wait(seconds=1)
    assert again.phase == "bids"


def test_it_moves_on_at_once_where_all_forms_are_in(again: Town) -> None:
    for label in ("Done", "Dropped"):
        heard = again.press("Ben", label)
        if label == "Done":
            heard = again.press("Ben", "This one (1)", heard.card)
        again.hand_in("Ben", heard.form)
    again.hand_in("Eve", again.press("Eve", "Still going").form)

    assert again.phase == "bids"


def test_words_that_come_long_after_the_report_stay_with_the_set(again: Town) -> None:
    form = again.press("Eve", "Done").form
    again.to("bids")
    step = again.session.steps("action_report")[0]
    again.wait(seconds=61)

    again.hand_in("Eve", form, happened="Late", visibility="set")

    report = again.session.memory(Reports, step).of(only_of(again, "eve").id)
    assert report is not None
    assert (report.told, report.words) == (True, "")
    assert only_of(again, "eve").happened == "Late"


def test_words_within_a_minute_after_it_still_count(again: Town) -> None:
    form = again.press("Eve", "Done").form
    again.to("bids")

    again.hand_in("Eve", form, happened="Just in time", visibility="set")

    step = again.session.steps("action_report")[0]
    assert "Just in time" in [r.words for r in again.session.memory(Reports, step).all]


def only_of(town: Town, owner: str) -> ActionPoint:
    """The one action of that person."""
    (action,) = (a for a in town.set.actions if a.owner == owner)
    return action


def test_going_back_asks_once_more_and_keeps_what_was_shared(again: Town) -> None:
    form = again.press("Eve", "Partly").form
    again.hand_in("Eve", form, happened="Half of it", visibility="set")
    again.to("bids")

    again.push("Ana", Pressed("back", again.session.id, again.session.at))

    assert again.phase == "action_report"
    assert "then Eve's" in words(again.newest("Still going"))
    (report,) = again.session.memory(Reports).all
    assert (report.heard, report.words) == (False, "Half of it")
    again.press("Eve", "Partly")
    assert "then Eve's" not in words(again.newest("Still going"))


def test_an_outcome_before_the_report_leaves_less_to_say(led: Town) -> None:
    led.keep("Eve", "Ask for help")
    led.type("Ana", "start")

    led.push("Eve", Pressed("done"))

    assert led.session.owed == ()
    led.push("Eve", Pressed("done"))  # a double click
    assert led.session.owed == ()


def test_a_report_nobody_owes_is_left_out(led: Town) -> None:
    led.begin(*CAST)
    led.to("bids")

    assert "action_report" not in [led.session.plan[m.step].phase for m in led.session.log]


def test_clearing_takes_the_words_out_of_the_report(again: Town) -> None:
    form = again.press("Eve", "Partly").form
    again.hand_in("Eve", form, happened="Half of it", learned="Much", visibility="set")

    again.do("Eve", Pressed("clear_words", again.session.id))

    assert not any("Half of it" in words(p.card) for p in posts.posts(again.session))


def test_the_deadline_of_the_report_waits_while_the_clock_stands(again: Town) -> None:
    again.press("Ben", "This one (1)", again.press("Ben", "Done").card)
    again.press("Ben", "Done")
    again.press("Eve", "Done")
    assert "all_heard" in [d.what for d in engine.deadlines(again.session)]

    again.do("Ana", Pressed("pause", again.session.id, again.session.at, "on"))

    assert "all_heard" not in [d.what for d in engine.deadlines(again.session)]


def test_other_wishes_do_not_belong_to_the_report(again: Town) -> None:
    assert again.do("Ana", Pressed("enough", again.session.id)).code == "wrong_phase"
    assert again.push("Ana", Pressed("ask")).code == "wrong_phase"


def test_what_belongs_to_another_part_is_not_for_the_report(again: Town) -> None:
    assert again.decide(HaveSpoken(who="ben")).code == "wrong_phase"
    assert again.decide(HaveSpoken(who="dana")).code == "out_of_turn"
