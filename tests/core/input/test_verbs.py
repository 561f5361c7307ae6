"""The table of verbs: each is understood or opens a form, everywhere it can be typed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.cards import Text
from bot.core.command import Command
from bot.core.decision import Refusal
from bot.core.input import personal, understanding
from bot.core.input.typed import MEANINGS
from bot.core.learning_set.commands import Agree, ShowAgreement, ShowSet, StartMeeting
from bot.core.meeting.commands import (
    EndMeeting,
    Extend,
    Next,
    Pause,
    ShowMore,
    ShowReport,
    ShowStatus,
    ShowVote,
)
from bot.core.signals import Caller, Typed
from bot.core.verbs import BY_NAME, VERBS
from tests.core.reading import at, labels, words_of
from tests.core.stage import CAST, Stage

BEN = Caller("ben", "Ben")


def meant(town: Stage, verb: str, who: str = "ben", **args: str) -> Command | Refusal:
    """What a command means, for Ben if nobody else."""
    caller = Caller(who, who.capitalize())
    return understanding.understand(town.room, caller, Typed(verb, tuple(args.items()), "fresh"))


@pytest.mark.parametrize("verb", list(BY_NAME))
def test_every_verb_is_understood_or_opens_a_form_in_a_meeting(led: Stage, verb: str) -> None:
    led.begin(*CAST)
    led.to("bids")
    led.offer("dana", "How do I say no?")
    led.to("explore")

    answered = led.type("ben", verb)

    assert answered.told or answered.refusal is None or answered.sentence.endswith((".", "?"))
    assert answered.code not in ("unknown_verb", "no_set", "no_meeting")


@pytest.mark.parametrize("verb", list(BY_NAME))
def test_every_verb_has_an_answer_where_there_is_no_set(town: Stage, verb: str) -> None:
    heard = town.type("ana", verb)

    if BY_NAME[verb].opens == "start_set":
        assert heard.form.title == "Start a set"
    elif verb == "help":
        assert "one brings an issue" in heard.sentence
    elif personal.needs_no_set(Typed(verb)):
        assert heard.sentence == "The shell does that." or heard.code == "not_admin"
    else:
        assert heard.sentence == "There is no set here yet; type /als start to found one."


@pytest.mark.parametrize("verb", [v.name for v in VERBS if v.in_meeting])
def test_a_verb_of_meetings_says_when_none_is_on(led: Stage, verb: str) -> None:
    heard = led.type("ben", verb)

    assert heard.sentence == "No meeting is on just now; /als home says when the next one is."


def test_the_table_and_the_meanings_agree() -> None:
    assert set(MEANINGS) | set(personal.TYPED) | {"help"} == {v.name for v in VERBS}
    assert BY_NAME["pitch"] is BY_NAME["bid"]
    assert all(v.help.endswith(".") and o.help for v in VERBS for o in v.options)


@pytest.mark.parametrize(
    ("typed", "near"),
    [("staet", "start"), ("STATUSS", "status"), ("set joyn", "set join"), ("acton", "action")],
)
def test_an_unknown_word_is_answered_with_the_nearest(led: Stage, typed: str, near: str) -> None:
    assert led.type("ben", typed).sentence == f"I do not know that word; did you mean /als {near}?"


def test_a_word_near_to_nothing_gets_the_way_to_help(led: Stage) -> None:
    heard = led.type("ben", "xyzzy")

    assert heard.sentence == "I do not know that word; /als help shows what there is."


def test_nothing_but_the_command_itself_is_the_way_home(led: Stage) -> None:
    card = led.type("ben", "").card

    assert card.title == "Aurora"
    assert labels(card) == ["My actions", "Who is in the set", "Calendar"]
    assert "You have no open actions." in words_of(card)


def test_home_says_what_is_going_on(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.plan("2027-03-08T18:00")
    home = words_of(led.type("ben", "home").card)
    assert "Next meeting" in home
    assert "You have one open action." in home

    led.type("ana", "start")

    assert "Aurora meets now. Press “I'm here” on its board." in words_of(
        led.type("ben", "home").card
    )


def test_who_is_in_the_set(led: Stage) -> None:
    card = led.press("ben", "Who is in the set", led.type("ben", "home").card).card

    assert (
        words_of(card)
        == "Who is in Aurora\nMembers: Ana, Ben, Chidi, Dana, Eve\nThree places left."
    )
    assert led.type("zoe", "set people").code == "not_member"


def test_one_place_is_left() -> None:
    town = Stage().found(*CAST, "farid", "gwen")

    assert words_of(town.type("ben", "set people").card).endswith("One place left.")


def test_help_shows_at_most_eight_lines_and_first_what_can_be_done_now(led: Stage) -> None:
    lines = [b.text for b in led.type("ben", "help").card.blocks if isinstance(b, Text)]
    assert len(lines) <= 8
    assert lines[0].startswith("/als home")

    led.type("ana", "start")
    assert led.type("ben", "help").card.title == "What you can do now"
    led.join("zoe")
    assert isinstance(meant(led, "help"), ShowMore)


def test_help_while_a_meeting_runs_that_one_is_not_in(led: Stage) -> None:
    led.begin(*CAST)
    led.decide(Agree(who="zoe", name="Zoe"))
    people = tuple(p for p in led.session.people if p.person != "zoe")
    led.room = replace(led.room, session=replace(led.session, people=people))

    lines = [b.text for b in led.type("zoe", "help").card.blocks if isinstance(b, Text)]
    assert lines[0].startswith("/als next")


def test_help_for_who_has_not_agreed_is_the_agreement(led: Stage) -> None:
    assert led.type("zoe", "help").card.title == "What we agree on in Aurora"


def test_what_each_verb_means(led: Stage) -> None:
    led.type("ana", "start")

    assert meant(led, "next", to="bids") == Next(who="ben", to="bids")
    assert meant(led, "extend") == Extend(who="ben", minutes=2)
    assert meant(led, "extend", minutes="5") == Extend(who="ben", minutes=5)
    assert meant(led, "pause") == Pause(who="ben")
    assert meant(led, "end") == EndMeeting(who="ben")
    assert meant(led, "status") == ShowStatus(who="ben")
    assert meant(led, "vote") == ShowVote(who="ben")
    assert meant(led, "report") == ShowReport(who="ben")
    assert meant(led, "set join") == ShowAgreement(who="ben")
    assert meant(led, "actions") == ShowSet(who="ben", card="actions")
    assert meant(led, "actions", whose="set") == ShowSet(who="ben", card="actions_set")
    assert meant(led, "done", action="x") == ShowSet(who="ben", card="done", subject="x")
    started = meant(led, "start", "ana", format="60")
    assert isinstance(started, StartMeeting)
    assert (started.format, started.grace) == ("60", 120)
    assert started == meant(led, "start", "ana", format="60")


@pytest.mark.parametrize("minutes", ["five", "-1", "1.5", "²", "٥", "99999999999"])
def test_minutes_are_a_number(led: Stage, minutes: str) -> None:
    led.begin(*CAST)

    heard = led.type("ana", "extend", minutes=minutes)

    assert heard.sentence == "Give the minutes as a number, like /als extend minutes=5."


def test_verbs_that_only_open_forms_have_none_to_open_here(led: Stage) -> None:
    led.begin(*CAST)

    for verb in ("ask", "schedule", "bid", "action"):
        refusal = meant(led, verb, "ana")
        assert isinstance(refusal, Refusal)
        assert refusal.code == "wrong_phase"


def test_a_report_between_meetings_is_that_of_the_last(led: Stage) -> None:
    assert led.type("ben", "report").code == "no_meeting"
    led.meet()

    assert led.type("ben", "report").card.title == "From your meeting"


def test_done_by_a_name_that_is_none_shows_all_of_ones_own(led: Stage) -> None:
    led.keep("ben", "Talk to Mia", due=f"{at('2027-04-01 18:00'):%Y-%m-%d}")

    assert led.type("ben", "done", action="gone").card.title == "Your actions"


def test_the_calendar_says_whether_there_is_anything_to_take(led: Stage) -> None:
    assert "No meeting is planned yet." in words_of(led.type("ben", "calendar").card)

    led.plan("2027-03-08T18:00")

    card = led.press("ben", "Calendar", led.type("ben", "home").card).card
    assert "your calendar takes the dates" in words_of(card)


def test_whose_calendar_address_is_renewed_is_a_member(led: Stage) -> None:
    before = led.set.member("ben")

    led.type("ben", "calendar", renew="yes")

    assert led.set.member("ben") == replace(before, feed=before.feed + 1)
    assert led.type("zoe", "calendar", renew="yes").refusal is not None
    assert meant(led, "calendar", renew="no") == ShowSet(who="ben", card="calendar")
