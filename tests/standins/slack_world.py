"""The workspace of the Slack stand-in: people, channels, messages, views, triggers."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

TEAM, APP, BOT, BOT_ID = "T0STANDIN", "A0ALS", "U0ALSBOT", "B0ALSBOT"
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-stand-in", "xapp-stand-in", "0123456789abcdef"
TRIGGER_LIFE = 3.0
RESPONSE_URL_LIFE, RESPONSE_URL_USES = 30 * 60.0, 5
UPLOAD_LIFE = 30 * 60.0
ALIASES = {"thumbsup": "+1", "thumbsdown": "-1", "heavy_check_mark": "heavy_check_mark"}
ALL_SCOPES = frozenset(
    {
        "commands",
        "chat:write",
        "reactions:read",
        "reactions:write",
        "im:write",
        "im:history",
        "users:read",
        "channels:read",
        "groups:read",
        "files:write",
        "metadata.message:read",
    }
)
ALL_EVENTS = frozenset(
    {
        "app_home_opened",
        "reaction_added",
        "reaction_removed",
        "app_uninstalled",
        "tokens_revoked",
        "message_metadata_posted",
        "member_left_channel",
        "member_joined_channel",
        "user_change",
        "channel_archive",
        "group_archive",
        "channel_rename",
        "group_rename",
        "channel_deleted",
        "group_deleted",
        "channel_left",
        "group_left",
        "channel_unarchive",
        "group_unarchive",
        "channel_shared",
        "channel_unshared",
        "channel_id_changed",
    }
)


class SlackSays(Exception):
    """An answer of `ok: false` with Slack's own word for why."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error, self.more = error, more


@dataclass
class User:
    """Somebody in the workspace. `active` is whether an ephemeral message reaches them."""

    id: str
    name: str
    zone: str = "Europe/London"
    is_bot: bool = False
    deleted: bool = False
    stranger: bool = False
    dms_closed: bool = False
    active: bool = True
    is_admin: bool = False


@dataclass
class Message:
    """A message as Slack keeps it."""

    ts: str
    channel: str
    user: str
    text: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    thread_ts: str = ""
    bot: bool = False
    metadata: dict[str, Any] | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    to: str = ""
    edits: int = 0
    files: list[dict[str, Any]] = field(default_factory=list)

    def as_payload(self, *, metadata: bool = False, replies: int = 0) -> dict[str, Any]:
        """The message as the Web API and interactions give it."""
        told: dict[str, Any] = {"type": "message", "user": self.user, "ts": self.ts}
        told |= {"text": self.text, "team": TEAM}
        if self.blocks:
            told["blocks"] = self.blocks
        if self.bot:
            told |= {"bot_id": BOT_ID, "app_id": APP}
        if self.thread_ts or replies:
            told["thread_ts"] = self.thread_ts or self.ts
        if replies:
            told["reply_count"] = replies
        if metadata and self.metadata:
            told["metadata"] = self.metadata
        if self.reactions:
            told["reactions"] = self.counted()
        return told

    def counted(self, *, full: bool = False, cut: int = 3) -> list[dict[str, Any]]:
        """Reactions with counts; without `full` Slack may list fewer people than it counts."""
        return [
            {"name": name, "users": users if full else users[:cut], "count": len(users)}
            for name, users in self.reactions.items()
            if users
        ]


@dataclass
class Channel:
    """A conversation: a channel, a group message or a direct message."""

    id: str
    name: str
    private: bool = False
    members: list[str] = field(default_factory=list)
    archived: bool = False
    shared: bool = False
    im: str = ""
    mpim: bool = False
    messages: list[Message] = field(default_factory=list)
    last_posts: list[float] = field(default_factory=list)

    def as_payload(self) -> dict[str, Any]:
        """The channel as `conversations.info` gives it."""
        told: dict[str, Any] = {"id": self.id, "is_archived": self.archived}
        if self.im:
            return told | {"is_im": True, "user": self.im}
        return told | {
            "name": self.name,
            "is_channel": not self.private,
            "is_group": self.private,
            "is_im": False,
            "is_mpim": self.mpim,
            "is_private": self.private,
            "is_member": BOT in self.members,
            "is_ext_shared": self.shared,
            "is_org_shared": False,
            "is_shared": self.shared,
        }

    def replies(self, ts: str) -> list[Message]:
        """The replies in a thread."""
        return [m for m in self.messages if m.thread_ts == ts]


