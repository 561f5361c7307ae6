"""What every phase shows: its card, what is on it while it runs and afterwards, and its posts."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from bot.core.cards import Block, Button, Card, PersonId, Text, Tone
from bot.core.command import InSession
from bot.core.decision import Post
from bot.core.meeting.phases.belongings import Belongings
from bot.core.meeting.phases.frame import foot
from bot.core.meeting.session import Memory, Session

Offer: TypeAlias = tuple[Button, InSession]
"""A button, and the command that tells whether it would do something now."""

Silence: TypeAlias = tuple[int, str]
"""The number in its slot (a question's, or how many actions there are), and what is silent."""


class Shown(Belongings):
    """One phase as people see it."""

    title: ClassVar[str]
    purpose: ClassVar[str]
    shows_next: ClassVar[bool] = True
    """Whether its card has `Next phase`; not where a button of its own says the same."""

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """What its card says while it runs, under the purpose."""
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
        """What has waited for the presenter for so long that who holds the process is asked."""
        return None

    def reactions(self, session: Session, at: int) -> tuple[str, ...]:
        """The reactions that count on its card while it runs, beside those of every phase."""
        return ()

    def posts(self, session: Session, at: int) -> tuple[Post, ...]:
        """What people handed in here and stands in the thread."""
        return ()

    def looks_alike(self, before: Memory | None, after: Memory | None) -> bool:
        """Whether what stands is surely the same for both: then it need not be drawn.

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
            shown = (Text(self.purpose), *self.blocks(session, at))
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
