"""What people see on the stage: cards in the place and in private, buttons, answers."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.cards import Card, Form
from bot.core.decision import Notice, Where
from bot.core.meeting import posts
from bot.core.signals import Pressed
from tests.core.reading import labels, pressing, words_of
from tests.core.road import Road


@dataclass
class Seen(Road):
    """The road with eyes: the current posts, and who sees which."""

    @property
    def said(self) -> list[tuple[Notice, Card]]:
        """All that was said in the place or in private, oldest first."""
        return list(self.posted.values())

    def private(self, who: str) -> list[Card]:
        """The direct messages one person has had, oldest first."""
        return [c for n, c in self.posted.values() if n.where is Where.DIRECT and n.to == who]

    def public(self) -> list[Card]:
        """What was said in the place or its thread, oldest first."""
        return [c for n, c in self.posted.values() if n.where is not Where.DIRECT]

    def said_as(self, card: str, subject: str = "") -> list[Card]:
        """What was said with that kind of card, about what ends so; oldest first."""
        found = self.posted.values()
        return [c for n, c in found if n.card == card and n.subject.endswith(subject)]

    def cards(self, who: str = "") -> list[Card]:
        """Every card this person can see: the last private answer, the place newest first, mail."""
        at = self.room.live.at if self.room.live is not None else None
        last = self.answers.get(who, [])[-1:]
        answers = [a for a in last if isinstance(a, Card) and a.step in (None, at)]
        place = [p.card for p in reversed(posts.posts(self.session))] if self.room.session else []
        return [*answers, *place, *reversed(self.private(who)), *reversed(self.public())]

    def card(self, title: str, who: str = "") -> Card:
        """The newest card this person sees with that in its title."""
        found = [c for c in self.cards(who) if title in c.title]
        assert found, f"no {title!r} among {[c.title for c in self.cards(who)]}"
        return found[0]

    def shows(self, title: str, who: str = "") -> bool:
        """Whether this person sees a card with that in its title."""
        return any(title in card.title for card in self.cards(who))

    def newest(self, label: str, who: str = "") -> Card:
        """The newest card this person sees with that button."""
        found = [c for c in self.cards(who) if label in labels(c)]
        assert found, f"{who} sees no [{label}], but {[labels(c) for c in self.cards(who)]}"
        return found[0]

    def current(self) -> Card:
        """The current phase's card."""
        slot = self.session.ballot_slot
        return next(p.card for p in posts.posts(self.session) if p.notice.slot == slot)

    def sees(self, who: str, label: str) -> bool:
        """Whether this person sees a button of that label anywhere."""
        return any(label in labels(card) for card in self.cards(who))

    def button(self, who: str, label: str) -> Pressed:
        """What pressing the newest button of that label is."""
        return pressing(label, self.newest(label, who))

    def told(self, who: str) -> str:
        """The last thing this person alone was told, as text."""
        answer = self.answers[who][-1]
        return answer if isinstance(answer, str) else words_of(answer)

    def form_told(self, who: str) -> Form:
        """The form this person was answered with."""
        answer = self.answers[who][-1]
        assert isinstance(answer, Form)
        return answer

    def more(self, who: str) -> frozenset[str]:
        """The labels under `More` for this person."""
        return frozenset(
            labels(self.do(who, Pressed("more", self.session.id, self.session.at)).card)
        )

    def text(self, who: str = "") -> str:
        """Everything this person can read, as one text."""
        return "\n".join(words_of(card) for card in self.cards(who))
