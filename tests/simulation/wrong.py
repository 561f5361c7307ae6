"""Ways of delivering that are wrong, so that the checker can be seen to catch them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.adapters.slack import names
from bot.runtime.delivery.compose import Ready, draw, outgoing
from bot.runtime.delivery.outbox import Outbox, _send
from bot.runtime.ports.outgoing import Absent, Found, Outbound, Outgoing
from bot.runtime.store.outbox.take import Claimed
from tests.simulation.slack import Seat, drawn


class MarkThenSend(Outbox):
    """Marked as done before it is sent: what fails, or is killed in between, is lost."""

    async def _send_once(self, ready: Ready, outbound: Outbound, now: datetime) -> None:
        await self._sent(ready, f"marked-{ready.row.seq}")
        try:
            await _send(outbound, outgoing(ready, now))
        except Exception:
            return


class SendThenMark(Outbox):
    """Sent again whenever it was not marked: an answer that is lost, or a kill, doubles it."""

    async def _unsure(self, row: Claimed, why: str) -> None:
        await self._outcomes.later(row, timedelta(0), why)

    async def _look_up(self, row: Claimed, outbound: Outbound) -> None:
        await self._outcomes.later(row, timedelta(0), "no_look_up")


class LookWithoutWaiting(Outbox):
    """Looked up at once: a request that lands after the look-up doubles the message."""

    async def _unsure(self, row: Claimed, why: str) -> None:
        outbound = self._outbound_of(row.installation)
        assert outbound is not None
        if why.startswith("look_up"):
            await self._outcomes.later(row, timedelta(0), why)
        else:
            await self._look_up(row, outbound)


class NoLookUpAfterARestore(Outbox):
    """What a copy says is due is sent, though the one it replaces may have sent it."""

    async def _look_up(self, row: Claimed, outbound: Outbound) -> None:
        if row.last_error == "restored":
            await self._outcomes.later(row, timedelta(0), "no_look_up")
        else:
            await super()._look_up(row, outbound)


class AnotherEditForgotten(Outbox):
    """An edit is settled as if nothing had been wanted since: the post stays old."""

    async def _sent(self, ready: Ready, ref: str) -> None:
        newest = replace(ready.row, wanted_rev=MANY)
        await super()._sent(replace(ready, row=newest), ref)


class LookOnce(Outbox):
    """Looked up once, and believed: what a late history does not show yet is doubled."""

    async def _look_up(self, row: Claimed, outbound: Outbound) -> None:
        ready = draw(self._store, row, self.now()) or Ready(row, None, self._place(row), {})
        found = await outbound.look_up(outgoing(ready, self._clock.now()), row.claimed_at)
        if isinstance(found, Found):
            await self._sent(ready, found.ref)
        else:
            await self._outcomes.later(row, timedelta(0), "looked_up_absent", count=False)


class OwnClock(Seat):
    """The history asked about by the bot's own clock: where the clocks differ, it shows nothing."""

    async def look_up(self, out: Outgoing, *when: Any, **more: Any) -> Any:
        (claimed_at, *_) = when
        web = await self._web(out.installation)
        channel, parent = await self._channel(web, out), out.destination.parent
        method = "conversations.replies" if parent else "conversations.history"
        asked = {
            "channel": channel,
            "oldest": (claimed_at - timedelta(minutes=5)).timestamp(),
            "latest": (claimed_at + timedelta(minutes=2)).timestamp(),
            "ts": names.split(parent)[1] if parent else "",
        }
        drawn.set(out)
        told = await web.api_call(method, params=asked)
        for message in told.get("messages") or ():
            if message["metadata"]["event_payload"]["key"] == out.key:
                return Found(names.reference(channel, message["ts"]))
        return Absent()


MANY = 1_000_000
