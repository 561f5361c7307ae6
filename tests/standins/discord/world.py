"""What exists in the stand-in: servers, roles, channels, threads, people and messages."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

Json = dict[str, Any]

EPOCH_MS = 1_420_070_400_000
TEXT, DIRECT, VOICE, GROUP, FORUM = 0, 1, 2, 3, 15
STAGE = 13
PUBLIC_THREAD, PRIVATE_THREAD = 11, 12
EPHEMERAL, COMPONENTS_V2 = 1 << 6, 1 << 15
PAYLOAD: web.RequestKey[Json] = web.RequestKey("payload", dict)
FILES: web.RequestKey[dict[str, Attachment]] = web.RequestKey("files", dict)
"""Where the stand-in leaves what a request brought."""


PERMISSIONS = {
    "add_reactions": 1 << 6,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "create_events": 1 << 44,
    "connect": 1 << 20,
    "manage_channels": 1 << 4,
    "mute_members": 1 << 22,
    "move_members": 1 << 24,
    "manage_guild": 1 << 5,
    "administrator": 1 << 3,
    "manage_threads": 1 << 34,
    "create_public_threads": 1 << 35,
    "create_private_threads": 1 << 36,
    "send_messages_in_threads": 1 << 38,
}
EVERYTHING_USUAL = sum(
    PERMISSIONS[name]
    for name in (
        "add_reactions",
        "view_channel",
        "send_messages",
        "attach_files",
        "read_message_history",
        "create_public_threads",
        "create_private_threads",
        "send_messages_in_threads",
    )
)

_counter = itertools.count(1)


class Clock:
    """Discord's own clock: the machine's, and how far Discord is ahead of it, in seconds."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


clock = Clock()


def snowflake() -> int:
    """A new id; later ones are larger, and hold the time as Discord's do."""
    return (int(clock() * 1000) - EPOCH_MS << 22) | next(_counter) & 0x3FFFFF


def stamp(when: float | None = None) -> str:
    """A moment as Discord writes it."""
    return datetime.fromtimestamp(clock() if when is None else when, UTC).isoformat()


class No(Exception):
    """Discord's refusal: HTTP status, its own code, and words."""

    def __init__(self, status: int, code: int, words: str = "") -> None:
        super().__init__(f"{status} {code} {words}")
        self.status, self.code, self.words = status, code, words


@dataclass(eq=False)
class User:
    """A person, or a bot."""

    name: str
    id: int = field(default_factory=snowflake)
    bot: bool = False
    dms_closed: bool = False

    def json(self) -> Json:
        return {
            "id": str(self.id),
            "username": self.name.lower(),
            "global_name": self.name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
        }


@dataclass(eq=False)
class Role:
    """A role of a server; the one with the server's own id is @everyone."""

    name: str
    id: int = field(default_factory=snowflake)
    permissions: int = 0
    managed: bool = False
    bot: int = 0

    def json(self) -> Json:
        tags = {"tags": {"bot_id": str(self.bot)}} if self.bot else {}
        return tags | {
            "id": str(self.id),
            "name": self.name,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "position": 0,
            "permissions": str(self.permissions),
            "managed": self.managed,
            "mentionable": False,
            "flags": 0,
        }


@dataclass(eq=False)
class Reaction:
    """One person's reaction."""

    emoji: str
    user: User
    burst: bool = False


@dataclass(frozen=True)
class Attachment:
    """A file that hangs on a message."""

    name: str
    content: bytes
    id: int = field(default_factory=snowflake)

    def json(self) -> Json:
        address = f"https://cdn.example/{self.id}/{self.name}"
        return {
            "id": str(self.id),
            "filename": self.name,
            "size": len(self.content),
            "url": address,
            "proxy_url": address,
        }


def attached(request: web.Request) -> list[Attachment]:
    """The files a request brought, in order."""
    files = request[FILES]
    return [files[n] for n in sorted(files)]


@dataclass(eq=False)
class Message:
    """One message."""

    channel: Channel
    author: User
    content: str = ""
    components: list[Json] = field(default_factory=list)
    flags: int = 0
    nonce: str = ""
    id: int = field(default_factory=snowflake)
    mentions: list[User] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    at: float = field(default_factory=clock)
    deleted: bool = False
    edits: int = 0
    interaction: int | None = None
    for_one: User | None = None
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    def json(self, *, content: bool = True) -> Json:
        return {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": self.author.json(),
            "content": self.content if content else "",
            "timestamp": stamp(self.at),
            "edited_timestamp": stamp() if self.edits else None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [u.json() for u in self.mentions],
            "mention_roles": [],
            "attachments": [a.json() for a in self.attachments],
            "embeds": [],
            "pinned": False,
            "type": 0,
            "flags": self.flags,
            "components": self.components if content else [],
            "reactions": list(self._reactions()),
        }

    def _reactions(self) -> Iterator[Json]:
        for emoji in dict.fromkeys(r.emoji for r in self.reactions):
            put = [r for r in self.reactions if r.emoji == emoji]
            burst = sum(r.burst for r in put)
            yield {
                "emoji": {"id": None, "name": emoji},
                "count": len(put),
                "count_details": {"burst": burst, "normal": len(put) - burst},
                "burst_colors": [],
                "me": any(r.user.bot for r in put),
                "me_burst": False,
            }


