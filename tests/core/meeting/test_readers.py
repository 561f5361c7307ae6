"""Who else can read: named once, chosen about before the first issue."""

from bot.core import engine, notice_cards
from bot.core.command import InSession
from bot.core.decision import Decision, Matter, Notice
from bot.core.input import understanding
from bot.core.input.understanding import IGNORED
from bot.core.signals import Caller, ReadersSeen
from tests.core.reading import words_of
from tests.core.stage import Stage

ZOE = ("zoe", "Zoe")


def seen(meeting: Stage, *others: tuple[str, str]) -> None:
    meeting.do("clock", ReadersSeen(others))


def test_the_platform_is_asked_once_when_the_meeting_begins():
    meeting = Stage.with_people("ana ben chidi")
    asked = []
    for label in ("Begin", "Next phase"):
        command = understanding.understand(
            meeting.room, Caller("ana"), meeting.button("ana", label)
        )
        assert isinstance(command, InSession)
        decision = engine.decide(meeting.session, command, meeting.now)
        assert isinstance(decision, Decision)
        asked.append(decision.who_reads)
        meeting.press("ana", label)
    assert asked == [True, False]


def test_without_other_readers_nothing_is_said():
    meeting = Stage.at("check_in")
    seen(meeting)
    assert not meeting.shows("Others can read here")
    assert understanding.understand(Stage().room, Caller("clock"), ReadersSeen((ZOE,))) is IGNORED


def test_an_issue_waits_until_the_facilitator_has_chosen():
    meeting = Stage.at("check_in")
    seen(meeting, ZOE)
    assert "Zoe" in words_of(meeting.card("Others can read here"))
    meeting.go_on_to("bids")

    meeting.fill("ben", "Offer an issue", title="Our funds")
    assert meeting.code == "readers"
    meeting.press("ana", "Use it anyway")
    notice = Notice(Matter.PHASE, "readers", "readers")
    chosen = notice_cards.draw(meeting.room, notice)
    assert chosen is not None
    assert "We go on here." in words_of(chosen)
    assert not chosen.buttons()
    meeting.fill("ben", "Offer an issue", title="Our funds")
    assert meeting.refusal is None


def test_only_who_holds_the_process_chooses():
    meeting = Stage.at("check_in")
    seen(meeting, ZOE)
    meeting.press("ben", "Use it anyway")
    assert meeting.code == "not_facilitator"


def test_who_has_come_into_the_set_meanwhile_is_named_no_more():
    meeting = Stage.at("check_in")
    seen(meeting, ("ben", "Ben"))
    assert not meeting.shows("Others can read here")


def test_a_second_telling_changes_nothing_and_a_second_choice_neither():
    meeting = Stage.at("check_in")
    seen(meeting, ZOE)
    choice = meeting.button("ana", "Use it anyway")
    seen(meeting, ZOE, ("max", "Max"))
    assert meeting.session.readers.others == (ZOE,)
    for _ in range(2):
        meeting.do("ana", choice)
        assert meeting.refusal is None
    assert meeting.session.readers.accepted


def test_everyone_is_named_once_in_the_thread_late_comers_too():
    meeting = Stage.just_begun("ana ben chidi dana")
    first = meeting.session.log[-1].follows
    assert first == ("ana", "ben", "chidi", "dana")
    assert meeting.current().follows == first
    meeting.arrive("eve")
    meeting.go_on_to("bids")
    later = [move.follows for move in meeting.session.log[2:]]
    assert [names for names in later if names] == [("eve",)]
