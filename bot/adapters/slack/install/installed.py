"""Which workspaces the bot is installed in, and with which token: kept sealed by the store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Protocol

import aiohttp
import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack import names
from bot.adapters.slack.connection.api import CannotKnow, ask, client, who_am_i
from bot.runtime.ports.incoming import NO_NEWS, News
from bot.runtime.ports.outgoing import NotSent, Refused
from bot.runtime.ports.platform import Standing

SCOPES: Final = (
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
)
"""The rights the bot asks for; none of them lets it read what people write in channels."""

OPTIONAL: Final = ("groups:history",)
"""Only to look up a post of its own whose fate is unsure."""


RENEW_BEFORE: Final = 2 * 3600.0
RENEW_WITHIN: Final = 2.0
"""Seconds somebody waits for a new token: Slack gives three in all."""

GONE: Final = frozenset({"account_inactive", "app_uninstalled", "invalid_auth", "token_revoked"})
"""How Slack answers a token of an app that is not there any more."""

GONE_REFRESH: Final = frozenset({*GONE, "invalid_refresh_token"})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Installed:
    """The bot in one workspace (or organisation)."""

    team: str
    token: str = field(repr=False)
    enterprise: str = ""
    bot_id: str = ""
    bot_user: str = ""
    scopes: tuple[str, ...] = ()
    refresh: str = field(default="", repr=False)
    expires: float = 0.0
    """When the token ends, as a Unix time; 0 where it never does."""

    @property
    def installation(self) -> str:
        """How the rest of the bot names it."""
        return names.installation(self.team, self.enterprise)

    def seal(self) -> str:
        """As the store keeps it, encrypted."""
        return json.dumps(asdict(self))

    @staticmethod
    def unseal(kept: str) -> Installed:
        """Back from the store."""
        told = json.loads(kept)
        return Installed(**{**told, "scopes": tuple(told.get("scopes", ()))})

    def authorized(self) -> AuthorizeResult:
        """As Slack's library wants to know it."""
        return AuthorizeResult(
            enterprise_id=self.enterprise or None,
            team_id=self.team or None,
            bot_id=self.bot_id,
            bot_user_id=self.bot_user,
            bot_token=self.token,
            bot_scopes=list(self.scopes),
        )


def advice(granted: Iterable[str]) -> list[str]:
    """Which rights are missing, and which are too much; nothing where Slack does not say."""
    granted = tuple(granted)
    missing = [s for s in SCOPES if granted and s not in granted]
    unneeded = [s for s in granted if s not in (*SCOPES, *OPTIONAL)]
    said = []
    if missing:
        said.append(f"Missing rights: {', '.join(missing)}. Reinstall the app from its manifest.")
    if unneeded:
        said.append(f"Rights I do not need: {', '.join(unneeded)}. Better take them away.")
    return said


class TokenStore(Protocol):
    """Where tokens are kept, encrypted, by installation. The store provides it."""

    async def load(self, installation: str) -> str | None:
        """What was saved, or None."""
        ...

    async def save(self, installation: str, sealed: str) -> None:
        """Keep or replace."""
        ...

    async def welcome(self, installation: str, news: News = NO_NEWS) -> None:
        """A token that is not kept here works again."""
        ...

    async def removed(self, installation: str, news: News = NO_NEWS) -> bool:
        """Slack says that we were removed; whether that has to be confirmed."""
        ...

    async def confirm(
        self,
        platform: str,
        ask: Callable[[str], Awaitable[Standing]],
        gone: Callable[[str], object] = lambda installation: None,
    ) -> None:
        """Ask about every removal until it is known; what is not confirmed is not dropped."""
        ...


Refresh = Callable[[str], Awaitable[tuple[str, str, float]]]
"""Trades a refresh token for a new token, its own refresh token, and the seconds it lives."""


