"""What Slack calls things: emoji, message references, installations."""

from __future__ import annotations

from typing import Final

from bot.core.wording import AWAY, COMING, DIGITS, LONGER, READY

_DIGIT_NAMES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

EMOJI: Final[dict[str, str]] = {
    **dict(zip(_DIGIT_NAMES, DIGITS, strict=True)),
    "white_check_mark": COMING,
    "x": AWAY,
    "black_right_pointing_double_triangle_with_vertical_bar": READY,
    "hourglass_flowing_sand": LONGER,
    # What Slack and people also call them.
    "heavy_check_mark": COMING,
    "ballot_box_with_check": COMING,
    "heavy_multiplication_x": AWAY,
    "negative_squared_cross_mark": AWAY,
    "next_track_button": READY,
    "fast_forward": READY,
    "hourglass": LONGER,
}
"""Slack's names of the reactions that mean something here, and the emoji each stands for."""

NAMES: Final[dict[str, str]] = {emoji: name for name, emoji in reversed(EMOJI.items())}
"""The name Slack takes for an emoji: the first one above."""


def emoji(name: str) -> str | None:
    """The emoji behind a reaction's name, skin tone dropped; None where it means nothing here."""
    return EMOJI.get(name.partition("::")[0])


def reference(channel: str, ts: str) -> str:
    """A message as the rest of the bot remembers it."""
    return f"{channel}/{ts}"


def split(ref: str) -> tuple[str, str]:
    """Channel and time stamp of a message."""
    channel, _, ts = ref.partition("/")
    return channel, ts


PLATFORM: Final = "slack:"
"""What an installation's id begins with, so that two platforms never share one."""


def installation(team: str, enterprise: str = "") -> str:
    """A workspace's installation; an organisation's where it is installed for all of it."""
    return PLATFORM + (team or enterprise)


def workspace(installed: str) -> str:
    """The Slack id behind an installation."""
    return installed.removeprefix(PLATFORM)
