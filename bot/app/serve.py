"""`als run`: the bot of the settings, its platforms, the HTTP server, and how it all stops."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import Any

import structlog
import typer
from pydantic import SecretStr

from bot.app.bot import Bot
from bot.app.exits import CannotStart
from bot.app.opening import (
    BACKUPS,
    alone,
    checked,
    keys_for,
    left_alone,
    make_private,
    upgraded,
)
from bot.config import Settings, SettingsError, load
from bot.runtime.clock import SystemClock
from bot.runtime.installs import Installs
from bot.runtime.ports.platform import Platform, Served
from bot.runtime.process import logs, private
from bot.runtime.process.garbage import settle_in
from bot.runtime.process.keeping import Keeper
from bot.runtime.process.postgres import Owner
from bot.runtime.process.stopping import Stopping
from bot.runtime.process.web import Web
from bot.runtime.rate_limit import MOST_TYPED, RECOUNT_REST, Manners
from bot.runtime.store.outbox.claim import Pace
from bot.runtime.store.upkeep import backup
from bot.runtime.vault import KeyMissing

log = structlog.get_logger()


def run() -> None:
    """Run the bot on every platform that has a token, until it is told to stop."""
    settings = load()
    logs.configure(settings.log_format)
    logs.guard()
    if not settings.platforms():
        raise CannotStart(NO_PLATFORM)
    with Stopping() as stopping, ExitStack() as stack:
        private.narrow_stream(sys.stderr.fileno())
        hold = alone(settings, stack)
        with left_alone():
            bot = from_settings(settings)
        hold()
        asyncio.run(_serve(settings, bot, stopping))


def from_settings(settings: Settings) -> Bot:
    """The bot the settings ask for, its platforms still to be connected."""
    clock = SystemClock()
    database = checked(settings.database())
    keys = keys_for(settings, database)
    upgraded(database, clock.now())
    make_private(settings, database)
    try:
        manners = Manners(settings.operator, MOST_TYPED, RECOUNT_REST)
        bot = Bot(database, keys, clock, {}, paces=PACES, manners=manners)
        if bot.upkeep is not None and database.path is not None:
            bot.upkeep.keep_witness(database.path)
        if backup.settle_copy(database, clock.now()):
            log.warning("restored", erasures=bot.erase_again())
        bot.store.restored_at = backup.restored_at(database)
        bot.store.check_keys()
        changed = bot.store.recompute_instants()
        if changed:
            log.warning("zone_data_changed", deadlines=changed)
        bot.backups = None if database.path is None else settings.data_dir / BACKUPS
    except ValueError as error:
        database.close()
        raise SettingsError(f"ALS_ENCRYPTION_KEYS cannot be used: {error}.") from None
    except KeyMissing:
        database.close()
        raise SettingsError(
            "The words in this database were sealed with another key; add that key to "
            "ALS_ENCRYPTION_KEYS (or put its key file back). Nothing has been changed."
        ) from None
    return bot


PACES = {
    "slack": Pace(place=1.0, person=1.0, late=3.0),
    "discord": Pace(whole=1 / 48, shared=True, late=0.1),
}
"""Slack takes about one message a second in each channel, Discord 50 a second of the whole bot.