@dataclass
class Trigger:
    """What opens a view: three seconds, once."""

    user: str
    made_at: float
    used: bool = False


@dataclass
class ResponseUrl:
    """Where answers to one interaction go: five times in thirty minutes."""

    user: str
    channel: str
    message: Message | None
    made_at: float
    uses: int = 0


@dataclass
class View:
    """A modal or a Home tab. `open` turns false when it is closed or submitted."""

    id: str
    user: str
    view: dict[str, Any]
    open: bool = True
    hash: str = "0"
    team: str = TEAM

    def as_payload(self) -> dict[str, Any]:
        """The view as interactions and the Web API give it."""
        empty: dict[str, Any] = {"private_metadata": "", "callback_id": "", "external_id": ""}
        return (
            empty
            | self.view
            | {
                "id": self.id,
                "team_id": self.team,
                "app_id": APP,
                "bot_id": BOT_ID,
                "hash": self.hash,
            }
            | {"root_view_id": self.id, "previous_view_id": None, "state": {"values": {}}}
        )


class World:
    """Everything the workspace remembers. Its clock may be handed in and moved."""

    def __init__(
        self, clock: Callable[[], float] = time.time, team: str = TEAM, token: str = BOT_TOKEN
    ) -> None:
        self.clock, self.team, self.token = clock, team, token
        self.code = f"code-of-{team}" if team != TEAM else "good-code"
        self.scopes = set(ALL_SCOPES)
        self.events = set(ALL_EVENTS)
        self.metadata_types: set[str] = {"als_message"}
        self.users: dict[str, User] = {BOT: User(BOT, "als", is_bot=True)}
        self.channels: dict[str, Channel] = {}
        self.private: list[Message] = []
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.files: list[dict[str, Any]] = []
        self.pings: list[tuple[str, Message]] = []
        self.token_error = ""
        self.tokens = {token}
        self.token_life = 0.0
        self.token_ends: dict[str, float] = {}
        self.refresh_tokens: set[str] = set()
        self.post_limit: float | None = None
        self._numbers = itertools.count(1)
        self._last_ts = 0

    def number(self) -> int:
        """The next number of this workspace, for ids."""
        return next(self._numbers)

    def stamp(self) -> str:
        """A new message time stamp: unique, and never going back."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def trigger(self, user: str) -> str:
        """A new trigger id for an interaction of this person."""
        made = f"{self.number()}.{self.team}.{'a' * 16}"
        self.triggers[made] = Trigger(user, self.clock())
        return made

    def use_trigger(self, trigger_id: str) -> Trigger:
        """Spend a trigger id, or say why it cannot be spent."""
        known = self.triggers.get(trigger_id)
        if known is None:
            raise SlackSays("invalid_trigger_id" if trigger_id else "invalid_arguments")
        if known.used:
            raise SlackSays("exchanged_trigger_id")
        if self.clock() - known.made_at > TRIGGER_LIFE:
            raise SlackSays("expired_trigger_id")
        known.used = True
        return known

    def direct(self, user: str) -> Channel:
        """The direct message between the bot and a person, opened at need."""
        found = next((c for c in self.channels.values() if c.im == user), None)
        if found is None:
            found = Channel(f"D{self.number():08d}", "directmessage", im=user, members=[user, BOT])
            self.channels[found.id] = found
        return found

    def known(self, channel: str, *, member: bool = False) -> Channel:
        """A channel the bot can see; private ones and foreign talks it is not in do not exist."""
        found = self.channels.get(channel)
        if found is None or ((found.private or found.im) and BOT not in found.members):
            raise SlackSays("channel_not_found")
        if member and BOT not in found.members:
            raise SlackSays("not_in_channel")
        return found

    def message(self, channel: str, ts: str) -> Message:
        """A message the bot can see."""
        place = self.known(channel)
        found = next((m for m in place.messages if m.ts == ts), None)
        if found is None:
            raise SlackSays("message_not_found")
        return found

    def person_named(self, name: str) -> User | None:
        """Somebody by the name people see."""
        return next((u for u in self.users.values() if u.name == name), None)


def plain_name(reaction: str) -> str:
    """A reaction by its one true name, skin tone kept apart as Slack does."""
    bare, tone, rest = reaction.strip(":").partition("::")
    return ALIASES.get(bare, bare) + tone + rest
