"""Real processes: the town (a chat platform that outlives the bot), bots over it, and its people."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

ALS = Path(sys.executable).with_name("als")
"""The installed command."""

ROOT = Path(__file__).parents[2]
"""Where `tests` is a package, for the platform that is a process of its own."""

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
INSTALLATION = "memory:town"
HANGS = 240.0
"""Seconds after which something has certainly stopped for good. How fast it is, `bench/` says."""

ENVIRONMENT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TMPDIR")

Json = dict[str, Any]


class Town:
    """The platform in its own process, and everything people can do and see there."""

    def __init__(self) -> None:
        self.url = ""
        self._process: asyncio.subprocess.Process | None = None
        self._client: aiohttp.ClientSession | None = None
        self._bots: list[BotProcess] = []

    def bot(self, folder: Path, **settings: str) -> BotProcess:
        """A bot on this platform, to be started; whatever happens, it ends with the town."""
        folder.mkdir(exist_ok=True)
        self._bots.append(BotProcess(self.url, folder, settings))
        return self._bots[-1]

    async def __aenter__(self) -> Town:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.standins.memory_server", "--port", "0",
            stdout=asyncio.subprocess.PIPE, env=_environment({}), cwd=ROOT,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.url = (await self._process.stdout.readline()).decode().strip()
        self._client = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._client is not None
        assert self._process is not None
        for bot in self._bots:
            await bot.kill()
        await self._client.close()
        self._process.kill()
        await self._process.wait()

    async def get(self, path: str) -> Any:
        assert self._client is not None
        async with self._client.get(f"{self.url}{path}") as answer:
            return await answer.json()

    async def put(self, path: str, wish: Json) -> Any:
        assert self._client is not None
        async with self._client.post(f"{self.url}{path}", json=wish) as answer:
            return await answer.json()

    async def world(self, **wish: Any) -> None:
        """Change the world: `closed`, `archived`, `faults`, `slow`."""
        await self.put("/world", wish)

    async def act(self, who: str, place: str, **wish: Any) -> str:
        """One gesture, on its way; its number. Raises KeyError where there is nothing to press."""
        told = await self.put("/act", {"who": who, "place": place, **wish})
        if "missing" in told:
            raise KeyError(told["missing"])
        return str(told["number"])

    async def answer(self, number: str, wait: float = 10.0) -> Json | None:
        """What the bot answered, or None where it has not."""
        told = await self.get(f"/answers/{number}?wait={wait}")
        answer: Json | None = told["answer"]
        return answer

    async def does(self, who: str, place: str, wait: float = 10.0, **wish: Any) -> Json:
        """One gesture and its answer."""
        number = await self.act(who, place, **wish)
        answer = await self.answer(number, wait)
        assert answer is not None, f"{who} got no answer to {wish}"
        return answer

    async def fills(self, who: str, place: str, opened: Json, **words: str) -> Json:
        """Hand in an open form."""
        form = opened["form"]
        return await self.does(
            who, place, form=form["form"], subject=form["subject"], step=form["step"],
            value=form["value"], fields={**form["fields"], **words},
        )  # fmt: skip

    async def messages(self, place: str | None = None, *, every: bool = False) -> list[Json]:
        """The current posts (or every post there was), oldest first."""
        where = f"place={place.replace('#', '%23')}&" if place else ""
        found: list[Json] = await self.get(f"/messages?{where}{'every=1' if every else ''}")
        return found

    async def state(self, since: float = 0.0) -> Json:
        found: Json = await self.get(f"/state?since={since}")
        return found

    async def until(self, what: Any, within: float, every: float = 0.05) -> bool:
        """Wait until something is so; whether it came to be."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if await what():
                return True
            await asyncio.sleep(every)
        return False

    # --- a set ---

    async def found(self, place: str, *people: str, format: str = "60") -> None:
        """A set in a place, with everybody in it."""
        await self.does(people[0], place, **founding(format))
        assert await self.until(lambda: self._can_press(place, "Join"), 10)
        for who in people:
            await self.does(who, place, press="Join")
            await self.does(who, place, press="I agree")

    async def _can_press(self, place: str, label: str) -> bool:
        standing = await self.messages(place)
        return any(b["label"] == label for m in standing for b in m["card"]["buttons"])


def founding(format: str = "60") -> Json:
    """The form that founds a set, as a gesture."""
    fields = {"name": "Aurora", "format": format, "zone": "Europe/London", "facilitation": "led"}
    return {"form": "start_set", "fields": fields, "value": "new"}


@dataclass(slots=True)
class BotProcess:
    """`als run`, the real command in a real process."""

    town: str
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    started_at: float = 0.0
    _process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it (again)."""
        assert not self.running, "or nobody would ever end the one before"
        self.started_at = time.monotonic()
        settings = {
            "ALS_MEMORY_URL": self.town,
            "ALS_DATA_DIR": str(self.folder),
            "ALS_ENCRYPTION_KEYS": KEY,
            "ALS_LOG_FORMAT": "json",
            **self.settings,
        }
        with open(self.folder / "log.txt", "ab") as log:  # noqa: ASYNC230
            self._process = await asyncio.create_subprocess_exec(
                str(ALS), "run", env=_environment(settings), stdout=log, stderr=log,
                cwd=self.folder,
            )  # fmt: skip

    async def kill(self) -> None:
        """SIGKILL: nothing of it can tidy up."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM: it ends in its own time."""
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(how)
            await self._process.wait()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        """Everything it has said to its operator."""
        return (self.folder / "log.txt").read_text()


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    return {**kept, "PYTHONPATH": str(Path(__file__).parents[2]), **settings}
