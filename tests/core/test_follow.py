"""A command is followed to its end: everything it leads to has happened, or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core import engine
from bot.core.decision import Decision, Matter, Notice, Recount, Refusal
from bot.core.exchange import MeetNext
from bot.core.learning_set.commands import Agree, CreateSet
from bot.core.learning_set.place import Room
from bot.core.person.commands import ShowPrivacy

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def creation(start: str = "") -> CreateSet:
    """Ana founds a set, and begins its first meeting at once where `start` is that meeting's id."""
    return CreateSet(
        who="ana",
        id="s1",
        place="#aurora",
        name="Aurora",
        who_name="Ana",
        zone="Europe/London",
        format="90",
        facilitation="led",
        start=start,
    )


def founded(start: str = "") -> engine.Followed:
    """What founding has led to."""
    followed = engine.follow(Room(), creation(start), NOON)
    assert not isinstance(followed, Refusal)
    return followed


def test_a_set_that_begins_at_once_has_its_meeting_in_the_same_step():
    followed = founded(start="m1")

    assert followed.room.set is not None
    assert followed.room.session is not None
    assert followed.room.set.session == followed.room.session.id == "m1"
    assert [str(told)[:18] for told in followed.answers] == ["To call the others"]


def test_a_meeting_that_is_opened_on_the_way_is_as_patient_as_asked():
    usual, patient = founded("m1"), engine.follow(Room(), creation("m1"), NOON, grace=7)

    assert not isinstance(patient, Refusal)
    assert usual.room.session is not None
    assert patient.room.session == replace(usual.room.session, grace=7)


def test_what_is_refused_on_the_way_takes_everything_back(monkeypatch):
    no = Refusal("Not while it rains; ask again in the sun.")
    decide = engine.decide

    def rainy(state, command, now):
        return decide(state, command, now) if isinstance(command, CreateSet) else no

    monkeypatch.setattr(engine, "decide", rainy)

    assert engine.follow(Room(), creation("m1"), NOON) is no


def test_what_is_asked_of_the_bot_itself_is_no_matter_of_a_set_or_meeting():
    assert isinstance(engine.follow(founded().room, ShowPrivacy(who="ana"), NOON), Refusal)


def test_commands_that_lead_to_ever_more_end_in_an_error_and_not_in_half_a_change(monkeypatch):
    again = MeetNext(who="ana", at=None)
    room = founded("m1").room
    monkeypatch.setattr(engine, "decide", lambda state, c, now: Decision(state, then=(again,)))

    with pytest.raises(RuntimeError, match="MeetNext leads to ever more"):
        engine.follow(room, again, NOON)


def test_what_the_decisions_on_the_way_say_is_taken_together(monkeypatch):
    room = founded("m1").room
    first, second = Agree(who="eve", name="Eve"), MeetNext(who="eve", at=NOON)
    one, other = (Notice(Matter.NOTICE, slot, "joined") for slot in ("a", "b"))
    said = {
        first: Decision(room.set, (one,), "In.", (second,), rests="gone", who_reads=True),
        second: Decision(
            room.session, (other,), "Noted.", recounts=(Recount("c"),), wakes=("x",), calendar=True
        ),
    }
    monkeypatch.setattr(engine, "decide", lambda state, command, now: said[command])

    followed = engine.follow(room, first, NOON)

    assert followed == engine.Followed(
        room, (one, other), ("In.", "Noted."), (Recount("c"),), "gone", ("x",), True, True
    )
    assert followed.does_something(room)


def test_only_what_leaves_everything_as_it_was_and_says_nothing_to_others_does_nothing():
    room = founded("m1").room

    assert not engine.Followed(room, answers=("Here it is.",)).does_something(room)
    assert engine.Followed(room, who_reads=True).does_something(room)
    assert engine.Followed(founded("m1").room).does_something(room)
    assert engine.Followed(replace(room, session=None)).does_something(room)
