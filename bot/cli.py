"""The `als` command. Everything heavy is imported only when a command needs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot import __version__
from bot.app.exits import FAILED, USAGE, CannotStart

app = typer.Typer(
    name="als",
    help="A bot that runs Action Learning Sets in Slack and Discord.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="The database: bring it up to date, copy it.", no_args_is_help=True)
app.add_typer(db, name="db")


keys = typer.Typer(help="The keys that open people's words.", no_args_is_help=True)
app.add_typer(keys, name="keys")
new = typer.Typer(help="Files to begin with, for people who work on the bot.", no_args_is_help=True)
app.add_typer(new, name="new")
audit = typer.Typer(help="What was done, without names or words.", no_args_is_help=True)
app.add_typer(audit, name="audit")


def main() -> None:
    """Run the command; why it cannot go on is one sentence and an exit code."""
    from bot.config import SettingsError

    os.umask(0o077)
    try:
        app()
    except CannotStart as error:
        stop(error.code, str(error))
    except SettingsError as error:
        stop(USAGE, str(error))


def stop(code: int, sentence: str) -> NoReturn:
    """Say why on standard error and exit."""
    print(sentence, file=sys.stderr)
    raise SystemExit(code)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"als-bot {__version__}")
        raise typer.Exit


@app.callback()
def als(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """A bot that runs Action Learning Sets in Slack and Discord."""


@app.command()
def version() -> None:
    """Show the version."""
    print(f"als-bot {__version__}")


@app.command()
def demo(
    script: Annotated[
        bool, typer.Option("--script", help="Print the story, without a browser.")
    ] = False,
    format: Annotated[
        str, typer.Option(help="60, 90, 120, 180-deep or 180-wide (with --script).")
    ] = "90",
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
    start: Annotated[str, typer.Option(help="When the set meets, local.")] = "2027-03-01T18:00",
    zone: Annotated[str, typer.Option(help="The set's time zone.")] = "Europe/London",
    data: Annotated[
        Path | None, typer.Option(help="Keep the database in this empty folder.")
    ] = None,
    port: Annotated[int, typer.Option(help="Where the page listens.")] = 8765,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Try a whole meeting on this machine: no account, nothing leaves it."""
    from bot.app.demo import show_page, tell_story

    if script:
        tell_story(format, seed, start, zone, data)
    else:
        show_page(port, browser, data)


@app.command()
def run() -> None:
    """Run the bot on every platform that has a token."""
    from bot.app import serve

    serve.run()


@app.command()
def manifest(
    platform: Annotated[str, typer.Argument(help="slack")],
    public_url: Annotated[
        str, typer.Option(help="For signed HTTP: the address Slack reaches the bot at.")
    ] = "",
    oauth: Annotated[
        bool, typer.Option(help="For several workspaces (needs --public-url).")
    ] = False,
) -> None:
    """Print the app manifest to paste into Slack. Without --public-url it's for Socket Mode."""
    if platform != "slack":
        stop(USAGE, "Only Slack has a manifest: als manifest slack.")
    from bot.adapters.slack.install.manifest import as_text

    print(as_text(public_url=public_url, oauth=oauth))


@app.command()
def init(platform: Annotated[str, typer.Argument(help="slack or discord")]) -> None:
    """Guide you through setting up a platform, test its tokens and write them into .env."""
    import asyncio

    from bot.app.operations import lead_discord, lead_slack

    def ask(name: str) -> str:
        return str(typer.prompt(name, hide_input=True))

    leads = {"slack": lead_slack, "discord": lead_discord}
    if platform not in leads:
        stop(USAGE, "I can guide you through: als init slack, als init discord.")
    if not asyncio.run(leads[platform](print, ask, Path(".env"))):
        raise SystemExit(FAILED)


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest revision, after a copy."""
    from bot.app.operations import upgrade_database

    print(upgrade_database())


@db.command("copy")
def db_copy(
    source: Annotated[str, typer.Argument(help="The database to copy, as in DATABASE_URL.")],
    target: Annotated[str, typer.Argument(help="An empty one, as in DATABASE_URL.")],
) -> None:
    """Copy a whole database into another, SQLite or PostgreSQL. Stop als run first."""
    from bot.app.operations import copy_database

    print(copy_database(source, target))


@db.command("backup")
def db_backup(
    folder: Annotated[Path | None, typer.Argument(help="Where to put the copy.")] = None,
) -> None:
    """Make a copy while als run goes on. Its keys go beside it."""
    from bot.app.operations import back_up_database

    print(back_up_database(folder))


@db.command("restore")
def db_restore(copy: Annotated[Path, typer.Argument(help="A copy made by als db backup.")]) -> None:
    """Put a copy in place of the database. Stop als run first."""
    from bot.app.operations import restore_database

    print(restore_database(copy))


@db.command("accept")
def db_accept() -> None:
    """Go on with a database that is older than the one last written. Stop als run first."""
    from bot.app.operations import accept_database

    print(accept_database())


@keys.command("rotate")
def keys_rotate(
    new: Annotated[
        bool, typer.Option("--new", help="Make a new key first, in the key file.")
    ] = False,
) -> None:
    """Wrap every data key with the newest master key. Stop als run first. You can repeat it."""
    from bot.app.operations import rotate_keys

    print(rotate_keys(new))


@audit.command("verify")
def audit_verify() -> None:
    """Check that no row of the audit log was changed or removed."""
    from bot.app.operations import verify_audit

    holds, said = verify_audit()
    if not holds:
        stop(FAILED, said)
    print(said)


@new.command("phase")
def new_phase(
    name: Annotated[str, typer.Argument(help="In small letters, like last_word.")],
) -> None:
    """Write a phase and its line in the usual format. Then put your words in it."""
    from bot.app.new_phase import CannotWrite, write_phase

    try:
        phase, format = write_phase(name, Path())
    except CannotWrite as error:
        stop(FAILED, str(error))
    print(
        f"Written: {phase} and its line in {format}. Put your words in it, then run make written."
    )
