"""Rights: one table, and every command, verb and button in it."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core import command as command_kinds
from bot.core import engine
from bot.core.command import Command
from bot.core.input import access, understanding
from bot.core.input.forms import FORMS, OPENED_BY
from bot.core.input.personal import PRESSED
from bot.core.input.pressed import _DOORS, _GENERAL, _TO_SET
from bot.core.learning_set import commands as set_commands
from bot.core.learning_set.roles import in_place, in_set, may_be_told
from bot.core.learning_set.state import SetState
from bot.core.meeting import commands as meeting_commands
from bot.core.meeting.roles import in_session, refused_in_session
from bot.core.meeting.session import Status
from bot.core.permissions import (
    COLUMNS,
    TABLE,
    Cell,
    Right,
    Role,
    Thing,
    Visible,
    cell,
    may,
    may_see,
    set_may_see,
)
from bot.core.refusals import stopped
from bot.core.signals import Caller, Pressed, Reacted, Submitted, Typed
from bot.core.verbs import BY_NAME, VERBS, help_lines
from tests.core.stage import Stage

BOT = Path(engine.__file__).resolve().parents[1]
KINDS = (
    command_kinds.Command,
    command_kinds.InSession,
    command_kinds.Contribution,
    command_kinds.ToSet,
    command_kinds.ForPerson,
)
COMMANDS = sorted(
    (
        found
        for found in vars(meeting_commands).values()
        if isinstance(found, type) and issubclass(found, Command) and found not in KINDS
    ),
    key=lambda command: command.__name__,
)

# Both tables as a facilitator would read them aloud. Columns: stranger, nobody here, member,
# presenter, facilitator, facilitator elsewhere, admin, operator, former member.
DONE_BY = {
    "create a set": "-YYYYYY--",
    "join": "-iYYYii-i",
    "ask for help": "-YYYYYY-Y",
    "see who is in the set": "--YYY----",
    "see where the meeting is": "--YYY----",
    "list the actions of the set": "--sss----",
    "read the words behind a neutral message": "-osssoo-o",
    "read one's own notes of a meeting": "--ooo----",
    "change the set, plan its meetings": "----Y----",
    "name another facilitator": "----Y-rr-",
    "freeze the set": "----Y----",
    "burn the set": "--www----",
    "archive the set": "----Y-YY-",
    "archive or delete a set, without reading it": "------YY-",
    "start a meeting": "----Y----",
    "move the meeting": "--wwY----",
    "take the process over": "--rrY----",
    "take part in a meeting": "--YYY----",
    "hold a silence": "--YYY----",
    "add an issue": "--YYY----",
    "withdraw one's own issue": "--ooo----",
    "have one's own words of a meeting deleted": "--ooo---o",
    "vote": "--YYY----",
    "keep, change and report on one's own action": "--ooo----",
    "change one's own reminders": "--ooo----",
    "change one's own language, zone and quiet hours": "-oooooo-o",
    "export one's own data": "-oooooo-o",
    "erase one's own data": "-oooooo-o",
    "raise a concern": "--YYY----",
    "look after the installation, counts only": "------cc-",
    "say where people find help": "------Y--",
    "be the clock": "---------",
    "follow from a decision that was allowed": "-YYYYYY-Y",
}

SEEN_BY = {
    "the set, its members and its meetings": "--YYY-cc-",
    "the first word to somebody who has joined": "-oooooo-o",
    "a word to one person about the set's messages": "-oooooo-o",
    "a word to those who hold the process": "--ooo----",
    "an issue on the table": "--YYY----",
    "an issue kept for later": "--ooo---o",
    "who voted for what": "--ooo----",
    "questions and reflections of a meeting": "--YYY----",
    "what one takes home from a meeting": "--ooo----",
    "the words of an action": "--sss---o",
    "what became of an action, in words": "--sss---o",
    "a reminder of an action": "--ooo----",
    "who was there, and when": "--YYY-c-o",
    "how messages fared": "----Y-cc-",
}

CLOCK_ALONE = {"be the clock"}
CLOCK_TOO = {"start a meeting", "follow from a decision that was allowed"} | CLOCK_ALONE


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_command_has_its_row(command):
    assert command.needs in TABLE
    assert issubclass(command, command_kinds.InSession) or command.needs is not Right.TAKE_PART


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", [r for r in Role if r is not Role.CLOCK])
def test_every_cell_of_what_is_done(right, role):
    expected = DONE_BY[right][COLUMNS.index(role.value)]

    assert cell(right, role).value == expected
    assert may(frozenset({role}), right) is (expected != "-")
    refusal = stopped(frozenset({role}), right)
    assert (refusal is None) is (expected != "-")
    assert refusal is None or refusal.sentence.endswith(".")


@pytest.mark.parametrize("right", Right)
def test_the_clock_may_only_be_the_clock(right):
    assert may(frozenset({Role.CLOCK}), right) is (right in CLOCK_TOO)


@pytest.mark.parametrize("kind", Visible)
@pytest.mark.parametrize("role", [r for r in Role if r is not Role.CLOCK])
def test_every_cell_of_what_is_seen(kind, role):
    expected = SEEN_BY[kind][COLUMNS.index(role.value)]
    roles = frozenset({role})

    own = may_see(roles, "ana", Thing(kind, "ana"))
    shared = may_see(roles, "ana", Thing(kind, "ben", shared=True))
    kept_back = may_see(roles, "ana", Thing(kind, "ben"))

    assert own is (expected in "Yos")
    assert shared is (expected in "Ys")
    assert kept_back is (expected == "Y")


def test_the_clock_sees_nothing():
    assert not any(
        may_see(frozenset({Role.CLOCK}), "clock", Thing(kind, "clock")) for kind in Visible
    )


def test_a_count_is_no_word():
    admin = frozenset({Role.ADMIN})

    assert cell(Right.LOOK_AFTER, Role.ADMIN) is Cell.COUNTS
    assert not any(may_see(admin, "ana", Thing(kind, "ben", shared=True)) for kind in Visible)


# --- verbs, buttons and forms ------------------------------------------------------------------


def buttons_in_the_code() -> set[str]:
    """The action of every button that is made anywhere in the bot, found by reading the code."""
    found = set()
    for path in sorted(BOT.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name("Button"), args=[_, ast.Constant(action), *_]):
                    found.add(str(action))
    return found


OF_A_PLATFORM = {"not_here", "use_anyway", "show_words"}
"""Answered by the platform's own door or by the shell, before they are a signal to the core."""


