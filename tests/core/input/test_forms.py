"""Forms: what people fill in is cleaned, checked, kept in their words, or kindly handed back."""

from __future__ import annotations

from dataclasses import replace

from bot.core.cards import Form
from bot.core.decision import Refusal
from bot.core.input import understanding
from bot.core.input.forms import read
from bot.core.signals import Caller, Pressed, Reacted, Submitted, Typed
from tests.core.stage import CAST, Stage


def filled(form: str, **given: str) -> Submitted:
    """A form with these words, and nothing else."""
    return Submitted(form, tuple(given.items()))


def test_an_empty_choice_is_what_stood_there(town: Stage) -> None:
    town.hand_in("ana", town.type("ana", "set new").form, name="Aurora", format="")

    assert town.set.format == "90"


def test_a_choice_we_do_not_offer_is_answered_with_those_we_do(led: Stage) -> None:
    heard = led.keep("ben", "Talk to Mia", visibility="everyone")

    assert heard.sentence == "“Who may see it?” takes one of: My set, Only me."


def test_a_form_we_do_not_know_any_more(led: Stage) -> None:
    heard = led.do("ben", filled("retired", what="x"))

    assert heard.sentence == "I do not know this form any more; please open it again."


def test_a_field_that_was_not_sent_is_empty_and_one_too_many_is_left_out() -> None:
    found = read(filled("action", what="Talk", surprise="!"))

    assert isinstance(found, Submitted)
    assert found.get("what") == "Talk"
    assert found.get("surprise") == ""
    assert found.get("visibility") == "set"


def test_without_a_set_a_form_has_nowhere_to_go(town: Stage) -> None:
    heard = town.do("ana", filled("action", what="Talk"))

    assert heard.sentence == "There is no set here any more; type /als start to found one."


def test_a_form_of_a_phase_finds_no_meeting(led: Stage) -> None:
    assert led.do("ben", filled("ask", question="Why?")).code == "no_meeting"
    led.type("ana", "start")
    assert led.do("ben", filled("ask", question="Why?")).code == "wrong_phase"


# --- which form opens -----------------------------------------------------------------------------


def test_what_a_command_brings_stands_in_its_form(led: Stage) -> None:
    form = led.type("ben", "action", what=" Talk\u200b ", by="next Friday").form

    values = {f.key: f.value for f in form.fields}
    assert (values["what"], values["due"], values["visibility"]) == ("Talk", "next Friday", "me")


def test_what_is_too_long_for_a_field_is_cut_there(led: Stage) -> None:
    form = led.type("ben", "bid", title="x" * 5000).form

    assert len(form.fields[0].value) == form.fields[0].limit


def test_an_issue_may_be_drafted_between_meetings_and_comes_back_filled_in(led: Stage) -> None:
    form = led.type("ben", "pitch", title="How do I say no?").form
    heard = led.hand_in("ben", form, why="It is Friday", urgency="3 · It is pressing")
    assert heard.sentence == "Kept for you alone. Offer it when the meeting asks for issues."

    again = led.type("ben", "bid").form
    assert [f.value for f in again.fields] == ["How do I say no?", "It is Friday", "3"]
    led.hand_in("ben", again, title="How do I say yes?")
    assert [(d.owner, d.title) for d in led.set.drafts] == [("ben", "How do I say yes?")]

    led.begin(*CAST)
    led.to("bids")
    offered = led.press("ben", "Offer an issue").form
    assert offered.fields[0].value == "How do I say yes?"
    assert led.press("eve", "Offer an issue").form.fields[0].value == ""


def test_an_issue_that_was_offered_comes_before_one_that_was_kept(led: Stage) -> None:
    led.hand_in("ben", led.type("ben", "bid").form, title="Kept")
    led.begin(*CAST)
    led.to("bids")
    led.offer("ben", "Offered")

    assert led.press("ben", "Offer an issue").form.fields[0].value == "Offered"


def test_once_the_vote_is_over_a_draft_waits_for_the_end(led: Stage) -> None:
    led.begin(*CAST)
    opened = led.type("eve", "bid").form
    led.to("bids")
    led.offer("ben", "How do I say no?")
    led.to("present")

    for heard in (led.type("eve", "bid"), led.hand_in("eve", opened, title="Mine")):
        assert heard.code == "later"
        assert "for the next" in heard.sentence
    assert led.set.drafts == ()


def test_a_draft_before_the_vote_is_open_to_members_alone(led: Stage) -> None:
    led.begin("ana", "ben", "chidi")

    assert isinstance(led.opened("ben", Typed("bid")), Form)
    assert led.type("zoe", "bid").code == "not_member"
    assert led.do("zoe", filled("bid", title="Mine")).code == "not_member"
    nowhere = Stage().opened("ana", Typed("bid"))
    assert isinstance(nowhere, Refusal)
    assert nowhere.code == "no_set"


def test_a_bid_sent_from_a_card_that_is_gone_is_not_a_draft(led: Stage) -> None:
    stale = replace(filled("bid", title="Mine"), step=3)

    assert led.do("ben", stale).code == "no_meeting"


def test_scheduling_needs_a_set(town: Stage) -> None:
    assert town.type("ana", "schedule").code == "no_set"


def test_who_is_not_in_the_meeting_gets_none_of_its_forms(led: Stage) -> None:
    led.begin(*CAST)
    led.to("bids")

    assert led.push("zoe", Pressed("offer")).code == "not_member"


def test_a_button_of_an_earlier_step_opens_nothing(led: Stage) -> None:
    led.begin(*CAST)
    led.to("bids")
    old = Pressed("offer", led.session.id, led.session.at)
    led.offer("ben", "How do I say no?")
    led.to("present")

    assert led.push("eve", old).code == "just_moved"
    assert led.push("eve", Pressed("reflect")).code == "wrong_phase"


def test_where_no_meeting_is_on_its_buttons_open_nothing(led: Stage) -> None:
    assert led.push("eve", Pressed("reflect")).code == "no_meeting"


def test_other_signals_open_nothing(led: Stage) -> None:
    assert led.opened("ben", Reacted("slot", "✅")) is None
    assert led.opened("ben", Typed("gibberish")) is None
    assert led.opened("ben", Typed("home")) is None
    assert led.opened("ben", Pressed("more")) is None


def test_try_again_opens_what_was_wanted(town: Stage) -> None:
    assert town.push("ana", Pressed("try_again", value="set new")).form.value == "new"
    assert town.push("ana", Pressed("try_again", value="nonsense")).form.value == "start"
    town.found(*CAST)
    opened = town.opened("ben", Pressed("try_again", value="action"))
    assert isinstance(opened, Form)
    assert opened.key == "action"


def test_a_second_founding_is_refused_but_a_start_is_a_start(led: Stage) -> None:
    heard = led.type("ben", "set new")

    assert heard.sentence == "Aurora lives here already; /als set join lets you in."
    assert led.opened("ana", Typed("start")) is None


# --- the part for action points -------------------------------------------------------------------


def test_a_caller_without_a_name_founds_a_set_as_somebody(town: Stage) -> None:
    command = understanding.understand(
        town.room, Caller("ana"), filled("start_set", name="Aurora", zone="UTC")
    )
    assert not isinstance(command, Refusal)

    town.decide(command)

    assert town.set.name_of("ana") == "Somebody"
