"""What every phase shows: its card, what is on it while it runs and afterwards, and its posts."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, TypeAlias

from bot.core.cards import Block, Button, Card, PersonId, Text, Tone
from bot.core.command import InSession
from bot.core.decision import Post
from bot.core.meeting import course
from bot.core.meeting.phases.belongings import Belongings
from bot.core.meeting.phases.frame import foot
from bot.core.meeting.session import Memory, Session

Offer: TypeAlias = tuple[Button, InSession]
"""A button, and the command that tells whether it would do something now."""

Silence: TypeAlias = tuple[int, str]
"""The number in its slot (a question's, or how many actions there are), and what is silent."""


class Once(NamedTuple):
    """An instruction, and the phases it belongs to: it is said on the first of their cards.

    Without phases it is said each time. What a presenter may do is said in `each_round` again.
    """

    words: str
    phases: frozenset[str] = frozenset()
    each_round: bool = False


UNREAD = Once(
    "I can't read what you type here.", frozenset({"check_in", "present", "clarify", "explore"})
)


class Shown(Belongings):
    """One phase as people see it."""

    key: ClassVar[str]
    title: ClassVar[str]
    purpose: ClassVar[str]
    shows_next: ClassVar[bool] = True
    """Whether its card has `Next phase`; not where a button of its own says the same."""

    def once(self, session: Session, at: int) -> tuple[Once, ...]:
        """What people need to hear once a meeting to take part in it."""
        return (Once(self.purpose, frozenset({self.key})),)

    def told(self, session: Session, at: int, *, late: bool = False) -> tuple[Block, ...]:
        """What has not been said on an earlier card; everything for somebody who comes late."""
        before = [session.plan[step] for step in course.earlier(session, at)]
        of_round = [step for step in before if step.round == session.plan[at].round]
        return tuple(
            Text(once.words)
            for once in self.once(session, at)
            if late
            or not any(s.phase in once.phases for s in (of_round if once.each_round else before))
        )

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """What its card says while it runs, under its instructions."""
        return ()

    def over(self, session: Session, at: int) -> tuple[Block, ...]:
        """What its card still says once it is over."""
        return ()

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """What its card offers while it runs, before `Next phase` and `More`."""
        return ()

    def offers(self, session: Session, at: int, who: PersonId) -> tuple[Offer, ...]:
        """What this person may do under More with what they have handed in here."""
        return ()

    def silent(self, session: Session, at: int) -> Silence | None:
        """What has waited for the presenter for so long that the facilitator is asked."""
        return None

    def reactions(self, session: Session, at: int) -> tuple[str, ...]:
        """The reactions that count on its card while it runs, beside those of every phase."""
        return ()

    def posts(self, session: Session, at: int) -> tuple[Post, ...]:
        """What people handed in here that is posted in the thread."""
        return ()

    def looks_alike(self, before: Memory | None, after: Memory | None) -> bool:
        """Whether the current post is surely right for both: then it need not be drawn.

        Drawn anyway for each vote, a process carries a fifth fewer of them.
        """
        return False

    def heading(self, session: Session, at: int) -> str:
        """The card's title: the phase, and whose round it is where there are several."""
        if len(session.presenters) > 1 and session.plan[at].round:
            return f"{self.title} · {session.name(session.presenter_of(at))}"
        return self.title

    def card(self, session: Session, at: int, *, over: bool = False) -> Card:
        """The phase's card for step `at`, as the place sees it; `over` for an earlier visit."""
        current = at == session.at and session.live and not over
        if current:
            shown = (*self.told(session, at), *self.blocks(session, at))
            under, seeds = foot(session, self.buttons(session, at), next_phase=self.shows_next)
        else:
            shown = self.over(session, at) or (Text("This part is over.", Tone.QUIET),)
            under, seeds = (), ()
        return Card(
            title=self.heading(session, at),
            blocks=(*shown, *under),
            summary=f"{self.title}: the meeting has moved on." if current else self.title,
            subject=session.id,
            step=at,
            reactions=(*self.reactions(session, at), *seeds) if current else (),
        )