def test_every_button_means_something_or_opens_a_form():
    known = {*_DOORS, *_GENERAL, *_TO_SET, *PRESSED, *OPENED_BY, *words_of_phases()}

    assert {"next", "agree", "vote", "done", "offer"} <= known
    assert buttons_in_the_code() - known - OF_A_PLATFORM == set()


def words_of_phases() -> set[str]:
    """What the phases' files speak of beside making buttons: what they give a meaning to."""
    found = set[str]()
    for path in sorted((BOT / "core" / "meeting" / "phases").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        made = {
            id(arg) for call in calls if ast.unparse(call.func) == "Button" for arg in call.args
        }
        found |= {
            str(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and id(node) not in made
        }
    return found


def test_every_form_says_who_may_fill_it_in():
    assert {form.needs for form in FORMS.values()} <= set(TABLE)
    assert FORMS["start_set"].needs is Right.CREATE_SET
    assert FORMS["bid"].needs is Right.ADD_ISSUE
    assert FORMS["ask"].needs is Right.TAKE_PART


EVE = Caller("eve", "Eve")


@pytest.mark.parametrize(
    ("signal", "right"),
    [
        (Pressed("next"), Right.ADVANCE),
        (Pressed("agree"), Right.JOIN),
        (Pressed("here"), Right.JOIN),
        (Pressed("begin"), Right.START),
        (Pressed("change_set"), Right.CHANGE_SET),
        (Pressed("purge_sure"), Right.PURGE),
        (Pressed("done", "a1"), Right.OWN_ACTION),
        (Pressed("a button that a phase adds"), Right.TAKE_PART),
        (Submitted("schedule", ()), Right.CHANGE_SET),
        (Submitted("a form that nobody knows", ()), Right.TAKE_PART),
        (Typed("extend", ()), Right.ADVANCE),
        (Typed("no such verb", ()), None),
        (Reacted("", "✅"), None),
    ],
)
def test_a_gesture_asks_for_what_its_command_or_form_asks_for(signal, right):
    assert access.row_of(EVE, signal) is right


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_a_verb_stands_in_the_row_of_the_button_that_opens_its_form(verb):
    form, button = Submitted(verb.opens, ()), Pressed(verb.opens)
    rows = {access.row_of(EVE, form), access.row_of(EVE, button), Right.START}

    taking_part = {Right.ADD_ISSUE: Right.TAKE_PART}
    assert not verb.opens or taking_part.get(verb.right, verb.right) in rows


def test_every_verb_names_its_row():
    assert all(verb.right in TABLE for verb in VERBS)
    assert BY_NAME["pitch"] is BY_NAME["bid"]


def test_a_command_that_a_phase_adds_for_itself_takes_part():
    class Weather(command_kinds.Contribution):
        pass

    assert Weather(who="ana").permission is Right.TAKE_PART


def test_help_is_at_most_eight_lines_and_begins_with_what_one_can_do_now():
    running, quiet = help_lines(running=True), help_lines(running=False)

    assert len(running) == len(quiet) == 8
    assert "/als next" in str(running[0])
    assert "/als home" in str(quiet[0])


# --- roles ----------------------------------------------------------------------------------------


def test_roles_in_a_meeting():
    session = Stage.at("explore").session

    assert in_session(session, "clock") == {Role.CLOCK}
    assert in_session(session, "zoe") == {Role.NOBODY}
    assert in_session(session, "eve") == {Role.MEMBER}
    assert in_session(session, "ben") == {Role.MEMBER, Role.PRESENTER}
    assert in_session(session, "ana") == {Role.MEMBER, Role.FACILITATOR}


def test_the_bot_is_nobodys_role():
    session = Stage.at("explore", facilitation="bot-held").session

    assert in_session(session, "bot") == {Role.NOBODY}


def test_roles_in_a_set():
    play = Stage.at("close")
    play.close()

    assert in_set(play.set, "clock") == {Role.CLOCK}
    assert in_set(play.set, "zoe") == {Role.NOBODY}
    assert in_set(play.set, "eve") == {Role.MEMBER}
    assert in_set(play.set, "ana") == {Role.MEMBER, Role.FACILITATOR}
    assert in_set(left(play.set, "eve"), "eve") == {Role.FORMER}
    assert in_set(left(play.set, "ana"), "ana") == {Role.FORMER}


def left(state: SetState, who: str) -> SetState:
    member = state.member(who)
    assert member is not None
    return state.with_member(replace(member, left_at=state.created_at))


@pytest.mark.parametrize("facilitation", ["rotating", "bot-held"])
def test_where_turns_are_taken_every_member_may_start(facilitation):
    play = Stage.at("close", facilitation=facilitation)
    play.close()

    assert Role.FACILITATOR in in_set(play.set, "eve")
    assert Role.FACILITATOR not in in_set(play.set, "zoe")


def test_a_founder_who_has_not_agreed_holds_the_process_but_is_no_member():
    play = Stage.started("ana")

    assert in_set(play.set, "ana") == {Role.FACILITATOR}
    assert in_session(play.session, "ana") == {Role.NOBODY, Role.FACILITATOR}


def test_refusals_name_the_way_in():
    start = set_commands.StartMeeting(who="eve", session="s", seed=1)
    vote = meeting_commands.CastVote(who="zoe", bid=1)

    found = stopped(frozenset({Role.MEMBER}), start.permission)
    assert found is not None
    assert found.code == "not_facilitator"
    found = stopped(frozenset({Role.NOBODY}), vote.permission)
    assert found is not None
    assert found.sentence.startswith("Press I'm here")


def test_one_role_that_may_is_enough():
    assert may(frozenset({Role.NOBODY, Role.FACILITATOR}), Right.START)
    assert not may(frozenset({Role.NOBODY, Role.MEMBER}), Right.START)


def test_who_is_not_in_the_meeting_is_refused_what_its_members_do():
    session = Stage.at("choose").session
    vote = meeting_commands.CastVote(who="eve", bid=1)
    start = set_commands.StartMeeting(who="eve", session=session.id, seed=1)

    assert refused_in_session(session, vote) is None
    for command, code in (
        (replace(vote, who="zoe"), "not_member"),
        (start, "not_facilitator"),
    ):
        found = refused_in_session(session, command)
        assert found is not None
        assert found.code == code


def test_who_was_entered_but_has_not_agreed_is_nobody_and_not_former():
    play = Stage.at("close")
    play.close()
    eve = play.set.member("eve")
    assert eve is not None
    waits = play.set.with_member(replace(eve, agreed_at=None))

    assert in_set(waits, "eve") == {Role.NOBODY}


def test_between_meetings_the_roles_of_the_set_are_all():
    play = Stage.at("close")
    play.close()

    assert in_place(play.set, None, "eve") == {Role.MEMBER}


def test_in_a_place_roles_of_set_and_meeting_add_up():
    play = Stage.at("explore")
    over = replace(play.session, status=Status.HELD)

    assert in_place(None, None, "ana") == {Role.NOBODY}
    assert in_place(play.set, play.session, "ben") == {Role.MEMBER, Role.PRESENTER}
    assert in_place(play.set, over, "ben") == {Role.MEMBER}
    assert in_place(left(play.set, "ben"), play.session, "ben") == {Role.FORMER}


def test_who_has_left_the_set_reacts_to_its_meeting_no_more():
    play = Stage.at("choose")
    room = replace(play.room, set=left(play.set, "eve"))
    vote = Reacted(play.session.ballot_slot, "1️⃣")

    assert isinstance(understanding.understand(play.room, Caller("eve"), vote), Command)
    assert understanding.understand(room, Caller("eve"), vote) == understanding.IGNORED


def test_a_direct_message_goes_to_who_may_read_its_card():
    play = Stage.at("close")
    play.close()

    assert may_be_told(play.set, "eve", "reminder")
    assert may_be_told(play.set, "zoe", "welcome")
    assert not may_be_told(play.set, "zoe", "reminder")
    assert not may_be_told(left(play.set, "eve"), "eve", "keepsake")


def test_what_a_set_reads_is_what_its_owners_share():
    action = Thing(Visible.ACTION, "ben", shared=True)

    assert set_may_see(action)
    assert not set_may_see(replace(action, shared=False))


def test_who_manages_the_place_is_named_where_only_they_may():
    found = stopped(frozenset({Role.FACILITATOR}), Right.LOOK_AFTER)

    assert found is not None
    assert found.code == "not_admin"
