"""Action points between the meetings: kept, changed, reported on and deleted by their owner."""

from datetime import timedelta

import pytest

from bot.core.exchange import KeepAction
from bot.core.learning_set.commands import ChangeAction, RemindAction, ReportAction, TellAction
from bot.core.signals import Pressed, Typed
from tests.core.stage import Meeting, size_of, wall, words_of


def quiet() -> Meeting:
    """A set between its meetings, in which nobody has anything to do."""
    play = Meeting.at("close")
    play.close()
    return play


def with_actions(number: int = 1, *, shared: bool = False) -> Meeting:
    """Eve keeps so many actions of her own."""
    play = quiet()
    for n in range(number):
        play.type_form("eve", "action", what=f"Write {n}", visibility="set" if shared else "me")
    return play


def test_anyone_keeps_an_action_of_their_own():
    play = quiet()

    play.type_form("eve", "action", what="Write to Mia", due="2027-03-20", how="Sent.")

    (action,) = play.set.actions
    assert (action.owner, action.what, action.how) == ("eve", "Write to Mia", "Sent.")
    assert action.due == wall("2027-03-20T18:00")
    assert not action.shared
    assert play.told("eve") == "Saved, due Saturday 20 March 2027, 18:00."


def test_without_a_date_it_is_due_at_the_next_meeting():
    assert with_actions().set.actions[0].due == wall("2027-04-12T18:00")


def test_a_set_without_a_plan_takes_the_time_of_day_of_its_founding():
    play = Meeting.with_people()
    play.type_form("eve", "action", what="Write", due="2027-03-20")
    play.type_form("eve", "action", what="Call")

    assert play.set.actions[0].due == wall("2027-03-20T18:00")
    assert play.set.actions[1].due == wall("2027-04-12T18:00")


def test_the_command_fills_the_form():
    play = quiet()
    typed = Typed("action", (("what", " Write\u200b "), ("by", "2027-03-20"), ("zz", "?")))

    form = play.open_by("eve", typed)

    assert [f.value for f in form.fields[:2]] == ["Write", "2027-03-20"]
    long = play.open_by("eve", Typed("action", (("what", "x" * 10_000),)))
    assert len(long.fields[0].value) == 300


def test_the_button_under_more_does_the_same():
    play = Meeting.at("explore")
    play.more("eve")
    play.fill("eve", "Save an action for me", what="Write to Mia")

    assert play.set.actions[0].owner == "eve"


@pytest.mark.parametrize(
    ("due", "code"), [("2027-03-01", "past"), ("2127-03-01", "far"), ("soon", "unreadable")]
)
def test_a_date_that_makes_no_sense_names_its_field(due, code):
    play = quiet()
    play.pass_time(minutes=1)

    play.type_form("eve", "action", what="Write", due=due)

    assert (play.code, play.field) == (code, "due")
    assert play.set.actions == ()


def test_the_same_action_kept_twice_is_one():
    play = quiet()
    keep = KeepAction(who="eve", action="a", what="Write", due=None)
    play.decide(keep)
    before = play.set

    play.decide(keep)

    assert play.set is before


# --- changing -------------------------------------------------------------------------------------


def test_words_and_date_are_changed_by_their_owner():
    play = with_actions()
    play.type("eve", "actions")
    form = play.open("eve", "Change the words")
    assert [f.value for f in form.fields] == ["Write 0", "2027-04-12"]

    play.hand_in("eve", form, what="Write less", due="2027-04-20")

    assert play.told("eve") == "Updated."
    assert play.set.actions[0].what == "Write less"
    assert play.set.actions[0].due == wall("2027-04-20T18:00")


def test_a_date_left_as_it_is_changes_no_reminder():
    play = with_actions()
    before = play.set.actions[0]
    play.pass_time(days=1)
    play.type("eve", "actions")
    play.fill("eve", "Change the words", what="Write less")

    assert play.set.actions[0].changed_at == before.changed_at


