"""Ten minutes to take back what one did."""

from __future__ import annotations

import pytest

from bot.core.learning_set.state import Deed, MeetingStatus, Reply
from bot.core.signals import Pressed
from tests.core.learning_set.test_planning import APRIL, cancelled
from tests.core.reading import at, labels
from tests.core.stage import CAST, Stage


def undo(town: Stage, who: str = "ana") -> str:
    """What the person reads who types `/als undo`."""
    return town.type(who, "undo").sentence


def test_there_is_nothing_to_take_back_at_first_and_for_others(led: Stage) -> None:
    led.plan(APRIL)

    assert led.type("ben", "undo").code == "nothing"
    assert led.type("zoe", "undo").code == "not_member"


@pytest.mark.parametrize(("minutes", "left"), [(10, ()), (10.1, ("Talk to Mia",))])
def test_an_action_within_ten_minutes(led: Stage, minutes: float, left: tuple[str, ...]) -> None:
    led.keep("ben", "Talk to Mia")
    led.wait(minutes=minutes)

    led.type("ben", "undo")

    assert tuple(a.what for a in led.set.actions) == left
    assert led.type("ben", "undo").code == "nothing"


def test_an_outcome(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    before = led.set.actions
    led.push("ben", Pressed("dropped"))

    assert undo(led, "ben") == "Taken back: it is as it was before."

    assert led.set.actions == before


def test_a_deleted_action_stays_deleted(led: Stage) -> None:
    led.keep("ben", "Talk to Mia")
    led.push("ben", Pressed("partly"))
    sure = led.press("ben", "Delete", led.type("ben", "actions").card).card
    led.press("ben", "Delete it for good", sure)

    assert led.set.deeds == ()
    assert led.type("ben", "undo").code == "nothing"


def test_an_outcome_of_an_action_that_is_gone(led: Stage) -> None:
    led.change(deeds=(Deed("ben", led.now, "outcome", "gone"),))

    assert led.type("ben", "undo").code == "nothing"


def test_an_issue_kept_for_later(led: Stage) -> None:
    led.hand_in("ben", led.type("ben", "bid").form, title="First")
    led.hand_in("ben", led.type("ben", "bid").form, title="Second")

    undo(led, "ben")
    assert [d.title for d in led.set.drafts] == ["First"]

    led.hand_in("eve", led.type("eve", "bid").form, title="Only one")
    undo(led, "eve")
    assert [d.owner for d in led.set.drafts] == ["ben"]


def test_an_issue_in_a_meeting(led: Stage) -> None:
    led.begin(*CAST)
    led.to("bids")
    led.offer("ben", "How do I say no?")

    heard = led.type("ben", "undo")

    assert heard.refusal is None
    assert led.session.memories[led.session.at].of("ben") is None


def test_an_answer_is_as_it_was_before(led: Stage) -> None:
    led.plan(APRIL)
    led.press("eve", "Coming")
    led.press("ben", "Maybe")
    led.press("ben", "Can't come")

    undo(led, "ben")

    (meeting,) = led.set.planned()
    assert meeting.reply_of("ben") is Reply.MAYBE
    assert meeting.reply_of("eve") is Reply.COMING


def test_an_answer_to_a_date_that_was_moved_meanwhile(led: Stage) -> None:
    led.plan(APRIL)
    led.press("ben", "Coming")
    led.plan("2027-04-13T18:00")

    assert led.type("ben", "undo").code == "moved_on"


def test_a_date_that_was_planned_is_cancelled_and_told(led: Stage) -> None:
    form = led.type("ana", "schedule").form
    led.hand_in("ana", form, when=APRIL, every="weekly", length="60", where="Room 2")

    assert undo(led) == "Taken back; the set is told."

    (meeting,) = led.set.meetings
    assert (meeting.status, meeting.sequence) == (MeetingStatus.CANCELLED, 1)
    assert led.public()[-1].title == "Aurora does not meet"
    assert (led.set.rhythm, led.set.format, led.set.link) == ("FREQ=WEEKLY;INTERVAL=6", "90", "")


def test_a_moved_date_is_moved_back_with_its_answers(led: Stage) -> None:
    led.plan(APRIL)
    led.press("ben", "Coming")
    led.plan("2027-04-13T18:00")

    undo(led)

    (meeting,) = led.set.planned()
    assert (f"{meeting.wall}", meeting.sequence) == ("2027-04-12 18:00:00", 2)
    assert meeting.reply_of("ben") is Reply.COMING
    assert led.public()[-1].title == "Aurora has moved its meeting"


def test_a_cancelled_date_holds_after_all_and_what_came_of_it_goes(led: Stage) -> None:
    led.plan(APRIL)
    cancelled(led)
    assert [m.status.value for m in led.set.meetings] == ["cancelled", "planned"]

    undo(led)

    (meeting,) = led.set.meetings
    assert (meeting.status, meeting.sequence) == (MeetingStatus.PLANNED, 2)
    card = led.public()[-1]
    assert card.title == "Aurora meets after all"
    assert labels(card) == ["Coming", "Can't come", "Maybe"]


def test_what_was_cancelled_without_anything_coming_of_it(led: Stage) -> None:
    form = led.type("ana", "schedule").form
    led.hand_in("ana", form, when=APRIL, every="once")
    cancelled(led)

    undo(led)

    assert len(led.set.planned()) == 1


def test_a_date_that_has_come_meanwhile_is_not_brought_back(led: Stage) -> None:
    led.plan("2027-03-01T18:06")
    cancelled(led)
    led.now = at("2027-03-01 18:07")

    assert led.type("ana", "undo").code == "moved_on"


def test_another_has_moved_it_since() -> None:
    town = Stage().found(*CAST, facilitation="rotating")
    town.plan(APRIL, "ben")
    town.plan("2027-04-13T18:00", "eve")

    assert town.type("ben", "undo").code == "moved_on"


def test_a_running_meeting_hears_of_it(led: Stage) -> None:
    led.type("ana", "start")
    led.plan("2027-05-03T18:00")

    undo(led)

    assert led.session.next_at is None
