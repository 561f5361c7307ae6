"""The life of channels, people and installations: what Slack tells, and who has to know."""

from __future__ import annotations

from typing import Any, Final, Protocol

import structlog

from bot.adapters.slack import inbound
from bot.adapters.slack.inbound import Body
from bot.adapters.slack.install.installed import Tokens
from bot.adapters.slack.people import Directory
from bot.core.signals import Change, PersonGone, PlaceChanged
from bot.runtime.ports.incoming import NO_NEWS, News

log = structlog.get_logger()


class Lifecycle(Protocol):
    """Who is told: the service. Each may come twice and in any order; a state is set, not toggled."""

    async def place_changed(
        self, installation: str, place: str, signal: PlaceChanged, news: News = NO_NEWS
    ) -> None:
        """Something happened to a channel; posts there may have to rest, or may go on."""
        ...

    async def person_gone(
        self, installation: str, signal: PersonGone, place: str = "", news: News = NO_NEWS
    ) -> None:
        """Somebody left a channel, or (without one) the workspace."""
        ...

    async def person_back(
        self, installation: str, person: str, place: str = "", news: News = NO_NEWS
    ) -> None:
        """Somebody is (again) in a channel, or (without one) in the workspace."""
        ...

    async def heard(self, installation: str, news: News) -> bool:
        """Whether this telling, from which nothing follows in the store, is the first."""
        ...

    async def reconcile(self, platform: str = "") -> int:
        """A new connection: what happened meanwhile was not told. Asks for the votes again."""
        ...


PLACES: Final[dict[str, Change]] = {
    "channel_archive": Change.ARCHIVED,
    "group_archive": Change.ARCHIVED,
    "channel_unarchive": Change.OPENED,
    "group_unarchive": Change.OPENED,
    "channel_rename": Change.RENAMED,
    "group_rename": Change.RENAMED,
    "channel_deleted": Change.GONE,
    "group_deleted": Change.GONE,
    "channel_shared": Change.SHARED,
    "channel_unshared": Change.UNSHARED,
    "channel_left": Change.BOT_LEFT,
    "group_left": Change.BOT_LEFT,
}
"""What each event says of a channel."""

INSTALLATIONS: Final = {
    "app_uninstalled": Change.UNINSTALLED,
    "tokens_revoked": Change.REVOKED,
}
PEOPLE: Final = ("member_joined_channel", "member_left_channel", "user_change")
MOVED: Final = "channel_id_changed"
EVENTS: Final = (*PLACES, MOVED, *INSTALLATIONS, *PEOPLE)
"""Every such event the manifest asks for."""


class Chronicle:
    """Takes those events, tidies up on our side, and tells whoever has to know."""

    def __init__(self, life: Lifecycle, tokens: Tokens, people: Directory) -> None:
        """`life` hears of it last, when our own memory is in order."""
        self._life = life
        self._tokens = tokens
        self._people = people

    async def take(self, body: Body, installation: str, own: str) -> None:
        """One event. Each is claimed with what follows from it, so that it counts once."""
        event: dict[str, Any] = dict(body.get("event") or {})
        kind, place = str(event.get("type") or ""), inbound.event_channel(body)
        news = inbound.news(body)
        if kind in INSTALLATIONS:
            await self._gone(installation, event, INSTALLATIONS[kind], news)
        elif kind in PLACES:
            await self._place(installation, place, PLACES[kind], event, news)
        elif kind == MOVED:
            old, new = str(event.get("old_channel_id")), str(event.get("new_channel_id"))
            moved = PlaceChanged(Change.MOVED, new)
            await self._life.place_changed(installation, old, moved, news)
        elif kind == "user_change":
            await self._changed(installation, event, news)
        elif kind in PEOPLE:
            await self._moved(installation, event, place, own, news)

    async def _place(
        self, installation: str, place: str, change: Change, event: dict[str, Any], news: News
    ) -> None:
        if change is Change.UNSHARED and event.get("is_ext_shared"):
            await self._life.heard(installation, news)
            return
        await self._life.place_changed(installation, place, PlaceChanged(change), news)

    async def _gone(
        self, installation: str, event: dict[str, Any], change: Change, news: News
    ) -> None:
        if change is Change.REVOKED and not inbound.revoked_bots(event):
            await self._life.heard(installation, news)
            return
        log.info("slack_removal_told", kind=change.value)
        await self._tokens.removed(installation, news)

    async def _changed(self, installation: str, event: dict[str, Any], news: News) -> None:
        user = event.get("user") or {}
        person = str(user.get("id") or "")
        self._people.forget(installation, person)
        if user.get("deleted") and person:
            gone = PersonGone(person, Change.DEACTIVATED)
            await self._life.person_gone(installation, gone, news=news)
        else:
            await self._life.person_back(installation, person, news=news)

    async def _moved(
        self, installation: str, event: dict[str, Any], place: str, own: str, news: News
    ) -> None:
        person, left = str(event.get("user") or ""), event.get("type") == "member_left_channel"
        if person == own:
            change = Change.BOT_LEFT if left else Change.BOT_JOINED
            await self._life.place_changed(installation, place, PlaceChanged(change), news)
        elif left:
            gone = PersonGone(person, Change.LEFT)
            await self._life.person_gone(installation, gone, place, news)
        else:
            await self._life.person_back(installation, person, place, news)
