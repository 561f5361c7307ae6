"""What is left when a meeting is over: the set's summary, and what each person takes home."""

from __future__ import annotations

from bot.core.cards import Block, Button, Card, PersonId, Quote, Text, Tone, Until, buttons
from bot.core.decision import Matter, Notice, Where
from bot.core.meeting import course
from bot.core.meeting.phases.closing.learning_review import FEWEST_PULSES
from bot.core.meeting.remembered import remembered
from bot.core.meeting.session import Presence, Session, Status, in_words
from bot.core.wording import capital, count

ROOM_FOR_WORDS = 3000
"""Characters of people's words on one card; more words make more cards."""

KEPT = "I delete my copy after a day."


def summary_card(session: Session) -> Card:
    """What the set may read of a meeting that is over: no words of anybody."""
    met = sum(p.presence is not Presence.EXPECTED for p in session.people)
    lines = [f"{capital(count(met, 'person', 'people'))} met."]
    if course.presented(session):
        lines.append(f"{in_words(session.name(p) for p in course.presented(session))} presented.")
    notes = Text("Your notes come by DM. If they don't, press My notes within 14 days.", Tone.QUIET)
    blocks: list[Block] = [Text(" ".join(lines))]
    pulses = pulses_of(session)
    if len(pulses) >= FEWEST_PULSES:
        average = f"{sum(pulses) / len(pulses):.1f}"
        blocks.append(Text(f"How we worked together: {average} of 5, from {len(pulses)} answers."))
    again = (Until("We meet again", session.next_at),) if session.next_at is not None else ()
    mine, clear = Button("My notes", "my_report"), Button("Clear the words", "clear_words")
    return Card(
        "Thank you all",
        (*blocks, *again, notes, *buttons(mine, clear)),
        summary="The meeting is over.",
        subject=session.id,
    )


def pulses_of(session: Session) -> tuple[int, ...]:
    """The numbers given in this meeting for how people worked together."""
    return tuple(n for phase, at in remembered(session) for n in phase.pulses(session, at))


def report_card(session: Session, who: PersonId, part: int) -> Card:
    """`/als report`: one's own summary, part by part; before the close, when it comes."""
    if session.live:
        words = "The meeting isn't over. I'll DM your part when it closes."
        return Card("Not yet", (Text(words),), summary="Your meeting isn't over.")
    if who not in session.keepsakes:
        return _ended(session)
    parts = keepsake_cards(session, who)
    number = min(max(part, 1), len(parts))
    shown = parts[number - 1]
    if number == len(parts):
        return shown
    rest = buttons(Button("Show the rest", "my_report", str(number + 1)))
    return Card(shown.title, (*shown.blocks, *rest), shown.summary, shown.subject)


def _ended(session: Session) -> Card:
    if session.status is Status.NOT_HELD:
        return Card("No meeting", (Text("This meeting didn't happen."),), "No meeting.")
    return summary_card(session)


# --- keepsakes ----------------------------------------------------------------------------------


def keepsake_notices(session: Session) -> tuple[Notice, ...]:
    """What everyone who came takes home, in as many messages as it takes."""
    return tuple(
        Notice(
            Matter.KEEPSAKE,
            session.slot(f"keepsake:{person}" + (f":{part}" if part > 1 else "")),
            "keepsake",
            session.id,
            Where.DIRECT,
            person,
        )
        for person in session.keepsakes
        for part in range(1, 1 + len(keepsake_cards(session, person)))
    )


def keepsake_part(session: Session, notice: Notice) -> Card | None:
    """The card of one summary notice; its slot says which part it is."""
    who = notice.to or ""
    _, _, rest = notice.slot.partition(f"keepsake:{who}")
    part = int(rest.lstrip(":") or 1)
    cards = keepsake_cards(session, who)
    return cards[part - 1] if who in session.keepsakes and part <= len(cards) else None


def keepsake_cards(session: Session, who: PersonId) -> tuple[Card, ...]:
    """What one person takes home: what each phase gives them, in the meeting's order."""
    words = tuple(b for phase, at in remembered(session) for b in phase.keepsake(session, at, who))
    pages = _pages(words) if words else ((Text("Thank you for coming."),),)
    return tuple(
        Card(
            "From your meeting" if n == 1 else f"From your meeting, part {n}",
            (*page, Text(KEPT, Tone.QUIET)) if n == len(pages) else page,
            summary="Your notes from the meeting.",
            subject=session.id,
        )
        for n, page in enumerate(pages, 1)
    )


def _pages(words: tuple[Block, ...]) -> tuple[tuple[Block, ...], ...]:
    pages: list[list[Block]] = [[]]
    room = ROOM_FOR_WORDS
    for block in words:
        size = len(block.words) + len(block.by) if isinstance(block, Quote) else 0
        if size > room and pages[-1]:
            pages.append([])
            room = ROOM_FOR_WORDS
        pages[-1].append(block)
        room -= size
    return tuple(tuple(page) for page in pages)
