"""Words shared by many cards, and the cleaning of words people hand in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS = ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣")
COMING, AWAY, READY, LONGER = "✅", "❌", "⏭️", "⏳"

TITLE_LIMIT = 300
TEXT_LIMIT = 2000
NAME_LIMIT = 40

AGREEMENT = (
    "What is said here stays here. Your own learning may travel. Other people's stories may not.",
    "If someone may be at risk of serious harm, the facilitator may have to act, and says so.",
    "We ask open questions. We don't advise, compare stories or judge.",
    "One person, one question, then we wait. Silence is fine.",
    "The presenter may pass on any question and may stop at any time.",
    "We speak for ourselves, share the time, and say early when we can't come.",
    "Notes are the presenter's alone. We meet in a private space and record nothing.",
)

WHAT_THE_BOT_SEES = (
    "I read only what you hand me by button, form or command. Workspace owners "
    "and server admins may be able to read the channel itself."
)

NO_REPLIES = "I can't read replies."

_HIDDEN = {"Cc", "Cf", "Cs", "Co"}
_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_JOINERS = "\u200c\u200d"
"""Format characters that build letters and emoji; all other hidden ones go."""

_J = f"[{_JOINERS}]"
_LOOSE_JOINERS = re.compile(rf"(?<!\S){_J}+|{_J}+(?!\S)|(?<={_J}){_J}+")
_BLANKS = frozenset("\n\u115f\u1160\u2800\u3164\uffa0" + _JOINERS)
"""Characters that look like nothing at all, whatever Unicode calls them."""


def tidy(words: str, *, one_line: bool = False) -> str:
    """What a person typed, in NFC, without control, bidirectional or zero-width characters.

    Line breaks are kept (folded to spaces with `one_line`); a joiner is kept only between two
    visible characters. A text that shows nothing becomes empty.
    """
    flat = _BREAKS.sub("\n", words).replace("\t", " ")
    kept = _LOOSE_JOINERS.sub("", "".join(c for c in flat if not _hidden(c)))
    kept = unicodedata.normalize("NFC", kept)
    if not any(_shows(c) for c in kept):
        return ""
    if one_line:
        return " ".join(kept.split())
    return re.sub("\n{3,}", "\n\n", "\n".join(line.rstrip() for line in kept.split("\n"))).strip()


def _hidden(character: str) -> bool:
    if character == "\n" or character in _JOINERS:
        return False
    code = ord(character)
    nothing = 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return nothing or unicodedata.category(character) in _HIDDEN


def _shows(character: str) -> bool:
    return unicodedata.category(character)[0] not in "MZ" and character not in _BLANKS


def tidy_name(name: str) -> str:
    """What somebody is called, as a card may show it; never empty, never long."""
    return shorten(tidy(name, one_line=True), NAME_LIMIT) or "Someone"


def whole(typed: str) -> int | None:
    """The whole number that was typed, if it is a sensible one."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else None


_EMOJI = {e.replace("\ufe0f", ""): e for e in (*DIGITS, COMING, AWAY, READY, LONGER)}


def plain_emoji(emoji: str) -> str:
    """An emoji without skin tone and with its usual variation selector, as `DIGITS` spells it."""
    bare = "".join(c for c in emoji if not 0x1F3FB <= ord(c) <= 0x1F3FF and c != "\ufe0f")
    return _EMOJI.get(bare, bare)


def count(number: int, thing: str, things: str = "") -> str:
    """`no issues`, `1 issue`, `12 issues`."""
    return f"{number or 'no'} {thing if number == 1 else things or thing + 's'}"


def minutes(seconds: int) -> str:
    """A length as people say it: `7 minutes`, `50 seconds`."""
    if seconds < 120 and seconds % 60:
        return f"{seconds} seconds"
    whole = round(seconds / 60)
    return f"{whole} minute{'' if whole == 1 else 's'}"


def ordinal(number: int) -> str:
    """`first`, `second`, `third`, then `4th`."""
    known = ("first", "second", "third")
    return known[number - 1] if 1 <= number <= len(known) else f"{number}th"


def capital(sentence: str) -> str:
    """The sentence with a capital first letter; the rest is left as it is."""
    return sentence[:1].upper() + sentence[1:]


def shorten(words: str, limit: int) -> str:
    """The words, cut at `limit` code points with an ellipsis where they are longer."""
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


def nearest(typed: str, known: Sequence[str]) -> str | None:
    """The known word that looks most like what was typed, if any comes near."""
    from difflib import get_close_matches

    found = get_close_matches(typed.casefold(), [k.casefold() for k in known], n=1, cutoff=0.5)
    return next((k for k in known if found and k.casefold() == found[0]), None)
