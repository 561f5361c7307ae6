"""Keeping platforms connected: each by itself, with growing pauses, and named when it is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import structlog

from bot.runtime.clock import Clock
from bot.runtime.ports.platform import CannotConnect, CannotReach, Platform

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
REFUSED_PAUSE: Final = 3600.0
"""Seconds before a platform that does not want us is asked again: somebody has to do something first."""

SETTLED_AFTER: Final = 60.0
"""A connection that held for so many seconds starts the count of failures again."""

SAID_AGAIN: Final = 900.0
"""Seconds after which the same trouble of the same platform is said again."""

STOP_WITHIN: Final = 2.0
"""Seconds a platform may take to hang up, and again to give back what it holds."""

log = structlog.get_logger()


class Pauses:
    """How long to wait before the next try: doubled each time, capped, and spread by chance."""

    def __init__(
        self, chance: Callable[[], str], first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE
    ) -> None:
        """`chance` gives random bits in hex; the rest are seconds."""
        self._chance, self._first, self._longest = chance, first, longest
        self._failures = 0

    def next(self, at_least: float = 0.0) -> float:
        """Seconds; never more than a quarter above the longest, unless `at_least` asks for it."""
        whole: float = min(self._first * 2.0 ** min(self._failures, 30), self._longest)
        self._failures += 1
        spread = int(self._chance()[:4], 16) / 0xFFFF
        return max(whole * (0.75 + spread / 2), at_least)

    def begin_again(self) -> None:
        """It went well for long enough."""
        self._failures = 0


class Sparing:
    """Says each trouble once, and again only after a while."""

    def __init__(self, say: Callable[[str], object], steady: Callable[[], float]) -> None:
        """`say` is for the operator; `steady` is seconds that only grow."""
        self._say, self._steady = say, steady
        self._said: dict[str, tuple[str, float]] = {}

    def trouble(self, about: str, what: str, sentence: str) -> None:
        """Say it, unless the same was said of it lately. `what` is the trouble without its figures."""
        now = self._steady()
        before, at = self._said.get(about, ("", 0.0))
        if what != before or now - at >= SAID_AGAIN:
            self._said[about] = (what, now)
            self._say(sentence)

    def well(self, about: str, sentence: str) -> None:
        """It goes again."""
        self._said.pop(about, None)
        self._say(sentence)


class Keeper:
    """Starts every platform, starts one that failed again, and leaves the others alone meanwhile."""

    def __init__(
        self,
        platforms: Iterable[Platform],
        clock: Clock,
        say: Callable[[str], object],
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`say` is told one sentence at a time, for the operator."""
        self.platforms = tuple(platforms)
        self._clock = clock
        self._sparing = Sparing(say, clock.steady)
        self._sleep = sleep
        self._tasks: list[asyncio.Task[None]] = []
        self._refused: dict[str, str] = {}
        self._was_up = False
        self._tried: set[str] = set()
        self.tried = asyncio.Event()
        """Set once every platform has answered, or not, for the first time."""
        self.hopeless: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Done once no platform will have us and none ever had: the sentences that say why."""

    def start(self) -> None:
        """Connect to all of them at once, from now on until `stop`."""
        for platform in self.platforms:
            platform.tell = self._teller(platform)
            self._tasks.append(asyncio.get_running_loop().create_task(self._keep(platform)))

    async def stop(self) -> None:
        """Hang up everywhere; who does not answer is not waited for."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(_within(p.stop, p.name) for p in self.platforms))

    def _teller(self, platform: Platform) -> Callable[[str, bool], None]:
        def tell(sentence: str, well: bool) -> None:
            if well:
                self._sparing.well(platform.name, sentence)
            else:
                self._sparing.trouble(platform.name, sentence, sentence)

        return tell

    async def _keep(self, platform: Platform) -> None:
        pauses = Pauses(self._clock.chance)
        while True:
            began = self._clock.steady()
            pause = await self._one_life(platform, pauses)
            self._has_tried(platform)
            await _within(platform.hang_up, platform.name)
            if self._clock.steady() - began >= SETTLED_AFTER:
                pauses.begin_again()
            await self._sleep(pause)

    async def _one_life(self, platform: Platform, pauses: Pauses) -> float:
        """From a start to its end; seconds until the next."""
        try:
            said = await platform.start()
            self._was_up = True
            self._refused.pop(platform.name, None)
            self._sparing.well(platform.name, said)
            self._has_tried(platform)
            await platform.ended()
            why, least = "the connection ended", 0.0
        except CannotConnect as refused:
            return self._given_up(platform, str(refused))
        except CannotReach as away:
            why, least = str(away), away.retry_after
        except Exception as error:
            # Whatever goes wrong with one platform must not reach the others.
            log.error("platform_failed", platform=platform.name, error=type(error).__name__)
            why, least = f"something went wrong on my side ({type(error).__name__})", 0.0
        pause = pauses.next(least)
        self._sparing.trouble(
            platform.name,
            why,
            f"{platform.name.title()} isn't connected: {why}. I'll try again in "
            f"{spell(pause)}, then less and less often. Everything else goes on.",
        )
        return pause

    def _has_tried(self, platform: Platform) -> None:
        self._tried.add(platform.name)
        if len(self._tried) == len(self.platforms):
            self.tried.set()

    def _given_up(self, platform: Platform, sentence: str) -> float:
        self._refused[platform.name] = sentence
        everyone = len(self._refused) == len(self.platforms)
        if everyone and not self._was_up and not self.hopeless.done():
            self.hopeless.set_result("\n".join(self._refused.values()))
            return REFUSED_PAUSE
        again = f"I'll ask again in {spell(REFUSED_PAUSE)}. Restart me to ask at once."
        self._sparing.trouble(platform.name, sentence, f"{sentence} {again}")
        return REFUSED_PAUSE


async def _within(work: Callable[[], Awaitable[object]], name: str) -> None:
    try:
        async with asyncio.timeout(STOP_WITHIN):
            await work()
    except Exception as error:
        log.warning("platform_not_closed", platform=name, error=type(error).__name__)


def spell(seconds: float) -> str:
    """So many seconds, as one says them."""
    whole = max(round(seconds), 1)
    for size, name in ((3600, "hour"), (60, "minute")):
        if whole >= size:
            count = round(whole / size)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{whole} second{'' if whole == 1 else 's'}"