class Tokens:
    """Every installation's token and client, from memory; the store is asked once each.

    A token that ends is replaced two hours earlier, by one request however many ask at once, while
    the old one goes on being used.
    """

    def __init__(
        self,
        base_url: str,
        session: aiohttp.ClientSession,
        installs: TokenStore | None = None,
        now: Callable[[], float] = lambda: 0.0,
        refresh: Refresh | None = None,
        own: str = "",
    ) -> None:
        """Without `installs` only what `keep` was told is known. `own` is the environment's token."""
        self._own = own
        self.now = now
        self._refresh = refresh
        self._renewing: dict[str, asyncio.Task[None]] = {}
        self._base_url = base_url
        self._session = session
        self._installs = installs
        self._known: dict[str, Installed] = {}
        self._clients: dict[str, AsyncWebClient] = {}

    async def of(self, installation: str) -> Installed | None:
        """The installation, if we are in it."""
        known = self._known.get(installation)
        if known is None and self._installs is not None:
            kept = await self._installs.load(installation)
            if kept is not None:
                known = self._known[installation] = Installed.unseal(kept)
        if known is not None and known.expires and known.expires - self.now() < RENEW_BEFORE:
            return await self._renewed(known)
        return known

    async def _renewed(self, known: Installed) -> Installed:
        """The installation with a token that lives; waited for only where the old one is over."""
        task = self._renewing.get(known.installation)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._renew(known))
            self._renewing[known.installation] = task
            task.add_done_callback(lambda _: self._renewing.pop(known.installation, None))
        if known.expires <= self.now():
            await asyncio.wait({task}, timeout=RENEW_WITHIN)
        return self._known.get(known.installation, known)

    async def _renew(self, known: Installed) -> None:
        """One request. Another process may have been faster: then its token is in the store."""
        kept = await self._installs.load(known.installation) if self._installs else None
        stored = Installed.unseal(kept) if kept is not None else known
        if stored.expires > known.expires:
            await self.keep(stored, store=False)
            return
        if self._refresh is None or known.installation not in self._known:
            return
        try:
            token, refresh, seconds = await self._refresh(stored.refresh)
        except (Refused, NotSent, CannotKnow) as error:
            # The old one may still be good; it is tried again with the next use.
            log.warning("slack_token_not_renewed", error=str(error))
            return
        expires = self.now() + seconds
        fresh = replace(stored, token=token, refresh=refresh, expires=expires)
        await self.keep(fresh, store=True)

    async def client(self, installation: str) -> AsyncWebClient | None:
        """The Web API client of an installation, which never tries twice."""
        known = await self.of(installation)
        if known is None:
            return None
        if installation not in self._clients:
            self._clients[installation] = client(known.token, self._base_url, self._session)
        return self._clients[installation]

    async def find(self, team: str | None, enterprise: str | None) -> Installed | None:
        """The installation an envelope speaks of: of the workspace, else of its organisation."""
        for named in (team, enterprise):
            found = await self.of(names.installation(named)) if named else None
            if found is not None:
                return found
        return None

    async def keep(self, installed: Installed, *, store: bool) -> None:
        """A workspace we are in; `store` where its token came by OAuth."""
        self._known[installed.installation] = installed
        self._clients.pop(installed.installation, None)
        if self._installs is None:
            return
        if store:
            await self._installs.save(installed.installation, installed.seal())
        else:
            await self._installs.welcome(installed.installation)

    async def removed(self, installation: str, news: News) -> None:
        """Slack says that we were removed, or the token was: to be confirmed by asking with it."""
        if self._installs is not None:
            await self._installs.removed(installation, news)

    async def stands(self, installation: str) -> Standing:
        """Whether Slack still takes the token that is kept now, whatever we remember of it."""
        kept = await self._installs.load(installation) if self._installs else None
        known = Installed.unseal(kept) if kept else self._known.get(installation)
        token = known.token if known is not None else self._own
        if not token:
            return Standing(None)
        try:
            found = await self.introduce(token)
        except Refused as no:
            return Standing(await self._refused(known, no.code), kept or "")
        except (NotSent, CannotKnow):
            return Standing(None)
        # A token of another workspace proves nothing of this one.
        return Standing(True if found.installation == installation else None, kept or "")

    async def _refused(self, known: Installed | None, code: str) -> bool | None:
        """What a refusal says of us: still there, gone, or nothing for certain."""
        if code in GONE:
            return False
        if code == "token_expired" and known is not None and self._refresh is not None:
            try:
                token, refresh, seconds = await self._refresh(known.refresh)
            except Refused as no:
                return False if no.code in GONE_REFRESH else None
            except (NotSent, CannotKnow):
                return None
            expires = self.now() + seconds
            fresh = replace(known, token=token, refresh=refresh, expires=expires)
            await self.keep(fresh, store=True)
            return True
        return None

    async def newer(self, installation: str) -> bool:
        """Whether another process keeps another token by now; from here on it is ours too."""
        kept = await self._installs.load(installation) if self._installs else None
        known = self._known.get(installation)
        if kept is None or known is None or Installed.unseal(kept).token == known.token:
            return False
        self.forget(installation)
        return True

    def forget(self, installation: str) -> None:
        """What is remembered of it; the store is asked when it is needed again."""
        self._known.pop(installation, None)
        self._clients.pop(installation, None)
        renewing = self._renewing.get(installation)
        if renewing is not None:
            # A token that came after the removal must not bring the installation back.
            renewing.cancel()

    async def introduce(self, token: str) -> Installed:
        """Ask Slack who a token is for. Raises `Refused` where it is no good."""
        web = client(token, self._base_url, self._session)
        told, scopes = await who_am_i(web)
        return Installed(
            team=_text(told, "team_id"),
            token=token,
            enterprise=_text(told, "enterprise_id"),
            bot_id=_text(told, "bot_id"),
            bot_user=_text(told, "user_id"),
            scopes=scopes,
        )

    async def app_id(self, installed: Installed) -> str:
        """Which app the token belongs to."""
        web = client(installed.token, self._base_url, self._session)
        told = await ask(web, "bots.info", bot=installed.bot_id)
        return _text(told.get("bot") or {}, "app_id")


def _text(told: Mapping[str, Any], key: str) -> str:
    found = told.get(key)
    return found if isinstance(found, str) else ""


class KnownToUs(AsyncAuthorize):
    """Which installation an envelope speaks of; None where we are not installed."""

    def __init__(self, tokens: Tokens) -> None:
        """Answers from memory: this is asked within Slack's three seconds."""
        self._tokens = tokens

    async def __call__(
        self, *, enterprise_id: str | None, team_id: str | None, **_: object
    ) -> AuthorizeResult | None:
        """Asked by Bolt before every listener."""
        installed = await self._tokens.find(team_id, enterprise_id)
        return installed.authorized() if installed is not None else None
