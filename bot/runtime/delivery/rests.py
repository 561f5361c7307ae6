"""How long what was claimed may still leave, must rest, and is looked for: by a clock nobody sets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.core.decision import Matter
from bot.runtime.clock import Clock
from bot.runtime.store.outbox.take import UNSURE_REST, Claimed

LEASE = timedelta(seconds=20)
"""A worker that slept longer than this between claim and send does not send."""

GIVE_UP_LOOKING = timedelta(hours=24)
GIVE_UP_IN_A_MEETING = timedelta(minutes=2)
LEAST_LOOKING = timedelta(minutes=10)
"""A process looks for this long itself before it gives up, whatever the wall clock says."""

IN_A_MEETING = frozenset({Matter.BOARD, Matter.PHASE, Matter.WORDS, Matter.RESULT})
SELDOM = timedelta(minutes=15)
"""The longest rest between two look-ups of one message: each may turn twenty pages."""

MOST_REMEMBERED = 10_000


class Rests:
    """When this process claimed which row. The wall clock may jump; the steady one does not."""

    def __init__(self, clock: Clock) -> None:
        """What an earlier process claimed counts from now on."""
        self._clock = clock
        self._began = clock.steady()
        self._claimed: dict[int, float] = {}

    def claimed(self, taken: Iterable[Claimed]) -> None:
        """These were claimed just now; those of unsure fate keep their first claim."""
        steady = self._clock.steady()
        if len(self._claimed) > MOST_REMEMBERED:
            # Rows claimed a day ago have rested long enough, whatever became of them.
            day = GIVE_UP_LOOKING.total_seconds()
            self._claimed = {seq: at for seq, at in self._claimed.items() if steady - at < day}
        self._claimed.update({row.seq: steady for row in taken if not row.unsure})

    def forget(self, row: Claimed) -> None:
        """It is settled, or was never worked on."""
        self._claimed.pop(row.seq, None)

    def rest_of(self, seq: int) -> float:
        """Seconds an unsure row must still be left alone, whatever the wall clock says.

        One that an earlier process claimed rests from this process's start: a jump of the clock
        must not shorten the time a late request has to land.
        """
        return UNSURE_REST.total_seconds() - self._since(seq)

    def lease(self, row: Claimed, now: datetime) -> float:
        """Seconds in which this row may still leave, by whichever clock has gone further."""
        by_wall = (now - row.claimed_at).total_seconds()
        return LEASE.total_seconds() - max(by_wall, self._since(row.seq))

    def up_for(self) -> timedelta:
        """How long this process has been sending, and no other before it."""
        return timedelta(seconds=self._clock.steady() - self._began)

    def next_look(self, row: Claimed) -> timedelta:
        """How long it rests until it is looked up: longer, the longer nobody could say."""
        looked = timedelta(seconds=self._since(row.seq))
        return max(UNSURE_REST, min(looked / 4, SELDOM)) if row.unsure else UNSURE_REST

    def looked_long_enough(self, row: Claimed, restored_at: datetime | None) -> bool:
        """Whether a look-up that cannot be made is given up; a jump of the clock is no reason."""
        patience = _patience(row)
        steady = timedelta(seconds=self._since(row.seq))
        since = max(row.claimed_at, restored_at or row.claimed_at)
        long_ago = self._clock.now() - since >= patience
        least = max(patience / 4, GIVE_UP_IN_A_MEETING)
        return steady >= (min(patience, least, LEAST_LOOKING) if long_ago else patience)

    def _since(self, seq: int) -> float:
        return self._clock.steady() - self._claimed.get(seq, self._began)


def _patience(row: Claimed) -> timedelta:
    """How long a look-up that cannot be made is tried: a meeting cannot wait for its board."""
    if row.session_id and row.notice.matter in IN_A_MEETING:
        return GIVE_UP_IN_A_MEETING
    if row.expires_at is None:
        return GIVE_UP_LOOKING
    # What expires that late must still be sent before it does.
    half = (row.expires_at - max(row.claimed_at, row.due_at)) / 2
    return min(GIVE_UP_LOOKING, max(half, GIVE_UP_IN_A_MEETING))
