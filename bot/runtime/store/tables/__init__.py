"""Every table and its columns, by what they are about: importing one loads them all."""

from __future__ import annotations

from bot.runtime.store.tables import installed, messages, sets

__all__ = ["installed", "messages", "sets"]
