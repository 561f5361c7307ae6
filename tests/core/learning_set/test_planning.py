"""Planning and moving by words, cancelling, and who comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core import engine, notice_cards
from bot.core.decision import Matter, Notice
from bot.core.learning_set.commands import PlanMeeting
from bot.core.learning_set.meetings.held import RECOUNTED_BEFORE
from bot.core.learning_set.rhythm import EVERY_SIX_WEEKS
from bot.core.learning_set.state import Meeting, MeetingStatus, Reply
from bot.core.signals import Pressed, Reacted, Recounted, Submitted
from tests.core.reading import at, labels, named, rows, words_of
from tests.core.road import Heard
from tests.core.stage import CAST, Stage

APRIL = "2027-04-12T18:00"


def guessed(town: Stage, when: str, who: str = "ana", **more: str) -> Heard:
    """The form handed in with a date that the shell has read from somebody's words."""
    form = town.type(who, "schedule").form
    given = {f.key: more.get(f.key, f.value) for f in form.fields} | {"when": when}
    fields = tuple(given.items())
    return town.do(who, Submitted("schedule", fields, form.subject, guessed=frozenset({"when"})))


def planned(town: Stage) -> tuple[str, str, int]:
    """The next meeting: when, how long, how often it was moved."""
    (meeting,) = town.set.planned()
    return f"{meeting.wall:%Y-%m-%d %H:%M}", meeting.format, meeting.sequence


def cancelled(town: Stage, who: str = "ana", **words: str) -> Heard:
    """The meeting cancelled, with the question whether one is sure."""
    card = town.type(who, "cancel", **words).card
    return town.press(who, labels(card)[0], card)


# --- how often, how long, where -------------------------------------------------------------------


def test_the_form_shows_what_holds_now(led: Stage) -> None:
    form = led.type("ana", "schedule").form

    assert [f.label for f in form.fields] == ["When?", "How often?", "How long?", "Where?"]
    assert [f.value for f in form.fields] == ["", "six weeks", "90", ""]


def test_what_was_typed_with_the_command_stands_in_the_form(led: Stage) -> None:
    form = led.type("ana", "schedule", when="tue 3pm", every="monthly", where="Room 2").form

    assert [f.value for f in form.fields] == ["tue 3pm", "monthly", "90", "Room 2"]


def test_how_often_how_long_and_where_hold_from_then_on(led: Stage) -> None:
    form = led.type("ana", "schedule").form
    led.hand_in(
        "ana", form, when=APRIL, every="4 weeks", length="120", where="https://meet.example/aurora"
    )

    assert planned(led) == ("2027-04-12 18:00", "120", 0)
    assert led.set.rhythm == "FREQ=WEEKLY;INTERVAL=4"
    assert rows(led.public()[-1]) == {"Where": "https://meet.example/aurora"}
    again = led.type("ana", "schedule").form
    assert [f.value for f in again.fields][1:] == [
        "four weeks",
        "120",
        "https://meet.example/aurora",
    ]


def test_the_place_is_said_at_every_prompt(led: Stage) -> None:
    form = led.type("ana", "schedule").form
    led.hand_in("ana", form, when="2027-03-20T18:00", where="Room 2")

    led.until(at("2027-03-20 18:00"))

    prompts = [c for n, c in led.said if n.matter is Matter.PROMPT]
    assert [rows(c) for c in prompts] == [{"Where": "Room 2"}] * 5


@pytest.mark.parametrize(
    ("every", "following"),
    [
        ("6 weeks", "2027-04-12"),
        ("weekly", "2027-03-08"),
        ("every second week", "2027-03-15"),
        ("monthly", "2027-04-05"),
        ("2 months", "2027-05-03"),
    ],
)
def test_the_next_meeting_follows_the_rhythm(led: Stage, every: str, following: str) -> None:
    form = led.type("ana", "schedule").form
    led.hand_in("ana", form, when="2027-03-01T19:00", every=every)
    led.until(at("2027-03-01 19:00"))
    for who in CAST:
        led.press(who, "I'm here")
    led.to("bids")
    led.offer("ben", "How do I say no?")
    led.to("close")
    led.close()

    assert planned(led)[0] == f"{following} 19:00"
    assert led.session.next_at == at(f"{following} 19:00")


