"""A meeting's current posts: one a slot, edited where it changes, gone where it is cleared."""

from bot.core import engine
from bot.core.decision import Matter
from bot.core.learning_set.place import Room
from bot.core.meeting import posts as meeting_posts
from bot.core.meeting.phases.sample import NOON
from bot.core.meeting.session import Session
from bot.core.signals import Pressed
from tests.core.stage import Stage


def changed(before: Session | None, play: Stage) -> list[str]:
    """Which slots show something else than before, without the meeting's id."""
    return [p.notice.slot.partition(":")[2] for p in meeting_posts.changes(before, play.session)]


def test_a_meeting_begins_with_its_board_and_its_first_card():
    play = Stage.started("ana")

    posts = meeting_posts.changes(None, play.session)

    assert [p.notice.matter for p in posts] == [Matter.BOARD, Matter.PHASE]
    assert posts == meeting_posts.posts(play.session)


def test_moving_on_edits_the_card_before_and_posts_the_next_one():
    play = Stage.with_people()
    before = play.session

    play.press("ana", "Next phase")

    assert changed(before, play) == ["board", *(f"step:{len(before.log) + n}" for n in (-1, 0))]


def test_a_vote_that_shows_nothing_changes_nothing():
    play = Stage.at("choose")
    before = play.session

    play.react("ana", "1️⃣")

    assert changed(before, play) == []


def test_a_question_is_a_message_of_its_own():
    play = Stage.at("explore")
    before = play.session
    play.fill("eve", "Ask", question="What matters?")
    assert changed(before, play) == [f"question:{play.session.at}:1"]

    before = play.session
    play.press("ben", "Park")
    assert changed(before, play) == [f"question:{play.session.at}:1"]


def test_whatever_happens_the_changes_lead_from_the_old_posts_to_the_current_ones():
    play = Stage.at("explore")
    play.fill("eve", "Ask", question="What matters?")
    shown = {p.notice.slot: p.card for p in meeting_posts.posts(play.session)}
    for step in (
        lambda: play.press("ben", "Answered"),
        lambda: play.press("ben", "Enough"),
        lambda: play.fill("eve", "Reflect", reflection="I noticed."),
        lambda: play.press("ana", "Next phase"),
        lambda: play.more("ana"),
        lambda: play.press("ana", "Back"),
        lambda: play.go_on_to("close"),
        lambda: play.press("ben", "Clear the words"),
        lambda: play.close(),
    ):
        before = play.session
        step()
        for post in meeting_posts.changes(before, play.session):
            shown[post.notice.slot] = post.card
        for slot in meeting_posts.gone(before, play.session):
            del shown[slot]
        assert shown == {p.notice.slot: p.card for p in meeting_posts.posts(play.session)}


def test_clearing_redraws_what_was_said_long_ago():
    play = Stage.at("clarify")
    play.fill("eve", "Ask", question="How many?")
    play.go_on_to("close")
    before = play.session

    play.press("ben", "Clear the words")

    assert f"question:{play.step('clarify')}:1" in meeting_posts.gone(before, play.session)[0]
    assert f"step:{play.visited.index('choose')}" in changed(before, play)


def test_clearing_in_the_middle_of_the_vote_leaves_the_issue_on_the_table():
    play = Stage.at("choose")
    play.do("ben", Pressed("clear_words", play.session.id))

    assert "The issue of ben" in play.text("eve")
    play.go_on_to("present")
    assert "The issue of ben" not in play.text("eve")


def test_a_step_entered_twice_shows_its_words_once():
    play = Stage.at("explore")
    play.fill("eve", "Ask", question="What matters?")
    play.more("ana")
    play.press("ana", "Back")
    play.press("ana", "Next phase")

    slots = [p.notice.slot for p in meeting_posts.posts(play.session)]

    assert len(slots) == len(set(slots))
    assert sum("question" in slot for slot in slots) == 1


def asked_about(session):
    """The slots the platform is asked about after an outage."""
    return [r.slot for r in engine.recounts(Room(session=session), NOON)]


def test_after_an_outage_the_platform_is_asked_where_marks_count():
    play = Stage.at("choose")
    assert asked_about(play.session) == [play.session.ballot_slot]

    play.go_on_to("close")
    assert asked_about(play.session) == []
    play.close()
    assert asked_about(play.session) == []
    assert asked_about(None) == []
    assert engine.deadlines(play.session) == ()
