"""What every phase answers: who may speak, what it remembers, what it shows, when it is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias

from bot.core.cards import Block, Button, Card, Form, PersonId, Text, Tone, Until, buttons
from bot.core.commands import Command, InSession
from bot.core.session import (
    BOT,
    Deadline,
    Decision,
    Memory,
    Participant,
    Post,
    Refusal,
    Session,
    in_words,
)
from bot.core.signals import Signal

MORE = Button("More", "more")


class Speaks(StrEnum):
    """The speaking rules of the method (1.3)."""

    ALL = "all"
    PRESENTER = "presenter"
    MEMBERS = "members"
    OWNERS = "owners"
    NOBODY = "nobody"


Onward: TypeAlias = Decision | Refusal | str | None


class Phase:
    """One phase. Holds no state: everything it knows comes in as a session and a step index."""

    key: ClassVar[str]
    title: ClassVar[str]
    purpose: ClassVar[str]
    speaks: ClassVar[Speaks]
    memory: ClassVar[type]
    forms: ClassVar[tuple[Form, ...]] = ()
    shrinks: ClassVar[bool] = False
    """Whether a late meeting takes time from this phase first (method 1.4)."""

    def enter(self, session: Session, at: int, now: datetime) -> Memory:
        """What the step remembers when it is entered (again)."""
        before = session.memories[at]
        return before if before is not None else self.memory()

    def skip(self, session: Session, at: int) -> bool:
        """Whether there is nothing to do here, so that the plan goes on without it."""
        step = session.plan[at]
        return step.round > 0 and (
            session.presenter_of(at) is None or step.round in session.stopped
        )

    def understand(
        self, session: Session, at: int, who: PersonId, signal: Signal
    ) -> Command | Refusal | None:
        """What a signal means in this phase; None where it means nothing here."""
        return None

    def form(
        self, session: Session, at: int, who: PersonId, action: str, value: str
    ) -> Form | Refusal | None:
        """The form that a button opens for this person; None where it opens none."""
        return None

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision | Refusal:
        """What follows from a command in step `at`, usually the current one."""
        return self.not_here(session, command)

    def finished(self, session: Session, at: int) -> bool:
        """Whether everybody has had their say, so that the meeting moves on by itself."""
        return False

    def before_leaving(self, session: Session, at: int, by: PersonId, now: datetime) -> Onward:
        """What stands between `by` (a person or the clock) and the next step.

        None: nothing, the meeting moves on. A string: the key of the phase to go to instead.
        """
        return None

    def leave(self, session: Session, at: int) -> Session:
        """The session as this step leaves it behind."""
        return session

    def deadlines(self, session: Session, at: int) -> tuple[Deadline, ...]:
        """When the clock should speak for this phase, beside the end of its time."""
        return ()

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """What its card says while it runs, under the purpose."""
        return ()

    def over(self, session: Session, at: int) -> tuple[Block, ...]:
        """What its card still says once it is over."""
        return ()

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """What its card offers while it runs, before `Next phase` and `More`."""
        return ()

    def reactions(self, session: Session, at: int) -> tuple[str, ...]:
        """The reactions that count on its card while it runs."""
        return ()

    def posts(self, session: Session, at: int) -> tuple[Post, ...]:
        """What people handed in here and stands in the thread."""
        return ()

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Memory:
        """The step's memory without the words of these people."""
        return session.memories[at]

    def examples(self) -> tuple[Card, ...]:
        """Cards as they come, for tests that draw every one on every platform."""
        from bot.core.phases.sample import NOON, meeting_at

        shown: list[Card] = []
        for full in (False, True):
            bare = meeting_at(self.key, full=full)
            for n in range(bare.at):
                bare = bare.remember(None, n)
            session = bare.remember(self.enter(bare, bare.at, NOON), bare.at)
            shown.append(self.card(session, None))
        return tuple(shown)

    # --- shared by all phases ---------------------------------------------------------------

    def may_speak(self, session: Session, at: int, who: PersonId) -> bool:
        """Whether this person's role may hand something in here."""
        presenter = session.presenter_of(at)
        match self.speaks:
            case Speaks.ALL:
                return True
            case Speaks.PRESENTER:
                return who == presenter
            case Speaks.MEMBERS:
                return who != presenter
            case Speaks.OWNERS:
                return any(owed.owner == who for owed in session.owed)
            case Speaks.NOBODY:
                return False

    def out_of_turn(self, session: Session, at: int) -> Refusal:
        """What somebody hears who may not speak here."""
        presenter = session.name(session.presenter_of(at) or "")
        match self.speaks:
            case Speaks.PRESENTER:
                sentence = f"Only {presenter} speaks in this part; you can listen now and have your turn next."
            case Speaks.MEMBERS:
                sentence = (
                    "You are presenting, so here you listen; the others have the word for now."
                )
            case _:
                sentence = (
                    f"Nothing is handed in during “{self.title}”; wait for the next part, please."
                )
        return Refusal(sentence, "out_of_turn")

    def not_here(self, session: Session, command: InSession) -> Refusal:
        """What somebody hears whose wish belongs to another phase."""
        return Refusal(
            f"That does not belong to “{self.title}”; press More to see what you can do now.",
            "wrong_phase",
        )

    def card(self, session: Session, at: int | None) -> Card:
        """The phase's card for step `at` (None: the current one), as the place sees it."""
        at = session.at if at is None else at
        current = at == session.at and session.live
        blocks: tuple[Block, ...]
        if current:
            blocks = (Text(self.purpose), *self.blocks(session, at), *_process(self, session, at))
        else:
            blocks = self.over(session, at) or (Text("This part is over.", Tone.QUIET),)
        return Card(
            title=self.heading(session, at),
            blocks=blocks,
            summary=f"{self.title}: the meeting has moved on." if current else self.title,
            subject=session.id,
            step=at,
            reactions=self.reactions(session, at) if current else (),
        )

    def heading(self, session: Session, at: int) -> str:
        """The card's title: the phase, and whose round it is where there are several."""
        if len(session.presenters) > 1 and session.plan[at].round:
            return f"{self.title} · {session.name(session.presenter_of(at) or '')}"
        return self.title


