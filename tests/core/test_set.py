"""A set between its meetings: founding, joining, starting, planning, drafts, answers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import engine, notice_cards
from bot.core.decision import Refusal
from bot.core.exchange import CloseSession, MeetNext
from bot.core.input import forms_opened as core_opening
from bot.core.input import understanding
from bot.core.learning_set.cards import undelivered_card
from bot.core.learning_set.commands import (
    CreateSet,
    KeepDraft,
    NotNow,
    PlanMeeting,
    ReachedPerson,
    StartMeeting,
)
from bot.core.learning_set.state import Direct, MeetingStatus
from bot.core.learning_set.state import Meeting as Planned
from bot.core.meeting.commands import OpenSession, ShowStatus
from bot.core.meeting.session import Facilitation
from bot.core.signals import Caller, Pressed, Reached, Submitted, Typed
from tests.core.stage import EIGHT, EVENING, SIX, Meeting, wall, words_of


def quiet(names: str = SIX, **words: str) -> Meeting:
    """A set whose first meeting is over."""
    play = Meeting.at("close", names, **words)
    play.close()
    return play


# --- founding -------------------------------------------------------------------------------------


def test_start_where_no_set_is_asks_four_things_and_opens_the_first_meeting():
    play = Meeting()
    form = play.open_by("ana", Typed("start", (("format", "60"),)))
    assert [f.label for f in form.fields] == [
        "Name",
        "How long?",
        "Time zone",
        "Who facilitates?",
    ]
    assert form.fields[1].value == "60"

    play.hand_in("ana", form, name=" Aurora ", zone="Europe/London")

    assert play.set.name == "Aurora"
    assert play.set.facilitation is Facilitation.LED
    assert play.phase == "arrive"
    assert "paste this: “Aurora meets here. Press I'm here on its board.”" in play.told("ana")


def test_a_set_can_be_founded_without_a_meeting():
    play = Meeting()
    play.type_form("ana", "set new", name="Aurora")

    assert play.room.session is None
    assert play.prompts[-1].title == "The set Aurora"
    assert "Ana facilitates" in words_of(play.prompts[-1])
    labels = [b.label for b in play.prompts[-1].buttons()]
    assert labels == ["Join", "Change", "Ground rules", "Pause", "Archive"]


@pytest.mark.parametrize(
    ("facilitation", "words"),
    [("rotating", "Members take turns"), ("bot-held", "The bot facilitates")],
)
def test_the_set_card_says_who_holds_the_process(facilitation, words):
    play = Meeting()
    play.type_form("ana", "set new", name="Aurora", facilitation=facilitation)

    assert words in words_of(play.prompts[-1])


def test_joining_by_the_card_redraws_it():
    play = Meeting()
    play.type_form("ana", "set new", name="Aurora")
    play.press("ben", "Join")
    assert "Ground rules of Aurora" in play.told("ben")

    play.press("ben", "I agree")

    card = notice_cards.draw(play.room, next(n for n in play.notices if n.card == "set"))
    assert card is not None
    assert "Ben" in words_of(card)
    assert play.notices[-1].card == "set"


def test_a_place_has_one_set():
    play = quiet()

    play.type("eve", "set new")
    assert play.sentence == ("Aurora already meets here. Type /als set join to join it.")
    play.bring("eve", Typed("set new"))
    assert play.code == "set_exists"
    form = Meeting().open_by("eve", Typed("start"))
    play.hand_in("eve", form, name="Another")
    assert play.code == "set_exists"
    play.decide(
        CreateSet(
            who="eve",
            id="x",
            place="#x",
            name="x",
            who_name="Eve",
            zone="UTC",
            format="90",
            facilitation="led",
        )
    )
    assert play.code == "set_exists"


def test_nothing_can_be_asked_of_a_set_that_is_not_there():
    play = Meeting()

    for verb in ("home", "actions", "set join", "schedule", "bid", "action"):
        play.type("ana", verb)
        assert play.code == "no_set", verb
    play.decide(NotNow(who="ana"))
    assert play.code == "no_set"
    form = Meeting.founded("ana").open_by("ana", Typed("schedule"))
    play.hand_in("ana", form, when="2027-03-02T18:00")
    assert play.code == "no_set"


# --- joining --------------------------------------------------------------------------------------


def test_the_agreement_comes_before_anything_else():
    play = quiet()
    play.type("gwen", "set join")
    assert "1. What is said here stays here." in play.told("gwen")
    assert "I read only what you hand me" in play.told("gwen")

    play.press("gwen", "I agree")

    assert play.set.agreed("gwen")
    assert play.mail["gwen"][-1].title == "Welcome to Aurora"
    play.type("gwen", "set join")
    assert play.code == "agreed"


def test_eight_are_a_full_set():
    play = quiet(EIGHT)

    play.type("isa", "set join")
    play.bring("isa", Pressed("agree"))
    assert [card.title for card in play.answers["isa"]] == ["Aurora is full"] * 2
    assert play.set.member("isa") is None


def test_names_and_zones_are_taken_as_a_card_and_a_clock_can_use_them():
    play = quiet()
    play.bring("gwen", Pressed("join"))
    command = understanding.understand(
        play.room, Caller("gwen", " Gw\u202een \n", "Mars/Olympus"), Pressed("agree")
    )

    play.decide(command)

    member = play.member("gwen")
    assert (member.name, member.habits.zone) == ("Gwen", "")


def test_whether_messages_get_through_is_remembered():
    play = quiet()
    play.bring("clock", Reached("eve", ok=False))
    assert play.member("eve").direct is Direct.CLOSED
    play.type("eve", "home")
    assert "I can't send you DMs" in play.told("eve")
    before = play.set

    play.bring("clock", Reached("eve", ok=False))
    assert play.set is before
    play.bring("clock", Reached("zoe", ok=True))
    assert play.set is before
    play.decide(ReachedPerson(who="eve", person="eve", ok=True))
    assert play.code == "not_member"


def test_the_line_about_joining_is_of_no_use_for_somebody_who_left_again():
    play = quiet()
    notice = next(n for n in play.notices if n.card == "joined" and n.subject == "eve")
    gone = replace(play.member("eve"), left_at=play.now)
    play.room = replace(play.room, set=play.set.with_member(gone))

    assert notice_cards.draw(play.room, notice) is None
    assert play.set.name_of("eve") == "Eve"
    assert play.set.name_of("zoe") == "A former member"


# --- answers --------------------------------------------------------------------------------------


def test_home_says_when_we_meet_and_what_is_open():
    play = quiet()
    play.type("eve", "home")
    assert "Next meeting" in play.told("eve")
    assert "You have no open actions." in play.told("eve")
    assert "meets now" not in play.told("eve")

    play.type("eve", "")
    assert "Next meeting" in play.told("eve")

    play = Meeting.founded("ana")
    play.arrive("ana")
    play.type("ana", "home")
    assert "Aurora is meeting now." in play.told("ana")
    assert "Next meeting" not in play.told("ana")


def test_who_is_in_the_set():
    play = quiet()
    play.type("eve", "set people")
    assert "2 places free." in play.told("eve")
    assert "Farid" in play.told("eve")

    play.type("eve", "home")
    play.press("eve", "Who's in the set")
    assert "Who's in Aurora" in play.told("eve")

    play.type("zoe", "set people")
    assert play.code == "not_member"


def test_help_says_first_what_one_can_do_now():
    Meeting()
    play = Meeting()
    play.type("ana", "help")
    assert "Type /als start to begin" in play.sentence

    play = quiet()
    play.type("zoe", "help")
    assert "Ground rules" in play.told("zoe")
    play.type("eve", "help")
    assert "/als home" in play.told("eve")

    play = Meeting.at("explore")
    play.type("eve", "help")
    assert "What you can do now" in play.told("eve")


def test_a_word_that_is_not_known_is_answered_with_the_nearest():
    play = quiet()

    play.type("eve", "extnd")
    assert play.sentence == ("I don't know that command. Did you mean /als extend?")
    play.type("eve", "qqqq")
    assert "Type /als help to see the commands." in play.sentence


def test_what_belongs_to_a_meeting_says_when_the_next_one_is():
    play = quiet()

    for verb in ("next", "pause", "status", "ask", "vote"):
        play.type("ana", verb)
        assert play.code == "no_meeting", verb
    play.bring("ana", Pressed("here"))
    assert play.code == "no_meeting"


def test_a_form_verb_without_its_form_says_where_we_are():
    play = Meeting.at("present")

    for verb in ("ask", "bid", "action", "schedule"):
        play.bring("ana", Typed(verb))
        assert play.code == "wrong_phase"


def test_an_unknown_button_says_where_we_are():
    play = Meeting.at("present")
    play.bring("eve", Pressed("no_such_thing", play.session.id, play.session.at))
    assert play.code == "wrong_phase"
    play.bring("eve", Pressed("next", "another-meeting", 3))
    assert play.code == "old"
    Meeting().bring("eve", Pressed("next"))


def test_try_again_opens_the_form_anew():
    for value in ("start", "nonsense"):
        assert Meeting().open_by("ana", Pressed("try_again", value=value)).key == "start_set"
    assert core_opening.form(Meeting().room, Caller("ana"), Reached("ana", ok=True)) is None
    assert core_opening.form(Meeting().room, Caller("ana"), Typed("home")) is None


# --- meetings -------------------------------------------------------------------------------------


def test_only_the_facilitator_starts_a_led_meeting():
    play = quiet()
    play.type("eve", "start")
    assert play.code == "not_facilitator"

    play.type("ana", "start", format="60")

    assert play.phase == "arrive"
    assert play.session.format == "60"


def test_three_hours_are_deep_unless_said_otherwise_and_nonsense_is_refused():
    play = quiet()
    play.type("ana", "start", format="45")
    assert "Choose one of these lengths: 60, 90, 120" in play.sentence

    play.type("ana", "start", format="180")

    assert play.session.format == "180-deep"


def test_one_meeting_at_a_time():
    play = Meeting.founded("ana")

    play.type("ana", "start")
    assert play.code == "running"
    play.bring("ana", Pressed("begin"))
    assert play.code == "too_few"
    for who in SIX.split():
        play.arrive(who)
    play.bring("ana", Pressed("begin"))
    assert play.code == "begun"


def test_the_next_meeting_is_planned_six_weeks_on_at_the_same_local_time():
    play = quiet()

    (following,) = play.set.planned()
    assert following.wall == wall("2027-04-12T18:00")
    assert play.set.starts_at(following) - EVENING == timedelta(days=42, hours=-1)


def test_a_meeting_started_near_its_plan_is_that_meeting():
    play = quiet()
    play.wait_for_next()
    play.now -= timedelta(minutes=30)
    planned = play.set.planned()[0]

    play.type("ana", "start")

    assert play.session.meeting == planned.id
    assert play.session.starts_at == play.set.starts_at(planned)
    assert play.set.planned() == ()


def test_a_meeting_started_long_before_its_plan_is_another_one():
    play = quiet()
    play.pass_time(days=7)
    play.type("ana", "start")
    assert "We meet again" not in play.text()
    assert play.session.next_at == play.set.starts_at(play.set.planned()[0])

    play.type("ana", "end")
    play.press("ana", "End the meeting for no people")

    assert len(play.set.planned()) == 1
    assert play.set.session == ""


def test_prompts_come_a_week_and_a_day_before_and_when_the_door_opens():
    play = quiet()
    play.pass_time(days=42)

    titles = [card.title for card in play.prompts if "Aurora meets" in card.title]

    assert titles == [
        "Aurora meets in a week",
        "Aurora meets tomorrow",
        "Aurora meets soon",
        "Aurora meets now",
    ]


def test_the_start_prompt_begins_the_meeting_and_is_of_no_use_afterwards():
    play = Meeting.at_second_door()
    for who in ("ana", "ben", "chidi"):
        play.arrive(who)
    play.pass_time(minutes=15)
    prompt = play.notices[-1]
    assert prompt.subject.endswith(":start")

    play.press("ana", "Start")

    assert play.phase == "check_in"
    assert notice_cards.draw(play.room, prompt) is None


def test_a_prompt_about_a_meeting_that_is_over_is_of_no_use():
    play = quiet()
    play.pass_time(days=36)
    week = next(n for n in play.notices if n.subject.endswith(":week_before"))
    assert notice_cards.draw(play.room, week) is not None
    nobody = replace(week, subject="no-such-meeting:week_before")
    assert notice_cards.draw(play.room, nobody) is None
    over = replace(play.set.planned()[0], status=MeetingStatus.CANCELLED)
    play.room = replace(play.room, set=play.set.with_meeting(over))

    assert notice_cards.draw(play.room, week) is None


def test_a_meeting_that_nobody_opened_in_time_is_not_held_and_the_next_one_planned():
    play = quiet()
    missed = play.set.planned()[0]
    opening = next(d for d in play.deadlines() if d.what == "open")
    play.now = opening.at + timedelta(days=50)

    play.ring(opening)

    assert play.phase == "over"
    assert [m.status for m in play.set.meetings if m.id == missed.id] == [MeetingStatus.NOT_HELD]
    (following,) = play.set.planned()
    assert following.wall == wall("2027-07-05T18:00")


def test_a_missed_meeting_leaves_the_one_that_was_planned_after_it():
    play = quiet()
    opening = next(d for d in play.deadlines() if d.what == "open")
    later = Planned("later", wall("2027-05-30T18:00"), "90", planned_at=play.now)
    play.room = replace(play.room, set=play.set.with_meeting(later))
    play.now = opening.at + timedelta(days=1)

    play.ring(opening)

    assert play.set.planned() == (later,)


def test_a_door_does_not_open_while_another_meeting_runs():
    play = quiet()
    play.wait_for_next()
    play.now -= timedelta(hours=1, minutes=10)
    play.type("ana", "start")
    for who in SIX.split():
        play.arrive(who)
    for _ in range(3):
        play.pass_time(seconds=3)
        play.type("ana", "extend", minutes="30")
    running = play.session.id

    play.pass_time(minutes=75)
    assert play.session.id == running
    play.pass_time(minutes=80)

    assert play.set.session == ""
    assert play.set.planned()[0].wall > wall("2027-04-13T00:00")


def test_the_facilitator_plans_a_meeting_and_moves_it():
    play = quiet()
    play.type("eve", "schedule")
    assert play.code == "not_facilitator"
    play.bring("eve", Submitted("schedule", (("when", "2027-03-20T17:00"),)))
    assert play.code == "not_facilitator"

    play.type_form("ana", "schedule", when="2027-03-20T17:00")
    (planned,) = play.set.planned()
    assert (planned.wall, planned.sequence) == (wall("2027-03-20T17:00"), 1)
    assert play.prompts[-1].title == "Aurora: meeting moved"
    before = play.set

    play.type_form("ana", "schedule", when="2027-03-20T17:00")
    assert play.set is before


def test_a_first_date_can_be_planned_before_any_meeting():
    play = Meeting()
    play.type_form("ana", "set new", name="Aurora")

    play.type_form("ana", "schedule", when="2027-03-20T17:00")

    assert play.set.planned()[0].wall == wall("2027-03-20T17:00")


def test_a_meeting_planned_while_one_runs_is_named_at_its_close():
    play = Meeting.at("close")

    play.type_form("ana", "schedule", when="2027-03-20T17:00")

    assert play.session.next_at == play.set.starts_at(play.set.planned()[0])
    play.close()
    assert len(play.set.planned()) == 1
    late = engine.decide(play.session, MeetNext(who="ana", at=play.now), play.now)
    assert not isinstance(late, Refusal)
    assert late.state is play.session


@pytest.mark.parametrize(
    ("when", "code"), [("2027-03-01T17:00", "past"), ("2129-03-01T17:00", "far")]
)
def test_a_meeting_is_not_planned_in_the_past_or_in_a_hundred_years(when, code):
    play = quiet()

    play.type_form("ana", "schedule", when=when)

    assert (play.code, play.field) == (code, "when")


def test_a_draft_is_kept_one_for_each_person():
    play = quiet()
    play.type_form("eve", "bid", title="First", urgency="3")
    play.type_form("eve", "bid", title="Second")

    assert [(d.owner, d.title, d.urgency) for d in play.set.drafts if d.owner == "eve"] == [
        ("eve", "Second", 3)
    ]


def test_after_the_vote_a_draft_waits_for_the_end_of_the_meeting():
    play = Meeting.at("present")

    play.type("eve", "bid")

    assert play.code == "later"


def test_a_stranger_keeps_no_draft():
    play = quiet()
    play.type("zoe", "bid")
    assert play.code == "not_member"
    play.type("zoe", "action")
    assert play.code == "not_member"
    play.decide(KeepDraft(who="zoe", title="x"))
    assert play.code == "not_member"


def test_an_issue_form_of_a_meeting_that_is_over_hands_the_words_back():
    play = Meeting.at("bids")
    form = play.open("ben", "Offer an issue")
    play.type("ana", "end")
    play.press("ana", "End the meeting for 6 people")

    play.hand_in("ben", form, title="Say no?")

    assert play.code == "no_meeting"


def test_commands_to_a_meeting_where_there_is_none():
    found = engine.decide(None, ShowStatus(who="ana"), EVENING)
    assert isinstance(found, Refusal)

    play = Meeting.at("explore")
    again = engine.decide(play.session, OpenSession(who="ana", opening=play.session), play.now)
    assert isinstance(again, Refusal)


def test_a_meeting_that_is_closed_twice_is_closed_once():
    play = Meeting.at("close")
    closing = CloseSession(who="ana", session="another", held=True)
    before = play.set
    play.decide(closing)

    assert play.set is before


def test_starting_by_hand_needs_no_plan():
    play = quiet()
    play.decide(StartMeeting(who="ana", session="s2", seed=5))

    assert play.session.seed == 5
    assert play.phase == "arrive"


def test_planning_is_asked_of_the_set_alone():
    play = quiet()
    plan = PlanMeeting(who="ana", meeting="m", wall=wall("2027-03-20T17:00"))

    play.decide(plan)

    assert play.set.planned()[0].wall == plan.wall


def test_an_old_start_button_begins_another_meeting():
    play = quiet()

    play.bring("ana", Pressed("begin", play.set.id))

    assert play.phase == "arrive"


def test_a_meeting_planned_for_the_day_after_tomorrow_has_no_week_to_speak_of():
    play = quiet()
    play.type_form("ana", "schedule", when="2027-03-03T18:00")

    found = {d.what for d in play.deadlines() if not d.what.startswith("remind")}

    assert found == {"day_before", "open", "start"}


def test_who_presented_and_has_left_the_set_since_takes_their_turn_with_them():
    play = Meeting.at("close")
    for who in ("ben", "ana"):
        gone = replace(play.member(who), left_at=play.now)
        play.room = replace(play.room, set=play.set.with_member(gone))
    play.close()

    assert all(m.last_presented_at is None for m in play.set.present_members)
    assert all(m.last_held_at is None for m in play.set.present_members)


def test_a_card_of_an_unknown_kind_is_of_no_use():
    play = quiet()
    notice = replace(play.notices[-1], card="no such card")

    assert notice_cards.draw(play.room, notice) is None
    assert notice_cards.draw(Meeting().room, notice) is None


# --- after trouble --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missed", "closed", "held", "words"),
    [
        (1, 0, 0, "1 message for Aurora came too late to send."),
        (0, 2, 0, "2 messages couldn't be delivered: DMs from me are closed."),
        (0, 0, 3, "I can't post in the channel of Aurora. Please invite me again."),
    ],
)
def test_the_facilitator_hears_how_much_did_not_arrive_and_never_what(missed, closed, held, words):
    card = undelivered_card(quiet().set, missed, closed, held)

    assert words in words_of(card)
    assert "I posted none of it in the channel." in words_of(card)
