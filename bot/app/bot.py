"""The one place where everything is connected, from the settings to the platforms."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
import typer
from pydantic import SecretStr

from bot.app.opening import (
    BACKUPS,
    UNWRITABLE,
    checked,
    keys_for,
    make_private,
    open_database,
    upgraded,
)
from bot.config import Settings, SettingsError, add_key, driver, load
from bot.core import engine
from bot.core.learning_set.state import SetState
from bot.core.meeting.formats import FORMATS, PHASES
from bot.core.meeting.session import Session
from bot.core.walltime import instant
from bot.runtime.alarms import SWEEP_SECONDS, Alarms, Ticking
from bot.runtime.clock import Clock, MovableClock, RunningClock, SystemClock
from bot.runtime.delivery.outbox import Outbox
from bot.runtime.installs import Installs
from bot.runtime.ports import Due, Look, Outbound, Platform, Served
from bot.runtime.process import lock, logs, private
from bot.runtime.process.garbage import settle_in
from bot.runtime.process.keeping import Keeper
from bot.runtime.process.postgres import Listener, Owner
from bot.runtime.process.pulse import Pulse
from bot.runtime.process.stopping import Stopping
from bot.runtime.process.web import Web
from bot.runtime.rate_limit import MOST_TYPED, RECOUNT_REST, USUAL_MANNERS, Manners
from bot.runtime.service import Service
from bot.runtime.store import audit
from bot.runtime.store.database import Damaged, Database, TooNew, revision, upgrade
from bot.runtime.store.outbox.claim import Pace
from bot.runtime.store.store import Store
from bot.runtime.store.upkeep import backup, copying, erasing, key_rotation
from bot.runtime.store.upkeep.maintenance import Upkeep
from bot.runtime.store.witness import RolledBack
from bot.runtime.vault import ButtonSigner, KeyMissing, Vault, new_master_key
from bot.runtime.writer import Writer

if TYPE_CHECKING:
    from bot.adapters.playground.server import Playground

ALIVE_SECONDS = 10
"""How often a process says to itself, and every second time to the others, that it is there."""

MOST_ROUNDS = 1000
"""Rounds of ringing and sending in one go; more means that something feeds itself."""

BACKUP_EVERY = timedelta(hours=23, minutes=30)
"""A little less than a day, so that the hourly question is not answered a day late."""

QUIET_WITHIN = 1.0
"""Seconds for what was begun in the background when the process ends; it is asked for again later."""

FAILED, USAGE, RUNNING, NEWER = 1, 2, 3, 4

log = structlog.get_logger()


class CannotStart(Exception):
    """The bot cannot start; one sentence says why and what to do, `code` is the exit code."""

    def __init__(self, sentence: str, code: int = USAGE) -> None:
        """The sentence is for the person at the terminal."""
        super().__init__(sentence)
        self.code = code


class Bot:
    """A whole bot over one database. `platforms` are the outbound halves by their short name."""

    def __init__(
        self,
        database: Database,
        keys: list[str],
        clock: Clock,
        platforms: Mapping[str, Outbound],
        *,
        paces: dict[str, Pace] | None = None,
        grace: int = 120,
        threaded: bool = True,
        manners: Manners = USUAL_MANNERS,
    ) -> None:
        """The database must stand at the newest revision. `grace` is seconds (docs/method.md, Time)."""
        self.clock = clock
        self.platforms = dict(platforms)
        self.vault = Vault(keys, clock.chance)
        self.signer = ButtonSigner(self.vault)
        self.store = Store(database, self.vault, clock)
        self.writer = Writer(self.store, threaded=threaded)
        self.upkeep = Upkeep(database, clock.steady) if threaded and database.is_sqlite else None
        if self.upkeep is not None:
            self.store.counted, self.store.scrub = self.upkeep.committed, self.upkeep.scrub
            self.store.soon = self.upkeep.soon
            self.upkeep.start()
        self.service = Service(self.store, self.writer, clock, self.outbound_of, grace, manners)
        self.outbox = Outbox(self.store, self.writer, clock, self.outbound_of, paces)
        self.outbox.reached = self.service.reached
        self.pulse = Pulse(self.store, self.writer, clock, self.service.was_away)
        self.service.pulse = self.pulse
        self.alarms = Alarms(self.store, self.service, self.writer, clock)
        self._working = asyncio.Lock()
        self._kicked = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticking: Ticking | None = None
        self._listener: Listener | None = None
        self.backups: Path | None = None
        """Where nightly copies of a SQLite file go; None where none are made."""

    def outbound_of(self, installation: str) -> Outbound | None:
        """The platform an installation lives on: `slack:T1` lives on `slack`."""
        return self.platforms.get(installation.partition(":")[0])

    def erase_again(self) -> int:
        """After a restore: forget whoever was forgotten since the copy was made; how many."""
        return self.writer.do(erasing.again).result()

    async def start(self) -> None:
        """Ring and send by ourselves from now on."""
        loop = asyncio.get_running_loop()
        self.writer.after_commit(lambda: loop.call_soon_threadsafe(self._kicked.set))
        if not self.store.database.is_sqlite:
            kick = partial(loop.call_soon_threadsafe, self._kicked.set)
            self._listener = Listener(self.store.database.address, kick)
            self._listener.start()
        back_up = self.back_up if self.backups is not None else None
        self._ticking = Ticking(self.alarms, self.clock, self.settle, back_up)
        self._ticking.start()
        task = loop.create_task(self._keep_sending())
        self._tasks.update((task, loop.create_task(self._keep_alive())))
        self._kicked.set()

    async def stop(self) -> None:
        """Stop ringing and sending, finish what is being written, close the database."""
        if self._ticking is not None:
            self._ticking.stop()
        if self._listener is not None:
            self._listener.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_WITHIN):
                await self.service.quiet()
        self.close()

    def close(self) -> None:
        """Finish what is being written and close the database."""
        self.writer.close()
        if self.upkeep is not None:
            self.upkeep.close()
        self.store.database.close()

    async def back_up(self) -> Path | None:
        """Tonight's copy, where the last one is about a day old; the bot goes on meanwhile."""
        folder, now = self.backups, self.clock.now()
        if folder is None:
            return None
        last = backup.newest(folder)
        if last is not None and now - last < BACKUP_EVERY:
            return None
        try:
            made = await asyncio.to_thread(
                backup.nightly, self.store.database, self.vault, now, folder
            )
        except Exception as error:
            log.error("backup_failed", error=type(error).__name__)
            return None
        log.info("backed_up", copy=str(made))
        return made

    async def _keep_sending(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_next()):
                    await self._kicked.wait()
            self._kicked.clear()
            try:
                await self.settle()
            except Exception as error:
                log.error("settle_failed", error=type(error).__name__)
                await asyncio.sleep(1)
                self._kicked.set()

    async def _keep_alive(self) -> None:
        """That we are here is noted whatever a platform keeps us waiting for."""
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            try:
                await self.pulse.look()
            except Exception as error:
                log.warning("alive_not_noted", error=type(error).__name__)

    def _until_next(self) -> float:
        """Seconds until something is due; the sweep looks again by itself, whatever happens."""
        try:
            due = self.next_due()
        except Exception as error:
            log.warning("next_due_unknown", error=type(error).__name__)
            return 1.0
        if due is None:
            return SWEEP_SECONDS
        return min(max((due - self.now()).total_seconds(), 0.005), SWEEP_SECONDS)

    # --- the stage, as the playground and the script see it ---

    def now(self) -> datetime:
        """What the bot's clock says."""
        return self.clock.now()

    def next_due(self) -> datetime | None:
        """When something is due next."""
        return self.alarms.next_due()

    async def settle(self) -> None:
        """Ring and send everything that is due now, and what follows from it."""
        async with self._working:
            await self.pulse.look()
            for _ in range(MOST_ROUNDS):
                rings, waits = self.alarms.what_is_due(self.outbox.now())
                rung = await self.alarms.run_due() if rings else 0
                sent = await self.outbox.step() if rung or waits else 0
                await self.service.quiet()
                if not rung and not sent:
                    return

    async def move_to(self, at: datetime) -> None:
        """Move the clock on, from due row to due row, skipping none."""
        clock = self.clock
        if not isinstance(clock, MovableClock):
            raise TypeError("this clock cannot be moved")
        await self.settle()
        while (due := self.next_due()) is not None and due <= at:
            clock.move_to(max(due, clock.now() + timedelta(microseconds=1)))
            await self.settle()
        clock.move_to(at)
        await self.settle()

    async def reset(self) -> None:
        """Forget everything that was ever stored; the clock stays where it is."""
        async with self._working:
            await asyncio.wrap_future(
                self.writer.do(lambda unit: self.store.empty(unit.connection))
            )

    def look(self, installation: str, place: str) -> Look:
        """What is going on in a place, for the inspector: states and times, never words."""
        with self.store.reading() as unit:
            room = unit.room_of_place(installation, place)
        if room.set is None:
            return Look()
        return self._look(room.set, room.live)

    def _look(self, state: SetState, session: Session | None) -> Look:
        planned = state.planned()
        shown = Look(
            set_name=state.name,
            zone=state.zone,
            next_meeting=state.starts_at(planned[0]) if planned else None,
            owing=tuple(state.name_of(a.owner) for a in state.actions if a.open),
            due=_due(state, session, self.now()),
            outbox=self.store.inspect(state.id),
        )
        if session is None:
            return shown
        return replace(
            shown,
            phase=session.step.phase,
            presenter=session.name(session.presenter) if session.presenter else "",
            step=session.at,
            steps=tuple(PHASES[step.phase].title for step in session.plan),
            ends_at=session.clock.ends_at if session.step.seconds else None,
        )