What an outage has left behind goes out more slowly: 20 a minute in a workspace, 10 a second in all of
Discord.
"""

Connect = Callable[[Settings, Bot], Platform | None]
"""Makes a platform where the settings have its token; imports its library only then."""


def _discord(settings: Settings, bot: Bot) -> Platform | None:
    if settings.discord_token is None:
        return None
    from bot.adapters.discord.connect import DiscordPlatform, Endpoints
    from bot.adapters.discord.connection.lifecycle import Callbacks

    token = settings.discord_token.get_secret_value()
    address = Endpoints(token, settings.discord_api_url, settings.discord_gateway_url)
    installs = Installs(bot.store, bot.writer)
    life = Callbacks(
        back=lambda: bot.service.reconcile("discord:"),
        present=installs.present,
        joined=installs.welcome,
        removed=installs.removed,
        confirm=installs.confirm,
        place=bot.service.place_changed,
        person=bot.service.person_gone,
    )
    if not bot.store.database.is_sqlite:
        owner = Owner(bot.store.database.address)
        life = replace(life, own=owner.own, still=owner.still)
    return DiscordPlatform(address, bot.service, bot.signer, life)


def _slack(settings: Settings, bot: Bot) -> Platform | None:
    if not (settings.slack_bot_token or settings.slack_client_id):
        return None
    from bot.adapters.slack.connect import Slack, SlackSettings

    if not settings.slack_app_token and not (settings.slack_signing_secret and settings.http_port):
        raise CannotStart(SLACK_HALF)
    needed = SlackSettings(
        bot_token=_secret(settings.slack_bot_token),
        app_token=_secret(settings.slack_app_token),
        signing_secret=_secret(settings.slack_signing_secret),
        client_id=settings.slack_client_id or "",
        client_secret=_secret(settings.slack_client_secret),
        api_url=settings.slack_api_url,
        public_url=settings.public_url or "",
    )
    return Slack(
        needed,
        bot.service,
        bot.signer,
        installs=Installs(bot.store, bot.writer),
        now=lambda: bot.clock.now().timestamp(),
    )


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value is not None else ""


SLACK_HALF = (
    "Slack needs SLACK_APP_TOKEN (Socket Mode), or SLACK_SIGNING_SECRET and ALS_HTTP_PORT (HTTP). "
    "`als init slack` leads through it."
)


def _memory(settings: Settings, bot: Bot) -> Platform | None:
    if settings.memory_url is None:
        return None
    from bot.adapters.memory import RemoteMemory

    return RemoteMemory(
        settings.memory_url,
        bot.service,
        bot.signer,
        lambda: bot.service.reconcile("memory"),
        bot=str(os.getpid()),
    )


PLATFORMS: tuple[Connect, ...] = (_slack, _discord, _memory)
"""Every platform `als run` knows, one line each."""

NO_PLATFORM = (
    "No platform is set up yet. Put SLACK_BOT_TOKEN or DISCORD_TOKEN into the environment or a "
    ".env file (see .env.example), or try `als demo`, which needs neither."
)


async def _serve(settings: Settings, bot: Bot, stopping: Stopping) -> None:
    """Everything at once, until somebody asks us to stop or no platform will have us."""
    loop = asyncio.get_running_loop()
    logs.guard_loop(loop)
    stopped = asyncio.Event()
    stopping.tells(lambda: _wake(loop, stopped))
    made = [connect(settings, bot) for connect in PLATFORMS]
    platforms = [platform for platform in made if platform is not None]
    if not platforms:
        raise CannotStart(NO_PLATFORM)
    bot.platforms.update({platform.name: platform.outbound for platform in platforms})
    keeper = Keeper(platforms, bot.clock, typer.echo)
    web: Web | None = None
    try:
        await bot.start()
        web = await _reachable(settings, bot, platforms)
        keeper.start()
        await _until_the_end(keeper, stopped)
    finally:
        await keeper.stop()
        if web is not None:
            await web.stop()
        await bot.stop()
        stopping.finished()


def _wake(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop has closed: we are at the end already
        loop.call_soon_threadsafe(stopped.set)


async def _until_the_end(keeper: Keeper, stopped: asyncio.Event) -> None:
    asked, tried = (asyncio.ensure_future(event.wait()) for event in (stopped, keeper.tried))
    ends: set[asyncio.Future[Any]] = {asked, keeper.hopeless}
    try:
        await asyncio.wait({*ends, tried}, return_when=asyncio.FIRST_COMPLETED)
        settle_in()
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
        tried.cancel()
    if keeper.hopeless.done() and not stopped.is_set():
        raise CannotStart(keeper.hopeless.result())


async def _reachable(settings: Settings, bot: Bot, platforms: list[Platform]) -> Web | None:
    """The one HTTP server, where a port is set and something is to be served on it."""
    if not settings.http_port:
        return None
    routes = [r for p in platforms if isinstance(p, Served) for r in p.routes()]
    if settings.public_url:
        from bot.runtime.calendar.feeds import Feed

        bot.service.deciding.feed = Feed(bot.store, settings.public_url)
        routes += bot.service.deciding.feed.routes()
    if not routes:
        return None
    web = Web(settings.http_host, settings.http_port)
    try:
        await web.start(routes)
    except OSError:
        where = f"{settings.http_host}:{settings.http_port}"
        raise CannotStart(f"{where} is taken; set ALS_HTTP_PORT to a port that is free.") from None
    return web
