"""`als new phase NAME`: both files of a phase, in words to put one's own in the place of."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template

PHASES = Path("bot/core/meeting/phases")
FORMAT = Path("bot/core/meeting/formats/ninety.py")
PART = "from bot.core.meeting.formats.plan import Part"

GOOD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
OPENING = re.compile(r"(opening=\()(\d+)")
LONGEST = 24
MINUTES = 2


class CannotWrite(Exception):
    """Nothing was written; one kind sentence says why."""


def write_phase(name: str, root: Path) -> tuple[Path, Path]:
    """Write the phase, and its line in the usual format; the two files, below `root`.

    Raises CannotWrite where the name is taken or is none, or where `root` is not the project.
    """
    if not (root / FORMAT).is_file():
        raise CannotWrite(
            "I write into a copy of the project; please go to the folder that holds bot/."
        )
    if not GOOD.fullmatch(name) or len(name) > LONGEST or keyword.iskeyword(name):
        raise CannotWrite(
            f"A phase is named in small letters, like weather or last_word, in {LONGEST} at most."
        )
    taken = {
        path.stem.rstrip("_") for path in (root / PHASES).rglob("*") if path.stem != "__init__"
    }
    if name.rstrip("_") in taken:
        raise CannotWrite(f"There is something called {name} already; please choose another name.")
    path = PHASES / f"{name}.py"
    format = _with_line((root / FORMAT).read_text(encoding="utf-8"), name)
    (root / path).write_text(_phase(name), encoding="utf-8")
    (root / FORMAT).write_text(format, encoding="utf-8")
    return path, FORMAT


def _phase(name: str) -> str:
    words = name.split("_")
    return TEMPLATE.substitute(
        {
            "key": name,
            "title": " ".join(words).capitalize(),
            "class": "".join(word.capitalize() for word in words),
            "constant": name.upper(),
        }
    )


def _with_line(format: str, name: str) -> str:
    """The format with the phase right after the arriving; its minutes come from the check-in."""
    opening = OPENING.search(format)
    left = int(opening[2]) - MINUTES if opening else 0
    if opening is None or left < MINUTES:
        raise CannotWrite(
            f"{FORMAT} has no minutes left for one more phase; please make room first."
        )
    format = format.replace(opening[0], f"{opening[1]}{left}", 1)
    imported = f"from bot.core.meeting.phases.{name} import {name.upper()}"
    lines = [line for line in format.rstrip().splitlines() if line != PART]
    imports = [n for n, line in enumerate(lines) if line.startswith("from bot.")]
    ours = sorted({*(lines[n] for n in imports), PART, imported}, key=_module)
    others = lines[imports[-1] + 1 :]
    others[-1] += f'.with_part(Part({name.upper()}, {MINUTES}), after="arrive")'
    return "\n".join((*lines[: imports[0]], *ours, *others)) + "\n"


def _module(line: str) -> str:
    return line.split()[1]


TEMPLATE = Template('''"""$title: everyone picks one word; nobody explains."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from bot.core.cards import Block, Button, PersonId
from bot.core.command import Contribution, InSession
from bot.core.decision import Decision, Refusal
from bot.core.meeting.phases.belongings import Said, of, without
from bot.core.meeting.phases.phase import Meant, Phase, Speaks
from bot.core.meeting.phases.turns import answered, everyone, still_to_come
from bot.core.meeting.session import Participant, Session
from bot.core.signals import Pressed, Signal

WORDS = ("Lots", "Some", "Little")


@dataclass(frozen=True, slots=True, kw_only=True)
class Say$class(Contribution):
    """The word I picked."""

    word: str


@dataclass(frozen=True, slots=True)
class Said$class:
    """Who has said which word, in the order it was said."""

    said: tuple[tuple[PersonId, str], ...] = ()


class $class(Phase):
    """One word each, in any order; a second word replaces the first."""

    key: ClassVar[str] = "$key"
    title: ClassVar[str] = "$title"
    purpose: ClassVar[str] = "Press the word that fits. Nobody has to explain it."
    speaks: ClassVar[Speaks] = Speaks.ALL
    memory: ClassVar[type] = Said$class
    says: ClassVar[tuple[str, ...]] = ("That was an easy one.", "I had to think about it.")

    def understand(self, session: Session, at: int, who: PersonId, signal: Signal) -> Meant:
        """The three buttons."""
        match signal:
            case Pressed("word", step=step, value=word) if word in WORDS:
                return Say$class(who=who, step=step, word=word)
            case _:
                return None

    def decide(
        self, session: Session, at: int, command: InSession, now: datetime
    ) -> Decision[Session] | Refusal:
        """A word said."""
        if not isinstance(command, Say$class):
            return self.not_here()
        said = dict(session.memory(Said$class, at).said) | {command.who: command.word}
        return Decision(session.remember(Said$class(tuple(said.items())), at))

    def words_of(self, session: Session, at: int, who: PersonId) -> tuple[Said, ...]:
        """What they said, for their export."""
        return tuple((self.title, word) for word in of(session.memory(Said$class, at).said, who))

    def keepsake(self, session: Session, at: int, who: PersonId) -> tuple[Block, ...]:
        """Nobody takes the word home."""
        return ()

    def forget(self, session: Session, at: int, people: frozenset[PersonId]) -> Said$class:
        """Without what these people said."""
        return Said$class(without(session.memory(Said$class, at).said, people))

    def waiting(self, session: Session, at: int) -> tuple[Participant, ...]:
        """Who has not said it yet."""
        return still_to_come(session, dict(session.memory(Said$class, at).said))

    def finished(self, session: Session, at: int) -> bool:
        """Everyone here has said it."""
        return everyone(session, dict(session.memory(Said$class, at).said))

    def blocks(self, session: Session, at: int) -> tuple[Block, ...]:
        """How many have said it."""
        return (answered(session, self.waiting(session, at), "have said it"),)

    def buttons(self, session: Session, at: int) -> tuple[Button, ...]:
        """One for each word."""
        return tuple(Button(word, "word", word) for word in WORDS)


$constant = $class()
''')
"""A phase in which everyone presses one of three words."""
