"""What holds for every phase: what is not for it is refused kindly, and a bare one works."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from bot.core.decision import Refusal
from bot.core.meeting import commands as meeting_commands
from bot.core.meeting.formats import FORMATS, PHASES
from bot.core.meeting.phases.phase import Phase, Speaks
from bot.core.meeting.phases.sample import NOON, meeting_at
from bot.core.meeting.session import Session
from bot.core.signals import Pressed, Reacted
from tests.core.reading import labels
from tests.core.stage import Stage

FOREIGN = (
    meeting_commands.HaveSpoken(who="eve"),
    meeting_commands.OfferIssue(who="eve", title="x"),
    meeting_commands.WithdrawIssue(who="eve"),
    meeting_commands.CastVote(who="eve", bid=1),
    meeting_commands.FinishTelling(who="ben"),
    meeting_commands.AskQuestion(who="eve", question="x"),
    meeting_commands.SettleQuestion(who="ben", number=1, outcome="park"),
    meeting_commands.TakeBackQuestion(who="eve", number=1),
    meeting_commands.EnoughQuestions(who="ben"),
    meeting_commands.Reflect(who="eve", reflection="x"),
    meeting_commands.FinishPlanning(who="ben"),
    meeting_commands.ShareLearning(who="eve"),
    meeting_commands.ShowVote(who="eve"),
)
OWN: dict[str, set[type]] = {
    "check_in": {meeting_commands.HaveSpoken},
    "bids": {
        meeting_commands.HaveSpoken,
        meeting_commands.OfferIssue,
        meeting_commands.WithdrawIssue,
    },
    "choose": {
        meeting_commands.CastVote,
        meeting_commands.WithdrawIssue,
        meeting_commands.OfferIssue,
        meeting_commands.ShowVote,
    },
    "present": {meeting_commands.FinishTelling},
    "clarify": {
        meeting_commands.AskQuestion,
        meeting_commands.SettleQuestion,
        meeting_commands.TakeBackQuestion,
        meeting_commands.EnoughQuestions,
    },
    "explore": {
        meeting_commands.AskQuestion,
        meeting_commands.SettleQuestion,
        meeting_commands.TakeBackQuestion,
        meeting_commands.EnoughQuestions,
    },
    "reflect": {meeting_commands.HaveSpoken, meeting_commands.Reflect},
    "action_plan": {meeting_commands.FinishPlanning},
    "learning_review": {meeting_commands.HaveSpoken, meeting_commands.ShareLearning},
}
PLAYED = [key for key in PHASES if key not in ("arrive", "action_report")]


def having(phase: str) -> str:
    """A format with that phase in it, one of several rounds if there is one."""
    formats = ("120", *FORMATS)
    return next(key for key in formats if phase in {s.phase for s in FORMATS[key].steps()})


@pytest.mark.parametrize("key", PLAYED)
def test_what_belongs_to_another_phase_is_refused_and_changes_nothing(key):
    play = Stage.at(key, format=having(key))
    before = play.room

    for command in FOREIGN:
        if type(command) not in OWN.get(key, set()):
            play.decide(command)
            assert play.code in ("wrong_phase", "out_of_turn"), command
            assert play.room is before


@pytest.mark.parametrize("key", PHASES)
def test_a_signal_that_means_nothing_in_a_phase_means_nothing(key):
    session = meeting_at(key, full=True)
    phase = PHASES[key]

    assert phase.understand(session, session.at, "eve", Pressed("no_such_thing")) is None
    assert phase.understand(session, session.at, "eve", Reacted("slot", "🎉")) is None
    assert phase.form(session, session.at, "eve", "no_such_thing", "") is None


@pytest.mark.parametrize("key", PHASES)
def test_what_a_phase_does_not_know_is_refused(key):
    session = meeting_at(key, full=True)
    session = session.remember(PHASES[key].enter(session, session.at, NOON), session.at)

    found = PHASES[key].decide(session, session.at, meeting_commands.ShowMore(who="eve"), NOON)

    assert isinstance(found, Refusal)
    assert found.code == "wrong_phase"


@pytest.mark.parametrize("key", PHASES)
def test_forgetting_nobody_forgets_nothing(key):
    session = meeting_at(key, full=True)
    phase = PHASES[key]
    memory = phase.example if phase.example is not None else phase.enter(session, session.at, NOON)
    session = session.remember(memory, session.at)

    assert phase.forget(session, session.at, frozenset()) == memory


@pytest.mark.parametrize(
    ("key", "who", "sentence"),
    [
        ("action_report", "eve", "Nothing is handed in during “How it went”"),
        ("break", "eve", "Nothing is handed in during “Break”"),
        ("present", "eve", "Only Ben speaks in this part"),
        ("reflect", "ben", "You present, so here you listen"),
    ],
)
def test_who_may_not_speak_hears_why(key, who, sentence):
    session = meeting_at(key, full=True)
    phase = PHASES[key]

    assert not phase.may_speak(session, session.at, who)
    assert phase.out_of_turn(session, session.at).sentence.startswith(sentence)


def test_an_owner_may_speak_in_the_report():
    session = meeting_at("action_report", full=True)

    assert PHASES["action_report"].may_speak(session, session.at, "ben")


def test_a_step_that_remembers_something_else_is_a_mistake_of_ours():
    session = meeting_at("reflect", full=True)

    with pytest.raises(TypeError, match="step 8 remembers NoneType, not str"):
        session.memory(str)


# --- a phase of one's own -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Nothing:
    """A bare phase remembers nothing."""


class Bare(Phase):
    """Says nothing of its own, so that everything is as it is by default."""

    key: ClassVar[str] = "bare"
    title: ClassVar[str] = "Bare"
    purpose: ClassVar[str] = "To be there."
    speaks: ClassVar[Speaks] = Speaks.ALL
    memory: ClassVar[type] = Nothing


def bare() -> tuple[Bare, Session]:
    session = meeting_at("bare", full=True)
    return Bare(), session.remember(Nothing(), session.at)


def test_a_bare_phase_waits_for_nobody_and_moves_nothing():
    phase, session = bare()

    assert phase.waiting(session, session.at) == ()
    assert not phase.finished(session, session.at)
    assert not phase.settling(session, session.at)
    assert not phase.skip(session, session.at)
    assert phase.before_leaving(session, session.at, "ana", NOON) is None
    assert phase.leave(session, session.at) is session
    assert phase.go_on(session, session.at, NOON) is session
    assert phase.deadlines(session, session.at) == ()
    assert phase.enter(session, session.at, NOON) == Nothing()


def test_a_bare_phase_has_its_card():
    phase, session = bare()

    running, full, over = phase.examples()

    assert labels(running) == ["Next phase", "More"]
    assert full.reactions == ()
    assert over.buttons() == ()
    assert phase.posts(session, session.at) == ()
