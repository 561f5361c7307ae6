"""Slack, connected: Socket Mode or signed HTTP, every event to the desk, in time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.conversation import Confirming
from bot.adapters.slack import inbound, names
from bot.adapters.slack.connection import lifecycle
from bot.adapters.slack.connection.api import TIMEOUT, CannotKnow, client, outcome_of, quiet
from bot.adapters.slack.connection.http import SignedHttp
from bot.adapters.slack.connection.socket import Line
from bot.adapters.slack.dispatch import Desk
from bot.adapters.slack.inbound import Body
from bot.adapters.slack.install import oauth
from bot.adapters.slack.install.installed import Installed, KnownToUs, Tokens, TokenStore, advice
from bot.adapters.slack.outbound import SlackOutbound
from bot.adapters.slack.people import Directory
from bot.adapters.slack.replies import Answers
from bot.runtime.delivery.platform_time import PlatformClock
from bot.runtime.ports.incoming import Receiver, Signer
from bot.runtime.ports.outgoing import NotSent, Refused, Trouble
from bot.runtime.ports.platform import CannotConnect, CannotReach

COMMAND: Final = "/als"
EVENTS_PATH: Final = "/slack/events"
SLACK_API: Final = "https://slack.com/api/"
REACTIONS: Final = ("reaction_added", "reaction_removed")
HOME: Final = "app_home_opened"
PROOF: Final = "message_metadata_posted"
HEARD: Final = frozenset({*REACTIONS, HOME, PROOF, "message", *lifecycle.EVENTS})
SILENT: Final = "it takes the connection and does not answer"
SORRY: Final = "Something went wrong on my side and nothing has changed; please try again."

T = TypeVar("T")

log = structlog.get_logger()


MALFORMED: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading something raises that is not built as it should be."""


class NotTaken(Exception):
    """An event could not be stored: Slack is to send it again."""


def _kind(body: Body) -> str:
    """What it is that came, of the kinds we asked for; never what is in it."""
    event = body.get("event")
    kind = event.get("type") if isinstance(event, Mapping) else None
    if kind in HEARD:
        return str(kind)
    return "event" if "event" in body else str(body.get("type") or "command")[:40]


