"""One's own data: what is told about it, what may be taken along, and what goes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core import engine, notice_cards
from bot.core.cards import Fields
from bot.core.decision import Matter, Notice, Refusal, Where
from bot.core.exchange import KeepAction
from bot.core.input import personal, understanding
from bot.core.learning_set.commands import KeepDraft
from bot.core.learning_set.place import Room
from bot.core.learning_set.state import Deed, Proposal, Reply, Rsvp
from bot.core.meeting.forgetting import without_in
from bot.core.meeting.phases.gathering.action_report import Report, Reports
from bot.core.meeting.session import BOT, FORMER, FORMER_NAME, Facilitation
from bot.core.person import commands as person_commands
from bot.core.person import privacy, signposts
from bot.core.person.retention import RULES, Data, privacy_card, span
from bot.core.person.signposts import Signpost
from bot.core.refusals import NO_SET, NOT_ADMIN
from bot.core.signals import Caller, Pressed, Reacted, Signal, Typed
from tests.core.reading import words_of
from tests.core.stage import Stage

NOW = datetime(2027, 3, 1, 19, tzinfo=UTC)


NOWHERE = Room()


def meant(signal: Signal, room: Room = NOWHERE, *, admin: bool = False) -> object:
    return understanding.understand(room, Caller("eve", "Eve", admin=admin), signal)


@pytest.fixture
def full() -> Stage:
    """A meeting that has heard words of everybody, at its close."""
    play = Stage.at("close", facilitation="led")
    for who in ("ben", "eve"):
        play.decide(
            KeepAction(who=who, action=who, what=f"The act of {who}; ask Ana", due=None, how="So")
        )
        play.decide(KeepDraft(who=who, title=f"The draft of {who}", why="Now"))
    return play


# --- what is told -----------------------------------------------------------------------------


def test_what_is_told_is_the_table_itself():
    card = privacy_card("The Peers")
    (fields,) = (b for b in card.blocks if isinstance(b, Fields))

    assert len(fields.rows) == len(Data) == len(RULES)
    for what, how in fields.rows:
        assert any(rule.what == what and rule.kept in how for rule in RULES.values())
    assert "The Peers" in words_of(card)
    assert "your organiser" in words_of(privacy_card(""))
    assert span(Data.WORDS).days == 1


def test_who_may_ask_what_anywhere():
    assert meant(Typed("privacy")) == person_commands.ShowPrivacy(who="eve")
    assert meant(Typed("mydata export")) == person_commands.ExportMine(who="eve")
    assert meant(Typed("mydata forget")) == person_commands.ForgetMe(who="eve")
    assert meant(Pressed("export_mine")) == person_commands.ExportMine(who="eve")
    assert meant(Pressed("forget_me")) == person_commands.ForgetMe(who="eve")
    assert meant(Pressed("forget_sure")) == person_commands.ForgetMe(who="eve", sure=True)
    assert meant(Pressed("need_help")) == person_commands.AskHelp(who="eve")
    assert meant(Typed("concern")) == NO_SET
    assert meant(Typed("set burn")) == NO_SET


def test_what_speaks_of_the_set_needs_one():
    play = Stage.at("close")

    assert meant(Typed("concern"), play.room) == person_commands.RaiseConcern(who="eve")
    assert meant(Pressed("concern_sure"), play.room) == person_commands.RaiseConcern(
        who="eve", sure=True
    )
    assert meant(Typed("set burn"), play.room) == person_commands.BurnSet(who="eve")
    assert meant(Pressed("burn_sure"), play.room) == person_commands.BurnSet(who="eve", sure=True)
    assert personal.needs_no_set(Typed("privacy"))
    assert not personal.needs_no_set(Typed("concern"))
    assert not personal.needs_no_set(Reacted("slot", "✅"))


@pytest.mark.parametrize("what", ["doctor", "sets", "delivery", "audit"])
def test_an_organiser_looks_at_counts_and_nobody_else(what):
    assert meant(Typed(f"admin {what}"), admin=True) == person_commands.LookAfter(
        who="eve", what=what
    )
    assert meant(Typed(f"admin {what}")) == NOT_ADMIN


def test_an_organiser_puts_away_and_signposts():
    archive = meant(Typed("admin archive", (("set", "0123"),)), admin=True)
    assert archive == person_commands.PutAway(who="eve", what="archive", subject="0123")
    for what in ("archive", "purge"):
        sure = meant(Pressed(f"{what}_sure", value="0123"), admin=True)
        assert sure == person_commands.PutAway(who="eve", what=what, subject="0123", sure=True)
    post = meant(Typed("admin signpost", (("country", "gb"), ("words", " 999 "))), admin=True)
    assert post == person_commands.SetSignpost(who="eve", country="GB", words="999")
    lead = meant(Typed("admin signpost", (("lead", "@U1"),)), admin=True)
    assert lead == person_commands.SetSignpost(who="eve", lead="U1")
    bad = meant(Typed("admin signpost", (("country", "G1"),)), admin=True)
    assert isinstance(bad, Refusal)
    long = meant(Typed("admin signpost", (("words", "x" * 2001),)), admin=True)
    assert isinstance(long, Refusal)


def test_the_core_itself_decides_none_of_it():
    assert isinstance(engine.decide(None, person_commands.ShowPrivacy(who="eve"), NOW), Refusal)


# --- export ---------------------------------------------------------------------------------------


def test_one_takes_ones_own_words_and_nobody_elses(full):
    own = privacy.mine(full.room, "eve")
    said = " ".join(words for _, words in own.words)

    assert "The act of eve" in said
    assert "The draft of eve" in said
    assert "ben" not in said
    assert "Ana" not in said
    assert privacy.A_MEMBER in said
    assert ("presented in it", False) in own.acts
    assert any(what == "voted for" for what, _ in own.words)


def test_a_presenter_takes_what_they_said_themselves(full):
    own = privacy.mine(full.room, "ben")
    kinds = {what for what, _ in own.words}

    assert {"issue", "action"} <= kinds
    assert ("presented in it", True) in own.acts
    assert ("came to the last meeting", True) in own.acts


def test_answers_and_reports_of_ones_own_are_taken_along(full):
    at = full.session.steps("action_report")[0]
    told = Report("a", "eve", words="It went well", learned="To wait")
    session = full.session.remember(Reports((told, replace(told, owner="ben"))), at)
    (meeting, *_) = full.set.meetings
    answered = replace(meeting, rsvps=(Rsvp("eve", Reply.MAYBE, NOW), Rsvp("ben", Reply.AWAY, NOW)))
    room = replace(full.room, set=full.set.with_meeting(answered), session=session)

    own = privacy.mine(room, "eve")

    replies = [how for what, how in own.acts if what == "answered an invitation"]
    assert [how["with"] for how in replies] == ["maybe"]
    assert [w for w in own.words if w[0] == "what happened" and w[1]] == [
        ("what happened", "It went well")
    ]
    gone = privacy.without(room.set, "eve")
    assert [r.person for r in gone.meeting(answered.id).rsvps] == ["ben"]


def test_what_somebody_was_about_to_do_goes_with_them(full):
    proposal = Proposal("k", "eve", "schedule", NOW.replace(tzinfo=None))
    state = replace(full.set, proposal=proposal, deeds=(Deed("eve", NOW, "bid"),))

    assert privacy.without(state, "eve").proposal is None
    assert privacy.without(state, "eve").deeds == ()
    assert privacy.without(state, "ben").proposal == proposal


def test_somebody_else_has_nothing_to_take(full):
    assert privacy.mine(full.room, "zoe") == privacy.Mine((), ())
    assert privacy.mine(Room(), "eve") == privacy.Mine((), ())
    between = replace(full.room, session=None)
    assert dict(privacy.mine(between, "eve").words)["issue kept for later"] == "The draft of eve"


def test_both_files_say_the_same(full):
    own = privacy.mine(full.room, "eve")
    settings = (("zone", "Europe/London"),)
    text = privacy.as_text((own,), settings, NOW)
    machine = privacy.as_json((own,), settings, NOW)

    for _, words in own.words:
        assert words in text
        assert words in machine
    assert "zone: Europe/London" in text
    assert "Set 1" in text
    assert "shared with the set no" in text or "shared with the set yes" in text
    assert "nothing" in privacy.as_text((privacy.Mine((("voted for", []),), ()),), (), NOW)


def test_names_are_replaced_whole_and_in_any_case():
    said = privacy.without_names("ana and Ana Banana, not Anabel", ("Ana Banana", "X"))

    assert said == "[a member] and [a member], not Anabel"


# --- being forgotten ------------------------------------------------------------------------------


def test_who_is_forgotten_leaves_no_word_in_the_set(full):
    state = privacy.without(full.set, "eve")

    assert "eve" not in repr(state.members)
    assert "of eve" not in repr(state)
    assert "The act of ben" in repr(state)
    assert state.name_of("eve") == FORMER_NAME
    assert state.facilitator == "ana"


def test_a_set_whose_facilitator_is_forgotten_goes_on_together(full):
    state = privacy.without(full.set, "ana")

    assert (state.facilitator, state.facilitation) == (BOT, Facilitation.BOT_HELD)


@pytest.mark.parametrize("who", ["ben", "eve"])
@pytest.mark.parametrize("phase", ["bids", "choose", "explore", "reflect", "close"])
def test_who_is_forgotten_leaves_no_word_in_the_meeting(who, phase):
    play = Stage.at(phase)
    before = privacy.mine(play.room, who).words

    session = without_in(play.session, who, play.now)

    after = privacy.mine(
        replace(play.room, set=privacy.without(play.set, who), session=session), who
    )
    assert after.words == ()
    assert before or phase == "bids"
    assert f"'{who}'" not in repr(session)
    assert session.name(FORMER) == FORMER_NAME


# --- help and concern -----------------------------------------------------------------------------


def test_help_says_that_nobody_watches_and_where_people_are():
    posts = (Signpost("GB", "Samaritans 116 123"), Signpost("", "Ring Mia"), Signpost("FR", ""))
    alone = engine.help_for(Room(), "eve", posts, NOW)
    play = Stage.at("explore")
    there = engine.help_for(play.room, "eve", posts, play.now)

    for card in (alone, there):
        assert "nobody watches it" in words_of(card)
        assert "Samaritans 116 123" in words_of(card)
        assert words_of(card).index("Ring Mia") < words_of(card).index("Samaritans")
    assert {b.label for b in there.buttons()} == {"Hold a silence", "I have to go"}
    assert alone.buttons() == ()


def test_the_lead_hears_who_and_which_set_and_nothing_else(full):
    notice = Notice(Matter.NOTICE, "slot", "concern", "eve", Where.DIRECT, "lead")
    card = notice_cards.draw(full.room, notice)

    assert card is not None
    assert "Eve of the set Aurora" in words_of(card)
    assert "Eve" not in card.summary
    left = replace(full.room, set=privacy.without(full.set, "eve"))
    assert notice_cards.draw(left, notice) is None
    assert "Tell the lead" in words_of(signposts.sure_card(full.set))