def _due(state: SetState, session: Session | None, now: datetime) -> tuple[Due, ...]:
    found = [*engine.deadlines(state), *(engine.deadlines(session) if session else ())]
    coming = sorted((d for d in found if d.at >= now), key=lambda d: d.at)
    return tuple(Due(d.at, d.what) for d in coming)[:12]


# --- ways to make a bot ---


def rehearsal(
    folder: Path, clock: MovableClock, platforms: Mapping[str, Outbound], *, grace: int = 120
) -> Bot:
    """A bot of its own in a folder, with a key of its own: for the playground and the script."""
    database = open_database(f"sqlite:///{folder / 'als.db'}", clock.now())
    return Bot(database, [new_master_key()], clock, platforms, grace=grace, threaded=False)


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


# --- what the commands do ---


def run() -> None:
    """Run the bot on every platform that has a token, until it is told to stop."""
    settings = load()
    logs.configure(settings.log_format)
    logs.guard()
    if not settings.platforms():
        raise CannotStart(NO_PLATFORM)
    with Stopping() as stopping, ExitStack() as stack:
        private.narrow_stream(sys.stderr.fileno())
        hold = _alone(settings, stack)
        with _left_alone():
            bot = from_settings(settings)
        hold()
        asyncio.run(_serve(settings, bot, stopping))


