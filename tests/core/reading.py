"""Cards, forms and dates read as people read them: words, labels, quotations, times on the wall."""

from __future__ import annotations

from datetime import datetime

from bot.core.cards import (
    Block,
    Button,
    Card,
    Fields,
    Form,
    Image,
    Option,
    Options,
    People,
    Quote,
    Text,
    Until,
)
from bot.core.signals import Pressed
from bot.core.walltime import instant


def wall(local: str) -> datetime:
    """A local time, which knows no zone: `2027-04-12T18:00`."""
    return datetime.fromisoformat(local)


def at(local: str, zone: str = "Europe/London") -> datetime:
    """The instant of a local time: `2027-04-12 18:00`."""
    return instant(wall(local), zone)


def labels(card: Card) -> list[str]:
    """The buttons of a card by their words."""
    return [b.label for b in card.buttons()]


def quotes(card: Card) -> list[str]:
    """People's own words on a card."""
    return [b.words for b in card.blocks if isinstance(b, Quote)]


def rows(card: Card) -> dict[str, str]:
    """The named values of a card."""
    return dict(r for b in card.blocks if isinstance(b, Fields) for r in b.rows)


def named(card: Card) -> dict[str, tuple[str, ...]]:
    """The people on a card, by what is said of them."""
    return {b.label: b.names for b in card.blocks if isinstance(b, People)}


def pressing(label: str, card: Card) -> Pressed:
    """What pressing the button of that label is."""
    return pressed(card, next(b for b in card.buttons() if b.label == label))


def pressed(card: Card, button: Button) -> Pressed:
    """The signal of pressing a button on a card."""
    subject = card.subject if button.subject is None else button.subject
    return Pressed(button.action, subject, card.step, button.value)


def words_of(shown: Card | Form) -> str:
    """All the words of a card or a form, without its buttons."""
    if isinstance(shown, Form):
        return " ".join((shown.title, shown.intro, *(f.label for f in shown.fields)))
    return "\n".join((shown.title, *(words for block in shown.blocks for words in _words(block))))


def size_of(card: Card) -> int:
    """How many characters a card has, its buttons included."""
    return len(words_of(card)) + sum(len(label) for label in labels(card))


def _words(block: Block) -> tuple[str, ...]:
    match block:
        case Text(text=text):
            return (text,)
        case Fields(rows=rows):
            return tuple(word for row in rows for word in row)
        case People(label=label, names=names):
            return (f"{label}: {', '.join(names)}",)
        case Quote(words=words, by=by):
            return (f"“{words}” {by}".strip(),)
        case Until(label=label):
            return (label,)
        case Options(options=options):
            return tuple(word for o in options for word in _of_option(o))
        case Image(alt=alt):
            return (alt,)
        case _:
            return ()


def _of_option(option: Option) -> tuple[str, ...]:
    return (option.emoji, option.label, option.detail)
