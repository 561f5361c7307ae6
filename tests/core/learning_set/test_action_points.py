"""Action points: in their owner's words, seen by whom the owner says, closed by the owner."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.decision import Refusal
from bot.core.exchange import KeepAction
from bot.core.learning_set.actions.action import MOST_IN_SET, MOST_OPEN, ActionPoint, Outcome
from bot.core.learning_set.commands import ChangeAction, RemindAction, ReportAction, TellAction
from bot.core.signals import Pressed, Submitted
from tests.core.reading import labels, quotes, size_of, words_of
from tests.core.stage import Stage


def only(town: Stage) -> ActionPoint:
    """The one action of the set."""
    (action,) = town.set.actions
    return action


# --- keeping --------------------------------------------------------------------------------------


def test_an_action_of_ones_own_is_private_until_its_owner_shares_it(led: Stage) -> None:
    heard = led.keep("ben", "Talk to Mia", how="She nods", helper="Eve")

    assert heard.sentence == "Kept for you, until Monday 12 April 2027, 18:00."
    action = only(led)
    assert (action.owner, action.what, action.visibility) == ("ben", "Talk to Mia", "me")
    assert (action.how, action.helper, action.session) == ("She nods", "Eve", "")
    assert words_of(led.type("eve", "actions", whose="set").card).endswith(
        "Nobody shares an open action just now."
    )


def test_an_action_is_due_on_its_date_at_the_clock_time_of_the_meetings(led: Stage) -> None:
    led.plan("2027-03-08T19:30")

    led.keep("ben", "Talk to Mia", due="2027-03-20")

    assert f"{only(led).due}" == "2027-03-20 19:30:00"


def test_without_any_meeting_the_clock_time_is_that_of_the_founding(led: Stage) -> None:
    led.wait(hours=3)

    led.keep("ben", "Talk to Mia", due="2027-03-20")

    assert f"{only(led).due}" == "2027-03-20 18:00:00"


@pytest.mark.parametrize(
    ("due", "code", "hint"),
    [
        ("2027-03-01", "past", "from tomorrow on"),
        ("2026-12-24", "past", "from tomorrow on"),
        ("0001-01-01", "past", "from tomorrow on"),
        ("2029-04-01", "far", "two years"),
        ("2127-03-01", "far", "two years"),
        ("9999-12-31", "far", "two years"),
        ("31 February", "unreadable", "12 April"),
        ("2027-02-30", "unreadable", "12 April"),
        ("2027-04-12T18:00Z", "unreadable", "12 April"),
    ],
)
def test_dates_an_action_cannot_have(led: Stage, due: str, code: str, hint: str) -> None:
    before = led.set

    heard = led.keep("ben", "Talk to Mia", due=due)

    assert heard.code == code
    assert hint in heard.sentence
    assert heard.refusal is not None
    assert heard.refusal.field == "due"
    assert led.set is before


def test_the_same_action_delivered_twice_is_kept_once(led: Stage) -> None:
    filled = Submitted("action", (("what", "Talk"),), value="own", fresh="once")
    led.do("ben", filled)
    before = led.set

    led.do("ben", filled)

    assert led.set is before


def test_thirty_open_actions_are_enough_for_anybody(led: Stage) -> None:
    for n in range(MOST_OPEN):
        led.keep("ben", f"Number {n}")

    heard = led.keep("ben", "One more")

    assert heard.sentence == "You have 30 open actions; close one first."
    assert len(led.set.actions) == MOST_OPEN
    assert led.keep("eve", "Mine").refusal is None


def test_a_set_keeps_two_hundred_actions(led: Stage) -> None:
    led.keep("ben", "One of many")
    one = only(led)
    many = tuple(replace(one, id=str(n), owner="gone") for n in range(MOST_IN_SET - 1))
    led.change(actions=(one, *many))

    assert led.keep("eve", "One more").code == "set_full"


def test_a_visibility_we_do_not_know_means_only_me(led: Stage) -> None:
    led.decide(KeepAction(who="ben", action="a", what="Talk", due=None, visibility="world"))

    assert only(led).visibility == "me"


def test_no_action_for_strangers(led: Stage) -> None:
    assert led.type("zoe", "action").code == "not_member"
    assert led.do("zoe", Pressed("save_action")).code == "not_member"
    filled = Submitted("action", (("what", "Talk"),), value="own")
    assert led.do("zoe", filled).code == "not_member"
    assert led.do("zoe", Pressed("done")).code == "not_member"
    nowhere = Stage().opened("zoe", Pressed("save_action"))
    assert isinstance(nowhere, Refusal)
    assert nowhere.code == "no_set"


# --- changing -------------------------------------------------------------------------------------


def test_only_its_owner_changes_an_action(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    mine = led.type("ben", "actions").card
    form = led.press("ben", "Change the words", mine).form
    assert {f.key: f.value for f in form.fields} == {
        "what": "Talk to Mia",
        "due": "2027-04-12",
    }

    assert led.press("eve", "Change the words", mine).code == "not_yours"
    assert led.hand_in("eve", form, what="Stolen").code == "not_yours"
    assert only(led).what == "Talk to Mia"

    assert led.hand_in("ben", form, what="Write to Mia").sentence == "Changed, in your words."
    assert only(led).what == "Write to Mia"


def test_a_date_that_is_not_changed_does_not_start_anything_afresh(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    made = only(led)
    led.wait(days=1)
    form = led.press("ben", "Change the words", led.type("ben", "actions").card).form

    led.hand_in("ben", form, what="Write to Mia")

    assert only(led).changed_at == made.changed_at


def test_another_date_counts_from_now_and_ends_a_snooze(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.do("ben", Pressed("snooze", value=only(led).id))
    led.wait(days=1)
    form = led.press("ben", "Change the words", led.type("ben", "actions").card).form

    led.hand_in("ben", form, due="2027-05-03")

    action = only(led)
    assert (f"{action.due}", action.changed_at) == ("2027-05-03 18:00:00", led.now)
    assert action.snoozed_until is None


def test_a_date_that_has_passed_is_no_change(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    form = led.press("ben", "Change the words", led.type("ben", "actions").card).form

    assert led.hand_in("ben", form, due="2027-02-01").code == "past"
    assert f"{only(led).due}" == "2027-04-12 18:00:00"


def test_words_are_not_emptied_by_leaving_them_out(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")

    led.decide(ChangeAction(who="ben", action=only(led).id, visibility="nobody"))

    assert (only(led).what, only(led).visibility) == ("Talk to Mia", "me")


def test_sharing_and_hiding_again(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")

    led.press("ben", "Share with the set", led.type("ben", "actions").card)
    shared = led.type("eve", "actions", whose="set").card
    assert quotes(shared) == ["Talk to Mia"]
    assert "Ben" in words_of(shared)

    led.press("ben", "Only me", led.type("ben", "actions").card)
    assert quotes(led.type("eve", "actions", whose="set").card) == []


def test_an_action_that_is_gone_cannot_be_changed(led: Stage) -> None:
    filled = Submitted("change_action", (("what", "New"), ("due", "2027-03-09")), value="gone")

    assert led.do("ben", filled).code == "not_yours"


# --- deleting -------------------------------------------------------------------------------------


def test_deleting_is_asked_and_then_for_good(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")

    sure = led.press("ben", "Delete", led.type("ben", "actions").card).card
    assert quotes(sure) == ["Talk to Mia"]
    assert labels(sure) == ["Delete it for good"]
    assert len(led.set.actions) == 1

    assert led.press("eve", "Delete it for good", sure).code == "not_yours"
    assert led.press("ben", "Delete it for good", sure).sentence == "Deleted."
    assert led.set.actions == ()
    assert led.press("ben", "Delete it for good", sure).code == "not_yours"


def test_a_deleted_action_is_owed_no_more_in_the_running_meeting(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.type("ana", "start")
    assert [o.owner for o in led.session.owed] == ["ben"]

    sure = led.press("ben", "Delete", led.type("ben", "actions").card).card
    led.press("ben", "Delete it for good", sure)

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
    led: Stage, label: str, outcome: Outcome, closes: bool
) -> None:
    led.keep("ben", "Talk to Mia")

    asked = led.press("ben", label, led.type("ben", "done").card)

    action = only(led)
    assert (action.outcome, action.open) == (outcome, not closes)
    assert action.reported_at == led.now
    assert action.closed_at == (led.now if closes else None)
    assert len(asked.form.fields) == (3 if closes else 5)

    what_now = {} if closes else {"what_now": "Write it down"}
    heard = led.hand_in("ben", asked.form, happened="We spoke", learned="Ask early", **what_now)
    assert heard.sentence == "Thank you. It is kept."
    action = only(led)
    assert (action.happened, action.learned) == ("We spoke", "Ask early")
    assert action.learning_visibility == "me"
    assert action.what == ("Talk to Mia" if closes else "Write it down")


def test_words_may_be_left_out_and_earlier_ones_stay(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    form = led.press("ben", "Partly", led.type("ben", "done").card).form
    led.hand_in("ben", form, happened="We spoke")

    led.hand_in("ben", form, learned="Ask early", visibility="My set", due="2027-05-03")

    action = only(led)
    assert (action.happened, action.learned) == ("We spoke", "Ask early")
    assert (action.learning_visibility, f"{action.due}") == ("set", "2027-05-03 18:00:00")


def test_one_open_action_needs_no_asking_which(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    assert labels(led.type("ben", "done").card) == [
        "Done",
        "Partly",
        "Changed",
        "Dropped",
        "Still going",
    ]

    heard = led.push("ben", Pressed("done"))

    assert heard.form.title == "How did it go?"
    assert only(led).outcome is Outcome.DONE


def test_a_double_click_closes_nothing_else(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.push("ben", Pressed("done"))

    again = led.push("ben", Pressed("done"))

    assert again.refusal is None
    assert only(led).outcome is Outcome.DONE
    assert led.push("ben", Pressed("dropped")).code == "no_action"


def test_a_minute_later_the_same_press_finds_nothing_open(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.push("ben", Pressed("done"))
    led.wait(seconds=61)

    assert led.push("ben", Pressed("done")).code == "no_action"
    assert led.push("eve", Pressed("done")).code == "no_action"


def test_with_several_open_actions_one_is_asked_which(led: Stage) -> None:
    for n in range(10):
        led.keep("ben", f"Number {n}", due=f"2027-04-{10 + n}")

    asked = led.push("ben", Pressed("done")).card
    assert asked.title == "Which one do you mean?"
    assert quotes(asked) == [f"Number {n}" for n in range(8)]
    rest = led.press("ben", "Show the rest", asked).card
    assert quotes(rest) == ["Number 8", "Number 9"]
    assert "Show the rest" not in labels(rest)

    led.press("ben", "This one (2)", rest)

    closed = [a.what for a in led.set.actions if not a.open]
    assert closed == ["Number 9"]
    assert len(led.type("ben", "done").card.buttons()) > 5


def test_ones_own_actions_come_by_threes(led: Stage) -> None:
    for n in range(4):
        led.keep("ben", f"Number {n}", how="It shows", helper="Eve")

    first = led.type("ben", "actions").card
    assert quotes(first) == ["Number 0", "Number 1", "Number 2"]
    assert "You will know by this: It shows" in words_of(first)
    assert "Who could help: Eve" in words_of(first)
    assert "Open · Only you see it · Until" in words_of(first)

    rest = led.press("ben", "Show the rest", first).card
    assert quotes(rest) == ["Number 3"]
    beyond = led.push("ben", Pressed("show_mine", value="7")).card
    assert quotes(beyond) == quotes(first)


def test_who_has_no_action_is_shown_how_to_keep_one(led: Stage) -> None:
    card = led.type("ben", "actions").card

    assert labels(card) == ["Save an action for me"]
    assert led.press("ben", "Save an action for me", card).form.title == "Your action"


def test_what_the_set_shares_comes_in_pages_too(led: Stage) -> None:
    for n in range(9):
        led.keep("ben", f"Number {n}", visibility="My set")

    shared = led.type("eve", "actions", whose="set").card
    assert len(quotes(shared)) == 8
    assert quotes(led.press("eve", "Show the rest", shared).card) == ["Number 8"]


@pytest.mark.parametrize("outcome", ["open", "excellent", ""])
def test_there_are_five_outcomes_and_no_more(led: Stage, outcome: str) -> None:
    led.keep("ben", "Talk to Mia")
    before = led.set

    assert led.decide(ReportAction(who="ben", action="", outcome=outcome)).code == "no_action"
    assert led.set is before


def test_a_word_on_an_action_with_a_date_that_has_passed_is_refused(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    told = TellAction(who="ben", action=only(led).id, due=only(led).due - timedelta(days=60))

    assert led.decide(told).code == "past"


def test_actions_of_a_former_member_are_shared_no_more(led: Stage) -> None:
    led.keep("ben", "Talk to Mia", visibility="My set")

    led.leave("ben")

    assert quotes(led.type("eve", "actions", whose="set").card) == []


# --- always ---------------------------------------------------------------------------------------


def test_nobody_touches_what_is_not_theirs(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    action = only(led).id
    before = led.set

    for command in (
        ChangeAction(who="ana", action=action, what="Mine"),
        ReportAction(who="ana", action=action, outcome="done"),
        TellAction(who="ana", action=action, happened="?"),
        RemindAction(who="ana", action=action, how="stop"),
    ):
        assert led.decide(command).code == "not_yours"
    for action_of_button in ("delete_sure", "done"):
        signal = Pressed(action_of_button, led.set.id, value=action)
        assert led.do("ana", signal).code == "not_yours"
    filled = Submitted("report", (("happened", "Lies"),), value=action)
    assert led.do("ana", filled).code == "not_yours"
    assert led.set is before


def test_the_button_under_more_keeps_an_action_too() -> None:
    play = Stage.at("explore")
    play.more("eve")

    play.fill("eve", "Save an action for me", what="Write to Mia")

    assert only(play).owner == "eve"


def test_an_outcome_can_be_corrected_even_where_no_meeting_runs(led: Stage) -> None:
    led.meet()
    led.keep("ben", "Talk to Mia")
    led.push("ben", Pressed("done"))
    assert led.session.owed == ()

    led.decide(ReportAction(who="ben", action=only(led).id, outcome="partly"))

    assert only(led).open


def test_of_several_actions_all_are_shown_and_then_the_one(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.keep("ben", "Sleep on it")
    several = led.type("ben", "done").card
    assert several.title == "Your actions"

    assert led.press("ben", "How did it go?", several).card.title == "How did it go?"


def test_long_actions_come_in_pages_that_fit_a_message(led: Stage) -> None:
    for n in range(7):
        led.keep("ben", f"{n} " + "w" * 298, how="h" * 300, helper="p" * 300)

    pages = [led.type("ben", "actions").card]
    while "Show the rest" in labels(pages[-1]):
        pages.append(led.press("ben", "Show the rest", pages[-1]).card)

    assert [q[0] for page in pages for q in quotes(page)] == list("0123456")
    assert all(size_of(page) <= 4000 for page in pages)


def test_a_reminder_of_thirty_actions_fits_a_message(led: Stage) -> None:
    for n in range(MOST_OPEN):
        led.keep("ben", f"Write {n}")
    led.wait(days=2)

    reminder = led.private("ben")[-1]

    assert "And 26 more actions." in words_of(reminder)
    assert len(labels(reminder)) <= 25
    assert size_of(reminder) <= 4000