def _alone(settings: Settings, stack: ExitStack) -> Callable[[], None]:
    """One process per SQLite file, whatever it is called; a PostgreSQL server may be shared.

    Call what is returned once the file is sure to be there: it is held under all its names.
    """
    named = Database(settings.database()).path
    if named is None:
        return lambda: None
    path = named.resolve()
    with _held_by_nobody(named):
        private.make_folder(path.parent)
        held = lock.Lock(path.parent, SystemClock().now())
        stack.callback(held.release)
        held.hold(path)

    def hold() -> None:
        with _held_by_nobody(named):
            held.hold(path)

    return hold


@contextmanager
def _held_by_nobody(path: Path) -> Iterator[None]:
    try:
        yield
    except lock.Held as other:
        since = f" since {other.since}" if other.since else ""
        who = f"process {other.pid}{since}" if other.pid else "another process"
        raise CannotStart(
            f"als runs here already: {who} uses {path.parent}. Stop it first, "
            "or give this one another ALS_DATA_DIR.",
            RUNNING,
        ) from None
    except OSError as error:
        raise SettingsError(UNWRITABLE.format(path.parent)) from error


@contextmanager
def _left_alone() -> Iterator[None]:
    """What is wrong with a database, in a sentence; it has been left as it was."""
    try:
        yield
    except TooNew:
        raise CannotStart(TOO_NEW, NEWER) from None
    except Damaged:
        raise CannotStart(DAMAGED, FAILED) from None
    except RolledBack as found:
        raise CannotStart(_rolled_back(found), FAILED) from None