def test_a_set_that_meets_once_has_no_next_date(led: Stage) -> None:
    form = led.type("ana", "schedule").form
    led.hand_in("ana", form, when="2027-03-01T18:05", every="once")

    led.meet()

    assert led.set.planned() == ()
    assert led.session.next_at is None


NEVER = ("0 weeks", "1000 weeks", "1000000000 weeks", "53 weeks", "-1 weeks", "13 months", "often")
NO_RULES = ("FREQ=HOURLY;INTERVAL=1", "FREQ=WEEKLY;INTERVAL=0", "FREQ=WEEKLY;INTERVAL=99")


@pytest.mark.parametrize("every", NEVER + NO_RULES)
def test_a_rhythm_that_cannot_be_kept_is_refused_kindly(led: Stage, every: str) -> None:
    form = led.type("ana", "schedule").form
    before = led.set

    heard = led.hand_in("ana", form, when=APRIL, every=every)

    assert (heard.code, heard.refusal and heard.refusal.field) == ("unreadable", "every")
    assert led.set is before


@pytest.mark.parametrize("when", ["04/05 18:00", "4-5 6pm", "3.4. 18:00"])
def test_a_date_that_may_be_two_days_is_asked_again_with_an_example(led: Stage, when: str) -> None:
    heard = led.plan(when)

    assert heard.code == "ambiguous"
    assert heard.sentence.endswith("write the month as a word, like 4 May 18:00.")


def test_an_unknown_length_is_refused(led: Stage) -> None:
    form = led.type("ana", "schedule").form

    assert led.hand_in("ana", form, when=APRIL, length="45").code == "choice"


# --- asked before anybody is told -----------------------------------------------------------------


def test_a_date_read_from_words_is_asked_in_words_first(led: Stage) -> None:
    heard = guessed(led, APRIL, every="monthly", where="Room 2")

    card = heard.card
    assert card.title == "Is this right?"
    assert rows(card) == {
        "When": "Monday 12 April 2027, 18:00 (Europe/London)",
        "How often": "Every month, on the second Monday",
        "How long": "90 minutes, one presenter",
        "Where": "Room 2",
    }
    assert labels(card) == ["Plan it and tell 4 people", "Correct it"]
    assert led.set.planned() == ()

    led.press("ana", "Plan it and tell 4 people", card)

    assert planned(led)[0] == "2027-04-12 18:00"
    assert (led.set.link, led.set.rhythm) == ("Room 2", "FREQ=MONTHLY;INTERVAL=1;BYDAY=2MO")
    assert led.press("ana", "Plan it and tell 4 people", card).code == "settled"


def test_correct_it_opens_the_form_filled_in(led: Stage) -> None:
    card = guessed(led, APRIL, length="60", where="Room 2").card

    form = led.press("ana", "Correct it", card).form

    assert [f.value for f in form.fields] == ["2027-04-12 18:00", "six weeks", "60", "Room 2"]
    led.change(proposal=None)
    assert led.press("ana", "Correct it", card).form.fields[0].value == ""


def test_moving_it_says_so_on_the_button(led: Stage) -> None:
    led.plan(APRIL)

    card = guessed(led, "2027-04-19T18:00").card

    assert labels(card)[0] == "Move it and tell 4 people"


def test_alone_there_is_nobody_to_tell(town: Stage) -> None:
    town.found("ana")

    assert labels(guessed(town, APRIL).card)[0] == "Plan it"
    town.join("ben")
    assert labels(guessed(town, APRIL).card)[0] == "Plan it and tell 1 person"


