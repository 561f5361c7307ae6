"""The key that finds a post again: two component ids in every message, and a nonce."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

LONGEST_NONCE = 25


def nonce(installation: str, channel: str, key: str) -> str:
    """Our own nonce for a post: the same post, the same nonce, whoever sends it."""
    return sha256(f"{installation}:{channel}:{key}".encode()).hexdigest()[:LONGEST_NONCE]


def marks(key: str) -> tuple[int, int]:
    """Two component ids that stand for a key; larger than any that Discord numbers by itself."""
    bits = int(key[:16].ljust(16, "0"), 16)
    first, second = bits >> 32 & 0x3FFFFFFF | 0x40000000, bits & 0x3FFFFFFF | 0x40000000
    return first, second if second != first else second ^ 1


def mark(outer: Json, key: str) -> None:
    """Write the key into a component and its first child."""
    if key:
        outer["id"], outer["components"][0]["id"] = marks(key)


def carries(message: Json, key: str) -> bool:
    """Whether a message of ours was posted with this key."""
    wanted = marks(key)
    for outer in message.get("components", ()):
        inner: list[Json] = outer.get("components") or []
        if inner and (outer.get("id"), inner[0].get("id")) == wanted:
            return True
    return False