def _rolled_back(found: RolledBack) -> str:
    if found.missing:
        return GONE.format(found.path)
    lost = f" At least {found.lost} changes are missing." if found.lost else ""
    return OLDER.format(found.path, lost)


GONE = (
    "There is no database at {} any more, or an empty one, and there was one: the file beside it "
    "that ends in .witness says so. Nothing has been changed. Put a copy back with als db restore; "
    "or, to begin anew, run als db accept."
)
OLDER = (
    "The database at {} is older than what I last wrote there, or another one.{} Nothing has been "
    "changed. Put the newest copy back with als db restore; or, to go on with what is there, run "
    "als db accept."
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

        bot.service.feed = Feed(bot.store, settings.public_url)
        routes += bot.service.feed.routes()
    if not routes:
        return None
    web = Web(settings.http_host, settings.http_port)
    try:
        await web.start(routes)
    except OSError:
        where = f"{settings.http_host}:{settings.http_port}"
        raise CannotStart(f"{where} is taken; set ALS_HTTP_PORT to a port that is free.") from None
    return web


async def lead_slack(tell: Callable[[str], None], ask: Callable[[str], str], env: Path) -> bool:
    """Lead through setting up Slack; whether it worked."""
    from bot.adapters.slack.install.setup import lead

    return await lead(tell, ask, env, api_url=load().slack_api_url)


async def lead_discord(tell: Callable[[str], None], ask: Callable[[str], str], env: Path) -> bool:
    """Lead through setting up Discord; whether it worked."""
    from bot.adapters.discord.connect import Endpoints
    from bot.adapters.discord.setup import lead

    settings = load()
    address = Endpoints("", settings.discord_api_url, settings.discord_gateway_url)
    return await lead(tell, ask, env, address)


def tell_story(format: str, seed: int, start: str, zone: str, data: Path | None) -> None:
    """Print the story of a set from its founding to its second meeting."""
    from bot.adapters.memory import MemoryPlatform
    from bot.app.story import Story, tell

    if format not in FORMATS:
        raise CannotStart(f"I know these formats: {', '.join(FORMATS)}.")
    begins = _wall(start)
    _zone(zone)
    logs.configure(level=logging.WARNING)
    with ExitStack() as stack:
        folder = _empty_folder(data, stack)
        # The set is founded eight days earlier, so that every prompt has its time to come.
        clock = MovableClock(instant(begins - timedelta(days=8), zone), seed)
        platform = MemoryPlatform()
        bot = rehearsal(folder, clock, {"demo": platform}, grace=0)
        stack.callback(bot.close)
        asyncio.run(tell(Story(bot.service, bot, platform, zone, print), begins, format))


def _wall(start: str) -> datetime:
    try:
        begins = datetime.fromisoformat(start)
    except ValueError:
        begins = None
    if begins is None or begins.tzinfo is not None:
        raise CannotStart("Give --start as a local date and time, like 2027-03-01T18:00.")
    return begins


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CannotStart("I do not know that time zone; give one like Europe/London.") from None


def _empty_folder(data: Path | None, stack: ExitStack) -> Path:
    if data is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="als-")))
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(data.iterdir()):
            raise CannotStart(f"{data} is not empty; give --data a new or empty folder.")
        (data / ".writable").touch()
        (data / ".writable").unlink()
    except OSError:
        raise CannotStart(f"I cannot write to {data}; give --data another folder.") from None
    return data