class Hears(Receiver, lifecycle.Lifecycle, Protocol):
    """The service, as this adapter knows it."""


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """What Slack needs. `app_token`: Socket Mode; else `signing_secret`: HTTP."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_url: str = SLACK_API
    public_url: str = ""


class Slack:
    """The adapter: `start`, then `outbound` sends. In HTTP mode `routes` have to be served."""

    name = "slack"

    def __init__(
        self,
        settings: SlackSettings,
        receiver: Hears,
        signer: Signer,
        *,
        installs: TokenStore | None = None,
        listen: tuple[str, int] | None = None,
        now: Callable[[], float],
    ) -> None:
        """Needs a running loop. `installs` keeps the tokens of several workspaces.

        `listen` is where to serve `routes`, where no shared server does. `now` is the Unix time.
        """
        self._settings = settings
        clock = PlatformClock()
        within = aiohttp.ClientTimeout(total=TIMEOUT)
        # The library's own limit does not hold for a session that is given to it.
        self._session = session = aiohttp.ClientSession(
            timeout=within, trace_configs=[clock.listen(aiohttp.TraceConfig())]
        )
        self._listen = listen
        self.tell: Callable[[str, bool], None] = lambda sentence, well: None
        self._runner: web.AppRunner | None = None
        refresh = oauth.refresher(settings.client_id, settings.client_secret, settings.api_url)
        own = settings.bot_token
        self._tokens = Tokens(settings.api_url, session, installs, now, refresh, own)
        self._installs = installs
        self._confirming = Confirming()
        self._app_id = ""
        self._line: Line | None = None
        self._people = people = Directory()
        self.outbound = SlackOutbound(
            self._tokens.client, signer, newer=self._tokens.newer, clock=clock
        )
        self.desk = Desk(receiver, signer, people, Answers(signer, session), self.outbound.bring)
        self._hears = receiver
        self._chronicle = lifecycle.Chronicle(receiver, self._tokens, people)
        self.app = self._listening()

    # --- starting and stopping --------------------------------------------------------------------

    async def start(self) -> str:
        """Learn who we are, and connect. Raises `CannotConnect` or `CannotReach`."""
        if self._installs is not None:
            confirm = self._installs.confirm
            self._confirming.begin(lambda: confirm(self.name, self._tokens.stands, self._gone))
        workspace = "no workspace of its own yet."
        if self._settings.bot_token:
            installed = await self._introduced()
            await self._tokens.keep(installed, store=False)
            self._app_id = await self._learned(installed)
            workspace = " ".join([f"workspace {installed.team}.", *advice(installed.scopes)])
        if self._settings.app_token:
            await self._open()
            return f"Slack: connected by Socket Mode, {workspace}"
        await self._serve()
        return f"Slack: waiting for signed requests at {EVENTS_PATH}, {workspace}"

    async def ended(self) -> None:
        """Wait until the line is given up; where Slack comes to us there is nothing to give up."""
        line = self._line
        if line is None:
            await asyncio.Event().wait()
        else:
            try:
                await asyncio.shield(line.failed)
            except ConnectionError:
                raise CannotReach("it is not heard, and connecting again did not help") from None

    async def hang_up(self) -> None:
        """Close the line, and let what was begun come to its end."""
        line, self._line = self._line, None
        if line is not None:
            await line.close()
        await self.desk.quiet()

    async def stop(self) -> None:
        """Hang up for good."""
        try:
            await self._confirming.end()
            await self.hang_up()
            if self._runner is not None:
                await self._runner.cleanup()
        finally:
            await self._session.close()

    def _gone(self, installation: str) -> None:
        """We were removed there, for certain."""
        self._tokens.forget(installation)
        self.outbound.forget(installation)
        self._people.forget(installation)

    async def _open(self) -> None:
        web_client = client("", self._settings.api_url, None)
        line = Line(
            self.app, self._settings.app_token, web_client, self._connected, tell=self._said
        )
        await self._tried(line.open(), "SLACK_APP_TOKEN", "Basic Information")
        self._line = line

    def _said(self, sentence: str, well: bool) -> None:
        self.tell(sentence, well)

    async def _tried(self, work: Awaitable[T], token: str, where: str) -> T:
        """What Slack answers; else in plain words why it does not."""
        try:
            return await outcome_of(work)
        except Refused as no:
            if no.trouble is Trouble.WAIT:
                raise CannotReach("it asks me to wait", no.retry_after or 0.0) from None
            raise CannotConnect(
                f"Slack does not take {token} ({no.code}). "
                f"Copy it again from {where}, or run `als init slack`."
            ) from None
        except NotSent:
            raise CannotReach("its address refuses me, or there is no network") from None
        except CannotKnow as unclear:
            silent = str(unclear) == TimeoutError.__name__
            words = f"it does not answer as it should ({unclear})"
            raise CannotReach(SILENT if silent else words) from None

    async def _connected(self) -> None:
        self.outbound.proofs.new_line()
        await self._hears.reconcile(names.PLATFORM)

    async def _serve(self) -> None:
        if self._listen is None or self._runner is not None:
            return
        served = web.Application()
        served.add_routes(self.routes())
        self._runner = web.AppRunner(served, shutdown_timeout=2.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, *self._listen).start()

    @property
    def line(self) -> Line | None:
        """The Socket Mode connection, if that is how we are connected."""
        return self._line

    @property
    def address(self) -> str | None:
        """Where this adapter serves its routes by itself, if it does."""
        if self._runner is None or not self._runner.addresses:
            return None
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    def up(self) -> bool:
        """Whether Slack can reach us, as far as we know."""
        return self._line.up if self._line is not None else True

    def routes(self) -> list[web.RouteDef]:
        """What the shared HTTP server has to serve for Slack; nothing in Socket Mode."""
        s = self._settings
        if s.app_token or not s.signing_secret:
            return []
        signed = SignedHttp(self.app, s.signing_secret, self._own_app)
        served = [web.post(EVENTS_PATH, signed.take)]
        if s.client_id and s.client_secret:
            served += oauth.routes(
                self._tokens, s.client_id, s.client_secret, s.api_url, s.public_url
            )
        return served

    async def _introduced(self) -> Installed:
        asked = self._tokens.introduce(self._settings.bot_token)
        return await self._tried(asked, "SLACK_BOT_TOKEN", "OAuth & Permissions")

    async def _learned(self, installed: Installed) -> str:
        try:
            return await self._tokens.app_id(installed)
        except (Refused, NotSent, CannotKnow):
            # Only a second check: the signing secret belongs to one app already.
            return ""

    async def _own_app(self) -> str:
        return self._app_id

    # --- listening --------------------------------------------------------------------------------

    def _listening(self) -> AsyncApp:
        app = AsyncApp(
            logger=quiet,
            name="als",
            client=client("", self._settings.api_url, None),
            authorize=KnownToUs(self._tokens),  # type: ignore[arg-type]
            process_before_response=True,
            request_verification_enabled=False,
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        anything = re.compile(".*", re.DOTALL)
        app.command(COMMAND)(self._guarded(self._command))
        app.action(anything)(self._guarded(self._action))
        app.view(anything)(self._guarded(self._view))
        app.shortcut(anything)(self._guarded(self._shortcut))
        for kind in REACTIONS:
            app.event(kind)(self._guarded(self._reaction))
        app.event(HOME)(self._guarded(self._home))
        app.event(PROOF)(self._guarded(self._proof))
        app.event("message")(self._guarded(self._unread))
        for kind in lifecycle.EVENTS:
            app.event(kind)(self._guarded(self._lives))
        return app

    def _guarded(
        self, listener: Callable[[Event], Awaitable[dict[str, Any]]]
    ) -> Callable[[AsyncAck, Body, AsyncBoltContext], Awaitable[None]]:
        """A listener out of which nothing escapes: Slack always gets its answer, once."""

        async def guarded(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
            told: dict[str, Any] = {}
            try:
                event = await self._event(body, context)
                told = await listener(event) if event is not None else {}
            except MALFORMED as error:
                # Another time it would be no better.
                log.warning("event_dropped", kind=_kind(body), error=type(error).__name__)
                told = {"text": SORRY} if "command" in body else {}
            except Exception as error:
                log.error("slack_listener_failed", kind=_kind(body), error=type(error).__name__)
                if "event" in body:
                    # It was not claimed, so that it counts when Slack tells it again.
                    raise NotTaken from None
                told = {"text": SORRY} if "command" in body else {}
            await ack(**told)

        return guarded

    async def _event(self, body: Body, context: AsyncBoltContext) -> Event | None:
        """Who it is for: from the envelope, never from what somebody typed or pressed."""
        found = context.authorize_result
        if found is None:
            return None
        installation = names.installation(found.team_id or "", found.enterprise_id or "")
        web_client = await self._tokens.client(installation)
        if web_client is None:
            # What is said of a workspace that has gone is heard all the same.
            if (body.get("event") or {}).get("type") not in lifecycle.INSTALLATIONS:
                return None
            web_client = client("", self._settings.api_url, None)
        return Event(body, installation, web_client, context.bot_user_id or "")

    async def _command(self, event: Event) -> dict[str, Any]:
        return await self.desk.command(event.web, event.installation, event.body)

    async def _action(self, event: Event) -> dict[str, Any]:
        await self.desk.press(event.web, event.installation, event.body)
        if (event.body.get("view") or {}).get("type") == "home":
            person = str((event.body.get("user") or {}).get("id") or "")
            shown = f"{event.body.get('trigger_id')}:home"
            await self.desk.home(event.web, event.installation, person, shown)
        return {}

    async def _view(self, event: Event) -> dict[str, Any]:
        return await self.desk.submit(event.web, event.installation, event.body)

    async def _shortcut(self, event: Event) -> dict[str, Any]:
        await self.desk.shortcut(event.web, event.installation, event.body)
        return {}

    async def _reaction(self, event: Event) -> dict[str, Any]:
        await self.desk.react(event.body, event.installation, event.own)
        return {}

    async def _home(self, event: Event) -> dict[str, Any]:
        told = event.body.get("event") or {}
        first = await self._hears.heard(event.installation, inbound.news(event.body))
        if first and told.get("tab", "home") == "home":
            event_id = str(event.body.get("event_id") or "")
            person = str(told.get("user") or "")
            await self.desk.home(event.web, event.installation, person, event_id)
        return {}

    async def _proof(self, event: Event) -> dict[str, Any]:
        proof = inbound.proof(event.body)
        if proof is not None:
            key, ref, at = proof
            self.outbound.proofs.note(key, ref, event.installation, at)
        # Only this process remembers it, so it is noted however often it is told.
        await self._hears.heard(event.installation, inbound.news(event.body))
        return {}

    async def _unread(self, event: Event) -> dict[str, Any]:
        """What people write is not read; it is only acknowledged, where Slack sends it at all."""
        return {}

    async def _lives(self, event: Event) -> dict[str, Any]:
        await self._chronicle.take(event.body, event.installation, event.own)
        return {}


@dataclass(frozen=True, slots=True)
class Event:
    """One delivery, with the installation it was made for."""

    body: Body
    installation: str
    web: AsyncWebClient
    own: str
