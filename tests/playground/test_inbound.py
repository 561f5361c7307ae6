"""What the page sends, read."""

import json
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.playground.inbound import (
    LONGEST_WORDS,
    Address,
    Press,
    React,
    Submit,
    Unreadable,
    Write,
    incoming,
    is_command,
    read,
    submitted,
    typed,
)
from bot.core.cards import Form
from bot.core.signals import Caller, Pressed, Submitted, Typed
from bot.core.verbs import VERBS

ID = "6f1c5c1e-94a4-4a6e-9a55-2a3ad1f0a111"


def sent(**more):
    return json.dumps({"id": ID, "who": "ana", **more})


def test_each_gesture_is_read():
    assert read(sent(do="press", message="m1", button="b")) == Press(ID, "ana", "m1", "b")
    assert read(sent(do="write", words="hello")) == Write(ID, "ana", "hello")
    assert read(sent(do="write", words="", direct=True)) == Write(ID, "ana", "", direct=True)
    assert read(sent(do="react", message="m1", emoji="1️⃣", on=False)) == React(
        ID, "ana", "m1", "1️⃣", on=False
    )
    assert read(sent(do="submit", token="t", fields={"what": "x"})) == Submit(
        ID, "ana", "t", (("what", "x"),)
    )


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "not json",
        "[]",
        "7",
        "null",
        "[" * 100_000,
        sent(),
        sent(do="fly"),
        sent(do=["press"]),
        sent(do="press", message="m1"),
        sent(do="press", message="m1", button=7),
        sent(do="press", message="", button="b"),
        sent(do="press", message="m" * 1000, button="b"),
        sent(do="write"),
        sent(do="write", words="x" * (LONGEST_WORDS + 1)),
        sent(do="submit", token="t", fields=[]),
        sent(do="submit", token="t", fields={"what": 7}),
        sent(do="submit", token="t", fields={str(n): "" for n in range(50)}),
        json.dumps({"do": "watch", "id": "1", "who": "ana"}),
        json.dumps({"do": "watch", "id": ID}),
        json.dumps({"do": "watch", "who": "ana"}),
    ],
)
def test_anything_else_gets_one_sentence(raw):
    refused = read(raw)

    assert isinstance(refused, Unreadable)
    assert refused.sentence.endswith(".")


@given(
    st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["do", "id", "who", "message", "button", "fields"]),
                    inner | st.sampled_from(["press", "submit", ID]),
                )
            ),
        ).map(json.dumps),
    )
)
def test_reading_never_raises(raw):
    read(raw)


def test_a_delivery_is_named_by_the_gesture_and_the_envelope_by_the_server():
    gesture = Press(str(uuid4()), "ana", "m1", "b")
    address = Address("playground", "aurora", Caller("ana", "Ana", "Europe/London"), direct=True)

    going_in = incoming(gesture, address, Pressed("here"), "m1")

    assert going_in.delivery == gesture.id
    assert (going_in.installation, going_in.place) == ("playground", "aurora")
    assert going_in.who.name == "Ana"
    assert going_in.message == "m1"
    assert going_in.direct


def test_a_form_is_answered_as_it_was_opened():
    form = Form("bid", "Your issue", (), subject="s1", step=3, value="own")

    assert submitted(form, (("title", "x"),)) == Submitted("bid", (("title", "x"),), "s1", 3, "own")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/als", Typed("home")),
        ("  /ALS  Start ", Typed("start")),
        ("/als start 60", Typed("start", (("format", "60"),))),
        ("/als start FORMAT=120", Typed("start", (("format", "120"),))),
        ("/als set new", Typed("set new")),
        ("/als SET  Join", Typed("set join")),
        ("/als pitch Letting go", Typed("bid", (("title", "Letting go"),))),
        ("/als ask What is “done”?", Typed("ask", (("question", "What is “done”?"),))),
        (
            '/als action what="Talk to Mia" by="next Friday"',
            Typed("action", (("what", "Talk to Mia"), ("by", "next Friday"))),
        ),
        (
            "/als action Talk to Mia by=friday",
            Typed("action", (("by", "friday"), ("what", "Talk to Mia"))),
        ),
        ("/als extend minutes=5", Typed("extend", (("minutes", "5"),))),
        ("/als strat", Typed("strat")),
    ],
)
def test_a_command_is_read_as_people_type_it(line, expected):
    assert is_command(line)
    assert typed(line) == expected


@pytest.mark.parametrize("verb", VERBS, ids=[verb.name for verb in VERBS])
def test_every_verb_can_be_typed(verb):
    assert typed(f"/als {verb.name}").verb == verb.name


def test_only_als_speaks_to_the_bot():
    assert not is_command("hello /als")
    assert not is_command("/alsatian")
    assert not is_command("")