def test_only_who_was_asked_can_say_that_it_is_right() -> None:
    town = Stage().found(*CAST, facilitation="rotating")
    card = guessed(town, APRIL, "ben").card

    assert town.press("eve", "Plan it and tell 4 people", card).code == "settled"
    assert town.press("ben", "Plan it and tell 4 people", card).refusal is None


def test_the_newest_question_counts(led: Stage) -> None:
    first = guessed(led, APRIL).card
    guessed(led, "2027-04-19T18:00")

    assert led.press("ana", labels(first)[0], first).code == "settled"


def test_a_date_that_has_passed_before_it_was_confirmed_is_refused(led: Stage) -> None:
    card = guessed(led, "2027-03-01T19:00").card
    led.wait(hours=2)

    assert led.press("ana", labels(card)[0], card).code == "past"


# --- moving ---------------------------------------------------------------------------------------


def test_a_moved_meeting_asks_again_and_tells_those_who_had_answered(led: Stage) -> None:
    led.plan(APRIL)
    led.press("ben", "Coming")
    led.press("eve", "Can't come")
    led.press("ana", "Coming")

    led.plan("2027-04-13T18:00")

    card = led.public()[-1]
    assert card.title == "Aurora has moved its meeting"
    assert "Please answer again" in words_of(card)
    for who in ("ben", "eve"):
        assert led.private(who)[-1] == card
    for who in ("ana", "chidi"):
        assert led.private(who)[-1].title == "Welcome to Aurora"
    (meeting,) = led.set.planned()
    assert (meeting.sequence, meeting.rsvps) == (1, ())


def test_another_length_is_a_move_too(led: Stage) -> None:
    led.plan(APRIL)
    form = led.type("ana", "schedule").form

    led.hand_in("ana", form, when=APRIL, length="60")

    assert planned(led) == ("2027-04-12 18:00", "60", 1)


def test_another_place_alone_is_no_move(led: Stage) -> None:
    led.plan(APRIL)
    form = led.type("ana", "schedule").form

    led.hand_in("ana", form, when=APRIL, where="Room 2")

    assert planned(led) == ("2027-04-12 18:00", "90", 0)
    assert led.set.link == "Room 2"


def test_what_was_said_of_the_old_date_is_not_said_late(led: Stage) -> None:
    led.plan(APRIL)
    (meeting,) = led.set.planned()
    notice = Notice(
        Matter.PROMPT, f"x:week_before:{meeting.id}:0", "prompt", f"{meeting.id}:week_before"
    )
    assert notice_cards.draw(led.room, notice) is not None

    led.plan("2027-04-13T18:00")

    assert notice_cards.draw(led.room, notice) is None


@pytest.mark.parametrize("when", ["2027-03-01T18:30", "2027-03-01T19:29"])
def test_two_meetings_at_once_are_refused(led: Stage, when: str) -> None:
    led.type("ana", "start")
    before = led.set

    assert led.plan(when).code == "busy"
    assert led.set is before
    assert led.plan("2027-03-01T19:30").refusal is None


# --- cancelling -----------------------------------------------------------------------------------


def test_cancelling_is_asked_naming_how_many_are_told(led: Stage) -> None:
    led.plan(APRIL)

    card = led.type("ana", "cancel", reason="Half of us are away.").card

    assert labels(card) == ["Cancel the meeting and tell 4 people", "Move it instead"]
    assert "The meeting on Monday 12 April 2027, 18:00 (Europe/London)." in words_of(card)
    assert led.set.planned() != ()
    assert led.press("ana", "Move it instead", card).form.title == "When do you meet?"


