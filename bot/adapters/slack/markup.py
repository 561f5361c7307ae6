"""Words made safe for Slack: cleaned, shortened or split by rule, and escaped as the last step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import combining

ELLIPSIS = "…"
_NOT_CARRIED = re.compile("[\0\ud800-\udfff]")
_JOINS = "\u200d\ufe0f\ufe0e\u20e3"


def plain(said: str) -> str:
    """The words without what Slack cannot carry (NUL, lone surrogates) and without outer space."""
    return _NOT_CARRIED.sub("", said).strip()


def escape(said: str) -> str:
    """Slack's three control characters disarmed: nothing in it is a mention or a link any more."""
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fitted(said: str, most: int) -> str:
    """The words, cleaned, shortened to `most` characters as Slack counts them, and escaped."""
    whole = plain(said)
    escaped = escape(whole)
    if len(escaped) <= most:
        return escaped
    return escape(_head(whole, most - len(ELLIPSIS)).rstrip()) + ELLIPSIS


def _head(said: str, most: int) -> str:
    """The longest beginning that fits once escaped and ends between two characters as people see.

    No accent, joiner or variation selector is cut off.
    """
    size = end = 0
    for character in said:
        size += len(escape(character))
        if size > most:
            break
        end += 1
    while 0 < end < len(said) and (_joins(said[end]) or said[end - 1] == "\u200d"):
        end -= 1
    return said[: end or most // 5]


def _joins(character: str) -> bool:
    tone = 0x1F3FB <= ord(character) <= 0x1F3FF
    return tone or character in _JOINS or combining(character) != 0


def pieces(said: str, most: int) -> Iterator[str]:
    """The words, escaped, in parts of at most `most` characters, split at lines, then at spaces."""
    left = plain(said)
    while left:
        escaped = escape(left)
        if len(escaped) <= most:
            yield escaped
            return
        head = _head(left, most)
        at = max(head.rfind("\n"), head.rfind(" ") if head.rfind("\n") < len(head) // 2 else -1)
        head = head[:at] if at > len(head) // 2 else head
        yield escape(head.rstrip()) or ELLIPSIS
        left = left[len(head) :].lstrip()


def bold(escaped: str) -> str:
    """Escaped words in bold, line by line, as Slack's bold ends with the line."""
    lines = (line.strip().replace("*", "∗") for line in escaped.split("\n"))
    return "\n".join(f"*{line}*" if line else "" for line in lines)


def quoted(escaped: str) -> str:
    """Escaped words as a quotation."""
    return "\n".join(f">{line}" if line else ">" for line in escaped.split("\n"))
