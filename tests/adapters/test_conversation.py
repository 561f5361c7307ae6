"""The talk that every platform has with a person: what is opened, what is said, and in which order."""

from __future__ import annotations

import asyncio

import pytest

from bot.adapters import conversation
from bot.adapters.conversation import Confirming, Recent, converse
from bot.core.cards import Card, Form
from bot.core.decision import Refusal
from bot.core.signals import Caller, Pressed, Signal, Submitted, Typed
from bot.runtime.ports.incoming import Answer, Incoming

OUTCOME = Form("report", "How did it go?", ())
COUNTS = Form("report", "How did it go?", (), counts=True)
CARD = Card("Which one?")


class Service:
    """Opens and answers what it is told to, and remembers what it was asked."""

    def __init__(self, opens: Form | Refusal | None = None, *told: Card | Form | str) -> None:
        self.opens, self.answer, self.takes = opens, Answer(told), 0.0
        self.asked: list[str] = []

    async def form(self, incoming: Incoming) -> Form | Refusal | None:
        self.asked.append("form")
        return self.opens

    async def receive(self, incoming: Incoming) -> Answer:
        self.asked.append("receive")
        await asyncio.sleep(self.takes)
        return self.answer


class Said:
    """A platform that writes down what it is to say."""

    def __init__(self) -> None:
        self.said: list[object] = []

    async def open(self, form: Form) -> None:
        self.said.append(form)

    async def wait(self) -> None:
        self.said.append("wait")

    async def tell(self, answer: Answer) -> None:
        self.said.append(answer)


async def talk(service: Service, signal: Signal) -> list[object]:
    speaker = Said()
    await converse(service, Incoming("1", "slack:T1", "C1", Caller("u1"), signal), speaker)
    return speaker.said


async def test_a_form_opens_after_one_read_and_nothing_is_handed_in():
    service = Service(OUTCOME)
    assert await talk(service, Pressed("bid")) == [OUTCOME]
    assert service.asked == ["form"]


async def test_where_no_form_opens_what_came_of_it_is_told():
    service = Service(None, "Saved.")
    assert await talk(service, Pressed("here")) == [Answer(("Saved.",))]


async def test_a_form_that_is_refused_is_told_and_nothing_is_handed_in():
    no = Refusal("Your set has no meeting now.")
    service = Service(no)
    assert await talk(service, Pressed("bid")) == [Answer(refusal=no)]
    assert service.asked == ["form"]


async def test_after_a_form_that_counts_everything_is_told_but_the_form_itself():
    service = Service(COUNTS, COUNTS, "Saved.", CARD)
    assert await talk(service, Pressed("done")) == [COUNTS, Answer(("Saved.", CARD))]


async def test_after_a_form_that_counts_a_refusal_is_told_too():
    service = Service(COUNTS)
    service.answer = Answer(refusal=Refusal("That action is closed."))
    assert await talk(service, Pressed("done")) == [COUNTS, service.answer]


@pytest.mark.parametrize(
    ("signal", "asked"),
    [
        (Typed("bid"), ["form"]),
        (Typed("status"), ["receive"]),
        (Typed("no such verb"), ["receive"]),
        (Submitted("bid", ()), ["receive"]),
    ],
)
async def test_a_form_is_asked_for_only_where_one_may_open(signal: Signal, asked: list[str]):
    service = Service(OUTCOME)
    await talk(service, signal)
    assert service.asked == asked


async def test_what_takes_long_is_said_to_take_long_and_told_afterwards(monkeypatch):
    monkeypatch.setattr(conversation, "GUARD", 0.01)
    service = Service(None, "Saved.")
    service.takes = 0.1
    assert await talk(service, Typed("status")) == ["wait", Answer(("Saved.",))]


def test_the_oldest_form_that_waits_is_forgotten_first():
    forms = Recent[str](2)
    for token in ("a", "b", "a", "c"):
        forms.keep(token, token.upper())
    assert [forms.get(token) for token in "abc"] == ["A", None, "C"]
    forms.drop("a")
    forms.drop("a")
    assert forms.get("a") is None
    forms.clear()
    assert forms.get("c") is None


async def test_removals_are_asked_about_by_one_task_however_often_a_platform_starts():
    begun: list[int] = []

    async def asks(number: int) -> None:
        begun.append(number)
        await asyncio.Event().wait()

    confirming = Confirming()
    await confirming.end()
    confirming.begin(lambda: asks(1))
    confirming.begin(lambda: asks(2))
    await asyncio.sleep(0)
    await confirming.end()
    assert begun == [1]
