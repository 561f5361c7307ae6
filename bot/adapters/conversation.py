"""A form, or receive within two seconds, then tell: the talk with a person, the same on every platform."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from bot.core.cards import Form
from bot.core.signals import Pressed, Signal, Typed
from bot.core.verbs import BY_NAME
from bot.runtime.ports.incoming import GUARD, Answer, Incoming, Receiver

T = TypeVar("T")


class Speaker(Protocol):
    """How a platform says things to one person, about one thing that they did."""

    async def open(self, form: Form) -> None:
        """Open a form, at once: nothing has been waited for but one read."""
        ...

    async def wait(self) -> None:
        """Say that it takes long; what came of it is told when it is known."""
        ...

    async def tell(self, answer: Answer) -> None:
        """Tell what came of it, which is stored by now. A form in it is to be opened."""
        ...


async def converse(receiver: Receiver, incoming: Incoming, speaker: Speaker) -> None:
    """Open the form it opens, or hand it in and tell what came of it.

    A press that counts does both, and then everything is told but the form, which is open already.
    """
    opened = await receiver.form(incoming) if may_open(incoming.signal) else None
    if opened is not None and not isinstance(opened, Form):
        await speaker.tell(Answer(refusal=opened))
        return
    if opened is not None:
        await speaker.open(opened)
        if not opened.counts:
            return
    answer = await received(receiver, incoming, speaker)
    if opened is not None:
        answer = replace(answer, told=tuple(t for t in answer.told if not isinstance(t, Form)))
    await speaker.tell(answer)


async def received(receiver: Receiver, incoming: Incoming, speaker: Speaker) -> Answer:
    """The answer, once it is stored; where that takes longer than `GUARD`, the person is told so."""
    task = asyncio.ensure_future(receiver.receive(incoming))
    done, _ = await asyncio.wait({task}, timeout=GUARD)
    if not done:
        await speaker.wait()
    return await task


def may_open(signal: Signal) -> bool:
    """Whether a form may open from it, so that asking for one is worth a read."""
    match signal:
        case Pressed():
            return True
        case Typed(verb=name) if name in BY_NAME:
            return bool(BY_NAME[name].opens)
        case _:
            return False


class Recent(Generic[T]):
    """The newest of something by a token, as forms that wait for their answer; the oldest goes first."""

    def __init__(self, most: int) -> None:
        """Remembers `most` of them."""
        self._most = most
        self._kept: OrderedDict[str, T] = OrderedDict()

    def keep(self, token: str, one: T) -> None:
        """It is the newest from now on."""
        self._kept[token] = one
        self._kept.move_to_end(token)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def get(self, token: str) -> T | None:
        """The one of that token, if it is still known."""
        return self._kept.get(token)

    def drop(self, token: str) -> None:
        """It is answered."""
        self._kept.pop(token, None)

    def clear(self) -> None:
        """None waits any more."""
        self._kept.clear()


class Confirming:
    """Asking after every removal that a platform has told, from its first start to its end."""

    def __init__(self) -> None:
        """Not begun."""
        self._task: asyncio.Future[object] | None = None

    def begin(self, ask: Callable[[], Awaitable[object]]) -> None:
        """Go on asking; where it has begun already, it goes on as it is."""
        if self._task is None:
            self._task = asyncio.ensure_future(ask())

    async def end(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