def show_page(port: int, browser: bool, data: Path | None) -> None:
    """Open the playground and keep it open until it is stopped by hand."""
    logs.configure(level=logging.WARNING)
    with ExitStack() as stack:
        folder = _empty_folder(data, stack)
        with suppress(KeyboardInterrupt):
            asyncio.run(_keep_page_open(folder, port, browser))


async def _keep_page_open(folder: Path, port: int, browser: bool) -> None:
    bot, page = await open_page(folder, RunningClock(SystemClock().now()), port)
    try:
        if page.note:
            typer.echo(page.note)
        typer.echo(f"Playground on {page.url}  (Ctrl-C stops it; nothing leaves this machine)")
        if browser:
            typer.launch(page.url)
        await asyncio.Event().wait()
    finally:
        await page.stop()
        await bot.stop()


async def open_page(folder: Path, clock: MovableClock, port: int = 0) -> tuple[Bot, Playground]:
    """A bot with the playground as its platform, started; stop the page first, then the bot."""
    from bot.adapters.discord.look import look as discord_look
    from bot.adapters.playground.server import Playground
    from bot.adapters.slack.look import look as slack_look

    bot = rehearsal(folder, clock, {})
    looks = {"Slack": slack_look, "Discord": discord_look}
    page = Playground(bot.service, bot, bot.signer, looks=looks)
    bot.platforms["playground"] = page.outbound
    await bot.start()
    await page.start(port=port)
    return bot, page


def upgrade_database() -> str:
    """Bring the database of the settings to the newest revision; says what was done."""
    settings = load()
    with _left_alone():
        database = checked(settings.database())
        try:
            keys_for(settings, database)
            before = revision(database)
            copy = upgrade(database, SystemClock().now())
        finally:
            database.close()
    if copy is not None:
        return f"Upgraded from {before}. The copy from before is {copy}."
    return "The database is up to date."


def copy_database(source: str, target: str) -> str:
    """Copy a whole database into another, empty one; says what was counted and compared."""
    databases = Database(driver(source)), Database(driver(target))
    try:
        copied = copying.copy(*databases, SystemClock().now())
    except copying.CannotCopy as error:
        raise CannotStart(str(error), FAILED) from None
    finally:
        for database in databases:
            database.close()
    rows = sum(table.rows for table in copied)
    lines = [f"  {t.table:<16} {t.rows:>8}  {t.content[:12]}" for t in copied]
    said = f"Copied {rows} rows in {len(copied)} tables; counts and content agree:"
    return "\n".join([said, *lines, "Now set DATABASE_URL to the new one and start als run."])


def back_up_database(folder: Path | None) -> str:
    """A copy to keep, and its keys beside it."""
    settings = load()
    database = Database(settings.database())
    if database.path is None:
        raise CannotStart("A PostgreSQL database is copied with pg_dump.", FAILED)
    if not database.path.exists():
        raise CannotStart(f"There is no database at {database.path}.", FAILED)
    try:
        to = folder or settings.data_dir / BACKUPS
        made = backup.make(database, _vault(settings), SystemClock().now(), to)
    finally:
        database.close()
    return f"The copy is {made[0]}; its keys are {made[1]}: keep them in another place."


