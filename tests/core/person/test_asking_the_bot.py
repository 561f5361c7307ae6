"""What follows from what people ask of the bot itself, before anything of it is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core import engine
from bot.core.cards import Card
from bot.core.decision import Refusal
from bot.core.learning_set.place import Room
from bot.core.learning_set.state import Member, SetState
from bot.core.meeting.session import Facilitation
from bot.core.person.commands import (
    AskHelp,
    BurnSet,
    ExportMine,
    ForgetMe,
    LookAfter,
    PutAway,
    RaiseConcern,
    SetSignpost,
    ShowPrivacy,
)
from bot.core.person.outcome import (
    Archive,
    Burn,
    Erase,
    KeepSignpost,
    Known,
    PersonDecision,
    WantBurnt,
)
from bot.core.person.signposts import Signpost, read_by_people

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def a_set(facilitation: Facilitation = Facilitation.LED) -> SetState:
    """Ana leads Ben, Chidi and Dana, who have all agreed."""
    since = NOON - 9 * DAY
    people = ("Ana", "Ben", "Chidi", "Dana")
    return SetState(
        id="s1",
        place="#aurora",
        name="Aurora",
        zone="Europe/London",
        format="90",
        facilitation=facilitation,
        facilitator="ana",
        created_at=since,
        members=tuple(Member(n.casefold(), n, since, agreed_at=since) for n in people),
    )


def known(state: SetState | None = None, **more) -> Known:
    """What is known of that set's room."""
    return Known(Room(state), **more)


def follows(known: Known, command) -> PersonDecision:
    """What follows, where it is not refused."""
    decided = engine.answer(known, command, NOON)
    assert not isinstance(decided, Refusal), decided
    return decided


def words(decision: PersonDecision) -> str:
    """All that is told."""
    return repr(decision.told)


# --- burning ----------------------------------------------------------------------------------------


def test_without_a_set_nothing_can_be_burnt():
    decided = engine.answer(known(), BurnSet(who="ana", sure=True), NOON)

    assert isinstance(decided, Refusal)
    assert decided.code == "no_set"


def test_asking_only_shows_how_many_want_it():
    decided = follows(known(a_set(), wishes=(("ben", NOON),)), BurnSet(who="ana"))

    assert decided.only_tells
    assert "One member of 4" in words(decided) or "1 member of 4" in words(decided)
    assert "Its facilitator hasn't agreed yet." in words(decided)


def test_half_of_the_members_are_not_enough():
    decided = follows(known(a_set(), wishes=(("ben", NOON),)), BurnSet(who="ana", sure=True))

    assert decided.to_do == (WantBurnt("s1", "ana"),)
    assert not decided.changed
    assert isinstance(decided.told[0], Card)


def test_more_than_half_with_the_facilitator_are_enough():
    wishes = (("ben", NOON), ("ana", NOON))
    decided = follows(known(a_set(), wishes=wishes), BurnSet(who="dana", sure=True))

    assert decided.to_do == (WantBurnt("s1", "dana"), Burn("s1"))
    assert (decided.audit, decided.changed) == (("burn", "s1"), True)


@pytest.mark.parametrize(
    ("facilitation", "leader_left", "burns"),
    [
        (Facilitation.LED, False, False),
        (Facilitation.LED, True, True),
        (Facilitation.ROTATING, False, True),
    ],
)
def test_the_facilitator_has_to_agree_where_one_leads_and_is_still_there(
    facilitation, leader_left, burns
):
    state = a_set(facilitation)
    if leader_left:
        gone = replace(state.members[0], left_at=NOON)
        state = replace(state, members=(gone, *state.members[1:]))
    wishes = (("ben", NOON), ("chidi", NOON))

    decided = follows(known(state, wishes=wishes), BurnSet(who="dana", sure=True))

    assert (Burn("s1") in decided.to_do) is burns


@pytest.mark.parametrize(
    ("who", "ago"), [("zoe", timedelta()), ("ben", DAY), ("ben", DAY + timedelta(seconds=1))]
)
def test_the_request_of_a_stranger_or_of_another_day_does_not_count(who: str, ago: timedelta):
    wishes = ((who, NOON - ago), ("ana", NOON))

    decided = follows(known(a_set(), wishes=wishes), BurnSet(who="dana", sure=True))

    assert Burn("s1") not in decided.to_do


