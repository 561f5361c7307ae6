"""Action points in the presenter's words: none to three, seen by whom the presenter says."""

from bot.core import notice_cards
from bot.core.meeting.commands import HaveSpoken
from bot.core.meeting.phases.round.action_plan import Plan
from bot.core.signals import Pressed, Submitted
from tests.core.reading import labels, wall, words_of
from tests.core.stage import SIX, Stage


def test_an_action_is_kept_in_the_presenters_words():
    play = Stage.at("action_plan")

    play.fill(
        "ben",
        "Add an action",
        what="Talk to Mia",
        due="2027-03-20",
        how="She knows.",
        helper="Eve",
        visibility="me",
    )

    (action,) = play.set.actions
    assert play.told("ben") == "Kept, in your words: one of three."
    assert (action.owner, action.what, action.how, action.helper) == (
        "ben",
        "Talk to Mia",
        "She knows.",
        "Eve",
    )
    assert action.due == wall("2027-03-20T18:00")
    assert not action.shared


def test_without_a_date_it_is_due_in_six_weeks_at_the_same_local_time():
    play = Stage.at("action_plan")
    play.fill("ben", "Add an action", what="Talk to Mia")

    assert play.set.actions[0].due == wall("2027-04-12T18:00")


def test_without_a_date_it_is_due_at_the_next_meeting_where_one_is_planned():
    play = Stage.at("action_plan")
    play.type_form("ana", "schedule", when="2027-03-30T17:30")
    play.fill("ben", "Add an action", what="Talk to Mia")

    assert play.set.actions[0].due == wall("2027-03-30T17:30")


def test_nobody_writes_an_action_for_the_presenter():
    play = Stage.at("action_plan")
    form = play.open("ben", "Add an action")

    refusal = play.cannot_open("eve", "Add an action")
    assert "More has “Save an action for me” for yours." in refusal.sentence
    play.hand_in("eve", form, what="Talk to Mia")
    assert play.code == "out_of_turn"
    assert play.set.actions == ()
    play.press("eve", "That's all")
    assert play.code == "out_of_turn"


def test_three_are_enough():
    play = Stage.at("action_plan")
    form = play.open("ben", "Add an action")
    for n in range(3):
        play.fill("ben", "Add an action", what=f"Action {n}")

    assert play.cannot_open("ben", "Add an action").code == "enough"
    play.hand_in("ben", form, what="A fourth")
    assert play.code == "enough"
    assert len(play.set.actions) == 3


def test_no_action_is_a_choice_like_any_other():
    play = Stage.at("action_plan")

    play.press("ben", "No action")

    assert play.phase == "learning_review"
    assert "What comes of it stays with them for now." in play.text()


def test_no_action_after_an_action_is_asked_about():
    play = Stage.at("action_plan")
    play.fill("ben", "Add an action", what="Talk to Mia")

    play.press("ben", "No action")

    assert "press That's all" in play.sentence
    assert play.phase == "action_plan"


def test_the_set_reads_what_is_shared_and_never_how_many():
    play = Stage.at("action_plan")
    play.fill("ben", "Add an action", what="Talk to Mia", visibility="set")
    play.fill("ben", "Add an action", what="Sleep on it", visibility="me")
    assert "Talk to Mia" not in play.text("eve")

    play.press("ben", "That's all")

    assert play.shows("Ben is done", "eve")
    assert "Talk to Mia" in play.text("eve")
    assert "Sleep on it" not in play.text("eve")


def test_what_is_shared_stands_there_even_where_somebody_else_moved_on():
    play = Stage.at("action_plan")
    play.fill("ben", "Add an action", what="Talk to Mia", visibility="set")

    play.press("ana", "Next phase")

    assert "Talk to Mia" in play.text("eve")


def test_an_action_sent_a_moment_late_is_kept_and_shown():
    play = Stage.at("action_plan")
    form = play.open("ben", "Add an action")
    play.press("ana", "Next phase")
    assert "is done" not in play.text("eve")

    play.hand_in("ben", form, what="Talk to Mia", visibility="set")

    assert len(play.set.actions) == 1
    assert "Talk to Mia" in play.text("eve")


def test_going_back_to_the_plan_keeps_it_and_waits_for_more():
    play = Stage.at("action_plan")
    play.fill("ben", "Add an action", what="Talk to Mia")
    play.press("ben", "That's all")
    play.more("ana")
    play.press("ana", "Back")

    assert play.phase == "action_plan"
    assert len(play.session.memory(Plan).actions) == 1
    play.press("ben", "That's all")
    assert play.phase == "learning_review"


