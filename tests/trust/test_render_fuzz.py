"""Random texts in every place of a card: no payload a platform would refuse, no mention that lives.

`ALS_FUZZ=1000000` tries as many texts as one likes; some are held against Discord's OpenAPI file.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_sdk.models.blocks import Block

from bot.adapters.discord import render as discord
from bot.adapters.slack import render as slack
from bot.core.cards import (
    Button,
    Buttons,
    Card,
    Fields,
    Option,
    Options,
    People,
    Quote,
    Text,
    Tone,
    Until,
)
from tests.standins.discord import rules
from tests.standins.discord.schema import Schema
from tests.standins.discord.server import Asked
from tests.standins.slack_blocks import check_message, mentioned, texts

TEXTS = int(os.environ.get("ALS_FUZZ", "50000"))
AGAINST_THE_FILE = 2_000
ON_A_CARD = 10
"""Texts on each card."""

PIECES = (
    "<!channel>", "<!here|x>", "<@U12345>", "<!subteam^S1>", "<#C1>", "<https://evil.example|bank>",
    "@everyone", "@here", "<@123>", "<@&5>", "</als:1>", "<t:1:R>", "||spoiler||", "```", "**", "__",
    "&lt;!here&gt;", "\u202e", "\u200b", "\0", "\ud800", "👩‍👩‍👧‍👦", "e\u0301\u0302\u0303",
    "\n", "\\", "`", ">", "<",
    "[a](https://evil.example)", "# ", "- ", "-# ", "|", "&", "%", "{}", "'", '"', "é", "漢字", "عربى", " ",
)  # fmt: skip
KEY = "0123456789abcdef0123456789abcdef"


def words(chance: random.Random) -> str:
    """A text as somebody ill-meaning, or merely odd, might hand it in."""
    kind = chance.random()
    if kind < 0.6:
        return "".join(chance.choice(PIECES) for _ in range(chance.randrange(1, 12)))
    if kind < 0.9:
        return "".join(chr(chance.randrange(0x20, 0x2FF)) for _ in range(chance.randrange(40)))
    if kind < 0.97:
        return chance.choice(PIECES) * chance.randrange(1, 400)
    return "".join(chr(chance.randrange(0x10FFFF)) for _ in range(chance.randrange(20)))


def card(chance: random.Random) -> Card:
    """A card with such a text in each of its places."""
    w = [words(chance) for _ in range(ON_A_CARD)]
    return Card(
        w[0],
        (
            Text(w[1], chance.choice(tuple(Tone))),
            Fields(((w[2], w[3]),)),
            People("Here", ("1",), (w[4],)),
            Quote(w[5], w[6]),
            Until(w[7], datetime(2027, 3, 1, tzinfo=UTC)),
            Options((Option("1️⃣", w[8]),)),
            Buttons((Button(w[9], "go"), Button("Next", "next"))),
        ),
        summary="Your set meets.",
        loud=chance.random() < 0.3,
    )


def cards(seed: int, number: int) -> Iterator[Card]:
    chance = random.Random(seed)
    return (card(chance) for _ in range(number // ON_A_CARD))


def seal(button: Button) -> str:
    return f"{button.action}.{button.value}"


def test_no_words_make_a_payload_invalid_or_a_live_mention():
    for drawn in cards(1, TEXTS):
        to_slack = slack.message(drawn, seal)
        check_message(to_slack)
        for block in Block.parse_all(to_slack["blocks"]):
            block.validate_json()
        for said in (*texts(to_slack["blocks"]), to_slack["text"]):
            assert mentioned(said) == []
        for to_discord in (discord.board(drawn, seal, KEY), discord.call(drawn, seal, KEY)):
            rules.check_message(to_discord)
            assert to_discord["allowed_mentions"]["parse"] == []
            assert "users" not in to_discord["allowed_mentions"]


def test_no_words_make_a_payload_that_discords_file_refuses():
    folder = os.environ.get("ALS_FIXTURES")
    if folder is None:
        pytest.skip("ALS_FIXTURES does not name the folder with Discord's OpenAPI file")
    schema = Schema(Path(folder) / "discord" / "openapi.json")
    for drawn in cards(2, AGAINST_THE_FILE):
        for body in (discord.board(drawn, seal, KEY), discord.call(drawn, seal, KEY)):
            assert schema.faults(Asked("POST", "/channels/1/messages", body, 200)) == []
