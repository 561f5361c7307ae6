"""Where everything lasting is kept: the one package that speaks SQL."""

from __future__ import annotations

from bot.runtime.store.claiming import Claimed, Pace
from bot.runtime.store.database import (
    HEAD,
    Damaged,
    Database,
    TooNew,
    back_up,
    check_whole,
    migrate,
    revision,
    upgrade,
)
from bot.runtime.store.doubt import InDoubt, NotStored, away
from bot.runtime.store.store import Store
from bot.runtime.store.unit import Conflict, Corrupt, Unit

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
    "Store",
    "TooNew",
    "Unit",
    "away",
    "back_up",
    "check_whole",
    "migrate",
    "revision",
    "upgrade",
]