def test_a_cancelled_meeting_is_told_in_the_place_and_to_each(led: Stage) -> None:
    led.plan(APRIL)

    cancelled(led, reason="Half of us are away.")

    meeting, following = led.set.meetings
    assert (meeting.status, meeting.sequence) == (MeetingStatus.CANCELLED, 1)
    assert f"{following.wall}" == "2027-05-24 18:00:00"
    card = led.public()[-1]
    assert card.title == "Aurora does not meet"
    assert "Why: Half of us are away." in words_of(card)
    assert "We meet again" in words_of(card)
    assert led.private("ben")[-1] == card
    assert led.private("ana")[-1].title == "Welcome to Aurora"
    assert "start" not in led.until(at("2027-04-13 18:00"))


def test_without_a_rhythm_nothing_follows_a_cancelled_meeting(led: Stage) -> None:
    form = led.type("ana", "schedule").form
    led.hand_in("ana", form, when=APRIL, every="once")

    cancelled(led)

    assert led.set.planned() == ()
    assert "We meet again" not in words_of(led.public()[-1])
    assert led.type("ana", "cancel").code == "none_planned"


def test_a_meeting_is_named_by_its_date(led: Stage) -> None:
    led.plan(APRIL)

    assert led.type("ana", "cancel", meeting="2027-05-01").code == "none_planned"
    assert led.type("ana", "cancel", meeting="2027-04-12").refusal is None


def test_cancelling_the_next_one_while_we_meet_tells_the_meeting(led: Stage) -> None:
    led.plan(APRIL)
    led.type("ana", "start")
    assert led.session.next_at == at("2027-04-12 18:00")

    cancelled(led)

    assert led.session.next_at == at("2027-05-24 18:00")


def test_the_last_date_of_a_set_that_meets_once_is_taken_from_the_meeting(led: Stage) -> None:
    form = led.type("ana", "schedule").form
    led.hand_in("ana", form, when=APRIL, every="once")
    led.type("ana", "start")

    cancelled(led)

    assert led.session.next_at is None


def test_a_meeting_that_began_meanwhile_is_not_cancelled(led: Stage) -> None:
    led.plan("2027-03-01T18:30")
    card = led.type("ana", "cancel").card
    led.until(at("2027-03-01 18:20"))

    assert led.press("ana", labels(card)[0], card).code == "settled"


def test_only_who_plans_cancels(led: Stage) -> None:
    led.plan(APRIL)

    assert led.type("ben", "cancel").code == "not_facilitator"


def test_a_word_on_a_cancelled_meeting_is_not_drawn_for_one_that_stands(led: Stage) -> None:
    led.plan(APRIL)
    (meeting,) = led.set.planned()

    for card, which in (("told", "cancelled"), ("prompt", "cancelled")):
        notice = Notice(Matter.PROMPT, f"x:{meeting.sequence}", card, f"{meeting.id}:{which}")
        assert notice_cards.draw(led.room, notice) is None


# --- who comes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "reply", "said"),
    [
        ("Coming", Reply.COMING, "you are coming"),
        ("Can't come", Reply.AWAY, "you cannot come"),
        ("Maybe", Reply.MAYBE, "you may come"),
    ],
)
def test_an_answer_counts_once_and_can_be_changed(
    led: Stage, label: str, reply: Reply, said: str
) -> None:
    led.plan(APRIL)
    led.press("ben", "Maybe")

    heard = led.press("ben", label)

    assert said in heard.sentence
    assert "on Monday 12 April 2027, 18:00 (Europe/London)" in heard.sentence
    (meeting,) = led.set.planned()
    assert meeting.reply_of("ben") is reply
    assert len(meeting.rsvps) == 1


def test_the_same_answer_again_changes_nothing(led: Stage) -> None:
    led.plan(APRIL)
    led.press("ben", "Coming")
    before = led.set

    assert led.press("ben", "Coming").refusal is None
    assert led.set is before


def card_slot(town: Stage, which: str = "planned") -> str:
    """Where the invitation stands."""
    return next(n.slot for n, _ in reversed(town.said) if f":{which}:" in n.slot)


