"""Where everything lasting is kept: the one package that speaks SQL."""

from __future__ import annotations

from bot.runtime.store.database import (
    HEAD,
    Damaged,
    Database,
    TooNew,
    back_up,
    check_whole,
    known,
    migrate,
    revision,
    upgrade,
)
from bot.runtime.store.doubt import InDoubt, NotStored, away
from bot.runtime.store.outbox.claim import Pace
from bot.runtime.store.outbox.take import Claimed
from bot.runtime.store.store import Store
from bot.runtime.store.unit_of_work import Conflict, Corrupt, Unit
from bot.runtime.store.witness import RolledBack

__all__ = [
    "HEAD",
    "Claimed",
    "Conflict",
    "Corrupt",
    "Damaged",
    "Database",
    "InDoubt",
    "NotStored",
    "Pace",
    "RolledBack",
    "Store",
    "TooNew",
    "Unit",
    "away",
    "back_up",
    "check_whole",
    "known",
    "migrate",
    "revision",
    "upgrade",
]