def _process(phase: Phase, session: Session, at: int) -> tuple[Block, ...]:
    """The foot of a running phase's card: its clock, who holds the process, the buttons."""
    clock = session.clock
    foot: list[Block] = []
    if clock.still is not None:
        foot.append(Text("The clock stands still.", Tone.STRONG))
    elif clock.seconds and "time_up" in clock.said:
        foot.append(
            Text("The time for this part is up. Finish your sentence in peace.", Tone.QUIET)
        )
    elif clock.seconds:
        foot.append(Until("Ends", clock.ends_at, countdown=True))
    foot.extend(_shortened(session))
    foot.extend(_majority(session))
    foot.extend(
        buttons(*phase.buttons(session, at), *_take_over(session), *_next(phase, session), MORE)
    )
    return tuple(foot)


def _shortened(session: Session) -> Iterable[Block]:
    missing = session.step.seconds - session.clock.seconds
    if missing >= 60:
        yield Text(
            f"{round(missing / 60)} minutes shorter than planned, to keep your end time.",
            Tone.QUIET,
        )


def _majority(session: Session) -> Iterable[Block]:
    ready = len(session.process.ready)
    if ready:
        yield Text(f"{ready} of {len(session.here)} are ready to move on.", Tone.QUIET)


def _next(phase: Phase, session: Session) -> tuple[Button, ...]:
    if phase.key in ("arrive", "close", "break"):
        return ()
    return (Button("Next phase", "next"),)


def _take_over(session: Session) -> tuple[Button, ...]:
    row: list[Button] = []
    if session.process.current == session.presenter and session.step.phase == "present":
        row.append(Button("I'll hold it", "hold_round"))
    if may_be_taken_over(session):
        row.append(Button("Take over", "take_over"))
    return tuple(row)


def may_be_taken_over(session: Session) -> bool:
    """Whether the process may change hands: offered, or its holder silent for too long."""
    process = session.process
    return process.holder != BOT and (process.offered or "holder_silent" in session.clock.said)


def answered(done: Iterable[PersonId], session: Session, doing: str) -> Text:
    """`4 of 6 have answered`: a count, never a name."""
    ids = {p.person for p in session.here}
    return Text(f"{len(ids & set(done))} of {len(ids)} {doing}.", Tone.QUIET)


def everyone(session: Session, done: Iterable[PersonId], but: PersonId | None = None) -> bool:
    """Whether all present (but one) are among `done`; false where nobody is present."""
    ids = {p.person for p in session.here} - {but}
    return bool(ids) and ids <= set(done)


def order_of_turns(session: Session, done: Iterable[PersonId]) -> tuple[Participant, ...]:
    """Those present who have not had their turn, late-comers last."""
    have = set(done)
    return tuple(p for p in session.here if p.person not in have)


def names(session: Session, ids: Iterable[PersonId]) -> str:
    """People by name: `Ana, Ben and Chidi`."""
    return in_words(session.name(p) for p in ids)


def per_person(session: Session) -> int:
    """Seconds each person gets in a turn phase of this length (method 1.4)."""
    return round(session.step.seconds / max(len(session.here), 1))