@pytest.mark.parametrize(("emoji", "reply"), [("✅", Reply.COMING), ("❌", Reply.AWAY)])
def test_a_reaction_is_the_same_as_the_button(led: Stage, emoji: str, reply: Reply) -> None:
    led.plan(APRIL)
    assert led.public()[-1].reactions == ("✅", "❌")

    heard = led.do("ben", Reacted(card_slot(led), emoji))

    assert heard.told == []
    assert led.set.planned()[0].reply_of("ben") is reply
    led.do("ben", Reacted(card_slot(led), emoji, on=False))
    assert led.set.planned()[0].reply_of("ben") is None


def test_taking_off_an_older_reaction_keeps_the_newer_answer(led: Stage) -> None:
    led.plan(APRIL)
    led.do("ben", Reacted(card_slot(led), "✅"))
    led.do("ben", Reacted(card_slot(led), "❌"))

    led.do("ben", Reacted(card_slot(led), "✅", on=False))

    assert led.set.planned()[0].reply_of("ben") is Reply.AWAY


def after_an_outage(town: Stage, *votes: tuple[str, str]) -> None:
    """What the platform answers about the invitation, in the core's own words."""
    town.do("clock", Recounted(card_slot(town), frozenset(votes)))


def test_a_reaction_given_while_nobody_listened_is_an_answer_too(led: Stage) -> None:
    """Given answers by reaction during an outage, when it is over, then each clear one counts."""
    led.plan(APRIL)
    led.press("chidi", "Can't come")

    after_an_outage(
        led,
        ("ben", "✅"),
        ("chidi", "✅"),
        ("dana", "✅"),
        ("dana", "❌"),
        ("eve", "🎉"),
        ("zoe", "✅"),
    )

    [meeting] = led.set.planned()
    assert meeting.reply_of("ben") is Reply.COMING
    assert meeting.reply_of("chidi") is Reply.AWAY, "what somebody has said stays"
    assert {r.person for r in meeting.rsvps} == {"ben", "chidi"}
    before = led.set
    after_an_outage(led, ("ben", "✅"))
    assert led.set is before


def test_the_platform_is_asked_about_a_meeting_that_is_near(led: Stage) -> None:
    led.plan(APRIL)
    near = led.set.starts_at(led.set.planned()[0]) - RECOUNTED_BEFORE

    asked = [r.slot for r in engine.recounts(led.room, near)]

    assert card_slot(led) in asked
    assert engine.recounts(led.room, near - timedelta(minutes=1)) == ()


def test_reactions_to_a_meeting_that_was_held_change_nothing(led: Stage) -> None:
    led.plan("2027-03-01T18:30")
    slot = card_slot(led)
    led.type("ana", "start")
    before = led.set

    led.do("clock", Recounted(slot, frozenset({("ben", "✅")})))

    assert led.set is before


def test_other_reactions_and_those_of_strangers_do_not_count(led: Stage) -> None:
    led.plan(APRIL)
    slot = card_slot(led)
    before = led.set

    assert led.do("ben", Reacted(slot, "🎉")).code == "ignored"
    assert led.do("zoe", Reacted(slot, "✅")).code == "not_member"
    for other in (f"{slot}9", slot.replace("planned", "open"), "elsewhere"):
        assert led.do("ben", Reacted(other, "✅")).code == "ignored"
    assert Stage().do("ben", Reacted(slot, "✅")).code == "ignored"
    assert led.set is before


def test_a_meeting_that_is_over_or_moved_is_not_answered(led: Stage) -> None:
    led.plan("2027-03-01T18:30")
    card = led.public()[-1]
    led.until(at("2027-03-01 18:30"))

    assert led.press("ben", "Coming", card).code == "gone"
    assert led.do("ben", Pressed("coming", value="unknown")).code == "gone"


