"""Action plan: the presenter says what they will do, by when; none to three, in their words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from bot.core.cards import Block, Button, Card, Form, PersonId, Quote, Style, Text, Tone
from bot.core.command import InSession
from bot.core.decision import Deadline, Decision, Matter, Notice, Post, Refusal
from bot.core.exchange import ACTION_FORM, MOST_PER_ROUND, KeepAction, due_refused, new_action_form
from bot.core.meeting.commands import ClockSpeaks, FinishPlanning, PlanAction
from bot.core.meeting.phases.belongings import Said, under
from bot.core.meeting.phases.phase import Meant, Opened, Phase, Speaks
from bot.core.meeting.phases.round.silent_presenter import (
    LONG_WAIT,
    asks_what_to_do,
    somebody_to_ask,
)
from bot.core.meeting.phases.shown import Once, Silence
from bot.core.meeting.session import Memory, Session
from bot.core.signals import Pressed, Signal, Submitted
from bot.core.walltime import at_clock_time


@dataclass(frozen=True, slots=True)
class Planned:
    """An action as this meeting remembers it; the set keeps it for good."""

    id: str
    what: str
    visibility: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The presenter's actions of this round, and whether they are done planning.

    `added_at` is when the last one came, or the clock went on; `silent` that nothing came for long.
    """

    actions: tuple[Planned, ...] = ()
    finished: bool = False
    added_at: datetime | None = None
    silent: bool = False


FREE = f"None is fine, {MOST_PER_ROUND} at most. You choose who sees each."


