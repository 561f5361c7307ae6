"""Rights: one table, and every command, verb and button in it."""

from dataclasses import replace

import pytest

from bot.core import commands
from bot.core.commands import Command
from bot.core.learning_set import SetState
from bot.core.rights import NEEDS, TABLE, Right, Role, in_session, in_set, needed, refused
from bot.core.verbs import BY_NAME, VERBS, help_lines
from tests.core.stage import Meeting

KINDS = (commands.Command, commands.InSession, commands.Contribution, commands.ToSet)
COMMANDS = sorted(
    (
        found
        for found in vars(commands).values()
        if isinstance(found, type) and issubclass(found, Command) and found not in KINDS
    ),
    key=lambda command: command.__name__,
)

# The table as a facilitator would read it aloud. X and O are not known to the core.
ALLOWED = {
    "create a set": "NMPFD",
    "join": "NMPFD",
    "see who is in the set": "MPF",
    "add an issue": "MPF",
    "withdraw one's own issue": "MPF",
    "vote": "MPF",
    "start a meeting": "F clock",
    "change the set, plan its meetings": "F",
    "take part in a meeting": "MPF",
    "move the meeting": "MPF",
    "keep, change and report on one's own action": "MPF",
    "be the clock": "clock",
    "follow from a decision that was allowed": "NMPFD clock",
}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_command_has_its_row(command):
    assert command in NEEDS


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", Role)
def test_every_cell_of_the_table(right, role):
    allowed = ALLOWED[right]
    letters, _, clock = allowed.partition(" ") if "clock" not in allowed[:5] else ("", "", allowed)

    assert (role in TABLE[right]) is (role.value in letters or role.value == clock)


def test_every_verb_names_its_row():
    assert all(verb.right in TABLE for verb in VERBS)
    assert BY_NAME["pitch"] is BY_NAME["bid"]


def test_a_command_that_a_phase_adds_for_itself_takes_part():
    class Weather(commands.Contribution):
        pass

    assert needed(Weather(who="ana")) is Right.TAKE_PART


def test_help_is_at_most_eight_lines_and_begins_with_what_one_can_do_now():
    running, quiet = help_lines(running=True), help_lines(running=False)

    assert len(running) == len(quiet) == 8
    assert "/als next" in str(running[0])
    assert "/als home" in str(quiet[0])


# --- roles ----------------------------------------------------------------------------------------


def test_roles_in_a_meeting():
    session = Meeting.at("explore").session

    assert in_session(session, "clock") == {Role.CLOCK}
    assert in_session(session, "zoe") == {Role.NOBODY}
    assert in_session(session, "eve") == {Role.MEMBER}
    assert in_session(session, "ben") == {Role.MEMBER, Role.PRESENTER}
    assert in_session(session, "ana") == {Role.MEMBER, Role.FACILITATOR}


def test_the_bot_is_nobodys_role():
    session = Meeting.at("explore", facilitation="bot-held").session

    assert in_session(session, "bot") == {Role.NOBODY}


def test_roles_in_a_set():
    play = Meeting.at("close")
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
    play = Meeting.at("close", facilitation=facilitation)
    play.close()

    assert Role.FACILITATOR in in_set(play.set, "eve")
    assert Role.FACILITATOR not in in_set(play.set, "zoe")


def test_a_founder_who_has_not_agreed_holds_the_process_but_is_no_member():
    play = Meeting.founded("ana")

    assert in_set(play.set, "ana") == {Role.FACILITATOR}
    assert in_session(play.session, "ana") == {Role.NOBODY, Role.FACILITATOR}


def test_refusals_name_the_way_in():
    start = commands.StartMeeting(who="eve", session="s", seed=1)
    vote = commands.CastVote(who="zoe", bid=1)

    found = refused(frozenset({Role.MEMBER}), start)
    assert found is not None
    assert found.code == "not_facilitator"
    found = refused(frozenset({Role.NOBODY}), vote)
    assert found is not None
    assert found.sentence.startswith("Press I'm here")