@dataclass(eq=False)
class Channel:
    """A channel, a thread or a direct conversation."""

    name: str
    type: int = TEXT
    id: int = field(default_factory=snowflake)
    guild: Guild | None = None
    parent: Channel | None = None
    owner: User | None = None
    people: list[User] = field(default_factory=list)
    overwrites: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    deleted: bool = False

    @property
    def is_thread(self) -> bool:
        return self.type in (PUBLIC_THREAD, PRIVATE_THREAD)

    def close_to_all_but(self, users: Iterable[User]) -> None:
        """Only these can read it from now on."""
        assert self.guild is not None
        view = PERMISSIONS["view_channel"]
        self.overwrites[self.guild.id] = (0, 0, view)
        for one in users:
            self.overwrites[one.id] = (1, view, 0)

    def message(self, message_id: int) -> Message:
        """That message as the bot may ask for it; ephemeral ones are never readable."""
        for found in self.messages:
            if found.id == message_id and not found.deleted and not found.ephemeral:
                return found
        raise No(404, 10008, "Unknown Message")

    def json(self) -> Json:
        if self.type == DIRECT:
            return {
                "id": str(self.id),
                "type": self.type,
                "last_message_id": None,
                "recipients": [u.json() for u in self.people if not u.bot],
            }
        shown: Json = {
            "id": str(self.id),
            "type": self.type,
            "name": self.name,
            "guild_id": str(self.guild.id) if self.guild else None,
            "parent_id": str(self.parent.id) if self.parent else None,
            "last_message_id": None,
            "rate_limit_per_user": 0,
            "flags": 0,
        }
        return shown | (self._thread_json() if self.is_thread else self._channel_json())

    def _channel_json(self) -> Json:
        rows = [
            {"id": str(i), "type": kind, "allow": str(allow), "deny": str(deny)}
            for i, (kind, allow, deny) in self.overwrites.items()
        ]
        shown: Json = {"position": 0, "permission_overwrites": rows, "topic": None, "nsfw": False}
        if self.type in (VOICE, STAGE):
            shown |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
        if self.type == FORUM:
            shown |= {"available_tags": [], "default_sort_order": None, "default_forum_layout": 0}
        return shown

    def _thread_json(self) -> Json:
        return {
            "owner_id": str(self.owner.id if self.owner else 0),
            "message_count": len(self.messages),
            "member_count": len(self.people),
            "thread_metadata": {
                "archived": self.archived,
                "locked": self.locked,
                "auto_archive_duration": 10080,
                "archive_timestamp": stamp(),
                "create_timestamp": stamp(),
                "invitable": self.invitable,
            },
        }


@dataclass(eq=False)
class Guild:
    """A server: roles, members and channels."""

    name: str
    id: int = field(default_factory=snowflake)
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, set[int]] = field(default_factory=dict)
    people: dict[int, User] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    owner_id: int = 0
    events: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.roles[self.id] = Role("@everyone", self.id, EVERYTHING_USUAL)

    def role(self, name: str, permissions: int = 0, *, managed: bool = False) -> Role:
        """A new role."""
        made = Role(name, permissions=permissions, managed=managed)
        self.roles[made.id] = made
        return made

    def join(self, user: User, *roles: Role) -> None:
        """That person is a member from now on."""
        self.people[user.id] = user
        self.members[user.id] = {r.id for r in roles}

    def permissions(self, user: User, channel: Channel | None = None) -> int:
        """What that person may do, in that channel."""
        if user.id not in self.members:
            return 0
        mine = {self.id, *self.members[user.id]}
        total = 0
        for role_id in mine:
            total |= self.roles[role_id].permissions
        if total & PERMISSIONS["administrator"] or user.id == self.owner_id:
            return (1 << 53) - 1
        where = channel.parent if channel is not None and channel.is_thread else channel
        return total if where is None else self._overwritten(total, where, mine, user)

    def _overwritten(self, total: int, where: Channel, mine: set[int], user: User) -> int:
        for chosen in ({self.id}, mine - {self.id}, {user.id}):
            allow = deny = 0
            for i in chosen & where.overwrites.keys():
                allow |= where.overwrites[i][1]
                deny |= where.overwrites[i][2]
            total = total & ~deny | allow
        return total

    def may(self, user: User, channel: Channel, name: str) -> bool:
        """Whether that person has that permission there."""
        return bool(self.permissions(user, channel) & PERMISSIONS[name])

    def sees(self, user: User, channel: Channel) -> bool:
        """Whether that person can read the channel or thread."""
        if not self.may(user, channel, "view_channel"):
            return False
        if channel.type != PRIVATE_THREAD or user in channel.people:
            return True
        return self.may(user, channel, "manage_threads")

    def threads(self) -> Iterator[Channel]:
        """Every thread there is."""
        return (c for c in self.channels.values() if c.is_thread and not c.deleted)

    def member_json(self, user: User) -> Json:
        roles = [str(i) for i in self.members.get(user.id, ())]
        return {
            "user": user.json(),
            "nick": None,
            "avatar": None,
            "roles": roles,
            "joined_at": stamp(0),
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
        }

    def json(self, bot: User) -> Json:
        """The whole server, as GUILD_CREATE tells it."""
        channels = [c.json() for c in self.channels.values() if not c.is_thread and not c.deleted]
        threads = [t.json() for t in self.threads() if not t.archived and self.sees(bot, t)]
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": str(self.owner_id),
            "roles": [r.json() for r in self.roles.values()],
            "channels": channels,
            "threads": threads,
            "members": [self.member_json(bot)],
            "member_count": len(self.members),
            "emojis": [],
            "stickers": [],
            "features": [],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "large": False,
            "unavailable": False,
            "joined_at": stamp(0),
            "preferred_locale": "en-US",
            "verification_level": 0,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "premium_tier": 0,
            "nsfw_level": 0,
            "afk_timeout": 300,
            "afk_channel_id": None,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "vanity_url_code": None,
            "description": None,
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "banner": None,
            "application_id": None,
            "premium_progress_bar_enabled": False,
        }
