"""What people type and press, as the core hears it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.slack import inbound, names
from bot.core.signals import Reacted, Typed
from bot.core.wording import COMING, DIGITS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Typed("home")),
        ("   ", Typed("home")),
        ("START", Typed("start")),
        ("start format=60", Typed("start", (("format", "60"),))),
        ("start 60", Typed("start", (("format", "60"),))),
        ("Set   New", Typed("set new")),
        ("pitch Our funds", Typed("bid", (("title", "Our funds"),))),
        ('bid title="Our funds, again"', Typed("bid", (("title", "Our funds, again"),))),
        ("bid “Our funds”", Typed("bid", (("title", "Our funds"),))),
        ('bid "half open', Typed("bid", (("title", '"half open'),))),
        ("extend 5", Typed("extend", (("minutes", "5"),))),
        ("EXTEND Minutes=5", Typed("extend", (("minutes", "5"),))),
        ("next to=explore", Typed("next", (("to", "explore"),))),
        ("ask What does a=b mean?", Typed("ask", (("question", "What does a=b mean?"),))),
        ("ask Does <@U123|ben> know?", Typed("ask", (("question", "Does @ben know?"),))),
        ("ask Is 1 &lt; 2 &amp;amp; 3?", Typed("ask", (("question", "Is 1 < 2 &amp; 3?"),))),
        ("set people <@U123|ben>", Typed("set people", (("add", "U123"),))),
        ("admin signpost lead=<@U1>", Typed("admin signpost", (("lead", "U1"),))),
        ("strat", Typed("strat")),
        ("set peopel", Typed("set peopel")),
        ("help me", Typed("help")),
        ("actions 'set'", Typed("actions", (("whose", "set"),))),
        ("action what=Call by='3 weeks'", Typed("action", (("what", "Call"), ("by", "3 weeks")))),
    ],
)
def test_a_command_is_understood_however_it_is_typed(text: str, expected: Typed):
    assert inbound.typed(text) == expected


@given(st.text(max_size=200))
def test_any_text_is_some_command(text: str):
    assert inbound.typed(text).verb


def reacted(name: str, *, user: str = "U1", kind: str = "reaction_added"):
    item = {"type": "message", "channel": "C1", "ts": "1.2"}
    event = {"type": kind, "user": user, "reaction": name, "item": item}
    return inbound.reaction({"event": event}, "slack:T1", "U0BOT")


@pytest.mark.parametrize(
    ("name", "emoji"),
    [
        ("one", DIGITS[0]),
        ("nine", DIGITS[8]),
        ("white_check_mark", COMING),
        ("heavy_check_mark::skin-tone-5", COMING),
    ],
)
def test_a_reaction_is_known_by_any_of_its_names(name: str, emoji: str):
    heard = reacted(name)
    assert heard is not None
    assert heard.signal == Reacted("", emoji, on=True)
    assert heard.message == "C1/1.2"


def test_reactions_that_mean_nothing_here_are_not_brought():
    assert reacted("tada") is None
    assert reacted("one", user="U0BOT") is None
    removed = reacted("one", kind="reaction_removed")
    assert removed is not None
    assert removed.signal == Reacted("", DIGITS[0], on=False)


def test_every_emoji_the_bot_seeds_has_its_name():
    for emoji in (*DIGITS, COMING):
        assert names.EMOJI[names.NAMES[emoji]] == emoji


SAMPLES = os.environ.get("ALS_FIXTURES")


@pytest.mark.skipif(not SAMPLES, reason="ALS_FIXTURES names no folder with recorded Slack payloads")
def test_recorded_payloads_go_through_without_a_missing_key():
    folder = Path(SAMPLES or "") / "slack" / "samples"
    recorded = [*folder.glob("events/*.json"), *folder.glob("app-backend/*.json")]
    assert recorded
    for file in recorded:
        body = json.loads(file.read_text())
        for sent in (body, *({k: v for k, v in body.items() if k != gone} for gone in body)):
            inbound.command_spot(sent, "slack:T1")
            inbound.typed(str(sent.get("text") or ""))
            inbound.press_spot(sent, "slack:T1")
            inbound.pressed(sent)
            inbound.submitted(sent, "slack:T1")
            inbound.reaction(sent, "slack:T1", "U1")
            inbound.proof(sent)
            inbound.event_channel(sent)
            inbound.questions(sent.get("view") or {})
            inbound.again(sent.get("view") or {}, "Not now.")
