"""How much the bot says: the words of the golden transcripts, counted as a reader hears them.

Counted is what the bot says of its own: no titles, buttons, names or dates, and nobody's own words.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.cards import Card, Text, Tone
from bot.core.learning_set.cards import undelivered_card, welcome_card
from bot.core.learning_set.channel_changes import SAID, whereabouts_card
from bot.core.learning_set.members.cards import (
    facilitates_card,
    invitation_card,
    left_card,
    place_free_card,
    swapped_card,
)
from bot.core.learning_set.state import Member, SetState
from bot.core.meeting.formats import FORMATS
from bot.core.meeting.session import Facilitation
from bot.core.person.signposts import concern_card
from bot.core.signals import Change

GOLDEN = Path(__file__).parent / "golden"

TEXT, SMALL = 480, 90
"""Words a text meeting of 90 minutes may take in all, and of them in small print."""

DIRECT, DIRECT_SMALL = 25, 10
"""Words one direct message may take in all, and of them in small print."""

LONGER: dict[str, tuple[int, int, str]] = {
    "Some messages didn't arrive": (45, 10, "how many, why, and that none of it was posted"),
    "Someone is worried": (25, 12, "what the lead is not told, and that no one else hears of it"),
}
"""Direct messages that must say more, by title: their words, of them small, and why."""

_NOW = datetime(2027, 3, 1, 18, tzinfo=UTC)
_SET = SetState(
    id="set",
    place="#aurora",
    name="Aurora",
    zone="Europe/London",
    format="90",
    facilitation=Facilitation.LED,
    facilitator="ana",
    created_at=_NOW,
    members=tuple(Member(n.lower(), n, _NOW, agreed_at=_NOW) for n in ("Ana", "Ben", "Eve")),
)
DIRECT_CARDS: tuple[Card, ...] = tuple(
    card
    for card in (
        welcome_card(_SET),
        invitation_card(_SET),
        place_free_card(_SET, "farid"),
        left_card(_SET, "eve"),
        facilitates_card(_SET),
        swapped_card(_SET, "eve"),
        concern_card(_SET, "eve"),
        undelivered_card(_SET, 2, 1, 1),
        *(whereabouts_card(_SET, f"place:{change}") for change in SAID),
        whereabouts_card(_SET, f"{Change.DEACTIVATED}:eve"),
    )
    if card is not None
)

REPEATED = re.compile(
    r"^(You may pass|What's said here stays here|I'm not a crisis service"
    r"|.*can't be undone|It's \w+'s turn)"
)
"""What may be said twice: whose turn it is, that one may pass, confidentiality, help, what is final."""

NAMES = re.compile(r"\b(?:Ana|Ben|Chidi|Dana|Eve|Farid)(?:'s)?\b")
DATE = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} \w{3} \d{4} \d\d:\d\d$")
DAY = re.compile(r"\b\w+day \d{1,2} \w+ \d{4}\b")
PEOPLE = re.compile(r"^(?:Here|Members|No answer yet|Coming|Maybe|Can't): ")
OPTION = re.compile(r"^(?:\d \w+: |   )")


@dataclass(frozen=True)
class Said:
    """One card of a transcript: to whom, its title, and what it says aloud and in small print."""

    where: str
    title: str
    aloud: str
    small: str

    @property
    def words(self) -> int:
        return counted(self.aloud) + counted(self.small)

    @property
    def sentences(self) -> list[str]:
        both = f"{self.aloud} {self.small}".strip()
        return re.split(r"(?<=[.!?])\s+", both) if both else []


def counted(words: str) -> int:
    """How many words that are neither names nor signs."""
    return len(re.findall(r"[\w'’:]+", DAY.sub("", NAMES.sub("", words))))


def told(format: str) -> list[Said]:
    """Every card of a transcript, in the order it was read."""
    rows = [line[17:] for line in (GOLDEN / f"{format}.txt").read_text("utf-8").splitlines()]
    cards: list[list[str]] = []
    for row in rows:
        if row.startswith("┌ "):
            cards.append([row[2:]])
        elif row.startswith("│ "):
            cards[-1].append(row[2:])
    return [read(where, title, rest) for where, title, *rest in cards]


def read(where: str, title: str, rows: list[str]) -> Said:
    own = [row for row in rows if not _of_people(row)]
    aloud = [row.removeprefix("! ") for row in own if not row.startswith("· ")]
    small = [row[2:] for row in own if row.startswith("· ")]
    return Said(where, title, " ".join(aloud), " ".join(small))


def _of_people(row: str) -> bool:
    """Whether a row holds a button, a date, people, or somebody's own words."""
    return row[0] in "[>" or any(sign.search(row) for sign in (DATE, PEOPLE, OPTION))


def of_the_meeting(format: str) -> Iterator[Said]:
    """What is posted where all can read, from the door to the thanks."""
    cards = told(format)
    opened = next(n for n, card in enumerate(cards) if card.title == "Arriving")
    for card in cards[opened - 1 :]:
        if card.where in ("in the thread", "#aurora"):
            yield card
        if card.title == "Thank you all":
            return


def test_a_text_meeting_stays_within_its_words():
    cards = list(of_the_meeting("90"))

    assert sum(card.words for card in cards) <= TEXT
    assert sum(counted(card.small) for card in cards) <= SMALL


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_longer_than_five_words_is_said_twice_in_a_meeting(format):
    said = Counter(s for card in of_the_meeting(format) for s in card.sentences)

    twice = [s for s, n in said.items() if n > 1 and counted(s) >= 6 and not REPEATED.match(s)]
    assert twice == []


@pytest.mark.parametrize("format", FORMATS)
def test_a_direct_message_is_short(format):
    direct = [card for card in told(format) if card.where.startswith("to ")]

    assert [card for card in direct if too_long(card)] == []


@pytest.mark.parametrize("card", DIRECT_CARDS, ids=lambda card: card.title)
def test_a_direct_message_that_no_story_reaches_is_short_too(card):
    assert not too_long(of(card))


def too_long(said: Said) -> bool:
    words, small, _ = LONGER.get(said.title, (DIRECT, DIRECT_SMALL, ""))
    return said.words > words or counted(said.small) > small


def of(card: Card) -> Said:
    """A card's own words."""
    texts = [(b.text, b.tone) for b in card.blocks if isinstance(b, Text)]
    aloud = " ".join(words for words, tone in texts if tone is not Tone.QUIET)
    return Said("", card.title, aloud, " ".join(w for w, tone in texts if tone is Tone.QUIET))


@pytest.mark.parametrize("format", FORMATS)
def test_a_card_has_one_line_of_small_print_and_no_semicolon(format):
    cards = told(format)

    assert [c for c in cards if ";" in c.aloud + c.small and "Ground rules" not in c.title] == []
    assert [c.small for c in of_the_meeting(format) if counted(c.small) > 15] == []
