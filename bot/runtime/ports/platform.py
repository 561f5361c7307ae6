"""What the app starts and stops: a connection to a platform, and why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from bot.runtime.ports.outgoing import Outbound


@dataclass(frozen=True, slots=True)
class Standing:
    """What a platform says when it is asked whether we are still there; None where it does not say.

    `token` is what was asked with, as the store gave it; empty where it is none of the store's.
    """

    stands: bool | None
    token: str = ""


class CannotConnect(Exception):
    """The platform will not have us, and trying again does not help; one sentence says what would."""


class CannotReach(Exception):
    """The platform is not there just now; a few plain words say what failed, without a full stop."""

    def __init__(self, words: str, retry_after: float = 0.0) -> None:
        """`retry_after` is seconds, where the platform says."""
        super().__init__(words)
        self.retry_after = retry_after


class Platform(Protocol):
    """A chat platform this process is connected to: what the app starts and stops."""

    @property
    def name(self) -> str:
        """Its short name, with which its installations begin: `slack` of `slack:T1`."""
        ...

    @property
    def outbound(self) -> Outbound:
        """Its half that sends."""
        ...

    tell: Callable[[str, bool], None]
    """Set before `start`: takes a sentence for the operator on what happens to the connection, and
    whether it is well again.
    """

    async def start(self) -> str:
        """Connect. Gives one line for the operator: how, and as whom.

        Raises `CannotReach` where trying again may help, `CannotConnect` where it does not. After
        `hang_up` it may be called again.
        """
        ...

    async def ended(self) -> None:
        """Wait until the connection is over for a reason it cannot mend by itself; raises as `start`."""
        ...

    async def hang_up(self) -> None:
        """Disconnect; signals under way are answered first."""
        ...

    async def stop(self) -> None:
        """Disconnect for good, and give back everything."""
        ...


@runtime_checkable
class Served(Protocol):
    """A platform that comes to us by HTTP."""

    def routes(self) -> Iterable[Any]:
        """What the one HTTP server of the process has to serve for it, perhaps nothing."""
        ...