def test_a_date_in_the_past_is_refused_here_too():
    play = with_actions()
    play.type("eve", "actions")
    play.fill("eve", "Change the words", due="2027-02-01")
    assert (play.code, play.field) == ("past", "due")

    play.decide(TellAction(who="eve", action=play.set.actions[0].id, due=wall("2027-02-01T10:00")))
    assert play.code == "past"


def test_who_may_see_it_is_the_owners_to_say():
    play = with_actions()
    play.type("eve", "actions")
    assert "Only you can see it" in play.told("eve")
    play.press("eve", "Share with the set")
    play.type("ana", "actions", whose="set")
    assert "Write 0" in play.told("ana")

    play.type("eve", "actions")
    assert "Shared with the set" in play.told("eve")
    play.press("eve", "Only me")
    play.type("ana", "actions", whose="set")
    assert "No shared actions yet." in play.told("ana")


def test_nonsense_about_who_may_see_it_changes_nothing():
    play = with_actions()
    before = play.set.actions

    play.decide(ChangeAction(who="eve", action=before[0].id, visibility="everyone"))
    play.decide(KeepAction(who="eve", action="x", what="x", due=None, visibility="everyone"))

    assert play.set.actions[:1] == before
    assert not play.set.actions[1].shared


def test_nobody_touches_what_is_not_theirs():
    play = with_actions()
    action = play.set.actions[0].id
    before = play.set

    for command in (
        ChangeAction(who="ana", action=action, what="Mine"),
        ReportAction(who="ana", action=action, outcome="done"),
        TellAction(who="ana", action=action, happened="?"),
        RemindAction(who="ana", action=action, how="stop"),
    ):
        play.decide(command)
        assert play.code == "not_yours"
    play.bring("ana", Pressed("delete_sure", play.set.id, value=action))
    assert play.code == "not_yours"
    assert play.set is before


def test_a_form_about_somebody_elses_action_does_not_open():
    play = with_actions()
    play.type("eve", "actions")
    play.answers["ana"] = play.answers["eve"]

    refusal = play.cannot_open("ana", "Change the words")

    assert refusal.code == "not_yours"


def test_deleting_asks_first():
    play = with_actions()
    play.type("eve", "actions")
    play.press("eve", "Delete")
    assert "Delete this action?" in play.told("eve")
    assert play.set.actions

    play.press("eve", "Delete it for good")

    assert not play.set.actions
    assert play.told("eve") == "Deleted."


# --- reporting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "outcome", "still_open"),
    [
        ("Done", "done", False),
        ("Dropped", "dropped", False),
        ("Partly", "partly", True),
        ("Changed", "changed", True),
        ("Still going", "going", True),
    ],
)
def test_done_and_dropped_close_an_action_and_the_others_keep_it_open(label, outcome, still_open):
    play = with_actions()
    play.type("eve", "done")

    play.press("eve", label)

    assert play.set.actions[0].outcome == outcome
    assert play.set.actions[0].open is still_open
    asked = [f.key for f in play.form_told("eve").fields]
    assert ("what_now" in asked) is still_open


def test_the_form_adds_what_happened_and_what_is_next():
    play = with_actions()
    play.type("eve", "done")
    play.fill(
        "eve",
        "Partly",
        happened="Half of it.",
        learned="It takes long.",
        what_now="The other half",
        due="2027-04-30",
    )

    (action,) = play.set.actions
    assert (action.happened, action.learned, action.what) == (
        "Half of it.",
        "It takes long.",
        "The other half",
    )
    assert action.due == wall("2027-04-30T18:00")
    assert action.learning_visibility == "me"


def test_an_outcome_can_be_corrected():
    play = with_actions()
    play.type("eve", "done")
    play.press("eve", "Done")
    action = play.set.actions[0].id

    play.decide(ReportAction(who="eve", action=action, outcome="partly"))

    assert play.set.actions[0].open