def _vault(settings: Settings) -> Vault:
    try:
        return Vault(settings.keys(), SystemClock().chance)
    except ValueError as error:
        raise SettingsError(f"ALS_ENCRYPTION_KEYS cannot be used: {error}.") from None


def restore_database(copy: Path) -> str:
    """Put a copy in the place of the database; als run must not be running."""
    settings = load()
    path = Database(settings.database()).path
    if path is None:
        raise CannotStart("A PostgreSQL database is restored with pg_restore.", FAILED)
    with ExitStack() as stack:
        _alone(settings, stack)
        try:
            kept = backup.restore(copy, path.resolve(), _vault(settings), SystemClock().now())
        except backup.CannotRestore as error:
            raise CannotStart(str(error), FAILED) from None
    aside = f" The one before is {kept}." if kept else ""
    return f"Restored.{aside} What may have been sent since is looked up before anything is sent."


def accept_database() -> str:
    """Go on with the database that stands there, though it is not the one last written."""
    settings = load()
    path = Database(settings.database()).path
    if path is None:
        raise CannotStart(
            "A PostgreSQL database has no witness: there is nothing to accept.", FAILED
        )
    with ExitStack() as stack, _left_alone():
        _alone(settings, stack)
        try:
            checked(settings.database()).close()
        except RolledBack:
            if backup.accept(path.resolve(), settings.data_dir / BACKUPS, SystemClock().now()):
                return ACCEPTED
            return "Accepted: there is no database, and als run begins anew."
    return "There is nothing to accept: nothing says that the database is not as I left it."


ACCEPTED = (
    "Accepted: als run goes on with what is there. What may have been sent since is looked up "
    "before anything is sent."
)
DAMAGED = "The database file is damaged and was left as it is; put a copy back with als db restore."


def rotate_keys(new: bool) -> str:
    """Wrap every data key by the newest master key; with `new`, make that key first."""
    settings = load()
    with ExitStack() as stack:
        _alone(settings, stack)
        clock = SystemClock()
        with _left_alone():
            database = checked(settings.database())
        stack.callback(database.close)
        if revision(database) is None:
            raise CannotStart("There is no database yet; als run makes one.", FAILED)
        made = new and add_key(settings, new_master_key())
        if new and not made:
            raise CannotStart(KEYS_ARE_SET)
        vault = Vault(settings.keys(), clock.chance)
        try:
            count = key_rotation.rotate(database, vault)
        except KeyMissing:
            raise CannotStart(KEY_NOT_HERE, FAILED) from None
    first = "A new key stands first in the key file. " if made else ""
    keys = f"{count} data key{'' if count == 1 else 's'}"
    return f"{first}{keys} wrapped anew by the newest key. {OLD_KEYS}"


KEYS_ARE_SET = (
    "The keys come from ALS_ENCRYPTION_KEYS: put a new one before the others there, separated by "
    "a comma, then run als keys rotate without --new."
)
KEY_NOT_HERE = (
    "A data key was wrapped by a key that is not here; put it back into ALS_ENCRYPTION_KEYS and "
    "run this again. What was done stays done."
)
OLD_KEYS = (
    "Keep the older keys as long as you keep copies made before now, and cards whose buttons "
    "people may still press."
)


def verify_audit() -> tuple[bool, str]:
    """Whether the audit trail is as it was written; and one sentence about it."""
    settings = load()
    database = Database(settings.database())
    try:
        if revision(database) is None:
            raise CannotStart("There is no database yet; als run makes one.", FAILED)
        with database.read() as connection:
            found = audit.verify(connection)
    finally:
        database.close()
    if found.broken:
        return False, f"The trail does not hold: a row of {found.broken} was changed or taken out."
    rows = f"{found.rows} row{'' if found.rows == 1 else 's'}"
    return True, f"The trail holds: {rows} on {found.days} days, each following from the last."


TOO_NEW = (
    "This database was written by a newer version of als-bot. Install that version again, "
    "or restore the copy made before the upgrade; nothing has been changed."
)
