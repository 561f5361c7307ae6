"""Several workspaces: "Add to Slack" through Bolt's flow, with tokens in our own sealed store."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from secrets import token_urlsafe
from typing import Final

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.adapters.slack.connection.api import client, outcome, quiet
from bot.adapters.slack.install.installed import SCOPES, Installed, Refresh, Tokens

log = structlog.get_logger()

STATE_LIFE: Final = 300.0
MOST_USED: Final = 10_000
INSTALL, REDIRECT = "/slack/install", "/slack/oauth_redirect"


class States(AsyncOAuthStateStore):
    """OAuth states that say themselves whether they hold: five minutes, for one browser, once.

    Nothing is remembered when one is issued, so a flood of requests takes no state away from
    anybody, and any process with the same client secret knows it again. Bolt binds each to its
    browser by a cookie.
    """

    def __init__(self, secret: str, now: Callable[[], float]) -> None:
        """`secret` is the app's client secret; `now` says the time in seconds."""
        self._key = hmac.digest(secret.encode(), b"als oauth state", "sha256")
        self._now = now
        self._used: dict[str, None] = {}

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        """A new state."""
        body = f"{int(self._now() + STATE_LIFE)}-{token_urlsafe(18)}"
        return f"{body}.{self._sign(body)}"

    async def async_consume(self, state: str) -> bool:
        """Whether it was issued here, lately, and not used before."""
        body, _, signed = state.rpartition(".")
        if not hmac.compare_digest(signed.encode(), self._sign(body).encode()):
            return False
        ends = int(body.partition("-")[0])
        if self._now() >= ends or state in self._used:
            return False
        # The oldest are forgotten first. To use one of those again takes its own browser and a
        # fresh code of Slack's, so nothing comes of it that its owner could not do anew.
        self._used[state] = None
        while len(self._used) > MOST_USED:
            del self._used[next(iter(self._used))]
        return True

    def _sign(self, body: str) -> str:
        return hmac.digest(self._key, body.encode(), "sha256").hex()[:32]


class Keeps(AsyncInstallationStore):
    """Bolt's side of our own store: it only ever saves."""

    def __init__(self, tokens: Tokens) -> None:
        """What Bolt hands over goes to `tokens`."""
        self._tokens = tokens

    async def async_save(self, installation: Installation) -> None:
        """A workspace has said yes."""
        scopes = installation.bot_scopes or ()
        ends = installation.bot_token_expires_at
        lives = ends - installation.installed_at if ends else 0.0
        installed = Installed(
            team=installation.team_id or "",
            token=installation.bot_token or "",
            enterprise=installation.enterprise_id or "",
            bot_id=installation.bot_id or "",
            bot_user=installation.bot_user_id or "",
            scopes=tuple(scopes.split(",") if isinstance(scopes, str) else scopes),
            refresh=installation.bot_refresh_token or "",
            expires=self._tokens.now() + lives if ends else 0.0,
        )
        await self._tokens.keep(installed, store=True)


def refresher(client_id: str, client_secret: str, api_url: str) -> Refresh:
    """How a token that ends is traded for the next."""
    web_client = client("", api_url, None)

    async def refresh(token: str) -> tuple[str, str, float]:
        told = await outcome(
            web_client.oauth_v2_access(
                client_id=client_id,
                client_secret=client_secret,
                grant_type="refresh_token",
                refresh_token=token,
            )
        )
        return (
            str(told["access_token"]),
            str(told["refresh_token"]),
            float(told["expires_in"]),
        )

    return refresh


def routes(
    tokens: Tokens, client_id: str, client_secret: str, api_url: str, public_url: str
) -> list[web.RouteDef]:
    """The two pages of "Add to Slack"."""
    settings = AsyncOAuthSettings(
        client_id=client_id,
        client_secret=client_secret,
        scopes=list(SCOPES),
        redirect_uri=f"{public_url.rstrip('/')}{REDIRECT}" if public_url else None,
        install_path=INSTALL,
        redirect_uri_path=REDIRECT,
        installation_store=Keeps(tokens),
        state_store=States(client_secret, tokens.now),
        state_expiration_seconds=int(STATE_LIFE),
        logger=quiet,
    )
    flow = AsyncOAuthFlow(client=client("", api_url, None), logger=quiet, settings=settings)
    return [
        web.get(INSTALL, _page(flow.handle_installation)),
        web.get(REDIRECT, _page(flow.handle_callback)),
    ]


def _page(
    take: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def page(request: web.Request) -> web.StreamResponse:
        try:
            return await to_aiohttp_response(await take(await to_bolt_request(request)))
        except Exception as error:
            log.error("slack_install_failed", error=type(error).__name__)
            return web.Response(status=500, text="That did not work. Please start again.")

    return page
