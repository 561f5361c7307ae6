"""A calendar feed for each member, at an address nobody can guess: renewed at will, dead once they leave."""

from __future__ import annotations

import asyncio
import hmac

from aiohttp import web

from bot.core.learning_set.state import Member, SetState
from bot.runtime.calendar.files import MEDIA, calendar
from bot.runtime.store.store import Store
from bot.runtime.store.unit_of_work import Unit

PATH = "/calendar"
HEADERS = {"Cache-Control": "private, max-age=3600", "X-Robots-Tag": "noindex"}


class Feed:
    """Serves what `/als calendar` brings as a file, to calendars that come back by themselves."""

    def __init__(self, store: Store, public_url: str) -> None:
        """`public_url` is where others reach the shared HTTP server."""
        self._store = store
        self._public = public_url.rstrip("/")

    def address(self, unit: Unit, state: SetState, member: Member) -> str:
        """Where that member's calendar finds the meetings of that set: theirs alone."""
        return f"{self._public}{PATH}/{state.id}.{_token(unit, state, member)}.ics"

    def routes(self) -> list[web.RouteDef]:
        """What the shared HTTP server has to serve."""
        return [web.get(PATH + "/{set}.{token}.ics", self._get)]

    async def _get(self, request: web.Request) -> web.Response:
        set_id, token = request.match_info["set"], request.match_info["token"]
        text = await asyncio.to_thread(self._read, set_id, token)
        if text is None:
            raise web.HTTPNotFound
        return web.Response(text=text, content_type=MEDIA, headers=HEADERS)

    def _read(self, set_id: str, token: str) -> str | None:
        """The calendar, where the token is that of somebody who is in the set now."""
        with self._store.reading() as unit:
            state = unit.room(set_id).set
            if state is None or state.archived_at is not None:
                return None
            known = [_token(unit, state, m) for m in state.present_members]
            # All are compared, so that the time it takes tells nothing.
            if not sum(hmac.compare_digest(token.encode(), k.encode()) for k in known):
                return None
            return calendar(state, unit.now)


def _token(unit: Unit, state: SetState, member: Member) -> str:
    """Another one after each renewal and each leaving, and for who was forgotten and comes back."""
    subject = f"calendar:{state.id}:{member.person}"
    if member.feed:
        subject += f":{member.joined_at.isoformat()}:{member.feed}"
    return unit.vault.blind(unit.installation_of(state.id), subject)[:32]
