"""Three ways of delivering that are wrong, so that the checker can be seen to catch them."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.runtime.letters import Ready, outgoing
from bot.runtime.outbox import Outbox, _send
from bot.runtime.ports import Outbound
from bot.runtime.store import Claimed


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
        await self._later(row, timedelta(0), why)

    async def _look_up(self, row: Claimed, outbound: Outbound) -> None:
        await self._later(row, timedelta(0), "no_look_up")


class LookWithoutWaiting(Outbox):
    """Looked up at once: a request that lands after the look-up doubles the message."""

    async def _unsure(self, row: Claimed, why: str) -> None:
        outbound = self._outbound_of(row.installation)
        assert outbound is not None
        if why.startswith("look_up"):
            await self._later(row, timedelta(0), why)
        else:
            await self._look_up(row, outbound)