def test_a_double_click_on_a_row_without_names_is_the_same_press():
    play = with_actions()
    press = Pressed("done", play.set.id)
    play.bring("eve", press)
    play.bring("eve", press)
    assert play.code == ""

    play.pass_time(minutes=2)
    play.bring("eve", press)
    assert play.code == "no_action"


def test_an_outcome_that_is_none_is_refused():
    play = with_actions()

    for outcome in ("open", "splendid", ""):
        play.decide(ReportAction(who="eve", action="", outcome=outcome))
        assert play.code == "no_action"


def test_which_one_is_asked_page_by_page():
    play = with_actions(10)
    play.bring("eve", Pressed("done", play.set.id))
    assert "Write 7" in play.told("eve")
    assert "Write 8" not in play.told("eve")

    play.press("eve", "Show the rest")
    assert "Write 9" in play.told("eve")
    play.press("eve", "This one (2)")

    assert [a.what for a in play.set.actions if not a.open] == ["Write 9"]


def test_a_single_action_is_shown_at_once_and_of_several_all():
    play = with_actions()
    play.type("eve", "done")
    assert play.told("eve").startswith("How did it go?")

    play = with_actions(2)
    play.type("eve", "done")
    assert play.told("eve").startswith("Your actions")
    play.press("eve", "How did it go?")
    assert play.told("eve").startswith("How did it go?")


# --- looking --------------------------------------------------------------------------------------


def test_my_actions_come_in_pages_that_fit_a_message():
    play = quiet()
    for n in range(7):
        play.type_form("eve", "action", what=f"{n} " + "w" * 298, how="h" * 300, helper="p" * 300)

    play.type("eve", "actions")
    seen = [play.told("eve")]
    for _ in range(2):
        play.press("eve", "Show the rest")
        seen.append(play.told("eve"))

    assert all(f"{n} www" in "".join(seen) for n in range(7))
    assert not play.sees("eve", "Show the rest")
    cards = [a for a in play.answers["eve"] if not isinstance(a, str)]
    assert all(len(words_of(card)) <= 4000 for card in cards)


def test_a_page_that_is_not_there_is_the_first_one():
    play = with_actions(2)

    play.bring("eve", Pressed("show_mine", play.set.id, value="99"))

    assert "Write 0" in play.told("eve")


def test_without_an_action_the_way_to_one_is_shown():
    play = quiet()

    play.type("eve", "actions")

    assert "You have no open actions." in play.told("eve")
    assert play.open("eve", "Save an action for me").title == "Your action"


def test_what_the_set_shares_comes_in_pages():
    play = with_actions(9, shared=True)
    play.type("ana", "actions", whose="set")
    card = play.answers["ana"][-1]
    assert not isinstance(card, str)
    assert "Write 8" not in play.told("ana")

    play.press("ana", "Show the rest")

    assert "Write 8\nEve" in play.told("ana")


def test_a_reminder_can_be_answered_with_yes():
    play = with_actions()
    play.pass_time(days=2)
    before = play.set

    play.press("eve", "Yes")

    assert play.told("eve") == "Good. Nothing has changed."
    assert play.set is before


def test_thirty_open_actions_are_enough():
    play = with_actions(30)

    play.type_form("eve", "action", what="One more")

    assert play.code == "too_many"
    play.pass_time(days=2)
    (reminder,) = [c for c in play.mail["eve"] if "Still your plan" in c.title]
    assert "And 26 more actions." in words_of(reminder)
    assert len(reminder.buttons()) <= 25
    assert size_of(reminder) <= 4000
    play.press("eve", "Show mine")
    assert "Write 0" in play.told("eve")


def test_a_reported_action_tells_no_meeting_where_none_runs():
    play = with_actions()
    play.now += timedelta(days=1)
    play.type("eve", "done")

    play.press("eve", "Done")

    assert play.session.owed == ()
