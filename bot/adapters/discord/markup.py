"""Words as Discord draws them: escaped, and shortened to fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from bot.core.wording import shorten

ZERO_WIDTH = "\u200b"
_MARKS = re.compile(r"([\\*_~`|<>\[\]()#])")
_AT_LINE_START = re.compile(r"(?m)^(\s*)([-+]|\d+\.)(?=\s)")
_PING = re.compile(r"@(?=everyone|here|[!&]?\d)", re.IGNORECASE)
_SURROGATES = re.compile("[\ud800-\udfff\x00]")


def escape(words: str) -> str:
    """Anybody's words, so that they show as they are: no markup, no link text, no ping."""
    bare = _SURROGATES.sub("\ufffd", words)
    marked = _MARKS.sub(r"\\\1", bare)
    listed = _AT_LINE_START.sub(lambda m: f"{m[1]}{m[2][:-1]}\\{m[2][-1]}", marked)
    return _PING.sub("@" + ZERO_WIDTH, listed)


def fitted(words: str, limit: int) -> str:
    """The words, escaped, in at most `limit` characters: never cut inside an escape."""
    drawn = escape(words)
    if len(drawn) <= limit:
        return drawn
    low, high = 1, min(len(words), limit)
    while low < high:
        middle = (low + high + 1) // 2
        if len(escape(shorten(words, middle))) <= limit:
            low = middle
        else:
            high = middle - 1
    return escape(shorten(words, low))


def plain_label(words: str, limit: int) -> str:
    """A label, where Discord draws no markup; never empty."""
    one_line = " ".join(_SURROGATES.sub("\ufffd", words).split())
    return shorten(one_line, limit) or "…"


def level(lengths: Sequence[int], budget: int) -> int:
    """The cap that makes all lengths fit into the budget together, cutting only the longest."""
    left, cap = budget, budget
    for number, length in enumerate(sorted(lengths)):
        cap = left // (len(lengths) - number)
        if length > cap:
            return cap
        left -= length
    return max(cap, budget)


def moment(at: datetime, *, countdown: bool = False) -> str:
    """A moment in the reader's own zone; a countdown ticks by itself."""
    seconds = int(at.timestamp())
    return f"<t:{seconds}:f> (<t:{seconds}:R>)" if countdown else f"<t:{seconds}:f>"


def prefixed(drawn: str, mark: str) -> str:
    """The mark before each line that is not empty."""
    return "\n".join(f"{mark}{line}" if line.strip() else line for line in drawn.split("\n"))