def test_when_too_few_can_come_who_plans_is_asked_privately_and_once(led: Stage) -> None:
    led.plan(APRIL)
    led.press("ben", "Can't come")
    assert led.private("ana")[-1].title == "Welcome to Aurora"

    led.press("eve", "Can't come")
    led.press("dana", "Maybe")
    led.press("chidi", "Can't come")

    card = led.private("ana")[-1]
    assert card.title == "Few of you can come"
    assert named(card) == {
        "Can't": ("Ben", "Eve"),
        "No answer yet": ("Ana", "Chidi", "Dana"),
    }
    assert labels(card) == ["Find another date", "Cancel the meeting"]
    assert sum(c.title == card.title for c in led.private("ana")) == 1
    assert led.press("ana", "Find another date", card).form.title == "When do you meet?"
    sure = led.press("ana", "Cancel the meeting", card).card
    assert labels(sure)[0] == "Cancel the meeting and tell 4 people"
    for who in ("ben", "eve", "dana"):
        assert not any("can come" in c.title for c in led.private(who))
    assert not any("can come" in c.title for c in led.public())


def test_a_small_set_needs_as_many_as_it_has(town: Stage) -> None:
    town.found("ana", "ben")
    town.plan(APRIL)

    town.press("ben", "Can't come")

    assert town.private("ana")[-1].title == "Few of you can come"


def test_a_word_on_who_comes_is_dropped_once_the_meeting_is_over_or_moved(led: Stage) -> None:
    led.plan("2027-03-01T18:30")
    (meeting,) = led.set.planned()
    notice = Notice(Matter.NOTICE, "x:0", "rsvps", f"{meeting.id}:who", to="ana")
    assert notice_cards.draw(led.room, notice) is not None
    led.until(at("2027-03-01 18:20"))

    assert notice_cards.draw(led.room, notice) is None
    assert (
        notice_cards.draw(led.room, Notice(Matter.NOTICE, "x:7", "rsvps", f"{meeting.id}:who"))
        is None
    )


def test_the_usual_rhythm_is_six_weeks(led: Stage) -> None:
    assert led.set.rhythm == EVERY_SIX_WEEKS
    assert timedelta(weeks=6).days == 42


def test_a_command_with_an_unknown_length_is_refused(led: Stage) -> None:
    plan = PlanMeeting(who="ana", meeting="m", wall=datetime.fromisoformat(APRIL), format="45")

    assert led.decide(plan).code == "format"


def test_cancelling_one_of_two_leaves_the_other(led: Stage) -> None:
    led.plan(APRIL)
    later = Meeting("later", datetime.fromisoformat("2027-05-03T18:00"), "90")
    led.change(meetings=(*led.set.meetings, later))

    cancelled(led, meeting="2027-04-12")

    assert led.set.planned() == (later,)


def test_who_plans_hears_when_all_have_answered_and_few_can_come(town: Stage) -> None:
    town.found("ana", "ben")
    town.plan(APRIL)
    town.press("ana", "Coming")

    town.press("ben", "Can't come")

    assert "No answer yet" not in words_of(town.private("ana")[-1])


# --- quiet hours ----------------------------------------------------------------------------------


def afters(heard: Heard) -> dict[str, str]:
    """Until when the private messages of a decision wait, in London."""
    return {
        n.to or "": f"{n.after.astimezone(LONDON):%m-%d %H:%M}" if n.after else "at once"
        for n in heard.notices
        if n.to
    }


LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("when", "waits"), [("2027-04-12T18:00", "03-02 08:00"), ("2027-03-03T18:00", "at once")]
)
def test_a_cancelled_meeting_far_off_waits_for_the_morning(
    led: Stage, when: str, waits: str
) -> None:
    led.plan(when)
    led.now = at("2027-03-01 22:00")

    heard = cancelled(led)

    assert afters(heard) == dict.fromkeys(("ben", "chidi", "dana", "eve"), waits)


def test_an_invitation_waits_for_the_morning_too(led: Stage) -> None:
    led.now = at("2027-03-01 22:00")

    assert afters(led.type("ana", "set people", add="zoe")) == {"zoe": "03-02 08:00"}