class ActionPlan(Phase):
    """The presenter only; "no action, I will sit with it" is a choice like any other."""

    key: ClassVar[str] = "action_plan"
    title: ClassVar[str] = "Action points"
    purpose: ClassVar[str] = f"What will you do, by when? {FREE}"
    speaks: ClassVar[Speaks] = Speaks.PRESENTER
    memory: ClassVar[type] = Plan
    forms: ClassVar[tuple[Form, ...]] = (ACTION_FORM,)
    opens: ClassVar[tuple[str, ...]] = ("add_action",)
    example: ClassVar[Memory | None] = Plan(
        (Planned("a", "Talk to Mia before Friday", "set"), Planned("b", "Sleep on it", "me")), True
    )

    def reopened(self, before: Plan) -> Plan:
        """There may be more to plan; what was planned stays."""
        return replace(before, finished=False, added_at=None, silent=False)

    def go_on(self, session: Session, at: int, now: datetime) -> Session:
        """The presenter gets their time once more."""
        plan = session.memory(Plan, at)
        return session.remember(replace(plan, added_at=now), at)

    def later(self, session: Session, at: int, by: timedelta) -> Session:
        """The presenter has as much time as before."""
        plan = session.memory(Plan, at)
        if plan.added_at is None:
            return session
        return session.remember(replace(plan, added_at=plan.added_at + by), at)

    def deadlines(self, session: Session, at: int) -> tuple[Deadline, ...]:
        """When nothing has come from the presenter for long, and there is somebody to ask."""
        plan = session.memory(Plan, at)
        if plan.silent or session.clock.still is not None or not somebody_to_ask(session, at):
            return ()
        due = (plan.added_at or session.clock.began_at) + LONG_WAIT
        if due >= session.clock.ends_at:
            return ()  # The end of the time asks the same.
        return (Deadline(due, "long_wait", str(len(plan.actions)), at),)

    def understand(self, session: Session, at: int, who: PersonId, signal: Signal) -> Meant:
        """An action handed in, or the end of planning."""
        match signal:
            case Submitted("action", step=step, value="plan"):
                return PlanAction(
                    who=who,
                    step=step,
                    action=signal.fresh,
                    what=signal.get("what"),
                    due=at_clock_time(signal.get("due"), session.wall),
                    how=signal.get("how"),
                    helper=signal.get("helper"),
                    visibility=signal.get("visibility"),
                )
            case Pressed("no_action", step=step):
                return FinishPlanning(who=who, step=step, none=True)
            case Pressed("thats_all", step=step):
                return FinishPlanning(who=who, step=step)
            case _:
                return None

    def form(self, session: Session, at: int, who: PersonId, action: str, value: str) -> Opened:
        """`Add an action`, the presenter's alone."""
        if action != "add_action":
            return None
        if not self.may_speak(session, at, who):
            return self.out_of_turn(session, at)
        if len(session.memory(Plan, at).actions) >= MOST_PER_ROUND:
            return _enough()
        return replace(new_action_form("set", "plan"), subject=session.id, step=at)

    def out_of_turn(self, session: Session, at: int) -> Refusal:
        """Others keep theirs elsewhere."""
        presenter = session.name(session.presenter_of(at))
        return Refusal(
            f"Only {presenter} adds actions here. For yours, press “Save an action for "
            "me” under More.",
            "out_of_turn",
        )

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision[Session] | Refusal:
        """An action planned, kept by the set in the same moment; or the end of planning."""
        plan = session.memory(Plan, at)
        match command:
            case PlanAction():
                return _planned(session, at, plan, command, now)
            case FinishPlanning(none=True) if plan.actions:
                return Refusal(
                    "You've already written an action. Press That's all to move on with it.",
                    "not_none",
                )
            case FinishPlanning():
                return Decision(session.remember(replace(plan, finished=True), at))
            case ClockSpeaks(what="long_wait"):
                silent = session.remember(replace(plan, silent=True), at)
                return Decision(silent, asks_what_to_do(session, at, len(plan.actions)))
            case _:
                return self.not_here()

    def finished(self, session: Session, at: int) -> bool:
        """The presenter confirms, with or without actions."""
        return session.memory(Plan, at).finished

    def once(self, session: Session, at: int) -> tuple[Once, ...]:
        """The question to the presenter, each time; and that they are free in it."""
        presenter = session.name(session.presenter_of(at))
        asked = f"{presenter}, what will you do, by when?"
        return Once(asked), Once(FREE, frozenset({self.key}))

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """Whose actions they are; never how many."""
        presenter = session.name(session.presenter_of(at))
        return (Text(f"Everyone else stays silent with {presenter}.", Tone.QUIET),)

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """Add, none, that's all."""
        return (
            Button("Add an action", "add_action", style=Style.PRIMARY),
            Button("No action", "no_action"),
            Button("That's all", "thats_all"),
        )

    def silent(self, session: Session, at: int) -> Silence | None:
        """Nothing has come for long."""
        plan = session.memory(Plan, at)
        presenter = session.name(session.presenter_of(at))
        said = f"{presenter} has been silent for 3 minutes."
        return (len(plan.actions), said) if plan.silent else None

    def posts(self, session: Session, at: int) -> tuple[Post, ...]:
        """What Ben chose to share, or that Ben is ready to go on; never how many there are."""
        plan = session.memory(Plan, at)
        over = at != session.at or not session.live
        if not plan.finished and not (over and plan.actions):
            return ()
        presenter = session.name(session.presenter_of(at))
        shared = tuple(a.what for a in plan.actions if a.visibility == "set" and a.what)
        card = Card(
            f"{presenter}'s actions" if shared else f"{presenter} is ready to go on",
            tuple(Quote(what) for what in shared),
            summary="The action points are settled.",
            subject=session.id,
        )
        slot = session.slot(f"planned:{at}")
        return (Post(Notice(Matter.WORDS, slot, "post", session.id), card),)

    def words_of(self, session: Session, at: int, who: PersonId) -> tuple[Said, ...]:
        """What the presenter planned."""
        return tuple(("action", action.what) for action in self._planned_by(session, at, who))

    def keepsake(self, session: Session, at: int, who: PersonId) -> tuple[Block, ...]:
        """The presenter's actions, in their words."""
        planned = self._planned_by(session, at, who)
        return under(self.title, (Quote(action.what, "your action") for action in planned))

    def _planned_by(self, session: Session, at: int, who: PersonId) -> tuple[Planned, ...]:
        mine = session.presenter_of(at) == who
        return session.memory(Plan, at).actions if mine else ()

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Plan:
        """Without the presenter's actions."""
        plan = session.memory(Plan, at)
        return replace(plan, actions=()) if session.presenter_of(at) in people else plan

    def clear(self, session: Session, at: int, people: frozenset[PersonId]) -> Plan:
        """Without the words; the actions themselves stay with their owner."""
        plan = session.memory(Plan, at)
        if session.presenter_of(at) not in people:
            return plan
        return replace(plan, actions=tuple(replace(a, what="") for a in plan.actions))


def _enough() -> Refusal:
    return Refusal(f"{MOST_PER_ROUND} actions are enough for 1 round. Press That's all.", "enough")


def _planned(
    session: Session, at: int, plan: Plan, command: PlanAction, now: datetime
) -> Decision[Session] | Refusal:
    if any(a.id == command.action for a in plan.actions):
        return Decision(session)
    if len(plan.actions) >= MOST_PER_ROUND:
        return _enough()
    refusal = due_refused(command.due, session.zone, now)
    if refusal is not None:
        return refusal
    planned = Planned(command.action, command.what, command.visibility)
    keep = KeepAction(
        who=command.who,
        action=command.action,
        what=command.what,
        due=command.due,
        how=command.how,
        helper=command.helper,
        visibility=command.visibility,
        session=session.id,
    )
    actions = (*plan.actions, planned)
    return Decision(
        session.remember(replace(plan, actions=actions, added_at=now, silent=False), at),
        answer=f"Saved, {len(actions)} of {MOST_PER_ROUND}.",
        then=(keep,),
    )


ACTION_PLAN = ActionPlan()