def test_the_same_form_delivered_twice_keeps_one_action():
    play = Stage.at("action_plan")
    form = play.open("ben", "Add an action")
    fields = tuple((f.key, "Talk to Mia" if f.key == "what" else f.value) for f in form.fields)
    signal = Submitted(form.key, fields, form.subject, form.step, form.value, fresh="same")
    play.do("ben", signal)
    before = play.room
    play.do("ben", signal)

    assert play.code == ""
    assert play.room == before


def test_thirty_open_actions_are_enough_for_anyone():
    play = Stage.at("action_plan")
    for n in range(30):
        play.type_form("ben", "action", what=f"Own action {n}")
    before = play.room

    play.fill("ben", "Add an action", what="One more")

    assert play.code == "too_many"
    assert play.room == before


def test_clearing_deletes_the_post_and_keeps_the_action():
    play = Stage.at("action_plan", SIX)
    play.fill("ben", "Add an action", what="Talk to Mia", visibility="set")
    play.press("ben", "That's all")
    play.go_on_to("close")
    play.press("eve", "Clear the words")
    assert "Talk to Mia" in play.text("dana")

    play.press("ben", "Clear the words")

    assert "Talk to Mia" not in play.text("dana")
    assert play.set.actions[0].what == "Talk to Mia"


# --- a presenter gone silent ----------------------------------------------------------------------


def test_the_facilitator_is_asked_what_to_do_where_nothing_comes_for_three_minutes():
    play = Stage.at("action_plan")

    play.wait(minutes=2.9)
    before = len(play.private("ana"))
    play.wait(minutes=0.1)

    card = play.private("ana")[-1]
    assert len(play.private("ana")) == before + 1
    assert card.title == "“Action points” is quiet"
    assert "Nothing has come from Ben for three minutes. The round is not lost." in words_of(card)
    assert labels(card) == ["Wait", "Next phase", "Back"]
    assert play.phase == "action_plan"


def test_an_action_is_a_word_from_the_presenter():
    play = Stage.at("action_plan", format="180-deep")
    play.wait(minutes=2)
    play.fill("ben", "Add an action", what="Talk to Mia")

    play.wait(minutes=2.9)
    assert not any(n.card == "silent" for n in play.notices)

    play.wait(minutes=0.1)
    assert play.notices[-1].card == "silent"


def test_the_question_about_a_silent_presenter_is_of_no_use_once_they_have_gone_on():
    play = Stage.at("action_plan")
    play.wait(minutes=3)
    notice = play.notices[-1]
    assert notice_cards.draw(play.room, notice) is not None

    play.fill("ben", "Add an action", what="Talk to Mia")

    assert notice_cards.draw(play.room, notice) is None


def test_a_pause_is_no_silence_of_who_plans():
    play = Stage.at("action_plan")
    play.wait(minutes=2)
    play.type("ana", "pause")
    play.wait(minutes=5)
    play.type("ana", "pause")

    play.wait(minutes=2.9)

    assert not any(n.card == "silent" for n in play.notices)


def test_nobody_is_asked_about_silence_where_no_person_holds_the_process():
    play = Stage.at("action_plan", facilitation="bot-held")

    play.wait(minutes=4)

    assert not any(n.card == "silent" for n in play.notices)


def test_after_the_last_minutes_the_end_of_the_time_asks_instead():
    play = Stage.at("action_plan")
    play.wait(minutes=2.9)
    play.fill("ben", "Add an action", what="Talk to Mia")
    play.wait(minutes=2)
    play.fill("ben", "Add an action", what="Sleep on it")

    play.wait(minutes=2)

    assert [n.card for n in play.notices[-2:]].count("silent") == 0
    assert "time_up" in [n.card for n in play.notices]


def test_going_back_to_the_plan_gives_the_presenter_time_anew():
    play = Stage.at("action_plan")
    play.wait(minutes=3)
    play.press("ben", "No action")
    play.press("ana", "More")
    play.press("ana", "Back")
    assert play.phase == "action_plan"

    assert any(d.what == "long_wait" for d in play.deadlines())


def test_other_buttons_mean_nothing_there():
    play = Stage.at("action_plan")

    assert play.push("ben", Pressed("answered")).code == "wrong_phase"
    assert play.push("ben", Pressed("ask")).code == "wrong_phase"
    assert play.decide(HaveSpoken(who="ben")).code == "wrong_phase"