def test_a_request_counts_for_a_day_and_a_second_one_of_the_same_person_once():
    almost = NOON - DAY + timedelta(seconds=1)
    counts = (("ben", almost), ("ana", almost))
    once = (("dana", almost), ("ana", almost))

    assert (
        Burn("s1") in follows(known(a_set(), wishes=counts), BurnSet(who="dana", sure=True)).to_do
    )
    assert (
        Burn("s1") not in follows(known(a_set(), wishes=once), BurnSet(who="dana", sure=True)).to_do
    )


# --- one's own data ---------------------------------------------------------------------------------


def test_who_runs_the_bot_is_said_with_what_is_stored():
    decided = follows(known(operator="the guild of Bath"), ShowPrivacy(who="eve"))

    assert decided.only_tells
    assert "the guild of Bath" in words(decided)


def test_an_export_holds_the_sets_that_are_theirs_to_see_and_is_noted():
    strange = Room(replace(a_set(), id="s2", members=a_set().members[:1]))
    rooms = (Room(a_set()), strange)

    decided = follows(known(knew=rooms, settings=(("zone", "UTC"),)), ExportMine(who="ben"))

    plain, data = decided.files
    assert "Set 1" in plain.text
    assert "Set 2" not in plain.text
    assert "zone: UTC" in plain.text
    assert '"Ben"' in data.text
    assert decided.audit == ("export",)
    assert not decided.only_tells


def test_forgetting_asks_first():
    assert follows(known(), ForgetMe(who="ben")).only_tells

    sure = follows(known(), ForgetMe(who="ben", sure=True))

    assert sure.to_do == (Erase("ben"),)
    assert (sure.audit, sure.changed) == (("forget",), True)


# --- help and concern -------------------------------------------------------------------------------

LEAD = Signpost("", "Talk to Zoe.", "zoe")


def test_help_shows_where_people_are_found():
    decided = follows(known(signposts=(LEAD,)), AskHelp(who="ben"))

    assert decided.only_tells
    assert "Talk to Zoe." in words(decided)


@pytest.mark.parametrize(
    ("state", "posts", "code"), [(None, (LEAD,), "no_set"), (a_set(), (), "no_lead")]
)
def test_a_concern_needs_a_set_and_somebody_who_hears_of_it(state, posts, code):
    decided = engine.answer(known(state, signposts=posts), RaiseConcern(who="ben"), NOON)

    assert isinstance(decided, Refusal)
    assert decided.code == code


def test_a_concern_asks_first_and_then_goes_to_the_lead_alone():
    there = known(a_set(), signposts=(Signpost("GB", "Call."), LEAD))

    assert follows(there, RaiseConcern(who="ben")).only_tells
    sure = follows(there, RaiseConcern(who="ben", sure=True))

    assert [(n.card, n.subject, n.to) for n in sure.notices] == [("concern", "ben", "zoe")]
    assert sure.audit == ("concern", "s1")


# --- the organiser ----------------------------------------------------------------------------------


def test_a_look_is_noted_and_says_where_there_is_nothing_yet():
    rows = (("Sets", "3"),)

    assert "Nothing yet." in words(follows(known(), LookAfter(who="zoe", what="sets")))
    looked = follows(known(figures=rows), LookAfter(who="zoe", what="sets"))

    assert "'3'" in words(looked)
    assert looked.audit == ("look at sets",)


@pytest.mark.parametrize(("what", "act"), [("archive", Archive("s1")), ("purge", Burn("s1"))])
def test_a_set_is_put_away_by_its_number_and_asked_about_first(what, act):
    asked = PutAway(who="zoe", what=what, subject="s")

    unknown = engine.answer(known(), asked, NOON)
    assert isinstance(unknown, Refusal)
    assert unknown.code == "no_such_set"
    assert follows(known(number="s1"), asked).only_tells
    sure = follows(known(number="s1"), replace(asked, sure=True))

    assert sure.to_do == (act,)
    assert (sure.audit, sure.changed) == ((what, "s1"), True)


def test_a_signpost_says_something_and_its_organiser_reads_what_people_read():
    empty = engine.answer(known(), SetSignpost(who="zoe", country="GB"), NOON)
    assert isinstance(empty, Refusal)
    assert empty.code == "empty"

    wish = SetSignpost(who="zoe", country="GB", words="Call.")
    decided = follows(known(), wish)

    assert (decided.to_do, decided.audit) == ((KeepSignpost(wish),), ("signpost", "GB"))
    assert "Call." in repr(read_by_people((Signpost("GB", "Call."),)))
