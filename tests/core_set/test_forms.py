"""Forms: what people fill in is cleaned, checked, kept in their words, or kindly handed back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.cards import FieldKind, Form
from bot.core.decision import Refusal
from bot.core.input import understanding
from bot.core.input.forms import FORMS, read
from bot.core.meeting import posts
from bot.core.meeting.commands import HaveSpoken
from bot.core.signals import Caller, Pressed, Reacted, Submitted, Typed
from tests.core_set.town import CAST, Town, words

HIDDEN = (
    "",
    " ",
    "\n\n",
    "\t",
    "\u200b",
    "\u200b\u200b\u2060",
    "\ufeff",
    "\u200d",
    "\u2800",
    "\x00",
)
"""Texts that show nothing."""


def filled(form: str, **given: str) -> Submitted:
    """A form with these words, and nothing else."""
    return Submitted(form, tuple(given.items()))


def test_every_form_asks_five_things_at_most_and_each_has_a_label() -> None:
    for form in FORMS.values():
        assert 1 <= len(form.fields) <= 5, form.key
        assert form.title
        assert form.submit
        assert all(f.label for f in form.fields)
        for f in form.fields:
            assert (f.kind is FieldKind.CHOICE) == bool(f.choices)


@pytest.mark.parametrize("nothing", HIDDEN)
def test_what_shows_nothing_is_empty(led: Town, nothing: str) -> None:
    before = led.set

    heard = led.keep("Ben", nothing)

    assert heard.sentence == "Please fill in “What will you do?”."
    assert heard.refusal is not None
    assert (heard.code, heard.refusal.field) == ("empty", "what")
    assert led.set is before


@pytest.mark.parametrize("nothing", HIDDEN)
def test_a_set_needs_a_name(town: Town, nothing: str) -> None:
    form = town.type("Ana", "set new").form

    assert town.hand_in("Ana", form, name=nothing).code == "empty"
    assert town.room.set is None


def test_ten_thousand_characters_are_too_many_and_the_limit_is_said(led: Town) -> None:
    before = led.set

    heard = led.keep("Ben", "x" * 10_000)

    assert heard.sentence == "“What will you do?” takes 300 characters. Yours has 10000."
    assert led.set is before


def test_the_limit_counts_what_shows(led: Town) -> None:
    assert led.keep("Ben", "\u200b" * 500 + "x" * 300 + "\u202e").refusal is None
    assert led.keep("Ben", "x" * 301).code == "too_long"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Talk\x00 to\x07 Mia", "Talk to Mia"),
        ("\u202eaiM ot klaT\u202c", "aiM ot klaT"),
        ("\u2066Talk\u2069 to \u200fMia", "Talk to Mia"),
        ("Talk\ud800 to Mia\udfff", "Talk to Mia"),
        ("  Talk\tto Mia  ", "Talk to Mia"),
        ("One\r\ntwo\u2028three\x0bfour", "One\ntwo\nthree\nfour"),
        ("One\n\n\n\n\ntwo  \n", "One\n\ntwo"),
        ("Cafe\u0301", "Café"),
        ("👩\u200d🚒 rings", "👩\u200d🚒 rings"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("*<@U123> `code` @everyone", "*<@U123> `code` @everyone"),
    ],
)
def test_words_are_cleaned_of_what_nobody_sees_and_of_nothing_else(
    led: Town, typed: str, kept: str
) -> None:
    led.keep("Ben", typed)

    assert led.set.actions[0].what == kept


def test_one_line_answers_stay_on_one_line(town: Town) -> None:
    town.hand_in("Ana", town.type("Ana", "set new").form, name="Aurora\r\n\n of the  north")

    assert town.set.name == "Aurora of the north"


@pytest.mark.parametrize("typed", ["set", "SET", "My set", "my SET "])
def test_a_choice_is_taken_by_value_or_by_label(led: Town, typed: str) -> None:
    led.keep("Ben", "Talk to Mia", visibility=typed)

    assert led.set.actions[0].shared


def test_an_empty_choice_is_what_stood_there(town: Town) -> None:
    town.hand_in("Ana", town.type("Ana", "set new").form, name="Aurora", format="")

    assert town.set.format == "90"


def test_a_choice_we_do_not_offer_is_answered_with_those_we_do(led: Town) -> None:
    heard = led.keep("Ben", "Talk to Mia", visibility="everyone")

    assert heard.sentence == "“Who may see it?” takes one of: My set, Only me."


@pytest.mark.parametrize("zone", ["Europe/Londn", "../../etc/passwd", "/etc/localtime", "x\x00y"])
def test_a_time_zone_that_is_none_is_refused_with_an_example(town: Town, zone: str) -> None:
    heard = town.hand_in("Ana", town.type("Ana", "set new").form, name="Aurora", zone=zone)

    assert heard.sentence == "I couldn't read “Time zone”. Try Europe/London."
    assert town.room.set is None


def test_a_form_we_do_not_know_any_more(led: Town) -> None:
    heard = led.do("Ben", filled("retired", what="x"))

    assert heard.sentence == "I don't know this form any more. Please open it again."


def test_a_field_that_was_not_sent_is_empty_and_one_too_many_is_left_out() -> None:
    found = read(filled("action", what="Talk", surprise="!"))

    assert isinstance(found, Submitted)
    assert found.get("what") == "Talk"
    assert found.get("surprise") == ""
    assert found.get("visibility") == "set"


def test_without_a_set_a_form_has_nowhere_to_go(town: Town) -> None:
    heard = town.do("Ana", filled("action", what="Talk"))

    assert heard.sentence == "There's no set here any more. Type /als start to make one."


def test_a_form_of_a_phase_finds_no_meeting(led: Town) -> None:
    assert led.do("Ben", filled("ask", question="Why?")).code == "no_meeting"
    led.type("Ana", "start")
    assert led.do("Ben", filled("ask", question="Why?")).code == "wrong_phase"


# --- which form opens -----------------------------------------------------------------------------


def test_what_a_command_brings_stands_in_its_form(led: Town) -> None:
    form = led.type("Ben", "action", what=" Talk\u200b ", by="next Friday").form

    values = {f.key: f.value for f in form.fields}
    assert (values["what"], values["due"], values["visibility"]) == ("Talk", "next Friday", "me")


def test_what_is_too_long_for_a_field_is_cut_there(led: Town) -> None:
    form = led.type("Ben", "bid", title="x" * 5000).form

    assert len(form.fields[0].value) == form.fields[0].limit


def test_an_issue_may_be_drafted_between_meetings_and_comes_back_filled_in(led: Town) -> None:
    form = led.type("Ben", "pitch", title="How do I say no?").form
    heard = led.hand_in("Ben", form, why="It is Friday", urgency="3 · It's pressing")
    assert heard.sentence == ("Saved, only for you. Offer it when the meeting asks for issues.")

    again = led.type("Ben", "bid").form
    assert [f.value for f in again.fields] == ["How do I say no?", "It is Friday", "3"]
    led.hand_in("Ben", again, title="How do I say yes?")
    assert [(d.owner, d.title) for d in led.set.drafts] == [("ben", "How do I say yes?")]

    led.begin(*CAST)
    led.to("bids")
    offered = led.press("Ben", "Offer an issue").form
    assert offered.fields[0].value == "How do I say yes?"
    assert led.press("Eve", "Offer an issue").form.fields[0].value == ""


def test_an_issue_that_was_offered_comes_before_one_that_was_kept(led: Town) -> None:
    led.hand_in("Ben", led.type("Ben", "bid").form, title="Kept")
    led.begin(*CAST)
    led.to("bids")
    led.offer("Ben", "Offered")

    assert led.press("Ben", "Offer an issue").form.fields[0].value == "Offered"


def test_once_the_vote_is_over_a_draft_waits_for_the_end(led: Town) -> None:
    led.begin(*CAST)
    opened = led.type("Eve", "bid").form
    led.to("bids")
    led.offer("Ben", "How do I say no?")
    led.to("present")

    for heard in (led.type("Eve", "bid"), led.hand_in("Eve", opened, title="Mine")):
        assert heard.code == "later"
        assert "for the next" in heard.sentence
    assert led.set.drafts == ()


def test_a_draft_before_the_vote_is_open_to_members_alone(led: Town) -> None:
    led.begin("Ana", "Ben", "Chidi")

    assert isinstance(led.opened("Ben", Typed("bid")), Form)
    assert led.type("Zoe", "bid").code == "not_member"
    assert led.do("Zoe", filled("bid", title="Mine")).code == "not_member"
    nowhere = Town().opened("Ana", Typed("bid"))
    assert isinstance(nowhere, Refusal)
    assert nowhere.code == "no_set"


def test_a_bid_sent_from_a_card_that_is_gone_is_not_a_draft(led: Town) -> None:
    stale = replace(filled("bid", title="Mine"), step=3)

    assert led.do("Ben", stale).code == "no_meeting"


def test_scheduling_needs_a_set(town: Town) -> None:
    assert town.type("Ana", "schedule").code == "no_set"


def test_who_is_not_in_the_meeting_gets_none_of_its_forms(led: Town) -> None:
    led.begin(*CAST)
    led.to("bids")

    assert led.push("Zoe", Pressed("offer")).code == "not_member"


def test_a_button_of_an_earlier_step_opens_nothing(led: Town) -> None:
    led.begin(*CAST)
    led.to("bids")
    old = Pressed("offer", led.session.id, led.session.at)
    led.offer("Ben", "How do I say no?")
    led.to("present")

    assert led.push("Eve", old).code == "just_moved"
    assert led.push("Eve", Pressed("reflect")).code == "wrong_phase"


def test_where_no_meeting_is_on_its_buttons_open_nothing(led: Town) -> None:
    assert led.push("Eve", Pressed("reflect")).code == "no_meeting"


def test_other_signals_open_nothing(led: Town) -> None:
    assert led.opened("Ben", Reacted("slot", "✅")) is None
    assert led.opened("Ben", Typed("gibberish")) is None
    assert led.opened("Ben", Typed("home")) is None
    assert led.opened("Ben", Pressed("more")) is None


def test_try_again_opens_what_was_wanted(town: Town) -> None:
    assert town.push("Ana", Pressed("try_again", value="set new")).form.value == "new"
    assert town.push("Ana", Pressed("try_again", value="nonsense")).form.value == "start"
    town.found(*CAST)
    opened = town.opened("Ben", Pressed("try_again", value="action"))
    assert isinstance(opened, Form)
    assert opened.key == "action"


def test_a_second_founding_is_refused_but_a_start_is_a_start(led: Town) -> None:
    heard = led.type("Ben", "set new")

    assert heard.sentence == "Aurora already meets here. Type /als set join to join it."
    assert led.opened("Ana", Typed("start")) is None


# --- the part for action points -------------------------------------------------------------------


@pytest.fixture
def planning(led: Town) -> Town:
    """A meeting in which Ben says what he will do."""
    led.begin(*CAST)
    led.to("bids")
    led.offer("Ben", "How do I say no?")
    led.to("action_plan")
    return led


def test_the_presenter_plans_three_at_most_in_their_words(planning: Town) -> None:
    assert "stays silent with Ben" in words(planning.newest("Add an action"))
    assert planning.act("One", due="2027-03-20").sentence == "Saved, 1 of 3."
    assert planning.act("Two", visibility="Only me").refusal is None
    assert planning.act("Three").sentence == "Saved, 3 of 3."

    heard = planning.press("Ben", "Add an action")

    assert heard.sentence == "3 actions are enough for 1 round. Press That's all."
    late = Submitted("action", (("what", "Four"),), step=planning.session.at, value="plan")
    assert planning.do("Ben", late).code == "enough"
    assert [f"{a.due}" for a in planning.set.actions] == [
        "2027-03-20 18:00:00",
        "2027-04-12 18:00:00",
        "2027-04-12 18:00:00",
    ]


def test_the_set_reads_that_the_presenter_is_done_and_what_they_share(planning: Town) -> None:
    planning.act("Talk to Mia")
    planning.act("Secret thing", visibility="me")
    assert not any("Ben's actions" in words(p.card) for p in posts.posts(planning.session))

    planning.press("Ben", "That's all")

    (said,) = (
        words(p.card) for p in posts.posts(planning.session) if p.card.title.startswith("Ben")
    )
    assert said == "Ben's actions\n“Talk to Mia”"
    assert planning.phase == "learning_review"


def test_no_action_is_a_choice(planning: Town) -> None:
    planning.press("Ben", "No action")

    (said,) = (
        words(p.card) for p in posts.posts(planning.session) if p.card.title.startswith("Ben")
    )
    assert "Ben is ready to go on" in said
    assert planning.set.actions == ()


def test_no_action_after_an_action_is_a_slip(planning: Town) -> None:
    planning.act("Talk to Mia")

    heard = planning.press("Ben", "No action")

    assert heard.sentence == (
        "You've already written an action. Press That's all to move on with it."
    )
    assert planning.phase == "action_plan"


def test_nobody_else_writes_there(planning: Town) -> None:
    heard = planning.press("Eve", "Add an action")
    assert heard.sentence == (
        "Only Ben adds actions here. For yours, press “Save an action for me” under More."
    )
    form = planning.press("Ben", "Add an action").form

    assert planning.hand_in("Eve", form, what="Mine").code == "out_of_turn"
    assert planning.press("Eve", "That's all").code == "out_of_turn"
    assert planning.set.actions == ()


@pytest.mark.parametrize(
    ("due", "code"), [("2027-02-01", "past"), ("2127-02-01", "far"), ("someday", "unreadable")]
)
def test_a_date_it_cannot_have_is_handed_back(planning: Town, due: str, code: str) -> None:
    before = planning.session

    assert planning.act("Talk to Mia", due=due).code == code
    assert planning.session is before


def test_the_same_action_planned_twice_is_one(planning: Town) -> None:
    sent = Submitted(
        "action", (("what", "Talk"),), step=planning.session.at, value="plan", fresh="once"
    )
    planning.do("Ben", sent)
    planning.do("Ben", sent)

    assert len(planning.set.actions) == 1


def test_with_thirty_open_ones_nothing_of_it_has_happened(planning: Town) -> None:
    for n in range(30):
        planning.keep("Ben", f"Number {n}")
    before = planning.room

    assert planning.act("One more").code == "too_many"
    assert planning.room == before


def test_what_was_planned_stands_when_time_moves_the_meeting_on(planning: Town) -> None:
    planning.act("Talk to Mia")
    step = planning.session.at
    planning.to("learning_review")
    assert any("Ben's actions" in words(p.card) for p in posts.posts(planning.session))

    planning.push("Ana", Pressed("back", planning.session.id, planning.session.at))
    assert planning.session.at == step
    planning.act("And another")

    assert [a.what for a in planning.set.actions] == ["Talk to Mia", "And another"]
    planning.do("Eve", Pressed("clear_words"))
    assert planning.session.memories[step].actions[0].what == "Talk to Mia"
    planning.do("Ben", Pressed("clear_words"))
    planning.to("learning_review")
    assert not any("Talk to Mia" in words(p.card) for p in posts.posts(planning.session))
    assert [a.what for a in planning.set.actions] == ["Talk to Mia", "And another"]


def test_other_buttons_mean_nothing_there(planning: Town) -> None:
    assert planning.push("Ben", Pressed("answered")).code == "wrong_phase"
    assert planning.push("Ben", Pressed("ask")).code == "wrong_phase"
    assert planning.decide(HaveSpoken(who="ben")).code == "wrong_phase"


def test_a_caller_without_a_name_founds_a_set_as_somebody(town: Town) -> None:
    command = understanding.understand(
        town.room, Caller("ana"), filled("start_set", name="Aurora", zone="UTC")
    )
    assert not isinstance(command, Refusal)

    town.decide(command)

    assert town.set.name_of("ana") == "Someone"
